import type { Seed } from "laurel";
import type { Tensor } from "laurel/io";
import { mlpWeights } from "laurel/rewards/learned";
import type { FeatureTable, Standardised } from "./feature-table.ts";
import { mlp, mlpTape } from "./mlp.ts";

/** A network over the standardised rows of a feature table, with its gradient by the parameters. */
export interface Scorer {
  outputs: number;
  parameters: number;
  start(seed: Seed): Float64Array;
  /** items × outputs. */
  forward(theta: Float64Array, items: Int32Array): Float64Array;
  /** Adds ∂loss/∂θ to `gradient`, given ∂loss/∂output of the items of the last `forward`. */
  backward(theta: Float64Array, items: Int32Array, slopes: Float64Array, gradient: Float64Array): void;
  /**
   * The tensors that give, from features as they are, `scale_o · output_o + shift_o`: what was done to features and targets for training is
   * folded into the first and the last layer.
   */
  pack(theta: Float64Array, scale: readonly number[], shift: readonly number[]): Map<string, Tensor>;
}

/**
 * A scorer of the rows of a table.
 *
 * @param hidden widths of hidden layers; none gives a linear scorer, which starts at 0
 */
export function scorerOf(table: FeatureTable, moved: Standardised, hidden: readonly number[], outputs: number): Scorer {
  const sizes = [table.dim, ...hidden, outputs];
  const core = hidden.length === 0 ? linearScorer(table, moved, outputs) : networkScorer(table, moved, sizes);
  return {
    ...core,
    outputs,
    pack(theta, scale, shift) {
      const folded = Float64Array.from(theta.subarray(0, core.parameters));
      const first = sizes[1]!;
      const { dim } = table;
      for (let o = 0; o < first; o++) {
        let off = 0;
        for (let d = 0; d < dim; d++) {
          folded[o * dim + d]! *= moved.scale;
          off += folded[o * dim + d]! * moved.centre[d]!;
        }
        folded[first * dim + o]! -= off;
      }
      const below = sizes.at(-2)!;
      const last = core.parameters - outputs * (below + 1);
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < below; i++) folded[last + o * below + i]! *= scale[o]!;
        const bias = last + outputs * below + o;
        folded[bias] = scale[o]! * folded[bias]! + shift[o]!;
      }
      return mlpWeights(sizes, folded);
    },
  };
}

type Core = Omit<Scorer, "pack" | "outputs">;

/**
 * W x' + b with x' = s (x − c), reading the table's rows where they are: W x' = s (W x − W c). Four sums at a time, since one addition
 * waits for the one before. Parameters: W (outputs × dim), then b.
 */
function linearScorer({ dim, values }: FeatureTable, { centre, scale }: Standardised, outputs: number): Core {
  const bias = outputs * dim;
  const even = dim - (dim % 4);
  return {
    parameters: bias + outputs,
    start: () => new Float64Array(bias + outputs),
    forward(theta, items) {
      const out = new Float64Array(items.length * outputs);
      for (let o = 0; o < outputs; o++) {
        let off = 0;
        for (let d = 0; d < dim; d++) off += theta[o * dim + d]! * centre[d]!;
        for (let i = 0; i < items.length; i++)
          out[i * outputs + o] = theta[bias + o]! + scale * (dot(theta, o * dim, items[i]! * dim) - off);
      }
      return out;
    },
    backward(_theta, items, slopes, gradient) {
      for (let o = 0; o < outputs; o++) {
        let sum = 0;
        for (let i = 0; i < items.length; i++) {
          const slope = slopes[i * outputs + o]!;
          if (slope === 0) continue;
          sum += slope;
          addScaled(gradient, o * dim, scale * slope, items[i]! * dim);
        }
        gradient[bias + o]! += sum;
        if (sum !== 0) for (let d = 0; d < dim; d++) gradient[o * dim + d]! -= scale * sum * centre[d]!;
      }
    },
  };

  function dot(theta: Float64Array, w: number, x: number): number {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < even; k += 4) {
      a += theta[w + k]! * values[x + k]!;
      b += theta[w + k + 1]! * values[x + k + 1]!;
      c += theta[w + k + 2]! * values[x + k + 2]!;
      d += theta[w + k + 3]! * values[x + k + 3]!;
    }
    for (let k = even; k < dim; k++) a += theta[w + k]! * values[x + k]!;
    return a + b + (c + d);
  }

  function addScaled(gradient: Float64Array, w: number, slope: number, x: number): void {
    for (let k = 0; k < dim; k++) gradient[w + k]! += slope * values[x + k]!;
  }
}

function networkScorer({ dim, values }: FeatureTable, { centre, scale }: Standardised, sizes: readonly number[]): Core {
  const net = mlp(sizes);
  const tape = mlpTape();
  return {
    parameters: net.parameters,
    start: net.start,
    forward(theta, items) {
      const input = new Float64Array(items.length * dim);
      for (let i = 0; i < items.length; i++) {
        const x = items[i]! * dim;
        for (let d = 0; d < dim; d++) input[i * dim + d] = scale * (values[x + d]! - centre[d]!);
      }
      return net.forward(theta, input, tape);
    },
    backward(theta, _items, slopes, gradient) {
      net.backward(theta, tape, slopes, gradient, false);
    },
  };
}
