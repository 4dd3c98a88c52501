import { type Estimate, NotEnoughDataError, type Seed, UsageError } from "../../core/index.ts";
import {
  borda,
  bradleyTerryBootstrap,
  bradleyTerryIntervals,
  bradleyTerryTies,
  copeland,
  eloOrderSensitivity,
  type Games,
  lsr,
  meanRank,
  plackettLuce,
  rankCentrality,
  winsOfGames,
} from "../../stats/index.ts";
import { bootstrapValues, percentileEstimate } from "../../stats/percentile.ts";
import type { Columns } from "./columns.ts";
import type { Line, Method, Settings } from "./method.ts";

export const gameSettings = {
  first: "column of one system (default: first)",
  second: "column of the other (default: second)",
  result: "1, 0.5 or 0 for the first, or first, second, tie, or the winner's name (default: result)",
  winner: "or: column of the winner (default: winner) beside loser",
  loser: "column of the loser (default: loser)",
  matrix: "or: column of the systems' names in a win matrix, whose other columns are the systems (default: system)",
};

interface Played {
  games: Games;
  names: string[];
}

/** Games from rows of comparisons, of winners and losers, or from a win matrix. */
export function gamesFrom(columns: Columns, settings: Settings): Played {
  const names: string[] = [];
  const places = new Map<string, number>();
  const place = (name: string): number => {
    let at = places.get(name);
    if (at === undefined) {
      places.set(name, (at = names.length));
      names.push(name);
    }
    return at;
  };
  const first: number[] = [];
  const second: number[] = [];
  const result: number[] = [];
  const play = (a: string, b: string, value: number): void => {
    first.push(place(a));
    second.push(place(b));
    result.push(value);
  };
  const [firstName, secondName, resultName] = ["first", "second", "result"].map((n) => settings.text(n, n)) as [
    string,
    string,
    string,
  ];
  const [winner, loser, system] = [
    settings.text("winner", "winner"),
    settings.text("loser", "loser"),
    settings.text("matrix", "system"),
  ];
  if (columns.has(firstName) && columns.has(secondName) && columns.has(resultName)) {
    const a = columns.texts(firstName);
    const b = columns.texts(secondName);
    const r = columns.cells(resultName);
    for (const [i, one] of a.entries()) play(one, b[i]!, resultOf(r[i]!, one, b[i]!, i));
  } else if (columns.has(winner) && columns.has(loser)) {
    const b = columns.texts(loser);
    for (const [i, one] of columns.texts(winner).entries()) play(one, b[i]!, 1);
  } else if (columns.has(system)) matrixGames(columns, system, play);
  else
    throw new UsageError(
      `${columns.file} has no comparisons`,
      `columns first, second, result; or winner, loser; or a win matrix with the column system. It has ${columns.names.slice(0, 20).join(", ")}`,
    );
  const games = { first: Int32Array.from(first), second: Int32Array.from(second), result: Float64Array.from(result) };
  return { games, names };
}

function resultOf(cell: string | number | boolean | null, first: string, second: string, row: number): number {
  const text = String(cell).trim();
  if (text === "first" || text === first) return 1;
  if (text === "second" || text === second) return 0;
  if (/^(tie|draw|both|equal)/i.test(text)) return 0.5;
  const number = text === "" ? Number.NaN : Number(text);
  if (number >= 0 && number <= 1) return number;
  throw new UsageError(
    `row ${row + 1}: the result '${text}' is not 1, 0.5, 0, first, second, tie, '${first}' or '${second}'`,
  );
}

function matrixGames(columns: Columns, system: string, play: (a: string, b: string, value: number) => void): void {
  const names = columns.texts(system);
  const wins = names.map((name) => columns.numbers(name, "null"));
  for (const [i, a] of names.entries())
    for (const [k, b] of names.entries()) {
      if (i >= k) continue;
      const [won, lost] = [wins[k]![i] ?? 0, wins[i]![k] ?? 0];
      if (won % 1 !== lost % 1 || (won % 1 !== 0 && won % 1 !== 0.5))
        throw new UsageError(`the wins of ${a} and ${b} are ${won} and ${lost}; a tie is half a win to each`);
      for (let w = 0; w < Math.floor(won); w++) play(a, b, 1);
      for (let w = 0; w < Math.floor(lost); w++) play(a, b, 0);
      if (won % 1 === 0.5) play(a, b, 0.5);
    }
}

