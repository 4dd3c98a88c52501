import type { Context, Json, Unscored, Usage } from "../core/index.ts";

/** No answer of a model, with the milliseconds that its server asked to wait, if it did. */
export type Failed = Unscored & { retryAfter?: number | undefined };

/** One call of a model: a request in, one answer (or failure) for each sample asked for. */
export type Call<Q, A> = (request: Q, ctx: Context) => Promise<readonly (A | Unscored)[]>;

/** What the wrappers of `around/` need to know of a kind of call. */
export interface Traits<Q, A> {
  /** What decides the answers beside the model: the call's place in cache and de-duplication; null is never shared. */
  key(request: Q): Json | null;
  /** An upper bound of the tokens that the call can take in and give out. */
  bound(request: Q): { input: number; output: number };
  /** What the call used, from all of its answers. */
  usage(answers: readonly A[]): Omit<Usage, "model">;
  /** The name under which the server says it answered, if it does. */
  identity(answer: A): string | undefined;
  /** The answers as JSON and back, for the cache. */
  pack(answers: readonly A[]): Json;
  unpack(stored: Json): readonly A[];
}

/** Is this a failure? */
export function isFailed<A extends object>(answer: A | Unscored): answer is Unscored {
  return (answer as { unscored?: unknown }).unscored !== undefined;
}

/** The answers of a call that are none of its failures. */
export function givenOf<A extends object>(answers: readonly (A | Unscored)[]): A[] {
  return answers.filter((answer): answer is A => !isFailed(answer));
}
