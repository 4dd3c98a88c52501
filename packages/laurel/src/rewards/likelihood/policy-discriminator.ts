import { setTimeout as sleep } from "node:timers/promises";
import {
  answerText,
  type Context,
  fault,
  fingerprintOf,
  type JsonObject,
  pointwise,
  promptText,
  type Reward,
  type Task,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { type Posted, post } from "../remote/post.ts";

/** Turns text into tokens and back, where texts are to be cut as the released code cuts them. */
export interface TextCodec {
  encode(text: string): readonly number[];
  decode(tokens: readonly number[]): string;
}

/** Options of `policyDiscriminator`. */
export interface PolicyDiscriminatorOptions {
  /** The server's address; its path, where it has none, is that of `server`. */
  url: string;
  server: "sglang" | "vllm" | "lmdeploy";
  /** The served model's name, where the server wants one. */
  model?: string | undefined;
  /** `sft` (default) joins prompt and answer by a newline, `pretrain` by nothing. */
  wrapper?: "sft" | "pretrain" | undefined;
  /** What several reference texts make of their scores. Default `max`. */
  aggregate?: "max" | "mean" | undefined;
  /** Cuts texts to `limits`; without it they are sent whole. */
  codec?: TextCodec | undefined;
  /** Tokens: of the whole input (default 16 380) and of each answer (default 4096). */
  limits?: { total?: number | undefined; answer?: number | undefined } | undefined;
  /** Names the environment variable that holds the bearer token. */
  keyFrom?: string | undefined;
  /** Further tries of a failed request, 0.2 s apart. Default 8. */
  retries?: number | undefined;
  /** Milliseconds that a request may take. Default 30 000. */
  timeout?: number | undefined;
  /** What changes when the model behind the address does; without it scores are neither cached nor resumed. */
  version?: string | number | undefined;
  /** What an empty answer scores; without it it is sent as it is. */
  floor?: number | undefined;
}

const between = "<|reward|>";
const last = "[UNUSED_TOKEN_130]";
const thinking = "</think>";
const paths = { sglang: "/classify", vllm: "/pooling", lmdeploy: "/pooling" } as const;
const pause = 200;

/** A text without the marks that divide the input, which a candidate could otherwise write itself. */
function unmarked(text: string): string {
  return text.replaceAll(between, "").replaceAll(last, "");
}

/**
 * The input of POLAR's reward models: prompt and reference, `<|reward|>`, prompt and candidate, `[UNUSED_TOKEN_130]`.
 *
 * Thinking before `</think>` is left out. With a codec, answers keep their first `limits.answer` tokens, and the prompt
 * the last (total − both answers) / 2.
 */
export function polarInput(
  prompt: string,
  reference: string,
  candidate: string,
  options: Pick<PolicyDiscriminatorOptions, "wrapper" | "codec" | "limits"> = {},
): string {
  const { wrapper = "sft", codec, limits = {} } = options;
  const { total = 16_380, answer = 4096 } = limits;
  const said = (text: string): string => {
    const thought = text.lastIndexOf(thinking);
    return unmarked(thought < 0 ? text : text.slice(thought + thinking.length).trimStart());
  };
  let [shown, gold, own] = [unmarked(prompt), said(reference), said(candidate)];
  if (codec !== undefined) {
    const cut = (text: string): string => {
      const tokens = codec.encode(text);
      return tokens.length <= answer ? text : codec.decode(tokens.slice(0, answer));
    };
    [gold, own] = [cut(gold), cut(own)];
    const room = Math.max(0, Math.floor((total - codec.encode(gold).length - codec.encode(own).length) / 2));
    const tokens = codec.encode(shown);
    if (tokens.length > room) shown = codec.decode(tokens.slice(tokens.length - room));
  }
  const join = (text: string): string => (wrapper === "sft" && text !== "" ? `${shown}\n${text}` : shown + text);
  return `${join(gold)}${between}${join(own)}${last}`;
}

/** The numbers of an answer, one a text; in nested lists the last is meant. */
function valuesOf(answer: unknown): unknown[] {
  const list = Array.isArray(answer) ? answer : (answer as { data?: unknown } | null)?.data;
  if (!Array.isArray(list)) return [];
  return list.map((one: { embedding?: unknown; data?: unknown } | null) => {
    let value = one?.embedding ?? one?.data;
    while (Array.isArray(value)) value = value.at(-1);
    return value;
  });
}

/**
 * The reward `likelihood.policyDiscriminator`: how surely a candidate comes from the same policy as a reference answer, by
 * a served POLAR model.
 *
 * r(x, reference, y), a scalar head's raw value; comparable within one prompt and reference only
 *
 * @returns unscored: `missing-reference` without reference texts or exemplar; `transport` after the last try
 * @throws UsageError for a wrong address, or a key that is not set
 * Source: POLAR (InternLM, 2025), src/polar/reward_func.py for input and servers
 * @example policyDiscriminator({ url: "http://gpu:30000", server: "sglang", model: "internlm/POLAR-7B", version: 1 })
 */
export function policyDiscriminator(options: PolicyDiscriminatorOptions): Reward {
  const { server, model, wrapper = "sft", aggregate = "max", retries = 8, timeout = 30_000, floor } = options;
  const name = "likelihood.policyDiscriminator";
  if (!URL.canParse(options.url) || !/^https?:/.test(options.url))
    throw new UsageError(`"${options.url}" is no address`, "an address looks like http://localhost:30000");
  const url = new URL(options.url);
  if (url.pathname === "/") url.pathname = paths[server];
  const key = options.keyFrom === undefined ? undefined : process.env[options.keyFrom];
  if (options.keyFrom !== undefined && !key)
    throw new UsageError(`the environment variable ${options.keyFrom} is not set`, "it holds the server's key");
  const posting = {
    url: url.href,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    retries,
    timeout,
  };
  const ask = async (texts: readonly string[], ctx: Context): Promise<Posted> => {
    const body = { ...(model === undefined ? {} : { model }), [server === "sglang" ? "text" : "input"]: texts };
    for (let attempt = 0; ; attempt++) {
      const posted = await post(body, posting, ctx);
      if (posted.unscored === undefined || !posted.unscored.transient || attempt >= retries) return posted;
      await sleep(pause, undefined, { signal: ctx.signal });
    }
  };
  const references = (task: Task): string[] | Unscored => {
    const { texts = [], exemplar } = task.reference ?? {};
    const all = [...texts, ...(exemplar === undefined ? [] : [answerText(exemplar)])];
    return all.length > 0 ? all : unscored("missing-reference", "the task has no reference text to compare with");
  };
  const made = pointwise(
    name,
    async (candidate, task, ctx) => {
      const text = answerText(candidate);
      if (text === "" && floor !== undefined) return fault("no-answer");
      const golds = references(task);
      if ("unscored" in golds) return golds;
      const posted = await ask(
        golds.map((gold) => polarInput(promptText(task), gold, text, options)),
        ctx,
      );
      if (posted.unscored !== undefined) return posted;
      ctx.spend({ model: model ?? name, inputTokens: 0, outputTokens: 0, calls: 1 });
      const values = valuesOf(posted.answer);
      if (values.length !== golds.length || !values.every((value) => typeof value === "number"))
        return unscored("transport", `${url.href} answered in another shape`, {
          transient: false,
          raw: JSON.stringify(posted.answer).slice(0, 500),
        });
      const numbers = values as number[];
      const value =
        aggregate === "max" ? Math.max(...numbers) : numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
      return { value, ...(numbers.length > 1 ? { facts: { references: numbers } } : {}) };
    },
    { work: "io", ...(floor === undefined ? {} : { floor }) },
  );
  // the address says where the model runs, not what it is
  const identity: JsonObject = {
    server,
    model: model ?? null,
    wrapper,
    aggregate,
    limits: (options.limits as JsonObject | undefined) ?? null,
    cut: options.codec !== undefined,
    floor: floor ?? null,
  };
  return { ...made, fingerprint: fingerprintOf("likelihood", name, { version: options.version, spec: identity }) };
}
