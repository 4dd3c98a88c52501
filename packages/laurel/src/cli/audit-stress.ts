import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { readContrast, type StressAudit, type StressOptions, stressReward, stressTasks } from "../bench/index.ts";
import { answerText, type Example, type Task, UsageError } from "../core/index.ts";
import { writeFailure } from "../io/index.ts";
import { readExamples, type ScoreSource } from "../run/index.ts";
import { writeStressReport } from "./audit-stress-report.ts";
import { stressParts } from "./audit-stress-text.ts";
import { worldOf } from "./audit-world.ts";
import { mapOf, onBadRow, type RunOptions, runOptions, storeOf } from "./input.ts";
import { shown } from "./paths.ts";
import { type FormatOptions, type MetricOptions, sourceOf } from "./scored.ts";
import { counted, paint, table } from "./terminal.ts";
import { TrainedOn } from "./trained-on.ts";

/** Options of `laurel audit reward --stress`. */
export interface StressCommandOptions extends FormatOptions, RunOptions, MetricOptions {
  reward?: string;
  scores?: string;
  against?: string;
  contrast?: string;
  shift?: string;
  world?: boolean;
  writeProbes?: string;
  probes?: number;
  threshold?: number;
  report?: string;
  json?: boolean;
}

async function examplesIn(file: string, options: StressCommandOptions): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const batch of readExamples(file, {
    map: mapOf(options),
    from: options.from,
    limit: options.limit,
    onBad: onBadRow(options),
  }))
    examples.push(...batch);
  return examples;
}

/** A reward or a score file, told by whether the text names a file of rows. */
async function otherOf(text: string, options: MetricOptions): Promise<ScoreSource> {
  return /\.(?:jsonl?|csv|tsv|parquet)(?:\.gz)?$/.test(text)
    ? sourceOf(undefined, text, options)
    : sourceOf(text, undefined, options);
}

/** `KEY` or `KEY=VALUE`. */
function shiftOf(text: string | undefined): StressOptions["shift"] {
  if (text === undefined) return undefined;
  const at = text.indexOf("=");
  return at < 0 ? { key: text } : { key: text.slice(0, at), known: text.slice(at + 1) };
}

function writeProbes(path: string, tasks: readonly Task[]): void {
  const lines = tasks.map(({ id, prompt, candidates, reference, context }) =>
    JSON.stringify({
      id,
      prompt,
      candidates: candidates.map(answerText),
      ...(reference === undefined ? {} : { reference }),
      ...(context === undefined ? {} : { context }),
    }),
  );
  try {
    writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}

/** `laurel audit reward FILE --stress`: what a reward's accuracy hides. */
export async function stressCommand(file: string | undefined, options: StressCommandOptions): Promise<void> {
  if (file === undefined) throw new UsageError("--stress needs labelled rows", "laurel audit reward FILE --stress …");
  const examples = await examplesIn(file, options);
  const contrast = options.contrast === undefined ? undefined : await readContrast(options.contrast);
  const plan = { seed: options.seed, probes: options.probes, contrast: contrast?.items };
  if (options.writeProbes !== undefined) {
    const tasks = [...examples.map(({ task }) => task), ...stressTasks(examples, plan)];
    writeProbes(options.writeProbes, tasks);
    process.stdout.write(
      `${shown(resolve(options.writeProbes))}: ${counted(tasks.length, "tasks")}, the file's own and those of the probes. Score them, then: laurel audit reward ${shown(file)} --stress --scores SCORES${options.seed === "0" ? "" : ` --seed ${options.seed}`}\n`,
    );
    return;
  }
  const source = await sourceOf(options.reward, options.scores, options);
  const against = options.against === undefined ? undefined : await otherOf(options.against, options);
  const trained = await TrainedOn.of(source.reward?.spec);
  for (const example of examples) trained.see(example);
  trained.warn();
  let audit: StressAudit;
  try {
    using store = await storeOf(options);
    audit = await stressReward(source, examples, {
      ...runOptions(options, store),
      ...plan,
      against,
      shift: shiftOf(options.shift),
      world: options.world === true ? await worldOf(options.seed) : undefined,
      threshold: options.threshold,
      onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
    });
  } finally {
    await source.reward?.[Symbol.asyncDispose]?.();
    await against?.reward?.[Symbol.asyncDispose]?.();
  }
  const parts = stressParts(audit);
  if (options.report !== undefined) await writeStressReport(audit, parts, file, options.report);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(stressJson(audit), null, 2)}\n`);
    return;
  }
  const lines = [
    `${paint("bold", audit.reward)} under stress on ${counted(audit.examples, "tasks")}${audit.source === "scores" ? ", from a score file" : ""}`,
    ...(contrast !== undefined && contrast.dropped > 0
      ? [`${counted(contrast.dropped, "contrast items")} dropped: both instructions are the same`]
      : []),
  ];
  for (const { title, meaning, missing, header, rows, notes } of parts) {
    lines.push("", paint("bold", title));
    if (missing !== undefined) {
      lines.push(`  not shown: ${missing}`);
      continue;
    }
    lines.push(`  ${meaning}`);
    if (header.length > 0) lines.push(table(header, rows));
    lines.push(...notes.map((note) => `  ${note}`));
  }
  if (options.report !== undefined) lines.push("", `report: ${shown(resolve(options.report))}`);
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** The stable machine form: no texts and no items. */
function stressJson({ evaluation, ...rest }: StressAudit): object {
  const { made, values: _, ...about } = evaluation;
  const { items, ...by } = made;
  return {
    v: 1,
    reward: rest.reward,
    source: rest.source,
    examples: rest.examples,
    accuracy: about.accuracy,
    bounds: about.bounds,
    by: { ...by, items: items.length },
    subsets: about.subsets,
    difficulty: rest.difficulty,
    calibration: rest.calibration,
    effects: rest.effects,
    place: rest.place,
    perturbations: rest.perturbations,
    contrast: rest.contrast,
    offTopic: rest.offTopic,
    shift: rest.shift,
    bestOfN: rest.bestOfN,
    distance: rest.distance,
    batch: rest.batch,
    equal: rest.equal,
  };
}
