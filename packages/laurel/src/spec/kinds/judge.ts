import type { Comparer, JsonObject, LanguageModel, Reward } from "../../core/index.ts";
import type * as Judges from "../../rewards/judge/index.ts";
import { AGGREGATES } from "../../rewards/process/aggregate.ts";
import type { Kind, Make, Nested, Options, Z } from "../kind.ts";

const load = () => import("../../rewards/judge/index.ts");

const exampleModel = "http://127.0.0.1:8080/v1#judge";

const modelOption = (z: Z) =>
  z
    .union([z.string(), z.looseObject({})])
    .describe(
      'the judge\'s model: "http://127.0.0.1:8080/v1#model", "local:NAME", or an object with url, model, key, price',
    );

/** Options that every judge has. */
const common = (z: Z) => ({
  model: modelOption(z),
  votes: z.int().min(1).optional().describe("verdicts asked for each decision; default 1"),
  temperature: z.number().min(0).optional().describe("default 0, and 0.7 for several votes"),
  topP: z.number().positive().max(1).optional(),
  maxTokens: z.int().min(1).optional().describe("of a reply; default 2048"),
  retries: z.int().min(0).optional().describe("how often an unparsable reply is asked for again; default 0"),
  limit: z.int().min(1).optional().describe("most characters of one quoted text; default 100 000"),
  tooLong: z.enum(["fault", "truncate"]).optional().describe("what an answer over the limit is; default fault"),
  hide: z.array(z.string()).optional().describe("names hidden from the judge"),
  guard: z.enum(["no-answer", "off"]).optional().describe("are answers that say nothing faults? default no-answer"),
  name: z.string().optional(),
});
const use = (z: Z) => z.enum(["use", "require", "ignore"]).optional();
const scaleOption = (z: Z) =>
  z
    .string()
    .regex(/^-?\d+--?\d+$/)
    .optional()
    .describe('two ends, such as "1-5"');
const pair = (z: Z) => ({
  ...common(z),
  orders: z.enum(["both", "as-given"]).optional().describe("default both, asked as two calls"),
  onDisagreement: z.enum(["tie", "average"]).optional().describe("of the two orders; default tie"),
  reference: use(z).describe("may the judge see the reference answer? default use"),
});
const group = (z: Z) => ({
  ...common(z),
  shuffle: z.boolean().optional().describe("a new order for each vote; default true"),
  maxGroup: z
    .int()
    .min(1)
    .optional()
    .describe("most candidates shown together, default 10; larger groups are split with shared anchors"),
});
const rubricShape = (z: Z) =>
  z.strictObject({
    name: z.string().optional(),
    version: z.int().min(1).optional(),
    criterion: z.string().min(1),
    levels: z.record(z.string(), z.string()).describe("what each score means"),
    reference: use(z),
    passages: use(z),
  });

/** A judge's options after the check, with its model built. */
export type Built = Options & { model: LanguageModel; spec: JsonObject };

/** A kind of judge, which can also be built with a model of the caller's: for `laurel judge show`, tests and audits. */
export interface JudgeKind extends Kind {
  judge(options: Built, make: Make): Promise<Reward | Comparer>;
}

function judgeKind(
  name: string,
  about: Pick<Kind, "summary" | "options"> & {
    example?: JsonObject;
    makes?: "comparer";
    judge(options: Built, judges: typeof Judges, make: Make): Reward | Comparer | Promise<Reward | Comparer>;
  },
): readonly [string, JudgeKind] {
  const judge: JudgeKind["judge"] = async (options, make) => about.judge(options, await load(), make);
  return [
    name,
    {
      summary: about.summary,
      options: about.options,
      example: { kind: name, model: exampleModel, ...about.example },
      ...(about.makes === undefined ? {} : { makes: about.makes }),
      judge,
      async build(options, make) {
        const { languageModelFrom } = await import("../../models/from.ts");
        const spec = { kind: name, ...options } as JsonObject;
        return judge({ ...options, model: await languageModelFrom(options["model"]), spec }, make);
      },
    },
  ];
}

