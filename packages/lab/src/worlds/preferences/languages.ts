import { type Random, random, type Seed, split } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { solveSymmetric } from "../../train/pair-logistic.ts";
import { dotAt } from "./world.ts";

/** How a meaning becomes a text in another language. */
export type LanguageDials = {
  /** Languages, the first being the reference, in which a text is its meaning. */
  languages: number;
  dim: number;
  /** δ: how much of a meaning each language turns by its own rotation. */
  turn: number;
  /** σ of a translation: noise of 3σ/√16 in each of the text's components. */
  noise: number;
};

/** Languages with their rotations, and a gold utility u of meanings, ‖u‖ = 1. */
export interface Languages {
  dim: number;
  turn: number;
  utility: Float64Array;
  /** dim × dim, row-major, one a language; the reference has none. */
  rotations: readonly (Float64Array | undefined)[];
}

/** Draws rotations and the utility. */
export function drawLanguages(dials: LanguageDials, seed: Seed): Languages {
  const rng = random(split(seed, "utility"));
  const drawn = Float64Array.from({ length: dials.dim }, () => rng.normal());
  const size = Math.sqrt(dotAt(drawn, 0, drawn));
  return {
    dim: dials.dim,
    turn: dials.turn,
    utility: drawn.map((x) => x / size),
    rotations: Array.from({ length: dials.languages }, (_, l) =>
      l === 0 ? undefined : rotation(dials.dim, random(split(split(seed, "rotations"), l))),
    ),
  };
}

/** A random rotation: Gram and Schmidt's process on Gaussian rows. */
function rotation(dim: number, rng: Random): Float64Array {
  const q = new Float64Array(dim * dim);
  for (let r = 0; r < dim; r++) {
    const row = q.subarray(r * dim, (r + 1) * dim);
    for (let d = 0; d < dim; d++) row[d] = rng.normal();
    for (let before = 0; before < r; before++) {
      const other = q.subarray(before * dim, (before + 1) * dim);
      const along = dotAt(row, 0, other);
      for (let d = 0; d < dim; d++) row[d]! -= along * other[d]!;
    }
    const size = Math.sqrt(dotAt(row, 0, row));
    for (let d = 0; d < dim; d++) row[d]! /= size;
  }
  return q;
}

/**
 * A text of a meaning in a language: x = (1 − δ) z + δ Q z + 3σ/√16 · ε; in the reference x = z.
 *
 * @param noise ε, dim standard normals
 */
export function translated(
  world: Languages,
  meaning: Float64Array,
  language: number,
  sigma: number,
  noise: Float64Array,
): Float64Array {
  const q = world.rotations[language];
  if (q === undefined) return meaning;
  const { dim, turn } = world;
  const scale = (3 * sigma) / Math.sqrt(16);
  return meaning.map((z, d) => (1 - turn) * z + turn * dotAt(q, d * dim, meaning) + scale * noise[d]!);
}

/** Differences of two texts (better less worse) with their language. */
export interface LanguagePairs {
  /** pairs × dim, row-major. */
  differences: Float64Array;
  language: Int32Array;
}

/** A reward with a shared head and one head a language: r = (w + w_ℓ)·x. */
export interface LanguageHeads {
  shared: Float64Array;
  own: readonly Float64Array[];
}

/**
 * Fits shared and own heads by Newton's method from 0: mean log loss + ½ l2 ‖all weights‖².
 *
 * A language's own head meets only its own pairs, so that the Hessian is an arrow, and each step is solved exactly by its Schur complement.
 */
export function fitLanguageHeads(
  pairs: LanguagePairs,
  o: { languages: number; dim: number; l2: number; steps: number },
): LanguageHeads {
  const { languages, dim, l2, steps } = o;
  const n = pairs.language.length;
  const shared = new Float64Array(dim);
  const own = Array.from({ length: languages }, () => new Float64Array(dim));
  for (let step = 0; step < steps; step++) {
    const gradient = own.map(() => new Float64Array(dim));
    const curvature = own.map(() => new Float64Array(dim * dim));
    for (let i = 0; i < n; i++) {
      const l = pairs.language[i]!;
      const x = pairs.differences.subarray(i * dim, (i + 1) * dim);
      const p = sigmoid(-(dotAt(x, 0, shared) + dotAt(x, 0, own[l]!)));
      const [g, a] = [gradient[l]!, curvature[l]!];
      for (let d = 0; d < dim; d++) {
        g[d]! -= (p * x[d]!) / n;
        for (let e = 0; e < dim; e++) a[d * dim + e]! += (p * (1 - p) * x[d]! * x[e]!) / n;
      }
    }
    const schur = new Float64Array(dim * dim);
    const right = shared.map((w) => l2 * w);
    for (let d = 0; d < dim; d++) schur[d * dim + d] = l2;
    const solved = own.map((w, l) => {
      const [g, a] = [gradient[l]!, curvature[l]!];
      const ridge = a.map((x, k) => x + (k % (dim + 1) === 0 ? l2 : 0));
      const full = g.map((x, d) => x + l2 * w[d]!);
      const alone = solveSymmetric(ridge, full);
      // columns of (A + l2·I)⁻¹ A
      const columns = Array.from({ length: dim }, (_, d) => solveSymmetric(ridge, a.slice(d * dim, (d + 1) * dim)));
      for (let d = 0; d < dim; d++) {
        right[d]! += g[d]! - dotAt(a, d * dim, alone);
        for (let e = 0; e < dim; e++) schur[d * dim + e]! += a[d * dim + e]! - dotAt(a, d * dim, columns[e]!);
      }
      return { alone, columns };
    });
    const moved = solveSymmetric(schur, right);
    for (let d = 0; d < dim; d++) shared[d]! -= moved[d]!;
    for (const [l, { alone, columns }] of solved.entries())
      for (let d = 0; d < dim; d++) {
        let back = 0;
        for (let e = 0; e < dim; e++) back += columns[e]![d]! * moved[e]!;
        own[l]![d]! -= alone[d]! - back;
      }
  }
  return { shared, own };
}
