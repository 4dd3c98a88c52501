import { seedFrom, sha256, split, UsageError } from "laurel";
import { type Measured, measurePairs } from "./measure.ts";
import { trainMember } from "./member.ts";
import type { Prepared } from "./prepare.ts";
import { servedHead } from "./served-head.ts";
import { type DataPart, rowsOf } from "./split.ts";

/**
 * Figures of a training on pairs from all of its rows: each fold's prompts are scored by a head that was trained on the other folds.
 *
 * Prompts are put in the order of a hash and dealt out to the folds; of the prompts outside a fold, the plan's share of validation chooses
 * the step. All scores of a prompt come from one head, so pairs are never compared across heads. What is measured is the recipe, not the one
 * head that a full training gives.
 *
 * @param folds at least 2, at most as many as there are prompts
 * @returns figures on all rows; the two baselines choose their direction on all rows, which favours them a little
 * @throws UsageError for an objective of ratings, or too few prompts
 */
export async function crossValidate(
  prepared: Prepared,
  folds: number,
  o: { signal?: AbortSignal | undefined } = {},
): Promise<Measured> {
  const { plan, data, objective } = prepared;
  if (objective.loss.of === "ratings") throw new UsageError("only objectives of pairs are cross-validated");
  const groups = [...new Set(data.pairs.group)];
  if (!(folds >= 2 && folds <= groups.length))
    throw new UsageError(`${groups.length} prompts cannot be dealt out to ${folds} folds`);
  const seed = split(seedFrom(plan.seed), "folds");
  const ranked = groups
    .map((group) => ({ group, rank: sha256(`${seed}:${data.prompts[group]}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const scores = new Map<number, number>();
  // of a head that only compares: no item has a score of its own
  const gaps = new Map<string, number>();
  for (let fold = 0; fold < folds; fold++) {
    const parts = new Array<DataPart>(data.prompts.length).fill("train");
    const rest: number[] = [];
    for (const [i, { group }] of ranked.entries()) {
      if (i % folds === fold) parts[group] = "test";
      else rest.push(group);
    }
    const validation = plan.validation === 0 ? 0 : Math.max(1, Math.round(plan.validation * rest.length));
    for (const group of rest.slice(0, Math.min(validation, rest.length - 1))) parts[group] = "validation";
    const rows = {
      train: rowsOf("train", data.pairs.group, parts),
      validation: rowsOf("validation", data.pairs.group, parts),
      test: rowsOf("test", data.pairs.group, parts),
    };
    const member = await trainMember({ ...prepared, parts, rows }, fold, o);
    const { score, gap } = servedHead(prepared, prepared.head.config, member.weights);
    for (const row of rows.test) {
      const [chosen, rejected] = [data.pairs.chosen[row]!, data.pairs.rejected[row]!];
      if (score === undefined) gaps.set(`${chosen},${rejected}`, gap(chosen, rejected));
      else for (const item of [chosen, rejected]) scores.set(item, score(item).value);
    }
  }
  const all = Int32Array.from(data.pairs.group, (_, row) => row);
  const own =
    gaps.size > 0
      ? { gap: (first: number, second: number) => gaps.get(`${first},${second}`)! }
      : (item: number) => scores.get(item)!;
  return measurePairs(data, own, all, all);
}
