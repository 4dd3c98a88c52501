import { UsageError } from "laurel";
import { solveSymmetric } from "./pair-logistic.ts";

/** Options of `fitRidge`. */
export interface RidgeOptions {
  /** At least 0, default 1. */
  l2?: number | undefined;
  /** Columns of the targets, default 1. */
  outputs?: number | undefined;
}

/**
 * Ridge regression of one or several attributes, in closed form: W_k minimises Σ_n (W_k·x_n − y_nk)² + l2 ‖W_k‖². No intercept: centre
 * the targets, or give a feature that is 1.
 *
 * @param features n × dim, row-major
 * @param targets n × outputs, row-major; NaN where an attribute was not rated: that row then counts for the other attributes only
 * @returns outputs × dim weights
 * @throws UsageError for shapes that do not fit, or where l2 = 0 and the rows do not determine the weights
 * Source: Hoerl and Kennard (1970); the regression heads of HelpSteer2 and ArmoRM.
 * @example fitRidge(Float64Array.of(1, 2), Float64Array.of(2, 4), 1, { l2: 5 }) // [1]
 */
export function fitRidge(
  features: Float64Array,
  targets: Float64Array,
  dim: number,
  options: RidgeOptions = {},
): Float64Array {
  const { l2 = 1, outputs = 1 } = options;
  const n = features.length / dim;
  if (!Number.isInteger(n) || targets.length !== n * outputs)
    throw new UsageError(
      `${targets.length} targets of ${outputs} outputs for ${features.length} numbers in rows of ${dim}`,
    );
  const out = new Float64Array(outputs * dim);
  let whole: Float64Array | undefined;
  for (let k = 0; k < outputs; k++) {
    const rows = Array.from({ length: n }, (_, i) => i).filter((i) => !Number.isNaN(targets[i * outputs + k]!));
    // outputs that saw every row share one matrix
    const gram = rows.length === n ? (whole ??= gramOf(features, rows, dim, l2)) : gramOf(features, rows, dim, l2);
    const right = new Float64Array(dim);
    for (const i of rows) for (let d = 0; d < dim; d++) right[d]! += targets[i * outputs + k]! * features[i * dim + d]!;
    out.set(solveSymmetric(gram, right), k * dim);
  }
  return out;
}

function gramOf(features: Float64Array, rows: readonly number[], dim: number, l2: number): Float64Array {
  const gram = new Float64Array(dim * dim);
  for (let d = 0; d < dim; d++) gram[d * dim + d] = l2;
  for (const i of rows)
    for (let d = 0; d < dim; d++) {
      const x = features[i * dim + d]!;
      for (let e = 0; e <= d; e++) gram[d * dim + e]! += x * features[i * dim + e]!;
    }
  return gram;
}
