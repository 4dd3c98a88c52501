import { UsageError } from "laurel";
import { type TransformerShape, transformerWeights } from "laurel/rewards/learned";
import type { TransformerNet } from "../nets/index.ts";
import type { PairRows } from "./data.ts";
import type { FeatureTable } from "./feature-table.ts";
import { itemsAt, labelsAt } from "./head-models.ts";
import { type VerdictTokens, verdictLoss, verdictScores } from "./losses/generative-verdict.ts";
import type { Scorer } from "./scorer.ts";
import type { TrainableReward } from "./trainable.ts";

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

/** A scorer whose outputs are its vocabulary, seen as one of a single output: the log-odds of its verdict's two tokens. */
export function verdictScorer(writer: Scorer, { vocabulary }: TransformerShape, tokens: VerdictTokens): Scorer {
  return {
    ...writer,
    outputs: 1,
    forward: (theta, items) => verdictScores(writer.forward(theta, items), vocabulary, tokens),
    backward(theta, items, slopes, gradient) {
      const own = new Float64Array(items.length * vocabulary);
      for (const [n, slope] of slopes.entries()) {
        own[n * vocabulary + tokens[0]] = slope;
        own[n * vocabulary + tokens[1]] = -slope;
      }
      writer.backward(theta, items, own, gradient);
    },
    pack(theta, scale, shift) {
      const shifts = new Array<number>(vocabulary).fill(0);
      shifts[tokens[0]] = shift[0]!;
      return writer.pack(theta, new Array<number>(vocabulary).fill(scale[0]!), shifts);
    },
  };
}

/**
 * A writer that is trained on pairs to call each chosen answer better and each rejected one worse, on its own; a soft label is the
 * probability of the one and its complement that of the other, and a tie a half.
 */
export function verdictModel(
  writer: Scorer,
  { vocabulary }: TransformerShape,
  tokens: VerdictTokens,
  pairs: Pick<PairRows, "chosen" | "rejected" | "labels">,
): TrainableReward {
  return {
    parameters: writer.parameters,
    start: writer.start,
    loss(theta, batch, gradient) {
      const items = itemsAt(pairs, batch);
      const { target, tie } = labelsAt(pairs.labels, batch);
      const won = Array.from(batch, (_, i) => ((tie?.[i] ?? 0) !== 0 ? 0.5 : (target?.[i] ?? 1)));
      const p = [...won, ...won.map((one) => 1 - one)];
      const out = verdictLoss(writer.forward(theta, items), vocabulary, tokens, p);
      if (gradient !== undefined) writer.backward(theta, items, out.gradient, gradient);
      return out.loss;
    },
  };
}
