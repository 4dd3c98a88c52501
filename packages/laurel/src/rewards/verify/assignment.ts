/** Pairs of rows and columns. */
export interface Assignment {
  /** Column of each row, or −1 where the row has none. */
  columns: Int32Array;
  /** Sum of the weights of the pairs. */
  total: number;
}

/**
 * The pairing of rows with columns that has the greatest sum of weights (Hungarian method with potentials; Kuhn 1955, Jonker and
 * Volgenant 1987). Exact.
 *
 * max Σ_i w[i, π(i)] over one-to-one π; min(rows, columns) pairs are made, and those of weight 0 or less are dropped.
 * Time O(min(r, c)² · max(r, c)).
 *
 * @param weights r × c, row after row; finite, at least 0
 * @returns the column of each row (−1: none) and the sum
 * @example assign(Float64Array.of(0.9, 0.8, 0.7, 0.1), 2, 2) // columns [1, 0], total 1.5
 */
export function assign(weights: ArrayLike<number>, rows: number, columns: number): Assignment {
  const n = Math.min(rows, columns);
  const m = Math.max(rows, columns);
  const flipped = rows > columns;
  const cost = (i: number, j: number): number => -(flipped ? weights[j * columns + i]! : weights[i * columns + j]!);
  // 1-based, as the method is usually written; column 0 is the row that is being placed
  const u = new Float64Array(n + 1);
  const v = new Float64Array(m + 1);
  const rowOf = new Int32Array(m + 1);
  const way = new Int32Array(m + 1);
  const least = new Float64Array(m + 1);
  const used = new Uint8Array(m + 1);
  for (let i = 1; i <= n; i++) {
    rowOf[0] = i;
    least.fill(Number.POSITIVE_INFINITY);
    used.fill(0);
    let j0 = 0;
    do {
      used[j0] = 1;
      const i0 = rowOf[j0]!;
      let delta = Number.POSITIVE_INFINITY;
      let j1 = 0;
      for (let j = 1; j <= m; j++) {
        if (used[j] === 1) continue;
        const reduced = cost(i0 - 1, j - 1) - u[i0]! - v[j]!;
        if (reduced < least[j]!) {
          least[j] = reduced;
          way[j] = j0;
        }
        if (least[j]! < delta) {
          delta = least[j]!;
          j1 = j;
        }
      }
      for (let j = 0; j <= m; j++) {
        if (used[j] === 1) {
          u[rowOf[j]!] = u[rowOf[j]!]! + delta;
          v[j] = v[j]! - delta;
        } else least[j] = least[j]! - delta;
      }
      j0 = j1;
    } while (rowOf[j0] !== 0);
    while (j0 !== 0) {
      const j1 = way[j0]!;
      rowOf[j0] = rowOf[j1]!;
      j0 = j1;
    }
  }
  const result = new Int32Array(rows).fill(-1);
  let total = 0;
  for (let j = 1; j <= m; j++) {
    const i = rowOf[j]!;
    if (i === 0) continue;
    const weight = -cost(i - 1, j - 1);
    if (weight <= 0) continue;
    total += weight;
    if (flipped) result[j - 1] = i - 1;
    else result[i - 1] = j - 1;
  }
  return { columns: result, total };
}

/**
 * The pairing with the greatest sum of weights in which no two pairs cross: rows and columns keep their order.
 *
 * T[i, j] = max(T[i−1, j], T[i, j−1], T[i−1, j−1] + w[i, j]). Time and space O(rows · columns).
 *
 * @param weights rows × columns, row after row; finite, at least 0
 * @example assignInOrder(Float64Array.of(0.9, 0.8, 0.7, 0.1), 2, 2) // columns [0, 1], total 1
 */
export function assignInOrder(weights: ArrayLike<number>, rows: number, columns: number): Assignment {
  const width = columns + 1;
  const best = new Float64Array((rows + 1) * width);
  for (let i = 1; i <= rows; i++) {
    for (let j = 1; j <= columns; j++) {
      const pair = best[(i - 1) * width + j - 1]! + weights[(i - 1) * columns + j - 1]!;
      best[i * width + j] = Math.max(best[(i - 1) * width + j]!, best[i * width + j - 1]!, pair);
    }
  }
  const result = new Int32Array(rows).fill(-1);
  let i = rows;
  let j = columns;
  while (i > 0 && j > 0) {
    const here = best[i * width + j]!;
    if (here === best[(i - 1) * width + j]!) i--;
    else if (here === best[i * width + j - 1]!) j--;
    else {
      result[i - 1] = j - 1;
      i--;
      j--;
    }
  }
  return { columns: result, total: best[rows * width + columns]! };
}
