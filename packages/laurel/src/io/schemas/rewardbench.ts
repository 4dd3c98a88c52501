import type { Example, JsonObject } from "../../core/index.ts";
import type { Raw } from "../messages.ts";
import {
  answerOf,
  commonColumns,
  exampleOf,
  isTexts,
  isTurn,
  orderedPairs,
  plainText,
  promptOf,
  type RowPlace,
  type Schema,
  subsetsOf,
  wireMessages,
} from "./schema.ts";

const oneColumns = ["id", "prompt", "chosen", "rejected", "subset"];

/** RewardBench 1: `prompt`, `chosen`, `rejected`, `subset`, `id`; the two models' names go to `labels.extra`. */
export const rewardbench: Schema = {
  id: "rewardbench",
  about: "RewardBench 1: prompt, chosen, rejected, subset, chosen_model, rejected_model, id",
  match: (row) =>
    isTurn(row["prompt"]) &&
    typeof row["chosen"] === "string" &&
    typeof row["rejected"] === "string" &&
    typeof row["subset"] === "string" &&
    row["margin"] === undefined,
  read: (row, place) =>
    exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "prompt", place),
      candidates: [answerOf(row["chosen"], place, "chosen"), answerOf(row["rejected"], place, "rejected")],
      labels: { preferred: [{ first: 0, second: 1, p: 1 }] },
      subsets: subsetsOf(row),
      used: oneColumns,
    }),
  write(example) {
    const pairs = orderedPairs(example);
    if (pairs.length === 0) return "it has no candidate that is better than another";
    const rows: JsonObject[] = [];
    for (const { better, worse } of pairs) {
      const chosen = plainText(example.task.candidates[better]!.output, "assistant");
      const rejected = plainText(example.task.candidates[worse]!.output, "assistant");
      if (chosen === undefined || rejected === undefined) return "an answer is more than one text";
      const prompt = plainText(example.task.prompt, "user") ?? wireMessages(example.task.prompt);
      rows.push({ ...commonColumns(example), subset: example.subsets["subset"] ?? "all", prompt, chosen, rejected });
    }
    return rows;
  },
};

function readLists(row: Raw, place: RowPlace, used: readonly string[], more: Partial<Example>): Example {
  const chosen = row["chosen"] as readonly string[];
  const rejected = row["rejected"] as readonly string[];
  return exampleOf(row, place, {
    id: row["id"],
    prompt: promptOf(row, "prompt", place),
    candidates: [...chosen, ...rejected].map((text, i) => answerOf(text, place, `candidates[${i}]`)),
    labels: more.labels,
    subsets: more.subsets,
    used,
  });
}

/** RewardBench 2: `chosen` (one answer or, in Ties, several) and `rejected` as lists; the right answers come first in the file. */
export const rewardbench2: Schema = {
  id: "rewardbench-2",
  about: "RewardBench 2: prompt, chosen (list), rejected (list), num_correct, total_completions, subset, id",
  match: (row) =>
    isTurn(row["prompt"]) && isTexts(row["chosen"]) && isTexts(row["rejected"]) && row["domain"] === undefined,
  read(row, place) {
    const right = (row["chosen"] as readonly string[]).length;
    const all = right + (row["rejected"] as readonly string[]).length;
    return readLists(row, place, ["id", "prompt", "chosen", "rejected", "num_correct", "total_completions", "subset"], {
      labels: { correct: Array.from({ length: all }, (_, i) => i < right) },
      subsets: subsetsOf(row),
    });
  },
  write(example) {
    const { correct } = example.labels;
    if (correct === undefined || correct.includes(null)) return "not every candidate is labelled right or wrong";
    const texts = example.task.candidates.map((one) => plainText(one.output, "assistant"));
    if (texts.includes(undefined)) return "an answer is more than one text";
    const chosen = texts.filter((_, i) => correct[i] === true) as string[];
    const rejected = texts.filter((_, i) => correct[i] === false) as string[];
    if (chosen.length === 0 || rejected.length === 0) return "there must be a right and a wrong candidate";
    const prompt = plainText(example.task.prompt, "user") ?? wireMessages(example.task.prompt);
    return [
      {
        ...commonColumns(example),
        prompt,
        chosen,
        rejected,
        num_correct: chosen.length,
        total_completions: texts.length,
      },
    ];
  },
};

/** RM-Bench: three chosen and three rejected answers in the styles concise, detailed, detailed with markdown; every pair counts. */
export const rmBench: Schema = {
  id: "rm-bench",
  about: "RM-Bench: prompt, chosen[3], rejected[3] by style (concise, detailed plain, detailed markdown), domain, id",
  match: (row) =>
    isTurn(row["prompt"]) && isTexts(row["chosen"]) && isTexts(row["rejected"]) && typeof row["domain"] === "string",
  read(row, place) {
    const right = (row["chosen"] as readonly string[]).length;
    const wrong = (row["rejected"] as readonly string[]).length;
    const pairs = Array.from({ length: right * wrong }, (_, k) => ({
      first: Math.floor(k / wrong),
      second: right + (k % wrong),
      p: 1,
    }));
    return readLists(row, place, ["id", "prompt", "chosen", "rejected", "domain"], {
      labels: { preferred: pairs },
      subsets: { domain: row["domain"] as string },
    });
  },
};
