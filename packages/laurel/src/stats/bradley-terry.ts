import { UsageError } from "../core/index.ts";
import { type Curvature, newtonStep, softplus } from "./newton.ts";
import { assertConnected, centred, winsWithPrior } from "./wins.ts";

/** Options of `zermelo`. */
export interface ZermeloOptions {
  /** Wins added to both sides of every pair that was compared; at least 0, default 0. 0.5 keeps undefeated items finite. */
  prior?: number | undefined;
  /**
   * Strength of the Gamma(alpha + 1, alpha) prior on every item's strength; at least 0, default 0. Unlike `prior` it also
   * joins items that were never compared. It is `alpha` of choix's `mm_pairwise` (its I-LSR's alpha is this one / n).
   */
  alpha?: number | undefined;
  /** Stop when no log-strength moves by more than this; default 1e-10. */
  tolerance?: number | undefined;
  /** Most sweeps, default 10,000. */
  maxIterations?: number | undefined;
}

/** Strengths as `zermelo` finds them. */
export interface Strengths {
  /** n log-strengths with mean 0; P(i beats j) = 1 / (1 + exp(logStrengths[j] - logStrengths[i])). */
  logStrengths: Float64Array;
  iterations: number;
  converged: boolean;
}

/** Sweeps of Newman's iteration before Newton's method takes over, and the most items for which it does. */
const NEWTON_AFTER = 60;
const NEWTON_ITEMS = 2000;

/**
 * Bradley-Terry strengths by maximum likelihood: the one solver of the project.
 *
 * P(i beats j) = s_i / (s_i + s_j); maximises Σ_ij w_ij log(s_i / (s_i + s_j)) (+ alpha Σ_i (log s_i - s_i)) with Newman's
 * iteration s_i <- (Σ_j w_ij s_j / (s_i + s_j) + alpha) / (Σ_j w_ji / (s_i + s_j) + alpha), in logarithms, which needs far
 * fewer sweeps than Zermelo's. Sparse tables, on which every such iteration crawls, are finished by Newton's method.
 *
 * @param wins n x n row-major; wins[i * n + j] = (weighted) times that i beat j; a tie is half to each. Diagonal ignored.
 * @param n number of items, at least 1; one item has log-strength 0.
 * @param options see `ZermeloOptions`.
 * @returns log-strengths with mean 0, the sweeps used and whether the tolerance was reached.
 * @throws DisconnectedComparisonsError (names the groups) where alpha is 0 and some item or group never wins against, or
 * never loses to, the rest; NotEnoughDataError for n = 0; UsageError for wrong sizes or negative entries.
 *
 * Source: Zermelo, Mathematische Zeitschrift 29 (1929); Newman, JMLR 24 (2023), equation 27; alpha as in choix 0.4.1.
 *
 * @example
 * zermelo(Float64Array.of(0, 3, 1, 0), 2).logStrengths; // [ln(3) / 2, -ln(3) / 2]
 */
export function zermelo(wins: Float64Array, n: number, options: ZermeloOptions = {}): Strengths {
  const { prior = 0, alpha = 0, tolerance = 1e-10, maxIterations = 10_000 } = options;
  if (!(alpha >= 0 && Number.isFinite(alpha))) throw new UsageError(`alpha must be at least 0, not ${alpha}`);
  if (!(tolerance > 0)) throw new UsageError(`tolerance must be above 0, not ${tolerance}`);
  const w = winsWithPrior(wins, n, prior);
  if (alpha === 0) assertConnected(w, n);
  const lambda = new Float64Array(n);
  const edges = edgeList(w, n);
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const moved =
      iteration > NEWTON_AFTER && n <= NEWTON_ITEMS
        ? newtonStep(
            lambda,
            (x) => curvature(w, n, alpha, x),
            (x) => logLikelihood(w, n, alpha, x),
            alpha === 0 ? n : 0,
          )
        : newmanSweep(edges, n, alpha, lambda);
    if (moved < tolerance) return { logStrengths: centred(lambda), iterations: iteration, converged: true };
  }
  return { logStrengths: centred(lambda), iterations: maxIterations, converged: false };
}

