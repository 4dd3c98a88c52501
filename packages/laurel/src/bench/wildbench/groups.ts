import { UsageError } from "../../core/index.ts";

/** WildBench's five groups of tasks. */
export type WbGroup =
  | "Creative Tasks"
  | "Planning & Reasoning"
  | "Math & Data Analysis"
  | "Information/Advice seeking"
  | "Coding & Debugging";

/** The weight of each group in a task-macro mean; they sum to 4.75. */
export const wbWeights: Readonly<Record<WbGroup, number>> = {
  "Creative Tasks": 0.5,
  "Planning & Reasoning": 1.25,
  "Math & Data Analysis": 1,
  "Information/Advice seeking": 0.75,
  "Coding & Debugging": 1.25,
};

const groupOf: Readonly<Record<string, WbGroup>> = {
  "Information seeking": "Information/Advice seeking",
  "Advice seeking": "Information/Advice seeking",
  "Creative Writing": "Creative Tasks",
  Editing: "Creative Tasks",
  Brainstorming: "Creative Tasks",
  "Role playing": "Creative Tasks",
  Others: "Creative Tasks",
  Reasoning: "Planning & Reasoning",
  Planning: "Planning & Reasoning",
  Math: "Math & Data Analysis",
  "Data Analysis": "Math & Data Analysis",
  "Coding & Debugging": "Coding & Debugging",
};

/** The twelve tags of WildBench's tasks. */
export const wbTags: readonly string[] = Object.keys(groupOf);

/**
 * The groups in which a task counts: that of its primary tag and those of its secondary ones, once each.
 *
 * @param tags primary tag first; of the twelve in `wbTags`
 * @throws UsageError for any other tag: it is never taken for "Others"
 * @source WildBench (2024), leaderboard/data_dir/_create_tables.py
 * @example wbGroups("Math", ["Data Analysis", "Reasoning"]) // ["Math & Data Analysis", "Planning & Reasoning"]
 */
export function wbGroups(primary: string, secondary: readonly string[] = []): WbGroup[] {
  const found = new Set<WbGroup>();
  for (const tag of [primary, ...secondary]) {
    if (!Object.hasOwn(groupOf, tag))
      throw new UsageError(`'${tag}' is no tag of WildBench`, `its tags are ${wbTags.join(", ")}`);
    found.add(groupOf[tag]!);
  }
  return [...found];
}

/** Σ weight · value / Σ all weights, as the table script does it: a group without tasks counts 0. */
export function wbMacro(values: Readonly<Partial<Record<WbGroup, number>>>): number {
  let sum = 0;
  let all = 0;
  for (const [group, weight] of Object.entries(wbWeights)) {
    sum += (values[group as WbGroup] ?? 0) * weight;
    all += weight;
  }
  return sum / all;
}
