import { NotEnoughDataError, UsageError } from "laurel";
import { fitRidge } from "./ridge.ts";

/** Steps with features and the values that are fitted. */
export interface StepTable {
  /** n × dim, row-major: a row a step. */
  features: Float64Array;
  dim: number;
  /** n values, such as `stepValues` gives; NaN or −1 for a step without one. */
  values: ArrayLike<number>;
}

/** A linear scorer of steps. */
export interface StepHead {
  weights: Float64Array;
  bias: number;
}

/**
 * Process regression in closed form: a step's value from its features by least squares.
 *
 *     min over w, b of Σ_t (w·x_t + b − y_t)² + l2 ‖w‖², on centred features and values, so that b is not penalised
 *
 * This is the least-squares objective of step reward models whose head reads each step's end; a network in place of the features is trained
 * with the same loss.
 *
 * @param options `l2`, at least 0, default 1
 * @throws NotEnoughDataError where no step has a value; UsageError for shapes that do not fit
 * @source ViLBench (2025): mean squared error on tree values, here on fixed features; Hoerl and Kennard (1970) for the ridge
 * @example const head = processRegression({ features, dim: 8, values: labels });
 */
export function processRegression(table: StepTable, options: { l2?: number | undefined } = {}): StepHead {
  const { features, dim, values } = table;
  const n = values.length;
  if (features.length !== n * dim) throw new UsageError(`${features.length} features are no ${n} rows of ${dim}`);
  const rows = Array.from({ length: n }, (_, t) => t).filter((t) => !Number.isNaN(values[t]) && values[t] !== -1);
  if (rows.length === 0) throw new NotEnoughDataError("no step has a value");
  const centre = new Float64Array(dim);
  let middle = 0;
  for (const t of rows) {
    middle += values[t]! / rows.length;
    for (let d = 0; d < dim; d++) centre[d]! += features[t * dim + d]! / rows.length;
  }
  const x = new Float64Array(rows.length * dim);
  for (const [i, t] of rows.entries())
    for (let d = 0; d < dim; d++) x[i * dim + d] = features[t * dim + d]! - centre[d]!;
  const y = Float64Array.from(rows, (t) => values[t]! - middle);
  const weights = fitRidge(x, y, dim, { l2: options.l2 ?? 1 });
  let bias = middle;
  for (let d = 0; d < dim; d++) bias -= weights[d]! * centre[d]!;
  return { weights, bias };
}

/** What a head says of each step: w·x_t + b. */
export function stepHeadValues({ weights, bias }: StepHead, features: Float64Array): Float64Array {
  const dim = weights.length;
  return Float64Array.from({ length: features.length / dim }, (_, t) => {
    let sum = bias;
    for (let d = 0; d < dim; d++) sum += weights[d]! * features[t * dim + d]!;
    return sum;
  });
}
