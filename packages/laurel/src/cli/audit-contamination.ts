import { existsSync, readFileSync } from "node:fs";
import { truncate } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type ContaminationReport,
  contaminationVerdict,
  type HeardContinuation,
  partialPromptAudit,
  readQuestions,
  type SetFacts,
} from "../bench/contamination/index.ts";
import {
  canonicalJson,
  InputError,
  type LanguageModel,
  LaurelError,
  messageOf,
  NotEnoughDataError,
  seedFrom,
  sha256,
  split,
  type Task,
  UsageError,
} from "../core/index.ts";
import { openAppend, truncateToLastWholeLine } from "../io/index.ts";
import { languageModelFrom, modelSpec } from "../models/index.ts";
import { randomCalculation } from "../recipes/index.ts";
import { writeContaminationReport } from "./audit-contamination-report.ts";
import { figure } from "./figures.ts";
import { mapOf, onBadRow, onInterrupt, type RunOptions, runOptions, storeOf } from "./input.ts";
import { shown } from "./paths.ts";
import type { FormatOptions } from "./scored.ts";
import { counted, ProgressLine, paint, plain, short, table, usageText, whole } from "./terminal.ts";

interface Options extends FormatOptions, RunOptions {
  model: string;
  fractions: string;
  chat?: boolean;
  fresh?: string;
  steps: number;
  answerTokens: number;
  leastWords: number;
  level: number;
  out?: string;
  overwrite?: boolean;
  report?: string;
  json?: boolean;
}

/** What a chat model is told, since it is given no bare text. */
const instruction =
  "Here is the beginning of a text. Write how it goes on, word for word, and nothing else.\n\nThe beginning:";

/** `laurel audit contamination`: does a model know tasks by heart? */
export async function auditContamination(file: string, options: Options): Promise<void> {
  const fractions = sharesOf(options.fractions);
  const reading = { map: mapOf(options), from: options.from, limit: options.limit, onBad: onBadRow(options) };
  const tasks = await readQuestions(file, reading);
  if (tasks.length === 0) throw new NotEnoughDataError(`${file} holds no rows`);
  const fresh = await freshTasks(tasks.length, options);
  const model = await modelOf(options.model, options.chat === true);
  const header: Header = {
    v: 1,
    audit: "contamination",
    model: model.name,
    fingerprint: model.fingerprint,
    template: options.chat === true ? "chat" : "none",
    fractions,
    answerTokens: options.answerTokens,
    items: sha256(canonicalJson([...tasks, ...(fresh ?? [])].map(({ id, prompt }) => [id, prompt]) as never)).slice(
      0,
      16,
    ),
  };
  const done = options.out === undefined ? [] : await begin(options.out, header, options.overwrite === true);
  if (done.length > 0) process.stderr.write(`laurel: ${counted(done.length, "answers")} are there already\n`);
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop, "finishing the calls in flight");
  const line = new ProgressLine({ total: (tasks.length + (fresh?.length ?? 0)) * fractions.length - done.length });
  const writer = options.out === undefined ? undefined : await openAppend(options.out);
  let usage: Parameters<typeof usageText>[0] = [];
  let heard = done.length;
  let report: ContaminationReport;
  try {
    if (done.length === 0) await writer?.append(JSON.stringify(header));
    report = await partialPromptAudit(model, tasks, {
      ...runOptions(options, store),
      fractions,
      fresh,
      done,
      level: options.level,
      leastWords: options.leastWords,
      answerTokens: options.answerTokens,
      instruction: options.chat === true ? instruction : undefined,
      stop: stop.signal,
      onProgress: (progress) => {
        usage = progress.usage;
        line.update(progress);
      },
      onWarning: (message) => {
        // that the listening reward has no version is no news: the model's own answers are kept
        if (!message.includes("states no version")) process.stderr.write(`laurel: ${message}\n`);
      },
      onHeard: async (more) => {
        heard += more.length;
        await writer?.append(more.map((one) => JSON.stringify(one)));
      },
    });
  } catch (thrown) {
    if (stop.signal.aborted) throw interrupted(heard, options);
    throw thrown;
  } finally {
    line.clear();
    await writer?.flush(true);
    await writer?.close();
    await model[Symbol.asyncDispose]?.();
  }
  if (stop.signal.aborted) throw interrupted(heard, options);
  const { continuations, ...facts } = report;
  if (options.report !== undefined) await writeContaminationReport(report, file, header.template, options.report);
  if (options.json === true) {
    const rows = continuations.map(({ continuation, ...row }) => ({
      ...row,
      continuation: continuation.slice(0, 2000),
    }));
    process.stdout.write(
      `${JSON.stringify({ v: 1, file, template: header.template, ...facts, continuations: rows }, null, 2)}\n`,
    );
    return;
  }
  process.stdout.write(`${lines(report, file, options).join("\n")}\n`);
  const spent = usageText(usage);
  if (spent !== "") process.stdout.write(`${spent}\n`);
}

function interrupted(heard: number, options: Options): LaurelError {
  return new LaurelError("interrupted", `stopped after ${counted(heard, "answers")}; nothing is said on a part`, {
    hint: options.out === undefined ? "with --out FILE the same command would go on" : "the same command goes on",
    exitCode: 130,
  });
}

function sharesOf(text: string): number[] {
  const shares = text.split(",").map(Number);
  if (!shares.every((one) => one > 0 && one < 1) || new Set(shares).size < shares.length)
    throw new UsageError(`--fractions ${text}: expected shares between 0 and 1, each once`, "such as 0.8,0.6,0.4");
  return shares.sort((a, b) => b - a);
}

