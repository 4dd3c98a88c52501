import { NotEnoughDataError } from "../../core/index.ts";
import { refuse } from "../../io/messages.ts";
import { processbench as schema } from "../../io/schemas/steps.ts";
import type { Answered, Benchmark, Credited, Figure } from "../benchmark.ts";
import { thresholdOf } from "../calibrate.ts";
import { each } from "../read.ts";

/** The value below which a step reward says that a step is wrong. */
const threshold = 0.5;

/** The first wrong step by the labels, −1 where there is none. */
export function firstWrong(item: Pick<Answered, "labels">): number {
  return item.labels.steps?.[0]?.indexOf(0) ?? -1;
}

/**
 * The first wrong step that was predicted: the first whose value is below ½, or the index that a critic named (−1: none).
 *
 * @returns null where nothing can be read from the answer
 */
function predicted(item: Answered): number | null {
  const values = item.steps?.[0];
  if (values !== undefined && values !== null)
    return values.includes(null) ? null : values.findIndex((one) => one! < thresholdOf(item, threshold));
  const named = item.values[0] ?? null;
  return named !== null && Number.isInteger(named) && named >= -1 ? named : null;
}

/** The threshold with the greatest F1, of at most 200 quantiles of the step values; of equally good ones the lowest. */
function bestThreshold(items: readonly Answered[]): number {
  const values = items.flatMap((item) => (item.steps?.[0] ?? []).filter((one) => one !== null)).sort((a, b) => a - b);
  if (values.length === 0) throw new NotEnoughDataError("no item has step values");
  const tried = new Set(Array.from({ length: 200 }, (_, q) => values[Math.floor((q * values.length) / 200)]!));
  const gold = items.map(firstWrong);
  let best = { threshold, f1: -1 };
  for (const below of tried) {
    const said = items.map((item) => predicted({ ...item, facts: { threshold: below } }));
    const { f1 } = processBenchF1(said, gold);
    if (f1 > best.f1) best = { threshold: below, f1 };
  }
  return best.threshold;
}

/** Accuracies of both kinds of solutions and their harmonic mean. */
export interface FirstErrorF1 {
  /** Of solutions with a wrong step: the share whose first wrong step is found (binary: that are said to have one). */
  error: number;
  /** Of solutions without: the share that is said to have none. */
  correct: number;
  f1: number;
}

/**
 * ProcessBench's F1.
 *
 *     F1 = 2·a_e·a_c / (a_e + a_c), 0 where both are 0
 *
 * @param predictions index of the first wrong step, −1 for none; null counts as wrong
 * @param gold likewise
 * @param metric "first-error" (ProcessBench): the index must be right; "binary" (ThinkPRM's text): whether there is an error at all
 * @throws NotEnoughDataError where a kind of solution is missing
 * @source ProcessBench (2024); ThinkPRM (2025) for the binary form
 * @example processBenchF1([2, -1], [2, -1]).f1 // 1
 */
export function processBenchF1(
  predictions: readonly (number | null)[],
  gold: readonly number[],
  metric: "first-error" | "binary" = "first-error",
): FirstErrorF1 {
  const right = (kind: "error" | "correct"): number => {
    let n = 0;
    let hits = 0;
    for (const [i, label] of gold.entries()) {
      if ((label === -1) !== (kind === "correct")) continue;
      n++;
      const said = predictions[i] ?? null;
      if (said === label || (metric === "binary" && kind === "error" && said !== null && said >= 0)) hits++;
    }
    if (n === 0)
      throw new NotEnoughDataError(`there is no solution ${kind === "error" ? "with" : "without"} a wrong step`);
    return hits / n;
  };
  const [error, correct] = [right("error"), right("correct")];
  return { error, correct, f1: error + correct === 0 ? 0 : (2 * error * correct) / (error + correct) };
}

const f1Of =
  (metric: "first-error" | "binary") =>
  (items: readonly Credited[]): number =>
    processBenchF1(items.map(predicted), items.map(firstWrong), metric).f1;

const kind = (name: string, about: string, wrong: boolean): Figure => ({
  name,
  about,
  of: (item) => (firstWrong(item) >= 0 === wrong ? item.credit : null),
});

/** ProcessBench. */
export const processBench: Benchmark = {
  id: "processbench",
  title: "ProcessBench",
  about: "find the first wrong step of a mathematical solution, or say that there is none",
  tier: "real rows parsed",
  tierWhy:
    "2,400 of 3,400 rows (gsm8k, math, olympiadbench), whose label counts agree with the paper; no predictions of a model are published, so that no F1 could be compared",
  data: {
    hub: "Qwen/ProcessBench",
    split: "gsm8k",
    licence: "Apache-2.0",
    columns: "id, generator, problem, steps[], final_answer_correct, label (first wrong step from 0, or −1)",
  },
  asks: "steps",
  chance: {
    value: 0,
    why: "always saying that there is no error gets 0, and so does always saying that there is one at the same place of most solutions",
  },
  pitfalls: [
    "The score is a harmonic mean of two accuracies: one of 0 makes it 0, whatever the other is.",
    "A step reward needs a threshold; here it is ½. One that is not calibrated to ½ must be calibrated first, on other rows (--calibrate SHARE).",
    "ThinkPRM's text also reports a binary F1 (is there an error at all), which is much higher: keep the two apart.",
    "A right final answer does not mean that all steps are right: 3.5 % (gsm8k), 18.8 % (math) and 32.2 % (olympiadbench) of those have a wrong step.",
  ],
  published: [],
  by: "generator",
  rightFirst: false,
  rule: {
    text: "harmonic mean of the accuracy on solutions with a wrong step (the first one's index must match) and on those without; unreadable is wrong",
    source: "ProcessBench (2024), section 4; ThinkPRM (2025) for the binary form",
    credit: (item) => {
      const said = predicted(item);
      return said === null ? null : said === firstWrong(item) ? 1 : 0;
    },
    unscored: 0,
    threshold: bestThreshold,
    figures: [
      { name: "f1", about: "harmonic mean of the two accuracies", all: f1Of("first-error") },
      kind("error accuracy", "solutions with a wrong step: its index is found", true),
      kind("correct accuracy", "solutions without a wrong step: said to have none", false),
      { name: "binary f1", about: "is there a wrong step at all (ThinkPRM)", all: f1Of("binary") },
    ],
  },
  read: each((row, place) => {
    if (!schema.match(row)) refuse(place, "steps", "problem, steps and label", row["steps"]);
    const example = schema.read(row, place);
    const { correct: _, ...labels } = example.labels;
    const { generator } = row;
    return { ...example, labels, subsets: typeof generator === "string" ? { generator } : {} };
  }),
};
