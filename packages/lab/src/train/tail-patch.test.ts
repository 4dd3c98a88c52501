import { describe, expect, it } from "vitest";
import { type Impact, rateImpact, tailPatch } from "./tail-patch.ts";

/** A model is what it was trained on; the target knows how much each step of a task gives. */
const gainOf: Record<string, number> = { good: 0.001, bad: -0.001, none: 0 };
const patch = (model: readonly string[], task: string, steps: number): string[] => [
  ...model,
  ...new Array<string>(steps).fill(task),
];
const target = (model: readonly string[]) => ({
  chat: 0.5 + model.reduce((sum, task) => sum + (gainOf[task] ?? 0), 0),
  code: 0.5,
});

describe("tailPatch (FLAMe)", () => {
  it("trains on each task alone, from the same checkpoint, and says what the target gained at each look", async () => {
    const impacts = await tailPatch({ checkpoint: ["start"], tasks: ["good", "bad"], patch, target, steps: 60 });
    expect(impacts.map(({ task }) => task)).toEqual(["good", "bad"]);
    for (const [k, gain] of [0.02, 0.04, 0.06].entries()) {
      expect(impacts[0]!.gains["chat"]![k]).toBeCloseTo(gain, 12);
      expect(impacts[1]!.gains["chat"]![k]).toBeCloseTo(-gain, 12);
    }
    expect(impacts[0]!.gains["code"]).toEqual([0, 0, 0]);
  });

  it("refuses to choose on what is tested, and fewer than three looks", async () => {
    const options = { checkpoint: [], tasks: [], patch, target };
    const ids = { selection: ["a", "b"], test: ["c", "b"] };
    await expect(tailPatch({ ...options, ids })).rejects.toThrow(/"b" is both/);
    await expect(tailPatch({ ...options, steps: 100, every: 50 })).rejects.toThrow(/fewer than three looks/);
    await expect(tailPatch({ ...options, target: () => ({}) })).rejects.toThrow(/no categories/);
  });
});

describe("rateImpact", () => {
  const impact = (...chat: number[]): Impact => ({ task: "t", gains: { chat } });

  it("rates by the last looks: a gain that is gone at the end is none", () => {
    expect(rateImpact(impact(0, 0.04, 0.05))).toEqual({ chat: 2 });
    expect(rateImpact(impact(0, 0.05, 0.02))).toEqual({ chat: 1 });
    expect(rateImpact(impact(0.09, 0.05, 0.0))).toEqual({ chat: 0 });
    expect(rateImpact(impact(0.09, -0.02, -0.015))).toEqual({ chat: -1 });
    expect(rateImpact(impact(0.09, -0.02, 0.02))).toEqual({ chat: 0 });
    expect(() => rateImpact(impact(1))).toThrow(/fewer than 2/);
  });
});
