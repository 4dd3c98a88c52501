import { ascii, type NumberFormat, quickNumber, written } from "./digits.ts";
import { type Trouble, Unreadable } from "./limits.ts";
import { negative, type Rational, rational, same, times } from "./rational.ts";

/** How two answers are compared. */
export interface EquivalenceOptions {
  numbers?: NumberFormat | undefined;
}

/** Whether two answers mean the same, and the rule that decided. */
export interface Verdict {
  equal: boolean | "undecided" | "bad-reference" | Trouble;
  rule: string;
}

interface Scalar {
  value: Rational;
  percent: boolean;
}

const scalarForm =
  /^(-)?\s?(?:\\?\$)?\s?(?:([\d., ]+)(?:\s?\/\s?(\d+))?|\\[dt]?frac\{(-?\d+)\}\{(\d+)\})\s?(\\?%|percent)?(?:\s?(?:\\text\{)?\s?[a-zA-Z ]{1,40}\}?)?$/;

function scalar(text: string, format: NumberFormat): Scalar | undefined {
  const match = scalarForm.exec(text);
  if (match === null) return undefined;
  const [, minus, whole, over, top, bottom, percent] = match;
  let value: Rational | undefined;
  if (whole !== undefined) {
    value = written(whole.trim().replace(/[.,]$/, ""), format)?.value;
    if (value !== undefined && over !== undefined) {
      const d = BigInt(over);
      if (d === 0n) return undefined;
      value = times(value, rational(1n, d));
    }
  } else if (BigInt(bottom!) !== 0n) value = rational(BigInt(top!), BigInt(bottom!));
  if (value === undefined) return undefined;
  return { value: minus === undefined ? value : negative(value), percent: percent !== undefined };
}

/** Do two written answers mean the same? */
export function equivalent(gold: string, candidate: string, options: EquivalenceOptions = {}): Verdict {
  const a = gold.trim();
  const b = candidate.trim();
  if (a === b) return { equal: true, rule: "identical" };
  if ((options.numbers ?? "auto") !== "comma") {
    const x = quickNumber(a);
    const y = quickNumber(b);
    if (x === x && y === y) return { equal: x === y, rule: "number" };
  }
  try {
    const format = options.numbers ?? "auto";
    const x = scalar(ascii(a), format);
    const y = scalar(ascii(b), format);
    if (x !== undefined && y !== undefined) {
      if (same(x.value, y.value)) return { equal: true, rule: "number" };
      if (x.percent !== y.percent) {
        const hundredth = rational(1n, 100n);
        const equal = x.percent ? same(times(x.value, hundredth), y.value) : same(times(y.value, hundredth), x.value);
        return { equal, rule: "percent" };
      }
      return { equal: false, rule: "number" };
    }
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { equal: thrown.trouble, rule: thrown.message };
    throw thrown;
  }
  return { equal: a.toLowerCase() === b.toLowerCase(), rule: "text" };
}
