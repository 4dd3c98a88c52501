import { type Example, type Labels, random, type Seed, split } from "../core/index.ts";

/** An example with its candidates in another order. */
export interface Shuffled {
  example: Example;
  /** `order[i]` is the place at which candidate i stood before. */
  order: readonly number[];
}

/**
 * Puts candidates into an order that the seed and the task's id decide, and their labels with them.
 *
 * Files often put the best candidate first, and a reward or a judge that leans to a place would then look right.
 * `order` leads back to a file of scores in the old order.
 *
 * @example const { example, order } = shuffleCandidates(read, seed)
 */
export function shuffleCandidates(example: Example, seed: Seed): Shuffled {
  const { task, labels } = example;
  const order = random(split(split(seed, "candidates"), task.id)).shuffled(task.candidates.map((_, i) => i));
  const now = new Map(order.map((before, i) => [before, i]));
  const moved = <T>(list: readonly T[]): T[] => order.map((before) => list[before]!);
  const made: Labels = { ...labels };
  if (labels.correct !== undefined) made.correct = moved(labels.correct);
  if (labels.value !== undefined) made.value = moved(labels.value);
  if (labels.steps !== undefined) made.steps = moved(labels.steps);
  if (labels.parts !== undefined) made.parts = moved(labels.parts);
  if (labels.preferred !== undefined)
    made.preferred = labels.preferred.map((pair) => ({
      ...pair,
      first: now.get(pair.first)!,
      second: now.get(pair.second)!,
    }));
  return { example: { ...example, task: { ...task, candidates: moved(task.candidates) }, labels: made }, order };
}
