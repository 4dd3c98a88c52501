import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assign, assignInOrder } from "./assignment.ts";

/** The best sum by trying all pairings. */
function exhaustive(weights: number[], rows: number, columns: number, ordered: boolean): number {
  const from = (row: number, used: ReadonlySet<number>, last: number): number => {
    if (row === rows) return 0;
    let best = from(row + 1, used, last);
    for (let column = 0; column < columns; column++) {
      if (used.has(column) || (ordered && column <= last)) continue;
      const rest = from(row + 1, new Set([...used, column]), column);
      best = Math.max(best, weights[row * columns + column]! + rest);
    }
    return best;
  };
  return from(0, new Set(), -1);
}

const matrices = fc
  .record({ rows: fc.integer({ min: 0, max: 5 }), columns: fc.integer({ min: 0, max: 5 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      weights: fc.array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 1)), {
        minLength: rows * columns,
        maxLength: rows * columns,
      }),
    }),
  );

for (const [name, f, ordered] of [
  ["assign", assign, false],
  ["assignInOrder", assignInOrder, true],
] as const) {
  describe(name, () => {
    it("finds the sum that trying all pairings finds (tolerance 1e-12), and its pairs have that sum", () => {
      fc.assert(
        fc.property(matrices, ({ rows, columns, weights }) => {
          const { columns: pairs, total } = f(weights, rows, columns);
          expect(total).toBeCloseTo(exhaustive(weights, rows, columns, ordered), 12);
          let sum = 0;
          const used = new Set<number>();
          let last = -1;
          for (const [row, column] of pairs.entries()) {
            if (column < 0) continue;
            expect(used.has(column)).toBe(false);
            if (ordered) expect(column).toBeGreaterThan(last);
            used.add(column);
            last = column;
            sum += weights[row * columns + column]!;
          }
          expect(sum).toBeCloseTo(total, 12);
        }),
        { numRuns: 400 },
      );
    });
  });
}

describe("assign", () => {
  it("pairs 5 rows with 20,000 columns within half a second", () => {
    const weights = Float64Array.from({ length: 100_000 }, (_, i) => ((i * 7919) % 1000) / 1000);
    const before = process.cpuUsage();
    expect(assign(weights, 5, 20_000).total).toBeCloseTo(4.995, 10);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
  });
});
