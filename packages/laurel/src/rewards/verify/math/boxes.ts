import { limits } from "./limits.ts";

/** A percent sign or word right behind an answer belongs to it. */
export const percentAfter = /^[\s)\]\\$]{0,6}(?:%|percent\b|pct\b|percentage\b)/;
const connector = /[,;]|\band\b|\bor\b/;

/** A box with the offsets of its command and of what follows it. */
export interface Box {
  text: string;
  start: number;
  end: number;
}

const boxCommand = /\\(?:boxed|fbox|framebox)/;

/** The boxes that count, joined if they are parts of one answer. */
export function lastBoxes(body: string, several: "last" | "first" | "agree"): (Box & { others: string[] }) | undefined {
  if (!boxCommand.test(body)) return undefined;
  if (several === "first") {
    const all = allBoxes(body, 0);
    const groups = grouped(body, all);
    return groups[0] === undefined ? undefined : { ...groups[0], others: [] };
  }
  if (several === "last") {
    // only the neighbourhood of the last box matters
    let from = Math.max(body.lastIndexOf("\\boxed"), body.lastIndexOf("\\fbox"), body.lastIndexOf("\\framebox"));
    from = Math.max(0, from - limits.tail);
    const groups = grouped(body, allBoxes(body, from));
    const last = groups[groups.length - 1];
    return last === undefined ? undefined : { ...last, others: [] };
  }
  const groups = grouped(body, allBoxes(body, 0));
  const last = groups[groups.length - 1];
  return last === undefined ? undefined : { ...last, others: groups.slice(0, -1).map((g) => g.text) };
}

function allBoxes(body: string, from: number): Box[] {
  const boxes: Box[] = [];
  let at = from;
  while (boxes.length < limits.items) {
    const start = nextBox(body, at);
    if (start < 0) break;
    let open = start + (body.startsWith("\\boxed", start) ? 6 : body.startsWith("\\fbox", start) ? 5 : 9);
    while (open < body.length && body.charCodeAt(open) === 32) open++;
    let end: number;
    let text: string;
    if (body[open] === "{") {
      const close = closingBrace(body, open);
      end = close < 0 ? Math.min(body.length, endOfLine(body, open)) : close + 1;
      text = body.slice(open + 1, close < 0 ? end : close);
    } else {
      // `\boxed 5`: the next word
      const word = /^[^\s$\\{}]{1,40}|^\\[a-zA-Z]{1,20}(?:\{[^{}]{0,60}\}){0,2}/.exec(body.slice(open, open + 200));
      text = word === null ? "" : word[0].replace(/[.,;]$/, "");
      end = open + text.length;
    }
    text = text.trim();
    if (text !== "") {
      if (percentAfter.test(body.slice(end, end + 24)) && !text.includes("%")) text += "\\%";
      boxes.push({ text, start, end });
    }
    at = Math.max(end, start + 6);
  }
  return boxes;
}

function nextBox(body: string, at: number): number {
  const a = body.indexOf("\\boxed", at);
  const b = body.indexOf("\\fbox", at);
  const c = body.indexOf("\\framebox", at);
  let best = a;
  if (b >= 0 && (best < 0 || b < best)) best = b;
  if (c >= 0 && (best < 0 || c < best)) best = c;
  return best;
}

/** Joins neighbouring boxes that a short text with a comma, "and" or "or" connects within a sentence. */
function grouped(body: string, boxes: readonly Box[]): Box[] {
  const groups: Box[] = [];
  for (const box of boxes) {
    const last = groups[groups.length - 1];
    if (last !== undefined && box.start - last.end <= 80) {
      const between = body.slice(last.end, box.start);
      if (connector.test(between) && !/[.!?]\s|\n\s*\n|answer/i.test(between)) {
        last.text += ` , ${box.text}`;
        last.end = box.end;
        continue;
      }
    }
    groups.push({ ...box });
  }
  return groups;
}

/** The offset of the brace that closes the one at `open`, or −1. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  const end = Math.min(text.length, open + limits.answer * 2);
  for (let i = open; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 92) i++;
    else if (code === 123) depth++;
    else if (code === 125 && --depth === 0) return i;
  }
  return -1;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? Math.min(text.length, from + limits.answer * 2) : end;
}
