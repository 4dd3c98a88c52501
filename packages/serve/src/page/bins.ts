/** How often values fall into equal-width bins from the least to the greatest. */
export interface Bins {
  low: number;
  high: number;
  n: number;
  counts: readonly number[];
}

/** Counts of several lists of values in the same bins; undefined without any value. */
export function binned<K extends string>(
  lists: Readonly<Record<K, ArrayLike<number>>>,
  bins = 30,
): Record<K, Bins> | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of Object.values<ArrayLike<number>>(lists))
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
  if (low > high) return undefined;
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const made: Partial<Record<K, Bins>> = {};
  for (const name of Object.keys(lists) as K[]) {
    const values = lists[name];
    const counts = new Array<number>(bins).fill(0);
    for (let i = 0; i < values.length; i++)
      counts[Math.min(bins - 1, Math.floor(((values[i]! - low) / (high - low)) * bins))]!++;
    made[name] = { low, high, n: values.length, counts };
  }
  return made as Record<K, Bins>;
}
