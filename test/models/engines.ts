import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A toy model with a known tokenizer and known probabilities, for servers that speak as real engines do. */
export interface Toy {
  /** SentencePiece puts a space before every text and takes it away from what it decodes. */
  sentencePiece: boolean;
}

const bos = 1;
const special: Readonly<Record<string, number>> = { "<s>": bos, "<|user|>": 2, "<|assistant|>": 3, "<|end|>": 4 };
const words = ["the", " the", " cat", " sat", "cat", "ab", "yes", "no", " yes", " no"];
const pieces: readonly string[] = [
  ...words,
  ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)),
  "\n",
  "é",
];
const firstPiece = 10;

function encode(text: string, toy: Toy, addBos: boolean): number[] {
  const ids: number[] = addBos ? [bos] : [];
  let rest = text;
  let start = true;
  while (rest !== "") {
    const mark = Object.keys(special).find((name) => rest.startsWith(name));
    if (mark !== undefined) {
      ids.push(special[mark]!);
      rest = rest.slice(mark.length);
      continue;
    }
    if (start && toy.sentencePiece) rest = ` ${rest}`;
    start = false;
    let best = -1;
    for (const [i, piece] of pieces.entries())
      if (rest.startsWith(piece) && (best < 0 || piece.length > pieces[best]!.length)) best = i;
    if (best < 0) throw new Error(`no token for ${rest}`);
    ids.push(best + firstPiece);
    rest = rest.slice(pieces[best]!.length);
  }
  return ids;
}

function textOf(id: number): string {
  return Object.keys(special).find((name) => special[name] === id) ?? pieces[id - firstPiece] ?? "?";
}

function decode(ids: readonly number[], toy: Toy): string {
  const text = ids.map(textOf).join("");
  return toy.sentencePiece ? text.replace(/^((?:<[^>]*>)*) /, "$1") : text;
}

/** ln p of a token after the one before it: any fixed function will do. */
export function logprobOf(before: number, id: number): number {
  return -0.1 - ((before * 31 + id * 17) % 97) / 10;
}

function render(messages: readonly { role: string; content: string }[], generation: boolean): string {
  return `<s>${messages.map(({ role, content }) => `<|${role}|>${content}<|end|>`).join("")}${generation ? "<|assistant|>" : ""}`;
}

/** The sum that a server must come to, by token ids. */
export function sumOf(ids: readonly number[], from: number): number {
  let sum = 0;
  for (let i = from; i < ids.length; i++) sum += logprobOf(ids[i - 1]!, ids[i]!);
  return sum;
}

/** The toy's own tokens, for expected values. */
export const toyTokens = { encode, decode, render };

interface Options {
  toy?: Toy;
  /** Which answers are changed before they are sent. */
  change?: (path: string, answer: never) => unknown;
  /** Routes that are not there. */
  without?: readonly string[];
}

/** A server of an engine that runs. */
export interface Engine extends AsyncDisposable {
  url: string;
  seen: { path: string; body: Record<string, unknown> }[];
}

type Routes = Readonly<Record<string, (body: never) => unknown>>;

