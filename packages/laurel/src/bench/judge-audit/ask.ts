import {
  type Comparer,
  type Example,
  type Reward,
  random,
  seedFrom,
  split,
  type Task,
  type Usage,
} from "../../core/index.ts";
import { type Progress, type ScoreAllOptions, scoreBatches } from "../../run/index.ts";
import { type JudgedPair, type PairChoice, pairsOfExample } from "./pairs.ts";
import type { Vote } from "./votes.ts";

/** Options of `askJudge`. */
export interface AskOptions extends ScoreAllOptions {
  /**
   * "both" (default) shows each pair in both orders; "one" only as the file has it, for comparers without an order; "drawn" in an order
   * that is drawn for each pair and repeat.
   */
  orders?: "both" | "one" | "drawn" | undefined;
  /** Default "labelled". With "all" cycles can be seen where only some pairs have labels. */
  which?: PairChoice | undefined;
}

/** What a judge said on some pairs, and what that used. */
export interface Asked {
  pairs: JudgedPair[];
  votes: Vote[];
  usage: readonly Usage[];
  /** Why verdicts are missing, by reason. */
  unscored: Readonly<Record<string, number>>;
}

/**
 * Asks a comparer about the pairs of labelled examples, with the runner's cache, budget, retries and limits. Labels never reach it.
 *
 * @param options as `scoreAll`'s; `repeats` asks each order that many times
 * @throws as `scoreAll`
 */
export async function askJudge(
  comparer: Comparer,
  examples: readonly Example[],
  options: AskOptions = {},
): Promise<Asked> {
  const { orders = "both", which, ...run } = options;
  const pairs: JudgedPair[] = [];
  const byTask = new Map<string, JudgedPair[]>();
  for (const example of examples) {
    const own = pairsOfExample(example, which);
    byTask.set(example.task.id, own);
    pairs.push(...own);
  }
  const draw = split(seedFrom(options.seed ?? 0), "orders");
  const turned = (id: string, low: number, high: number, repeat: number): boolean =>
    random(split(draw, `${id} ${low} ${high} ${repeat}`)).uniform() < 0.5;
  const votes: Vote[] = [];
  const unscored: Record<string, number> = {};
  // a group reward that compares and keeps what it hears, so that comparisons run as all scores do
  const listener: Reward = {
    name: `audit of ${comparer.name}`,
    fingerprint: null,
    sees: "group",
    work: "compose",
    ...(comparer.random === true ? { random: true } : {}),
    async score(tasks: readonly Task[], ctx) {
      const jobs = tasks.map((task) => ({
        task,
        pairs: (byTask.get(task.id) ?? []).flatMap(({ low, high }): (readonly [number, number])[] => {
          if (orders === "both")
            return [
              [low, high],
              [high, low],
            ];
          return orders === "drawn" && turned(task.id, low, high, ctx.repeat) ? [[high, low]] : [[low, high]];
        }),
      }));
      const answers = await ctx.compare(comparer, jobs);
      for (const [t, task] of tasks.entries())
        for (const compared of answers[t]!) {
          const { first, second } = compared;
          const common = { id: task.id, judge: comparer.name, first, second, repeat: ctx.repeat };
          if (compared.unscored === undefined) {
            const { p, strength } = compared;
            votes.push({ ...common, p, ...(strength === undefined ? {} : { strength }) });
          } else {
            const { reason } = compared.unscored;
            unscored[reason] = (unscored[reason] ?? 0) + 1;
            votes.push({ ...common, p: null });
          }
        }
      return tasks.map((task) => task.candidates.map(() => ({ value: 0 })));
    },
  };
  let usage: readonly Usage[] = [];
  const onProgress = (progress: Progress): void => {
    usage = progress.usage;
    options.onProgress?.(progress);
  };
  const tasks = examples.map(({ task }) => [task]);
  for await (const rows of scoreBatches(listener, tasks, { ...run, onProgress })) void rows;
  return { pairs, votes, usage, unscored };
}
