import { open, rename, stat } from "node:fs/promises";
import { type JsonObject, random, seedFrom, split } from "laurel/core";
import { nativeRow } from "laurel/io";
import { Problem } from "../http/problem.ts";
import type { RowIndex } from "./row-index.ts";
import type { PairPlace } from "./row-queries.ts";
import { VoteJournal } from "./vote-journal.ts";
import {
  type Cast,
  isBad,
  isDisputed,
  opinions,
  type PairState,
  pairKey,
  preference,
  type RaterProgress,
  type Verdict,
  type Votes,
} from "./votes.ts";

/** How far a file's pairs are labelled. */
export interface LabelProgress {
  pairs: number;
  /** Pairs with an opinion or a final word, those that contradict each other, those left out, and those settled. */
  labelled: number;
  disputed: number;
  bad: number;
  settled: number;
  raters: readonly RaterProgress[];
}

/** What a client sends for a vote. */
export interface VoteRequest {
  vote: string;
  rater: string;
  id: string;
  first: number;
  second: number;
  /** The better one as it was shown. */
  verdict: "a" | "b" | "tie" | "bad" | "skip";
  swapped: boolean;
  final?: boolean | undefined;
}

const lease = 120_000;

/** Is the second candidate of a pair shown as A to a rater? By a coin of the rater's and the pair's names, so that no place is favoured. */
export function isSwapped(rater: string, key: string): boolean {
  return random(split(split(seedFrom("pairs"), rater), key)).below(2) === 1;
}

/**
 * The labels of one file's pairs: a journal of votes beside it, and the labelled rows that follow from them, in Laurel's own form, which
 * `laurel eval` and `laurel train` read. The rows are written anew after every vote, whole or not at all.
 */
export class LabelBook {
  readonly source: string;
  /** Where the labelled rows are. */
  readonly out: string;
  readonly #journal: VoteJournal;
  readonly #index: RowIndex;
  readonly #map: string | undefined;
  readonly #leases = new Map<string, { tab: string; until: number }>();
  /** The labelled rows by task, with the labels that they state. */
  #rows = new Map<string, { n: number; row: JsonObject; labels: string; line: string }>();
  #stamp = "";
  #writing: Promise<void> | undefined;
  #again: Promise<void> | undefined;

  constructor(source: string, index: RowIndex, map?: string) {
    const stem = source.replace(/\.gz$/, "").replace(/\.(jsonl?|ndjson|csv|tsv|parquet)$/, "");
    this.source = source;
    this.out = `${stem}.labelled.jsonl`;
    this.#journal = new VoteJournal(`${stem}.votes.jsonl`);
    this.#index = index;
    this.#map = map;
  }

  /** Where the votes are. */
  get journal(): string {
    return this.#journal.path;
  }

  /** The votes so far. */
  votes(): Promise<Votes> {
    return this.#journal.votes();
  }

