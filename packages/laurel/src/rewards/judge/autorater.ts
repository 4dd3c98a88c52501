import type { SymmetricComparer } from "../../compose/tournament.ts";
import { type Json, UsageError } from "../../core/index.ts";
import type { JudgeOptions } from "./ask.ts";
import { candidateJudge } from "./candidate-judge.ts";
import { type JudgeComparer, type JudgeReward, question, shown } from "./judge.ts";
import { type PairOptions, sideJudge } from "./pairwise.ts";
import { prompt } from "./prompt.ts";
import { onScale, scale } from "./scales.ts";
import type { Side, Unreadable } from "./verdict.ts";
import { spreadOf, voted } from "./votes.ts";

/** One task of judgement in FLAMe's unified text-to-text form. */
export interface JudgementTask {
  id: string;
  type: "pairwise" | "pointwise" | "classification" | "open";
  definition: string;
  criteria: string;
  /** The output field that holds the label, such as "better" or "rating". */
  field: string;
  /** The labels of pairwise and classification tasks, from worst to best where they are ordered; ends of a pointwise scale. */
  labels: readonly string[] | readonly [min: number, max: number];
}

/** A judgement as an example for training: named inputs and the label, with an explanation where there is one. */
export interface JudgementExample {
  inputs: Readonly<Record<string, string>>;
  label: string | number;
  explanation?: string | undefined;
}

/** Every line but the first is indented, so that a value with colons or newlines stays one field. */
function field(name: string, value: string): string {
  return `${name}: ${value.replace(/\n/g, "\n    ")}`;
}

/**
 * A judgement as text to text: INSTRUCTIONS, CONTEXT and EVALUATION blocks, the target being the evaluation's fields.
 * @source FLAMe (2024), the unified format; layout and names of blocks as in the paper, wording ours
 */
export function toText(example: JudgementExample, task: JudgementTask): { input: string; target: string } {
  const context = Object.entries(example.inputs).map(([name, value]) => field(name, value));
  return {
    input: [instructions(task), `CONTEXT\n${context.join("\n")}`, "EVALUATION\n"].join("\n\n"),
    target: [
      field(task.field, String(example.label)),
      ...(example.explanation === undefined ? [] : [field("explanation", example.explanation)]),
    ].join("\n"),
  };
}

function instructions(task: JudgementTask): string {
  return `INSTRUCTIONS\n${field("definition", task.definition)}\n${field("criteria", task.criteria)}\n${field("output", outputOf(task))}`;
}

function outputOf({ type, field: name, labels }: JudgementTask): string {
  if (type === "open") return `a line "${name}: " and the text`;
  if (type === "pointwise") return `a line "${name}: " and a whole number from ${labels[0]} to ${labels[1]}`;
  return `a line "${name}: " and one of ${labels.join(", ")}`;
}

/** What a judgement's text says: its label and explanation. */
export interface ReadJudgement {
  label: string | number;
  explanation?: string | undefined;
}

/** Reads the evaluation's fields; the label must be one of the task's. The inverse of `toText`'s target. */
export function fromText(output: string, task: JudgementTask): ReadJudgement | Unreadable {
  const fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of output.trim().split("\n")) {
    if (line.startsWith("    ") && last !== undefined) {
      fields.set(last, `${fields.get(last)}\n${line.slice(4)}`);
      continue;
    }
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    last = line.slice(0, colon).trim();
    if (fields.has(last)) return { unreadable: `the field "${last}" is given twice` };
    fields.set(last, line.slice(colon + 1).trim());
  }
  const said = fields.get(task.field);
  if (said === undefined) return { unreadable: `there is no field "${task.field}"` };
  const explanation = fields.get("explanation");
  const more = explanation === undefined ? {} : { explanation };
  if (task.type === "open") return { label: said, ...more };
  if (task.type === "pointwise") {
    const score = onScale(said, pointScale(task));
    return score === undefined ? { unreadable: `${said.slice(0, 40)} is not on the scale` } : { label: score, ...more };
  }
  const labels: readonly Json[] = task.labels;
  return labels.includes(said) ? { label: said, ...more } : { unreadable: `"${said.slice(0, 40)}" is no label` };
}

