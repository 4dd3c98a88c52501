import { scaleStudy } from "../bench/index.ts";
import { type Estimate, type Example, type JsonObject, LaurelError, UsageError } from "../core/index.ts";
import { writeFailure } from "../io/index.ts";
import { rewardFrom, specFromText } from "../spec/index.ts";
import { figure } from "./figures.ts";
import { onInterrupt, type RunOptions, runOptions, storeOf } from "./input.ts";
import { withoutTrust } from "./judge-trust.ts";
import { counted, ProgressLine, table, whole } from "./terminal.ts";

interface Options extends RunOptions {
  comparer?: string;
  out?: string;
  report?: string;
  level: number;
  json?: boolean;
}

/** `laurel audit judge --scale A --scale B`: the same pointwise judge on several scales. */
export async function auditScales(
  file: string,
  examples: readonly Example[],
  scales: readonly string[],
  options: Options,
): Promise<void> {
  if (options.comparer === undefined)
    throw new UsageError("a study of scales asks the judge, so stored verdicts will not do", "--comparer SPEC");
  if (options.report !== undefined)
    throw new UsageError("a study of scales has no page", "--out FILE writes it as JSON");
  const { spec } = withoutTrust(await specFromText(options.comparer));
  const base = typeof spec === "string" ? { kind: spec } : (spec as JsonObject);
  if (base["kind"] !== "judge.pointwise")
    throw new UsageError(
      `a study of scales is of a judge.pointwise, not of ${String(base["kind"])}`,
      "--comparer '{ kind: judge.pointwise, model: … }'",
    );
  // every scale is checked before the first one is paid for
  for (const scale of scales) await rewardFrom({ ...base, scale });
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const line = new ProgressLine({ total: examples.length });
  const { repeats: _, ...run } = runOptions(options, store);
  const report = await scaleStudy((scale) => rewardFrom({ ...base, scale }), examples, {
    ...run,
    scales,
    repeats: options.repeat ?? 3,
    level: options.level,
    stop: stop.signal,
    onProgress: (progress) => line.update(progress),
    onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
  }).finally(() => line.clear());
  if (stop.signal.aborted)
    throw new LaurelError("interrupted", "stopped; nothing is said on a part of the pairs", { exitCode: 130 });
  const json = `${JSON.stringify({ v: 1, file, ...report }, null, 2)}\n`;
  if (options.out !== undefined) {
    const { writeFile } = await import("node:fs/promises");
    await writeFile(options.out, json).catch((thrown: unknown) => {
      throw writeFailure(thrown, options.out!);
    });
  }
  if (options.json === true) {
    process.stdout.write(json);
    return;
  }
  const cell = (one: Estimate | undefined): string => (one === undefined ? "–" : figure(one));
  process.stdout.write(
    `${[
      `${counted(report.pairs, "labelled pairs")}, each answer scored ${whole(report.repeats)} times on each scale`,
      table(
        ["scale", "accuracy", "ties", "of decided", "repeat s.d.", "unscored", `less ${scales[0]!}`],
        report.scales.map((one) => [
          one.scale,
          cell(one.accuracy),
          cell(one.ties),
          cell(one.decided),
          cell(one.repeatSd),
          cell(one.unscored),
          cell(one.difference),
        ]),
      ),
      "Accuracy counts a tie half; the repeat s.d. is a share of the scale's width; the last column is paired by pair.",
    ].join("\n")}\n`,
  );
}
