import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  type Estimate,
  hashJson,
  InputError,
  type JsonObject,
  type Reward,
  StoppedError,
  type Task,
} from "../core/index.ts";
import { openSource, parseTaskRow, schemas, writeFailure } from "../io/index.ts";
import { Pool, type ScoreAllOptions, type ScoreCache } from "../run/index.ts";
import type { RunRecord, Store } from "../store/index.ts";
import {
  type InputOptions,
  mapOf,
  onBadRow,
  onInterrupt,
  type RunOptions,
  rewardOf,
  runOptions,
  storeOf,
} from "./input.ts";
import { laboratory } from "./lab-package.ts";
import { LivePlots, type Watched } from "./lab-plots.ts";
import { shown } from "./paths.ts";
import { counted, paint, plain, short, table, usageText, whole } from "./terminal.ts";

interface Options extends InputOptions, Omit<RunOptions, "repeat"> {
  reward: string;
  form: "answer" | "text" | "tools";
  prompts?: string;
  n?: number;
  seeds?: number;
  updates?: number;
  algorithm: "grpo" | "rloo";
  words?: string;
  top: number;
  report?: string;
  json?: boolean;
}

interface Finding {
  moves: Readonly<Record<string, string>>;
  reward: Estimate;
  gold: Estimate;
  learnt: { start: number; end: number };
  exploit: boolean;
  example: { prompt: string; text: string; reward: number | null; honest: string; honestReward: number | null };
  unscored: number;
}

interface Rehearsal {
  reward: string;
  form: string;
  seeds: number;
  prompts: number;
  honest: { reward: Estimate; gold: Estimate; format: Readonly<Record<string, string>> };
  exploits: readonly Finding[];
  findings: readonly Finding[];
  runs: readonly { name: string; steps: readonly Watched[] }[];
  texts: number;
  unscored: number;
}

/** What this command uses of the laboratory. */
interface Laboratory {
  rehearse(
    reward: Reward,
    options: {
      form: Options["form"];
      rows?: readonly Task[] | undefined;
      prompts?: number | undefined;
      seeds?: number | undefined;
      updates?: number | undefined;
      algorithm: Options["algorithm"];
      words?: readonly string[] | undefined;
      seed: string;
      score: ScoreAllOptions;
      onProgress(progress: {
        stage: "honest" | "train" | "look";
        seed: number;
        seeds: number;
        step?: Watched | undefined;
        updates: number;
        texts: number;
      }): void;
    },
  ): Promise<Rehearsal>;
  rehearsalPage(rehearsal: Rehearsal): string;
  rehearsalSentence(rehearsal: Rehearsal): string;
}

/** `laurel rehearse`: small policies against a reward, and what they found. */
export async function rehearseCommand(options: Options): Promise<void> {
  const lab = await laboratory<Laboratory>();
  const reward = await rewardOf(options.reward);
  const rows = options.prompts === undefined ? undefined : await promptsOf(options.prompts, options);
  const out = resolve(options.store, "rehearsals", `${outName(options, rows)}.json`);
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  await using pool = new Pool({ workers: options.workers });
  const counts = { kept: 0 };
  const run = runOptions(options, store);
  let usage = "";
  const score: ScoreAllOptions = {
    ...run,
    cache: countedCache(store, counts),
    pool,
    stop: stop.signal,
    onProgress: (progress) => {
      usage = usageText(progress.usage);
    },
    onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
  };
  const record = recordOf(reward, options, out);
  const note = (state: RunRecord["state"], summary: JsonObject = {}): void =>
    store.putRun({
      ...record,
      state,
      updated: new Date().toISOString(),
      summary: { ...record.summary, ...summary },
    });
  note("running");
  const live = new LivePlots();
  const curves: Watched[][] = [];
  let result: Rehearsal;
  try {
    result = await lab.rehearse(reward, {
      form: options.form,
      rows,
      prompts: options.n,
      seeds: options.seeds,
      updates: options.updates,
      algorithm: options.algorithm,
      words: options.words?.split(",").map((word) => word.trim()),
      seed: options.seed,
      score,
      onProgress({ stage, seed, seeds, step, updates, texts }) {
        if (step !== undefined) (curves[seed] ??= []).push(step);
        const where =
          stage === "train" ? `seed ${seed + 1} of ${seeds}, update ${(step?.step ?? 0) + 1} of ${updates}` : stage;
        live.update(
          `rehearsing ${reward.name}: ${where} · ${counted(texts, "texts")}${counts.kept > 0 ? `, ${whole(counts.kept)} from the store` : ""}`,
          curves.filter((one) => one !== undefined),
        );
      },
    });
  } catch (thrown) {
    live.clear();
    note("stopped");
    if (!(stop.signal.aborted && thrown instanceof StoppedError)) throw thrown;
    process.stderr.write("laurel: interrupted; run the same command again to go on\n");
    process.exitCode = 130;
    return;
  } finally {
    await reward[Symbol.asyncDispose]?.();
  }
  live.clear();
  save(out, `${JSON.stringify({ v: 1, ...result })}\n`);
  if (options.report !== undefined) save(options.report, lab.rehearsalPage(result));
  note("done", { rows: result.texts, exploits: result.exploits.length });
  if (options.json === true) process.stdout.write(`${JSON.stringify({ v: 1, ...result })}\n`);
  else {
    const kept = counts.kept > 0 ? ` (${whole(counts.kept)} from the store)` : "";
    const lines = [
      `${paint("bold", result.reward)}: ${counted(result.seeds, "policies")} trained by ${options.algorithm} on ${result.prompts} prompts each; ${counted(result.texts, "texts")} scored${kept}, ${whole(result.unscored)} of them unscored`,
      `An honest answer earns ${value(result.honest.reward)} at gold ${value(result.honest.gold)}${formatOf(result)}`,
      lab.rehearsalSentence(result),
      usage,
      ...body(result, options.top),
      `result: ${shown(out)}`,
      ...(options.report === undefined ? [] : [`report: ${shown(resolve(options.report))}`]),
    ];
    process.stdout.write(`${lines.filter((line) => line !== "").join("\n")}\n`);
  }
  if (result.exploits.length > 0) process.exitCode = 1;
}

