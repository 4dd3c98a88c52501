import { UsageError } from "../core/errors.ts";
import type { Numbers } from "./sample.ts";

function ascending(ps: Numbers): number[] {
  for (let i = 0; i < ps.length; i++)
    if (!(ps[i]! >= 0 && ps[i]! <= 1)) throw new UsageError(`ps[${i}] is ${ps[i]}; a p-value lies in [0, 1]`);
  return Array.from(ps, (_, i) => i).sort((i, j) => ps[i]! - ps[j]!);
}

/**
 * Holm's adjusted p-values: all of them below α together with probability at most α if every null is true.
 *
 * p̃_(i) = max_{j<=i} min(1, (m-j+1) p_(j)), p_(1) <= … <= p_(m)
 *
 * @param ps m p-values in [0, 1]; none gives none
 * @returns adjusted p-values in the order of the input
 * @throws UsageError for a p outside [0, 1]
 * Source: Holm (1979); agrees with statsmodels 0.15 `multipletests(method="holm")`.
 * @example holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(ps: Numbers): Float64Array {
  const adjusted = new Float64Array(ps.length);
  let largest = 0;
  for (const [rank, i] of ascending(ps).entries())
    adjusted[i] = largest = Math.max(largest, Math.min(1, (ps.length - rank) * ps[i]!));
  return adjusted;
}

/**
 * Benjamini and Hochberg's adjusted p-values: rejecting those below α keeps the false discovery rate at α or less
 * for independent or positively dependent tests.
 *
 * p̃_(i) = min_{j>=i} min(1, m p_(j) / j)
 *
 * @param ps m p-values in [0, 1]; none gives none
 * @returns adjusted p-values in the order of the input
 * @throws UsageError for a p outside [0, 1]
 * Source: Benjamini and Hochberg (1995); agrees with SciPy 1.17 `false_discovery_control`.
 */
export function benjaminiHochberg(ps: Numbers): Float64Array {
  const adjusted = new Float64Array(ps.length);
  const order = ascending(ps);
  let smallest = 1;
  for (let rank = ps.length; rank >= 1; rank--) {
    const i = order[rank - 1]!;
    adjusted[i] = smallest = Math.min(smallest, (ps.length * ps[i]!) / rank);
  }
  return adjusted;
}
