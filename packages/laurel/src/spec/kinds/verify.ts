import { type JsonObject, UsageError } from "../../core/index.ts";
import type { JudgementOptions } from "../../rewards/verify/judgement.ts";
import type { MatchOptions } from "../../rewards/verify/match.ts";
import type { PerceptionOptions } from "../../rewards/verify/perception.ts";
import type { Kind, Z } from "../kind.ts";
import { kind } from "./leaf.ts";

const exampleModel = "http://127.0.0.1:8080/v1#judge";
const model = (z: Z) => z.union([z.string(), z.looseObject({})]);
const modelFrom = async (spec: unknown) => (await import("../../models/from.ts")).languageModelFrom(spec);

const timeLimit = (z: Z) => z.number().positive().optional().describe("milliseconds an answer may take in a worker");

/** How programs are found and run, in the kinds of program tests. */
const programOptions = (z: Z) => ({
  language: z.enum(["python", "javascript", "typescript"]).optional(),
  block: z.enum(["last", "first", "all"]).optional().describe("which fenced block is the program"),
  stdout: z.enum(["lines", "tokens", "exact"]).optional(),
  tolerance: z
    .strictObject({ absolute: z.number().min(0).optional(), relative: z.number().min(0).optional() })
    .optional(),
  asserts: z.enum(["outside", "inside"]).optional(),
  limits: z.record(z.string(), z.number().positive()).optional(),
  candidateSeconds: z.number().positive().optional(),
  sandbox: z.enum(["local", "remote"]).optional(),
  url: z.string().optional().describe("of the execution service, for the remote sandbox"),
});

