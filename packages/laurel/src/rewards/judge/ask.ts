import {
  type Context,
  type GenerateRequest,
  type Generation,
  type JsonObject,
  type LanguageModel,
  type Message,
  messageOf,
  type Seed,
  split,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { type Grammar, readVerdict } from "./verdict.ts";

/** What every judge may be told. */
export interface JudgeOptions {
  model: LanguageModel;
  /** Verdicts asked for each decision; default 1. */
  votes?: number | undefined;
  /** Default 0 for one vote and 0.7 for several, which would otherwise be copies. */
  temperature?: number | undefined;
  topP?: number | undefined;
  /** Most tokens of a reply; default 2 048. */
  maxTokens?: number | undefined;
  /**
   * How often an unparsable reply is asked for again; default 0. Above temperature 0 it is drawn again; at 0, where that
   * would repeat it, the judge is shown its reply and asked for the verdict in the right form.
   */
  retries?: number | undefined;
  /** Most UTF-16 units of one quoted text; default 100 000. */
  limit?: number | undefined;
  /** What a candidate over the limit is: the fault `over-long` (default), or shortened in its middle, which the facts state. */
  tooLong?: "fault" | "truncate" | undefined;
  /** Names hidden from the judge, such as those of the models that are compared. */
  hide?: readonly string[] | undefined;
  /** "no-answer" (default): a candidate that says nothing (empty, ":" or "Thought process:") is a fault and is not shown; "off" shows it. */
  guard?: "no-answer" | "off" | undefined;
  name?: string | undefined;
  /** Stands for functions among the options in the fingerprint. */
  version?: string | number | undefined;
  spec?: JsonObject | undefined;
}

/** How replies are drawn, with defaults filled in. */
export interface Draw {
  votes: number;
  temperature: number;
  topP: number | undefined;
  maxTokens: number;
  retries: number;
}

/**
 * The options of drawing with their defaults.
 * @param shuffled do votes see the candidates in different orders, so that they differ even at temperature 0?
 * @throws UsageError on a number out of range, and on several votes at temperature 0, which would be copies of one
 */
export function drawOf(options: JudgeOptions, shuffled = false): Draw {
  const { votes = 1, topP, maxTokens = 2048, retries = 0 } = options;
  const { temperature = votes > 1 && !shuffled ? 0.7 : 0 } = options;
  if (!Number.isInteger(votes) || votes < 1)
    throw new UsageError(`a judge's votes must be a whole number of at least 1, not ${votes}`);
  if (!(temperature >= 0 && temperature <= 10))
    throw new UsageError(`a judge's temperature must lie in [0, 10], not ${temperature}`);
  if (votes > 1 && temperature === 0 && !shuffled)
    throw new UsageError(
      `${votes} votes at temperature 0 would be copies of one`,
      "set a temperature above 0, or votes to 1",
    );
  if (!Number.isInteger(maxTokens) || maxTokens < 1)
    throw new UsageError(`a judge's maxTokens must be a whole number of at least 1, not ${maxTokens}`);
  if (!Number.isInteger(retries) || retries < 0 || retries > 100)
    throw new UsageError(`a judge's retries must be a whole number from 0 to 100, not ${retries}`);
  return { votes, temperature, topP, maxTokens, retries };
}

/** What is asked: rendered messages, how the reply is read, and the seed of this question alone. */
export interface Question<T> {
  messages: readonly Message[];
  grammar: Grammar<T>;
  seed: Seed;
}

/** One readable reply. */
export interface Vote<T> {
  verdict: T;
  reply: Generation;
}

/** The replies to one question: the readable ones, and why others are missing. */
export interface Answers<T> {
  votes: readonly Vote<T>[];
  lost: readonly Unscored[];
}

interface Slot<T> {
  question: Question<T>;
  at: number;
  vote: number;
  messages: readonly Message[];
}

/**
 * Asks a model all questions at once and reads the verdicts; unparsable replies are asked for again as `retries` says.
 * Each vote has its own seed (none is sent at temperature 0, so that equal requests are one entry of the model's cache).
 *
 * @param topLogprobs most likely tokens to report at each place; needs a model that supports them
 */
export async function askAll<T>(
  model: LanguageModel,
  questions: readonly Question<T>[],
  draw: Draw,
  ctx: Context,
  topLogprobs?: number,
): Promise<Answers<T>[]> {
  const votes: (Vote<T> | Unscored)[][] = questions.map(() => []);
  let open: Slot<T>[] = questions.flatMap((question, at) =>
    Array.from({ length: draw.votes }, (_, vote) => ({ question, at, vote, messages: question.messages })),
  );
  for (let round = 0; open.length > 0; round++) {
    const replies = await generate(model, open, draw, round, ctx, topLogprobs);
    const again: Slot<T>[] = [];
    for (const [i, slot] of open.entries()) {
      const reply = replies[i]!;
      const verdict = reply.unscored === undefined ? readVerdict(slot.question.grammar, reply) : reply;
      const failed = verdict as Unscored;
      if (typeof verdict !== "object" || verdict === null || failed.unscored === undefined)
        votes[slot.at]![slot.vote] = { verdict: verdict as T, reply: reply as Generation };
      else {
        votes[slot.at]![slot.vote] = failed;
        if (round < draw.retries && failed.unscored.reason === "judge-unparsable")
          again.push(draw.temperature > 0 ? slot : { ...slot, messages: reminded(slot, reply as Generation) });
      }
    }
    open = again;
  }
  return votes.map((row) => ({
    votes: row.filter((vote): vote is Vote<T> => !("unscored" in vote)),
    lost: row.filter((vote): vote is Unscored => "unscored" in vote),
  }));
}

function reminded<T>({ messages, question }: Slot<T>, reply: Generation): readonly Message[] {
  return [
    ...messages,
    { role: "assistant", content: reply.text },
    {
      role: "user",
      content: `Your reply does not hold a verdict in the form that is needed. ${question.grammar.form}`,
    },
  ];
}

async function generate<T>(
  model: LanguageModel,
  slots: readonly Slot<T>[],
  draw: Draw,
  round: number,
  ctx: Context,
  topLogprobs: number | undefined,
): Promise<(Generation | Unscored)[]> {
  const out: (Generation | Unscored)[] = new Array(slots.length);
  const requests: GenerateRequest[] = [];
  const places: number[][] = [];
  for (const [i, slot] of slots.entries()) {
    if (!model.supports.images && slot.messages.some(hasMedia)) {
      out[i] = unscored("unsupported", `${model.name} reads no images`);
      continue;
    }
    // the votes of one question follow each other; a model that draws n at once is asked once
    const before = places[places.length - 1];
    const first = before === undefined ? undefined : slots[before[0]!];
    if (model.supports.n && round === 0 && first?.question === slot.question && before!.length < draw.votes) {
      before!.push(i);
      requests[requests.length - 1] = { ...requests[requests.length - 1]!, n: before!.length };
      continue;
    }
    places.push([i]);
    const { schema } = slot.question.grammar;
    requests.push({
      messages: slot.messages,
      temperature: draw.temperature,
      maxTokens: draw.maxTokens,
      ...(draw.topP === undefined ? {} : { topP: draw.topP }),
      ...(draw.temperature === 0 || !model.supports.seed
        ? {}
        : { seed: Number.parseInt(split(slot.question.seed, `vote:${slot.vote}:${round}`).slice(0, 8), 16) >>> 1 }),
      ...(schema === undefined || !model.supports.schema ? {} : { schema }),
      ...(topLogprobs === undefined ? {} : { topLogprobs }),
    });
  }
  const replies = await called(model, requests, ctx);
  for (const [r, indices] of places.entries())
    for (const [k, i] of indices.entries())
      out[i] = replies[r]?.[k] ?? unscored("transport", `${model.name} returned too few replies`);
  return out;
}

async function called(
  model: LanguageModel,
  requests: readonly GenerateRequest[],
  ctx: Context,
): Promise<readonly (readonly (Generation | Unscored)[])[]> {
  if (requests.length === 0) return [];
  try {
    return await model.generate(requests, ctx);
  } catch (thrown) {
    // a budget or disk that is full must stop the run
    if (thrown instanceof Error && "exitCode" in thrown && thrown.exitCode === 4) throw thrown;
    const failed = ctx.signal.aborted
      ? unscored("cancelled", `${model.name} was cancelled`)
      : unscored("bug", `${model.name} threw: ${messageOf(thrown)}`);
    return requests.map((request) => Array.from({ length: request.n ?? 1 }, () => failed));
  }
}

function hasMedia({ content }: Message): boolean {
  return typeof content !== "string" && content.some((part) => part.type === "image" || part.type === "video");
}
