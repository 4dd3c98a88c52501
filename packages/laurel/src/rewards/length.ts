import {
  answerText,
  type Candidate,
  combine,
  type JsonObject,
  pointwise,
  type Reward,
  type Unscored,
  UsageError,
  unscored,
} from "../core/index.ts";
import { countCodePoints, countWords } from "./reference/words.ts";

/** What is counted: code points, words between white space, or the tokens that the candidate states. */
export type LengthUnit = "characters" | "words" | "tokens";

/**
 * How a length n becomes a value:
 * - `count`: n itself (times `sign`, default 1);
 * - `target`: max(0, 1 − |n − target|/tolerance);
 * - `limit`: 0 up to max − cache, then (max − cache − n)/cache down to −1 at max and −1 beyond (DAPO's soft overlong punishment);
 * - `range`: 1 from min to max, 0 outside.
 */
export type LengthForm =
  | { form: "count"; sign?: 1 | -1 | undefined }
  | { form: "target"; target: number; tolerance: number }
  | { form: "limit"; max: number; cache: number }
  | { form: "range"; min?: number | undefined; max?: number | undefined };

/** Options of `length`. */
export type LengthOptions = { unit?: LengthUnit | undefined } & (LengthForm | { form?: undefined });

/** The length of a candidate's answer; `unscored("unsupported")` for tokens that the candidate does not state. */
export function lengthOf(candidate: Candidate, unit: LengthUnit): number | Unscored {
  if (unit === "tokens")
    return (
      candidate.tokens?.count ??
      unscored("unsupported", "length in tokens needs candidate.tokens.count; use the unit words or characters")
    );
  const text = answerText(candidate);
  return unit === "words" ? countWords(text) : countCodePoints(text);
}

/**
 * DAPO's soft overlong punishment of n tokens, in [−1, 0].
 *
 * 0 if n ≤ max − cache; (max − cache − n)/cache if n ≤ max; else −1.
 * Source: DAPO, equation 13; TRL 1.16 `get_soft_overlong_punishment`.
 *
 * @example softOverlong(90, 100, 20) // -0.5
 */
export function softOverlong(n: number, max: number, cache: number): number {
  if (n <= max - cache) return 0;
  return n <= max ? (max - cache - n) / cache : -1;
}

/** Bounds of `cosineScaled`, named as in TRL. */
export interface CosineOptions {
  /** Length at which the schedule ends; longer answers count as this long. */
  maxLength: number;
  /** Value of a wrong answer of length 0; default −1. */
  minWrong?: number | undefined;
  /** Value of a wrong answer of the greatest length; default −0.5. */
  maxWrong?: number | undefined;
  /** Value of a right answer of the greatest length; default 0.5. */
  minCorrect?: number | undefined;
  /** Value of a right answer of length 0; default 1. */
  maxCorrect?: number | undefined;
}

/**
 * A right or wrong verdict scaled by length on a half cosine: short right answers earn most, short wrong ones least.
 *
 * low + (high − low)/2 · (1 + cos(π·min(n, maxLength)/maxLength)), (low, high) = (minCorrect, maxCorrect) if right,
 * (maxWrong, minWrong) if wrong.
 *
 * Source: 'Demystifying Long Chain-of-Thought Reasoning', appendix C.1; TRL 1.16 `get_cosine_scaled_reward`, except
 * that a length beyond maxLength stays at the end of the schedule instead of coming back up the cosine.
 *
 * @example cosineScaled(25, true, { maxLength: 100 }) // 0.92678
 */
export function cosineScaled(n: number, correct: boolean, options: CosineOptions): number {
  const { maxLength, minWrong = -1, maxWrong = -0.5, minCorrect = 0.5, maxCorrect = 1 } = options;
  const [low, high] = correct ? [minCorrect, maxCorrect] : [maxWrong, minWrong];
  const progress = Math.min(n, maxLength) / maxLength;
  return low + 0.5 * (high - low) * (1 + Math.cos(progress * Math.PI));
}

