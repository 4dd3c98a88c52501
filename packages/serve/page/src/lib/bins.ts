import type { Markish, PlotOptions } from "@observablehq/plot";

type Library = typeof import("@observablehq/plot");

/** Counts of values in equal-width bins, as the server sends them. */
export interface Bins {
  low: number;
  high: number;
  n: number;
  counts: readonly number[];
}

/** Histograms over the same bins, each as the share of its own values. */
export function binPlot(
  { rectY, ruleY, ruleX }: Library,
  series: readonly { name: string; bins: Bins; colour: string }[],
  x: string,
  line?: number,
): PlotOptions {
  const marks: Markish[] = [ruleY([0], { stroke: "currentColor", strokeOpacity: 0.4 })];
  for (const { bins, colour, name } of series) {
    const width = (bins.high - bins.low) / bins.counts.length;
    const bars = bins.counts.flatMap((count, i) =>
      count === 0 ? [] : [{ from: bins.low + i * width, to: bins.low + (i + 1) * width, share: count / bins.n, name }],
    );
    const opacity = series.length > 1 ? 0.45 : 0.8;
    marks.push(rectY(bars, { x1: "from", x2: "to", y: "share", fill: colour, fillOpacity: opacity, inset: 0.5 }));
  }
  if (line !== undefined) marks.push(ruleX([line], { stroke: "currentColor", strokeDasharray: "4 3" }));
  return {
    height: 200,
    marginLeft: 48,
    x: { label: x, nice: false },
    y: { label: "share", grid: true, percent: true },
    marks,
  };
}
