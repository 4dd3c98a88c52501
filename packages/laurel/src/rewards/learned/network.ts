import { UsageError } from "../../core/index.ts";
import type { Tensor, Weights } from "../../io/safetensors.ts";

/** One layer of a network: its widths, and where its weights (out × in, row-major, then out biases) begin in the flat parameters. */
export interface MlpLayer {
  in: number;
  out: number;
  from: number;
}

/** Activations of one forward pass, which a backward pass reads. */
export interface MlpTape {
  rows: number;
  /** One array a layer, the input first: rows × width, after the ReLU. */
  layers: Float64Array[];
}

/**
 * The layers of a network of the given widths, input and output among them, and how many parameters it has.
 * @throws UsageError for fewer than two widths or a width that is no whole number above 0
 */
export function mlpLayers(sizes: readonly number[]): { layers: readonly MlpLayer[]; parameters: number } {
  if (sizes.length < 2 || sizes.some((n) => !(Number.isInteger(n) && n > 0)))
    throw new UsageError(`a network needs at least two widths above 0, not ${sizes.join(", ")}`);
  const layers = sizes.slice(1).map((out, l) => ({ in: sizes[l]!, out, from: 0 }));
  let parameters = 0;
  for (const layer of layers) {
    layer.from = parameters;
    parameters += layer.out * (layer.in + 1);
  }
  return { layers, parameters };
}

/**
 * The forward pass of a small fully connected network: h_0 = x, h_l = max(0, W_l h_{l−1} + b_l), the last layer without the ReLU.
 *
 * @param x rows × in, row-major
 * @param tape is given the activations, where a backward pass follows
 * @returns rows × out
 */
export function mlpForward(
  layers: readonly MlpLayer[],
  theta: Float64Array,
  x: Float64Array,
  tape?: MlpTape,
): Float64Array {
  const rows = x.length / layers[0]!.in;
  const kept = [x];
  let h = x;
  for (const [l, { in: width, out, from }] of layers.entries()) {
    const next = new Float64Array(rows * out);
    const bias = from + out * width;
    const last = l === layers.length - 1;
    for (let r = 0; r < rows; r++)
      for (let o = 0; o < out; o++) {
        let sum = theta[bias + o]!;
        const at = r * width;
        const w = from + o * width;
        for (let i = 0; i < width; i++) sum += theta[w + i]! * h[at + i]!;
        next[r * out + o] = last || sum > 0 ? sum : 0;
      }
    h = next;
    kept.push(h);
  }
  if (tape !== undefined) {
    tape.rows = rows;
    tape.layers = kept;
  }
  return h;
}

/** The tensors of a network in an artefact: `layers.0.weight` [out, in], `layers.0.bias` [out], and so on. */
export function mlpTensors(sizes: readonly number[]): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  for (const [l, layer] of mlpLayers(sizes).layers.entries()) {
    shapes[`layers.${l}.weight`] = [layer.out, layer.in];
    shapes[`layers.${l}.bias`] = [layer.out];
  }
  return shapes;
}

/** Flat parameters as the tensors of `mlpTensors`, rounded to float32. */
export function mlpWeights(sizes: readonly number[], theta: Float64Array): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const [l, { in: width, out, from }] of mlpLayers(sizes).layers.entries()) {
    const bias = from + out * width;
    weights.set(`layers.${l}.weight`, { shape: [out, width], values: Float32Array.from(theta.subarray(from, bias)) });
    weights.set(`layers.${l}.bias`, { shape: [out], values: Float32Array.from(theta.subarray(bias, bias + out)) });
  }
  return weights;
}

/** The tensors of `mlpTensors` as flat parameters. */
export function mlpParameters(sizes: readonly number[], weights: Weights): Float64Array {
  const { layers, parameters } = mlpLayers(sizes);
  const theta = new Float64Array(parameters);
  for (const [l, { in: width, out, from }] of layers.entries()) {
    theta.set(weights.get(`layers.${l}.weight`)!.values, from);
    theta.set(weights.get(`layers.${l}.bias`)!.values, from + out * width);
  }
  return theta;
}

/** A network over one candidate's vector, prepared from the tensors of an artefact. */
export function networkOf(sizes: readonly number[], weights: Weights): (vector: Float32Array) => Float64Array {
  const { layers } = mlpLayers(sizes);
  const theta = mlpParameters(sizes, weights);
  const input = new Float64Array(sizes[0]!);
  return (vector) => {
    input.set(vector);
    return mlpForward(layers, theta, input);
  };
}
