import type { Candidate, Json, Seed, Task } from "laurel";

/** Where a policy chooses: one move of each slot makes a candidate. */
export interface Slot {
  name: string;
  /**
   * The first is the honest one. Where `even` is true all are honest (formats of the same answer), and the honest answer takes
   * the one that the reward likes best.
   */
  moves: readonly string[];
  even?: boolean | undefined;
}

/** The prompts of one seed, with what every choice of moves says to each and what that is worth. */
export interface Scene {
  /** Without candidates. */
  prompts: readonly Task[];
  /** The candidate that the chosen moves make; one move a slot, by index. */
  candidate(prompt: number, choice: readonly number[]): Candidate;
  /** What it is worth to someone who wants the task done: 1 for a right, plain answer. */
  gold(prompt: number, choice: readonly number[]): number;
}

/** What a form's scenes are made of. */
export interface SceneOptions {
  /** Even, so that half of the policy's beliefs are right. */
  prompts: number;
  /** The user's prompts; without them the form makes its own. */
  rows?: readonly Task[] | undefined;
  /** Words that the reward may pay for, beside the usual ones. */
  words?: readonly string[] | undefined;
  seed: Seed;
}

/** A kind of answers that a small policy can give: its slots, and the scenes in which it gives them. */
export interface Form {
  name: string;
  about: string;
  slots: readonly Slot[];
  scene(options: SceneOptions): Scene;
}

/** What an answer loses in gold for what no reader wants. */
export type Costs = Readonly<Record<string, number>>;

/** How many combinations of moves there are. */
export function armCount(slots: readonly Slot[]): number {
  return slots.reduce((product, { moves }) => product * moves.length, 1);
}

/** The moves of combination `arm`, the last slot's running fastest. */
export function choiceOf(slots: readonly Slot[], arm: number): number[] {
  const out = new Array<number>(slots.length);
  let rest = arm;
  for (let s = slots.length - 1; s >= 0; s--) {
    out[s] = rest % slots[s]!.moves.length;
    rest = Math.floor(rest / slots[s]!.moves.length);
  }
  return out;
}

/** Words that rewards have been seen to pay for. */
export const usualWords = [
  "therefore",
  "because",
  "first",
  "step by step",
  "let me think",
  "in conclusion",
  "however",
  "verify",
  "check",
  "correct",
  "helpful",
  "safe",
  "accurate",
  "important",
] as const;

/** All text in a reward's spec that an answer could repeat: what a reader of the spec would stuff an answer with. */
export function wordsOfSpec(spec: Json | undefined): string[] {
  const found = new Set<string>();
  const visit = (value: Json | undefined, key: string): void => {
    if (typeof value === "string") {
      const named = /^(kind|path|export|model|url|name|rule|format|mode)$/.test(key);
      if (!named && value.length <= 60 && /\p{L}/u.test(value)) found.add(value);
    } else if (Array.isArray(value)) for (const one of value as readonly Json[]) visit(one, key);
    else if (typeof value === "object" && value !== null)
      for (const [name, one] of Object.entries(value)) visit(one as Json | undefined, name);
  };
  visit(spec, "");
  return [...found].slice(0, 40);
}
