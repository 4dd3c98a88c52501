import { UsageError } from "laurel";
import { type TransformerShape, transformerWeights } from "laurel/rewards/learned";
import type { TransformerNet } from "../nets/index.ts";
import type { FeatureTable } from "./feature-table.ts";
import type { Scorer } from "./scorer.ts";

/**
 * A transformer as the scorer of a table whose rows are token numbers (`--features tokens:512x64`).
 *
 * @throws UsageError where a row holds something else
 */
export function transformerScorer(table: FeatureTable, shape: TransformerShape, net: TransformerNet): Scorer {
  const { dim, values } = table;
  if (dim !== shape.dim || values.some((x) => !(Number.isInteger(x) && x >= 0 && x < shape.vocabulary)))
    throw new UsageError(
      `a transformer head reads ${shape.dim} token numbers below ${shape.vocabulary}, and these features are others`,
      `--features tokens:${shape.vocabulary}x${shape.dim} --encoding joint`,
    );
  const tokensOf = (items: Int32Array): Int32Array => {
    const tokens = new Int32Array(items.length * dim);
    for (const [i, item] of items.entries()) tokens.set(values.subarray(item * dim, (item + 1) * dim), i * dim);
    return tokens;
  };
  return {
    outputs: net.outputs,
    parameters: net.parameters,
    start: (seed) => Float64Array.from(net.start(seed)),
    forward: (theta, items) => Float64Array.from(net.forward(Float32Array.from(theta), tokensOf(items))),
    backward: (theta, items, slopes, gradient) =>
      net.backward(Float32Array.from(theta), tokensOf(items), slopes, gradient),
    pack(theta, scale, shift) {
      const own = Float64Array.from(theta.subarray(0, net.parameters));
      const bias = net.parameters - net.outputs;
      const head = bias - shape.width * net.outputs;
      for (let o = 0; o < net.outputs; o++) {
        for (let i = 0; i < shape.width; i++) own[head + i * net.outputs + o]! *= scale[o]!;
        own[bias + o] = scale[o]! * own[bias + o]! + shift[o]!;
      }
      return transformerWeights(shape, net.outputs, own);
    },
  };
}