/** Options as the judges' own types, which their schemas guarantee. */
const as = <T>(options: Built): T => options as unknown as T;

const single = (z: Z) => ({ ...common(z), reference: use(z).describe("may the judge see the reference answer?") });

const plain: readonly (readonly [string, JudgeKind])[] = [
  judgeKind("judge.pointwise", {
    summary: "a language model scores one answer at a time on a scale",
    example: { criterion: "Is the answer polite and correct?", scale: "1-5" },
    options: (z) =>
      z.strictObject({
        ...single(z),
        scale: z
          .string()
          .regex(/^(?:-?\d+--?\d+|words-(?:5|10))$/)
          .optional()
          .describe('two ends, such as "1-5"; or "words-5" or "words-10", from Extremely Poor to Outstanding'),
        criterion: z.string().optional().describe("what is judged"),
        verdict: z
          .enum(["json", "rating", "line", "number", "expected"])
          .optional()
          .describe("how it states the score; expected: probability-weighted, needs log-probabilities"),
        aggregate: z.enum(["mean", "median", "mode"]).optional(),
        passages: use(z).describe("may it see context.passages? default ignore"),
        critique: use(z).describe("may it see context.critique? default ignore"),
      }),
    judge: (options, { pointwiseJudge }) => pointwiseJudge(as(options)),
  }),
  judgeKind("judge.pairwise", {
    summary: "a language model says which of two answers is better, in both orders",
    makes: "comparer",
    options: (z) =>
      z.strictObject({
        ...pair(z),
        criterion: z.string().optional().describe("what is judged"),
        verdict: z.enum(["brackets", "preferred", "answer", "letter", "overall", "grades"]).optional(),
        scale: scaleOption(z).describe('of the verdict "grades"; default "0-10"'),
        tie: z.boolean().optional().describe("may it tie? default true"),
        count: z.enum(["share", "majority"]).optional().describe("of several votes; default share"),
      }),
    judge: (options, { pairwiseJudge }) => pairwiseJudge(as(options)),
  }),
  judgeKind("judge.graded", {
    summary: "a pairwise judge of five grades with WildBench's length rule",
    makes: "comparer",
    example: { lengthRule: 500 },
    options: (z) =>
      z.strictObject({
        ...pair(z),
        lengthRule: z
          .int()
          .min(-1)
          .optional()
          .describe("slight wins of a side longer by more characters tie; −1 is off"),
        checklist: z.array(z.string()).min(1).optional(),
      }),
    judge: (options, { gradedComparer }) => gradedComparer(as(options)),
  }),
  judgeKind("judge.listwise", {
    summary: "a language model sees all answers of a task: scores, a ranking, or the best of k",
    example: { protocol: "ranking" },
    options: (z) =>
      z.strictObject({
        ...group(z),
        protocol: z.enum(["scores", "ranking", "best"]).optional(),
        scale: scaleOption(z),
        criterion: z.string().optional(),
        reference: use(z),
        aggregate: z.enum(["mean", "median", "mode"]).optional(),
      }),
    judge: (options, { listwiseJudge }) => listwiseJudge(as(options)),
  }),
  judgeKind("judge.rubric", {
    summary: "scores by a rubric: a criterion and what each score means (Prometheus)",
    example: {
      rubric: {
        criterion: "Can a child of ten understand it?",
        levels: { 1: "Not at all.", 2: "Hardly.", 3: "In part.", 4: "Mostly.", 5: "All of it." },
      },
    },
    options: (z) =>
      z.strictObject({
        ...single(z),
        rubric: z
          .union([z.string(), rubricShape(z)])
          .optional()
          .describe(
            "the rubric, a YAML file that holds it, or a shipped one's name; default context.rubric of the task",
          ),
        passages: use(z),
        aggregate: z.enum(["mean", "median", "mode"]).optional(),
      }),
    judge: async (options, judges) => judges.rubricJudge(as(await withFile(options, "rubric", judges))),
  }),
  judgeKind("judge.principle", {
    summary: "scores all answers of a task 1 to 5 by a principle in plain language (RewardAnything)",
    example: { principle: "Prefer short answers that are right." },
    options: (z) =>
      z.strictObject({
        ...group(z),
        principle: z
          .string()
          .optional()
          .describe("the principle, or a YAML file that holds it; default context.principle"),
        breakTies: z.enum(["ranking", "none"]).optional(),
        aggregate: z.enum(["mean", "median"]).optional(),
      }),
    judge: async (options, judges) => judges.principleJudge(as(await withFile(options, "principle", judges))),
  }),
  judgeKind("judge.reasoning", {
    summary: "a pairwise judge that solves or writes a rubric before it decides (RM-R1, R1-Reward)",
    makes: "comparer",
    options: (z) =>
      z.strictObject({
        ...pair(z),
        mode: z.enum(["rubric", "plain", "think"]).optional().describe("default rubric"),
        tail: z.int().min(20).optional().describe("characters at the end where the verdict must stand; default 80"),
      }),
    judge: (options, { reasoningJudge }) => reasoningJudge(as(options)),
  }),
  judgeKind("judge.generative", {
    summary: "writes its own principles, criticises and scores all answers; sampled votes are added (DeepSeek-GRM)",
    example: { votes: 8 },
    options: (z) =>
      z.strictObject({
        ...group(z),
        scale: scaleOption(z),
        byCriterion: z.boolean().optional().describe("ask for scores by criterion too; default false"),
      }),
    judge: (options, { generativeReward }) => generativeReward(as(options)),
  }),
  judgeKind("judge.writing", {
    summary: "a pairwise judge of writing (Writing-Zero, LitBench)",
    makes: "comparer",
    options: (z) =>
      z.strictObject({
        ...pair(z),
        form: z.enum(["scores", "preferred"]).optional(),
        principles: z.array(z.string()).optional(),
      }),
    judge: (options, { writingJudge }) => writingJudge(as(options)),
  }),
  judgeKind("judge.checklist", {
    summary: "scores 1 to 10 helped by a checklist (WildBench)",
    example: { checklist: ["Does it name the capital?", "Is it one sentence?"] },
    options: (z) =>
      z.strictObject({
        ...single(z),
        checklist: z
          .union([z.array(z.string()).min(1), z.string()])
          .optional()
          .describe("the questions, or a YAML file that holds them; default context.checklist of the task"),
        rescale: z.boolean().optional().describe("give (s − 5)·2; default false"),
      }),
    judge: async (options, judges) => judges.checklistJudge(as(await withFile(options, "checklist", judges))),
  }),
  judgeKind("judge.facts", {
    summary: "the share of reference.facts that an answer states (Perception-R1)",
    options: (z) => z.strictObject(common(z)),
    judge: (options, { factCoverage }) => factCoverage(as(options)),
  }),
  judgeKind("judge.claims", {
    summary: "the share of claims that passages or the reference support, as ragas counts them",
    example: { check: "faithfulness" },
    options: (z) =>
      z.strictObject({
        ...common(z),
        check: z.enum(["faithfulness", "context-recall", "context-precision", "factuality"]),
      }),
    judge: (options, { claimJudge }) => claimJudge(as(options)),
  }),
  judgeKind("judge.facets", {
    summary: "several separate questions in one call, each a part of the score (MM-RLHF)",
    example: { facets: { polite: "Is it polite?", right: "Is it right?" }, scale: "1-5" },
    options: (z) =>
      z.strictObject({
        ...single(z),
        facets: z.record(z.string(), z.string()),
        weights: z.record(z.string(), z.number().min(0)).optional(),
        scale: scaleOption(z),
      }),
    judge: (options, { facetJudge }) => facetJudge(as(options)),
  }),
  judgeKind("judge.trajectory", {
    summary: "did an agent reach its goal, with side effects or loops (AgentRewardBench)",
    options: (z) =>
      z.strictObject({
        ...common(z),
        observe: z.enum(["last", "none", "all"]).optional().describe("which observations are shown; default last"),
        order: z.enum(["success-first", "success-last"]).optional(),
        hideReasoning: z.boolean().optional().describe("default true"),
        screenshots: z
          .boolean()
          .optional()
          .describe("show pictures among the observations; default where the model reads them"),
        maxChars: z.int().min(100).optional(),
      }),
    judge: (options, { trajectoryJudge }) => trajectoryJudge(as(options)),
  }),
  judgeKind("judge.critique", {
    summary: "verifies a solution step by step before it decides (ThinkPRM)",
    options: (z) =>
      z.strictObject({
        ...common(z),
        rounds: z.int().min(1).optional().describe("checks in sequence; default 1"),
        recheck: z.string().optional(),
        score: z.enum(["yes-probability", "fraction-yes", "step-product"]).optional(),
      }),
    judge: (options, { generativeStepReward }) => generativeStepReward(as(options)),
  }),
  judgeKind("judge.steps", {
    summary: "a language model scores each step of a solution, or marks the wrong ones (ViLBench, VLRMBench)",
    example: { aggregate: "mean" },
    options: (z) =>
      z.strictObject({
        ...common(z),
        verdict: z.enum(["scores", "marks"]).optional().describe("scores (default) on the scale, or a list of 0 and 1"),
        scale: scaleOption(z).describe('of scores; default "1-5"'),
        calls: z.enum(["one", "each"]).optional().describe("one call for all steps (default), or a call a step"),
        criterion: z.string().optional().describe("what is judged of a step"),
        aggregate: z
          .union([
            z.enum(AGGREGATES),
            z.strictObject({ softmin: z.number().min(0) }),
            z.strictObject({ lastFraction: z.number().positive().max(1) }),
          ])
          .optional()
          .describe("how the steps' values become the solution's; default mean"),
      }),
    judge: async (options) => (await import("../../rewards/process/index.ts")).stepwiseJudge(as(options)),
  }),
  judgeKind("judge.self", {
    summary: "how sure a model is, in a word, that a solution is right",
    options: (z) =>
      z.strictObject({
        ...common(z),
        about: z.enum(["process", "result"]).optional(),
        words: z.record(z.string(), z.number()).optional(),
      }),
    judge: (options, { selfEvaluation }) => selfEvaluation(as(options)),
  }),
  judgeKind("judge.tools", {
    summary: "a judge that calls tools before it scores (Themis)",
    example: { tools: ["calculator", "calendar"] },
    options: (z) =>
      z.strictObject({
        ...single(z),
        tools: z
          .array(
            z.union([
              z.enum(["calculator", "calendar", "translate"]),
              z.strictObject({ tool: z.literal("calendar"), today: z.string().optional() }),
              z.strictObject({
                tool: z.literal("search"),
                corpus: z.array(z.string()).min(1),
                top: z.int().min(1).optional(),
              }),
              z.strictObject({ tool: z.literal("lookup"), table: z.record(z.string(), z.string()) }),
              z.strictObject({ tool: z.literal("reward"), name: z.string(), description: z.string(), reward: z.any() }),
            ]),
          )
          .min(1)
          .describe("calculator, calendar, translate, a search over texts, a table, or a reward such as verify.code"),
        maxCalls: z.int().min(1).max(50).optional(),
        timeoutMs: z.number().positive().optional(),
        scale: scaleOption(z),
        criterion: z.string().optional(),
      }),
    judge: async (options, judges, make) =>
      judges.toolJudge(as({ ...options, tools: await toolsFrom(options["tools"], options.model, judges, make) })),
  }),
  judgeKind("judge.downstream", {
    summary: "scores a text by the answer that a solver gives from it alone (RACRO)",
    example: { rewards: { verify: "verify.math" }, leak: "zero" },
    options: (z, { reward }: Nested) =>
      z.strictObject({
        ...common(z),
        rewards: z.strictObject({ verify: reward }),
        leak: z.enum(["ignore", "zero", "report"]).optional(),
      }),
    judge: async (options, { downstreamReward }, make) =>
      downstreamReward(as({ ...options, verify: (await make.rewards(options["rewards"]))["verify"] })),
  }),
  judgeKind("judge.precompared", {
    summary: "scores on criteria that came from comparing other answers (Feedbacker's PC²)",
    example: { auxiliaries: [exampleModel, "http://127.0.0.1:8081/v1#other"] },
    options: (z) =>
      z.strictObject({
        ...common(z),
        auxiliaries: z.array(modelOption(z)).min(2).describe("models whose answers are compared"),
        baseline: z.enum(["first-auxiliary", "none"]).optional(),
        arithmetic: z.enum(["ours", "judge"]).optional(),
        levels: z.union([z.literal(3), z.literal(5), z.literal(10)]).optional(),
      }),
    async judge(options, { preComparedCriteria, preComparedJudge }) {
      const { languageModelFrom } = await import("../../models/from.ts");
      const given = options["auxiliaries"] as readonly unknown[];
      const auxiliaries = await Promise.all(given.map((one) => languageModelFrom(one)));
      const criteria = preComparedCriteria({ model: options.model, auxiliaries });
      return preComparedJudge(as({ ...options, criteria }));
    },
  }),
  judgeKind("judge.autorater", {
    summary: "a rater for one judgement task in a unified text form (FLAMe)",
    example: {
      task: {
        id: "helpful",
        type: "pointwise",
        definition: "Rate the answer.",
        criteria: "Is it helpful?",
        field: "rating",
        labels: [1, 5],
      },
    },
    options: (z) =>
      z.strictObject({
        ...common(z),
        task: z.strictObject({
          id: z.string(),
          type: z.enum(["pointwise", "classification"]),
          definition: z.string(),
          criteria: z.string(),
          field: z.string(),
          labels: z.array(z.union([z.string(), z.number()])).min(2),
        }),
      }),
    judge: (options, { autorater }) => autorater(as(options)),
  }),
];

