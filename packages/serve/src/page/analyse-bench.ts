import {
  benchmarkOf,
  type Credited,
  credited,
  duelMatrix,
  type Leaderboard,
  leaderboard,
  leaderboardFacts,
  readBenchRun,
  type Scorecard,
  scorecard,
} from "laurel/bench";
import { LaurelError } from "laurel/core";

/** Which runs of a benchmark, and which of its figures. */
export interface BoardOptions {
  benchmark: string;
  /** Paths below the folder, and where they are. */
  files: readonly { path: string; file: string }[];
  figure?: string | undefined;
}

/** A benchmark's runs held against each other. */
export interface Board {
  title: string;
  about: string;
  chance: { value: number; why: string };
  figures: readonly { name: string; about: string }[];
  /** Where two systems or more ran on the same items. */
  board: Leaderboard | null;
  matrix: { head: string[]; rows: string[][] } | null;
  facts: readonly string[];
  /** Each system by itself. */
  cards: readonly { system: string; path: string; card: Scorecard }[];
  /** Runs that are not in it, with the reason. */
  left: readonly { path: string; why: string }[];
}

interface Entry {
  path: string;
  system: string;
  ids: string;
  items: Credited[];
}

/**
 * The leaderboard of the runs that `laurel bench run --out` left, as `laurel bench report` makes it. Runs of other items than most are left
 * out and named, as are unfinished ones.
 */
export function benchBoard({ benchmark: id, files, figure }: BoardOptions): Board {
  const benchmark = benchmarkOf(id);
  const left: { path: string; why: string }[] = [];
  const entries: Entry[] = [];
  for (const { path, file } of files)
    try {
      const { header, items } = readBenchRun(file);
      if (items.length < header.count) {
        left.push({
          path,
          why: `it is unfinished: ${items.length} of ${header.count} items; the same command goes on`,
        });
        continue;
      }
      const ids = items.map((item) => item.id).sort();
      entries.push({ path, system: header.system, ids: ids.join("\n"), items: credited(benchmark, items) });
    } catch (thrown) {
      if (!(thrown instanceof LaurelError)) throw thrown;
      left.push({ path, why: thrown.message });
    }
  const groups = [...Map.groupBy(entries, ({ ids }) => ids).values()].sort((a, b) => b.length - a.length);
  const chosen = groups[0] ?? [];
  for (const { path } of groups.slice(1).flat()) left.push({ path, why: "it is of other items than most runs" });
  const systems = Map.groupBy(chosen, ({ system }) => system);
  const named = chosen.map((one) => ({
    ...one,
    system: systems.get(one.system)!.length > 1 ? `${one.system} (${one.path})` : one.system,
  }));
  const board = named.length < 2 ? null : leaderboard(benchmark, named, { figure });
  return {
    title: benchmark.title,
    about: benchmark.about,
    chance: { value: benchmark.chance.value, why: benchmark.chance.why },
    figures: benchmark.rule.figures.map(({ name, about }) => ({ name, about })),
    board,
    matrix: board === null ? null : duelMatrix(board),
    facts: board === null ? [] : leaderboardFacts(board),
    cards: named.map(({ system, path, items }) => ({ system, path, card: scorecard(benchmark, items) })),
    left,
  };
}
