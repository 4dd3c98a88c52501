import { writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type Example, LaurelError, type Reward, UsageError } from "../core/index.ts";
import { openRows, parseTaskRow, type RolloutGroup, readRollouts, writeFailure } from "../io/index.ts";
import { type Html, html, htmlTable, page, raw, text } from "../report/index.ts";
import { precomputed } from "../rewards/index.ts";
import { type FlippedRow, type Replayed, type ReplaySide, replay } from "../run/index.ts";
import { basisText, figure, pText } from "./figures.ts";
import { onInterrupt, type RunOptions, rewardOf, runOptions, storeOf } from "./input.ts";
import { shown } from "./paths.ts";
import { ProgressLine, plain, short, tally, whole } from "./terminal.ts";

interface Options extends RunOptions {
  reward: string;
  against: string;
  recorded?: string;
  group?: number;
  tasks?: string;
  rows: number;
  report?: string;
  json?: boolean;
}

/** `laurel replay`: logged roll-outs under a new reward, held against the old one. */
export async function replayCommand(files: readonly string[], options: Options): Promise<void> {
  if (files.includes("-")) throw new UsageError("roll-outs are read from files", "name the log's files");
  if ((options.repeat ?? 1) > 1) throw new UsageError("a replay scores each roll-out once", "leave --repeat out");
  const now = await rewardOf(options.reward);
  const before = await oldReward(options.against);
  if (options.recorded !== undefined && before !== "recorded")
    throw new UsageError("--recorded names columns of the log", "it goes with --against recorded");
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const line = new ProgressLine();
  const say = (message: string): void => void process.stderr.write(`laurel: ${message}\n`);
  const groups = readRollouts(files, {
    columns: options.recorded?.split(",").map((name) => name.trim()),
    group: options.group,
    onFile: (file, { format, columns }) => {
      const what = columns.length > 0 ? `; the logged reward is ${columns.join(" + ")}` : "";
      if (file === files[0]) say(`${shown(file)} is a ${format} log${what}`);
    },
  });
  const joined = { found: 0, missing: 0 };
  const source =
    options.tasks === undefined ? groups : withReferences(groups, await referencesOf(options.tasks), joined);
  let result: Replayed;
  try {
    result = await replay(source, now, before, {
      ...runOptions(options, store),
      rows: options.rows,
      stop: stop.signal,
      onProgress: (progress) => line.update(progress),
      onWarning: say,
    });
  } finally {
    line.clear();
  }
  if (stop.signal.aborted)
    throw new LaurelError("interrupted", "stopped; nothing is said about a part of the roll-outs", { exitCode: 130 });
  if (joined.missing > 0)
    say(
      `${whole(joined.missing)} of ${whole(joined.missing + joined.found)} groups have a prompt that ${options.tasks} has not`,
    );
  if (options.json === true) process.stdout.write(`${JSON.stringify({ v: 1, ...result }, null, 2)}\n`);
  else {
    process.stdout.write(`${replayFacts(result).join("\n")}\n`);
    if (result.flips.length > 0) process.stdout.write("rows whose advantage changes sign, the largest change first:\n");
    for (const row of result.flips)
      process.stdout.write(`  ${flipText(row)}  ${plain(row.prompt, 50)} -> ${plain(row.completion, 50)}\n`);
  }
  if (options.report !== undefined) {
    try {
      writeFileSync(options.report, replayPage(result, files));
    } catch (thrown) {
      throw writeFailure(thrown, options.report);
    }
    (options.json === true ? process.stderr : process.stdout).write(`report: ${shown(resolve(options.report))}\n`);
  }
}

