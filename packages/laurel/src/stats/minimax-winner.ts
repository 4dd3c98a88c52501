import { type PreferenceMatrix, UsageError } from "../core/index.ts";

/** Shares are counted in these for the strategy, so that it can be found in integers; a smaller margin is a tie. */
const GRAIN = 2 ** -53;

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
  const weights = rowStrategy(
    Array.from(payoff, (share) => BigInt(Math.round(share / GRAIN))),
    n,
  );
  let worst = Number.POSITIVE_INFINITY;
  for (let j = 0; j < n; j++) {
    let share = 0;
    for (let i = 0; i < n; i++) share += weights[i]! * payoff[i * n + j]!;
    worst = Math.min(worst, share);
  }
  return { weights, worst };
}

/**
 * The maximin strategy of a matrix game with whole payoffs in [0, 1 / GRAIN].
 *
 * With B = payoff + 1 / GRAIN > 0 the column player maximises Σ y under B y ≤ 1, y ≥ 0; the slacks' reduced costs at the optimum are
 * the row player's strategy times its value. The tableau holds the true one times the last pivot (Edmonds 1967), all whole.
 */
function rowStrategy(payoff: readonly bigint[], n: number): Float64Array {
  // rows: constraints and the objective; columns: y, slacks, right side
  const shift = BigInt(1 / GRAIN);
  const unit = (i: number, j: number) => (i === j ? 1n : 0n);
  const columns = Array.from({ length: n }, (_, j) => j);
  const rows = columns.map((i) => [
    ...columns.map((j) => payoff[i * n + j]! + shift),
    ...columns.map((j) => unit(i, j)),
    1n,
  ]);
  const costs = [...columns.map(() => -1n), ...columns.map(() => 0n), 0n];
  const basis = columns.map((i) => n + i);
  let last = 1n;
  for (;;) {
    const enter = costs.findIndex((cost, j) => j < 2 * n && cost < 0n);
    if (enter < 0) break;
    const leave = leaving(rows, enter, basis);
    const row = rows[leave]!;
    for (const other of [...rows, costs]) if (other !== row) eliminate(other, row, enter, last);
    last = row[enter]!;
    basis[leave] = enter;
  }
  const dual = costs.slice(n, 2 * n);
  const sum = dual.reduce((all, x) => all + x, 0n);
  return Float64Array.from(dual, (x) => Number((x << 64n) / sum) / 2 ** 64);
}

/** The row of the least ratio of right side to pivot; of equal ones that of the lowest variable (Bland). */
function leaving(rows: readonly bigint[][], enter: number, basis: readonly number[]): number {
  let leave = -1;
  for (const [i, row] of rows.entries()) {
    if (row[enter]! <= 0n) continue;
    const best = rows[leave];
    const difference = best ? row.at(-1)! * best[enter]! - best.at(-1)! * row[enter]! : -1n;
    if (difference < 0n || (difference === 0n && basis[i]! < basis[leave]!)) leave = i;
  }
  return leave;
}

function eliminate(target: bigint[], row: readonly bigint[], column: number, last: bigint): void {
  const [pivot, factor] = [row[column]!, target[column]!];
  for (let j = 0; j < target.length; j++) target[j] = (target[j]! * pivot - factor * row[j]!) / last;
}
