import type { Estimate } from "../../core/index.ts";
import type { Judged } from "../judged.ts";

/** Something about a file of data, with how sure it is and what to do about it. */
export interface Finding {
  id: string;
  /** What was found, in a sentence without its number. */
  about: string;
  estimate: Estimate;
  /** What would be in order: the estimate inside these ends. */
  within: readonly [low: number, high: number];
  /** Of a confound: is it certain that it is there at all, that is, does the interval leave out 1/2? */
  shown: boolean;
  /** Is it certain (by the interval; by the value for plain counts) that the estimate lies outside? */
  exceeds: boolean;
  advice: string;
  /** Ids of some rows that show it. */
  rows: readonly string[];
}

/** What is kept of a row: no texts. */
export interface Seen {
  judged: Omit<Judged, "scores">;
  values: readonly (readonly number[])[];
  contents: readonly string[];
  prompt: string;
  split: string | undefined;
}

/** How many rows a finding names. */
export const shownRows = 5;

/** Does an interval lie outside a region as a whole? */
export function outside({ low, high }: Estimate, [from, to]: readonly [number, number]): boolean {
  return low > to || high < from;
}
