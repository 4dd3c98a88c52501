import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { isScored, type Json, LaurelError, type Reward, UsageError } from "../core/index.ts";
import { readScores, type ScoreTable } from "../io/index.ts";
import { openStore, type RunRecord } from "../store/index.ts";

/** An earlier run's values, a task each. */
export interface Baseline {
  name: string;
  /** The record of the run, where a store has it. */
  record?: RunRecord | undefined;
  ids(): Iterable<string>;
  /** The mean of a task's candidates and repeats and how many of them have a score; undefined for an unknown id. */
  task(id: string): { sum: number; scored: number; unscored: number } | undefined;
}

/**
 * The scored rows of an earlier run: a file, or the output of a run of a store.
 *
 * @param run a path of scored rows (any form that `readScores` takes), or a run's id or the beginning of one, as `laurel runs` lists them
 * @param options `store`: the directory of runs, default `.laurel`; `repeats`: how many of its repeats to read, default 1
 * @throws UsageError where there is neither such a file nor such a run; LaurelError where the run is not whole; InputError for
 * rows that are no scores
 */
export async function baselineOf(
  run: string,
  options: { store?: string | undefined; repeats?: number | undefined } = {},
): Promise<Baseline> {
  const directory = options.store ?? ".laurel";
  const record = existsSync(run) ? await recordOf(run, directory) : await runOf(run, directory);
  const path = existsSync(run) ? run : record!.out;
  const tables: ScoreTable[] = [];
  for (let repeat = 0; repeat < (options.repeats ?? 1); repeat++) {
    const table = await readScores(path, { repeat });
    if (repeat > 0 && (table.format !== "laurel" || table.size === 0)) break;
    tables.push(table);
  }
  return {
    name: run,
    record,
    ids: () => tables[0]!.ids(),
    task(id) {
      if (tables[0]!.group(id) === undefined) return undefined;
      const found = { sum: 0, scored: 0, unscored: 0 };
      for (const table of tables)
        for (const score of table.group(id) ?? []) {
          if (score === undefined || !isScored(score)) found.unscored++;
          else {
            found.sum += score.value;
            found.scored++;
          }
        }
      return found;
    },
  };
}

/**
 * Why a baseline's values may not be on a reward's scale: its run was scored by another reward or by other options of it.
 * Undefined where they are the same, and where nobody knows (a file of which no store has the run).
 *
 * @example baselineDiffers(math(), await baselineOf("release.scored.jsonl")) // undefined
 */
export function baselineDiffers(reward: Reward, baseline: Baseline): string | undefined {
  const { record } = baseline;
  if (record === undefined || record.identity["reward"] === reward.fingerprint) return undefined;
  const { reward: name, spec } = record.summary;
  const shown = (what: Json | undefined): string => (JSON.stringify(what) ?? "unknown").slice(0, 300);
  if (name !== reward.name) return `the baseline ${baseline.name} was scored by ${shown(name)}, not by ${reward.name}`;
  return JSON.stringify(spec) === JSON.stringify(reward.spec)
    ? `the baseline ${baseline.name} was scored by another version of ${reward.name}`
    : `the baseline ${baseline.name} was scored by ${shown(spec)}, not by ${shown(reward.spec)}`;
}

const database = "laurel.db";

/** The run that wrote a file, where the store knows one. */
async function recordOf(path: string, directory: string): Promise<RunRecord | undefined> {
  if (!existsSync(join(directory, database))) return undefined;
  using store = await openStore(directory);
  return store.runOf(resolve(path));
}

async function runOf(run: string, directory: string): Promise<RunRecord> {
  if (!existsSync(join(directory, database)))
    throw new UsageError(
      `there is no file ${run}, and no store in ${directory} that could know a run of that id`,
      "name a file of scored rows, or the store of the run with --store DIR",
    );
  using store = await openStore(directory);
  const runs = store.runs(100_000);
  const found = runs.filter(({ id }) => id === run || (run.length >= 4 && id.startsWith(run)));
  const [record] = found;
  if (record === undefined)
    throw new UsageError(
      `there is neither a file nor a run ${run}`,
      runs.length === 0
        ? "the store has no runs"
        : `the latest runs are ${runs
            .slice(0, 5)
            .map(({ id }) => id)
            .join(", ")}`,
    );
  if (found.length > 1 && record.id !== run)
    throw new UsageError(`${run} is the beginning of ${found.length} runs: ${found.map(({ id }) => id).join(", ")}`);
  if (record.state !== "done")
    throw new LaurelError("baseline", `the run ${record.id} is not whole: it is ${record.state}`, {
      hint: "finish it by running its command again",
    });
  if (!existsSync(record.out))
    throw new LaurelError("baseline", `the rows of the run ${record.id} are gone: ${record.out} does not exist`);
  return record;
}