export function sorted(names: readonly string[], estimates: readonly Estimate[]): Line[] {
  return estimates
    .map((estimate, i) => ({ name: names[i]!, estimate }))
    .sort((a, b) => b.estimate.value - a.estimate.value);
}

/** Estimates of a vector statistic by resampling m units; a draw that leaves systems unconnected is left out and counted. */
export function resampled(
  m: number,
  statistic: (drawn: Int32Array) => Float64Array,
  options: { seed: Seed; level: number; method: string },
): Estimate[] {
  if (m < 2) throw new NotEnoughDataError("an interval needs at least 2 comparisons or tasks", 2);
  const value = statistic(Int32Array.from({ length: m }, (_, i) => i));
  const draws: (Float64Array | undefined)[] = [];
  bootstrapValues(
    m,
    (drawn) => {
      try {
        draws.push(statistic(drawn));
      } catch (thrown) {
        if (!(thrown instanceof NotEnoughDataError)) throw thrown;
        draws.push(undefined);
      }
      return undefined;
    },
    { seed: options.seed, reps: 500 },
  );
  const kept = draws.filter((one) => one !== undefined);
  return Array.from(value, (one, i) =>
    percentileEstimate(
      one,
      { values: Float64Array.from(kept, (draw) => draw[i]!).sort(), undetermined: draws.length - kept.length },
      { n: m, method: options.method, level: options.level },
    ),
  );
}

export function drawnGames({ first, second, result }: Games, drawn: Int32Array): Games {
  return {
    first: Int32Array.from(drawn, (g) => first[g]!),
    second: Int32Array.from(drawn, (g) => second[g]!),
    result: Float64Array.from(drawn, (g) => result[g]!),
  };
}

function ofWins(
  about: string,
  method: string,
  score: (wins: Float64Array, n: number, alpha: number) => Float64Array,
  alpha: boolean,
): Method {
  return {
    about,
    group: "ranking",
    settings: alpha
      ? { ...gameSettings, alpha: "added to every rate, which joins unconnected systems (default: 0)" }
      : gameSettings,
    run(columns, settings) {
      const { games, names } = gamesFrom(columns, settings);
      const add = alpha ? settings.number("alpha", 0) : 0;
      const at = (drawn: Int32Array): Float64Array =>
        score(winsOfGames(drawnGames(games, drawn), names.length), names.length, add);
      const { seed, level } = settings;
      return { lines: sorted(names, resampled(games.first.length, at, { seed, level, method })) };
    },
  };
}

const bradleyTerry: Method = {
  about: "Bradley-Terry log-strengths (mean 0); ties half",
  group: "ranking",
  settings: {
    ...gameSettings,
    interval: "fisher (default), sandwich or bootstrap",
    prior: "wins added to both sides of each pair (default: 0)",
    cluster: "column of the prompt, for the bootstrap (default: cluster, if there is one)",
  },
  run(columns, settings) {
    const { games, names } = gamesFrom(columns, settings);
    const interval = settings.choice("interval", ["fisher", "sandwich", "bootstrap"], "fisher");
    const prior = settings.number("prior", 0);
    const { level, seed } = settings;
    const n = names.length;
    if (interval === "bootstrap")
      return {
        lines: sorted(
          names,
          bradleyTerryBootstrap(games, n, { seed, level, prior, clusters: settings.clusters(columns) }),
        ),
      };
    return {
      lines: sorted(
        names,
        bradleyTerryIntervals(winsOfGames(games, n), n, { covariance: interval, level, prior }).strengths,
      ),
    };
  },
};

const davidson: Method = {
  about: "Bradley-Terry with ties as a third outcome (Davidson, or Rao and Kupper), bootstrap intervals",
  group: "ranking",
  settings: { ...gameSettings, model: "davidson (default) or rao-kupper" },
  run(columns, settings) {
    const { games, names } = gamesFrom(columns, settings);
    const model = settings.choice("model", ["davidson", "rao-kupper"], "davidson");
    const n = names.length;
    const at = (drawn: Int32Array): Float64Array => {
      const wins = new Float64Array(n * n);
      const ties = new Float64Array(n * n);
      for (const g of drawn) {
        const [a, b, r] = [games.first[g]!, games.second[g]!, games.result[g]!];
        if (r === 0.5) {
          ties[a * n + b]! += 1;
          ties[b * n + a]! += 1;
        } else if (r > 0.5) wins[a * n + b]! += 1;
        else wins[b * n + a]! += 1;
      }
      const fit = bradleyTerryTies(wins, ties, n, { model });
      return Float64Array.of(...fit.logStrengths, fit.tie);
    };
    const { seed, level } = settings;
    const estimates = resampled(games.first.length, at, { seed, level, method: `${model} log-strength` });
    const tie = estimates.pop()!;
    return { lines: [...sorted(names, estimates), { name: "tie parameter", estimate: { ...tie, method: model } }] };
  },
};

