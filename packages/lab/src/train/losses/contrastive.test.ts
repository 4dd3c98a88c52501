import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import { bradleyTerry, contrastive, infoNce, metaStep, type PairViews, separation } from "../index.ts";

const seed = seedFrom("contrastive");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};

/** Central differences of step 1e-5; agreement to 1e-7, since τ = 0.2 steepens the third derivative. */
function expectGradient(loss: (values: Float64Array) => number, values: Float64Array, gradient: Float64Array): void {
  const moved = (n: number, by: number): Float64Array => values.map((x, i) => (i === n ? x + by : x));
  for (let n = 0; n < values.length; n++)
    expect(Math.abs(gradient[n]! - (loss(moved(n, 1e-5)) - loss(moved(n, -1e-5))) / 2e-5)).toBeLessThan(1e-7);
}

describe("contrastive", () => {
  const first: PairViews = { chosen: normals("a", 15), rejected: normals("b", 15) };
  const second: PairViews = { chosen: normals("c", 15), rejected: normals("d", 15) };

  it.each(["difference", "each"] as const)("on %s has the gradients of central differences, to 1e-7", (on) => {
    const options = { on, temperature: 0.2, weight: 0.7 };
    const made = contrastive(first, second, 3, options);
    for (const side of ["chosen", "rejected"] as const) {
      expectGradient(
        (x) => contrastive({ ...first, [side]: x }, second, 3, options).loss,
        first[side],
        made.first[side],
      );
      expectGradient(
        (x) => contrastive(first, { ...second, [side]: x }, 3, options).loss,
        second[side],
        made.second[side],
      );
    }
  });

  it("is log n where all items look alike, near 0 where views agree and items are orthogonal, and blind to lengths", () => {
    const same = new Float64Array(8).fill(1);
    expect(infoNce(same, same, 2).loss).toBeCloseTo(Math.log(4), 12);
    const axes = Float64Array.of(1, 0, 0, 0, 2, 0, 0, 0, 5);
    expect(infoNce(axes, axes, 3).loss).toBeCloseTo(Math.log(1 + 2 * Math.exp(-20)), 12);
    expect(infoNce(first.chosen, second.chosen, 3).loss).toBeCloseTo(
      infoNce(
        first.chosen.map((x) => 7 * x),
        second.chosen,
        3,
      ).loss,
      12,
    );
  });

  it("refuses what has no direction, and shapes that do not fit", () => {
    expect(() => infoNce(new Float64Array(4), new Float64Array(4), 2)).toThrow(/row 0 has no direction/);
    expect(() => infoNce(first.chosen, second.chosen.subarray(1), 3)).toThrow(/no two views/);
    expect(() => infoNce(first.chosen, second.chosen, 3, { temperature: 0 })).toThrow(/temperature/);
  });
});

describe("metaStep", () => {
  it("separation has the gradients of central differences and rises to ½", () => {
    const [a, b] = [normals("e", 6), normals("f", 6)];
    const made = separation(a, b);
    expectGradient((x) => separation(x, b).loss, a, made.first);
    expectGradient((x) => separation(a, x).loss, b, made.second);
    expect(separation(Float64Array.of(50), Float64Array.of(0)).loss).toBeCloseTo(0.5, 12);
    expect(separation(Float64Array.of(0), Float64Array.of(0)).first[0]).toBe(0);
  });

  it("takes the loss at θ + η∇J, and is the loss itself without a step", () => {
    const x = normals("g", 12);
    const linear = (rows: Float64Array) => (theta: Float64Array) =>
      Float64Array.from({ length: 6 }, (_, i) => theta[0]! * rows[2 * i]! + theta[1]! * rows[2 * i + 1]!);
    const zero = new Float64Array(6);
    const through = (rows: Float64Array, first: Float64Array, gradient: Float64Array): void => {
      for (let i = 0; i < 6; i++) for (let d = 0; d < 2; d++) gradient[d]! += first[i]! * rows[2 * i + d]!;
    };
    const loss = (theta: Float64Array, gradient: Float64Array): number => {
      const made = bradleyTerry()(linear(x)(theta), zero);
      through(x, made.first, gradient);
      return made.loss;
    };
    const support = normals("h", 12);
    const difference = (theta: Float64Array, gradient: Float64Array): number => {
      const made = separation(linear(support)(theta), zero);
      through(support, made.first, gradient);
      return made.loss;
    };
    const theta = Float64Array.of(0.3, -0.2);
    const [plain, meta, up, at] = [0, 1, 2, 3].map(() => new Float64Array(2)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    loss(theta, plain);
    difference(theta, up);
    const moved = theta.map((t, d) => t + 0.5 * up[d]!);
    expect(metaStep(loss, difference, { eta: 0.5 })(theta, meta)).toBe(loss(moved, at));
    expect([...meta]).toEqual([...at]);
    expect([...meta]).not.toEqual([...plain]);
    expect(difference(moved, new Float64Array(2))).toBeGreaterThan(difference(theta, new Float64Array(2)));
    const none = new Float64Array(2);
    metaStep(loss, difference, { eta: 0 })(theta, none);
    expect([...none]).toEqual([...plain]);
    expect(() => metaStep(loss, difference, { eta: -1 })).toThrow(/eta/);
  });
});