/** Tasks that cannot have leaked: generated arithmetic, or those of a file. */
async function freshTasks(count: number, options: Options): Promise<Task[] | undefined> {
  const { fresh = String(Math.min(count, 200)) } = options;
  const tasks: Task[] = [];
  if (/^\d+$/.test(fresh)) {
    if (fresh === "0") return undefined;
    const seed = split(seedFrom(options.seed), "fresh");
    for await (const one of randomCalculation({ steps: options.steps, count: Number(fresh), seed })) tasks.push(one);
    return tasks;
  }
  tasks.push(...(await readQuestions(fresh, { onBad: onBadRow(options) })));
  if (tasks.length === 0) throw new NotEnoughDataError(`${fresh} holds no rows`);
  return tasks;
}

/** The model after `--model`: a model's spec as elsewhere, or what a module exports. */
async function modelOf(text: string, chat: boolean): Promise<LanguageModel> {
  const named = /^(.+\.(?:ts|mts|js|mjs))(?:#([\w$]+))?$/.exec(text.trim());
  if (named === null || /^https?:/i.test(text)) return languageModelFrom({ ...modelSpec(text), raw: !chat });
  const path = resolve(named[1]!);
  const name = named[2] ?? "default";
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (thrown) {
    throw new UsageError(`${named[1]!} cannot be loaded: ${messageOf(thrown)}`);
  }
  const exported = loaded[name];
  const made: unknown = typeof exported === "function" ? await (exported as () => unknown)() : exported;
  if (typeof made !== "object" || made === null || !("generate" in made))
    throw new UsageError(
      `"${name}" of ${named[1]!} is no language model`,
      "scriptedModel of laurel/models makes one, and so does fromAiSdk",
    );
  return made as LanguageModel;
}

interface Header {
  v: 1;
  audit: "contamination";
  model: string;
  fingerprint: string | null;
  template: "none" | "chat";
  fractions: readonly number[];
  answerTokens: number;
  /** A hash of ids and questions. */
  items: string;
}

/** What an earlier go kept in the file, which must be of the same audit. */
async function begin(out: string, header: Header, overwrite: boolean): Promise<HeardContinuation[]> {
  if (!existsSync(out)) return [];
  if (overwrite) {
    await truncate(out, 0);
    return [];
  }
  await truncateToLastWholeLine(out);
  const text = readFileSync(out, "utf8");
  if (text === "") return [];
  const hint = "write over it with --overwrite, or name another file after --out";
  const [first, ...rows] = text
    .split("\n")
    .filter((row) => row !== "")
    .map((row, i): unknown => {
      try {
        return JSON.parse(row);
      } catch {
        throw new InputError({ file: out, line: i + 1 }, "it is no JSON", hint);
      }
    });
  const words: readonly [keyof Header, string][] = [
    ["audit", "something else"],
    ["model", "another model"],
    ["fingerprint", "another version of the model"],
    ["template", "another use of the chat template"],
    ["fractions", "other shares"],
    ["answerTokens", "another length of answers"],
    ["items", "other tasks"],
  ];
  const known = (first ?? {}) as Partial<Header>;
  const changed = words.filter(
    ([key]) => canonicalJson((known[key] ?? null) as never) !== canonicalJson(header[key] as never),
  );
  if (changed.length > 0)
    throw new UsageError(`${out} is an audit with ${changed.map(([, what]) => what).join(" and ")}`, hint);
  return rows as HeardContinuation[];
}

function lines(report: ContaminationReport, file: string, options: Options): string[] {
  const { audited, fresh, differences = [], completed } = report;
  const out = [
    paint("bold", `${plain(report.model, 80)} on ${shown(resolve(file))}: ${contaminationVerdict(report)}`),
    `${counted(audited.tasks, "tasks")}${audited.tooShort > 0 ? `, ${whole(audited.tooShort)} left out as too short` : ""}; greedy, ${options.chat === true ? "asked to go on through the chat template" : "no template"}; ${short(options.level * 100)} % intervals, chance by other tasks' remainders and answers`,
    "",
    setTable(audited),
  ];
  if (fresh !== undefined) {
    const what =
      options.fresh !== undefined && !/^\d+$/.test(options.fresh)
        ? plain(options.fresh, 60)
        : `generated arithmetic, ${counted(options.steps, "steps")}`;
    out.push("", `fresh tasks (${counted(fresh.tasks, "tasks")}, ${what}):`, setTable(fresh));
    out.push(
      "",
      table(
        ["given", "exact match, audited less fresh", "answers above chance, audited less fresh"],
        differences.map(({ fraction, exact, answerAboveChance }) => [
          `${short(100 * fraction)} %`,
          figure(exact),
          answerAboveChance === undefined ? "–" : figure(answerAboveChance),
        ]),
      ),
    );
  }
  if (completed.length > 0)
    out.push(
      "",
      `completed word for word (${whole(completed.length)}): ${completed
        .slice(0, 12)
        .map(({ id, fraction }) => `${plain(id, 24)} from ${short(100 * fraction)} %`)
        .join(", ")}${completed.length > 12 ? ", …" : ""}`,
    );
  for (const path of [options.out, options.report])
    if (path !== undefined) out.push(`written: ${shown(resolve(path))}`);
  return out;
}

function setTable({ fractions }: SetFacts): string {
  return table(
    ["given", "exact match", "chance", "ROUGE-L", "chance", "answer", "chance", "n"],
    fractions.map((one) => [
      `${short(100 * one.fraction)} %`,
      figure(one.exact),
      short(one.exactChance.value),
      figure(one.rougeL),
      short(one.rougeChance.value),
      one.answer === undefined ? "–" : figure(one.answer),
      one.answerChance === undefined ? "–" : short(one.answerChance.value),
      whole(one.exact.n),
    ]),
  );
}
