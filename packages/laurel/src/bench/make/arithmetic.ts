import { type Random, random, split } from "../../core/index.ts";
import { randomCalculation } from "../../recipes/index.ts";
import type { OperandSpec } from "../../recipes/synthesize/random-calculation.ts";
import { decimal, negative, type Rational, rational, times } from "../../recipes/synthesize/rational.ts";
import { equivalent } from "../../rewards/verify/index.ts";
import type { Generator } from "./generator.ts";

const operands: Readonly<Record<string, OperandSpec["forms"]>> = {
  whole: ["integer"],
  fractions: ["integer", "fraction"],
  powers: ["integer", "square", "cube"],
  mixed: undefined,
};

const digits = 15;

/** A miss of a value, and what it is. Whole numbers stay whole, and denominators stay, so that the form does not tell. */
function slip(value: Rational, rng: Random): { wrong: Rational; slip: string } {
  const size = value.n < 0n ? -value.n : value.n;
  const percent = BigInt(1 + rng.below(9));
  const step = (size * percent) / 100n > 0n ? (size * percent) / 100n : 1n;
  const off = { wrong: rational(rng.below(2) === 0 ? value.n + step : value.n - step, value.d), slip: "a little off" };
  if (value.n === 0n) return off;
  const misses = [
    off,
    { wrong: times(value, rational(10)), slip: "ten times as much" },
    { wrong: negative(value), slip: "the other sign" },
    { wrong: times(value, rational(2)), slip: "twice as much" },
  ];
  return misses[rng.below(misses.length)]!;
}

/** A fraction as LaTeX. */
export function fraction({ n, d }: Rational): string {
  return `${n < 0n ? "-" : ""}\\frac{${n < 0n ? -n : n}}{${d}}`;
}

/** Random expressions of any depth; see `randomCalculation`. */
export const arithmetic: Generator = {
  name: "arithmetic",
  about: "random expressions of any depth with exact answers",
  parameters: {
    depth: { about: "operations in an expression", values: [1, 50], default: ["1", "2", "3", "5", "8"] },
    operands: { about: "what the numbers are", values: Object.keys(operands) },
  },
  topics: ({ depth = [], operands: kinds = [] }) =>
    depth.flatMap((steps) =>
      kinds.map((kind) => ({
        name: `${steps} ${steps === "1" ? "operation" : "operations"}, ${kind}`,
        parents: [`depth ${steps}`, `operands ${kind}`],
        parameters: { depth: steps, operands: kind },
      })),
    ),
  async *questions({ parameters }, n, seed) {
    const { depth = "", operands: kind = "" } = parameters;
    const made = randomCalculation({
      steps: Number(depth),
      count: n,
      seed,
      operands: { forms: operands[kind] },
    });
    let at = 0;
    for await (const task of made) {
      const [n0 = "", d0 = ""] = String(task.context?.["exact"]).split("/");
      const value = rational(BigInt(n0), BigInt(d0));
      const own = slip(value, random(split(seed, `slip:${at++}`)));
      yield {
        task,
        right: decimal(value, digits),
        wrong: decimal(own.wrong, digits),
        slip: own.slip,
        // a fraction of small numbers is as right as the decimal; a whole number has no other notation here
        ...(value.d === 1n ? {} : { other: fraction(value) }),
      };
    }
  },
  /** By parsing the expression as it is shown and evaluating it, which goes another way than drawing it did. */
  check(task, answer) {
    const { equal } = equivalent(String(task.context?.["expression"]), answer, { tolerance: { relative: 1e-12 } });
    return typeof equal === "boolean" ? equal : null;
  },
};
