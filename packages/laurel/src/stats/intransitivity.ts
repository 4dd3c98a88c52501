import { NotEnoughDataError, type PreferenceMatrix, UsageError } from "../core/index.ts";
import { cholesky, choleskySolve } from "./cholesky.ts";

/** Cycles of a preference matrix. */
export interface Intransitivity {
  /** Triads i > j > k > i. */
  triads: number;
  /** Triads whose three pairs were compared and none of them tied. */
  comparable: number;
  /** triads / comparable; null where no triad is comparable. */
  share: number | null;
  /** The cycle with the largest least margin, in order (each beats the next), and that margin, min(p) - 0.5. */
  worst: { items: readonly [number, number, number]; margin: number } | undefined;
}

/**
 * Counts cyclic triads.
 *
 * A triad is cyclic where i beats j, j beats k and k beats i (p above 0.5). Pairs of weight 0 or p = 0.5 decide nothing.
 *
 * @param preferences n x n p[i * n + j] = P(i preferred to j), p_ij + p_ji = 1 to 1e-6 where compared (weight > 0).
 * @returns cycles, comparable triads, their share, and the worst cycle. O(n³).
 * @throws UsageError for wrong sizes, or probabilities outside [0, 1] or not complementary.
 *
 * Source: Kendall and Babington Smith, Biometrika 31 (1940); General Preference Modeling (gpm) for the use.
 */
export function intransitivity(preferences: PreferenceMatrix): Intransitivity {
  const { n, p } = preferences;
  const edge = comparedPairs(preferences);
  const sign = (i: number, j: number): number => (edge[i * n + j] === 0 ? 0 : Math.sign(p[i * n + j]! - 0.5));
  let triads = 0;
  let comparable = 0;
  let worst: Intransitivity["worst"];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const ij = sign(i, j);
      if (ij === 0) continue;
      for (let k = j + 1; k < n; k++) {
        const jk = sign(j, k);
        const ki = sign(k, i);
        if (jk === 0 || ki === 0) continue;
        comparable++;
        if (jk !== ij || ki !== ij) continue;
        triads++;
        const margin = Math.min(
          Math.abs(p[i * n + j]! - 0.5),
          Math.abs(p[j * n + k]! - 0.5),
          Math.abs(p[k * n + i]! - 0.5),
        );
        if (worst === undefined || margin > worst.margin) worst = { items: ij > 0 ? [i, j, k] : [i, k, j], margin };
      }
    }
  return { triads, comparable, share: comparable === 0 ? null : triads / comparable, worst };
}

/** A preference matrix split into what scores explain and what they cannot. */
export interface HodgeRank {
  /** n least-squares scores, mean 0 within each connected group. */
  scores: Float64Array;
  /** Σ w (Y - gradient)² / Σ w Y²: 0 = scores explain everything, 1 = nothing (pure cycles). 0 where all pairs are tied. */
  inconsistency: number;
  /** Σ w Y² over pairs. */
  total: number;
}

/**
 * The inconsistency share of a preference matrix by the Hodge decomposition: what no scalar reward can express.
 *
 * s minimises Σ_(i<j) w_ij (s_i - s_j - Y_ij)², Y_ij = 2 p_ij - 1 ("difference") or log(p_ij / p_ji) ("logit"); the rest is the
 * cyclic (curl and harmonic) part.
 *
 * @param preferences as `intransitivity`; pairs of weight 0 are left out.
 * @param options flow "difference" (default) or "logit" (Bradley-Terry's scale; refuses p of 0 or 1).
 * @returns scores, the share and its denominator.
 * @throws NotEnoughDataError where no pair was compared; UsageError as `intransitivity`, or for an infinite logit.
 *
 * Source: Jiang, Lim, Yao and Ye, Statistical ranking and combinatorial Hodge theory, Mathematical Programming 127 (2011).
 */
export function hodgeRank(
  preferences: PreferenceMatrix,
  options: { flow?: "difference" | "logit" | undefined } = {},
): HodgeRank {
  const { flow = "difference" } = options;
  const { n, p } = preferences;
  const w = comparedPairs(preferences);
  const flowOf = (i: number, j: number): number => {
    const x = p[i * n + j]!;
    if (flow === "difference") return 2 * x - 1;
    if (x === 0 || x === 1)
      throw new UsageError(`P(${i} over ${j}) is ${x}, whose logit is infinite`, 'use flow "difference"');
    return Math.log(x / (1 - x));
  };
  const laplacian = new Float64Array(n * n);
  const divergence = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const weight = w[i * n + j]!;
      if (weight === 0) continue;
      const y = flowOf(i, j);
      total += weight * y * y;
      divergence[i]! += weight * y;
      divergence[j]! -= weight * y;
      laplacian[i * n + i]! += weight;
      laplacian[j * n + j]! += weight;
      laplacian[i * n + j]! -= weight;
      laplacian[j * n + i]! -= weight;
    }
  if (!w.some((x) => x > 0)) throw new NotEnoughDataError("no pair was compared", 1);
  const groups = connectedGroups(w, n);
  // Each group's scores are fixed up to a shift: choose mean 0 by a rank-one term in its block.
  for (const group of groups) {
    const lift = group.reduce((sum, i) => sum + laplacian[i * n + i]!, 0) / group.length ** 2 || 1;
    for (const i of group) for (const j of group) laplacian[i * n + j]! += lift;
  }
  const factor = cholesky(laplacian, n);
  if (factor === undefined) throw new UsageError("the weights differ too much in size to be solved together");
  const scores = choleskySolve(factor, n, divergence);
  let left = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      if (w[i * n + j]! > 0) left += w[i * n + j]! * (scores[i]! - scores[j]! - flowOf(i, j)) ** 2;
  return { scores, inconsistency: total === 0 ? 0 : Math.min(1, left / total), total };
}

/** The symmetric weights of compared pairs, with every check of the matrix. */
function comparedPairs({ n, p, weight }: PreferenceMatrix): Float64Array {
  if (p.length !== n * n || weight.length !== n * n)
    throw new UsageError(`p and weight must have ${n * n} entries, not ${p.length} and ${weight.length}`);
  const w = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const size = (weight[i * n + j]! + weight[j * n + i]!) / 2;
      if (!(size >= 0 && Number.isFinite(size))) throw new UsageError(`the weight of ${i} and ${j} is ${size}`);
      if (size === 0) continue;
      const x = p[i * n + j]!;
      if (!(x >= 0 && x <= 1)) throw new UsageError(`P(${i} over ${j}) is ${x}, not a probability`);
      if (!(Math.abs(x + p[j * n + i]! - 1) <= 1e-6))
        throw new UsageError(
          `P(${i} over ${j}) and P(${j} over ${i}) are ${x} and ${p[j * n + i]}; they must sum to 1`,
        );
      w[i * n + j] = w[j * n + i] = size;
    }
  return w;
}

function connectedGroups(w: Float64Array, n: number): number[][] {
  const seen = new Uint8Array(n);
  const groups: number[][] = [];
  for (let root = 0; root < n; root++) {
    if (seen[root] === 1) continue;
    seen[root] = 1;
    const group = [root];
    for (let at = 0; at < group.length; at++)
      for (let j = 0; j < n; j++)
        if (seen[j] === 0 && w[group[at]! * n + j]! > 0) {
          seen[j] = 1;
          group.push(j);
        }
    groups.push(group);
  }
  return groups;
}
