import { type JsonObject, UsageError } from "../core/index.ts";
import { normalQuantile } from "../stats/distributions.ts";
import { logSigmoid, sigmoid } from "./numbers.ts";
import type { Range } from "./parts.ts";

/**
 * A function of a reward's value and of reference rewards for the same prompt, as an object, so that it has a
 * fingerprint and an image. All of these are monotone in the value unless their docstring says otherwise.
 */
export interface Transform {
  readonly kind: string;
  readonly options: JsonObject;
  /** How many reference rewards it needs at least; 0 or left out means that it reads none. */
  readonly needs?: number | undefined;
  /** It depends on what came before, so that its reward sees "order". */
  readonly order?: true | undefined;
  /** The values that it can give for values and references in a range; ends may be infinite. */
  image?(range: Range): Range;
  /** The one reference value that the value is held against, for `parts.ref`. */
  centre?(reference: Float64Array): number;
  /** What a reader should know about these references. */
  note?(reference: Float64Array): JsonObject | undefined;
  /** Takes in a task's values, lowest first, before they are transformed. */
  observe?(values: Float64Array): void;
  apply(value: number, reference: Float64Array): number;
}

/** How a quantile of the references is found: from a normal fit (mean + z·sd, sd with n − 1) or from order statistics. */
export type QuantileFit = "normal" | "empirical";

/** Options of the transforms that are centred on a quantile. */
export interface QuantileOptions {
  /** In (0, 1); default 0.85. */
  quantile?: number | undefined;
  /** Default "normal". */
  fit?: QuantileFit | undefined;
}

/**
 * The log-probability that an output is good: better than a reference-quality output for the same prompt.
 *
 *     u = log σ(r − r_ref), r_ref the q-quantile of at least 2 reference rewards
 *
 * At most 0; slope near 1 far below the reference, near 0 above it. Means what it says only for rewards calibrated as
 * Bradley-Terry logits. References without spread give their mean, noted in `facts.flatReferences`.
 *
 * @throws UsageError on a quantile outside (0, 1)
 * @source "Transforming and Combining Rewards for Aligning LLMs" (2024); sd with n − 1 as in its sheet
 * @example shape(rewardModel, logSigmoidCentred(), referencesFromContext())
 */
export function logSigmoidCentred(options: QuantileOptions = {}): Transform {
  return quantileCentred("log-sigmoid-centred", logSigmoid, options);
}

/** σ(r − r_ref) with the same r_ref as `logSigmoidCentred`: the probability of being good, without the logarithm. */
export function sigmoidCentred(options: QuantileOptions = {}): Transform {
  return quantileCentred("sigmoid-centred", sigmoid, options);
}

/** Options of `preferenceAsReward`. */
export interface PreferenceAsRewardOptions {
  /** k, above 0; default 1. */
  slope?: number | undefined;
  /** Only the first of the references count; default 10. */
  maxReferences?: number | undefined;
}

/**
 * PAR: the reward model's own probability that the output beats a reference.
 *
 *     (1/M) Σ_m σ(k·(r − r_m))
 *
 * The mean of sigmoids, not the sigmoid of the mean. One reference is enough. In [0, 1].
 *
 * @throws UsageError on a slope that is not above 0 or fewer than 1 reference
 * @source "Reward Shaping to Mitigate Reward Hacking in RLHF" (2025)
 */
export function preferenceAsReward(options: PreferenceAsRewardOptions = {}): Transform {
  const { slope = 1, maxReferences = 10 } = options;
  above0("preferenceAsReward: slope", slope);
  if (!Number.isInteger(maxReferences) || maxReferences < 1)
    throw new UsageError(
      `preferenceAsReward: maxReferences must be a whole number of at least 1, not ${maxReferences}`,
    );
  return meanOver("preference-as-reward", { slope, maxReferences }, (d) => sigmoid(slope * d), maxReferences);
}

/** mean_m (r − r_m): the value less the mean reference. */
export function centred(): Transform {
  return meanOver("centred", {}, (d) => d);
}

/** mean_m tanh(r − r_m), in [−1, 1]. */
export function tanhCentred(): Transform {
  return meanOver("tanh-centred", {}, Math.tanh);
}

/** mean_m arctan(r − r_m), in [−π/2, π/2]. */
export function arctanCentred(): Transform {
  return meanOver("arctan-centred", {}, Math.atan);
}

/** SgFc, slow growth then fast convergence: mean_m σ(slope·(r − shift − r_m)), shift 3 and slope 3 by default. */
export function slowGrowthFastConvergence(
  options: { shift?: number | undefined; slope?: number | undefined } = {},
): Transform {
  const { shift = 3, slope = 3 } = options;
  above0("slowGrowthFastConvergence: slope", slope);
  finite("slowGrowthFastConvergence: shift", shift);
  return meanOver("slow-growth-fast-convergence", { shift, slope }, (d) => sigmoid(slope * (d - shift)));
}

/** Least-squares fit of σ on [−5, 5] (continuous, weight 1) by ½ + c₁x + c₃x³ + c₅x⁵; σ − ½ is odd, so there are no even terms. */
const POLYNOMIAL = [0.22932775044617268, -0.010259585351330003, 0.00020829798073038338] as const;

function polynomial(x: number): number {
  if (x < -5) return 0;
  if (x > 5) return 1;
  const square = x * x;
  return 0.5 + x * (POLYNOMIAL[0] + square * (POLYNOMIAL[1] + square * POLYNOMIAL[2]));
}

