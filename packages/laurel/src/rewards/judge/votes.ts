import type { SymmetricComparer } from "../../compose/tournament.ts";
import { type Comparer, fingerprintOf, type Preferred, UsageError } from "../../core/index.ts";
import type { Judged } from "./judge.ts";

/** How several scores of one candidate become one. */
export type VoteAggregate = "mean" | "median" | "mode" | "sum";

/**
 * One value from several votes.
 *
 *     mean, median (mean of the middle two), mode (the least of the most frequent), sum
 *
 * @throws UsageError on no votes
 */
export function voted(votes: readonly number[], aggregate: VoteAggregate = "mean"): number {
  if (votes.length === 0) throw new UsageError("there are no votes to count");
  const sorted = [...votes].sort((a, b) => a - b);
  const sum = sorted.reduce((total, vote) => total + vote, 0);
  if (aggregate === "sum") return sum;
  if (aggregate === "mean") return Math.min(Math.max(sum / votes.length, sorted[0]!), sorted[sorted.length - 1]!);
  if (aggregate === "median") return (sorted[(votes.length - 1) >> 1]! + sorted[votes.length >> 1]!) / 2;
  let best = sorted[0]!;
  let most = 0;
  for (const value of new Set(sorted)) {
    const count = sorted.filter((vote) => vote === value).length;
    if (count > most) [best, most] = [value, count];
  }
  return best;
}

/** Sample standard deviation of votes, n − 1 in its denominator; 0 for one vote. */
export function spreadOf(votes: readonly number[]): number {
  if (votes.length < 2) return 0;
  const mean = votes.reduce((total, vote) => total + vote, 0) / votes.length;
  return Math.sqrt(votes.reduce((total, vote) => total + (vote - mean) ** 2, 0) / (votes.length - 1));
}

/** Options of `voteSum`. */
export interface VoteSumOptions {
  /** A meta score for each sample; the `keep` best samples count, ties by the earlier sample. */
  weights?: readonly number[] | undefined;
  /** How many samples count; default ⌈k/2⌉ with weights and all without. */
  keep?: number | undefined;
}

/**
 * The sum of each candidate's scores over samples, with a meta reward's choice of samples.
 *
 *     S*_i = Σ_{j kept} S_{j,i}
 *
 * @param samples one array of n scores a sample; all of one length
 * @returns n sums, and the indices of the samples that counted
 * @throws UsageError on no samples, different lengths, or a keep that is out of range
 * @source DeepSeek-GRM (2025), voting and meta RM guided voting
 */
export function voteSum(
  samples: readonly (readonly number[])[],
  options: VoteSumOptions = {},
): { sums: number[]; kept: number[] } {
  const k = samples.length;
  const n = samples[0]?.length;
  if (n === undefined || samples.some((sample) => sample.length !== n))
    throw new UsageError("voteSum needs at least one sample, and all of one length");
  const { weights, keep = weights === undefined ? k : Math.ceil(k / 2) } = options;
  if (weights !== undefined && weights.length !== k)
    throw new UsageError(`voteSum: ${weights.length} weights for ${k} samples`);
  if (!Number.isInteger(keep) || keep < 1 || keep > k)
    throw new UsageError(`voteSum: keep must be a whole number from 1 to ${k}, not ${keep}`);
  const indices = samples.map((_, j) => j);
  if (weights !== undefined) indices.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const kept = indices.slice(0, keep).sort((a, b) => a - b);
  const sums = Array.from({ length: n }, (_, i) => kept.reduce((total, j) => total + samples[j]![i]!, 0));
  return { sums, kept };
}

/**
 * The chance that a majority of k independent votes is right, for each k; of several items the mean over them.
 *
 *     mean over items of P(Binomial(k, p) > k/2), k odd
 *
 * Items with p above ½ rise with k and the others fall, so that a judge's curve may do either. From verdicts that were counted, not from
 * known p, take `voteCurveOf` of `laurel/bench`: a share of few votes in p's place is biased.
 *
 * @param p the chance that one vote is right, of one item or one an item; in [0, 1]
 * @param ks odd numbers of votes
 * @throws UsageError for no items, p outside [0, 1], or an even k
 * @source the binomial distribution; VL-RewardBench's and r1-reward's checks of voting use it
 * @example voteCurve([0.9, 0.3], [1, 3]) // [0.6, 0.594]
 */
