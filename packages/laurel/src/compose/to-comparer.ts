import {
  type Compared,
  fingerprintOf,
  isScored,
  type Job,
  type JsonObject,
  type Reward,
  type Score,
  type Unscored,
  UsageError,
} from "../core/index.ts";
import { sigmoid } from "./numbers.ts";
import type { SymmetricComparer } from "./tournament.ts";

/** Options of `toComparer`. */
export interface ToComparerOptions {
  /** A difference of this many units is one logit (default 1), or "step": the higher value wins, equal values tie. */
  scale?: number | "step" | undefined;
  name?: string | undefined;
}

/**
 * A comparer from a reward. The specifications' `asComparer`.
 *
 *     p = σ((r_first − r_second) / scale), or with "step" 1, ½ or 0 by which is higher
 *
 * Each task is scored once, whichever of its pairs are asked. `strength` is the logit (with "step", the difference);
 * `tie` is 1 for equal values under "step". A faulty side is named in `fault` and counts at its floor; a pair with an
 * unscored side is unscored. The answer does not depend on the order, which `toReward` knows: it asks one.
 *
 * The sigmoid means something only for a reward calibrated as a Bradley-Terry logit; set `scale` otherwise.
 *
 * @throws UsageError if scale is not above 0
 * @example toReward(toComparer(length(), { scale: "step" }), { aggregate: "copeland" })
 */
export function toComparer(reward: Reward, options: ToComparerOptions = {}): SymmetricComparer {
  const { scale = 1 } = options;
  if (scale !== "step" && !(scale > 0 && Number.isFinite(scale)))
    throw new UsageError(`toComparer: scale must be above 0 or "step", not ${scale}`);
  const own: JsonObject = { kind: "to-comparer", scale };
  return {
    name: options.name ?? `toComparer(${reward.name})`,
    fingerprint: fingerprintOf("to-comparer", "", { version: 1, spec: own }, [reward.fingerprint]),
    work: "compose",
    symmetric: true,
    ...(reward.spec === undefined ? {} : { spec: { ...own, rewards: { reward: reward.spec } } }),
    ...(reward.random === undefined ? {} : { random: reward.random }),
    async compare(jobs: readonly Job[], ctx) {
      const scores = await ctx.score(
        reward,
        jobs.map((job) => job.task),
      );
      return jobs.map((job, k) =>
        job.pairs.map(([first, second]) => compared(first, second, scores[k]![first]!, scores[k]![second]!, scale)),
      );
    },
  };
}

function compared(first: number, second: number, a: Score, b: Score, scale: number | "step"): Compared {
  if (!isScored(a)) return { first, second, ...side("first", a) };
  if (!isScored(b)) return { first, second, ...side("second", b) };
  const difference = a.value - b.value;
  const faulty =
    a.fault === undefined ? (b.fault === undefined ? undefined : "second") : b.fault === undefined ? "first" : "both";
  const by =
    scale === "step"
      ? { p: difference > 0 ? 1 : difference < 0 ? 0 : 0.5, tie: difference === 0 ? 1 : 0, strength: difference }
      : { p: sigmoid(difference / scale), strength: difference / scale };
  return { first, second, ...by, ...(faulty === undefined ? {} : { fault: faulty }) };
}

function side(which: string, { unscored }: Unscored): Unscored {
  return { unscored: { ...unscored, message: `${which}: ${unscored.message}` } };
}
