import type { CompareFacts } from "../../../src/page/analyse-compare.ts";
import type { LabelFacts, ScoreFacts } from "../../../src/page/analyse-scores.ts";
import type { RunEntry } from "../../../src/page/run-entry.ts";

export type { CompareFacts, LabelFacts, RunEntry, ScoreFacts };

const tones: Readonly<Record<RunEntry["state"], string>> = {
  running: "good",
  done: "",
  stopped: "doubt",
  interrupted: "doubt",
  file: "",
};

/** The class of a state's tag. */
export function toneOf(state: RunEntry["state"]): string {
  return tones[state];
}

/** A state in words. */
export function stateWords({ state }: RunEntry): string {
  return state === "file" ? "scores" : state;
}

/** How long something takes, roughly. */
export function roughly(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Names with counts, such as faults by kind. */
export function tally(counts: Readonly<Record<string, unknown>>): string {
  return Object.entries(counts)
    .map(([name, n]) => `${name} ${Number(n).toLocaleString("en")}`)
    .join(", ");
}
