/**
 * How often rewards order pairs as gold does: over all pairs within a group whose gold differs, 1 for the right order, ½ for a tie.
 *
 * @param rewards groups of `candidates`, one after the other
 * @param candidates in a group, default 2
 * @returns in [0, 1]; NaN where gold differs nowhere
 * @example pairAccuracy([1, 0], [5, 3]) // 1
 */
export function pairAccuracy(rewards: ArrayLike<number>, gold: ArrayLike<number>, candidates = 2): number {
  let [right, pairs] = [0, 0];
  for (let from = 0; from < gold.length; from += candidates)
    for (let a = from; a < from + candidates; a++)
      for (let b = a + 1; b < from + candidates; b++) {
        const gap = gold[a]! - gold[b]!;
        if (gap === 0) continue;
        right += (1 + Math.sign(gap) * Math.sign(rewards[a]! - rewards[b]!)) / 2;
        pairs++;
      }
  return right / pairs;
}
