import { random, type Seed, UsageError } from "laurel";
import type { Optimiser } from "../train/adam.ts";
import { clipLoss } from "../train/losses/clip.ts";
import { type KlEstimator, klEstimates } from "../train/losses/kl.ts";
import { groupAdvantages } from "./advantages.ts";
import { perRollout, type Rollouts, startsOf, type TrainablePolicy } from "./rollouts.ts";
import { average, drawPrompts, norm, type RolloutReward, rewardsOf, type UpdateRecord } from "./updates.ts";

/** How the losses of actions become one number. */
export type Aggregate =
  /** The mean over roll-outs of the mean over their actions: GRPO. */
  | "sequence"
  /** The mean over all actions: DAPO, BNPO. */
  | "token"
  /** The mean over roll-outs of the sum over actions ÷ `maxLength`: Dr. GRPO. */
  | "constant";

/** Options of GRPO's loss. */
export interface GrpoLossOptions {
  /** Clip range below 1, default 0.2. */
  low?: number | undefined;
  /** Clip range above 1, default 0.2; DAPO's clip-higher is 0.28. */
  high?: number | undefined;
  /** The ratio is held below this even where the clip does not act (advantages below 0); default no bound. */
  most?: number | undefined;
  /** "clip" (default), or "cispo": −min(ρ, 1 + high) · A · log π with the weight held constant. */
  objective?: "clip" | "cispo" | undefined;
  /** Ratios of actions (default), or of whole roll-outs, exp of the mean log-ratio (GSPO). */
  level?: "token" | "sequence" | undefined;
  /** Default "sequence". */
  aggregate?: Aggregate | undefined;
  /** In actions, for "constant". */
  maxLength?: number | undefined;
  /** The KL term: coefficient × estimate of each action. */
  kl?: { coefficient: number; reference: Float64Array; estimator?: KlEstimator | undefined } | undefined;
}

/**
 * GRPO's loss of a batch and its derivative by each action's log-probability.
 *
 * L = Σ_t w_t ( −min(ρ_t A_i, clip(ρ_t, 1 − low, 1 + high) A_i) + β KL_t ), ρ = π/π_old, w by `aggregate`
 *
 * @param rollouts the batch; only its shape is used
 * @param logprobs log π of each action now; `old` when it was drawn
 * @param advantages one a roll-out, as `groupAdvantages` gives them
 * @returns `clipped`: the share of actions whose gradient is clipped away
 * @throws UsageError for "constant" without `maxLength`
 * Source: GRPO (DeepSeekMath, 2024), equation 3; Dr. GRPO, DAPO, GSPO, CISPO (2025) for the options.
 */
export function grpoLoss(
  rollouts: Rollouts,
  logprobs: Float64Array,
  old: Float64Array,
  advantages: Float64Array,
  options: GrpoLossOptions = {},
): { loss: number; gradient: Float64Array; clipped: number } {
  const starts = startsOf(rollouts);
  const weights = actionWeights(starts, options);
  const surrogate =
    options.level === "sequence"
      ? sequenceSurrogate(starts, weights, logprobs, old, advantages, options)
      : tokenSurrogate(starts, weights, logprobs, old, advantages, options);
  if (options.kl === undefined || options.kl.coefficient === 0) return surrogate;
  const { coefficient, reference, estimator = "k3" } = options.kl;
  const { values, slopes } = klEstimates(logprobs, reference, estimator);
  let { loss } = surrogate;
  for (let t = 0; t < values.length; t++) {
    loss += coefficient * weights[t]! * values[t]!;
    surrogate.gradient[t]! += coefficient * weights[t]! * slopes[t]!;
  }
  return { ...surrogate, loss };
}

function actionWeights(starts: Int32Array, { aggregate = "sequence", maxLength }: GrpoLossOptions): Float64Array {
  const rollouts = starts.length - 1;
  const actions = starts[rollouts]!;
  const weights = new Float64Array(actions);
  if (aggregate === "token") return weights.fill(1 / actions);
  if (aggregate === "constant") {
    if (maxLength === undefined) throw new UsageError("the constant aggregate needs maxLength");
    return weights.fill(1 / (rollouts * maxLength));
  }
  for (let i = 0; i < rollouts; i++)
    weights.fill(1 / (rollouts * (starts[i + 1]! - starts[i]!)), starts[i]!, starts[i + 1]!);
  return weights;
}

function tokenSurrogate(
  starts: Int32Array,
  weights: Float64Array,
  logprobs: Float64Array,
  old: Float64Array,
  advantages: Float64Array,
  { low, high, most, objective = "clip" }: GrpoLossOptions,
): { loss: number; gradient: Float64Array; clipped: number } {
  const each = new Float64Array(logprobs.length);
  for (let i = 0; i + 1 < starts.length; i++) each.fill(advantages[i]!, starts[i]!, starts[i + 1]!);
  if (objective === "clip") return clipLoss(logprobs, old, each, { low, high, most, weights });
  const gradient = new Float64Array(logprobs.length);
  let [loss, clipped] = [0, 0];
  for (let t = 0; t < gradient.length; t++) {
    const ratio = Math.exp(logprobs[t]! - old[t]!);
    const cap = 1 + (high ?? 0.2);
    gradient[t] = -weights[t]! * Math.min(ratio, cap) * each[t]!;
    loss += gradient[t]! * logprobs[t]!;
    if (ratio > cap) clipped += 1 / gradient.length;
  }
  return { loss, gradient, clipped };
}

