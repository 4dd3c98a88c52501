import { basename } from "node:path";
import type { Candidate, Example, Labels, Message, Span } from "../../core/index.ts";
import { type Raw, refuse } from "../../io/messages.ts";
import { booleanOf, exampleOf, promptOf, type RowPlace } from "../../io/schemas/schema.ts";
import { joinSteps } from "../../io/spans.ts";
import { type ShownGrades, swapSum } from "../../rewards/judge/index.ts";
import { type ClassWeightedF1, classWeightedF1, weightedF1Threshold } from "../../stats/index.ts";
import type { Answered, Benchmark, Credited, Figure } from "../benchmark.ts";
import { thresholdOf } from "../calibrate.ts";
import { listAt, textAt, textsAt, withMedia } from "../read.ts";
import { preference } from "../rules.ts";

/** The step tasks by the name of their file, with the error that each asks for. All but three say that at least one step has it. */
const stepErrors: Readonly<Record<string, string>> = {
  step_correctness: "an error",
  redundant_det: "redundancy: repetition or detail that adds nothing to whether the reasoning is right",
  most_confidence: "an error",
  existence_hallucination:
    "something that is not in the picture, or the denial of something that is (at least one step has it)",
  attribute_hallucination:
    "a wrong property, such as size, colour or shape, of something in the picture (at least one step has it)",
  detail_error: "a wrong number or sign of calculation (at least one step has it)",
  location_error: "a wrong place or direction (at least one step has it)",
  image_ref_error: "something of one picture that is said to be in another (at least one step has it)",
};
const stepTasks = Object.keys(stepErrors);
const outcomeTasks = ["multi_solution", "foresight"];
const critiqueTasks = ["error_reason_analysis", "error_correction"];
const tasks = [...stepTasks, ...outcomeTasks, ...critiqueTasks];

/** The value below which a step reward says that a step is wrong, where none was chosen on a calibration part. */
const threshold = 0.5;

const taskOf = (item: Pick<Answered, "subsets">): string => item.subsets["task"] ?? "";

/** Step values and gold marks of an item, 1 for an error; undefined where a step has no value. */
function stepsOf(item: Answered): { values: readonly number[]; wrong: readonly number[] } | undefined {
  const gold = item.labels.steps?.[0];
  const values = item.steps?.[0];
  if (gold === undefined || values === undefined || values === null || values.includes(null)) return undefined;
  return { values: values as readonly number[], wrong: gold.map((one) => (one === 0 ? 1 : 0)) };
}

/** F1 of a task's steps, all items together; undefined where no item has step values. */
function pooledF1(items: readonly Answered[]): ClassWeightedF1 | undefined {
  const predicted: number[] = [];
  const gold: number[] = [];
  for (const item of items) {
    const own = stepsOf(item);
    if (own === undefined) continue;
    const below = thresholdOf(item, threshold);
    // a step reward says how right a step is
    for (const value of own.values) predicted.push(value < below ? 1 : 0);
    for (const one of own.wrong) gold.push(one);
  }
  return gold.length === 0 ? undefined : classWeightedF1(predicted, gold);
}

function bestThreshold(items: readonly Answered[]): number {
  const found = items.flatMap((item) => stepsOf(item) ?? []);
  return weightedF1Threshold(
    found.flatMap(({ values }) => values),
    found.flatMap(({ wrong }) => wrong),
  ).threshold;
}

const scored = (items: readonly Credited[], task: string): readonly Credited[] =>
  items.filter((item) => taskOf(item) === task && item.credit !== null);

function taskScore(items: readonly Credited[], task: string): number {
  if (stepTasks.includes(task)) return pooledF1(items)?.weighted ?? Number.NaN;
  return items.reduce((sum, { credit }) => sum + credit!, 0) / items.length;
}

/** A group's score: its tasks' scores by their numbers of questions. */
const group = (name: string, about: string, of: readonly string[]): Figure => ({
  name,
  about,
  all: (items) => {
    let sum = 0;
    let n = 0;
    for (const task of of) {
      const own = scored(items, task);
      if (own.length === 0) continue;
      sum += own.length * taskScore(own, task);
      n += own.length;
    }
    return n === 0 ? Number.NaN : sum / n;
  },
});

const oneClass = (task: string, name: string, key: "f1Pos" | "f1Neg"): Figure => ({
  name: `${task} ${name}`,
  about: key === "f1Pos" ? "F1 of steps with the error" : "F1 of steps without it",
  all: (items) => pooledF1(scored(items, task))?.[key] ?? Number.NaN,
});

