import { sigmoid } from "../../compose/numbers.ts";
import type { SymmetricComparer } from "../../compose/tournament.ts";
import {
  type Compared,
  type Context,
  fingerprintOf,
  isScored,
  type Job,
  type JsonObject,
  messageOf,
  type Reward,
  type Task,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";

/**
 * The preference score of two embeddings: a skew-symmetric product, so that s(i, j) = −s(j, i) and s(i, i) = 0.
 *
 * s = ⟨R a, b⟩ = Σ_l g_l · (a[2l] · b[2l + 1] − a[2l + 1] · b[2l]), R of blocks [[0, −1], [1, 0]]
 *
 * @param a embedding of the first, 2k numbers
 * @param b embedding of the second, 2k numbers
 * @param gate g, k positive numbers: how much each block counts for this prompt; all 1 where it is left out
 * @returns a logit times the temperature, above 0 where the first is preferred
 * @throws UsageError for an odd or unequal dimension, or a gate that is not above 0
 *
 * Source: General Preference Modeling (2024), equation of the preference score; sign as in its released loss.
 * @example skewScore([2, 1], [-1, 1]) // 2·1 − 1·(−1) = 3, a Bradley-Terry gap where the second entry is 1
 */
export function skewScore(a: ArrayLike<number>, b: ArrayLike<number>, gate?: ArrayLike<number>): number {
  if (a.length !== b.length || a.length % 2 !== 0 || a.length === 0)
    throw new UsageError(`embeddings have one even dimension, not ${a.length} and ${b.length}`);
  if (gate !== undefined && gate.length !== a.length / 2)
    throw new UsageError(`a gate has ${a.length / 2} numbers, one a block, not ${gate.length}`);
  let score = 0;
  for (let l = 0; 2 * l < a.length; l++) {
    const g = gate?.[l] ?? 1;
    if (!(g > 0)) throw new UsageError(`a gate's numbers must be above 0, not ${g}`);
    score += g * (a[2 * l]! * b[2 * l + 1]! - a[2 * l + 1]! * b[2 * l]!);
  }
  return score;
}

/** An embedding. */
type Vector = Float32Array | Float64Array;

/** How the candidates of a task are embedded, one vector a candidate or why there is none. */
export type TaskEmbedding = (
  task: Task,
  ctx: Context,
) => readonly (Vector | Unscored)[] | Promise<readonly (Vector | Unscored)[]>;

/** What a preference embedding is made of. */
export interface PreferenceEmbeddingOptions {
  /** One even-dimensional vector a candidate, in one call a task. */
  embed: TaskEmbedding;
  /** Temperature τ, above 0: P = σ(s/τ). Default 0.1. */
  tau?: number | undefined;
  /** Positive numbers, one a block of two dimensions, from the prompt. */
  gate?: ((task: Task, ctx: Context) => ArrayLike<number> | Promise<ArrayLike<number>>) | undefined;
  name?: string | undefined;
  /** Changes whenever the same candidates may be embedded otherwise; without it answers are neither cached nor resumed. */
  version?: string | number | undefined;
  /** The data that builds this comparer again. */
  spec?: JsonObject | undefined;
  /** "compose" where `embed` calls a reward; default "io". */
  work?: "cpu" | "io" | "compose" | undefined;
}

/**
 * A comparer that embeds each candidate once and compares any pair by a skew-symmetric product.
 *
 * P(i better than j) = σ(s(i, j)/τ), s = `skewScore`
 *
 * A task of n candidates takes n embeddings, whichever of its n(n − 1)/2 pairs are asked; P_ij + P_ji = 1 exactly. Tastes may go
 * round: `toReward(comparer, { aggregate: "mean-score" })` makes a scalar of it and records in `facts.intransitivity` what that loses.
 * A candidate whose embedding has a number that is none leaves its own pairs unscored, not those of the others.
 *
 * @throws UsageError for a tau that is not above 0
 * @source General Preference Modeling (2024), released model
 * @example toReward(preferenceEmbedding({ embed, tau: 0.1, version: 1 }), { aggregate: "mean-score" })
 */
export function preferenceEmbedding(options: PreferenceEmbeddingOptions): SymmetricComparer {
  const { embed, gate, tau = 0.1, name = "embedding" } = options;
  if (!(tau > 0 && Number.isFinite(tau))) throw new UsageError(`tau must be above 0, not ${tau}`);
  const compareJob = async ({ task, pairs }: Job, ctx: Context): Promise<Compared[]> => {
    try {
      const [vectors, gates] = await Promise.all([embed(task, ctx), gate?.(task, ctx)]);
      return pairs.map(([first, second]): Compared => {
        for (const side of [first, second]) {
          const vector = vectors[side];
          if (vector === undefined)
            return {
              first,
              second,
              ...unscored("bug", `${name}: candidate ${side} of task ${task.id} was not embedded`),
            };
          if ("unscored" in vector) return { first, second, unscored: vector.unscored };
          if (vector.some((x) => !Number.isFinite(x)))
            return {
              first,
              second,
              ...unscored("bug", `${name}: candidate ${side} of task ${task.id} has no finite embedding`),
            };
        }
        const strength = skewScore(vectors[first] as Vector, vectors[second] as Vector, gates) / tau;
        return { first, second, p: sigmoid(strength), strength };
      });
    } catch (thrown) {
      const lost = ctx.signal.aborted
        ? unscored("cancelled", `${name} was cancelled`)
        : unscored("bug", `${name} threw: ${messageOf(thrown)}`);
      return pairs.map(([first, second]): Compared => ({ first, second, ...lost }));
    }
  };
  return {
    name,
    fingerprint: fingerprintOf("embedding", name, { version: options.version, spec: { ...options.spec, tau } }),
    work: options.work ?? "io",
    symmetric: true,
    ...(options.spec === undefined ? {} : { spec: options.spec }),
    compare: (jobs, ctx) => Promise.all(jobs.map((job) => compareJob(job, ctx))),
  };
}

/**
 * A scalar reward as a preference embedding: v = (r, 1), whose skew product is r_i − r_j. It shows that Bradley-Terry is the case of
 * one block, and lets a scalar stand where a comparer is compared with an embedding.
 *
 * @param options `tau`, default 1: the reward is in logits
 * @source General Preference Modeling (2024), Bradley-Terry as a special case
 * @example btAsEmbedding(length()).compare([{ task, pairs: [[0, 1]] }], ctx)
 */
export function btAsEmbedding(reward: Reward, options: { tau?: number | undefined } = {}): SymmetricComparer {
  return preferenceEmbedding({
    name: `embedding(${reward.name})`,
    tau: options.tau ?? 1,
    work: "compose",
    ...(reward.fingerprint === null ? {} : { version: reward.fingerprint }),
    async embed(task, ctx) {
      const [scores] = await ctx.score(reward, [task]);
      return scores!.map((score) => (isScored(score) ? Float64Array.of(score.value, 1) : score));
    },
  });
}
