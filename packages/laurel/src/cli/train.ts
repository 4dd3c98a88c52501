import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Estimate, hashJson, type JsonObject, messageOf, StoppedError, UsageError } from "../core/index.ts";
import { didYouMean } from "../io/index.ts";
import type { ArtefactConfig } from "../rewards/learned/artefact.ts";
import { openStore, type RunRecord } from "../store/index.ts";
import { figure } from "./figures.ts";
import { onInterrupt } from "./input.ts";
import { laboratory } from "./lab-package.ts";
import { sparkline } from "./lab-plots.ts";
import { shown } from "./paths.ts";
import { counted, duration, paint, plain, short, table, whole } from "./terminal.ts";
import { type CurvePoint, writeTrainReport } from "./train-report.ts";

interface Options {
  out?: string;
  objective?: string;
  head?: string;
  features?: string | JsonObject;
  encoding?: string;
  seeds?: number;
  combine?: string;
  beta?: number;
  folds?: number;
  workers?: number;
  validation?: number;
  test?: number;
  set?: Readonly<Record<string, string>>;
  settings?: JsonObject;
  config?: string;
  weights?: string;
  map?: string;
  from?: string;
  limit?: number;
  onBadRow?: "stop" | "skip";
  seed?: string;
  checks?: "warn" | "stop" | "off";
  resume?: boolean;
  overwrite?: boolean;
  store: string;
  report?: string;
  list?: boolean;
  json?: boolean;
}

interface FitEvent extends CurvePoint {
  steps: number;
  rowsPerSecond: number;
  left: number;
}

type TrainEvent =
  | { stage: "checks"; findings: readonly { id: string; severity: string; sentence: string }[] }
  | { stage: "features"; done: number; all: number }
  | { stage: "train"; member: number; members: number; event: FitEvent }
  | { stage: "measure" };

interface Trained {
  config: ArtefactConfig;
  curves: readonly (readonly CurvePoint[])[];
  notes: readonly string[];
  measured: { subsets: JsonObject } | undefined;
  card: { weaknesses: readonly string[]; files: Readonly<Record<string, string>> };
}

type Settings = Readonly<
  Record<string, { about: string; default: string | number | boolean; choices?: readonly string[] }>
>;

/** What this command uses of the laboratory. */
interface Laboratory {
  trainReward(plan: JsonObject, options: object): Promise<Trained>;
  objectives: Readonly<Record<string, { summary: string; heads: readonly string[]; settings: Settings }>>;
  headKinds: Readonly<Record<string, { summary: string; settings: Settings }>>;
  fitTable: Settings;
}

/** `laurel train`: a reward model from a file of preferences or ratings. */
export async function trainCommand(given: readonly string[], line: Options): Promise<void> {
  const lab = await laboratory<Laboratory>();
  if (line.list === true) {
    process.stdout.write(listText(lab));
    return;
  }
  const { files, options } = await withConfig(given, line);
  if (files.length === 0) throw new UsageError("which file of preferences?", "laurel train prefs.jsonl --out rm/");
  if (files.includes("-"))
    throw new UsageError("training reads its file more than once, so standard input will not do", "write it to a file");
  if (options.out === undefined) throw new UsageError("where does the model go?", "--out rm/");
  const out = resolve(options.out);
  const plan = planOf(files, options);
  using store = await openStore(resolve(options.store));
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop, "writing a checkpoint");
  const record = recordOf(plan, out);
  const note = (state: RunRecord["state"], summary: JsonObject = {}): void =>
    store.putRun({ ...record, state, updated: new Date().toISOString(), summary: { ...record.summary, ...summary } });
  note("running");
  const live = new LiveTraining();
  let trained: Trained;
  try {
    trained = await lab.trainReward(plan, {
      out,
      seeds: options.seeds,
      combine: options.combine,
      beta: options.beta,
      folds: options.folds,
      workers: options.workers,
      overwrite: options.overwrite,
      resume: options.resume,
      checks: options.checks,
      signal: stop.signal,
      onEvent: (event: TrainEvent) => live.update(event),
    });
  } catch (thrown) {
    live.clear();
    note("stopped");
    if (!(stop.signal.aborted && thrown instanceof StoppedError)) throw thrown;
    process.stderr.write(`laurel: ${thrown.message}; run the same command again to go on\n`);
    process.exitCode = 130;
    return;
  }
  live.clear();
  const { config, curves, notes, card } = trained;
  const accuracy = config.metrics["accuracy"];
  note("done", {
    rows: config.data.train.rows,
    objective: config.objective.name,
    ...(accuracy === undefined ? {} : { accuracy: accuracy as never as JsonObject }),
  });
  const sentences = [...card.weaknesses, ...notes];
  if (options.report !== undefined) {
    const { "calibration.svg": calibration } = card.files;
    const charts = calibration === undefined ? [] : [calibration];
    writeTrainReport(options.report, `Training of ${shown(out)}`, config, curves, sentences, charts);
  }
  if (options.json === true)
    process.stdout.write(
      `${JSON.stringify({ v: 1, out: options.out, config, subsets: trained.measured?.subsets ?? {}, curves, weaknesses: card.weaknesses, notes }, null, 2)}\n`,
    );
  else process.stdout.write(`${textOf(trained, options, out).join("\n")}\n`);
}

