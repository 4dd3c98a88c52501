import type { Estimate } from "../core/index.ts";

/** Text made safe for SVG and HTML. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
}

/** What every chart says about itself. */
export interface ChartText {
  title: string;
  x: string;
  y: string;
  /** How many observations, which interval: stands below the chart. */
  note?: string | undefined;
}

/** A named line of points, with an interval where there is one. */
export interface Series {
  name: string;
  points: readonly { x: number; y: number; low?: number | undefined; high?: number | undefined }[];
}

/** Pixels of a chart, and of the space around its plot. */
export const width = 640;
export const height = 340;
export const box = { left: 64, right: 20, top: 44, bottom: 56 };
// distinguishable with the common kinds of colour blindness (Okabe and Ito)
export const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #222 } .title { font-size: 15px; font-weight: 600 } .note { font-size: 11px; fill: #666 }
.axis, .grid { stroke: #888; stroke-width: 1 } .grid { stroke-opacity: .25 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .note { fill: #aaa } }
</style>`;

/** A chart's frame: title, body and note. */
export function svg(text: ChartText, body: string, tall = height): string {
  const title = escapeMarkup(text.title);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" role="img" aria-label="${title}">`,
    style,
    `<text class="title" x="${box.left}" y="22">${title}</text>`,
    body,
    text.note === undefined
      ? ""
      : `<text class="note" x="${box.left}" y="${tall - 6}">${escapeMarkup(text.note)}</text>`,
    "</svg>",
  ].join("\n");
}

/** Round tick values that cover [low, high]: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, about = 5): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** From a value to pixels. */
export interface Scale {
  (value: number): number;
  low: number;
  high: number;
}

/** A linear scale from values to pixels. */
export function scale(low: number, high: number, from: number, to: number): Scale {
  const span = high > low ? high - low : 1;
  return Object.assign((value: number) => from + ((value - low) / span) * (to - from), { low, high });
}

/** A coordinate with two decimals. */
export const at = (value: number): string => String(Math.round(value * 100) / 100);

/** Grid, ticks and names of both axes. */
export function axes(x: Scale, y: Scale, text: ChartText, xTicks = ticks(x.low, x.high)): string {
  const bottom = height - box.bottom;
  const parts: string[] = [];
  for (const tick of ticks(y.low, y.high)) {
    parts.push(
      `<line class="grid" x1="${box.left}" x2="${width - box.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>`,
    );
    parts.push(`<text x="${box.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${tick}</text>`);
  }
  for (const tick of xTicks)
    parts.push(`<text x="${at(x(tick))}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`);
  parts.push(`<line class="axis" x1="${box.left}" x2="${width - box.right}" y1="${bottom}" y2="${bottom}"/>`);
  parts.push(
    `<text x="${(box.left + width - box.right) / 2}" y="${bottom + 36}" text-anchor="middle">${escapeMarkup(text.x)}</text>`,
  );
  parts.push(`<text x="${box.left - 48}" y="${box.top - 8}">${escapeMarkup(text.y)}</text>`);
  return parts.join("\n");
}

function extent(values: readonly number[], pad: number): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const more = high > low ? (high - low) * pad : Math.max(1, Math.abs(high)) * 0.5;
  return [low - more, high + more];
}

/** Lines with their intervals as bands, as a self-contained SVG. */
export function lineChart(series: readonly Series[], text: ChartText): string {
  const all = series.flatMap((one) => one.points);
  if (all.length === 0) return svg(text, `<text x="${box.left}" y="${height / 2}">nothing to show</text>`);
  const xs = all.map((point) => point.x);
  const [low, high] = extent(
    all.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]),
    0.06,
  );
  const x = scale(Math.min(...xs), Math.max(...xs), box.left + 8, width - box.right - 8);
  const y = scale(low, high, height - box.bottom, box.top);
  const whole =
    [...new Set(xs)].every(Number.isInteger) && new Set(xs).size <= 12
      ? [...new Set(xs)].sort((a, b) => a - b)
      : undefined;
  const body = series.map(({ name, points }, i) => {
    const colour = colours[i % colours.length]!;
    const ordered = [...points].sort((a, b) => a.x - b.x);
    const banded = ordered.filter((point) => point.low !== undefined && point.high !== undefined);
    const band =
      banded.length < 2
        ? ""
        : `<polygon fill="${colour}" fill-opacity=".16" points="${[
            ...banded.map((point) => `${at(x(point.x))},${at(y(point.high!))}`),
            ...banded.reverse().map((point) => `${at(x(point.x))},${at(y(point.low!))}`),
          ].join(" ")}"/>`;
    const line = `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${ordered.map((point) => `${at(x(point.x))},${at(y(point.y))}`).join(" ")}"/>`;
    const dots =
      ordered.length > 40
        ? ""
        : ordered
            .map((point) => `<circle cx="${at(x(point.x))}" cy="${at(y(point.y))}" r="3" fill="${colour}"/>`)
            .join("");
    const last = ordered.at(-1)!;
    const label = `<text x="${at(x(last.x) - 6)}" y="${at(y(last.y) - 8)}" text-anchor="end" style="fill:${colour}">${escapeMarkup(name)}</text>`;
    return `${band}${line}${dots}${label}`;
  });
  return svg(text, [axes(x, y, text, whole), ...body].join("\n"));
}

