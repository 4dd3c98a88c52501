import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, seedFrom, UsageError } from "../core/index.ts";
import { difficulty, novelty, separability } from "./desiderata.ts";

const uniform = (name: string) => {
  const rng = random(seedFrom(name));
  return (n: number): Float64Array => Float64Array.from({ length: n }, () => rng.uniform());
};

describe("difficulty and separability", () => {
  it("are 0.2 and 0.2 for accuracies of 0.2, 0.5 and 0.8 (the specification's fixture)", () => {
    expect(difficulty([0.2, 0.5, 0.8])).toBeCloseTo(0.2, 12);
    expect(separability([0.2, 0.5, 0.8])).toBeCloseTo(0.2, 12);
    expect(() => difficulty([])).toThrow(NotEnoughDataError);
  });
});

describe("novelty", () => {
  it("is 0 in sample for an affine map of a previous vector, and for an exactly reversed ranking", () => {
    const u = uniform("affine")(17);
    for (const v of [u.map((x) => 0.3 + 0.5 * x), u.map((x) => 1 - x)])
      expect(novelty(v, [u], { folds: "none" })!.value).toBeCloseTo(0, 12);
  });

  it("has a mean of 1.35, 1.17 and 1.09 for chance with 1, 3 and 6 previous sets of 17 takers, and 0.43 in sample with 6", () => {
    // the specification's figures, of 500 draws, to 0.05; a draw has an sd of 0.43, so that 1,000 are taken here
    const draw = uniform("independent");
    for (const [sets, folds, expected] of [
      [1, "loo", 1.35],
      [3, "loo", 1.17],
      [6, "loo", 1.09],
      [6, "none", 0.43],
    ] as const) {
      let sum = 0;
      for (let i = 0; i < 1000; i++) {
        const previous = Array.from({ length: sets }, () => draw(17));
        sum += novelty(draw(17), previous, { folds })!.value;
      }
      expect(Math.abs(sum / 1000 - expected), `${sets} sets, ${folds}`).toBeLessThan(0.05);
    }
  });

  it("is null where all takers are equal, and has an interval round its value", () => {
    const [u, v] = [uniform("u")(17), uniform("v")(17)];
    expect(novelty(new Float64Array(17).fill(0.4), [u])).toBeNull();
    expect(novelty(u, [new Float64Array(17).fill(0.4)])).toBeNull();
    const noise = uniform("noise")(17);
    const one = novelty(v, [u, v.map((x, i) => x + 0.5 * noise[i]!)])!;
    expect(one.low).toBeLessThanOrEqual(one.value);
    expect(one.high).toBeGreaterThan(one.value);
    expect(one.high).toBeLessThan(0.5);
  });

  it("refuses sets of other takers, and to compare with nothing", () => {
    expect(() => novelty([0.1, 0.2, 0.3], [[0.1, 0.2]])).toThrow(UsageError);
    expect(() => novelty([0.1, 0.2, 0.3], [])).toThrow(NotEnoughDataError);
    expect(() => novelty([0.1, 0.2], [[0.1, 0.2]])).toThrow(NotEnoughDataError);
  });
});
