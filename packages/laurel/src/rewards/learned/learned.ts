import { basename, resolve } from "node:path";
import {
  type Compared,
  type Comparer,
  type Context,
  failure,
  hashJson,
  type JsonObject,
  messageOf,
  type Reward,
  type Score,
  settle,
  type Task,
  unscored,
} from "../../core/index.ts";
import { readArtefact } from "./artefact.ts";
import { featuresOf } from "./features.ts";
import { heads } from "./heads.ts";

/** Options of `learned`. */
export interface LearnedOptions {
  /** The folder that `laurel train` wrote. */
  path: string;
}

/**
 * A learned reward: the folder that `laurel train` (or anything that writes its format) left. It needs no laboratory.
 *
 * The fingerprint is that of the weights, the head and the features, not of the place; scores are in logits of being preferred, or on the
 * ratings' scale, as the folder says. A head that only compares gives a comparer.
 *
 * @returns a reward, or a comparer where the head has no scalar
 * @throws InputError for a folder that is missing, damaged, or of another kind; UsageError where its embedder is not the one here
 * @example const reward = await learned({ path: "rm/" });
 */
export async function learned({ path }: LearnedOptions): Promise<Reward | Comparer> {
  const { config, weights } = await readArtefact(path);
  const features = await featuresOf(config.features, path);
  const head = heads[config.head.kind]!;
  const wantsPrompt = head.inputs(config.head).prompt !== undefined;
  const { embedder } = config.features;
  const named = {
    name: `learned:${basename(resolve(path))}`,
    fingerprint: hashJson(["learned", 1, config.weights.sha256, config.head, config.features as never as JsonObject]),
    spec: { kind: "learned", path },
    work: typeof embedder === "string" && /^hash(:|$)/.test(embedder) ? ("cpu" as const) : ("io" as const),
    [Symbol.asyncDispose]: () => features[Symbol.asyncDispose](),
  };
  if (head.score === undefined) {
    const compare = head.compare!(weights, config.head);
    return {
      ...named,
      async compare(jobs, ctx) {
        const vectors = await byTask(
          jobs.map(({ task }) => task),
          ctx,
        );
        return jobs.map(({ pairs }, t) =>
          pairs.map(([first, second]): Compared => {
            const [a, b] = [vectors[t]![first]!, vectors[t]![second]!];
            if ("unscored" in a) return { first, second, ...a };
            if ("unscored" in b) return { first, second, ...b };
            try {
              return { first, second, ...compare(a, b) };
            } catch (thrown) {
              return { first, second, ...unscored("bug", `${named.name} threw: ${messageOf(thrown)}`) };
            }
          }),
        );
      },
    };
  }
  const score = head.score(weights, config.head);
  const reward: Reward = {
    ...named,
    sees: "candidate",
    async score(tasks, ctx) {
      const vectors = await byTask(tasks, ctx);
      return vectors.map((row) =>
        row.map((one): Score => {
          if ("unscored" in one) return one;
          try {
            return settle(score(one), reward);
          } catch (thrown) {
            return failure(reward.name, thrown, ctx);
          }
        }),
      );
    },
  };
  return reward;

  async function byTask(tasks: readonly Task[], ctx: Context) {
    const items = tasks.flatMap(({ prompt, candidates }) => candidates.map((candidate) => ({ prompt, candidate })));
    const flat = await features.features(items, ctx, wantsPrompt);
    let at = 0;
    return tasks.map(({ candidates }) => candidates.map(() => flat[at++]!));
  }
}
