import {
  answerText,
  candidate,
  type Estimate,
  type Example,
  isScored,
  promptText,
  type Reward,
  type Score,
  type Task,
} from "../../../core/index.ts";
import { wordsOf } from "../../../run/audit/words.ts";
import { creditEstimate, maybe } from "../../../run/credit.ts";
import type { ScoreAllOptions } from "../../../run/index.ts";
import { askReward } from "./ask.ts";
import { rightAnswer, vectorsOf } from "./contrast.ts";

/** How often a long answer to another question wins. */
export interface OffTopic {
  items: number;
  /** Share of tasks where the long off-topic answer beats the short on-topic one; ties count half. */
  preferred: Estimate | undefined;
  unscored: number;
}

/**
 * Tasks of two answers: a short one to the prompt (the best by the labels), and a long one to a prompt that has little in common with it.
 *
 * @param short most words of the on-topic answer; default the median length of all answers
 * @param long least words of the off-topic answer; default twice the median
 */
export function offTopicTasks(
  examples: readonly Example[],
  options: { short?: number | undefined; long?: number | undefined; most?: number | undefined } = {},
): Task[] {
  const rows = examples.slice(0, 1000).map((example) => ({
    task: example.task,
    right: rightAnswer(example),
    answers: example.task.candidates.map(answerText).map((text) => ({ text, words: wordsOf(text).length })),
  }));
  const lengths = rows.flatMap(({ answers }) => answers.map(({ words }) => words)).sort((a, b) => a - b);
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  const { short = Math.max(1, median), long = 2 * Math.max(1, median), most = 200 } = options;
  const vectors = vectorsOf(rows.map(({ task }) => promptText(task)));
  const longs = rows.flatMap(({ answers }, r) => {
    const found = answers.find(({ words }) => words >= long);
    return found === undefined ? [] : [{ r, text: found.text }];
  });
  const tasks: Task[] = [];
  for (const [r, { task, right, answers }] of rows.entries()) {
    if (tasks.length >= most) break;
    const near = answers.filter(
      ({ text, words }) => words > 0 && words <= short && (right === undefined || text === right),
    );
    if (near.length === 0) continue;
    // take turns among the long ones, and of a few the one that shares least
    const tried = Array.from(
      { length: Math.min(20, longs.length) },
      (_, k) => longs[(7 * r + k) % longs.length]!,
    ).filter((one) => one.r !== r);
    const shared = ({ r: other }: { r: number }): number => {
      let dot = 0;
      for (const [word, weight] of vectors[r]!) dot += weight * (vectors[other]!.get(word) ?? 0);
      return dot;
    };
    const far = tried.map((one) => ({ one, dot: shared(one) })).sort((a, b) => a.dot - b.dot)[0];
    if (far === undefined || far.dot > 0.1) continue;
    tasks.push({
      ...task,
      id: `off-topic/${task.id}`,
      candidates: [candidate(near[0]!.text), candidate(far.one.text)],
    });
  }
  return tasks;
}

/** The share of `offTopicTasks` that the long answer wins. */
export function offTopicOf(scores: readonly (readonly Score[] | undefined)[], level = 0.95): OffTopic {
  const wins: number[] = [];
  for (const own of scores) {
    const values = (own ?? []).flatMap((score) => (isScored(score) ? [score.value] : []));
    if (values.length === 2) wins.push(values[1]! > values[0]! ? 1 : values[1] === values[0] ? 0.5 : 0);
  }
  const unscored = scores.length - wins.length;
  return {
    items: scores.length,
    preferred: maybe(() => creditEstimate({ values: wins, clusters: wins.map((_, i) => String(i)) }, unscored, level)),
    unscored,
  };
}

/**
 * Does a reward prefer a long answer to another question to a short answer to this one?
 *
 * @returns the share of tasks in which it does, with its interval
 * Source: the preliminary study of Kim et al. (2024), Preference-free Alignment Learning with Regularized Relevance Reward.
 * @example await offTopic(reward, examples, { short: 50, long: 100 })
 */
export async function offTopic(
  reward: Reward,
  examples: readonly Example[],
  options: ScoreAllOptions & { short?: number | undefined; long?: number | undefined; level?: number | undefined } = {},
): Promise<OffTopic> {
  return offTopicOf(await askReward(reward, options)(offTopicTasks(examples, options)), options.level);
}
