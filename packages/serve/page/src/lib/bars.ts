import type { Markish, PlotOptions } from "@observablehq/plot";
import type { CatalogueBar } from "laurel/papers";

type Library = typeof import("@observablehq/plot");

/** A claim's judged bars as dots with their intervals, one a line. */
export function barPlot({ dot, ruleX, ruleY }: Library, bars: readonly CatalogueBar[], width: number): PlotOptions {
  const rows = bars.map((bar) => ({ ...bar, name: `${bar.id} (${bar.role})` }));
  const wrong = (bar: CatalogueBar): boolean =>
    bar.asExpected === false || (bar.asExpected === null && bar.verdict === "fails");
  const stroke = (bar: CatalogueBar): string => (wrong(bar) ? "var(--bad)" : "var(--accent)");
  const ends = rows.flatMap(({ low, high, value }) => [low, high, value]).filter((end) => Number.isFinite(end));
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const marks: Markish[] = [
    ruleX([0], { stroke: "currentColor", strokeOpacity: 0.4 }),
    ruleY(rows, { x1: "low", x2: "high", y: "name", stroke, strokeWidth: 2 }),
    dot(rows, { x: "value", y: "name", fill: stroke, r: 4 }),
  ];
  return {
    height: 40 + 28 * rows.length,
    marginLeft: Math.min(220, width / 3),
    marginRight: 20,
    // all at one place, as identities are, has no scale of its own
    x: { label: null, grid: true, nice: true, ...(least === most ? { domain: [-1, 1] } : {}) },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks,
  };
}
