import { seedFrom } from "laurel";
import { varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { criteriaOf, drawReasonedPairs, fitReasons, norm, pairAccuracy } from "./index.ts";

const seed = seedFrom("reasons");
const dials = { dim: 16, criteria: 3, norm: 2, slope: 2, pairs: 4000, noise: 0.5 };

describe("pairs with reasons", () => {
  const data = drawReasonedPairs(dials, seed);

  it("have positive weights of the stated length, and scores that are criteria with the stated noise", () => {
    expect(norm(data.weights)).toBeCloseTo(2, 12);
    expect(Math.min(...data.weights)).toBeGreaterThan(0);
    const { scores, gold } = criteriaOf(data, data.features);
    expect(gold).toEqual(data.gold);
    // 24,000 values: a standard error of 0.0023
    expect(Math.sqrt(varianceOf(data.scores.map((x, i) => x - scores[i]!)))).toBeCloseTo(0.5, 1);
  });

  it("teach a reward that finds gold again from many of them", () => {
    const fresh = drawReasonedPairs({ ...dials, pairs: 2000 }, seedFrom("fresh"));
    const reward = fitReasons(data, { ridge: 5, l2: 1 });
    const { gold } = criteriaOf(data, fresh.features);
    expect(pairAccuracy(reward(fresh.features), gold)).toBeGreaterThan(0.95);
  });
});
