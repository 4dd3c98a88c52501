import { type Candidate, type Context, candidate, directContext, type Task, task } from "../../core/index.ts";
import { post } from "./post.ts";
import { type RemoteProtocol, wires } from "./protocols.ts";
import { checkRemote, type RemoteOptions, remoteRequest } from "./remote.ts";

/** What a probe found. */
export interface RemoteProbe {
  /** The text or messages that the server was sent for the first candidate. */
  shown: unknown;
  /** Are values raw? Undefined where the protocol cannot squash, or where the same answer cannot tell. */
  raw: boolean | undefined;
  /** Greatest difference of one candidate's value alone, in a batch, and in the batch turned round. */
  batchDifference: number;
  /** Does the batch change no score beyond `tolerance`? */
  stable: boolean;
  /** Values of the candidates sent one by one. */
  values: readonly number[];
  problems: readonly string[];
}

/** Options of `probeRemote`. */
export interface ProbeOptions {
  /** What is sent; the default is four answers of very different lengths, which shows wrong padding. */
  task?: Task | undefined;
  /** Greatest difference that is put down to arithmetic. Default 0.01 of the values' spread, at least 1e-3. */
  tolerance?: number | undefined;
  signal?: AbortSignal | undefined;
}

const flags: Readonly<Partial<Record<RemoteProtocol, readonly string[]>>> = {
  "vllm-classify": ["use_activation", "activation", "softmax"],
  "vllm-pooling": ["use_activation", "activation", "softmax"],
  tei: ["raw_scores"],
};

const defaultTask = task("Name a prime above 10.", [
  "11",
  "12 is a prime above 10.",
  `13. ${"A prime has exactly two divisors, and 13 is divided by 1 and 13 only. ".repeat(8)}`,
  "I do not know.",
]);

/**
 * Checks a served reward model before its scores are trusted: that it gives raw values, and that a candidate's value
 * does not depend on what else is in its batch or in which order (wrong padding or attention kernels do that).
 *
 * @throws Error where the server cannot be reached or answers in another shape
 * @example const probe = await probeRemote({ url: "http://gpu:8000", protocol: "tei", template: "chatml" })
 */
export async function probeRemote(options: RemoteOptions, probing: ProbeOptions = {}): Promise<RemoteProbe> {
  const { protocol } = checkRemote(options);
  const about = probing.task ?? defaultTask;
  const ctx = directContext({ signal: probing.signal });
  const send = (candidates: readonly Candidate[], change: Record<string, unknown> = {}) =>
    values(options, protocol, { ...about, candidates }, ctx, change);
  const first = about.candidates[0] ?? candidate("");
  const alone: number[] = [];
  for (const one of about.candidates) alone.push((await send([one]))[0]!);
  const together = await batch(send, about.candidates, options);
  const turned = (await batch(send, [...about.candidates].reverse(), options)).reverse();
  let batchDifference = 0;
  for (let i = 0; i < alone.length; i++)
    batchDifference = Math.max(batchDifference, Math.abs(alone[i]! - together[i]!), Math.abs(alone[i]! - turned[i]!));
  const spread = Math.max(...alone) - Math.min(...alone);
  const tolerance = probing.tolerance ?? Math.max(1e-3, 0.01 * spread);
  const problems: string[] = [];
  if (batchDifference > tolerance)
    problems.push(
      `a candidate's value changes by ${batchDifference} with its batch; check padding and attention kernel`,
    );
  const raw = await isRaw(protocol, alone, about.candidates, send);
  if (raw === false) problems.push("the server squashes its values although raw ones were asked for");
  const { body } = remoteRequest(options, { ...about, candidates: [first] });
  return {
    shown: body["messages"] ?? body["input"] ?? body["text"] ?? body["inputs"] ?? body["query"] ?? body["tasks"],
    raw,
    batchDifference,
    stable: batchDifference <= tolerance,
    values: alone,
    problems,
  };
}

type Send = (candidates: readonly Candidate[], change?: Record<string, unknown>) => Promise<number[]>;

/** The candidates in one request where the wire carries several, else at the same time. */
async function batch(send: Send, candidates: readonly Candidate[], options: RemoteOptions): Promise<number[]> {
  const { body } = remoteRequest(options, { ...defaultTask, candidates });
  if (body["messages"] === undefined) return send(candidates);
  return (await Promise.all(candidates.map((one) => send([one])))).flat();
}

/** With the flag turned, a server that minds it gives other values; one whose values stay within 0 and 1 squashes. */
async function isRaw(
  protocol: RemoteProtocol,
  alone: readonly number[],
  candidates: readonly Candidate[],
  send: Send,
): Promise<boolean | undefined> {
  const names = flags[protocol];
  if (names === undefined) return undefined;
  if (alone.some((value) => value < 0 || value > 1)) return true;
  const squashed: number[] = [];
  const other = Object.fromEntries(names.map((name) => [name, name !== "raw_scores"]));
  for (const one of candidates) squashed.push((await send([one], other))[0]!);
  return alone.some((value, i) => Math.abs(value - squashed[i]!) > 1e-6);
}

async function values(
  options: RemoteOptions,
  protocol: RemoteProtocol,
  about: Task,
  ctx: Context,
  change: Record<string, unknown>,
): Promise<number[]> {
  const { url, body } = remoteRequest(options, about);
  const token = options.keyFrom === undefined ? undefined : process.env[options.keyFrom];
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const timeout = options.timeout ?? 120_000;
  const posted = await post({ ...body, ...change }, { url, headers, retries: options.retries ?? 5, timeout }, ctx);
  if (posted.unscored !== undefined) throw new Error(posted.unscored.message);
  return wires[protocol].read(posted.answer, about.candidates.length).map((one) => {
    if (one.unscored !== undefined) throw new Error(one.unscored);
    return one.value;
  });
}
