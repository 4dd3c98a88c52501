import { InputError, isScored, type JsonObject, type Reason, type Score, unscored } from "../core/index.ts";
import type { ByteSource } from "./bytes.ts";
import { shorten } from "./ids.ts";
import { isRaw, type Raw, refuse } from "./messages.ts";
import { didYouMean } from "./near.ts";
import { openRows } from "./open.ts";
import type { TableFormat, TableOptions } from "./source.ts";

/** The kinds of score file. */
export type ScoreFormat = "long" | "laurel" | "reward-bench" | "lm-eval";

/** How a score file is read. */
export interface ScoreOptions extends TableOptions {
  /** Of lm-evaluation-harness results: the metric (default: the only one) and the filter (default: the only one). */
  metric?: string | undefined;
  filter?: string | undefined;
  /** Of Laurel's own rows with repeats: which one (default 0). */
  repeat?: number | undefined;
  /** The table's format, where neither its name nor its first bytes tell it. */
  format?: TableFormat | undefined;
}

/** Scores from a file, by task id and candidate. */
export interface ScoreTable {
  readonly format: ScoreFormat;
  readonly file: string;
  /** Tasks that have scores. */
  readonly size: number;
  /** Scores that have no value. */
  readonly unscored: number;
  ids(): IterableIterator<string>;
  /** All scores of a task, in the order of its candidates in the file that was scored; undefined for an unknown id. */
  group(id: string): readonly (Score | undefined)[] | undefined;
  /** The score of a candidate, by its index in that order (default 0) or by its id. */
  get(id: string, candidate?: number | string): Score | undefined;
  /** Of lm-evaluation-harness results: the hash of each document, to check that two files are of the same ones. */
  documentHash(id: string): string | undefined;
}

/**
 * Reads scores that were made elsewhere, from JSON lines, JSON, CSV or Parquet. The format is told by the columns:
 *
 * - long: `{ id, candidate?, value | score | unscored, fault?, parts? }`, a row a candidate; `candidate` is an index or an id;
 * - a row a task: `{ id, scores: [number | null | { value } | { unscored }] }`, such as Laurel's own rows;
 * - reward-bench: `{ id, scores_chosen, scores_rejected, results?, subset? }` (numbers, or lists in RewardBench 2;
 *   also `score_chosen`, `score_rejected`): candidates are the chosen ones and then the rejected ones, as in that file;
 * - lm-evaluation-harness samples: `{ doc_id, filter, metrics, <metric> }`: the id is the `doc_id`.
 *
 * @throws InputError for rows of no known format, two scores for one candidate, a value that is not finite, or a metric or
 *   filter that has to be chosen (the message lists them)
 * @example const scores = await readScores("scores.jsonl"); scores.get("q1", 0)
 */
export async function readScores(source: ByteSource, options: ScoreOptions = {}): Promise<ScoreTable> {
  const table = await openRows(source, options);
  const scores = new Scores(table.file, options);
  for await (const batch of table.batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      scores.add(row, line);
    }
  return scores.finish();
}

class Scores implements ScoreTable {
  format: ScoreFormat = "long";
  readonly file: string;
  unscored = 0;
  readonly #options: ScoreOptions;
  readonly #groups = new Map<string, (Score | undefined)[]>();
  readonly #byName = new Map<string, Map<string, number>>();
  readonly #hashes = new Map<string, string>();
  readonly #filters = new Set<string>();
  #metric: string | undefined;
  #rows = 0;

  constructor(file: string, options: ScoreOptions) {
    this.file = file;
    this.#options = options;
  }

  get size(): number {
    return this.#groups.size;
  }

  ids(): IterableIterator<string> {
    return this.#groups.keys();
  }

  group(id: string): readonly (Score | undefined)[] | undefined {
    return this.#groups.get(id);
  }

  get(id: string, candidate: number | string = 0): Score | undefined {
    const at = typeof candidate === "number" ? candidate : this.#byName.get(id)?.get(candidate);
    return at === undefined ? undefined : this.#groups.get(id)?.[at];
  }

