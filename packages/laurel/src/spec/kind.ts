import type { z as Zod, ZodType } from "zod";
import type { Comparer, JsonObject, Reward } from "../core/index.ts";

/** Zod's namespace, handed to `options`, so that describing a kind does not load Zod. */
export type Z = typeof Zod;

/** Builds what a nested spec describes. */
export interface Make {
  reward(spec: unknown): Promise<Reward>;
  rewards(specs: unknown): Promise<Record<string, Reward>>;
  comparer(spec: unknown): Promise<Comparer>;
}

/** Schemas of nested specs, for a kind's options. */
export interface Nested {
  reward: ZodType;
  rewards: ZodType;
  comparer: ZodType;
}

/** What a kind's `build` is given: options that have been checked (or come from a trusted place). */
export type Options = Record<string, unknown>;

/** A kind of reward or comparer: how its spec's options are checked and how it is built from them. */
export interface Kind {
  /** One line for `laurel kinds`. */
  summary: string;
  /** What it makes. Default: a reward. */
  makes?: "reward" | "comparer";
  /** The options' schema, without `kind`. */
  options(z: Z, nested: Nested): ZodType;
  /** A spec that works as it stands. */
  example: JsonObject;
  /** Loads the code and builds it. `options` lack `kind`. */
  build(options: Options, make: Make): Promise<Reward | Comparer>;
}
