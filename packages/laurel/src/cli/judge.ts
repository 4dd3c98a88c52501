import {
  type Comparer,
  directContext,
  type GenerateRequest,
  type JsonObject,
  type LanguageModel,
  type Reward,
  type Task,
  UsageError,
  unscored,
} from "../core/index.ts";
import { nearest } from "../io/index.ts";
import type { JudgeComparer, JudgeReward } from "../rewards/judge/index.ts";
import { readExamples } from "../run/index.ts";
import { allKinds, comparerFrom, rewardFrom, specFromText } from "../spec/index.ts";
import { shownJudges } from "../spec/kinds/judge.ts";
import { paint } from "./terminal.ts";

/** Options of `laurel judge show`, as commander gives them. */
export interface ShowOptions {
  set?: readonly string[];
  task?: string;
  json?: boolean;
}

interface Shown {
  kind: string;
  fingerprint: string | null;
  prompts: { name: string; version: number; fingerprint: string; system: string; user: string }[];
  requests?: { messages: GenerateRequest["messages"] }[];
}

/** `laurel judge show`: every prompt that a judge may send, and with a task the requests themselves. Asks no model. */
export async function showJudge(text: string, options: ShowOptions): Promise<void> {
  const spec = await specOf(text, options.set ?? []);
  const found = judgesIn(spec);
  if (found.length === 0)
    throw new UsageError(
      `${kindOf(spec)} asks no language model that could be shown`,
      `these do: ${Object.keys(shownJudges).join(", ")}`,
    );
  const task = options.task === undefined ? undefined : await firstTask(options.task);
  const shown: Shown[] = [];
  for (const one of found) shown.push(await show(one, task));
  if (options.json === true) process.stdout.write(`${JSON.stringify({ judges: shown }, null, 2)}\n`);
  else process.stdout.write(`${shown.map(page).join("\n\n")}\n`);
}

/** The spec, or a file of criteria as the judge that it describes; with the options that are set beside it. */
async function specOf(text: string, set: readonly string[]): Promise<JsonObject> {
  const given = await specFromText(text);
  let spec = typeof given === "string" ? { kind: given } : (given as JsonObject);
  if (typeof spec !== "object" || spec === null) throw new UsageError(`${text} describes no judge`);
  if (spec["kind"] === undefined)
    for (const criteria of ["criterion", "principle", "checklist"])
      if (Object.hasOwn(spec, criteria)) {
        const name = criteria === "criterion" ? "rubric" : criteria;
        spec = { kind: `judge.${name}`, [name]: criteria === "criterion" ? spec : spec[criteria] };
        break;
      }
  const { parse } = await import("yaml");
  const more: Record<string, unknown> = {};
  for (const pair of set) {
    const equals = pair.indexOf("=");
    if (equals < 1) throw new UsageError(`--set ${pair} is not OPTION=VALUE`);
    more[pair.slice(0, equals)] = parse(pair.slice(equals + 1)) as unknown;
  }
  return { ...spec, ...more } as JsonObject;
}

function kindOf(spec: JsonObject): string {
  return String(spec["kind"]);
}

/** All judges in a spec: itself, or those nested in a composite. */
function judgesIn(spec: unknown, depth = 0): JsonObject[] {
  if (typeof spec === "string") return Object.hasOwn(shownJudges, spec) ? [{ kind: spec }] : [];
  if (typeof spec !== "object" || spec === null || depth > 20) return [];
  const { kind } = spec as JsonObject;
  if (typeof kind === "string" && Object.hasOwn(shownJudges, kind)) return [spec as JsonObject];
  if (depth === 0 && typeof kind === "string" && !Object.hasOwn(allKinds(), kind)) {
    const near = nearest(kind, Object.keys(shownJudges));
    throw new UsageError(
      `there is no kind "${kind}"`,
      near.length > 0 ? `did you mean ${near.join(", ")}?` : undefined,
    );
  }
  return Object.values(spec).flatMap((value) => judgesIn(value, depth + 1));
}

