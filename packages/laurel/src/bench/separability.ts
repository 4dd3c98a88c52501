import { NotEnoughDataError, UsageError } from "../core/index.ts";

/** A system with its score and interval. */
export interface Ranged {
  system: string;
  value: number;
  low: number;
  high: number;
}

/** How many pairs of systems a leaderboard's intervals keep apart. */
export interface Separability {
  overlapping: number;
  pairs: number;
  /** 1 − overlapping / pairs. */
  separability: number;
}

/**
 * The share of pairs of systems whose intervals do not overlap.
 *
 * Two intervals overlap where the greater lower end is below the upper end of the other (touching ends do not overlap). Of systems with the
 * same interval, pairs with each other count as one pair that overlaps, as in the notebook.
 *
 * @throws NotEnoughDataError for fewer than two systems
 * @source Arena-Hard (2024), notebook/benchmark_statistics.ipynb
 * @example separability([{ system: "a", value: 1, low: 0, high: 2 }, { system: "b", value: 3, low: 2.5, high: 4 }]).separability // 1
 */
export function separability(systems: readonly Ranged[]): Separability {
  const n = systems.length;
  if (n < 2) throw new NotEnoughDataError("separability needs two systems or more", 2);
  const found = new Set<string>();
  for (const [i, a] of systems.entries())
    for (const b of systems.slice(i + 1))
      if (overlap(a, b)) found.add([`${a.low} ${a.high}`, `${b.low} ${b.high}`].sort().join(" | "));
  const pairs = (n * (n - 1)) / 2;
  return { overlapping: found.size, pairs, separability: 1 - found.size / pairs };
}

function overlap(a: Ranged, b: Ranged): boolean {
  const [first, second] = a.low <= b.low ? [a, b] : [b, a];
  return second.low < first.high;
}

/** Do two intervals share more than a point? Unlike `overlap`, a fixed anchor without width shares nothing with any. */
function share(a: Ranged, b: Ranged): boolean {
  return Math.max(a.low, b.low) < Math.min(a.high, b.high);
}

/**
 * Agreement with a reference leaderboard, counting only pairs that the reference keeps apart.
 *
 *     over pairs whose reference intervals do not overlap: ½ where the own intervals overlap, else 1 for the same order and 0 for the other
 *
 * Here intervals overlap where they share more than a point, so that an anchor without width overlaps with none; `separability` counts it, as
 * the notebook does in both places.
 *
 * @param own the benchmark's systems
 * @param reference the same systems on the reference, by name
 * @param strict count every pair by the order of the values alone, whatever the intervals say
 * @throws UsageError where the systems are not the same; NotEnoughDataError where the reference keeps no pair apart
 * @source Arena-Hard (2024), notebook/benchmark_statistics.ipynb
 */
export function agreementWithConfidence(own: readonly Ranged[], reference: readonly Ranged[], strict = false): number {
  const of = new Map(reference.map((one) => [one.system, one]));
  if (own.length !== reference.length || !own.every(({ system }) => of.has(system)))
    throw new UsageError("the two leaderboards are not of the same systems");
  let sum = 0;
  let pairs = 0;
  for (const [i, a] of own.entries())
    for (const b of own.slice(i + 1)) {
      const [x, y] = [of.get(a.system)!, of.get(b.system)!];
      if (!strict && share(x, y)) continue;
      pairs++;
      if (!strict && share(a, b)) sum += 0.5;
      else if (Math.sign(a.value - b.value) === Math.sign(x.value - y.value)) sum++;
    }
  if (pairs === 0) throw new NotEnoughDataError("the reference keeps no pair of systems apart");
  return sum / pairs;
}
