import { resolve } from "node:path";
import type { Example } from "../core/index.ts";
import {
  auditData as audit,
  type Finding,
  fixedOrderFormats,
  readExamples,
  type TrainingFinding,
} from "../run/index.ts";
import { writeAuditReport } from "./audit-report.ts";
import { readBenchmark, readTokenizer } from "./audit-tokenizer.ts";
import { figure } from "./figures.ts";
import { mapOf, onBadRow } from "./input.ts";
import { shown as shownPath } from "./paths.ts";
import { type FormatOptions, textsOf } from "./scored.ts";
import { counted, paint, plain, short, whole } from "./terminal.ts";

interface Options extends FormatOptions {
  split?: string;
  benchmark?: string;
  tokenizer?: string;
  strict?: boolean;
  report?: string;
  json?: boolean;
}

/** `laurel audit data`: what may be wrong with labelled data. */
export async function auditData(file: string, options: Options): Promise<void> {
  const map = mapOf(options);
  const tokenizer = options.tokenizer === undefined ? undefined : await readTokenizer(options.tokenizer);
  const benchmark = options.benchmark === undefined ? undefined : await readBenchmark(options.benchmark);
  let format = options.from;
  const examples = readExamples(file, {
    map,
    from: options.from,
    limit: options.limit,
    extra: true,
    onFormat: (name) => {
      format = name;
    },
    onBad: onBadRow(options),
  });
  const result = await audit(examples, {
    split: options.split,
    benchmark,
    tokenizer,
    // asked when all rows are read, and so the format is known
    fixedOrder: () =>
      map === undefined ? format !== undefined && fixedOrderFormats.has(format) : /\bchosen=/.test(map.text),
  });
  const exceeding = result.findings.filter(({ exceeds }) => exceeds);
  if (options.report !== undefined) {
    const ids = new Set(exceeding.flatMap(({ rows }) => rows));
    const texts: ReadonlyMap<string, Example> = await textsOf(file, options, ids);
    await writeAuditReport(result, file, texts, options.report);
  }
  const { lengths: _, ...said } = result;
  if (options.json === true) process.stdout.write(`${JSON.stringify({ v: 1, file, format, ...said }, null, 2)}\n`);
  else {
    const { rows, candidates, labelled } = result;
    process.stdout.write(
      `${[
        `${counted(rows, "rows")}, ${counted(candidates, "candidates")}, ${counted(labelled.pairs, "labelled pairs")}, ${counted(labelled.candidates, "labelled candidates")}`,
        exceeding.length === 0
          ? "no finding exceeds its threshold"
          : `above their thresholds: ${counted(exceeding.length, "findings")}`,
        ...[...result.findings]
          .sort((a, b) => Number(b.exceeds) - Number(a.exceeds) || Number(b.shown) - Number(a.shown))
          .flatMap(lines),
        result.findings.some(({ shown, exceeds }) => shown && !exceeds)
          ? "~ a confound that is there, but not certainly beyond its threshold"
          : "",
        ...result.skipped.map((one) => `not looked at: ${one}`),
        "",
        "Before training a reward on these rows:",
        ...result.training.flatMap(trainingLines),
        options.report === undefined ? "" : `report: ${shownPath(resolve(options.report))}`,
      ]
        .filter((line, i, all) => line !== "" || (all[i + 1] ?? "").startsWith("Before"))
        .join("\n")}\n`,
    );
  }
  const bad = result.training.some(({ severity }) => severity === "stop" || severity === "warn");
  if (options.strict === true && (exceeding.length > 0 || bad)) process.exitCode = 1;
}

const marks = { stop: "!!", warn: "! ", skipped: "  ", ok: "  " } as const;

function trainingLines({ id, severity, sentence, rows }: TrainingFinding): string[] {
  const mark = severity === "stop" || severity === "warn" ? paint("yellow", marks[severity]) : marks[severity];
  return [
    `${mark} ${id}: ${sentence}`,
    ...(rows.length === 0 ? [] : [`     rows: ${rows.map((one) => plain(one, 30)).join(", ")}`]),
  ];
}

function lines({ id, about, estimate, within, shown, exceeds, advice, rows }: Finding): string[] {
  const mark = exceeds ? paint("yellow", "!") : shown ? "~" : " ";
  const head = `${mark} ${id}: ${about}: ${figure(estimate)} (in order within ${short(within[0])} to ${short(within[1])}; ${short(estimate.level * 100, 2)} %, n = ${whole(estimate.n)})`;
  if (!exceeds) return [head];
  return [
    head,
    `    ${advice}`,
    ...(rows.length === 0 ? [] : [`    rows: ${rows.map((one) => plain(one, 30)).join(", ")}`]),
  ];
}