/**
 * Is candidate 0 better than candidate 1? By values strictly; of games by the sum of grades over both orders, where the judge gives grades,
 * else by the mean verdict. Games of which none could be read are a tie, as the official parser makes of them.
 */
function lead(item: Answered): -1 | 0 | 1 | null {
  const { votes } = item;
  if (votes !== undefined && votes.length > 0) {
    const heard = votes.filter(({ p }) => p !== null);
    if (heard.length === 0) return 0;
    if (heard.every(({ strength }) => strength !== undefined)) {
      const shown = (first: number): ShownGrades => [
        heard.filter((game) => game.first === first).reduce((sum, { strength }) => sum + strength!, 0),
        0,
      ];
      return swapSum(shown(0), shown(1));
    }
  }
  const p = preference(item, 0, 1);
  return p === null ? null : p > 0.5 ? 1 : p < 0.5 ? -1 : 0;
}

function credit(item: Answered): number | null {
  const task = taskOf(item);
  if (stepTasks.includes(task)) {
    const own = stepsOf(item);
    if (own === undefined) return null;
    const below = thresholdOf(item, threshold);
    return own.wrong.filter((one, i) => (one === 1) === own.values[i]! < below).length / own.wrong.length;
  }
  if (task === "foresight") {
    const value = item.values[0] ?? null;
    return value === null ? null : value > 0.5 === item.labels.correct?.[0] ? 1 : 0;
  }
  const ahead = lead(item);
  return ahead === null ? null : ahead > 0 ? 1 : 0;
}

/** Cuts `STEP1: … STEP2: …` at the lines that begin with STEP and a number. */
function cutSteps(text: string): { text: string; spans: Span[] } {
  const starts = Array.from(text.matchAll(/^[ \t]*STEP[ \t]?\d{1,4}[ \t]?:/gm), ({ index }) => index);
  const spans = starts.map((start, i): Span => {
    const end = starts[i + 1] ?? text.length;
    return { start, end: start + text.slice(start, end).trimEnd().length };
  });
  return { text, spans };
}

/** A column with a reasoning process, as a list of steps or as one text. */
function reasoningAt(row: Raw, name: string, place: RowPlace): Candidate {
  const value = row[name];
  const { text, spans } = typeof value === "string" ? cutSteps(value) : joinSteps(textsAt(row, name, place));
  return answer(text, spans);
}

const answer = (text: string, steps?: readonly Span[]): Candidate => ({
  output: [{ role: "assistant", content: text }],
  ...(steps === undefined || steps.length === 0 ? {} : { steps }),
});

const used = [
  "id",
  "image",
  "question",
  "step_list",
  "reasoning_error",
  "task_gt",
  "category",
  "task",
  "model_answer",
  "error_info",
];

function read(row: Raw, place: RowPlace): Example[] {
  const named = row["task"] ?? basename(place.file ?? "").replace(/\.jsonl?(\.gz)?$/, "");
  const task = tasks.find((one) => one === named);
  if (task === undefined)
    refuse(place, "task", `a task in the column task or the file's name: ${tasks.join(", ")}`, named);
  // the official script passes over such rows, and a critique row says nothing until a model has answered it
  if (row["error_info"] !== undefined) return [];
  if (critiqueTasks.includes(task) && row["model_answer"] === undefined) return [];
  const id = row["id"] === undefined ? `${task}:#${place.line}` : `${task}:${String(row["id"])}`;
  const { image = [] } = row;
  const pictures = Array.isArray(image) && image.length === 0 ? [] : listAt(row, "image", place);
  const make = (candidates: readonly Candidate[], labels: Labels, prompt?: readonly Message[]): Example[] => {
    const kind = stepTasks.includes(task) ? "steps" : outcomeTasks.includes(task) ? "outcome" : "critique";
    const error = stepErrors[task];
    const context = error === undefined ? undefined : { error };
    const parts = { id, candidates, labels, context, subsets: { task, group: kind }, used };
    return [
      withMedia(exampleOf(row, place, { ...parts, prompt: prompt ?? promptOf(row, "question", place) }), pictures),
    ];
  };
  if (task === "multi_solution")
    return make([reasoningAt(row, "step_list", place), reasoningAt(row, "reasoning_error", place)], {
      correct: [true, false],
    });
  if (critiqueTasks.includes(task)) {
    const reference = listAt(row, "task_gt", place).join("\n");
    const prompt =
      task === "error_correction"
        ? undefined
        : [
            {
              role: "user" as const,
              content: `${textAt(row, "question", place)}\n\nA wrong reasoning process. Which steps are wrong, and why?\n${listAt(row, "reasoning_error", place).join("\n")}`,
            },
          ];
    return make([answer(textAt(row, "model_answer", place)), answer(reference)], {}, prompt);
  }
  const gold = row["task_gt"];
  if (task === "foresight") {
    const shown = reasoningAt(row, row["reasoning_error"] === undefined ? "step_list" : "reasoning_error", place);
    return make([{ ...shown, partial: true }], { correct: [booleanOf(gold, place, "task_gt")] });
  }
  // what is judged is reasoning_error; step_list is the solution from which it was made
  const candidate = reasoningAt(row, "reasoning_error", place);
  const count = candidate.steps?.length ?? 0;
  if (count === 0) refuse(place, "reasoning_error", "steps that begin with STEP1:, STEP2: …", row["reasoning_error"]);
  if (!Array.isArray(gold) || gold.length !== count)
    refuse(place, "task_gt", `a list of ${count} labels, one a step of reasoning_error`, gold);
  if (!gold.every((one) => one === 0 || one === 1)) refuse(place, "task_gt", "labels 0 and 1", gold);
  return make([candidate], { steps: [(gold as number[]).map((one) => 1 - one)] });
}

