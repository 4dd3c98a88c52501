import { type Message, type Unscored, unscored } from "../../../core/index.ts";
import { besideV1 } from "../http.ts";
import { wireMessages } from "../messages.ts";
import {
  type Given,
  GivenFailure,
  type IdServer,
  type Post,
  type ScoredToken,
  type TextServer,
  type WholeServer,
} from "./types.ts";

/** What is sent to every route of a server. */
export interface ServerOptions {
  url: string;
  model: string;
  post: Post;
}

type Raw = Record<string, unknown>;

/** What vLLM and SGLang send where a probability is 0. */
const clamped = -9999;

function wrong(where: string): GivenFailure {
  return new GivenFailure(
    unscored("transport", `the server's answer has another shape at ${where}`, { transient: false }),
  );
}

function idsIn(body: unknown): readonly number[] {
  const ids = (body as Raw | null)?.["tokens"];
  if (!Array.isArray(ids) || !ids.every((id) => Number.isInteger(id))) throw wrong("tokens");
  return ids as number[];
}

function checked(logprob: unknown, token: string, where: string): number {
  if (typeof logprob !== "number" || Number.isNaN(logprob)) throw wrong(where);
  if (logprob <= clamped)
    throw new GivenFailure(
      unscored("undecided", `the probability of the token ${JSON.stringify(token)} is below what the server can state`),
    );
  return logprob;
}

const noMedia = {
  open: () => Promise.reject(new GivenFailure(unscored("unsupported", "log-probabilities are given for texts only"))),
};

/** vLLM: token ids to `/v1/completions` with `prompt_logprobs: 0`, which gives the given token itself; looked up by its id. */
export function vllm({ url, model, post }: ServerOptions): IdServer {
  const tokenizer = besideV1(url, "/tokenize");
  return {
    kind: "ids",
    tokenize: async (prompt, special) => idsIn(await post(tokenizer, { model, prompt, add_special_tokens: special })),
    detokenize: async (tokens) => {
      const text = ((await post(besideV1(url, "/detokenize"), { model, tokens })) as Raw | null)?.["prompt"];
      if (typeof text !== "string") throw wrong("prompt");
      return text;
    },
    render: async (messages, answer) => {
      const all: readonly Message[] =
        answer === undefined ? messages : [...messages, { role: "assistant", content: answer }];
      const body = { model, messages: await wireMessages(all, noMedia), add_generation_prompt: answer === undefined };
      return idsIn(await post(tokenizer, body));
    },
    score: async (ids, from) => {
      const body = { model, prompt: ids, max_tokens: 1, temperature: 0, prompt_logprobs: 0 };
      const answer = (await post(`${url}/completions`, body)) as Raw | null;
      const choice = (answer?.["choices"] as readonly Raw[] | undefined)?.[0];
      const rows = (choice?.["prompt_logprobs"] ?? answer?.["prompt_logprobs"]) as
        | readonly (Record<string, Raw> | null)[]
        | undefined;
      if (!Array.isArray(rows)) throw new GivenFailure(unscored("unsupported", "the server gives no prompt_logprobs"));
      if (rows.length !== ids.length)
        throw new GivenFailure(
          unscored("transport", `${rows.length} log-probabilities for ${ids.length} tokens`, { transient: false }),
        );
      const tokens = ids.slice(from).map((id, k): ScoredToken => {
        const row = (rows as readonly (Record<string, Raw> | null)[])[from + k]?.[String(id)];
        if (row === undefined) throw wrong(`prompt_logprobs[${from + k}]`);
        const token = String(row["decoded_token"] ?? "");
        return { id, token, logprob: checked(row["logprob"], token, `prompt_logprobs[${from + k}]`) };
      });
      return { tokens, modelId: typeof answer?.["model"] === "string" ? answer["model"] : undefined };
    },
    next: async (ids, top) => {
      const answer = (await post(`${url}/completions`, {
        model,
        prompt: ids,
        max_tokens: 1,
        logprobs: top,
      })) as Raw | null;
      return topOfCompletion(answer);
    },
  };
}

function topOfCompletion(answer: Raw | null): { token: string; logprob: number }[] {
  const logprobs = (answer?.["choices"] as readonly Raw[] | undefined)?.[0]?.["logprobs"] as Raw | null | undefined;
  const first = (logprobs?.["top_logprobs"] as readonly Record<string, number>[] | null | undefined)?.[0];
  if (first === undefined)
    throw new GivenFailure(unscored("unsupported", "the server gives no log-probabilities of the next token"));
  return sorted(Object.entries(first).map(([token, logprob]) => ({ token, logprob })));
}

