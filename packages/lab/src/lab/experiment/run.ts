import { hashJson, type JsonObject, StoppedError } from "laurel";
import { openJournal } from "../journal.ts";
import { sharedCode } from "../run.ts";
import type { WatchedRun, WatchedStep } from "../watch/index.ts";
import { inWorkers } from "../workers.ts";
import { type ExperimentJob, runExperimentSeed } from "./seed.ts";
import type { Experiment } from "./spec.ts";

/** How to run an experiment. */
export interface ExperimentOptions {
  /** Worker processes, default 1; 0 runs in this process. */
  workers?: number | undefined;
  /** File of finished seeds, from which an interrupted run goes on. */
  journal?: string | undefined;
  /** Directory of the store, for rewards that cost something. */
  store?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Told each look of each seed as it comes; of seeds from the journal all at once. */
  onStep?: ((seed: number, step: WatchedStep) => void) | undefined;
  /** Told when a seed is finished. */
  onSeed?: ((seed: number, fromJournal: boolean) => void) | undefined;
}

/**
 * Runs an experiment's seeds in worker processes.
 *
 * @returns one run a seed, in order, whatever the number of workers
 * @throws StoppedError on an abort (a journal keeps the finished seeds); UsageError where a seed throws
 * @example const runs = await runExperiment(experimentOf(spec), { workers: 2 }); goldTurn(runs)
 */
export async function runExperiment(experiment: Experiment, options: ExperimentOptions = {}): Promise<WatchedRun[]> {
  using journal = openJournal<WatchedStep[]>(options.journal);
  const { seeds: _, ...settings } = experiment;
  const own = hashJson([settings as unknown as JsonObject, sharedCode()]);
  const keyOf = (index: number): string => `${own}/${index}`;
  const found: WatchedStep[][] = [];
  const waiting: number[] = [];
  for (let index = 0; index < experiment.seeds; index++) {
    const kept = journal.get(keyOf(index));
    if (kept === undefined) {
      waiting.push(index);
      continue;
    }
    found[index] = kept;
    for (const step of kept) options.onStep?.(index, step);
    options.onSeed?.(index, true);
  }
  const finish = (index: number, steps: WatchedStep[]): void => {
    found[index] = steps;
    journal.put(keyOf(index), steps);
    options.onSeed?.(index, false);
  };
  const stopped = (): StoppedError =>
    new StoppedError(
      "the run was stopped",
      options.journal === undefined ? undefined : `the same call goes on from ${options.journal}`,
    );
  const jobOf = (index: number): ExperimentJob => ({ experiment, index, store: options.store });
  if (options.workers === 0) {
    const signal = options.signal ?? new AbortController().signal;
    for (const index of waiting) {
      const steps = await runExperimentSeed(
        jobOf(index),
        (step) => {
          if (signal.aborted) throw stopped();
          options.onStep?.(index, step);
        },
        signal,
      );
      finish(index, steps);
    }
  } else
    await inWorkers<ExperimentJob, WatchedStep, WatchedStep[]>(
      options.workers ?? 1,
      waiting.map((index) => ({ kind: "experiment", job: jobOf(index) })),
      {
        finish: (at, steps) => finish(waiting[at]!, steps),
        told: (at, step) => options.onStep?.(waiting[at]!, step),
        name: (at) => `seed ${waiting[at]! + 1}`,
        stopped,
        signal: options.signal,
      },
    );
  return found.map((steps, index) => ({ name: `seed ${index + 1}`, steps }));
}
