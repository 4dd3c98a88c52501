import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { midRanks } from "./correlation.ts";
import { type EstimateOptions, meanEstimate } from "./estimate.ts";
import { type Numbers, varianceOf } from "./sample.ts";

/**
 * How alike the members of an ensemble rank the candidates of a prompt: the mean over pairs of members of Spearman's correlation within the
 * group.
 *
 * Members that agree on the data but not on the answers that a policy finds there are under-specified. Agreement is no calibration: errors
 * that all share are unanimous.
 *
 * @param scores one list a member, groups of `candidates` one after the other
 * @param candidates of each prompt, at least 2
 * @returns the mean over prompts with its interval; prompts on which a member's scores are all equal are left out and counted as unscored
 * @throws UsageError for lists that are no whole groups, or fewer than two members; NotEnoughDataError where no prompt is left
 * @source Helping or Herding? (2023), diagnostics of under-specification
 * @example memberAgreement([Float64Array.of(1, 2, 3), Float64Array.of(1, 3, 2), Float64Array.of(1, 2, 4)], 3, …) // 2/3 on this prompt
 */
export function memberAgreement(
  scores: readonly Numbers[],
  candidates: number,
  options: EstimateOptions = {},
): Estimate {
  const prompts = checkMembers(scores, candidates, 2);
  const values: number[] = [];
  for (let p = 0; p < prompts; p++) {
    const ranks = scores.map((own) => standardisedRanks(Array.from(own).slice(p * candidates, (p + 1) * candidates)));
    if (ranks.some((one) => one === undefined)) continue;
    // Σ_{i<j} ρ_ij from the length of the members' sum: ‖Σ r_i‖² = M + 2 Σ_{i<j} ρ_ij
    let square = 0;
    for (let k = 0; k < candidates; k++) {
      let sum = 0;
      for (const one of ranks) sum += one![k]!;
      square += sum ** 2;
    }
    const members = scores.length;
    values.push((square - members) / (members * (members - 1)));
  }
  if (values.length < 2)
    throw new NotEnoughDataError("agreement needs two prompts on which every member tells candidates apart", 2);
  const estimate = meanEstimate(values, options);
  return { ...estimate, unscored: estimate.unscored + prompts - values.length };
}

/** Ranks with mean 0 and length 1, or undefined where all are equal. */
function standardisedRanks(values: readonly number[]): Float64Array | undefined {
  const ranks = midRanks(values);
  const middle = (values.length + 1) / 2;
  const length = Math.sqrt(ranks.reduce((sum, rank) => sum + (rank - middle) ** 2, 0));
  return length === 0 ? undefined : ranks.map((rank) => (rank - middle) / length);
}

/**
 * What each member's favourite answers are worth to every member, in standard deviations: entry (i, j) is the mean over prompts of member
 * j's score of what member i selects, less j's mean over all candidates, over j's standard deviation.
 *
 * The diagonal is the gain as the optimised reward sees it; what the others see of it is what generalises.
 *
 * @param scores one list a member, groups of `candidates` one after the other; the first of equal best is selected
 * @returns members × members, row-major
 * @throws UsageError as `memberAgreement`, or where a member's scores do not vary
 * @source Helping or Herding? (2023): aligning to one model need not raise the reward of another trained on the same data
 */
export function crossGain(scores: readonly Numbers[], candidates: number): Float64Array {
  const prompts = checkMembers(scores, candidates, 1);
  const n = scores.length;
  const out = new Float64Array(n * n);
  const means = scores.map((own) => Array.from(own).reduce((sum, x) => sum + x, 0) / own.length);
  const sds = scores.map((own, j) => {
    const sd = Math.sqrt(varianceOf(own, 0));
    if (!(sd > 0)) throw new UsageError(`crossGain: the scores of member ${j} do not vary`);
    return sd;
  });
  for (const [i, own] of scores.entries())
    for (let p = 0; p < prompts; p++) {
      let best = p * candidates;
      for (let k = best; k < (p + 1) * candidates; k++) if (own[k]! > own[best]!) best = k;
      for (let j = 0; j < n; j++) out[i * n + j]! += (scores[j]![best]! - means[j]!) / sds[j]! / prompts;
    }
  return out;
}

function checkMembers(scores: readonly Numbers[], candidates: number, least: number): number {
  if (scores.length < least) throw new UsageError(`it takes at least ${least} members, not ${scores.length}`);
  if (!(Number.isInteger(candidates) && candidates >= 2))
    throw new UsageError(`candidates must be a whole number of at least 2, not ${candidates}`);
  for (const [m, own] of scores.entries())
    if (own.length !== scores[0]!.length || own.length === 0 || own.length % candidates !== 0)
      throw new UsageError(`member ${m} has ${own.length} scores, which are no groups of ${candidates}`);
  return scores[0]!.length / candidates;
}