function formed(n: number, form: LengthForm): number {
  switch (form.form) {
    case "count":
      return n * (form.sign ?? 1);
    case "target":
      return Math.max(0, 1 - Math.abs(n - form.target) / form.tolerance);
    case "limit":
      return softOverlong(n, form.max, form.cache);
    case "range":
      return n >= (form.min ?? 0) && n <= (form.max ?? Number.POSITIVE_INFINITY) ? 1 : 0;
  }
}

function checked(form: LengthForm): LengthForm {
  const wrong = (why: string): never => {
    throw new UsageError(`length: ${why}`);
  };
  if (form.form === "target" && !(form.tolerance > 0)) wrong("tolerance must be above 0");
  if (form.form === "limit" && !(form.cache >= 0 && form.max >= form.cache)) wrong("needs 0 <= cache <= max");
  if (form.form === "range" && form.min === undefined && form.max === undefined) wrong("a range needs min or max");
  if (!["count", "target", "limit", "range"].includes(form.form)) wrong(`unknown form '${form.form}'`);
  return form;
}

/**
 * The reward `length`: how long the answer is, or how well its length fits.
 *
 * Ranges: `target` and `range` [0, 1]; `limit` [−1, 0]; `count` has none. The length is in the part `length`.
 * Unscored (`unsupported`) where the unit is tokens and the candidate states none.
 *
 * @param options unit (default "characters") and form (default count)
 * @throws UsageError for options that fit no form
 * @example const reward = length({ unit: "words", form: "target", target: 200, tolerance: 100 });
 */
export function length(options: LengthOptions = {}): Reward {
  const unit = options.unit ?? "characters";
  if (!["characters", "words", "tokens"].includes(unit)) throw new UsageError(`length: unknown unit '${unit}'`);
  const form = checked(options.form === undefined ? { form: "count" } : options);
  const range = form.form === "count" ? undefined : form.form === "limit" ? ([-1, 0] as const) : ([0, 1] as const);
  return pointwise(
    "length",
    (candidate) => {
      const n = lengthOf(candidate, unit);
      return typeof n === "number" ? { value: formed(n, form), parts: { length: n } } : n;
    },
    { version: 1, spec: { kind: "length", ...options, unit, form: form.form } as JsonObject, work: "cpu", range },
  );
}

/** Options of `cosineLength`. */
export interface CosineLengthOptions extends CosineOptions {
  unit?: LengthUnit | undefined;
  /** A correctness score at or above this is right; default 1. */
  threshold?: number | undefined;
}

/**
 * The composite `length.cosine`: a correctness reward scaled by length on a half cosine (see `cosineScaled`).
 *
 * A candidate whose correctness is unscored stays unscored; one that faulted counts as wrong and is listed in
 * `facts.faults`.
 *
 * @param correct a reward that is 1 for right answers
 * @example const reward = cosineLength(exact(), { maxLength: 1024, unit: "tokens" });
 */
export function cosineLength(correct: Reward, options: CosineLengthOptions): Reward {
  if (!(options.maxLength > 0)) throw new UsageError("length.cosine: maxLength must be above 0");
  const { unit = "tokens", threshold = 1, minWrong = -1, maxWrong = -0.5, minCorrect = 0.5, maxCorrect = 1 } = options;
  const bounds = [minWrong, maxWrong, minCorrect, maxCorrect];
  return combine(
    { correct },
    ({ correct: score }, candidate) => {
      if (score.unscored !== undefined) return score;
      const n = lengthOf(candidate, unit);
      if (typeof n !== "number") return n;
      return {
        value: cosineScaled(n, score.value >= threshold, options),
        parts: { correct: score.value, length: n },
        ...(score.fault === undefined ? {} : { facts: { faults: ["correct"] } }),
      };
    },
    {
      form: "length.cosine",
      version: 1,
      spec: { kind: "length.cosine", ...options } as JsonObject,
      range: [Math.min(...bounds), Math.max(...bounds)],
    },
  );
}
