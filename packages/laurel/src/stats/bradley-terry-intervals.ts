import { type Estimate, NotEnoughDataError, random, type Seed, split, UsageError } from "../core/index.ts";
import { type ZermeloOptions, zermelo } from "./bradley-terry.ts";
import { cholesky, choleskyInverse } from "./cholesky.ts";
import { DisconnectedComparisonsError } from "./components.ts";
import { normalQuantile } from "./distributions.ts";
import { addGame, checkGames, type Games, winsOfGames } from "./games.ts";
import { alphaOf, quantileOfSorted } from "./sample.ts";
import { winsWithPrior } from "./wins.ts";

/** Options of `bradleyTerryIntervals`. */
export interface IntervalOptions extends ZermeloOptions {
  /** "fisher" (default) trusts the model; "sandwich" stays right on average where strengths do not explain every pair. */
  covariance?: "fisher" | "sandwich" | undefined;
  /** Confidence level; default 0.95. */
  level?: number | undefined;
}

/** Strengths with intervals. */
export interface StrengthEstimates {
  /** n log-strengths (mean 0), each with its interval; `n` counts the item's comparisons. */
  strengths: Estimate[];
  /** Covariance of the log-strengths, n x n row-major; its rows sum to 0. A difference i - j has variance c_ii + c_jj - 2 c_ij. */
  covariance: Float64Array;
}

/**
 * Bradley-Terry strengths with large-sample intervals.
 *
 * Fisher: C = L⁺, L the Laplacian with weights n_ij p_ij (1 - p_ij). Sandwich: L⁺ M L⁺, M the Laplacian with weights
 * w_ij (1 - p_ij)² + w_ji p_ij². Interval λ_i ± z √C_ii, about the mean of all items.
 *
 * @param wins n x n as in `zermelo`. Half wins of ties are taken as they are, which makes the intervals a little wide.
 * @param options as `zermelo`; covariance "fisher"; level 0.95. `prior` wins count as data in the covariance; alpha is refused.
 * @returns estimates and the covariance, from which any difference's interval follows.
 * @throws as `zermelo`; UsageError for alpha above 0 (use `bradleyTerryBootstrap`).
 *
 * Source: Bradley, Biometrika 42 (1955); White, Econometrica 50 (1982).
 */
export function bradleyTerryIntervals(wins: Float64Array, n: number, options: IntervalOptions = {}): StrengthEstimates {
  const { covariance: kind = "fisher", level = 0.95, prior = 0, alpha = 0 } = options;
  if (alpha > 0) throw new UsageError("alpha shrinks the strengths, for which these intervals do not hold");
  const w = winsWithPrior(wins, n, prior);
  const { logStrengths } = zermelo(wins, n, options);
  const bread = new Float64Array(n * n);
  const meat = new Float64Array(n * n);
  const games = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const won = w[i * n + j]!;
      const lost = w[j * n + i]!;
      const p = 1 / (1 + Math.exp(logStrengths[j]! - logStrengths[i]!));
      addEdge(bread, n, i, j, (won + lost) * p * (1 - p));
      addEdge(meat, n, i, j, won * (1 - p) ** 2 + lost * p ** 2);
      games[i]! += wins[i * n + j]! + wins[j * n + i]!;
      games[j]! += wins[i * n + j]! + wins[j * n + i]!;
    }
  const inverse = pseudoInverse(bread, n);
  const covariance = kind === "fisher" ? inverse : product(product(inverse, meat, n), inverse, n);
  const z = normalQuantile(1 - alphaOf(level) / 2);
  const strengths = Array.from(logStrengths, (value, i): Estimate => {
    const half = z * Math.sqrt(Math.max(0, covariance[i * n + i]!));
    return {
      value,
      low: value - half,
      high: value + half,
      level,
      n: games[i]!,
      unscored: 0,
      method: `Bradley-Terry, ${kind === "fisher" ? "Fisher information" : "sandwich"}, normal interval`,
    };
  });
  return { strengths, covariance };
}

/**
 * The advantage λ_i - λ_j of one item over another with its interval, from the covariance of `bradleyTerryIntervals`.
 *
 * @throws UsageError for items outside the table.
 */
export function strengthDifference(fit: StrengthEstimates, i: number, j: number): Estimate {
  const n = fit.strengths.length;
  const a = fit.strengths[i];
  const b = fit.strengths[j];
  if (a === undefined || b === undefined) throw new UsageError(`items are 0 to ${n - 1}, not ${i} and ${j}`);
  const c = fit.covariance;
  const variance = i === j ? 0 : c[i * n + i]! + c[j * n + j]! - 2 * c[i * n + j]!;
  const half = normalQuantile(1 - alphaOf(a.level) / 2) * Math.sqrt(Math.max(0, variance));
  const value = a.value - b.value;
  return { ...a, value, low: value - half, high: value + half, n: a.n + b.n };
}