/** A model that keeps what it is asked and never answers. */
function recorder(): LanguageModel & { requests: GenerateRequest[] } {
  const requests: GenerateRequest[] = [];
  const failed = unscored("unsupported", "no model is asked by `laurel judge show`");
  return {
    name: "shown",
    fingerprint: "shown",
    supports: { n: true, seed: true, logprobs: true, tools: true, images: true, schema: true },
    requests,
    generate: async (asked) => {
      requests.push(...asked);
      return asked.map((request) => Array.from({ length: request.n ?? 1 }, () => failed));
    },
  };
}

async function show(spec: JsonObject, task: Task | undefined): Promise<Shown> {
  const name = kindOf(spec);
  const kind = shownJudges[name]!;
  // a kind alone is shown by its example; the model of a spec is not built, since it is not asked
  const given = Object.keys(spec).length > 1 ? spec : kind.example;
  const { kind: _kind, ...options }: Record<string, unknown> = { model: "shown", ...given };
  const { z } = await import("zod");
  const any = z.any();
  const checked = kind
    .options(z, { reward: any, rewards: z.record(z.string(), any), comparer: any })
    .safeParse(options);
  if (!checked.success) {
    const issues = checked.error.issues.map((issue) => [...issue.path.map(String), issue.message].join(": "));
    throw new UsageError(`(${name}): ${issues.join("; ")}`, `laurel kinds ${name} shows its options`);
  }
  const model = recorder();
  const made = (await kind.judge(
    { ...(checked.data as Record<string, unknown>), model, spec },
    {
      reward: (one) => rewardFrom(one),
      rewards: async (many) =>
        Object.fromEntries(
          await Promise.all(
            Object.entries(many as JsonObject).map(async ([key, one]) => [key, await rewardFrom(one)] as const),
          ),
        ),
      comparer: (one) => comparerFrom(one),
    },
  )) as JudgeReward | JudgeComparer;
  const prompts = made.prompts.map((one) => {
    const { version, fingerprint } = one;
    const { system, user } = one.filled();
    return { name: one.name, version, fingerprint, system, user };
  });
  const shown: Shown = { kind: name, fingerprint: made.fingerprint, prompts };
  if (task === undefined) return shown;
  await ask(made, task);
  return { ...shown, requests: model.requests.map(({ messages }) => ({ messages })) };
}

async function ask(judge: Reward | Comparer, task: Task): Promise<void> {
  const ctx = directContext();
  if ("score" in judge) await judge.score([task], ctx);
  else if (task.candidates.length < 2)
    throw new UsageError("the file's first task has one candidate; a comparer needs two");
  else await judge.compare([{ task, pairs: [[0, 1]] }], ctx);
}

async function firstTask(file: string): Promise<Task> {
  for await (const examples of readExamples(file, {
    limit: 1,
    onBad: (bad) => {
      throw bad;
    },
  }))
    for (const { task } of examples) return task;
  throw new UsageError(`${file} holds no task`);
}

function page({ kind, fingerprint, prompts, requests }: Shown): string {
  const quoting =
    "A {{quote NAME}} becomes the text between [begin NAME CODE] and [end NAME CODE]; the system message ends with a note on the code. --task FILE shows it filled in.";
  const lines = [`${paint("bold", kind)}, fingerprint ${fingerprint ?? "none"} (of the judge without its model)`];
  for (const one of prompts)
    lines.push(
      "",
      paint("bold", `prompt ${one.name} v${one.version}, fingerprint ${one.fingerprint}`),
      ...(one.system === "" ? [] : ["--- system", one.system]),
      "--- user",
      one.user,
    );
  if (requests === undefined) lines.push("", quoting);
  for (const [i, { messages }] of (requests ?? []).entries()) {
    lines.push("", paint("bold", `request ${i + 1} of ${requests!.length}`));
    for (const { role, content } of messages)
      lines.push(
        `--- ${role}`,
        typeof content === "string"
          ? content
          : content.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n"),
      );
  }
  if (requests?.length === 0)
    lines.push("", "No request would be sent: the task lacks what the judge needs, or its answers are faults.");
  return lines.join("\n");
}