/** VLRMBench. */
export const vlrmBench: Benchmark = {
  id: "vlrmbench",
  title: "VLRMBench",
  about: "vision-language rewards as step checkers, outcome judges and critics: twelve tasks",
  tier: "schema only",
  tierWhy:
    "no row is among the data that the tests read, and no figure of a model could be compared; rules and columns are those of the released scripts",
  data: {
    hub: "Winston-Yuan/VLRMBench",
    licence: "Apache-2.0 (the repository JCruan519/VLRMBench; that of the pictures' sources is not stated)",
    columns:
      "id, image[], question, step_list, reasoning_error, task_gt, category; a file a task, named after it; critique tasks also model_answer, the text of the model that is tested",
  },
  asks: "steps",
  somePairs: true,
  chance: {
    value: 0.28,
    why: "F1_w of coin flips on the steps of the two files at hand, of which 12 and 20 % are wrong; of pairs and forecasts it is a half",
  },
  pitfalls: [
    "F1_w weighs each class by the other's frequency; with one class only it is 0 whatever is said.",
    "Steps of one question are not independent: intervals are by question.",
    "A step reward needs a threshold: ½ unless --calibrate SHARE chooses it on a part of the questions, which is then not reported.",
    "multi_solution and the critique tasks are strict over both orders: a tie loses, which punishes coarse grades.",
    "The official step parser reads every run of digits in the text; answers that hold other numbers are corrupted by it.",
    "Critique rows count only with a column model_answer. What is tested is the model that wrote it, not the judge; the references were written by GPT-4o, so that a judge of that family may favour them.",
    "The step tasks judge reasoning_error, not step_list: that is the solution before the errors were put in.",
  ],
  published: [
    {
      system: "GPT-4o",
      figures: { foresight: 0.76 },
      source: "VLRMBench (2025), abstract",
      reproduced: false,
    },
  ],
  by: "task",
  rightFirst: false,
  rule: {
    text: "step tasks: F1_w over all steps of a task; multi_solution and the critique tasks: the sum of grades over both orders is greater than the other text's; foresight: yes or no; groups weigh tasks by their questions",
    source:
      "VLRMBench (2025), model_eval/utils.py, get_ms_eval_res.py and get_ec_era_eval_res.py; the weights of groups could not be confirmed",
    credit,
    unscored: "drop",
    threshold: bestThreshold,
    figures: [
      group("steps", "F1_w of the step tasks, by their numbers of questions", stepTasks),
      group("outcome", "accuracy of multi_solution and foresight", outcomeTasks),
      group("critique", "win rate of the model's text over the reference's", critiqueTasks),
      ...tasks.map((task) =>
        group(
          task,
          stepTasks.includes(task) ? "F1_w" : outcomeTasks.includes(task) ? "accuracy" : "win rate; a tie is no win",
          [task],
        ),
      ),
      {
        name: "critique ties",
        about: "share of critiques whose grades sum to the same",
        of: (item) => {
          const ahead = critiqueTasks.includes(taskOf(item)) ? lead(item) : null;
          return ahead === null ? null : ahead === 0 ? 1 : 0;
        },
      },
      ...stepTasks.flatMap((task) => [oneClass(task, "F1+", "f1Pos"), oneClass(task, "F1-", "f1Neg")]),
    ],
  },
  read: (rows) => rows.flatMap(({ row, place }) => read(row, place)),
};
