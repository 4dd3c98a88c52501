import type { Json } from "../../../core/types.ts";

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** The part of a text that answers: within the last `<answer>` tags, else within the last code fence, else all of it. */
export function answerPart(text: string): string {
  const close = text.lastIndexOf("</answer>");
  const open = close < 0 ? -1 : text.lastIndexOf("<answer>", close);
  if (open >= 0) return text.slice(open + "<answer>".length, close).trim();
  const end = text.lastIndexOf("```");
  const start = end <= 0 ? -1 : text.lastIndexOf("```", end - 1);
  if (start < 0) return text.trim();
  const line = text.indexOf("\n", start);
  return line < 0 || line > end ? text.slice(start + 3, end).trim() : text.slice(line + 1, end).trim();
}

/**
 * The JSON value that a text gives as its answer: the answering part itself, or what lies between its first opening and last closing
 * bracket; undefined if neither parses.
 *
 * @example answerJson("The boxes are [[0, 0, 1, 1]].") // [[0, 0, 1, 1]]
 */
export function answerJson(text: string): Json | undefined {
  const part = answerPart(text);
  const whole = parsed(part);
  if (whole !== undefined) return whole;
  const list = part.indexOf("[");
  const object = part.indexOf("{");
  const start = list < 0 ? object : object < 0 ? list : Math.min(list, object);
  if (start < 0) return undefined;
  const end = part.lastIndexOf(part[start] === "[" ? "]" : "}");
  return end < start ? undefined : parsed(part.slice(start, end + 1));
}

const NUMBER = /[-+]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?/g;

/** The number of a text such as `1,234.5` or `-3`; undefined if there is anything else in it. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[-+]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(trimmed)) return undefined;
  const value = Number(trimmed.replaceAll(",", ""));
  return Number.isFinite(value) ? value : undefined;
}

/** The last number of the answering part of a text, or undefined. */
export function lastNumber(text: string): number | undefined {
  const last = answerPart(text).match(NUMBER)?.at(-1);
  const value = last === undefined ? Number.NaN : Number(last.replaceAll(",", ""));
  return Number.isFinite(value) ? value : undefined;
}
