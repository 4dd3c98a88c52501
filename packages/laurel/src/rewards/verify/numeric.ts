import {
  answerText,
  type Draft,
  fault,
  type JsonObject,
  pointwise,
  type Reward,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { ascii, written } from "./math/digits.ts";
import { parseMath } from "./math/equivalent.ts";
import { realValue } from "./math/evaluate.ts";
import { extractAnswer } from "./math/extract.ts";
import { Spent, Unreadable } from "./math/limits.ts";
import { toNumber } from "./math/rational.ts";

/** Options of `verify.numeric`. */
export interface NumericOptions {
  /**
   * How a number a is scored against the reference b:
   * `within` (default): 1 if |a − b| ≤ max(absolute, relative · |b|), else 0;
   * `rounded`: 1 if both round to the same decimal of `decimals` places (halves away from zero), else 0;
   * `closeness`: 1 − ½ min(|a − b|, 1) − ½ min(|a − b| / (|b| + epsilon), 1).
   */
  scoring?: "within" | "rounded" | "closeness" | undefined;
  /** For `within`; default 1e-6. */
  relative?: number | undefined;
  /** For `within`; default 0. */
  absolute?: number | undefined;
  /** For `rounded`; default 2. */
  decimals?: number | undefined;
  /** For `closeness`; default 1e-6. */
  epsilon?: number | undefined;
  /**
   * Which number of the answer counts: `answer` (default: the extracted final answer, which may be an expression),
   * `last`, `first`, `any` (the one that scores best) or `exact` (the text must be the number and nothing else).
   */
  location?: "answer" | "last" | "first" | "any" | "exact" | undefined;
}

const number =
  /[-+]?(?:\d+ \d{1,3}\/\d{1,3}|\(?\d{1,15}\/\d{1,15}\)?|(?:\d[\d,]{0,400}(?:\.\d{1,400})?|\.\d{1,400})(?:[eE][-+]?\d{1,3})?)/g;

/** The plain numbers of a text, left to right: decimals, thousands separators, exponents, fractions, digits of any script. */
export function numbersIn(text: string): number[] {
  const plain = ascii(text.length > 20_000 ? text.slice(-20_000) : text);
  const found: number[] = [];
  for (const match of plain.matchAll(number)) {
    const before = plain[match.index - 1] ?? " ";
    if (/[A-Za-z0-9_]/.test(before)) continue;
    const value = sizeOf(match[0], before);
    if (value !== undefined) found.push(value);
  }
  return found;
}

function sizeOf(token: string, before: string): number | undefined {
  const negative = token[0] === "-" && !/[\d)]/.test(before);
  const body = token.replace(/^[-+]/, "").replace(/[()]/g, "");
  const fraction = /^(?:(\d+) )?(\d+)\/(\d+)$/.exec(body);
  let size: number | undefined;
  if (fraction !== null) {
    const under = Number(fraction[3]);
    if (under === 0) return undefined;
    size = Number(fraction[1] ?? 0) + Number(fraction[2]) / under;
  } else {
    const [mantissa = "", exponent = "0"] = body.split(/[eE]/);
    const value = written(mantissa.replace(/,+$/, ""), "auto");
    if (value === undefined) return undefined;
    size = exponent === "0" ? toNumber(value.value) : Number(`${toNumber(value.value)}e${exponent}`);
  }
  if (!Number.isFinite(size)) return undefined;
  return negative ? -size : size;
}

/** A number or a constant expression such as \frac{3}{4}; a percent or currency sign is passed over. */
function numberOf(text: string): number | undefined {
  try {
    let node = parseMath(text);
    if (node.k === "rel") node = node.terms[node.terms.length - 1]!;
    while (node.k === "qty" || node.k === "pct") node = node.value;
    const value = realValue(node);
    if (value !== undefined && Number.isFinite(value)) return value;
  } catch (thrown) {
    if (!(thrown instanceof Unreadable) && !(thrown instanceof Spent)) throw thrown;
  }
  const all = numbersIn(text);
  return all[all.length - 1];
}

