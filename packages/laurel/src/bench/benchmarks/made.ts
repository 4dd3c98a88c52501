import { native } from "../../io/schemas/native.ts";
import type { Benchmark } from "../benchmark.ts";
import { each } from "../read.ts";
import { accuracy, macro, pairCredit } from "../rules.ts";

/** What `laurel bench make` wrote. It is no published benchmark, so that it is in no list of them. */
export const made: Benchmark = {
  id: "made",
  title: "a benchmark that laurel bench make wrote",
  about: "pairs of a right and a wrong answer to generated questions",
  tier: "real rows parsed",
  tierWhy: "its rows are made by this program, whose tests make, read and run them",
  data: { licence: "yours", columns: "Laurel's own rows: id, prompt, candidates, reference, labels.correct, subsets" },
  asks: "pairs in both orders",
  chance: { value: 0.5, why: "one of two answers is right" },
  pitfalls: [
    "Topics that were searched for are those on which the takers of the search fail; others may do well on them.",
    "Rows of the selection half look harder than they are.",
  ],
  published: [],
  by: "form",
  rightFirst: false,
  rule: {
    text: "1 where the right answer is preferred, a tie half",
    source: "this library",
    credit: (item) => pairCredit(item),
    unscored: "drop",
    figures: [accuracy, macro("topic")],
  },
  read: each((row, place) => native.read(row, place)),
};