function pointScale(task: JudgementTask) {
  return scale(Number(task.labels[0]), Number(task.labels[1]));
}

const rating = prompt({
  name: "autorater",
  version: 1,
  system: "You carry out one task of judgement exactly as its instructions say.",
  user: "{{instructions}}\n\nCONTEXT\nrequest:\n{{quote prompt}}\n{{#answer}}answer:\n{{quote answer}}{{/answer}}{{#answer-A}}answer A:\n{{quote answer-A}}\nanswer B:\n{{quote answer-B}}{{/answer-A}}\n\nEVALUATION",
});

/**
 * A rater for one judgement task in FLAMe's unified form. A pointwise task gives its rating, a classification task the
 * label's place among its labels (from 0), so order them from worst to best; both are rewards. Open tasks have no value.
 *
 * @throws UsageError on an open or pairwise task, or fewer than two labels
 * @source FLAMe (2024)
 * @example autorater({ model, task: { id: "helpful", type: "pointwise", definition: "…", criteria: "…", field: "rating", labels: [1, 5] } })
 */
export function autorater(options: JudgeOptions & { task: JudgementTask }): JudgeReward {
  const { task } = options;
  if (task.type !== "pointwise" && task.type !== "classification")
    throw new UsageError(`autorater makes a reward of pointwise and classification tasks; ${task.id} is ${task.type}`);
  if (task.labels.length < 2) throw new UsageError(`the judgement task ${task.id} needs two labels or more`);
  const bound = rating.bind({ instructions: instructions(task) });
  const on = task.type === "pointwise" ? pointScale(task) : scale(0, task.labels.length - 1);
  const labels: readonly Json[] = task.labels;
  return candidateJudge<ReadJudgement>(options, {
    form: "judge.autorater",
    prompts: [bound],
    grammars: [`flame-1:${task.id}`],
    range: [on.min, on.max],
    more: { task: { ...task, labels: [...task.labels] } },
    prepare: (candidate, given) => ({
      prompt: bound,
      values: { prompt: question(given), answer: shown(candidate) },
      grammar: grammarOf(task),
    }),
    conclude({ votes }) {
      const values = votes.map(({ verdict: { label } }) => (typeof label === "number" ? label : labels.indexOf(label)));
      const { explanation, label } = votes[0]!.verdict;
      return {
        value: voted(values),
        ...(explanation === undefined ? {} : { rationale: explanation }),
        ...(values.length > 1 ? { spread: { sd: spreadOf(values), n: values.length, over: "votes" as const } } : {}),
        facts: { label },
      };
    },
  });
}

/**
 * A rater for a pairwise judgement task: its labels are the names of the first answer, the second, and optionally a tie.
 * Both orders by default.
 *
 * @throws UsageError if the task is not pairwise or has not two or three labels
 * @source FLAMe (2024)
 */
export function pairwiseAutorater(
  options: PairOptions & { task: JudgementTask },
): JudgeComparer & Partial<SymmetricComparer> {
  const { task } = options;
  const labels: readonly Json[] = task.labels;
  if (task.type !== "pairwise" || labels.length < 2 || labels.length > 3)
    throw new UsageError(`the judgement task ${task.id} is not pairwise with two or three labels`);
  const sides: readonly Side[] = ["A", "B", "tie"];
  return sideJudge<ReadJudgement>(
    { ...options, reference: "ignore" },
    {
      form: "judge.autorater",
      prompt: rating.bind({ instructions: instructions(task) }),
      grammar: grammarOf(task),
      more: { task: { ...task, labels: [...task.labels] } },
      side: ({ label }) => sides[labels.indexOf(label)]!,
    },
  );
}

function grammarOf(task: JudgementTask) {
  return {
    id: `flame-1:${task.id}`,
    form: `Write ${outputOf(task)}.`,
    read: (text: string): ReadJudgement | Unreadable => fromText(text, task),
  };
}