/** For each item its opponents with wins and losses, in compressed rows. */
interface Edges {
  start: Int32Array;
  opponent: Int32Array;
  won: Float64Array;
  lost: Float64Array;
}

function edgeList(w: Float64Array, n: number): Edges {
  const start = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    let degree = 0;
    for (let j = 0; j < n; j++) if (w[i * n + j]! + w[j * n + i]! > 0) degree++;
    start[i + 1] = start[i]! + degree;
  }
  const size = start[n]!;
  const edges = {
    start,
    opponent: new Int32Array(size),
    won: new Float64Array(size),
    lost: new Float64Array(size),
  };
  let at = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (w[i * n + j]! + w[j * n + i]! === 0) continue;
      edges.opponent[at] = j;
      edges.won[at] = w[i * n + j]!;
      edges.lost[at++] = w[j * n + i]!;
    }
  return edges;
}

/** One pass over all items; returns the largest change of a log-strength. */
function newmanSweep(edges: Edges, n: number, alpha: number, lambda: Float64Array): number {
  const { start, opponent, won, lost } = edges;
  const before = Float64Array.from(lambda);
  for (let i = 0; i < n; i++) {
    const own = lambda[i]!;
    let up = alpha;
    let down = alpha * Math.exp(own);
    for (let e = start[i]!; e < start[i + 1]!; e++) {
      const p = 1 / (1 + Math.exp(lambda[opponent[e]!]! - own));
      up += won[e]! * (1 - p);
      down += lost[e]! * p;
    }
    if (up > 0 && down > 0) lambda[i] = own + Math.log(up / down);
  }
  normalise(lambda, alpha);
  let moved = 0;
  for (let i = 0; i < n; i++) moved = Math.max(moved, Math.abs(lambda[i]! - before[i]!));
  return moved;
}

/** The log-likelihood with its derivatives in the log-strengths. */
function curvature(w: Float64Array, n: number, alpha: number, lambda: Float64Array): Curvature {
  const information = new Float64Array(n * n);
  const gradient = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const s = alpha * Math.exp(lambda[i]!);
    gradient[i]! += alpha - s;
    information[i * n + i]! += s;
    for (let j = 0; j < i; j++) {
      const won = w[i * n + j]!;
      const games = won + w[j * n + i]!;
      if (games === 0) continue;
      const p = 1 / (1 + Math.exp(lambda[j]! - lambda[i]!));
      const surprise = won - games * p;
      gradient[i]! += surprise;
      gradient[j]! -= surprise;
      const weight = games * p * (1 - p);
      information[i * n + i]! += weight;
      information[j * n + j]! += weight;
      information[i * n + j]! -= weight;
      information[j * n + i]! -= weight;
    }
  }
  return { value: logLikelihood(w, n, alpha, lambda), gradient, information };
}

/** Log-likelihood of log-strengths given wins (n x n), with choix's Gamma prior of strength alpha: the maximised function. */
function logLikelihood(w: Float64Array, n: number, alpha: number, lambda: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += alpha * (lambda[i]! - Math.exp(lambda[i]!));
    for (let j = 0; j < n; j++) {
      const won = w[i * n + j]!;
      if (won > 0) sum -= won * softplus(lambda[j]! - lambda[i]!);
    }
  }
  return sum;
}

/** Mean 0 without a prior; with alpha, strengths that sum to n, where the prior has its maximum over a common factor. */
function normalise(lambda: Float64Array, alpha: number): void {
  const n = lambda.length;
  let shift = 0;
  if (alpha > 0) {
    const top = lambda.reduce((a, b) => Math.max(a, b));
    shift = top + Math.log(lambda.reduce((sum, x) => sum + Math.exp(x - top), 0) / n);
  } else shift = lambda.reduce((a, b) => a + b, 0) / n;
  for (let i = 0; i < n; i++) lambda[i]! -= shift;
}
