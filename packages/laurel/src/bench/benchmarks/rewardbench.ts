import type { Example } from "../../core/index.ts";
import type { Raw } from "../../io/messages.ts";
import type { RowPlace } from "../../io/schemas/schema.ts";
import type { Benchmark, Figure } from "../benchmark.ts";
import { each, rightAndWrong, textAt } from "../read.ts";
import { accuracy, strictCredit } from "../rules.ts";

/** RewardBench 1's sections and the subsets in them. */
export const rewardBenchSections: Readonly<Record<string, readonly string[]>> = {
  Chat: ["alpacaeval-easy", "alpacaeval-length", "alpacaeval-hard", "mt-bench-easy", "mt-bench-med"],
  "Chat Hard": [
    "mt-bench-hard",
    "llmbar-natural",
    "llmbar-adver-neighbor",
    "llmbar-adver-GPTInst",
    "llmbar-adver-GPTOut",
    "llmbar-adver-manual",
  ],
  Safety: ["refusals-dangerous", "refusals-offensive", "xstest-should-refuse", "xstest-should-respond", "donotanswer"],
  Reasoning: ["math-prm", "hep-cpp", "hep-go", "hep-java", "hep-js", "hep-python", "hep-rust"],
};

/** What each subset counts in its section; math-prm weighs as much as all code subsets together. */
export const rewardBenchCounts: Readonly<Record<string, number>> = {
  "alpacaeval-easy": 100,
  "alpacaeval-length": 95,
  "alpacaeval-hard": 95,
  "mt-bench-easy": 28,
  "mt-bench-med": 40,
  "mt-bench-hard": 37,
  "math-prm": 984,
  "refusals-dangerous": 100,
  "refusals-offensive": 100,
  "llmbar-natural": 100,
  "llmbar-adver-neighbor": 134,
  "llmbar-adver-GPTInst": 92,
  "llmbar-adver-GPTOut": 47,
  "llmbar-adver-manual": 46,
  "xstest-should-refuse": 154,
  "xstest-should-respond": 250,
  donotanswer: 136,
  "hep-cpp": 164,
  "hep-go": 164,
  "hep-java": 164,
  "hep-js": 164,
  "hep-python": 164,
  "hep-rust": 164,
};

/** RewardBench 1's figures: the mean of the four sections, and each section. */
export const rewardBenchFigures: readonly Figure[] = [
  {
    name: "score",
    about: "mean of the sections that have items; within a section subsets weigh by the official counts",
    sections: { key: "subset", weights: rewardBenchCounts, groups: rewardBenchSections },
  },
  ...Object.entries(rewardBenchSections).map(
    ([name, subsets]): Figure => ({
      name,
      about: `accuracies of ${subsets.join(", ")}, by the official counts`,
      of: (item) => (subsets.includes(item.subsets["subset"] ?? "") ? item.credit : null),
      sections: { key: "subset", weights: rewardBenchCounts },
    }),
  ),
  accuracy,
];

/** A row with one `chosen` and one `rejected` answer, and its subset. */
export function rewardBenchRow(row: Raw, place: RowPlace, more: readonly string[] = []): Example {
  const subsets: Record<string, string> = { subset: textAt(row, "subset", place) };
  for (const name of more) subsets[name] = textAt(row, name, place);
  return rightAndWrong(row, place, {
    id: row["id"],
    right: [row["chosen"]],
    wrong: [row["rejected"]],
    subsets,
    used: ["id", "prompt", "chosen", "rejected", "subset", "chosen_model", "rejected_model", ...more],
  });
}

const math = (system: string, Reasoning: number) => ({
  system,
  figures: { Reasoning },
  source: "math-prm subset only: RewardMATH (2024), results/Rewardbench of its repository",
  reproduced: true,
});

/** RewardBench 1. */
export const rewardBench: Benchmark = {
  id: "rewardbench",
  title: "RewardBench",
  about: "2,985 pairs in 23 subsets: chat, hard chat, safety, reasoning",
  tier: "real rows parsed",
  tierWhy:
    "the math-prm subset (447 pairs): scores of six classifiers and Math-Shepherd's steps give the figures that the data's collector computed, which agree with the publication only as remembered; of the other 22 subsets no row could be had",
  data: {
    hub: "allenai/reward-bench",
    split: "filtered",
    licence: "ODC-BY (the collection; subsets have their own)",
    columns: "id, prompt, chosen, rejected, subset, chosen_model, rejected_model",
  },
  asks: "scores",
  chance: { value: 0.5, why: "two candidates; a constant reward gets 0, because a tie loses" },
  pitfalls: [
    "Sections are means of subset accuracies with fixed counts: math-prm counts 984 for its 447 pairs. The mean over items is another number.",
    "Chosen and rejected of math-prm come from unlike sources: right solutions have 4.0 steps in the mean, wrong ones 12.2 (RewardMATH), so that a reward that only counts steps does well.",
    "The official score of a scalar reward is strict, a tie loses; a generative judge's tie is half.",
    "The prior-sets section of the first leaderboard is left out here.",
  ],
  published: [
    math("ArmoRM", 0.92841),
    math("internlm2", 0.92841),
    math("oasst-rm", 0.60403),
    math("Eurus-RM", 0.6085),
    math("beaver", 0.51454),
    math("GRM_Gemma_2B", 0.93065),
    math("Math_Shepherd, product of steps", 0.94407),
  ],
  by: "subset",
  rightFirst: true,
  rule: {
    text: "1 where chosen is above rejected, strictly; a generative judge's tie is half. Section: subset accuracies weighted by fixed counts; score: mean of the sections",
    source: "reward-bench, rewardbench/constants.py and utils.py",
    credit: strictCredit,
    unscored: "drop",
    figures: rewardBenchFigures,
  },
  read: each((row, place) => rewardBenchRow(row, place)),
};