/**
 * Bradley-Terry strengths with percentile bootstrap intervals over the comparisons.
 *
 * @param games the comparisons; result 1, 0.5 (half a win to each) or 0 for the first.
 * @param n number of items.
 * @param options as `zermelo`; seed; reps 1,000; level 0.95; clusters: a label for each game (its prompt), whole
 * clusters are then resampled.
 * @returns n estimates of the log-strengths (mean 0); `n` is the number of games.
 * @throws as `zermelo`; NotEnoughDataError where a resample leaves some strength without a finite estimate: give a prior.
 *
 * Source: Efron and Tibshirani (1993), chapters 8 and 13.
 */
export function bradleyTerryBootstrap(
  games: Games,
  n: number,
  options: ZermeloOptions & {
    seed: Seed;
    reps?: number | undefined;
    level?: number | undefined;
    clusters?: readonly (string | number)[] | undefined;
  },
): Estimate[] {
  checkGames(games, n);
  const { seed, reps = 1000, level = 0.95, clusters } = options;
  if (!(Number.isInteger(reps) && reps >= 2))
    throw new UsageError(`reps must be a whole number of at least 2, not ${reps}`);
  const m = games.first.length;
  if (clusters !== undefined && clusters.length !== m)
    throw new UsageError(`${clusters.length} clusters for ${m} games`);
  const value = zermelo(winsOfGames(games, n), n, options).logStrengths;
  const groups = clusters === undefined ? undefined : groupsOfGames(clusters);
  const size = groups?.length ?? m;
  if (size < 2) throw new NotEnoughDataError("a bootstrap needs at least 2 games or clusters", 2);
  const stream = random(split(seed, "bradley-terry"));
  const replicates = Array.from({ length: n }, () => new Float64Array(reps));
  const wins = new Float64Array(n * n);
  for (let r = 0; r < reps; r++) {
    wins.fill(0);
    for (let draw = 0; draw < size; draw++) {
      const at = stream.below(size);
      if (groups === undefined) addGame(wins, n, games, at);
      else for (const g of groups[at]!) addGame(wins, n, games, g);
    }
    try {
      zermelo(wins, n, options).logStrengths.forEach((x, i) => {
        replicates[i]![r] = x;
      });
    } catch (error) {
      if (error instanceof DisconnectedComparisonsError)
        throw new NotEnoughDataError(`resample ${r} of ${reps} has no finite estimate (${error.message})`);
      throw error;
    }
  }
  const alpha = alphaOf(level);
  return replicates.map((column, i) => {
    column.sort();
    return {
      value: value[i]!,
      low: quantileOfSorted(column, alpha / 2),
      high: quantileOfSorted(column, 1 - alpha / 2),
      level,
      n: m,
      ...(groups === undefined ? {} : { clusters: groups.length }),
      unscored: 0,
      method: `Bradley-Terry, percentile bootstrap over ${groups === undefined ? "games" : "clusters"} (${reps} resamples)`,
    };
  });
}

function groupsOfGames(clusters: readonly (string | number)[]): number[][] {
  const groups = new Map<string | number, number[]>();
  clusters.forEach((label, g) => {
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [g]);
    else group.push(g);
  });
  return [...groups.values()];
}

function addEdge(l: Float64Array, n: number, i: number, j: number, weight: number): void {
  l[i * n + i]! += weight;
  l[j * n + j]! += weight;
  l[i * n + j]! -= weight;
  l[j * n + i]! -= weight;
}

/** L⁺ of a connected graph's Laplacian: (L + t 11ᵀ)⁻¹ - 11ᵀ / (t n²). */
function pseudoInverse(l: Float64Array, n: number): Float64Array {
  if (n === 1) return new Float64Array(1);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += l[i * n + i]!;
  const lift = trace / (n * n);
  const factor = cholesky(
    l.map((x) => x + lift),
    n,
  );
  if (factor === undefined)
    throw new NotEnoughDataError("the strengths lie too far apart for an interval by Fisher information; give a prior");
  const shift = 1 / (lift * n * n);
  return choleskyInverse(factor, n).map((x) => x - shift);
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const x = a[i * n + k]!;
      for (let j = 0; j < n; j++) c[i * n + j]! += x * b[k * n + j]!;
    }
  return c;
}
