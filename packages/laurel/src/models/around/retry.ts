import { setTimeout as sleep } from "node:timers/promises";
import { hashJson, random, split, type Unscored, unscored } from "../../core/index.ts";
import { type Call, type Failed, isFailed, type Traits } from "../call.ts";

/** How often and when a failed call is tried again. */
export interface Retries {
  /** Further tries after the first. Default 5. */
  retries?: number | undefined;
  /** Milliseconds before the first of them; doubled each time, with jitter of ± 50 %. Default 500. */
  backoff?: number | undefined;
  /** Milliseconds of a server's Retry-After that are obeyed; with a longer one the call fails. Default 120 000. */
  longestWait?: number | undefined;
}

/**
 * Tries transient failures again: after the time that the server named (Retry-After), else with exponential back-off.
 * Samples that have an answer are not asked for again unless the call as a whole gave none. A failure that is left at the end is marked as not
 * transient, so that nobody above tries the same again.
 */
export function withRetries<Q, A extends object>(
  call: Call<Q, A>,
  traits: Traits<Q, A>,
  options: Retries = {},
): Call<Q, A> {
  const retries = options.retries ?? 5;
  const backoff = options.backoff ?? 500;
  const longest = options.longestWait ?? 120_000;
  return async (request, ctx) => {
    for (let attempt = 0; ; attempt++) {
      const answers = await call(request, ctx);
      const failed = answers.filter(isFailed) as Failed[];
      if (failed.length === 0 || failed.length < answers.length) return answers;
      if (!failed.every((one) => one.unscored.transient)) return answers;
      const named = failed.reduce<number | undefined>(
        (most, one) => (one.retryAfter === undefined ? most : Math.max(most ?? 0, one.retryAfter)),
        undefined,
      );
      if (attempt >= retries) return answers.map((one) => settled(one as Failed, `after ${attempt + 1} tries`));
      if (named !== undefined && named > longest)
        return answers.map((one) => settled(one as Failed, `and asks to wait ${Math.round(named / 1000)} s`));
      const name = hashJson(traits.key(request) ?? "");
      const jitter = 0.5 + random(split(split(ctx.seed, name), attempt)).uniform();
      const wait = named ?? backoff * 2 ** attempt * jitter;
      if (ctx.deadline !== undefined && Date.now() + wait > ctx.deadline)
        return answers.map(() =>
          unscored("deadline", `${failed[0]!.unscored.message}; the next try would be too late`),
        );
      try {
        await sleep(wait, undefined, { signal: ctx.signal });
      } catch (thrown) {
        if (ctx.signal.aborted) return answers.map(() => unscored("cancelled", "the call was cancelled"));
        throw thrown;
      }
    }
  };
}

function settled(failed: Failed, how: string): Unscored {
  const { message, ...rest } = failed.unscored;
  return { unscored: { ...rest, message: `${message} (${how})`, transient: false } };
}
