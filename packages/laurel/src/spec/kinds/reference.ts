import type { LengthOptions } from "../../rewards/length.ts";
import type { TokenF1Options } from "../../rewards/reference/index.ts";
import type { Kind } from "../kind.ts";

const tokenF1: Kind = {
  summary: "SQuAD's token F1 against the reference texts",
  options: (z) => z.strictObject({ version: z.enum(["1.1", "2.0"]).optional() }),
  example: { kind: "reference.tokenF1" },
  build: async (options) => (await import("../../rewards/reference/index.ts")).tokenF1(options as TokenF1Options),
};

const exactMatch: Kind = {
  summary: "SQuAD's exact match against the reference texts",
  options: (z) => z.strictObject({}),
  example: { kind: "reference.exactMatch" },
  build: async () => (await import("../../rewards/reference/index.ts")).exactMatch(),
};

const length: Kind = {
  summary: "the answer's length, or how well it keeps to a limit",
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
      z.strictObject({ unit, form: z.literal("range"), min: z.number().optional(), max: z.number().optional() }),
    ]);
  },
  example: { kind: "length", unit: "words", form: "range", max: 200 },
  build: async (options) => (await import("../../rewards/length.ts")).length(options as LengthOptions),
};

/** Kinds of `rewards/reference`, and `length`. */
export const referenceKinds: Readonly<Record<string, Kind>> = {
  "reference.tokenF1": tokenF1,
  "reference.exactMatch": exactMatch,
  length,
};
