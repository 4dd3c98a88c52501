import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { hashJson, type JsonObject, UsageError } from "../core/index.ts";
import type { Weights } from "../io/index.ts";
import {
  type Artefact,
  mergedPromptsText,
  readArtefact,
  trainedPromptsFile,
  writeArtefact,
} from "../rewards/learned/index.ts";
import { laboratory } from "./lab-package.ts";
import { shown } from "./paths.ts";
import { counted, short } from "./terminal.ts";

type Method = "sum" | "mean" | "ties";
type Shape = "linear" | "reverse" | "constant";

interface Options {
  base?: string;
  out: string;
  method?: Method;
  keep?: number;
  scale?: number;
  weights?: string;
  lines?: boolean;
  alpha?: number;
  beta?: number;
  shape?: Shape;
  blocks?: string;
  overwrite?: boolean;
  json?: boolean;
}

interface Lines {
  alpha?: number | undefined;
  beta?: number | undefined;
  shape?: Shape | undefined;
  list?: string | undefined;
}

/** What this command uses of the laboratory. */
interface Laboratory {
  mergeFiles(plan: {
    base?: string | undefined;
    models: readonly string[];
    out: string;
    method?: Method | undefined;
    keep?: number | undefined;
    scale?: number | undefined;
    weights?: readonly number[] | undefined;
    lines?: Lines | undefined;
  }): Promise<{
    tensors: number;
    copied: number;
    alpha?: number | undefined;
    beta?: number | undefined;
    blocks?: number | undefined;
    list?: string | undefined;
  }>;
  taskVector(base: Weights, tuned: Weights): Weights;
  mergeTaskVectors(vectors: readonly Weights[], options: { method: Method; keep?: number | undefined }): Weights;
  applyDelta(base: Weights, delta: Weights, scale?: number): Weights;
  weightAverage(models: readonly Weights[], weights?: readonly number[]): Weights;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

function weightsOf(text: string | undefined): number[] | undefined {
  const weights = text?.split(",").map(Number);
  if (weights?.some((one) => !Number.isFinite(one)) === true)
    throw new UsageError(`--weights ${text}: expected numbers between commas`, "--weights 1,1,2");
  return weights;
}

function linesOf({ lines, alpha, beta, shape, blocks }: Options): Lines | undefined {
  if (lines === true) return { alpha, beta, shape, list: blocks };
  if (alpha !== undefined || beta !== undefined || shape !== undefined || blocks !== undefined)
    throw new UsageError("--alpha, --beta, --shape and --blocks are for LiNeS", "add --lines");
  return undefined;
}

/** `laurel merge`: models of the same shape into one, by task vectors or by averaging. */
export async function mergeCommand(models: readonly string[], options: Options): Promise<void> {
  const lines = linesOf(options);
  const weights = weightsOf(options.weights);
  const out = resolve(options.out);
  if (existsSync(out) && options.overwrite !== true)
    throw new UsageError(`${shown(out)} is there already`, "--overwrite writes over it");
  const named = [...(options.base === undefined ? [] : [options.base]), ...models];
  const folders = await Promise.all(named.map(isFolder));
  if (folders.some(Boolean) && !folders.every(Boolean))
    throw new UsageError(
      "files and folders cannot be merged with each other",
      "name folders of laurel train only, or .safetensors files only",
    );
  const lab = await laboratory<Laboratory>("train");
  if (folders.every(Boolean)) {
    if (lines !== undefined)
      throw new UsageError("a head over frozen features has no blocks for LiNeS", "leave --lines out");
    await mergeArtefacts(lab, models, weights, out, options);
    return;
  }
  const { method, keep, scale, base } = options;
  const facts = await lab.mergeFiles({ base, models, out, method, keep, scale, weights, lines });
  const how =
    base === undefined
      ? `the mean of ${counted(models.length, "models")}`
      : `${method ?? "sum"} of ${counted(models.length, "task vectors")}, scale ${short(scale ?? 1)}`;
  say(options, { v: 1, out, ...facts }, [
    `${shown(out)}: ${how}; ${counted(facts.tensors, "tensors")}${facts.copied > 0 ? `, ${facts.copied} of whole numbers copied` : ""}`,
    ...(facts.alpha === undefined
      ? []
      : [
          `LiNeS: factors from ${short(facts.alpha)} to ${short(facts.alpha + facts.beta!)}${facts.blocks === undefined ? "" : ` over ${facts.blocks} blocks of ${facts.list}`}; tune ${base !== undefined && models.length === 1 ? "alpha" : "beta"} on validation data, never on the test part`,
        ]),
  ]);
}

/** Folders of `laurel train`: the same head over the same features. */
async function mergeArtefacts(
  lab: Laboratory,
  models: readonly string[],
  shares: readonly number[] | undefined,
  out: string,
  options: Options,
): Promise<void> {
  const artefacts: Artefact[] = [];
  for (const model of models) artefacts.push(await readArtefact(model));
  const base = options.base === undefined ? undefined : await readArtefact(options.base);
  const first = base ?? artefacts[0]!;
  for (const [i, one] of artefacts.entries())
    for (const part of ["head", "features"] as const)
      if (hashJson(one.config[part] as unknown as JsonObject) !== hashJson(first.config[part] as unknown as JsonObject))
        throw new UsageError(
          `${models[i]} has another ${part === "head" ? "head" : "kind of features"} than ${options.base ?? models[0]}`,
          "rewards that are merged have the same head over the same features; an ensemble takes any",
        );
  const { method = "sum", keep, scale } = options;
  if (base === undefined && (options.method ?? "mean") !== "mean")
    throw new UsageError("task vectors need the model that all were tuned from", "--base FOLDER");
  if (base !== undefined && shares !== undefined) throw new UsageError("--weights are for an average, without --base");
  const weights =
    base === undefined
      ? lab.weightAverage(
          artefacts.map((one) => one.weights),
          shares,
        )
      : lab.applyDelta(
          base.weights,
          lab.mergeTaskVectors(
            artefacts.map((one) => lab.taskVector(base.weights, one.weights)),
            { method, keep },
          ),
          scale,
        );
  const { format: _, version: __, weights: ___, ...config } = first.config;
  await writeArtefact(
    out,
    {
      ...config,
      seeds: [...new Set(artefacts.flatMap((one) => one.config.seeds))],
      training: {
        settings: {
          merged: models.map((path, i) => ({ path, sha256: artefacts[i]!.config.weights.sha256 })),
          ...(base === undefined
            ? { average: shares === undefined ? "equal" : [...shares] }
            : { method, scale: scale ?? 1 }),
        },
        members: [],
      },
      // the parts' figures are not the merged model's
      metrics: {},
    },
    weights,
    { [trainedPromptsFile]: await mergedPromptsText(options.base === undefined ? models : [options.base, ...models]) },
  );
  say(options, { v: 1, out, tensors: weights.size }, [
    `${shown(join(out, "config.json"))}: ${base === undefined ? "the mean of" : `${method} of the changes of`} ${counted(models.length, "rewards")}; its figures are not known: laurel eval FILE --reward '{ kind: learned, path: ${shown(out)} }'`,
  ]);
}

function say(options: Options, json: object, lines: readonly string[]): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(json, null, 2)}\n` : `${lines.join("\n")}\n`);
}
