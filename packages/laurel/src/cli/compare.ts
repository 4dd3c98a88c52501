import { UsageError } from "../core/index.ts";
import {
  type Basis,
  type Comparison,
  type Conclusion,
  compareJudged,
  compareTables,
  type ScoreSource,
  type SubsetDifference,
} from "../run/index.ts";
import { itemName } from "./eval-facts.ts";
import { basisText, figure, pText } from "./figures.ts";
import { needsFile, onInterrupt, type RunOptions, storeOf } from "./input.ts";
import { type FormatOptions, judgedRows, type MetricOptions, sourceOf } from "./scored.ts";
import { plain, short, table, whole } from "./terminal.ts";

interface Options extends FormatOptions, RunOptions, MetricOptions {
  scoresA?: string;
  scoresB?: string;
  /** False where --no-worse-than is given, as commander reads a name that begins with "no". */
  worseThan: boolean;
  margin?: number;
  by?: Basis;
  threshold?: number;
  subset?: string;
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
  if (options.json === true) process.stdout.write(`${JSON.stringify(compareJson(result, a, b), null, 2)}\n`);
  else process.stdout.write(`${compareText(result, a, b).join("\n")}\n`);
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
  const { basis, a: ofA, b: ofB, ...rest } = result;
  return {
    v: 1,
    a: { name: a.name, mean: ofA },
    b: { name: b.name, mean: ofB },
    by: basis === undefined ? undefined : { ...basis, items: basis.items.length },
    ...rest,
  };
}

const words: Record<Conclusion, (margin: number | undefined) => string> = {
  better: () => "A is better than B",
  worse: (margin) => (margin === undefined ? "A is worse than B" : `A is worse than B by more than ${margin}`),
  "no difference shown": () => "no difference is shown",
  "no worse": (margin) => `A is no worse than B by more than ${margin}`,
  undecided: (margin) => `undecided whether A is worse than B by more than ${margin}: not enough data`,
};

/** The p-values of a difference in words. */
function testsText({ p, discordant }: Comparison): string {
  return [
    `p ${pText(p.signFlip)} (sign flips by prompt)`,
    p.t === undefined ? "no t test, as the differences do not vary" : `${pText(p.t)} (paired t)`,
    p.mcnemar === undefined
      ? ""
      : `${pText(p.mcnemar)} (McNemar: only A right ${whole(discordant!.onlyFirst)}, only B ${whole(discordant!.onlySecond)})`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function plansText({ detectable, needed, difference }: Comparison): string {
  if (detectable === undefined) return "the differences do not vary, so that no power can be worked out";
  const found = `${whole(difference.clusters ?? difference.n)} prompts find a difference of ${short(detectable, 4)} with 80 % power`;
  if (needed === undefined) return found;
  const span =
    needed.high === null
      ? `at least ${whole(needed.low)}, as its interval holds 0`
      : `${whole(needed.low)} to ${whole(needed.high)} over its interval`;
  return `${found}; the observed difference needs ${whole(needed.value)} (${span})`;
}

function compareText(result: Comparison, a: ScoreSource, b: ScoreSource): string[] {
  const { basis, difference, unscored, bounds } = result;
  const name = basis === undefined ? "tasks" : itemName(basis.basis);
  const missing = unscored.a + unscored.b + unscored.both;
  const lines = [
    `${words[result.conclusion](result.margin)}: A - B = ${figure(difference, 4)} (${basisText(difference, name)}; ${difference.method})`,
    `  A ${figure(result.a)}  ${plain(a.name, 100)}`,
    `  B ${figure(result.b)}  ${plain(b.name, 100)}`,
    `  ${testsText(result)}`,
    `  ${plansText(result)}`,
  ];
  if (basis !== undefined)
    lines.push(
      `  accuracy by ${basis.basis}, ${basis.chosen === "given" ? "as asked for" : "which most rows have labels for"}; ties half`,
    );
  if (missing > 0)
    lines.push(
      `  ${whole(missing)} ${name} left out as unscored (A only ${whole(unscored.a)}, B only ${whole(unscored.b)}, both ${whole(unscored.both)})${bounds === undefined ? "" : `: A - B is ${figure(bounds.againstA, 4)} if they all spoke against A, ${figure(bounds.forA, 4)} if for it`}`,
    );
  for (const [key, values] of Object.entries(result.subsets)) {
    const rows = Object.entries(values).sort((x, y) => y[1].n - x[1].n);
    lines.push("", table([key, "A - B", "n", "unscored", "p", "p, Holm"], rows.slice(0, 30).map(subsetRow)));
    if (rows.length > 30) lines.push(`… and ${whole(rows.length - 30)} more; --json has all`);
  }
  return lines;
}

function subsetRow([value, { n, unscored, result }]: [string, SubsetDifference]): string[] {
  const shown = [plain(value, 40), figure(result?.difference), whole(n), whole(unscored)];
  return result === undefined ? [...shown, "–", "–"] : [...shown, pText(result.p.signFlip), pText(result.pHolm)];
}
