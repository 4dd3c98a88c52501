import { type JsonObject, type Random, random, type Seed, split } from "laurel";
import { type Element, generate } from "laurel/recipes";
import { ridgeSolve } from "../train/ridge.ts";

/** A generated question: the values of its slots, its options and which of them is right. */
export interface SlotQuestion {
  slots: readonly number[];
  options: readonly number[];
  right: number;
}

/** Fresh questions of an element, as numbers. */
export async function slotQuestions(element: Element, n: number, seed: Seed): Promise<SlotQuestion[]> {
  const names = Object.keys(element.slots);
  const questions: SlotQuestion[] = [];
  for await (const { context, reference } of generate(element, { n, seed, options: "hidden" })) {
    const slots = context!["slots"] as JsonObject as Readonly<Record<string, number>>;
    const shown = context!["options"] as readonly string[];
    questions.push({
      slots: names.map((name) => slots[name]!),
      options: shown.map(Number),
      right: shown.indexOf(String(reference!.answer)),
    });
  }
  return questions;
}

/** Which features a solver sees: the slots; their squares too; all their products too. */
export type SolverForm = "linear" | "squared" | "quadratic";

function featuresOf(x: readonly number[], form: SolverForm): number[] {
  if (form === "linear") return [...x];
  if (form === "squared") return [...x, ...x.map((one) => one * one)];
  return [...x, ...x.flatMap((one, i) => x.slice(i).map((other) => one * other))];
}

/** Picks the option whose logarithm is nearest to its guess. */
export interface Solver {
  form: SolverForm;
  mean: Float64Array;
  sd: Float64Array;
  weights: Float64Array;
  level: number;
}

/**
 * Fits a solver: ridge regression of the logarithm of the answer on standardised features, (XᵀX + α I) w = Xᵀ(y − ȳ).
 *
 * @param questions with answers above 0
 * @param alpha above 0
 */
export function fitSolver(questions: readonly SlotQuestion[], form: SolverForm, alpha: number): Solver {
  const rows = questions.map(({ slots }) => featuresOf(slots, form));
  const [n, dim] = [rows.length, rows[0]!.length];
  const mean = new Float64Array(dim);
  const sd = new Float64Array(dim);
  for (let d = 0; d < dim; d++) {
    for (const row of rows) mean[d]! += row[d]! / n;
    for (const row of rows) sd[d]! += (row[d]! - mean[d]!) ** 2 / n;
    sd[d] = Math.sqrt(sd[d]!) || 1;
  }
  const target = questions.map(({ options, right }) => Math.log(options[right]!));
  const level = target.reduce((sum, one) => sum + one, 0) / n;
  const gram = new Float64Array(dim * dim);
  const side = new Float64Array(dim);
  for (const [i, row] of rows.entries()) {
    const z = row.map((one, d) => (one - mean[d]!) / sd[d]!);
    for (let a = 0; a < dim; a++) {
      side[a]! += z[a]! * (target[i]! - level);
      for (let b = 0; b <= a; b++) gram[a * dim + b]! += z[a]! * z[b]!;
    }
  }
  for (let a = 0; a < dim; a++) for (let b = a + 1; b < dim; b++) gram[a * dim + b] = gram[b * dim + a]!;
  return { form, mean, sd, weights: ridgeSolve(gram, side, alpha), level };
}

/** The place of the option nearest to a value, by a distance. */
function nearest(options: readonly number[], distance: (option: number) => number): number {
  let best = 0;
  for (let i = 1; i < options.length; i++) if (distance(options[i]!) < distance(options[best]!)) best = i;
  return best;
}

/** Does a solver choose the right option? */
export function solves({ form, mean, sd, weights, level }: Solver, { slots, options, right }: SlotQuestion): boolean {
  const guess = featuresOf(slots, form).reduce((sum, one, d) => sum + weights[d]! * ((one - mean[d]!) / sd[d]!), level);
  return nearest(options, (option) => Math.abs(Math.log(Math.max(option, 1e-9)) - guess)) === right;
}

/** The places of a random share of n items. */
export function memorised(n: number, share: number, seed: Seed): Set<number> {
  const order = random(seed).shuffled([...Array(n).keys()]);
  return new Set(order.slice(0, Math.round(n * share)));
}

/** Dials of `shownAndHidden`. */
export interface OptionDials {
  /** Relative error of one step. */
  noise: number;
  /** How far the three wrong options are off, as shares of the answer; signs are drawn. */
  offsets: readonly number[];
  questions: number;
}

/**
 * Accuracy with options shown, where each may be tested in the defining conditions with one error of one step, and hidden, where k steps must
 * be taken and the nearest option is then chosen.
 */
export function shownAndHidden(steps: number, dials: OptionDials, seed: Seed): { shown: number; hidden: number } {
  const world = random(split(seed, "options"));
  const rng: Random = random(split(seed, "errors"));
  let [shown, hidden] = [0, 0];
  for (let i = 0; i < dials.questions; i++) {
    const offsets = [0, ...dials.offsets.map((one) => (world.uniform() < 0.5 ? -one : one))];
    if (
      nearest(
        offsets.map((one) => one + dials.noise * rng.normal()),
        Math.abs,
      ) === 0
    )
      shown++;
    const guess = dials.noise * Math.sqrt(steps) * rng.normal();
    if (nearest(offsets, (one) => Math.abs(one - guess)) === 0) hidden++;
  }
  return { shown: shown / dials.questions, hidden: hidden / dials.questions };
}