/** A histogram as a self-contained SVG. Values that are all equal give one bar. */
export function histogramChart(values: readonly number[], text: Omit<ChartText, "y">, bins = 24): string {
  const full = { ...text, y: "count" };
  if (values.length === 0) return svg(full, `<text x="${box.left}" y="${height / 2}">nothing to show</text>`);
  let low = values[0]!;
  let high = values[0]!;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const one = low === high;
  const count = one ? 1 : bins;
  const counts = new Array<number>(count).fill(0);
  for (const value of values) {
    const bin = one ? 0 : Math.min(count - 1, Math.floor(((value - low) / (high - low)) * count));
    counts[bin] = counts[bin]! + 1;
  }
  const x = one
    ? scale(low - 0.5, high + 0.5, box.left, width - box.right)
    : scale(low, high, box.left, width - box.right);
  const y = scale(0, Math.max(...counts), height - box.bottom, box.top);
  const step = (x.high - x.low) / count;
  const bars = counts.map((n, i) => {
    const left = x(x.low + i * step);
    const right = x(x.low + (i + 1) * step);
    return `<rect x="${at(left + 0.5)}" y="${at(y(n))}" width="${at(Math.max(0.5, right - left - 1))}" height="${at(y(0) - y(n))}" fill="${colours[0]}"><title>${n}</title></rect>`;
  });
  return svg(full, [axes(x, y, full, one ? [low] : undefined), ...bars].join("\n"));
}

/** Estimates with their intervals, one a row, as a self-contained SVG. `line` marks a value to hold them against. */
export function forestChart(
  rows: readonly { name: string; estimate: Estimate }[],
  text: Omit<ChartText, "y"> & { line?: number | undefined },
): string {
  const row = 24;
  const tall = box.top + rows.length * row + 62;
  const left = 220;
  const ends = rows.flatMap(({ estimate }) => [estimate.low, estimate.high]).filter(Number.isFinite);
  if (text.line !== undefined) ends.push(text.line);
  const [low, high] = ends.length === 0 ? [0, 1] : extent(ends, 0.05);
  const x = scale(low, high, left, width - 90);
  const bottom = box.top + rows.length * row + 4;
  const parts = ticks(low, high).map(
    (tick) =>
      `<line class="grid" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${box.top}" y2="${bottom}"/><text x="${at(x(tick))}" y="${bottom + 16}" text-anchor="middle">${tick}</text>`,
  );
  if (text.line !== undefined)
    parts.push(
      `<line class="axis" stroke-dasharray="4 3" x1="${at(x(text.line))}" x2="${at(x(text.line))}" y1="${box.top}" y2="${bottom}"/>`,
    );
  for (const [i, { name, estimate }] of rows.entries()) {
    const y = box.top + i * row + row / 2;
    const label = name.length > 28 ? `${name.slice(0, 27)}…` : name;
    parts.push(
      `<text x="${left - 10}" y="${y + 4}" text-anchor="end">${escapeMarkup(label)}</text>`,
      `<line x1="${at(x(estimate.low))}" x2="${at(x(estimate.high))}" y1="${y}" y2="${y}" stroke="${colours[0]}" stroke-width="2"/>`,
      `<circle cx="${at(x(estimate.value))}" cy="${y}" r="4" fill="${colours[0]}"/>`,
      `<text x="${width - 84}" y="${y + 4}">${estimate.value.toFixed(3)}</text>`,
    );
  }
  parts.push(
    `<text x="${(left + width - 90) / 2}" y="${bottom + 34}" text-anchor="middle">${escapeMarkup(text.x)}</text>`,
  );
  return svg({ ...text, y: "" }, parts.join("\n"), tall);
}
