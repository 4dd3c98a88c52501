import { random, type Seed } from "laurel";
import { type MlpTape, mlpForward, mlpLayers } from "laurel/rewards/learned";

export type { MlpTape } from "laurel/rewards/learned";

/**
 * A small fully connected network: h_0 = x, h_l = max(0, W_l h_{l−1} + b_l), the last layer without the ReLU. Its parameters are one flat
 * list, layer by layer, W (out × in, row-major) and then b, so that any optimiser of this folder moves them. Its forward pass is the one
 * that a finished artefact scores with.
 */
export interface Mlp {
  sizes: readonly number[];
  /** How many parameters there are. */
  parameters: number;
  /** He's start: W ~ N(0, 2/in), b = 0; the last layer's W ~ N(0, 1/in). */
  start(seed: Seed): Float64Array;
  /** rows × in to rows × out. The tape is needed for `backward`. */
  forward(theta: Float64Array, x: Float64Array, tape?: MlpTape): Float64Array;
  /**
   * Adds ∂loss/∂θ to `gradient`, given ∂loss/∂output, rows × out.
   *
   * @param input also ∂loss/∂x, rows × in, which is returned (default true); without it an empty list is
   */
  backward(
    theta: Float64Array,
    tape: MlpTape,
    slopes: Float64Array,
    gradient: Float64Array,
    input?: boolean,
  ): Float64Array;
}

/**
 * A network of the given widths, input and output among them.
 *
 * @throws UsageError for fewer than two widths or a width that is no whole number above 0
 * @example const net = mlp([36, 64, 1]); const theta = net.start(seed); net.forward(theta, features);
 */
export function mlp(sizes: readonly number[]): Mlp {
  const { layers, parameters } = mlpLayers(sizes);
  return {
    sizes,
    parameters,
    start(seed) {
      const rng = random(seed);
      const theta = new Float64Array(parameters);
      for (const [l, layer] of layers.entries()) {
        const sd = Math.sqrt((l === layers.length - 1 ? 1 : 2) / layer.in);
        for (let i = layer.from; i < layer.from + layer.out * layer.in; i++) theta[i] = sd * rng.normal();
      }
      return theta;
    },
    forward: (theta, x, tape) => mlpForward(layers, theta, x, tape),
    backward(theta, tape, slopes, gradient, input = true) {
      const { rows } = tape;
      let delta = slopes;
      for (let l = layers.length - 1; l >= 0; l--) {
        const { in: width, out, from } = layers[l]!;
        const h = tape.layers[l]!;
        const bias = from + out * width;
        const lower = l > 0 || input;
        const down = new Float64Array(lower ? rows * width : 0);
        for (let r = 0; r < rows; r++)
          for (let o = 0; o < out; o++) {
            const d = delta[r * out + o]!;
            if (d === 0) continue;
            gradient[bias + o]! += d;
            const at = r * width;
            const w = from + o * width;
            for (let i = 0; i < width; i++) gradient[w + i]! += d * h[at + i]!;
            if (lower) for (let i = 0; i < width; i++) down[at + i]! += d * theta[w + i]!;
          }
        // the ReLU of the layer below; the input has none
        if (l > 0) for (let i = 0; i < down.length; i++) if (h[i] === 0) down[i] = 0;
        delta = down;
      }
      return delta;
    },
  };
}

/** An empty tape. */
export function mlpTape(): MlpTape {
  return { rows: 0, layers: [] };
}
