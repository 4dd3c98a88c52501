import { describe, expect, it } from "vitest";
import { random, seedFrom } from "../core/index.ts";
import { boundedBy, chainSteps, clipSteps, deltaSteps, stepTransformFrom } from "./steps.ts";

const final = { final: true } as const;
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

/** The exact check of clip-delta's sheet: 10,000 random score vectors. */
function* vectors(): Generator<number[]> {
  const draw = random(seedFrom("clip-delta, check 5"));
  for (let i = 0; i < 10_000; i++) yield Array.from({ length: 1 + draw.below(12) }, () => draw.uniform());
}

describe("step transforms", () => {
  it("clip to at most 0 in all, and a repeated step never raises it, while it always raises the raw sum", () => {
    const clip = clipSteps({ eta: 0.85 });
    let most = Number.NEGATIVE_INFINITY;
    let clippedGain = Number.NEGATIVE_INFINITY;
    let rawGain = Number.POSITIVE_INFINITY;
    for (const steps of vectors()) {
      const total = sum(clip(steps, final));
      const k = steps.length >> 1;
      const repeated = [...steps.slice(0, k + 1), steps[k]!, ...steps.slice(k + 1)];
      most = Math.max(most, total);
      clippedGain = Math.max(clippedGain, sum(clip(repeated, final)) - total);
      rawGain = Math.min(rawGain, sum(repeated) - sum(steps));
    }
    expect(most).toBeLessThanOrEqual(0);
    // adding a term of 0 or less to a sum of up to 12: roundings only
    expect(clippedGain).toBeLessThan(1e-14);
    expect(rawGain).toBeGreaterThan(0);
    expect([...clip([0.9, 0.35], final)]).toEqual([0, -0.5]);
  });

  it("delta telescopes: the return from step k is r_k for k < K, and 0 from the last", () => {
    const delta = deltaSteps();
    let worst = 0;
    for (const steps of vectors()) {
      const paid = delta(steps, final);
      let tail = 0;
      for (let k = steps.length - 1; k >= 0; k--) {
        tail += paid[k]!;
        worst = Math.max(worst, Math.abs(tail - (k === steps.length - 1 ? 0 : steps[k]!)));
      }
    }
    // sums of up to 12 terms of size 1
    expect(worst).toBeLessThan(1e-12);
    expect([...delta([0.5], final)]).toEqual([0]);
    expect([...delta([], final)]).toEqual([]);
  });

  it("delta can keep the last step, and reads an unfinished list as if another step followed", () => {
    const steps = [0.75, 0.25, 0.5];
    expect([...deltaSteps()(steps, final)]).toEqual([0.5, 0.25, 0]);
    expect([...deltaSteps({ last: "keep" })(steps, final)]).toEqual([0.5, -0.25, 0.5]);
    expect([...deltaSteps()(steps, { final: false })]).toEqual([0.5, -0.25, 0.5]);
  });

  it("delta is not monotone in one step: what that step gains the one before it loses", () => {
    const low = deltaSteps()([0.5, 0.2, 0.5], final);
    const high = deltaSteps()([0.5, 0.4, 0.5], final);
    expect(high[1]!).toBeGreaterThan(low[1]!);
    expect(high[0]!).toBeLessThan(low[0]!);
  });

  it("clip then delta pays the first step's clipped reward in all, and the other order is refused", () => {
    const both = chainSteps(clipSteps({ eta: 0.5 }), deltaSteps());
    let worst = 0;
    for (const steps of vectors()) {
      const total = steps.length < 2 ? 0 : Math.min(steps[0]! - 0.5, 0);
      worst = Math.max(worst, Math.abs(sum(both(steps, final)) - total));
    }
    expect(worst).toBeLessThan(1e-12);
    expect(() => chainSteps(deltaSteps(), clipSteps({ eta: 0.5 }))).toThrow(/clip after delta/);
    expect([...chainSteps()([0.1, 0.2], final)]).toEqual([0.1, 0.2]);
  });

  it("state bounds that no vector breaks, and that some vector reaches", () => {
    const cases = [
      [chainSteps(), 12, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
      [clipSteps({ eta: 0.85 }), 0, [0.9]],
      [clipSteps({ eta: -1 }), 0, [0.5]],
      [deltaSteps(), 1, [1, 0]],
      [deltaSteps({ last: "keep" }), 1, [1]],
      [chainSteps(clipSteps({ eta: 0.5 }), deltaSteps()), 0, [1, 1]],
    ] as const;
    for (const [transform, upper, witness] of cases) {
      expect(boundedBy(transform, 12).upper).toBe(upper);
      expect(sum(transform(witness, final))).toBe(upper);
      let most = Number.NEGATIVE_INFINITY;
      for (const steps of vectors()) most = Math.max(most, sum(transform(steps, final)));
      expect(most).toBeLessThanOrEqual(upper + 1e-12);
    }
    expect(boundedBy(deltaSteps(), 1).upper).toBe(0);
    expect(boundedBy((steps) => Float64Array.from(steps), 3).upper).toBe(Number.POSITIVE_INFINITY);
  });

  it("throw on a step that is no number, and come from their specs", () => {
    expect(() => clipSteps({ eta: 0 })([0.1, Number.NaN], final)).toThrow(/step 1 has the reward NaN/);
    expect(() => deltaSteps()([Number.POSITIVE_INFINITY], final)).toThrow(/no number/);
    expect(() => clipSteps({ eta: Number.NaN })).toThrow(/eta/);
    const chain = chainSteps(clipSteps({ eta: 0.5 }), deltaSteps({ last: "keep" }));
    expect(chain.spec).toEqual({
      kind: "chain",
      of: [
        { kind: "clip", eta: 0.5 },
        { kind: "delta", last: "keep" },
      ],
    });
    expect([...stepTransformFrom(chain.spec!)([0.1, 0.9], final)]).toEqual([...chain([0.1, 0.9], final)]);
    expect(stepTransformFrom("delta").spec).toEqual({ kind: "delta", last: "drop" });
    expect(() => stepTransformFrom("clamp")).toThrow(/unknown step transform 'clamp'/);
    expect(() => stepTransformFrom({ kind: "clip", eta: 1, theta: 2 })).toThrow(/unknown option 'theta'/);
  });
});
