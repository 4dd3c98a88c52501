import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { random, seedFrom } from "laurel";
import { readSafetensors, type Weights, writeSafetensors } from "laurel/io";
import { afterAll, describe, expect, it } from "vitest";
import { openCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./half.ts";
import { blocksOf, layerScale } from "./layer-scale.ts";
import { applyLines, linesAlpha, tuneLines } from "./lines.ts";
import { mergeFiles } from "./merge-files.ts";
import { keepThreshold, mergeTaskVectors } from "./merge-task-vectors.ts";
import { applyDelta, taskVector, weightAverage } from "./vectors.ts";

const weights = (tensors: Record<string, readonly number[]>): Weights =>
  new Map(
    Object.entries(tensors).map(([name, values]) => [
      name,
      { shape: [values.length], values: Float32Array.from(values) },
    ]),
  );
const valuesOf = (all: Weights, name: string): number[] => [...all.get(name)!.values];

/** A stem, three blocks and a head of random weights. */
function model(seed: string, sd = 1): Weights {
  const rng = random(seedFrom(seed));
  const draw = (): number[] => Array.from({ length: 8 }, () => sd * rng.normal());
  return weights({
    stem: draw(),
    "layers.0.w": draw(),
    "layers.1.w": draw(),
    "layers.2.w": draw(),
    "head.0.w": draw(),
  });
}

describe("task vectors", () => {
  it("sum, mean and TIES by hand", () => {
    const [a, b, c] = [
      weights({ w: [4, -1, 0.5, 2, 0] }),
      weights({ w: [-1, -3, 0.1, 2, 0] }),
      weights({ w: [1, 2, -0.2, -9, 0] }),
    ];
    expect(valuesOf(mergeTaskVectors([a, b, c], { method: "sum" }), "w").map((x) => Number(x.toFixed(5)))).toEqual([
      4, -2, 0.4, -5, 0,
    ]);
    expect(valuesOf(mergeTaskVectors([a, b, c], { method: "mean" }), "w")[3]).toBeCloseTo(-5 / 3, 6);
    // keep 2 of 5: a keeps 4 and 2, b keeps -3 and 2, c keeps 2 and -9; sums 4, -1, 0, -5; means of those with the elected sign
    expect(valuesOf(mergeTaskVectors([a, b, c], { method: "ties", keep: 0.4 }), "w")).toEqual([4, -3, 0, -9, 0]);
  });

  it("gives an entry whose sum is 0 the sign that most entries have, as the released code does", () => {
    const merged = mergeTaskVectors([weights({ w: [1, 2, 3] }), weights({ w: [-1, 2, 3] })], {
      method: "ties",
      keep: 1,
    });
    expect(valuesOf(merged, "w")).toEqual([1, 2, 3]);
  });

  it("finds the threshold that sorting finds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, keep) => {
          const list = Float32Array.from(values);
          const sorted = [...list].map(Math.abs).sort((x, y) => y - x);
          const count = Math.max(1, Math.round(keep * list.length));
          expect(keepThreshold(() => [list.subarray(0, 3), list.subarray(3)], keep)).toBe(sorted[count - 1]);
        },
      ),
    );
  });

  it("adds back what it took away, to float32's rounding, and averages", () => {
    const [base, tuned] = [model("base"), model("tuned")];
    const back = applyDelta(base, taskVector(base, tuned));
    for (const name of base.keys())
      for (const [i, value] of back.get(name)!.values.entries())
        expect(value).toBeCloseTo(tuned.get(name)!.values[i]!, 6);
    expect(valuesOf(weightAverage([weights({ w: [1, 3] }), weights({ w: [3, 7] })], [3, 1]), "w")).toEqual([1.5, 4]);
    expect(valuesOf(applyDelta(base, taskVector(base, tuned), 0), "stem")).toEqual(valuesOf(base, "stem"));
  });

  it("names what either side lacks, another shape, and statistics that cannot be scaled", () => {
    const base = weights({ a: [1], b: [1] });
    expect(() => taskVector(base, weights({ a: [1], c: [1] }))).toThrow(
      /only the base has b; only the tuned model has c/,
    );
    expect(() => taskVector(base, weights({ a: [1], b: [1, 2] }))).toThrow(
      /b has the shape \[1\] in the base and \[2\]/,
    );
    const norm = weights({ "norm.running_mean": [1] });
    expect(() => taskVector(norm, norm)).toThrow(/running statistic/);
    expect(() => mergeTaskVectors([base], { method: "ties", keep: 0 })).toThrow(/keep/);
    expect(() => weightAverage([base, base], [0, 0])).toThrow(/not all 0/);
  });
});