/**
 * mean_m P(r − r_m), P the polynomial of degree 5 that is nearest to σ on [−5, 5], 0 below and 1 above.
 *
 * **Not monotone**: P rises from −0.015 to 1.015 on [−5, 5], so it steps down to 1 just above 5 and down from 0 at −5.
 */
export function polynomialSigmoid(): Transform {
  const least = polynomial(-5);
  const most = polynomial(5);
  return {
    ...meanOver("polynomial-sigmoid", {}, polynomial),
    image([min, max]) {
      // without the steps at ±5 the ends of the differences decide
      const width = max - min;
      return width <= 5 ? [polynomial(-width), polynomial(width)] : [least, most];
    },
  };
}

/** min(r, c). Reads no references. */
export function ceiling(c: number): Transform {
  finite("ceiling", c);
  return {
    kind: "ceiling",
    options: { at: c },
    image: ([min, max]) => [Math.min(min, c), Math.min(max, c)],
    apply: (value) => Math.min(value, c),
  };
}

/** scale·r + shift, scale above 0 (default 1), shift default 0: brings a reward to another range. Reads no references. */
export function affine(options: { scale?: number | undefined; shift?: number | undefined }): Transform {
  const { scale = 1, shift = 0 } = options;
  above0("affine: scale", scale);
  finite("affine: shift", shift);
  return {
    kind: "affine",
    options: { scale, shift },
    image: ([min, max]) => [scale * min + shift, scale * max + shift],
    apply: (value) => scale * value + shift,
  };
}

/** Options of `interpolate`. */
export interface InterpolateOptions {
  /** Two different values of the reward, and what they become; both rising. */
  from: readonly [number, number];
  to: readonly [number, number];
  /** Keep values outside `from` at the ends of `to`; default false. */
  clamp?: boolean | undefined;
}

/**
 * The line through two points: to₀ + (r − from₀)/(from₁ − from₀) · (to₁ − to₀). Reads no references.
 *
 * @throws UsageError where an interval does not rise
 * @source R3 (2024): [0, 3.5] to [0, 5.12], not clamped
 * @example interpolate({ from: [0, 3.5], to: [0, 5.12] }).apply(1.75, new Float64Array()) // 2.56
 */
export function interpolate({ from, to, clamp = false }: InterpolateOptions): Transform {
  for (const [name, ends] of Object.entries({ from, to }))
    if (!(Array.isArray(ends) && ends.length === 2 && ends.every(Number.isFinite) && ends[1] > ends[0]))
      throw new UsageError(`interpolate: ${name} must be two numbers that rise, not ${JSON.stringify(ends)}`);
  const apply = (value: number): number => {
    const r = clamp ? Math.min(from[1], Math.max(from[0], value)) : value;
    return to[0] + ((r - from[0]) / (from[1] - from[0])) * (to[1] - to[0]);
  };
  return {
    kind: "interpolate",
    options: { from: [...from], to: [...to], ...(clamp ? { clamp } : {}) },
    image: ([min, max]) => [apply(min), apply(max)],
    apply,
  };
}

/** Mean and sd (n − 1 in the denominator, 0 for one value) of an array. */
function momentsOf(values: Float64Array): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2 || values.every((value) => value === values[0])) return { mean: values[0]!, sd: 0 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}

function quantileCentred(kind: string, f: (x: number) => number, options: QuantileOptions): Transform {
  const { quantile = 0.85, fit = "normal" } = options;
  if (!(quantile > 0 && quantile < 1)) throw new UsageError(`${kind}: quantile must lie in (0, 1), not ${quantile}`);
  if (fit !== "normal" && fit !== "empirical")
    throw new UsageError(`${kind}: fit must be normal or empirical, not ${fit}`);
  const z = normalQuantile(quantile);
  const centre = (reference: Float64Array): number => {
    if (fit === "empirical") return empiricalQuantile(reference, quantile);
    const { mean, sd } = momentsOf(reference);
    return mean + z * sd;
  };
  return {
    kind,
    options: { quantile, fit },
    needs: 2,
    image([min, max]) {
      // n ≥ 2 values in [min, max] have an sd of at most (max − min)/√2
      const beyond = fit === "empirical" || z === 0 ? 0 : Math.abs(z) * ((max - min) / Math.SQRT2);
      const lowest = z < 0 ? min - beyond : min;
      const highest = z > 0 ? max + beyond : max;
      return [f(min - highest), f(max - lowest)];
    },
    centre,
    note: (reference) => (fit === "normal" && momentsOf(reference).sd === 0 ? { flatReferences: true } : undefined),
    apply: (value, reference) => f(value - centre(reference)),
  };
}

function empiricalQuantile(values: Float64Array, q: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)]! - low);
}

/** mean_m f(r − r_m) over the first `most` references; f increasing. */
function meanOver(
  kind: string,
  options: JsonObject,
  f: (d: number) => number,
  most = Number.POSITIVE_INFINITY,
): Transform {
  return {
    kind,
    options,
    needs: 1,
    image: ([min, max]) => [f(min - max), f(max - min)],
    centre: (reference) => momentsOf(reference.subarray(0, Math.min(most, reference.length))).mean,
    apply(value, reference) {
      const count = Math.min(most, reference.length);
      let sum = 0;
      for (let m = 0; m < count; m++) sum += f(value - reference[m]!);
      return sum / count;
    },
  };
}

function above0(what: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw new UsageError(`${what} must be a number above 0, not ${value}`);
}

function finite(what: string, value: number): void {
  if (!Number.isFinite(value)) throw new UsageError(`${what} must be a number, not ${value}`);
}
