import {
  candidateHash,
  composite,
  isScored,
  type Reward,
  random,
  type Seed,
  seedFrom,
  split,
  type Task,
  UsageError,
} from "../core/index.ts";
import { conclude, settled, wantingPart } from "./parts.ts";

/** Options of `flipNoise`. */
export interface FlipNoiseOptions {
  /** In [0, 1]. */
  probability: number;
  /** "group" (default) flips all of a task's candidates together, "candidate" each by itself. */
  unit?: "group" | "candidate" | undefined;
  /** A seed of its own, which makes the noise part of the reward; without it the context's seed decides. */
  seed?: Seed | string | number | undefined;
  name?: string | undefined;
}

/**
 * Label noise: with a probability the value is mirrored in the reward's range.
 *
 *     value = min + max − r where flipped, else r
 *
 * Whether it is flipped follows from seed, task id, repeat and, per candidate, its content. Faults are never flipped.
 * `facts.flipped` marks what was. **Not monotone**: that is its purpose.
 *
 * @throws UsageError if the reward states no range or the probability leaves [0, 1]
 * @source "The Climb Carves Wisdom Deeper Than the Summit" (2025): group flips, answers that cannot be read left alone
 * @example flipNoise(math(), { probability: 0.4, seed: 1 })
 */
export function flipNoise(reward: Reward, options: FlipNoiseOptions): Reward {
  const { probability, unit = "group" } = options;
  const { range } = reward;
  if (range === undefined) throw new UsageError(`flipNoise: ${reward.name} states no range to mirror its values in`);
  if (!(probability >= 0 && probability <= 1))
    throw new UsageError(`flipNoise: probability must lie in [0, 1], not ${probability}`);
  const own = options.seed === undefined ? undefined : seedFrom(options.seed);
  const made: Reward = composite(
    "flip-noise",
    { reward },
    {
      name: options.name ?? `flipNoise(${reward.name}, ${probability})`,
      version: 1,
      spec: { kind: "flip-noise", probability, unit, ...(own === undefined ? {} : { seed: own }) },
      range,
      floor: reward.floor,
      random: own === undefined,
    },
    async (tasks, ctx) => {
      const scores = await ctx.score(reward, tasks);
      const drawn = (task: Task, c: number): boolean => {
        const seed = split(split(split(own ?? ctx.seed, "flip-noise"), task.id), `repeat ${ctx.repeat}`);
        const draw = unit === "group" ? seed : split(seed, candidateHash(task.candidates[c]!));
        return random(draw).uniform() < probability;
      };
      return tasks.map((task, t) =>
        task.candidates.map((_, c) =>
          settled(made, ctx, () => {
            const score = scores[t]![c]!;
            if (!isScored(score)) return wantingPart({ raw: score })!;
            if (score.fault !== undefined || !drawn(task, c))
              return conclude(score.value, { raw: score }, made.floor ?? range[0]);
            return conclude(range[0] + range[1] - score.value, { raw: score }, undefined, { facts: { flipped: true } });
          }),
        ),
      );
    },
  );
  return made;
}

/**
 * What group flips with probability p do to a policy gradient: its expectation is (1 − 2p) times the clean one, so that
 * about 1/(1 − 2p)² times the samples give the same signal. At p = ½ nothing is left and the factor is infinite.
 */
export function noiseGain(p: number): { gradientScale: number; sampleFactor: number } {
  if (!(p >= 0 && p <= 1)) throw new UsageError(`noiseGain: p must lie in [0, 1], not ${p}`);
  const gradientScale = 1 - 2 * p;
  return { gradientScale, sampleFactor: 1 / gradientScale ** 2 };
}