async function toolsFrom(
  given: unknown,
  model: LanguageModel,
  judges: typeof Judges,
  make: Make,
): Promise<Judges.Tool[]> {
  const tools: Judges.Tool[] = [];
  for (const one of given as readonly (string | Record<string, unknown>)[]) {
    const tool = typeof one === "string" ? { tool: one } : one;
    if (tool["tool"] === "calculator") tools.push(judges.calculatorTool());
    else if (tool["tool"] === "calendar") tools.push(judges.calendarTool(tool as { today?: string }));
    else if (tool["tool"] === "translate") tools.push(judges.translateTool(model));
    else if (tool["tool"] === "search") {
      const corpus = (tool["corpus"] as readonly string[]).map((text) => ({ text }));
      tools.push(judges.searchTool(corpus, tool["top"] === undefined ? {} : { top: tool["top"] as number }));
    } else if (tool["tool"] === "lookup") tools.push(judges.lookupTool(tool["table"] as Record<string, string>));
    else {
      const reward = await make.reward(tool["reward"]);
      tools.push(judges.rewardTool(tool["name"] as string, tool["description"] as string, reward));
    }
  }
  return tools;
}

/**
 * The options with a rubric, principle or checklist read from its file, or a shipped rubric by its name. The spec that the
 * judge states holds the criteria themselves, so that workers and fingerprints do not depend on the file.
 */
