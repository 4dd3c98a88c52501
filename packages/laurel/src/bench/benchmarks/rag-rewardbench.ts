import { refuse } from "../../io/messages.ts";
import type { Benchmark } from "../benchmark.ts";
import { each, rightAndWrong } from "../read.ts";
import { accuracy, macro, strictCredit } from "../rules.ts";

/** RAG-RewardBench: answers from retrieved passages. */
export const ragRewardBench: Benchmark = {
  id: "rag-rewardbench",
  title: "RAG-RewardBench",
  about: "answers written from retrieved passages: multi-hop, citations, abstaining, conflicting sources",
  tier: "schema only",
  tierWhy: "no row could be had here",
  data: {
    hub: "jinzhuoran/RAG-RewardBench",
    split: "train",
    licence: "not stated in the specification",
    columns: "prompt (instruction, passages, question), chosen, rejected, subset",
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
  by: "subset",
  rightFirst: true,
  rule: {
    text: "1 where chosen is above rejected, strictly; over pairs, and beside it the mean over subsets",
    source: "RAG-RewardBench (2024); which of the two means is official could not be confirmed",
    credit: strictCredit,
    unscored: "drop",
    figures: [accuracy, macro("subset", "mean of subsets")],
  },
  read: each((row, place) => {
    const subset = row["subset"] ?? row["type"];
    if (typeof subset !== "string") refuse(place, "subset", "a text", subset);
    return rightAndWrong(row, place, {
      id: row["id"],
      right: [row["chosen"]],
      wrong: [row["rejected"]],
      subsets: { subset },
      used: ["id", "prompt", "chosen", "rejected", "subset", "type", "chosen_model", "rejected_model"],
    });
  }),
};
