import { InputError, type Json, type JsonObject, type Random, task } from "../../core/index.ts";
import { type BfclReference, bfclReference } from "../../rewards/verify/index.ts";
import { type Call, hermes, json, pick, pythonCalls, reversed } from "./calls.ts";
import type { Suite } from "./suite.ts";
import { type DrawGold, type GoldDraw, turns } from "./turns.ts";

type Accepted = Readonly<Record<string, Json>>;

/** The name and the accepted values of one wanted call. */
function wantedCall(one: Json): { name: string; accepted: Readonly<Record<string, readonly Json[]>> } {
  const [name, accepted] = Object.entries(one as Record<string, Record<string, readonly Json[]>>)[0]!;
  return { name, accepted };
}

/** One of the accepted values; a dictionary's entries are themselves lists of accepted values. */
function oneOf(options: readonly Json[], r: Random): Json {
  const value = pick(
    r,
    options.filter((one) => one !== ""),
  );
  return plainValue(value, r);
}

function plainValue(value: Json, r: Random): Json {
  if (Array.isArray(value)) return value.map((one: Json) => plainValue(one, r));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value as Accepted)
      .filter(([, options]) => (options as readonly Json[]).some((one) => one !== ""))
      .map(([key, options]) => [key, oneOf(options as readonly Json[], r)]),
  );
}

/** The checker's own way of reading texts: case, spaces and some signs do not count. */
function loosely(value: Json, r: Random): Json {
  if (typeof value !== "string") return value;
  const upper = value.toUpperCase();
  return pick(r, [
    value.toLowerCase() === upper.toLowerCase() ? upper : value,
    value.replaceAll(" ", "  "),
    `${value}.`,
  ]);
}

/** A call that the row accepts; arguments that may be left out sometimes are, unless the function requires them all the same. */
function acceptedCall(one: Json, functions: readonly Json[], r: Random): Call {
  const { name, accepted } = wantedCall(one);
  const required = parametersOf(functions, name)["required"];
  const input: Record<string, Json> = {};
  for (const [key, options] of Object.entries(accepted)) {
    const given = options.filter((value) => value !== "");
    const optional = given.length < options.length && !(Array.isArray(required) && required.includes(key));
    if (given.length === 0 || (optional && r.below(2) === 0)) continue;
    input[key] = oneOf(options, r);
  }
  return { name, input };
}

function drawn(reference: BfclReference, r: Random): GoldDraw & { first: Call; rest: Call[]; required: string[] } {
  const calls = reference.calls.map((one) => acceptedCall(one, reference.functions, r));
  const [first, ...rest] = calls as [Call, ...Call[]];
  const { accepted } = wantedCall(reference.calls[0]!);
  const required = Object.keys(accepted).filter((key) => !accepted[key]!.includes(""));
  const texts = Object.entries(first.input).map(([key, value]) => [
    key,
    described(reference, first.name, key) === "string" ? loosely(value, r) : value,
  ]);
  const loose = [{ ...first, input: Object.fromEntries(texts) as Call["input"] }, ...rest];
  return {
    gold: { functions: reference.functions, calls: reference.calls },
    right: [
      json(calls),
      hermes(calls),
      pythonCalls(calls),
      hermes(r.shuffled(calls).map(reversed)),
      pythonCalls(loose),
    ],
    wrong: [],
    first,
    rest,
    required,
  };
}

/** How a function's parameter is described. */
function described(reference: BfclReference, name: string, parameter: string): string {
  const properties = parametersOf(reference.functions, name)["properties"] as JsonObject | undefined;
  return String((properties?.[parameter] as JsonObject | undefined)?.["type"]);
}

/** The `parameters` of a described function. */
function parametersOf(functions: readonly Json[], name: string): JsonObject {
  const found = (functions as readonly JsonObject[]).find((one) => one["name"] === name);
  return (found?.["parameters"] ?? {}) as JsonObject;
}

type Edit = (first: Call, required: readonly string[], r: Random) => readonly Call[] | undefined;

const set = (one: Call, key: string | undefined, value: Json): readonly Call[] | undefined =>
  key === undefined ? undefined : [{ ...one, input: { ...one.input, [key]: value } }];
const keysOf = (one: Call, type: string): string[] =>
  Object.keys(one.input).filter((key) => typeof one.input[key] === type);

