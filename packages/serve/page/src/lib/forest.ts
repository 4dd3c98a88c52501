import type { PlotOptions } from "@observablehq/plot";

type Library = typeof import("@observablehq/plot");

/** One line of a forest plot. */
export interface ForestRow {
  name: string;
  value: number;
  low: number;
  high: number;
  n: number;
}

/** Values as dots with their intervals, one a line, in the order given. */
export function forest(
  { axisY, dot, ruleX, ruleY }: Library,
  rows: readonly ForestRow[],
  width: number,
  chance?: number,
): PlotOptions {
  const left = Math.min(240, width / 2.6);
  const most = Math.max(6, Math.floor((left - 16) / 6.6));
  return {
    height: 44 + 26 * rows.length,
    marginLeft: left,
    marginRight: 24,
    x: { label: null, grid: true, nice: true },
    y: { label: null, domain: rows.map(({ name }) => name), axis: null },
    marks: [
      axisY({
        label: null,
        tickSize: 0,
        tickFormat: (name: string) => (name.length > most ? `${name.slice(0, most - 1)}…` : name),
      }),
      ...(chance === undefined ? [] : [ruleX([chance], { stroke: "var(--doubt)", strokeDasharray: "4 3" })]),
      ruleY(rows, { x1: "low", x2: "high", y: "name", stroke: "var(--accent)", strokeWidth: 2 }),
      dot(rows, { x: "value", y: "name", fill: "var(--accent)", r: 4 }),
    ],
  };
}
