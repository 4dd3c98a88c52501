import { UsageError } from "../../core/index.ts";

/** How the marks of steps are read from a judge's text. */
export type IndicatorMode = "official" | "strict";

/** A mark a step, 1 where the judge says that the step has the error. */
export interface StepIndicators {
  /** One a step; empty where `unreadable` says why there are none. */
  values: (0 | 1)[];
  unreadable?: string | undefined;
}

/**
 * Reads a list of 0 and 1, one a step, as VLRMBench asks for it.
 *
 * "strict" (default): the last `[…]` of the text that holds nothing but 0 and 1 between commas; another number of marks than steps is
 * unreadable, never padded. "official": every run of digits in the text is a mark, anything but 0 is 1, marks beyond the number of steps
 * are left out and missing ones are 0, so that a number in the words before the list shifts all marks, and an empty answer says "no error".
 *
 * @param steps number of steps, at least 1
 * @throws UsageError for a number of steps below 1
 * @source VLRMBench (2025), utils.py, format_model_answer_tolist; the strict form is ours
 * @example stepIndicators("Of the 3 steps: [0, 1, 0]", 3).values // [0, 1, 0]; "official" reads [1, 0, 1]
 */
export function stepIndicators(text: string, steps: number, mode: IndicatorMode = "strict"): StepIndicators {
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new UsageError(`stepIndicators: a solution has a whole number of steps of at least 1, not ${steps}`);
  if (mode === "official") {
    const marks = Array.from(text.matchAll(/\d+/g), ([digits]): 0 | 1 => (/^0+$/.test(digits) ? 0 : 1));
    return { values: Array.from({ length: steps }, (_, i) => marks[i] ?? 0) };
  }
  const lists = bracketed(text).filter((inside) => inside.split(",").every((one) => /^\s*[01]\s*$/.test(one)));
  const last = lists.at(-1);
  if (last === undefined) return { values: [], unreadable: "there is no list of 0 and 1 in brackets" };
  const values = last.split(",").map((one): 0 | 1 => (one.trim() === "1" ? 1 : 0));
  if (values.length !== steps)
    return { values: [], unreadable: `the list has ${values.length} marks for ${steps} steps` };
  return { values };
}

/**
 * Reads two grades, of the answer shown first and of the one shown second.
 *
 * "strict" (default): the last `[a, b]` of the text, two numbers (quotes around them are forgiven). "official": the last two runs of digits
 * of the text, and 0 for a missing one: one number alone is the first answer's.
 *
 * @returns undefined where there are none ("strict" only)
 * @source VLRMBench (2025), utils.py, format_ms_ec_era_model_answer_tolist; the strict form is ours
 * @example pairGrades("[8, 6]") // [8, 6]
 */
export function pairGrades(text: string, mode: "official"): readonly [first: number, second: number];
export function pairGrades(text: string, mode?: IndicatorMode): readonly [first: number, second: number] | undefined;
export function pairGrades(text: string, mode: IndicatorMode = "strict"): readonly [number, number] | undefined {
  if (mode === "official") {
    const numbers = Array.from(text.matchAll(/\d+/g), ([digits]) => Number(digits));
    return numbers.length >= 2 ? [numbers.at(-2)!, numbers.at(-1)!] : [numbers[0] ?? 0, 0];
  }
  for (const inside of bracketed(text).reverse()) {
    const said = inside.split(",").map((one) => one.trim().replace(/^["']|["']$/g, ""));
    if (said.length === 2 && said.every((one) => /^\d{1,9}(?:\.\d{1,9})?$/.test(one)))
      return [Number(said[0]), Number(said[1])];
  }
  return undefined;
}

/** What stands in brackets that hold no other brackets, in order. */
function bracketed(text: string): string[] {
  return Array.from(text.matchAll(/\[([^[\]]*)\]/g), (match) => match[1]!);
}
