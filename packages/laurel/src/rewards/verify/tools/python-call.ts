import type { Json, ToolCall } from "../../../core/types.ts";

const DEEPEST = 64;

/** What is wrong with a text that should be Python calls, and where. */
export class PythonSyntaxError extends Error {
  constructor(message: string, at: number) {
    super(`${message} at ${at}`);
    this.name = "PythonSyntaxError";
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "0": "\0",
  "\n": "",
};
const SPACES = /[ \t\r\n]*/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/uy;
const NUMBER = /[+-]?(?:(?:\d[\d_]*)(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;

/** A reader of Python call syntax: literals, and names as texts. */
class Reader {
  readonly text: string;
  at = 0;
  constructor(text: string) {
    this.text = text;
  }
  fail(message: string): never {
    throw new PythonSyntaxError(message, this.at);
  }
  skip(): void {
    SPACES.lastIndex = this.at;
    SPACES.exec(this.text);
    this.at = SPACES.lastIndex;
  }
  /** Takes a mark after white space, if it is there. */
  take(mark: string): boolean {
    this.skip();
    if (!this.text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    return true;
  }
  expect(mark: string): void {
    if (!this.take(mark)) this.fail(`expected '${mark}'`);
  }
  match(pattern: RegExp): string | undefined {
    this.skip();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
  string(): string {
    const quote = this.text[this.at]!;
    const fence = this.text.startsWith(quote.repeat(3), this.at) ? quote.repeat(3) : quote;
    this.at += fence.length;
    let value = "";
    for (;;) {
      if (this.at >= this.text.length) this.fail("unclosed string");
      if (this.text.startsWith(fence, this.at)) {
        this.at += fence.length;
        return value;
      }
      const ch = this.text[this.at++]!;
      if (ch === "\n" && fence.length === 1) this.fail("unclosed string");
      value += ch === "\\" ? this.escape() : ch;
    }
  }
  escape(): string {
    const ch = this.text[this.at++] ?? "";
    const width = ch === "x" ? 2 : ch === "u" ? 4 : ch === "U" ? 8 : 0;
    if (width === 0) return ESCAPES[ch] ?? `\\${ch}`;
    const digits = this.text.slice(this.at, this.at + width);
    const code = Number.parseInt(digits, 16);
    if (digits.length !== width || !/^[0-9a-fA-F]+$/.test(digits) || code > 0x10ffff) this.fail("bad escape");
    this.at += width;
    return String.fromCodePoint(code);
  }
  /** Items up to the closing mark. */
  items(close: string, depth: number): Json[] {
    const list: Json[] = [];
    while (!this.take(close)) {
      list.push(this.value(depth));
      if (!this.take(",")) {
        this.expect(close);
        break;
      }
    }
    return list;
  }
  value(depth: number): Json {
    if (depth > DEEPEST) this.fail("nested too deeply");
    this.skip();
    const ch = this.text[this.at];
    if (ch === '"' || ch === "'") {
      let value = this.string();
      // adjacent strings are one
      for (this.skip(); this.text[this.at] === '"' || this.text[this.at] === "'"; this.skip()) value += this.string();
      return value;
    }
    if (this.take("[")) return this.items("]", depth + 1);
    if (this.take("(")) {
      const before = this.at;
      const list = this.items(")", depth + 1);
      // brackets around one value without a comma are no tuple
      return list.length === 1 && !/,\s*\)$/.test(this.text.slice(before, this.at).slice(-64)) ? list[0]! : list;
    }
    if (this.take("{")) return this.dict(depth + 1);
    const number = this.match(NUMBER);
    if (number !== undefined) {
      const value = Number(number.replaceAll("_", ""));
      if (!Number.isFinite(value)) this.fail("number out of range");
      return value;
    }
    const name = this.match(NAME);
    if (name === undefined) this.fail("expected a value");
    if (name === "True" || name === "true") return true;
    if (name === "False" || name === "false") return false;
    return name === "None" || name === "null" ? null : name;
  }
  dict(depth: number): Json {
    const entries: [string, Json][] = [];
    while (!this.take("}")) {
      const key = this.value(depth);
      this.expect(":");
      entries.push([String(key), this.value(depth)]);
      if (!this.take(",")) {
        this.expect("}");
        break;
      }
    }
    return Object.fromEntries(entries);
  }
  call(): ToolCall {
    const name = this.match(NAME);
    if (name === undefined) this.fail("expected a function's name");
    this.expect("(");
    const entries: [string, Json][] = [];
    while (!this.take(")")) {
      const key = this.match(NAME);
      if (key === undefined || !this.take("=")) this.fail("expected name=value");
      entries.push([key, this.value(0)]);
      if (!this.take(",")) {
        this.expect(")");
        break;
      }
    }
    return { name, input: Object.fromEntries(entries) };
  }
}

/**
 * The calls in Python syntax: `f(a=1)`, `[f(a=1), g.h(b="x")]`, or one a line. Arguments must be named; values are literals (tuples become
 * lists, `True`, `False`, `None` their JSON); a bare name as a value is its text.
 *
 * @throws PythonSyntaxError where the text is something else
 * @example pythonCalls("[add(a=1, b=-2.5)]") // [{ name: "add", input: { a: 1, b: -2.5 } }]
 */
export function pythonCalls(text: string): ToolCall[] {
  const reader = new Reader(text);
  const calls: ToolCall[] = [];
  const bracketed = reader.take("[");
  for (;;) {
    if (bracketed && reader.take("]")) break;
    reader.skip();
    if (!bracketed && reader.at === text.length) break;
    calls.push(reader.call());
    const more = reader.take(",") || reader.take(";");
    if (bracketed && !more) {
      reader.expect("]");
      break;
    }
  }
  reader.skip();
  if (reader.at !== text.length) reader.fail("text after the calls");
  return calls;
}
