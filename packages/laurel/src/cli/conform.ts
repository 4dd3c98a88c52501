import { bfclSuite, commandVerdicts, conformanceOf, rewardVerdicts, suiteOf } from "../bench/index.ts";
import { type JsonObject, UsageError } from "../core/index.ts";
import { openRows } from "../io/index.ts";
import type { ErrorRate } from "../rewards/verify/index.ts";
import { rewardFrom, specFromText } from "../spec/index.ts";
import { duration, paint, plain, table, whole } from "./terminal.ts";

interface Options {
  suite?: string;
  rows?: string;
  cmd?: string;
  n?: number;
  seed: string;
  threshold?: number;
  maxFalsePositive?: number;
  maxFalseNegative?: number;
  workers?: number;
  json?: boolean;
}

const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.001 ? 3 : 2)}%`;
const cells = ({ errors, n, upper }: ErrorRate): string[] =>
  n === 0 ? ["–", "", ""] : [whole(errors), whole(n), percent(upper)];

/** Rows of a file, all of them; the first that cannot be read ends the command. */
async function rowsOf(file: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  for await (const batch of (await openRows(file)).batches())
    for (const { row, bad } of batch) {
      if (bad !== undefined) throw bad;
      rows.push(row as JsonObject);
    }
  return rows;
}

/** `laurel conform`: a verifier's false positives and false negatives on cases that are right or wrong by construction. */
export async function conform(text: string, options: Options): Promise<void> {
  // with a command, the argument only names the suite, by its own name or by its kind
  const spec = options.cmd === undefined ? await specFromText(text) : text;
  const named = suiteOf(options.suite ?? (spec as string | JsonObject));
  if (options.rows !== undefined && named.name !== "bfcl")
    throw new UsageError(`--rows goes with the suite bfcl, not with ${named.name}`, "add --suite bfcl");
  const suite = options.rows === undefined ? named : bfclSuite(await rowsOf(options.rows));
  const cases = [...suite.cases({ count: options.n ?? suite.count, seed: options.seed })];
  const began = performance.now();
  let verdicts: (boolean | undefined)[];
  let name: string;
  if (options.cmd === undefined) {
    const reward = await rewardFrom(spec);
    name = reward.name;
    try {
      verdicts = await rewardVerdicts(reward, suite, cases, {
        threshold: options.threshold,
        workers: options.workers,
        onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
      });
    } finally {
      await reward[Symbol.asyncDispose]?.();
    }
  } else {
    name = options.cmd;
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
    try {
      verdicts = await commandVerdicts(options.cmd, cases, { threshold: options.threshold, signal: stop.signal });
    } catch (thrown) {
      if (!stop.signal.aborted) throw thrown;
      process.exitCode = 130;
      return;
    } finally {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    }
  }
  const report = await conformanceOf(cases, verdicts);
  const milliseconds = performance.now() - began;
  const { falsePositives, falseNegatives, unscored } = report.all;
  const passed = [
    { what: "false positives", rate: falsePositives, most: options.maxFalsePositive },
    { what: "false negatives", rate: falseNegatives, most: options.maxFalseNegative },
  ].flatMap(({ what, rate, most }) => (most !== undefined && rate.upper > most ? [{ what, rate, most }] : []));

  if (options.json === true)
    process.stdout.write(
      `${JSON.stringify({ verifier: name, suite: suite.name, seed: options.seed, bound: "Clopper-Pearson, one-sided 95 %", ...report, milliseconds, exceeded: passed.map(({ what }) => what) })}\n`,
    );
  else {
    const rows = report.classes.map((one) => [
      one.class,
      ...cells(one.falsePositives),
      ...cells(one.falseNegatives),
      one.unscored === 0 ? "" : whole(one.unscored),
    ]);
    const all = ["all", ...cells(falsePositives), ...cells(falseNegatives), unscored === 0 ? "" : whole(unscored)];
    const examples = report.all.examples.map(
      ({ class: of, input, expected }) =>
        `  ${of}: gold ${plain(typeof input.gold === "string" ? input.gold : JSON.stringify(input.gold), 100)}\n    ${
          expected ? "right, refused" : "wrong, accepted"
        }: ${plain(input.candidate, 160)}`,
    );
    process.stdout.write(
      [
        `${paint("bold", name)} on ${whole(cases.length)} ${suite.name} cases of known verdict in ${duration(milliseconds)}`,
        "",
        table(["class", "false +", "of wrong", "≤", "false −", "of right", "≤", "unscored"], [...rows, all]),
        "",
        "≤ is the upper bound of the rate (Clopper and Pearson, one-sided 95 %); a right answer without a verdict is a false −.",
        ...(examples.length === 0 ? [] : ["", "The first wrong verdicts:", ...examples]),
        "",
      ].join("\n"),
    );
  }
  for (const { what, rate, most } of passed)
    process.stderr.write(
      `laurel: ${what}: the bound ${percent(rate.upper)} (${whole(rate.errors)} of ${whole(rate.n)}) is above ${percent(most)}\n`,
    );
  if (passed.length > 0) process.exitCode = 1;
}
