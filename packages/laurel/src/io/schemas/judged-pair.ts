import { refuse } from "../messages.ts";
import { answerOf, exampleOf, isTurn, promptOf, type Schema } from "./schema.ts";

const judgeBenchLabels: Readonly<Record<string, number>> = { "A>B": 1, "B>A": 0, "A=B": 0.5 };

/** JudgeBench: `question`, `response_A`, `response_B`, `label` "A>B" or "B>A", `source`, `pair_id`. */
export const judgebench: Schema = {
  id: "judgebench",
  about: "JudgeBench: question, response_A, response_B, label (A>B or B>A), source, pair_id",
  match: (row) => isTurn(row["question"]) && isTurn(row["response_A"]) && isTurn(row["response_B"]),
  read(row, place) {
    const p = judgeBenchLabels[String(row["label"])];
    if (p === undefined) refuse(place, "label", "A>B, B>A or A=B", row["label"]);
    return exampleOf(row, place, {
      id: row["pair_id"],
      prompt: promptOf(row, "question", place),
      candidates: [answerOf(row["response_A"], place, "response_A"), answerOf(row["response_B"], place, "response_B")],
      labels: { preferred: [{ first: 0, second: 1, p }] },
      subsets: typeof row["source"] === "string" ? { source: row["source"] } : {},
      used: ["pair_id", "question", "response_A", "response_B", "label", "source"],
    });
  },
};

/** PPE's human preference pairs: `prompt`, `response_1`, `response_2`, `winner` (model_a, model_b, or a tie). */
export const ppePairs: Schema = {
  id: "ppe-pairs",
  about: "PPE human preference: prompt, response_1, response_2, winner (model_a, model_b, tie ...), question_id",
  match: (row) =>
    isTurn(row["prompt"]) &&
    isTurn(row["response_1"]) &&
    isTurn(row["response_2"]) &&
    typeof row["winner"] === "string",
  read(row, place) {
    const winner = String(row["winner"]);
    const p = winner === "model_a" ? 1 : winner === "model_b" ? 0 : winner.startsWith("tie") ? 0.5 : undefined;
    if (p === undefined) refuse(place, "winner", "model_a, model_b or a tie", winner);
    return exampleOf(row, place, {
      id: row["question_id"],
      prompt: promptOf(row, "prompt", place),
      candidates: [answerOf(row["response_1"], place, "response_1"), answerOf(row["response_2"], place, "response_2")],
      labels: { preferred: [{ first: 0, second: 1, p }] },
      subsets: typeof row["language"] === "string" ? { language: row["language"] } : {},
      used: ["question_id", "prompt", "response_1", "response_2", "winner", "language"],
    });
  },
};
