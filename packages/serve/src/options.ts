import type { Comparer, JsonObject, Reward } from "laurel/core";
import type { DestinationStream, Logger } from "pino";
import type { EngineOptions } from "./engine.ts";
import type { GroupSetting } from "./groups.ts";
import type { KeyEntry } from "./keys.ts";

/** The protocols that a server speaks besides Laurel's own. */
export const protocolNames = [
  "openrlhf",
  "trl",
  "verl",
  "vllm",
  "sglang",
  "tei",
  "rerank",
  "eval-protocol",
  "rewardanything",
] as const;
/** One of them. */
export type ProtocolName = (typeof protocolNames)[number];

/** Options of `createServer`. */
export interface ServerOptions extends EngineOptions {
  /** What is served, by the name that clients use. */
  rewards: Readonly<Record<string, Reward>>;
  /** Comparers for `/v1/compare`, by name. A reward's name works there too. */
  comparers?: Readonly<Record<string, Comparer>> | undefined;
  /**
   * Specs of second rewards, by the name of the served one that each shadows: they score what it has scored, afterwards, in processes of their
   * own, and the page shows where they disagree.
   */
  shadows?: Readonly<Record<string, string | JsonObject>> | undefined;
  /** Protocols to speak; naming them refuses at the start what they cannot serve. Default: all that can serve. */
  protocols?: readonly ProtocolName[] | undefined;
  /** Group size, key and wait for protocols that send samples one by one; an address may name its own. */
  group?: GroupSetting | undefined;
  /** The number that such protocols are told for samples without a score; an address may name its own. */
  unscored?: number | undefined;
  /** Who may call. Without keys, everyone who reaches the port may. */
  keys?: readonly KeyEntry[] | undefined;
  /** Bytes of a JSON body. Default 16 MiB. */
  maxBody?: number | undefined;
  /** Bytes of a job's file. Default 1 GiB. */
  maxUpload?: number | undefined;
  /** Milliseconds that a body may take to arrive. Default 30 000. */
  bodyTime?: number | undefined;
  /** Milliseconds that a request's head may take to arrive. Default 10 000. */
  headTime?: number | undefined;
  /** Connections at a time. Default 10 000. */
  maxConnections?: number | undefined;
  /** Milliseconds that a request may take where its client names no deadline. Default: none. */
  deadline?: number | undefined;
  /** May clients make rewards from specs (`POST /v1/rewards`)? Never of kinds that run code, read files or call out. Default false. */
  specs?: boolean | undefined;
  /** Serve the page at `/`? Default false. */
  page?: boolean | undefined;
  /** The folder whose files the page shows and in which it keeps labels. Default: the folder in which the program runs. */
  folder?: string | undefined;
  /** A folder for jobs; without it there are none. They survive a restart. */
  data?: string | undefined;
  /** Jobs at a time. Default 1. */
  jobs?: number | undefined;
  /** Log of requests: true (standard error), a stream, a pino logger, or false (default). */
  log?: boolean | DestinationStream | Logger | undefined;
  /** Write prompts and answers into the log. Default false. */
  logTexts?: boolean | undefined;
  /** Milliseconds that `close` waits for running requests. Default 30 000. */
  drain?: number | undefined;
}
