import { type Estimate, UsageError } from "../../core/index.ts";
import { normalQuantile } from "../../stats/index.ts";
import type { Benchmark } from "../benchmark.ts";
import { figureEstimate } from "../figures.ts";
import type { BenchRun } from "../run.ts";
import type { ImportedResult } from "./results.ts";

const prefix = "import:";

/**
 * The benchmark of results that another tool wrote, by the id that `importedRun` gives: `import:TASK/METRIC`, with `lower:` before the task
 * where lower is better. Its rule is the tool's own.
 *
 * @throws UsageError for an id that is none
 */
export function importedBenchmark(id: string): Benchmark {
  if (!id.startsWith(prefix)) throw new UsageError(`'${id}' is no imported benchmark`);
  const lower = id.startsWith(`${prefix}lower:`);
  const name = id.slice(prefix.length + (lower ? "lower:".length : 0));
  return {
    id,
    title: `imported ${name.slice(0, name.lastIndexOf("/"))}`,
    about: "results of another tool",
    tier: "real rows parsed",
    tierWhy: "values of another tool, taken as they are",
    data: { licence: "that of the task", columns: "id, value" },
    asks: "scores",
    chance: { value: Number.NaN, why: "the tool's file does not say what chance gets" },
    pitfalls: ["The rule is the other tool's; nothing is scored anew."],
    published: [],
    rule: {
      text: "the value that the tool gave",
      source: "the imported file",
      credit: (item) => item.values[0] ?? null,
      unscored: "drop",
      figures: [
        {
          name: name.slice(name.lastIndexOf("/") + 1),
          about: "mean of the tool's values an item",
          range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
          ...(lower ? { lower: true } : {}),
        },
      ],
    },
    read: () => [],
    rightFirst: false,
  };
}

/** A result with items as a run, which `laurel bench report` and `compare` take; undefined for one without. */
export function importedRun(result: ImportedResult): BenchRun | undefined {
  const { items, system, task, metric, lowerIsBetter } = result;
  if (items === undefined) return undefined;
  const benchmark = `${prefix}${lowerIsBetter === true ? "lower:" : ""}${task}/${metric}`;
  return {
    header: {
      v: 1,
      benchmark,
      system,
      fingerprint: null,
      seed: "0",
      by: "values",
      items: `imported from ${result.tool}`,
      count: items.length,
    },
    items: items.map(({ id, value }) => ({ id, cluster: id, subsets: {}, labels: {}, values: [value] })),
  };
}

/** A result's estimate: from its items, else from the tool's standard error; undefined where there is neither. */
export function importedEstimate(result: ImportedResult, level = 0.95): Estimate | undefined {
  const run = importedRun(result);
  if (run !== undefined) {
    const benchmark = importedBenchmark(run.header.benchmark);
    const items = run.items.map((item) => ({ ...item, credit: item.values[0] ?? null }));
    return figureEstimate(benchmark.rule.figures[0]!, items, level);
  }
  const { value, standardError: error, n = 0, unscored } = result;
  if (error === undefined) return undefined;
  const half = normalQuantile(1 - (1 - level) / 2) * error;
  return {
    value,
    low: value - half,
    high: value + half,
    level,
    n,
    unscored,
    method: "the tool's standard error, normal",
  };
}