function sorted(list: { token: string; logprob: number }[]): { token: string; logprob: number }[] {
  return list
    .filter(({ logprob }) => typeof logprob === "number" && logprob > clamped)
    .sort((a, b) => b.logprob - a.logprob);
}

type Triple = readonly [logprob: number | null, id: number, text: string | null];

function triples(answer: unknown, name: string): readonly Triple[] {
  const meta = (answer as Raw | null)?.["meta_info"] as Raw | undefined;
  // older servers call the prompt's part "prefill"
  const list = meta?.[name] ?? meta?.[name.replace("input_", "prefill_").replace("output_", "decode_")];
  if (!Array.isArray(list)) throw new GivenFailure(unscored("unsupported", `the server gives no ${name}`));
  return list as Triple[];
}

/** SGLang's `/generate`: the list begins at `logprob_start_len`, and its first entry is always null. */
function sglangGenerate(
  { url, post }: ServerOptions,
  input: object,
  more: object,
  maxTokens: number,
): Promise<unknown> {
  return post(besideV1(url, "/generate"), {
    ...input,
    sampling_params: { max_new_tokens: maxTokens, temperature: 0 },
    return_logprob: true,
    return_text_in_logprobs: true,
    ...more,
  });
}

function sglangTokens(list: readonly Triple[], expected: number | undefined): ScoredToken[] {
  // a server with a delimiter for multi-item scoring gives only the delimiters' places
  if (expected !== undefined && list.length !== expected)
    throw new GivenFailure(
      unscored("transport", `${list.length} log-probabilities for ${expected} tokens`, { transient: false }),
    );
  return list.map(([logprob, id, text], i) => ({
    id,
    token: text ?? "",
    logprob: i === 0 ? null : checked(logprob, text ?? "", `input_token_logprobs[${i}]`),
  }));
}

async function sglangNext(options: ServerOptions, input: object, top: number) {
  const answer = await sglangGenerate(options, input, { top_logprobs_num: top }, 1);
  const first = (triples(answer, "output_top_logprobs") as unknown as readonly (readonly Triple[])[])[0];
  if (first === undefined) throw wrong("output_top_logprobs");
  return sorted(
    first.map(([logprob, id, text]) => ({
      token: text ?? `token_id:${id}`,
      logprob: logprob ?? Number.NEGATIVE_INFINITY,
    })),
  );
}

/** SGLang with its `/tokenize`. */
export function sglang(options: ServerOptions): IdServer {
  const { url, model, post } = options;
  return {
    kind: "ids",
    tokenize: async (prompt, special) =>
      idsIn(await post(besideV1(url, "/tokenize"), { model, prompt, add_special_tokens: special })),
    detokenize: async (tokens) => {
      const text = ((await post(besideV1(url, "/detokenize"), { model, tokens })) as Raw | null)?.["text"];
      if (typeof text !== "string") throw wrong("text");
      return text;
    },
    score: async (ids, from) => {
      const answer = await sglangGenerate(options, { input_ids: ids }, { logprob_start_len: from - 1 }, 0);
      return { tokens: sglangTokens(triples(answer, "input_token_logprobs"), ids.length - from + 1).slice(1) };
    },
    next: (ids, top) => sglangNext(options, { input_ids: ids }, top),
  };
}

/** SGLang without `/tokenize`, as older versions are. */
export function sglangText(options: ServerOptions): TextServer {
  return {
    kind: "text",
    score: async (text) => {
      const answer = await sglangGenerate(options, { text }, { logprob_start_len: 0 }, 0);
      return { tokens: sglangTokens(triples(answer, "input_token_logprobs"), undefined) };
    },
    next: (text, top) => sglangNext(options, { text }, top),
  };
}

