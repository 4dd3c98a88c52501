import { isScored, NotEnoughDataError, UsageError } from "../core/index.ts";
import type { Judged } from "./judged.ts";
import { ranked } from "./row.ts";

/** What a reward is held against: pairs of which one is better, the best of a task's candidates, or each candidate's own label. */
export type Basis = "preferences" | "best-of-k" | "labels";

/** One decision of a reward that labels call right or wrong. */
export interface Item {
  /** The task's id. */
  id: string;
  /** Which decision of the task: the pair `0>2`, the candidate `1`, or empty for the whole task. */
  which: string;
  repeat: number;
  cluster: string;
  subsets: Readonly<Record<string, string>>;
  /** 1 right, 0 wrong, between them for ties; null where a score that it needs is missing. */
  credit: number | null;
  /** How far the reward's value speaks for the right side: above 0 is right. Null where unscored or where no side is right. */
  margin: number | null;
  /** Values by class, for distributions: of the better or right candidates, and of the others. */
  right: readonly number[];
  wrong: readonly number[];
  /** What an arbitrary choice would get, and the best that can be got. */
  chance: number;
  ceiling: number;
  /** The share of raters that contradict the label, where there are several. */
  dissent: number | undefined;
}

/** How a file's rows were turned into items. */
export interface Itemised {
  basis: Basis;
  /** Did the caller name it, or was it chosen by the labels? */
  chosen: "given" | "auto";
  items: readonly Item[];
  /** Rows, without repeats. */
  rows: number;
  /** Rows without the labels that the basis needs. */
  unlabelled: number;
  /** Pairs that the raters call equal, which no reward can get right or wrong; they are left out. */
  ties: number;
  /** The value from which a candidate counts as right, under "labels". */
  threshold: { value: number; why: string } | undefined;
}

/** Options of `itemise`. */
export interface ItemOptions {
  basis?: Basis | undefined;
  /** Under "labels", the value from which a candidate counts as right; a value equal to it is half right. */
  threshold?: number | undefined;
  /** The reward's range, which decides the threshold where none is given. */
  range?: readonly [min: number, max: number] | undefined;
}

/**
 * The decisions in scored rows that labels call right or wrong.
 *
 * - `preferences`: one item a labelled pair. The votes of several raters on a pair are one label, the most frequent one (the mean
 *   where two are as frequent); pairs labelled equal are left out. Asked for by name, pairs are also made of each right (or
 *   higher-valued) candidate with each wrong (lower) one.
 * - `best-of-k`: one item a task of 2 or more candidates; its credit is the share of right candidates among those tied at the
 *   maximum (of those with the greatest value label, where labels are values).
 * - `labels`: one item a candidate labelled right or wrong: is its value above the threshold (given, else the middle of the range, else
 *   1/2 where all values lie in [0, 1], else 0).
 *
 * Without `basis`, it is the one that most rows have labels for, in this order when equal. An item is unscored when one of its
 * candidates is.
 *
 * @throws UsageError for no labels at all, or value labels of single candidates
 */
export function itemise(rows: readonly Judged[], options: ItemOptions = {}): Itemised {
  if (rows.length === 0) throw new NotEnoughDataError("there are no rows");
  const basis = options.basis ?? autoBasis(rows);
  const threshold = basis === "labels" ? thresholdOf(rows, options) : undefined;
  const items: Item[] = [];
  let ties = 0;
  let unlabelled = 0;
  let count = 0;
  for (const row of rows) {
    const first = row.repeat === 0;
    if (first) count++;
    let made: readonly Item[];
    if (basis === "preferences") {
      const pairs = pairsOf(row, options.basis !== undefined);
      if (first) ties += pairs.filter((pair) => pair.equal).length;
      if (first && pairs.length === 0) unlabelled++;
      made = pairs.filter((pair) => !pair.equal).map((pair) => pairItem(row, pair));
    } else {
      made = basis === "best-of-k" ? bestItem(row) : labelItems(row, threshold!.value);
      if (first && made.length === 0) unlabelled++;
    }
    items.push(...made);
  }
  const chosen = options.basis === undefined ? "auto" : "given";
  return { basis, chosen, items, rows: count, unlabelled, ties, threshold };
}

function autoBasis(rows: readonly Judged[]): Basis {
  const counts = { preferences: 0, "best-of-k": 0, labels: 0 };
  let values = 0;
  for (const { labels, scores } of rows) {
    const { preferred, correct, value } = labels;
    if (preferred !== undefined && preferred.length > 0) counts.preferences++;
    else if (scores.length > 1 && (full(correct) || full(value))) counts["best-of-k"]++;
    else if (correct?.some((one) => one !== null)) counts.labels++;
    else if (value?.some((one) => one !== null)) values++;
  }
  const [most] = (Object.keys(counts) as Basis[]).sort((a, b) => counts[b] - counts[a]);
  if (counts[most!] > 0) return most!;
  if (values > 0)
    throw new UsageError(
      "the labels are values of single candidates, which are neither right nor wrong",
      "laurel stats spearman compares scores with values",
    );
  throw new UsageError(
    "the rows have no labels that say what is right",
    "labels: { correct: [true, false] }, { preferred: [{ first: 0, second: 1, p: 1 }] } or { value: [3, 1] }; chosen and rejected are read too",
  );
}

function full<T>(list: readonly (T | null)[] | undefined): list is readonly T[] {
  return list !== undefined && list.length > 0 && list.every((one) => one !== null);
}

