import { UsageError } from "../../core/index.ts";
import type { Weights } from "../../io/safetensors.ts";
import type { Head, HeadConfig } from "./head.ts";

/** Several heads of one shape, and how their values make one. */
export interface EnsembleConfig {
  /** What each member's config is. */
  member: HeadConfig;
  /** How many members there are, at least 2. */
  count: number;
  combine: "mean" | "min" | "mean-minus-variance";
  /** β of mean − β · variance. */
  beta: number;
}

/** The tensors of one member: those named `members.3.…`, without that. */
function membersWeights(weights: Weights, index: number): Weights {
  const before = `members.${index}.`;
  return new Map(
    [...weights].flatMap(([name, tensor]) => (name.startsWith(before) ? [[name.slice(before.length), tensor]] : [])),
  );
}

/**
 * Heads that were trained with different seeds, as one reward: the mean of their values, the least (a cautious reward, which an optimiser
 * must satisfy in all members), or mean − β · variance, variance = (1/k) Σ (r_i − mean)².
 *
 * The spread is the members' standard deviation with k − 1 below, as `ensemble` of rewards gives it. Tensors are the members', each behind `members.INDEX.`.
 *
 * @param heads the heads that members may be
 * Source: Coste et al. (2024), Reward Model Ensembles Help Mitigate Overoptimization (worst case, and with β, uncertainty-weighted);
 *   Eisenstein et al. (2023), Helping or Herding?
 */
export function ensembleHead(heads: Readonly<Record<string, Head>>): Head<EnsembleConfig> {
  const of = ({ member }: EnsembleConfig): Head => {
    const head = heads[member.kind];
    if (head === undefined) throw new UsageError(`an ensemble of ${member.kind} heads is not known`);
    return head;
  };
  return {
    summary: "several heads of one shape: their mean, their least, or mean minus variance",
    config: (z) =>
      z.strictObject({
        member: z.looseObject({ kind: z.string() }).transform((member, ctx): HeadConfig => {
          const { kind, ...rest } = member;
          const parsed = heads[kind]?.config(z).safeParse(rest);
          if (parsed?.success === true) return { kind, ...(parsed.data as object) };
          const why = parsed?.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
          ctx.addIssue({ code: "custom", message: why ?? `there is no head '${kind}'` });
          return z.NEVER;
        }),
        count: z.int().min(2),
        combine: z.enum(["mean", "min", "mean-minus-variance"]).default("mean"),
        beta: z.number().nonnegative().default(1),
      }) as never,
    inputs: (config) => of(config).inputs(config.member),
    tensors(config) {
      const own = Object.entries(of(config).tensors(config.member));
      return Object.fromEntries(
        Array.from({ length: config.count }, (_, i) =>
          own.map(([name, shape]) => [`members.${i}.${name}`, shape] as const),
        ).flat(),
      );
    },
    score(weights, config) {
      const { member, count, combine, beta } = config;
      const head = of(config);
      if (head.score === undefined) throw new UsageError(`${member.kind} heads give no value to combine`);
      const members = Array.from({ length: count }, (_, i) => head.score!(membersWeights(weights, i), member));
      return (features) => {
        const scores = members.map((one) => one(features));
        const mean = scores.reduce((sum, { value }) => sum + value, 0) / count;
        const variance = scores.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / count;
        const value =
          combine === "mean"
            ? mean
            : combine === "min"
              ? Math.min(...scores.map((one) => one.value))
              : mean - beta * variance;
        const names = Object.keys(scores[0]!.parts ?? {});
        const parts = Object.fromEntries(
          names.map((name) => [name, scores.reduce((sum, one) => sum + one.parts![name]!, 0) / count]),
        );
        return {
          value,
          ...(names.length === 0 ? {} : { parts }),
          spread: { sd: Math.sqrt((variance * count) / (count - 1)), n: count, over: "members" as const },
        };
      };
    },
  };
}
