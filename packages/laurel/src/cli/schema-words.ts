/** The part of a JSON Schema (2020-12, with the tuples of older drafts) that is put into words. */
export interface Schema {
  type?: string | readonly string[];
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
  /** A list of schemas in older drafts; a boolean after `prefixItems`. */
  items?: Schema | boolean | readonly Schema[];
  prefixItems?: readonly Schema[];
  description?: string;
  default?: unknown;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  $ref?: string;
  additionalProperties?: Schema | boolean;
}

function isList(items: Schema["items"]): items is readonly Schema[] {
  return Array.isArray(items);
}

/** The forms that a schema allows, each in words, without doubles. */
function forms(schema: Schema): string[] {
  const { $ref, type } = schema;
  if ($ref !== undefined) return [`a ${$ref.slice($ref.lastIndexOf("/") + 1)}`];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one));
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return [...new Set(either.flatMap(forms))];
  if (schema.allOf !== undefined) return [schema.allOf.map(schemaWords).join(" and ")];
  if (typeof type === "object") return [...new Set(type.flatMap((one) => forms({ ...schema, type: one })))];
  if (type === "array") return [listWords(schema)];
  if (type === "object" && schema.properties !== undefined) return [membersWords(schema)];
  if (type === "object" && typeof schema.additionalProperties === "object")
    return [`named: ${schemaWords(schema.additionalProperties)}`];
  return [type ?? "anything"];
}

function listWords({ prefixItems, items }: Schema): string {
  const places = prefixItems ?? (isList(items) ? items : undefined);
  const rest = isList(items) || typeof items === "boolean" ? undefined : items;
  if (places === undefined) {
    if (rest === undefined) return "list of anything";
    const each = forms(rest);
    return `list of ${each.length > 1 ? `(${each.join(" | ")})` : each[0]}`;
  }
  const shown = places.map(schemaWords);
  if (rest !== undefined) shown.push(`…${schemaWords(rest)}`);
  return `[${shown.join(", ")}]`;
}

function membersWords({ properties, required }: Schema): string {
  const members = Object.entries(properties ?? {}).map(
    ([name, one]) =>
      `${name}${required?.includes(name) === true && one.default === undefined ? "" : "?"}: ${schemaWords(one)}`,
  );
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/**
 * A JSON Schema in a few words: `list of (string | number)`, `[string, …number]`, `{ min?: integer }`, `string | null`.
 *
 * @example schemaWords({ type: ["string", "null"] }) // "string | null"
 */
export function schemaWords(schema: Schema): string {
  return forms(schema).join(" | ");
}