describe("LiNeS", () => {
  it("grows with depth from alpha to alpha + beta, with alpha outside the blocks", () => {
    const ones = weights({ stem: [1], "layers.0.w": [1], "layers.1.w": [1], "layers.2.w": [1], "head.0.w": [1] });
    const factors = (options: Parameters<typeof layerScale>[1]): number[] =>
      [...layerScale(ones, options).values()].map(({ values }) => Number(values[0]!.toFixed(6)));
    expect(factors({ alpha: 0.2, beta: 0.8 })).toEqual([0.2, 0.2, 0.6, 1, 0.2]);
    expect(factors({ alpha: 0.2, beta: 0.8, shape: "reverse" })).toEqual([0.2, 1, 0.6, 0.2, 0.2]);
    expect(factors({ alpha: 0.2, beta: 0.8, shape: "constant" })).toEqual([0.2, 0.2, 0.2, 0.2, 0.2]);
    expect(factors({ alpha: 0.2, beta: 0.8, outside: 1 })).toEqual([1, 0.2, 0.6, 1, 1]);
    expect(factors({ alpha: 0.5, beta: 0 })).toEqual(factors({ alpha: 0.5, beta: 0, shape: "constant" }));
  });

  it("gives either end bit for bit", () => {
    const [base, tuned] = [model("base"), model("tuned", 1e4)];
    expect(applyLines(base, tuned, { alpha: 1, beta: 0 })).toEqual(tuned);
    expect(applyLines(base, tuned, { alpha: 0, beta: 0 })).toEqual(base);
  });

  it("reads blocks of one list only, and tells block 1 from block 11", () => {
    const names = [
      ...Array.from({ length: 12 }, (_, i) => `visual.resblocks.${i}.mlp.0.weight`),
      "head.1.weight",
      "proj",
    ];
    const { blockOf, blocks, list } = blocksOf(names);
    expect([blocks, list]).toEqual([12, "visual.resblocks"]);
    expect(blockOf("visual.resblocks.1.mlp.0.weight")).toBe(1);
    expect(blockOf("visual.resblocks.11.mlp.0.weight")).toBe(11);
    expect(blockOf("head.1.weight")).toBeUndefined();
    expect(() => blocksOf(["encoder.0.w", "encoder.1.w", "decoder.0.w", "decoder.1.w"])).toThrow(
      /encoder \(2\), decoder \(2\)/,
    );
    expect(blocksOf(["encoder.0.w", "encoder.1.w", "decoder.0.w", "decoder.1.w"], "decoder").list).toBe("decoder");
    expect(() => blocksOf(["a", "b"])).toThrow(/no tensor's name has a number/);
    expect(() => layerScale(weights({ "layers.0.w": [1] }), { alpha: 0.5, beta: 0.5 })).toThrow(/one block only/);
    expect(() => layerScale(weights({ w: [1] }), { alpha: 0.5, beta: 0.5, blockOf: () => 3, blocks: 2 })).toThrow(
      /block 3, of 2/,
    );
  });

  it("computes alpha as 1/T for a sum, and more where merging shrinks", () => {
    const vectors = [model("one"), model("two"), model("three"), model("four")];
    expect(linesAlpha(vectors, mergeTaskVectors(vectors, { method: "sum" }))).toBeCloseTo(1 / 4, 6);
    expect(linesAlpha(vectors, mergeTaskVectors(vectors, { method: "mean" }))).toBeCloseTo(1, 6);
  });

  it("tunes alpha by the trade-off and gives its weights", async () => {
    const base = weights({ "layers.0.w": [0], "layers.1.w": [0] });
    const tuned = weights({ "layers.0.w": [1], "layers.1.w": [1] });
    // the deep block holds the skill, the shallow one what is forgotten
    const found = await tuneLines(base, tuned, (own) => ({
      target: 0.5 + 0.4 * own.get("layers.1.w")!.values[0]!,
      controls: [0.8 - 0.3 * own.get("layers.0.w")!.values[0]!],
    }));
    expect(found.alpha).toBe(0);
    expect(found.score).toBeCloseTo(2 + 1, 12);
    expect(valuesOf(found.weights, "layers.1.w")).toEqual([1]);
    expect(found.tried).toHaveLength(11);
    await expect(tuneLines(base, tuned, () => ({ target: 0, controls: [1] }))).rejects.toThrow(/above 0/);
  });
});

describe("files", () => {
  const place = mkdtempSync(join(tmpdir(), "laurel-merge-"));
  const at = (name: string): string => join(place, `${name}.safetensors`);
  afterAll(() => rmSync(place, { recursive: true }));

  it("are merged tensor by tensor to what is merged in memory", async () => {
    const [base, one, two] = [model("base"), model("one"), model("two")];
    for (const [name, own] of Object.entries({ base, one, two })) await writeSafetensors(at(name), own);
    const vectors = [taskVector(base, one), taskVector(base, two)];
    for (const method of ["sum", "mean", "ties"] as const) {
      await mergeFiles({
        base: at("base"),
        models: [at("one"), at("two")],
        out: at("out"),
        method,
        scale: 0.7,
        keep: 0.3,
      });
      expect(await readSafetensors(at("out"))).toEqual(
        applyDelta(base, mergeTaskVectors(vectors, { method, keep: 0.3 }), 0.7),
      );
    }
    const facts = await mergeFiles({
      base: at("base"),
      models: [at("one"), at("two")],
      out: at("out"),
      lines: { beta: 0.5 },
    });
    expect(facts).toMatchObject({ blocks: 3, list: "layers", beta: 0.5, tensors: 5 });
    expect(facts.alpha).toBeCloseTo(0.5, 6);
    await mergeFiles({ base: at("base"), models: [at("one")], out: at("out"), lines: { alpha: 1 } });
    expect(await readSafetensors(at("out"))).toEqual(one);
    await mergeFiles({ models: [at("one"), at("two")], out: at("out"), weights: [1, 3] });
    expect(await readSafetensors(at("out"))).toEqual(weightAverage([one, two], [1, 3]));
  });

  it("keep the base's types and its whole numbers, and are refused where they cannot be merged", async () => {
    // a file of one BF16, one F16 and one I64 tensor, by hand
    const header = JSON.stringify({
      b: { dtype: "BF16", shape: [2], data_offsets: [0, 4] },
      h: { dtype: "F16", shape: [1], data_offsets: [4, 6] },
      n: { dtype: "I64", shape: [1], data_offsets: [6, 14] },
    }).padEnd(200);
    const file = (b: readonly number[], h: number, n: number): Buffer => {
      const out = Buffer.alloc(8 + 200 + 14);
      out.writeBigUInt64LE(200n, 0);
      out.write(header, 8);
      for (const [i, value] of b.entries()) out.writeUInt16LE(toBfloat16(value), 208 + 2 * i);
      out.writeUInt16LE(toFloat16(h), 212);
      out.writeBigInt64LE(BigInt(n), 214);
      return out;
    };
    writeFileSync(at("half-base"), file([1, 2], 0.5, 7));
    writeFileSync(at("half-tuned"), file([3, 2], 1.5, 9));
    const facts = await mergeFiles({
      base: at("half-base"),
      models: [at("half-tuned")],
      out: at("half-out"),
      scale: 0.5,
    });
    expect(facts).toMatchObject({ tensors: 2, copied: 1 });
    await using made = await openCheckpoint(at("half-out"));
    expect([...(await made.read("b"))]).toEqual([2, 2]);
    expect([...(await made.read("h"))]).toEqual([1]);
    expect(Buffer.from(await made.bytes("n")).readBigInt64LE(0)).toBe(7n);
    expect(made.tensors.get("b")!.dtype).toBe("BF16");
    await expect(
      mergeFiles({ base: at("half-base"), models: [at("half-tuned")], out: at("huge"), scale: 1e6 }),
    ).rejects.toThrow(/not finite as F16/);
    expect(() => readFileSync(at("huge"))).toThrow();
    writeFileSync(at("cut"), file([1, 2], 0.5, 7).subarray(0, 215));
    await expect(openCheckpoint(at("cut"))).rejects.toThrow(/cut off/);
    writeFileSync(at("text"), "not a safetensors file at all");
    await expect(openCheckpoint(at("text"))).rejects.toThrow(/no safetensors file/);
    await expect(mergeFiles({ models: [at("half-base")], out: at("x"), method: "ties" })).rejects.toThrow(/tuned from/);
    await using like = await openCheckpoint(at("half-base"));
    await expect(writeCheckpoint(at("x"), like, async () => new Float32Array(1))).rejects.toThrow(/does not say/);
  });

  it("round to the nearest half, ties to even, as all 65,536 halves say", () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const [half, brain] = [fromFloat16(bits), fromBfloat16(bits)];
      if (!Number.isNaN(half) && toFloat16(half) !== bits) wrong.push(bits);
      if (!Number.isNaN(brain) && toBfloat16(brain) !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
    // between 1 and the next half, 1 + 2^-10: the middle goes to the even one, what is beyond it upwards
    expect(fromFloat16(toFloat16(1 + 2 ** -11))).toBe(1);
    expect(fromFloat16(toFloat16(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(fromFloat16(toFloat16(1 + 2 ** -11 + 2 ** -20))).toBe(1 + 2 ** -10);
    expect([toFloat16(65519), toFloat16(65520), toFloat16(2 ** -25), toFloat16(1.1 * 2 ** -25)]).toEqual([
      0x7bff, 0x7c00, 0, 1,
    ]);
    expect(fromBfloat16(toBfloat16(1 + 2 ** -8))).toBe(1);
    expect(fromBfloat16(toBfloat16(1 + 3 * 2 ** -8))).toBe(1 + 2 ** -6);
  });
});
