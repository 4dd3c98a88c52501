import { refuse } from "../../io/messages.ts";
import { exampleOf } from "../../io/schemas/schema.ts";
import type { Benchmark } from "../benchmark.ts";
import { each, textAt } from "../read.ts";

const published = (system: string, score: number) => ({
  system,
  figures: { "adjusted score": (score - 5) * 2, score },
  source: "WildBench (2024), score.json of its repository, judge gpt-4o-2024-05-13, v2.0625",
  reproduced: true,
});

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
    "The published table shows ten times the adjusted score.",
  ],
  published: [
    published("Qwen1.5-72B-Chat-greedy", 7.173359451518119),
    published("reka-flash-20240226", 6.730205278592376),
    published("gpt-3.5-turbo-0125", 6.613880742913001),
  ],
  by: "tag",
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
    return exampleOf(row, place, {
      id: row["session_id"] ?? row["id"],
      prompt: turns.length > 0 ? turns : [{ role: "user", content: query as string }],
      candidates: [{ output: [{ role: "assistant", content: textAt(row, "output", place) }] }],
      ...(Array.isArray(row["checklist"]) ? { context: { checklist: row["checklist"] as string[] } } : {}),
      subsets: typeof tag === "string" ? { tag } : {},
      used: ["session_id", "id", "conversation_input", "query", "output", "primary_tag", "secondary_tags", "checklist"],
    });
  }),
};
