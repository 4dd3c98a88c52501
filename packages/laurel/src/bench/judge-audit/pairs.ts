import { answerText, type Example, type Labels } from "../../core/index.ts";

/** A side of a pair, by the place of its candidate in the file; `tie` where neither is better. */
export type Side = "low" | "high" | "tie";

/** A pair of candidates that a judge compares, with what people say about it. `low` and `high` are candidates' places, low < high. */
export interface JudgedPair {
  /** The task's id. */
  id: string;
  low: number;
  high: number;
  cluster: string;
  subsets: Readonly<Record<string, string>>;
  /** The better side by the most frequent label; undefined without a label. */
  label: Side | undefined;
  /** Each rater's own label. A rater without a name is `label`. */
  raters: Readonly<Record<string, Side>>;
  /** Mean of people's p that low is better, or how much higher low's rating is; undefined without either. */
  human: number | undefined;
  /** Words of both texts; undefined where both are empty (not given). */
  words: readonly [low: number, high: number] | undefined;
}

/** Which pairs of a task are judged: those that have labels (all, where a task has none), or all. */
export type PairChoice = "labelled" | "all";

/**
 * The pairs of an example.
 *
 * Labels are its `preferred` pairs (each rater has one voice, the most frequent side is the label, and where two are as frequent it is
 * a tie), else right against wrong candidates (`correct`), else candidates of unequal `value`.
 */
export function pairsOfExample(example: Example, which: PairChoice = "labelled"): JudgedPair[] {
  const { task, labels, cluster, subsets } = example;
  const texts = task.candidates.map(answerText);
  return pairsOfLabels(labels, texts.length, which).map((pair): JudgedPair => {
    const [low, high] = [texts[pair.low] ?? "", texts[pair.high] ?? ""];
    return {
      id: task.id,
      ...pair,
      cluster,
      subsets,
      words: low === "" && high === "" ? undefined : [wordsIn(low), wordsIn(high)],
    };
  });
}

/** What labels say about the pairs of `n` candidates, as in `pairsOfExample`. */
export function pairsOfLabels(
  labels: Pick<Labels, "preferred" | "correct" | "value">,
  n: number,
  which: PairChoice = "labelled",
): Pick<JudgedPair, "low" | "high" | "label" | "raters" | "human">[] {
  const found = new Map<string, { low: number; high: number; raters: Record<string, Side>; ps: number[] }>();
  const at = (low: number, high: number) => {
    const key = `${low} ${high}`;
    const known = found.get(key) ?? { low, high, raters: {}, ps: [] };
    found.set(key, known);
    return known;
  };
  for (const { first, second, p, rater } of labels.preferred ?? []) {
    if (first === second) continue;
    const [low, high, lower] = first < second ? [first, second, p] : [second, first, 1 - p];
    const pair = at(low, high);
    pair.raters[rater ?? (pair.ps.length === 0 ? "label" : `label ${pair.ps.length + 1}`)] = sideOf(lower);
    pair.ps.push(lower);
  }
  if (labels.preferred === undefined) addOrdered(labels, n, at);
  if (which === "all" || found.size === 0)
    for (let low = 0; low < n; low++) for (let high = low + 1; high < n; high++) at(low, high);
  return [...found.values()].map(({ low, high, raters, ps }) => {
    const value = [labels.value?.[low], labels.value?.[high]];
    const gap = typeof value[0] === "number" && typeof value[1] === "number" ? value[0] - value[1] : undefined;
    return {
      low,
      high,
      label: plurality(Object.values(raters)),
      raters,
      human: gap ?? (ps.length === 0 ? undefined : ps.reduce((sum, one) => sum + one, 0) / ps.length - 0.5),
    };
  });
}

function addOrdered(
  { correct, value }: Pick<Labels, "correct" | "value">,
  n: number,
  at: (low: number, high: number) => { raters: Record<string, Side> },
): void {
  for (let low = 0; low < n; low++)
    for (let high = low + 1; high < n; high++) {
      const [a, b] = correct === undefined ? [value?.[low], value?.[high]] : [correct[low], correct[high]];
      if (a === undefined || b === undefined || a === null || b === null) continue;
      if (a !== b) at(low, high).raters["label"] = Number(a) > Number(b) ? "low" : "high";
    }
}

/** What a probability says. */
export function sideOf(p: number): Side {
  return p > 0.5 ? "low" : p < 0.5 ? "high" : "tie";
}

function plurality(sides: readonly Side[]): Side | undefined {
  if (sides.length === 0) return undefined;
  const counts = (["low", "high", "tie"] as const).map((side) => ({
    side,
    n: sides.filter((one) => one === side).length,
  }));
  counts.sort((a, b) => b.n - a.n);
  return counts[0]!.n === counts[1]!.n ? "tie" : counts[0]!.side;
}

/** Words of a text: what stands between white space. */
function wordsIn(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}
