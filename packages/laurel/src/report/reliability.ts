import type { Estimate } from "../core/index.ts";
import { at, axes, box, type ChartText, colours, height, scale, svg, width } from "./svg.ts";

/** One bin of a reliability diagram: the mean forecast against the share of right ones. */
export interface ReliabilityPoint {
  confidence: number;
  accuracy: Estimate;
  n: number;
}

/**
 * A reliability diagram: what share was right, against how sure the forecasts were. Points on the diagonal are calibrated; the area
 * of a point grows with its number of items.
 *
 * @param points one a bin, from `reliabilityCurve`
 * @param text title and note; the axes name themselves
 */
export function reliabilityChart(points: readonly ReliabilityPoint[], text: Omit<ChartText, "x" | "y">): string {
  const full = { ...text, x: "mean forecast", y: "share right" };
  if (points.length === 0) return svg(full, `<text x="${box.left}" y="${height / 2}">nothing to show</text>`);
  const left = points.every(({ confidence }) => confidence >= 0.5) ? 0.5 : 0;
  const x = scale(left, 1, box.left, width - box.right - 8);
  const y = scale(0, 1, height - box.bottom, box.top);
  const most = Math.max(...points.map(({ n }) => n));
  const marks = points.map(({ confidence, accuracy, n }) => {
    const at_ = at(x(confidence));
    return [
      `<line x1="${at_}" x2="${at_}" y1="${at(y(accuracy.low))}" y2="${at(y(accuracy.high))}" stroke="${colours[0]}" stroke-width="2"/>`,
      `<circle cx="${at_}" cy="${at(y(accuracy.value))}" r="${at(3 + 5 * Math.sqrt(n / most))}" fill="${colours[0]}" fill-opacity=".8"><title>${n} items</title></circle>`,
    ].join("");
  });
  const diagonal = `<line class="axis" stroke-dasharray="4 3" x1="${at(x(left))}" y1="${at(y(left))}" x2="${at(x(1))}" y2="${at(y(1))}"/>`;
  return svg(full, [axes(x, y, full), diagonal, ...marks].join("\n"));
}
