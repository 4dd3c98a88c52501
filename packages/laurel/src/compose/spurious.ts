import {
  type Candidate,
  composite,
  type Draft,
  isScored,
  pointwise,
  type Reward,
  random,
  type Score,
  split,
  type Task,
  UsageError,
} from "../core/index.ts";
import { blend, conclude, settled, wantingPart } from "./parts.ts";

/**
 * 1 with a probability, else 0, whatever the candidate says: the control that shows what training gains by itself.
 * The draw follows from seed, task id, content and repeat.
 *
 * @throws UsageError if the probability leaves [0, 1]
 * @source "Reasoning or Memorization?" (2025), RandomCalculation's spurious rewards; default ½
 */
export function randomReward(options: { probability?: number | undefined } = {}): Reward {
  const { probability = 0.5 } = options;
  if (!(probability >= 0 && probability <= 1))
    throw new UsageError(`randomReward: probability must lie in [0, 1], not ${probability}`);
  return pointwise("random", (_, __, ctx) => random(split(ctx.seed, `repeat ${ctx.repeat}`)).uniform() < probability, {
    version: 1,
    range: [0, 1],
    random: true,
    spec: { kind: "random", probability },
  });
}

/**
 * A reward turned round in its range: min + max − r. **Decreasing.** A fault stays a fault at the floor, so that failing to
 * answer never pays.
 *
 * @throws UsageError if the reward states no range
 * @source RandomCalculation (2025): 1 − correct
 */
export function inverted(reward: Reward): Reward {
  const { range } = reward;
  if (range === undefined) throw new UsageError(`inverted: ${reward.name} states no range`);
  return blend(
    "inverted",
    { reward },
    { name: `inverted(${reward.name})`, version: 1, spec: { kind: "inverted" }, range, floor: reward.floor },
    ({ reward: score }) => {
      if (!isScored(score!)) return wantingPart({ raw: score! })!;
      return conclude(range[0] + range[1] - score.value, { raw: score }, reward.floor ?? range[0]);
    },
  );
}

/** Options of `majorityIncorrect`. */
export interface MajorityIncorrectOptions {
  /** The answer that a candidate gives, or null. */
  answer: (candidate: Candidate, task: Task) => string | null;
  /** Whose majority: the group's own (default), or the base model's, which `task.context[key]` holds. */
  majority?: "group" | { readonly context: string } | undefined;
  /** From here on an answer counts as right; default 0.5. */
  atLeast?: number | undefined;
  name?: string | undefined;
  /** Stands for `answer` in the fingerprint. */
  version?: string | number | undefined;
}

/**
 * 1 for the majority's answer on questions where the majority is wrong, else 0. **Not monotone** in correctness.
 * Where two answers share the first place there is no majority and all get 0. Unscored candidates have no vote.
 *
 * @param correct says whether a candidate is right
 * @source RandomCalculation (2025): reward for the majority-voted incorrect answer
 */
export function majorityIncorrect(correct: Reward, options: MajorityIncorrectOptions): Reward {
  const { answer, majority = "group", atLeast = 0.5 } = options;
  const made: Reward = composite(
    "majority-incorrect",
    { correct },
    {
      name: options.name,
      version:
        options.version === undefined
          ? undefined
          : `1 ${options.version} ${atLeast} ${majority === "group" ? "group" : `context ${majority.context}`}`,
      range: [0, 1],
      sees: correct.sees === "order" ? "order" : "group",
    },
    async (tasks, ctx) => {
      const scores = await ctx.score(correct, tasks);
      return tasks.map((task, t) => {
        const row = scores[t]!;
        const said = task.candidates.map((candidate, c) => {
          const score = row[c]!;
          return isScored(score) && score.fault === undefined ? answer(candidate, task) : null;
        });
        const elected = majority === "group" ? mostFrequent(said) : contextAnswer(task, majority.context);
        const right = row.some((score, c) => said[c] === elected && isScored(score) && score.value >= atLeast);
        return row.map(
          (score, c): Score =>
            settled(made, ctx, (): Draft => {
              if (!isScored(score)) return wantingPart({ correct: score })!;
              const hit = elected !== null && said[c] === elected && !right;
              return conclude(hit ? 1 : 0, { correct: score }, 0, { facts: { majority: elected } });
            }),
        );
      });
    },
  );
  return made;
}

function contextAnswer(task: Task, key: string): string | null {
  const value = task.context?.[key];
  return value === undefined || value === null || typeof value === "object" ? null : String(value);
}

function mostFrequent(answers: readonly (string | null)[]): string | null {
  const counts = new Map<string, number>();
  for (const answer of answers) if (answer !== null) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  let best: string | null = null;
  let most = 0;
  for (const [answer, count] of counts) {
    if (count === most) best = null;
    if (count > most) {
      best = answer;
      most = count;
    }
  }
  return best;
}
