import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type ImportedAssertion, importPromptfoo } from "../bench/index.ts";
import { InputError, messageOf, UsageError } from "../core/index.ts";
import { writeFailure } from "../io/index.ts";
import { rewardFrom } from "../spec/index.ts";
import { shown } from "./paths.ts";
import { plain, table, whole } from "./terminal.ts";

interface Options {
  out: string;
  overwrite?: boolean;
  json?: boolean;
}

/** `laurel import promptfoo`: a configuration or results file as a reward's spec and rows, with an account of every assertion. */
export async function importPromptfooCommand(file: string, options: Options): Promise<void> {
  const imported = importPromptfoo(await documentOf(file), file);
  // a spec that cannot be built is found here and not in the user's next command
  if (imported.reward !== undefined) await rewardFrom(imported.reward);
  const written: string[] = [];
  if (imported.reward !== undefined) {
    const { stringify } = await import("yaml");
    written.push(save(`${options.out}.reward.yaml`, stringify(imported.reward), options));
  }
  if (imported.rows.length > 0)
    written.push(
      save(`${options.out}.rows.jsonl`, `${imported.rows.map((row) => JSON.stringify(row)).join("\n")}\n`, options),
    );
  if (options.json === true) {
    const { assertions, notes } = imported;
    process.stdout.write(
      `${JSON.stringify({ v: 1, rows: imported.rows.length, assertions, notes, written }, null, 2)}\n`,
    );
    return;
  }
  const states = ["mapped", "near", "not mapped"] as const;
  const types = [...new Set(imported.assertions.map((one) => one.type))].sort();
  const countOf = (type: string, state: ImportedAssertion["state"]): number =>
    imported.assertions.filter((one) => one.type === type && one.state === state).length;
  const lines = [
    table(
      ["assertion", ...states],
      types.map((type) => [plain(type, 40), ...states.map((state) => whole(countOf(type, state)))]),
    ),
  ];
  for (const state of ["near", "not mapped"] as const) {
    const some = imported.assertions.filter((one) => one.state === state);
    if (some.length > 0) lines.push("", `${state}:`);
    for (const { where, type, note } of some) lines.push(`  ${where}  ${plain(type, 40)}: ${note}`);
  }
  if (imported.notes.length > 0)
    lines.push("", "not taken over:", ...imported.notes.map((note) => `  ${plain(note, 300)}`));
  lines.push("", ...(written.length > 0 ? written.map((path) => `wrote ${path}`) : ["nothing could be mapped"]));
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function documentOf(file: string): Promise<unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    throw new InputError({ file }, `it cannot be read: ${messageOf(thrown)}`);
  }
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw new InputError({ file }, `it is not valid YAML or JSON: ${error.message}`);
  return document.toJS({ maxAliasCount: 1000 }) as unknown;
}

function save(path: string, text: string, options: Options): string {
  if (existsSync(path) && options.overwrite !== true)
    throw new UsageError(`${path} exists`, "write over it with --overwrite, or choose another name with --out");
  try {
    writeFileSync(path, text);
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
  return shown(resolve(path));
}
