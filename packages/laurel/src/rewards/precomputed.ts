import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  type Candidate,
  hashJson,
  InputError,
  messageOf,
  type Reward,
  type Score,
  type Task,
  unscored,
} from "../core/index.ts";
import { readScores, type ScoreOptions, type ScoreTable } from "../io/index.ts";

/** Options of `precomputed`. */
export interface PrecomputedOptions extends Pick<ScoreOptions, "metric" | "filter" | "repeat"> {
  /** The score file; see `readScores` for its forms. */
  path: string;
}

/** Where a candidate stood in the file that it was read from, for loaders that change the order. */
const places = new WeakMap<Candidate, number>();

/** Notes the places of a task's candidates, so that their scores are still found when they are put into another order. */
export function rememberPlaces(task: Task): void {
  for (const [i, candidate] of task.candidates.entries()) places.set(candidate, i);
}

const nothing = (id: string, what: string): Score =>
  unscored("missing-reference", `the score file has ${what} for the task '${id.slice(0, 80)}'`);

/**
 * The scores of a task's candidates in a score file: by the candidate's id where the file names candidates, else by its
 * place among the candidates that were scored.
 *
 * A task or candidate that the file lacks is unscored with `missing-reference`: what the score is to be looked up in has no entry,
 * which is the user's to supply, and no failure of the candidate (`fault`) nor of this reward (`bug`).
 */
export function scoresFor(table: ScoreTable, task: Task): Score[] {
  const group = table.group(task.id);
  if (group === undefined) return task.candidates.map(() => nothing(task.id, "no entry"));
  return task.candidates.map((candidate, i) => {
    const named = candidate.id === undefined ? undefined : table.get(task.id, candidate.id);
    if (named !== undefined) return named;
    const place = places.get(candidate);
    // without a known place, a task that some candidates were taken from would get the others' scores
    if (place === undefined && group.length !== task.candidates.length)
      return unscored(
        "incomplete-group",
        `the score file has ${group.length} scores for '${task.id.slice(0, 80)}', but ${task.candidates.length} candidates were asked for`,
      );
    return table.get(task.id, place ?? i) ?? nothing(task.id, `no score of candidate ${place ?? i}`);
  });
}

/**
 * A reward whose scores were made elsewhere and stand in a file.
 *
 * It sees a task's whole group, because a candidate without an id is known by its place. Its key in a cache holds the task's id, as
 * that of random rewards does, since the same text may have another score under another id.
 *
 * @param options `path`; for lm-evaluation-harness results `metric` and `filter`, for rows of `laurel score --repeat` the `repeat`
 * @returns a reward whose fingerprint is the hash of the file, so that a changed file is scored again
 * @throws InputError for a file that cannot be read or holds no scores
 * @example const reward = await precomputed({ path: "scores.jsonl" });
 */
export async function precomputed(options: PrecomputedOptions): Promise<Reward> {
  const { path, ...how } = options;
  const [table, digest] = await Promise.all([readScores(path, how), hashOfFile(path)]);
  return {
    name: "precomputed",
    fingerprint: hashJson(["precomputed", 1, digest, { ...how }]),
    spec: { kind: "precomputed", path, ...how },
    sees: "group",
    work: "io",
    random: true,
    score: async (tasks) => tasks.map((task) => scoresFor(table, task)),
  };
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (thrown) {
    throw new InputError({ file: path }, `it cannot be read: ${messageOf(thrown)}`);
  }
  return hash.digest("hex");
}
