import { answerText, promptText, type Task } from "../core/index.ts";
import { readExamples, scoreBatches } from "../run/index.ts";
import {
  type InputOptions,
  mapOf,
  onBadRow,
  onInterrupt,
  type RunOptions,
  rewardOf,
  runOptions,
  storeOf,
} from "./input.ts";
import { ProgressLine, paint, plain, short } from "./terminal.ts";

interface Options extends InputOptions, RunOptions {
  reward: string;
  top: number;
  json?: boolean;
}

/** `laurel rank`: for each task the candidates from best to worst, with the margin over the next. */
export async function rank(file: string, options: Options): Promise<void> {
  const reward = await rewardOf(options.reward);
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const line = new ProgressLine({ quiet: process.stdout.isTTY === true });
  async function* tasks(): AsyncGenerator<readonly Task[]> {
    for await (const examples of readExamples(file, {
      map: mapOf(options),
      limit: options.limit,
      onBad: onBadRow(options),
    }))
      yield examples.map((example) => example.task);
  }
  for await (const rows of scoreBatches(reward, tasks(), {
    ...runOptions(options, store),
    stop: stop.signal,
    onProgress: (progress) => line.update(progress),
    onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
  })) {
    line.clear();
    for (const { task, row } of rows) {
      const order = row.scores
        .flatMap((one, index) => (one.unscored === undefined ? [{ index, value: one.value, fault: one.fault }] : []))
        .sort((a, b) => b.value - a.value || a.index - b.index);
      if (options.json === true) {
        const { id, repeat, best, tied, margin } = row;
        const ranking = order
          .slice(0, options.top)
          .map(({ index, value }) => ({ index, id: task.candidates[index]!.id, value }));
        process.stdout.write(`${JSON.stringify({ v: 1, id, repeat, best, tied, margin, ranking })}\n`);
        continue;
      }
      process.stdout.write(`${paint("bold", plain(task.id, 40))}  ${plain(promptText(task), 90)}\n`);
      if (order.length === 0) process.stdout.write("  no candidate could be scored\n");
      for (const [place, { index, value, fault }] of order.slice(0, options.top).entries()) {
        const note =
          fault !== undefined
            ? ` (${fault})`
            : place === 0 && row.tied.length > 1
              ? ` (tied with ${row.tied.length - 1})`
              : "";
        const margin = place === 0 && row.margin !== null ? `  margin ${short(row.margin)}` : "";
        process.stdout.write(
          `  ${place + 1}. [${index}] ${short(value)}${note}${margin}  ${plain(answerText(task.candidates[index]!), 80)}\n`,
        );
      }
    }
  }
  if (stop.signal.aborted) process.exitCode = 130;
}
