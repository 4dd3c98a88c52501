import {
  type Candidate,
  type Example,
  InputError,
  type Json,
  type Labels,
  type Message,
  type Reference,
} from "../../core/index.ts";
import { clusterOf } from "../cluster.ts";
import { isRaw, looksLikeMessages, parseMessages, placed, type Raw, refuse } from "../messages.ts";
import { openRows } from "../open.ts";
import { parseTaskRow } from "../rows.ts";

/** The forms of roll-out log that are known. */
export type RolloutFormat = "trl" | "verifiers" | "laurel";

/** A group of roll-outs of one prompt, with the rewards that the log holds. */
export interface RolloutGroup {
  example: Example;
  /** The logged total of each candidate; null where there is none. */
  recorded: readonly (number | null)[];
  /** The trainer's step, where the log has it. */
  step: number | undefined;
}

/** How roll-outs are read. */
export interface RolloutOptions {
  /** Columns whose sum is the logged reward. Default: `reward`, else every numeric column that TRL does not write itself. */
  columns?: readonly string[] | undefined;
  /** Cut runs of equal prompts into groups of this size (TRL's `num_generations`); by default a run is one group. */
  group?: number | undefined;
  /** Told once a file what was found in it. */
  onFile?: ((file: string, found: { format: RolloutFormat; columns: readonly string[] }) => void) | undefined;
}

/**
 * The groups of a log of roll-outs: JSON lines, JSON, CSV or Parquet.
 *
 * - TRL (`log_completions`): `prompt`, `completion`, a column a reward function, `advantage`, `step`; groups are runs of equal prompts
 *   of one step, as TRL does not log their number. The logged reward is the sum of its columns; NaN and null are left out of it, as TRL
 *   does, and a row with nothing else has none. The older `results.jsonl` of verifiers has the same form, grouped by `example_id`.
 * - verifiers traces: an episode a line (`traces`, or one trace): the prompt is what stands before the first sampled message on the path
 *   to the last node, the candidate what follows; the reward is Σ score · weight; groups are the traces of one task (`key` or `hash`).
 * - Laurel's own rows: a row is a group; `labels.value` is what is logged.
 *
 * An answer column (`answer`, `solution`, `ground_truth`, `reference_answer`, or the task's data in a trace) becomes the reference.
 *
 * @param paths files of one log, in the order of the steps
 * @throws InputError for rows of no such form, and for columns that are not there
 */
export async function* readRollouts(
  paths: readonly string[],
  options: RolloutOptions = {},
): AsyncGenerator<RolloutGroup, void, undefined> {
  const groups = { count: 0 };
  for (const path of paths) yield* readFile(path, options, groups);
}

async function* readFile(
  path: string,
  options: RolloutOptions,
  groups: { count: number },
): AsyncGenerator<RolloutGroup, void, undefined> {
  const table = await openRows(path);
  const { file } = table;
  let format: RolloutFormat | undefined;
  let columns: readonly string[] = [];
  let run: Run | undefined;
  const byTask = new Map<string, Run>();
  const finish = (done: Run): RolloutGroup => groupOf(done, ++groups.count);
  for await (const batch of table.batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      const place = { file, line };
      if (format === undefined) {
        format = formatOf(row);
        if (format === undefined)
          throw new InputError(
            place,
            `this is no roll-out; its columns are ${Object.keys(row).slice(0, 30).join(", ")}`,
            "a roll-out has prompt and completion (TRL), traces or nodes (verifiers), or prompt and candidates (Laurel)",
          );
        if (format === "trl") columns = options.columns ?? rewardColumns(row);
        options.onFile?.(file, { format, columns });
      }
      if (format === "laurel") {
        const example = parseTaskRow(row, place);
        const count = example.task.candidates.length;
        yield { example, recorded: example.labels.value ?? new Array(count).fill(null), step: undefined };
        continue;
      }
      if (format === "verifiers") {
        for (const [i, trace] of tracesOf(row, place).entries()) {
          const { key, ...one } = traceRollout(trace, place, `traces[${i}]`);
          const known = byTask.get(key);
          if (known === undefined) byTask.set(key, { ...one, key, step: undefined, members: [one.member] });
          else known.members.push(one.member);
        }
        continue;
      }
      const one = trlRollout(row, place, columns);
      if (row["example_id"] !== undefined && row["example_id"] !== null) {
        const key = String(row["example_id"]);
        const known = byTask.get(key);
        if (known === undefined) byTask.set(key, { ...one, key, members: [one.member] });
        else known.members.push(one.member);
        continue;
      }
      const key = `${one.step ?? ""} ${clusterOf(one.prompt)}`;
      if (run !== undefined && run.key === key && run.members.length !== options.group) run.members.push(one.member);
      else {
        if (run !== undefined) yield finish(run);
        run = { ...one, key, members: [one.member] };
      }
    }
  if (run !== undefined) yield finish(run);
  for (const one of byTask.values()) yield finish(one);
}

interface Member {
  candidate: Candidate;
  recorded: number | null;
}

interface Run {
  key: string;
  prompt: readonly Message[];
  reference: Reference | undefined;
  step: number | undefined;
  members: Member[];
}

function groupOf({ prompt, reference, step, members }: Run, count: number): RolloutGroup {
  const recorded = members.map((one) => one.recorded);
  const labels: Labels = recorded.some((one) => one !== null) ? { value: recorded } : {};
  return {
    example: {
      task: {
        id: step === undefined ? `group ${count}` : `step ${step}, group ${count}`,
        prompt,
        candidates: members.map((one) => one.candidate),
        ...(reference === undefined ? {} : { reference }),
      },
      labels,
      cluster: clusterOf(prompt),
      subsets: {},
    },
    recorded,
    step,
  };
}

