import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import {
  type Estimate,
  hashJson,
  InputError,
  type JsonObject,
  messageOf,
  StoppedError,
  UsageError,
} from "../core/index.ts";
import { writeFailure } from "../io/index.ts";
import { openStore, type RunRecord } from "../store/index.ts";
import { onInterrupt } from "./input.ts";
import { laboratory } from "./lab-package.ts";
import { LivePlots, meanSteps, type Watched } from "./lab-plots.ts";
import { shown } from "./paths.ts";
import { counted, paint, short, table } from "./terminal.ts";

interface Options {
  example?: boolean;
  seeds?: number;
  steps?: number;
  workers?: number;
  out?: string;
  report?: string;
  overwrite?: boolean;
  json?: boolean;
  store: string;
}

interface Run {
  name: string;
  steps: readonly Watched[];
}

interface Turn {
  turned: boolean;
  step: Estimate | null;
  fall: Estimate | null;
  proxyGain: Estimate | null;
  kl: Estimate | null;
  window: number;
}

/** What this command uses of the laboratory. */
interface Laboratory {
  exampleExperiment: string;
  experimentOf(value: unknown): { seeds: number; steps: number };
  runExperiment(
    experiment: { seeds: number },
    options: {
      workers: number;
      journal: string;
      store: string;
      signal: AbortSignal;
      onStep(seed: number, step: Watched): void;
      onSeed(seed: number, fromJournal: boolean): void;
    },
  ): Promise<Run[]>;
  goldTurn(runs: readonly Run[]): Turn;
  turnSentence(turn: Turn): string;
  watchedCurves(runs: readonly Run[]): readonly {
    metric: string;
    points: readonly { step: number; value: number; low: number; high: number }[];
  }[];
  watchPage(title: string, runs: readonly Run[]): string;
}

/** `laurel lab run SPEC`: a training run on a world whose gold is known, seed by seed. */
export async function labRun(file: string | undefined, options: Options): Promise<void> {
  const lab = await laboratory<Laboratory>();
  if (options.example === true) {
    process.stdout.write(lab.exampleExperiment);
    return;
  }
  if (file === undefined)
    throw new UsageError("which experiment?", "laurel lab run --example > hack.yaml, then laurel lab run hack.yaml");
  const spec = await specOf(file, options);
  const experiment = lab.experimentOf(spec);
  const { seeds: _, ...settings } = experiment;
  const id = hashJson(settings as unknown as JsonObject).slice(0, 12);
  const out = resolve(options.out ?? `${options.store}/lab/${id}.json`);
  const journal = resolve(options.store, "lab", `${id}.journal.jsonl`);
  if (options.overwrite === true) saveText(journal, "");
  using store = await openStore(resolve(options.store));
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const now = new Date().toISOString();
  const record: RunRecord = {
    id: `${now.slice(0, 19).replace(/[-:T]/g, "")}-${id.slice(0, 6)}`,
    state: "running",
    command: "lab run",
    out,
    created: now,
    updated: now,
    identity: { experiment: spec as JsonObject },
    summary: { pid: process.pid, reward: rewardName(spec), rows: 0 },
  };
  store.putRun(record);
  const live = new LivePlots();
  const curves: Watched[][] = Array.from({ length: experiment.seeds }, () => []);
  let [finished, kept] = [0, 0];
  const head = (): string =>
    `${finished} of ${counted(experiment.seeds, "seeds")}${kept > 0 ? ` (${kept} from before)` : ""}`;
  let runs: Run[];
  try {
    runs = await lab.runExperiment(experiment, {
      workers: options.workers ?? Math.max(1, Math.min(availableParallelism(), experiment.seeds)),
      journal,
      store: resolve(options.store),
      signal: stop.signal,
      onStep(seed, step) {
        curves[seed]!.push(step);
        live.update(head(), curves);
      },
      onSeed(_seed, fromJournal) {
        finished++;
        if (fromJournal) kept++;
        live.update(head(), curves);
      },
    });
  } catch (thrown) {
    live.clear();
    store.putRun({
      ...record,
      state: "stopped",
      updated: new Date().toISOString(),
      summary: { ...record.summary, rows: finished },
    });
    if (!(stop.signal.aborted && thrown instanceof StoppedError)) throw thrown;
    process.stderr.write(`laurel: interrupted after ${head()}; run the same command again to go on\n`);
    process.exitCode = 130;
    return;
  }
  live.clear();
  const turn = lab.goldTurn(runs);
  const result = { v: 1, experiment, turn, runs };
  saveText(out, `${JSON.stringify(result)}\n`);
  if (options.report !== undefined) saveText(options.report, lab.watchPage(`Laurel: ${rewardName(spec)}`, runs));
  store.putRun({
    ...record,
    state: "done",
    updated: new Date().toISOString(),
    summary: { ...record.summary, rows: runs.length, turned: turn.turned, step: turn.step?.value ?? null },
  });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  process.stdout.write(
    `${[...text(lab, runs, turn, head()), `result: ${shown(out)}`, ...(options.report === undefined ? [] : [`report: ${shown(resolve(options.report))}`])].join("\n")}\n`,
  );
}

/** A spec from a YAML or JSON file, with what the options change of it. */
async function specOf(file: string, { seeds, steps }: Options): Promise<unknown> {
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch (thrown) {
    throw new InputError({ file }, `it cannot be read: ${messageOf(thrown)}`);
  }
  const { parse } = await import("yaml");
  let spec: unknown;
  try {
    spec = parse(source);
  } catch (thrown) {
    throw new InputError({ file }, `this is not YAML: ${messageOf(thrown)}`);
  }
  if (typeof spec !== "object" || spec === null) return spec;
  return { ...spec, ...(seeds === undefined ? {} : { seeds }), ...(steps === undefined ? {} : { steps }) };
}

function rewardName(spec: unknown): string {
  const { reward = "learned" } = spec as { reward?: unknown };
  if (typeof reward === "string") return reward;
  return String((reward as { kind?: unknown }).kind ?? "learned");
}

function text(lab: Laboratory, runs: readonly Run[], turn: Turn, seeds: string): string[] {
  const number = (value: number): string => String(Number(value.toPrecision(4)));
  const means = meanSteps(runs.map(({ steps }) => steps));
  const some = Array.from({ length: 7 }, (_, i) => means[Math.round((i * (means.length - 1)) / 6)]!);
  const rows = lab.watchedCurves(runs).map(({ metric, points }) => {
    const last = points.at(-1)!;
    return [metric, number(points[0]!.value), number(last.value), `[${number(last.low)}, ${number(last.high)}]`];
  });
  return [
    paint("bold", seeds),
    table(
      ["step", "reward", "gold", "KL", "entropy"],
      [...new Set(some)].map((one) => [
        String(one.step),
        short(one.proxy),
        short(one.gold ?? Number.NaN),
        short(one.kl ?? Number.NaN),
        short(one.entropy ?? Number.NaN),
      ]),
    ),
    "",
    table(["metric", "first", "last", "95 % interval of the last"], rows),
    "",
    lab.turnSentence(turn),
  ];
}

function saveText(path: string, content: string): void {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, content);
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}
