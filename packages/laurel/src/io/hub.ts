import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, messageOf, UsageError } from "../core/index.ts";
import { readFailure } from "./bytes.ts";
import { type DatasetConfig, datasetLayout } from "./dataset-layout.ts";
import { ask, download, type Hub, ifMissing } from "./hub-download.ts";
import { didYouMean } from "./near.ts";
import { openRows } from "./open.ts";
import type { BadTableRow, Table, TableOptions, TableRow } from "./source.ts";

/** Which part of a dataset is read, and from where. */
export interface DatasetOptions extends TableOptions {
  /** The configuration (default: the one marked so, or the only one). */
  config?: string | undefined;
  /** The split (default: the only one, or `train`). */
  split?: string | undefined;
  /** The hub's address (default: the environment's LAUREL_HUB or HF_ENDPOINT). */
  endpoint?: string | undefined;
  /** Sent to the hub only, never to where it redirects (default: the environment's HF_TOKEN). */
  token?: string | undefined;
  /** Where files from the hub are kept (default `.laurel/hub`). */
  cache?: string | undefined;
  /** A branch, tag or commit (default `main`). */
  revision?: string | undefined;
}

/**
 * Opens a dataset in the hub's layout: a local folder, or `hub:owner/name` (also `owner/name@revision`).
 *
 * The README's front matter or the files' names say which files make up which configuration and split; shards are read
 * one after another as one table, whose `line` counts on across them. A file of the hub is downloaded into the cache
 * before it is read; a broken download goes on where it stopped; its size, and its SHA-256 where the hub states one, are
 * checked. A commit that is in the cache is not asked for again.
 *
 * @throws InputError for an unknown configuration or split (what there is gets listed), a missing dataset, or a download
 *   that is not what the hub states; UsageError where no hub's address is set
 * @example const table = await openDataset("hub:owner/preferences", { split: "test" });
 */
export async function openDataset(source: string, options: DatasetOptions = {}): Promise<Table> {
  const remote = source.startsWith("hub:");
  const place = remote ? await hubDataset(source.slice(4), options) : await localDataset(source);
  const configs = datasetLayout(place.paths, await frontMatter(place, source));
  const { splits } = chooseConfig(configs, options.config, source);
  const split = chooseSplit(splits, options.split, source);
  const files = splits[split]!;
  if (files.length === 0) throw new InputError({ file: source }, `the split '${split}' has no files`);
  const name = `${source} (${split})`;
  const first = await openRows(await place.fetch(files[0]!), options);
  return { file: name, format: first.format, batches: () => readShards(place, files, options) };
}

/**
 * Opens whatever a user names: `hub:owner/name` or a folder as a dataset, anything else as a table.
 *
 * @throws as `openDataset` and `openRows` do
 */
export async function openSource(
  source: string,
  options: DatasetOptions & Parameters<typeof openRows>[1] = {},
): Promise<Table> {
  if (source.startsWith("hub:")) return openDataset(source, options);
  if (source !== "-" && (await stat(source).catch(ifMissing))?.isDirectory() === true)
    return openDataset(source, options);
  return openRows(source, options);
}

/** A dataset's files, and how one gets to be a local path. */
interface DatasetPlace {
  paths: readonly string[];
  fetch(path: string): Promise<string>;
}

async function* readShards(
  place: DatasetPlace,
  files: readonly string[],
  options: DatasetOptions,
): AsyncGenerator<readonly (TableRow | BadTableRow)[], void, undefined> {
  let before = 0;
  for (const file of files) {
    options.signal?.throwIfAborted();
    const table = await openRows(await place.fetch(file), { ...options, name: file });
    let last = 0;
    for await (const batch of table.batches()) {
      last = Math.max(last, batch.at(-1)?.line ?? 0);
      yield before === 0 ? batch : batch.map((one) => ({ ...one, line: one.line + before }));
    }
    before += last;
  }
}

function chooseConfig(configs: readonly DatasetConfig[], wanted: string | undefined, source: string): DatasetConfig {
  const names = configs.map((config) => config.name);
  if (names.length === 0) throw new InputError({ file: source }, "this dataset holds no tables");
  const found =
    wanted === undefined
      ? (configs.find((config) => config.isDefault) ?? (configs.length === 1 ? configs[0] : undefined))
      : configs.find((config) => config.name === wanted);
  if (found !== undefined) return found;
  if (wanted === undefined)
    throw new InputError(
      { file: source },
      `it has several configurations: ${names.join(", ")}`,
      "choose one with config",
    );
  throw new InputError({ file: source }, `it has no configuration '${wanted}'`, didYouMean(wanted, names));
}

