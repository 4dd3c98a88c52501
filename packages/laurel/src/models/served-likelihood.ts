import {
  type Context,
  type Json,
  type LikelihoodModel,
  messagesContent,
  type TokenLogprobs,
  type Unscored,
  unscored,
} from "../core/index.ts";
import { withLimits } from "./around/limit.ts";
import { withRetries } from "./around/retry.ts";
import type { Call, Traits } from "./call.ts";
import { isFailed } from "./call.ts";
import { managedCall, modelFingerprint } from "./managed.ts";
import { endpointOf, managementOf, type ServedSpec, specOf } from "./served.ts";
import { type Flavour, probe } from "./wire/flavour.ts";
import { prefixIds, prefixText, scoreByIds, scoreByText, type Tokenizer, tokenizerOf } from "./wire/given/boundary.ts";
import { echoing, laurelServer, sglang, sglangText, tgi, vllm } from "./wire/given/servers.ts";
import {
  type Given,
  GivenFailure,
  type GivenJob,
  type IdServer,
  type Post,
  type TextServer,
  type WholeServer,
} from "./wire/given/types.ts";
import { type Endpoint, send } from "./wire/http.ts";

type AnyServer = IdServer | TextServer | WholeServer;

interface Posted {
  address: string;
  body: unknown;
}

const postTraits: Traits<Posted, { body: unknown }> = {
  key: ({ address }) => [address],
  bound: ({ body }) => ({ input: Buffer.byteLength(JSON.stringify(body)), output: 0 }),
  usage: (answers) => ({ inputTokens: 0, outputTokens: 0, calls: answers.length }),
  identity: () => undefined,
  pack: () => null,
  unpack: () => [],
};

/** What the wrappers need to know of a call for log-probabilities: a prefix with its completions, an answer for each. */
export const givenTraits: Traits<GivenJob, Given> = {
  key: ({ prefix, completions }) => ["given", contentOf(prefix), ...completions],
  bound: ({ prefix, completions }) => {
    const before = Buffer.byteLength(JSON.stringify(prefix)) + 256;
    return {
      input: completions.reduce((sum, one) => sum + before + Buffer.byteLength(one), before),
      output: completions.length + 1,
    };
  },
  usage: (answers) => {
    const sum = { inputTokens: 0, outputTokens: 0, calls: 0 };
    for (const { inputTokens, outputTokens, calls } of answers) {
      sum.inputTokens += inputTokens;
      sum.outputTokens += outputTokens;
      sum.calls += calls;
    }
    return sum;
  },
  identity: ({ modelId }) => modelId,
  pack: (answers) => answers as unknown as Json,
  unpack: (stored) => stored as unknown as readonly Given[],
};

function contentOf(prefix: GivenJob["prefix"]): Json {
  return typeof prefix === "string" ? prefix : messagesContent(prefix);
}

const needed = "served by vLLM, SGLang, TGI or laurel models serve, or in process as local:NAME";

/**
 * A likelihood model behind a server: log p(token | tokens before it) of given completions.
 *
 * vLLM (`prompt_logprobs`) and SGLang (`/generate`) are sent token ids; TGI, older SGLang and servers whose completions take `echo` are sent text, and the boundary is found by
 * comparing tokens. llama.cpp's server gives none for a prompt: every answer is unscored with `unsupported`. Which server it is, is probed at the first call unless the spec's `kind` says.
 *
 * The end-of-turn token is not scored unless the spec says `endOfTurn: true` (vLLM, chat prefixes): comparing lengths without it favours unfinished answers.
 */
