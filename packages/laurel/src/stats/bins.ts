import { UsageError } from "../core/index.ts";
import { checkPaired, type Numbers } from "./sample.ts";

/** How forecasts are put in bins. */
export interface Binning {
  /** Bins, at least 1; default 10. */
  bins?: number | undefined;
  /** "equal-width" (default): (b - 1)/B to b/B, a forecast on an edge goes to the lower bin; "equal-mass": same numbers. */
  scheme?: "equal-width" | "equal-mass" | undefined;
}

/** Checks that forecasts are probabilities and outcomes 0 or 1, at least one of them. */
export function checkForecasts(forecast: Numbers, outcome: Numbers): void {
  checkPaired(forecast, outcome, 1);
  for (let i = 0; i < forecast.length; i++) {
    const p = forecast[i]!;
    if (!(p >= 0 && p <= 1)) throw new UsageError(`forecast ${i} is ${p}, not a probability`);
    if (outcome[i] !== 0 && outcome[i] !== 1) throw new UsageError(`outcome ${i} is ${outcome[i]}, not 0 or 1`);
  }
}

function binCount(bins: number): number {
  if (!(Number.isInteger(bins) && bins >= 1))
    throw new UsageError(`bins must be a whole number of at least 1, not ${bins}`);
  return bins;
}

/** The bin of each listed item (an index into the items), by its forecast. */
export function binsOf(forecast: Numbers, items: Int32Array, binning: Binning): Int32Array {
  const bins = binCount(binning.bins ?? 10);
  const of = new Int32Array(items.length);
  if ((binning.scheme ?? "equal-width") === "equal-width") {
    for (let i = 0; i < items.length; i++) {
      const p = forecast[items[i]!]!;
      let b = Math.max(0, Math.ceil(p * bins) - 1);
      // The product may round across an edge; the edge itself, b / bins, is rounded as the forecast was.
      if (p > (b + 1) / bins) b++;
      else if (b > 0 && p <= b / bins) b--;
      of[i] = b;
    }
    return of;
  }
  const order = Int32Array.from(items, (_, i) => i).sort((a, b) => forecast[items[a]!]! - forecast[items[b]!]!);
  // Equal forecasts stay together: each group goes where its middle item would go.
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    const p = forecast[items[order[from]!]!]!;
    while (to < order.length && forecast[items[order[to]!]!]! === p) to++;
    const bin = Math.min(bins - 1, Math.floor(((from + to - 1) / 2 / order.length) * bins));
    for (let i = from; i < to; i++) of[order[i]!] = bin;
    from = to;
  }
  return of;
}

/** The indices 0 to n - 1. */
export const everyItem = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);
