import type { RemoteOptions } from "../../rewards/remote/index.ts";
import type { Kind } from "../kind.ts";

const remote: Kind = {
  summary: "a reward served elsewhere: vLLM, SGLang, TEI, OpenRLHF or Laurel over HTTP",
  options: (z) =>
    z.strictObject({
      url: z.string().describe("address of the server"),
      protocol: z
        .enum(["laurel", "vllm-classify", "vllm-pooling", "sglang", "tei", "openrlhf"])
        .optional()
        .describe("what it speaks; default laurel"),
      model: z.string().optional().describe("the served model's name"),
      reward: z.string().optional().describe("the served reward's name (laurel)"),
      template: z
        .union([
          z.enum(["chatml", "llama3", "gemma", "plain"]),
          z.strictObject({ turn: z.string(), before: z.string().optional(), after: z.string().optional() }),
        ])
        .optional()
        .describe("how a conversation becomes text; sglang and tei need one"),
      keyFrom: z.string().optional().describe("environment variable that holds the server's key"),
      range: z.array(z.number()).length(2).optional().describe("least and greatest value"),
      group: z.boolean().optional().describe("the served reward sees groups (laurel)"),
      version: z
        .union([z.string().min(1), z.number()])
        .optional()
        .describe("changes when the model does; allows cache and resume"),
      retries: z.int().min(0).optional(),
      timeout: z.number().positive().optional().describe("milliseconds a request; default 120 000"),
      name: z.string().optional(),
    }),
  example: {
    kind: "remote",
    url: "http://localhost:8000",
    protocol: "vllm-classify",
    model: "my/reward-model",
    version: 1,
  },
  build: async (options) => (await import("../../rewards/remote/index.ts")).remote(options as unknown as RemoteOptions),
};

/** Kinds of `rewards/remote`. */
export const remoteKinds: Readonly<Record<string, Kind>> = { remote };
