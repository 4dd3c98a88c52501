import { random, seedFrom, split } from "laurel";
import { skewScore } from "laurel/rewards";
import { describe, expect, it } from "vitest";
import { embeddingReward, embedRows, fitEmbedding } from "./embedding.ts";
import { generalPreference } from "./losses/general-preference.ts";

const seed = seedFrom("embedding tests");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};

describe("generalPreference", () => {
  it.each([{ tau: 1 }, { tau: 0.5, margin: 0.3 }, { tau: 1, product: "symmetric" as const }])(
    "%j: gradients agree with central differences to 1e-8",
    (options) => {
      const [a, b] = [normals("a", 5 * 4), normals("b", 5 * 4)];
      const made = generalPreference(a, b, 4, options);
      const moved = (x: Float64Array, n: number, by: number): Float64Array => x.map((v, i) => (i === n ? v + by : v));
      const loss = (x: Float64Array, y: Float64Array): number => generalPreference(x, y, 4, options).loss;
      for (let n = 0; n < a.length; n++) {
        const byFirst = (loss(moved(a, n, 1e-5), b) - loss(moved(a, n, -1e-5), b)) / 2e-5;
        const bySecond = (loss(a, moved(b, n, 1e-5)) - loss(a, moved(b, n, -1e-5))) / 2e-5;
        expect(Math.abs(made.first[n]! - byFirst)).toBeLessThan(1e-8);
        expect(Math.abs(made.second[n]! - bySecond)).toBeLessThan(1e-8);
      }
    },
  );

  it("is Bradley-Terry's loss for vectors (r, 1)", () => {
    expect(generalPreference(Float64Array.of(2, 1), Float64Array.of(-1, 1), 2, { tau: 1 }).loss).toBeCloseTo(
      Math.log1p(Math.exp(-3)),
      14,
    );
  });

  it("refuses odd dimensions", () => {
    expect(() => generalPreference(normals("a", 3), normals("b", 3), 3)).toThrow("even dimension");
  });
});

describe("fitEmbedding", () => {
  it("learns rock, scissors, paper, which no scalar can", () => {
    const items = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    const chosen = Float64Array.from(items.flat());
    const rejected = Float64Array.from([1, 2, 0].flatMap((i) => items[i]!));
    const fitted = fitEmbedding({ chosen, rejected }, { dim: 2, features: 3, tau: 1, steps: 400, seed });
    const rows = embedRows(fitted, chosen);
    const row = (i: number): Float64Array => rows.subarray(2 * i, 2 * i + 2);
    for (const [i, j] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const)
      expect(skewScore(row(i), row(j))).toBeGreaterThan(1);
    expect(fitted.loss).toBeLessThan(0.3);
  });

  it("gives the same numbers for the same seed and refuses odd dimensions", () => {
    const pairs = { chosen: normals("c", 40), rejected: normals("d", 40) };
    const options = { dim: 4, features: 2, steps: 20, seed };
    expect(fitEmbedding(pairs, options)).toEqual(fitEmbedding(pairs, options));
    expect(() => fitEmbedding(pairs, { ...options, dim: 3 })).toThrow("even dimension");
    expect(() => fitEmbedding(pairs, { ...options, features: 3 })).toThrow("no pairs");
  });
});

describe("embeddingReward", () => {
  it("has the gradient of central differences, to 1e-8, and gives V and b", () => {
    const [chosen, rejected] = [normals("chosen", 6 * 3), normals("rejected", 6 * 3)];
    const take = (rows: Int32Array) => {
      const of = (x: Float64Array): Float64Array =>
        Float64Array.from([...rows].flatMap((row) => [...x.subarray(3 * row, 3 * row + 3)]));
      return { chosen: of(chosen), rejected: of(rejected) };
    };
    const model = embeddingReward(take, { dim: 4, features: 3, tau: 0.7, start: 0.5 });
    const theta = model.start(seed);
    const batch = Int32Array.of(4, 0, 2);
    const gradient = new Float64Array(model.parameters);
    model.loss(theta, batch, gradient);
    for (let n = 0; n < gradient.length; n++) {
      const at = (by: number): number =>
        model.loss(
          theta.map((x, i) => (i === n ? x + by : x)),
          batch,
        );
      expect(Math.abs(gradient[n]! - (at(1e-5) - at(-1e-5)) / 2e-5)).toBeLessThan(1e-8);
    }
    const { weight, bias } = model.unpack(theta);
    expect([weight[0], bias[0], weight[3]]).toEqual([theta[0], theta[3], theta[4]]);
  });
});
