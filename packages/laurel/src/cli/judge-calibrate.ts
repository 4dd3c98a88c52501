import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type CalibrationMethod, calibrateJudge } from "../bench/index.ts";
import { type JsonObject, seedFrom, split } from "../core/index.ts";
import { writeFailure } from "../io/index.ts";
import { allKinds, rewardFrom, specFromText } from "../spec/index.ts";
import { figure } from "./figures.ts";
import { onInterrupt, type RunOptions, storeOf } from "./input.ts";
import { withoutTrust } from "./judge-trust.ts";
import { shown } from "./paths.ts";
import { type FormatOptions, judgedRows } from "./scored.ts";
import { counted, short } from "./terminal.ts";

interface Options extends FormatOptions, RunOptions {
  judge: string;
  method?: CalibrationMethod;
  out: string;
  json?: boolean;
}

/** `laurel judge calibrate`: fits a judge's scores to labels and writes the spec of the calibrated judge. */
export async function calibrateCommand(file: string, options: Options): Promise<void> {
  const { spec: given } = withoutTrust(await specFromText(options.judge));
  const spec = (typeof given === "string" ? { kind: given } : given) as JsonObject;
  const compares = allKinds()[String(spec["kind"])]?.makes === "comparer";
  const judge: JsonObject = compares ? { kind: "to-reward", comparer: spec, aggregate: "bradley-terry" } : spec;
  const reward = await rewardFrom(judge);
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const judged = await judgedRows({ name: reward.name, reward }, file, options, store, stop.signal);
  await reward[Symbol.asyncDispose]?.();
  const fit = calibrateJudge(judged, { method: options.method, seed: split(seedFrom(options.seed), "calibrate") });
  const calibrated: JsonObject = { kind: "shape", rewards: { reward: judge }, transform: fit.transform };
  const { stringify } = await import("yaml");
  try {
    await writeFile(
      options.out,
      options.out.endsWith(".json") ? `${JSON.stringify(calibrated, null, 2)}\n` : stringify(calibrated),
    );
  } catch (thrown) {
    throw writeFailure(thrown, options.out);
  }
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ v: 1, file, judge: reward.name, ...fit, spec: calibrated }, null, 2)}\n`);
    return;
  }
  const { kind, ...numbers } = fit.transform;
  const said = Object.entries(numbers).map(([name, value]) =>
    Array.isArray(value) ? `${name} of ${value.length} points` : `${name} ${short(value as number)}`,
  );
  const what =
    fit.basis === "candidates"
      ? "a value is the probability of being right"
      : "a difference of values is the log-odds of being better";
  process.stdout.write(
    `${[
      `${String(kind)}: ${said.join(", ")} (${counted(fit.n, fit.basis)} of ${counted(fit.prompts, "prompts")}${fit.unscored > 0 ? `; ${fit.unscored} unscored` : ""}); ${what}`,
      `calibration error on prompts that the fit had not seen: ${figure(fit.after)}${fit.before === undefined ? "" : `, before ${figure(fit.before)}`}`,
      `spec: ${shown(resolve(options.out))}`,
    ].join("\n")}\n`,
  );
}
