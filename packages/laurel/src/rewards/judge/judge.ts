import {
  answerText,
  type Candidate,
  type Comparer,
  type Context,
  candidateHash,
  fingerprintOf,
  type JsonObject,
  type Message,
  type Reward,
  type Score,
  type Seed,
  split,
  type Task,
  type Unscored,
  unscored,
} from "../../core/index.ts";
import type { Answers, Draw, JudgeOptions } from "./ask.ts";
import { saysNothing } from "./hygiene.ts";
import type { Prompt, Value } from "./prompt.ts";
import type { Grammar } from "./verdict.ts";

/** What a judge shows of itself: every prompt that it may send. */
export interface Judged {
  readonly prompts: readonly Prompt[];
}
/** A reward that asks a language model. */
export type JudgeReward = Reward & Judged;
/** A comparer that asks a language model. */
export type JudgeComparer = Comparer & Judged;

/** A question before it is rendered: a prompt and the values of its fields. */
export interface Ask<T> {
  prompt: Prompt;
  values: Readonly<Record<string, Value>>;
  grammar: Grammar<T>;
}

/** The revision of the judges' common code: how prompts are rendered and verdicts read. */
const revision = 1;

/** Fingerprint and randomness of a judge. */
export function identity(
  form: string,
  prompts: readonly Prompt[],
  grammars: readonly string[],
  options: JudgeOptions,
  draw: Draw,
  more: JsonObject,
): { fingerprint: string | null; random: boolean } {
  const fingerprint = fingerprintOf(
    form,
    "",
    {
      version: revision,
      spec: {
        prompts: prompts.map((one) => one.fingerprint),
        grammars: [...grammars],
        draw: { ...draw, topP: draw.topP ?? null },
        limit: options.limit ?? null,
        tooLong: options.tooLong ?? "fault",
        hide: [...(options.hide ?? [])],
        guard: options.guard ?? "no-answer",
        version: options.version ?? null,
        ...more,
      },
    },
    [options.model.fingerprint],
  );
  return { fingerprint, random: draw.temperature > 0 };
}

/** Name, kind of work and spec of a judge. */
export function about(form: string, options: JudgeOptions): { name: string; work: "io"; spec?: JsonObject } {
  return {
    name: options.name ?? `${form}(${options.model.name})`,
    work: "io",
    ...(options.spec === undefined ? {} : { spec: options.spec }),
  };
}

/** The seed of one decision: of run, repeat, task and what is judged. */
export function seedOf(ctx: Context, task: Task, ...candidates: readonly Candidate[]): Seed {
  let seed = split(split(ctx.seed, `judge:${ctx.repeat}`), task.id);
  for (const one of candidates) seed = split(seed, candidateHash(one));
  return seed;
}

/** The candidate as a value of a quoted field: its only message's text, or all its messages. */
export function shown(candidate: Candidate): Value {
  const [only] = candidate.output;
  return candidate.output.length === 1 && only !== undefined && typeof only.content === "string"
    ? only.content
    : candidate.output;
}

/** The task's prompt as a value of a quoted field; a text that is one string is only named. */
export function question(task: Task): Value {
  const [only] = task.prompt;
  return task.prompt.length === 1 && only?.role === "user" && typeof only.content === "string"
    ? only.content
    : task.prompt;
}

/** The reference answer as text: the exemplar, else the first reference text, else the answer. */
export function referenceText(task: Task): string | undefined {
  const { reference } = task;
  if (reference?.exemplar !== undefined) return answerText(reference.exemplar);
  if (reference?.texts?.[0] !== undefined) return reference.texts[0];
  if (reference?.answer === undefined) return undefined;
  return typeof reference.answer === "string" ? reference.answer : JSON.stringify(reference.answer);
}

/** Is there nothing in this candidate to judge? Pictures and tool calls are something. */
export function empty(candidate: Candidate, task: Task, options: JudgeOptions): boolean {
  if (options.guard === "off") return false;
  if (candidate.output.some(({ content }) => typeof content !== "string" && content.some(isMore))) return false;
  return saysNothing(answerText(candidate), referenceText(task));
}

function isMore(part: Exclude<Message["content"], string>[number]): boolean {
  return part.type !== "text" && part.type !== "reasoning";
}

/** Why a decision has no verdict at all: the first loss, with the number of others. */
export function lostScore(lost: readonly Unscored[]): Unscored {
  const [first] = lost;
  if (first === undefined) return unscored("bug", "the judge was asked for no verdict");
  if (lost.length === 1) return first;
  return { unscored: { ...first.unscored, message: `${first.unscored.message} (and ${lost.length - 1} more votes)` } };
}

/** The score with facts about lost votes and rendering. */
export function withMore(score: Score, answer: Answers<unknown>, facts: JsonObject): Score {
  if (score.unscored !== undefined) return score;
  const more: JsonObject = {
    ...score.facts,
    ...facts,
    ...(answer.lost.length > 0 ? { votes: answer.votes.length, lostVotes: answer.lost.length } : {}),
  };
  return Object.keys(more).length === 0 ? score : { ...score, facts: more };
}

/** A text that is not the candidate's own was too long for the judge. */
export function tooLong(field: string, length: number): Unscored {
  return unscored("unsupported", `${field} has ${length} characters, more than the judge's limit`);
}

/** Length of what a candidate answers with, in UTF-16 units. */
export function lengthOf(candidate: Candidate): number {
  return answerText(candidate).length;
}
