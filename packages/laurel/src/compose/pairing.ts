import {
  type Compared,
  type JsonObject,
  type Pair,
  type Pairing,
  random,
  type Seed,
  split,
  UsageError,
} from "../core/index.ts";
import { cholesky, choleskyInverse, choleskySolve } from "../stats/cholesky.ts";

/** A pairing that follows from data. `random` says whether its choice of pairs depends on the seed. */
export interface NamedPairing extends Pairing {
  readonly spec: JsonObject;
  readonly random?: boolean | undefined;
}

/** Every pair once: n(n − 1)/2 comparisons. */
export function roundRobin(): NamedPairing {
  return named({ kind: "round-robin" }, false, (n, soFar) => {
    if (soFar.length > 0 || n < 2) return "done";
    const pairs: Pair[] = [];
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push([i, j]);
    return pairs;
  });
}

/**
 * Swiss system: in each round those with equal points meet, and nobody meets an opponent twice.
 *
 * Items are sorted by points (a win 1, a tie ½, more exactly the mean p of each opponent met), ties by a seeded order, and
 * paired from the top with the next one not yet met. With an odd number the one that is left sits out. The first round is
 * random. About n/2 comparisons a round.
 *
 * @param options.rounds at least 1; default ⌈log2 n⌉
 * @throws UsageError on rounds that are no whole number of at least 1
 */
export function swiss(options: { rounds?: number | undefined } = {}): NamedPairing {
  const { rounds } = options;
  if (rounds !== undefined) atLeastOne("swiss: rounds", rounds);
  return named({ kind: "swiss", ...(rounds === undefined ? {} : { rounds }) }, true, (n, soFar, seed) => {
    if (n < 2) return "done";
    const met = meetings(n, soFar);
    const games = new Int32Array(n);
    const points = new Float64Array(n);
    for (const { i, j, p } of met.values()) {
      games[i]!++;
      games[j]!++;
      points[i]! += p;
      points[j]! += 1 - p;
    }
    const round = games.reduce((most, one) => Math.max(most, one), 0);
    if (round >= (rounds ?? Math.ceil(Math.log2(n)))) return "done";
    const luck = random(split(seed, `swiss:${round}`)).shuffled(Array.from({ length: n }, (_, i) => i));
    // whoever sat out so far goes before an equal, so that sitting out falls on another
    const order = luck.sort((a, b) => points[b]! - points[a]! || games[a]! - games[b]!);
    const left = new Set(order);
    const pairs: Pair[] = [];
    for (const i of order) {
      if (!left.delete(i)) continue;
      for (const j of left)
        if (!met.has(pairKey(n, i, j))) {
          left.delete(j);
          pairs.push([i, j]);
          break;
        }
    }
    return pairs.length === 0 ? "done" : pairs;
  });
}

/**
 * Single elimination: n − 1 comparisons, and only the winner is well determined.
 * The bracket is a seeded order; an odd last one moves on without a match. After a tie or an unscored match the earlier in
 * the bracket moves on.
 */
export function knockout(): NamedPairing {
  return named({ kind: "knockout" }, true, (n, soFar, seed) => {
    const met = meetings(n, soFar);
    let alive = random(split(seed, "knockout")).shuffled(Array.from({ length: n }, (_, i) => i));
    while (alive.length > 1) {
      const missing: Pair[] = [];
      const next: number[] = [];
      for (let k = 0; k < alive.length; k += 2) {
        const i = alive[k]!;
        const j = alive[k + 1];
        const match = j === undefined ? undefined : met.get(pairKey(n, i, j));
        if (j === undefined) next.push(i);
        else if (match === undefined) missing.push([i, j]);
        else next.push((match.i === i ? match.p : 1 - match.p) >= 0.5 ? i : j);
      }
      if (missing.length > 0) return missing;
      alive = next;
    }
    return "done";
  });
}

/**
 * Everyone meets a few anchors, and the anchors each other: k(n − k) + k(k − 1)/2 comparisons, linear in n.
 *
 * @param options.anchors how many; default 1. The seed draws them; with n or more it is a round robin.
 * @throws UsageError on a number of anchors below 1
 */
export function pivot(options: { anchors?: number | undefined } = {}): NamedPairing {
  const { anchors = 1 } = options;
  atLeastOne("pivot: anchors", anchors);
  return named({ kind: "pivot", anchors }, true, (n, soFar, seed) => {
    if (soFar.length > 0 || n < 2) return "done";
    const order = random(split(seed, "pivot")).shuffled(Array.from({ length: n }, (_, i) => i));
    const pairs: Pair[] = [];
    for (let a = 0; a < Math.min(anchors, n); a++) for (let b = a + 1; b < n; b++) pairs.push([order[a]!, order[b]!]);
    return pairs;
  });
}

/**
 * Active pairs: each round asks what would tell most about the strengths, up to a cap of pairs.
 *
 * Bradley-Terry strengths are fitted to what was answered (normal prior of variance 4; the first round is a seeded matching) and the pairs
 * not yet asked are ranked by the gain in the determinant of their information,
 *
 *     p (1 − p) · Var(λ_i − λ_j), p = σ(λ_i − λ_j),
 *
 * so that close ones that are little known come first, after those that join candidates which nothing joins yet. A round takes disjoint pairs.
 *
 * @param options.comparisons the cap of pairs (each is asked in one or both orders); default n · ⌈log2 n⌉ / 2, as a Swiss system
 * @throws UsageError on a cap below 1
 * @source D-optimal choice: Chaloner and Verdinelli (1995); for paired comparisons Glickman and Jensen (2005)
 */
