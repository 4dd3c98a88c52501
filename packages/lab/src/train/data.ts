import { createHash } from "node:crypto";
import {
  type Candidate,
  candidateHash,
  canonicalJson,
  type Example,
  InputError,
  LaurelError,
  type Message,
  messagesContent,
  readExamples,
  sha256,
} from "laurel";
import { pairsOf, parseMap } from "laurel/io";
import { promptKey } from "laurel/rewards/learned";
import type { PairLabels } from "./losses/pair.ts";

/** A file of preferences or ratings, and how much of each epoch comes from it. */
export interface TrainingSource {
  file: string;
  /** Share of an epoch, relative to the other sources'; the source's rows where left out. */
  weight?: number | undefined;
}

/** A prompt with one candidate, once however often rows name it. */
export interface TrainingItem {
  prompt: readonly Message[];
  candidate: Candidate;
  /** The index of its prompt. */
  group: number;
}

/** What pairs and ratings have in common, one entry a row. */
interface Rows {
  group: Int32Array;
  source: Uint16Array;
  subsets: readonly Readonly<Record<string, string>>[];
}

/** Preferences: items of the chosen and of the rejected. */
export interface PairRows extends Rows {
  chosen: Int32Array;
  rejected: Int32Array;
  labels: PairLabels;
  /** 1 where the chosen one stood first in its row. */
  first: Uint8Array;
}

/** Ratings: an item and its ratings, NaN where one is missing. */
export interface RatedRows extends Rows {
  item: Int32Array;
  names: readonly string[];
  /** rows × names. */
  values: Float64Array;
}

/** All that was read. */
export interface TrainingData {
  items: readonly TrainingItem[];
  /** A hash of each prompt's text; rows of one prompt are never parted. */
  prompts: readonly string[];
  pairs: PairRows;
  ratings: RatedRows;
  sources: readonly { name: string; rows: number; weight?: number | undefined }[];
  /** The prompt of each row that was read, in order. */
  rowPrompts: Int32Array;
  /** SHA-256 of contents and labels. */
  hash: string;
  /** What a reader should know: rows that were left out, and why. */
  notes: readonly string[];
}

/** How sources are read. */
export interface ReadTrainingOptions {
  /** Other columns, as `--map` has them. */
  map?: string | undefined;
  from?: string | undefined;
  limit?: number | undefined;
  /** "stop" (default) ends with a message that names the bad rows; "skip" leaves them out. */
  onBadRow?: "stop" | "skip" | undefined;
}

/**
 * Reads preferences and ratings from files in any format that Laurel knows.
 *
 * Pairs are those that the labels state, else right before wrong and higher before lower values. Ratings are a candidate's `parts`, its
 * `value` and its `correct` (1 or 0). A pair whose two texts are equal is left out, and noted.
 *
 * @param onExample is shown every row
 * @throws InputError that names each bad row's line and field (the first five), with `onBadRow: "stop"`
 */
export async function readTraining(
  sources: readonly TrainingSource[],
  options: ReadTrainingOptions = {},
  onExample?: (example: Example) => void,
): Promise<TrainingData> {
  const gathered = new Gathered();
  const bad: InputError[] = [];
  const read: { name: string; rows: number; weight?: number | undefined }[] = [];
  for (const [s, { file, weight }] of sources.entries()) {
    let rows = 0;
    const found = readExamples(file, {
      map: options.map === undefined ? undefined : parseMap(options.map),
      from: options.from,
      limit: options.limit,
      onBad: (error) => {
        bad.push(error);
      },
    });
    for await (const batch of found)
      for (const example of batch) {
        rows++;
        gathered.add(example, s);
        onExample?.(example);
      }
    read.push({ name: file, rows, ...(weight === undefined ? {} : { weight }) });
  }
  if (bad.length > 0 && options.onBadRow !== "skip") throw badRows(bad);
  const notes = gathered.notes();
  if (bad.length > 0)
    notes.unshift(`rows that could not be read and were left out: ${bad.length}, the first ${bad[0]!.message}`);
  return { ...gathered.data(), sources: read, notes };
}

function badRows(bad: readonly InputError[]): LaurelError {
  if (bad.length === 1)
    return new InputError(bad[0]!.place, bad[0]!.reason, bad[0]!.hint ?? "--on-bad-row skip leaves it out");
  const shown = bad.slice(0, 5).map((one) => `\n  ${one.message}`);
  const rest = bad.length > 5 ? `\n  and ${bad.length - 5} more` : "";
  return new LaurelError("input", `${bad.length} rows cannot be read:${shown.join("")}${rest}`, {
    hint: "correct them, or --on-bad-row skip leaves them out",
  });
}

type Labelled = Pick<Rows, "subsets"> & { group: number[]; source: number[] };

