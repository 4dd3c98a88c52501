import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, seedFrom, UsageError } from "../core/index.ts";
import { compliance, rankingConsistency, signalFloor, signalQuality } from "./early-signal.ts";

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe("signalQuality", () => {
  it("is 1 for a straight rise, and a half for a straight fall, since smoothness has no sign", () => {
    expect(signalQuality(upTo(14))).toMatchObject({ quality: 1, rho: 1, smoothness: 1, lags: [1, 2] });
    expect(signalQuality(upTo(14).reverse())).toMatchObject({ quality: 0.5, rho: -1, smoothness: 1 });
  });
  it("ranks ties by position unless told to average: the specification's fixture", () => {
    const steps = [0, 0, 0, 0, 1, 1, 1, 1];
    expect(signalQuality(steps)).toMatchObject({ rho: 1, lags: [1], ties: 12 });
    expect(signalQuality(steps).smoothness).toBeCloseTo(0.75, 12);
    expect(signalQuality(steps).quality).toBeCloseTo(0.875, 12);
    expect(signalQuality(steps, { ties: "average" }).rho).toBeCloseTo(0.8729, 4);
    expect(signalQuality(steps, { ties: "average" }).quality).toBeCloseTo(0.811, 3);
  });
  it("refuses short and constant curves", () => {
    expect(() => signalQuality(upTo(7))).toThrow(NotEnoughDataError);
    expect(() => signalQuality(Array.from({ length: 9 }, () => 3))).toThrow(UsageError);
  });
});

describe("signalFloor", () => {
  it("is clearly above 0 for noise of 14 checkpoints, and far below a straight rise", () => {
    const floor = signalFloor(upTo(14), { seed: seedFrom("floor") });
    // the specification's pilot: 0.168 for 14 independent values
    expect(floor.value).toBeGreaterThan(0.14);
    expect(floor.value).toBeLessThan(0.2);
    expect(floor.high).toBeLessThan(0.9);
  });
});

describe("rankingConsistency and compliance", () => {
  it("are 1 where the early order is the late one, 0 where it is reversed, a half where all tie", () => {
    expect(
      rankingConsistency(
        [
          [1, 1],
          [2, 2],
          [3, 3],
        ],
        [10, 20, 30],
      ).value,
    ).toBe(1);
    expect(
      rankingConsistency(
        [
          [3, 3],
          [2, 2],
          [1, 1],
        ],
        [10, 20, 30],
      ).value,
    ).toBe(0);
    expect(
      rankingConsistency(
        [
          [3, 3],
          [3, 3],
          [3, 3],
        ],
        [10, 20, 30],
      ).value,
    ).toBe(0.5);
    expect(() =>
      rankingConsistency(
        [
          [1, 2],
          [2, 3],
        ],
        [1, 1],
      ),
    ).toThrow(UsageError);
  });
  it("counts the checkpoints at which the trained model leads", () => {
    const rng = random(seedFrom("twin"));
    const control = Float64Array.from({ length: 14 }, () => rng.normal());
    const { share, gap } = compliance(
      control.map((x, t) => x + (t < 7 ? 1 : t === 7 ? 0 : -1)),
      control,
    );
    expect(share.value).toBeCloseTo(7.5 / 14, 12);
    expect(gap.value).toBeCloseTo(1 / 14, 12);
  });
});
