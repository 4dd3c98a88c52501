import { type Random, random, type Seed } from "laurel";

/** Solutions as kinds of steps: symbols 0 .. valid − 1 are valid steps, the `invalid` symbols after them are wrong ones. */
export type StepTypeDials = {
  steps: number;
  valid: number;
  invalid: number;
  /** Where a wrong solution's one wrong step stands: anywhere, or at the end. */
  errorAt: "uniform" | "last";
};

/** Solutions with the place of their wrong step. */
export interface StepSolutions {
  /** n × steps symbols. */
  symbols: Int32Array;
  /** Index of the wrong step, −1 in a right solution. */
  errors: Int32Array;
}

/** n right solutions, or n wrong ones: valid steps throughout, with one wrong step. */
export function drawSolutions(dials: StepTypeDials, n: number, right: boolean, seed: Seed): StepSolutions {
  const rng = random(seed);
  const symbols = Int32Array.from({ length: n * dials.steps }, () => rng.below(dials.valid));
  const errors = new Int32Array(n).fill(-1);
  if (!right)
    for (let i = 0; i < n; i++) {
      const at = errorPlace(dials, rng);
      errors[i] = at;
      symbols[i * dials.steps + at] = dials.valid + rng.below(dials.invalid);
    }
  return { symbols, errors };
}

/** n pairs: a right solution, and a wrong one that shares the steps before its wrong step and has other valid steps after it. */
export function drawStepPairs(
  dials: StepTypeDials,
  n: number,
  seed: Seed,
): { chosen: Int32Array; rejected: Int32Array } {
  const rng = random(seed);
  const chosen = Int32Array.from({ length: n * dials.steps }, () => rng.below(dials.valid));
  const rejected = Int32Array.from(chosen);
  for (let i = 0; i < n; i++) {
    const at = errorPlace(dials, rng);
    rejected[i * dials.steps + at] = dials.valid + rng.below(dials.invalid);
    for (let t = at + 1; t < dials.steps; t++) rejected[i * dials.steps + t] = rng.below(dials.valid);
  }
  return { chosen, rejected };
}

function errorPlace({ steps, errorAt }: StepTypeDials, rng: Random): number {
  return errorAt === "last" ? steps - 1 : rng.below(steps);
}
