import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError, type JsonObject, messageOf, promptText } from "../core/index.ts";
import { readExamples, type TokenizerFiles } from "../run/index.ts";

async function jsonFile(path: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (thrown) {
    throw new InputError({ file: path }, `it cannot be read: ${messageOf(thrown)}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new InputError({ file: path }, `this is not JSON: ${messageOf(thrown)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError({ file: path }, "expected an object of JSON");
  return value as JsonObject;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/**
 * The files of a tokenizer: of its folder, or tokenizer_config.json alone.
 *
 * @throws InputError where there is no tokenizer_config.json, or a file is no object of JSON
 */
export async function readTokenizer(path: string): Promise<TokenizerFiles> {
  const folder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!folder) return { tokenizer: await jsonFile(path) };
  const optional = async (name: string): Promise<JsonObject | undefined> =>
    (await exists(join(path, name))) ? await jsonFile(join(path, name)) : undefined;
  return {
    tokenizer: await jsonFile(join(path, "tokenizer_config.json")),
    specialTokens: await optional("special_tokens_map.json"),
    model: await optional("config.json"),
  };
}

/** The prompts of a benchmark's file, in any format that is read, with its name. */
export async function readBenchmark(path: string): Promise<{ name: string; texts: string[] }> {
  const texts: string[] = [];
  for await (const batch of readExamples(path, {
    onBad: (bad) => {
      throw bad;
    },
  }))
    for (const { task } of batch) texts.push(promptText(task));
  return { name: basename(path), texts };
}
