import { UsageError } from "../core/errors.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** Vectors whose skew product is as near to a score matrix as their length allows. */
export interface SkewEmbedding {
  /** n × dim, row-major: item i is row i. */
  vectors: Float64Array;
  /** The distinct singular values, n/2 rounded down, in falling order: each stands twice in the score matrix. */
  singular: Float64Array;
  /** Σ_ij (s_ij − ⟨R v_i, v_j⟩)² = 2 Σ_{l > dim/2} σ_l². */
  squaredError: number;
}

/**
 * The best embedding of skew-symmetric preference scores.
 *
 * s_ij ≈ ⟨R v_i, v_j⟩ = Σ_l v_i[2l] v_j[2l + 1] − v_i[2l + 1] v_j[2l]. A real skew matrix is Σ_l σ_l (a_l b_lᵀ − b_l a_lᵀ) with
 * orthonormal a, b, so that v_i = √σ_l (a_l[i], b_l[i]) for the largest σ_l; dim ≥ n gives the matrix itself. Read the squared
 * error as what a model of this dimension must lose; a Bradley-Terry score matrix has one σ only.
 *
 * @param scores n × n with s_ij = −s_ji, such as logits of preferences
 * @param dim even, at least 2
 * @throws UsageError for an odd dimension, wrong size or scores that are not skew to 1e-9 of the largest
 *
 * Source: the real spectral theorem; General Preference Modeling (gpm), theorem on expressiveness.
 * @example skewEmbedding(scores, 6, 4).squaredError // 2 σ₃² of a 6 × 6 matrix
 */
export function skewEmbedding(scores: Float64Array, n: number, dim: number): SkewEmbedding {
  if (!(Number.isInteger(dim) && dim >= 2 && dim % 2 === 0))
    throw new UsageError(`a preference embedding has an even dimension of at least 2, not ${dim}`);
  if (scores.length !== n * n) throw new UsageError(`${scores.length} scores for ${n} items, which have ${n * n}`);
  const largest = scores.reduce((most, s) => Math.max(most, Math.abs(s)), 0);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++)
      if (!(Math.abs(scores[i * n + j]! + scores[j * n + i]!) <= 1e-9 * largest))
        throw new UsageError(
          `the scores of ${i} and ${j} are no opposites: ${scores[i * n + j]}, ${scores[j * n + i]}`,
        );
  const left = Float64Array.from(scores);
  const vectors = new Float64Array(n * dim);
  const singular = new Float64Array(Math.floor(n / 2));
  let squaredError = 0;
  for (let l = 0; l < singular.length; l++) {
    const { sigma, a, b } = topPlane(left, n);
    singular[l] = sigma;
    if (2 * l >= dim) squaredError += 2 * sigma * sigma;
    for (let i = 0; i < n; i++) {
      if (2 * l < dim) {
        vectors[i * dim + 2 * l] = Math.sqrt(sigma) * a[i]!;
        vectors[i * dim + 2 * l + 1] = Math.sqrt(sigma) * b[i]!;
      }
      for (let j = 0; j < n; j++) left[i * n + j]! -= sigma * (a[i]! * b[j]! - b[i]! * a[j]!);
    }
  }
  return { vectors, singular, squaredError };
}

/** The plane on which a skew matrix turns most: S b = σ a, S a = −σ b. */
function topPlane(s: Float64Array, n: number): { sigma: number; a: Float64Array; b: Float64Array } {
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += s[k * n + i]! * s[k * n + j]!;
      gram[i * n + j] = sum;
    }
  const b = symmetricEigen(gram, n).vectors.slice(0, n);
  const a = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) a[i]! += s[i * n + k]! * b[k]!;
  const sigma = Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
  return { sigma, a: sigma === 0 ? a : a.map((x) => x / sigma), b };
}
