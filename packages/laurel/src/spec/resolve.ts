import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf, type Reward, UsageError } from "../core/index.ts";
import { nearest } from "../io/index.ts";
import { allKinds, type RewardFromOptions, rewardFrom } from "./reward-from.ts";

/**
 * Reads what a user wrote after `--reward`: a kind's name, inline YAML or JSON, a YAML or JSON file, a module
 * (`./mine.ts#name`, `default` if no name is given), the folder of a learned reward, or the URL of a reward server.
 *
 * @param text the option's value
 * @returns the spec as data
 * @throws UsageError that says what the text was taken for and what is wrong with it
 */
export async function specFromText(text: string, options: { directory?: string } = {}): Promise<unknown> {
  const value = text.trim();
  const directory = options.directory ?? process.cwd();
  if (value === "") throw new UsageError("the reward is empty", "laurel kinds lists what there is");
  if (/^https?:\/\//.test(value)) return { kind: "remote", url: value };
  const module = /^(.+\.(?:ts|mts|js|mjs))(?:#([\w$]+))?$/.exec(value);
  if (module !== null && !value.includes("\n") && !value.startsWith("{")) {
    const path = resolve(directory, module[1]!);
    return { kind: "module", path, export: module[2] ?? "default" };
  }
  if (/\.(ya?ml|json)$/.test(value) && !value.includes("\n")) return specFromFile(resolve(directory, value));
  if (/[\n:{]/.test(value)) return parseYaml(value, "the inline spec");
  if (Object.hasOwn(allKinds(), value)) return value;
  // a kind's name stays one where a folder is called the same
  const folder = resolve(directory, value);
  if (existsSync(join(folder, "config.json"))) return { kind: "learned", path: folder };
  const near = nearest(value, Object.keys(allKinds()));
  throw new UsageError(
    `there is no kind "${value}"`,
    near.length > 0
      ? `did you mean ${near.join(", ")}? laurel kinds lists all; a file ends in .yaml, .json or .ts`
      : "laurel kinds lists all; a file ends in .yaml, .json or .ts",
  );
}

async function specFromFile(path: string): Promise<unknown> {
  let text: string;
  try {
    if ((await stat(path)).isDirectory()) throw new UsageError(`${path} is a directory, not a reward's file`);
    text = await readFile(path, "utf8");
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    throw new UsageError(`the reward's file ${path} cannot be read: ${messageOf(thrown)}`);
  }
  return parseYaml(text, path);
}

async function parseYaml(text: string, where: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${where} is not valid YAML: ${error.message}`);
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

/** Builds the reward that a user wrote after `--reward`; see `specFromText` for the forms. */
export async function rewardFromText(
  text: string,
  options: RewardFromOptions & { directory?: string } = {},
): Promise<Reward> {
  return rewardFrom(await specFromText(text, options), options);
}
