import { basename } from "node:path";
import type { Example } from "../../core/index.ts";
import { NotEnoughDataError } from "../../core/index.ts";
import { type Raw, refuse } from "../../io/messages.ts";
import { booleanOf, exampleOf, promptOf, type RowPlace } from "../../io/schemas/schema.ts";
import { joinSteps } from "../../io/spans.ts";
import { classWeightedF1 } from "../../stats/index.ts";
import type { Answered, Benchmark, Credited, Figure } from "../benchmark.ts";
import { each, listAt, rightAndWrong, textsAt, withMedia } from "../read.ts";
import { preference, sides } from "../rules.ts";

/** The step tasks by the name of their file. */
const stepTasks = [
  "step_correctness",
  "redundant_det",
  "most_confidence",
  "existence_hallucination",
  "attribute_hallucination",
  "detail_error",
  "location_error",
  "image_ref_error",
];
const tasks = [...stepTasks, "multi_solution", "foresight"];

const taskOf = (item: Pick<Answered, "subsets">): string => item.subsets["task"] ?? "";

/** Predicted and gold step marks of an item, 1 for an error; undefined where a step has no value. */
function marks(item: Answered): { predicted: number[]; gold: number[] } | undefined {
  const gold = item.labels.steps?.[0];
  const values = item.steps?.[0];
  if (gold === undefined || values === undefined || values === null || values.includes(null)) return undefined;
  return {
    // a step reward says how right a step is, and a label of 1 is a right step
    predicted: values.map((one) => (one! < 0.5 ? 1 : 0)),
    gold: gold.map((one) => (one === 0 ? 1 : 0)),
  };
}

/** F1_w of a task's steps, all items together. */
function weightedF1(items: readonly Credited[]): number {
  const predicted: number[] = [];
  const gold: number[] = [];
  for (const item of items) {
    const own = marks(item);
    if (own === undefined) continue;
    predicted.push(...own.predicted);
    gold.push(...own.gold);
  }
  return classWeightedF1(predicted, gold).weighted;
}

function meanCredit(items: readonly Credited[]): number {
  const scored = items.filter(({ credit }) => credit !== null);
  if (scored.length === 0) throw new NotEnoughDataError("no item is scored");
  return scored.reduce((sum, { credit }) => sum + credit!, 0) / scored.length;
}

/** A group's score: its tasks' scores by their numbers of questions. */
const group = (name: string, about: string, of: readonly string[]): Figure => ({
  name,
  about,
  all: (items) => {
    let sum = 0;
    let n = 0;
    for (const task of of) {
      const own = items.filter((item) => taskOf(item) === task && item.credit !== null);
      if (own.length === 0) continue;
      sum += own.length * (stepTasks.includes(task) ? weightedF1(own) : meanCredit(own));
      n += own.length;
    }
    return n === 0 ? Number.NaN : sum / n;
  },
});

function credit(item: Answered): number | null {
  const task = taskOf(item);
  if (stepTasks.includes(task)) {
    const own = marks(item);
    return own === undefined ? null : own.gold.filter((one, i) => one === own.predicted[i]).length / own.gold.length;
  }
  if (task === "foresight") {
    const value = item.values[0] ?? null;
    return value === null ? null : value > 0.5 === item.labels.correct?.[0] ? 1 : 0;
  }
  const { right, wrong } = sides(item);
  const p = preference(item, right[0]!, wrong[0]!);
  return p === null ? null : p > 0.5 ? 1 : 0;
}

function read(row: Raw, place: RowPlace): Example {
  const named = row["task"] ?? basename(place.file ?? "").replace(/\.jsonl?(\.gz)?$/, "");
  const task = tasks.find((one) => one === named);
  if (task === undefined)
    refuse(place, "task", `a task in the column task or the file's name: ${tasks.join(", ")}`, named);
  const used = ["id", "image", "question", "step_list", "reasoning_error", "task_gt", "category", "task"];
  const subsets = { task, group: stepTasks.includes(task) ? "steps" : "outcome" };
  const pictures = row["image"] === undefined ? [] : listAt(row, "image", place);
  const steps = textsAt(row, "step_list", place);
  const id = row["id"] === undefined ? undefined : `${task}:${String(row["id"])}`;
  if (task === "multi_solution") {
    const worse = listAt(row, "reasoning_error", place);
    return withMedia(
      rightAndWrong(row, place, {
        id,
        prompt: "question",
        right: [steps.join("\n")],
        wrong: [worse.join("\n")],
        names: ["step_list", "reasoning_error"],
        subsets,
        used,
      }),
      pictures,
    );
  }
  const { text, spans } = joinSteps(steps);
  const candidates = [{ output: [{ role: "assistant" as const, content: text }], steps: spans }];
  const prompt = promptOf(row, "question", place);
  const gold = row["task_gt"];
  if (task === "foresight")
    return withMedia(
      exampleOf(row, place, {
        id,
        prompt,
        candidates: [{ ...candidates[0]!, partial: true }],
        labels: { correct: [booleanOf(gold, place, "task_gt")] },
        subsets,
        used,
      }),
      pictures,
    );
  if (!Array.isArray(gold) || gold.length !== steps.length)
    refuse(place, "task_gt", `a list of ${steps.length} labels, one a step`, gold);
  if (!gold.every((one) => one === 0 || one === 1)) refuse(place, "task_gt", "labels 0 and 1", gold);
  return withMedia(
    exampleOf(row, place, {
      id,
      prompt,
      candidates,
      labels: { steps: [(gold as number[]).map((one) => 1 - one)] },
      subsets,
      used,
    }),
    pictures,
  );
}

/** VLRMBench. */
export const vlrmBench: Benchmark = {
  id: "vlrmbench",
  title: "VLRMBench",
  about: "vision-language rewards as step checkers and outcome judges: ten of its twelve tasks",
  tier: "schema only",
  tierWhy: "no row could be had here; the two critique tasks compare texts that a critic writes, and are not run",
  data: {
    hub: "Winston-Yuan/VLRMBench",
    licence: "not stated in the specification",
    columns: "id, image[], question, step_list[], reasoning_error, task_gt, category; a file a task, named after it",
  },
  asks: "steps",
  chance: { value: 0.5, why: "about: F1_w of random step labels, and half of the pairs and forecasts" },
  pitfalls: [
    "F1_w weighs each class by the other's frequency; with one class only it is 0 whatever is said.",
    "Steps of one question are not independent: intervals are by question.",
    "multi_solution is strict over both orders: a tie loses, which punishes coarse grades.",
    "The official step parser reads every run of digits in the text; answers that hold other numbers are corrupted by it.",
  ],
  published: [],
  by: "task",
  rightFirst: false,
  rule: {
    text: "step tasks: F1_w over all steps of a task; multi_solution: the better one's sum over both orders is greater; foresight: yes or no; groups weigh tasks by their questions",
    source: "VLRMBench (2025), utils.py; the weights of groups could not be confirmed",
    credit,
    unscored: 0,
    figures: [
      group("steps", "F1_w of the step tasks, by their numbers of questions", stepTasks),
      group("outcome", "accuracy of multi_solution and foresight", ["multi_solution", "foresight"]),
      ...tasks.map((task) => group(task, stepTasks.includes(task) ? "F1_w" : "accuracy", [task])),
    ],
  },
  read: each(read),
};
