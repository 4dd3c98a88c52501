import type { Message, Unscored } from "../../../core/index.ts";

/** A prefix with the completions whose log-probabilities are asked for. */
export interface GivenJob {
  prefix: readonly Message[] | string;
  completions: readonly string[];
}

/** The log-probabilities of one given completion, with what finding them used. */
export interface Given {
  tokens: readonly string[];
  logprobs: readonly number[];
  inputTokens: number;
  outputTokens: number;
  calls: number;
  modelId: string | undefined;
}

/** One token of a text with the logarithm of its probability after those before it; null for the first one. */
export interface ScoredToken {
  id: number | undefined;
  token: string;
  logprob: number | null;
}

/** Sends a request to a route of the server and gives the body of its answer. @throws GivenFailure */
export type Post = (address: string, body: unknown) => Promise<unknown>;

/** No log-probabilities, with the reason. */
export class GivenFailure extends Error {
  readonly failed: Unscored;
  constructor(failed: Unscored) {
    super(failed.unscored.message);
    this.failed = failed;
  }
}

/** A server that takes token ids. */
export interface IdServer {
  kind: "ids";
  tokenize(text: string, special: boolean): Promise<readonly number[]>;
  detokenize(ids: readonly number[]): Promise<string>;
  /** The ids of a conversation, with the template's beginning of an answer, or with the answer and its end. */
  render?: ((messages: readonly Message[], answer: string | undefined) => Promise<readonly number[]>) | undefined;
  /** The tokens from place `from` (at least 1) on. */
  score(
    ids: readonly number[],
    from: number,
  ): Promise<{ tokens: readonly ScoredToken[]; modelId?: string | undefined }>;
  next(ids: readonly number[], top: number): Promise<readonly { token: string; logprob: number }[]>;
}

/** A server that takes text only. */
export interface TextServer {
  kind: "text";
  /** All tokens of a text, special ones at its beginning included. */
  score(text: string): Promise<{ tokens: readonly ScoredToken[]; modelId?: string | undefined }>;
  render?: ((messages: readonly Message[]) => Promise<string>) | undefined;
  next?: ((text: string, top: number) => Promise<readonly { token: string; logprob: number }[]>) | undefined;
}

/** A server that does it all itself. */
export interface WholeServer {
  kind: "whole";
  logprobs(job: GivenJob): Promise<readonly (Given | Unscored)[]>;
  next(prefix: GivenJob["prefix"], top: number): Promise<readonly { token: string; logprob: number }[]>;
}
