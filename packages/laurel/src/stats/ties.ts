import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { zermelo } from "./bradley-terry.ts";
import { type Curvature, newtonStep, softplus } from "./newton.ts";
import { assertConnected, centred, winsWithPrior } from "./wins.ts";

/** Options of `bradleyTerryTies`. */
export interface TiesOptions {
  model?: "davidson" | "rao-kupper" | undefined;
  /** Wins added to both sides of every compared pair; default 0. */
  prior?: number | undefined;
  tolerance?: number | undefined;
  maxIterations?: number | undefined;
}

/** Strengths with a fitted chance of ties. */
export interface TiedStrengths {
  /** n log-strengths with mean 0. */
  logStrengths: Float64Array;
  /** Davidson's nu (0 or more; 0 = no ties) or Rao and Kupper's theta (1 or more; 1 = no ties). */
  tie: number;
  logLikelihood: number;
  iterations: number;
  converged: boolean;
}

/**
 * Bradley-Terry with ties as a third outcome, by maximum likelihood (Newton's method on a concave function).
 *
 * With d = λ_i - λ_j, Davidson: P(i wins) : P(j wins) : P(tie) = e^(d/2) : e^(-d/2) : nu.
 * Rao-Kupper: P(i wins) = σ(d - log theta), P(j wins) = σ(-d - log theta), the rest is a tie.
 *
 * @param wins n x n row-major, wins only; ties are not in it.
 * @param ties n x n row-major and symmetric: ties[i * n + j] = number of ties between i and j.
 * @param n number of items, at least 1.
 * @param options model "davidson" (default) or "rao-kupper"; prior 0; tolerance 1e-10 on every parameter; 500 iterations.
 * @returns log-strengths (mean 0), the tie parameter, log-likelihood. Without a tie the parameter is its limit and the
 * strengths are `zermelo`'s.
 * @throws NotEnoughDataError where every comparison is a tie (the parameter is infinite); DisconnectedComparisonsError;
 * UsageError where `ties` is not symmetric.
 *
 * Source: Davidson, JASA 65 (1970); Rao and Kupper, JASA 62 (1967).
 *
 * @example
 * bradleyTerryTies(Float64Array.of(0, 4, 2, 0), Float64Array.of(0, 3, 3, 0), 2).tie; // 3 / sqrt(8)
 */
export function bradleyTerryTies(
  wins: Float64Array,
  ties: Float64Array,
  n: number,
  options: TiesOptions = {},
): TiedStrengths {
  const { model = "davidson", prior = 0, tolerance = 1e-10, maxIterations = 500 } = options;
  const t = winsWithPrior(ties, n, 0);
  const w = winsWithPrior(wins, n, 0);
  let tied = 0;
  let won = 0;
  const either = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const ij = i * n + j;
      if (t[ij] !== t[j * n + i]) throw new UsageError(`ties[${i}, ${j}] differs from ties[${j}, ${i}]`);
      if (i !== j && w[ij]! + w[j * n + i]! + t[ij]! > 0) w[ij]! += prior;
      tied += t[ij]! / 2;
      either[ij] = w[ij]! + t[ij]!;
    }
  for (const x of w) won += x;
  if (won === 0 && n > 1)
    throw new NotEnoughDataError(tied > 0 ? "every comparison is a tie" : "there are no comparisons");
  if (tied === 0) {
    const fit = zermelo(w, n, { tolerance });
    return { ...fit, tie: model === "davidson" ? 0 : 1, logLikelihood: plainLogLikelihood(w, n, fit.logStrengths) };
  }
  assertConnected(either, n);
  const fitted = model === "davidson" ? davidson(w, t, n) : raoKupper(w, t, n);
  const x = new Float64Array(n + 1);
  // The tie rate between equals: Davidson nu / (2 + nu), Rao-Kupper (theta - 1) / (theta + 1).
  x[n] = model === "davidson" ? Math.log((2 * tied) / won) : Math.log1p((2 * tied) / won);
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const moved = newtonStep(x, fitted.at, (y) => fitted.at(y).value, n);
    if (moved < tolerance || iteration === maxIterations)
      return {
        logStrengths: centred(x.slice(0, n)),
        tie: Math.exp(x[n]!),
        logLikelihood: fitted.at(x).value,
        iterations: iteration,
        converged: moved < tolerance,
      };
  }
  throw new UsageError(`maxIterations must be at least 1, not ${maxIterations}`);
}