async function withFile(options: Built, kind: keyof Judges.CriteriaForms, judges: typeof Judges): Promise<Built> {
  const given = options[kind];
  const isFile = typeof given === "string" && /\.(?:ya?ml|json)$/.test(given);
  let criteria: JsonObject[string];
  if (kind === "rubric") {
    if (given === undefined) return options;
    criteria = isFile
      ? await judges.criteriaFile("rubric", given)
      : typeof given === "string"
        ? await judges.shippedRubric(given as Judges.ShippedRubric)
        : await judges.criteriaFrom("rubric", given);
  } else if (!isFile) {
    if (kind === "checklist" && typeof given === "string") criteria = [given];
    else return options;
  } else
    criteria =
      kind === "principle"
        ? (await judges.criteriaFile(kind, given)).principle
        : (await judges.criteriaFile(kind, given)).checklist;
  return { ...options, [kind]: criteria, spec: { ...options.spec, [kind]: criteria } };
}

/** Rubrics that come with Laurel, each under its own kind; some can also be counted claim by claim. */
const shipped: readonly (readonly [name: string, rubric: Judges.ShippedRubric, summary: string, claims: boolean])[] = [
  ["judge.faithfulness", "faithfulness", "does the answer say only what context.passages say", true],
  ["judge.answerRelevance", "answer-relevance", "does the answer address what was asked", false],
  ["judge.contextPrecision", "context-precision", "are context.passages useful, and useful ones first", true],
  ["judge.contextRecall", "context-recall", "do context.passages hold what the reference answer states", true],
  ["judge.factuality", "factuality", "do the answer's facts agree with the reference answer", true],
  ["judge.instructionFollowing", "instruction-following", "does the answer follow every instruction", false],
  ["judge.refusal", "refusal", "does the answer decline (1) or not (0)", false],
  ["judge.tone", "tone", "is the tone polite, respectful and fitting", false],
  [
    "judge.ragMultiHop",
    "rag-multi-hop",
    "does the answer join facts of several context.passages, each hop right",
    false,
  ],
  [
    "judge.ragCitation",
    "rag-citation",
    "does each claim carry the passage of context.passages that supports it",
    false,
  ],
  [
    "judge.ragAbstention",
    "rag-abstention",
    "does the answer decline exactly where context.passages do not tell",
    false,
  ],
  [
    "judge.ragConflict",
    "rag-conflict",
    "where context.passages contradict each other, is the conflict weighed and named",
    false,
  ],
];