export function active(options: { comparisons?: number | undefined } = {}): NamedPairing {
  const { comparisons } = options;
  if (comparisons !== undefined) atLeastOne("active: comparisons", comparisons);
  return named({ kind: "active", ...(comparisons === undefined ? {} : { comparisons }) }, true, (n, soFar, seed) => {
    if (n < 2) return "done";
    const met = meetings(n, soFar);
    const left = (comparisons ?? Math.ceil((n * Math.ceil(Math.log2(n))) / 2)) - met.size;
    if (left <= 0) return "done";
    const order = random(split(seed, "active")).shuffled(Array.from({ length: n }, (_, i) => i));
    const { strengths, covariance } = posteriorOf(n, [...met.values()]);
    const gains: { pair: Pair; gain: number }[] = [];
    for (const [a, i] of order.entries())
      for (const j of order.slice(a + 1)) {
        if (met.has(pairKey(n, i, j))) continue;
        const p = 1 / (1 + Math.exp(strengths[j]! - strengths[i]!));
        const variance = covariance[i * n + i]! + covariance[j * n + j]! - 2 * covariance[i * n + j]!;
        gains.push({ pair: [i, j], gain: p * (1 - p) * variance });
      }
    gains.sort((a, b) => b.gain - a.gain);
    const busy = new Set<number>();
    const pairs: Pair[] = [];
    const group = Int32Array.from({ length: n }, (_, i) => i);
    const groupOf = (i: number): number => (group[i] === i ? i : groupOf(group[i]!));
    for (const { i, j } of met.values()) group[groupOf(i)] = groupOf(j);
    // strengths of candidates that nothing joins cannot be told apart, so pairs that join groups come first
    for (const joining of [true, false])
      for (const { pair } of gains) {
        const [i, j] = pair;
        if (pairs.length === left) break;
        if (busy.has(i) || busy.has(j) || (joining && groupOf(i) === groupOf(j))) continue;
        busy.add(i).add(j);
        group[groupOf(i)] = groupOf(j);
        pairs.push(pair);
      }
    return pairs.length === 0 ? "done" : pairs;
  });
}

/** Bradley-Terry strengths under a normal prior of variance 4, by Newton's method, with the covariance of their normal approximation. */
function posteriorOf(
  n: number,
  games: readonly { i: number; j: number; p: number }[],
): { strengths: Float64Array; covariance: Float64Array } {
  const strengths = new Float64Array(n);
  for (let step = 0; ; step++) {
    const gradient = strengths.map((value) => -value / 4);
    const information = new Float64Array(n * n);
    for (let i = 0; i < n; i++) information[i * n + i] = 1 / 4;
    for (const { i, j, p } of games) {
      const expected = 1 / (1 + Math.exp(strengths[j]! - strengths[i]!));
      gradient[i]! += p - expected;
      gradient[j]! -= p - expected;
      const w = expected * (1 - expected);
      information[i * n + i]! += w;
      information[j * n + j]! += w;
      information[i * n + j]! -= w;
      information[j * n + i]! -= w;
    }
    const factor = cholesky(information, n)!;
    const change = choleskySolve(factor, n, gradient);
    // one game of each pair and this prior keep steps short; 20 are far more than are needed
    if (step === 20 || change.every((one) => Math.abs(one) < 1e-9))
      return { strengths, covariance: choleskyInverse(factor, n) };
    for (let i = 0; i < n; i++) strengths[i]! += change[i]!;
  }
}

/** The pairing of a spec: `{ kind: "round-robin" }`, `{ kind: "swiss", rounds }`, `{ kind: "knockout" }`, `{ kind: "pivot", anchors }`, `{ kind: "active", comparisons }`, or a kind alone. */
export function pairingFrom(spec: JsonObject | string): NamedPairing {
  const { kind, rounds, anchors, comparisons, ...more } = typeof spec === "string" ? { kind: spec } : spec;
  const unknown = Object.keys(more)[0];
  if (unknown !== undefined) throw new UsageError(`pairing ${String(kind)}: unknown option '${unknown}'`);
  switch (kind) {
    case "round-robin":
      return roundRobin();
    case "swiss":
      return swiss({ rounds: rounds as number | undefined });
    case "knockout":
      return knockout();
    case "pivot":
      return pivot({ anchors: anchors as number | undefined });
    case "active":
      return active({ comparisons: comparisons as number | undefined });
    default:
      throw new UsageError(
        `unknown pairing '${String(kind)}'`,
        "there are round-robin, swiss, knockout, pivot and active",
      );
  }
}

function named(spec: JsonObject, isRandom: boolean, pairing: Pairing): NamedPairing {
  return Object.assign((n: number, soFar: readonly Compared[], seed: Seed) => pairing(n, soFar, seed), {
    spec,
    random: isRandom,
  });
}

function atLeastOne(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${what} must be a whole number of at least 1, not ${value}`);
}

function pairKey(n: number, i: number, j: number): number {
  return i < j ? i * n + j : j * n + i;
}

/** Who met whom, with the mean p that the lower index is better over what was scored (a half if nothing was). */
function meetings(n: number, soFar: readonly Compared[]): Map<number, { i: number; j: number; p: number }> {
  const sums = new Map<number, { i: number; j: number; sum: number; count: number }>();
  for (const compared of soFar) {
    const i = Math.min(compared.first, compared.second);
    const j = Math.max(compared.first, compared.second);
    const key = pairKey(n, i, j);
    let entry = sums.get(key);
    if (entry === undefined) sums.set(key, (entry = { i, j, sum: 0, count: 0 }));
    if (compared.unscored !== undefined) continue;
    entry.sum += compared.first === i ? compared.p : 1 - compared.p;
    entry.count++;
  }
  return new Map([...sums].map(([key, { i, j, sum, count }]) => [key, { i, j, p: count === 0 ? 0.5 : sum / count }]));
}
