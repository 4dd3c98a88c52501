import type { JsonObject } from "../../core/index.ts";
import type { CosineLengthOptions, LengthOptions } from "../../rewards/length.ts";
import type { RegularizedRelevanceOptions } from "../../rewards/reference/r3.ts";
import type { RelevanceOptions } from "../../rewards/reference/relevance.ts";
import type { Kind, Z } from "../kind.ts";
import { kind } from "./leaf.ts";

const embedderOf = (z: Z) =>
  z
    .union([z.string(), z.looseObject({})])
    .describe(
      '"hash" (no download), "minilm", "local:NAME", "http://HOST/v1#MODEL", or an object with url, model, key',
    );

/** Kinds of `rewards/reference`, and of length. */
export const referenceKinds: Readonly<Record<string, Kind>> = {
  "reference.bleu": kind(
    "sentence BLEU as sacreBLEU computes it, 0 to 100",
    { kind: "reference.bleu", tokenise: "13a" },
    (z) =>
      z.strictObject({
        tokenise: z.enum(["13a", "intl", "char", "zh", "none"]).optional(),
        smooth: z.enum(["none", "floor", "add-k", "exp"]).optional(),
        smoothValue: z.number().optional(),
        maxOrder: z.int().min(1).optional(),
        effectiveOrder: z.boolean().optional(),
        lowercase: z.boolean().optional(),
      }),
    async (options) => (await import("../../rewards/reference/bleu.ts")).bleu(options),
  ),
  "reference.bleuberi": kind(
    "BLEUBERI's BLEU reward, 0 to 1",
    { kind: "reference.bleuberi" },
    (z) => z.strictObject({ within: z.enum(["all", "answer-tag"]).optional() }),
    async (options) => (await import("../../rewards/reference/bleuberi.ts")).bleuberi(options),
  ),
  "reference.chrf": kind(
    "chrF (with wordOrder 2: chrF++) as sacreBLEU computes it, 0 to 100",
    { kind: "reference.chrf", wordOrder: 2 },
    (z) =>
      z.strictObject({
        charOrder: z.int().min(1).optional(),
        wordOrder: z.int().min(0).optional(),
        beta: z.number().positive().optional(),
        lowercase: z.boolean().optional(),
        whitespace: z.boolean().optional(),
        epsSmoothing: z.boolean().optional(),
      }),
    async (options) => (await import("../../rewards/reference/chrf.ts")).chrf(options),
  ),
  "reference.ter": kind(
    "100 less the translation edit rate as sacreBLEU computes it",
    { kind: "reference.ter" },
    (z) =>
      z.strictObject({
        normalised: z.boolean().optional(),
        noPunctuation: z.boolean().optional(),
        asian: z.boolean().optional(),
        caseSensitive: z.boolean().optional(),
      }),
    async (options) => (await import("../../rewards/reference/ter.ts")).ter(options),
  ),
  "reference.rouge": kind(
    "ROUGE as Google's package computes it",
    { kind: "reference.rouge", type: "rougeL", stem: true },
    (z) =>
      z.strictObject({
        type: z
          .string()
          .regex(/^rouge([1-9]|L|Lsum)$/)
          .optional()
          .describe("rouge1 to rouge9, rougeL or rougeLsum"),
        stem: z.boolean().optional(),
        measure: z.enum(["precision", "recall", "f1"]).optional(),
      }),
    async (options) => (await import("../../rewards/reference/rouge.ts")).rouge(options),
  ),
  "reference.tokenF1": kind(
    "SQuAD's token F1 against the reference texts",
    { kind: "reference.tokenF1" },
    (z) => z.strictObject({ version: z.enum(["1.1", "2.0"]).optional() }),
    async (options) => (await import("../../rewards/reference/token-f1.ts")).tokenF1(options),
  ),
  "reference.exactMatch": kind(
    "SQuAD's exact match against the reference texts",
    { kind: "reference.exactMatch" },
    (z) => z.strictObject({}),
    async () => (await import("../../rewards/reference/token-f1.ts")).exactMatch(),
  ),
  "reference.edit": kind(
    "similarity by edit distance",
    { kind: "reference.edit", unit: "words" },
    (z) =>
      z.strictObject({
        unit: z.enum(["characters", "words"]).optional(),
        normalise: z
          .array(z.enum(["trim", "whitespace", "lowercase", "punctuation", "articles", "nfc", "nfkc", "squad"]))
          .optional(),
      }),
    async (options) => (await import("../../rewards/reference/edit.ts")).editSimilarity(options),
  ),
  "reference.similarity": kind(
    "cosine of the answer's embedding with the nearest reference text's",
    { kind: "reference.similarity", embedder: "hash" },
    (z) =>
      z.strictObject({
        embedder: embedderOf(z),
      }),
    async ({ embedder }: { embedder: unknown }) => {
      const { embedderFrom } = await import("../../models/from.ts");
      const { similarity } = await import("../../rewards/reference/similarity.ts");
      return {
        ...similarity(await embedderFrom(embedder)),
        spec: { kind: "reference.similarity", embedder } as JsonObject,
      };
    },
  ),
  "reference.relevance": kind(
    "inner product of the answer's embedding with the prompt's, or with a reference's",
    { kind: "reference.relevance", embedder: "hash" },
    (z) =>
      z.strictObject({
        embedder: embedderOf(z),
        metric: z.enum(["dot", "cosine"]).optional(),
        source: z.enum(["prompt", "reference"]).optional(),
      }),
    async ({ embedder, ...options }: Omit<RelevanceOptions, "embedder"> & { embedder: unknown }) => {
      const { embedderFrom } = await import("../../models/from.ts");
      const { relevance } = await import("../../rewards/reference/relevance.ts");
      return {
        ...relevance({ ...options, embedder: await embedderFrom(embedder) }),
        spec: { kind: "reference.relevance", embedder, ...options } as JsonObject,
      };
    },
  ),
  "reference.r3": kind(
    "relevance kept from being gamed by length and repetition, without preference data (R3)",
    { kind: "reference.r3", embedder: "hash", from: [0, 1] },
    (z) =>
      z.strictObject({
        embedder: embedderOf(z),
        metric: z.enum(["dot", "cosine"]).optional(),
        maxTokens: z.int().min(1).optional().describe("tokens that count, default 512"),
        from: z
          .tuple([z.number(), z.number()])
          .optional()
          .describe("relevances that the closed branch maps to its ends; [0, 1] for vectors of length 1"),
        negative: z.boolean().optional(),
        branch: z
          .union([z.enum(["open", "closed"]), z.strictObject({ context: z.string() })])
          .optional()
          .describe('for all, or the key of the context that says it; default { context: "promptBranch" }'),
        use: z
          .strictObject({
            length: z.boolean().optional(),
            repetition: z.boolean().optional(),
            branch: z.boolean().optional(),
          })
          .optional(),
        fallback: z.literal("open").optional().describe("a closed task without reference counts as open"),
      }),
    async ({ embedder, ...options }: Omit<RegularizedRelevanceOptions, "embedder"> & { embedder: unknown }) => {
      const { embedderFrom } = await import("../../models/from.ts");
      const { regularizedRelevance } = await import("../../rewards/reference/r3.ts");
      return {
        ...regularizedRelevance({ ...options, embedder: await embedderFrom(embedder) }),
        spec: { kind: "reference.r3", embedder, ...options } as JsonObject,
      };
    },
  ),
  length: {
    summary: "the answer's length, or how well it keeps to a limit",
    example: { kind: "length", unit: "words", form: "range", max: 200 },
    options: (z) => {
      const unit = z.enum(["characters", "words", "tokens"]).optional();
      return z.union([
        z.strictObject({
          unit,
          form: z.literal("count").optional(),
          sign: z.union([z.literal(1), z.literal(-1)]).optional(),
        }),
        z.strictObject({ unit, form: z.literal("target"), target: z.number(), tolerance: z.number().positive() }),
        z.strictObject({ unit, form: z.literal("limit"), max: z.number(), cache: z.number().positive() }),
        z.strictObject({
          unit,
          form: z.literal("range"),
          min: z.number().optional(),
          max: z.number().optional(),
        }),
      ]);
    },
    build: async (options) => (await import("../../rewards/length.ts")).length(options as LengthOptions),
  },
  "length.cosine": {
    summary: "a right or wrong verdict scaled by length: short right answers earn most",
    example: { kind: "length.cosine", rewards: { correct: "verify.math" }, maxLength: 2000 },
    options: (z, { reward }) =>
      z.strictObject({
        rewards: z.strictObject({ correct: reward }),
        maxLength: z.number().positive(),
        minWrong: z.number().optional(),
        maxWrong: z.number().optional(),
        minCorrect: z.number().optional(),
        maxCorrect: z.number().optional(),
        unit: z.enum(["characters", "words", "tokens"]).optional(),
        threshold: z.number().optional(),
      }),
    build: async ({ rewards, ...options }, make) =>
      (await import("../../rewards/length.ts")).cosineLength(
        (await make.rewards(rewards))["correct"]!,
        options as unknown as CosineLengthOptions,
      ),
  },
};
