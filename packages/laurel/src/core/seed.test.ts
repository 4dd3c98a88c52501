import { describe, expect, it } from "vitest";
import { random, seedFrom, split } from "./seed.ts";

describe("random", () => {
  it("gives the published first outputs of xoshiro128** for the state 1, 2, 3, 4", () => {
    // Vectors of the reference C program (Blackman and Vigna), compiled and run; rand_xoshiro asserts the same.
    const r = random("00000001000000020000000300000004");
    const first = Array.from({ length: 10 }, () => r.u32());
    expect(first).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });
  it("fills arrays with the words that single calls give, and goes on behind them", () => {
    const [one, bulk] = [random(seedFrom("fill")), random(seedFrom("fill"))];
    for (const length of [0, 1, 7, 4096]) {
      const words = new Uint32Array(length);
      bulk.fill(words);
      expect(Array.from(words)).toEqual(Array.from({ length }, () => one.u32()));
      expect(bulk.u32()).toBe(one.u32());
    }
  });
  it("has uniform, normal and exponential moments", () => {
    const r = random(seedFrom("moments"));
    const n = 200_000;
    let u = 0;
    let z = 0;
    let zz = 0;
    let e = 0;
    for (let i = 0; i < n; i++) {
      u += r.uniform();
      const x = r.normal();
      z += x;
      zz += x * x;
      e += r.exponential();
    }
    // five standard errors each
    expect(Math.abs(u / n - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(z / n)).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(zz / n - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(e / n - 1)).toBeLessThan(5 * Math.sqrt(1 / n));
  });
  it("keeps every element when shuffling and repeats for one seed", () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const once = random(seedFrom(3)).shuffled(items);
    expect(random(seedFrom(3)).shuffled(items)).toEqual(once);
    expect([...once].sort((a, b) => a - b)).toEqual(items);
    expect(once).not.toEqual(items);
  });
});

describe("split", () => {
  it("gives different children for different names and the same child for the same name", () => {
    const seed = seedFrom(1);
    expect(split(seed, "a")).toBe(split(seed, "a"));
    expect(split(seed, "a")).not.toBe(split(seed, "b"));
    expect(split(seed, "a")).toMatch(/^[0-9a-f]{32}$/);
  });
});
