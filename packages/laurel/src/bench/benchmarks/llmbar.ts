import type { Example } from "../../core/index.ts";
import { type Raw, refuse } from "../../io/messages.ts";
import type { RowPlace } from "../../io/schemas/schema.ts";
import type { Answered, Benchmark } from "../benchmark.ts";
import { each, rightAndWrong, textAt } from "../read.ts";
import { accuracy, pairCredit } from "../rules.ts";

/** LLMBar's row: an instruction, two outputs, and which is better. */
function llmBarRow(row: Raw, place: RowPlace): Example {
  const { label } = row;
  if (label !== 1 && label !== 2) refuse(place, "label", "1 or 2", label);
  const example = rightAndWrong(row, place, {
    id: row["id"],
    prompt: "input",
    right: [textAt(row, "output_1", place)],
    wrong: [textAt(row, "output_2", place)],
    names: ["output_1", "output_2"],
    subsets: typeof row["subset"] === "string" ? { subset: row["subset"] } : {},
    used: ["id", "input", "output_1", "output_2", "label", "subset", "index"],
  });
  return label === 1 ? example : { ...example, labels: { ...example.labels, correct: [false, true] } };
}

/** LLMBar. */
export const llmBar: Benchmark = {
  id: "llmbar",
  title: "LLMBar",
  about: "instruction following: an answer that follows, against one that looks better and does not",
  tier: "figure reproduced",
  tierWhy: "all 301 published rows of six judges: right in each order, right in both, equal verdicts, average, kappa",
  data: {
    hub: "princeton-nlp/LLMBar",
    licence: "MIT",
    columns: "input, output_1, output_2, label (1 or 2); subset",
  },
  asks: "pairs in both orders",
  chance: { value: 0.5, why: "two candidates" },
  pitfalls: [
    "The published average is over both orders, each order an item of its own; a judge that changes its mind gets half.",
    "In published rating runs a tie is the second answer in one order and the first in the other, which makes half.",
    "The adversarial subsets are small (47 to 134 pairs): most published orders of prompts of one judge are within noise.",
  ],
  published: [
    {
      system: "GPT-4, Swap, Natural",
      figures: { accuracy: 0.945 },
      source: "LLMBar (2023), statistics of its repository",
      reproduced: true,
    },
  ],
  by: "subset",
  rightFirst: false,
  rule: {
    text: "mean over both orders of whether the better output is named; a tie is half, an unreadable verdict wrong",
    source: "LLMBar (2023), statistics files of its repository",
    credit: bothOrdersCredit,
    unscored: 0,
    figures: [
      accuracy,
      {
        name: "both orders right",
        about: "share of pairs that are right in both orders",
        of: (item) => (item.votes === undefined ? null : bothOrdersCredit(item) === 1 ? 1 : 0),
      },
      {
        name: "agreement",
        about: "share of pairs with the same verdict in both orders",
        of: (item) => {
          const ps = item.votes?.map(({ p, first, second }) => (p === null ? null : first < second ? p : 1 - p));
          return ps === undefined || ps.length < 2 ? null : ps.every((p) => p === ps[0]) ? 1 : 0;
        },
      },
    ],
  },
  read: each(llmBarRow),
};

/** The mean over games of whether the right candidate won; unreadable games count as lost. */
function bothOrdersCredit(item: Answered): number | null {
  if (item.votes === undefined) return pairCredit(item);
  if (item.votes.length === 0) return null;
  const right = item.labels.correct?.indexOf(true);
  let sum = 0;
  for (const { first, p } of item.votes) {
    if (p === null) continue;
    const own = first === right ? p : 1 - p;
    sum += own > 0.5 ? 1 : own === 0.5 ? 0.5 : 0;
  }
  return sum / item.votes.length;
}
