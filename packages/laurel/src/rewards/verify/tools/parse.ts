import { answerText } from "../../../core/text.ts";
import type { Candidate, Json, JsonObject, ToolCall } from "../../../core/types.ts";
import { isJsonObject } from "./json-equal.ts";
import { PythonSyntaxError, pythonCalls } from "./python-call.ts";

/** How calls are written: as parts of the message or in its text. */
export type CallFormat = "auto" | "parts" | "json" | "hermes" | "python" | "xml";

/** The calls of a candidate, or why its text cannot be read as calls. */
export type ParsedCalls = { calls: ToolCall[]; malformed?: undefined } | { malformed: string; calls?: undefined };

class Malformed extends Error {}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new Malformed(thrown.message);
    throw thrown;
  }
}

/** `{ name, arguments | parameters | input }`, its arguments possibly as JSON text, or the same under `function`. */
function callOf(value: Json): ToolCall {
  if (!isJsonObject(value)) throw new Malformed("a call is not an object");
  const inner = isJsonObject(value["function"]) ? value["function"] : value;
  const name = inner["name"];
  if (typeof name !== "string" || name === "") throw new Malformed("a call has no name");
  const given = inner["arguments"] ?? inner["parameters"] ?? inner["input"];
  const input = typeof given === "string" ? parseJson(given) : given;
  if (!isJsonObject(input)) throw new Malformed(`the call of ${name} has no arguments`);
  return { name, input };
}

function callsOf(value: Json): ToolCall[] {
  if (Array.isArray(value)) return value.map(callOf);
  if (isJsonObject(value) && Array.isArray(value["tool_calls"])) return value["tool_calls"].map(callOf);
  return [callOf(value)];
}

/** The content of the first fenced code block, or the text itself. */
function unfenced(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith("```")) return trimmed;
  const start = trimmed.indexOf("\n");
  const end = trimmed.lastIndexOf("```");
  return start < 0 || end <= start ? trimmed : trimmed.slice(start + 1, end).trim();
}

/** The texts between an opening and a closing tag. */
function between(text: string, open: string, close: string): string[] {
  const found: string[] = [];
  for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at)) {
    const start = at + open.length;
    const end = text.indexOf(close, start);
    if (end < 0) throw new Malformed(`${open} is not closed`);
    found.push(text.slice(start, end));
    at = end + close.length;
  }
  return found;
}

function hermesCalls(text: string): ToolCall[] {
  return between(text, "<tool_call>", "</tool_call>").flatMap((block) => {
    const body = block.trim();
    if (body.startsWith("<")) return xmlCalls(body);
    try {
      return callsOf(parseJson(body));
    } catch (thrown) {
      // one call a line in a single block
      if (!(thrown instanceof Malformed) || !body.includes("\n")) throw thrown;
      const lines = body.split("\n").filter((line) => line.trim() !== "");
      return lines.flatMap((line) => callsOf(parseJson(line)));
    }
  });
}

const OPENING = /<(?:function=([^<>]+)|invoke\s+name="([^"<>]*)"\s*)>/g;
const PARAMETER = /<parameter(?:=([^<>]+)|\s+name="([^"<>]*)"\s*)>/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function plain(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name]!);
}

/** The value of an XML parameter: JSON where it parses as such, else its text. */
function xmlValue(raw: string): Json {
  const text = plain(raw.replace(/^\n/, "").replace(/\n$/, ""));
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return text;
    throw thrown;
  }
}

/** `<function=f><parameter=a>1</parameter></function>` and `<invoke name="f"><parameter name="a">1</parameter></invoke>`. */
function xmlCalls(text: string): ToolCall[] {
  const calls: ToolCall[] = [];
  let done = 0;
  for (const opening of text.matchAll(OPENING)) {
    if (opening.index < done) continue; // inside another call
    const name = plain(opening[1] ?? opening[2]!).trim();
    const close = opening[1] === undefined ? "</invoke>" : "</function>";
    const start = opening.index + opening[0].length;
    const end = text.indexOf(close, start);
    if (end < 0) throw new Malformed(`the call of ${name} is not closed`);
    const body = text.slice(start, end);
    const entries: [string, Json][] = [];
    let read = 0;
    for (const parameter of body.matchAll(PARAMETER)) {
      if (parameter.index < read) continue; // inside another's value
      const from = parameter.index + parameter[0].length;
      const to = body.indexOf("</parameter>", from);
      if (to < 0) throw new Malformed(`a parameter of ${name} is not closed`);
      entries.push([plain(parameter[1] ?? parameter[2]!).trim(), xmlValue(body.slice(from, to))]);
      read = to;
    }
    calls.push({ name, input: Object.fromEntries(entries) });
    done = end;
  }
  return calls;
}

const LOOKS_LIKE_A_CALL = /^\[?\s*[\p{L}_][\p{L}\p{N}_.]*\(/u;

function autoCalls(text: string): ToolCall[] {
  if (text.includes("<tool_call>")) return hermesCalls(text);
  if (text.includes("<function=") || text.includes("<invoke ")) return xmlCalls(text);
  const body = unfenced(text);
  if (LOOKS_LIKE_A_CALL.test(body)) return pythonCalls(body);
  if (body === "[]") return [];
  if (body.startsWith("{") || body.startsWith("[")) return callsOf(parseJson(body));
  return [];
}

/**
 * The tool calls in a text.
 *
 * json: OpenAI's `tool_calls`, a list of calls or one call, in a code fence or bare; hermes: JSON within `<tool_call>` tags, one a tag or
 * one a line; python: `[f(a=1)]`; xml: `<function=f>` (Qwen, Llama) and `<invoke name="f">`; auto tells them apart by their marks, and a
 * text without any has no calls.
 *
 * @example parseCalls('<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>', "hermes")
 */
export function parseCalls(text: string, format: Exclude<CallFormat, "parts">): ParsedCalls {
  try {
    switch (format) {
      case "json":
        return { calls: text.trim() === "" ? [] : callsOf(parseJson(unfenced(text))) };
      case "hermes":
        return { calls: hermesCalls(text) };
      case "python":
        return { calls: pythonCalls(unfenced(text)) };
      case "xml":
        return { calls: xmlCalls(text) };
      default:
        return { calls: autoCalls(text) };
    }
  } catch (thrown) {
    if (thrown instanceof Malformed || thrown instanceof PythonSyntaxError) return { malformed: thrown.message };
    throw thrown;
  }
}

/** A call's input as an object; JSON text is parsed. */
function inputOf(name: string, input: Json): JsonObject {
  const value = typeof input === "string" ? parseJson(input) : input;
  if (!isJsonObject(value)) throw new Malformed(`the call of ${name} has no arguments`);
  return value;
}

/**
 * The calls of a candidate over all its assistant messages, in order: its tool-call parts, or, if there are none ("auto") or another
 * format is asked for, those in its text.
 *
 * @example callsOfCandidate(candidate("[f(a=1)]"), "auto")
 */
export function callsOfCandidate(candidate: Candidate, format: CallFormat): ParsedCalls {
  if (format === "auto" || format === "parts") {
    const calls: ToolCall[] = [];
    try {
      for (const message of candidate.output) {
        if (message.role !== "assistant" || typeof message.content === "string") continue;
        for (const part of message.content)
          if (part.type === "tool-call") calls.push({ name: part.name, input: inputOf(part.name, part.input) });
      }
    } catch (thrown) {
      if (thrown instanceof Malformed) return { malformed: thrown.message };
      throw thrown;
    }
    if (format === "parts" || calls.length > 0) return { calls };
  }
  return parseCalls(answerText(candidate), format as Exclude<CallFormat, "parts">);
}
