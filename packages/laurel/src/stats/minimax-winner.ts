import { type PreferenceMatrix, UsageError } from "../core/index.ts";

/** The mixture that no single item beats by more than a tie. */
export interface MinimaxWinner {
  /** n probabilities that sum to 1. */
  weights: Float64Array;
  /** min_j Σ_i w_i P_ij: at least ½ for a minimax winner, and exactly ½ where no item is beaten outright. */
  worst: number;
}

/**
 * The minimax winner (von Neumann winner) of a preference matrix: the mixed strategy of the symmetric game P − ½.
 *
 * w = arg max_w min_j Σ_i w_i P_ij, by the simplex method with Bland's rule, which cannot cycle. A Condorcet winner gets all
 * of the weight; a perfect three-cycle gives a third each. Pairs of weight 0 count as ties.
 *
 * @param preferences n × n p[i · n + j] = P(i preferred to j), p_ij + p_ji = 1
 * @throws UsageError for no items, or entries outside [0, 1]
 *
 * Source: Fishburn (1984); Dudík et al. (2015), Contextual dueling bandits, section 3.
 * @example minimaxWinner(await preferenceMatrix(judge, task, ctx)).weights
 */
export function minimaxWinner({ n, p, weight }: PreferenceMatrix): MinimaxWinner {
  if (!(n >= 1) || p.length !== n * n)
    throw new UsageError(`a minimax winner needs n × n preferences, not ${p.length}`);
  const payoff = Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const share = i === j || weight[at] === 0 ? 0.5 : p[at]!;
    if (!(share >= 0 && share <= 1)) throw new UsageError(`P(${i} over ${j}) is ${share}, not a probability`);
    return share;
  });
  const weights = rowStrategy(payoff, n);
  let worst = Number.POSITIVE_INFINITY;
  for (let j = 0; j < n; j++) {
    let share = 0;
    for (let i = 0; i < n; i++) share += weights[i]! * payoff[i * n + j]!;
    worst = Math.min(worst, share);
  }
  return { weights, worst };
}

/**
 * The maximin strategy of a matrix game with payoffs in [0, 1].
 *
 * With B = payoff + 1 > 0 the column player maximises Σ y under B y ≤ 1, y ≥ 0; the slacks' reduced costs at the optimum are the row
 * player's strategy times its value.
 */
function rowStrategy(payoff: Float64Array, n: number): Float64Array {
  // rows: constraints and the objective; columns: y, slacks, right side
  const width = 2 * n + 1;
  const t = new Float64Array((n + 1) * width);
  const basis = Int32Array.from({ length: n }, (_, i) => n + i);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) t[i * width + j] = payoff[i * n + j]! + 1;
    t[i * width + n + i] = 1;
    t[i * width + width - 1] = 1;
  }
  for (let j = 0; j < n; j++) t[n * width + j] = -1;
  for (;;) {
    let enter = -1;
    for (let j = 0; j < width - 1 && enter < 0; j++) if (t[n * width + j]! < -1e-12) enter = j;
    if (enter < 0) break;
    let leave = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      const a = t[i * width + enter]!;
      if (!(a > 1e-12)) continue;
      const ratio = t[i * width + width - 1]! / a;
      if (ratio < least - 1e-14 || (ratio <= least + 1e-14 && basis[i]! < basis[leave]!)) {
        least = Math.min(least, ratio);
        leave = i;
      }
    }
    pivot(t, width, n, leave, enter);
    basis[leave] = enter;
  }
  const dual = Float64Array.from({ length: n }, (_, i) => Math.max(0, t[n * width + n + i]!));
  const sum = dual.reduce((all, x) => all + x, 0);
  return dual.map((x) => x / sum);
}

function pivot(t: Float64Array, width: number, n: number, row: number, column: number): void {
  const scale = t[row * width + column]!;
  for (let j = 0; j < width; j++) t[row * width + j]! /= scale;
  for (let i = 0; i <= n; i++) {
    const factor = t[i * width + column]!;
    if (i === row || factor === 0) continue;
    for (let j = 0; j < width; j++) t[i * width + j]! -= factor * t[row * width + j]!;
  }
}
