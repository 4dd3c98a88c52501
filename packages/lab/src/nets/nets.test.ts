import { readFileSync } from "node:fs";
import { random, seedFrom } from "laurel";
import { type TransformerShape, transformerForward, transformerWeights } from "laurel/rewards/learned";
import { describe, expect, it } from "vitest";
import { verdictLoss } from "../train/losses/generative-verdict.ts";
import { compile, transformerNet } from "./index.ts";
import { loadJax } from "./jax.ts";

const installed = await import("@jax-js/jax").then(
  () => true,
  () => false,
);
const where = installed ? "" : " (left out: @jax-js/jax is not installed)";
const seed = seedFrom("nets");
const shape: TransformerShape = { dim: 6, vocabulary: 11, width: 8, blocks: 2, heads: 2, hidden: 12 };
const tokens = Int32Array.of(
  3,
  1,
  4,
  0,
  0,
  0,
  1,
  5,
  9,
  2,
  6,
  5,
  0,
  0,
  0,
  0,
  0,
  0,
  7,
  0,
  10,
  10,
  0,
  0,
  8,
  8,
  8,
  8,
  8,
  0,
);

/** Weights that are no start: all of them matter. */
function drawn(parameters: number): Float32Array {
  const rng = random(seed);
  return Float32Array.from({ length: parameters }, () => 0.5 * rng.normal());
}

describe("loadJax", () => {
  it("names the install command where the package is absent", async () => {
    const absent = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    await expect(loadJax(() => Promise.reject(absent))).rejects.toMatchObject({
      code: "usage",
      hint: expect.stringMatching(/^npm i -E @jax-js\/jax@\d/) as string,
    });
    await expect(loadJax(() => Promise.reject(new Error("broken")))).rejects.toThrow(/^broken$/);
  });
});

describe.skipIf(!installed)(`compile${where}`, () => {
  it("gives values and gradients of flat lists", async () => {
    using net = await compile(({ numpy: np }, { w, b }, { x }) => np.square(np.matmul(x!, w!).add(b!)).sum(), {
      parameters: { w: [2], b: [] },
      batch: { x: { shape: [2, 2], type: "float32" } },
    });
    const gradient = new Float32Array(3);
    // rows (1, 2) and (3, 4), w = (1, −1), b = 2: outputs 1 and 1; gradient 2 Σ out·x = (8, 12), 2 Σ out = 4
    expect(net.step(Float32Array.of(1, -1, 2), { x: Float32Array.of(1, 2, 3, 4) }, gradient)).toBeCloseTo(2, 6);
    expect([...gradient]).toEqual([8, 12, 4]);
    expect(() => net.step(new Float32Array(2), { x: new Float32Array(4) }, gradient)).toThrow(/2 parameters .* has 3/);
    expect(() => net.run(new Float32Array(3), { x: new Float32Array(3) })).toThrow(/x has 3 numbers/);
    expect(() => net.run(new Float32Array(3), {})).toThrow(/no "x"/);
  });

  it("frees its arrays: memory stays flat over 1,000 steps", async () => {
    using net = await compile(({ numpy: np }, { w }, { x }) => np.square(np.matmul(x!, w!)).mean(), {
      parameters: { w: [64, 64] },
      batch: { x: { shape: [64, 64], type: "float32" } },
    });
    const [theta, x, gradient] = [
      new Float32Array(4096).fill(0.1),
      new Float32Array(4096).fill(1),
      new Float32Array(4096),
    ];
    const used = (): number => process.memoryUsage().rss;
    for (let i = 0; i < 200; i++) net.step(theta, { x }, gradient);
    const growth: number[] = [];
    for (let window = 0; window < 4; window++) {
      const before = used();
      for (let i = 0; i < 1000; i++) net.step(theta, { x }, gradient);
      growth.push((used() - before) / 2 ** 20);
    }
    // a step makes about 100 kB of arrays: each window would grow by 100 MB if none were freed; the heap may grow once by itself
    expect(Math.min(...growth)).toBeLessThan(40);
  });
});