function candidates(text: string, location: NonNullable<NumericOptions["location"]>): number[] {
  if (location === "answer") {
    const extracted = extractAnswer(text);
    const value = extracted === undefined ? undefined : numberOf(extracted.text);
    return value === undefined ? [] : [value];
  }
  if (location === "exact") {
    const plain = ascii(text).trim();
    const match = /^[-+]?[\d.,]+(?:[eE][-+]?\d+)?$/.test(plain);
    const all = match ? numbersIn(plain) : [];
    return all.length === 1 ? all : [];
  }
  const all = numbersIn(text);
  if (location === "any" || all.length === 0) return all;
  return [location === "first" ? all[0]! : all[all.length - 1]!];
}

function rounded(x: number, decimals: number): number {
  const scale = 10 ** decimals;
  return (Math.sign(x) * Math.round(Math.abs(x) * scale * (1 + Number.EPSILON))) / scale;
}

/** The closeness of a to b: 1 − ½ min(|a − b|, 1) − ½ min(|a − b| / (|b| + epsilon), 1), in [0, 1]. */
export function closeness(a: number, b: number, epsilon = 1e-6): number {
  const gap = Math.abs(a - b);
  return 1 - 0.5 * Math.min(gap, 1) - 0.5 * Math.min(gap / (Math.abs(b) + epsilon), 1);
}

/**
 * Is the number right, or how near is it? A number of the candidate's text is scored against `reference.answer`.
 *
 * A candidate without a number is the fault `no-answer`; a reference without one is unscored (`missing-reference`,
 * `bad-reference`). The facts hold the number that counted and its distance.
 *
 * Sources: the closeness reward of RandomCalculation ("Reasoning or Memorization?"); the rounding to two decimals of STEER-ME.
 *
 * @throws UsageError for a negative tolerance or decimals outside 0 to 15
 * @example numeric({ scoring: "rounded", decimals: 2 })
 */
export function numeric(options: NumericOptions = {}): Reward {
  const {
    scoring = "within",
    relative = 1e-6,
    absolute = 0,
    decimals = 2,
    epsilon = 1e-6,
    location = "answer",
  } = options;
  if (!(relative >= 0 && absolute >= 0 && epsilon > 0))
    throw new UsageError("verify.numeric: relative and absolute must be at least 0, epsilon above 0");
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 15)
    throw new UsageError("verify.numeric: decimals must be a whole number from 0 to 15");
  const score = (a: number, b: number): number => {
    if (scoring === "closeness") return closeness(a, b, epsilon);
    if (scoring === "rounded") return rounded(a, decimals) === rounded(b, decimals) ? 1 : 0;
    return Math.abs(a - b) <= Math.max(absolute, relative * Math.abs(b)) ? 1 : 0;
  };
  const judge = (text: string, reference: unknown): Draft => {
    if (reference === undefined || reference === null || reference === "")
      return unscored("missing-reference", "verify.numeric needs reference.answer");
    const gold =
      typeof reference === "number"
        ? reference
        : typeof reference === "string"
          ? numberOf(extractAnswer(reference)?.text ?? reference)
          : undefined;
    if (gold === undefined || !Number.isFinite(gold))
      return unscored("bad-reference", `not a number: ${String(reference).slice(0, 100)}`);
    const found = candidates(text, location);
    if (found.length === 0) return fault("no-answer");
    let best = found[0]!;
    for (const one of found) if (score(one, gold) > score(best, gold)) best = one;
    return { value: score(best, gold), facts: { number: best, distance: Math.abs(best - gold), scoring } };
  };
  return pointwise(
    "verify.numeric",
    (candidate, task) => judge(answerText(candidate), task.reference?.answer ?? task.reference?.texts?.[0]),
    {
      version: 1,
      spec: { kind: "verify.numeric", ...(options as JsonObject) },
      work: "cpu",
      range: [0, 1],
      timeLimit: 50,
    },
  );
}

/** The closeness reward of RandomCalculation: `numeric({ scoring: "closeness" })`. */
export function numericCloseness(options: { epsilon?: number | undefined } = {}): Reward {
  return numeric({ ...options, scoring: "closeness" });
}
