import { UsageError } from "laurel";
import { perAction, type Rollouts, rolloutCount } from "./rollouts.ts";

/** A value function that PPO trains beside the policy. */
export interface Critic {
  /** The parameters; optimisers move them in place. */
  readonly theta: Float64Array;
  /** V of the state before each action. */
  values(rollouts: Rollouts): Float64Array;
  /** Σ_t slope_t ∇_θ V_t. */
  gradient(rollouts: Rollouts, slopes: Float64Array): Float64Array;
}

/**
 * A critic that is a table, one value for each prompt or for each state.
 *
 * @param size entries of the table
 * @param of what it is indexed by; "state" needs roll-outs that carry their states
 * @example tableCritic(300, "prompt") // for a bandit of 300 prompts
 */
export function tableCritic(size: number, of: "prompt" | "state"): Critic {
  const theta = new Float64Array(size);
  const indices = (rollouts: Rollouts): ArrayLike<number> => {
    if (of === "state") {
      if (rollouts.states === undefined) throw new UsageError("a table of states needs roll-outs with states");
      return rollouts.states;
    }
    const { prompts, group } = rollouts;
    return perAction(
      rollouts,
      Float64Array.from({ length: rolloutCount(rollouts) }, (_, i) => prompts[Math.floor(i / group)]!),
    );
  };
  return {
    theta,
    values: (rollouts) => Float64Array.from(indices(rollouts), (index) => theta[index]!),
    gradient(rollouts, slopes) {
      const gradient = new Float64Array(size);
      const at = indices(rollouts);
      for (let t = 0; t < slopes.length; t++) gradient[at[t]!]! += slopes[t]!;
      return gradient;
    },
  };
}

/**
 * PPO's value loss: L = ½ mean_t max( (V_t − R_t)², (V_old + clip(V_t − V_old, ± range) − R_t)² ).
 *
 * @param values V now; `old` when the batch was drawn
 * @param returns R_t, as `gae` gives them
 * @param range default 0.2, in the returns' unit
 * @returns the loss, its derivative by each V, and the share of actions where the clipped error is the larger
 * Source: Schulman et al. (2017), reference implementation; TRL and verl.
 */
export function valueLoss(
  values: Float64Array,
  old: Float64Array,
  returns: Float64Array,
  range = 0.2,
): { loss: number; gradient: Float64Array; clipped: number } {
  if (!(range > 0)) throw new UsageError(`the value's clip range must be above 0, not ${range}`);
  const n = values.length;
  const gradient = new Float64Array(n);
  let [loss, clipped] = [0, 0];
  for (let t = 0; t < n; t++) {
    const held = Math.min(old[t]! + range, Math.max(old[t]! - range, values[t]!));
    const [free, bounded] = [values[t]! - returns[t]!, held - returns[t]!];
    if (bounded * bounded > free * free) {
      // the clipped value does not move with V
      loss += (0.5 * bounded * bounded) / n;
      clipped += 1 / n;
    } else {
      loss += (0.5 * free * free) / n;
      gradient[t] = free / n;
    }
  }
  return { loss, gradient, clipped };
}
