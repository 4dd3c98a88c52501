import type { Reward } from "../../core/index.ts";
import type {
  ChoiceLikelihoodOptions,
  FollowUpOptions,
  ImplicitOptions,
  PerplexityOptions,
  PromptPrefix,
} from "../../rewards/likelihood/index.ts";
import type { Kind, Options, Z } from "../kind.ts";

type Rewards = typeof import("../../rewards/likelihood/index.ts");

const rewards = (): Promise<Rewards> => import("../../rewards/likelihood/index.ts");
const modelFrom = async (spec: unknown) => (await import("../../models/from.ts")).likelihoodModelFrom(spec);

const model = (z: Z) =>
  z
    .union([z.string(), z.looseObject({})])
    .describe("http://HOST/v1#MODEL (vLLM, SGLang, TGI, laurel models serve), local:NAME, a .gguf file, or an object");
const floor = (z: Z) => z.number().optional().describe("what an empty answer scores; without it it is unscored");
const served = "http://localhost:8000/v1#my-model";

/** A likelihood reward's spec is what it was built from. */
function kind(
  name: string,
  about: Pick<Kind, "summary" | "options" | "example">,
  build: (options: Options) => Promise<Reward>,
): Kind {
  return {
    ...about,
    build: async (options) => ({ ...(await build(options)), spec: { kind: name, ...options } as never }),
  };
}