  async progress(): Promise<LabelProgress> {
    const votes = await this.votes();
    const counts = { labelled: 0, disputed: 0, bad: 0, settled: 0 };
    for (const state of votes.states()) {
      if (state.final !== undefined || opinions(state).length > 0) counts.labelled++;
      if (state.final !== undefined) counts.settled++;
      if (isDisputed(state)) counts.disputed++;
      if (isBad(state)) counts.bad++;
    }
    return { pairs: await this.#index.countPairs(this.source, this.#map), ...counts, raters: votes.progress() };
  }

  /**
   * The next pair for a rater: the first without a vote of theirs that no other tab has in hand.
   * @param per voters that are enough; 0 for every rater on every pair
   */
  async next(rater: string, tab: string, per: number): Promise<PairPlace | undefined> {
    const votes = await this.votes();
    const now = Date.now();
    for (const [key, { until }] of this.#leases) if (until < now) this.#leases.delete(key);
    let held: PairPlace | undefined;
    for (let offset = 0; ; offset += 1000) {
      const places = await this.#index.pairPlaces(this.source, offset, 1000, this.#map);
      if (places.length === 0) break;
      for (const place of places) {
        const key = pairKey(place.id, place.first, place.second);
        const state = votes.of(key);
        if (state?.final !== undefined || state?.votes.some((one) => one.rater === rater)) continue;
        if (per > 0 && state !== undefined && state.votes.length >= per) continue;
        const name = per > 0 ? key : `${rater}\n${key}`;
        const by = this.#leases.get(name);
        if (by !== undefined && by.tab !== tab) {
          held ??= place;
          continue;
        }
        this.#leases.set(name, { tab, until: now + lease });
        return place;
      }
    }
    // only pairs that another tab has in hand are left
    return per > 0 ? undefined : held;
  }

  /** Pairs of a kind, in the order of the file. */
  async listed(kind: "labelled" | "disputed" | "bad" | "settled"): Promise<PairState[]> {
    const wanted = {
      labelled: (state: PairState) => state.final !== undefined || opinions(state).length > 0,
      disputed: isDisputed,
      bad: isBad,
      settled: (state: PairState) => state.final !== undefined,
    }[kind];
    return [...(await this.votes()).states()].filter(wanted);
  }

  /**
   * Writes a vote; when this returns it is on the disk and in the labelled rows. Sent twice, it counts once.
   * @throws Problem (404, 409) where the pair is none of the file's, or was shown the other way round
   */
  async vote(request: VoteRequest): Promise<void> {
    const { rater, id, first, second, swapped, final } = request;
    const key = pairKey(id, first, second);
    if ((await this.#index.pairAt(this.source, id, first, second, this.#map)) === undefined)
      throw new Problem(404, "no-such-pair", "this pair is not in the file");
    if (swapped !== isSwapped(rater, key))
      throw new Problem(409, "other-order", "the pair is shown to this rater the other way round; load the page again");
    if (!(await this.votes()).has(request.vote))
      await this.#journal.append({
        v: 1,
        vote: request.vote,
        at: new Date().toISOString(),
        rater,
        id,
        first,
        second,
        verdict: asFile(request.verdict, swapped),
        swapped,
        ...(final === true ? { final } : {}),
      });
    await this.#save();
  }

  /** Takes back a vote of a rater, by default the last; gives back which pair it was on. @throws Problem (409) where there is none */
  async undo(rater: string, by: string, which?: string): Promise<Cast> {
    const votes = await this.votes();
    const cast = which === undefined ? votes.last(rater) : votes.find(which, rater);
    if (cast === undefined) throw new Problem(409, "nothing-to-undo", `${rater} has no vote that could be taken back`);
    await this.#journal.append({ v: 1, vote: by, at: new Date().toISOString(), rater, undo: cast.vote });
    await this.#save();
    return cast;
  }

  /** Makes the labelled rows follow the journal, as they may not after a crash. */
  async settle(): Promise<void> {
    await this.votes();
    if (this.#journal.bytes > 0) await this.#save();
  }

  /** One writing at a time; who comes meanwhile shares the next. */
  #save(): Promise<void> {
    if (this.#writing === undefined) {
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
      });
      return this.#writing;
    }
    this.#again ??= this.#writing
      .catch(() => {})
      .then(() => {
        this.#again = undefined;
        return this.#save();
      });
    return this.#again;
  }

  async #write(): Promise<void> {
    for (;;) {
      const votes = await this.votes();
      const known = this.#journal.bytes;
      const lines = await this.#lines(votes);
      const part = `${this.out}.${process.pid}.part`;
      {
        await using handle = await open(part, "w");
        await handle.writeFile(lines.join(""));
        await handle.sync();
      }
      await rename(part, this.out);
      // a server on the same folder may have written votes and these rows meanwhile: then ours are not the last word
      await this.votes();
      if (this.#journal.bytes === known) return;
    }
  }

  async #lines(votes: Votes): Promise<string[]> {
    const { size, mtimeMs } = await stat(this.source);
    if (this.#stamp !== `${size}:${mtimeMs}`) this.#rows = new Map();
    this.#stamp = `${size}:${mtimeMs}`;
    const labels = new Map<string, NonNullable<ReturnType<typeof labelsOf>>>();
    for (const state of votes.states()) {
      const own = labelsOf(state);
      if (own.length > 0) labels.set(state.id, [...(labels.get(state.id) ?? []), ...own]);
    }
    const made: { n: number; line: string }[] = [];
    for (const [id, preferred] of labels) {
      let known = this.#rows.get(id);
      if (known === undefined) {
        const place = await this.#index.exampleById(this.source, id, this.#map);
        if (place === undefined) continue;
        const n = (await this.#index.placeOf(this.source, id, this.#map)) ?? 0;
        const { labels: _, ...row } = nativeRow(place);
        known = { n, row: { id, ...row }, labels: "", line: "" };
        this.#rows.set(id, known);
      }
      const text = JSON.stringify(preferred);
      if (known.labels !== text) {
        known.labels = text;
        known.line = `${JSON.stringify({ ...known.row, labels: { preferred } })}\n`;
      }
      made.push(known);
    }
    return made.sort((a, b) => a.n - b.n).map(({ line }) => line);
  }
}

/** What the votes on a pair say, for `labels.preferred`: the final word, else each rater's opinion; nothing of a pair that is no good. */
function labelsOf(state: PairState): JsonObject[] {
  if (isBad(state)) return [];
  const counted = state.final === undefined ? opinions(state) : [state.final];
  return counted.flatMap(({ rater, verdict }) => {
    const p = preference(verdict);
    return p === undefined ? [] : [{ first: state.first, second: state.second, p, rater }];
  });
}

function asFile(verdict: VoteRequest["verdict"], swapped: boolean): Verdict {
  if (verdict === "a") return swapped ? "second" : "first";
  if (verdict === "b") return swapped ? "first" : "second";
  return verdict;
}
