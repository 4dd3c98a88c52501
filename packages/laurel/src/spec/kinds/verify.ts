import type { ExactOptions } from "../../rewards/verify/exact.ts";
import type { FormatOptions } from "../../rewards/verify/format.ts";
import type { MathOptions } from "../../rewards/verify/math/index.ts";
import type { Kind } from "../kind.ts";

const exact: Kind = {
  summary: "1 if the answer equals a reference text after the named normalisations",
  options: (z) =>
    z.strictObject({
      normalise: z
        .array(z.enum(["trim", "whitespace", "lowercase", "punctuation", "articles", "nfc", "nfkc", "squad"]))
        .optional()
        .describe('done to both sides in this order; default ["trim"]'),
      within: z.enum(["all", "answer-tag"]).optional().describe("what of the answer is compared"),
    }),
  example: { kind: "verify.exact", normalise: ["trim", "lowercase"] },
  build: async (options) => (await import("../../rewards/verify/exact.ts")).exact(options as ExactOptions),
};

const format: Kind = {
  summary: "does the answer have the wanted form: tags, patterns, sections",
  options: (z) =>
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
      timeLimit: z.number().positive().optional().describe("milliseconds an answer; default 100"),
    }),
  example: { kind: "verify.format", tags: "think-answer" },
  build: async (options) => (await import("../../rewards/verify/format.ts")).format(options as FormatOptions),
};

const math: Kind = {
  summary: "is the final answer mathematically equal to the reference",
  options: (z) =>
    z.strictObject({
      strategies: z
        .array(z.enum(["boxed", "hash", "answer", "last"]))
        .optional()
        .describe("where the answer is looked for, in this order"),
      several: z.enum(["last", "first", "agree"]).optional().describe("which of several boxes counts"),
    }),
  example: { kind: "verify.math" },
  build: async (options) => (await import("../../rewards/verify/math/index.ts")).math(options as MathOptions),
};

/** Kinds of `rewards/verify`. */
export const verifyKinds: Readonly<Record<string, Kind>> = {
  "verify.math": math,
  "verify.exact": exact,
  "verify.format": format,
};
