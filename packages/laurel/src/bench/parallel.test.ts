import { describe, expect, it } from "vitest";
import { type PairOutcome, parallelReport } from "./parallel.ts";

/** Ten pairs whose right answers alternate in place; `wrong` are answered wrongly. */
const version = (wrong: readonly number[], n = 10): PairOutcome[] =>
  Array.from({ length: n }, (_, i) => {
    const right = (i % 2) as 0 | 1;
    const failed = wrong.includes(i);
    return { id: String(i), choice: failed ? ((1 - right) as 0 | 1) : right, credit: failed ? 0 : 1 };
  });

describe("parallelReport", () => {
  it("gives paired drops, flips and kappa of the choices", () => {
    const { versions } = parallelReport({ eng: version([0]), deu: version([0, 1, 2, 3]), fra: version([1]) }, "eng");
    expect(versions["deu"]).toMatchObject({
      n: 10,
      missing: 0,
      accuracy: { value: 0.6 },
      drop: { value: expect.closeTo(0.3, 12) },
    });
    expect(versions["deu"]!.flips.value).toBeCloseTo(0.3, 12);
    // fra is as accurate as eng, and still differs on two items: p_o = 0.8, the choices' shares are 4:6 and 6:4, p_e = 0.48
    expect(versions["fra"]).toMatchObject({
      drop: { value: expect.closeTo(0, 12) },
      flips: { value: expect.closeTo(0.2, 12) },
    });
    expect(versions["fra"]!.kappa!.value).toBeCloseTo((0.8 - 0.48) / 0.52, 12);
  });

  it("aligns by id, counts what one side lacks, and has no kappa where both always choose the same place", () => {
    const { versions } = parallelReport({ eng: version([]), deu: version([], 6) }, "eng");
    expect(versions["deu"]).toMatchObject({ n: 6, missing: 4 });
    const first = Array.from({ length: 4 }, (_, i): PairOutcome => ({ id: String(i), choice: 0, credit: 1 }));
    expect(parallelReport({ eng: first, deu: first }, "eng").versions["deu"]!.kappa).toBeUndefined();
    expect(() => parallelReport({ eng: [first[0]!, first[0]!] }, "eng")).toThrow(/stands twice/);
    expect(() => parallelReport({ deu: first }, "eng")).toThrow(/no version 'eng'/);
  });

  it("correlates accuracy with a covariate over the versions", () => {
    const versions = Object.fromEntries(
      ["eng", "a", "b", "c", "d"].map((name, i) => [name, version(Array.from({ length: i }, (_, k) => k))]),
    );
    const { trend } = parallelReport(versions, "eng", { covariate: { a: 4, b: 3, c: 2, d: 1 } });
    expect(trend!.value).toBeCloseTo(1, 12);
  });
});
