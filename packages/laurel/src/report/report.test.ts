import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forestChart, histogramChart, html, htmlTable, lineChart, page, text } from "./index.ts";
import { ticks } from "./svg.ts";

const estimate = { value: 0.5, low: 0.4, high: 0.6, level: 0.95, n: 10, unscored: 0, method: "m" };

/** Numbers of all geometry attributes. */
function geometry(svg: string): number[] {
  return [...svg.matchAll(/ (?:x|y|x1|x2|y1|y2|cx|cy|width|height)="([^"]+)"/g)].map((match) => Number(match[1]));
}

describe("charts", () => {
  it("hold only finite geometry, whatever the values", () => {
    const value = fc.double({ noNaN: true, min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), (values) => {
        const points = values.map((y, x) => ({ x, y, low: y - 1, high: y + 1 }));
        const charts = [
          histogramChart(values, { title: "t", x: "x" }),
          lineChart([{ name: "a", points }], { title: "t", x: "x", y: "y" }),
          forestChart(
            values.map((one) => ({ name: "n", estimate: { ...estimate, value: one, low: one, high: one } })),
            { title: "t", x: "x" },
          ),
        ];
        for (const chart of charts) expect(geometry(chart).every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it("counts every value in one bar each, and shows one bar for equal values", () => {
    const counts = (svg: string) => [...svg.matchAll(/<title>(\d+)<\/title>/g)].map((match) => Number(match[1]));
    const values = Array.from({ length: 100 }, (_, i) => i % 7);
    expect(counts(histogramChart(values, { title: "t", x: "x" })).reduce((a, b) => a + b)).toBe(100);
    expect(counts(histogramChart([3, 3, 3], { title: "t", x: "x" }))).toEqual([3]);
  });

  it("escapes titles and names", () => {
    const svg = lineChart([{ name: "<script>", points: [{ x: 0, y: 1 }] }], { title: '"><img>', x: "&", y: "y" });
    expect(svg).not.toContain("<script>");
    expect(svg).not.toContain("<img>");
  });

  it("ticks are round, rising and inside the range", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, span) => {
          const marks = ticks(low, low + span);
          expect(marks.length).toBeGreaterThan(0);
          expect(marks.length).toBeLessThan(12);
          for (const [i, mark] of marks.entries()) {
            if (i > 0) expect(mark).toBeGreaterThan(marks[i - 1]!);
            expect(mark).toBeGreaterThanOrEqual(low - span * 1e-6);
            expect(mark).toBeLessThanOrEqual(low + span * (1 + 1e-6));
          }
        },
      ),
    );
    expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  });
});

describe("html", () => {
  it("escapes every text, and runs no script", () => {
    fc.assert(
      fc.property(fc.string(), (any) => {
        const made = page(any, [html`<p>${text(any)}</p>`, htmlTable([any], [[any]])]);
        const body = made.slice(made.indexOf("<body>"));
        // all that stands between the tags that we wrote is free of markup
        const own = body.replace(/<\/?(?:body|html|p|div|table|thead|tbody|tr|th|td)(?: class="(?:wide|n)")?>/g, "");
        expect(own).not.toMatch(/[<>]/);
        expect(made).toContain("default-src 'none'");
      }),
    );
  });
});
