import { InputError } from "../../../core/errors.ts";
import type { Json, JsonObject, ToolCall } from "../../../core/types.ts";
import { assign } from "../assignment.ts";
import { isJsonObject, jsonEqual } from "./json-equal.ts";

/** The description of a function in a BFCL row. */
interface FunctionSchema {
  name: string;
  properties: JsonObject;
  required: readonly string[];
}

type PythonType = "str" | "int" | "float" | "bool" | "list" | "dict" | "none";

const TYPES: Readonly<Record<string, PythonType>> = {
  string: "str",
  integer: "int",
  float: "float",
  number: "float",
  boolean: "bool",
  array: "list",
  tuple: "list",
  dict: "dict",
  object: "dict",
  any: "str",
};

function typeOf(value: Json | undefined): PythonType {
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (Array.isArray(value)) return "list";
  return isJsonObject(value) ? "dict" : "none";
}

/** A whole number may stand for a float; JSON does not tell 5 from 5.0. */
function hasType(value: Json | undefined, wanted: PythonType): boolean {
  const type = typeOf(value);
  return type === wanted || (wanted === "float" && type === "int");
}

/** Lower case, without spaces and `, . / - _ * ^`, and `'` as `"`. */
function standard(value: Json | undefined): Json | undefined {
  if (typeof value !== "string") return value;
  return value
    .replace(/[ ,./\-_*^]/g, "")
    .toLowerCase()
    .replaceAll("'", '"');
}

/** May the argument be left out? */
function isOptional(accepted: readonly Json[]): boolean {
  return accepted.includes("");
}

/**
 * Is the value of the described type, and is it a variable? Where the accepted values are of another type than the description, they
 * are names of variables, and a value of their type will do.
 */
function checkType(
  value: Json | undefined,
  accepted: readonly Json[],
  type: PythonType,
  itemType: PythonType | undefined,
): { ok: boolean; variable: boolean } {
  const example = accepted.find((one) => one !== "");
  const variable = example !== undefined && !hasType(example, type);
  if (hasType(value, type)) {
    if (itemType === undefined) return { ok: true, variable };
    const items = value as readonly Json[];
    const ok = accepted.some(
      (one) => !Array.isArray(one) || items.every((item) => checkType(item, one as Json[], itemType, undefined).ok),
    );
    return { ok, variable };
  }
  const ok = example !== undefined && typeOf(value) === typeOf(example);
  return { ok, variable: ok };
}

/** One of the accepted dictionaries, whose entries are lists of accepted values, fits. */
function fitsDict(value: JsonObject, accepted: readonly Json[]): boolean {
  return accepted.some((one) => {
    if (!isJsonObject(one)) return false;
    for (const [key, given] of Object.entries(value)) {
      const options = Object.hasOwn(one, key) ? one[key] : undefined;
      if (!Array.isArray(options)) return false;
      if (!options.some((option: Json) => jsonEqual(standard(option), standard(given)))) return false;
    }
    return Object.entries(one).every(
      ([key, options]) => Object.hasOwn(value, key) || (Array.isArray(options) && isOptional(options)),
    );
  });
}

/** The accepted lists; an argument that may be left out may also be an empty list. */
function listsOf(accepted: readonly Json[]): (readonly Json[])[] {
  return accepted.flatMap((one): (readonly Json[])[] => (Array.isArray(one) ? [one] : one === "" ? [[]] : []));
}

function fitsList(value: readonly Json[], accepted: readonly Json[]): boolean {
  const own = value.map((item) => standard(item)) as Json[];
  return listsOf(accepted).some((one) => jsonEqual(one.map((item) => standard(item)) as Json[], own));
}

function fitsDicts(value: readonly Json[], accepted: readonly Json[]): boolean {
  return listsOf(accepted).some(
    (one) =>
      one.length === value.length && value.every((item, i) => isJsonObject(item) && fitsDict(item, [one[i] as Json])),
  );
}

/** What is wrong with an argument, or undefined. */
function argumentFault(
  name: string,
  value: Json | undefined,
  description: Json | undefined,
  accepted: readonly Json[],
): string | undefined {
  const about = isJsonObject(description) ? description : {};
  const described = String(about["type"]);
  const type = TYPES[described];
  if (type === undefined) throw new InputError({ field: name }, `unknown type '${described}'`);
  const items = about["items"];
  const nested = described === "array" || described === "tuple";
  const itemType = nested && isJsonObject(items) ? TYPES[String(items["type"])] : undefined;
  const { ok, variable } = checkType(value, accepted, type, itemType);
  if (!ok) return `${name} is not of type ${described}`;
  const wrong = `${name} has a value that is not accepted`;
  if (!variable) {
    if (type === "dict") return fitsDict(value as JsonObject, accepted) ? undefined : wrong;
    if (type === "list" && itemType === "dict") return fitsDicts(value as Json[], accepted) ? undefined : wrong;
    if (type === "str")
      return accepted.some((one) => typeof one === "string" && standard(one) === standard(value)) ? undefined : wrong;
    if (type === "list") return fitsList(value as Json[], accepted) ? undefined : wrong;
  }
  return accepted.some((one) => jsonEqual(one, value)) ? undefined : wrong;
}

