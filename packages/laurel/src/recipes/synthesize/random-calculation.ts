import {
  NotEnoughDataError,
  type Random,
  random,
  type Seed,
  split,
  type Task,
  task,
  UsageError,
} from "../../core/index.ts";
import { decimal, inverse, negative, plus, power, type Rational, rational, times } from "./rational.ts";

/** Which numbers stand in the expressions. */
export interface OperandSpec {
  /** Greatest whole number; default 100. */
  readonly most?: number | undefined;
  /** Greatest denominator of a fraction; default 100. */
  readonly mostDenominator?: number | undefined;
  /** Forms of an operand, each as likely; default all four. */
  readonly forms?: readonly ("integer" | "fraction" | "square" | "cube")[] | undefined;
}

/** Options of `randomCalculation`. */
export interface RandomCalculationOptions {
  /** Operations in an expression, 1 to 50. */
  readonly steps: number;
  /** How many problems. */
  readonly count: number;
  readonly seed: Seed;
  readonly operands?: OperandSpec | undefined;
}

/** An expression as LaTeX with its exact value; `binds` is 1 for sums and differences, 2 for products, 3 for what needs no brackets. */
interface Expression {
  readonly latex: string;
  readonly value: Rational;
  readonly binds: 1 | 2 | 3;
}

const MOST = rational(10n ** 12n);
const MOST_TRIES = 10_000;

function operand(r: Random, spec: OperandSpec): Expression {
  const k = r.below((spec.most ?? 100) + 1);
  const forms = spec.forms ?? ["integer", "fraction", "square", "cube"];
  switch (forms[r.below(forms.length)]!) {
    case "integer":
      return { latex: String(k), value: rational(k), binds: 3 };
    case "fraction": {
      const m = 1 + r.below(spec.mostDenominator ?? 100);
      return { latex: `\\frac{${k}}{${m}}`, value: rational(k, m), binds: 3 };
    }
    case "square":
      return { latex: `${k}^{2}`, value: power(rational(k), 2), binds: 3 };
    case "cube":
      return { latex: `${k}^{3}`, value: power(rational(k), 3), binds: 3 };
  }
}

const within = (one: Expression, least: 1 | 2 | 3): string =>
  one.binds < least ? `\\left(${one.latex}\\right)` : one.latex;

/** expr(n) = expr(i) op expr(n − 1 − i); undefined where a divisor is 0. */
function expression(r: Random, n: number, spec: OperandSpec): Expression | undefined {
  if (n === 0) return operand(r, spec);
  const left = r.below(n);
  const a = expression(r, left, spec);
  const b = expression(r, n - 1 - left, spec);
  const op = r.below(4);
  if (a === undefined || b === undefined) return undefined;
  if (op === 0) return { latex: `${a.latex} + ${b.latex}`, value: plus(a.value, b.value), binds: 1 };
  if (op === 1) return { latex: `${a.latex} - ${within(b, 2)}`, value: plus(a.value, negative(b.value)), binds: 1 };
  if (op === 2) return { latex: `${within(a, 2)} \\times ${within(b, 2)}`, value: times(a.value, b.value), binds: 2 };
  if (b.value.n === 0n) return undefined;
  return { latex: `\\frac{${a.latex}}{${b.latex}}`, value: times(a.value, inverse(b.value)), binds: 3 };
}

function isLarge(value: Rational): boolean {
  const size = value.n < 0n ? -value.n : value.n;
  return size > MOST.n * value.d;
}

/**
 * Arithmetic problems that cannot have leaked: random expressions with exact answers.
 *
 * expr(n) = expr(i) op expr(n − 1 − i), i uniform in 0 … n − 1, op uniform in + − × ÷, an operand one of k, k/m, k², k³ with
 * k in 0 … 100 and m in 1 … 100. Expressions with a divisor of 0 or a value beyond 10¹² are drawn again; no expression comes twice.
 *
 * @param options see `RandomCalculationOptions`
 * @returns tasks without candidates; `reference.answer` is the value to 15 significant digits, `context` holds `steps`,
 *   `expression` (LaTeX) and `exact` (the fraction). `verify.numeric` with `scoring: "closeness"` is the paper's reward
 * @throws UsageError for `steps` outside 1 to 50 or a negative `count`, NotEnoughDataError where so few expressions exist
 * @source randomcalculation ("Reasoning or Memorization?"); the grammar is ours, since the paper states only its operands
 * @example for await (const one of randomCalculation({ steps: 5, count: 1000, seed: seedFrom(1) })) one.reference?.answer
 */
export async function* randomCalculation(options: RandomCalculationOptions): AsyncGenerator<Task, void, undefined> {
  const { steps, count, operands = {} } = options;
  if (!Number.isInteger(steps) || steps < 1 || steps > 50)
    throw new UsageError(`steps: expected a whole number from 1 to 50, not ${steps}`);
  if (!Number.isInteger(count) || count < 0) throw new UsageError(`count: expected a whole number of at least 0`);
  const seen = new Set<string>();
  for (let made = 0; made < count; made++) {
    const r = random(split(options.seed, made));
    let found: Expression | undefined;
    for (let tries = 0; tries < MOST_TRIES && found === undefined; tries++) {
      const one = expression(r, steps, operands);
      if (one !== undefined && !isLarge(one.value) && !seen.has(one.latex)) found = one;
    }
    if (found === undefined)
      throw new NotEnoughDataError(
        `only ${made} different expressions of ${steps} steps were found in ${MOST_TRIES} draws`,
      );
    seen.add(found.latex);
    yield task(
      `Calculate the value of the expression step by step and put the final value in \\boxed{}.\n\n$${found.latex}$`,
      [],
      decimal(found.value, 15),
      {
        id: `random-calculation/${steps}/${made + 1}`,
        context: { steps, expression: found.latex, exact: `${found.value.n}/${found.value.d}` },
      },
    );
  }
}
