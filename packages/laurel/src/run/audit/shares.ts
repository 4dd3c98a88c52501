import { creditEstimate, maybe } from "../credit.ts";
import type { LabelledPair } from "./confounds.ts";
import { features } from "./features.ts";
import { type Finding, type Seen, shownRows } from "./finding.ts";
import { nearSimilarity } from "./near-duplicates.ts";

/** A share that ought to be at most `most`; plain counts exceed by their value. */
function shareFinding(
  id: string,
  about: string,
  flags: readonly boolean[],
  clusters: readonly string[],
  most: number,
  advice: string,
  rows: readonly string[],
  level: number,
): Finding[] {
  const estimate = maybe(() => creditEstimate({ values: flags.map(Number), clusters }, 0, level));
  if (estimate === undefined) return [];
  return [
    {
      id,
      about,
      estimate,
      within: [0, most],
      shown: false,
      exceeds: estimate.value > most,
      advice,
      rows: rows.slice(0, shownRows),
    },
  ];
}

/** Labelled pairs whose two texts are equal. */
export function equalPairs(pairs: readonly LabelledPair[], level: number): Finding[] {
  return shareFinding(
    "equal",
    "share of labelled pairs whose two texts are equal",
    pairs.map(({ equal }) => equal),
    pairs.map(({ cluster }) => cluster),
    0,
    "drop them: one of two equal texts cannot be better, and every reward gets half of them",
    pairs.filter(({ equal }) => equal).map(({ id }) => id),
    level,
  );
}

/** Candidates without a text. */
export function emptyAnswers(rows: readonly Seen[], level: number): Finding[] {
  const at = features.findIndex(({ id }) => id === "length");
  const all = rows.flatMap(({ values, judged }) => values.map((value) => ({ empty: value[at] === 0, row: judged })));
  return shareFinding(
    "empty",
    "share of candidates without a text",
    all.map(({ empty }) => empty),
    all.map(({ row }) => row.cluster),
    0.01,
    "check that the columns are the right ones, and how the reward scores an empty answer",
    all.filter(({ empty }) => empty).map(({ row }) => row.id),
    level,
  );
}

/** Rows that repeat an earlier one, or nearly its prompt. */
export function duplicates(rows: readonly Seen[], groups: Int32Array, level: number): Finding[] {
  const counts = new Map<string, number>();
  const keys = rows.map(({ prompt, contents }) => `${prompt}:${[...contents].sort().join()}`);
  const repeated = keys.map((key) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key)! > 1;
  });
  const firstOf = new Map<number, string>();
  const nearly = rows.map(({ prompt }, i) => {
    const first = firstOf.get(groups[i]!);
    if (first === undefined) firstOf.set(groups[i]!, prompt);
    return first !== undefined && first !== prompt;
  });
  const ids = rows.map(({ judged }) => judged.id);
  return [
    ...shareFinding(
      "duplicates",
      "share of rows that repeat an earlier one (prompt and candidates)",
      repeated,
      ids,
      0.01,
      "drop the repeats: they count twice in training, and their labels may contradict each other",
      ids.filter((_, i) => repeated[i]),
      level,
    ),
    ...shareFinding(
      "near-duplicates",
      `share of rows whose prompt is nearly an earlier one (estimated similarity of ${nearSimilarity} or more), but not the same`,
      nearly,
      ids,
      0.05,
      "give near-duplicates one `cluster`, so that intervals do not count them as new evidence",
      ids.filter((_, i) => nearly[i]),
      level,
    ),
  ];
}

/** Prompts that stand in more than one split. */
export function leaks(rows: readonly Seen[], groups: Int32Array, level: number): Finding[] {
  const splitsOf = (key: (i: number) => string | number): boolean[] => {
    const splits = new Map<string | number, Set<string>>();
    for (const [i, { split: own }] of rows.entries()) {
      if (own === undefined) continue;
      const known = splits.get(key(i));
      if (known === undefined) splits.set(key(i), new Set([own]));
      else known.add(own);
    }
    return rows.map(({ split: own }, i) => own !== undefined && splits.get(key(i))!.size > 1);
  };
  const ids = rows.map(({ judged }) => judged.id);
  const exact = splitsOf((i) => rows[i]!.prompt);
  const nearly = splitsOf((i) => groups[i]!);
  const advice = "move all rows of a prompt to one split, or figures on the test split say nothing about new prompts";
  return [
    ...shareFinding(
      "leak",
      "share of rows whose prompt stands in another split, too",
      exact,
      ids,
      0,
      advice,
      ids.filter((_, i) => exact[i]),
      level,
    ),
    ...shareFinding(
      "near-leak",
      "share of rows with a near-duplicate of their prompt in another split",
      nearly,
      ids,
      0,
      advice,
      ids.filter((_, i) => nearly[i] && !exact[i]),
      level,
    ),
  ];
}
