import { type Random, random, type Seed, split } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { dotAt, normals, unit } from "./world.ts";

/** Tasks of human judgement that share few directions of taste, and what they are worth for a target. */
export type TaskFamilyDials = {
  /** Features of a pair's difference; the last one is its length. */
  dim: number;
  /** Directions that tastes lie in, none of them along length. */
  rank: number;
  /** Length of a task's utility w_t. */
  strength: number;
  /** How many tasks of each kind. */
  helpful: number;
  neutral: number;
  noisy: number;
  harmful: number;
  /** Share of a noisy task's labels that are flipped. */
  flips: number;
  /** Rows of a task, log-uniform between these. */
  rows: readonly [number, number];
  /** Categories of the target, and how far each lies from the target's taste, and a helpful task from its category's. */
  categories: number;
  categorySpread: number;
  helpfulSpread: number;
};

/** One task. */
export interface FamilyTask {
  name: string;
  kind: "helpful" | "neutral" | "noisy" | "harmful";
  /** a_t, of length 1, which a model that reads the task is told; of a harmful task, −a*. */
  descriptor: Float64Array;
  /** w_t, dim numbers. */
  weights: Float64Array;
  rows: number;
}

/** A family, with its target. */
export interface TaskFamily {
  dials: TaskFamilyDials;
  /** B, rank rows of dim, orthonormal. */
  basis: readonly Float64Array[];
  target: Float64Array;
  categories: readonly Float64Array[];
  tasks: readonly FamilyTask[];
}

/** Rows of pairs as differences, turned so that the preferred one comes first: n × dim. */
export type PairRows = Float32Array;

/** Draws directions, target, categories and tasks. */
export function drawTaskFamily(dials: TaskFamilyDials, seed: Seed): TaskFamily {
  const { dim, rank, strength } = dials;
  const rng = random(split(seed, "family"));
  const basis: Float64Array[] = [];
  while (basis.length < rank) {
    const row = normals(rng, dim);
    row[dim - 1] = 0;
    for (const other of basis) {
      const along = dotAt(row, 0, other);
      for (let d = 0; d < dim; d++) row[d]! -= along * other[d]!;
    }
    basis.push(unit(row));
  }
  const near = (a: Float64Array, spread: number): Float64Array =>
    unit(a.map((x) => x + (spread / Math.sqrt(rank)) * rng.normal()));
  const target = unit(normals(rng, rank));
  const categories = Array.from({ length: dials.categories }, () => near(target, dials.categorySpread));
  const inSpace = (a: Float64Array): Float64Array =>
    Float64Array.from({ length: dim }, (_, d) => basis.reduce((sum, row, k) => sum + a[k]! * row[d]!, 0));
  const kinds = (["helpful", "neutral", "noisy", "harmful"] as const).flatMap((kind) =>
    Array.from({ length: dials[kind] }, (_, i) => ({ kind, i })),
  );
  const [least, most] = dials.rows;
  const tasks = kinds.map(({ kind, i }): FamilyTask => {
    const descriptor =
      kind === "helpful"
        ? near(categories[i % categories.length]!, dials.helpfulSpread)
        : kind === "harmful"
          ? target.map((x) => -x)
          : unit(normals(rng, rank));
    const direction = inSpace(descriptor);
    if (kind === "harmful") direction[dim - 1] = 1;
    return {
      name: `${kind}-${i}`,
      kind,
      descriptor,
      weights: unit(direction).map((x) => strength * x),
      rows: Math.round(least * (most / least) ** rng.uniform()),
    };
  });
  return { dials, basis, target, categories, tasks };
}

/** B a: a taste in the space of features. */
export function familyDirection({ basis, dials }: TaskFamily, a: Float64Array): Float64Array {
  return Float64Array.from({ length: dials.dim }, (_, d) => basis.reduce((sum, row, k) => sum + a[k]! * row[d]!, 0));
}

/** n rows labelled by P(first) = σ(w·x), of which a share is flipped. */
export function drawPairRows(weights: Float64Array, n: number, flips: number, seed: Seed): PairRows {
  const rng = random(seed);
  const dim = weights.length;
  const out = new Float32Array(n * dim);
  for (let i = 0; i < n; i++) {
    const gap = fill(out, i, weights, rng);
    const first = rng.uniform() < sigmoid(gap) !== (flips > 0 && rng.uniform() < flips);
    if (!first) turn(out, i, dim);
  }
  return out;
}

/** n rows in the order of w·x, without noise. */
export function drawGoldRows(weights: Float64Array, n: number, seed: Seed): PairRows {
  const rng = random(seed);
  const out = new Float32Array(n * weights.length);
  for (let i = 0; i < n; i++) if (fill(out, i, weights, rng) < 0) turn(out, i, weights.length);
  return out;
}

function fill(out: Float32Array, row: number, weights: Float64Array, rng: Random): number {
  let gap = 0;
  for (let d = 0; d < weights.length; d++) {
    const x = rng.normal();
    out[row * weights.length + d] = x;
    gap += x * weights[d]!;
  }
  return gap;
}

function turn(out: Float32Array, row: number, dim: number): void {
  for (let d = row * dim; d < (row + 1) * dim; d++) out[d] = -out[d]!;
}
