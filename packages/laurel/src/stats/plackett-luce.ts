import { UsageError } from "../core/index.ts";
import type { Strengths } from "./bradley-terry.ts";
import { type Choice, checkChoices, choicesFromRankings } from "./choices.ts";
import { DisconnectedComparisonsError, strongComponents } from "./components.ts";
import { type Curvature, newtonStep } from "./newton.ts";
import { centred } from "./wins.ts";

/** Options of `topOne` and `plackettLuce`. */
export interface LuceOptions {
  /** Strength of the Gamma(alpha + 1, alpha) prior on every strength; at least 0, default 0; choix's `mm_top1` alpha. */
  alpha?: number | undefined;
  /** Largest change of a log-strength in the last step; default 1e-10. */
  tolerance?: number | undefined;
  /** Most steps; default 10,000. */
  maxIterations?: number | undefined;
}

const NEWTON_AFTER = 30;
const NEWTON_ITEMS = 1000;

/**
 * Strengths from choices among sets (top-1 data), by maximum likelihood under Luce's axiom.
 *
 * P(i is chosen from S) = s_i / Σ_(j in S) s_j. Hunter's MM iteration, finished by Newton's method.
 *
 * @param choices each with its winner and the other items on offer.
 * @param n number of items, at least 1.
 * @returns log-strengths (mean 0), steps, and whether the tolerance was reached.
 * @throws DisconnectedComparisonsError where alpha is 0 and some group is never chosen over the rest; UsageError for bad items.
 *
 * Source: Luce, Individual Choice Behavior (1959); Hunter, Annals of Statistics 32 (2004); alpha as in choix 0.4.1.
 *
 * @example
 * topOne([{ winner: 0, losers: [1] }, { winner: 1, losers: [0] }], 2).logStrengths; // [0, 0]
 */
export function topOne(choices: readonly Choice[], n: number, options: LuceOptions = {}): Strengths {
  const { alpha = 0, tolerance = 1e-10, maxIterations = 10_000 } = options;
  if (!Number.isInteger(n) || n < 1) throw new UsageError(`n must be a whole number of at least 1, not ${n}`);
  if (!(alpha >= 0 && Number.isFinite(alpha))) throw new UsageError(`alpha must be at least 0, not ${alpha}`);
  checkChoices(choices, n);
  if (alpha === 0) assertChosen(choices, n);
  const lambda = new Float64Array(n);
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const moved =
      iteration > NEWTON_AFTER && n <= NEWTON_ITEMS
        ? newtonStep(
            lambda,
            (x) => curvature(choices, n, alpha, x),
            (x) => logLikelihood(choices, alpha, x),
            alpha === 0 ? n : 0,
          )
        : mmStep(choices, n, alpha, lambda);
    if (moved < tolerance) return { logStrengths: centred(lambda), iterations: iteration, converged: true };
  }
  return { logStrengths: centred(lambda), iterations: maxIterations, converged: false };
}

/**
 * Plackett-Luce strengths from rankings: each ranking is a series of choices of the best among those left.
 *
 * @param rankings each a list of items, best first; it may leave items out (partial).
 * @param n number of items.
 * @param options `unlisted`: "absent" (default: items left out were not on offer) or "below" (they rank below all listed
 * ones, in no order: a top-k list); the rest as in `topOne`.
 * @returns log-strengths (mean 0), steps, and whether the tolerance was reached.
 * @throws as `topOne`.
 *
 * Source: Plackett, Applied Statistics 24 (1975); Hunter, Annals of Statistics 32 (2004), section 5.
 */
export function plackettLuce(
  rankings: readonly (readonly number[])[],
  n: number,
  options: LuceOptions & { unlisted?: "absent" | "below" | undefined } = {},
): Strengths {
  return topOne(choicesFromRankings(rankings, n, options.unlisted), n, options);
}

function assertChosen(choices: readonly Choice[], n: number): void {
  const beaten = Array.from({ length: n }, () => new Set<number>());
  for (const { winner, losers } of choices) for (const loser of losers) beaten[winner]!.add(loser);
  const components = strongComponents(n, (i) => [...beaten[i]!]);
  if (components.length > 1)
    throw new DisconnectedComparisonsError(components.reverse(), "add choices that join them, or give alpha");
}

function mmStep(choices: readonly Choice[], n: number, alpha: number, lambda: Float64Array): number {
  const s = lambda.map(Math.exp);
  const sum = s.reduce((a, b) => a + b, 0);
  const wins = new Float64Array(n).fill(alpha);
  const load = new Float64Array(n).fill(alpha);
  const scale = alpha > 0 ? n / sum : 1;
  for (const { winner, losers } of choices) {
    let total = s[winner]!;
    for (const loser of losers) total += s[loser]!;
    wins[winner]! += 1;
    const share = 1 / (total * scale);
    load[winner]! += share;
    for (const loser of losers) load[loser]! += share;
  }
  const next = new Float64Array(n);
  for (let i = 0; i < n; i++) next[i] = load[i]! > 0 && wins[i]! > 0 ? Math.log(wins[i]! / load[i]!) : lambda[i]!;
  const moving = centred(next);
  const before = centred(lambda);
  let moved = 0;
  for (let i = 0; i < n; i++) moved = Math.max(moved, Math.abs(moving[i]! - before[i]!));
  // With alpha the prior fixes the scale: strengths that sum to n.
  const shift = alpha > 0 ? Math.log(moving.reduce((total, x) => total + Math.exp(x), 0) / n) : 0;
  for (let i = 0; i < n; i++) lambda[i] = moving[i]! - shift;
  return moved;
}

function logLikelihood(choices: readonly Choice[], alpha: number, lambda: Float64Array): number {
  let value = 0;
  for (const x of lambda) value += alpha * (x - Math.exp(x));
  for (const { winner, losers } of choices) {
    let total = 1;
    for (const loser of losers) total += Math.exp(lambda[loser]! - lambda[winner]!);
    value -= Math.log(total);
  }
  return value;
}

function curvature(choices: readonly Choice[], n: number, alpha: number, lambda: Float64Array): Curvature {
  const gradient = new Float64Array(n);
  const information = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const s = alpha * Math.exp(lambda[i]!);
    gradient[i] = alpha - s;
    information[i * n + i] = s;
  }
  for (const { winner, losers } of choices) {
    const set = [winner, ...losers];
    const top = set.reduce((max, item) => Math.max(max, lambda[item]!), Number.NEGATIVE_INFINITY);
    const p = set.map((item) => Math.exp(lambda[item]! - top));
    const total = p.reduce((a, b) => a + b, 0);
    gradient[winner]! += 1;
    set.forEach((item, a) => {
      const pa = p[a]! / total;
      gradient[item]! -= pa;
      information[item * n + item]! += pa;
      for (let b = 0; b < set.length; b++) information[item * n + set[b]!]! -= (pa * p[b]!) / total;
    });
  }
  return { value: logLikelihood(choices, alpha, lambda), gradient, information };
}
