import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decision, flipped } from "./swap.ts";
import { type SwapRow, swapReport } from "./swap-report.ts";

const label = (right: boolean): "A>B" | "B>A" => (right ? "A>B" : "B>A");

describe("swapReport", () => {
  it("gives a judge that always names the first answer 0, and a consistent guesser half (JudgeBench's statements)", () => {
    const first = Array.from(
      { length: 10 },
      (_, i): SwapRow => ({ first: "A>B", second: "A>B", label: label(i % 2 === 0) }),
    );
    const lean = swapReport(first);
    expect([lean.score.value, lean.tie.value, lean.inconsistent.value, lean.firstRate!.value, lean.chance]).toEqual([
      0, 1, 1, 1, 0,
    ]);
    const steady = swapReport(
      Array.from({ length: 10 }, (_, i): SwapRow => ({ first: "A>B", second: "B>A", label: label(i % 2 === 0) })),
    );
    expect([steady.score.value, steady.wrong.value, steady.inconsistent.value, steady.chance]).toEqual([
      0.5, 0.5, 0, 0.5,
    ]);
  });

  it("counts a right game beside a tie as right, an unreadable one as inconsistent with a tie, and nulls by game", () => {
    const rows: SwapRow[] = [
      { first: "A>B", second: "A=B", label: "A>B" },
      { first: "A=B", second: null, label: "A>B" },
      { first: null, second: null, label: "B>A" },
    ];
    const report = swapReport(rows);
    expect(report.score.value).toBeCloseTo(1 / 3, 12);
    expect(report.tie.value).toBeCloseTo(2 / 3, 12);
    expect(report.inconsistent.value).toBeCloseTo(2 / 3, 12);
    expect(report.nulls.value).toBe(0.5);
    expect(report.firstRate!.n).toBe(1);
    expect(swapReport([rows[2]!]).firstRate).toBeUndefined();
  });

  it("does not change when labels and verdicts are mirrored, and its three shares sum to 1", () => {
    const said = fc.constantFrom<Decision>("A>B", "B>A", "A=B", null);
    const row = fc.record({ first: said, second: said, label: fc.constantFrom("A>B" as const, "B>A" as const) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 30 }), (rows) => {
        const report = swapReport(rows);
        const mirrored = swapReport(
          rows.map(({ first, second, label: own }) => ({
            first: flipped(first),
            second: flipped(second),
            label: flipped(own) as "A>B",
          })),
        );
        expect(mirrored.score).toEqual(report.score);
        expect(mirrored.inconsistent).toEqual(report.inconsistent);
        expect(report.score.value + report.wrong.value + report.tie.value).toBeCloseTo(1, 12);
      }),
    );
  });

  it("refuses no pairs, and a label that names no side", () => {
    expect(() => swapReport([])).toThrow(/no pair with both orders/);
    expect(() => swapReport([{ first: "A>B", second: "A>B", label: "A=B" as never }])).toThrow(/label of pair 1/);
  });
});