describe.skipIf(!installed)(`transformerNet${where}`, () => {
  for (const outputs of [1, 11])
    it(`is the same network as transformerForward, to 1e-5, with ${outputs} outputs`, async () => {
      using net = await transformerNet(shape, { outputs, rows: 2 });
      const theta = drawn(net.parameters);
      const weights = transformerWeights(shape, outputs, theta);
      const all = net.forward(theta, tokens);
      for (let r = 0; r < 5; r++) {
        const own = transformerForward(shape, outputs, weights, tokens.subarray(r * 6, (r + 1) * 6));
        for (let o = 0; o < outputs; o++)
          expect(Math.abs(own[o]! - all[r * outputs + o]!) / (1 + Math.abs(own[o]!))).toBeLessThan(1e-5);
      }
    });

  it("has the gradient of its outputs: central differences of 1e-3 of the float64 forward pass, to 1e-4", async () => {
    using net = await transformerNet(shape, { outputs: 1, rows: 2 });
    const theta = drawn(net.parameters);
    const slopes = Float64Array.of(1, -0.5, 0.25, 2, -1);
    const gradient = new Float64Array(net.parameters);
    net.backward(theta, tokens, slopes, gradient);
    const value = (at: Float32Array): number => {
      const weights = transformerWeights(shape, 1, at);
      return slopes.reduce(
        (sum, slope, r) => sum + slope * transformerForward(shape, 1, weights, tokens.subarray(r * 6, (r + 1) * 6))[0]!,
        0,
      );
    };
    for (let i = 0; i < net.parameters; i += 7) {
      const [up, down] = [Float32Array.from(theta), Float32Array.from(theta)];
      up[i]! += 1e-3;
      down[i]! -= 1e-3;
      const slope = (value(up) - value(down)) / (up[i]! - down[i]!);
      expect(Math.abs(slope - gradient[i]!) / (1 + Math.abs(slope))).toBeLessThan(1e-4);
    }
  });

  it("agrees with PyTorch on outputs, loss and gradients, to 1e-4 of 1 + the value (scripts/expected/transformer.py)", async () => {
    const path = new URL("../../../../test/expected/learned/transformer.json", import.meta.url);
    const expected = JSON.parse(readFileSync(path, "utf8")) as {
      texts: number[][];
      slopes: number[];
      scores: number[];
      gradient: number[];
      verdicts: { targets: number[]; loss: number; gradient: number[] };
    };
    const texts = Int32Array.from(
      expected.texts.flatMap((text) => [...text, ...new Array<number>(6 - text.length).fill(0)]),
    );
    const theta = (n: number): Float32Array =>
      Float32Array.from({ length: n }, (_, i) => 0.5 * Math.sin(1.7 * i + 0.3));
    const close = (own: ArrayLike<number>, values: readonly number[]): void => {
      expect(own.length).toBe(values.length);
      for (const [i, value] of values.entries())
        expect(Math.abs(own[i]! - value) / (1 + Math.abs(value))).toBeLessThan(1e-4);
    };
    using scalar = await transformerNet(shape, { outputs: 1, rows: 5 });
    const gradient = new Float64Array(scalar.parameters);
    close(scalar.forward(theta(scalar.parameters), texts), expected.scores);
    scalar.backward(theta(scalar.parameters), texts, Float64Array.from(expected.slopes), gradient);
    close(gradient, expected.gradient);
    using writer = await transformerNet(shape, { outputs: 11, rows: 5 });
    const { targets, loss, gradient: slopes } = expected.verdicts;
    const own = verdictLoss(
      writer.forward(theta(writer.parameters), texts),
      11,
      [2, 5],
      targets.map((t) => Number(t === 2)),
    );
    expect(Math.abs(own.loss - loss)).toBeLessThan(1e-5);
    const written = new Float64Array(writer.parameters);
    writer.backward(theta(writer.parameters), texts, own.gradient, written);
    close(written, slopes);
  });
});

describe("transformerForward", () => {
  it("reads nothing of the padding: a longer context changes no score", () => {
    const theta = drawn(4000);
    const wide = { ...shape, dim: 9 };
    const [short, long] = [transformerWeights(shape, 1, theta), new Map(transformerWeights(wide, 1, theta))];
    const positions = new Float32Array(9 * 8).fill(7);
    positions.set(short.get("positions.weight")!.values);
    for (const [name, tensor] of short) long.set(name, tensor);
    long.set("positions.weight", { shape: [9, 8], values: positions });
    for (const text of [[3, 1, 4], [1, 5, 9, 2, 6, 5], [0]]) {
      const padded = (dim: number): number[] => [...text, ...new Array<number>(dim - text.length).fill(0)];
      expect(transformerForward(wide, 1, long, padded(9))).toEqual(transformerForward(shape, 1, short, padded(6)));
    }
  });
});
