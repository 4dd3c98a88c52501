import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Estimate, type JsonObject, StoppedError, UsageError } from "laurel";
import type { Tensor } from "laurel/io";
import {
  type ArtefactConfig,
  type HeadConfig,
  heads,
  trainedPromptsFile,
  trainedPromptsText,
  writeArtefact,
} from "laurel/rewards/learned";
import type { TrainingFinding } from "laurel/run";
import { inWorkers } from "../lab/workers.ts";
import { type Card, cardFiles } from "./card.ts";
import { crossValidate } from "./cross-validate.ts";
import { checkFit, type FitEvent, type FitPoint } from "./fit.ts";
import { type Measured, measurePairs, measureRatings } from "./measure.ts";
import { type Member, trainMember } from "./member.ts";
import { checkPlan, type Prepared, prepare, type TrainPlan } from "./prepare.ts";
import { servedHead } from "./served-head.ts";
import { unreadLabels } from "./structured-members.ts";

/** How several seeds make one reward. */
export type Combine = "mean" | "min" | "mean-minus-variance";

/** What `trainReward` works with besides its plan. */
export interface TrainOptions {
  /** The folder of the artefact. */
  out: string;
  /** Heads with different seeds, default 1; several make an ensemble. */
  seeds?: number | undefined;
  /** Default "mean". */
  combine?: Combine | undefined;
  /** β of "mean-minus-variance", default 1. */
  beta?: number | undefined;
  /**
   * Also measure the recipe on all rows by cross-validation with so many folds (pairs only). Default: 5 where there are fewer than 500 rows,
   * since few are then held out, else none.
   */
  folds?: number | undefined;
  /** Processes for several seeds, default 1: all in this one. */
  workers?: number | undefined;
  /** Begin anew although there is a checkpoint. */
  overwrite?: boolean | undefined;
  /** Refuse to begin anew: there must be a checkpoint. */
  resume?: boolean | undefined;
  /**
   * What spoils training and can be seen in the rows: "warn" (default) notes it, "stop" refuses to train where it is grave, "off" does not look.
   */
  checks?: "warn" | "stop" | "off" | undefined;
  signal?: AbortSignal | undefined;
  onEvent?: ((event: TrainEvent) => void) | undefined;
}

/** What a training tells on its way. */
export type TrainEvent =
  | { stage: "checks"; findings: readonly TrainingFinding[] }
  | { stage: "features"; done: number; all: number }
  | { stage: "train"; member: number; members: number; event: FitEvent }
  | { stage: "measure" };

/** A finished training. */
export interface Trained {
  out: string;
  config: ArtefactConfig;
  measured: Measured | undefined;
  curves: readonly (readonly FitPoint[])[];
  notes: readonly string[];
  card: Card;
}

/** A worker process's job: one seed of a training. */
export interface MemberJob {
  plan: TrainPlan;
  index: number;
  checkpoint: string;
}

const working = ".training";

/**
 * Trains a reward model: reads, parts by prompt, makes features, trains a head for each seed, measures on what was held out, and writes
 * the artefact's folder with its card.
 *
 * A checkpoint stands in `.training` of the folder until the end; the same call goes on from it, to the same bits.
 *
 * @throws what reading, splitting and fitting throw; StoppedError on an abort, after the checkpoints are written; UsageError where the
 *   folder holds something else
 */
export async function trainReward(plan: TrainPlan, options: TrainOptions): Promise<Trained> {
  const { out, seeds = 1, signal, onEvent } = options;
  if (!Number.isInteger(seeds) || seeds < 1) throw new UsageError(`seeds must be a whole number above 0, not ${seeds}`);
  const checked = checkPlan(plan);
  if (seeds > 1 && heads[checked.head]?.score === undefined)
    throw new UsageError(
      `${checked.head} heads only compare, so that several seeds have no values to combine`,
      "train one seed",
    );
  checkFit(checked.settings[0] as never);
  const folder = openFolder(out, options);
  const found: string[] = [];
  const prepared = await prepare(plan, {
    signal,
    onChecks: options.checks === "off" ? undefined : (findings) => found.push(...graveOf(findings, options)),
    onFeatures: (done, all) => onEvent?.({ stage: "features", done, all }),
  });
  const checkpoint = (index: number): string => join(folder, `member-${index}.ck`);
  const workers = prepared.features.fingerprint === null ? 1 : Math.min(options.workers ?? 1, seeds);
  const members =
    workers > 1
      ? await inProcesses(plan, seeds, workers, checkpoint, options)
      : await inTurn(prepared, seeds, checkpoint, options);
  onEvent?.({ stage: "measure" });
  const { head, weights } = together(prepared.head.config, members, options);
  const measured = prepared.rows.test.length === 0 ? undefined : measureOf(prepared, head, weights);
  const crossed = await crossOf(prepared, options);
  const config = configOf(prepared, head, members, { ...measured?.metrics, ...crossed });
  const notes = [...found, ...prepared.data.notes, ...notesOf(prepared, members)];
  const card = cardFiles({ prepared, config, measured, curves: members.map(({ curve }) => curve), notes });
  const { data, parts } = prepared;
  const full = await writeArtefact(out, config, weights, {
    ...card.files,
    [trainedPromptsFile]: trainedPromptsText(data.prompts.filter((_, group) => parts[group] !== "test")),
  });
  rmSync(folder, { recursive: true, force: true });
  return { out, config: full, measured, curves: members.map(({ curve }) => curve), notes, card };
}

