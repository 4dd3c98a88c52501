import {
  type Example,
  InputError,
  type Labels,
  type Reward,
  type Score,
  type Seed,
  seedFrom,
  split,
} from "../core/index.ts";
import { type ScoreTable, shuffleCandidates } from "../io/index.ts";
import { rememberPlaces, scoresFor } from "../rewards/precomputed.ts";
import { type ScoreAllOptions, scoreBatches } from "./score-all.ts";

/** Where scores come from: a reward that is run, or a file of scores. */
export type ScoreSource =
  | { name: string; reward: Reward; table?: undefined }
  | { name: string; table: ScoreTable; reward?: undefined };

/** What is kept of an example once it is scored: no texts, so that a file of any length fits. */
export interface Judged {
  id: string;
  /** Which repeat of the scoring, from 0. */
  repeat: number;
  cluster: string;
  subsets: Readonly<Record<string, string>>;
  labels: Omit<Labels, "extra" | "steps" | "parts">;
  /** Scores in the order of the file's candidates: value and fault, or the reason why there is none. */
  scores: readonly Score[];
}

const orderSeed = ({ seed }: Pick<ScoreAllOptions, "seed">): Seed => split(seedFrom(seed ?? 0), "order");

/**
 * The order in which `judged` shows an example's candidates to a reward.
 *
 * @returns the place in the file of the candidate that is shown first, second, …
 */
export function shownOrder(example: Example, options: Pick<ScoreAllOptions, "seed">): readonly number[] {
  return shuffleCandidates(example, orderSeed(options)).order;
}

/**
 * Scores examples and puts each one's scores beside its labels.
 *
 * A reward is handed tasks only, with the candidates in an order that the seed and the task's id decide, because files often have the
 * best candidate first; the scores come back in the file's order. Scores from a file are looked up by id.
 *
 * @param source a reward or a table of scores
 * @param examples batches of examples with labels, in the file's order
 * @param options as `scoreAll`'s
 * @throws InputError where none of the examples is in the score file
 */
export async function* judged(
  source: ScoreSource,
  examples: AsyncIterable<readonly Example[]> | Iterable<readonly Example[]>,
  options: ScoreAllOptions = {},
): AsyncGenerator<readonly Judged[], void, undefined> {
  if (source.table !== undefined) {
    yield* lookedUp(source.table, examples);
    return;
  }
  const seed = orderSeed(options);
  const waiting = new Map<object, { example: Example; order: readonly number[]; left: number }>();
  async function* tasks() {
    for await (const batch of examples)
      yield batch.map((example) => {
        rememberPlaces(example.task);
        const { example: shuffled, order } = shuffleCandidates(example, seed);
        waiting.set(shuffled.task, { example, order, left: options.repeats ?? 1 });
        return shuffled.task;
      });
  }
  for await (const rows of scoreBatches(source.reward, tasks(), options))
    yield rows.map(({ task, row }) => {
      const entry = waiting.get(task)!;
      if (--entry.left === 0) waiting.delete(task);
      const scores = new Array<Score>(entry.order.length);
      for (const [now, before] of entry.order.entries()) scores[before] = row.scores[now]!;
      return judgedOf(entry.example, scores, row.repeat ?? 0);
    });
}

async function* lookedUp(
  table: ScoreTable,
  examples: AsyncIterable<readonly Example[]> | Iterable<readonly Example[]>,
): AsyncGenerator<readonly Judged[], void, undefined> {
  let read = 0;
  let found = 0;
  let sample: string | undefined;
  for await (const batch of examples) {
    read += batch.length;
    yield batch.map((example) => {
      if (table.group(example.task.id) === undefined) sample ??= example.task.id;
      else found++;
      return judgedOf(example, scoresFor(table, example.task), 0);
    });
  }
  if (read > 0 && found === 0) {
    const [other] = table.ids();
    throw new InputError(
      { file: table.file },
      `it has scores for none of the ${read} tasks`,
      `the tasks have ids such as '${sample}', the scores such as '${other}'`,
    );
  }
}

function judgedOf({ task, labels, cluster, subsets }: Example, scores: readonly Score[], repeat: number): Judged {
  const { preferred, correct, value } = labels;
  return {
    id: task.id,
    repeat,
    cluster,
    subsets,
    labels: {
      ...(preferred === undefined ? {} : { preferred }),
      ...(correct === undefined ? {} : { correct }),
      ...(value === undefined ? {} : { value }),
    },
    scores: scores.map((score): Score => {
      if (score.unscored !== undefined) return { unscored: { ...score.unscored, raw: undefined } };
      return { value: score.value, ...(score.fault === undefined ? {} : { fault: score.fault }) };
    }),
  };
}
