import { duration, plain, short } from "./terminal.ts";

/** What is watched of one step of training: the laboratory's `WatchedStep`. */
export interface Watched {
  step: number;
  proxy: number;
  gold?: number | undefined;
  kl?: number | undefined;
  entropy?: number | undefined;
  length?: number | undefined;
  gradientNorm?: number | undefined;
  zeroVariance?: number | undefined;
}

type Metric = Exclude<keyof Watched, "step">;
const names: readonly (readonly [Metric, string])[] = [
  ["proxy", "reward"],
  ["gold", "gold"],
  ["kl", "KL"],
  ["entropy", "entropy"],
  ["length", "length"],
  ["gradientNorm", "gradient"],
  ["zeroVariance", "flat groups"],
];

/** The mean over runs of each metric, step by step; a step counts once a run has it. */
export function meanSteps(runs: readonly (readonly Watched[])[]): Watched[] {
  const sums = new Map<number, Map<Metric, { sum: number; n: number }>>();
  for (const steps of runs)
    for (const one of steps) {
      const own = sums.get(one.step) ?? new Map<Metric, { sum: number; n: number }>();
      sums.set(one.step, own);
      for (const [metric] of names) {
        const value = one[metric];
        if (value === undefined) continue;
        const so = own.get(metric) ?? { sum: 0, n: 0 };
        own.set(metric, { sum: so.sum + value, n: so.n + 1 });
      }
    }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([step, own]) => {
      const means = [...own].map(([metric, { sum, n }]) => [metric, sum / n] as const);
      return { step, ...Object.fromEntries(means) } as Watched;
    });
}

/** A curve in a line of blocks, low to high between its own least and most. */
export function sparkline(values: readonly number[], width: number): string {
  if (values.length === 0) return "";
  const columns = Math.min(width, values.length);
  const means = Array.from({ length: columns }, (_, c) => {
    const from = Math.floor((c * values.length) / columns);
    const to = Math.max(from + 1, Math.floor(((c + 1) * values.length) / columns));
    return values.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const blocks = "▁▂▃▄▅▆▇█";
  return means.map((value) => blocks[high === low ? 0 : Math.round(((value - low) / (high - low)) * 7)]).join("");
}

/**
 * Two curves on one pair of axes, in braille dots: two columns and four rows of dots a character.
 *
 * @param rows height in characters
 */
export function plot(curves: readonly (readonly number[])[], width: number, rows: number): string[] {
  const all = curves.flat();
  if (all.length === 0) return [];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const labels = [short(high), short(low)].map((label) => label.slice(0, 9));
  const margin = Math.max(...labels.map((label) => label.length));
  const columns = Math.max(10, width - margin - 1);
  const dots = new Uint8Array(columns * rows);
  const bits = [
    [1, 2, 4, 64],
    [8, 16, 32, 128],
  ] as const;
  for (const curve of curves) {
    let before: number | undefined;
    for (let x = 0; x < 2 * columns; x++) {
      const value = curve[Math.round((x * (curve.length - 1)) / Math.max(1, 2 * columns - 1))];
      if (value === undefined) continue;
      const y = high === low ? 4 * rows - 1 : Math.round(((high - value) / (high - low)) * (4 * rows - 1));
      // the dots between two columns are filled, so that a steep curve stays one
      for (let at = Math.min(y, before ?? y); at <= Math.max(y, before ?? y); at++)
        dots[Math.floor(at / 4) * columns + (x >> 1)]! |= bits[x & 1 ? 1 : 0][at & 3]!;
      before = y;
    }
  }
  return Array.from({ length: rows }, (_, r) => {
    const label = r === 0 ? labels[0]! : r === rows - 1 ? labels[1]! : "";
    const line = [...dots.subarray(r * columns, (r + 1) * columns)].map((bit) => String.fromCharCode(0x2800 + bit));
    return `${label.padStart(margin)} ${line.join("")}`;
  });
}

/** The panel of a training: reward and gold on one pair of axes, below a line for each metric. */
export function panel(runs: readonly (readonly Watched[])[], width: number): string[] {
  const means = meanSteps(runs.filter((run) => run.length > 0));
  const of = (metric: Metric): number[] => means.map((one) => one[metric]).filter((value) => value !== undefined);
  const [proxy, gold] = [of("proxy"), of("gold")];
  const lines = names.flatMap(([metric, name]) => {
    const values = of(metric);
    return values.length === 0
      ? []
      : [`${name.padEnd(11)} ${short(values.at(-1)!).padStart(9)}  ${sparkline(values, Math.max(10, width - 24))}`];
  });
  // on one pair of axes only where neither would be a flat line beside the other
  const range = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);
  const like = gold.length > 0 && Math.max(range(proxy), range(gold)) < 20 * Math.min(range(proxy), range(gold));
  return [like ? "reward and gold" : "reward", ...plot(like ? [proxy, gold] : [proxy], width, 8), ...lines];
}

/** One step in a line. */
export function stepLine(one: Watched): string {
  return names
    .flatMap(([metric, name]) => (one[metric] === undefined ? [] : [`${name} ${short(one[metric])}`]))
    .join(" · ");
}

/** Shows a panel that is drawn again in place on a terminal; elsewhere a plain line every few seconds. */
export class LivePlots {
  readonly #began = performance.now();
  #last = 0;
  #lines = 0;

  update(head: string, runs: readonly (readonly Watched[])[]): void {
    const now = performance.now();
    const live = process.stderr.isTTY === true;
    if (now - this.#last < (live ? 200 : 5000)) return;
    this.#last = now;
    const elapsed = duration(now - this.#began);
    if (!live) {
      const last = meanSteps(runs.filter((run) => run.length > 0)).at(-1);
      process.stderr.write(`${head}${last === undefined ? "" : ` · ${stepLine(last)}`} · ${elapsed}\n`);
      return;
    }
    const width = Math.min(100, (process.stderr.columns ?? 80) - 1);
    const lines = [`${head} · ${elapsed}`, ...panel(runs, width)].map((line) =>
      line.startsWith(" ") ? line.slice(0, width) : plain(line, width),
    );
    this.clear();
    process.stderr.write(`${lines.join("\n")}\n`);
    this.#lines = lines.length;
  }

  /** Removes what is shown. */
  clear(): void {
    if (this.#lines > 0) process.stderr.write(`\u001b[${this.#lines}A\u001b[0J`);
    this.#lines = 0;
  }
}
