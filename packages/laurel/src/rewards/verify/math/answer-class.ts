import type { Random } from "../../../core/index.ts";

/** One draw of a class: a gold answer, what means the same by a rule of rewriting, and what does not by a small edit. */
export interface Draw {
  readonly gold: string;
  readonly equal: readonly string[];
  readonly unequal: readonly string[];
}

/** A class of answers: a function of random numbers. */
export type AnswerClass = (r: Random) => Draw;
