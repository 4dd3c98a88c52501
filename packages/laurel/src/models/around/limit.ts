import { setTimeout as sleep } from "node:timers/promises";
import { unscored } from "../../core/index.ts";
import { type Call, type Failed, givenOf, isFailed, type Traits } from "../call.ts";

/** How much of a model may be asked for at a time. */
export interface Limits {
  /** Calls in flight. Default 32. */
  concurrency?: number | undefined;
  /** Calls begun within any 60 seconds. Default: no limit. */
  requestsPerMinute?: number | undefined;
  /** Tokens, in and out, of calls begun within any 60 seconds: estimated when a call begins, corrected when it ends. Default: no limit. */
  tokensPerMinute?: number | undefined;
  /** Milliseconds of a server's Retry-After during which all calls are held back; a longer one only fails its own call. Default 120 000. */
  longestWait?: number | undefined;
}

/** Where time comes from; tests have one of their own. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<unknown>;
}

const realClock: Clock = { now: Date.now, sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }) };

const minute = 60_000;
const longestTimer = 2 ** 31 - 1;

interface Entry {
  at: number;
  amount: number;
}

/** The sum of what was begun within the last minute. */
class Window {
  readonly #limit: number;
  #entries: Entry[] = [];
  #head = 0;
  #sum = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Milliseconds until `amount` more fits; 0 if it does now. More than the whole limit waits for an empty window. */
  wait(amount: number, now: number): number {
    while (this.#head < this.#entries.length && this.#entries[this.#head]!.at + minute <= now) {
      this.#sum -= this.#entries[this.#head]!.amount;
      this.#head++;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    let sum = this.#sum;
    if (sum + amount <= this.#limit || this.#head === this.#entries.length) return 0;
    for (let i = this.#head; i < this.#entries.length; i++) {
      const entry = this.#entries[i]!;
      sum -= entry.amount;
      if (sum + amount <= this.#limit || i === this.#entries.length - 1) return entry.at + minute - now;
    }
    return 0;
  }

  add(amount: number, now: number): Entry {
    const entry = { at: now, amount };
    this.#entries.push(entry);
    this.#sum += amount;
    return entry;
  }

  correct(entry: Entry, amount: number, now: number): void {
    if (entry.at + minute > now) this.#sum += amount - entry.amount;
    entry.amount = amount;
  }
}

/**
 * Holds calls back so that no more than the limits are asked for. Calls begin in the order in which they came; one that waits can be cancelled.
 * When a server says "come back later" with a time, no call begins before it.
 */
export function withLimits<Q, A extends object>(
  call: Call<Q, A>,
  traits: Traits<Q, A>,
  limits: Limits,
  clock: Clock = realClock,
): Call<Q, A> {
  const concurrency = limits.concurrency ?? 32;
  const longest = limits.longestWait ?? 120_000;
  const requests = limits.requestsPerMinute === undefined ? undefined : new Window(limits.requestsPerMinute);
  const tokens = limits.tokensPerMinute === undefined ? undefined : new Window(limits.tokensPerMinute);
  let running = 0;
  let closedUntil = 0;
  const waiting: (() => void)[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  /** Waits for the windows, one call after the other. */
  const windows = async (amount: number, signal: AbortSignal): Promise<Entry | undefined> => {
    for (;;) {
      const now = clock.now();
      const wait = Math.max(closedUntil - now, requests?.wait(1, now) ?? 0, tokens?.wait(amount, now) ?? 0);
      if (wait <= 0) {
        requests?.add(1, now);
        return tokens?.add(amount, now);
      }
      await clock.sleep(Math.min(wait, longestTimer), signal);
    }
  };

  return async (request, ctx) => {
    const bound = tokens === undefined ? undefined : traits.bound(request);
    // text has about four bytes a token, and answers seldom use all that they may
    const estimate = bound === undefined ? 0 : Math.ceil(bound.input / 4 + bound.output / 2);
    if (running < concurrency) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      let entry: Entry | undefined;
      if (requests !== undefined || tokens !== undefined || closedUntil > clock.now()) {
        const mine = turn.then(
          () => windows(estimate, ctx.signal),
          () => windows(estimate, ctx.signal),
        );
        turn = mine;
        try {
          entry = await mine;
        } catch (thrown) {
          if (ctx.signal.aborted) return [unscored("cancelled", "the call was cancelled while it waited for its turn")];
          throw thrown;
        }
      } else if (ctx.signal.aborted) return [unscored("cancelled", "the call was cancelled")];
      const answers = await call(request, ctx);
      for (const answer of answers) {
        const wait = isFailed(answer) ? (answer as Failed).retryAfter : undefined;
        if (wait !== undefined && wait <= longest) closedUntil = Math.max(closedUntil, clock.now() + wait);
      }
      if (entry !== undefined && tokens !== undefined) {
        const used = traits.usage(givenOf(answers));
        const sum = used.inputTokens + used.outputTokens;
        if (sum > 0) tokens.correct(entry, sum, clock.now());
      }
      return answers;
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