const luce: Method = {
  about: "Plackett-Luce log-strengths of whole or partial rankings, bootstrap intervals",
  group: "ranking",
  settings: {
    ranking: "column of rankings, best first, such as a>b>c (default: ranking)",
    unlisted: "absent (default: not on offer) or below (worse than those listed)",
    alpha: "prior, which joins unconnected systems (default: 0)",
  },
  run(columns, settings) {
    const names: string[] = [];
    const rankings = columns.texts(settings.text("ranking", "ranking")).map((text) =>
      text.split(">").map((part) => {
        const name = part.trim();
        if (!names.includes(name)) names.push(name);
        return names.indexOf(name);
      }),
    );
    const unlisted = settings.choice("unlisted", ["absent", "below"], "absent");
    const alpha = settings.number("alpha", 0);
    const at = (drawn: Int32Array): Float64Array =>
      plackettLuce(
        Array.from(drawn, (i) => rankings[i]!),
        names.length,
        { unlisted, alpha },
      ).logStrengths;
    const { seed, level } = settings;
    return { lines: sorted(names, resampled(rankings.length, at, { seed, level, method: "Plackett-Luce" })) };
  },
};

const elo: Method = {
  about: "Elo ratings, with their spread over orders of the same games (no sampling error)",
  group: "ranking",
  settings: { ...gameSettings, k: "default: 32", initial: "default: 1000", scale: "default: 400" },
  run(columns, settings) {
    const { games, names } = gamesFrom(columns, settings);
    const options = {
      k: settings.number("k", 32),
      initial: settings.number("initial", 1000),
      scale: settings.number("scale", 400),
    };
    const spread = eloOrderSensitivity(games, names.length, { ...options, seed: settings.seed, shuffles: 200 });
    const estimates = Array.from(
      spread.mean,
      (value, i): Estimate => ({
        value,
        low: spread.low[i]!,
        high: spread.high[i]!,
        level: 0.95,
        n: games.first.length,
        unscored: 0,
        method: "mean over 200 orders of the games, central 95 % of them",
      }),
    );
    const note = `the ranking changes in ${Math.round(spread.rankChanged * 100)} % of the orders; bradley-terry does not depend on it`;
    return { lines: sorted(names, estimates), notes: [note] };
  },
};

const tableSettings = {
  systems: "columns of the systems, joined by + (default: all but task and id); a row is a task",
  missing: "error (default) or skip",
};

function ofTasks(about: string, method: string, rank: typeof borda): Method {
  return {
    about,
    group: "ranking",
    settings: tableSettings,
    run(columns, settings) {
      const names = settings.list("systems") ?? columns.names.filter((name) => name !== "task" && name !== "id");
      const scores = names.map((name) => columns.numbers(name, "null"));
      const missing = settings.choice("missing", ["error", "skip"], "error");
      const at = (drawn: Int32Array): Float64Array => {
        const table = new Float64Array(names.length * drawn.length);
        for (let s = 0; s < names.length; s++)
          for (const [t, row] of drawn.entries()) table[s * drawn.length + t] = scores[s]![row] ?? Number.NaN;
        return rank(table, names.length, { missing }).score;
      };
      const { seed, level } = settings;
      return {
        lines: sorted(names, resampled(columns.size, at, { seed, level, method: `${method}, tasks resampled` })),
      };
    },
  };
}

/** Methods that rank systems. */
export const rankings: Readonly<Record<string, Method>> = {
  "bradley-terry": bradleyTerry,
  "plackett-luce": luce,
  davidson,
  lsr: ofWins(
    "Luce spectral ranking: log-strengths without iteration",
    "LSR",
    (w, n, alpha) => lsr(w, n, { alpha }),
    true,
  ),
  "rank-centrality": ofWins(
    "rank centrality: log-strengths",
    "rank centrality",
    (w, n, alpha) => rankCentrality(w, n, { alpha }),
    true,
  ),
  copeland: ofWins("Copeland: opponents beaten, ties half", "Copeland", (w, n) => copeland(w, n).score, false),
  elo,
  borda: ofTasks("Borda's count over tasks (columns are systems)", "Borda", borda),
  "mean-rank": ofTasks("mean rank over tasks (columns are systems)", "mean rank", meanRank),
};
