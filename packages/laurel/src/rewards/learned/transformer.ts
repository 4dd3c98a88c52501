import { UsageError } from "../../core/index.ts";
import type { Tensor, Weights } from "../../io/safetensors.ts";
import type { Head } from "./head.ts";

/** A small causal transformer over token numbers. */
export interface TransformerShape {
  /** Tokens that it reads at most: the width of its features. */
  dim: number;
  /** Token numbers are below this; 0 is padding. */
  vocabulary: number;
  width: number;
  blocks: number;
  heads: number;
  /** Units of a block's feed-forward layer. */
  hidden: number;
}

/** A transformer as a head: with `verdict`, the two tokens whose log-odds are the value; without, a scalar output. */
export interface TransformerConfig extends TransformerShape {
  verdict?: [better: number, worse: number] | undefined;
}

/** The tensors of a transformer with their shapes, in the order of its flat parameters. Matrices are in × out. */
export function transformerTensors(
  { dim, vocabulary, width, blocks, heads, hidden }: TransformerShape,
  outputs: number,
): Record<string, readonly number[]> {
  if (width % heads !== 0) throw new UsageError(`a width of ${width} does not part into ${heads} attention heads`);
  const shapes: Record<string, readonly number[]> = {
    "tokens.weight": [vocabulary, width],
    "positions.weight": [dim, width],
  };
  for (let b = 0; b < blocks; b++) {
    shapes[`blocks.${b}.attention.norm`] = [width];
    shapes[`blocks.${b}.attention.in`] = [width, 3 * width];
    shapes[`blocks.${b}.attention.out`] = [width, width];
    shapes[`blocks.${b}.feed.norm`] = [width];
    shapes[`blocks.${b}.feed.in`] = [width, hidden];
    shapes[`blocks.${b}.feed.out`] = [hidden, width];
  }
  shapes["norm"] = [width];
  shapes["head.weight"] = [width, outputs];
  shapes["head.bias"] = [outputs];
  return shapes;
}

/** Flat parameters as tensors. */
export function transformerWeights(
  shape: TransformerShape,
  outputs: number,
  theta: Float32Array | Float64Array,
): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  let from = 0;
  for (const [name, own] of Object.entries(transformerTensors(shape, outputs))) {
    const size = own.reduce((a, b) => a * b, 1);
    weights.set(name, { shape: own, values: Float32Array.from(theta.subarray(from, from + size)) });
    from += size;
  }
  return weights;
}

/** Added to the mean square in every norm. */
export const NORM_EPSILON = 1e-5;

/**
 * The forward pass of a small transformer over one text, in plain typed arrays: its outputs at the last token.
 *
 *     x = E[token] + P[position]
 *     x += attention(norm(x)) W_out, causal softmax(q·k/√d) v;  x += silu(norm(x) W_in) W_out;  norm(x) = g x / √(mean x² + 1e-5)
 *     outputs = norm(x_last) W + b
 *
 * @param tokens numbers, zeros after the last; a text without tokens is a single 0
 * @returns outputs numbers
 */
