import { random, type Seed, split } from "laurel";

/**
 * The rows of one epoch in random order, drawn from each source in proportion to its weight.
 *
 * The epoch is as long as there are rows. Source s gives weight_s / Σ weight of it: its rows in random order, as often over as
 * is needed, so that no row is seen twice before all of its source are seen once. Without weights each row comes exactly once. The
 * order is a function of seed and epoch alone, so that a resumed run goes on in it.
 *
 * @param rows indices of the training rows
 * @param sources the source of each of all rows
 * @param weights one a source, at least 0; undefined for the sources' own sizes
 */
export function epochOrder(
  rows: Int32Array,
  seed: Seed,
  epoch: number,
  sources?: ArrayLike<number>,
  weights?: readonly number[],
): Int32Array {
  const rng = random(split(seed, `epoch ${epoch}`));
  const shuffle = (list: Int32Array): Int32Array => {
    for (let i = list.length - 1; i > 0; i--) {
      const j = rng.below(i + 1);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    return list;
  };
  if (sources === undefined || weights === undefined) return shuffle(Int32Array.from(rows));
  const own = weights.map((_, s) => rows.filter((row) => sources[row] === s));
  const sum = weights.reduce((total, weight, s) => total + (own[s]!.length > 0 ? weight : 0), 0);
  const order: number[] = [];
  for (const [s, list] of own.entries()) {
    let left = list.length === 0 ? 0 : Math.round((rows.length * weights[s]!) / sum);
    while (left > 0) {
      const some = shuffle(list).subarray(0, left);
      for (const row of some) order.push(row);
      left -= some.length;
    }
  }
  return shuffle(Int32Array.from(order));
}
