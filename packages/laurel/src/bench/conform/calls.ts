import type { Json, JsonObject, Random } from "../../core/index.ts";

/** A tool call as the suites draw it. */
export interface Call {
  readonly name: string;
  readonly input: Readonly<Record<string, Json>>;
}

export const names = [
  "get_weather",
  "book_table",
  "send_mail",
  "find_route",
  "convert_money",
  "add_event",
  "play_song",
];
const keys = ["city", "day", "people", "to", "subject", "amount", "note", "units", "urgent", "start"];
const texts = ["Zürich", "New York", "tomorrow", "7 pm", "a <b> & c", 'say "hi"', "5", "true", "naïve", "x, y; z"];

export const pick = <T>(r: Random, items: readonly T[]): T => items[r.below(items.length)]!;

function value(r: Random, deep = true): Json {
  switch (r.below(deep ? 6 : 4)) {
    case 0:
      return pick(r, texts);
    case 1:
      return r.below(2000) - 1000;
    case 2:
      return (r.below(20_000) - 10_000) / 8;
    case 3:
      return r.below(2) === 0;
    case 4:
      return Array.from({ length: 1 + r.below(3) }, () => value(r, false));
    default:
      return { place: pick(r, texts), count: r.below(50) };
  }
}

export function call(r: Random, name = pick(r, names)): Call {
  const chosen = r.shuffled(keys).slice(0, 1 + r.below(4));
  return { name, input: Object.fromEntries(chosen.map((key) => [key, value(r)])) };
}

export function distinctCalls(r: Random, n: number): Call[] {
  return r
    .shuffled(names)
    .slice(0, n)
    .map((name) => call(r, name));
}

export const plain = ({ name, input }: Call): JsonObject => ({ name, arguments: input });
export const reversed = ({ name, input }: Call): Call => ({
  name,
  input: Object.fromEntries(Object.entries(input).reverse()),
});
export const json = (calls: readonly Call[]): string => JSON.stringify(calls.map(plain));
export const hermes = (calls: readonly Call[], space = ""): string =>
  calls.map((one) => `<tool_call>\n${JSON.stringify(plain(one), null, space)}\n</tool_call>`).join("\n");

function python(value: Json | undefined): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([key, one]) => `${JSON.stringify(key)}: ${python(one)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
}
export const pythonCalls = (calls: readonly Call[]): string =>
  `[${calls.map(({ name, input }) => `${name}(${Object.entries(input).map(([key, one]) => `${key}=${python(one)}`)})`).join(", ")}]`;

/** Another value that is near: the next number, the other truth value, a letter more, one element less. */
export function near(given: Json): Json {
  if (typeof given === "number") return given + 1;
  if (typeof given === "boolean") return !given;
  if (typeof given === "string") return `${given}s`;
  if (Array.isArray(given)) return [...(given as Json[]), 1];
  const [key, one] = Object.entries(given as JsonObject)[0]!;
  return { ...(given as JsonObject), [key]: near(one!) };
}

/** The same value in another type. */
export function retyped(given: Json): Json {
  if (typeof given === "number" || typeof given === "boolean") return String(given);
  if (typeof given === "string") return [given];
  return JSON.stringify(given);
}

export function edited(one: Call, edit: (value: Json) => Json, r: Random): Call {
  const key = pick(r, Object.keys(one.input));
  return { name: one.name, input: { ...one.input, [key]: edit(one.input[key]!) } };
}

export function dropped(one: Call, key: string): Record<string, Json> {
  return Object.fromEntries(Object.entries(one.input).filter(([name]) => name !== key));
}

export const goldOf = (calls: readonly Call[]): Json => calls.map(({ name, input }) => ({ name, input }));
