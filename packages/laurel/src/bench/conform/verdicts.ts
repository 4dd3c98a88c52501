import { isScored, NotEnoughDataError, type Reward, type Score, type Task } from "../../core/index.ts";
import { type Case, type ConformanceReport, conformance } from "../../rewards/verify/index.ts";
import { type ScoreAllOptions, scoreAll } from "../../run/index.ts";
import { clopperPearson } from "../../stats/index.ts";
import type { Suite, SuiteInput } from "./suite.ts";

/**
 * The least value that counts as "right": the top of the range, or 1 where a reward has none.
 * Partial credit is no acceptance.
 */
export function acceptanceOf(reward: Pick<Reward, "range">): number {
  return reward.range?.[1] ?? 1;
}

/** Is a score an acceptance? undefined where it is unscored. */
export function accepted(score: Score, threshold: number): boolean | undefined {
  return isScored(score) ? score.value >= threshold - 1e-9 : undefined;
}

/** A reward's verdicts on a suite's cases, in their order. */
export async function rewardVerdicts(
  reward: Reward,
  suite: Suite,
  cases: readonly Case<SuiteInput>[],
  options: ScoreAllOptions & { threshold?: number | undefined } = {},
): Promise<(boolean | undefined)[]> {
  const threshold = options.threshold ?? acceptanceOf(reward);
  function* tasks(): Generator<Task> {
    for (const [i, one] of cases.entries()) yield { ...suite.task(one.input), id: `#${i + 1}` };
  }
  const verdicts: (boolean | undefined)[] = [];
  for await (const row of scoreAll(reward, tasks(), options)) verdicts.push(accepted(row.scores[0]!, threshold));
  return verdicts;
}

/**
 * Errors by class of verdicts that were given for cases; bounds are one-sided 95 % by Clopper and Pearson.
 *
 * @param cases with their verdicts by construction
 * @param verdicts one a case, undefined where it is unscored
 * @throws NotEnoughDataError without cases
 */
export async function conformanceOf(
  cases: readonly Case<SuiteInput>[],
  verdicts: readonly (boolean | undefined)[],
): Promise<ConformanceReport<SuiteInput>> {
  if (cases.length === 0) throw new NotEnoughDataError("a conformance run needs at least 1 case", 1);
  const of = new Map(cases.map((one, i) => [one.input, verdicts[i]]));
  return conformance((input) => of.get(input), cases, { upperBound: (k, n) => clopperPearson(k, n, 0.9).high });
}