/** TGI's `/generate` with `decoder_input_details`; it takes text only and puts special tokens before it. */
export function tgi({ url, post }: ServerOptions): TextServer {
  const generate = (inputs: string, more: object) =>
    post(besideV1(url, "/generate"), {
      inputs,
      parameters: { max_new_tokens: 1, details: true, ...more },
    }) as Promise<Raw | null>;
  return {
    kind: "text",
    render: async (messages) => {
      const body = { messages: await wireMessages(messages, noMedia) };
      const text = ((await post(besideV1(url, "/chat_tokenize"), body)) as Raw | null)?.["templated_text"];
      if (typeof text !== "string") throw wrong("templated_text");
      return text;
    },
    score: async (text) => {
      const prefill = ((await generate(text, { decoder_input_details: true }))?.["details"] as Raw | undefined)?.[
        "prefill"
      ];
      if (!Array.isArray(prefill) || prefill.length === 0)
        throw new GivenFailure(
          unscored("unsupported", "the server gives no log-probabilities of its input (decoder_input_details)"),
        );
      const tokens = (prefill as readonly { id: number; text: string; logprob: number | null }[]).map(
        ({ id, text: token, logprob }, i): ScoredToken => ({
          id,
          token,
          logprob: i === 0 ? null : checked(logprob, token, `details.prefill[${i}]`),
        }),
      );
      return { tokens };
    },
    next: async (text, top) => {
      const details = (await generate(text, { top_n_tokens: top }))?.["details"] as Raw | undefined;
      const first = (
        details?.["top_tokens"] as readonly (readonly { text: string; logprob: number }[])[] | undefined
      )?.[0];
      if (first === undefined) throw new GivenFailure(unscored("unsupported", "the server gives no top_tokens"));
      return sorted(first.map(({ text: token, logprob }) => ({ token, logprob })));
    },
  };
}

/** Any server whose `/v1/completions` takes `echo` with `max_tokens: 0`. */
export function echoing({ url, model, post }: ServerOptions): TextServer {
  return {
    kind: "text",
    score: async (text) => {
      const body = { model, prompt: text, max_tokens: 0, echo: true, logprobs: 1, temperature: 0 };
      const answer = (await post(`${url}/completions`, body)) as Raw | null;
      const logprobs = (answer?.["choices"] as readonly Raw[] | undefined)?.[0]?.["logprobs"] as Raw | null | undefined;
      const [tokens, values] = [logprobs?.["tokens"], logprobs?.["token_logprobs"]];
      if (
        !Array.isArray(tokens) ||
        !Array.isArray(values) ||
        tokens.length !== values.length ||
        (text !== "" && tokens.length === 0)
      )
        throw new GivenFailure(unscored("unsupported", "the server gives no log-probabilities of a given text (echo)"));
      return {
        tokens: (tokens as readonly string[]).map((token, i) => ({
          id: undefined,
          token,
          logprob: i === 0 ? null : checked(values[i], token, `token_logprobs[${i}]`),
        })),
        modelId: typeof answer?.["model"] === "string" ? answer["model"] : undefined,
      };
    },
    next: async (text, top) =>
      topOfCompletion(
        (await post(`${url}/completions`, { model, prompt: text, max_tokens: 1, logprobs: top })) as Raw | null,
      ),
  };
}

/** A server of `serveModels`. */
export function laurelServer({ url, model, post }: ServerOptions): WholeServer {
  const wire = async (prefix: readonly Message[] | string) =>
    typeof prefix === "string" ? prefix : wireMessages(prefix, noMedia);
  return {
    kind: "whole",
    logprobs: async ({ prefix, completions }) => {
      const jobs = [{ prefix: await wire(prefix), completions }];
      const answer = (await post(`${url}/logprobs`, { model, jobs })) as Raw | null;
      const rows = (
        answer?.["results"] as readonly (readonly (Unscored | { tokens: string[]; logprobs: number[] })[])[] | undefined
      )?.[0];
      if (!Array.isArray(rows) || rows.length !== completions.length) throw wrong("results");
      const modelId = typeof answer?.["model"] === "string" ? answer["model"] : undefined;
      return (rows as readonly (Unscored | { tokens: string[]; logprobs: number[] })[]).map(
        (row, i): Given | Unscored =>
          "unscored" in row
            ? row
            : { ...row, inputTokens: row.tokens.length, outputTokens: 0, calls: i === 0 ? 1 : 0, modelId },
      );
    },
    next: async (prefix, top) => {
      const answer = (await post(`${url}/logprobs`, { model, next: [await wire(prefix)], top })) as Raw | null;
      const rows = (answer?.["results"] as readonly { token: string; logprob: number }[][] | undefined)?.[0];
      if (!Array.isArray(rows)) throw wrong("results");
      return rows;
    },
  };
}
