import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { InputError, MissingPackageError, UsageError } from "../../core/index.ts";
import { ask, download, type Hub } from "../../io/hub-download.ts";
import { type CachedModel, folderOf, keepModel } from "./cache.ts";

const hubPackage: string = "@huggingface/hub";

/** The hub's address: the environment's LAUREL_HUB or HF_ENDPOINT, else the one that `@huggingface/hub` knows. */
async function hubAddress(): Promise<string> {
  const named = process.env["LAUREL_HUB"] || process.env["HF_ENDPOINT"];
  if (named) return named.replace(/\/+$/, "");
  try {
    return ((await import(hubPackage)) as { HUB_URL: string }).HUB_URL;
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw thrown;
    throw new MissingPackageError(
      `${hubPackage}, which knows the hub's address,`,
      `npm i ${hubPackage}  (or set LAUREL_HUB or HF_ENDPOINT to the hub's address)`,
    );
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

const encoderFiles = ["model.safetensors", "tokenizer.json", "config.json"];

/** Which of a repository's files are wanted: the named one, the only GGUF file, or a sentence encoder's. */
function chooseFiles(paths: readonly string[], file: string | undefined, name: string): string[] {
  const gguf = paths.filter((path) => path.endsWith(".gguf"));
  if (file !== undefined) {
    if (paths.includes(file)) return [file];
    throw new InputError(
      { file: name },
      `it has no file ${file}`,
      gguf.length > 0 ? `it has ${gguf.join(", ")}` : undefined,
    );
  }
  if (gguf.length === 1) return gguf;
  if (gguf.length > 1)
    throw new InputError(
      { file: name },
      `it has ${gguf.length} GGUF files: ${gguf.join(", ")}`,
      `name one: ${name}:${gguf[0]}`,
    );
  if (encoderFiles.every((one) => paths.includes(one))) return encoderFiles;
  throw new InputError({ file: name }, "it holds neither a GGUF file nor a sentence encoder's files");
}

/**
 * Pulls weights from a hub in the ordinary layout: `owner/name`, with `@revision` and `:file` where they are needed.
 *
 * A broken download goes on where it stopped; sizes, and the SHA-256 that the hub states, are checked.
 *
 * @throws UsageError for another name; MissingPackageError without an address; InputError where the hub does not give it
 */
export async function pullFromHub(name: string, root: string, signal?: AbortSignal): Promise<CachedModel> {
  const [, repo, revision = "main", file] = /^([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?(?::(.+))?$/.exec(name) ?? [];
  if (
    repo === undefined ||
    repo.split("/").some((part) => /^\.+$/.test(part)) ||
    file?.split(/[/\\]/).includes("..") === true
  )
    throw new UsageError(`"${name}" names no model`, "write owner/name, owner/name:file.gguf or pip:package");
  const endpoint = await hubAddress();
  const hub: Hub = { endpoint, token: process.env["HF_TOKEN"], signal, source: name };
  const response = await ask(hub, `${endpoint}/api/models/${repo}/revision/${encodeURIComponent(revision)}`, {});
  const about = (await response.json()) as { sha?: unknown; siblings?: { rfilename?: unknown }[] };
  if (typeof about.sha !== "string" || !/^[0-9a-f]{40,64}$/.test(about.sha) || !Array.isArray(about.siblings))
    throw new InputError({ file: name }, "the hub's answer does not describe a model");
  const paths = about.siblings.map((one) => one.rfilename).filter((path) => typeof path === "string");
  const wanted = chooseFiles(paths, file, name);
  const folder = folderOf(name, root);
  // files of one commit are kept apart from those of another
  const place = join(folder, about.sha);
  let bytes = 0;
  let sha256 = "";
  for (const path of wanted) {
    const url = `${endpoint}/${repo}/resolve/${about.sha}/${path.split("/").map(encodeURIComponent).join("/")}`;
    const local = await download(hub, url, join(place, path.split("/").at(-1)!));
    bytes += (await stat(local)).size;
    if (sha256 === "") sha256 = await sha256Of(local);
  }
  const format = wanted[0]!.endsWith(".gguf") ? "gguf" : "encoder";
  const files = wanted.map((path) => path.split("/").at(-1)!);
  const model: CachedModel = { name, format, version: about.sha, files, bytes, sha256, folder: place };
  await keepModel(model, folder);
  return model;
}