  documentHash(id: string): string | undefined {
    return this.#hashes.get(id);
  }

  add(row: Raw, line: number): void {
    const place = { file: this.file, line };
    const format = formatOf(row);
    if (format === undefined)
      throw new InputError(
        place,
        `this is no row of scores; its columns are ${Object.keys(row).slice(0, 30).join(", ")}`,
        "a row of scores is { id, candidate, value } or { id, scores: [...] }",
      );
    if (this.#rows++ === 0) this.format = format;
    else if (format !== this.format)
      throw new InputError(place, `this row is of the format ${format}, those before it of ${this.format}`);
    if (format === "laurel") this.#laurel(row, place);
    else if (format === "reward-bench") this.#rewardBench(row, place);
    else if (format === "lm-eval") this.#lmEval(row, place);
    else this.#long(row, place);
  }

  finish(): ScoreTable {
    if (this.format === "lm-eval" && this.#options.filter === undefined && this.#filters.size > 1)
      throw new InputError(
        { file: this.file },
        `it has results for ${this.#filters.size} filters: ${[...this.#filters].join(", ")}`,
        "choose one with the option filter",
      );
    if (this.format === "lm-eval" && this.size === 0)
      throw new InputError(
        { file: this.file },
        `it has no results for the filter '${this.#options.filter}'`,
        didYouMean(this.#options.filter ?? "", [...this.#filters]),
      );
    return this;
  }

  #put(id: string, at: number, score: Score, place: { file: string; line: number }): void {
    let group = this.#groups.get(id);
    if (group === undefined) this.#groups.set(id, (group = []));
    if (group[at] !== undefined) throw new InputError(place, `candidate ${at} of '${shorten(id)}' has a score already`);
    while (group.length < at) group.push(undefined);
    group[at] = score;
    if (!isScored(score)) this.unscored++;
  }

  #id(value: unknown, field: string, place: { file: string; line: number }): string {
    if (typeof value === "string" || typeof value === "number") return String(value);
    return refuse(place, field, "a text or a number", value);
  }

  #long(row: Raw, place: { file: string; line: number }): void {
    const id = this.#id(row["id"], "id", place);
    const which = row["candidate"] ?? 0;
    const index = typeof which === "string" && /^\d{1,7}$/.test(which) ? Number(which) : which;
    let at: number;
    if (typeof index === "number") {
      if (!Number.isInteger(index) || index < 0 || index > 1e6) refuse(place, "candidate", "an index from 0", which);
      at = index;
    } else {
      const name = this.#id(which, "candidate", place);
      let names = this.#byName.get(id);
      if (names === undefined) this.#byName.set(id, (names = new Map()));
      at = names.get(name) ?? this.#groups.get(id)?.length ?? 0;
      names.set(name, at);
    }
    this.#put(id, at, scoreOf(row, place, ""), place);
  }

  #laurel(row: Raw, place: { file: string; line: number }): void {
    const repeat = typeof row["repeat"] === "number" ? row["repeat"] : 0;
    if (repeat !== (this.#options.repeat ?? 0)) return;
    const id = this.#id(row["id"], "id", place);
    for (const [i, one] of (row["scores"] as unknown[]).entries()) {
      const field = `scores[${i}]`;
      if (typeof one === "number") this.#put(id, i, { value: finite(one, place, field) }, place);
      else if (one === null) this.#put(id, i, unscored("unsupported", "the file has null for it"), place);
      else if (isRaw(one)) this.#put(id, i, scoreOf(one, place, `${field}.`), place);
      else refuse(place, field, "a number, null, or an object with a value or unscored", one);
    }
  }

  #rewardBench(row: Raw, place: { file: string; line: number }): void {
    // reward-bench's own output may leave the id out; its rows are then in the benchmark's order
    const id = row["id"] === undefined ? `#${place.line}` : this.#id(row["id"], "id", place);
    let at = 0;
    for (const name of ["chosen", "rejected"]) {
      const field = row[`scores_${name}`] === undefined ? `score_${name}` : `scores_${name}`;
      const value = row[field];
      for (const [i, one] of (Array.isArray(value) ? value.flat() : [value]).entries())
        this.#put(id, at++, { value: finite(one, place, `${field}[${i}]`) }, place);
    }
  }

