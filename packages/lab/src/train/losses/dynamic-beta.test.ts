import { random, seedFrom, split, UsageError } from "laurel";
import { describe, expect, it } from "vitest";
import { dpoLoss, dynamicBeta, type PairBatch } from "../index.ts";

const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seedFrom("dynamic beta"), name));
  return Float64Array.from({ length: n }, () => rng.normal());
};
const batch: PairBatch = {
  policy: { first: normals("a", 5), second: normals("b", 5) },
  reference: { first: normals("c", 5), second: normals("d", 5) },
};

describe("dynamicBeta (MM-DPO)", () => {
  it("is β without margin, rises with it, and stays below (1 + w) β", () => {
    const { beta, weights } = dynamicBeta(Float64Array.of(0, 2, 1e6));
    // 0.1 (1 + 0.5 (1 − e^−1)) by hand
    expect([...beta]).toEqual([0.1, expect.closeTo(0.1316060279, 9), expect.closeTo(0.15, 12)]);
    expect([...weights]).toEqual([1, 1, 1]);
  });

  it("takes a negative margin as none, lowers β down to the floor, or drops the pair", () => {
    const margins = Float64Array.of(-1, -1e6, 1);
    expect([...dynamicBeta(margins).beta.subarray(0, 2)]).toEqual([0.1, 0.1]);
    const signed = dynamicBeta(margins, { negative: "signed" }).beta;
    // 0.1 (1 + 0.5 (1 − e^0.5))
    expect([...signed.subarray(0, 2)]).toEqual([expect.closeTo(0.0675639365, 9), 1e-3]);
    expect([...dynamicBeta(margins, { negative: "drop" }).weights]).toEqual([0, 0, 1]);
  });

  it("refuses a margin that is no number, and options out of range", () => {
    expect(() => dynamicBeta(Float64Array.of(0, Number.NaN))).toThrow(/pair 1 has no margin/);
    expect(() => dynamicBeta(Float64Array.of(0), { beta: 0 })).toThrow(UsageError);
    expect(() => dynamicBeta(Float64Array.of(0), { w: -1 })).toThrow(/w must/);
  });
});

describe("dpoLoss with a β a pair", () => {
  it("has gradients that agree with central differences to 1e-8, dropped pairs included", () => {
    const options = dynamicBeta(normals("margins", 5), { beta: 0.7, negative: "drop" });
    const { first, second } = dpoLoss(batch, options);
    for (const [side, slopes] of [
      ["first", first],
      ["second", second],
    ] as const)
      for (let n = 0; n < 5; n++) {
        const at = (by: number): number =>
          dpoLoss(
            { ...batch, policy: { ...batch.policy, [side]: batch.policy[side].map((x, i) => (i === n ? x + by : x)) } },
            options,
          ).loss;
        // step 1e-5: an error of about 1e-10
        expect(Math.abs(slopes[n]! - (at(1e-5) - at(-1e-5)) / 2e-5)).toBeLessThan(1e-8);
      }
  });

  it("is the loss of one β where all are the same, and refuses another number of them", () => {
    expect(dpoLoss(batch, { beta: new Float64Array(5).fill(0.3) })).toEqual(dpoLoss(batch, { beta: 0.3 }));
    expect(() => dpoLoss(batch, { beta: new Float64Array(4).fill(0.3) })).toThrow(/4 betas for 5 pairs/);
    expect(() => dpoLoss(batch, { beta: new Float64Array(5) })).toThrow(/above 0/);
  });
});
