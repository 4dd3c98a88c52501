import { UsageError } from "laurel";
import { type Rollouts, startsOf } from "./rollouts.ts";

/**
 * Generalised advantage estimates of a batch's actions: δ_t = r_t + γ V_{t+1} − V_t, A_t = δ_t + γλ A_{t+1}, within each roll-out; V is 0
 * after the last action.
 *
 * @param rewards one an action
 * @param values V of the state before each action
 * @param options `gamma`, default 1; `lambda`, default 0.95: 1 gives the Monte Carlo return less V, 0 the one-step error
 * @returns advantages, and the returns A + V that a critic is trained on
 * @throws UsageError for lists that are not one an action
 * Source: Schulman et al. (2016), equation 16.
 */
export function gae(
  rollouts: Rollouts,
  rewards: Float64Array,
  values: Float64Array,
  options: { gamma?: number | undefined; lambda?: number | undefined } = {},
): { advantages: Float64Array; returns: Float64Array } {
  const { gamma = 1, lambda = 0.95 } = options;
  const n = rollouts.draws.length;
  if (rewards.length !== n || values.length !== n)
    throw new UsageError(`${rewards.length} rewards and ${values.length} values for ${n} actions`);
  const advantages = new Float64Array(n);
  const starts = startsOf(rollouts);
  for (let i = 0; i + 1 < starts.length; i++) {
    let [later, value] = [0, 0];
    for (let t = starts[i + 1]! - 1; t >= starts[i]!; t--) {
      later = rewards[t]! + gamma * value - values[t]! + gamma * lambda * later;
      value = values[t]!;
      advantages[t] = later;
    }
  }
  return { advantages, returns: advantages.map((a, t) => a + values[t]!) };
}
