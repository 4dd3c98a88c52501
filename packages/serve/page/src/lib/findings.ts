import type { Markish, PlotOptions } from "@observablehq/plot";
import type { Finding } from "laurel/run";

type Library = typeof import("@observablehq/plot");

/** Findings as dots with their intervals, one a line, over the region that is in order. */
export function findingPlot(
  { dot, rectX, ruleX, ruleY }: Library,
  findings: readonly Finding[],
  width: number,
): PlotOptions {
  const rows = findings.map(({ id, estimate, exceeds }) => ({ name: id, ...estimate, exceeds }));
  const stroke = (row: { exceeds: boolean }): string => (row.exceeds ? "var(--doubt)" : "var(--accent)");
  const [low, high] = findings[0]!.within;
  const marks: Markish[] = [
    rectX([{ low, high }], { x1: "low", x2: "high", fill: "currentColor", fillOpacity: 0.06 }),
    ruleX([0.5], { stroke: "currentColor", strokeOpacity: 0.4 }),
    ruleY(rows, { x1: "low", x2: "high", y: "name", stroke, strokeWidth: 2 }),
    dot(rows, { x: "value", y: "name", fill: stroke, r: 4 }),
  ];
  return {
    height: 40 + 24 * rows.length,
    marginLeft: Math.min(150, width / 2.5),
    marginRight: 20,
    x: { label: null, domain: [0, 1], grid: true },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks,
  };
}
