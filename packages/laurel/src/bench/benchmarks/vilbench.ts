import { refuse } from "../../io/messages.ts";
import { exampleOf } from "../../io/schemas/schema.ts";
import type { Answered, Benchmark } from "../benchmark.ts";
import { each, textAt, textsAt } from "../read.ts";

/** The share of right candidates among those at the top. */
function bestOfN(item: Answered): number | null {
  const { correct } = item.labels;
  if (correct === undefined || item.values.includes(null)) return null;
  const top = (item.values as readonly number[]).reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
  const tied = item.values.flatMap((one, i) => (one === top ? [i] : []));
  return tied.filter((i) => correct[i] === true).length / tied.length;
}

/** ViLBench. */
export const vilBench: Benchmark = {
  id: "vilbench",
  title: "ViLBench",
  about: "best of n answers to 600 questions on pictures that need a judgement by steps",
  tier: "schema only",
  tierWhy:
    "no row could be had here, and its place on the hub could not be confirmed; the answers are each user's own samples",
  data: {
    hub: "UCSC-VLAA/ViLBench",
    licence: "not stated in the specification",
    columns: "question, answer, source, responses[] with correct[] (your own samples, checked against answer)",
  },
  asks: "scores",
  chance: {
    value: 0.273,
    why: "a single sample of GPT-4o with chain of thought, as published; of your own samples it is their share of right ones",
  },
  pitfalls: [
    "Questions were kept by the scores of judges: leave those judges out, or the result is circular.",
    "Coarse grades tie at the top; a tie gets the share of right answers in it, not the first one's.",
    "Sums and products of step scores favour short solutions.",
  ],
  published: [
    {
      system: "GPT-4o with chain of thought",
      figures: { accuracy: 0.273 },
      source: "ViLBench (2025), abstract",
      reproduced: false,
    },
  ],
  by: "source",
  rightFirst: false,
  rule: {
    text: "accuracy of the answer that the reward puts first, 1/k of k tied ones",
    source: "ViLBench (2025); the treatment of ties is ours",
    credit: bestOfN,
    unscored: "drop",
    figures: [
      { name: "accuracy", about: "of the answer at the top" },
      {
        name: "single sample",
        about: "share of right answers among the samples: what no reward would get",
        of: (item) => {
          const marks = item.labels.correct ?? [];
          return marks.length === 0 ? null : marks.filter((one) => one === true).length / marks.length;
        },
      },
      {
        name: "oracle",
        about: "share of questions with a right answer among the samples",
        of: (item) => (item.labels.correct?.includes(true) === true ? 1 : 0),
      },
    ],
  },
  read: each((row, place) => {
    const responses = textsAt(row, "responses", place);
    const { correct } = row;
    if (
      !Array.isArray(correct) ||
      correct.length !== responses.length ||
      !correct.every((one) => typeof one === "boolean")
    )
      refuse(
        place,
        "correct",
        `a list of ${responses.length} true or false`,
        correct,
        "laurel score --reward verify.choice checks answers",
      );
    return exampleOf(row, place, {
      id: row["id"],
      prompt: [{ role: "user", content: textAt(row, "question", place) }],
      candidates: responses.map((content) => ({ output: [{ role: "assistant" as const, content }] })),
      labels: { correct: correct as boolean[] },
      subsets: { source: textAt(row, "source", place) },
      used: ["id", "question", "answer", "source", "options", "image", "responses", "correct"],
    });
  }),
};
