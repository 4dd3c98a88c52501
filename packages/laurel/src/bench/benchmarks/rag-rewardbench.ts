import { basename } from "node:path";
import type { Json, JsonObject } from "../../core/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import { type RowPlace, rowError } from "../../io/schemas/schema.ts";
import { numberedPassages } from "../../rewards/verify/citations.ts";
import type { Benchmark, Figure } from "../benchmark.ts";
import { each, rightAndWrong } from "../read.ts";
import { accuracy, macro, strictCredit } from "../rules.ts";

/** The six published files, each with words that name it in a column. */
const scenarios: Readonly<Record<string, RegExp>> = {
  abstain: /abst/,
  citation: /citation/,
  conflict: /conflict/,
  harmless: /harmless/,
  reason: /reason|multi-?hop/,
  helpful: /helpful/,
};

/** The leaderboard's two groups of scenarios. */
const groups: Readonly<Record<string, readonly string[]>> = {
  helpful: ["helpful", "reason", "citation"],
  harmless: ["harmless", "abstain", "conflict"],
};

function scenarioOf(row: Raw, place: RowPlace): string | undefined {
  const named = [row["scenario"], row["type"], row["subset"], basename(place.file ?? "")];
  for (const name of named) {
    if (typeof name !== "string") continue;
    const word = name.toLowerCase();
    const found = Object.entries(scenarios).find(([, words]) => words.test(word));
    if (found !== undefined) return found[0];
  }
  return undefined;
}

/** The passages of a row: a column that holds a list, else those that the prompt numbers. */
function passages(row: Raw): JsonObject | undefined {
  const given = row["passages"] ?? row["documents"] ?? row["contexts"];
  if (Array.isArray(given) && given.length > 0) {
    const list = given.map((one: unknown, i): Json => {
      if (typeof one === "string") return { id: String(i + 1), text: one };
      return isRaw(one) ? ({ id: String(i + 1), ...one } as JsonObject) : null;
    });
    return { passages: list };
  }
  const { prompt } = row;
  const found = typeof prompt === "string" ? numberedPassages(prompt) : undefined;
  return found === undefined ? undefined : { passages: found as unknown as Json };
}

const group = (name: string): Figure => ({
  name,
  about: `mean of the subsets of ${groups[name]!.join(", ")}`,
  of: (item) => (item.subsets["group"] === name ? item.credit : null),
  sections: { key: "subset" },
});

/** RAG-RewardBench: answers from retrieved passages. */
export const ragRewardBench: Benchmark = {
  id: "rag-rewardbench",
  title: "RAG-RewardBench",
  about: "answers written from retrieved passages: multi-hop, citations, abstaining, conflicting sources",
  tier: "schema only",
  tierWhy: "no row could be had here, and the columns are known from a description only",
  data: {
    hub: "jinzhuoran/RAG-RewardBench",
    split: "train",
    licence: "Apache-2.0",
    columns:
      "prompt (instruction, passages, question), chosen, rejected, subset or type. DATA may be a folder with the published abstain, citation, conflict, harmless, helpful and reason.jsonl, whose names then give the scenario; a column passages ([{ id, text }]), or passages that the prompt numbers [1], [2], … at the start of lines, become context.passages",
  },
  asks: "scores",
  chance: { value: 0.5, why: "two candidates; a constant reward gets 0, because a tie loses" },
  pitfalls: [
    "A reward with a short context reads no passages: state the share of cut prompts.",
    "A reward that likes longer answers does well on multi-hop and badly on abstaining: read the scenarios, not only the mean.",
    "Some passages hold injected instructions: a generative judge must be shown them as quotations.",
    "Panels that must agree leave easy pairs, which raises everybody's score.",
  ],
  published: [
    {
      system: "best of 45 (Skywork-Critic-Llama-3.1-70B)",
      figures: { accuracy: 0.783 },
      source: "RAG-RewardBench (2024), as recalled by the specification",
      reproduced: false,
    },
  ],
  by: "scenario",
  rightFirst: true,
  rule: {
    text: "1 where chosen is above rejected, strictly; over pairs, and beside it the mean over subsets and over those of each group",
    source: "RAG-RewardBench (2024); which of the two means is official could not be confirmed",
    credit: strictCredit,
    unscored: "drop",
    figures: [accuracy, macro("subset", "mean of subsets"), group("helpful"), group("harmless")],
  },
  read: each((row, place) => {
    const scenario = scenarioOf(row, place);
    const subset = [row["subset"], row["type"], scenario].find((one) => typeof one === "string");
    const missing = ["prompt", "chosen", "rejected"].filter((name) => row[name] === undefined);
    if (typeof subset !== "string") missing.push("subset or type");
    if (missing.length > 0 || typeof subset !== "string")
      throw rowError(
        place,
        missing[0]!,
        `the row lacks ${missing.join(", ")}; its columns are ${Object.keys(row).slice(0, 30).join(", ")}`,
      );
    const named = Object.entries(groups).find(([, members]) => scenario !== undefined && members.includes(scenario));
    const example = rightAndWrong(row, place, {
      id: row["id"] ?? `${scenario ?? subset}:${place.line}`,
      right: [row["chosen"]],
      wrong: [row["rejected"]],
      subsets: {
        subset,
        ...(scenario === undefined ? {} : { scenario }),
        ...(named === undefined ? {} : { group: named[0] }),
      },
      used: [
        "id",
        "prompt",
        "chosen",
        "rejected",
        "subset",
        "type",
        "scenario",
        "passages",
        "documents",
        "contexts",
        "chosen_model",
        "rejected_model",
      ],
    });
    const context = passages(row);
    return context === undefined ? example : { ...example, task: { ...example.task, context } };
  }),
};
