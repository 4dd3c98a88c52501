import type { Benchmark } from "../benchmark.ts";
import { each, rightAndWrong, textAt } from "../read.ts";
import { accuracy, pairCredit } from "../rules.ts";

const crDomains: Readonly<Record<string, string>> = {
  对话: "Chat",
  逻辑推理: "Logic",
  数学: "Math",
  代码: "Code",
  角色扮演: "Role",
  小说续写: "Novel",
};

/** CRBench: Chinese preferences. */
export const crBench: Benchmark = {
  id: "crbench",
  title: "CRBench",
  about: "Chinese: 1,040 pairs of chat, logic, mathematics, code, role play and novels",
  tier: "schema only",
  tierWhy: "no row could be had here; the published overall values come out of the published domain values and counts",
  data: {
    hub: "m-a-p/COIG-CRBench",
    split: "test",
    licence: "not stated in the specification",
    columns: "prompt, chosen, rejected, domain",
  },
  asks: "scores",
  chance: { value: 0.5, why: "two candidates; a constant reward gets 0, because a tie loses" },
  pitfalls: [
    "The overall value is over items, so that logic (375 of 1,040) decides most of it.",
    "The official judge prompt always shows the chosen answer as A: a judge that likes the first answer gains by it. Here the order is drawn.",
  ],
  published: Object.entries({
    "GPT-4o": 0.8673,
    Claude: 0.7413,
    CRM: 0.6971,
    "RM-Mistral-7B": 0.6587,
    "Skywork-Gemma-27B": 0.5567,
    OffsetBias: 0.5558,
    "Skywork-Llama-8B": 0.5413,
    ArmoRM: 0.4413,
  }).map(([system, value]) => ({
    system,
    figures: { accuracy: value },
    source: "COIG-P (2025), table 7",
    reproduced: false,
  })),
  by: "domain",
  rightFirst: true,
  rule: {
    text: "1 where chosen is above rejected, a tie or a missing verdict is wrong; the mean over items",
    source: "COIG-P (2025), Chinese_Reward_Benchmark/evaluator.py and calculate.py",
    credit: (item) => pairCredit(item, 0),
    unscored: 0,
    figures: [accuracy],
  },
  read: each((row, place) => {
    const domain = textAt(row, "domain", place);
    return rightAndWrong(row, place, {
      id: row["id"],
      right: [textAt(row, "chosen", place)],
      wrong: [textAt(row, "rejected", place)],
      subsets: { domain: crDomains[domain] ?? domain },
      used: ["id", "prompt", "chosen", "rejected", "domain"],
    });
  }),
};