const inConfig = [
  "files",
  "out",
  "objective",
  "head",
  "features",
  "encoding",
  "seeds",
  "combine",
  "beta",
  "folds",
  "workers",
  "validation",
  "test",
  "settings",
  "weights",
  "map",
  "from",
  "limit",
  "onBadRow",
  "checks",
  "seed",
  "report",
] as const;

/** The options of the line over those of a config file. */
async function withConfig(
  given: readonly string[],
  line: Options,
): Promise<{ files: readonly string[]; options: Options }> {
  if (line.config === undefined) return { files: given, options: line };
  const file = line.config;
  let raw: unknown;
  try {
    const { parse } = await import("yaml");
    raw = parse(await readFile(file, "utf8"));
  } catch (thrown) {
    throw new UsageError(`the config ${file} cannot be read: ${messageOf(thrown)}`);
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    throw new UsageError(
      `the config ${file} is no object of options`,
      "such as { objective: bradley-terry, settings: { epochs: 10 } }",
    );
  for (const name of Object.keys(raw))
    if (!(inConfig as readonly string[]).includes(name))
      throw new UsageError(`the config ${file} has the unknown option '${name}'`, didYouMean(name, inConfig));
  const { files, weights, ...rest } = raw as Options & { files?: string | string[]; weights?: string | number[] };
  const listed = files === undefined ? [] : [files].flat();
  return {
    files: given.length > 0 ? given : listed.map(String),
    options: {
      ...rest,
      ...(weights === undefined ? {} : { weights: Array.isArray(weights) ? weights.join(",") : String(weights) }),
      ...(Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined)) as Partial<Options>),
      store: line.store,
    },
  };
}

/** What decides the training, as the laboratory takes it. */
function planOf(files: readonly string[], options: Options): JsonObject {
  const weights = options.weights?.split(",").map(Number);
  if (weights !== undefined && (weights.length !== files.length || weights.some((w) => !(w >= 0))))
    throw new UsageError(
      `--weights ${options.weights} does not give each of ${counted(files.length, "files")} a number of at least 0`,
      `such as --weights ${files.map(() => "1").join(",")}`,
    );
  const { map, from, limit, onBadRow } = options;
  const features = options.features ?? "hash:1024";
  return {
    sources: files.map((file, s) => ({ file, ...(weights === undefined ? {} : { weight: weights[s]! }) })),
    read: { map, from, limit, onBadRow },
    objective: options.objective ?? "bradley-terry",
    head: options.head,
    features,
    encoding: options.encoding ?? "interaction",
    settings: { ...options.settings, ...options.set },
    validation: options.validation ?? 0.1,
    test: options.test ?? 0.2,
    seed: String(options.seed ?? "0"),
    kept: resolve(options.store),
  };
}

function recordOf(plan: JsonObject, out: string): RunRecord {
  const now = new Date().toISOString();
  return {
    id: `${now.slice(0, 19).replace(/[-:T]/g, "")}-${hashJson(out).slice(0, 6)}`,
    state: "running",
    command: "train",
    out,
    created: now,
    updated: now,
    identity: plan,
    summary: { pid: process.pid, reward: "learned" },
  };
}

const titles: Readonly<Record<string, string>> = {
  accuracy: "accuracy",
  lengthOnly: "length alone",
  majority: "place in the row alone",
  gainOverLength: "gain over length",
  crossValidatedAccuracy: "accuracy, cross-validated",
  crossValidatedLengthOnly: "length alone, all rows",
  crossValidatedGainOverLength: "gain over length, all rows",
  logLoss: "log-loss",
  calibrationError: "calibration error",
  lengthCorrelation: "correlation with length",
  rankCorrelation: "rank correlation",
  squaredError: "squared error",
  squaredErrorOfMean: "squared error of the mean",
};

