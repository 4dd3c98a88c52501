import { join } from "node:path";
import { directContext, type JsonObject, seedFrom, split, UsageError } from "laurel";
import { didYouMean } from "laurel/io";
import { embedderFrom } from "laurel/models";
import { type Encoding, type FeatureConfig, featuresBy } from "laurel/rewards/learned";
import { TrainingChecks, type TrainingFinding } from "laurel/run";
import { type ReadTrainingOptions, readTraining, type TrainingData, type TrainingSource } from "./data.ts";
import { type FeatureTable, featureTable, promptVectors } from "./feature-table.ts";
import { type FitSettings, fitDefaults } from "./fit.ts";
import { type HeadPlan, headKinds } from "./head-kinds.ts";
import { keptEmbedder } from "./kept-embedder.ts";
import { type Objective, objectives } from "./objectives.ts";
import { type SettingTable, type SettingValue, takeSettings } from "./settings.ts";
import { type DataPart, rowsOf, splitByPrompt } from "./split.ts";

/** What decides a training: plain data, so that a worker process can be given it. */
export interface TrainPlan {
  sources: readonly TrainingSource[];
  read: ReadTrainingOptions;
  objective: string;
  /** Default: the objective's first. */
  head?: string | undefined;
  /** An embedder, as `embedderFrom` takes it; default `hash:1024`. */
  features: string | JsonObject;
  encoding: Encoding;
  /** Settings of the loop, the objective and the head, by name. */
  settings: Readonly<Record<string, unknown>>;
  validation: number;
  test: number;
  seed: string;
  /** The folder of kept features; none keeps none. */
  kept?: string | undefined;
}

/** Settings of the loop that `--set` takes. */
export const fitTable: SettingTable = {
  epochs: { about: "passes over the training rows", default: fitDefaults.epochs },
  batch: { about: "rows a step", default: fitDefaults.batch },
  rate: { about: "AdamW's full rate", default: fitDefaults.rate },
  decay: { about: "AdamW's weight decay", default: fitDefaults.decay },
  schedule: { about: "how the rate falls", default: fitDefaults.schedule, choices: ["constant", "cosine", "linear"] },
  warmup: { about: "share of the steps in which the rate rises", default: fitDefaults.warmup },
  clip: { about: "largest norm of a step's gradient; 0 for none", default: fitDefaults.clip },
  patience: { about: "validations without a best before it ends; 0 for never", default: fitDefaults.patience },
  validations: { about: "validations an epoch", default: fitDefaults.validations },
};

/** A training that is ready to run. */
export interface Prepared {
  plan: TrainPlan;
  data: TrainingData;
  table: FeatureTable;
  /** The prompts' own vectors, one row a prompt, where the head reads them. */
  promptTable?: FeatureTable | undefined;
  features: FeatureConfig;
  objective: Objective;
  objectiveSettings: Readonly<Record<string, SettingValue>>;
  head: HeadPlan;
  fit: FitSettings;
  parts: readonly DataPart[];
  rows: Record<DataPart, Int32Array>;
}

function named<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  if (Object.hasOwn(table, name)) return table[name]!;
  throw new UsageError(`there is no ${what} '${name}'`, didYouMean(name, Object.keys(table)));
}

/** What of a plan can be wrong before any row is read. */
export function checkPlan(plan: TrainPlan): {
  objective: Objective;
  head: string;
  settings: readonly Readonly<Record<string, SettingValue>>[];
} {
  const objective = named(objectives, plan.objective, "objective");
  const head = plan.head ?? objective.heads[0]!;
  const kind = named(headKinds, head, "head");
  if (!objective.heads.includes(head))
    throw new UsageError(
      `the objective ${plan.objective} does not train a ${head} head`,
      `it trains ${objective.heads.join(", ")}; ${head} is trained by ${
        Object.entries(objectives)
          .filter(([, one]) => one.heads.includes(head))
          .map(([name]) => name)
          .join(", ") || "none"
      }`,
    );
  return { objective, head, settings: takeSettings(plan.settings, [fitTable, objective.settings, kind.settings]) };
}

/**
 * Reads the rows, parts them by prompt, and makes the features.
 *
 * @param o `onFeatures` is told how many of how many texts have theirs
 * @throws what `readTraining`, `splitByPrompt` and `featureTable` throw, and UsageError where the rows do not fit the objective
 */
export async function prepare(
  plan: TrainPlan,
  o: {
    signal?: AbortSignal | undefined;
    onFeatures?: ((done: number, all: number) => void) | undefined;
    /** Looks for what spoils training, before any features are made, and is told what it found. */
    onChecks?: ((findings: readonly TrainingFinding[]) => void) | undefined;
  } = {},
): Promise<Prepared> {
  const { objective, head: kind, settings } = checkPlan(plan);
  const checks = o.onChecks === undefined ? undefined : new TrainingChecks({ pairs: 2000, seed: plan.seed });
  const data = await readTraining(plan.sources, plan.read, (example) => checks?.add(example));
  const ofPairs = objective.loss.of !== "ratings";
  const own = ofPairs ? data.pairs : data.ratings;
  if (own.group.length === 0)
    throw new UsageError(
      ofPairs ? "no row states which of two answers is better" : "no row states a rating",
      ofPairs
        ? "rows have prompt, chosen and rejected, or candidates with labels (--map names other columns)"
        : "rows have labels.value, labels.parts or labels.correct (--map names other columns)",
    );
  const used = [...new Set(own.group)];
  const shares = { validation: plan.validation, test: plan.test };
  const split_ = splitByPrompt(
    used.map((group) => data.prompts[group]!),
    shares,
    split(seedFrom(plan.seed), "split"),
  );
  const parts = new Array<DataPart>(data.prompts.length).fill("train");
  for (const [i, group] of used.entries()) parts[group] = split_[i]!;
  const rows = {
    train: rowsOf("train", own.group, parts),
    validation: rowsOf("validation", own.group, parts),
    test: rowsOf("test", own.group, parts),
  };
  if (checks !== undefined) o.onChecks!(checks.findings((row) => parts[data.rowPrompts[row]!]));
  const embedder = await embedderFrom(plan.features);
  const cheap = typeof plan.features === "string" && /^hash(:|$)/.test(plan.features);
  const kept = plan.kept === undefined || cheap ? embedder : keptEmbedder(embedder, join(plan.kept, "features"));
  await using extractor = featuresBy(kept, plan.features, plan.encoding);
  const planned = headKinds[kind]!.plan(settings[2]!, extractor.width, data.ratings.names, extractor.config.dim);
  // token numbers 1 and 2 stand for "better" and "worse"
  const head =
    objective.loss.of === "verdicts" ? { ...planned, config: { ...planned.config, verdict: [1, 2] } } : planned;
  const ctx = directContext({ signal: o.signal });
  const table = await featureTable(data.items, extractor, ctx, (done) => o.onFeatures?.(done, data.items.length));
  const promptTable = head.prompt === true ? await promptVectors(data, extractor, ctx) : undefined;
  return {
    plan,
    data,
    table,
    promptTable,
    features: extractor.config,
    objective,
    objectiveSettings: settings[1]!,
    head,
    fit: settings[0] as never as FitSettings,
    parts,
    rows,
  };
}