/**
 * What of the findings a reader has to know.
 * @throws UsageError where one is grave and `checks` is "stop"
 */
function graveOf(findings: readonly TrainingFinding[], { checks, onEvent }: TrainOptions): string[] {
  onEvent?.({ stage: "checks", findings });
  const grave = findings.filter(({ severity }) => severity === "stop");
  if (checks === "stop" && grave.length > 0)
    throw new UsageError(
      `the rows would spoil the training:${grave.map(({ sentence }) => `\n  ${sentence}`).join("")}`,
      "mend them, or --checks warn trains all the same",
    );
  return findings.flatMap(({ severity, sentence }) => (severity === "stop" || severity === "warn" ? [sentence] : []));
}

/** The folder of checkpoints, once it is sure that nothing else would be written over. */
function openFolder(out: string, { overwrite, resume }: TrainOptions): string {
  const folder = join(out, working);
  let there: string[] = [];
  try {
    there = readdirSync(out);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOTDIR") throw new UsageError(`${out} is a file; a reward model is a folder`);
    if (code !== "ENOENT") throw thrown;
  }
  if (there.length > 0 && !there.includes("config.json") && !there.includes(working))
    throw new UsageError(`the folder ${out} holds other files`, "name a new one with --out");
  if (overwrite === true) rmSync(folder, { recursive: true, force: true });
  if (resume === true && !existsSync(folder))
    throw new UsageError(`there is no checkpoint in ${out} to go on from`, "leave --resume out to begin");
  return folder;
}

async function inTurn(
  prepared: Prepared,
  seeds: number,
  checkpoint: (index: number) => string,
  { signal, onEvent }: TrainOptions,
): Promise<Member[]> {
  const members: Member[] = [];
  for (let index = 0; index < seeds; index++)
    members.push(
      await trainMember(prepared, index, {
        checkpoint: checkpoint(index),
        signal,
        onEvent: (event) => onEvent?.({ stage: "train", member: index, members: seeds, event }),
      }),
    );
  return members;
}

async function inProcesses(
  plan: TrainPlan,
  seeds: number,
  workers: number,
  checkpoint: (index: number) => string,
  { signal, onEvent }: TrainOptions,
): Promise<Member[]> {
  const members = new Array<Member>(seeds);
  await inWorkers<MemberJob, FitEvent, Member>(
    workers,
    Array.from({ length: seeds }, (_, index) => ({
      kind: "train" as const,
      job: { plan, index, checkpoint: checkpoint(index) },
    })),
    {
      finish: (index, member) => {
        members[index] = member;
      },
      told: (index, event) => onEvent?.({ stage: "train", member: index, members: seeds, event }),
      name: (index) => `seed ${index + 1}`,
      stopped: () => new StoppedError("training was stopped; the checkpoints are kept"),
      signal,
    },
  );
  return members;
}

let latest: { key: string; prepared: Promise<Prepared> } | undefined;

/** Trains one seed in a worker process, which keeps the rows and features of its last plan. */
export async function runMemberJob(
  { plan, index, checkpoint }: MemberJob,
  onEvent: (event: FitEvent) => void,
): Promise<Member> {
  const key = JSON.stringify(plan);
  if (latest?.key !== key) latest = { key, prepared: prepare(plan) };
  return trainMember(await latest.prepared, index, { checkpoint, onEvent });
}

