import { type PreferenceMatrix, UsageError } from "../core/index.ts";
import { maximin } from "./matrix-game.ts";

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
 * w = arg max_w min_j Σ_i w_i P_ij, by the simplex method in whole numbers (fraction-free pivots) with Bland's rule, which
 * cannot cycle: shares are rounded to 2⁻⁵³, and nothing else is. A Condorcet winner gets all
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
  const weights = maximin(payoff, n, n);
  let worst = Number.POSITIVE_INFINITY;
  for (let j = 0; j < n; j++) {
    let share = 0;
    for (let i = 0; i < n; i++) share += weights[i]! * payoff[i * n + j]!;
    worst = Math.min(worst, share);
  }
  return { weights, worst };
}
