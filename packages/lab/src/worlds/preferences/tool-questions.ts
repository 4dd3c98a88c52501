import { type Random, random, type Seed, split } from "laurel";

/** Kinds of question: a tool answers the first four, the last is a matter of two text attributes. */
export const families = ["arithmetic", "calendar", "lookup", "code", "style"] as const;
export type Family = (typeof families)[number];

/** A question with a right and a wrong answer. Tokens are whole numbers below 100,000. */
export interface ToolPair {
  family: Family;
  /** At most 7 tokens. */
  question: readonly number[];
  chosen: Answer;
  rejected: Answer;
}

/** One token, and two text attributes on [0, 1). */
export interface Answer {
  token: number;
  style: readonly [number, number];
}

/** Facts: key token to value token; `known` of them occur in training. */
export interface Facts {
  keys: readonly number[];
  values: readonly number[];
  known: number;
}

/** Draws a table of facts with distinct keys. */
export function drawFacts(n: number, knownShare: number, seed: Seed): Facts {
  const rng = random(seed);
  const keys = new Set<number>();
  while (keys.size < n) keys.add(rng.below(100_000));
  return {
    keys: [...keys],
    values: Array.from({ length: n }, () => rng.below(100_000)),
    known: Math.round(n * knownShare),
  };
}

/**
 * Draws pairs of every family, `each` of each.
 *
 * @param only "known" facts, as in training, or "all"
 */
export function drawToolPairs(each: number, facts: Facts, only: "known" | "all", seed: Seed): ToolPair[] {
  return families.flatMap((family) => {
    const rng = random(split(seed, family));
    return Array.from({ length: each }, () => drawPair(family, facts, only, rng));
  });
}

function drawPair(family: Family, facts: Facts, only: "known" | "all", rng: Random): ToolPair {
  const style = (): [number, number] => [rng.uniform(), rng.uniform()];
  const pair = (question: readonly number[], right: number, wrong: number): ToolPair => ({
    family,
    question,
    chosen: { token: right, style: style() },
    rejected: { token: wrong, style: style() },
  });
  switch (family) {
    case "arithmetic": {
      for (;;) {
        const question = [...Array.from({ length: 4 }, () => 1 + rng.below(999)), rng.below(8)];
        const right = calculate(question)!;
        const wrong = right + (rng.uniform() < 0.5 ? -1 : 1) * (1 + rng.below(9));
        if (right >= 0 && wrong >= 0) return pair(question, right, wrong);
      }
    }
    case "calendar": {
      const question = [
        1900 + rng.below(200),
        100 * (1 + rng.below(12)) + 1 + rng.below(28),
        rng.below(1000),
        rng.below(2),
      ];
      const right = weekday(question)!;
      return pair(question, right, (right + 1 + rng.below(6)) % 7);
    }
    case "lookup": {
      const fact = rng.below(only === "known" ? facts.known : facts.keys.length);
      const right = facts.values[fact]!;
      for (;;) {
        const wrong = facts.values[rng.below(facts.values.length)]!;
        if (wrong !== right) return pair([facts.keys[fact]!], right, wrong);
      }
    }
    case "code": {
      for (;;) {
        const right = rng.below(100_000);
        const inputs = [1 + rng.below(20), 1 + rng.below(20), 1 + rng.below(20)];
        const outputs = inputs.map((x) => runProgram(right, x));
        if (outputs.includes(undefined) || new Set(outputs).size === 1) continue;
        const question = inputs.flatMap((x, i) => [x, outputs[i]!]);
        const wrong = mutated(right, rng);
        if (testsPassed(question, wrong) < 1) return pair(question, right, wrong);
      }
    }
    case "style": {
      const [a, b] = [style(), style()];
      const liking = ([first, second]: readonly [number, number]): number => 0.7 * first + 0.3 * second;
      const [chosen, rejected] = liking(a) > liking(b) ? [a, b] : [b, a];
      return {
        family,
        question: [rng.below(100_000)],
        chosen: { token: rng.below(100_000), style: chosen },
        rejected: { token: rng.below(100_000), style: rejected },
      };
    }
  }
}

/** a ± b ± c ± d; the last token's bits are the signs. */
export function calculate([a, b, c, d, signs]: readonly number[]): number | undefined {
  if (a === undefined || b === undefined || c === undefined || d === undefined || signs === undefined) return undefined;
  const sign = (bit: number): number => ((signs >> bit) & 1 ? -1 : 1);
  return a + sign(0) * b + sign(1) * c + sign(2) * d;
}

/** The weekday (0 is Sunday) of year, month · 100 + day, so many days later, or earlier where the last token is 1. */
export function weekday([year, monthDay, days, back]: readonly number[]): number | undefined {
  if (year === undefined || monthDay === undefined || days === undefined || back === undefined) return undefined;
  const [month, day] = [Math.floor(monthDay / 100), monthDay % 100];
  const date = Date.UTC(year, month - 1, day);
  const real = new Date(date);
  if (year < 1000 || year > 9999 || real.getUTCMonth() !== month - 1 || real.getUTCDate() !== day || back > 1)
    return undefined;
  return new Date(date + (back === 1 ? -1 : 1) * days * 86_400_000).getUTCDay();
}

/**
 * Runs a program of five operations, one a digit, on a stack that holds x: 0 nothing, 1 to 3 push that number, 4 add, 5 multiply,
 * 6 subtract, 7 duplicate, 8 swap, 9 negate.
 *
 * @returns the top of the stack if it is a whole number of [0, 100,000), else undefined
 */
export function runProgram(program: number, x: number): number | undefined {
  const stack = [x];
  for (const op of String(program).padStart(5, "0")) {
    const [top, below] = [stack.at(-1), stack.at(-2)];
    if (top === undefined) return undefined;
    if ("123".includes(op)) stack.push(Number(op));
    else if (op === "7") stack.push(top);
    else if (op === "9") stack.splice(-1, 1, -top);
    else if (op !== "0") {
      if (below === undefined) return undefined;
      if (op === "8") stack.splice(-2, 2, top, below);
      else stack.splice(-2, 2, op === "4" ? below + top : op === "5" ? below * top : below - top);
    }
  }
  const result = stack.at(-1)!;
  return result >= 0 && result < 100_000 ? result : undefined;
}

/** The share of a question's tests, (input, output) in turn, that a program passes. */
export function testsPassed(question: readonly number[], program: number): number {
  let passed = 0;
  for (let i = 0; i + 1 < question.length; i += 2) if (runProgram(program, question[i]!) === question[i + 1]) passed++;
  return passed / Math.floor(question.length / 2);
}

function mutated(program: number, rng: Random): number {
  const digits = [...String(program).padStart(5, "0")];
  const at = rng.below(5);
  digits[at] = String((Number(digits[at]) + 1 + rng.below(9)) % 10);
  return Number(digits.join(""));
}
