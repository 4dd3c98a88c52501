import { type PreferenceMatrix, type Random, random, split } from "../../core/index.ts";
import { type Games, type HodgeRank, hodgeRank, intransitivity, winsOfGames } from "../../stats/index.ts";
import type { Method } from "./method.ts";
import { drawnGames, gameSettings, gamesFrom, resampled, sorted } from "./ranking.ts";

const simulations = 500;

function preferencesOf(games: Games, n: number): PreferenceMatrix {
  const wins = winsOfGames(games, n);
  const matrix = { n, p: new Float64Array(n * n), tie: new Float64Array(n * n), weight: new Float64Array(n * n) };
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const total = wins[i * n + j]! + wins[j * n + i]!;
      if (i === j || total === 0) continue;
      matrix.weight[i * n + j] = total;
      matrix.p[i * n + j] = wins[i * n + j]! / total;
    }
  return { ...matrix, orderEffect: null };
}

/** The same games, won with the probabilities that scores alone give: (1 + s_i - s_j) / 2, ties drawn as wins. */
function withoutCycles({ first, second }: Games, scores: Float64Array, rng: Random): Games {
  const result = Float64Array.from(first, (a, g) => {
    const p = (1 + scores[a]! - scores[second[g]!]!) / 2;
    return rng.uniform() < p ? 1 : 0;
  });
  return { first, second, result };
}

/** What scores explain of pairwise comparisons, and what they cannot. */
export const hodge: Method = {
  about: "HodgeRank: least-squares scores, and the share of the comparisons that no score explains (cycles)",
  group: "ranking",
  settings: gameSettings,
  run(columns, settings) {
    const { games, names } = gamesFrom(columns, settings);
    const n = names.length;
    const { seed, level } = settings;
    const found = hodgeRank(preferencesOf(games, n));
    const cycles = intransitivity(preferencesOf(games, n));
    const estimates = resampled(
      games.first.length,
      (drawn) => hodgeRank(preferencesOf(drawnGames(games, drawn), n)).scores,
      { seed, level, method: "least-squares score" },
    );
    const rng = random(split(seed, "without cycles"));
    // the cyclic part itself: its share would be as large where games of equals are told apart by noise alone
    const cyclic = ({ inconsistency, total }: HodgeRank): number => inconsistency * total;
    let asMuch = 0;
    for (let s = 0; s < simulations; s++) {
      const chance = hodgeRank(preferencesOf(withoutCycles(games, found.scores, rng), n));
      if (cyclic(chance) >= cyclic(found) - 1e-9) asMuch++;
    }
    const worst = cycles.worst?.items.map((i) => names[i]!).join(" > ");
    return {
      lines: [
        ...sorted(names, estimates),
        { name: "inconsistency", value: found.inconsistency, p: (1 + asMuch) / (1 + simulations) },
        { name: "cyclic triads", value: `${cycles.triads} of ${cycles.comparable}` },
      ],
      notes: [
        `p: so large a cyclic part by chance, if scores explained everything (${simulations} simulations; ties count as noise)`,
        ...(worst === undefined ? [] : [`the clearest cycle: ${worst} > ${worst.split(" > ")[0]}`]),
      ],
    };
  },
};
