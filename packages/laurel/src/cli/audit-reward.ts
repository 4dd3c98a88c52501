import { resolve } from "node:path";
import { auditReward, generatedExamples, type RewardAudit, suiteOf } from "../bench/index.ts";
import { type Estimate, type Example, type JsonObject, UsageError } from "../core/index.ts";
import { html, htmlTable, text } from "../report/index.ts";
import { readExamples } from "../run/index.ts";
import { rewardFrom, specFromText } from "../spec/index.ts";
import { type InputOptions, mapOf, onBadRow, type RunOptions, runOptions, storeOf } from "./input.ts";
import { savePage } from "./pages.ts";
import { shown } from "./paths.ts";
import { counted, paint, short, table, whole } from "./terminal.ts";

interface Options extends InputOptions, RunOptions {
  reward?: string;
  stress?: boolean;
  suite?: string;
  n?: number;
  probes?: number;
  threshold?: number;
  report?: string;
  json?: boolean;
}

const percent = (share: number): string => `${short(100 * share, 2)}%`;
const rate = (one: Estimate | null): string =>
  one === null ? "–" : `${percent(one.value)} [${percent(one.low)}, ${percent(one.high)}]`;
const value = (one: Estimate | null): string =>
  one === null ? "–" : `${short(one.value)} [${short(one.low)}, ${short(one.high)}]`;

async function examplesOf(file: string | undefined, options: Options, spec: unknown): Promise<Example[]> {
  if (file === undefined) {
    const suite = suiteOf(options.suite ?? (spec as string | JsonObject));
    return generatedExamples(suite, { count: options.n ?? Math.min(2000, suite.count), seed: options.seed });
  }
  const examples: Example[] = [];
  const map = mapOf(options);
  for await (const some of readExamples(file, { map, limit: options.limit, onBad: onBadRow(options) }))
    examples.push(...some);
  return examples;
}

const formatHeader = ["format", "n", "change of value", "no longer accepted"];
const formatRows = (audit: RewardAudit): string[][] =>
  audit.formats.map(({ format, change, lost }) => [format, whole(change.n), value(change), rate(lost)]);
const exploitHeader = ["exploit", "n", "earns", "honest", "accepted", "faults", "unscored", ""];
const exploitRows = (audit: RewardAudit): string[][] =>
  audit.exploits.map(({ exploit, earned, honest, accepted, faults, unscored, failed }) => [
    exploit,
    whole(unscored.n),
    value(earned),
    honest === null ? "–" : short(honest.value),
    rate(accepted),
    whole(faults),
    percent(unscored.value),
    failed ? "fails" : "",
  ]);

function errorLines({ falsePositives, falseNegatives }: RewardAudit): string[] {
  const line = (name: string, of: string, one: Estimate | null): string =>
    one === null
      ? `${name}: no labels`
      : `${name}: ${rate(one)} of ${whole(one.n)} ${of}${one.unscored > 0 ? `; ${whole(one.unscored)} more are unscored` : ""}`;
  return [
    line("false positives (wrong answers accepted)", "wrong answers", falsePositives),
    line("false negatives (right answers refused)", "right answers", falseNegatives),
  ];
}

async function writeReport(path: string, audit: RewardAudit): Promise<void> {
  const about = `Accepted means a value of at least ${short(audit.threshold)}. Intervals are 95 %, by prompt. ${whole(audit.probed)} tasks were probed.`;
  const body = [
    html`<h1>${text(`Audit of ${audit.reward}`)}</h1>`,
    html`<p class="muted">${text(about)}</p>`,
    ...errorLines(audit).map((line) => html`<p>${text(line)}</p>`),
    html`<h2>Known exploits</h2>`,
    htmlTable(exploitHeader, exploitRows(audit)),
    html`<h2>Formats, which should change nothing where only the content counts</h2>`,
    htmlTable(formatHeader, formatRows(audit)),
  ];
  await savePage(path, `Laurel: audit of ${audit.reward}`, body);
}

/** `laurel audit reward`: errors on labelled answers, sensitivity to formats, and what known exploits earn. */
export async function auditRewardCommand(file: string | undefined, options: Options): Promise<void> {
  if (options.stress === true) {
    const { stressCommand } = await import("./audit-stress.ts");
    await stressCommand(file, options);
    return;
  }
  if (options.reward === undefined)
    throw new UsageError("which reward?", "--reward SPEC; a score file (--scores FILE) is audited with --stress");
  const spec = await specFromText(options.reward);
  const examples = await examplesOf(file, options, spec);
  if (
    file !== undefined &&
    !examples.some(({ labels, task }) => labels.correct !== undefined || task.reference !== undefined)
  )
    throw new UsageError(
      "the file has neither labels.correct nor references",
      "name the columns with --map, such as --map labels.correct=is_right",
    );
  const reward = await rewardFrom(spec);
  let audit: RewardAudit;
  try {
    using store = await storeOf(options);
    audit = await auditReward(reward, examples, {
      ...runOptions(options, store),
      threshold: options.threshold,
      probes: options.probes,
      onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
    });
  } finally {
    await reward[Symbol.asyncDispose]?.();
  }
  const failed = audit.exploits.filter((one) => one.failed);
  if (options.json === true) process.stdout.write(`${JSON.stringify(audit)}\n`);
  else
    process.stdout.write(
      [
        `${paint("bold", audit.reward)} on ${whole(audit.examples)} ${file === undefined ? "generated tasks" : "tasks"}; accepted from ${short(audit.threshold)}`,
        ...errorLines(audit),
        "",
        `Known exploits, on ${counted(audit.probed, "tasks")} with a right answer${audit.leftOut > 0 ? ` (${whole(audit.leftOut)} left out: the right answer is unscored)` : ""}:`,
        table(exploitHeader, exploitRows(audit)),
        "",
        "Formats, which should change nothing where only the content counts:",
        table(formatHeader, formatRows(audit)),
        "",
      ].join("\n"),
    );
  if (options.report !== undefined) {
    await writeReport(options.report, audit);
    if (options.json !== true) process.stdout.write(`report: ${shown(resolve(options.report))}\n`);
  }
  if (failed.length === 0) return;
  process.stderr.write(
    `laurel: more than 0.1 % unscored under ${failed.map(({ exploit }) => `"${exploit}"`).join(", ")}: an answer must not be able to evade a verdict\n`,
  );
  process.exitCode = 1;
}
