import { type Children, floorOf, isScored, type Reward, type Score, UsageError } from "../core/index.ts";
import { blend, conclude, type Range, rangesInWords, reachOf, sameRange, wantingPart } from "./parts.ts";

/** Options of `weighted`. */
export interface WeightedOptions {
  /** "same" (default) refuses rewards of different or unstated range; "native" adds them as they are. */
  scales?: "same" | "native" | undefined;
  /** What an unscored part does: "fail" (default) makes the whole unscored, "renormalise" spreads its weight over the others. */
  missing?: "fail" | "renormalise" | undefined;
  name?: string | undefined;
}

/**
 * A weighted sum of rewards.
 *
 *     value = Σ_i w_i · r_i
 *
 * Weights are not normalised: doubling all of them doubles the value, and the range follows. A part of weight 0 is
 * reported and otherwise without effect, even when it is unscored.
 *
 * A faulty part counts at the end of its range that is worse for the sum: its floor, or with a negative weight its
 * upper end, so that no candidate escapes a penalty by crashing it. Faults are listed in `facts.faults`; if all parts of
 * weight other than 0 faulted, the whole is a fault. With `missing: "renormalise"` the value is
 * (Σ_i w_i) · Σ_present w_i·r_i / Σ_present w_i, and `facts.renormalised` lists what was missing.
 *
 * @param rewards by name; the names become the parts'
 * @param weights one finite number for each reward, at least one of them not 0
 * @returns a reward with the range Σ w_i·[min_i, max_i] where all ranges are known
 * @throws UsageError if names and weights do not match, if ranges differ under `scales: "same"`, if a part with a floor
 *   but no range has a negative weight, or if "renormalise" meets negative weights or native scales (the value would
 *   leave the range)
 * @example weighted({ right: math(), form: format() }, { right: 1, form: 0.2 })
 */
export function weighted(
  rewards: Children,
  weights: Readonly<Record<string, number>>,
  options: WeightedOptions = {},
): Reward {
  const { scales = "same", missing = "fail" } = options;
  const names = Object.keys(rewards);
  checkWeights(names, weights);
  const counted = names.filter((name) => weights[name] !== 0);
  if (counted.length === 0) throw new UsageError("weighted: all weights are 0");
  if (scales === "same" && counted.length > 1 && !sameRange(counted.map((name) => rewards[name]!)))
    throw new UsageError(
      `weighted: the rewards have different ranges (${rangesInWords(rewards)})`,
      'bring them to one range with `shape`, or pass scales: "native"',
    );
  const negative = counted.filter((name) => weights[name]! < 0);
  for (const name of negative)
    if (rewards[name]!.range === undefined && floorOf(rewards[name]!) !== undefined)
      throw new UsageError(
        `weighted: ${name} has a negative weight and can fault, but states no range, so its fault could pay`,
        "state the reward's range",
      );
  if (missing === "renormalise" && (negative.length > 0 || (scales === "native" && !sameRange(Object.values(rewards)))))
    throw new UsageError('weighted: missing "renormalise" needs weights of at least 0 and rewards of one range');

  const range = sumOfRanges(counted.map((name) => [weights[name]!, reachOf(rewards[name]!)]));
  const floors = counted.map((name) => floorOf(rewards[name]!));
  const floor =
    range?.[0] ??
    (negative.length === 0 && floors.every((one) => one !== undefined)
      ? counted.reduce((sum, name, i) => sum + weights[name]! * floors[i]!, 0)
      : undefined);
  const total = counted.reduce((sum, name) => sum + weights[name]!, 0);

  const countedAs = (name: string, score: Score): number => {
    if (!isScored(score)) return Number.NaN;
    if (score.fault !== undefined && weights[name]! < 0) return reachOf(rewards[name]!)?.[1] ?? score.value;
    return score.value;
  };

  return blend(
    "weighted",
    rewards,
    {
      name: options.name,
      version: 1,
      spec: { kind: "weighted", weights: { ...weights }, scales, missing },
      range,
      floor,
    },
    (scores) => {
      let plain = 0;
      let rare = false;
      for (const name of counted) {
        const score = scores[name]!;
        if (!isScored(score) || score.fault !== undefined) rare = true;
        else plain += weights[name]! * score.value;
      }
      if (!rare) return conclude(plain, scores, floor, {}, scores);
      const needed = Object.fromEntries(counted.map((name) => [name, scores[name]!]));
      const wanting = wantingPart(needed);
      const present = counted.filter((name) => isScored(scores[name]!));
      if (wanting !== undefined && (missing === "fail" || present.length === 0)) return wanting;
      let sum = 0;
      for (const name of present) sum += weights[name]! * countedAs(name, scores[name]!);
      if (wanting === undefined) return conclude(sum, scores, floor, {}, needed);
      const share = present.reduce((weight, name) => weight + weights[name]!, 0);
      const facts = { renormalised: counted.filter((name) => !present.includes(name)) };
      const rest = Object.fromEntries(present.map((name) => [name, scores[name]!]));
      return conclude((sum * total) / share, scores, floor, { facts }, rest);
    },
  );
}

function checkWeights(names: readonly string[], weights: Readonly<Record<string, number>>): void {
  for (const name of names)
    if (!Number.isFinite(weights[name]))
      throw new UsageError(`weighted: ${name} needs a finite weight, not ${String(weights[name])}`);
  for (const name of Object.keys(weights))
    if (!names.includes(name))
      throw new UsageError(`weighted: there is a weight for '${name}' but no such reward (${names.join(", ")})`);
}

function sumOfRanges(terms: readonly (readonly [number, Range | undefined])[]): Range | undefined {
  let min = 0;
  let max = 0;
  for (const [weight, range] of terms) {
    if (range === undefined) return undefined;
    min += weight * (weight >= 0 ? range[0] : range[1]);
    max += weight * (weight >= 0 ? range[1] : range[0]);
  }
  return [min, max];
}
