import type { Score } from "laurel";
import type { LabelAgreement } from "../../../src/page/analyse-labels.ts";
import type { LabelProgress } from "../../../src/page/label-book.ts";
import type { Verdict } from "../../../src/page/votes.ts";

export type { LabelAgreement, Verdict };

/** How far a file's pairs are labelled, and where it is kept. */
export type Progress = LabelProgress & { journal: string; out: string };

/** A vote as it is shown. */
export interface ShownVote {
  rater: string;
  verdict: Verdict;
  at: string;
}

/** What people said of a pair. */
export interface PairVotes {
  votes: readonly ShownVote[];
  final: ShownVote | null;
  disputed: boolean;
  bad: boolean;
}

/** A pair with its texts, and what may be seen of the rest. */
export interface Pair {
  k: number;
  id: string;
  first: number;
  second: number;
  /** Is the second candidate shown as A? */
  swapped: boolean;
  prompt: unknown;
  candidates: readonly [unknown, unknown];
  more: { reference?: unknown; context?: unknown; subsets?: Readonly<Record<string, string>> };
  mine: { vote: string; verdict: Verdict } | null;
  open: boolean;
  state: PairVotes | null;
  labels: {
    preferred: readonly { rater: string | null; p: number }[];
    correct: readonly (boolean | null)[] | null;
    value: readonly (number | null)[] | null;
  } | null;
  scores: { scores: readonly [Score, Score]; margin: number | null } | null;
}

/** What a rater presses. */
export type Pressed = "a" | "b" | "tie" | "bad" | "skip";

/** Keys and what they say. */
export const keys: Readonly<Record<string, Pressed | "undo">> = {
  a: "a",
  ArrowLeft: "a",
  b: "b",
  ArrowRight: "b",
  t: "tie",
  x: "bad",
  s: "skip",
  u: "undo",
};

/** A verdict on a pair in the letters in which it is shown. */
export function letters(verdict: Verdict, swapped: boolean): string {
  if (verdict === "first") return swapped ? "B" : "A";
  if (verdict === "second") return swapped ? "A" : "B";
  return verdict === "tie" ? "tie" : verdict === "bad" ? "no good" : "skipped";
}

/** The side that a probability of the first candidate speaks for, in letters. */
export function sideOf(p: number, swapped: boolean): string {
  return p === 0.5 ? "tie" : letters(p > 0.5 ? "first" : "second", swapped);
}

/** Most people's side of a pair, in letters, with how many say so; undefined where nobody voted for one. */
export function majority(state: PairVotes, swapped: boolean): { side: string; n: number; of: number } | undefined {
  if (state.final !== null) return { side: letters(state.final.verdict, swapped), n: 1, of: 1 };
  return mostOf(
    state.votes.filter(({ verdict }) => verdict !== "skip").map(({ verdict }) => letters(verdict, swapped)),
  );
}

/** What is said most often, with how many say so; undefined where nothing is said. */
export function mostOf(said: readonly string[]): { side: string; n: number; of: number } | undefined {
  const [side, own] = [...Map.groupBy(said, (one) => one)].sort((a, b) => b[1].length - a[1].length)[0] ?? [];
  return side === undefined ? undefined : { side, n: own!.length, of: said.length };
}

/** A name that no other vote has. */
export function newVote(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const place = "laurel-rater";

/** The name under which this browser labels. */
export function storedRater(): string {
  return localStorage.getItem(place) ?? "";
}

/** Keeps the name. */
export function keepRater(name: string): void {
  localStorage.setItem(place, name);
}
