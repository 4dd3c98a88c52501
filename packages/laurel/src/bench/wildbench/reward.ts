import { NotEnoughDataError, UsageError } from "../../core/index.ts";
import { type Grade, gradeReward, lengthTie } from "../../rewards/judge/index.ts";
import { type WbGroup, wbMacro } from "./groups.ts";
import { overTasks, type WbRow, type WbTable } from "./table.ts";

/** One model's answer to a task, judged against one baseline's. */
export interface WbJudgement {
  /** Of the task. */
  id: string;
  model: string;
  baseline: string;
  /** The model as A, before the length rule; null where the item is skipped: an answer was cut off or empty, or no verdict was read. */
  grade: Grade | null;
  /** Of the model's and of the baseline's text, in code points (`charactersOf`). */
  length: number;
  baselineLength: number;
  /** Where the task counts (`wbGroups`). */
  groups?: readonly WbGroup[] | undefined;
}

/** How often each grade came up, after the length rule. */
export interface WbTally {
  winMuch: number;
  win: number;
  tie: number;
  lose: number;
  loseMuch: number;
}

/** A model's tallies against one baseline. */
export interface WbCounts extends WbTally {
  /** All items, skipped ones included. */
  total: number;
  groups: Partial<Record<WbGroup, WbTally>>;
}

/** The rewards that tallies give, each in [−1, 1]. */
export interface WbRewards {
  reward: number;
  groups: Partial<Record<WbGroup, number>>;
  /** The weighted mean of the groups. */
  macro: number;
}

/** What the overall reward is divided by: all items (as published) or those that were scored. */
export type WbDivisor = "all" | "scored";

const fields: Readonly<Record<Grade, keyof WbTally>> = {
  "A++": "winMuch",
  "A+": "win",
  "A=B": "tie",
  "B+": "lose",
  "B++": "loseMuch",
};
const none = (): WbTally => ({ winMuch: 0, win: 0, tie: 0, lose: 0, loseMuch: 0 });
const sumOf = (of: WbTally): number => of.winMuch + 0.5 * of.win - 0.5 * of.lose - of.loseMuch;
const scoredOf = (of: WbTally): number => of.winMuch + of.win + of.tie + of.lose + of.loseMuch;

/**
 * WB-Reward of a model against a baseline from its tallies: the table script's formulas.
 *
 *     reward = (much better + ½ better − ½ worse − much worse) / D;  of a group D is its scored items, overall all items
 *     macro  = Σ weight · group's reward / 4.75
 *
 * @param divisor of the overall reward: "all" (default, as published) counts a skipped item as a tie, "scored" leaves it out
 * @returns in [−1, 1]; published tables show 100 times that
 * @throws NotEnoughDataError where there is nothing to divide by
 * @source WildBench (2024), leaderboard/data_dir/_create_tables.py at d6b8dca
 * @example wbRewardOfCounts({ winMuch: 1, win: 1, tie: 1, lose: 0, loseMuch: 0, total: 4, groups: {} }).reward // 0.375
 */
export function wbRewardOfCounts(counts: WbCounts, divisor: WbDivisor = "all"): WbRewards {
  const by = divisor === "all" ? counts.total : scoredOf(counts);
  if (!(by > 0)) throw new NotEnoughDataError("WB-Reward needs a scored item", 1);
  const groups: Partial<Record<WbGroup, number>> = {};
  for (const [group, tally] of Object.entries(counts.groups) as [WbGroup, WbTally][])
    if (scoredOf(tally) > 0) groups[group] = sumOf(tally) / scoredOf(tally);
  return { reward: sumOf(counts) / by, groups, macro: wbMacro(groups) };
}

/**
 * Tallies of one model's judgements against one baseline, after the length rule.
 *
 * @param k margin in characters, default 500; −1 is off
 * @source WildBench (2024), leaderboard/data_dir/_create_tables.py
 */
export function wbCounts(judgements: readonly WbJudgement[], k = 500): WbCounts {
  const counts: WbCounts = { ...none(), total: judgements.length, groups: {} };
  for (const one of judgements) {
    if (one.grade === null) continue;
    const field = fields[lengthTie(one.grade, one.length, one.baselineLength, k)];
    counts[field]++;
    for (const group of one.groups ?? []) {
      const tally = counts.groups[group] ?? none();
      tally[field]++;
      counts.groups[group] = tally;
    }
  }
  return counts;
}

