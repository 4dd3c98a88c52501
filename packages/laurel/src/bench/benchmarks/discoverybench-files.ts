import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { InputError, messageOf } from "../../core/index.ts";
import { openSource } from "../../io/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import type { BenchRow } from "../benchmark.ts";

/** Folders above the tasks in which the answer key is looked for. */
const up = 5;

const isKey = (name: string): boolean => /^answer_key\w*\.(?:csv|jsonl)$/.test(name);
const keyOf = (dataset: unknown, metadata: unknown, query: unknown): string =>
  JSON.stringify([String(dataset), String(metadata), String(query)]);

async function tableRows(file: string): Promise<Raw[]> {
  const rows: Raw[] = [];
  for await (const batch of (await openSource(file)).batches())
    for (const { row, bad } of batch) {
      if (bad !== undefined) throw bad;
      rows.push(row);
    }
  return rows;
}

/** Gold hypotheses by dataset, metadata file and query, from the keys in a folder, beside it and in `eval/` of the folders above. */
async function answerKey(source: string): Promise<Map<string, string>> {
  const gold = new Map<string, string>();
  let folder = resolve(source);
  for (let level = 0; level < up; level++) {
    for (const place of [folder, join(folder, "eval")]) {
      const names = await readdir(place).catch(() => []);
      for (const name of names.filter(isKey))
        for (const row of await tableRows(join(place, name)))
          gold.set(keyOf(row["dataset"], row["metadataid"], row["query_id"]), String(row["gold_hypo"]));
    }
    if (gold.size > 0) break;
    folder = dirname(folder);
  }
  return gold;
}

/** Answers to the tasks of a folder, where it holds a file of them. */
async function predictions(source: string): Promise<Map<string, unknown>> {
  const file = join(source, "predictions.jsonl");
  if ((await stat(file).catch(() => undefined)) === undefined) return new Map();
  return new Map(
    (await tableRows(file)).map((row) => [
      keyOf(row["dataset"], row["metadataid"], row["query_id"]),
      row["response"] ?? row["hypothesis"],
    ]),
  );
}

/**
 * The rows of DiscoveryBench's published files: a folder with `<dataset>/metadata_<n>.json` somewhere below (or `<dataset>.metadata_<n>.json`),
 * real or synthetic, one row a query. Gold hypotheses stand in the queries (train, dev) or in `answer_key_*.csv`, which is looked for here,
 * and in `eval/` of this folder and those above; answers in `predictions.jsonl` of the folder:
 * `{ dataset, metadataid, query_id, response }`.
 *
 * @returns undefined for anything but such a folder
 * @throws InputError for a metadata file that is none, or a query without a gold hypothesis
 */
export async function discoveryBenchRows(source: string): Promise<BenchRow[] | undefined> {
  const found = await stat(source).catch(() => undefined);
  if (found?.isDirectory() !== true) return undefined;
  const files = (await readdir(source, { recursive: true })).filter((name) => /metadata_\d+\.json$/.test(name)).sort();
  if (files.length === 0) return undefined;
  const key = await answerKey(source);
  const answers = await predictions(source);
  const rows: BenchRow[] = [];
  for (const name of files) rows.push(...rowsOf(source, name, await readJson(join(source, name)), key, answers));
  return rows;
}

async function readJson(file: string): Promise<Raw> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (thrown) {
    throw new InputError({ file }, `it is no JSON: ${messageOf(thrown)}`);
  }
  if (!isRaw(value) || !Array.isArray(value["queries"]) || !Array.isArray(value["datasets"]))
    throw new InputError({ file }, "it is no metadata file: queries and datasets are lists there");
  return value;
}

function rowsOf(
  source: string,
  name: string,
  metadata: Raw,
  key: ReadonlyMap<string, string>,
  answers: ReadonlyMap<string, unknown>,
): BenchRow[] {
  const file = join(source, name);
  const [, flat, number] = /^(?:(.*)\.)?metadata_(\d+)\.json$/.exec(basename(name))!;
  const dataset = flat ?? basename(dirname(resolve(file)));
  const at = relative(
    resolve(source),
    flat === undefined ? dirname(resolve(file)) : join(dirname(resolve(file)), flat),
  );
  // real files group their queries, synthetic ones do not
  const queries = (metadata["queries"] as unknown[]).flat();
  return queries.map((query) => {
    if (!isRaw(query) || typeof query["question"] !== "string")
      throw new InputError({ file }, "a query has no question");
    const id = keyOf(dataset, number, query["qid"]);
    const gold = query["true_hypothesis"] ?? key.get(id);
    if (typeof gold !== "string" || gold === "")
      throw new InputError(
        { file },
        `there is no gold hypothesis for query ${String(query["qid"])} of ${dataset}, metadata ${number}`,
        "keep the published eval/answer_key_*.csv in the folder or above it",
      );
    const response = answers.get(id);
    const { domain, domain_knowledge, workflow_tags, datasets } = metadata;
    return {
      row: {
        id: [...(at === "" ? [dataset] : [at]), number, String(query["qid"])].join("/"),
        dataset,
        metadataid: Number(number),
        query_id: query["qid"],
        question: query["question"],
        question_type: query["question_type"],
        difficulty: query["difficulty"],
        domain,
        domain_knowledge,
        workflow_tags,
        datasets,
        gold_hypo: gold,
        ...(response === undefined ? {} : { response }),
      },
      place: { file, line: 1 },
    };
  });
}
