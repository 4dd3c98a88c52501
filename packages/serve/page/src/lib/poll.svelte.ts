import { call } from "./api.ts";

/** What a place says, asked again and again. */
export interface Polled<T> {
  readonly value: T | undefined;
  /** Why there is no newer one; undefined while all is well. */
  readonly thrown: unknown;
}

/**
 * Asks a path every so often while the component lives; after a failure at growing distances, so that the page goes on by itself once the
 * server is back. A hidden tab asks nothing.
 * @param path what to ask; asked at once where it changes; undefined asks nothing
 * @param every milliseconds, or what of the last answer decides them; undefined ends the asking
 */
export function poll<T>(path: () => string | undefined, every: (value: T) => number | undefined): Polled<T> {
  let value: T | undefined = $state.raw();
  let thrown: unknown = $state.raw();
  let before: string | undefined;

  $effect(() => {
    const asked = path();
    if (asked === undefined) return;
    if (asked !== before) value = thrown = undefined;
    before = asked;
    const leave = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pause = 1000;
    const ask = async (): Promise<void> => {
      let next: number | undefined = pause;
      if (!document.hidden)
        try {
          value = await call<T>(asked, { signal: leave.signal });
          thrown = undefined;
          pause = 1000;
          next = every(value);
        } catch (failed) {
          if (leave.signal.aborted) return;
          thrown = failed;
          pause = Math.min(15_000, pause * 1.6);
          next = pause;
        }
      if (next !== undefined && !leave.signal.aborted) timer = setTimeout(ask, next);
    };
    void ask();
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  });

  return {
    get value() {
      return value;
    },
    get thrown() {
      return thrown;
    },
  };
}
