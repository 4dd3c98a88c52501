import { type Seed, split, UsageError } from "../../core/index.ts";
import { eloOrderSensitivity, type Games } from "../../stats/index.ts";
import type { WbScored } from "./score.ts";
import type { WbTable } from "./table.ts";

/** Options of `wbElo`. */
export interface WbEloOptions {
  /** A model wins where its score leads by at least so much; default 2. */
  margin?: number | undefined;
  /** Models tie where scores differ by at most so much; default 1. Games between the two are left out. */
  tie?: number | undefined;
  /** Points that move at most in a game; default 4. */
  k?: number | undefined;
  /** Orders of the votes, default 200. */
  rounds?: number | undefined;
  seed: Seed;
  /** Ratings that stand fixed, such as Chatbot Arena's; the other models start at 1,000. */
  anchors?: Readonly<Record<string, number>> | undefined;
}

/**
 * WB-Elo: ratings from virtual games, two models' scores on one task being a game.
 *
 * Each pair of models plays a task once. The interval is the central 95 % over shuffled orders of the same games: it is no sampling error.
 * Skipped answers play no games. The released script moves a vote's ratings with the order of the votes, as this does; its options that pull
 * anchored models back half-way (`dynamic`) are not here.
 *
 * @throws UsageError where tie is not below margin; NotEnoughDataError for fewer than 2 games
 * @source WildBench (2024), leaderboard/wb_elo.py
 * @example wbElo(scores, { seed }).rows[0]
 */
export function wbElo(scores: readonly WbScored[], options: WbEloOptions): WbTable {
  const { margin = 2, tie = 1, k = 4, rounds = 200, seed, anchors = {} } = options;
  if (!(tie >= 0 && margin > tie))
    throw new UsageError(`tie must be at least 0 and below margin, not ${tie} and ${margin}`);
  const models = [...new Set(scores.map(({ model }) => model))];
  const places = new Map(models.map((model, i) => [model, i]));
  const first: number[] = [];
  const second: number[] = [];
  const result: number[] = [];
  for (const own of Map.groupBy(scores, ({ id }) => id).values())
    for (const [i, a] of own.entries())
      for (const b of own.slice(i + 1)) {
        if (a.score === null || b.score === null || a.skipped === true || b.skipped === true) continue;
        const lead = a.score - b.score;
        if (Math.abs(lead) < margin && Math.abs(lead) > tie) continue;
        first.push(places.get(a.model)!);
        second.push(places.get(b.model)!);
        result.push(lead >= margin ? 1 : lead <= -margin ? 0 : 0.5);
      }
  const games: Games = {
    first: Int32Array.from(first),
    second: Int32Array.from(second),
    result: Float64Array.from(result),
  };
  const fixed = models.map((model) => Object.hasOwn(anchors, model));
  const start = models.map((model, i) => (fixed[i] ? anchors[model]! : 1000));
  const found = eloOrderSensitivity(games, models.length, {
    k,
    start,
    fixed,
    shuffles: rounds,
    seed: split(seed, "wb-elo"),
  });
  const rows = models.map((model, i) => ({
    model,
    value: {
      value: found.mean[i]!,
      low: found.low[i]!,
      high: found.high[i]!,
      level: 0.95,
      n: games.first.length,
      unscored: 0,
      method: `WB-Elo, mean and central 95 % over ${rounds} orders of the votes`,
    },
  }));
  return { figure: "WB-Elo", rows: rows.sort((a, b) => b.value.value - a.value.value) };
}
