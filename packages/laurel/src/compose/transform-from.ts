import { type JsonObject, UsageError } from "../core/index.ts";
import { isotonic, platt, temperature } from "./calibrate.ts";
import { clipMoments, meanSd, minMax, type RunningOptions } from "./running.ts";
import {
  affine,
  arctanCentred,
  ceiling,
  centred,
  type InterpolateOptions,
  interpolate,
  logSigmoidCentred,
  polynomialSigmoid,
  preferenceAsReward,
  sigmoidCentred,
  slowGrowthFastConvergence,
  type Transform,
  tanhCentred,
} from "./transforms.ts";

/** Transforms by kind, with the options that each takes. */
const kinds: Readonly<Record<string, { options: readonly string[]; make: (options: JsonObject) => Transform }>> = {
  "log-sigmoid-centred": { options: ["quantile", "fit"], make: (o) => logSigmoidCentred(o as object) },
  "sigmoid-centred": { options: ["quantile", "fit"], make: (o) => sigmoidCentred(o as object) },
  "preference-as-reward": { options: ["slope", "maxReferences"], make: (o) => preferenceAsReward(o as object) },
  centred: { options: [], make: centred },
  "tanh-centred": { options: [], make: tanhCentred },
  "arctan-centred": { options: [], make: arctanCentred },
  "polynomial-sigmoid": { options: [], make: polynomialSigmoid },
  "slow-growth-fast-convergence": { options: ["shift", "slope"], make: (o) => slowGrowthFastConvergence(o as object) },
  ceiling: { options: ["at"], make: (o) => ceiling(o["at"] as number) },
  affine: { options: ["scale", "shift"], make: (o) => affine(o as object) },
  interpolate: {
    options: ["from", "to", "clamp"],
    make: (o) => interpolate(o as unknown as InterpolateOptions),
  },
  "mean-sd": { options: ["from", "stateful"], make: (o) => meanSd(o as RunningOptions) },
  "clip-moments": { options: ["from", "stateful"], make: (o) => clipMoments(o as RunningOptions) },
  "min-max": { options: ["from", "stateful"], make: (o) => minMax(o as RunningOptions) },
  temperature: { options: ["temperature", "input"], make: (o) => temperature(o as unknown as { temperature: number }) },
  platt: { options: ["slope", "intercept"], make: (o) => platt(o as unknown as { slope: number; intercept: number }) },
  isotonic: { options: ["x", "y"], make: (o) => isotonic(o as unknown as { x: number[]; y: number[] }) },
};

/**
 * The transform of a spec: its kind and options in one object, or a kind alone.
 *
 * @throws UsageError on an unknown kind or option, naming what there is
 * @example transformFrom({ kind: "log-sigmoid-centred", quantile: 0.85 })
 */
export function transformFrom(spec: JsonObject | string): Transform {
  const { kind, ...options } = typeof spec === "string" ? { kind: spec } : spec;
  const entry = typeof kind === "string" && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (entry === undefined)
    throw new UsageError(`unknown transform '${String(kind)}'`, `there are ${Object.keys(kinds).join(", ")}`);
  const odd = Object.keys(options).find((option) => !entry.options.includes(option));
  if (odd !== undefined)
    throw new UsageError(
      `transform ${String(kind)}: unknown option '${odd}'`,
      entry.options.length === 0 ? "it takes none" : `there are ${entry.options.join(", ")}`,
    );
  return entry.make(options);
}