/** Options of `wbReward`. */
export interface WbRewardOptions {
  /** Margin of the length rule in characters, default 500; −1 turns it off. */
  k?: number | undefined;
  /** Names of the baselines: every model needs judgements against each. */
  baselines: readonly string[];
  /** See `wbRewardOfCounts`. */
  divisor?: WbDivisor | undefined;
  /** Confidence, default 0.95. */
  level?: number | undefined;
}

/**
 * WB-Reward: models against fixed baselines, with the length rule; the mixture is the mean over baselines.
 *
 * A model against itself is a tie and counts 0, as published. The interval is over tasks; with "scored" it is that of the ratio, linearised.
 *
 * @param judgements one a model, baseline and task, in any order
 * @returns values in [−1, 1]
 * @throws UsageError for a task that stands twice; NotEnoughDataError for a model without judgements against a baseline
 * @source WildBench (2024), WB-Reward with K = 500 and three baselines
 * @example wbReward(judgements, { baselines: ["gpt-4-turbo-2024-04-09", "claude-3-haiku-20240307", "Llama-2-70b-chat-hf"] })
 */
export function wbReward(judgements: readonly WbJudgement[], options: WbRewardOptions): WbTable {
  const { k = 500, baselines, divisor = "all", level = 0.95 } = options;
  if (baselines.length === 0 || new Set(baselines).size !== baselines.length)
    throw new UsageError("WB-Reward needs baselines, each named once");
  const tasks = [...new Set(judgements.map(({ id }) => id))];
  const places = new Map(tasks.map((id, i) => [id, i]));
  const share = 1 / baselines.length;
  const rows = [...Map.groupBy(judgements, ({ model }) => model)].map(([model, own]): WbRow => {
    const byBaseline = Map.groupBy(own, ({ baseline }) => baseline);
    const perTask = new Float64Array(tasks.length).fill(Number.NaN);
    for (const { id } of own) perTask[places.get(id)!] = 0;
    const n = new Set(own.map(({ id }) => id)).size;
    const found: Record<string, { counts: WbCounts; rewards: WbRewards }> = {};
    let unscored = 0;
    for (const baseline of baselines) {
      if (baseline === model) continue;
      const against = byBaseline.get(baseline);
      if (against === undefined)
        throw new NotEnoughDataError(`${model} has no judgements against the baseline ${baseline}`);
      checkOnce(against);
      const counts = wbCounts(against, k);
      const rewards = wbRewardOfCounts(counts, divisor);
      found[baseline] = { counts, rewards };
      unscored += counts.total - scoredOf(counts);
      // a mean over the baseline's own items, linearised over the model's tasks
      const by = divisor === "all" ? counts.total : scoredOf(counts);
      for (let i = 0; i < tasks.length; i++) perTask[i]! += share * rewards.reward;
      for (const { id, grade, length, baselineLength } of against) {
        if (grade === null && divisor === "scored") continue;
        const value = grade === null ? 0 : gradeReward[lengthTie(grade, length, baselineLength, k)];
        perTask[places.get(id)!]! += share * (n / by) * (value - rewards.reward);
      }
    }
    const all = Object.values(found).map(({ rewards }) => rewards);
    const mean = (of: (rewards: WbRewards) => number): number =>
      all.reduce((sum, rewards) => sum + of(rewards), 0) * share;
    const names = new Set(all.flatMap(({ groups }) => Object.keys(groups) as WbGroup[]));
    return {
      model,
      value: overTasks(
        mean(({ reward }) => reward),
        perTask,
        { method: `WB-Reward, K = ${k}`, unscored, level },
      ),
      macro: mean(({ macro }) => macro),
      groups: Object.fromEntries([...names].map((name) => [name, mean(({ groups }) => groups[name] ?? 0)])),
      baselines: found,
      perTask,
    };
  });
  return { figure: "WB-Reward", rows: rows.sort((a, b) => b.value.value - a.value.value), tasks };
}

/** Throws where a task stands twice. */
export function checkOnce(items: readonly { id: string; model: string; baseline?: string }[]): void {
  const seen = new Set<string>();
  for (const { id, model, baseline } of items) {
    if (seen.has(id))
      throw new UsageError(
        `${model} is judged twice${baseline === undefined ? "" : ` against ${baseline}`} on the task '${id}'`,
      );
    seen.add(id);
  }
}
