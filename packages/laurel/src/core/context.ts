import { UsageError } from "./errors.ts";
import { seedFrom } from "./seed.ts";
import type { Comparisons, Context, Media, Seed, Usage } from "./types.ts";

/** What may be set of a context that is used without a runner. */
export interface ContextOptions {
  signal?: AbortSignal | undefined;
  deadline?: number | undefined;
  seed?: Seed | string | number | undefined;
  repeat?: number | undefined;
  step?: number | undefined;
  spend?: ((usage: Usage) => void) | undefined;
  open?: ((media: Media) => Promise<Uint8Array>) | undefined;
}

/**
 * A context that calls children directly: no cache, no pool, no ledger.
 * The runner's own context adds those; a reward behaves the same under both.
 */
export function directContext(options: ContextOptions = {}): Context {
  const context: Context = {
    signal: options.signal ?? new AbortController().signal,
    deadline: options.deadline,
    seed: seedFrom(options.seed ?? 0),
    repeat: options.repeat ?? 0,
    step: options.step,
    score: (child, tasks) => child.score(tasks, context),
    compare: async (child, jobs): Promise<Comparisons> => child.compare(jobs, context),
    spend: options.spend ?? (() => {}),
    open:
      options.open ??
      (() =>
        Promise.reject(new UsageError("this context opens no media", "pass `open` to the context or to scoreAll"))),
  };
  return context;
}
