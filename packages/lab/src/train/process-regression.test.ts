import { NotEnoughDataError, random, seedFrom, UsageError } from "laurel";
import { describe, expect, it } from "vitest";
import { processRegression, stepHeadValues } from "./process-regression.ts";

describe("processRegression", () => {
  it("is the ridge by hand: x = (0, 2), y = (1, 3), l2 = 2 gives w = 2 / 4 and b = 2 − w", () => {
    const head = processRegression({ features: Float64Array.of(0, 2), dim: 1, values: [1, 3] }, { l2: 2 });
    expect(head.weights[0]).toBeCloseTo(0.5, 12);
    expect(head.bias).toBeCloseTo(1.5, 12);
  });

  it("finds a linear value exactly without a penalty, whatever the offset, and passes over steps without a value", () => {
    const rng = random(seedFrom("steps"));
    const features = Float64Array.from({ length: 60 }, () => rng.normal() + 3);
    const values = Float64Array.from({ length: 20 }, (_, t) => 0.3 * features[3 * t]! - features[3 * t + 2]! + 5);
    const missing = values.slice();
    missing[4] = Number.NaN;
    missing[7] = -1;
    const head = processRegression({ features, dim: 3, values: missing }, { l2: 0 });
    for (const [t, value] of stepHeadValues(head, features).entries()) expect(value).toBeCloseTo(values[t]!, 8);
  });

  it("needs a value and rows that fit", () => {
    expect(() => processRegression({ features: Float64Array.of(1), dim: 1, values: [-1] })).toThrow(NotEnoughDataError);
    expect(() => processRegression({ features: Float64Array.of(1), dim: 2, values: [1] })).toThrow(UsageError);
  });
});
