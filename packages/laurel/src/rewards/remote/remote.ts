import {
  fingerprintOf,
  groupwise,
  type JsonObject,
  pointwise,
  type Reward,
  type Score,
  type Task,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { type PostOptions, post } from "./post.ts";
import { type RemoteProtocol, type RemoteValue, type WireOptions, wires } from "./protocols.ts";
import { type TemplateOption, templateOf } from "./templates.ts";

/** Options of `remote`. */
export interface RemoteOptions {
  /** Address of the server; a path, where there is one, is taken as it stands. */
  url: string;
  /** What the server speaks. Default: what the address's path says (`/get_reward`, `/classify` …), else `laurel`. */
  protocol?: RemoteProtocol | undefined;
  /** The served model's name, where the server wants one. */
  model?: string | undefined;
  /** The served reward's name (protocol `laurel` with several rewards). */
  reward?: string | undefined;
  /**
   * How a conversation becomes text, for servers that are sent text. `vllm-classify` and `vllm-pooling` are sent
   * messages where none is given, and apply the model's own template; `sglang` and `tei` need one.
   */
  template?: TemplateOption | undefined;
  /** Names the environment variable that holds the bearer token. */
  keyFrom?: string | undefined;
  /** Least and greatest value, where they are known. */
  range?: readonly [min: number, max: number] | undefined;
  /** Does the reward see its group (protocol `laurel`)? Default false. */
  group?: boolean | undefined;
  /** What changes when the model behind the address does; without it scores are neither cached nor resumed. */
  version?: string | number | undefined;
  /** Times that a server's Retry-After is obeyed. Default 5. */
  retries?: number | undefined;
  /** Milliseconds that a request may take. Default 120 000. */
  timeout?: number | undefined;
  name?: string | undefined;
}

interface Checked {
  protocol: RemoteProtocol;
  wire: WireOptions;
  url: string;
}

function protocolOf(path: string): RemoteProtocol {
  const found = Object.entries(wires).find(([, wire]) => path.endsWith(wire.path));
  return (found?.[0] as RemoteProtocol | undefined) ?? "laurel";
}

/** What is right of options, or a UsageError. */
export function checkRemote(options: RemoteOptions): Checked {
  let url: URL;
  try {
    url = new URL(options.url);
  } catch {
    throw new UsageError(`"${options.url}" is no address`, "an address looks like http://localhost:8000");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new UsageError(`"${options.url}" is not an http address`);
  const protocol = options.protocol ?? protocolOf(url.pathname);
  const wire = wires[protocol];
  if (wire === undefined)
    throw new UsageError(`there is no protocol "${String(protocol)}"`, `there is ${Object.keys(wires).join(", ")}`);
  if (options.template === undefined && (protocol === "sglang" || protocol === "tei"))
    throw new UsageError(
      `${protocol} is sent text, so it needs the chat template that the reward model was trained with`,
      'name one: template: "chatml", "llama3", "gemma", "plain", or { turn: "…{role}…{content}…" }',
    );
  if (options.group === true && protocol !== "laurel")
    throw new UsageError("only the protocol laurel scores groups", "leave out `group`");
  if (url.pathname === "/" || url.pathname === "") url.pathname = wire.path;
  return {
    protocol,
    url: url.href,
    wire: {
      model: options.model,
      reward: options.reward,
      template: options.template === undefined ? undefined : templateOf(options.template),
    },
  };
}

function keyOf(options: RemoteOptions): Record<string, string> {
  if (options.keyFrom === undefined) return {};
  const token = process.env[options.keyFrom];
  if (token === undefined || token === "")
    throw new UsageError(`the environment variable ${options.keyFrom} is not set`, "it holds the server's key");
  return { authorization: `Bearer ${token}` };
}

/**
 * The request that a remote reward would send for a task, as it stands: shows which text the model reads after the chat
 * template, which is where remote scores go wrong without an error.
 * @returns the address and the body
 */
export function remoteRequest(options: RemoteOptions, task: Task): { url: string; body: JsonObject } {
  const { protocol, url, wire } = checkRemote(options);
  return { url, body: wires[protocol].body(task, wire) as JsonObject };
}

/** Scores of a task's candidates by one request. */
async function ask(
  name: string,
  checked: Checked,
  options: PostOptions,
  task: Task,
  ctx: Parameters<Reward["score"]>[1],
): Promise<Score[]> {
  const wire = wires[checked.protocol];
  const posted = await post(wire.body(task, checked.wire), options, ctx);
  if (posted.unscored !== undefined) return task.candidates.map(() => posted);
  ctx.spend({ model: checked.wire.model ?? name, ...tokensOf(posted.answer), calls: 1 });
  let values: RemoteValue[];
  try {
    values = wire.read(posted.answer, task.candidates.length);
    if (values.length !== task.candidates.length)
      throw new Error(`expected ${task.candidates.length} values, found ${values.length}`);
  } catch (thrown) {
    const wrong = unscored("transport", `${checked.url} answered in another shape: ${(thrown as Error).message}`, {
      transient: false,
      raw: JSON.stringify(posted.answer).slice(0, 500),
    });
    return task.candidates.map(() => wrong);
  }
  return values.map((one): Score => {
    if (one.unscored !== undefined) return unscored("undecided", one.unscored, { transient: one.transient });
    return {
      value: one.value,
      ...(one.steps === undefined ? {} : { local: [{ unit: "step" as const, values: one.steps }] }),
    };
  });
}

/** Tokens that the server says it read. */
function tokensOf(answer: unknown): { inputTokens: number; outputTokens: number } {
  const usage = (answer as { usage?: { prompt_tokens?: unknown } } | null)?.usage;
  const read = usage?.prompt_tokens;
  return { inputTokens: typeof read === "number" ? read : 0, outputTokens: 0 };
}

/**
 * A reward that is served elsewhere: by vLLM (`/classify`, `/pooling`), SGLang, text-embeddings-inference, an OpenRLHF
 * reward server, or another Laurel.
 *
 * Raw values are asked for wherever the protocol squashes them; `probeRemote` checks that they are. Values are on the
 * server's own scale. `vllm-pooling` reads a vector a step (a process reward model): the value is the last one and
 * `local` holds all.
 *
 * @throws UsageError for a wrong address, or a protocol that is sent text without a chat template
 * @example remote({ url: "http://gpu:8000", protocol: "vllm-classify", model: "Skywork/Skywork-Reward-V2", version: 1 })
 */
export function remote(options: RemoteOptions): Reward {
  const checked = checkRemote(options);
  const name = options.name ?? `remote(${options.reward ?? options.model ?? new URL(checked.url).host})`;
  const posting: PostOptions = {
    url: checked.url,
    headers: keyOf(options),
    retries: options.retries ?? 5,
    timeout: options.timeout ?? 120_000,
  };
  const { model, reward, template } = options;
  const spec: JsonObject = {
    kind: "remote",
    url: options.url,
    protocol: checked.protocol,
    ...(model === undefined ? {} : { model }),
    ...(reward === undefined ? {} : { reward }),
    ...(template === undefined ? {} : { template: template as unknown as JsonObject }),
    ...(options.keyFrom === undefined ? {} : { keyFrom: options.keyFrom }),
    ...(options.range === undefined ? {} : { range: options.range }),
    ...(options.group === undefined ? {} : { group: options.group }),
    ...(options.version === undefined ? {} : { version: options.version }),
  };
  const about = { work: "io" as const, spec, ...(options.range === undefined ? {} : { range: options.range }) };
  const made =
    options.group === true
      ? groupwise(name, (task, ctx) => ask(name, checked, posting, task, ctx), about)
      : pointwise(
          name,
          async (candidate, task, ctx) =>
            (await ask(name, checked, posting, { ...task, candidates: [candidate] }, ctx))[0]!,
          about,
        );
  // the address says where the model runs, not what it is, so it is no part of the fingerprint
  const identity = { protocol: checked.protocol, model: model ?? null, reward: reward ?? null } as JsonObject;
  const what = { ...identity, template: (template as unknown as JsonObject) ?? null };
  return { ...made, fingerprint: fingerprintOf("remote", "remote", { version: options.version, spec: what }) };
}