/** Each is refused by the checker whatever the row accepts: these values stand in no row. */
const edits: Readonly<Record<string, Edit>> = {
  "another name": (one) => [{ ...one, name: `${one.name}x` }],
  "unknown parameter": (one) => set(one, "no_such_parameter", 1),
  "missing parameter": (one, required) => {
    const key = required.find((name) => Object.hasOwn(one.input, name));
    return key === undefined
      ? undefined
      : [{ ...one, input: Object.fromEntries(Object.entries(one.input).filter(([name]) => name !== key)) }];
  },
  "one call more": (one) => [one, one],
  "no call": () => [],
  number: (one, _, r) => {
    const keys = keysOf(one, "number");
    return keys.length === 0 ? undefined : set(one, pick(r, keys), 987_654_321);
  },
  text: (one, _, r) => {
    const keys = keysOf(one, "string");
    return keys.length === 0 ? undefined : set(one, pick(r, keys), "no such value");
  },
  type: (one, _, r) => {
    const keys = Object.keys(one.input);
    return keys.length === 0 ? undefined : set(one, pick(r, keys), { no: "such value" });
  },
};

function classesOf(reference: (r: Random) => BfclReference): Readonly<Record<string, DrawGold>> {
  return Object.fromEntries(
    Object.entries(edits).map(([name, edit]): [string, DrawGold] => [
      name,
      (r) => {
        const { first, rest, required, ...draw } = drawn(reference(r), r);
        const made = edit(first, required, r);
        const wrong = made === undefined ? [] : [...made, ...rest];
        return { ...draw, wrong: made === undefined ? [] : [json(wrong), hermes(wrong), pythonCalls(wrong)] };
      },
    ]),
  );
}

const parameters: Readonly<Record<string, (r: Random) => { type: string; accepted: Json[] }>> = {
  city: (r) => ({ type: "string", accepted: pick(r, [["Rome"], ["New York", "New York City", "NYC"], ["São Paulo"]]) }),
  day: (r) => ({
    type: "string",
    accepted: pick(r, [
      ["2026-03-01", "1 March 2026"],
      ["monday", ""],
    ]),
  }),
  people: (r) => ({ type: "integer", accepted: [1 + r.below(400), ...(r.below(2) === 0 ? [""] : [])] }),
  amount: (r) => ({ type: "float", accepted: [(1 + r.below(8000)) / 8] }),
  urgent: (r) => ({ type: "boolean", accepted: [r.below(2) === 0, ...(r.below(2) === 0 ? [""] : [])] }),
  sizes: (r) => ({ type: "array", accepted: [Array.from({ length: 1 + r.below(4) }, () => r.below(90))] }),
  place: (r) => ({ type: "dict", accepted: [{ x: [r.below(90)], label: [pick(r, ["home", "office"]), ""] }] }),
};

/** A row in BFCL's form, made up: one or two functions with described parameters, and what is accepted for them. */
function madeUp(r: Random): BfclReference {
  const names = r.shuffled(["weather.get", "book_table", "send_mail", "route.find"]).slice(0, 1 + r.below(2));
  const made = names.map((name) => {
    const chosen = r.shuffled(Object.keys(parameters)).slice(0, 1 + r.below(4));
    const drawnOnes = chosen.map((key) => [key, parameters[key]!(r)] as const);
    const properties = Object.fromEntries(
      drawnOnes.map(([key, { type }]) => [key, type === "array" ? { type, items: { type: "integer" } } : { type }]),
    );
    const required = drawnOnes.filter(([, { accepted }]) => !accepted.includes("")).map(([key]) => key);
    return {
      schema: { name, parameters: { type: "dict", properties, required } },
      call: { [name]: Object.fromEntries(drawnOnes.map(([key, { accepted }]) => [key, accepted])) },
    };
  });
  return { functions: made.map(({ schema }) => schema), calls: made.map(({ call }) => call) };
}

/**
 * The Berkeley leaderboard's rule: calls built from what a row accepts, in several forms and orders, and the same with one edit.
 *
 * @param rows of the leaderboard's files, `{ function, ground_truth }`; made-up ones where there are none
 * @throws InputError for a row in another form
 * @example bfclSuite(rows).cases({ count: 500 })
 */
export function bfclSuite(rows?: readonly JsonObject[]): Suite {
  const references = rows?.map((row, i) => {
    const reference = bfclReference({ functions: row["function"], calls: row["ground_truth"] });
    if (reference === undefined || reference.calls.length === 0)
      throw new InputError({ line: i + 1 }, "expected a BFCL row with the lists `function` and `ground_truth`");
    return reference;
  });
  if (references?.length === 0) throw new InputError({ line: 1 }, "there is no row");
  return {
    name: "bfcl",
    kind: "verify.tools",
    when: { rule: "bfcl" },
    count: 2000,
    about: "gold: { functions, calls } as in a BFCL row; candidate: calls as JSON, in Hermes tags or as Python",
    cases: (options = {}) =>
      turns(classesOf(references === undefined ? madeUp : (r) => pick(r, references)), 2000, options),
    task: ({ gold, candidate }) => task("Call the tools that are needed.", [candidate], { answer: gold }),
  };
}