async function serve(routes: Routes, options: Options): Promise<Engine> {
  const seen: Engine["seen"] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url!;
      const body = await bodyOf(request);
      if (request.method === "POST") seen.push({ path, body });
      const route = options.without?.includes(path) === true ? undefined : routes[path];
      const answer = route?.(body as never);
      response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
      const given = answer ?? { detail: "Not Found" };
      response.end(JSON.stringify(answer === undefined ? given : (options.change?.(path, given as never) ?? given)));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk as string;
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

const owned = (owner: string) => () => ({ object: "list", data: [{ id: "toy", owned_by: owner }] });

/** A server with vLLM's routes. */
export function vllmEngine(options: Options = {}): Promise<Engine> {
  const toy = options.toy ?? { sentencePiece: false };
  return serve(
    {
      "/v1/models": owned("vllm"),
      "/version": () => ({ version: "0.11.0" }),
      "/tokenize": (body: {
        prompt?: string;
        messages?: { role: string; content: string }[];
        add_special_tokens?: boolean;
        add_generation_prompt?: boolean;
      }) => {
        const tokens =
          body.messages === undefined
            ? encode(body.prompt!, toy, body.add_special_tokens ?? true)
            : encode(render(body.messages, body.add_generation_prompt ?? true), toy, false);
        return { tokens, count: tokens.length, max_model_len: 4096 };
      },
      "/detokenize": ({ tokens }: { tokens: number[] }) => ({ prompt: decode(tokens, toy) }),
      "/v1/completions": ({
        prompt,
        prompt_logprobs,
        logprobs,
      }: {
        prompt: number[];
        prompt_logprobs?: number;
        logprobs?: number;
      }) => ({
        model: "toy",
        choices: [
          {
            index: 0,
            text: "x",
            ...(logprobs === undefined
              ? {}
              : {
                  logprobs: {
                    top_logprobs: [
                      Object.fromEntries(
                        [11, 12, 13].slice(0, logprobs).map((id) => [textOf(id), logprobOf(prompt.at(-1)!, id)]),
                      ),
                    ],
                  },
                }),
            ...(prompt_logprobs === undefined
              ? {}
              : {
                  // the most likely token stands first, whichever token is given
                  prompt_logprobs: prompt.map((id, i) =>
                    i === 0
                      ? null
                      : {
                          "99999": { logprob: -0.01, rank: 1, decoded_token: "likely" },
                          [id]: { logprob: logprobOf(prompt[i - 1]!, id), rank: 7, decoded_token: textOf(id) },
                        },
                  ),
                }),
          },
        ],
        usage: { prompt_tokens: prompt.length, completion_tokens: 1 },
      }),
    },
    options,
  );
}

/** A server with SGLang's routes. */
export function sglangEngine(options: Options = {}): Promise<Engine> {
  const toy = options.toy ?? { sentencePiece: false };
  return serve(
    {
      "/v1/models": () => ({ data: [{ id: "toy" }] }),
      "/get_model_info": () => ({ model_path: "toy", is_generation: true }),
      "/tokenize": ({ prompt, add_special_tokens }: { prompt: string; add_special_tokens: boolean }) => ({
        tokens: encode(prompt, toy, add_special_tokens),
      }),
      "/detokenize": ({ tokens }: { tokens: number[] }) => ({ text: decode(tokens, toy) }),
      "/generate": (body: {
        text?: string;
        input_ids?: number[];
        logprob_start_len?: number;
        top_logprobs_num?: number;
      }) => {
        const ids = body.input_ids ?? encode(body.text!, toy, true);
        const from = body.logprob_start_len ?? ids.length;
        return {
          text: "",
          meta_info: {
            prompt_tokens: ids.length,
            input_token_logprobs: ids
              .slice(from)
              .map((id, k) => [k === 0 ? null : logprobOf(ids[from + k - 1]!, id), id, textOf(id)]),
            output_top_logprobs: [
              [11, 12, 13].slice(0, body.top_logprobs_num).map((id) => [logprobOf(ids.at(-1)!, id), id, textOf(id)]),
            ],
          },
        };
      },
    },
    options,
  );
}

/** A server with TGI's routes. */
export function tgiEngine(options: Options = {}): Promise<Engine> {
  const toy = options.toy ?? { sentencePiece: false };
  return serve(
    {
      "/info": () => ({ model_id: "toy", version: "3.3.0" }),
      "/chat_tokenize": ({ messages }: { messages: { role: string; content: string }[] }) => ({
        tokenize_response: [],
        templated_text: render(messages, true),
      }),
      "/generate": ({
        inputs,
        parameters,
      }: {
        inputs: string;
        parameters: { decoder_input_details?: boolean; top_n_tokens?: number };
      }) => {
        const ids = encode(inputs, toy, true);
        return {
          generated_text: "x",
          details: {
            prefill:
              parameters.decoder_input_details === true
                ? ids.map((id, i) => ({ id, text: textOf(id), logprob: i === 0 ? null : logprobOf(ids[i - 1]!, id) }))
                : [],
            tokens: [],
            top_tokens: [
              [11, 12, 13]
                .slice(0, parameters.top_n_tokens)
                .map((id) => ({ id, text: textOf(id), logprob: logprobOf(ids.at(-1)!, id) })),
            ],
          },
        };
      },
    },
    options,
  );
}

/** A server with llama.cpp's routes. */
export function llamaEngine(): Promise<Engine> {
  return serve({ "/v1/models": owned("llamacpp"), "/props": () => ({ default_generation_settings: {} }) }, {});
}

/** A server that tells nothing of itself but echoes. */
export function echoEngine(options: Options = {}): Promise<Engine> {
  const toy = options.toy ?? { sentencePiece: false };
  return serve(
    {
      "/v1/models": owned("someone"),
      "/v1/completions": ({ prompt, echo }: { prompt: string; echo?: boolean }) => {
        const ids = encode(prompt, toy, false);
        return {
          model: "toy",
          choices: [
            {
              text: prompt,
              logprobs:
                echo === true
                  ? {
                      tokens: ids.map(textOf),
                      token_logprobs: ids.map((id, i) => (i === 0 ? null : logprobOf(ids[i - 1]!, id))),
                    }
                  : null,
            },
          ],
        };
      },
    },
    options,
  );
}
