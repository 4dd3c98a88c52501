import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { drawModelZoo, drawTagged, drawVersions, type ModelZooDials } from "./model-zoo.ts";

const dials: ModelZooDials = {
  models: 3,
  capabilities: 2,
  items: 4000,
  general: 0.5,
  special: 0.5,
  slope: 1.5,
  offset: 0,
};
const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;

describe("model zoo", () => {
  it("is easy where items are easy", () => {
    const [easy] = drawModelZoo({ ...dials, offset: -3.5 }, seedFrom(1));
    const [even] = drawModelZoo(dials, seedFrom(1));
    expect(mean([...easy!])).toBeGreaterThan(0.88);
    expect(mean([...even!])).toBeLessThan(0.75);
  });
  it("has one order of models in all capabilities without special ability", () => {
    const tables = drawModelZoo({ ...dials, special: 0 }, seedFrom(2));
    const orders = tables.map((table) =>
      [0, 1, 2].sort(
        (a, b) =>
          mean([...table.subarray(a * 4000, a * 4000 + 4000)]) - mean([...table.subarray(b * 4000, b * 4000 + 4000)]),
      ),
    );
    expect(orders[0]).toEqual(orders[1]);
  });
  it("has a harder tag, and versions that never differ without noise, gain and loss", () => {
    const items = drawTagged(
      { tagged: 20_000, tags: 3, carried: 0.3, centre: 0.5, harder: 1.5 },
      1,
      random(seedFrom(3)),
    );
    const accuracy = (of: typeof items): number => mean(of.map(({ right }) => Number(right)));
    expect(accuracy(items.filter(({ attributes }) => attributes.includes("tag 1")))).toBeLessThan(0.4);
    expect(accuracy(items.filter(({ attributes }) => attributes.includes("tag 0")))).toBeGreaterThan(0.45);
    const same = drawVersions({ asked: 500, gain: 0, noise: 0, loss: 0, slice: 0.1 }, seedFrom(4));
    expect(same.every(({ before, after }) => before === after)).toBe(true);
  });
});