function chooseSplit(
  splits: Readonly<Record<string, readonly string[]>>,
  wanted: string | undefined,
  source: string,
): string {
  const names = Object.keys(splits);
  const found = wanted ?? (names.length === 1 ? names[0]! : "train");
  if (Object.hasOwn(splits, found)) return found;
  throw new InputError(
    { file: source },
    `it has no split '${found}'; there is ${names.join(", ") || "none"}`,
    didYouMean(found, names),
  );
}

async function frontMatter(place: DatasetPlace, source: string): Promise<unknown> {
  const readme = place.paths.find((path) => path.toLowerCase() === "readme.md");
  if (readme === undefined) return undefined;
  const text = await readFile(await place.fetch(readme), "utf8");
  const end = text.indexOf("\n---", 3);
  if (!text.startsWith("---") || end < 0) return undefined;
  const { parse } = await import("yaml");
  try {
    return parse(text.slice(3, end));
  } catch (thrown) {
    throw new InputError(
      { file: `${source}/${readme}` },
      `its front matter is not YAML: ${messageOf(thrown).split("\n")[0]}`,
    );
  }
}

async function localDataset(folder: string): Promise<DatasetPlace> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "/").length).replaceAll("\\", "/"))
      .filter((path) => !path.split("/").some((part) => part.startsWith(".")));
    return { paths, fetch: async (path) => join(folder, path) };
  } catch (thrown) {
    throw readFailure(thrown, folder);
  }
}

async function hubDataset(source: string, options: DatasetOptions): Promise<DatasetPlace> {
  const [repo = "", at] = source.split("@");
  if (!/^[\w.-]+\/[\w.-]+$/.test(repo) || repo.split("/").some((part) => /^\.+$/.test(part)))
    throw new UsageError(`'hub:${source}' does not name a dataset`, "write hub:owner/name or hub:owner/name@revision");
  const endpoint = (options.endpoint ?? process.env["LAUREL_HUB"] ?? process.env["HF_ENDPOINT"])?.replace(/\/+$/, "");
  if (endpoint === undefined || endpoint === "")
    throw new UsageError("no hub is set", "set LAUREL_HUB or HF_ENDPOINT to the hub's address");
  const token = options.token ?? process.env["HF_TOKEN"];
  const hub: Hub = { endpoint, token, signal: options.signal, source: `hub:${source}` };
  const revision = options.revision ?? at ?? "main";
  const root = join(options.cache ?? join(".laurel", "hub"), ...repo.split("/"));
  const listing = await datasetListing(hub, repo, revision, root);
  const folder = join(root, listing.sha);
  return {
    paths: listing.paths,
    fetch: (path) =>
      download(
        hub,
        `${endpoint}/datasets/${repo}/resolve/${listing.sha}/${encodePath(path)}`,
        join(folder, ...path.split("/")),
      ),
  };
}

async function datasetListing(
  hub: Hub,
  repo: string,
  revision: string,
  root: string,
): Promise<{ sha: string; paths: string[] }> {
  const isCommit = /^[0-9a-f]{40}$/.test(revision);
  const kept = join(root, revision, ".listing.json");
  if (isCommit) {
    const known = await readFile(kept, "utf8").catch(ifMissing);
    if (known !== undefined) return JSON.parse(known) as { sha: string; paths: string[] };
  }
  const response = await ask(hub, `${hub.endpoint}/api/datasets/${repo}/revision/${encodeURIComponent(revision)}`, {});
  const about = (await response.json()) as { sha?: unknown; siblings?: { rfilename?: unknown }[] };
  if (typeof about.sha !== "string" || !/^[0-9a-f]{40,64}$/.test(about.sha) || !Array.isArray(about.siblings))
    throw new InputError({ file: hub.source }, "the hub's answer does not describe a dataset");
  const paths = about.siblings.map((one) => one.rfilename).filter((name) => typeof name === "string");
  // a name that climbs out of the cache's folder is no name of a file
  const listing = {
    sha: about.sha,
    paths: paths.filter((path) => !path.split(/[/\\]/).some((part) => part === ".." || part === "")),
  };
  const file = join(root, listing.sha, ".listing.json");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(listing));
  return listing;
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
