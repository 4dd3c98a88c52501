import type { JsonObject } from "../../core/index.ts";
import { InputError } from "../../core/index.ts";
import { refuse } from "../../io/messages.ts";
import { exampleOf } from "../../io/schemas/schema.ts";
import { ifevalConstraints } from "../../rewards/verify/constraints/rows.ts";
import type { Answered, Benchmark } from "../benchmark.ts";
import { each, textAt } from "../read.ts";

const followed = (item: Answered): number | null => item.values[0] ?? null;
const instructions = (item: Answered): number => Number(item.facts?.["instructions"] ?? 1);

/** IFEval: responses to prompts with checkable instructions. */
export const ifEval: Benchmark = {
  id: "ifeval",
  title: "IFEval",
  about: "541 prompts with instructions that a program can check; scores one model's responses",
  tier: "figure reproduced",
  tierWhy:
    "strict counts of all 11 models from their verdicts, and GPT-4's published 76.89 % and 83.57 % from its responses once one prompt counts as followed",
  data: {
    hub: "google/IFEval",
    split: "train",
    licence: "Apache-2.0",
    columns: "key, prompt, instruction_id_list, kwargs, response (the model's)",
  },
  asks: "scores",
  chance: { value: 0, why: "an empty response; some instructions (no commas) are followed by it" },
  pitfalls: [
    "Its reward is verify.constraints; any other one measures agreement with nothing.",
    "On GPT-4's stored responses verify.constraints follows 418 prompts, two more than the publication: each difference of a verdict is listed in its parity test.",
    "Strict and loose verdicts differ by some points: say which.",
    "Prompt level and instruction level are two numbers; the first is the lower one.",
  ],
  published: [
    {
      system: "GPT-4",
      figures: { "prompt level": 0.7689, "instruction level": 0.8357 },
      source: "IFEval (2023), table 3, strict",
      reproduced: true,
    },
  ],
  rightFirst: false,
  rule: {
    text: "a prompt counts where all its instructions are followed; instruction level: followed of all instructions",
    source: "IFEval (2023), section 3",
    credit: (item) => {
      const value = followed(item);
      return value === null ? null : value === 1 ? 1 : 0;
    },
    unscored: 0,
    figures: [
      { name: "prompt level", about: "share of prompts with every instruction followed" },
      {
        name: "instruction level",
        about: "share of instructions that are followed",
        all: (items) => {
          const scored = items.filter((item) => followed(item) !== null);
          const all = scored.reduce((sum, item) => sum + instructions(item), 0);
          return scored.reduce((sum, item) => sum + followed(item)! * instructions(item), 0) / all;
        },
      },
    ],
  },
  keep: ["instructions"],
  read: each((row, place) => {
    let constraints: JsonObject[];
    try {
      constraints = ifevalConstraints(row as JsonObject);
    } catch (thrown) {
      if (thrown instanceof InputError) throw new InputError({ ...place, ...thrown.place }, thrown.reason);
      throw thrown;
    }
    const key = row["key"];
    if (typeof key !== "number" && typeof key !== "string") refuse(place, "key", "a number or a text", key);
    return exampleOf(row, place, {
      id: key,
      prompt: [{ role: "user", content: textAt(row, "prompt", place) }],
      candidates: [{ output: [{ role: "assistant", content: textAt(row, "response", place) }] }],
      reference: { constraints },
      labels: { extra: { instructions: constraints.length } },
      used: ["key", "prompt", "instruction_id_list", "kwargs", "response"],
    });
  }),
};
