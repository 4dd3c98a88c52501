import { UsageError } from "laurel";
import { midRanks, varianceOf } from "laurel/stats";

/** How objectives are freed of a nuisance. */
export interface Debiasing {
  /** K × K, row-major: r′ = r T. The identity, with −λ_k in the nuisance's row. */
  transform: Float64Array;
  /** λ_k; 1 for the nuisance itself, which becomes 0, and where no λ of the grid is enough. */
  lambda: Float64Array;
  /** Spearman's correlation of r_k and of r_k − λ_k r_nuisance with the nuisance, on the reference set. */
  before: Float64Array;
  after: Float64Array;
  /** What a reader should know: constant objectives, and those that no λ frees. */
  warnings: readonly string[];
}

/** The λ that ArmoRM's script tries. */
const debiasGrid: readonly number[] = [
  0, 0.01, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8,
  0.85, 0.9, 0.95,
];

/**
 * Takes a nuisance such as verbosity out of objectives.
 *
 * λ_k is the least of the grid with Spearman(r_k − λ_k r_nuisance, r_nuisance) ≤ maxCorrelation on a reference set; r′ = r T.
 *
 * Find T on a set of its own, not on the pairs that are then judged. λ = 1 for the nuisance makes it 0 also where a prompt asks for it.
 *
 * @param rewards n × K objectives of the reference set, row-major
 * @param options `against`, the nuisance's name; `maxCorrelation`, default 0.03; `grid` of λ, rising
 * @throws UsageError where `against` names no objective
 * Source: ArmoRM (2024), stage 2.
 * @example debias(objectivesOf(model, reference), model.names, { against: "verbosity" }).transform
 */
export function debias(
  rewards: Float64Array,
  names: readonly string[],
  options: { against: string; maxCorrelation?: number | undefined; grid?: readonly number[] | undefined },
): Debiasing {
  const { against, maxCorrelation = 0.03, grid = debiasGrid } = options;
  const nuisance = names.indexOf(against);
  if (nuisance < 0) throw new UsageError(`there is no objective "${against}"`, `there are ${names.join(", ")}`);
  const count = names.length;
  const n = rewards.length / count;
  const column = (k: number): Float64Array => Float64Array.from({ length: n }, (_, i) => rewards[i * count + k]!);
  const bad = column(nuisance);
  const ranks = centredRanks(bad);
  const lambda = new Float64Array(count).fill(1);
  const [before, after] = [new Float64Array(count), new Float64Array(count)];
  const warnings: string[] = [];
  if (!(varianceOf(bad) > 0)) {
    warnings.push(`${against} is constant on the reference set: nothing is taken out`);
    lambda.fill(0);
  }
  for (let k = 0; k < count; k++) {
    if (k === nuisance || !(varianceOf(bad) > 0)) continue;
    const own = column(k);
    if (!(varianceOf(own) > 0)) {
      warnings.push(`${names[k]} is constant on the reference set: its search is skipped`);
      lambda[k] = 0;
      continue;
    }
    const at = (l: number): number => correlation(centredRanks(own.map((r, i) => r - l * bad[i]!)), ranks);
    before[k] = at(0);
    const found = grid.find((l) => at(l) <= maxCorrelation);
    if (found === undefined) warnings.push(`no λ of the grid frees ${names[k]} of ${against}: λ is 1`);
    else lambda[k] = found;
    after[k] = at(lambda[k]!);
  }
  const transform = new Float64Array(count * count);
  for (let k = 0; k < count; k++) {
    transform[k * count + k] = 1;
    transform[nuisance * count + k]! -= lambda[k]!;
  }
  return { transform, lambda, before, after, warnings };
}

/** r T of rows, n × K. */
export function transformed(rewards: Float64Array, transform: Float64Array): Float64Array {
  const count = Math.sqrt(transform.length);
  const out = new Float64Array(rewards.length);
  for (let at = 0; at < out.length; at++) {
    const [from, k] = [at - (at % count), at % count];
    for (let j = 0; j < count; j++) out[at]! += rewards[from + j]! * transform[j * count + k]!;
  }
  return out;
}

function centredRanks(values: Float64Array): Float64Array {
  const ranks = midRanks(values);
  const mean = (ranks.length + 1) / 2;
  return ranks.map((r) => r - mean);
}

function correlation(x: Float64Array, y: Float64Array): number {
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += x[i]! * y[i]!;
    xx += x[i]! ** 2;
    yy += y[i]! ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}
