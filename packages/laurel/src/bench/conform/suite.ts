import { type Json, type Seed, seedFrom, type Task } from "../../core/index.ts";
import type { Case } from "../../rewards/verify/index.ts";

/** What a verifier is given: the gold answer, and the text that a model wrote. */
export interface SuiteInput {
  readonly gold: Json;
  readonly candidate: string;
}

/** How many cases, and from which seed (default 1). */
export interface SuiteOptions {
  readonly count?: number | undefined;
  readonly seed?: Seed | string | number | undefined;
}

/** Cases for one verifier whose verdicts are known by construction. */
export interface Suite {
  /** As `--suite` names it. */
  readonly name: string;
  /** The kind that it was made for. */
  readonly kind: string;
  /** The options of the kind that ask for this suite, where a kind has several. */
  readonly when?: Readonly<Record<string, string>> | undefined;
  /** How many cases there are by default. */
  readonly count: number;
  /** What `gold` and `candidate` hold, in a line. */
  readonly about: string;
  cases(options?: SuiteOptions): Iterable<Case<SuiteInput>>;
  /** The case as a task with one candidate, its gold answer in the reference. */
  task(input: SuiteInput): Task;
}

/** The seed of a suite's options. */
export function seedOf(options: SuiteOptions): Seed {
  return seedFrom(options.seed ?? 1);
}
