import { UsageError } from "../core/index.ts";

/** Games in the order in which they were played. */
export interface Games {
  /** m indices of the first and of the second player, 0 to n - 1. */
  first: Int32Array;
  second: Int32Array;
  /** m results for the first player: 1 win, 0.5 tie, 0 loss. */
  result: Float64Array;
}

/** Checks players and results. */
export function checkGames({ first, second, result }: Games, n: number): void {
  if (!Number.isInteger(n) || n < 1) throw new UsageError(`n must be a whole number of at least 1, not ${n}`);
  if (first.length !== second.length || first.length !== result.length)
    throw new UsageError(
      `first, second and result differ in length: ${first.length}, ${second.length}, ${result.length}`,
    );
  for (let g = 0; g < first.length; g++) {
    const a = first[g]!;
    const b = second[g]!;
    if (!(a >= 0 && a < n && b >= 0 && b < n && a !== b))
      throw new UsageError(`game ${g} is between ${a} and ${b}; players are 0 to ${n - 1} and differ`);
    const r = result[g]!;
    if (!(r >= 0 && r <= 1)) throw new UsageError(`the result of game ${g} is ${r}, not in [0, 1]`);
  }
}

/** The wins table of games: wins[i * n + j] = results of i against j summed. */
export function winsOfGames(games: Games, n: number): Float64Array {
  checkGames(games, n);
  const wins = new Float64Array(n * n);
  for (let g = 0; g < games.first.length; g++) addGame(wins, n, games, g);
  return wins;
}

/** Adds game g to a wins table. */
export function addGame(wins: Float64Array, n: number, { first, second, result }: Games, g: number): void {
  const a = first[g]!;
  const b = second[g]!;
  wins[a * n + b]! += result[g]!;
  wins[b * n + a]! += 1 - result[g]!;
}