/** One head, or the ensemble of several. */
function together(
  config: HeadConfig,
  members: readonly Member[],
  { combine = "mean", beta = 1 }: TrainOptions,
): { head: HeadConfig; weights: Map<string, Tensor> } {
  if (members.length === 1) return { head: config, weights: new Map(members[0]!.weights) };
  const weights = new Map<string, Tensor>();
  for (const [i, member] of members.entries())
    for (const [name, tensor] of member.weights) weights.set(`members.${i}.${name}`, tensor);
  return { head: { kind: "ensemble", member: config, count: members.length, combine, beta }, weights };
}

/** The finished head on the held-out rows: what the artefact will say, not what the training's own arithmetic said. */
function measureOf(prepared: Prepared, head: HeadConfig, weights: ReadonlyMap<string, Tensor>): Measured {
  const { data, rows, objective } = prepared;
  const { score, gap } = servedHead(prepared, head, weights);
  if (score === undefined) return measurePairs(data, { gap }, rows.test, rows.train);
  const known = new Map<number, { value: number; parts?: Readonly<Record<string, number | null>> | undefined }>();
  const of = (item: number) => {
    const found = known.get(item) ?? score(item);
    known.set(item, found);
    return found;
  };
  if (objective.loss.of !== "ratings") return measurePairs(data, (item) => of(item).value, rows.test, rows.train);
  const { targets, levels, config } = prepared.head;
  const share = config["weights"] as readonly number[] | undefined;
  return measureRatings(
    data,
    (item) => of(item).value,
    (item) => (levels.length > 0 ? [of(item).value] : targets.map((name) => of(item).parts![name]!)),
    targets,
    (own) => own.reduce((sum, one, k) => sum + (share?.[k] ?? 1) * one, 0),
    rows.test,
    rows.train,
  );
}

const fewRows = 500;

/** The recipe on all rows by cross-validation, where it is asked for or where few rows are held out. */
async function crossOf(prepared: Prepared, { folds, signal }: TrainOptions): Promise<Record<string, Estimate>> {
  const { data, objective, rows } = prepared;
  const prompts = new Set(data.pairs.group).size;
  const few = rows.test.length > 0 && data.pairs.group.length < fewRows && prompts >= 10;
  const count = folds ?? (objective.loss.of !== "ratings" && few ? 5 : 0);
  if (count === 0) return {};
  const { metrics } = await crossValidate(prepared, count, { signal });
  const { accuracy, lengthOnly, gainOverLength } = metrics;
  return Object.fromEntries(
    Object.entries({
      crossValidatedAccuracy: accuracy,
      crossValidatedLengthOnly: lengthOnly,
      crossValidatedGainOverLength: gainOverLength,
    }).filter((entry): entry is [string, Estimate] => entry[1] !== undefined),
  );
}

function configOf(
  prepared: Prepared,
  head: HeadConfig,
  members: readonly Member[],
  metrics: ArtefactConfig["metrics"],
): Omit<ArtefactConfig, "format" | "version" | "weights"> {
  const { plan, data, objective, rows } = prepared;
  const own = objective.loss.of === "ratings" ? data.ratings : data.pairs;
  const count = (some: Int32Array) => ({
    rows: some.length,
    prompts: new Set(some.map((row) => own.group[row]!)).size,
  });
  return {
    head,
    features: prepared.features,
    objective: { name: plan.objective, settings: { ...prepared.objectiveSettings } },
    scale: objective.loss.of === "ratings" ? "rating" : "logit",
    data: {
      hash: data.hash,
      sources: data.sources,
      train: count(rows.train),
      validation: count(rows.validation),
      test: count(rows.test),
    },
    seeds: members.map(({ seed }) => seed),
    training: {
      settings: { ...prepared.fit, validation: plan.validation, test: plan.test, seed: plan.seed },
      members: members.map(
        ({ steps, best, stopped, temperature }): JsonObject => ({ steps, best, stopped, temperature }),
      ),
    },
    metrics,
  };
}

function notesOf(prepared: Prepared, members: readonly Member[]): string[] {
  const { rows } = prepared;
  const notes = unreadLabels(prepared);
  if (rows.test.length === 0) notes.push("nothing was held out, so nothing is known of how good this reward is");
  else if (rows.test.length < 100)
    notes.push(
      `only ${rows.test.length} rows were held out: the intervals are wide, and small differences cannot be seen`,
    );
  if (rows.validation.length === 0)
    notes.push("without validation rows, training ran to its end and the scores are not calibrated");
  else if (rows.validation.length < 20)
    notes.push(`with only ${rows.validation.length} validation rows, the scores are not calibrated`);
  if (members.some(({ best, steps }) => best === steps))
    notes.push("the validation loss was still falling at the end: more epochs may help (--set epochs=…)");
  return notes;
}
