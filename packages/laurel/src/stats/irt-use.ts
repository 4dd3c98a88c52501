import { NotEnoughDataError, random, type Seed, split, UsageError } from "../core/index.ts";
import { expectedCounts, type Latent } from "./irt-em.ts";
import type { ItemParameters, Responses } from "./irt-model.ts";
import { evenQuadrature } from "./quadrature.ts";

/**
 * The chance of a right answer, c + (1 - c) σ(a θ + d).
 *
 * @param item an index of the model's items.
 */
export function rightProbability(model: ItemParameters, item: number, ability: number): number {
  const c = model.guess[item]!;
  return c + (1 - c) / (1 + Math.exp(-(model.slope[item]! * ability + model.intercept[item]!)));
}

/**
 * What an item tells about an ability: Fisher's information.
 *
 * I(θ) = a² (P - c)² (1 - P) / ((1 - c)² P)
 *
 * Source: Lord (1980), equation 4-43.
 */
export function itemInformation(model: ItemParameters, item: number, ability: number): number {
  const p = rightProbability(model, item, ability);
  const c = model.guess[item]!;
  return p === 0 ? 0 : (model.slope[item]! ** 2 * (p - c) ** 2 * (1 - p)) / ((1 - c) ** 2 * p);
}

/**
 * A new person's ability from some answers: the posterior mean and standard deviation under the model's abilities.
 *
 * @param answers item to 1 or 0; none gives the model's own mean and sd.
 * @throws UsageError for an item that the model has not.
 */
export function abilityOf(model: ItemParameters, answers: ReadonlyMap<number, number>): { mean: number; sd: number } {
  const items = model.slope.length;
  const data = new Float64Array(items).fill(Number.NaN);
  for (const [item, answer] of answers) {
    if (!(item >= 0 && item < items)) throw new UsageError(`the model has ${items} items; ${item} is none`);
    data[item] = answer;
  }
  const responses: Responses = { persons: 1, items, data };
  const quadrature = evenQuadrature(1.2 / Math.sqrt(1 + 0.25 * answers.size), 8);
  const latent: Latent = { quadrature, centres: undefined };
  const { ability, abilityError } = expectedCounts(responses, model, latent);
  return { mean: ability[0]!, sd: abilityError[0]! };
}

/**
 * The item to ask next: the one not yet asked that tells most at the ability estimated so far.
 *
 * @param answers what was answered so far.
 * @returns the item, or undefined where all were asked.
 *
 * Source: Lord (1980), chapter 10, maximum information.
 */
export function nextItem(model: ItemParameters, answers: ReadonlyMap<number, number>): number | undefined {
  const { mean } = abilityOf(model, answers);
  let best: number | undefined;
  let most = -1;
  for (let j = 0; j < model.slope.length; j++) {
    if (answers.has(j)) continue;
    const information = itemInformation(model, j, mean);
    if (information > most) [best, most] = [j, information];
  }
  return best;
}

/** Items that stand for a benchmark. */
export interface Anchors {
  items: number[];
  /** As many, summing to 1: the share of all items that each stands for. */
  weights: Float64Array;
}

/**
 * Anchor items: k items that stand for clusters of items with like parameters.
 *
 * k-means (k-means++ starts, Lloyd's steps) on (slope, difficulty), each coordinate as it is; the item nearest to each centre stands
 * for its cluster. Weighted accuracy on the anchors estimates the accuracy on all items.
 *
 * @param model slope and difficulty of the items; a difficulty that is not finite is cut to ±10.
 * @param k 1 to the number of items.
 * @returns at most k anchors: where two clusters have the same nearest item, their shares are joined.
 *
 * Source: Polo et al., tinyBenchmarks, ICML 2024; k-means++: Arthur and Vassilvitskii (2007).
 */
export function anchorItems(
  model: { slope: Float64Array; difficulty: Float64Array },
  k: number,
  options: { seed: Seed; steps?: number | undefined },
): Anchors {
  const n = model.slope.length;
  if (!(Number.isInteger(k) && k >= 1 && k <= n)) throw new NotEnoughDataError(`${k} anchors of ${n} items`, k);
  const x = model.slope;
  const y = model.difficulty.map((b) => (Number.isNaN(b) ? 0 : Math.max(-10, Math.min(10, b))));
  const rng = random(split(options.seed, "anchors"));
  const centres = [rng.below(n)].map((i) => [x[i]!, y[i]!]);
  const near = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  while (centres.length < k) {
    const [cx, cy] = centres.at(-1)!;
    let total = 0;
    for (let i = 0; i < n; i++) {
      near[i] = Math.min(near[i]!, (x[i]! - cx!) ** 2 + (y[i]! - cy!) ** 2);
      total += near[i]!;
    }
    let at = rng.uniform() * total;
    let chosen = 0;
    for (; chosen < n - 1; chosen++) if ((at -= near[chosen]!) < 0) break;
    centres.push([x[chosen]!, y[chosen]!]);
  }
  const of = new Int32Array(n);
  for (let step = 0, moved = true; moved && step < (options.steps ?? 100); step++) {
    moved = false;
    const sums = centres.map(() => [0, 0, 0]);
    for (let i = 0; i < n; i++) {
      let [best, least] = [0, Number.POSITIVE_INFINITY];
      for (const [c, [cx, cy]] of centres.entries()) {
        const distance = (x[i]! - cx!) ** 2 + (y[i]! - cy!) ** 2;
        if (distance < least) [best, least] = [c, distance];
      }
      if (best !== of[i]) moved = true;
      of[i] = best;
      sums[best]![0]! += x[i]!;
      sums[best]![1]! += y[i]!;
      sums[best]![2]! += 1;
    }
    for (const [c, [sx, sy, count]] of sums.entries()) if (count! > 0) centres[c] = [sx! / count!, sy! / count!];
  }
  const weights = new Map<number, number>();
  for (const [c, [cx, cy]] of centres.entries()) {
    let [item, least, size] = [-1, Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < n; i++) {
      if (of[i] !== c) continue;
      size++;
      const distance = (x[i]! - cx!) ** 2 + (y[i]! - cy!) ** 2;
      if (distance < least) [item, least] = [i, distance];
    }
    if (item >= 0) weights.set(item, (weights.get(item) ?? 0) + size / n);
  }
  return { items: [...weights.keys()], weights: Float64Array.from(weights.values()) };
}
