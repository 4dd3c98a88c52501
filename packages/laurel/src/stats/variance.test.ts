import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { random, seedFrom, split } from "../core/seed.ts";
import { meanOf } from "./sample.ts";
import { plannedStandardError, varianceComponents } from "./variance.ts";

const seed = seedFrom("variance");

function draw(
  k: number,
  items: number,
  orders: number,
  repeats: number,
  sd: { item: number; order: number; repeat: number },
): number[][][] {
  const rng = random(split(seed, k));
  return Array.from({ length: items }, () => {
    const level = sd.item * rng.normal();
    return Array.from({ length: orders }, () => {
      const shift = sd.order * rng.normal();
      return Array.from({ length: repeats }, () => level + shift + sd.repeat * rng.normal());
    });
  });
}

describe("varianceComponents", () => {
  it("is unbiased and its intervals cover: 400 draws of 40 items, 2 orders, 3 repeats", () => {
    const sd = { item: 1, order: 0.5, repeat: 0.8 };
    const all = Array.from({ length: 400 }, (_, k) => varianceComponents(draw(k, 40, 2, 3, sd)));
    for (const name of ["item", "order", "repeat"] as const) {
      const truth = sd[name] ** 2;
      const values = all.map((one) => one[name]!.value);
      const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - meanOf(values)) ** 2, 0) / 399);
      // 4 standard errors of the mean of 400 draws
      expect(Math.abs(meanOf(values) - truth), name).toBeLessThan((4 * spread) / 20);
      const covered = all.filter((one) => one[name]!.low <= truth && truth <= one[name]!.high).length / 400;
      // the jackknife of a variance is a little short at 40 items: 90 % is the stated floor
      expect(covered, name).toBeGreaterThan(0.9);
    }
  });

  it("equals the mean squares worked by hand", () => {
    // items (order means; repeats): a (7.5, 5), b (2.5, 1.5), c (9, 8.5)
    const got = varianceComponents([
      [
        [7, 8],
        [5, 5],
      ],
      [
        [3, 2],
        [2, 1],
      ],
      [
        [9, 9],
        [8, 9],
      ],
    ]);
    const repeat = (0.5 + 0 + 0.5 + 0.5 + 0 + 0.5) / 6;
    const order = (2 * (3.125 + 0.5 + 0.125)) / 3;
    const means = [6.25, 2, 8.75];
    const item = 4 * (means.reduce((sum, m) => sum + (m - 17 / 3) ** 2, 0) / 2);
    expect(got.repeat!.value).toBeCloseTo(repeat, 12);
    expect(got.order!.value).toBeCloseTo((order - repeat) / 2, 12);
    expect(got.item.value).toBeCloseTo((item - order) / 4, 12);
    expect([...got.orderMeans]).toEqual([meanOf([7.5, 2.5, 9]), meanOf([5, 1.5, 8.5])]);
    expect(got.mean).toBeCloseTo(17 / 3, 12);
  });

  it("predicts the standard error of the design that it saw, and of others", () => {
    const got = varianceComponents(draw(1, 50, 2, 3, { item: 1, order: 0.5, repeat: 0.8 }));
    const same = plannedStandardError(got, { items: 50, orders: 2, repeats: 3 });
    const { item, order, repeat } = got;
    expect(same).toBeCloseTo(Math.sqrt(item.value / 50 + order!.value / 100 + repeat!.value / 300), 12);
    expect(plannedStandardError(got, { items: 200, orders: 2, repeats: 3 })).toBeCloseTo(same / 2, 12);
    expect(plannedStandardError(got, { items: 50, orders: 1, repeats: 1 })).toBeGreaterThan(same);
  });

  it("drops the level that the design lacks", () => {
    const repeats = varianceComponents([[[1, 2]], [[4, 4]], [[0, 2]]]);
    expect(repeats.order).toBeUndefined();
    expect(repeats.repeat!.value).toBeCloseTo((0.5 + 0 + 2) / 3, 12);
    const orders = varianceComponents([
      [[1], [2]],
      [[4], [4]],
      [[0], [2]],
    ]);
    expect(orders.repeat).toBeUndefined();
    expect(orders.order!.value).toBeCloseTo((0.5 + 0 + 2) / 3, 12);
    expect(orders.item.value).toBeCloseTo(repeats.item.value, 12);
  });

  it("states degenerate input: constant scores give 0 with width 0, too few are refused", () => {
    const flat = varianceComponents([
      [
        [2, 2],
        [2, 2],
      ],
      [
        [2, 2],
        [2, 2],
      ],
      [
        [2, 2],
        [2, 2],
      ],
    ]);
    expect(flat.item).toMatchObject({ value: 0, low: 0, high: 0 });
    expect(() => varianceComponents([[[1, 2]], [[1, 2]]])).toThrow(NotEnoughDataError);
    expect(() => varianceComponents([[[1]], [[2]], [[3]]])).toThrow(NotEnoughDataError);
    expect(() => varianceComponents([[[1, 2]], [[1]], [[3, 4]]])).toThrow(UsageError);
  });
});
