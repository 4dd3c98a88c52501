/** Payoffs in [0, 1] are counted in these, so that the strategy can be found in whole numbers; a smaller difference is a tie. */
const GRAIN = 2 ** -53;

/**
 * The maximin strategy of a matrix game: weights of the rows whose least column is as large as can be.
 *
 *     w = arg max_w min_j Σ_i w_i A_ij,   w ≥ 0, Σ w = 1
 *
 * By the simplex method in whole numbers (fraction-free pivots) with Bland's rule, which cannot cycle: payoffs are rounded to 2⁻⁵³, and nothing
 * else is. With B = A + 1 > 0 the column player maximises Σ y under B y ≤ 1, y ≥ 0; the slacks' reduced costs at the optimum are the row
 * player's strategy times its value. The tableau holds the true one times the last pivot, all whole.
 *
 * @param payoff A, m x n row-major, in [0, 1]
 * @returns m weights
 * Source: Dantzig (1951); whole-number pivots: Edmonds (1967).
 */
export function maximin(payoff: Float64Array, m: number, n: number): Float64Array {
  // rows: constraints and the objective; columns: y, slacks, right side
  const shift = BigInt(1 / GRAIN);
  const rows = Array.from({ length: m }, (_, i) => [
    ...Array.from({ length: n }, (_, j) => BigInt(Math.round(payoff[i * n + j]! / GRAIN)) + shift),
    ...Array.from({ length: m }, (_, j) => (i === j ? 1n : 0n)),
    1n,
  ]);
  const costs = Array.from({ length: n + m + 1 }, (_, j): bigint => (j < n ? -1n : 0n));
  const basis = Array.from({ length: m }, (_, i) => n + i);
  let last = 1n;
  for (;;) {
    const enter = costs.findIndex((cost, j) => j < n + m && cost < 0n);
    if (enter < 0) break;
    const leave = leaving(rows, enter, basis);
    const row = rows[leave]!;
    for (const other of [...rows, costs]) if (other !== row) eliminate(other, row, enter, last);
    last = row[enter]!;
    basis[leave] = enter;
  }
  const dual = costs.slice(n, n + m);
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
