import { NotEnoughDataError, UsageError } from "../../core/index.ts";
import type { Raw } from "../../io/messages.ts";
import { refuse } from "../../io/messages.ts";
import { exampleOf, type RowPlace } from "../../io/schemas/schema.ts";
import type { Benchmark, Credited } from "../benchmark.ts";
import { each, textAt } from "../read.ts";
import { type WbGroup, wbGroups, wbMacro } from "../wildbench/groups.ts";

const published = (system: string, score: number) => ({
  system,
  figures: { "adjusted score": (score - 5) * 2, score },
  source: "WildBench (2024), score.json of its repository, judge gpt-4o-2024-05-13, v2.0625",
  reproduced: true,
});

/** The groups of a row's tags; none where it has no tags. */
function groupsOf(row: Raw, place: RowPlace): WbGroup[] {
  const { primary_tag: primary, secondary_tags: secondary = [] } = row;
  if (primary === undefined || primary === null) return [];
  if (typeof primary !== "string") refuse(place, "primary_tag", "a text", primary);
  if (!Array.isArray(secondary) || !secondary.every((one) => typeof one === "string"))
    refuse(place, "secondary_tags", "a list of texts", secondary);
  try {
    return wbGroups(primary, secondary as string[]);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    return refuse(place, "primary_tag, secondary_tags", `WildBench's tags (${thrown.message})`, primary);
  }
}

/** The weighted mean over groups of (grade − 5)·2; a task counts in each of its groups. */
function taskMacro(items: readonly Credited[]): number {
  const sums = new Map<WbGroup, { sum: number; n: number }>();
  for (const { credit, facts } of items) {
    const groups = facts?.["groups"];
    if (credit === null || !Array.isArray(groups)) continue;
    for (const group of groups as WbGroup[]) {
      const own = sums.get(group) ?? { sum: 0, n: 0 };
      sums.set(group, { sum: own.sum + (credit - 5) * 2, n: own.n + 1 });
    }
  }
  if (sums.size === 0) throw new NotEnoughDataError("no task has a tag and a grade");
  return wbMacro(Object.fromEntries([...sums].map(([group, { sum, n }]) => [group, sum / n])));
}

/** WildBench's WB-Score: a judge's grades of one model's answers. */
export const wildBench: Benchmark = {
  id: "wildbench",
  title: "WildBench (WB-Score)",
  about: "grades from 1 to 10 of one model's answers to 1,024 tasks of real users",
  tier: "figure reproduced",
  tierWhy:
    "mean scores of three models by GPT-4o, and the agreement of two judges and of a second run on four; no texts",
  data: {
    hub: "allenai/WildBench",
    split: "test",
    config: "v2",
    licence: "AI2 ImpACT (data), Apache-2.0 (repository)",
    columns: "session_id, conversation_input or query, output (the model's answer), primary_tag, checklist",
  },
  asks: "scores",
  chance: { value: 0, why: "a judge that always says 5 gives 0 on the adjusted scale from −8 to 10" },
  pitfalls: [
    "It ranks models by a judge, not judges: compare answers of two models under one judge.",
    "Tasks without a readable grade are left out; they are not the same ones for each model.",
    "Two judges give the same grade to 43 % of the answers, one judge asked twice to 97 %: a difference between judges is no difference between models.",
    "The published table shows ten times the adjusted score, and its macro mean weighs creative tasks 0.5, information 0.75, maths 1, planning and coding 1.25; a task counts in each group of its tags.",
    "Answers that were cut off or empty count in the published mean and not in the published groups; here they count in both.",
  ],
  published: [
    published("Qwen1.5-72B-Chat-greedy", 7.173359451518119),
    published("reka-flash-20240226", 6.730205278592376),
    published("gpt-3.5-turbo-0125", 6.613880742913001),
  ],
  by: "tag",
  keep: ["groups"],
  rightFirst: false,
  rule: {
    text: "adjusted score = mean of (grade − 5)·2 over the tasks with a grade",
    source: "WildBench (2024), src/view_wb_eval.py",
    credit: (item) => item.values[0] ?? null,
    unscored: "drop",
    figures: [
      {
        name: "adjusted score",
        about: "mean of (grade − 5)·2, from −8 to 10",
        of: (item) => (item.credit === null ? null : (item.credit - 5) * 2),
        range: [-8, 10],
      },
      { name: "score", about: "mean grade, from 1 to 10", range: [1, 10] },
      {
        name: "task macro",
        about: "weighted mean of the adjusted score over the five groups of tags",
        all: taskMacro,
        range: [-8, 10],
      },
    ],
  },
  read: each((row, place) => {
    const { conversation_input: talk, query, primary_tag: tag } = row;
    const turns = Array.isArray(talk)
      ? talk.flatMap((one: unknown) => {
          const { role, content } = one as { role?: unknown; content?: unknown };
          return (role === "user" || role === "assistant") && typeof content === "string"
            ? [{ role, content } as const]
            : [];
        })
      : [];
    if (turns.length === 0 && typeof query !== "string")
      refuse(place, "conversation_input", "turns of a conversation, or a text in query", talk);
    const groups = groupsOf(row, place);
    return exampleOf(row, place, {
      id: row["session_id"] ?? row["id"],
      prompt: turns.length > 0 ? turns : [{ role: "user", content: query as string }],
      candidates: [{ output: [{ role: "assistant", content: textAt(row, "output", place) }] }],
      ...(Array.isArray(row["checklist"]) ? { context: { checklist: row["checklist"] as string[] } } : {}),
      ...(groups.length > 0 ? { labels: { extra: { groups } } } : {}),
      subsets: typeof tag === "string" ? { tag, group: groups[0]! } : {},
      used: ["session_id", "id", "conversation_input", "query", "output", "primary_tag", "secondary_tags", "checklist"],
    });
  }),
};
