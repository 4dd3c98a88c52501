/**
 * What one comparison may cost. All limits are counts, so that a verdict never depends on the clock.
 * They are far above what answers to mathematical questions need, and low enough that the worst case takes milliseconds.
 */
export const limits = {
  /** Characters of the extracted answer. */
  answer: 4000,
  /** Characters from the end of a text in which an answer without a marker is looked for. */
  tail: 6000,
  /** Digits of one number. */
  digits: 1000,
  /** Tokens of an answer. */
  tokens: 2000,
  /** Nesting of brackets, fractions, roots and powers. */
  depth: 60,
  /** Bits of an exact number; a power that would be longer is not worked out. */
  bits: 8192,
  /** Terms of a polynomial. */
  terms: 400,
  /** Nodes of an entry of a matrix that is worked out. */
  entry: 500,
  /** Items of a list, a set or a matrix. */
  items: 400,
  /** Elementary steps of the exact arithmetic in one comparison. */
  exact: 4000,
  /** Elementary steps of the evaluation at random points in one comparison. */
  numeric: 30_000,
} as const;

/** Why an answer could not be read. */
export type Trouble = "over-long" | "malformed";

/** Thrown inside this folder when an answer is too large or cannot be read as mathematics; callers turn it into a verdict. */
export class Unreadable extends Error {
  readonly trouble: Trouble;
  constructor(trouble: Trouble, message: string) {
    super(message);
    this.name = "Unreadable";
    this.trouble = trouble;
  }
}

/** Thrown inside this folder when an operation budget is spent. */
export class Spent extends Error {
  constructor(what: string) {
    super(`${what}: the operation budget is spent`);
    this.name = "Spent";
  }
}

/** A counter of elementary steps that throws `Spent` at its limit. */
export class Budget {
  private left: number;
  private readonly what: string;
  constructor(steps: number, what: string) {
    this.left = steps;
    this.what = what;
  }
  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw new Spent(this.what);
  }
}