const rubricKinds = shipped.map(([name, rubric, summary, claims]) =>
  judgeKind(name, {
    summary,
    options: (z) =>
      z.strictObject({
        ...common(z),
        ...(claims
          ? {
              form: z
                .enum(["claims", "rubric"])
                .optional()
                .describe("claims (default): a share in [0, 1]; rubric: a score 1 to 5"),
            }
          : {}),
      }),
    async judge(options, judges) {
      if (claims && options["form"] !== "rubric")
        return judges.claimJudge(as({ ...options, check: rubric as Judges.ClaimCheck }));
      // rubrics of passages do not depend on the answer, so an empty one is no fault
      const guard = rubric.startsWith("context-") ? { guard: "off" } : {};
      return judges.rubricJudge(as({ ...options, ...guard, rubric: await judges.shippedRubric(rubric) }));
    },
  }),
);

const members = (z: Z, judge: Nested["reward"]) =>
  z
    .array(
      z.strictObject({
        judge,
        family: z.array(z.string()).optional().describe("words of its family's names; it does not judge their answers"),
      }),
    )
    .min(1);

const panel: Kind = {
  summary: "the mean of several judges, each kept away from its own family's answers (by the candidate's meta.model)",
  options: (z, { reward }) =>
    z.strictObject({ members: members(z, reward), quorum: z.int().min(1).optional(), name: z.string().optional() }),
  example: {
    kind: "judge.panel",
    members: [
      { judge: { kind: "judge.pointwise", model: exampleModel }, family: ["gpt"] },
      { judge: { kind: "judge.pointwise", model: "http://127.0.0.1:8081/v1#other" } },
    ],
  },
  build: async ({ members: given, ...options }, make) => {
    const { judgePanel } = await load();
    const list = given as readonly { judge: unknown; family?: readonly string[] }[];
    return judgePanel(
      await Promise.all(list.map(async ({ judge, family }) => ({ judge: await make.reward(judge), family }))),
      options,
    );
  },
};

