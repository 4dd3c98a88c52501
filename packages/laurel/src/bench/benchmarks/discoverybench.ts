import { type Example, InputError, type Json, type Task } from "../../core/index.ts";
import { isRaw, type Raw, refuse } from "../../io/messages.ts";
import { exampleOf, type RowPlace } from "../../io/schemas/schema.ts";
import type { Benchmark } from "../benchmark.ts";
import { textAt } from "../read.ts";
import { discoveryBenchRows } from "./discoverybench-files.ts";

/** Columns with their descriptions; real files nest them under `raw`. */
function columnsOf(dataset: Raw): string[] {
  const { columns } = dataset;
  const list: unknown = isRaw(columns) ? columns["raw"] : columns;
  return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((one) =>
    isRaw(one) && typeof one["name"] === "string"
      ? [`- ${one["name"]}: ${typeof one["description"] === "string" ? one["description"] : ""}`]
      : [],
  );
}

function promptOf(row: Raw, place: RowPlace): string {
  const { datasets, domain_knowledge: knowledge } = row;
  const tables = (Array.isArray(datasets) ? (datasets as unknown[]) : []).flatMap((one) =>
    isRaw(one)
      ? [
          [
            `${String(one["name"])}: ${typeof one["description"] === "string" ? one["description"] : ""}`,
            ...columnsOf(one),
          ].join("\n"),
        ]
      : [],
  );
  return [
    ...(typeof knowledge === "string" && knowledge.trim() !== "" ? [`What is known: ${knowledge}`] : []),
    ...tables,
    textAt(row, "question", place),
  ].join("\n\n");
}

/** `{domain}_{height}_{depth}`, as synthetic folders are named. */
function complexityOf(dataset: unknown): Readonly<Record<string, string>> {
  const found = /_(\d+)_(\d+)$/.exec(String(dataset));
  return found === null ? {} : { complexity: String(Number(found[1]) + Number(found[2])) };
}

const texts = (row: Raw, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => (typeof row[name] === "string" && row[name] !== "" ? [[name, row[name]]] : [])),
  );

function exampleFrom(row: Raw, place: RowPlace, needed: boolean): Example {
  const { response, gold } = row;
  if (needed && typeof response !== "string") refuse(place, "response", "the hypothesis that was predicted", response);
  const answer = Array.isArray(gold) ? (gold as Json) : undefined;
  const example = exampleOf(row, place, {
    id: row["id"] ?? `${String(row["dataset"])}/${String(row["metadataid"])}/${String(row["query_id"])}`,
    prompt: [{ role: "user", content: promptOf(row, place) }],
    candidates: typeof response === "string" ? [{ output: [{ role: "assistant", content: response }] }] : [],
    reference: { texts: [textAt(row, "gold_hypo", place)], ...(answer === undefined ? {} : { answer }) },
    subsets: { ...texts(row, ["domain", "question_type"]), ...complexityOf(row["dataset"]) },
    used: [
      "id",
      "dataset",
      "metadataid",
      "query_id",
      "question",
      "question_type",
      "difficulty",
      "domain",
      "domain_knowledge",
      "workflow_tags",
      "datasets",
      "gold_hypo",
      "gold",
      "response",
    ],
  });
  // queries of one dataset are answered from the same tables
  return { ...example, cluster: String(row["dataset"] ?? example.task.id) };
}

/**
 * The published tasks of a folder, for agents that are to answer them: no candidates, the gold hypothesis in `reference.texts`.
 *
 * @param folder as `discoveryBenchRows` reads it, such as `discoverybench/real/test`
 * @throws InputError where there are none
 * @example (await discoveryBenchTasks("discoverybench/synth/test")).length // 200
 */
export async function discoveryBenchTasks(folder: string): Promise<Task[]> {
  const rows = await discoveryBenchRows(folder);
  if (rows === undefined) throw new InputError({ file: folder }, "it is no folder with metadata_<n>.json files");
  return rows.map(({ row, place }) => exampleFrom(row, place, false).task);
}

/** DiscoveryBench: hypotheses from data, by how well they match the gold ones. */
export const discoveryBench: Benchmark = {
  id: "discoverybench",
  title: "DiscoveryBench",
  about:
    "hypotheses that an agent drew from tables, held against the published ones by context, variables and relation",
  tier: "real rows parsed",
  tierWhy:
    "all 264 real and 903 synthetic tasks (the paper's counts) were read with their gold hypotheses from the published repository; three are in the tests. No published answer of an agent could be had, so no figure is compared",
  data: {
    licence: "ODC-BY",
    columns:
      "the published folder (real or synth, <dataset>/metadata_<n>.json, answer_key_*.csv, and predictions.jsonl of yours), or rows of dataset, metadataid, query_id, question, gold_hypo, response; gold: [{ context, variables, relation }] where it is structured",
  },
  asks: "scores",
  chance: { value: 0, why: "no hypothesis, or one of another context" },
  pitfalls: [
    "The reward is the hypothesis match score: verify.match of hypotheses where both sides are structured; published answers are prose, which hypothesisJudge takes apart with a model.",
    "The score divides by the number of predicted parts, so that verbose answers lose.",
    "Greedy matching depends on the order of the predicted parts: look at pairing: optimal too.",
    "The released evaluator passes whole hypotheses to its questions on variables and relation, and takes every answer that begins with A as 'very similar'.",
    "The released code counts an unreadable facet as −1; here it is unscored.",
  ],
  published: [
    {
      system: "the best system of the paper",
      figures: { HMS: 0.25 },
      source: "DiscoveryBench (2024), abstract",
      reproduced: false,
    },
  ],
  by: "domain",
  rightFirst: false,
  rule: {
    text: "the mean hypothesis match score: recall of contexts · mean of F1(variables) · relation over what was predicted",
    source: "DiscoveryBench (2024) and eval/new_eval.py of its repository",
    credit: (item) => item.values[0] ?? null,
    unscored: "drop",
    figures: [{ name: "HMS", about: "mean hypothesis match score, from 0 to 1" }],
  },
  folder: discoveryBenchRows,
  read: (rows) => rows.map(({ row, place }) => exampleFrom(row, place, true)),
};
