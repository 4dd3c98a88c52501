import { UsageError } from "../core/index.ts";

/** One choice among a set: `winner` was taken, `losers` were on offer too. */
export interface Choice {
  winner: number;
  losers: readonly number[];
}

/** Checks that every choice names items 0 to n - 1, each once. */
export function checkChoices(choices: readonly Choice[], n: number): void {
  choices.forEach(({ winner, losers }, row) => {
    const set = new Set([winner, ...losers]);
    if (set.size !== losers.length + 1) throw new UsageError(`choice ${row} names an item twice`);
    for (const item of set)
      if (!(Number.isInteger(item) && item >= 0 && item < n))
        throw new UsageError(`choice ${row} names item ${item}, outside 0 to ${n - 1}`);
  });
}

/** The choices that rankings consist of: the first among all, the second among the rest, and so on. */
export function choicesFromRankings(
  rankings: readonly (readonly number[])[],
  n: number,
  unlisted: "absent" | "below" = "absent",
): Choice[] {
  const choices: Choice[] = [];
  for (const ranking of rankings) {
    const listed = new Set(ranking);
    const below = unlisted === "below" ? [...Array(n).keys()].filter((item) => !listed.has(item)) : [];
    ranking.forEach((winner, place) => {
      const losers = [...ranking.slice(place + 1), ...below];
      if (losers.length > 0) choices.push({ winner, losers });
    });
  }
  return choices;
}
