import { type Json, type JsonObject, type Random, task } from "../../core/index.ts";
import type { Suite } from "./suite.ts";
import { type DrawGold, turns } from "./turns.ts";

interface Call {
  readonly name: string;
  readonly input: Readonly<Record<string, Json>>;
}

const names = ["get_weather", "book_table", "send_mail", "find_route", "convert_money", "add_event", "play_song"];
const keys = ["city", "day", "people", "to", "subject", "amount", "note", "units", "urgent", "start"];
const texts = ["Zürich", "New York", "tomorrow", "7 pm", "a <b> & c", 'say "hi"', "5", "true", "naïve", "x, y; z"];

const pick = <T>(r: Random, items: readonly T[]): T => items[r.below(items.length)]!;

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

function call(r: Random, name = pick(r, names)): Call {
  const chosen = r.shuffled(keys).slice(0, 1 + r.below(4));
  return { name, input: Object.fromEntries(chosen.map((key) => [key, value(r)])) };
}

function distinctCalls(r: Random, n: number): Call[] {
  return r
    .shuffled(names)
    .slice(0, n)
    .map((name) => call(r, name));
}

const plain = ({ name, input }: Call): JsonObject => ({ name, arguments: input });
const reversed = ({ name, input }: Call): Call => ({
  name,
  input: Object.fromEntries(Object.entries(input).reverse()),
});
const json = (calls: readonly Call[]): string => JSON.stringify(calls.map(plain));
const hermes = (calls: readonly Call[], space = ""): string =>
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
const pythonCalls = (calls: readonly Call[]): string =>
  `[${calls.map(({ name, input }) => `${name}(${Object.entries(input).map(([key, one]) => `${key}=${python(one)}`)})`).join(", ")}]`;

/** Another value that is near: the next number, the other truth value, a letter more, one element less. */
function near(given: Json): Json {
  if (typeof given === "number") return given + 1;
  if (typeof given === "boolean") return !given;
  if (typeof given === "string") return `${given}s`;
  if (Array.isArray(given)) return [...(given as Json[]), 1];
  const [key, one] = Object.entries(given as JsonObject)[0]!;
  return { ...(given as JsonObject), [key]: near(one!) };
}

/** The same value in another type. */
function retyped(given: Json): Json {
  if (typeof given === "number" || typeof given === "boolean") return String(given);
  if (typeof given === "string") return [given];
  return JSON.stringify(given);
}

function edited(one: Call, edit: (value: Json) => Json, r: Random): Call {
  const key = pick(r, Object.keys(one.input));
  return { name: one.name, input: { ...one.input, [key]: edit(one.input[key]!) } };
}

function dropped(one: Call, key: string): Record<string, Json> {
  return Object.fromEntries(Object.entries(one.input).filter(([name]) => name !== key));
}

const rewrites = (calls: readonly Call[]): string[] => [
  json(calls),
  hermes(calls),
  hermes(calls.map(reversed)),
  hermes(calls, "  "),
  pythonCalls(calls),
  `\`\`\`json\n${JSON.stringify(calls.map((one) => ({ type: "function", function: plain(one) })))}\n\`\`\``,
];

const goldOf = (calls: readonly Call[]): Json => calls.map(({ name, input }) => ({ name, input }));

/** One class an edit: each edit is set in one of the forms. */
function edits(edit: (one: Call, r: Random) => Call | readonly Call[]): DrawGold {
  return (r) => {
    const gold = call(r);
    const made = edit(gold, r);
    const wrong = Array.isArray(made) ? (made as Call[]) : [made as Call];
    return { gold: goldOf([gold]), right: rewrites([gold]), wrong: [json(wrong), hermes(wrong), pythonCalls(wrong)] };
  };
}

const classes: Readonly<Record<string, DrawGold>> = {
  name: edits((one) => ({ ...one, name: `${one.name}s` })),
  "another function": edits((one, r) => ({
    ...one,
    name: pick(
      r,
      names.filter((name) => name !== one.name),
    ),
  })),
  value: edits((one, r) => edited(one, near, r)),
  type: edits((one, r) => edited(one, retyped, r)),
  "missing argument": edits((one, r) => ({ name: one.name, input: dropped(one, pick(r, Object.keys(one.input))) })),
  "one argument more": edits((one) => ({ ...one, input: { ...one.input, extra: 1 } })),
  "renamed argument": edits((one, r) => {
    const key = pick(r, Object.keys(one.input));
    return { name: one.name, input: { ...dropped(one, key), [`${key}_`]: one.input[key]! } };
  }),
  "one call more": edits((one, r) => [one, call(r)]),
  "call twice": edits((one) => [one, one]),
  "several calls": (r) => {
    const calls = distinctCalls(r, 2 + r.below(2));
    const fewer = calls.slice(1);
    const swapped = [{ ...calls[0]!, name: calls[1]!.name }, { ...calls[1]!, name: calls[0]!.name }, ...calls.slice(2)];
    const wrong = [edited(calls[0]!, near, r), ...calls.slice(1)];
    const same = JSON.stringify(calls[0]!.input) === JSON.stringify(calls[1]!.input);
    return {
      gold: goldOf(calls),
      right: [...rewrites(calls), hermes(r.shuffled(calls))],
      wrong: [json(fewer), ...(same ? [] : [hermes(swapped)]), hermes(wrong), pythonCalls(wrong)],
    };
  },
  "no call wanted": (r) => ({
    gold: [],
    right: [`It is ${pick(r, ["sunny", "cold", "wet"])} today, ${r.below(40)} degrees.`],
    wrong: [json([call(r)]), hermes([call(r)])],
  }),
};

/** Tool calls: the gold calls written in another form or order, or with one edit. */
export const toolsSuite: Suite = {
  name: "tools",
  kind: "verify.tools",
  count: 2000,
  about: "gold: a list of { name, input }; candidate: calls as JSON, in Hermes tags or as Python",
  cases: (options = {}) => turns(classes, 2000, options),
  task: ({ gold, candidate }) =>
    task("Call the tools that are needed.", [candidate], {
      calls: gold as readonly { name: string; input: JsonObject }[],
    }),
};
