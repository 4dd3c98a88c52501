import { expect } from "vitest";
import type { Baseline } from "../run/index.ts";
import { matchers, type RewardLike, type ToBeatBaselineOptions, type ToScoreOptions } from "./matchers.ts";

export * from "./matchers.ts";
export type { GateRow } from "./rows.ts";

declare module "vitest" {
  // the names and number of the type parameters have to be those of Vitest's own declaration (5.x)
  interface Matchers<R, T> {
    /** Is the mean score at least `atLeast`, on its interval? Await it. */
    toScore(reward: RewardLike, options: ToScoreOptions): Promise<void>;
    /** Are the rows better than an earlier run's, task by task? Await it. */
    toBeatBaseline(run: string | Baseline, options: ToBeatBaselineOptions): Promise<void>;
  }
}

expect.extend(matchers);
