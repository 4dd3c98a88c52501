import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError, type Media, UsageError } from "../../core/index.ts";
import { openRows } from "../../io/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import type { BenchRow } from "../benchmark.ts";
import { textAt } from "../read.ts";
import { cumulativeReward, judgementValue } from "./judgements.ts";
import { benchmarkNamed, taskOf } from "./labels.ts";
import { type AgentRunOptions, agentRun } from "./trajectory.ts";

async function rowsOf(file: string): Promise<BenchRow[]> {
  const table = await openRows(file);
  const rows: BenchRow[] = [];
  for await (const batch of table.batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      rows.push({ row, place: { file, line } });
    }
  return rows;
}

/** Options of `agentRows`. */
export interface AgentRowsOptions extends Pick<AgentRunOptions, "observation" | "every"> {
  /** "test" (default where there is a splits.csv), "dev" or "all". */
  split?: string | undefined;
}

/**
 * The rows of a folder with AgentRewardBench's files:
 *
 *     annotations.csv                                          the experts' labels
 *     splits.csv                                               task_id and split; without it all rows are read
 *     cleaned/BENCHMARK/AGENT/EXPERIMENT/TASK.json             the runs, for a judge that is asked now
 *
 * @returns undefined for a folder without annotations.csv; a row has its run's `goal`, `output` and `cum_reward` where they are there
 * @throws InputError for a task that no split has, or a run without steps
 */
export async function agentRows(root: string, options: AgentRowsOptions = {}): Promise<BenchRow[] | undefined> {
  const labels = join(root, "annotations.csv");
  if (!existsSync(labels) || !statSync(root).isDirectory()) return undefined;
  const rows = await rowsOf(labels);
  const splits = await splitsOf(root, options.split);
  const cleaned = join(root, "cleaned");
  const runs = existsSync(cleaned) ? cleaned : undefined;
  return rows.flatMap(({ row, place }): BenchRow[] => {
    const task = taskOf(textAt(row, "task_id", place));
    const split = splits?.of.get(task);
    if (splits !== undefined && split === undefined)
      throw new InputError({ ...place, field: "task_id" }, `no split has the task '${task}'`);
    if (splits !== undefined && splits.wanted !== "all" && split !== splits.wanted) return [];
    const own = runs === undefined ? {} : runOf(runs, row, { row, place }, options);
    return [{ row: { ...row, ...(split === undefined ? {} : { split }), ...own }, place }];
  });
}

async function splitsOf(
  root: string,
  asked: string | undefined,
): Promise<{ of: ReadonlyMap<string, string>; wanted: string } | undefined> {
  const file = join(root, "splits.csv");
  if (!existsSync(file)) {
    if (asked !== undefined && asked !== "all")
      throw new UsageError(`${root} has no splits.csv, so it has no split '${asked}'`);
    return undefined;
  }
  const rows = await rowsOf(file);
  const of = new Map(
    rows.map(({ row, place }) => [taskOf(textAt(row, "task_id", place)), textAt(row, "split", place)] as const),
  );
  const wanted = asked ?? "test";
  const names = [...new Set(of.values())].sort();
  if (wanted !== "all" && !names.includes(wanted))
    throw new UsageError(`there is no split '${wanted}'`, `the splits are ${[...names, "all"].join(", ")}`);
  return { of, wanted };
}

function runOf(cleaned: string, row: Raw, { place }: BenchRow, options: AgentRowsOptions): Raw {
  const folder = join(cleaned, textAt(row, "benchmark", place), textAt(row, "model_name", place));
  const file = join(folder, textAt(row, "exp_name", place), `${textAt(row, "task_id", place)}.json`);
  if (!existsSync(file)) throw new InputError({ ...place, field: "task_id" }, `there is no run at ${file}`);
  const run = jsonOf(file);
  const screenshot = (path: string): Media => {
    const picture = join(folder, path);
    if (!existsSync(picture)) throw new InputError({ file }, `there is no screenshot at ${picture}`);
    return { hash: picture, mediaType: picture.endsWith(".png") ? "image/png" : "image/jpeg", uri: picture };
  };
  const { goal, output } = agentRun(run, { file, line: 1 }, { ...options, screenshot });
  const reward = cumulativeReward(run);
  return { goal, output, ...(reward === undefined ? {} : { cum_reward: reward }) };
}

function jsonOf(file: string): Raw {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new InputError({ file }, "it is no JSON");
  }
  if (!isRaw(parsed)) throw new InputError({ file }, "it holds no object");
  return parsed;
}

const folders = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/**
 * A judge's published judgements, from `judgements` folders as AgentRewardBench has them:
 *
 *     judgments/BENCHMARK/AGENT/JUDGE/TASK.json
 *
 * @returns a value a run by the id that the benchmark's items have; see `judgementValue`
 * @throws UsageError where the folder has no such judge, with the judges that it has
 * @example const values = agentJudgements("agent-reward-bench", "gpt-4o-noscreen");
 */
export function agentJudgements(root: string, judge: string): Map<string, 1 | 0 | -1> {
  const top = join(root, "judgments");
  if (!existsSync(top)) throw new InputError({ file: root }, "it has no folder judgments");
  const values = new Map<string, 1 | 0 | -1>();
  const judges = new Set<string>();
  for (const benchmark of folders(top))
    for (const model of folders(join(top, benchmark)))
      for (const name of folders(join(top, benchmark, model))) {
        judges.add(name);
        if (name !== judge) continue;
        const place = join(top, benchmark, model, name);
        for (const entry of readdirSync(place).filter((one) => one.endsWith(".json"))) {
          const file = join(place, entry);
          const value = judgementValue(jsonOf(file), judge);
          if (value === undefined) throw new InputError({ file }, "it is no judgement");
          const task = taskOf(basename(entry, ".json"));
          values.set(`${benchmarkNamed(benchmark, task)}/${model}/${task}`, value);
        }
      }
  if (values.size === 0)
    throw new UsageError(`${top} has no judge '${judge}'`, `its judges are ${[...judges].sort().join(", ")}`);
  return values;
}