const comparerPanel: Kind = {
  summary: "the mean of several pairwise judges, each kept away from its own family's answers",
  makes: "comparer",
  options: (z, { comparer }) =>
    z.strictObject({ members: members(z, comparer), quorum: z.int().min(1).optional(), name: z.string().optional() }),
  example: {
    kind: "judge.comparerPanel",
    members: [
      { judge: { kind: "judge.pairwise", model: exampleModel }, family: ["gpt"] },
      { judge: { kind: "judge.pairwise", model: "http://127.0.0.1:8081/v1#other" } },
    ],
  },
  build: async ({ members: given, ...options }, make) => {
    const { comparerPanel: build } = await load();
    const list = given as readonly { judge: unknown; family?: readonly string[] }[];
    return build(
      await Promise.all(list.map(async ({ judge, family }) => ({ judge: await make.comparer(judge), family }))),
      options,
    );
  },
};

const majority: Kind = {
  summary: "a panel of pairwise judges that decides by its majority",
  makes: "comparer",
  options: (z, { comparer }) =>
    z.strictObject({
      judges: z.array(comparer).min(1),
      quorum: z.int().min(1).optional(),
      count: z.enum(["majority", "share"]).optional(),
      name: z.string().optional(),
    }),
  example: {
    kind: "judge.majority",
    judges: [
      { kind: "judge.pairwise", model: exampleModel },
      { kind: "judge.reasoning", model: exampleModel },
    ],
  },
  build: async ({ judges, ...options }, make) =>
    (await load()).majorityJudge(
      await Promise.all((judges as readonly unknown[]).map((one) => make.comparer(one))),
      options,
    ),
};