function thresholdOf(rows: readonly Judged[], options: ItemOptions): { value: number; why: string } {
  if (options.threshold !== undefined) return { value: options.threshold, why: "given" };
  if (options.range !== undefined)
    return { value: (options.range[0] + options.range[1]) / 2, why: "the middle of the reward's range" };
  const inside = rows.every(({ scores }) =>
    scores.every((one) => !isScored(one) || (one.value >= 0 && one.value <= 1)),
  );
  if (inside) return { value: 0.5, why: "all values lie in [0, 1]" };
  return { value: 0, why: "values go beyond [0, 1], so they are taken for log-odds" };
}

interface Pair {
  better: number;
  worse: number;
  equal: boolean;
  dissent: number | undefined;
}

/** A task's labelled pairs, each once whatever the number of its raters. */
function pairsOf({ labels, scores }: Judged, derive: boolean): Pair[] {
  const { preferred, correct, value } = labels;
  if (preferred === undefined || preferred.length === 0) return derive ? derived(correct ?? value ?? []) : [];
  const votes = new Map<number, number[]>();
  for (const { first, second, p } of preferred) {
    const low = Math.min(first, second);
    const key = low * scores.length + Math.max(first, second);
    const ofLow = first === low ? p : 1 - p;
    const known = votes.get(key);
    if (known === undefined) votes.set(key, [ofLow]);
    else known.push(ofLow);
  }
  return Array.from(votes, ([key, ps]) => {
    const low = Math.floor(key / scores.length);
    const high = key % scores.length;
    const verdict = majority(ps);
    const dissent = ps.length < 2 ? undefined : ps.filter((p) => Math.sign(p - 0.5) !== verdict).length / ps.length;
    return { better: verdict >= 0 ? low : high, worse: verdict >= 0 ? high : low, equal: verdict === 0, dissent };
  });
}

/** The most frequent of "first", "second" and "equal" among raters' p; the mean's side where two are as frequent. */
function majority(ps: readonly number[]): -1 | 0 | 1 {
  const sides = [0, 0, 0];
  let mean = 0;
  for (const p of ps) {
    sides[Math.sign(p - 0.5) + 1]!++;
    mean += (p - 0.5) / ps.length;
  }
  const most = Math.max(...sides);
  const winners = [-1, 0, 1].filter((side) => sides[side + 1] === most);
  if (winners.length === 1) return winners[0] as -1 | 0 | 1;
  return Math.abs(mean) < 1e-12 ? 0 : (Math.sign(mean) as -1 | 1);
}

function derived(marks: readonly (boolean | number | null)[]): Pair[] {
  const pairs: Pair[] = [];
  for (const [i, a] of marks.entries())
    for (const [k, b] of marks.entries())
      if (a !== null && b !== null && Number(a) > Number(b))
        pairs.push({ better: i, worse: k, equal: false, dissent: undefined });
  return pairs;
}

function base(row: Judged, which: string): Pick<Item, "id" | "which" | "repeat" | "cluster" | "subsets"> {
  return { id: row.id, which, repeat: row.repeat, cluster: row.cluster, subsets: row.subsets };
}

function pairItem(row: Judged, { better, worse, dissent }: Pair): Item {
  const common = { ...base(row, `${better}>${worse}`), chance: 0.5, ceiling: 1, dissent };
  const [a, b] = [row.scores[better]!, row.scores[worse]!];
  if (!isScored(a) || !isScored(b)) return { ...common, credit: null, margin: null, right: [], wrong: [] };
  const margin = a.value - b.value;
  const credit = a.value > b.value ? 1 : a.value === b.value ? 0.5 : 0;
  return { ...common, credit, margin, right: [a.value], wrong: [b.value] };
}

function bestItem(row: Judged): Item[] {
  const { correct, value } = row.labels;
  if (row.scores.length < 2) return [];
  let marks: readonly boolean[];
  if (full(correct)) marks = correct;
  else if (full(value)) {
    const most = value.reduce((max, one) => Math.max(max, one), Number.NEGATIVE_INFINITY);
    marks = value.map((one) => one === most);
  } else return [];
  const share = marks.filter(Boolean).length / marks.length;
  const common = { ...base(row, ""), chance: share, ceiling: share > 0 ? 1 : 0, dissent: undefined };
  if (!row.scores.every(isScored)) return [{ ...common, credit: null, margin: null, right: [], wrong: [] }];
  const values = row.scores.map((score) => score.value);
  const right = values.filter((_, i) => marks[i]);
  const wrong = values.filter((_, i) => !marks[i]);
  const { tied } = ranked(row.scores);
  const credit = tied.filter((i) => marks[i]).length / tied.length;
  const top = (list: readonly number[]): number => list.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const margin = right.length === 0 || wrong.length === 0 ? null : top(right) - top(wrong);
  return [{ ...common, credit, margin, right, wrong }];
}

function labelItems(row: Judged, threshold: number): Item[] {
  const marks = row.labels.correct ?? [];
  const items: Item[] = [];
  for (const [i, mark] of marks.entries()) {
    if (mark === null) continue;
    const common = { ...base(row, String(i)), chance: 0.5, ceiling: 1, dissent: undefined };
    const score = row.scores[i]!;
    if (!isScored(score)) {
      items.push({ ...common, credit: null, margin: null, right: [], wrong: [] });
      continue;
    }
    const margin = mark ? score.value - threshold : threshold - score.value;
    const credit = margin > 0 ? 1 : margin === 0 ? 0.5 : 0;
    items.push({ ...common, credit, margin, right: mark ? [score.value] : [], wrong: mark ? [] : [score.value] });
  }
  return items;
}
