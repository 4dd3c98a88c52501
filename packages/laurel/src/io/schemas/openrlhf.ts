import { looksLikeMessages } from "../messages.ts";
import { writePairs } from "./preference.ts";
import {
  answerOf,
  commonColumns,
  exampleOf,
  isTurn,
  numberOf,
  plainText,
  promptOf,
  type Schema,
  wireMessages,
} from "./schema.ts";

const used = ["id", "input", "chosen", "rejected", "margin"];

/** OpenRLHF's reward data with its prompt under `input`: `input`, `chosen`, `rejected`, `margin`. */
export const openrlhf: Schema = {
  id: "openrlhf",
  about: "OpenRLHF reward data: input, chosen, rejected, margin",
  match: (row) => isTurn(row["input"]) && isTurn(row["chosen"]) && isTurn(row["rejected"]),
  read(row, place) {
    const margin = numberOf(row["margin"], place, "margin");
    return exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "input", place),
      candidates: [answerOf(row["chosen"], place, "chosen"), answerOf(row["rejected"], place, "rejected")],
      labels: { preferred: [{ first: 0, second: 1, p: 1, ...(margin === undefined ? {} : { strength: margin }) }] },
      used,
    });
  },
  write: (example) =>
    writePairs(example, (better, worse) => ({
      input: plainText(example.task.prompt, "user") ?? wireMessages(example.task.prompt),
      chosen: plainText(better.output, "assistant") ?? wireMessages(better.output),
      rejected: plainText(worse.output, "assistant") ?? wireMessages(worse.output),
    })),
};

/** OpenRLHF's prompts for RL, `{ input, label }`: no candidates, the label is the reference's answer. */
export const openrlhfPrompts: Schema = {
  id: "openrlhf-prompts",
  about: "OpenRLHF prompts: input, label (the reference answer); no candidates",
  match: (row) =>
    isTurn(row["input"]) &&
    row["chosen"] === undefined &&
    (typeof row["label"] === "string" || typeof row["label"] === "number"),
  read: (row, place) =>
    exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "input", place),
      candidates: [],
      reference: { answer: row["label"] as string | number },
      used: ["id", "input", "label"],
    }),
  write(example) {
    const answer = example.task.reference?.answer;
    if (typeof answer !== "string" && typeof answer !== "number") return "it has no reference answer";
    return [
      {
        ...commonColumns(example),
        input: plainText(example.task.prompt, "user") ?? wireMessages(example.task.prompt),
        label: answer,
      },
    ];
  },
};

/** A row of verl's RL data: prompt messages, `reward_model.ground_truth`, `data_source`, `ability`, `extra_info`; no candidates. */
export const verl: Schema = {
  id: "verl",
  about:
    "verl RL data: data_source, prompt (messages), reward_model { ground_truth }, ability, extra_info; no candidates",
  match: (row) =>
    looksLikeMessages(row["prompt"]) &&
    typeof row["data_source"] === "string" &&
    typeof (row["reward_model"] as { ground_truth?: unknown } | null)?.ground_truth !== "undefined",
  read(row, place) {
    const rule = row["reward_model"] as { ground_truth: string; style?: string };
    return exampleOf(row, place, {
      id: row["id"],
      prompt: promptOf(row, "prompt", place),
      candidates: [],
      reference: { answer: rule.ground_truth },
      context: {
        data_source: row["data_source"] as string,
        ...(typeof row["ability"] === "string" ? { ability: row["ability"] } : {}),
        ...(rule.style === undefined ? {} : { style: rule.style }),
        ...(row["extra_info"] == null ? {} : { extra_info: row["extra_info"] as object as { [key: string]: never } }),
      },
      subsets: { data_source: row["data_source"] as string },
      used: ["id", "prompt", "data_source", "ability", "reward_model", "extra_info"],
    });
  },
  write(example) {
    const { context = {}, reference, prompt } = example.task;
    if (reference?.answer === undefined) return "it has no reference answer";
    return [
      {
        ...commonColumns(example),
        data_source: context["data_source"] ?? example.subsets["data_source"] ?? "laurel",
        prompt: wireMessages(prompt),
        ...(context["ability"] === undefined ? {} : { ability: context["ability"] }),
        reward_model: {
          ...(context["style"] === undefined ? {} : { style: context["style"] }),
          ground_truth: reference.answer,
        },
        ...(context["extra_info"] === undefined ? {} : { extra_info: context["extra_info"] }),
      },
    ];
  },
};
