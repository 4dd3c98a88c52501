import { type JsonObject, UsageError } from "../core/index.ts";
import type { Range } from "./parts.ts";

/**
 * A function of a solution's step rewards, in order. `final` says that the list is whole, its last step the solution's last.
 * The optional members say what it follows from and what it can give; without them it has no fingerprint and no bound.
 */
export interface StepTransform {
  (steps: ArrayLike<number>, ctx: { readonly final: boolean }): Float64Array;
  readonly spec?: JsonObject | undefined;
  /** The values of single steps for steps in a range. */
  image?(range: Range): Range;
  /** The sum over all steps of a whole solution of K steps in a range. */
  total?(range: Range, steps: number): Range;
}

/**
 * Clip: min(r_k − η, 0). Good steps pay nothing, bad ones a penalty, and no added step can earn.
 *
 * @param options.eta the threshold, in the step scorer's own units (see `estimateClipThreshold`)
 * @throws UsageError if η is no number; the transform throws on a step that is none
 * @source "On Designing Effective RL Reward at Training Time for LLM Reasoning" (2024)
 */
export function clipSteps(options: { eta: number }): StepTransform {
  const { eta } = options;
  if (!Number.isFinite(eta)) throw new UsageError(`clipSteps: eta must be a number, not ${eta}`);
  const clip = (value: number): number => Math.min(value - eta, 0);
  return withBounds((steps) => Float64Array.from(checked(steps), clip), {
    spec: { kind: "clip", eta },
    image: ([min, max]) => [clip(min), clip(max)],
    total: ([min, max], steps) => [steps * clip(min), steps * clip(max)],
  });
}

/**
 * Delta: r_k − r_{k+1} for k < K − 1, r_{K−1} for the last but one, 0 for the last. The undiscounted return from step k is
 * then r_k, whatever follows. One step alone gets 0. With `last: "keep"` the last step keeps r_K and the one before it
 * r_{K−1} − r_K. A list that is not final is read as if one more step followed.
 *
 * **Not monotone** in a single step's reward: what a step gains the one before it loses. It telescopes only without a
 * discount.
 *
 * @source the same paper; note the direction, current minus next
 */
export function deltaSteps(options: { last?: "drop" | "keep" | undefined } = {}): StepTransform {
  const { last = "drop" } = options;
  if (last !== "drop" && last !== "keep") throw new UsageError(`deltaSteps: last must be drop or keep, not ${last}`);
  const delta = (steps: ArrayLike<number>, { final }: { readonly final: boolean }): Float64Array => {
    const r = checked(steps);
    const out = new Float64Array(r.length);
    const end = final && last === "drop" ? r.length - 1 : r.length;
    for (let k = 0; k < end; k++) out[k] = r[k]! - (k + 1 < end ? r[k + 1]! : 0);
    return out;
  };
  return withBounds(delta, {
    spec: { kind: "delta", last },
    image: ([min, max]) => [Math.min(min - max, min, 0), Math.max(max - min, max, 0)],
    total: (range, steps) => (steps < (last === "drop" ? 2 : 1) ? [0, 0] : range),
  });
}

/**
 * Applies transforms one after the other, the first one first. Clip goes before delta: then the total is the first step's
 * clipped reward, at most 0. Clip after delta means something else and is refused.
 *
 * @throws UsageError on a clip after a delta
 * @example chainSteps(clipSteps({ eta: 0.85 }), deltaSteps())
 */
export function chainSteps(...transforms: readonly StepTransform[]): StepTransform {
  let afterDelta = false;
  for (const { spec } of transforms) {
    if (afterDelta && spec?.["kind"] === "clip")
      throw new UsageError("chainSteps: clip after delta", "clip first: chainSteps(clipSteps(…), deltaSteps())");
    afterDelta ||= spec?.["kind"] === "delta";
  }
  const specs = transforms.map(({ spec }) => spec);
  const bounded = transforms.every(({ image, total }) => image !== undefined && total !== undefined);
  const chain = (steps: ArrayLike<number>, ctx: { readonly final: boolean }): Float64Array =>
    transforms.reduce((values: Float64Array, transform) => transform(values, ctx), Float64Array.from(checked(steps)));
  const before = transforms.slice(0, -1);
  const image = (range: Range): Range => transforms.reduce((reach, transform) => transform.image!(reach), range);
  return withBounds(chain, {
    ...(specs.every((spec) => spec !== undefined) ? { spec: { kind: "chain", of: specs as JsonObject[] } } : {}),
    ...(bounded
      ? {
          image,
          total: (range, steps): Range =>
            transforms.length === 0
              ? [steps * range[0], steps * range[1]]
              : transforms.at(-1)!.total!(
                  before.reduce((reach, transform) => transform.image!(reach), range),
                  steps,
                ),
        }
      : {}),
  });
}

/** The step transform of a spec: `{ kind: "clip", eta }`, `{ kind: "delta", last }` or `{ kind: "chain", of: [...] }`. */
export function stepTransformFrom(spec: JsonObject | string): StepTransform {
  const { kind, eta, last, of, ...more } = typeof spec === "string" ? ({ kind: spec } as JsonObject) : spec;
  const odd = Object.keys(more)[0];
  if (odd !== undefined) throw new UsageError(`step transform ${String(kind)}: unknown option '${odd}'`);
  if (kind === "clip") return clipSteps({ eta: eta as number });
  if (kind === "delta") return deltaSteps({ last: last as "drop" | "keep" | undefined });
  if (kind === "chain" && Array.isArray(of))
    return chainSteps(...of.map((one) => stepTransformFrom(one as JsonObject)));
  throw new UsageError(
    `unknown step transform '${String(kind)}'`,
    "there are clip, delta and chain (with `of`, a list)",
  );
}

/**
 * The most that a solution of up to `maxSteps` steps can earn in all under a transform.
 * Exact for clip, for delta and for delta after clip; for other chains nothing can earn more, though perhaps not as much.
 *
 * @param range of single step rewards; default [0, 1], a probability
 * @returns Infinity for a transform that states no total
 */
export function boundedBy(transform: StepTransform, maxSteps: number, range: Range = [0, 1]): { upper: number } {
  if (!Number.isInteger(maxSteps) || maxSteps < 0)
    throw new UsageError(`boundedBy: maxSteps must be a whole number of at least 0, not ${maxSteps}`);
  if (transform.total === undefined) return { upper: Number.POSITIVE_INFINITY };
  let upper = 0;
  // totals are linear in the number of steps, or level from two steps on
  for (const steps of new Set([1, 2, maxSteps]))
    if (steps <= maxSteps) upper = Math.max(upper, transform.total(range, steps)[1]);
  return { upper };
}

function withBounds(
  f: (steps: ArrayLike<number>, ctx: { readonly final: boolean }) => Float64Array,
  about: Pick<StepTransform, "spec" | "image" | "total">,
): StepTransform {
  return Object.assign((steps: ArrayLike<number>, ctx: { readonly final: boolean }) => f(steps, ctx), about);
}

function checked(steps: ArrayLike<number>): ArrayLike<number> {
  for (let k = 0; k < steps.length; k++)
    if (!Number.isFinite(steps[k])) throw new UsageError(`step ${k} has the reward ${steps[k]}, which is no number`);
  return steps;
}
