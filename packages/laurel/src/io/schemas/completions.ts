import type { Candidate, JsonObject, Labels, Message } from "../../core/index.ts";
import { looksLikeMessages, parseMessages, type Raw, refuse } from "../messages.ts";
import {
  answerOf,
  booleanOf,
  commonColumns,
  exampleOf,
  isTexts,
  isTurn,
  numberOf,
  plainText,
  promptOf,
  type RowPlace,
  type Schema,
  subsetsOf,
  wireMessages,
} from "./schema.ts";

/** TRL's unpaired preference: `prompt`, `completion`, `label` (true or false); one candidate. */
export const unpaired: Schema = {
  id: "unpaired",
  about: "TRL unpaired preference: prompt, completion, label (true or false)",
  match: (row) =>
    isTurn(row["prompt"]) &&
    isTurn(row["completion"]) &&
    (typeof row["label"] === "boolean" || /^(?:true|false|0|1)$/i.test(String(row["label"] ?? ""))),
  read: (row, place) =>
    exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "prompt", place),
      candidates: [answerOf(row["completion"], place, "completion")],
      labels: { correct: [booleanOf(row["label"], place, "label")] },
      subsets: subsetsOf(row),
      used: ["id", "prompt", "completion", "label", "subset"],
    }),
  write(example) {
    const { correct } = example.labels;
    if (correct === undefined || correct.every((one) => one === null)) return "no candidate is labelled right or wrong";
    const text = plainText(example.task.prompt, "user");
    const rows: JsonObject[] = [];
    for (const [i, candidate] of example.task.candidates.entries()) {
      const label = correct[i];
      if (label === null || label === undefined) continue;
      const completion = plainText(candidate.output, "assistant");
      const columns =
        text === undefined || completion === undefined
          ? { prompt: wireMessages(example.task.prompt), completion: wireMessages(candidate.output) }
          : { prompt: text, completion };
      rows.push({ ...commonColumns(example), ...columns, label });
    }
    return rows;
  },
};

const promptNames = ["prompt", "question", "problem", "instruction"];
const answerNames = ["responses", "completions", "outputs", "answers", "generations", "samples", "parsed_outputs"];

function named(row: Raw, names: readonly string[], is: (value: unknown) => boolean): string | undefined {
  return names.find((name) => is(row[name]));
}

/** The answers of a best-of-n row: a list, or numbered columns `response_1` ... `response_k`. */
function answersOf(row: Raw): { columns: string[]; answers: readonly unknown[] } | undefined {
  const numbered: string[] = [];
  while (typeof row[`response_${numbered.length + 1}`] === "string") numbered.push(`response_${numbered.length + 1}`);
  if (numbered.length > 1) return { columns: numbered, answers: numbered.map((name) => row[name]) };
  const name = named(
    row,
    answerNames,
    (value) => isTexts(value) || (Array.isArray(value) && looksLikeMessages(value[0])),
  );
  return name === undefined ? undefined : { columns: [name], answers: row[name] as unknown[] };
}

/**
 * Several answers to a prompt: a list under `responses`, `completions`, `outputs` and their like, or PPE's columns
 * `response_1` ... `response_k`, with `scores` (right or wrong if all are true or false, else values) or `correct`.
 */
export const bestOfN: Schema = {
  id: "best-of-n",
  about:
    "several answers a prompt: prompt or question, responses (or completions, outputs, response_1..k), scores or correct",
  match: (row) =>
    named(row, promptNames, isTurn) !== undefined &&
    answersOf(row) !== undefined &&
    !Array.isArray(row["labels"]) &&
    row["label"] === undefined &&
    row["winner"] === undefined &&
    row["preference_strength"] === undefined,
  read(row, place) {
    const prompt = named(row, promptNames, isTurn)!;
    const { columns, answers } = answersOf(row)!;
    const idName = row["id"] === undefined && row["question_id"] !== undefined ? "question_id" : "id";
    // PPE repeats the extracted answers of response_1..k under parsed_outputs: they stay with the labels
    return exampleOf(row, place, {
      id: row[idName],
      prompt: promptOf(row, prompt, place),
      candidates: answers.map((one, i) =>
        answerOf(one, place, columns.length > 1 ? columns[i]! : `${columns[0]}[${i}]`),
      ),
      labels: scoresOf(row, answers.length, place),
      subsets: subsetsOf(row),
      reference: answerReference(row, [prompt, ...columns]),
      used: [idName, prompt, ...columns, "scores", "correct", "subset", "reference_answer"],
    });
  },
  write(example) {
    const { correct, value } = example.labels;
    const answers = example.task.candidates.map((one) => plainText(one.output, "assistant"));
    const answer = example.task.reference?.answer;
    return [
      {
        ...commonColumns(example),
        prompt: plainText(example.task.prompt, "user") ?? wireMessages(example.task.prompt),
        responses: answers.every((one) => one !== undefined)
          ? answers
          : example.task.candidates.map((one) => wireMessages(one.output)),
        ...(value === undefined ? {} : { scores: value }),
        ...(correct === undefined ? {} : { correct }),
        ...(typeof answer === "string" || typeof answer === "number" ? { reference_answer: answer } : {}),
      },
    ];
  },
};

function answerReference(row: Raw, used: readonly string[]): { answer: string | number } | undefined {
  const answer = row["reference_answer"];
  return !used.includes("reference_answer") && (typeof answer === "string" || typeof answer === "number")
    ? { answer }
    : undefined;
}

function scoresOf(row: Raw, n: number, place: RowPlace): Labels {
  const labels: Labels = {};
  for (const name of ["scores", "correct"] as const) {
    const list = row[name];
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list) || list.length !== n)
      refuse(place, name, `a list with one entry for each of ${n} answers`, list);
    if (name === "correct" || list.every((one) => typeof one === "boolean"))
      labels.correct = list.map((one, i) => (one === null ? null : booleanOf(one, place, `${name}[${i}]`)));
    else labels.value = list.map((one, i) => numberOf(one, place, `${name}[${i}]`) ?? null);
  }
  return labels;
}

/** One conversation a row, `{ messages }`: what follows the last user or tool turn is the candidate. */
export const messages: Schema = {
  id: "messages",
  about: "chat rows: messages [{ role, content }]; the last assistant turns are the candidate",
  match: (row) => looksLikeMessages(row["messages"]) || looksLikeMessages(row["conversations"]),
  read(row, place) {
    const name = looksLikeMessages(row["messages"]) ? "messages" : "conversations";
    const all = parseMessages(row[name], place, name);
    let cut = all.length;
    while (cut > 0 && all[cut - 1]!.role === "assistant") cut--;
    if (cut === all.length) refuse(place, name, "an assistant's turn at the end", row[name]);
    if (cut === 0) refuse(place, name, "a turn before the assistant's", row[name]);
    return exampleOf(row, place, {
      id: row["id"],
      prompt: all.slice(0, cut),
      candidates: [{ output: all.slice(cut) }],
      subsets: subsetsOf(row),
      used: ["id", name, "subset"],
    });
  },
  write(example) {
    if (example.task.candidates.some((one) => one.output.length === 0)) return "a candidate has no messages";
    return example.task.candidates.map((candidate: Candidate) => ({
      ...commonColumns(example),
      messages: wireMessages([...example.task.prompt, ...candidate.output] as Message[]),
    }));
  },
};
