import { type Estimate, isScored, type Score, type Task } from "../../../core/index.ts";
import { creditEstimate, maybe } from "../../../run/credit.ts";
import type { StressPair } from "./pairs.ts";

/** What the order of a group does to a reward that sees all of it. */
export interface Place {
  /** Share of pairs whose winner changes with the order; a tie in one order counts half. */
  flips: Estimate | undefined;
  /** Share of pairs, over both orders, that the one standing first wins; 1/2 without a bias. */
  first: Estimate | undefined;
  pairs: number;
}

/** Each pair in both orders. */
export function placeTasks(pairs: readonly StressPair[], most: number): Task[] {
  return pairs.slice(0, most).flatMap(({ example, item, better, worse }) =>
    [
      [better, worse],
      [worse, better],
    ].map(
      (order, k): Task => ({
        ...example.task,
        id: `place/${item.id}/${item.which}/${k}`,
        // copies, so that a score file's places are those of this order
        candidates: order.map((place) => ({ ...example.task.candidates[place]! })),
      }),
    ),
  );
}

/** The effect of place from the scores of `placeTasks`. */
export function placeOf(
  pairs: readonly StressPair[],
  scores: readonly (readonly Score[] | undefined)[],
  level: number,
): Place {
  const [flips, first, clusters]: [number[], number[], string[]] = [[], [], []];
  for (let p = 0; 2 * p + 1 < scores.length; p++) {
    const values = [...(scores[2 * p] ?? []), ...(scores[2 * p + 1] ?? [])].flatMap((score) =>
      isScored(score) ? [score.value] : [],
    );
    if (values.length !== 4) continue;
    const [a, b] = [Math.sign(values[0]! - values[1]!), Math.sign(values[2]! - values[3]!)];
    // in the second order the pair is turned round: the same winner has the opposite sign
    flips.push(a === -b ? 0 : a === 0 || b === 0 ? 0.5 : 1);
    first.push(0.5 + (a + b) / 4);
    clusters.push(pairs[p]!.item.cluster);
  }
  const share = (values: readonly number[]): Estimate | undefined =>
    maybe(() => creditEstimate({ values, clusters }, 0, level));
  return { flips: share(flips), first: share(first), pairs: flips.length };
}
