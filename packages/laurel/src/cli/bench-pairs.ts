import { resolve } from "node:path";
import {
  candidateHash,
  type Example,
  isScored,
  LaurelError,
  NotEnoughDataError,
  type Seed,
  seedFrom,
  UsageError,
} from "../core/index.ts";
import { nativeRow, type PreferencePair, shuffleCandidates, writeRows } from "../io/index.ts";
import { correctnessPairs, type ScoredTask } from "../recipes/index.ts";
import { scoreBatches } from "../run/index.ts";
import { onInterrupt, type RunOptions, rewardOf, runOptions, storeOf } from "./input.ts";
import { shown } from "./paths.ts";
import { examplesOf, type FormatOptions } from "./scored.ts";
import { counted, ProgressLine, whole } from "./terminal.ts";

interface Options extends FormatOptions, RunOptions {
  reward?: readonly string[];
  perTask: number;
  out: string;
  json?: boolean;
}

/** `laurel bench pairs`: one right and one wrong answer of each task, by verifiers or by the file's own labels. */
export async function benchPairs(file: string, options: Options): Promise<void> {
  const examples: Example[] = [];
  for await (const some of examplesOf(file, options)) examples.push(...some);
  if (examples.length === 0) throw new NotEnoughDataError(`${file} holds no rows`);
  const scored =
    options.reward === undefined ? labelled(examples, file) : await checked(examples, options.reward, options);
  const byId = new Map(examples.map((example) => [example.task.id, example]));
  const pairs = correctnessPairs(scored, { seed: seedFrom(options.seed), perTask: options.perTask });
  const rows = async function* () {
    const count = new Map<string, number>();
    for await (const pair of pairs) {
      const from = byId.get(pair.origin!)!;
      const nth = count.get(pair.origin!) ?? 0;
      count.set(pair.origin!, nth + 1);
      yield [nativeRow(pairExample(pair, from, nth, seedFrom(options.seed)))];
    }
  };
  await writeRows(options.out, rows());
  const { ledger } = pairs;
  const say = options.out === "-" ? process.stderr : process.stdout;
  if (options.json === true) {
    say.write(`${JSON.stringify({ v: 1, file, written: options.out, ...ledger }, null, 2)}\n`);
    return;
  }
  const { dropped } = ledger;
  say.write(
    `${[
      `${counted(ledger.out, "pairs")} of ${counted(ledger.in, "tasks")} (all right: ${whole(dropped["all-right"])}, all wrong: ${whole(dropped["all-wrong"])}, disputed or unscored: ${whole(dropped.disputed)})`,
      "Each pair is of one task's own samples, in a drawn order, with labels.correct. Reference answers are left out, so that a judge does not see them.",
      ...(options.out === "-" ? [] : [`written: ${shown(resolve(options.out))}`]),
    ].join("\n")}\n`,
  );
}

/** By the labels that the file has. */
function labelled(examples: readonly Example[], file: string): ScoredTask[] {
  if (!examples.some(({ labels }) => labels.correct !== undefined))
    throw new UsageError(`no row of ${file} has labels.correct`, "name a verifier that says 1 or 0: --reward SPEC");
  return examples.map(({ task, labels }) => ({
    task,
    scores: task.candidates.map((_, i) => {
      const correct = labels.correct?.[i] ?? null;
      return correct === null ? null : Number(correct);
    }),
  }));
}

/** By one verifier or more. */
async function checked(
  examples: readonly Example[],
  specs: readonly string[],
  options: Options,
): Promise<ScoredTask[]> {
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const judges: (number | null)[][][] = examples.map(() => []);
  for (const text of specs) {
    const reward = await rewardOf(text);
    const line = new ProgressLine({ total: examples.length });
    const batches = examples.map(({ task }) => [task]);
    let at = 0;
    try {
      for await (const rows of scoreBatches(reward, batches, {
        ...runOptions(options, store),
        repeats: 1,
        stop: stop.signal,
        onProgress: (progress) => line.update(progress),
        onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
      }))
        for (const { row } of rows)
          judges[at++]!.push(row.scores.map((score) => (isScored(score) ? score.value : null)));
    } finally {
      line.clear();
    }
    if (stop.signal.aborted)
      throw new LaurelError("interrupted", `stopped after ${at} of ${examples.length} tasks`, { exitCode: 130 });
  }
  return examples.map(({ task }, i) => ({ task, scores: judges[i]![0]!, judges: judges[i]! }));
}

/** A pair as a row of its own, in a drawn order. */
function pairExample({ prompt, chosen, rejected }: PreferencePair, from: Example, nth: number, seed: Seed): Example {
  const { task, subsets, cluster } = from;
  const candidates = [chosen, rejected];
  // rows without an id are told apart by what they hold
  const own = /^#\d+$/.test(task.id)
    ? `${candidateHash(chosen).slice(0, 8)}-${candidateHash(rejected).slice(0, 8)}`
    : task.id;
  const id = nth === 0 ? own : `${own}/${nth}`;
  const made: Example = {
    task: { id, prompt, candidates, ...(task.context === undefined ? {} : { context: task.context }) },
    labels: { correct: [true, false] },
    subsets,
    cluster,
  };
  return shuffleCandidates(made, seed).example;
}
