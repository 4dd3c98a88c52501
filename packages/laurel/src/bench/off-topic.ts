import {
  answerText,
  type Candidate,
  type Estimate,
  isScored,
  NotEnoughDataError,
  type Reward,
  random,
  type Seed,
  split,
  type Task,
  UsageError,
} from "../core/index.ts";
import { wordPunct } from "../rewards/reference/index.ts";
import { Pool, type ScoreAllOptions, scoreAll } from "../run/index.ts";
import { proportionEstimate } from "../stats/index.ts";

/** What counts as short and as long, in words and runs of punctuation. */
export interface OffTopicOptions {
  /** Most of the answer that is on the topic; default 40. */
  short?: number | undefined;
  /** Least of the one that is not; default 100. */
  long?: number | undefined;
  seed: Seed;
}

/**
 * Pairs of a short answer to the prompt and a long answer to another one.
 *
 * For each prompt with a candidate of at most `short` words, the shortest of these first, and second, drawn by seed, a candidate of at
 * least `long` words of a task with another prompt.
 *
 * @param tasks with answers to their own prompts
 * @returns tasks of two candidates: on the topic and short, off the topic and long
 * @throws UsageError where `long` is not above `short`
 * @example const pairs = offTopicPairs(tasks, { short: 40, long: 100, seed });
 */
export function offTopicPairs(tasks: readonly Task[], options: OffTopicOptions): Task[] {
  const { short = 40, long = 100, seed } = options;
  if (!(long > short)) throw new UsageError(`off-topic: long (${long}) must be above short (${short})`);
  const sized = tasks.map((task) =>
    task.candidates.map((one) => ({ one, words: wordPunct(answerText(one)).length })).sort((a, b) => a.words - b.words),
  );
  const prompts = tasks.map(({ prompt }) => JSON.stringify(prompt));
  const others = sized.flatMap((own, t) => own.flatMap(({ one, words }) => (words >= long ? [{ one, t }] : [])));
  return tasks.flatMap((task, t) => {
    const onTopic = sized[t]!.find(({ words }) => words > 0);
    if (onTopic === undefined || onTopic.words > short) return [];
    const rng = random(split(seed, `off-topic ${task.id}`));
    const drawn = drawOther(others, (other) => prompts[other] !== prompts[t], rng.below);
    return drawn === undefined ? [] : [{ ...task, candidates: [onTopic.one, drawn] }];
  });
}

function drawOther(
  others: readonly { one: Candidate; t: number }[],
  fits: (task: number) => boolean,
  below: (n: number) => number,
): Candidate | undefined {
  if (others.length === 0) return undefined;
  const from = below(others.length);
  for (let i = 0; i < others.length; i++) {
    const other = others[(from + i) % others.length]!;
    if (fits(other.t)) return other.one;
  }
  return undefined;
}

/** How often length beats the topic. */
export interface OffTopicReport {
  reward: string;
  /** Share of pairs in which the long answer beside the topic scores higher than the short one on it; ties count half. */
  fooled: Estimate;
}

/**
 * Does a reward prefer long answers beside the topic to short ones on it?
 *
 * @param pairs as `offTopicPairs` gives
 * @returns the share of pairs, with its interval (one pair a prompt); pairs without both scores are counted as unscored
 * @throws NotEnoughDataError without a scored pair
 * @source R3 (2024), preliminary study: reward models trained on human preferences fail here and a retriever does not
 * @example (await offTopic(reward, offTopicPairs(tasks, { seed }))).fooled
 */
export async function offTopic(
  reward: Reward,
  pairs: readonly Task[],
  options: ScoreAllOptions = {},
): Promise<OffTopicReport> {
  if (options.pool !== undefined) return measured(reward, pairs, options);
  await using pool = new Pool({ workers: options.workers });
  return await measured(reward, pairs, { ...options, pool });
}

async function measured(reward: Reward, pairs: readonly Task[], options: ScoreAllOptions): Promise<OffTopicReport> {
  const outcomes: number[] = [];
  let missing = 0;
  for await (const { scores } of scoreAll(reward, pairs, options)) {
    const [on, off] = scores;
    if (on === undefined || off === undefined || !isScored(on) || !isScored(off)) missing++;
    else outcomes.push((1 + Math.sign(off.value - on.value)) / 2);
  }
  if (outcomes.length === 0) throw new NotEnoughDataError("off-topic needs at least one pair with both scores", 1);
  return { reward: reward.name, fooled: proportionEstimate(outcomes, { unscored: missing }) };
}
