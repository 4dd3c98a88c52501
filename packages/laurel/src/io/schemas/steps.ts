import { answerText, type JsonObject } from "../../core/index.ts";
import { isRaw, type Raw, refuse } from "../messages.ts";
import { joinSteps } from "../spans.ts";
import {
  booleanOf,
  commonColumns,
  exampleOf,
  isTexts,
  isTurn,
  numberOf,
  plainText,
  promptOf,
  type RowPlace,
  rowError,
  type Schema,
  subsetsOf,
} from "./schema.ts";

function stepCandidate(steps: readonly string[]) {
  const { text, spans } = joinSteps(steps);
  return { output: [{ role: "assistant" as const, content: text }], steps: spans };
}

/** TRL's step supervision: `prompt`, `completions` (the steps), `labels` (true or false, one a step); steps are joined by newlines. */
export const stepwise: Schema = {
  id: "stepwise",
  about: "TRL step supervision: prompt, completions (steps), labels (one a step)",
  match: (row) => isTurn(row["prompt"]) && isTexts(row["completions"]) && Array.isArray(row["labels"]),
  read(row, place) {
    const steps = row["completions"] as readonly string[];
    const labels = row["labels"] as readonly unknown[];
    if (labels.length !== steps.length)
      throw rowError(place, "labels", `it has ${labels.length} entries for ${steps.length} steps`);
    return exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "prompt", place),
      candidates: [stepCandidate(steps)],
      labels: {
        steps: [
          labels.map((one, i) =>
            one === null ? null : typeof one === "number" ? one : Number(booleanOf(one, place, `labels[${i}]`)),
          ),
        ],
      },
      subsets: subsetsOf(row),
      used: ["id", "prompt", "completions", "labels", "subset"],
    });
  },
  write(example) {
    const prompt = plainText(example.task.prompt, "user");
    const { steps: labels } = example.labels;
    if (prompt === undefined) return "the prompt is more than one text";
    if (labels === undefined) return "no candidate has step labels";
    const rows: JsonObject[] = [];
    for (const [i, { output, steps }] of example.task.candidates.entries()) {
      if (steps === undefined || labels[i]?.length !== steps.length) continue;
      const text = answerText({ output });
      const marks = labels[i].every((one) => one === 0 || one === 1) ? labels[i].map((one) => one === 1) : labels[i];
      rows.push({
        ...commonColumns(example),
        prompt,
        completions: steps.map(({ start, end }) => text.slice(start, end)),
        labels: marks,
      });
    }
    return rows.length > 0 ? rows : "no candidate has a label for each step";
  },
};

/**
 * ProcessBench: `problem`, `steps`, `label` (the first wrong step from 0, or -1) and `final_answer_correct`.
 * Steps before the first wrong one are labelled 1, it is 0, and those behind it have no label.
 */
export const processbench: Schema = {
  id: "processbench",
  about: "ProcessBench: problem, steps, label (first wrong step from 0, or -1), final_answer_correct, generator, id",
  match: (row) => isTurn(row["problem"]) && isTexts(row["steps"]) && row["label"] !== undefined,
  read(row, place) {
    const steps = row["steps"] as readonly string[];
    const label = numberOf(row["label"], place, "label");
    if (label === undefined || !Number.isInteger(label) || label < -1 || label >= steps.length)
      refuse(place, "label", `a step's index below ${steps.length}, or -1`, row["label"]);
    return exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "problem", place),
      candidates: [stepCandidate(steps)],
      labels: {
        steps: [steps.map((_, i) => (label === -1 || i < label ? 1 : i === label ? 0 : null))],
        ...(row["final_answer_correct"] == null
          ? {}
          : { correct: [booleanOf(row["final_answer_correct"], place, "final_answer_correct")] }),
      },
      used: ["id", "problem", "steps", "label", "final_answer_correct"],
    });
  },
  write(example) {
    const problem = plainText(example.task.prompt, "user");
    const only = example.task.candidates.length === 1 ? example.task.candidates[0]! : undefined;
    const labels = example.labels.steps?.[0];
    if (problem === undefined || only?.steps === undefined || labels?.length !== only.steps.length)
      return "it needs one candidate with a label for each step";
    const label = labels.indexOf(0);
    const right = label === -1 ? labels : labels.slice(0, label);
    if (right.some((one) => one !== 1)) return "its step labels are not: right up to the first wrong step";
    const text = answerText(only);
    const correct = example.labels.correct?.[0];
    return [
      {
        ...commonColumns(example),
        problem,
        steps: only.steps.map(({ start, end }) => text.slice(start, end)),
        label,
        ...(correct == null ? {} : { final_answer_correct: correct }),
      },
    ];
  },
};

/**
 * PRM800K: `question { problem, ground_truth_answer }`, `label { steps: [{ completions: [{ text, rating }],
 * chosen_completion, human_completion }], finish_reason }`. The labelled solution follows, in each step, the chosen
 * completion, or the only or first rated one where none was chosen (the last step of a wrong solution). The ratings -1
 * (bad), 0 (neutral) and 1 (good) become the labels 0, 0.5 and 1; a step that a human wrote counts as good.
 */
export const prm800k: Schema = {
  id: "prm800k",
  about: "PRM800K: question { problem, ground_truth_answer }, label { steps [{ completions [{ text, rating }] }] }",
  match: (row) =>
    isRaw(row["question"]) &&
    typeof row["question"]["problem"] === "string" &&
    isRaw(row["label"]) &&
    Array.isArray(row["label"]["steps"]),
  read(row, place) {
    const question = row["question"] as Raw;
    const texts: string[] = [];
    const ratings: (number | null)[] = [];
    for (const [i, step] of ((row["label"] as Raw)["steps"] as unknown[]).entries()) {
      const taken = takenCompletion(step, place, `label.steps[${i}]`);
      texts.push(taken.text);
      ratings.push(taken.rating);
    }
    if (texts.length === 0) refuse(place, "label.steps", "at least one step", []);
    const answer = question["ground_truth_answer"];
    return exampleOf(row, place, {
      id: row["id"],
      prompt: [{ role: "user", content: question["problem"] as string }],
      candidates: [stepCandidate(texts)],
      ...(typeof answer === "string" || typeof answer === "number" ? { reference: { answer } } : {}),
      labels: { steps: [ratings] },
      used: ["id"],
    });
  },
};

function takenCompletion(step: unknown, place: RowPlace, field: string): { text: string; rating: number | null } {
  if (!isRaw(step)) refuse(place, field, "a step", step);
  const human = step["human_completion"];
  if (isRaw(human) && typeof human["text"] === "string") return { text: human["text"], rating: 1 };
  if (typeof human === "string") return { text: human, rating: 1 };
  const completions = step["completions"];
  if (!Array.isArray(completions) || completions.length === 0)
    refuse(place, `${field}.completions`, "at least one completion", completions);
  const chosen = step["chosen_completion"];
  const rated = completions.findIndex((one: unknown) => isRaw(one) && typeof one["rating"] === "number");
  const at = typeof chosen === "number" ? chosen : Math.max(0, rated);
  const taken: unknown = completions[at];
  if (!isRaw(taken) || typeof taken["text"] !== "string")
    refuse(place, `${field}.completions[${at}].text`, "a text", taken);
  const rating = numberOf(taken["rating"], place, `${field}.completions[${at}].rating`);
  return { text: taken["text"], rating: rating === undefined ? null : (rating + 1) / 2 };
}
