import { type Schema, Validator } from "@cfworker/json-schema";
import type { Json, JsonObject } from "../core/index.ts";

/** A value found in a text, or why there is none: nothing in it, several that differ, one that breaks off, or one that is not what was asked for. */
export type Parsed =
  | { value: Json; failure?: undefined }
  | { failure: "no-json" | "ambiguous" | "cut-off" | "too-deep" | "wrong-shape"; message: string };

/** Options of `parseJson`. */
export interface ParseOptions {
  /** What the value must satisfy. Only values that do are considered. */
  schema?: JsonObject | undefined;
  /** Of several different values that fit: the last one, or none (default). */
  several?: "last" | "refuse" | undefined;
  /** Brackets within brackets at most. Default 64. */
  maxDepth?: number | undefined;
}

/**
 * The JSON value in what a model said.
 *
 * Looked for in this order: the whole text; what stands in code fences; objects and arrays anywhere in the text. What is repaired is only what has one
 * meaning: a comma before a closing bracket, comments, a raw line break within a string. Nothing is ever closed, quoted or filled in: a value that
 * breaks off, that has single quotes, or that stands beside another that differs, is a failure and never a guess.
 *
 * The time is linear in the text's length.
 *
 * @param text any text, hostile ones included
 * @returns the value, or the kind of failure with a message
 * Source: schemas are checked by @cfworker/json-schema 4 (draft 2020-12), which evaluates no code.
 * @example parseJson('Sure!\n```json\n{"score": 4,}\n```') // { value: { score: 4 } }
 */
export function parseJson(text: string, options: ParseOptions = {}): Parsed {
  const maxDepth = options.maxDepth ?? 64;
  const whole = jsonAt(text.trim(), maxDepth);
  if (whole !== undefined) return chosen([whole], options);
  const places = bracketed(text, maxDepth);
  const fenced = fences(text);
  const inFences = places.found.filter(({ start, end }) =>
    fenced.some((fence) => fence.start <= start && end <= fence.end),
  );
  for (const candidates of [inFences, places.found]) {
    const values: Json[] = [];
    for (const { start, end } of candidates) {
      const value = jsonAt(text.slice(start, end), maxDepth);
      if (value !== undefined) values.push(value);
    }
    if (values.length === 0) continue;
    const answer = chosen(values, options);
    // an example in a fence that is not what was asked for does not hide the answer outside of it
    if (answer.failure === "wrong-shape" && candidates !== places.found) continue;
    return answer;
  }
  if (places.tooDeep) return { failure: "too-deep", message: `the JSON is nested deeper than ${maxDepth}` };
  if (places.open) return { failure: "cut-off", message: "the JSON breaks off before its end" };
  return { failure: "no-json", message: "there is no JSON in the text" };
}

function chosen(values: readonly Json[], options: ParseOptions): Parsed {
  let fitting = values;
  let why = "";
  if (options.schema !== undefined) {
    const validator = new Validator(options.schema as Schema, "2020-12", true);
    fitting = values.filter((value) => {
      const result = validator.validate(value);
      const first = result.errors.at(-1);
      if (!result.valid) why = first === undefined ? "" : `: ${first.instanceLocation} ${first.error}`;
      return result.valid;
    });
    if (fitting.length === 0) return { failure: "wrong-shape", message: `the JSON is not what was asked for${why}` };
  }
  const last = fitting.at(-1)!;
  if (options.several === "last" || fitting.every((value) => same(value, last))) return { value: last };
  return { failure: "ambiguous", message: `the text holds ${fitting.length} JSON values that differ` };
}

function same(a: Json, b: Json): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** A text as a JSON value, strictly or with what has one meaning put right. */
function jsonAt(text: string, maxDepth: number): Json | undefined {
  const first = text.charCodeAt(0);
  // a bare word, number or text is prose
  if (first !== 123 && first !== 91) return undefined;
  if (depthOf(text) > maxDepth) return undefined;
  return strictly(text) ?? strictly(repaired(text));
}

function strictly(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) i = endOfString(text, i);
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth);
    else if (code === 125 || code === 93) depth--;
  }
  return deepest;
}

/** The place of the quote that ends the string which begins at `start`, or the text's length. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 92) i++;
    else if (code === 34) return i;
  }
  return text.length;
}

/** Without comments and commas before closing brackets, with line breaks in strings escaped. */
function repaired(text: string): string {
  const out: string[] = [];
  let from = 0;
  let comma = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) {
      const end = endOfString(text, i);
      const string = text.slice(i, end + 1);
      if (/[\n\r\t]/.test(string)) {
        out.push(text.slice(from, i), string.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t"));
        from = end + 1;
        comma = -1;
      }
      i = end;
      comma = -1;
    } else if (code === 47 && (text.charCodeAt(i + 1) === 47 || text.charCodeAt(i + 1) === 42)) {
      const lines = text.charCodeAt(i + 1) === 47;
      const end = text.indexOf(lines ? "\n" : "*/", i + 2);
      const after = end < 0 ? text.length : end + (lines ? 0 : 2);
      out.push(text.slice(from, i), " ");
      from = after;
      i = after - 1;
    } else if (code === 44) comma = i;
    else if (code === 125 || code === 93) {
      if (comma >= from) {
        out.push(text.slice(from, comma));
        from = comma + 1;
      }
      comma = -1;
    } else if (code !== 32 && code !== 10 && code !== 13 && code !== 9) comma = -1;
  }
  out.push(text.slice(from));
  return out.join("");
}

interface Place {
  start: number;
  end: number;
}

/** The outermost balanced brackets of a text, strings in them respected. Brackets of prose that never close are passed over. */
function bracketed(text: string, maxDepth: number): { found: Place[]; open: boolean; tooDeep: boolean } {
  const found: Place[] = [];
  const stack: { close: number; start: number }[] = [];
  let tooDeep = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34 && stack.length > 0) {
      i = endOfString(text, i);
    } else if (code === 123 || code === 91) {
      stack.push({ close: code + 2, start: i });
      if (stack.length > maxDepth) tooDeep = true;
    } else if (code === 125 || code === 93) {
      const top = stack.at(-1);
      if (top === undefined) continue;
      if (top.close !== code) {
        // not JSON: what was open was a bracket of prose
        stack.length = 0;
        continue;
      }
      stack.pop();
      if (stack.length === 0) found.push({ start: top.start, end: i + 1 });
    }
  }
  return { found, open: stack.length > 0, tooDeep };
}

/** What stands between lines that begin with three backticks. */
function fences(text: string): Place[] {
  const out: Place[] = [];
  let opened = -1;
  for (let at = text.indexOf("```"); at >= 0; at = text.indexOf("```", at + 3)) {
    if (opened < 0) opened = at + 3;
    else {
      out.push({ start: opened, end: at });
      opened = -1;
    }
  }
  return out;
}
