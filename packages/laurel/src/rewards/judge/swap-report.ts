import { type Estimate, NotEnoughDataError, UsageError } from "../../core/index.ts";
import { proportionEstimate } from "../../stats/index.ts";
import { type Decision, flipped, swapOutcome } from "./swap.ts";

/** The two games of a pair: the second was played with the answers swapped, and stands here as it was said. */
export interface SwapRow {
  first: Decision;
  second: Decision;
  label: "A>B" | "B>A";
  /** What must be resampled together, such as the prompt; default each row by itself. */
  cluster?: string | undefined;
}

/** What both orders say of a judge; all but `firstRate` are shares of pairs. */
export interface SwapReport {
  /** Right over both orders: JudgeBench's score. */
  score: Estimate;
  wrong: Estimate;
  /** Games that cancel, or that decide nothing. */
  tie: Estimate;
  /** The two games differ; an unreadable verdict differs from a tie. */
  inconsistent: Estimate;
  /** Of the decided games, the share that named the answer shown first; undefined where none is decided. */
  firstRate: Estimate | undefined;
  /** Share of games that could not be read. */
  nulls: Estimate;
  /**
   * What this judge's games would score on labels by a coin: half of the pairs that it decides. 0 for a judge that always names the first
   * answer, a quarter for coin flips, half for a consistent guesser.
   */
  chance: number;
}

/**
 * What a judge says over both orders, by JudgeBench's rule: each game +1 for the label and −1 against it, right where the sum is above 0.
 *
 * @param rows at least one pair; games of an unreadable verdict are null
 * @throws NotEnoughDataError for no pairs; UsageError for a label that names no side
 * @source JudgeBench (2024), utils/metrics; `chance` and the intervals are ours
 * @example swapReport([{ first: "A>B", second: "A>B", label: "A>B" }]).tie.value // 1: a lean to the first place decides nothing
 */
export function swapReport(rows: readonly SwapRow[], options: { level?: number | undefined } = {}): SwapReport {
  const { level = 0.95 } = options;
  if (rows.length === 0) throw new NotEnoughDataError("there is no pair with both orders", 1);
  const games = rows.map(({ first, second, label, cluster }, i) => {
    if (label !== "A>B" && label !== "B>A")
      throw new UsageError(`swapReport: the label of pair ${i + 1} is ${JSON.stringify(label)}`, '"A>B" or "B>A"');
    const shown = [first, second];
    return {
      outcome: swapOutcome(first, second, label),
      inconsistent: first !== flipped(second),
      cluster: cluster ?? `#${i}`,
      decided: shown.flatMap((one) => (one === "A>B" ? [1] : one === "B>A" ? [0] : [])),
      nulls: shown.map((one) => Number(one === null)),
    };
  });
  const share = (values: readonly { value: number; cluster: string }[]): Estimate => {
    const clusters = values.map(({ cluster }) => cluster);
    const distinct = new Set(clusters).size;
    return proportionEstimate(
      values.map(({ value }) => value),
      // one cluster has no variance between clusters
      { level, ...(distinct > 1 && distinct < values.length ? { clusters } : {}) },
    );
  };
  const ofPairs = (is: (game: (typeof games)[number]) => boolean): Estimate =>
    share(games.map((game) => ({ value: Number(is(game)), cluster: game.cluster })));
  const decided = games.flatMap((game) => game.decided.map((value) => ({ value, cluster: game.cluster })));
  return {
    score: ofPairs(({ outcome }) => outcome === "right"),
    wrong: ofPairs(({ outcome }) => outcome === "wrong"),
    tie: ofPairs(({ outcome }) => outcome === "tie"),
    inconsistent: ofPairs(({ inconsistent }) => inconsistent),
    firstRate: decided.length === 0 ? undefined : share(decided),
    nulls: share(games.flatMap((game) => game.nulls.map((value) => ({ value, cluster: game.cluster })))),
    chance: games.filter(({ outcome }) => outcome !== "tie").length / (2 * games.length),
  };
}
