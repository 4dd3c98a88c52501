import {
  type Draft,
  failure,
  fault,
  fingerprintOf,
  type JsonObject,
  type Reward,
  type Score,
  type StepScorer,
  settle,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { type Aggregate, aggregateRange, aggregateSteps, type MissingSteps } from "./aggregate.ts";

/** Options of `stepwise`. */
export interface StepwiseOptions {
  /** How step scores become the value. */
  aggregate: Aggregate;
  /** The range of single step scores; default [0, 1], a probability. */
  range?: readonly [min: number, max: number] | undefined;
  /** What an answer without steps scores where the aggregate has no bound; default the aggregate's lower bound. */
  floor?: number | undefined;
  /** "fail" (default) makes a candidate with an unscored step that the aggregate reads unscored; "skip" leaves such steps out. */
  missing?: MissingSteps | undefined;
  name?: string | undefined;
}

/**
 * A reward from a step scorer: an aggregate of the steps' scores, which stay in `local` (unit "step").
 *
 * An answer without steps is the candidate's own fault (`no-answer`) at the floor, never an invented middle; without a floor
 * it is unscored (`undecided`). An unscored step that counts makes the whole unscored (`undecided`), or with
 * `missing: "skip"` is left out and counted in `facts.missingSteps`. `facts.steps` is the number of steps. A score outside
 * `range` is a bug of the scorer.
 *
 * @throws UsageError if the aggregate needs probabilities and `range` is not within [0, 1]
 * @source mm-prm and pure's sheets for the form; `stepwise(scorer, { aggregate: { softmin: 0.1 } })` is PURE's min form
 * @example stepwise(prm, { aggregate: "min" })
 */
export function stepwise(scorer: StepScorer, options: StepwiseOptions): Reward {
  const { aggregate, range = [0, 1], missing = "fail" } = options;
  if (!(range[0] < range[1])) throw new UsageError(`stepwise: the range [${range[0]}, ${range[1]}] is empty`);
  const whole = aggregateRange(aggregate, range);
  const floor = options.floor ?? whole?.[0];
  const own: JsonObject = {
    kind: "stepwise",
    aggregate: aggregate as string | JsonObject,
    range: [...range],
    missing,
    ...(options.floor === undefined ? {} : { floor: options.floor }),
  };
  const about = {
    name:
      options.name ??
      `stepwise(${scorer.name}, ${typeof aggregate === "string" ? aggregate : JSON.stringify(aggregate)})`,
    ...(whole === undefined ? {} : { range: whole }),
    ...(floor === undefined ? {} : { floor }),
  };

  const draftOf = (values: readonly (number | null)[] | Unscored): Draft => {
    if (!Array.isArray(values)) return values as Unscored;
    const steps = values as readonly (number | null)[];
    if (steps.length === 0)
      return floor === undefined
        ? unscored("undecided", "the answer has no steps")
        : fault("no-answer", { facts: { steps: 0 } });
    for (const [k, value] of steps.entries())
      if (value !== null && !(value >= range[0] - 1e-9 && value <= range[1] + 1e-9))
        return unscored("bug", `${scorer.name} gave step ${k} the score ${value}, outside [${range[0]}, ${range[1]}]`);
    // scores within rounding of the range count as its ends
    const held = steps.map((value) => (value === null ? null : Math.min(Math.max(value, range[0]), range[1])));
    const value = aggregateSteps(held, aggregate, missing);
    const lost = steps.filter((one) => one === null).length;
    if (value === null) return unscored("undecided", `${lost} of ${steps.length} steps have no score`);
    const facts = { steps: steps.length, ...(lost === 0 ? {} : { missingSteps: lost }) };
    return { value, local: [{ unit: "step", values: steps }], facts };
  };

  return {
    ...about,
    fingerprint: fingerprintOf("stepwise", "", { version: 1, spec: own }, [scorer.fingerprint]),
    sees: "candidate",
    work: "io",
    ...(scorer.spec === undefined ? {} : { spec: { ...own, scorer: scorer.spec } }),
    ...(scorer.random === undefined ? {} : { random: scorer.random }),
    async score(tasks, ctx) {
      let rows: Awaited<ReturnType<StepScorer["scoreSteps"]>>;
      try {
        rows = await scorer.scoreSteps(tasks, ctx);
      } catch (thrown) {
        const failed = failure(about.name, thrown, ctx);
        return tasks.map((task) => task.candidates.map(() => failed));
      }
      return tasks.map((task, t) =>
        task.candidates.map((_, c): Score => {
          const steps = rows[t]?.[c];
          return settle(
            steps === undefined ? unscored("bug", `${scorer.name} skipped a candidate`) : draftOf(steps),
            about,
          );
        }),
      );
    },
  };
}
