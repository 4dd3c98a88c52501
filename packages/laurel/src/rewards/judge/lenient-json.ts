import type { Json } from "../../core/index.ts";

/**
 * Reads JSON as language models write it: comments, trailing commas, single quotes and bare keys are taken; nothing is
 * guessed (an unclosed object, a missing comma or a word that is no value gives undefined). Linear, at most 64 levels deep.
 *
 * @returns the value, whether anything had to be forgiven, and where reading ended; undefined if it is not JSON
 * @example lenientJson("{score: 4,}"); // { value: { score: 4 }, repaired: true, end: 11 }
 */
export function lenientJson(text: string, from = 0): { value: Json; repaired: boolean; end: number } | undefined {
  let at = from;
  let repaired = false;
  const bad = new SyntaxError("not JSON");

  const space = (): void => {
    for (;;) {
      while (at < text.length && /\s/.test(text[at]!)) at++;
      if (text[at] !== "/" || (text[at + 1] !== "/" && text[at + 1] !== "*")) return;
      const close = text[at + 1] === "/" ? text.indexOf("\n", at) : text.indexOf("*/", at);
      repaired = true;
      at = close < 0 ? text.length : close + 2 - (text[at + 1] === "/" ? 1 : 0);
    }
  };
  const string = (quote: string): string => {
    let out = "";
    let run = ++at;
    for (; at < text.length; at++) {
      const c = text[at]!;
      if (c === quote) {
        out += text.slice(run, at++);
        if (quote === "'") repaired = true;
        return out;
      }
      if (c === "\n") repaired = true;
      if (c !== "\\") continue;
      out += text.slice(run, at);
      const next = text[++at];
      if (next === undefined) throw bad;
      if (next === "u") {
        const hex = /^[0-9a-fA-F]{4}/.exec(text.slice(at + 1, at + 5))?.[0];
        if (hex === undefined) throw bad;
        out += String.fromCharCode(Number.parseInt(hex, 16));
        at += 4;
      } else {
        const known = '"\\/bfnrt'.indexOf(next);
        if (known < 0) repaired = true; // \[ or \d of mathematics and patterns
        out += known < 0 ? (next === "'" ? "'" : `\\${next}`) : '"\\/\b\f\n\r\t'[known]!;
      }
      run = at + 1;
    }
    throw bad;
  };
  const word = (): string => {
    const match = /^[A-Za-z_$][\w$-]*/.exec(text.slice(at, at + 80));
    if (match === null) throw bad;
    at += match[0].length;
    return match[0];
  };
  const value = (depth: number): Json => {
    if (depth > 64) throw bad;
    space();
    const c = text[at];
    if (c === '"' || c === "'") return string(c);
    if (c === "[") {
      at++;
      const items: Json[] = [];
      for (;;) {
        space();
        if (text[at] === "]") {
          if (items.length > 0) repaired = true;
          at++;
          return items;
        }
        items.push(value(depth + 1));
        space();
        if (text[at] === ",") at++;
        else if (text[at] === "]") {
          at++;
          return items;
        } else throw bad;
      }
    }
    if (c === "{") {
      at++;
      const members = new Map<string, Json>();
      for (;;) {
        space();
        if (text[at] === "}") {
          if (members.size > 0) repaired = true;
          at++;
          return Object.fromEntries(members);
        }
        let key: string;
        if (text[at] === '"' || text[at] === "'") key = string(text[at]!);
        else {
          key = word();
          repaired = true;
        }
        space();
        if (text[at] !== ":") throw bad;
        at++;
        // a key that is given twice is not read as one of the two
        if (members.has(key)) throw bad;
        members.set(key, value(depth + 1));
        space();
        if (text[at] === ",") at++;
        else if (text[at] === "}") {
          at++;
          return Object.fromEntries(members);
        } else throw bad;
      }
    }
    const number = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(text.slice(at, at + 40))?.[0];
    if (number !== undefined) {
      at += number.length;
      return Number(number);
    }
    const literal = word();
    const literals: Record<string, Json> = {
      true: true,
      false: false,
      null: null,
      True: true,
      False: false,
      None: null,
    };
    if (!Object.hasOwn(literals, literal)) throw bad;
    if (/[A-Z]/.test(literal)) repaired = true;
    return literals[literal]!;
  };
  try {
    const read = value(0);
    return { value: read, repaired, end: at };
  } catch (thrown) {
    if (thrown === bad) return undefined;
    throw thrown;
  }
}

/**
 * The last JSON object of a text, fenced or bare, with prose around it. Reading starts at each of at most 64 opening braces
 * that are not inside an object read before.
 *
 * @example lastObject('Fine. {"score": 4} Done.')?.value; // { score: 4 }
 */
export function lastObject(
  text: string,
): { value: { readonly [key: string]: Json | undefined }; repaired: boolean } | undefined {
  let found: { value: { readonly [key: string]: Json | undefined }; repaired: boolean } | undefined;
  let at = 0;
  for (let tries = 0; tries < 64; tries++) {
    const open = text.indexOf("{", at);
    if (open < 0) break;
    const read = lenientJson(text, open);
    if (read !== undefined) found = read as NonNullable<typeof found>;
    at = read === undefined ? open + 1 : read.end;
  }
  return found;
}
