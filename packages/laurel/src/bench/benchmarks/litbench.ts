import type { Benchmark } from "../benchmark.ts";
import { each, rightAndWrong, textAt } from "../read.ts";
import { accuracy, strictCredit } from "../rules.ts";

/** LitBench: stories of a writing forum. */
export const litBench: Benchmark = {
  id: "litbench",
  title: "LitBench",
  about: "creative writing: the story that more readers voted for, in pairs freed of exposure and length",
  tier: "schema only",
  tierWhy: "no row could be had here; the test set publishes comment ids, whose texts each user fetches",
  data: {
    hub: "SAA-Lab/LitBench-Train",
    licence: "not stated; the stories belong to their authors",
    columns: "prompt, chosen_story, rejected_story",
  },
  asks: "scores",
  chance: { value: 0.5, why: "two candidates; a constant reward gets 0, because a tie loses" },
  pitfalls: [
    "Votes are a community's taste.",
    "The test set shrinks as posts are deleted: state how many of the 2,480 pairs were found.",
    "At 2,480 pairs an interval is about 1.8 points to each side.",
    "Published judges are means of both orders; the trained models play one game.",
  ],
  published: Object.entries({
    "claude-3-7-sonnet": 0.731,
    "deepseek-r1": 0.71,
    "gpt-4.1": 0.702,
    "o4-mini": 0.7,
    "deepseek-v3": 0.7,
    "claude-3-5-haiku": 0.675,
    "gemma-3-12b": 0.657,
    "gpt-4.1-mini": 0.63,
    "qwen-2.5-7b": 0.599,
    "llama-3.1-8b": 0.581,
  }).map(([system, value]) => ({
    system,
    figures: { accuracy: value },
    source: "LitBench (2025), zero-shot table",
    reproduced: false,
  })),
  rightFirst: true,
  rule: {
    text: "1 where the chosen story is preferred; a judge's verdict is the mean of both orders",
    source: "LitBench (2025)",
    credit: strictCredit,
    unscored: 0,
    figures: [accuracy],
  },
  read: each((row, place) =>
    rightAndWrong(row, place, {
      id: row["id"],
      right: [textAt(row, "chosen_story", place)],
      wrong: [textAt(row, "rejected_story", place)],
      names: ["chosen_story", "rejected_story"],
      used: ["id", "prompt", "chosen_story", "rejected_story"],
    }),
  ),
};
