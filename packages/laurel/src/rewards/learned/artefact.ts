import { hash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { z as Zod, ZodType } from "zod";
import { type Estimate, InputError, type JsonObject, messageOf } from "../../core/index.ts";
import { didYouMean } from "../../io/index.ts";
import { readSafetensors, safetensorsBytes, type Weights } from "../../io/safetensors.ts";
import { type FeatureConfig, featureWidth } from "./features.ts";
import type { HeadConfig } from "./head.ts";
import { heads } from "./heads.ts";

/** How many rows and prompts a part of the data has. */
export interface PartCount {
  rows: number;
  prompts: number;
}

/** All that a learned reward's folder says about itself, in `config.json`. */
export interface ArtefactConfig {
  format: "laurel-reward";
  version: 1;
  head: HeadConfig;
  features: FeatureConfig;
  /** The file of the weights, and its SHA-256. */
  weights: { file: string; sha256: string };
  /** What was minimised. */
  objective: { name: string; settings: JsonObject };
  /** The unit of a score: logits of being preferred, or the ratings' own scale. */
  scale: "logit" | "rating";
  /** What it was trained on. */
  data: {
    /** SHA-256 of the rows' contents and labels. */
    hash: string;
    sources: readonly { name: string; rows: number; weight?: number | undefined }[];
    train: PartCount;
    validation: PartCount;
    test: PartCount;
  };
  /** Seeds of the members. */
  seeds: readonly string[];
  training: { settings: JsonObject; members: readonly JsonObject[] };
  /** Figures on the part that was held out, with intervals; none where nothing was. */
  metrics: Readonly<Record<string, Estimate>>;
}

/** A learned reward as it stands on disk. */
export interface Artefact {
  config: ArtefactConfig;
  weights: Weights;
}

function schemaOf(z: typeof Zod): ZodType {
  const count = z.int().nonnegative();
  const part = z.strictObject({ rows: count, prompts: count });
  const object = z.record(z.string(), z.json());
  return z.strictObject({
    format: z.literal("laurel-reward"),
    version: z.literal(1),
    head: z.looseObject({ kind: z.string() }),
    features: z.strictObject({
      embedder: z.union([z.string(), object]),
      name: z.string(),
      fingerprint: z.string().nullable(),
      dim: z.int().positive(),
      encoding: z.enum(["answer", "joint", "interaction"]),
    }),
    weights: z.strictObject({
      file: z.string().regex(/^[\w.-]+$/, "expected a file's name in the folder"),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hex digits"),
    }),
    objective: z.strictObject({ name: z.string(), settings: object }),
    scale: z.enum(["logit", "rating"]),
    data: z.strictObject({
      hash: z.string(),
      sources: z.array(z.strictObject({ name: z.string(), rows: count, weight: z.number().nonnegative().optional() })),
      train: part,
      validation: part,
      test: part,
    }),
    seeds: z.array(z.string()).min(1),
    training: z.strictObject({ settings: object, members: z.array(object) }),
    metrics: z.record(
      z.string(),
      z.looseObject({ value: z.number(), low: z.number(), high: z.number(), level: z.number(), n: z.number() }),
    ),
  });
}

const again = "train again, or copy the whole folder again";

async function readConfig(folder: string): Promise<ArtefactConfig> {
  const file = join(folder, "config.json");
  try {
    if (!(await stat(folder)).isDirectory())
      throw new InputError({ file: folder }, "a learned reward is a folder, and this is a file", "name its folder");
  } catch (thrown) {
    if (thrown instanceof InputError) throw thrown;
    throw new InputError({ file: folder }, "there is no such folder", "laurel train FILE --out FOLDER makes one");
  }
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (thrown) {
    throw new InputError(
      { file },
      (thrown as NodeJS.ErrnoException).code === "ENOENT"
        ? "it is missing, so the folder holds no learned reward (or its training has not ended)"
        : `it cannot be read: ${messageOf(thrown)}`,
      "laurel train FILE --out FOLDER makes one; an interrupted training goes on with the same command",
    );
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (thrown) {
    throw new InputError({ file }, `it is not valid JSON: ${messageOf(thrown)}`, again);
  }
  const { format, version } = (raw ?? {}) as { format?: unknown; version?: unknown };
  if (format === "laurel-reward" && typeof version === "number" && version > 1)
    throw new InputError(
      { file, field: "version" },
      `it is of version ${version}; this release reads 1`,
      "update Laurel",
    );
  const { z } = await import("zod");
  const parsed = schemaOf(z).safeParse(raw);
  if (!parsed.success) throw wrongFields(file, "", parsed.error.issues);
  const config = parsed.data as ArtefactConfig;
  config.head = checkHead(z, config.head, file);
  return config;
}

/** A head's config, checked by the head's own schema, with its defaults. */
function checkHead(z: typeof Zod, { kind, ...members }: HeadConfig, file: string): HeadConfig {
  const head = heads[kind];
  if (head === undefined)
    throw new InputError(
      { file, field: "head.kind" },
      `there is no head '${kind}'`,
      `${didYouMean(kind, Object.keys(heads))}; update Laurel if the head is newer`,
    );
  const parsed = head.config(z).safeParse(members);
  if (!parsed.success) throw wrongFields(file, "head.", parsed.error.issues);
  return { kind, ...(parsed.data as JsonObject) };
}

function wrongFields(
  file: string,
  before: string,
  issues: readonly { path: PropertyKey[]; message: string }[],
): InputError {
  const [first, ...rest] = issues.map(({ path, message }) => ({ field: before + path.map(String).join("."), message }));
  const more = rest.map(({ field, message }) => `; ${field}: ${message}`).join("");
  return new InputError({ file, field: first!.field || "(top)" }, `${first!.message}${more}`, again);
}

/**
 * Reads a learned reward's folder and checks all of it: the config by schema, the head, the tensors' names and shapes, the widths of head
 * and features, and the hash of the weights.
 *
 * @throws InputError that names the file and the field, and says what to do
 */
export async function readArtefact(folder: string): Promise<Artefact> {
  const config = await readConfig(folder);
  const file = join(folder, config.weights.file);
  const weights = await readSafetensors(file);
  const head = heads[config.head.kind]!;
  const shapes = head.tensors(config.head);
  for (const [name, shape] of Object.entries(shapes)) {
    const tensor = weights.get(name);
    if (tensor === undefined)
      throw new InputError(
        { file, field: name },
        `the tensor is missing, which a ${config.head.kind} head needs`,
        again,
      );
    if (tensor.shape.length !== shape.length || tensor.shape.some((n, i) => n !== shape[i]))
      throw new InputError(
        { file, field: name },
        `its shape is [${tensor.shape.join(", ")}], but the ${config.head.kind} head of config.json needs [${shape.join(", ")}]`,
        again,
      );
    const at = tensor.values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new InputError({ file, field: name }, `it holds ${tensor.values[at]} at place ${at}`, again);
  }
  for (const name of weights.keys())
    if (!Object.hasOwn(shapes, name))
      throw new InputError({ file, field: name }, `a ${config.head.kind} head has no such tensor`, again);
  const { candidate, prompt } = head.inputs(config.head);
  const { encoding, dim } = config.features;
  const given = featureWidth(encoding, dim);
  if (candidate !== given || (prompt !== undefined && prompt !== dim))
    throw new InputError(
      { file: join(folder, "config.json"), field: "features" },
      `the head reads ${candidate} numbers${prompt === undefined ? "" : ` and ${prompt} of the prompt`}, but ${encoding} features of ${dim}-number vectors have ${given}`,
      again,
    );
  const found = sha256Of(await readFile(file));
  if (found !== config.weights.sha256)
    throw new InputError(
      { file },
      `it is not the file that config.json was written with (SHA-256 ${found.slice(0, 12)}…, not ${config.weights.sha256.slice(0, 12)}…)`,
      again,
    );
  return { config, weights };
}

const sha256Of = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");

/**
 * Writes a learned reward's folder: the weights, then `config.json`, each whole or not at all; the config last, so that a folder that has
 * one is complete.
 *
 * @param more further files of the folder by name, such as the model card
 * @returns the config with the weights' hash
 */
export async function writeArtefact(
  folder: string,
  config: Omit<ArtefactConfig, "format" | "version" | "weights">,
  weights: Weights,
  more: Readonly<Record<string, string>> = {},
): Promise<ArtefactConfig> {
  await mkdir(folder, { recursive: true });
  const put = async (name: string, content: Uint8Array | string): Promise<void> => {
    const beside = join(folder, `${name}.${process.pid}.part`);
    await writeFile(beside, content);
    await rename(beside, join(folder, name));
  };
  const bytes = safetensorsBytes(weights, { format: "laurel-reward" });
  const file = "model.safetensors";
  const full: ArtefactConfig = {
    format: "laurel-reward",
    version: 1,
    ...config,
    weights: { file, sha256: sha256Of(bytes) },
  };
  await put(file, bytes);
  for (const [name, text] of Object.entries(more)) await put(name, text);
  await put("config.json", `${JSON.stringify(full, null, 2)}\n`);
  return full;
}