const isTurn = (value: unknown): boolean => typeof value === "string" || looksLikeMessages(value);

function formatOf(row: Raw): RolloutFormat | undefined {
  if (Array.isArray(row["traces"]) || (Array.isArray(row["nodes"]) && isRaw(row["task"]))) return "verifiers";
  if (isTurn(row["prompt"]) && isTurn(row["completion"])) return "trl";
  return isTurn(row["prompt"]) && Array.isArray(row["candidates"]) ? "laurel" : undefined;
}

const own = new Set([
  "step",
  "advantage",
  "advantages",
  "example_id",
  "id",
  "index",
  "prompt_idx",
  "num_tokens",
  "length",
]);

function rewardColumns(row: Raw): string[] {
  if (isNumber(row["reward"])) return ["reward"];
  return Object.keys(row).filter((name) => !own.has(name) && !answers.includes(name) && isNumber(row[name]));
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint";
}

const answers = ["answer", "solution", "ground_truth", "reference_answer"];

function referenceOf(row: Raw): Reference | undefined {
  for (const name of answers) {
    const answer = row[name];
    if ((typeof answer === "string" && answer !== "") || typeof answer === "number") return { answer: answer as Json };
  }
  return undefined;
}

function turnsOf(
  value: unknown,
  role: Message["role"],
  place: { file: string; line: number },
  field: string,
): Message[] {
  return typeof value === "string" ? [{ role, content: value }] : parseMessages(value, place, field);
}

function trlRollout(row: Raw, place: { file: string; line: number }, columns: readonly string[]) {
  let sum = 0;
  let some = false;
  for (const name of columns) {
    if (!Object.hasOwn(row, name))
      throw new InputError(
        placed(place, name),
        "there is no such column",
        `the row has ${Object.keys(row).join(", ")}`,
      );
    const value = row[name];
    if (value === null || value === undefined) continue;
    if (!isNumber(value)) refuse(place, name, "a number", value);
    const number = Number(value);
    // TRL logs NaN for a reward function that said None: it does not count for that row
    if (Number.isNaN(number)) continue;
    if (!Number.isFinite(number)) refuse(place, name, "a finite number", value);
    sum += number;
    some = true;
  }
  const member: Member = {
    candidate: { output: turnsOf(row["completion"], "assistant", place, "completion") },
    recorded: some ? sum : null,
  };
  return {
    prompt: turnsOf(row["prompt"], "user", place, "prompt"),
    reference: referenceOf(row),
    step: isNumber(row["step"]) ? Number(row["step"]) : undefined,
    member,
  };
}

function tracesOf(row: Raw, place: { file: string; line: number }): Raw[] {
  if (!Array.isArray(row["traces"])) return [row];
  return row["traces"].map((trace: unknown, i) =>
    isRaw(trace) ? trace : refuse(place, `traces[${i}]`, "a trace", trace),
  );
}

function traceRollout(trace: Raw, place: { file: string; line: number }, field: string) {
  const nodes = trace["nodes"];
  const task = trace["task"];
  if (!Array.isArray(nodes) || nodes.length === 0) refuse(place, `${field}.nodes`, "a list of nodes", nodes);
  if (!isRaw(task)) refuse(place, `${field}.task`, "a task", task);
  // the path from the last node to the root: earlier branches were given up
  const path: Raw[] = [];
  for (let at: unknown = nodes.length - 1; typeof at === "number"; ) {
    const node: unknown = nodes[at];
    if (!isRaw(node) || path.length > nodes.length) refuse(place, `${field}.nodes[${at}]`, "a node of a tree", node);
    path.unshift(node);
    at = node["parent"];
  }
  const turns = parseMessages(
    path.map((node) => node["message"]),
    place,
    `${field}.nodes`,
  );
  const sampled = path.findIndex((node, i) => node["sampled"] === true || turns[i]!.role === "assistant");
  const cut = sampled < 0 ? turns.length : sampled;
  if (cut === 0) refuse(place, `${field}.nodes`, "a message before the first sampled one", undefined);
  const data = isRaw(task["data"]) ? task["data"] : {};
  const prompt = turns.slice(0, cut);
  const member: Member = {
    candidate: { output: turns.slice(cut) },
    recorded: traceReward(trace["rewards"], place, field),
  };
  const key = task["key"] ?? task["hash"] ?? clusterOf(prompt);
  return { key: String(key), prompt, reference: referenceOf(data), member };
}

/** Σ score · weight; null where one of them was not worked out or there are none. */
function traceReward(rewards: unknown, place: { file: string; line: number }, field: string): number | null {
  if (rewards === undefined || rewards === null) return null;
  if (!isRaw(rewards)) refuse(place, `${field}.rewards`, "named rewards", rewards);
  const names = Object.keys(rewards);
  let sum = 0;
  for (const name of names) {
    const one = rewards[name];
    if (one === null) return null;
    const [score, weight] = isRaw(one) ? [one["score"], one["weight"] ?? 1] : [one, 1];
    if (typeof score !== "number" || typeof weight !== "number")
      refuse(place, `${field}.rewards.${name}`, "a score with its weight", one);
    sum += score * weight;
  }
  return names.length === 0 || !Number.isFinite(sum) ? null : sum;
}
