import { random, type Seed, split } from "laurel";
import { type GateShape, gateSizes, groupShares, mlpWeights } from "laurel/rewards/learned";
import { type Mlp, type MlpTape, mlp, mlpTape } from "./mlp.ts";

/** Numbers in rows, as an artefact holds them. */
export type TensorMap = Map<string, { shape: readonly number[]; values: Float32Array }>;

/** What a gate's forward pass leaves for its backward pass. */
export interface GateTape {
  network: MlpTape;
  /** rows × outputs: the softmax before the scale. */
  shares: Float64Array;
}

/** The trainable form of laurel's learned gate: g = s · softmax(f(x)/T) by group. The last parameter is s. */
export interface GateNetwork {
  shape: GateShape;
  parameters: number;
  /** Outputs of all groups. */
  width: number;
  start(seed: Seed): Float64Array;
  /** rows × prompt to rows × outputs; a static gate reads only how many rows there are. */
  forward(theta: Float64Array, prompts: Float64Array, rows: number, tape?: GateTape): Float64Array;
  /**
   * Adds ∂loss/∂θ to `gradient`, given ∂loss/∂g, rows × outputs, and where a loss looks at the softmax before the scale, ∂loss/∂share.
   */
  backward(
    theta: Float64Array,
    tape: GateTape,
    slopes: Float64Array,
    gradient: Float64Array,
    shares?: Float64Array,
  ): void;
  /** The tensors of an artefact, each under the prefix. */
  tensors(theta: Float64Array, prefix: string): TensorMap;
}

/** An empty tape. */
export function gateTape(): GateTape {
  return { network: mlpTape(), shares: new Float64Array() };
}

/**
 * A gate that can be trained. A static gate's logits start at 0, a network's as `mlp` starts.
 *
 * @param scale where s starts, default 1
 * @param learnScale false keeps s where it starts (MiCRo's router has none), default true
 */
export function gateNetwork(
  shape: GateShape,
  options: { scale?: number | undefined; learnScale?: boolean | undefined } = {},
): GateNetwork {
  const { scale = 1, learnScale = true } = options;
  const sizes = gateSizes(shape);
  const width = sizes.at(-1)!;
  const network: Mlp | undefined = shape.form === "prompt" ? mlp(sizes) : undefined;
  const own = network?.parameters ?? width;
  return {
    shape,
    parameters: own + 1,
    width,
    start(seed) {
      const theta = new Float64Array(own + 1);
      if (network !== undefined) theta.set(network.start(seed));
      theta[own] = scale;
      return theta;
    },
    forward(theta, prompts, rows, tape) {
      const logits =
        network === undefined
          ? Float64Array.from({ length: rows * width }, (_, at) => theta[at % width]!)
          : network.forward(theta.subarray(0, own), prompts, tape?.network);
      const shares = groupShares(logits, shape.groups, shape.temperature);
      if (tape !== undefined) tape.shares = shares;
      const s = theta[own]!;
      return shares.map((p) => s * p);
    },
    backward(theta, { network: tape, shares: p }, slopes, gradient, onShares) {
      const s = theta[own]!;
      const down = new Float64Array(p.length);
      for (let row = 0; row < p.length; row += width) {
        let from = row;
        for (const size of shape.groups) {
          let mean = 0;
          for (let i = from; i < from + size; i++) {
            if (learnScale) gradient[own]! += slopes[i]! * p[i]!;
            down[i] = s * slopes[i]! + (onShares?.[i] ?? 0);
            mean += down[i]! * p[i]!;
          }
          for (let i = from; i < from + size; i++) down[i] = (p[i]! * (down[i]! - mean)) / shape.temperature;
          from += size;
        }
      }
      if (network !== undefined) network.backward(theta.subarray(0, own), tape, down, gradient, false);
      else for (let at = 0; at < down.length; at++) gradient[at % width]! += down[at]!;
    },
    tensors(theta, prefix) {
      const net = theta.subarray(0, own);
      const made: TensorMap =
        network === undefined
          ? new Map([["logits", { shape: [width], values: Float32Array.from(net) }]])
          : mlpWeights(sizes, net);
      made.set("scale", { shape: [1], values: Float32Array.of(theta[own]!) });
      return new Map([...made].map(([name, tensor]) => [prefix + name, tensor]));
    },
  };
}

/** Row indices of random batches, for fits that draw with replacement. */
export function batches(rows: number, size: number, seed: Seed): () => Int32Array {
  const rng = random(split(seed, "batches"));
  const n = Math.min(size, rows);
  return () => Int32Array.from({ length: n }, (_, b) => (n === rows ? b : rng.below(rows)));
}

/** The listed rows of a row-major list. */
export function takeRows(values: Float64Array, width: number, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length * width);
  for (let b = 0; b < rows.length; b++) out.set(values.subarray(rows[b]! * width, (rows[b]! + 1) * width), b * width);
  return out;
}
