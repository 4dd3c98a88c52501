import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Progress } from "../run/index.ts";
import { bar, duration, histogram, ProgressLine, plain, short, table, tally } from "./terminal.ts";

const progress = (more: Partial<Progress> = {}): Progress => ({
  rows: 50,
  candidates: 100,
  faults: {},
  unscored: {},
  waiting: 0,
  usage: [],
  milliseconds: 1000,
  ...more,
});

describe("plain", () => {
  it("never lets a control, escape or direction-changing character through, and keeps to the width", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 60 }), (any, width) => {
        const shown = plain(`\u001b[31m${any}\u202e\u2066`, width);
        expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f]/u);
        expect([...shown].length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("figures in words", () => {
  it("are short and exact", () => {
    expect([short(0.12345), short(2), short(-0.5), short(1e-9)]).toEqual(["0.123", "2", "-0.5", "0"]);
    expect([duration(900), duration(59_400), duration(185_000), duration(7_440_000)]).toEqual([
      "0.9 s",
      "59 s",
      "3 min 5 s",
      "2 h 4 min",
    ]);
    expect(tally("faults", { "no-answer": 2, crashed: 1 })).toBe("3 faults (2 no-answer, 1 crashed)");
    expect(tally("faults", {})).toBe("");
    expect(bar(0.5, 4)).toBe("██");
    expect(bar(2, 4)).toBe("████");
  });
  it("a histogram counts every value", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 50 }),
        (values) => {
          const counts = histogram(values)
            .split("\n")
            .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
          expect(counts.reduce((a, b) => a + b)).toBe(values.length);
        },
      ),
    );
  });
  it("a table puts numbers to the right", () => {
    expect(
      table(
        ["name", "n"],
        [
          ["a", "5"],
          ["bb", "120"],
        ],
      )
        .split("\n")
        .slice(1),
    ).toEqual(["a       5", "bb    120"]);
  });
});

describe("ProgressLine", () => {
  afterEach(() => vi.restoreAllMocks());

  it("shows rate, time left, faults and unscored by reason on a terminal, and clears it", () => {
    const written: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((chunk) => written.push(String(chunk)) > 0);
    const before = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
    Object.defineProperty(process.stderr, "isTTY", { value: true, configurable: true });
    Object.defineProperty(process.stderr, "columns", { value: 200, configurable: true });
    try {
      const line = new ProgressLine({ total: 150 });
      vi.spyOn(performance, "now").mockReturnValue(performance.now() + 1000);
      line.update(progress({ faults: { "time-limit": 1 }, unscored: { transport: 2 } }), 50);
      line.clear();
    } finally {
      if (before !== undefined) Object.defineProperty(process.stderr, "isTTY", before);
      else Reflect.deleteProperty(process.stderr, "isTTY");
      Reflect.deleteProperty(process.stderr, "columns");
    }
    expect(written[0]).toContain(
      "100 of 150 rows · 50/s · 1.0 s left · 1 faults (1 time-limit) · 2 unscored (2 transport)",
    );
    expect(written.at(-1)).toBe("\r\u001b[2K");
  });

  it("says nothing in the first seconds where there is no terminal", () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    new ProgressLine().update(progress());
    expect(write).not.toHaveBeenCalled();
  });
});
