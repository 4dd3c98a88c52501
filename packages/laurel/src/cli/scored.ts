import { type Example, type InputError, LaurelError, UsageError } from "../core/index.ts";
import { readScores } from "../io/index.ts";
import { type Judged, judged, readExamples, type ScoreSource } from "../run/index.ts";
import type { Store } from "../store/index.ts";
import { type InputOptions, mapOf, onBadRow, type RunOptions, rewardOf, runOptions } from "./input.ts";
import { ProgressLine } from "./terminal.ts";
import { TrainedOn } from "./trained-on.ts";

/** Options of a command that reads rows in any known format. */
export interface FormatOptions extends InputOptions {
  from?: string;
}

/** Which metric and filter of lm-evaluation-harness results are meant. */
export interface MetricOptions {
  metric?: string;
  filter?: string;
}

/** A reward, or a score file where that is given. */
export async function sourceOf(
  spec: string | undefined,
  file: string | undefined,
  options: MetricOptions = {},
): Promise<ScoreSource> {
  if ((spec === undefined) === (file === undefined))
    throw new UsageError("a reward or a score file is needed, and only one of them", "--reward SPEC or --scores FILE");
  if (file === undefined) {
    const reward = await rewardOf(spec!);
    // an inline spec says more than its kind, such as which of two lengths this is
    return { name: spec!.includes("{") ? spec!.trim() : reward.name, reward };
  }
  return { name: file, table: await readScores(file, { metric: options.metric, filter: options.filter }) };
}

/** The examples of a file under a command's options. */
export function examplesOf(file: string, options: FormatOptions): AsyncIterable<readonly Example[]> {
  return readExamples(file, {
    map: mapOf(options),
    from: options.from,
    limit: options.limit,
    onBad: onBadRow(options),
  });
}

/** All scored rows of a file, in memory without their texts; throws 130 where it was interrupted. */
export async function judgedRows(
  source: ScoreSource,
  file: string,
  options: FormatOptions & RunOptions,
  store: Store,
  stop: AbortSignal,
): Promise<Judged[]> {
  const line = new ProgressLine();
  const rows: Judged[] = [];
  const trained = await TrainedOn.of(source.reward?.spec);
  const watched = async function* (): AsyncIterable<readonly Example[]> {
    for await (const batch of examplesOf(file, options)) {
      for (const example of batch) trained.see(example);
      yield batch;
    }
  };
  try {
    for await (const batch of judged(source, watched(), {
      ...runOptions(options, store),
      stop,
      onProgress: (progress) => line.update(progress),
      onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
    }))
      for (const row of batch) rows.push(row);
  } finally {
    line.clear();
  }
  if (stop.aborted)
    throw new LaurelError("interrupted", `stopped after ${rows.length} rows, which are not evaluated`, {
      exitCode: 130,
    });
  trained.warn();
  return rows;
}

/** The examples with the given ids, for their texts; none from standard input, which cannot be read again. */
export async function textsOf(
  file: string,
  options: FormatOptions,
  ids: ReadonlySet<string>,
): Promise<Map<string, Example>> {
  const found = new Map<string, Example>();
  if (file === "-" || ids.size === 0) return found;
  const pass = (_: InputError): void => {};
  for await (const batch of readExamples(file, { map: mapOf(options), from: options.from, onBad: pass }))
    for (const example of batch) {
      if (ids.has(example.task.id)) found.set(example.task.id, example);
      if (found.size === ids.size) return found;
    }
  return found;
}