class Gathered {
  readonly #items: TrainingItem[] = [];
  readonly #itemOf = new Map<string, number>();
  readonly #prompts: string[] = [];
  readonly #promptOf = new Map<string, number>();
  readonly #hash = createHash("sha256");
  readonly #pairs: Labelled & {
    chosen: number[];
    rejected: number[];
    first: number[];
    subsets: Record<string, string>[];
  };
  readonly #labels: Record<"strength" | "target" | "margin" | "tie", number[]>;
  readonly #rated: Labelled & { item: number[]; subsets: Record<string, string>[]; ratings: Record<string, number>[] };
  readonly #rowPrompts: number[] = [];
  #same = 0;

  constructor() {
    this.#pairs = { chosen: [], rejected: [], first: [], group: [], source: [], subsets: [] };
    this.#labels = { strength: [], target: [], margin: [], tie: [] };
    this.#rated = { item: [], group: [], source: [], subsets: [], ratings: [] };
  }

  add(example: Example, source: number): void {
    const { task, labels, subsets } = example;
    const key = promptKey(task.prompt);
    let group = this.#promptOf.get(key);
    if (group === undefined) {
      group = this.#prompts.push(key) - 1;
      this.#promptOf.set(key, group);
    }
    this.#rowPrompts.push(group);
    const content = sha256(canonicalJson(messagesContent(task.prompt)));
    const place = (candidate: Candidate): number => {
      const own = `${content}${candidateHash(candidate)}`;
      const known = this.#itemOf.get(own);
      if (known !== undefined) return known;
      this.#itemOf.set(own, this.#items.length);
      return this.#items.push({ prompt: task.prompt, candidate, group: group! }) - 1;
    };
    this.#hash.update(`${source}${content}`);
    for (const pair of pairsOf(example)) {
      const [chosen, rejected] = [place(pair.chosen), place(pair.rejected)];
      if (chosen === rejected) {
        this.#same++;
        continue;
      }
      const { strength = Number.NaN, target = Number.NaN, margin = Number.NaN, tie = false } = pair;
      this.#hash.update(
        `p${candidateHash(pair.chosen)}${candidateHash(pair.rejected)}${strength},${target},${margin},${tie}`,
      );
      this.#pairs.chosen.push(chosen);
      this.#pairs.rejected.push(rejected);
      this.#pairs.first.push(task.candidates.indexOf(pair.chosen) < task.candidates.indexOf(pair.rejected) ? 1 : 0);
      this.#pairs.group.push(group);
      this.#pairs.source.push(source);
      this.#pairs.subsets.push(subsets);
      this.#labels.strength.push(strength);
      this.#labels.target.push(target);
      this.#labels.margin.push(margin);
      this.#labels.tie.push(tie ? 1 : 0);
    }
    for (const [i, candidate] of task.candidates.entries()) {
      const ratings: Record<string, number> = {};
      for (const [name, value] of Object.entries(labels.parts?.[i] ?? {})) if (value !== null) ratings[name] = value;
      const [value, correct] = [labels.value?.[i], labels.correct?.[i]];
      if (value != null) ratings["value"] = value;
      if (correct != null) ratings["correct"] = correct ? 1 : 0;
      if (Object.keys(ratings).length === 0) continue;
      this.#hash.update(`r${candidateHash(candidate)}${canonicalJson(ratings)}`);
      this.#rated.item.push(place(candidate));
      this.#rated.group.push(group);
      this.#rated.source.push(source);
      this.#rated.subsets.push(subsets);
      this.#rated.ratings.push(ratings);
    }
  }

  notes(): string[] {
    return this.#same === 0
      ? []
      : [`pairs with the same text on both sides, left out since nothing can be learned from them: ${this.#same}`];
  }

  data(): Omit<TrainingData, "sources" | "notes"> {
    const names = [...new Set(this.#rated.ratings.flatMap((one) => Object.keys(one)))];
    const values = new Float64Array(this.#rated.item.length * names.length).fill(Number.NaN);
    for (const [row, ratings] of this.#rated.ratings.entries())
      for (const [k, name] of names.entries()) values[row * names.length + k] = ratings[name] ?? Number.NaN;
    const { chosen, rejected, first, group, source, subsets } = this.#pairs;
    const optional = (list: readonly number[], neutral: number): Float64Array | undefined =>
      list.every(Number.isNaN) ? undefined : Float64Array.from(list, (one) => (Number.isNaN(one) ? neutral : one));
    const { strength } = this.#labels;
    return {
      items: this.#items,
      prompts: this.#prompts,
      rowPrompts: Int32Array.from(this.#rowPrompts),
      hash: this.#hash.digest("hex"),
      pairs: {
        chosen: Int32Array.from(chosen),
        rejected: Int32Array.from(rejected),
        first: Uint8Array.from(first),
        group: Int32Array.from(group),
        source: Uint16Array.from(source),
        subsets,
        labels: {
          strength: strength.every(Number.isNaN) ? undefined : Float64Array.from(strength),
          target: optional(this.#labels.target, 1),
          margin: optional(this.#labels.margin, 0),
          tie: this.#labels.tie.includes(1) ? Uint8Array.from(this.#labels.tie) : undefined,
        },
      },
      ratings: {
        item: Int32Array.from(this.#rated.item),
        group: Int32Array.from(this.#rated.group),
        source: Uint16Array.from(this.#rated.source),
        subsets: this.#rated.subsets,
        names,
        values,
      },
    };
  }
}
