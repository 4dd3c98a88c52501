import type { Context, GenerateRequest, Generation, LanguageModel } from "../core/index.ts";
import { hashJson, messagesContent } from "../core/index.ts";
import { withBudget } from "./around/budget.ts";
import { withCache } from "./around/cache.ts";
import { withDeduplication } from "./around/deduplicate.ts";
import { withSteadyIdentity } from "./around/identity.ts";
import { type Limits, withLimits } from "./around/limit.ts";
import { type Retries, withRetries } from "./around/retry.ts";
import { withAllSamples } from "./around/samples.ts";
import { type Price, withSpending } from "./around/spend.ts";
import type { Call, Traits } from "./call.ts";

/** What stands around the calls of a model. */
export interface Management extends Limits, Retries {
  price?: Price | undefined;
  /** Tokens that an answer is taken to have at most where the request does not limit it, for budgets. Default 4096. */
  assumedOutput?: number | undefined;
  /** Take answers also where the server's name for itself changes. */
  anyIdentity?: boolean | undefined;
}

/** What the wrappers need to know of a call to a language model. */
export function generationTraits(assumedOutput = 4096): Traits<GenerateRequest, Generation> {
  return {
    key: (request) => {
      const { messages, ...rest } = request;
      return ["generate", messagesContent(messages), rest as never];
    },
    bound: (request) => ({
      input: mostTokens(request),
      output: (request.n ?? 1) * (request.maxTokens ?? assumedOutput),
    }),
    usage: (answers) => {
      const sum = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, calls: 0 };
      for (const { usage } of answers) {
        sum.inputTokens += usage.inputTokens;
        sum.outputTokens += usage.outputTokens;
        sum.cachedTokens += usage.cachedTokens ?? 0;
        sum.calls += usage.calls;
      }
      return sum;
    },
    identity: (answer) => answer.modelId,
    pack: (answers) => answers as never,
    unpack: (stored) => stored as never,
  };
}

/** Tokens of a chat's own marks around a message, and of an image, at most. */
const perMessage = 32;
const perImage = 8192;

/** An upper bound of a request's input tokens: a token is at least one byte of text. */
function mostTokens(request: GenerateRequest): number {
  let bound = 256;
  for (const { content } of request.messages) {
    bound += perMessage;
    if (typeof content === "string") bound += Buffer.byteLength(content);
    else
      for (const part of content) {
        if (part.type === "image") bound += perImage;
        else if (part.type === "video") bound += perImage * part.frames.length;
        else bound += Buffer.byteLength(part.type === "text" ? part.text : JSON.stringify(part));
      }
  }
  for (const more of [request.schema, request.tools])
    if (more !== undefined) bound += Buffer.byteLength(JSON.stringify(more));
  return bound;
}

/**
 * A call with everything around it, from the inside: accounting, limits, retries, budget, de-duplication, identity check, cache.
 */
export function managedCall<Q, A extends object>(
  call: Call<Q, A>,
  traits: Traits<Q, A>,
  about: { model: string; fingerprint: string | null },
  options: Management,
  complete: (call: Call<Q, A>) => Call<Q, A> = (same) => same,
): Call<Q, A> {
  const named = { model: about.model, price: options.price };
  const spending = withSpending(call, traits, named);
  const retried = withRetries(withLimits(spending, traits, options), traits, options);
  const whole = complete(withBudget(retried, traits, named));
  const joined = withDeduplication(whole, traits);
  const steady = options.anyIdentity === true ? joined : withSteadyIdentity(joined, traits, named);
  return withCache(steady, traits, about);
}

/** A language model as a call of one request. What it spends is left to the accounting around the call, which knows its price. */
export function callOf(model: LanguageModel): Call<GenerateRequest, Generation> {
  const silent = (): void => {};
  return async (request: GenerateRequest, ctx: Context) =>
    (await model.generate([request], { ...ctx, spend: silent }))[0]!;
}

/** A language model of a call: each request is a call of its own, all at the same time. */
export function modelOf(
  about: Omit<LanguageModel, "generate">,
  call: Call<GenerateRequest, Generation>,
): LanguageModel {
  return {
    ...about,
    generate: (requests, ctx) => Promise.all(requests.map((request) => call(request, ctx))),
  };
}

/**
 * Any language model with accounting, rate limits, retries, de-duplication, cache, budget and identity check around it.
 *
 * Cache, budget and identities are those of the run that the context belongs to (`laurel score` and its like, or `withModelRun`); without one there is no cache
 * and no budget.
 *
 * @param model its fingerprint names it in the cache; with null nothing is cached
 * @example const judge = managed(myModel, { requestsPerMinute: 60, price: { input: 0.5, output: 1.5 } })
 */
export function managed(model: LanguageModel, options: Management = {}): LanguageModel {
  const traits = generationTraits(options.assumedOutput);
  const about = { model: model.name, fingerprint: model.fingerprint };
  const dispose = model[Symbol.asyncDispose]?.bind(model);
  return modelOf(
    {
      name: model.name,
      fingerprint: model.fingerprint,
      supports: model.supports,
      ...(model.spec === undefined ? {} : { spec: model.spec }),
      ...(model.random === undefined ? {} : { random: model.random }),
      ...(dispose === undefined ? {} : { [Symbol.asyncDispose]: dispose }),
    },
    managedCall(callOf(model), traits, about, options, withAllSamples),
  );
}

/** The part of a model's fingerprint that does not depend on where it is served. */
export function modelFingerprint(form: string, model: string, options: unknown): string {
  return hashJson([form, model, options as never]);
}