/** Kinds of `rewards/verify`. */
export const verifyKinds: Readonly<Record<string, Kind>> = {
  "verify.math": kind(
    "is the final answer mathematically equal to the reference",
    { kind: "verify.math" },
    (z) =>
      z.strictObject({
        strategies: z
          .array(z.enum(["boxed", "hash", "answer", "last", "choice"]))
          .optional()
          .describe('where the answer is looked for, in this order; default ["boxed", "hash", "answer", "last"]'),
        several: z.enum(["last", "first", "agree"]).optional().describe("which of several separate boxes counts"),
        numbers: z.enum(["auto", "point", "comma"]).optional().describe("how numbers are written"),
        percent: z.enum(["either", "strict"]).optional().describe("does 50 % equal 50, or only 0.5"),
        units: z.enum(["optional", "required", "ignore"]).optional(),
        significantDigits: z.int().min(1).optional(),
        tolerance: z
          .strictObject({ relative: z.number().min(0).optional(), absolute: z.number().min(0).optional() })
          .optional(),
        normalForm: z.boolean().optional().describe("put the normal form into the facts"),
      }),
    async (options) => (await import("../../rewards/verify/math/index.ts")).math(options),
  ),
  "verify.numeric": kind(
    "is the number near the reference: within a tolerance, rounded alike, or by closeness",
    { kind: "verify.numeric", relative: 0.01 },
    (z) =>
      z.strictObject({
        scoring: z.enum(["within", "rounded", "closeness"]).optional(),
        relative: z.number().min(0).optional(),
        absolute: z.number().min(0).optional(),
        decimals: z.int().min(0).optional(),
        epsilon: z.number().positive().optional(),
        location: z.enum(["answer", "last", "first", "any", "exact"]).optional(),
      }),
    async (options) => (await import("../../rewards/verify/numeric.ts")).numeric(options),
  ),
  "verify.choice": kind(
    "is the chosen option of a multiple-choice question right",
    { kind: "verify.choice" },
    (z) =>
      z.strictObject({
        options: z.array(z.string()).optional().describe("the options' texts; else task.context.options"),
        text: z.boolean().optional().describe("may an option's text stand for its letter; default true"),
      }),
    async (options) => (await import("../../rewards/verify/choice.ts")).choice(options),
  ),
  "verify.exact": kind(
    "1 if the answer equals a reference text after the named normalisations",
    { kind: "verify.exact", normalise: ["trim", "lowercase"] },
    (z) =>
      z.strictObject({
        normalise: z
          .array(z.enum(["trim", "whitespace", "lowercase", "punctuation", "articles", "nfc", "nfkc", "squad"]))
          .optional()
          .describe('done to both sides in this order; default ["trim"]'),
        within: z.enum(["all", "answer-tag"]).optional().describe("what of the answer is compared"),
      }),
    async (options) => (await import("../../rewards/verify/exact.ts")).exact(options),
  ),
  "verify.format": kind(
    "does the answer have the wanted form: tags, patterns, sections",
    { kind: "verify.format", tags: "think-answer" },
    (z) =>
      z.strictObject({
        tags: z.enum(["think", "think-answer"]).optional(),
        gap: z.enum(["nothing", "space"]).optional(),
        patterns: z
          .array(
            z.union([
              z.string(),
              z.strictObject({ pattern: z.string(), flags: z.string().optional(), absent: z.boolean().optional() }),
            ]),
          )
          .optional()
          .describe("regular expressions that must be found, or must not be"),
        sections: z.array(z.string()).optional().describe("headings that must be there"),
        ordered: z.boolean().optional(),
        credit: z.enum(["all", "share"]).optional(),
        timeLimit: timeLimit(z),
      }),
    async (options) => (await import("../../rewards/verify/format.ts")).format(options),
  ),
  "verify.structure": kind(
    "is the answer valid JSON (of a schema), XML, within a length, with or without words, with citations that resolve",
    { kind: "verify.structure", checks: [{ check: "json", schema: { type: "object", required: ["name"] } }] },
    (z) =>
      z.strictObject({
        checks: z.array(
          z.discriminatedUnion("check", [
            z.strictObject({
              check: z.literal("think"),
              form: z.enum(["think", "think-answer"]),
              gap: z.enum(["nothing", "space"]).optional(),
            }),
            z.strictObject({
              check: z.literal("pattern"),
              pattern: z.string(),
              flags: z.string().optional(),
              absent: z.boolean().optional(),
            }),
            z.strictObject({
              check: z.literal("sections"),
              names: z.array(z.string()),
              ordered: z.boolean().optional(),
            }),
            z.strictObject({
              check: z.literal("json"),
              schema: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
              draft: z.enum(["4", "7", "2019-09", "2020-12"]).optional(),
              within: z.enum(["all", "fence"]).optional(),
              maxDepth: z.int().min(1).optional(),
            }),
            z.strictObject({
              check: z.literal("xml"),
              tags: z.array(z.string()).optional(),
              single: z.boolean().optional(),
            }),
            z.strictObject({
              check: z.literal("length"),
              unit: z.enum(["characters", "words"]).optional(),
              min: z.number().optional(),
              max: z.number().optional(),
            }),
            z.strictObject({
              check: z.literal("words"),
              required: z.array(z.string()).optional(),
              banned: z.array(z.string()).optional(),
              caseSensitive: z.boolean().optional(),
              whole: z.boolean().optional(),
            }),
            z.strictObject({ check: z.literal("citations") }),
          ]),
        ),
        credit: z.enum(["all", "share"]).optional(),
        timeLimit: timeLimit(z),
      }),
    async (options) => (await import("../../rewards/verify/structure.ts")).structure(options),
  ),
  "verify.sql": kind(
    "does the answer's query give the reference query's rows, on an in-memory SQLite database",
    { kind: "verify.sql" },
    (z) =>
      z.strictObject({
        setup: z.string().optional().describe("statements that make the database; else task.context.setup"),
        ordered: z.enum(["auto", "always", "never"]).optional(),
        maxRows: z.int().min(1).optional(),
        timeLimit: timeLimit(z),
      }),
    async (options) => (await import("../../rewards/verify/sql.ts")).sql(options),
  ),
  "verify.constraints": kind(
    "does the answer follow its instructions (IFEval's 25 kinds), strictly or loosely",
    { kind: "verify.constraints" },
    (z) =>
      z.strictObject({ mode: z.enum(["strict", "loose"]).optional(), credit: z.enum(["share", "all"]).optional() }),
    async (options) => (await import("../../rewards/verify/constraints/index.ts")).constraints(options),
  ),
  "verify.tools": kind(
    "are the tool calls right: matching, ToolRL's decomposition, or BFCL's rules",
    { kind: "verify.tools", rule: "bfcl" },
    (z) =>
      z.strictObject({
        rule: z.enum(["match", "toolrl", "bfcl"]).optional(),
        format: z
          .enum(["auto", "parts", "json", "hermes", "python", "xml"])
          .optional()
          .describe("how calls are written"),
        order: z.enum(["free", "strict"]).optional(),
        extra: z.enum(["count", "ignore"]).optional(),
        credit: z.enum(["partial", "exact"]).optional(),
        granularity: z.enum(["fine", "refined", "intermediate", "coarse"]).optional(),
        scales: z.record(z.string(), z.unknown()).optional(),
        pairing: z.enum(["greedy", "optimal"]).optional(),
        length: z.enum(["none", "fixed", "growing"]).optional(),
        underscores: z.boolean().optional(),
      }),
    async (options) => (await import("../../rewards/verify/tools/index.ts")).toolCalls(options),
  ),
  "verify.match": {
    summary: "boxes and points, sets, lists, tables, numbers, facts or hypotheses against the reference",
    example: { kind: "verify.match", of: "set" },
    options: (z, { reward }) =>
      z.strictObject({
        of: z.enum(["shapes", "set", "list", "table", "number", "facts", "hypotheses"]),
        value: z.enum(["f1", "precision", "recall", "exact", "likeness"]).optional(),
        threshold: z.number().gt(0).max(1).optional(),
        tolerance: z.number().min(0).optional(),
        relative: z.number().min(0).optional(),
        boxes: z.enum(["xyxy", "xywh"]).optional(),
        keys: z.array(z.string()).optional(),
        ordered: z.boolean().optional(),
        pairing: z.enum(["greedy", "optimal"]).optional(),
        general: z.record(z.string(), z.array(z.string())).optional(),
        most: z.int().min(1).optional(),
        rewards: z
          .strictObject({ judge: reward })
          .optional()
          .describe("facts: a reward of [0, 1] that says whether one fact, its prompt, is stated"),
        judge: model(z)
          .optional()
          .describe(`facts: a language model that is asked once a response, such as ${exampleModel}`),
        contradiction: z.number().min(0).optional().describe("facts: taken off by share of contradicted facts"),
      }),
    build: async ({ rewards, judge, ...options }, make) => {
      if (rewards !== undefined && judge !== undefined)
        throw new UsageError("verify.match takes one judge: a reward or a model");
      const who =
        rewards !== undefined
          ? { judge: (await make.rewards(rewards))["judge"]! }
          : judge === undefined
            ? {}
            : { judge: await modelFrom(judge) };
      const reward = (await import("../../rewards/verify/match.ts")).match({ ...options, ...who } as MatchOptions);
      return judge === undefined
        ? reward
        : { ...reward, spec: { kind: "verify.match", ...options, judge } as JsonObject };
    },
  },
  "verify.ranking": kind(
    "how well a judge's scores and ranking agree with the reference's",
    { kind: "verify.ranking" },
    (z) => z.strictObject({ format: z.number().min(0).optional(), accuracy: z.number().min(0).optional() }),
    async (options) => (await import("../../rewards/verify/ranking.ts")).ranking(options),
  ),
  "verify.verdict": kind(
    "did a judge's text give the right [[A]] or [[B]]",
    { kind: "verify.verdict" },
    (z) =>
      z.strictObject({
        tail: z.int().min(1).optional(),
        right: z.number().optional(),
        wrong: z.number().optional(),
      }),
    async (options) => (await import("../../rewards/verify/judgement.ts")).verdict(options),
  ),
  "verify.perception": {
    summary: "Perception-R1's reward of a response about a picture: answer, form, visual facts stated, no repetition",
    example: { kind: "verify.perception", judge: exampleModel },
    options: (z, { reward }) =>
      z.strictObject({
        judge: model(z)
          .optional()
          .describe("says which of reference.facts are stated; default: those that stand word for word"),
        rewards: z.strictObject({ accuracy: reward }).optional().describe("is the answer right? default verify.math"),
        weights: z
          .strictObject({
            accuracy: z.number().optional(),
            format: z.number().optional(),
            visual: z.number().optional(),
            repetition: z.number().optional(),
          })
          .optional()
          .describe("defaults 0.9, 0.1, 0.7 and 1"),
      }),
    build: async (options, make) => {
      const { judge, rewards, weights } = options;
      const { perceptionReward } = await import("../../rewards/verify/perception.ts");
      const reward = perceptionReward({
        ...(judge === undefined ? {} : { judge: await modelFrom(judge) }),
        ...(rewards === undefined ? {} : { accuracy: (await make.rewards(rewards))["accuracy"] }),
        ...(weights === undefined ? {} : { weights: weights as PerceptionOptions["weights"] }),
      });
      return { ...reward, spec: { kind: "verify.perception", ...options } as JsonObject };
    },
  },
  "verify.judgement": kind(
    "R1-Reward's rule for a judge's text: format, the right digit, and consistency by a referee model",
    { kind: "verify.judgement" },
    (z) =>
      z.strictObject({
        format: z.number().min(0).optional().describe("what the form earns; default 0.5"),
        consistency: z.enum(["signed", "binary", "off"]).optional(),
        referee: model(z)
          .optional()
          .describe("says whether the thought's end means the verdict; default: nobody, it counts 0"),
      }),
    async ({ referee, ...options }: JudgementOptions & { referee?: unknown }) =>
      (await import("../../rewards/verify/judgement.ts")).judgement({
        ...options,
        ...(referee === undefined ? {} : { referee: await modelFrom(referee) }),
      }),
  ),
  "verify.phrases": kind(
    "share of reasoning phrases used, less repetition",
    { kind: "verify.phrases" },
    (z) =>
      z.strictObject({
        phrases: z.array(z.string()).optional(),
        scale: z.number().positive().optional(),
        repetition: z.union([z.strictObject({ n: z.int().min(1) }), z.literal(false)]).optional(),
        forbid: z.array(z.string()).optional(),
        wholeWords: z.boolean().optional(),
      }),
    async (options) => (await import("../../rewards/verify/phrases.ts")).phrases(options),
  ),
  "verify.repetition": kind(
    "a penalty for repeated n-grams",
    { kind: "verify.repetition", n: 3 },
    (z) =>
      z.strictObject({
        n: z.int().min(1).optional(),
        unit: z.enum(["tokens", "words", "characters"]).optional(),
        maxPenalty: z.number().max(0).optional(),
      }),
    async (options) => (await import("../../rewards/verify/repetition.ts")).repetition(options),
  ),
  "verify.abstention": kind(
    "does the answer abstain exactly where the task cannot be answered",
    { kind: "verify.abstention" },
    (z) => z.strictObject({}),
    async (options) => (await import("../../rewards/verify/rag.ts")).abstention(options),
  ),
  "verify.citation": {
    summary: "are an answer's sentences entailed by the passages that they cite",
    example: { kind: "verify.citation", rewards: { entails: { kind: "reference.tokenF1" } } },
    options: (z, { reward }) =>
      z.strictObject({
        rewards: z
          .strictObject({ entails: reward })
          .describe(
            "a reward of [0, 1] that says whether the claim, its prompt and reference, follows from the candidate",
          ),
        threshold: z.number().min(0).max(1).optional(),
        recallWeight: z.number().min(0).max(1).optional(),
      }),
    build: async ({ rewards, ...options }, make) =>
      (await import("../../rewards/verify/rag.ts")).citation((await make.rewards(rewards))["entails"]!, options),
  },
  "verify.conflict": {
    summary: "of passages that contradict each other: is the trusted claim kept and the conflict named",
    example: { kind: "verify.conflict", rewards: { entails: { kind: "reference.tokenF1" } } },
    options: (z, { reward }) =>
      z.strictObject({
        rewards: z.strictObject({ entails: reward }).describe("as in verify.citation"),
        threshold: z.number().min(0).max(1).optional(),
      }),
    build: async ({ rewards, ...options }, make) =>
      (await import("../../rewards/verify/rag.ts")).conflict((await make.rewards(rewards))["entails"]!, options),
  },
  "verify.contextUse": {
    summary: "a diagnostic: a reward with the task's passages minus without them",
    example: { kind: "verify.contextUse", rewards: { reward: "reference.tokenF1" }, ablate: "drop" },
    options: (z, { reward }) =>
      z.strictObject({ rewards: z.strictObject({ reward }), ablate: z.enum(["drop", "shuffle"]).optional() }),
    build: async ({ rewards, ...options }, make) =>
      (await import("../../rewards/verify/rag.ts")).contextUse((await make.rewards(rewards))["reward"]!, options),
  },
  "verify.translation": kind(
    "is the answer a translation at all: language, length, no copy of the source",
    { kind: "verify.translation", target: "de" },
    (z) =>
      z.strictObject({
        target: z.string().describe("the language it must be in"),
        maxCopy: z.number().min(0).max(1).optional(),
        lengthRatio: z.tuple([z.number(), z.number()]).optional(),
        think: z.boolean().optional(),
      }),
    async (options) => (await import("../../rewards/verify/translation.ts")).translationGate(options),
  ),
  "verify.code": kind(
    "does the program pass its tests, in a sandbox",
    { kind: "verify.code", language: "python" },
    (z) =>
      z.strictObject({
        ...programOptions(z),
        credit: z.enum(["all", "fraction", "weighted"]).optional(),
      }),
    async (options) => (await import("../../rewards/verify/code/index.ts")).code(options),
  ),
  "verify.codeOutcome": kind(
    "how far a program comes: -1 compiles not, -0.6 exception, -0.3 wrong, 1 all tests",
    { kind: "verify.codeOutcome" },
    (z) =>
      z.strictObject({
        ...programOptions(z),
        levels: z
          .strictObject({
            compile: z.number().optional(),
            runtime: z.number().optional(),
            fail: z.number().optional(),
            pass: z.number().optional(),
          })
          .optional(),
      }),
    async (options) => (await import("../../rewards/verify/code/index.ts")).codeOutcome(options),
  ),
};
