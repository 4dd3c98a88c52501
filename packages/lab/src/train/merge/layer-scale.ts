import { UsageError } from "laurel";
import type { Weights } from "laurel/io";
import { mapTensors } from "./names.ts";

/** Which block a tensor belongs to, from 0 at the input; undefined outside the blocks. */
export type BlockOf = (name: string) => number | undefined;

/** Options of `layerScale`. */
export interface LayerScaleOptions {
  /** The factor of the shallowest block, and of what lies outside the blocks. */
  alpha: number;
  /** What the deepest block has more. */
  beta: number;
  /** Default: the numbered list of modules with the most blocks, see `blocksOf`. */
  blockOf?: BlockOf | undefined;
  /** How many blocks there are; default the greatest number of one plus 1. */
  blocks?: number | undefined;
  /** "linear" (default) grows with depth, "reverse" falls, "constant" is `alpha` throughout. */
  shape?: "linear" | "reverse" | "constant" | undefined;
  /** The factor of tensors outside the blocks; default `alpha`. */
  outside?: number | undefined;
}

/**
 * The blocks of a model by its tensors' names: the one list of numbered modules (`encoder.layers.7.mlp.weight` is block 7 of
 * `encoder.layers`) that has the most members. Numbers of other lists, such as `head.0.weight`, are no blocks.
 *
 * @param list the list's name, where it must be told
 * @throws UsageError where two lists have the same number of blocks, or there is no such list
 */
export function blocksOf(names: Iterable<string>, list?: string): { blockOf: BlockOf; blocks: number; list: string } {
  const lists = new Map<string, Set<number>>();
  const place = (name: string): [string, number] | undefined => {
    const parts = name.split(".");
    const at = parts.findIndex((part) => /^\d{1,6}$/.test(part));
    return at < 0 ? undefined : [parts.slice(0, at).join("."), Number(parts[at])];
  };
  for (const name of names) {
    const found = place(name);
    if (found !== undefined) lists.set(found[0], (lists.get(found[0]) ?? new Set<number>()).add(found[1]));
  }
  const sorted = [...lists].sort((a, b) => b[1].size - a[1].size);
  const known = sorted.map(([own, members]) => `${own} (${members.size})`).join(", ");
  let chosen = sorted[0];
  if (list !== undefined) chosen = sorted.find(([own]) => own === list);
  else if (sorted.length > 1 && sorted[1]![1].size === sorted[0]![1].size)
    throw new UsageError(`which list holds the blocks? ${known}`, "name one of them");
  if (chosen === undefined)
    throw new UsageError(
      list === undefined ? "no tensor's name has a number, so that there are no blocks" : `there is no list ${list}`,
      known === "" ? "the shape 'constant' scales all tensors alike" : `there is ${known}`,
    );
  const [own, members] = chosen;
  return {
    list: own,
    blocks: Math.max(...members) + 1,
    blockOf: (name) => {
      const found = place(name);
      return found?.[0] === own ? found[1] : undefined;
    },
  };
}

/**
 * The factor of each tensor.
 *
 *     linear: λ_ℓ = α + β ℓ/(L − 1);  reverse: λ_ℓ = α + β (L − 1 − ℓ)/(L − 1);  constant: α;  outside the blocks: α
 *
 * @throws UsageError for one block only (unless constant), or a block outside [0, blocks)
 */
export function layerFactors(names: Iterable<string>, options: LayerScaleOptions): (name: string) => number {
  const { alpha, beta, shape = "linear", outside = alpha } = options;
  if (!Number.isFinite(alpha) || !Number.isFinite(beta)) throw new UsageError("alpha and beta must be finite");
  if (shape === "constant") return () => alpha;
  const list = [...names];
  const found = options.blockOf === undefined ? blocksOf(list) : undefined;
  const blockOf = options.blockOf ?? found!.blockOf;
  const places = list.flatMap((name) => blockOf(name) ?? []);
  const blocks = options.blocks ?? found?.blocks ?? Math.max(-1, ...places) + 1;
  if (blocks < 2)
    throw new UsageError(
      `there ${blocks === 1 ? "is one block only" : "are no blocks"}, so that a factor cannot grow with depth`,
      'use the shape "constant"',
    );
  for (const place of places)
    if (!(Number.isInteger(place) && place >= 0 && place < blocks))
      throw new UsageError(`a tensor is in block ${place}, of ${blocks}`);
  return (name) => {
    const place = blockOf(name);
    if (place === undefined) return outside;
    return alpha + beta * ((shape === "linear" ? place : blocks - 1 - place) / (blocks - 1));
  };
}

/**
 * LiNeS: scales what fine-tuning changed by depth, so that shallow blocks return towards the base and deep ones keep the new skill.
 *
 * @param delta a task vector, of one task or merged
 * @returns λ_ℓ τ_ℓ for every tensor; a factor of 1 keeps its bits
 * @throws UsageError as `layerFactors`
 * Source: Wang et al. (2025), LiNeS, and `LiNeS_scaling` of the released code.
 * @example applyDelta(base, layerScale(taskVector(base, tuned), { alpha: 0.3, beta: 0.7 }))
 */
export function layerScale(delta: Weights, options: LayerScaleOptions): Weights {
  const factor = layerFactors(delta.keys(), options);
  return mapTensors(delta, (values, name) => {
    const own = factor(name);
    return values.map((value) => own * value);
  });
}
