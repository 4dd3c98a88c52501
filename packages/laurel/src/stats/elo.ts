import { NotEnoughDataError, random, type Seed, split, UsageError } from "../core/index.ts";
import { checkGames, type Games } from "./games.ts";
import { quantileOfSorted } from "./sample.ts";

/** Options of Elo ratings. */
export interface EloOptions {
  /** Points that move at most in a game; default 32. */
  k?: number | undefined;
  /** Rating before the first game; default 1,000. */
  initial?: number | undefined;
  /** Points of difference at which the odds are 10 to 1; default 400. */
  scale?: number | undefined;
  /** Ratings before the first game, one a player; default `initial` for all. */
  start?: ArrayLike<number> | undefined;
  /** Players whose rating stands, such as anchors from another board; default none. */
  fixed?: readonly boolean[] | undefined;
}

/**
 * Elo ratings after a series of games.
 *
 * E = 1 / (1 + 10^((R_second - R_first) / scale)); R_first += k (result - E), R_second -= k (result - E).
 * They depend on the order of the games: see `eloOrderSensitivity`; for games without an order in time use `zermelo`.
 *
 * @param games in order.
 * @param n number of players, at least 1.
 * @param options k 32; initial 1,000; scale 400; start and fixed ratings.
 * @returns n ratings, whose sum no game changes where none is fixed.
 * @throws UsageError for players outside 0 to n - 1, a player against itself, or results outside [0, 1].
 *
 * Source: Elo, The Rating of Chessplayers (1978).
 *
 * @example
 * elo({ first: Int32Array.of(0), second: Int32Array.of(1), result: Float64Array.of(1) }, 2); // [1016, 984]
 */
export function elo(games: Games, n: number, options: EloOptions = {}): Float64Array {
  checkGames(games, n);
  const order = Int32Array.from(games.first, (_, i) => i);
  return play(games, order, settings(options, n));
}

/** How far Elo ratings depend on the order of the games. */
export interface EloSensitivity {
  /** n means, standard deviations and the 2.5 % and 97.5 % points of the ratings over shuffled orders. */
  mean: Float64Array;
  sd: Float64Array;
  low: Float64Array;
  high: Float64Array;
  /** Share of shuffled orders whose ranking is not that of the mean ratings. */
  rankChanged: number;
  shuffles: number;
}

/**
 * The spread of Elo ratings when the same games come in another order. It is no sampling error: the games are the same.
 *
 * @param games, n, options as `elo`; options.seed; shuffles 200 (at least 2).
 * @returns mean, standard deviation and central 95 % of each player's rating, and how often the ranking changes.
 * @throws as `elo`; NotEnoughDataError for fewer than 2 games.
 *
 * Source: Boubdir et al., Elo Uncovered (2023), for the measure.
 */
export function eloOrderSensitivity(
  games: Games,
  n: number,
  options: EloOptions & { seed: Seed; shuffles?: number | undefined },
): EloSensitivity {
  checkGames(games, n);
  const { seed, shuffles = 200 } = options;
  if (!(Number.isInteger(shuffles) && shuffles >= 2))
    throw new UsageError(`shuffles must be a whole number of at least 2, not ${shuffles}`);
  const m = games.first.length;
  if (m < 2) throw new NotEnoughDataError("order matters only from 2 games on", 2);
  const own = settings(options, n);
  const stream = random(split(seed, "elo"));
  const order = Int32Array.from({ length: m }, (_, i) => i);
  const all = Array.from({ length: n }, () => new Float64Array(shuffles));
  for (let s = 0; s < shuffles; s++) {
    for (let i = m - 1; i > 0; i--) {
      const j = stream.below(i + 1);
      const other = order[j]!;
      order[j] = order[i]!;
      order[i] = other;
    }
    play(games, order, own).forEach((rating, player) => {
      all[player]![s] = rating;
    });
  }
  const mean = Float64Array.from(all, (ratings) => ratings.reduce((a, b) => a + b, 0) / shuffles);
  const sd = Float64Array.from(all, (ratings, player) =>
    Math.sqrt(ratings.reduce((sum, x) => sum + (x - mean[player]!) ** 2, 0) / (shuffles - 1)),
  );
  const ranking = byRating((player) => mean[player]!, n);
  let changed = 0;
  for (let s = 0; s < shuffles; s++)
    if (byRating((player) => all[player]![s]!, n).some((player, place) => player !== ranking[place])) changed++;
  const sorted = all.map((ratings) => ratings.sort());
  return {
    mean,
    sd,
    low: Float64Array.from(sorted, (ratings) => quantileOfSorted(ratings, 0.025)),
    high: Float64Array.from(sorted, (ratings) => quantileOfSorted(ratings, 0.975)),
    rankChanged: changed / shuffles,
    shuffles,
  };
}

function byRating(rating: (player: number) => number, n: number): number[] {
  return [...Array(n).keys()].sort((a, b) => rating(b) - rating(a) || a - b);
}

interface Play {
  k: number;
  scale: number;
  start: Float64Array;
  fixed: readonly boolean[];
}

function settings(options: EloOptions, n: number): Play {
  const { k = 32, initial = 1000, scale = 400, fixed = [] } = options;
  if (!(k > 0 && scale > 0 && Number.isFinite(k + scale + initial)))
    throw new UsageError(`k and scale must be above 0 and initial finite, not ${k}, ${scale}, ${initial}`);
  const start = Float64Array.from(options.start ?? { length: n }, (one) =>
    options.start === undefined ? initial : one,
  );
  if (start.length !== n || !start.every(Number.isFinite))
    throw new UsageError(`start must hold ${n} ratings that are finite`);
  if (fixed.length !== 0 && fixed.length !== n) throw new UsageError(`fixed must say of ${n} players which stand`);
  return { k, scale, start, fixed };
}

function play(games: Games, order: Int32Array, o: Play): Float64Array {
  const { first, second, result } = games;
  const ratings = Float64Array.from(o.start);
  const rate = Math.LN10 / o.scale;
  for (const g of order) {
    const a = first[g]!;
    const b = second[g]!;
    const gain = o.k * (result[g]! - 1 / (1 + Math.exp(rate * (ratings[b]! - ratings[a]!))));
    if (o.fixed[a] !== true) ratings[a]! += gain;
    if (o.fixed[b] !== true) ratings[b]! -= gain;
  }
  return ratings;
}
