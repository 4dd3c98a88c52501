import { type Children, composite, isScored, type Reward, type Score, UsageError, unscored } from "../core/index.ts";
import { conclude, settled, wantingPart } from "./parts.ts";
import { weighted } from "./weighted.ts";

/** Options of `standardise`. */
export interface StandardiseOptions {
  /** How many members of a group must be scored; at least 2, default 2. */
  atLeast?: number | undefined;
  /** "sample" (default) has n − 1 in the sd's denominator, "population" n. */
  sd?: "sample" | "population" | undefined;
  /** Added to the sd before the division; default 0. */
  eps?: number | undefined;
  name?: string | undefined;
}

/**
 * A reward's z-score within each task's group of candidates.
 *
 *     value = (r − mean) / (sd + eps), 0 for all where the scored members are equal
 *
 * Scored members count, faulty ones at their floors; `facts.group` says how many. With fewer than `atLeast` scored members
 * those are unscored (`incomplete-group`). An unscored member stays unscored. No range is stated, since |z| grows with n.
 *
 * @throws UsageError on `atLeast` below 2 or a negative eps
 * @source the group-wise z-score of BLEUBERI (2025; eps 1e-6) and of GRPO
 * @example standardise(rewardModel, { eps: 1e-6 })
 */
export function standardise(reward: Reward, options: StandardiseOptions = {}): Reward {
  const { atLeast = 2, sd = "sample", eps = 0 } = options;
  if (!Number.isInteger(atLeast) || atLeast < 2)
    throw new UsageError(`standardise: atLeast must be a whole number of at least 2, not ${atLeast}`);
  if (!(eps >= 0 && Number.isFinite(eps))) throw new UsageError(`standardise: eps must be at least 0, not ${eps}`);
  const made: Reward = composite(
    "standardise",
    { reward },
    {
      name: options.name,
      version: 1,
      spec: { kind: "standardise", atLeast, sd, eps },
      sees: reward.sees === "order" ? "order" : "group",
    },
    async (tasks, ctx) => {
      const scores = await ctx.score(reward, tasks);
      return tasks.map((task, t) => {
        const row = scores[t]!;
        // sorted, so that the sums do not depend on the candidates' order in their last bits
        const values = Float64Array.from(row.flatMap((score) => (isScored(score) ? [score.value] : []))).sort();
        const n = values.length;
        const mean = values.reduce((sum, value) => sum + value, 0) / n;
        const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        const spread = Math.sqrt(squares / (sd === "sample" ? n - 1 : n)) + eps;
        const flat = values[0] === values[n - 1];
        return row.map(
          (score): Score =>
            settled(made, ctx, () => {
              if (!isScored(score)) return wantingPart({ raw: score })!;
              if (n < atLeast)
                return unscored("incomplete-group", `task ${task.id} has ${n} scored members, ${atLeast} are needed`);
              return conclude(flat ? 0 : (score.value - mean) / spread, { raw: score }, undefined, {
                facts: { group: n },
              });
            }),
        );
      });
    },
  );
  return made;
}

/**
 * The mean of several rewards' z-scores within the group, which mixes scales that have nothing in common.
 *
 * @source BLEUBERI (2025): `bleu_rm`, with eps 1e-6 and the sample sd
 * @example groupZScore({ bleu: bleu(), rm })
 */
export function groupZScore(rewards: Children, options: StandardiseOptions = {}): Reward {
  const { name, eps = 1e-6, ...rest } = options;
  const names = Object.keys(rewards);
  return weighted(
    Object.fromEntries(names.map((one) => [one, standardise(rewards[one]!, { ...rest, eps })])),
    Object.fromEntries(names.map((one) => [one, 1 / names.length])),
    { scales: "native", name },
  );
}
