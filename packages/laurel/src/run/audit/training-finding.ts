import type { Estimate } from "../../core/index.ts";

/**
 * How bad something is for training. `stop`: training or its figures would mean nothing; `warn`: look at it first; `ok`: looked for and
 * not found; `skipped`: could not be looked for, and the sentence says why.
 */
export type Severity = "stop" | "warn" | "ok" | "skipped";

/** One thing that was looked for before training. */
export interface TrainingFinding {
  id: string;
  severity: Severity;
  /** How many rows, pairs or benchmark items it concerns, of how many that were looked at. */
  count: number;
  of: number;
  /** The figure behind it, where it is one. */
  estimate?: Estimate | undefined;
  /** Ids of some rows that show it. */
  rows: readonly string[];
  /** What was found and what to do about it, for people. */
  sentence: string;
}

/** `12 of 340 pairs (3.5 %)`. */
export function countText(count: number, of: number, what: string): string {
  return `${count} of ${of} ${what}${of === 0 ? "" : ` (${Number(((100 * count) / of).toFixed(1))} %)`}`;
}

/** `0.71 [0.68, 0.74]`. */
export function estimateText({ value, low, high }: Estimate): string {
  const short = (x: number): string => String(Number(x.toFixed(3)));
  return `${short(value)} [${short(low)}, ${short(high)}]`;
}

/** A thing that could not be looked for. */
export function skippedFinding(id: string, why: string): TrainingFinding {
  return { id, severity: "skipped", count: 0, of: 0, rows: [], sentence: `not looked at: ${why}` };
}