/** The ratio of a roll-out is that of its mean log-probability; each action then has an equal share of its slope. */
function sequenceSurrogate(
  starts: Int32Array,
  weights: Float64Array,
  logprobs: Float64Array,
  old: Float64Array,
  advantages: Float64Array,
  { low, high, most }: GrpoLossOptions,
): { loss: number; gradient: Float64Array; clipped: number } {
  const n = starts.length - 1;
  const [now, before, total] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    const length = starts[i + 1]! - starts[i]!;
    for (let t = starts[i]!; t < starts[i + 1]!; t++) {
      now[i]! += logprobs[t]! / length;
      before[i]! += old[t]! / length;
      total[i]! += weights[t]!;
    }
  }
  const { loss, gradient, clipped } = clipLoss(now, before, advantages, { low, high, most, weights: total });
  const out = new Float64Array(logprobs.length);
  for (let i = 0; i < n; i++) out.fill(gradient[i]! / (starts[i + 1]! - starts[i]!), starts[i]!, starts[i + 1]!);
  return { loss, gradient: out, clipped };
}

/** Settings of GRPO. */
export interface GrpoSettings extends Omit<GrpoLossOptions, "kl"> {
  /** Prompts that there are. */
  prompts: number;
  /** Prompts an update, drawn without replacement; default all. */
  batch?: number | undefined;
  /** Draws a prompt, default 8. */
  group?: number | undefined;
  /** Updates. */
  updates: number;
  /** Passes over each batch, μ; default 1. */
  passes?: number | undefined;
  /** How θ moves, such as adam(0.05). */
  optimiser: Optimiser;
  /** "sd" (GRPO, default), "batch" or "none" (Dr. GRPO). */
  scale?: "sd" | "batch" | "none" | undefined;
  /** Coefficient of the KL term to the reference, the policy as it started; default 0. */
  beta?: number | undefined;
  /** Default "k3". */
  estimator?: KlEstimator | undefined;
  /** Updates after which the policy becomes its own reference, default never. */
  referenceEvery?: number | undefined;
  seed: Seed;
}

/**
 * GRPO: group relative policy optimisation.
 *
 * Each update: (1) draw a batch of prompts; (2) draw a group of roll-outs for each from the policy; (3) reward them; (4) advantages
 * relative to the group; (5) for each pass, a step along the clipped surrogate with its KL term.
 *
 * @param policy moved in place
 * @returns a record after each update; stop iterating to stop training
 * Source: GRPO (DeepSeekMath, 2024), algorithm 1. Dr. GRPO: scale "none", aggregate "constant". DAPO: high 0.28, aggregate "token".
 * @example for await (const { reward } of grpo(policy, (drawn) => candidateRewards(drawn, values, 48), settings)) console.log(reward)
 */
export async function* grpo(
  policy: TrainablePolicy,
  reward: RolloutReward,
  settings: GrpoSettings,
): AsyncGenerator<UpdateRecord> {
  const { group = 8, passes = 1, beta = 0, estimator = "k3" } = settings;
  const rng = random(settings.seed);
  let reference = policy.at(Float64Array.from(policy.theta));
  for (let update = 0; update < settings.updates; update++) {
    if (settings.referenceEvery !== undefined && update > 0 && update % settings.referenceEvery === 0)
      reference = policy.at(Float64Array.from(policy.theta));
    const drawn = policy.sample(drawPrompts(rng, settings.prompts, settings.batch ?? settings.prompts), group, rng);
    const rewards = await rewardsOf(reward, drawn, update);
    const { advantages, flat } = groupAdvantages(rewards, group, { scale: settings.scale });
    const old = policy.logprobs(drawn);
    const base = reference.logprobs(drawn);
    const kl = average(perRollout(drawn, klEstimates(old, base, "k1").values));
    let [clipped, gradientNorm] = [0, 0];
    for (let pass = 0; pass < passes; pass++) {
      const loss = grpoLoss(drawn, policy.logprobs(drawn), old, advantages, {
        ...settings,
        kl: { coefficient: beta, reference: base, estimator },
      });
      const gradient = policy.scoreGradient(drawn, loss.gradient);
      settings.optimiser.step(policy.theta, gradient);
      clipped = loss.clipped;
      gradientNorm = norm(gradient);
    }
    yield { update, reward: average(rewards), kl, clipped, flat: flat / drawn.prompts.length, gradientNorm };
  }
}
