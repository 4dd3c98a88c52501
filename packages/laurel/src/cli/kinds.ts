import { UsageError } from "../core/index.ts";
import { nearest } from "../io/index.ts";
import { allKinds, specSchema } from "../spec/index.ts";
import { type Schema, schemaWords } from "./schema-words.ts";
import { paint, table } from "./terminal.ts";

function optionRows(schema: Schema): string[][] {
  const rows = new Map<string, { forms: Schema[]; needed: boolean; about: string }>();
  for (const form of schema.anyOf ?? schema.oneOf ?? [schema])
    for (const [name, one] of Object.entries(form.properties ?? {})) {
      if (name === "kind") continue;
      const needed = form.required?.includes(name) === true && one.default === undefined;
      const about = [one.description, one.default === undefined ? "" : `default ${JSON.stringify(one.default)}`]
        .filter(Boolean)
        .join("; ");
      const known = rows.get(name);
      if (known === undefined) rows.set(name, { forms: [one], needed, about });
      else known.forms.push(one);
    }
  return [...rows].map(([name, { forms, needed, about }]) => [
    name,
    schemaWords({ anyOf: forms }),
    needed ? "needed" : "",
    about,
  ]);
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
