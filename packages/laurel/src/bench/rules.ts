import { UsageError } from "../core/index.ts";
import type { Answered, Figure } from "./benchmark.ts";

/**
 * How sure it is that candidate i is better than j, by the games that were played on the two, else by their values (1, ½ or 0).
 *
 * @returns p in [0, 1], the mean over games; null where a value is missing or no game could be read
 */
export function preference(item: Answered, i: number, j: number): number | null {
  if (item.votes !== undefined) {
    let sum = 0;
    let read = 0;
    for (const { first, second, p } of item.votes) {
      if (p === null) continue;
      if (first === i && second === j) sum += p;
      else if (first === j && second === i) sum += 1 - p;
      else continue;
      read++;
    }
    return read === 0 ? null : sum / read;
  }
  const [a, b] = [item.values[i] ?? null, item.values[j] ?? null];
  return a === null || b === null ? null : a > b ? 1 : a === b ? 0.5 : 0;
}

/** The places of an item's right and wrong candidates: labelled so, or the sides of its one labelled pair. */
export function sides(item: Pick<Answered, "labels" | "id">): { right: number[]; wrong: number[] } {
  const { correct, preferred } = item.labels;
  const right: number[] = [];
  const wrong: number[] = [];
  if (correct !== undefined)
    for (const [i, one] of correct.entries()) {
      if (one === true) right.push(i);
      else if (one === false) wrong.push(i);
    }
  else if (preferred?.length === 1 && preferred[0]!.p !== 0.5) {
    const { first, second, p } = preferred[0]!;
    right.push(p > 0.5 ? first : second);
    wrong.push(p > 0.5 ? second : first);
  }
  return { right, wrong };
}

/**
 * Credit for a pair: 1 where the right candidate is preferred, 0 where the wrong one is.
 *
 * @param ties what a tie gets: ½, or 0 where the official comparison is strict
 */
export function pairCredit(item: Answered, ties: 0 | 0.5 = 0.5): number | null {
  const { right, wrong } = sides(item);
  if (right.length !== 1 || wrong.length !== 1)
    throw new UsageError(
      `item '${item.id}' has ${right.length} right and ${wrong.length} wrong candidates, and a pair has one of each`,
    );
  const p = preference(item, right[0]!, wrong[0]!);
  return p === null ? null : p > 0.5 ? 1 : p < 0.5 ? 0 : ties;
}

/** A pair's credit where a scalar reward's tie loses and a judge's tie is half. */
export function strictCredit(item: Answered): number | null {
  return pairCredit(item, item.votes === undefined ? 0 : 0.5);
}

/**
 * RewardBench 2's item score: shared credit at the top.
 *
 *     1/k if the right one is among the k candidates that share the greatest score, else 0
 *
 * @param scores one a candidate, finite
 * @param correct the right one's place, default 0
 * @source RewardBench 2 (2025), reward-bench `rewardbench/utils.py`
 * @example bestOfKCredit([1, 1, 1, 1]) // 0.25
 */
export function bestOfKCredit(scores: readonly number[], correct = 0): number {
  if (!(correct >= 0 && correct < scores.length))
    throw new UsageError(`there is no candidate ${correct} among ${scores.length}`);
  const top = scores.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
  if (scores[correct] !== top) return 0;
  return 1 / scores.filter((one) => one === top).length;
}

/** An item's values where all are there; undefined where one is missing. */
export function whole(item: Answered): readonly number[] | undefined {
  return item.values.every((one) => one !== null) ? (item.values as readonly number[]) : undefined;
}

/** The mean credit over items. */
export const accuracy: Figure = { name: "accuracy", about: "mean credit over items" };

/** The mean credit over the values of a subset, each counting the same. */
export function macro(key: string, name = "macro accuracy"): Figure {
  return { name, about: `mean of the accuracies by ${key}, each counting the same`, sections: { key } };
}
