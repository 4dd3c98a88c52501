import { UsageError } from "../core/index.ts";
import { nearest } from "../io/index.ts";
import { allKinds, specSchema } from "../spec/index.ts";
import { paint, table } from "./terminal.ts";

interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  $ref?: string;
  additionalProperties?: Schema | boolean;
}

/** A JSON Schema in a few words. */
function words(schema: Schema): string {
  if (schema.$ref !== undefined) return `a ${schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return either.map(words).join(" | ");
  if (schema.type === "array") return `list of ${schema.items === undefined ? "anything" : words(schema.items)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object")
    return `named: ${words(schema.additionalProperties)}`;
  if (schema.type === "object" && schema.properties !== undefined)
    return `{ ${Object.entries(schema.properties)
      .map(([name, one]) => `${name}: ${words(one)}`)
      .join(", ")} }`;
  return schema.type ?? "anything";
}

function optionRows(schema: Schema): string[][] {
  const forms = schema.anyOf ?? schema.oneOf ?? [schema];
  const rows = new Map<string, string[]>();
  for (const form of forms)
    for (const [name, one] of Object.entries(form.properties ?? {})) {
      if (name === "kind") continue;
      const needed = form.required?.includes(name) === true && one.default === undefined;
      const about = [one.description, one.default === undefined ? "" : `default ${JSON.stringify(one.default)}`]
        .filter(Boolean)
        .join("; ");
      const known = rows.get(name);
      if (known === undefined) rows.set(name, [name, words(one), needed ? "needed" : "", about]);
      else if (!known[1]!.split(" | ").includes(words(one))) known[1] += ` | ${words(one)}`;
    }
  return [...rows.values()];
}

/** `laurel kinds`: the table of kinds, or one with its options and a working example. */
export async function kinds(name: string | undefined, options: { json?: boolean }): Promise<void> {
  const table_ = allKinds();
  if (name === undefined) {
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify(await specSchema(), null, 2)}\n`);
      return;
    }
    const rows = Object.entries(table_).map(([kind, { summary, makes }]) => [kind, makes ?? "reward", summary]);
    process.stdout.write(
      `${table(["kind", "makes", "what"], rows)}\n\nlaurel kinds NAME shows options and an example.\n`,
    );
    return;
  }
  const kind = table_[name];
  if (kind === undefined) {
    const near = nearest(name, Object.keys(table_));
    throw new UsageError(
      `there is no kind "${name}"`,
      near.length > 0 ? `did you mean ${near.join(", ")}?` : "laurel kinds lists all",
    );
  }
  const schema = ((await specSchema())["$defs"] as Record<string, unknown>)[name] as Schema;
  if (options.json === true) {
    process.stdout.write(
      `${JSON.stringify({ kind: name, summary: kind.summary, schema, example: kind.example }, null, 2)}\n`,
    );
    return;
  }
  const { stringify } = await import("yaml");
  const rows = optionRows(schema);
  process.stdout.write(
    [
      `${paint("bold", name)}: ${kind.summary}`,
      "",
      rows.length === 0 ? "It has no options." : table(["option", "value", "", "about"], rows),
      "",
      "Example (YAML):",
      stringify(kind.example).trimEnd().replace(/^/gm, "  "),
      "",
    ].join("\n"),
  );
}