export function servedLikelihoodModel(spec: ServedSpec): LikelihoodModel {
  const { model, revision } = spec;
  const endOfTurn = spec.endOfTurn ?? false;
  const fingerprint = modelFingerprint("likelihood-model", model, { revision, endOfTurn });
  const endpoint = endpointOf(spec);
  const management = managementOf(spec);
  const wire: Call<Posted, { body: unknown }> = async ({ address, body }, ctx) => {
    const answered = await send(endpoint, address, { body }, ctx);
    if (answered.unscored === undefined) return [{ body: answered.body }];
    const { status: _, ...failed } = answered;
    return [failed];
  };
  const post = withRetries(withLimits(wire, postTraits, management), postTraits, management);
  const postFor =
    (ctx: Context): Post =>
    async (address, body) => {
      const answer = (await post({ address, body }, ctx))[0]!;
      if (isFailed(answer)) throw new GivenFailure(answer);
      return answer.body;
    };
  const found = new Found(endpoint, spec);
  const call: Call<GivenJob, Given> = async (job, ctx) => {
    try {
      const options = { url: spec.url, model, post: postFor(ctx) };
      const server = await found.server(options, ctx);
      if (server.kind === "whole") return await server.logprobs(job);
      if (server.kind === "text") {
        if (endOfTurn && typeof job.prefix !== "string")
          throw new GivenFailure(
            unscored("unsupported", "this server cannot score the end of a turn; leave endOfTurn out"),
          );
        return await scoreByText(server, job);
      }
      return await scoreByIds(server, await found.tokenizer(server), job, { endOfTurn });
    } catch (thrown) {
      const failed = failureOf(thrown);
      return job.completions.map(() => failed);
    }
  };
  // limits and retries stand around each request of a job, so not around the job as well
  const managed = managedCall(
    call,
    givenTraits,
    { model, fingerprint },
    {
      ...management,
      retries: 0,
      concurrency: Number.POSITIVE_INFINITY,
      requestsPerMinute: undefined,
      tokensPerMinute: undefined,
    },
  );
  return {
    name: model,
    fingerprint,
    spec: specOf(spec),
    tokenizer: model,
    logprobs: (jobs, ctx) =>
      Promise.all(
        jobs.map(async (job) => {
          if (job.completions.length === 0) return [];
          const answers = await managed(job, ctx);
          return job.completions.map((_, i) => tokenLogprobs(answers[i] ?? answers[0]!));
        }),
      ),
    next: (prefixes, top, ctx) =>
      Promise.all(
        prefixes.map(async (prefix) => {
          try {
            const server = await found.server({ url: spec.url, model, post: postFor(ctx) }, ctx);
            if (server.kind === "whole") return await server.next(prefix, top);
            if (server.kind === "ids") {
              return await server.next(await prefixIds(server, await found.tokenizer(server), prefix), top);
            }
            if (server.next === undefined)
              return unscored("unsupported", "this server gives no distribution of the next token");
            return await server.next((await prefixText(server, prefix)).text, top);
          } catch (thrown) {
            return failureOf(thrown);
          }
        }),
      ),
  };
}

function failureOf(thrown: unknown): Unscored {
  if (thrown instanceof GivenFailure) return thrown.failed;
  throw thrown;
}

function tokenLogprobs(answer: Given | Unscored): TokenLogprobs | Unscored {
  if (isFailed(answer)) return answer;
  const logprobs = Float64Array.from(answer.logprobs);
  return { tokens: answer.tokens, logprobs, sum: logprobs.reduce((sum, one) => sum + one, 0) };
}

/** What is found out about the server at the first call. Failures are not kept, so that the next call asks again. */
class Found {
  readonly #endpoint: Endpoint;
  readonly #spec: ServedSpec;
  #flavour: Promise<Flavour> | undefined;
  #tokenizer: Promise<Tokenizer> | undefined;
  #ids: Promise<boolean> | undefined;

  constructor(endpoint: Endpoint, spec: ServedSpec) {
    this.#endpoint = endpoint;
    this.#spec = spec;
  }

  async server(options: { url: string; model: string; post: Post }, ctx: Context): Promise<AnyServer> {
    const flavour = await this.#which(ctx);
    switch (flavour) {
      case "vllm":
        return vllm(options);
      case "sglang": {
        const server = sglang(options);
        this.#ids ??= kept(
          server.tokenize("a", false).then(
            () => true,
            (thrown: unknown) => {
              if (thrown instanceof GivenFailure && thrown.failed.unscored.reason === "unsupported") return false;
              throw thrown;
            },
          ),
          () => (this.#ids = undefined),
        );
        return (await this.#ids) ? server : sglangText(options);
      }
      case "tgi":
        return tgi(options);
      case "laurel":
        return laurelServer(options);
      case "llama.cpp":
        throw new GivenFailure(
          unscored(
            "unsupported",
            `llama.cpp's server gives no log-probabilities of a given text; ${options.model} must be ${needed}`,
          ),
        );
      default:
        return echoing(options);
    }
  }

  tokenizer(server: IdServer): Promise<Tokenizer> {
    this.#tokenizer ??= kept(tokenizerOf(server), () => (this.#tokenizer = undefined));
    return this.#tokenizer;
  }

  #which(ctx: Context): Promise<Flavour> {
    const { kind } = this.#spec;
    if (kind !== undefined && kind !== "openai" && kind !== "local") return Promise.resolve(kind);
    this.#flavour ??= kept(
      probe(this.#endpoint, ctx).then((probed) => {
        if (probed === undefined)
          throw new GivenFailure(unscored("transport", `${this.#endpoint.url} cannot be reached`));
        return probed.flavour;
      }),
      () => (this.#flavour = undefined),
    );
    return this.#flavour;
  }
}

/** A promise that is forgotten when it fails. */
function kept<T>(promise: Promise<T>, forget: () => void): Promise<T> {
  promise.catch(forget);
  return promise;
}
