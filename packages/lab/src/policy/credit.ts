import { UsageError } from "laurel";

/** A rule that turns the rewards of a roll-out's steps into a return for each step. */
export interface Credit {
  readonly name: string;
  returns(stepRewards: Float64Array): Float64Array;
}

function checkRewards(rewards: Float64Array): void {
  for (const [t, reward] of rewards.entries())
    if (!Number.isFinite(reward)) throw new UsageError(`step ${t} has the reward ${reward}`);
}

/**
 * Sum form, the usual discounted return: G_t = Σ_{s≥t} γ^(s−t) r_s.
 *
 * @param options `gamma` in [0, 1], default 1
 */
export function sumFormCredit(options: { gamma?: number | undefined } = {}): Credit {
  const { gamma = 1 } = options;
  if (!(gamma >= 0 && gamma <= 1)) throw new UsageError(`gamma must lie in [0, 1], not ${gamma}`);
  return {
    name: "sum-form",
    returns(stepRewards) {
      checkRewards(stepRewards);
      const out = new Float64Array(stepRewards.length);
      let later = 0;
      for (let t = stepRewards.length - 1; t >= 0; t--) out[t] = later = stepRewards[t]! + gamma * later;
      return out;
    },
  };
}

/**
 * Step rewards reweighted towards the worst: r̃_t = softmax_t(−r_t/T) · r_t; their sum tends to the least reward as T → 0.
 *
 * @param temperature T in the rewards' unit, above 0, default 0.1
 * Source: PURE, released code.
 */
export function transformMinForm(stepRewards: Float64Array, temperature = 0.1): Float64Array {
  if (!(temperature > 0)) throw new UsageError(`temperature must be above 0, not ${temperature}`);
  checkRewards(stepRewards);
  const least = stepRewards.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const weights = stepRewards.map((r) => Math.exp((least - r) / temperature));
  const sum = weights.reduce((total, w) => total + w, 0);
  return stepRewards.map((r, t) => (weights[t]! / sum) * r);
}

/**
 * Min form: the worst step, and every step before it, carry the worst step's reward; the steps after it get nothing.
 *
 * T = 0: G_t = min(r_t … r_n) up to the first worst step, 0 after it. T > 0: the undiscounted return of `transformMinForm`.
 *
 * @param options `temperature`, at least 0, default 0.1
 * Source: PURE (2025).
 * @example minFormCredit({ temperature: 0 }).returns(Float64Array.of(0.9, -0.5, 0.8)) // [-0.5, -0.5, 0]
 */
export function minFormCredit(options: { temperature?: number | undefined } = {}): Credit {
  const { temperature = 0.1 } = options;
  if (!(temperature >= 0)) throw new UsageError(`temperature must be at least 0, not ${temperature}`);
  if (temperature > 0) {
    const sum = sumFormCredit();
    return { name: "min-form", returns: (rewards) => sum.returns(transformMinForm(rewards, temperature)) };
  }
  return {
    name: "min-form",
    returns(stepRewards) {
      checkRewards(stepRewards);
      const worst = stepRewards.indexOf(stepRewards.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY));
      const out = new Float64Array(stepRewards.length);
      // the least of r_t … r_n is the worst step's reward for every t up to it
      out.fill(stepRewards[worst] ?? 0, 0, worst + 1);
      return out;
    },
  };
}
