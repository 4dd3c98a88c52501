import { canonicalJson, type Draft, type Reward, type Scored, UsageError, unscored } from "../core/index.ts";
import { blend, conclude, hull, type Range, reachOf, wantingPart } from "./parts.ts";
import { chainSteps, type StepTransform } from "./steps.ts";

/** Options of `withSuccess`. */
export interface WithSuccessOptions {
  /** The weight of the step rewards; at least 0. */
  alpha: number;
  /** Applied to the step rewards before alpha; default none. */
  transform?: StepTransform | undefined;
  /** The range of single step rewards; default [0, 1], a probability. */
  range?: Range | undefined;
  name?: string | undefined;
  /** Stands for the transform in the fingerprint if that has no spec. */
  version?: string | number | undefined;
}

/**
 * Process rewards beside the outcome.
 *
 *     value = α · Σ_k T(r)_k + success;  local step values α·T(r)_k, with success added to the last
 *
 * @param step gives `local` values of unit "step", as `stepwise` does; a fault counts as one step at its floor
 * @param success the outcome's reward
 * @returns with a range where the transform's total does not grow with the number of steps (delta, or delta after clip);
 *   unscored where the step reward gives no step values (`unsupported`), one is null (`undecided`) or outside the range (`bug`)
 * @throws UsageError on a negative alpha
 * @source "On Designing Effective RL Reward at Training Time" (2024); α there is recalled as 0.02
 * @example withSuccess(prm, math(), { alpha: 0.02, transform: chainSteps(clipSteps({ eta: 0.85 }), deltaSteps()) })
 */
export function withSuccess(step: Reward, success: Reward, options: WithSuccessOptions): Reward {
  const { alpha, transform = chainSteps(), range = [0, 1] } = options;
  if (!(alpha >= 0 && Number.isFinite(alpha)))
    throw new UsageError(`withSuccess: alpha must be a number of at least 0, not ${alpha}`);
  const spec =
    transform.spec === undefined
      ? undefined
      : { kind: "with-success", alpha, transform: transform.spec, range: [...range] };
  const reach = reachOf(success);
  const total = levelTotal(transform, range);
  const whole: Range | undefined =
    reach === undefined || total === undefined ? undefined : [alpha * total[0] + reach[0], alpha * total[1] + reach[1]];
  return blend(
    "with-success",
    { step, success },
    {
      name: options.name,
      ...(spec === undefined
        ? {
            version:
              options.version === undefined ? undefined : `1 ${options.version} ${canonicalJson({ alpha, range })}`,
          }
        : { version: 1, spec }),
      range: whole,
    },
    (scores) => {
      const wanting = wantingPart(scores);
      if (wanting !== undefined) return wanting;
      const steps = scores["step"] as Scored;
      const outcome = scores["success"] as Scored;
      const given = steps.fault === undefined ? stepValues(steps, range) : [steps.value];
      if (!Array.isArray(given)) return given;
      const values = [...transform(given, { final: true })].map((value) => alpha * value);
      const earned = values.reduce((sum, value) => sum + value, 0);
      if (values.length > 0) values[values.length - 1]! += outcome.value;
      const draft = conclude(earned + outcome.value, scores, whole?.[0], { local: [{ unit: "step", values }] });
      if (typeof draft !== "object" || draft.unscored !== undefined) return draft;
      return { ...draft, parts: { ...draft.parts, earned } };
    },
  );
}

function stepValues(score: Scored, [min, max]: Range): number[] | Draft {
  const local = score.local?.find(({ unit }) => unit === "step");
  if (local === undefined) return unscored("unsupported", "step: the reward gives no step values");
  const values: number[] = [];
  for (const [k, value] of local.values.entries()) {
    if (value === null) return unscored("undecided", `step: step ${k} has no value`);
    if (!(value >= min - 1e-9 && value <= max + 1e-9))
      return unscored("bug", `step: step ${k} has the value ${value}, outside [${min}, ${max}]`);
    values.push(value);
  }
  return values;
}

/** The total's range if it is the same for two steps as for three, with that of none and one. */
function levelTotal(transform: StepTransform, range: Range): Range | undefined {
  if (transform.total === undefined) return undefined;
  const [two, three] = [transform.total(range, 2), transform.total(range, 3)];
  if (two[0] !== three[0] || two[1] !== three[1]) return undefined;
  return hull([[0, 0], transform.total(range, 1), two]);
}
