import { ApiError, words } from "./api.ts";

const busyWait = 700;
const idleWait = 5000;
const firstRetry = 1000;
const longestRetry = 15_000;

/**
 * Something of the server that changes: read again soon while it is busy, seldom while it is not, and with growing pauses while the
 * server cannot be reached, so that a page goes on by itself once it is back. Nothing is read while the page is hidden.
 */
export class Follow<T> {
  /** What was read last. */
  value: T | undefined = $state.raw();
  /** Why the last reading failed; empty where it did not. */
  problem = $state("");
  /** Is the server away? Then `value` is what it said before. */
  away = $state(false);
  readonly #read: (signal: AbortSignal) => Promise<T>;
  readonly #busy: (value: T) => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cut = new AbortController();
  #retry = firstRetry;
  #stopped = true;

  constructor(read: (signal: AbortSignal) => Promise<T>, busy: (value: T) => boolean = () => false) {
    this.#read = read;
    this.#busy = busy;
  }

  /** Begins; the function that it returns ends it, as an effect's does. */
  start(): () => void {
    this.#stopped = false;
    const seen = (): void => {
      if (!document.hidden) this.now();
    };
    document.addEventListener("visibilitychange", seen);
    this.now();
    return () => {
      this.#stopped = true;
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(this.#timer);
      this.#cut.abort();
    };
  }

  /** Reads at once. */
  now(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#cut.abort();
    this.#cut = new AbortController();
    void this.#once(this.#cut.signal);
  }

  async #once(signal: AbortSignal): Promise<void> {
    let wait: number;
    try {
      const value = await this.#read(signal);
      if (signal.aborted) return;
      this.value = value;
      this.problem = "";
      this.away = false;
      this.#retry = firstRetry;
      wait = this.#busy(value) ? busyWait : idleWait;
    } catch (thrown) {
      if (signal.aborted) return;
      this.away = thrown instanceof ApiError && (thrown.code === "offline" || thrown.status === 503);
      this.problem = words(thrown);
      wait = this.#retry;
      this.#retry = Math.min(longestRetry, this.#retry * 2);
    }
    this.#timer = setTimeout(() => {
      if (!document.hidden) this.now();
    }, wait);
  }
}
