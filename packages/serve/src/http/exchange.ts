import type { Reward, Score } from "laurel/core";
import type { KeyEntry } from "../keys.ts";

/** What a request's log line and metrics say about it. Never any text of a prompt or an answer. */
export interface Notes {
  reward?: string | undefined;
  candidates?: number | undefined;
  unscored?: number | undefined;
  key?: string | undefined;
  error?: string | undefined;
}

/** One request as its handler sees it. */
export interface Exchange {
  readonly request: Request;
  readonly url: URL;
  /** Parameters of the query that the operation declares, checked. */
  readonly query: Readonly<Record<string, string | number | undefined>>;
  /** Parameters of the path. */
  readonly path: Readonly<Record<string, string>>;
  /** The client's key; undefined where the server has none. */
  readonly key: KeyEntry | undefined;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds of the client's deadline. */
  readonly deadline: number | undefined;
  /** The body's text, where there was one. */
  readonly text: string;
  readonly notes: Notes;
  /** Keeps the request open in the server's books until a stream that was answered ends. */
  keep(promise: Promise<unknown>): void;
}

/** Notes what was scored. */
export function noteScores(exchange: Exchange, reward: Reward, scores: readonly Score[]): void {
  const { notes } = exchange;
  notes.reward = reward.name;
  notes.candidates = (notes.candidates ?? 0) + scores.length;
  notes.unscored = (notes.unscored ?? 0) + scores.filter((score) => score.unscored !== undefined).length;
}
