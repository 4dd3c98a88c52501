import { type Children, floorOf, isScored, type Reward, UsageError, unscored } from "../core/index.ts";
import { blend, conclude, reachOf, wantingPart } from "./parts.ts";

/** Options of `allOf`. */
export interface AllOfOptions {
  /** At least 0; default 1 each. */
  weights?: Readonly<Record<string, number>> | undefined;
  name?: string | undefined;
}

/**
 * The log-probability that an output is good in every property: a logical AND of rewards.
 *
 *     value = Σ_i w_i · u_i, u_i = log p(good in property i) ≤ 0
 *
 * Each reward must give log-probabilities, as `shape(reward, logSigmoidCentred(), …)` does; the sum supposes that the
 * properties are independent given prompt and output. With all weights 1, `facts.probability` is exp(value). An AND with a
 * missing part is unscored, never a partial sum. `weighted` stays the plain sum of rewards.
 *
 * @param rewards log-probabilities by property
 * @throws UsageError on a reward whose range goes above 0, or a weight that is negative or for no reward
 * @returns unscored (`bug`) where a part is above 0
 * @source "Transforming and Combining Rewards for Aligning LLMs" (2024)
 * @example allOf({ helpful: shape(helpful, logSigmoidCentred(), refsA), harmless: shape(harmless, logSigmoidCentred(), refsB) })
 */
export function allOf(rewards: Children, options: AllOfOptions = {}): Reward {
  const names = Object.keys(rewards);
  const weights = Object.fromEntries(names.map((name) => [name, options.weights?.[name] ?? 1]));
  for (const name of Object.keys(options.weights ?? {}))
    if (!names.includes(name)) throw new UsageError(`allOf: there is a weight for '${name}' but no such reward`);
  for (const [name, weight] of Object.entries(weights))
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new UsageError(`allOf: the weight of ${name} must be at least 0, not ${weight}`);
  const reaches = names.map((name) => reachOf(rewards[name]!));
  for (const [i, name] of names.entries())
    if (reaches[i] !== undefined && reaches[i][1] > 1e-12)
      throw new UsageError(
        `allOf: ${name} can be ${reaches[i][1]}, which is no log-probability`,
        "shape it with logSigmoidCentred first",
      );
  const sum = (ends: readonly number[]): number => names.reduce((all, name, i) => all + weights[name]! * ends[i]!, 0);
  const range = reaches.every((reach) => reach !== undefined)
    ? ([sum(reaches.map((reach) => reach[0])), Math.min(0, sum(reaches.map((reach) => reach[1])))] as const)
    : undefined;
  const floors = names.map((name) => floorOf(rewards[name]!));
  const floor = range?.[0] ?? (floors.every((one) => one !== undefined) ? sum(floors) : undefined);
  const plain = names.every((name) => weights[name] === 1);

  return blend(
    "all-of",
    rewards,
    { name: options.name, version: 1, spec: { kind: "all-of", weights }, range, floor },
    (scores) => {
      const wanting = wantingPart(scores);
      if (wanting !== undefined) return wanting;
      let value = 0;
      for (const name of names) {
        const score = scores[name]!;
        if (!isScored(score)) continue;
        if (score.value > 1e-12) return unscored("bug", `${name} gave ${score.value}, which is no log-probability`);
        value += weights[name]! * score.value;
      }
      return conclude(value, scores, floor, plain ? { facts: { probability: Math.exp(value) } } : {});
    },
  );
}
