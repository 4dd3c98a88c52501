import { type Estimate, NotEnoughDataError, UsageError } from "../../core/index.ts";
import { meanEstimate, proportionEstimate, spearman } from "../../stats/index.ts";
import type { Ballot } from "./votes.ts";

/** How right the majority of some of a judge's verdicts is. */
export interface VoteCurve {
  /** How many verdicts vote. */
  k: readonly number[];
  /** One a k: the share of pairs that the majority gets right; a split vote is half. */
  accuracy: readonly Estimate[];
  /** Accuracy at the greatest k less that of one verdict, on the same pairs. */
  gain: Estimate;
  /** Does the gain's interval lie below 0 ("falls"), above it ("rises"), or neither? */
  shape: "rises" | "falls" | "not shown";
  /** Pairs that were asked too seldom for the greatest k, and are left out. */
  leftOut: number;
}

/**
 * The accuracy of a majority vote by the number of votes, from verdicts that are there: voting helps where a single verdict is right more
 * often than not, and harms where it is not, pair by pair.
 *
 *     accuracy(K) = mean over pairs of P(R > W) + ½·P(R = W), for K verdicts drawn without replacement from the pair's n
 *
 * R and W are the drawn verdicts for and against the label; ties and unreadable ones are neither. For independent verdicts this is unbiased
 * for each K up to n, which `voteCurve` at the pairs' shares of right verdicts is not. Verdicts of both orders are drawn alike.
 *
 * @param ballots a judge's verdicts on labelled pairs; pairs without a better side are left out
 * @param options `ks`: odd numbers, default 1, 3, 5 … to the n that two pairs of three have, at most 15
 * @throws UsageError for an even k; NotEnoughDataError where fewer than two pairs have three verdicts or more (or the greatest k of them)
 * @source VL-RewardBench (2024): K votes a pair; the estimator is ours
 * @example voteCurveOf(ballots).shape // "falls" for a judge that more votes make worse
 */
export function voteCurveOf(
  ballots: readonly Ballot[],
  options: { ks?: readonly number[] | undefined; level?: number | undefined } = {},
): VoteCurve {
  const { level = 0.95 } = options;
  const pairs = ballots.flatMap(({ pair, lowFirst, highFirst }) => {
    if (pair.label !== "low" && pair.label !== "high") return [];
    const heard = [...lowFirst, ...highFirst];
    const of = (side: 1 | -1): number => heard.filter(({ p }) => p !== null && side * (p - 0.5) > 0).length;
    const [low, high] = [of(1), of(-1)];
    const [right, wrong] = pair.label === "low" ? [low, high] : [high, low];
    return [{ cluster: pair.cluster, n: heard.length, right, wrong }];
  });
  const ks = options.ks ?? defaultKs(pairs.map(({ n }) => n));
  for (const k of ks)
    if (!(Number.isInteger(k) && k >= 1 && k % 2 === 1))
      throw new UsageError(
        `a vote needs an odd number of verdicts, not ${k}`,
        "with an even number half of them can tie",
      );
  const most = Math.max(1, ...ks);
  const used = pairs.filter(({ n }) => n >= most);
  if (most < 3 || used.length < 2)
    throw new NotEnoughDataError(`fewer than two labelled pairs have ${Math.max(3, most)} verdicts of one judge`, 2);
  const clusters = used.map(({ cluster }) => cluster);
  const shared = { level, ...(new Set(clusters).size < clusters.length ? { clusters } : {}) };
  if (new Set(clusters).size < 2) throw new NotEnoughDataError("all pairs are of one prompt", 2);
  const credits = (k: number): number[] => used.map(({ n, right, wrong }) => majorityCredit(n, right, wrong, k));
  const one = credits(1);
  const gain = {
    ...meanEstimate(
      credits(most).map((credit, i) => credit - one[i]!),
      shared,
    ),
    method: `${most} votes less one, paired`,
  };
  return {
    k: ks,
    accuracy: ks.map((k) => proportionEstimate(credits(k), shared)),
    gain,
    shape: gain.low > 0 ? "rises" : gain.high < 0 ? "falls" : "not shown",
    leftOut: pairs.length - used.length,
  };
}

function defaultKs(counts: readonly number[]): number[] {
  // the number of verdicts that two pairs of three have
  const usual = [...counts].sort((a, b) => b - a)[Math.ceil((2 / 3) * counts.length) - 1] ?? 0;
  const most = Math.min(15, usual % 2 === 1 ? usual : usual - 1);
  const ks: number[] = [];
  for (let k = 1; k <= most; k += 2) ks.push(k);
  return ks;
}

/** P(R > W) + ½·P(R = W) for k verdicts drawn without replacement from n, of which some are right, some wrong and the rest neither. */
function majorityCredit(n: number, right: number, wrong: number, k: number): number {
  let credit = 0;
  const all = logChoose(n, k);
  for (let r = Math.max(0, k - (n - right)); r <= Math.min(right, k); r++)
    for (let w = Math.max(0, k - r - (n - right - wrong)); w <= Math.min(wrong, k - r); w++) {
      const weight = r > w ? 1 : r === w ? 0.5 : 0;
      if (weight === 0) continue;
      const ways = logChoose(right, r) + logChoose(wrong, w) + logChoose(n - right - wrong, k - r - w);
      credit += weight * Math.exp(ways - all);
    }
  return Math.min(1, credit);
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) sum += Math.log((n - i + 1) / i);
  return sum;
}

/** Which judges more votes help. */
export interface VotesByJudge {
  judges: number;
  /** Spearman's correlation over judges of the accuracy of one verdict with the gain by votes; undefined where one side does not vary. */
  trend: Estimate | undefined;
  /** Mean gain of the third of judges with the lowest accuracy of one verdict, and of the third with the highest. */
  worstThird: Estimate;
  bestThird: Estimate;
}

/**
 * Does voting help the judges that need it? The gain by votes against the accuracy of one verdict, over judges.
 *
 * @param curves one a judge; judges are the units of the intervals, which hold only for judges like these
 * @throws NotEnoughDataError for fewer than six judges, so that a third has two
 * @source VL-RewardBench (2024), the abstract's second finding
 */
export function votesByJudge(curves: readonly VoteCurve[], level = 0.95): VotesByJudge {
  if (curves.length < 6) throw new NotEnoughDataError("a third of judges needs six of them", 6);
  const sorted = [...curves].sort((a, b) => a.accuracy[0]!.value - b.accuracy[0]!.value);
  const third = Math.floor(sorted.length / 3);
  const gain = (some: readonly VoteCurve[]): Estimate => ({
    ...meanEstimate(
      some.map((one) => one.gain.value),
      { level },
    ),
    method: "mean gain over judges",
  });
  let trend: Estimate | undefined;
  try {
    trend = spearman(
      sorted.map(({ accuracy }) => accuracy[0]!.value),
      sorted.map((one) => one.gain.value),
      level,
    );
  } catch (thrown) {
    if (!(thrown instanceof NotEnoughDataError)) throw thrown;
  }
  return {
    judges: curves.length,
    trend,
    worstThird: gain(sorted.slice(0, third)),
    bestThird: gain(sorted.slice(-third)),
  };
}
