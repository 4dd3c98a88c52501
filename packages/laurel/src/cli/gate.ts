import { writeFileSync } from "node:fs";
import { UsageError } from "../core/index.ts";
import { writeFailure } from "../io/index.ts";
import { gateDetails, gateJunit, gateMarkdown, gateSentence } from "../report/index.ts";
import { type Bar, baselineOf, type Gated, gateOn } from "../run/index.ts";
import { rewardFrom, specFromText } from "../spec/index.ts";
import { checkJudges, type JudgeChecked, judgeLines } from "./gate-judge.ts";
import { onInterrupt, type RunOptions, runOptions, storeOf } from "./input.ts";
import { type TrustedSpec, withoutTrust } from "./judge-trust.ts";
import { examplesOf, type FormatOptions } from "./scored.ts";
import { ProgressLine, plain } from "./terminal.ts";

interface Options extends FormatOptions, RunOptions {
  reward: string;
  min?: number;
  baseline?: string;
  margin?: number;
  confidence: number;
  allowUnscored: number;
  subset?: string;
  worst: number;
  junit?: string;
  markdown?: string;
  judge?: boolean;
  json?: boolean;
}

/** `laurel gate`: exit code 0 for a pass, 1 for worse, 3 for not enough data. */
export async function gate(file: string, options: Options): Promise<void> {
  if ((options.min === undefined) === (options.baseline === undefined))
    throw new UsageError("a gate needs a bar, and only one", "--min VALUE or --baseline RUN");
  if (options.margin !== undefined && options.baseline === undefined)
    throw new UsageError("--margin belongs to --baseline");
  const { spec, judges } = withoutTrust(await specFromText(options.reward));
  const judged = await judgesMayGate(judges, options);
  if (judged === "stop") return;
  const reward = await rewardFrom(spec);
  let bar: Bar;
  if (options.min !== undefined) bar = { min: options.min };
  else {
    if (options.margin === undefined && reward.range === undefined)
      throw new UsageError(
        `${reward.name} states no range that a margin could be taken from`,
        "say how much worse is too much with --margin",
      );
    const baseline = await baselineOf(options.baseline!, { store: options.store, repeats: options.repeat });
    bar = { baseline, margin: options.margin ?? 0.02 * (reward.range![1] - reward.range![0]) };
  }
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const line = new ProgressLine();
  const began = new Date();
  let result: Gated;
  try {
    result = await gateOn(reward, examplesOf(file, options), bar, {
      ...runOptions(options, store),
      level: options.confidence,
      allowUnscored: options.allowUnscored,
      subset: options.subset,
      worst: options.worst,
      partial: options.limit !== undefined,
      stop: stop.signal,
      onProgress: (progress) => line.update(progress),
      onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
    });
  } finally {
    line.clear();
  }
  if (stop.signal.aborted) {
    process.stderr.write("laurel: interrupted; nothing is decided on a part of the rows\n");
    process.exitCode = 130;
    return;
  }
  const seconds = (Date.now() - began.getTime()) / 1000;
  if (options.junit !== undefined) save(options.junit, gateJunit(result, seconds, began));
  if (options.markdown !== undefined) save(options.markdown, gateMarkdown(result));
  const text = [gateSentence(result), ...gateDetails(result), ...judgeLines(judged)].map((one) => plainLine(one));
  if (options.json === true)
    process.stdout.write(
      `${JSON.stringify({ v: 1, ...result, ...(judged.length === 0 ? {} : { judged }) }, null, 2)}\n`,
    );
  else process.stdout.write(`${text.join("\n")}\n`);
  process.exitCode = { pass: 0, worse: 1, undecided: 3 }[result.verdict];
}

/**
 * The judges of a reward held against the bounds in their specs. Without --judge only those that state bounds are.
 *
 * @returns what was found, or "stop" where a judge may not gate: exit code 1 for a bound that is missed, 3 for one that is not decided
 */
async function judgesMayGate(judges: readonly TrustedSpec[], options: Options): Promise<JudgeChecked[] | "stop"> {
  const bound = options.judge === true ? judges : judges.filter(({ trust }) => trust !== undefined);
  if (bound.length < judges.length)
    process.stderr.write("laurel: the reward holds a judge that nothing vouches for; --judge asks for its audit\n");
  if (bound.length === 0 && options.judge !== true) return [];
  const checked = await checkJudges(bound);
  if (checked.every(({ verdict }) => verdict === "pass")) return checked;
  if (options.json === true)
    process.stdout.write(`${JSON.stringify({ v: 1, verdict: "untrusted", judged: checked }, null, 2)}\n`);
  else
    process.stdout.write(
      `${judgeLines(checked)
        .map((one) => plainLine(one))
        .join("\n")}\nnothing was scored\n`,
    );
  process.exitCode = checked.some(({ verdict }) => verdict === "fail") ? 1 : 3;
  return "stop";
}

/** A line that is safe for a terminal and keeps its indent. */
function plainLine(text: string): string {
  return `${/^ */.exec(text)![0]}${plain(text, 400)}`;
}

function save(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}
