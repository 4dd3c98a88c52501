import { stripVTControlCharacters, styleText } from "node:util";
import type { Usage } from "../core/index.ts";
import type { Progress } from "../run/index.ts";

/** A number of things by their plural: `1 row`, `2,000 rows`. */
export function counted(n: number, plural: string): string {
  return n === 1 ? `1 ${plural.replace(/s\b/, "")}` : `${whole(n)} ${plural}`;
}

/** Whole numbers with a thin separator: 12,345. */
export function whole(n: number): string {
  return Math.round(n).toLocaleString("en-GB");
}

/** A number with at most `digits` significant decimals and no trailing zeros. */
export function short(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toFixed(digits)));
}

/** `1.2 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Text from a file made safe for a terminal: one line, no control or direction-changing characters, cut to a width. */
export function plain(text: string, width: number): string {
  const line = stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/g, "")
    .trim();
  const units = [...line];
  return units.length <= width ? line : `${units.slice(0, Math.max(0, width - 1)).join("")}…`;
}

type Style = Parameters<typeof styleText>[0];

/** Styles text where the stream is a terminal that takes colours. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** A table with aligned columns; numbers (strings that look like one) to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = (text: string): number => [...stripVTControlCharacters(text)].length;
  const widths = header.map((name, c) => Math.max(width(name), ...rows.map((row) => width(row[c] ?? ""))));
  const numeric = header.map(
    (_, c) => rows.length > 0 && rows.every((row) => /^[-+]?[\d.,]*\d%?$|^[-–]?$/.test(row[c] ?? "")),
  );
  const cell = (text: string, c: number): string => {
    const pad = " ".repeat(Math.max(0, widths[c]! - width(text)));
    return numeric[c] ? pad + text : text + pad;
  };
  const line = (cells: readonly string[]): string => cells.map(cell).join("  ").trimEnd();
  return [paint("bold", line(header)), ...rows.map(line)].join("\n");
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A horizontal bar of `share` (0 to 1) of `width` characters, to an eighth of one. */
export function bar(share: number, width: number): string {
  const units = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  return "█".repeat(Math.floor(units / 8)) + eighths[units % 8];
}

/** A histogram of values, one line a bin: lower edge, bar, count. A single value gives a single bin. */
export function histogram(values: readonly number[], options: { bins?: number; width?: number } = {}): string {
  if (values.length === 0) return "(no values)";
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const bins = low === high ? 1 : (options.bins ?? 10);
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = low === high ? 0 : Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    counts[bin] = counts[bin]! + 1;
  }
  const most = Math.max(...counts);
  const labels = counts.map((_, i) => short(low + ((high - low) * i) / bins));
  const labelWidth = Math.max(...labels.map((label) => label.length));
  return counts
    .map((count, i) => `${labels[i]!.padStart(labelWidth)}  ${bar(count / most, options.width ?? 40)} ${whole(count)}`)
    .join("\n");
}

/** `3 faults (2 no-answer, 1 time-limit)`, empty where there are none. */
export function tally(name: string, counts: Readonly<Partial<Record<string, number>>>): string {
  const entries = Object.entries(counts) as [string, number][];
  const sum = entries.reduce((total, [, n]) => total + n, 0);
  if (sum === 0) return "";
  const parts = entries.sort((a, b) => b[1] - a[1]).map(([kind, n]) => `${whole(n)} ${kind}`);
  return `${whole(sum)} ${name} (${parts.join(", ")})`;
}

/** What calls of models used, in one line; nothing where there were none. */
export function usageText(usage: readonly Usage[]): string {
  if (usage.length === 0) return "";
  const sum = (of: (one: Usage) => number): number => usage.reduce((total, one) => total + of(one), 0);
  const known = usage.every(({ usd }) => usd !== undefined);
  return [
    `models: ${whole(sum(({ calls }) => calls))} calls`,
    `${whole(sum(({ inputTokens }) => inputTokens))} tokens in, ${whole(sum(({ outputTokens }) => outputTokens))} out`,
    known ? `$${sum(({ usd }) => usd ?? 0).toFixed(4)}` : "price not stated",
  ].join(" · ");
}

/**
 * A live line on a terminal, a plain line every few seconds elsewhere; always on the error stream, so that rows on the
 * output stream stay clean.
 */
export class ProgressLine {
  readonly #total: number | undefined;
  readonly #quiet: boolean;
  readonly #began = performance.now();
  #last = 0;
  #shown = false;

  /** @param options `total`: rows that will come, where known; `quiet`: show nothing */
  constructor(options: { total?: number | undefined; quiet?: boolean } = {}) {
    this.#total = options.total;
    this.#quiet = options.quiet ?? false;
  }

  update(progress: Progress, before = 0): void {
    if (this.#quiet) return;
    const now = performance.now();
    const live = process.stderr.isTTY === true;
    if (now - this.#last < (live ? 100 : 5000)) return;
    if (!live && this.#last === 0 && now - this.#began < 5000) return;
    this.#last = now;
    const text = this.#text(progress, before);
    if (live) {
      process.stderr.write(`\r\u001b[2K${plain(text, (process.stderr.columns ?? 80) - 1)}`);
      this.#shown = true;
    } else process.stderr.write(`${text}\n`);
  }

  /** Clears the live line. */
  clear(): void {
    if (this.#shown) process.stderr.write("\r\u001b[2K");
    this.#shown = false;
  }

  #text(progress: Progress, before: number): string {
    const rate = progress.rows / Math.max(0.001, progress.milliseconds / 1000);
    const rows = before + progress.rows;
    const left = this.#total === undefined || rate === 0 ? undefined : (this.#total - rows) / rate;
    const money = progress.usage.reduce((sum, one) => sum + (one.usd ?? 0), 0);
    return [
      this.#total === undefined ? counted(rows, "rows") : `${whole(rows)} of ${counted(this.#total, "rows")}`,
      `${whole(rate)}/s`,
      left === undefined ? "" : `${duration(Math.max(0, left) * 1000)} left`,
      tally("faults", progress.faults),
      tally("unscored", progress.unscored),
      money > 0 ? `$${money.toFixed(4)}` : "",
    ]
      .filter((part) => part !== "")
      .join(" · ");
  }
}