/** What stands after `--against`: the log's own rewards, a score file, or a reward. */
async function oldReward(given: string): Promise<Reward | "recorded"> {
  if (given === "recorded") return given;
  if (/\.(jsonl|ndjson|csv|tsv|parquet|parq)(\.gz)?$/i.test(given) && !/[\n{]/.test(given))
    return precomputed({ path: given });
  return rewardOf(given);
}

/** The tasks of a file by prompt, for logs that hold no reference. */
async function referencesOf(file: string): Promise<Map<string, Example>> {
  const found = new Map<string, Example>();
  for await (const batch of (await openRows(file)).batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      const example = parseTaskRow(row, { file, line, candidates: "optional" });
      found.set(example.cluster, example);
    }
  return found;
}

async function* withReferences(
  groups: AsyncIterable<RolloutGroup>,
  tasks: ReadonlyMap<string, Example>,
  joined: { found: number; missing: number },
): AsyncGenerator<RolloutGroup> {
  for await (const group of groups) {
    const match = tasks.get(group.example.cluster);
    joined[match === undefined ? "missing" : "found"]++;
    if (match === undefined) {
      yield group;
      continue;
    }
    const { reference, context } = match.task;
    const task = {
      ...group.example.task,
      ...(reference === undefined ? {} : { reference }),
      ...(context === undefined ? {} : { context }),
    };
    yield { ...group, example: { ...group.example, task } };
  }
}

function sideText({ name, mean, unscored, reasons }: ReplaySide): string {
  const missing =
    unscored === 0 ? "" : `; ${tally("unscored", reasons) || `${whole(unscored)} without a logged reward`}`;
  return `${figure(mean, 4)}  ${name}${missing}`;
}

/** The figures of a replay, for people. */
function replayFacts(result: Replayed): string[] {
  const { difference, p, detectable } = result.difference;
  const { advantages } = result;
  const lines = [
    `now - before = ${figure(difference, 4)} (${basisText(difference, "rows")}; p ${pText(p.signFlip)}, sign flips by prompt)`,
    `  now    ${sideText(result.now)}`,
    `  before ${sideText(result.before)}`,
    `  ${whole(result.paired)} of ${whole(result.rows)} rows in ${whole(result.groups)} groups are scored by both`,
  ];
  if (detectable !== undefined)
    lines.push(`  as many prompts find a difference of ${short(detectable, 4)} with 80 % power`);
  if (result.rewardFlips > 0) lines.push(`  ${whole(result.rewardFlips)} rewards change sign`);
  if (advantages === undefined) lines.push("  no group has two rows that both score, so that there are no advantages");
  else
    lines.push(
      `  advantages (GRPO, ${whole(advantages.groups)} groups): mean absolute change ${figure(advantages.change)}; ${figure(advantages.flipped)} of rows change sign, ${whole(advantages.lost)} lose theirs, ${whole(advantages.gained)} gain one`,
      `  groups without spread: now ${figure(result.now.flat)}, before ${figure(result.before.flat)}`,
    );
  return lines;
}

function flipText({ id, candidate, now, before, advantage }: FlippedRow): string {
  return `${plain(id, 40)} [${candidate}]  ${short(before)} -> ${short(now)}, advantage ${short(advantage.before, 2)} -> ${short(advantage.now, 2)}`;
}

function replayPage(result: Replayed, files: readonly string[]): string {
  const name = `Replay of ${basename(files[0]!)}${files.length > 1 ? ` and ${files.length - 1} more` : ""}`;
  const rows = (
    [
      ["now", result.now],
      ["before", result.before],
    ] as const
  ).map(([label, side]) => [label, side.name, figure(side.mean, 4), whole(side.unscored), figure(side.flat)]);
  const cards = result.flips.map(
    (row): Html =>
      html`<div class="card"><p><b>${text(flipText(row))}</b></p><pre>${text(row.prompt)}</pre><pre>${text(row.completion)}</pre></div>`,
  );
  return page(name, [
    html`<h1>${text(name)}</h1>`,
    html`<ul>${replayFacts(result).map((line) => html`<li>${text(line.trim())}</li>`)}</ul>`,
    htmlTable(["", "reward", "mean", "unscored rows", "groups without spread"], rows),
    cards.length === 0
      ? raw("")
      : html`<h2>Rows whose advantage changes sign</h2><p class="muted">the largest change first</p>${cards}`,
  ]);
}
