import { UsageError } from "../core/index.ts";
import {
  type Basis,
  type Comparison,
  type Conclusion,
  compareJudged,
  compareTables,
  type ScoreSource,
} from "../run/index.ts";
import { compareText } from "./compare-facts.ts";
import { writeCompareReport } from "./compare-report.ts";
import { needsFile, onInterrupt, type RunOptions, storeOf } from "./input.ts";
import { type FormatOptions, judgedRows, type MetricOptions, sourceOf, textsOf } from "./scored.ts";

interface Options extends FormatOptions, RunOptions, MetricOptions {
  scoresA?: string;
  scoresB?: string;
  /** False where --no-worse-than is given, as commander reads a name that begins with "no". */
  worseThan: boolean;
  margin?: number;
  by?: Basis;
  threshold?: number;
  subset?: string;
  report?: string;
  json?: boolean;
}

interface Asked {
  file: string | undefined;
  a: Side;
  b: Side;
}

type Side = { spec: string; scores?: undefined } | { scores: string; spec?: undefined };

const form = "laurel compare FILE A B, or laurel compare A.jsonl B.jsonl for two score files without labels";

function sideOf(text: string): Side {
  return /\.(jsonl|ndjson|csv|tsv|parquet|parq)(\.gz)?$/i.test(text) && !/[\n{]/.test(text)
    ? { scores: text }
    : { spec: text };
}

/** What the positional arguments and `--scores-a`, `--scores-b` mean together. */
export function askedOf(given: readonly (string | undefined)[], scoresA?: string, scoresB?: string): Asked {
  const rest = given.filter((one): one is string => one !== undefined);
  const named = Number(scoresA !== undefined) + Number(scoresB !== undefined);
  const withFile = rest.length === 3 - named;
  if (!withFile && rest.length !== 2 - named) throw new UsageError("two sides have to be compared", form);
  const file = withFile ? rest.shift() : undefined;
  const a = scoresA === undefined ? sideOf(rest.shift()!) : { scores: scoresA };
  const b = scoresB === undefined ? sideOf(rest.shift()!) : { scores: scoresB };
  if (file === undefined && (a.scores === undefined || b.scores === undefined))
    throw new UsageError("rewards are compared on a file of labelled rows, which is missing", form);
  return { file, a, b };
}

/** `laurel compare`: A against B on the same items. */
export async function compare(given: readonly (string | undefined)[], options: Options): Promise<void> {
  const asked = askedOf(given, options.scoresA, options.scoresB);
  const inferior = options.worseThan === false;
  if (options.margin !== undefined && !inferior)
    throw new UsageError("--margin belongs to --no-worse-than", "add --no-worse-than");
  const margin = inferior ? (options.margin ?? 0.02) : undefined;
  if (margin !== undefined && !(margin > 0)) throw new UsageError(`--margin must be above 0, not ${margin}`);
  const [a, b] = await Promise.all([
    sourceOf(asked.a.spec, asked.a.scores, options),
    sourceOf(asked.b.spec, asked.b.scores, options),
  ]);
  const common = { margin, subset: options.subset, seed: options.seed };
  let result: Comparison;
  if (asked.file === undefined) result = compareTables(a.table!, b.table!, common);
  else {
    if (asked.file === "-") throw needsFile("compare");
    using store = await storeOf(options);
    const stop = new AbortController();
    using _interrupt = onInterrupt(stop);
    const rowsOfA = await judgedRows(a, asked.file, options, store, stop.signal);
    const rowsOfB = await judgedRows(b, asked.file, options, store, stop.signal);
    result = compareJudged(rowsOfA, rowsOfB, {
      ...common,
      basis: options.by,
      threshold: options.threshold,
      ranges: [a.reward?.range, b.reward?.range],
    });
  }
  if (options.report !== undefined) {
    const ids = new Set(result.disputed.map(({ id }) => id));
    const texts = asked.file === undefined ? new Map() : await textsOf(asked.file, options, ids);
    await writeCompareReport(result, [a, b], asked.file, texts, options.report);
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify(compareJson(result, a, b), null, 2)}\n`);
  else process.stdout.write(`${compareText(result, a, b, options.report).join("\n")}\n`);
  process.exitCode = exitCodes[result.conclusion];
}

const exitCodes: Record<Conclusion, number> = {
  better: 0,
  "no worse": 0,
  "no difference shown": 0,
  worse: 1,
  undecided: 3,
};

/** The stable machine form of `laurel compare`. */
function compareJson(result: Comparison, a: ScoreSource, b: ScoreSource): object {
  const { basis, a: ofA, b: ofB, differences: _, ...rest } = result;
  return {
    v: 1,
    a: { name: a.name, mean: ofA },
    b: { name: b.name, mean: ofB },
    by: basis === undefined ? undefined : { ...basis, items: basis.items.length },
    ...rest,
  };
}