interface Model {
  at(x: Float64Array): Curvature;
}

function plainLogLikelihood(w: Float64Array, n: number, lambda: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) if (w[i * n + j]! > 0) sum -= w[i * n + j]! * softplus(lambda[j]! - lambda[i]!);
  return sum;
}

/** Adds one pair's derivatives in (d, e): d = λ_i - λ_j, e = the tie parameter's logarithm (coordinate n). */
function addPair(
  into: Curvature,
  n: number,
  i: number,
  j: number,
  g: readonly [d: number, e: number],
  h: readonly [dd: number, de: number, ee: number],
): void {
  const m = n + 1;
  const { gradient, information: f } = into;
  gradient[i]! += g[0];
  gradient[j]! -= g[0];
  gradient[n]! += g[1];
  f[i * m + i]! += h[0];
  f[j * m + j]! += h[0];
  f[i * m + j]! -= h[0];
  f[j * m + i]! -= h[0];
  f[i * m + n]! += h[1];
  f[n * m + i]! += h[1];
  f[j * m + n]! -= h[1];
  f[n * m + j]! -= h[1];
  f[n * m + n]! += h[2];
}

function pairwise(
  w: Float64Array,
  t: Float64Array,
  n: number,
  pair: (into: Curvature, i: number, j: number, won: number, lost: number, tied: number, x: Float64Array) => void,
): Model {
  return {
    at(x) {
      const into = { value: 0, gradient: new Float64Array(n + 1), information: new Float64Array((n + 1) * (n + 1)) };
      for (let i = 0; i < n; i++)
        for (let j = 0; j < i; j++) {
          const won = w[i * n + j]!;
          const lost = w[j * n + i]!;
          const tied = t[i * n + j]!;
          if (won + lost + tied > 0) pair(into, i, j, won, lost, tied, x);
        }
      return into;
    },
  };
}

function davidson(w: Float64Array, t: Float64Array, n: number): Model {
  return pairwise(w, t, n, (into, i, j, won, lost, tied, x) => {
    const d = x[i]! - x[j]!;
    const e = x[n]!;
    const top = Math.max(Math.abs(d) / 2, e);
    const a = Math.exp(d / 2 - top);
    const b = Math.exp(-d / 2 - top);
    const c = Math.exp(e - top);
    const total = a + b + c;
    const games = won + lost + tied;
    into.value += ((won - lost) * d) / 2 + tied * e - games * (top + Math.log(total));
    const half = (a - b) / total / 2;
    const pt = c / total;
    addPair(
      into,
      n,
      i,
      j,
      [(won - lost) / 2 - games * half, tied - games * pt],
      [games * ((1 - pt) / 4 - half * half), -games * half * pt, games * pt * (1 - pt)],
    );
  });
}

function raoKupper(w: Float64Array, t: Float64Array, n: number): Model {
  // log P(tie) = log(theta² - 1) + log σ(d - e) + log σ(-d - e), so a tie is a win and a loss and log(theta² - 1).
  return pairwise(w, t, n, (into, i, j, won, lost, tied, x) => {
    const d = x[i]! - x[j]!;
    const e = x[n]!;
    if (!(e > 0)) {
      into.value = Number.NEGATIVE_INFINITY;
      return;
    }
    const up = won + tied;
    const down = lost + tied;
    const p = 1 / (1 + Math.exp(e - d));
    const q = 1 / (1 + Math.exp(e + d));
    into.value -= up * softplus(e - d) + down * softplus(e + d);
    if (tied > 0) into.value += tied * Math.log(Math.expm1(2 * e));
    const grow = 2 / -Math.expm1(-2 * e);
    const bend = (4 * Math.exp(-2 * e)) / Math.expm1(-2 * e) ** 2;
    const vp = up * p * (1 - p);
    const vq = down * q * (1 - q);
    addPair(
      into,
      n,
      i,
      j,
      [up * (1 - p) - down * (1 - q), tied * grow - up * (1 - p) - down * (1 - q)],
      [vp + vq, vq - vp, vp + vq + tied * bend],
    );
  });
}
