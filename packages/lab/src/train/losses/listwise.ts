import { UsageError } from "laurel";
import { logSumExp } from "../../policy/numbers.ts";

/** Samples in groups: those of one prompt stand together, `group` of them each. */
export interface ListBatch {
  /** log q_θ(y_i|x) of the policy. */
  logq: Float64Array;
  /** log q′(y_i|x) of the proposal, at the time of sampling. */
  logProposal: Float64Array;
  /** log p(y_i|x) of the prior, the SFT model. */
  logPrior: Float64Array;
  reward: Float64Array;
  group: number;
}

/** The normalised posterior weights of each group: â = softmax(log p + r/τ − log q′). */
export function posteriorWeights(batch: Omit<ListBatch, "logq">, temperature: number): Float64Array {
  if (!(temperature > 0)) throw new UsageError(`temperature must be above 0, not ${temperature}`);
  checkGroups(batch.reward, batch.group);
  const logs = batch.reward.map((r, i) => batch.logPrior[i]! + r / temperature - batch.logProposal[i]!);
  return groupSoftmax(logs, batch.group);
}

/**
 * BRAIn: the posterior p(y|x) p(good|x, y) distilled with self-normalised weights and a self-normalised baseline.
 *
 * L = mean over groups of KL(â ‖ b̂) = Σ_i â_i (log â_i − log b̂_i), â as `posteriorWeights`, b̂ = softmax(log q_θ − log q′)
 *
 * @param options `temperature` τ above 0; `target` "argmax" puts all of â on the best sample, which at n = 2 and q′ = p is DPO
 *   with β = 1
 * @returns the loss, and `gradScale` = â − b̂ (summing to 0 in every group): the ascent direction of the mean loss by log q is
 *   gradScale / groups
 * @throws UsageError for groups of one, which have no gradient, and for temperature <= 0
 * Source: BRAIn, released estimator; the loss form is exact.
 */
export function brainLoss(
  batch: ListBatch,
  options: { temperature: number; target?: "posterior" | "argmax" | undefined },
): { loss: number; gradScale: Float64Array } {
  const { group } = batch;
  const target = options.target === "argmax" ? argmaxTarget(batch) : posteriorWeights(batch, options.temperature);
  const logs = batch.logq.map((one, i) => one - batch.logProposal[i]!);
  const policy = groupSoftmax(logs, group);
  let loss = 0;
  for (let from = 0; from < logs.length; from += group) {
    const total = logSumExp(logs, from, group);
    for (let i = from; i < from + group; i++)
      if (target[i]! > 0) loss += target[i]! * (Math.log(target[i]!) - (logs[i]! - total));
  }
  return { loss: loss / (logs.length / group), gradScale: target.map((a, i) => a - policy[i]!) };
}

/** A way to estimate the gradient of the KL from the posterior to the policy with samples of a proposal. */
export type PosteriorEstimator =
  /** â_i − b̂_i: self-normalised weights and baseline. */
  | "brain"
  /** â_i, without a baseline. */
  | "none"
  /** a_i/n: distributional policy gradient. */
  | "dpg"
  /** (a_i − b_i)/n: GDC++. */
  | "gdc";

/**
 * The weight of each sample's ∇ log q in the ascent direction, by BRAIn's estimator or one of those it is compared with.
 *
 * a = p(y) exp(r/τ) / (Z q′(y)), b = q(y)/q′(y); â and b̂ are a and b over their group's sum. DPG and GDC++ are unbiased but need Z;
 * BRAIn is biased towards 0 and needs none.
 *
 * @param options `temperature` τ above 0; `estimator`, default "brain"; `logNormaliser` log Z for "dpg" and "gdc", default 0
 * @throws UsageError for groups of one with "brain" or "none", whose weights would be constant
 * Source: BRAIn, released gradient estimators.
 */
export function posteriorScales(
  batch: ListBatch,
  options: { temperature: number; estimator?: PosteriorEstimator | undefined; logNormaliser?: number | undefined },
): Float64Array {
  const { temperature, estimator = "brain", logNormaliser = 0 } = options;
  if (estimator === "brain") return brainLoss(batch, { temperature }).gradScale;
  if (estimator === "none") return posteriorWeights(batch, temperature);
  if (!(temperature > 0)) throw new UsageError(`temperature must be above 0, not ${temperature}`);
  const { logq, logPrior, logProposal, reward, group } = batch;
  return reward.map((r, i) => {
    const a = Math.exp(logPrior[i]! + r / temperature - logNormaliser - logProposal[i]!);
    const b = estimator === "gdc" ? Math.exp(logq[i]! - logProposal[i]!) : 0;
    return (a - b) / group;
  });
}

/** 1/Σâ² of each group: below 1.5 a group teaches next to nothing. */
export function effectiveSampleSizes(weights: Float64Array, group: number): Float64Array {
  const out = new Float64Array(weights.length / group);
  for (let i = 0; i < weights.length; i++) out[Math.floor(i / group)]! += weights[i]! ** 2;
  return out.map((sum) => 1 / sum);
}

function checkGroups(values: Float64Array, group: number): void {
  if (!(Number.isInteger(group) && group >= 2))
    throw new UsageError(`a group needs at least 2 samples, not ${group}: one alone has no gradient`);
  if (values.length % group !== 0) throw new UsageError(`${values.length} samples are no whole groups of ${group}`);
}

function argmaxTarget({ reward, group }: ListBatch): Float64Array {
  checkGroups(reward, group);
  const out = new Float64Array(reward.length);
  for (let from = 0; from < reward.length; from += group) {
    let best = from;
    for (let i = from; i < from + group; i++) if (reward[i]! > reward[best]!) best = i;
    out[best] = 1;
  }
  return out;
}

function groupSoftmax(logs: Float64Array, group: number): Float64Array {
  const out = new Float64Array(logs.length);
  for (let from = 0; from < logs.length; from += group) {
    const total = logSumExp(logs, from, group);
    for (let i = from; i < from + group; i++) out[i] = Math.exp(logs[i]! - total);
  }
  return out;
}
