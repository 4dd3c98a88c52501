import { InputError, type JsonObject } from "../../core/index.ts";
import { refuse } from "../../io/messages.ts";
import { exampleOf } from "../../io/schemas/schema.ts";
import { bfclTask } from "../../rewards/verify/tools/tool-calls.ts";
import type { Benchmark } from "../benchmark.ts";
import { each, textAt } from "../read.ts";
import { accuracy, macro } from "../rules.ts";

/** BFCL: one model's function calls. */
export const bfcl: Benchmark = {
  id: "bfcl",
  title: "BFCL (simple, multiple, parallel)",
  about:
    "function calls against the accepted ones: names, arguments, types, several calls in any order; scores one model's calls",
  tier: "real rows parsed",
  tierWhy:
    "800 rows of three categories: calls built from each row's accepted values pass, and changed ones fail; no model's calls are published with them, so that no accuracy could be compared",
  data: {
    licence: "Apache-2.0",
    columns: "id, question (turns), function[], ground_truth[], result (the model's calls as text)",
  },
  asks: "scores",
  chance: { value: 0, why: "an empty answer calls nothing, and every row wants a call" },
  pitfalls: [
    "Its reward is { kind: verify.tools, rule: bfcl }; any other one measures agreement with nothing.",
    "An empty text among the accepted values means that the argument may be left out.",
    "The leaderboard's overall value weighs categories that are not read here: compare by category.",
  ],
  published: [],
  by: "category",
  rightFirst: false,
  rule: {
    text: "1 where the leaderboard's checker accepts all calls of a row, else 0; by category, and the mean of categories",
    source: "BFCL (Gorilla), bfcl_eval's AST checker",
    credit: (item) => item.values[0] ?? null,
    unscored: 0,
    figures: [accuracy, macro("category", "mean of categories")],
  },
  read: each((row, place) => {
    const id = textAt(row, "id", place);
    let task: ReturnType<typeof bfclTask>;
    try {
      task = bfclTask(row as JsonObject, [textAt(row, "result", place)]);
    } catch (thrown) {
      if (thrown instanceof InputError && thrown.place.line === undefined)
        throw new InputError({ ...place, ...thrown.place }, thrown.reason);
      throw thrown;
    }
    if (task.reference === undefined) refuse(place, "ground_truth", "the accepted calls", row["ground_truth"]);
    return exampleOf(row, place, {
      id,
      prompt: task.prompt,
      candidates: task.candidates,
      reference: task.reference,
      subsets: { category: id.replace(/_\d+.*$/, "") },
      used: ["id", "question", "function", "ground_truth", "result"],
    });
  }),
};
