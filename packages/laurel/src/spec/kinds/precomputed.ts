import type { PrecomputedOptions } from "../../rewards/precomputed.ts";
import type { Kind } from "../kind.ts";

const precomputed: Kind = {
  summary: "scores that were made elsewhere, from a file: by task id and candidate",
  options: (z) =>
    z.strictObject({
      path: z
        .string()
        .describe("JSON lines, JSON, CSV or Parquet: { id, candidate, value }, reward-bench, laurel score, lm-eval"),
      metric: z.string().optional().describe("of lm-evaluation-harness results with several"),
      filter: z.string().optional().describe("of lm-evaluation-harness results with several"),
      repeat: z.number().int().nonnegative().optional().describe("of rows of `laurel score --repeat`; default 0"),
    }),
  example: { kind: "precomputed", path: "./scores.jsonl" },
  build: async (options) =>
    (await import("../../rewards/precomputed.ts")).precomputed(options as never as PrecomputedOptions),
};

/** The kind of `rewards/precomputed`. */
export const precomputedKinds: Readonly<Record<string, Kind>> = { precomputed };
