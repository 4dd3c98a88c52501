import type { JsonObject } from "../../core/index.ts";
import {
  answerOf,
  commonColumns,
  exampleOf,
  isTurn,
  numberOf,
  plainText,
  promptOf,
  type RowPlace,
  rowError,
  type Schema,
  subsetsOf,
} from "./schema.ts";

const attributes = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"] as const;

/**
 * Weights of the five attributes that make one scalar for ranking: verbosity counts against an answer, and complexity and verbosity describe
 * rather than praise, so ratings are never to be summed as they are.
 *
 * @source HelpSteer2 (2024): found by a search on RewardBench, on which they are therefore not to be judged. The 70B model's magnitudes are looked
 *   up; the sign of verbosity and the 340B model's are recalled.
 */
export const helpsteer2Weights = {
  "helpsteer2-70b": { helpfulness: 0.65, correctness: 0.8, coherence: 0.45, complexity: 0.55, verbosity: -0.4 },
  "helpsteer2-340b": { helpfulness: 0.3, correctness: 0.74, coherence: 0.46, complexity: 0.47, verbosity: -0.33 },
} as const;

/** HelpSteer2: one answer a row with five attributes from 0 to 4, which become `labels.parts`. */
export const helpsteer2: Schema = {
  id: "helpsteer2",
  about: "HelpSteer2: prompt, response, helpfulness, correctness, coherence, complexity, verbosity",
  match: (row) =>
    isTurn(row["prompt"]) && isTurn(row["response"]) && attributes.some((name) => row[name] !== undefined),
  read: (row, place) =>
    exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "prompt", place),
      candidates: [answerOf(row["response"], place, "response")],
      labels: {
        parts: [Object.fromEntries(attributes.map((name) => [name, ratingOf(row[name], place, name)]))],
      },
      subsets: subsetsOf(row),
      used: ["id", "prompt", "response", "subset", ...attributes],
    }),
  write(example) {
    const prompt = plainText(example.task.prompt, "user");
    const { parts } = example.labels;
    if (prompt === undefined) return "the prompt is more than one text";
    if (parts === undefined) return "no candidate has attributes";
    const rows: JsonObject[] = [];
    for (const [i, candidate] of example.task.candidates.entries()) {
      const response = plainText(candidate.output, "assistant");
      if (response === undefined) return "an answer is more than one text";
      const rated = attributes.filter((name) => parts[i]?.[name] != null);
      if (rated.length === 0) continue;
      rows.push({
        ...commonColumns(example),
        prompt,
        response,
        ...Object.fromEntries(rated.map((name) => [name, parts[i]![name]])),
      });
    }
    return rows.length > 0 ? rows : "no candidate has one of HelpSteer2's attributes";
  },
};

function ratingOf(value: unknown, place: RowPlace, name: string): number | null {
  const rating = numberOf(value, place, name) ?? null;
  if (rating !== null && !(rating >= 0 && rating <= 4))
    throw rowError(place, name, `a rating from 0 to 4, not ${rating}`);
  return rating;
}

/**
 * HelpSteer2-Preference: two answers and `preference_strength` from -3 (the first is far better) to 3 (the second is). 0 is a tie, which
 * the raters could not give: it stands where they disagreed. The column `split` becomes a subset.
 */
export const helpsteer2Preference: Schema = {
  id: "helpsteer2-preference",
  about: "HelpSteer2-Preference: prompt, response_1, response_2, preference_strength (-3 first .. 3 second)",
  match: (row) =>
    isTurn(row["prompt"]) &&
    isTurn(row["response_1"]) &&
    isTurn(row["response_2"]) &&
    row["preference_strength"] !== undefined,
  read(row, place) {
    const strength = numberOf(row["preference_strength"], place, "preference_strength");
    if (strength === undefined || !(Number.isInteger(strength) && Math.abs(strength) <= 3))
      throw rowError(place, "preference_strength", `a whole number from -3 to 3, not ${strength}`);
    return exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "prompt", place),
      candidates: [answerOf(row["response_1"], place, "response_1"), answerOf(row["response_2"], place, "response_2")],
      labels: {
        preferred: [
          { first: 0, second: 1, p: strength < 0 ? 1 : strength > 0 ? 0 : 0.5, strength: Math.abs(strength) },
        ],
      },
      subsets: { ...subsetsOf(row), ...(typeof row["split"] === "string" ? { split: row["split"] } : {}) },
      used: ["id", "prompt", "response_1", "response_2", "preference_strength", "subset", "split"],
    });
  },
};
