import { UsageError } from "../core/index.ts";
import type { Strengths } from "./bradley-terry.ts";
import { type Choice, checkChoices } from "./choices.ts";
import { DisconnectedComparisonsError, strongComponents } from "./components.ts";
import { centred, winsWithPrior } from "./wins.ts";

/** Options of the spectral estimates. */
export interface SpectralOptions {
  /** Added to every transition rate between two items; at least 0, default 0. The same as choix's `alpha`. */
  alpha?: number | undefined;
}

/**
 * The stationary distribution of a Markov chain in continuous time.
 *
 * π Q = 0, Σ π = 1, by the elimination of Grassmann, Taksar and Heyman, which never subtracts and so keeps every digit.
 *
 * @param rates n x n row-major; rates[i * n + j] = rate from i to j, at least 0; the diagonal is ignored.
 * @returns π (n), or undefined where the chain is not irreducible.
 *
 * Source: Grassmann, Taksar and Heyman, Operations Research 33 (1985).
 */
function stationary(rates: Float64Array, n: number): Float64Array | undefined {
  const a = Float64Array.from(rates);
  const out = new Float64Array(n);
  for (let k = n - 1; k > 0; k--) {
    let total = 0;
    for (let j = 0; j < k; j++) total += a[k * n + j]!;
    if (!(total > 0)) return undefined;
    out[k] = total;
    for (let i = 0; i < k; i++) {
      const share = a[i * n + k]! / total;
      if (share > 0) for (let j = 0; j < k; j++) a[i * n + j]! += share * a[k * n + j]!;
    }
  }
  const pi = new Float64Array(n);
  pi[0] = 1;
  let sum = 1;
  for (let k = 1; k < n; k++) {
    let flow = 0;
    for (let i = 0; i < k; i++) flow += pi[i]! * a[i * n + k]!;
    pi[k] = flow / out[k]!;
    sum += pi[k]!;
  }
  return pi.map((x) => x / sum);
}

function logStationary(rates: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) rates[i * n + i] = 0;
  const components = strongComponents(n, (i) => {
    const to: number[] = [];
    for (let j = 0; j < n; j++) if (rates[i * n + j]! > 0) to.push(j);
    return to;
  });
  const pi = components.length === 1 ? stationary(rates, n) : undefined;
  if (pi === undefined) throw new DisconnectedComparisonsError(components, "compare more pairs, or give alpha");
  return centred(pi.map(Math.log));
}

function checkAlpha(alpha: number): void {
  if (!(alpha >= 0 && Number.isFinite(alpha))) throw new UsageError(`alpha must be at least 0, not ${alpha}`);
}

/** Strengths that sum to n, as choix scales them, so that alpha means the same. */
function weightsOf(logStrengths: Float64Array): Float64Array {
  const s = centred(logStrengths).map(Math.exp);
  const sum = s.reduce((a, b) => a + b, 0);
  return s.map((x) => (x * s.length) / sum);
}

/** Luce's rates from losers to winners for strengths s: each choice adds 1 / Σ s over its set. */
function choiceRates(choices: readonly Choice[], n: number, alpha: number, s: Float64Array): Float64Array {
  const rates = new Float64Array(n * n).fill(alpha);
  for (const { winner, losers } of choices) {
    let total = s[winner]!;
    for (const loser of losers) total += s[loser]!;
    for (const loser of losers) rates[loser * n + winner]! += 1 / total;
  }
  return rates;
}

function pairRates(w: Float64Array, n: number, alpha: number, s: Float64Array): Float64Array {
  const rates = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) rates[j * n + i] = alpha + w[i * n + j]! / (s[i]! + s[j]!);
  return rates;
}

/**
 * Luce spectral ranking: one linear solve, close to maximum likelihood and consistent.
 *
 * λ = log of the stationary distribution of the chain that moves from each loser to its winner at rate
 * 1 / (size of the choice set).
 *
 * @param wins n x n wins as in `zermelo`, or choices among sets.
 * @param n number of items.
 * @returns n log-strengths with mean 0.
 * @throws DisconnectedComparisonsError where alpha is 0 and the chain is reducible; UsageError for bad input.
 *
 * Source: Maystre and Grossglauser, NeurIPS 2015; choix 0.4.1 `lsr_pairwise_dense`, `lsr_top1`.
 */
export function lsr(wins: Float64Array | readonly Choice[], n: number, options: SpectralOptions = {}): Float64Array {
  return logStationary(ratesFor(wins, n, options.alpha ?? 0)(new Float64Array(n).fill(1)), n);
}

function ratesFor(data: Float64Array | readonly Choice[], n: number, alpha: number): (s: Float64Array) => Float64Array {
  checkAlpha(alpha);
  if (data instanceof Float64Array) {
    const w = winsWithPrior(data, n, 0);
    return (s) => pairRates(w, n, alpha, s);
  }
  winsWithPrior(new Float64Array(n * n), n, 0);
  checkChoices(data, n);
  return (s) => choiceRates(data, n, alpha, s);
}

/**
 * Iterative Luce spectral ranking: `lsr` repeated with the rates of the last estimate; its limit is maximum likelihood
 * (for alpha 0), usually in some ten solves.
 *
 * @param wins n x n wins, or choices among sets.
 * @param options alpha 0; tolerance 1e-10 on every log-strength; at most 1,000 solves.
 * @returns log-strengths (mean 0), solves, and whether the tolerance was reached.
 * @throws as `lsr`.
 *
 * Source: Maystre and Grossglauser, NeurIPS 2015, section 3; choix 0.4.1 `ilsr_pairwise`, `ilsr_top1`, `ilsr_rankings`.
 */
export function ilsr(
  wins: Float64Array | readonly Choice[],
  n: number,
  options: SpectralOptions & { tolerance?: number | undefined; maxIterations?: number | undefined } = {},
): Strengths {
  const { alpha = 0, tolerance = 1e-10, maxIterations = 1000 } = options;
  const rates = ratesFor(wins, n, alpha);
  let lambda: Float64Array = new Float64Array(n);
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const next = logStationary(rates(weightsOf(lambda)), n);
    let moved = 0;
    for (let i = 0; i < n; i++) moved = Math.max(moved, Math.abs(next[i]! - lambda[i]!));
    lambda = next;
    if (moved < tolerance) return { logStrengths: lambda, iterations: iteration, converged: true };
  }
  return { logStrengths: lambda, iterations: maxIterations, converged: false };
}

/**
 * Rank centrality: like `lsr`, but the rate from j to i is the share of their comparisons that i won, however many they were.
 *
 * @param wins n x n wins as in `zermelo`.
 * @returns n log-strengths with mean 0.
 * @throws as `lsr`.
 *
 * Source: Negahban, Oh and Shah, NeurIPS 2012; choix 0.4.1 `rank_centrality`.
 */
export function rankCentrality(wins: Float64Array, n: number, options: SpectralOptions = {}): Float64Array {
  const { alpha = 0 } = options;
  checkAlpha(alpha);
  const w = winsWithPrior(wins, n, 0);
  const rates = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const games = w[i * n + j]! + w[j * n + i]! + 2 * alpha;
      if (games > 0) rates[j * n + i] = (w[i * n + j]! + alpha) / games;
    }
  return logStationary(rates, n);
}
