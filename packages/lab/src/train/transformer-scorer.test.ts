import { seedFrom } from "laurel";
import { transformerForward, transformerHead } from "laurel/rewards/learned";
import { describe, expect, it } from "vitest";
import { transformerNet } from "../nets/index.ts";
import { adam } from "./adam.ts";
import { pairModel } from "./head-models.ts";
import { bradleyTerry } from "./losses/pair.ts";
import { transformerScorer, verdictModel, verdictScorer } from "./transformer-scorer.ts";

const installed = await import("@jax-js/jax").then(
  () => true,
  () => false,
);
const shape = { dim: 3, vocabulary: 7, width: 4, blocks: 1, heads: 1, hidden: 4 };
const table = { rows: 4, dim: 3, values: Float32Array.of(1, 2, 0, 3, 4, 5, 6, 0, 0, 2, 2, 2) };

describe.skipIf(!installed)(`transformerScorer${installed ? "" : " (left out: @jax-js/jax is not installed)"}`, () => {
  it("trains on pairs with the gradient of the loss, to 5e-4 of central differences of 1e-3 in float32", async () => {
    using net = await transformerNet(shape, { outputs: 1, rows: 4 });
    const scorer = transformerScorer(table, shape, net);
    const pairs = { chosen: Int32Array.of(0, 1), rejected: Int32Array.of(2, 3), labels: {} };
    const model = pairModel(scorer, pairs, bradleyTerry());
    // far from the start, where token vectors are small and norms curve sharply
    const theta = Float64Array.from({ length: model.parameters }, (_, i) => 0.5 * Math.sin(1.7 * i + 0.3));
    const gradient = new Float64Array(model.parameters);
    const rows = Int32Array.of(0, 1);
    model.loss(theta, rows, gradient);
    for (let i = 0; i < model.parameters; i += 5) {
      const at = (by: number): number =>
        model.loss(
          theta.map((x, j) => (i === j ? x + by : x)),
          rows,
        );
      expect(Math.abs((at(1e-3) - at(-1e-3)) / 2e-3 - gradient[i]!)).toBeLessThan(5e-4);
    }
  });

  it("folds scale and shift into the last layer", async () => {
    using net = await transformerNet(shape, { outputs: 1, rows: 4 });
    const scorer = transformerScorer(table, shape, net);
    const theta = scorer.start(seedFrom("scorer")).map((x, i) => x + 0.3 * Math.sin(i));
    const scores = scorer.forward(theta, Int32Array.of(0, 1, 2, 3));
    const packed = scorer.pack(theta, [2], [-0.5]);
    for (let n = 0; n < 4; n++) {
      const own = transformerForward(shape, 1, packed, table.values.subarray(3 * n, 3 * n + 3))[0]!;
      expect(own).toBeCloseTo(2 * scores[n]! - 0.5, 5);
    }
  });

  it("refuses features that are no tokens", async () => {
    using net = await transformerNet(shape, { outputs: 1, rows: 4 });
    const other = { ...table, values: table.values.map((x) => x / 2) };
    expect(() => transformerScorer(other, shape, net)).toThrow(/token numbers below 7/);
    expect(() => transformerScorer(table, { ...shape, vocabulary: 6 }, net)).toThrow(/token numbers below 6/);
  });

  it("learns to write verdicts, whose log-odds are the scores of the artefact", async () => {
    using net = await transformerNet(shape, { outputs: 7, rows: 4 });
    const writer = transformerScorer(table, shape, net);
    const scorer = verdictScorer(writer, shape, [1, 2]);
    const pairs = { chosen: Int32Array.of(0, 1), rejected: Int32Array.of(2, 3), labels: {} };
    const model = verdictModel(writer, shape, [1, 2], pairs);
    const theta = model.start(seedFrom("verdicts"));
    const optimiser = adam(0.02);
    const rows = Int32Array.of(0, 1);
    const before = model.loss(theta, rows);
    for (let step = 0; step < 60; step++) {
      const gradient = new Float64Array(model.parameters);
      model.loss(theta, rows, gradient);
      optimiser.step(theta, gradient);
    }
    // at the start, all seven tokens are alike
    expect(before).toBeCloseTo(Math.log(7), 4);
    expect(model.loss(theta, rows)).toBeLessThan(0.1);
    const scores = scorer.forward(theta, Int32Array.of(0, 1, 2, 3));
    const score = transformerHead.score!(scorer.pack(theta, [0.5], [0.25]), { ...shape, verdict: [1, 2] });
    for (let n = 0; n < 4; n++) {
      expect(Math.sign(scores[n]!)).toBe(n < 2 ? 1 : -1);
      const own = score({ candidate: table.values.subarray(3 * n, 3 * n + 3) }).value;
      expect(own).toBeCloseTo(0.5 * scores[n]! + 0.25, 4);
    }
  });
});
