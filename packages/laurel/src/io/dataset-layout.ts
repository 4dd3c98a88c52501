/** The files of one configuration of a dataset, by split. */
export interface DatasetConfig {
  name: string;
  isDefault: boolean;
  splits: Readonly<Record<string, readonly string[]>>;
}

const tableEnding = /\.(?:jsonl|ndjson|json|csv|tsv|parquet|parq)(?:\.gz)?$/i;
/** Files that describe a dataset and hold no rows. */
const notRows = /(?:^|\/)(?:dataset_infos?|config|metadata|\.[^/]*)\.json$/i;
const splitNames: Readonly<Record<string, string>> = {
  train: "train",
  training: "train",
  test: "test",
  testing: "test",
  eval: "test",
  evaluation: "test",
  validation: "validation",
  valid: "validation",
  val: "validation",
  dev: "validation",
};

/**
 * Which files make up which split of which configuration of a dataset in the hub's layout.
 *
 * The README's `configs` decide (`config_name`, `data_files` as a pattern, a list of patterns, a list of
 * `{ split, path }` or a map from split to pattern; `data_dir`; `default`). Without them, files are sorted by their names:
 * a folder or a part of a name such as `train`, `test`, `validation`, `dev`; a split that stands before a shard number
 * (`quality-00000-of-00002.parquet`) is taken as it is; what names no split is `train`. Where tables lie in several
 * folders of which none is called `data` or after a split, each folder is a configuration.
 *
 * @param paths the dataset's files, as paths from its root with `/`
 * @param metadata the README's front matter, parsed
 */
export function datasetLayout(paths: readonly string[], metadata: unknown): DatasetConfig[] {
  const tables = paths.filter((path) => tableEnding.test(path) && !notRows.test(path)).sort();
  const declared = isObject(metadata) && Array.isArray(metadata["configs"]) ? metadata["configs"].filter(isObject) : [];
  const withFiles = declared.filter((config) => config["data_files"] !== undefined || config["data_dir"] !== undefined);
  if (withFiles.length > 0) return withFiles.map((config, i) => declaredConfig(config, i, tables, withFiles.length));
  const folders = new Map<string, string[]>();
  for (const path of tables) {
    const top = path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
    const own = top === "" || top === "data" || splitNames[top.toLowerCase()] !== undefined ? "default" : top;
    folders.set(own, [...(folders.get(own) ?? []), path]);
  }
  const only = folders.size === 1;
  return Array.from(folders, ([name, files]) => ({
    name: only ? "default" : name,
    isDefault: only || name === "default",
    splits: bySplit(files, (path) => splitOf(path)),
  }));
}

function declaredConfig(
  config: Record<string, unknown>,
  index: number,
  tables: readonly string[],
  count: number,
): DatasetConfig {
  const name =
    typeof config["config_name"] === "string" ? config["config_name"] : index === 0 ? "default" : `config-${index}`;
  const folder = typeof config["data_dir"] === "string" ? `${config["data_dir"].replace(/^\.\/|\/+$/g, "")}/` : "";
  const isDefault = config["default"] === true || count === 1 || name === "default";
  const given = config["data_files"];
  if (given === undefined)
    return {
      name,
      isDefault,
      splits: bySplit(
        tables.filter((path) => path.startsWith(folder)),
        splitOf,
      ),
    };
  const splits: Record<string, string[]> = {};
  for (const [split, pattern] of patternsOf(given)) {
    const matches = globMatcher(`${folder}${pattern.replace(/^\.\//, "")}`);
    const files = tables.filter(matches);
    const known = (splits[split] ??= []);
    for (const file of files) if (!known.includes(file)) known.push(file);
  }
  return { name, isDefault, splits };
}

function patternsOf(given: unknown): [split: string, pattern: string][] {
  if (typeof given === "string") return [["train", given]];
  if (Array.isArray(given))
    return given.flatMap((one: unknown): [string, string][] => {
      if (typeof one === "string") return [["train", one]];
      if (!isObject(one) || typeof one["split"] !== "string") return [];
      const paths = Array.isArray(one["path"]) ? one["path"] : [one["path"]];
      return paths.filter((path) => typeof path === "string").map((path) => [one["split"] as string, path]);
    });
  if (!isObject(given)) return [];
  return Object.entries(given).flatMap(([split, paths]) =>
    (Array.isArray(paths) ? paths : [paths])
      .filter((path) => typeof path === "string")
      .map((path): [string, string] => [split, path]),
  );
}

function bySplit(files: readonly string[], name: (path: string) => string): Record<string, string[]> {
  const splits: Record<string, string[]> = {};
  for (const file of files) (splits[name(file)] ??= []).push(file);
  return splits;
}

function splitOf(path: string): string {
  const file = path.slice(path.lastIndexOf("/") + 1);
  const shard = /^(.+?)-\d{5}-of-\d{5}/.exec(file)?.[1];
  if (shard !== undefined) return splitNames[shard.toLowerCase()] ?? shard;
  for (const word of file.toLowerCase().split(/[^a-z]+/)) if (splitNames[word] !== undefined) return splitNames[word];
  for (const folder of path.toLowerCase().split("/").slice(0, -1).reverse())
    if (splitNames[folder] !== undefined) return splitNames[folder];
  return "train";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Does a path match a pattern of `*` (within a folder), `**` (across folders), `?` and `{a,b}`? Matched segment by
 * segment without backtracking over the whole path, so that a hostile pattern costs at most the product of both lengths.
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(pattern, 64).map((one) => one.split("/"));
  return (path) => {
    const parts = path.split("/");
    return alternatives.some((segments) =>
      wildMatch(segments, parts, "**", (segment, part) => segmentMatch(segment, part)),
    );
  };
}

function segmentMatch(segment: string, part: string): boolean {
  return wildMatch([...segment], [...part], "*", (one, character) => one === "?" || one === character);
}

/** Greedy matching with one point of return: `any` stands for any number of items. */
function wildMatch(
  pattern: readonly string[],
  items: readonly string[],
  any: string,
  same: (one: string, item: string) => boolean,
): boolean {
  let p = 0;
  let i = 0;
  let back = -1;
  let from = 0;
  while (i < items.length) {
    if (p < pattern.length && pattern[p] === any) {
      back = p++;
      from = i;
    } else if (p < pattern.length && same(pattern[p]!, items[i]!)) {
      p++;
      i++;
    } else if (back >= 0) {
      p = back + 1;
      i = ++from;
    } else return false;
  }
  while (p < pattern.length && pattern[p] === any) p++;
  return p === pattern.length;
}

function expandBraces(pattern: string, most: number): string[] {
  const found = /\{([^{}]*)\}/.exec(pattern);
  if (found === null) return [pattern];
  const before = pattern.slice(0, found.index);
  const after = pattern.slice(found.index + found[0].length);
  return found[1]!
    .split(",")
    .slice(0, most)
    .flatMap((choice) => expandBraces(before + choice + after, Math.ceil(most / 2)))
    .slice(0, most);
}
