import { seedFrom } from "laurel";
import { meanOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { drawEarlyCurves, type EarlyDials } from "./early-models.ts";

const dials: EarlyDials = {
  slopes: [0.6, 1.2],
  webOnly: 0.5,
  items: 3000,
  choices: 4,
  checkpoints: 8,
  scale: 50,
  first: 15,
  last: 206,
  binds: 300,
  offset: 0,
  drift: 0.3,
};

describe("early models", () => {
  it("rise in the completion form, the larger one and the one with the data higher", () => {
    const { completion, completionTwins } = drawEarlyCurves(dials, seedFrom(1));
    const [small, large] = completion as [Float64Array, Float64Array];
    expect(large[7]! - large[0]!).toBeGreaterThan(0.1);
    expect(large[7]).toBeGreaterThan(small[7]!);
    expect(meanOf(large)).toBeGreaterThan(meanOf(completionTwins[1]!));
  });
  it("stay at chance in the letter form until letters bind", () => {
    const { letter } = drawEarlyCurves(dials, seedFrom(2));
    // four standard errors of 8 x 3,000 answers
    expect(Math.abs(meanOf(letter[1]!) - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / 24_000));
    expect(meanOf(drawEarlyCurves({ ...dials, binds: 0 }, seedFrom(2)).letter[1]!)).toBeGreaterThan(0.3);
  });
});
