import { random, type Seed, split } from "laurel";
import { normals } from "./world.ts";

/** Kinds of prompts (or groups of users): each has a place in prompt space, around which its prompts lie. */
export type PromptTypeDials = {
  types: number;
  /** Length of a prompt's vector. */
  promptDim: number;
  /** Standard deviation of the types' places, 0 where prompts say nothing of their type. */
  centreSd: number;
  /** Standard deviation of a prompt around its type's place. */
  promptNoise: number;
};

/** The types of a world. */
export interface PromptTypes {
  dials: PromptTypeDials;
  /** types × promptDim. */
  centres: Float64Array;
}

/** Prompts by their types. */
export interface TypedPrompts {
  /** One a prompt. */
  type: Int32Array;
  /** prompts × promptDim. */
  vectors: Float64Array;
}

/** Draws the types' places, N(0, centreSd²) in each direction. */
export function drawPromptTypes(dials: PromptTypeDials, seed: Seed): PromptTypes {
  const rng = random(split(seed, "centres"));
  return { dials, centres: normals(rng, dials.types * dials.promptDim).map((x) => dials.centreSd * x) };
}

/**
 * Draws prompts.
 *
 * @param type of all of them; left out, each type is as likely
 */
export function drawTypedPrompts(
  { dials, centres }: PromptTypes,
  count: number,
  seed: Seed,
  type?: number,
): TypedPrompts {
  const { types, promptDim, promptNoise } = dials;
  const [pick, noise] = [random(split(seed, "types")), random(split(seed, "prompts"))];
  const of = Int32Array.from({ length: count }, () => type ?? pick.below(types));
  const vectors = Float64Array.from(
    { length: count * promptDim },
    (_, at) => centres[of[Math.floor(at / promptDim)]! * promptDim + (at % promptDim)]! + promptNoise * noise.normal(),
  );
  return { type: of, vectors };
}

/**
 * What each type asks for: non-negative weights over criteria that sum to 1, squared |N(0, 1)| before that.
 *
 * @returns types × criteria; the criteria beyond `weighed` have weight 0
 */
export function drawTypeWeights(types: number, criteria: number, weighed: number, seed: Seed): Float64Array {
  const rng = random(split(seed, "type weights"));
  const out = new Float64Array(types * criteria);
  for (let t = 0; t < types; t++) {
    const draws = normals(rng, weighed).map((x) => x * x);
    const sum = draws.reduce((all, x) => all + x, 0);
    for (let k = 0; k < weighed; k++) out[t * criteria + k] = draws[k]! / sum;
  }
  return out;
}