/** What is wrong with a call, or undefined. */
function callFault(
  schema: FunctionSchema,
  call: ToolCall,
  accepted: JsonObject,
  nameOf: (name: string) => string,
): string | undefined {
  if (call.name !== nameOf(schema.name)) return `${schema.name} is not called`;
  for (const name of schema.required) if (!Object.hasOwn(call.input, name)) return `${name} is missing`;
  for (const [name, value] of Object.entries(call.input)) {
    const options = Object.hasOwn(accepted, name) ? accepted[name] : undefined;
    if (!Array.isArray(options) || !Object.hasOwn(schema.properties, name)) return `${name} is not expected`;
    const fault = argumentFault(name, value, schema.properties[name], options);
    if (fault !== undefined) return fault;
  }
  for (const [name, options] of Object.entries(accepted))
    if (!Object.hasOwn(call.input, name) && !(Array.isArray(options) && isOptional(options)))
      return `${name} is missing`;
  return undefined;
}

function schemaOf(value: Json | undefined): FunctionSchema {
  if (!isJsonObject(value) || typeof value["name"] !== "string")
    throw new InputError({ field: "function" }, "expected an object with a name");
  const parameters = isJsonObject(value["parameters"]) ? value["parameters"] : {};
  const required = Array.isArray(parameters["required"]) ? (parameters["required"] as Json[]) : [];
  return {
    name: value["name"],
    properties: isJsonObject(parameters["properties"]) ? parameters["properties"] : {},
    required: required.map(String),
  };
}

/** A BFCL row's own form of what is accepted: `{ function name: { argument: [accepted values] } }` a call. */
export type BfclReference = { functions: readonly Json[]; calls: readonly Json[] };

/** Is this `reference.answer` in BFCL's form? */
export function bfclReference(answer: Json | undefined): BfclReference | undefined {
  if (!isJsonObject(answer)) return undefined;
  const { functions, calls } = answer;
  return Array.isArray(functions) && Array.isArray(calls) ? { functions, calls } : undefined;
}

/**
 * Are the calls those that a row of the Berkeley Function-Calling Leaderboard accepts (abstract-syntax check, Python categories)?
 *
 * As many calls as wanted; each wanted call is made once, in any order (the best pairing, where the released checker takes the first
 * that fits). A call fits if the function's name is right, all required parameters are there, none is unknown, each value is of the
 * described type and among the accepted ones, and those left out may be (`""` among the accepted values). Texts are compared in lower
 * case without spaces and `, . / - _ * ^`; a whole number will do for a float.
 *
 * @param underscores also takes `a_b` for the function `a.b`, as APIs that allow no dots need
 * @returns undefined if all is right, else what is wrong
 * @throws InputError if the reference has not the row's form
 * @example bfclFault({ functions: row.function, calls: row.ground_truth }, calls)
 * Source: gorilla/berkeley-function-call-leaderboard, its AST checker (2025).
 */
export function bfclFault(
  reference: BfclReference,
  calls: readonly ToolCall[],
  underscores = false,
): string | undefined {
  if (calls.length !== reference.calls.length)
    return `${calls.length} calls where ${reference.calls.length} are wanted`;
  const nameOf = (name: string): string => (underscores ? name.replaceAll(".", "_") : name);
  const made = underscores ? calls.map(({ name, input }) => ({ name: nameOf(name), input })) : calls;
  const schemas = new Map(reference.functions.map(schemaOf).map((schema) => [schema.name, schema]));
  const n = calls.length;
  const fits = new Float64Array(n * n);
  let first: string | undefined;
  for (const [i, wanted] of reference.calls.entries()) {
    const [name, accepted] = isJsonObject(wanted) ? (Object.entries(wanted)[0] ?? []) : [];
    const schema = name === undefined ? undefined : schemas.get(name);
    if (schema === undefined || !isJsonObject(accepted))
      throw new InputError(
        { field: `calls[${i}]` },
        "expected { function: { argument: [values] } } of a described function",
      );
    for (const [j, call] of made.entries()) {
      const fault = callFault(schema, call, accepted, nameOf);
      if (fault === undefined) fits[i * n + j] = 1;
      else if (i === j) first ??= fault;
    }
  }
  return assign(fits, n, n).total === n ? undefined : (first ?? "a wanted call is not made");
}
