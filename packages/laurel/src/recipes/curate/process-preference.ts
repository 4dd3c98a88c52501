import { type Context, type Example, isScored, type Reward, UsageError } from "../../core/index.ts";

/** Scores of one question's candidates by judges of steps and by judges of the whole. */
export interface JudgedQuestion {
  /** A row a judge of steps, a value a candidate; null where there is none. */
  process: readonly (readonly (number | null)[])[];
  /** A row a judge of the whole. */
  outcome: readonly (readonly (number | null)[])[];
  /** Of "gap": which candidates are right. */
  correct?: readonly (boolean | null)[] | undefined;
}

/** How scores by steps and scores of the whole are held against each other. */
export type PreferenceKind = "level" | "gap";

/**
 * How much more judges make of a question's candidates when they judge steps than when they judge the whole.
 *
 *     level  I_i = mean_jn PRM_jn − mean_jn ORM_jn, all on one scale
 *     gap    I_i = mean_j margin_PRM,j − mean_j margin_ORM,j, margin = mean z of the right candidates − mean z of the wrong ones,
 *            z the judge's scores, standardised within the question, as picking the best of them sees them
 *
 * "level" mostly says how lenient judges are with steps; "gap" says on which questions the steps tell right from wrong. Leave out the judges
 * that are then tested on what is kept: with them the selection is circular.
 *
 * @returns an indicator a question; null where there are fewer than two candidates, no scores, or for "gap" not both a right and a wrong one
 * @throws UsageError without judges of either kind, or for lists that do not fit
 * @source ViLBench (2025), the preference indicator ("level"); the margins are ours
 * @example processIndicators([{ process: [[4, 2]], outcome: [[3, 3]], correct: [true, false] }], "level") // [0]
 */
export function processIndicators(questions: readonly JudgedQuestion[], kind: PreferenceKind): (number | null)[] {
  if (kind !== "level" && kind !== "gap") throw new UsageError(`there is no preference indicator "${String(kind)}"`);
  const [first] = questions;
  if (first === undefined) return [];
  const [steps, wholes] = [first.process.length, first.outcome.length];
  if (steps === 0 || wholes === 0)
    throw new UsageError("the indicator needs at least one judge of steps and one of the whole");
  for (const { process, outcome, correct } of questions) {
    const counts = new Set([...process, ...outcome].map((row) => row.length));
    if (process.length !== steps || outcome.length !== wholes || counts.size !== 1)
      throw new UsageError("every question needs a value a candidate of each judge");
    if (correct !== undefined && !counts.has(correct.length))
      throw new UsageError("`correct` has another length than the scores");
  }
  return questions.map(({ process, outcome, correct }) => {
    if (process[0]!.length < 2) return null;
    const level = (rows: JudgedQuestion["process"]): number | null => mean(rows.flat().filter(isNumber));
    const margin = (rows: JudgedQuestion["process"]): number | null =>
      mean(
        rows.flatMap((row) => {
          const side = (wanted: boolean) =>
            mean(row.filter((one, n): one is number => one !== null && correct?.[n] === wanted));
          const [right, wrong] = [side(true), side(false)];
          if (right === null || wrong === null) return [];
          // of a difference of means of z only the standard deviation is left; scores that do not vary tell nothing apart
          const spread = spreadOf(row.filter(isNumber));
          return [spread === 0 ? 0 : (right - wrong) / spread];
        }),
      );
    const of = kind === "level" ? level : margin;
    const [a, b] = [of(process), of(outcome)];
    return a === null || b === null ? null : a - b;
  });
}

function isNumber(one: number | null): one is number {
  return one !== null;
}

/** Sample standard deviation, 0 for fewer than two values. */
function spreadOf(values: readonly number[]): number {
  const middle = mean(values) ?? 0;
  return values.length < 2
    ? 0
    : Math.sqrt(values.reduce((sum, one) => sum + (one - middle) ** 2, 0) / (values.length - 1));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** A question with its indicator. */
export interface Preferring {
  row: Example;
  /** Null where it could not be had. */
  indicator: number | null;
}

/**
 * Scores the candidates of labelled questions with rewards of steps and rewards of the whole, and holds them against each other.
 *
 * @param process rewards of steps, such as `stepwiseJudge`
 * @param outcome rewards of the whole, such as `holisticJudge`; for "level" on the same scale as those
 * @returns each question with its indicator, in order, and how many have none (`skipped`)
 * @throws UsageError where "level" is asked of rewards with different ranges; as `processIndicators`
 * @source ViLBench (2025)
 * @example selectByIndicator((await processPreference(examples, [byStep], [whole], { kind: "gap" }, ctx)).rows, { keep: 600 })
 */
export async function processPreference(
  examples: AsyncIterable<Example> | Iterable<Example>,
  process: readonly Reward[],
  outcome: readonly Reward[],
  options: { kind: PreferenceKind },
  ctx: Context,
): Promise<{ rows: Preferring[]; skipped: number }> {
  const { kind } = options;
  const ranges = new Set(
    [...process, ...outcome].map(({ range }) => (range === undefined ? "none" : range.join(" to "))),
  );
  if (kind === "level" && ranges.size > 1)
    throw new UsageError(
      `levels are compared on one scale, and these rewards have the ranges ${[...ranges].join(", ")}`,
      'use kind "gap", which standardises each reward',
    );
  const rows: Example[] = [];
  for await (const example of examples) rows.push(example);
  const tasks = rows.map(({ task }) => task);
  const asked = async (rewards: readonly Reward[]) =>
    Promise.all(rewards.map(async (reward) => ctx.score(reward, tasks)));
  const [byStep, byWhole] = [await asked(process), await asked(outcome)];
  const valuesOf = (tables: typeof byStep, i: number): (number | null)[][] =>
    tables.map((scores) => scores[i]!.map((score) => (isScored(score) ? score.value : null)));
  const indicators = processIndicators(
    rows.map(({ labels }, i) => ({
      process: valuesOf(byStep, i),
      outcome: valuesOf(byWhole, i),
      correct: labels.correct,
    })),
    kind,
  );
  return {
    rows: rows.map((row, i) => ({ row, indicator: indicators[i]! })),
    skipped: indicators.filter((one) => one === null).length,
  };
}
