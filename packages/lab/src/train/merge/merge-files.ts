import { UsageError } from "laurel";
import { type Checkpoint, openCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { blocksOf, type LayerScaleOptions, layerFactors } from "./layer-scale.ts";
import { interpolated } from "./lines.ts";
import { addUp, keepThreshold, type MergeMethod, mergeTies, signVotes } from "./merge-task-vectors.ts";
import { checkNoStatistics, checkSameTensors } from "./names.ts";
import { addScaled, subtract, weightedMean } from "./vectors.ts";

/** What is merged into a file. */
export interface MergeFiles {
  /** The model that the others were tuned from; without one their weights are averaged. */
  base?: string | undefined;
  models: readonly string[];
  out: string;
  /** Default "sum". */
  method?: MergeMethod | undefined;
  /** Of TIES, default 0.2. */
  keep?: number | undefined;
  /** The factor of the merged vector, default 1. */
  scale?: number | undefined;
  /** Weights of an average; default equal. */
  weights?: readonly number[] | undefined;
  /** LiNeS: `alpha` is computed for several models where it is left out; `beta` is 1 − α for one. `list` names the list of blocks. */
  lines?:
    | {
        alpha?: number | undefined;
        beta?: number | undefined;
        shape?: LayerScaleOptions["shape"];
        list?: string | undefined;
      }
    | undefined;
}

/** What was done, for people. */
export interface MergedFiles {
  tensors: number;
  /** Tensors of whole numbers, copied from the base. */
  copied: number;
  alpha?: number | undefined;
  beta?: number | undefined;
  blocks?: number | undefined;
  list?: string | undefined;
}

/**
 * Merges safetensors files into one, a tensor at a time: memory is that of the largest tensor times the number of models.
 *
 * With a base: θ_0 + scale · λ_ℓ · merge(θ_1 − θ_0, …); without: the weighted mean. All is computed in float32 (sums in float64) and
 * written in the base's types; tensors of whole numbers are the base's (or the first model's).
 *
 * @throws InputError for a file that cannot be merged; UsageError for tensors that differ, or settings that do not fit together
 */
export async function mergeFiles(plan: MergeFiles): Promise<MergedFiles> {
  if (plan.models.length === 0) throw new UsageError("there is no model to merge");
  const models: Checkpoint[] = [];
  let base: Checkpoint | undefined;
  try {
    if (plan.base !== undefined) base = await openCheckpoint(plan.base);
    for (const path of plan.models) models.push(await openCheckpoint(path));
    const like = base ?? models[0]!;
    for (const model of models)
      if (model !== like) checkSameTensors(like.tensors, model.tensors, [like.path, model.path]);
    checkNoStatistics(like.tensors.keys());
    const names = [...like.tensors].flatMap(([name, tensor]) => (tensor.floating ? [name] : []));
    for (const name of names)
      for (const model of models)
        if (!model.tensors.get(name)!.floating)
          throw new UsageError(`${name} holds numbers in ${like.path} and none in ${model.path}`);
    const made = base === undefined ? average(models, plan) : await vectors(base, models, names, plan);
    await writeCheckpoint(plan.out, like, made.valuesOf);
    return { tensors: names.length, copied: like.tensors.size - names.length, ...made.facts };
  } finally {
    await base?.[Symbol.asyncDispose]();
    for (const model of models) await model[Symbol.asyncDispose]();
  }
}

interface Made {
  valuesOf(name: string): Promise<Float32Array>;
  facts: Omit<MergedFiles, "tensors" | "copied">;
}

function average(models: readonly Checkpoint[], { weights, lines, method }: MergeFiles): Made {
  if (lines !== undefined || (method ?? "mean") !== "mean")
    throw new UsageError("task vectors need the model that all were tuned from", "name it as the base");
  const shares = weights ?? models.map(() => 1);
  const sum = shares.reduce((a, b) => a + b, 0);
  if (shares.length !== models.length || shares.some((one) => !(one >= 0)) || !(sum > 0))
    throw new UsageError(`${models.length} models need as many weights, at least 0 and not all 0`);
  return {
    facts: {},
    valuesOf: async (name) =>
      weightedMean(
        await Promise.all(models.map((model) => model.read(name))),
        shares.map((one) => one / sum),
      ),
  };
}

async function vectors(
  base: Checkpoint,
  models: readonly Checkpoint[],
  names: readonly string[],
  { method = "sum", keep = 0.2, scale = 1, weights, lines }: MergeFiles,
): Promise<Made> {
  if (weights !== undefined) throw new UsageError("weights are for an average", "leave the base out, or the weights");
  const changes = async (name: string): Promise<Float32Array[]> => {
    const before = await base.read(name);
    return Promise.all(models.map(async (model) => subtract(await model.read(name), before)));
  };
  let merge: (own: readonly Float32Array[]) => Float32Array = (own) => addUp(own, method === "mean");
  if (method === "ties") {
    const thresholds: number[] = [];
    for (const model of models) thresholds.push(await streamedThreshold(base, model, names, keep));
    let votes = 0;
    for (const name of names) votes += signVotes(await changes(name), thresholds);
    merge = (own) => mergeTies(own, thresholds, Math.sign(votes));
  }
  let factor = (_: string): number => 1;
  const facts: Made["facts"] = {};
  if (lines !== undefined) {
    const alpha = lines.alpha ?? (await computedAlpha(models, names, changes, merge));
    const beta = lines.beta ?? (models.length === 1 ? 1 - alpha : undefined);
    if (beta === undefined)
      throw new UsageError("LiNeS on several models needs a beta, which is tuned on validation data", "0.1 to 1.5");
    const { shape } = lines;
    if (shape === "constant") factor = layerFactors(names, { alpha, beta, shape });
    else {
      const found = blocksOf(names, lines.list);
      factor = layerFactors(names, { alpha, beta, shape, blockOf: found.blockOf, blocks: found.blocks });
      Object.assign(facts, { blocks: found.blocks, list: found.list });
    }
    Object.assign(facts, { alpha, beta });
  }
  return {
    facts,
    valuesOf: async (name) => {
      const own = scale * factor(name);
      if (models.length === 1 && method !== "ties")
        return interpolated(await base.read(name), await models[0]!.read(name), own);
      return addScaled(await base.read(name), merge(await changes(name)), own);
    },
  };
}

/** `keepThreshold` over a file's changes, read twice. */
async function streamedThreshold(
  base: Checkpoint,
  model: Checkpoint,
  names: readonly string[],
  keep: number,
): Promise<number> {
  // the selection works on whole lists; a tensor's changes are kept, which is what one model's float32 takes
  const kept: Float32Array[] = [];
  for (const name of names) kept.push(subtract(await model.read(name), await base.read(name)));
  return keepThreshold(() => kept, keep);
}

async function computedAlpha(
  models: readonly Checkpoint[],
  names: readonly string[],
  changes: (name: string) => Promise<Float32Array[]>,
  merge: (own: readonly Float32Array[]) => Float32Array,
): Promise<number> {
  if (models.length === 1)
    throw new UsageError("LiNeS on one model needs an alpha, which is tuned on validation data", "0 to 1, such as 0.3");
  let [sum, norm] = [0, 0];
  for (const name of names) {
    const own = await changes(name);
    for (const value of addUp(own, false)) sum += Math.abs(value);
    for (const value of merge(own)) norm += Math.abs(value);
  }
  if (norm === 0) throw new UsageError("the models do not differ from the base");
  return sum / (models.length * norm);
}
