import { type Random, random, type Seed, split, UsageError } from "laurel";
import type { PreferenceDials, UtilityLaw } from "./dials.ts";

/** What raters like: fixed for a world, shared by all of its responses. */
export interface Taste {
  dials: PreferenceDials;
  /** w_i: one list of dim weights a property. */
  weights: readonly Float64Array[];
  /** v_i of the curvature. */
  curves: readonly Float64Array[];
  /** The direction that spurious features follow, of length 1. */
  spuriousDirection: Float64Array;
  /** M of the cycle, 2 × dim. */
  cycle: Float64Array;
}

/** Responses: `prompts` groups of `candidates`; response (p, k) is item p · candidates + k of every list. */
export interface Responses {
  prompts: number;
  candidates: number;
  dim: number;
  /** items × dim. */
  features: Float64Array;
  /** h, all 0 without the style dial. */
  style: Float64Array;
  /** 1 where the response is an exploit. */
  exploit: Uint8Array;
  /** items × spurious dim. */
  spurious: Float64Array;
  /** u_i, one list of items a property. */
  gold: readonly Float64Array[];
}

/** Draws a world's taste. */
export function drawTaste(dials: PreferenceDials, seed: Seed): Taste {
  const { dim, properties = 1, shared = 0 } = dials;
  if (!(shared >= 0 && shared < 1)) throw new UsageError(`shared must lie in [0, 1), not ${shared}`);
  if (dials.style !== undefined && dials.style.length !== properties)
    throw new UsageError(`${dials.style.length} styles for ${properties} properties`);
  const rng = random(split(seed, "taste"));
  const law = "norm" in dials.utility ? (dials.utility.law ?? "normal") : "normal";
  const common = entries(rng, dim, law);
  const weights = Array.from({ length: properties }, () => {
    const own = entries(rng, dim, law);
    return scaled(
      own.map((x, i) => Math.sqrt(1 - shared) * x + Math.sqrt(shared) * common[i]!),
      dials.utility,
    );
  });
  const curves = dials.curvature === undefined ? [] : weights.map(() => normals(rng, dim));
  const spuriousDirection = dials.spurious === undefined ? new Float64Array() : unit(normals(rng, dials.spurious.dim));
  const cycle = dials.cycle === undefined ? new Float64Array() : normals(rng, 2 * dim).map((x) => x / Math.sqrt(dim));
  return { dials, weights, curves, spuriousDirection, cycle };
}

/**
 * Draws responses of a world.
 *
 * @param shape `prompts` groups of `candidates`; `shift` scales features and style, as when a policy has left the data
 *   (default 1); `exploits`: false draws none, as in preference data (default true)
 */
export function drawResponses(
  taste: Taste,
  shape: { prompts: number; candidates: number; shift?: number | undefined; exploits?: boolean | undefined },
  seed: Seed,
): Responses {
  const { dials } = taste;
  const { prompts, candidates, shift = 1 } = shape;
  const n = prompts * candidates;
  const { dim } = dials;
  const rng = random(split(seed, "features"));
  const sd = shift * (dials.featureSd ?? 1);
  const features = Float64Array.from({ length: n * dim }, () => sd * rng.normal());
  const style = new Float64Array(n);
  if (dials.style !== undefined) {
    const styles = random(split(seed, "style"));
    for (let i = 0; i < n; i++) style[i] = shift * styles.exponential();
  }
  const exploit = new Uint8Array(n);
  if (dials.exploits !== undefined && shape.exploits !== false) {
    const exploits = random(split(seed, "exploits"));
    for (let i = 0; i < n; i++) exploit[i] = exploits.uniform() < dials.exploits.share ? 1 : 0;
  }
  const gold = taste.weights.map((_, property) => goldOf(taste, property, features, style, exploit));
  return { prompts, candidates, dim, features, style, exploit, spurious: spuriousOf(taste, gold[0]!, seed), gold };
}

/** The gold utility of items in one property, from their features (items × dim), styles and exploits. */
export function goldOf(
  taste: Taste,
  property: number,
  features: Float64Array,
  style: Float64Array,
  exploit: Uint8Array,
): Float64Array {
  const { dim, curvature, style: styles, exploits } = taste.dials;
  const weights = taste.weights[property]!;
  const gold = new Float64Array(style.length);
  for (let i = 0; i < gold.length; i++) {
    let value = dotAt(features, i * dim, weights);
    if (curvature !== undefined)
      value += curvature.amplitude * Math.sin(curvature.frequency * dotAt(features, i * dim, taste.curves[property]!));
    const liking = styles?.[property];
    if (liking !== undefined) value += style[i]! * (liking.linear + liking.quadratic * style[i]!);
    gold[i] = exploits === undefined ? value : value - exploits.goldDrop * exploit[i]!;
  }
  return gold;
}

function spuriousOf(taste: Taste, gold: Float64Array, seed: Seed): Float64Array {
  const { spurious } = taste.dials;
  if (spurious === undefined) return new Float64Array();
  const rng = random(split(seed, "spurious"));
  const length = norm(taste.weights[0]!);
  return Float64Array.from(
    { length: gold.length * spurious.dim },
    (_, at) =>
      rng.normal() +
      spurious.strength * (gold[Math.floor(at / spurious.dim)]! / length) * taste.spuriousDirection[at % spurious.dim]!,
  );
}

/**
 * The logit by which raters prefer response i to response j in one property: u_i − u_j, plus the cycle's part, which is skew
 * (its sign turns with the order) and sums to nothing that a score could hold.
 */
export function preferenceGap(taste: Taste, responses: Responses, i: number, j: number, property = 0): number {
  const gold = responses.gold[property]!;
  const gap = gold[i]! - gold[j]!;
  const { cycle, dim } = taste.dials;
  if (cycle === undefined) return gap;
  const map = (row: number, item: number): number =>
    dotAt(responses.features, item * dim, taste.cycle.subarray(row * dim, (row + 1) * dim));
  return gap + cycle.weight * (map(0, i) * map(1, j) - map(1, i) * map(0, j));
}

/** Σ_d a[from + d] · b[d]. */
export function dotAt(a: Float64Array, from: number, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < b.length; d++) sum += a[from + d]! * b[d]!;
  return sum;
}

/** n standard normal numbers. */
export function normals(rng: Random, n: number): Float64Array {
  return Float64Array.from({ length: n }, () => rng.normal());
}

function entries(rng: Random, n: number, law: UtilityLaw): Float64Array {
  if (law === "uniform") return Float64Array.from({ length: n }, () => 0.5 + rng.uniform());
  const drawn = normals(rng, n);
  if (law === "normal") return drawn;
  return drawn.map((x) => Math.abs(x) + (law === "half-normal" ? 0 : 0.3));
}

/** The Euclidean length of a vector. */
export function norm(vector: Float64Array): number {
  return Math.sqrt(dotAt(vector, 0, vector));
}

/** A vector of length 1 in the same direction. */
export function unit(vector: Float64Array): Float64Array {
  const length = norm(vector);
  return vector.map((x) => x / length);
}

function scaled(vector: Float64Array, law: PreferenceDials["utility"]): Float64Array {
  if ("sd" in law) return vector.map((x) => law.sd * x);
  return unit(vector).map((x) => law.norm * x);
}