/** Kinds of `rewards/likelihood`. */
export const likelihoodKinds: Readonly<Record<string, Kind>> = {
  "likelihood.perplexity": kind(
    "likelihood.perplexity",
    {
      summary: "how expected an answer is to a model: mean log-probability a token or byte",
      options: (z) =>
        z.strictObject({
          model: model(z),
          per: z.enum(["token", "byte", "none"]).optional(),
          given: z.enum(["prompt", "nothing"]).optional(),
          floor: floor(z),
        }),
      example: { kind: "likelihood.perplexity", model: served },
    },
    async ({ model, ...options }) => (await rewards()).perplexity(await modelFrom(model), options as PerplexityOptions),
  ),
  "likelihood.densityRatio": kind(
    "likelihood.densityRatio",
    {
      summary: "how much likelier an answer is under a better-aligned model than under a less aligned one (CDR)",
      options: (z) => {
        const prefix = z.strictObject({
          system: z.string().optional(),
          exemplars: z
            .array(
              z.strictObject({
                query: z.string(),
                preferred: z.string(),
                dispreferred: z.string().optional(),
                reason: z.string().optional(),
              }),
            )
            .optional(),
        });
        return z.strictObject({
          strong: model(z).describe("the more aligned model"),
          weak: model(z).describe("an earlier stage or smaller model of its family"),
          reduce: z.enum(["sum", "mean"]).optional(),
          prefix: prefix.optional().describe("criteria and examples before every prompt"),
          domains: z
            .union([z.literal("shipped"), z.record(z.string(), prefix.extend({ about: z.string().optional() }))])
            .optional()
            .describe("a prefix by domain: chat, safety and reasoning as shipped, or your own"),
          router: z
            .union([z.literal("words"), model(z)])
            .optional()
            .describe("who names a prompt's domain: its words (default), or a model that is told what each is about"),
          prefixFor: z.enum(["both", "strong"]).optional(),
          floor: floor(z),
        });
      },
      example: {
        kind: "likelihood.densityRatio",
        strong: "http://localhost:8000/v1#aligned",
        weak: "http://localhost:8001/v1#base",
        domains: "shipped",
      },
    },
    async ({ strong, weak, domains, router, ...options }) => {
      const { alignmentPrefixes, densityRatio, domainPrefixes, routeByModel, routeByWords } = await rewards();
      const models = [await modelFrom(strong), await modelFrom(weak)] as const;
      if (domains === undefined) return densityRatio(...models, options);
      const table =
        domains === "shipped" ? alignmentPrefixes : (domains as Record<string, PromptPrefix & { about?: string }>);
      const about = Object.fromEntries(
        Object.entries(table).map(([name, one]) => [name, "about" in one ? String(one.about ?? name) : name]),
      );
      const route =
        router === undefined || router === "words" ? routeByWords : routeByModel(await modelFrom(router), about);
      const prefix = domainPrefixes(route, table);
      return densityRatio(...models, { ...options, prefix, version: JSON.stringify([1, table, router ?? "words"]) });
    },
  ),
  "likelihood.implicit": kind(
    "likelihood.implicit",
    {
      summary: "the reward within a tuned model: beta times its log-ratio to what it was tuned from (DPO, PRIME)",
      options: (z) =>
        z.strictObject({
          model: model(z).describe("the tuned model"),
          reference: model(z).describe("what it was tuned from"),
          beta: z.number().optional(),
          granularity: z.enum(["token", "step", "whole"]).optional(),
          reduce: z.enum(["sum", "mean"]).optional(),
          floor: floor(z),
        }),
      example: {
        kind: "likelihood.implicit",
        model: "http://localhost:8000/v1#dpo",
        reference: "http://localhost:8001/v1#sft",
        beta: 0.1,
      },
    },
    async ({ model, reference, ...options }) =>
      (await rewards()).implicitReward(await modelFrom(model), await modelFrom(reference), options as ImplicitOptions),
  ),
  "likelihood.followUp": kind(
    "likelihood.followUp",
    {
      summary: "how much likelier a satisfied user's reaction to an answer is than a dissatisfied one's (FLR)",
      options: (z) =>
        z.strictObject({
          model: model(z),
          criteria: z
            .array(z.strictObject({ name: z.string(), positive: z.array(z.string()), negative: z.array(z.string()) }))
            .optional()
            .describe("what satisfied and dissatisfied users say; six criteria of helpfulness are shipped"),
          weights: z.record(z.string(), z.number().min(0)).optional(),
          roles: z.enum(["user-speaks", "model-judges"]).optional(),
          lengthNormalise: z.boolean().optional(),
          prior: z.boolean().optional().describe("take off how likely each reaction is without the answer"),
          floor: floor(z),
        }),
      example: { kind: "likelihood.followUp", model: served },
    },
    async ({ model, ...options }) => (await rewards()).followUp(await modelFrom(model), options as FollowUpOptions),
  ),
  "likelihood.choice": kind(
    "likelihood.choice",
    {
      summary: "the probability of each candidate among those of its task, calibrated for how likely it is anyhow",
      options: (z) =>
        z.strictObject({
          model: model(z),
          calibrate: z.enum(["none", "prior", "content-free"]).optional(),
          per: z.enum(["none", "token", "byte"]).optional(),
          cue: z.string().optional(),
          contentFree: z.array(z.string()).min(1).optional(),
        }),
      example: { kind: "likelihood.choice", model: served, calibrate: "prior" },
    },
    async ({ model, ...options }) =>
      (await rewards()).choiceLikelihood(await modelFrom(model), options as ChoiceLikelihoodOptions),
  ),
  "likelihood.policyDiscriminator": kind(
    "likelihood.policyDiscriminator",
    {
      summary: "how surely an answer comes from the policy of a reference answer, by a served POLAR model",
      options: (z) =>
        z.strictObject({
          url: z.string(),
          server: z.enum(["sglang", "vllm", "lmdeploy"]),
          model: z.string().optional(),
          wrapper: z.enum(["sft", "pretrain"]).optional(),
          aggregate: z.enum(["max", "mean"]).optional(),
          keyFrom: z.string().optional().describe("environment variable that holds the server's key"),
          retries: z.int().min(0).optional(),
          timeout: z.number().positive().optional(),
          version: z
            .union([z.string().min(1), z.number()])
            .optional()
            .describe("changes when the model does; allows cache and resume"),
          floor: floor(z),
        }),
      example: {
        kind: "likelihood.policyDiscriminator",
        url: "http://localhost:30000",
        server: "sglang",
        model: "internlm/POLAR-7B",
        version: 1,
      },
    },
    async (options) =>
      (await rewards()).policyDiscriminator(options as unknown as Parameters<Rewards["policyDiscriminator"]>[0]),
  ),
};