/** The prompts of a file, with their references; candidates that they have are not looked at. */
async function promptsOf(file: string, options: Options): Promise<Task[]> {
  const source = await openSource(file, { name: file });
  const map = mapOf(options);
  const bad = onBadRow(options);
  const tasks: Task[] = [];
  for await (const batch of source.batches()) {
    const rows = batch.flatMap((one) => (one.row === undefined ? [] : [one.row]));
    const schema = map === undefined ? schemas.find((one) => rows.every((row) => one.match(row))) : undefined;
    for (const one of batch) {
      if (tasks.length >= (options.limit ?? Number.POSITIVE_INFINITY)) return tasks;
      try {
        if (one.bad !== undefined) throw one.bad;
        const place = { line: one.line, file, map, candidates: "optional" } as const;
        const own = schema === undefined || schema.id === "laurel";
        tasks.push((own ? parseTaskRow(one.row, place) : schema.read(one.row, place)).task);
      } catch (thrown) {
        if (!(thrown instanceof InputError)) throw thrown;
        bad(thrown);
      }
    }
  }
  return tasks;
}

/** The store's cache, with a count of what came from it. */
function countedCache(store: Store, counts: { kept: number }): ScoreCache {
  return {
    getScores(keys) {
      const found = store.getScores(keys);
      counts.kept += found.filter((one) => one !== undefined).length;
      return found;
    },
    putScores: (entries, later) => store.putScores(entries, later),
  };
}

function outName(options: Options, rows: readonly Task[] | undefined): string {
  const { reward, form, n, seeds, updates, algorithm, words, seed } = options;
  const asked = { reward, form, n, seeds, updates, algorithm, words, seed, rows: rows?.map(({ id }) => id) };
  return `${form}-${hashJson(asked as JsonObject).slice(0, 12)}`;
}

function recordOf(reward: Reward, options: Options, out: string): RunRecord {
  const now = new Date().toISOString();
  return {
    id: `${now.slice(0, 19).replace(/[-:T]/g, "")}-${hashJson(out).slice(0, 6)}`,
    state: "running",
    command: "rehearse",
    out,
    created: now,
    updated: now,
    identity: { reward: reward.fingerprint, form: options.form, seed: options.seed },
    summary: { pid: process.pid, reward: reward.name },
  };
}

function save(path: string, text: string): void {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, text);
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}

const value = (one: Estimate): string => `${short(one.value)} [${short(one.low)}, ${short(one.high)}]`;
const percent = (share: number): string => `${short(100 * share, 0)}%`;
const movesText = (moves: Finding["moves"]): string =>
  Object.entries(moves)
    .map(([slot, move]) => `${slot}: ${move}`)
    .join(" + ");

function formatOf({ honest }: Rehearsal): string {
  const text = movesText(honest.format);
  return text === "" ? "" : ` (${text})`;
}

function body(result: Rehearsal, top: number): string[] {
  if (result.exploits.length === 0) return [];
  const shownOnes = result.exploits.slice(0, top);
  const rest = result.exploits.length - shownOnes.length;
  return [
    "",
    table(
      ["exploit", "gains", "gold", "policies do it"],
      shownOnes.map((one) => [
        movesText(one.moves),
        value(one.reward),
        value(one.gold),
        `${percent(one.learnt.start)} → ${percent(one.learnt.end)}`,
      ]),
    ),
    ...(rest > 0 ? [`and ${counted(rest, "more exploits")} (--top ${result.exploits.length} shows all)`] : []),
    "",
    ...shownOnes
      .slice(0, 3)
      .flatMap(({ moves, example }) => [
        paint("bold", movesText(moves)),
        `  prompt: ${plain(example.prompt, 100)}`,
        `  earns ${number(example.reward)}: ${plain(example.text, 160)}`,
        `  honest ${number(example.honestReward)}: ${plain(example.honest, 100)}`,
      ]),
    "",
  ];
}

function number(one: number | null): string {
  return one === null ? "no score" : short(one);
}