export function voteCurve(p: number | ArrayLike<number>, ks: readonly number[]): number[] {
  const items = typeof p === "number" ? [p] : p;
  if (items.length === 0) throw new UsageError("voteCurve: there are no items");
  for (const k of ks)
    if (!Number.isInteger(k) || k < 1 || k % 2 === 0)
      throw new UsageError(`voteCurve: k must be an odd whole number, not ${k}`);
  const choose = ks.map((k) => logChoices(k));
  const sums = ks.map(() => 0);
  for (let i = 0; i < items.length; i++) {
    const one = items[i]!;
    if (!(one >= 0 && one <= 1)) throw new UsageError(`voteCurve: p must lie in [0, 1], not ${one}`);
    for (const [at, k] of ks.entries()) sums[at]! += majorityRight(one, k, choose[at]!);
  }
  return sums.map((sum) => sum / items.length);
}

/** log of k over j, for j from 0 to k. */
function logChoices(k: number): Float64Array {
  const log = new Float64Array(k + 1);
  for (let j = 1; j <= k; j++) log[j] = log[j - 1]! + Math.log((k - j + 1) / j);
  return log;
}

function majorityRight(p: number, k: number, logChoose: Float64Array): number {
  if (p === 0 || p === 1 || k === 1) return p;
  // the smaller tail is summed, so that p = ½ gives exactly ½ on both sides of it
  const [small, flip] = p > 0.5 ? [1 - p, true] : [p, false];
  const [log, rest] = [Math.log(small), Math.log1p(-small)];
  let tail = 0;
  for (let j = (k + 1) / 2; j <= k; j++) tail += Math.exp(logChoose[j]! + j * log + (k - j) * rest);
  return flip ? 1 - tail : tail;
}

/** Options of `majorityJudge`. */
export interface MajorityOptions {
  /** How many members must answer a pair; default all. */
  quorum?: number | undefined;
  /** "majority" (default): p is 1, ½ or 0 by which side has more members. "share": p is the mean of the members' p. */
  count?: "majority" | "share" | undefined;
  name?: string | undefined;
}

/**
 * A panel of comparers: each member decides, and the side with more members wins; equally many tie.
 *
 * A member decides for the side whose p is above ½. `strength` is (members for first − members for second) / members.
 * Fewer answers than the quorum leave the pair unscored. Errors that all members share survive any panel.
 *
 * @throws UsageError on no members or a quorum out of range
 * @example majorityJudge([judgeA, judgeB, judgeC])
 */
export function majorityJudge(
  members: readonly (Comparer & Partial<Judged> & Partial<SymmetricComparer>)[],
  options: MajorityOptions = {},
): Comparer & Judged {
  const { quorum = members.length, count = "majority" } = options;
  if (members.length === 0) throw new UsageError("a panel of judges needs at least one member");
  if (!Number.isInteger(quorum) || quorum < 1 || quorum > members.length)
    throw new UsageError(`majorityJudge: quorum must be a whole number from 1 to ${members.length}, not ${quorum}`);
  const own = { kind: "judge.majority", quorum, count };
  const symmetric = members.every((member) => member.symmetric === true);
  const specs = members.map((member) => member.spec);
  return {
    name: options.name ?? `panel(${members.map((member) => member.name).join(", ")})`,
    fingerprint: fingerprintOf(
      "majority-judge",
      "",
      { version: 1, spec: own },
      members.map((member) => member.fingerprint),
    ),
    work: "compose",
    prompts: members.flatMap((member) => member.prompts ?? []),
    ...(symmetric ? { symmetric } : {}),
    ...(members.some((member) => member.random === true) ? { random: true } : {}),
    ...(specs.every((spec) => spec !== undefined) ? { spec: { ...own, judges: specs } } : {}),
    async compare(jobs, ctx) {
      const all = await Promise.all(members.map((member) => ctx.compare(member, jobs)));
      return jobs.map(({ pairs }, j) =>
        pairs.map(([first, second], k) => {
          const answers = all.map((rows) => rows[j]![k]!);
          const scored = answers.filter((one): one is Preferred => one.unscored === undefined);
          if (scored.length < quorum) {
            const lost = answers.find((one) => one.unscored !== undefined)!.unscored!;
            const message = `${scored.length} of ${members.length} members answered, ${quorum} are needed; ${lost.message}`;
            return { first, second, unscored: { ...lost, message } };
          }
          const lead = scored.reduce((sum, { p }) => sum + Math.sign(p - 0.5), 0) / scored.length;
          const mean = scored.reduce((sum, { p }) => sum + p, 0) / scored.length;
          const p = count === "share" ? mean : lead > 0 ? 1 : lead < 0 ? 0 : 0.5;
          const faults = new Set(scored.map((one) => one.fault));
          const [fault] = faults;
          return {
            first,
            second,
            p,
            strength: lead,
            ...(p === 0.5 ? { tie: 1 } : {}),
            ...(faults.size === 1 && fault !== undefined ? { fault } : {}),
          };
        }),
      );
    },
  };
}