export function transformerForward(
  shape: TransformerShape,
  outputs: number,
  weights: Weights,
  tokens: ArrayLike<number>,
): Float64Array {
  const { width, blocks, heads, hidden } = shape;
  const of = (name: string): Float32Array => weights.get(name)!.values;
  const length = textLength(tokens);
  const x = new Float64Array(length * width);
  const [embed, positions] = [of("tokens.weight"), of("positions.weight")];
  for (let t = 0; t < length; t++)
    for (let d = 0; d < width; d++) x[t * width + d] = embed[tokens[t]! * width + d]! + positions[t * width + d]!;
  const each = width / heads;
  for (let b = 0; b < blocks; b++) {
    const own = (name: string): Float32Array => of(`blocks.${b}.${name}`);
    const qkv = times(normed(x, own("attention.norm"), width), own("attention.in"), width, 3 * width);
    const mixed = new Float64Array(length * width);
    const share = new Float64Array(length);
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < length; t++) {
        const query = t * 3 * width + h * each;
        let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
        for (let s = 0; s <= t; s++) {
          const key = s * 3 * width + width + h * each;
          let dot = 0;
          for (let d = 0; d < each; d++) dot += qkv[query + d]! * qkv[key + d]!;
          share[s] = dot / Math.sqrt(each);
          if (share[s]! > most) most = share[s]!;
        }
        for (let s = 0; s <= t; s++) sum += share[s] = Math.exp(share[s]! - most);
        for (let s = 0; s <= t; s++) {
          const value = s * 3 * width + 2 * width + h * each;
          const by = share[s]! / sum;
          for (let d = 0; d < each; d++) mixed[t * width + h * each + d]! += by * qkv[value + d]!;
        }
      }
    addTo(x, times(mixed, own("attention.out"), width, width));
    const inner = times(normed(x, own("feed.norm"), width), own("feed.in"), width, hidden);
    for (let i = 0; i < inner.length; i++) inner[i]! /= 1 + Math.exp(-inner[i]!);
    addTo(x, times(inner, own("feed.out"), hidden, width));
  }
  const last = normed(x.subarray((length - 1) * width), of("norm"), width);
  const out = times(last, of("head.weight"), width, outputs);
  addTo(out, of("head.bias"));
  return out;
}

/** Tokens up to the last that is no padding, at least one. */
export function textLength(tokens: ArrayLike<number>): number {
  let length = tokens.length;
  while (length > 1 && tokens[length - 1] === 0) length--;
  return length;
}

function normed(x: Float64Array, gain: Float32Array, width: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let from = 0; from < x.length; from += width) {
    let squares = 0;
    for (let d = 0; d < width; d++) squares += x[from + d]! ** 2;
    const by = 1 / Math.sqrt(squares / width + NORM_EPSILON);
    for (let d = 0; d < width; d++) out[from + d] = gain[d]! * x[from + d]! * by;
  }
  return out;
}

/** rows × from times from × to. */
function times(x: Float64Array, matrix: Float32Array, from: number, to: number): Float64Array {
  const rows = x.length / from;
  const out = new Float64Array(rows * to);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < from; i++) {
      const own = x[r * from + i]!;
      for (let j = 0; j < to; j++) out[r * to + j]! += own * matrix[i * to + j]!;
    }
  return out;
}

function addTo(x: Float64Array, more: ArrayLike<number>): void {
  for (let i = 0; i < x.length; i++) x[i]! += more[i]!;
}

/**
 * A small transformer that reads the text itself, as token numbers: trained in the laboratory (`@laurel/lab/nets`), scored here in plain
 * typed arrays.
 */
export const transformerHead: Head<TransformerConfig> = {
  summary: "a small transformer that reads the text as tokens (--features tokens:512x64)",
  config: (z) => {
    const whole = z.int().positive();
    return z
      .strictObject({
        dim: whole,
        vocabulary: whole,
        width: whole,
        blocks: whole,
        heads: whole,
        hidden: whole,
        verdict: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).optional(),
      })
      .refine(({ width, heads }) => width % heads === 0, "width must be a multiple of heads")
      .refine(
        ({ verdict = [0, 0], vocabulary }) => verdict.every((token) => token < vocabulary),
        "verdict names tokens below vocabulary",
      );
  },
  inputs: ({ dim }) => ({ candidate: dim }),
  tensors: (config) => transformerTensors(config, config.verdict === undefined ? 1 : config.vocabulary),
  score(weights, config) {
    const { verdict, vocabulary } = config;
    const outputs = verdict === undefined ? 1 : vocabulary;
    return ({ candidate }) => {
      const out = transformerForward(config, outputs, weights, candidate);
      return { value: verdict === undefined ? out[0]! : out[verdict[0]]! - out[verdict[1]]! };
    };
  },
};
