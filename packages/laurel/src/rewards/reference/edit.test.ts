import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext, task, UsageError } from "../../core/index.ts";
import { editDistance, editRatio, editSimilarity } from "./edit.ts";
import { lcsLength, lcsMarker } from "./lcs.ts";

function plainDistance(a: readonly number[], b: readonly number[]): number {
  let row = b.map((_, j) => j + 1);
  row.unshift(0);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

function plainTable(a: readonly number[], b: readonly number[]): number[][] {
  const table = [b.map(() => 0).concat(0)];
  for (let i = 1; i <= a.length; i++) {
    table.push([0]);
    for (let j = 1; j <= b.length; j++)
      table[i]!.push(
        a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!),
      );
  }
  return table;
}

/** The backtracking that rouge-score defines, on the full table. */
function plainMarks(a: readonly number[], b: readonly number[]): number[] {
  const table = plainTable(a, b);
  const marks = a.map(() => 0);
  for (let i = a.length, j = b.length; i > 0 && j > 0; ) {
    if (a[i - 1] === b[j - 1]) {
      marks[i - 1] = 1;
      i--;
      j--;
    } else if (table[i]![j - 1]! > table[i - 1]![j]!) j--;
    else i--;
  }
  return marks;
}

const symbols = (most: number) => fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: most });

describe("edit distance", () => {
  it("equals the plain dynamic programme, across word borders and band doublings", () => {
    fc.assert(
      fc.property(symbols(150), symbols(150), (a, b) => {
        expect(editDistance(a, b)).toBe(plainDistance(a, b));
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it("stays exact where the band leaves the first and last words", () => {
    const a = Array.from({ length: 700 }, (_, i) => (i * 7919) % 11);
    const b = [...a.slice(40, 300), ...a.slice(310), 3, 3, 3];
    expect(editDistance(a, b)).toBe(plainDistance(a, b));
    expect(editDistance(a, a.toReversed())).toBe(plainDistance(a, a.toReversed()));
  });

  it("is a metric: symmetric, 0 only for equals, and within the triangle", () => {
    fc.assert(
      fc.property(symbols(40), symbols(40), symbols(40), (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
        expect(editDistance(a, a)).toBe(0);
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it("gives 1 − distance/longest in characters or words", () => {
    expect(editRatio("kitten", "sitting")).toBeCloseTo(1 - 3 / 7, 12);
    expect(editRatio("a b c", "a x c", { unit: "words" })).toBeCloseTo(2 / 3, 12);
    expect(editRatio("", "")).toBe(1);
    expect(editRatio("", "ab")).toBe(0);
    expect(editRatio("A", "a ", { normalise: ["lowercase", "trim"] })).toBe(1);
    expect(editRatio("👍", "👎")).toBe(0);
  });

  it("is near-linear for long texts that are alike", () => {
    const text = "abcdefghij".repeat(20_000);
    const started = performance.now();
    expect(editRatio(`x${text}`, `${text}yy`)).toBeCloseTo(1 - 3 / 200_002, 12);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("takes the nearest reference in the reward", async () => {
    const [scores] = await editSimilarity().score([task("q", ["abcd"], { texts: ["zzzz", "abcx"] })], directContext());
    expect(scores).toEqual([{ value: 0.75 }]);
    expect(() => editSimilarity({ unit: "lines" as "words" })).toThrow(UsageError);
  });
});

describe("longest common subsequence", () => {
  it("has the plain length and marks the positions that rouge-score's backtracking finds", () => {
    fc.assert(
      fc.property(symbols(90), symbols(90), (a, b) => {
        expect(lcsLength(a, b)).toBe(plainTable(a, b)[a.length]![b.length]);
        const marks = new Uint8Array(a.length);
        lcsMarker(a).mark(b, marks);
        expect([...marks]).toEqual(plainMarks(a, b));
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