  #lmEval(row: Raw, place: { file: string; line: number }): void {
    const filter = typeof row["filter"] === "string" ? row["filter"] : "none";
    this.#filters.add(filter);
    const wanted = this.#options.filter;
    if (wanted !== undefined && filter !== wanted) return;
    // rows of a second filter are only counted: finish() refuses the file unless one was chosen
    if (wanted === undefined && this.#filters.size > 1) return;
    this.#metric ??= this.#options.metric ?? onlyMetric(row, place);
    const value = row[this.#metric];
    if (value === undefined)
      throw new InputError(
        place,
        `it has no metric '${this.#metric}'`,
        didYouMean(this.#metric, Array.isArray(row["metrics"]) ? row["metrics"].map(String) : Object.keys(row)),
      );
    const id = this.#id(row["doc_id"], "doc_id", place);
    const number = typeof value === "boolean" ? Number(value) : value;
    this.#put(
      id,
      0,
      number === null
        ? unscored("unsupported", `the harness gave no ${this.#metric}`)
        : { value: finite(number, place, this.#metric) },
      place,
    );
    if (typeof row["doc_hash"] === "string") this.#hashes.set(id, row["doc_hash"]);
  }
}

function formatOf(row: Raw): ScoreFormat | undefined {
  if (row["id"] !== undefined && Array.isArray(row["scores"])) return "laurel";
  if (row["doc_id"] !== undefined && (row["metrics"] !== undefined || row["filter"] !== undefined)) return "lm-eval";
  if (
    (row["scores_chosen"] !== undefined && row["scores_rejected"] !== undefined) ||
    (row["score_chosen"] !== undefined && row["score_rejected"] !== undefined)
  )
    return "reward-bench";
  const long = row["value"] !== undefined || row["score"] !== undefined || row["unscored"] !== undefined;
  return row["id"] !== undefined && long ? "long" : undefined;
}

function onlyMetric(row: Raw, place: { file: string; line: number }): string {
  const names = Array.isArray(row["metrics"]) ? row["metrics"].map(String) : [];
  if (names.length === 1) return names[0]!;
  throw new InputError(
    place,
    names.length === 0 ? "it names no metrics" : `it has several metrics: ${names.join(", ")}`,
    "choose one with the option metric",
  );
}

function finite(value: unknown, place: { file: string; line: number }, field: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) refuse(place, field, "a finite number", value);
  return number;
}

const faults: ReadonlySet<unknown> = new Set([
  "no-answer",
  "malformed",
  "crashed",
  "time-limit",
  "memory-limit",
  "over-long",
  "forbidden",
]);

function scoreOf(row: Raw, place: { file: string; line: number }, prefix: string): Score {
  const none = row["unscored"];
  if (none !== undefined && none !== null && none !== false) {
    if (isRaw(none)) return unscored((none["reason"] ?? "unsupported") as Reason, String(none["message"] ?? ""));
    return unscored("unsupported", typeof none === "string" ? none : "the file states no score");
  }
  const field = row["value"] === undefined ? "score" : "value";
  const value = finite(row[field], place, `${prefix}${field}`);
  const { fault, parts } = row;
  if (fault !== undefined && fault !== null && !faults.has(fault))
    refuse(place, `${prefix}fault`, [...faults].join(", "), fault);
  return {
    value,
    ...(fault === undefined || fault === null ? {} : { fault: fault as "malformed" }),
    ...(isRaw(parts) ? { parts: parts as Readonly<Record<string, number | null>> } : {}),
    ...(isRaw(row["facts"]) ? { facts: row["facts"] as JsonObject } : {}),
  };
}