function textOf({ config, card, notes, curves }: Trained, options: Options, out: string): string[] {
  const { data, metrics } = config;
  const loss = curves[0]!.map((one) => one.validationLoss ?? one.loss);
  const which = curves[0]!.some((one) => one.validationLoss !== undefined) ? "validation loss" : "loss";
  const rows = Object.entries(titles).flatMap(([name, title]): string[][] => {
    const one: Estimate | undefined = metrics[name];
    return one === undefined ? [] : [[title, figure(one), whole(one.n)]];
  });
  return [
    `${paint("bold", shown(out))}: ${config.head.kind} head on ${config.features.name} (${config.features.encoding}), ${config.objective.name}`,
    `trained on ${counted(data.train.rows, "rows")} of ${counted(data.train.prompts, "prompts")}; validation ${whole(data.validation.rows)}, held out ${whole(data.test.rows)} (by prompt)`,
    ...(loss.length < 2
      ? []
      : [
          `${which} by epoch: ${short(loss[0]!)} ${sparkline(loss, 40)} ${short(loss.at(-1)!)}${which === "loss" ? "" : ", the least is kept"}`,
        ]),
    "",
    ...(rows.length === 0 ? [] : [table(["held out", "value", "n"], rows), ""]),
    ...[...card.weaknesses, ...notes].map((one) => `- ${one}`),
    "",
    `card: ${shown(resolve(out, "README.md"))}`,
    ...(options.report === undefined ? [] : [`report: ${shown(resolve(options.report))}`]),
    `use:  laurel score FILE --reward ${shown(out)}`,
  ];
}

function listText({ objectives, headKinds, fitTable }: Laboratory): string {
  const settings = (own: Settings): string =>
    table(
      ["  setting", "default", "what"],
      Object.entries(own).map(([name, { about, default: value, choices }]) => [
        `  ${name}`,
        value === "" ? "(empty)" : String(value),
        choices === undefined ? about : `${about}: ${choices.join(", ")}`,
      ]),
    );
  const parts = [paint("bold", "Objectives"), ""];
  for (const [name, one] of Object.entries(objectives)) {
    parts.push(`${name}: ${one.summary} (heads: ${one.heads.join(", ")})`);
    if (Object.keys(one.settings).length > 0) parts.push(settings(one.settings));
  }
  parts.push("", paint("bold", "Heads"), "");
  for (const [name, one] of Object.entries(headKinds)) {
    parts.push(`${name}: ${one.summary}`);
    if (Object.keys(one.settings).length > 0) parts.push(settings(one.settings));
  }
  parts.push("", paint("bold", "The loop"), settings(fitTable), "");
  return parts.join("\n");
}

/** The training as it goes: a line on a terminal that is drawn again in place, a plain line every few seconds elsewhere. */
class LiveTraining {
  #last = 0;
  #shown = false;
  readonly #began = performance.now();
  readonly #losses: number[][] = [];

  update(event: TrainEvent): void {
    if (event.stage === "checks") {
      for (const { severity, sentence } of event.findings)
        if (severity === "stop" || severity === "warn") process.stderr.write(`laurel: before training: ${sentence}\n`);
      return;
    }
    const now = performance.now();
    const live = process.stderr.isTTY === true;
    if (event.stage === "train") (this.#losses[event.member] ??= []).push(event.event.loss);
    if (now - this.#last < (live ? 100 : 5000) || (!live && now - this.#began < 5000)) return;
    this.#last = now;
    const text = this.#text(event);
    if (live) {
      process.stderr.write(`\r\u001b[2K${plain(text, (process.stderr.columns ?? 80) - 1)}`);
      this.#shown = true;
    } else process.stderr.write(`${text}\n`);
  }

  clear(): void {
    if (this.#shown) process.stderr.write("\r\u001b[2K");
    this.#shown = false;
  }

  #text(event: Exclude<TrainEvent, { stage: "checks" }>): string {
    if (event.stage === "measure") return "measuring on what was held out";
    const elapsed = performance.now() - this.#began;
    if (event.stage === "features") {
      const rate = event.done / Math.max(0.001, elapsed / 1000);
      return `features of ${whole(event.done)} of ${counted(event.all, "texts")} · ${short(rate, 1)}/s · ${duration((1000 * (event.all - event.done)) / Math.max(rate, 1e-9))} left`;
    }
    const { step, steps, loss, validationLoss, accuracy, rowsPerSecond, left } = event.event;
    return [
      ...(event.members > 1 ? [`seed ${event.member + 1} of ${event.members}`] : []),
      `step ${whole(step)} of ${whole(steps)}`,
      `loss ${short(loss)} ${sparkline(this.#losses[event.member]!, 16)}`,
      ...(validationLoss === undefined ? [] : [`validation ${short(validationLoss)}`]),
      ...(accuracy === undefined
        ? []
        : [`accuracy ${short(accuracy.value)} [${short(accuracy.low)}, ${short(accuracy.high)}]`]),
      `${whole(rowsPerSecond)} rows/s`,
      `${duration(left)} left`,
    ].join(" · ");
  }
}