const critiqueThenScore: Kind = {
  summary: "a model criticises the answer, and another reward scores it with the critique in view (MM-RLHF)",
  options: (z, { reward }) => z.strictObject({ ...single(z), rewards: z.strictObject({ head: reward }) }),
  example: {
    kind: "judge.critiqueThenScore",
    model: exampleModel,
    rewards: { head: { kind: "remote", url: "http://127.0.0.1:8000", protocol: "laurel", version: 1 } },
  },
  build: async ({ rewards, ...options }, make) => {
    const { languageModelFrom } = await import("../../models/from.ts");
    const { critiqueThenScore: build } = await load();
    const spec = { kind: "judge.critiqueThenScore", rewards, ...options } as JsonObject;
    const head = (await make.rewards(rewards))["head"]!;
    return build({ ...options, model: await languageModelFrom(options["model"]), head, spec });
  },
};

const scoreMatch: Kind = {
  summary: "does a self-verification's boxed score equal the verifier's (RISE); asks no model",
  options: (z) =>
    z.strictObject({
      values: z
        .tuple([z.number(), z.number(), z.number()])
        .optional()
        .describe("right, wrong, unboxed; default 1, −0.5, −1"),
      minChars: z.int().min(0).optional(),
    }),
  example: { kind: "judge.scoreMatch" },
  build: async (options) => (await load()).scoreMatchReward(options),
};

/** Judges that `laurel judge show` can build with a model of its own. */
export const shownJudges: Readonly<Record<string, JudgeKind>> = Object.fromEntries([...plain, ...rubricKinds]);

/** Kinds of `rewards/judge`. */
export const judgeKinds: Readonly<Record<string, Kind>> = {
  ...shownJudges,
  "judge.panel": panel,
  "judge.comparerPanel": comparerPanel,
  "judge.majority": majority,
  "judge.critiqueThenScore": critiqueThenScore,
  "judge.scoreMatch": scoreMatch,
};
