import type { Estimate } from "../core/index.ts";
import { counted, short } from "./terminal.ts";

/** `0.734 [0.701, 0.765]`. */
export function figure(estimate: Estimate | undefined, digits = 3): string {
  if (estimate === undefined) return "too few";
  return `${short(estimate.value, digits)} ${ends(estimate, digits)}`;
}

/** `[0.701, 0.765]`. */
export function ends(estimate: Estimate, digits = 3): string {
  return `[${short(estimate.low, digits)}, ${short(estimate.high, digits)}]`;
}

/** `95 %, 666 pairs of 640 prompts`. */
export function basisText(estimate: Estimate, what: string): string {
  const clusters = estimate.clusters === undefined ? "" : ` of ${counted(estimate.clusters, "prompts")}`;
  return `${short(estimate.level * 100)} %, ${counted(estimate.n, what)}${clusters}`;
}

/** A p-value: three decimals, or the bound that it lies below. */
export function pText(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}
