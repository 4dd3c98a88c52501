import { LaurelError, NotEnoughDataError, type Reward, UsageError } from "../core/index.ts";
import { gateDetails, gateSentence } from "../report/index.ts";
import {
  type Bar,
  type Baseline,
  baselineDiffers,
  baselineOf,
  type GateOnOptions,
  gateOn,
  Pool,
} from "../run/index.ts";
import { rewardFrom, rewardFromText } from "../spec/index.ts";
import { examplesOf } from "./rows.ts";

/** A reward, or what makes one: a kind, YAML or a file, as after `--reward`, or a spec object. */
export type RewardLike = Reward | string | { readonly kind: string; readonly [option: string]: unknown };

/** Options of both matchers; those of scoring (`concurrency`, `cache`, `seed` and so on) are passed on. */
export interface MatcherOptions extends Omit<GateOnOptions, "level" | "partial"> {
  /** Confidence of the interval. Default 0.95. */
  confidence?: number | undefined;
}

/** Options of `toScore`. */
export interface ToScoreOptions extends MatcherOptions {
  /** The least mean, on the reward's own scale. */
  atLeast: number;
}

/** Options of `toBeatBaseline`. */
export interface ToBeatBaselineOptions extends MatcherOptions {
  reward: RewardLike;
  /** Pass also where it is worse by no more than this. Default 0: it has to be better. */
  margin?: number | undefined;
  /** The directory of runs, where the baseline is a run's id. Default `.laurel`. */
  store?: string | undefined;
}

/** What an async matcher gives to Vitest, and to Jest, whose `expect.extend` takes the same. */
export interface MatcherAnswer {
  pass: boolean;
  message: () => string;
}

async function rewardOf(given: RewardLike): Promise<Reward> {
  if (typeof given === "string") return rewardFromText(given);
  return "score" in given && typeof given.score === "function" ? (given as Reward) : rewardFrom(given);
}

// one for all assertions of a test file, since a worker thread takes longer to start than most rewards take to score
let pool: Pool | undefined;

/** What `f` gives; an error's hint is put into its message, since test runners show nothing else. */
async function hinted<T>(f: () => Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (thrown) {
    if (!(thrown instanceof LaurelError) || thrown.hint === undefined) throw thrown;
    throw new LaurelError(thrown.code, `${thrown.message}\n${thrown.hint}`, {
      exitCode: thrown.exitCode,
      cause: thrown,
    });
  }
}

async function answer(rows: unknown, given: RewardLike, bar: Bar, options: MatcherOptions): Promise<MatcherAnswer> {
  const { confidence, ...run } = options;
  const reward = await rewardOf(given);
  pool ??= new Pool(run.workers === undefined ? {} : { workers: run.workers });
  const result = await gateOn(reward, [examplesOf(rows)], bar, { pool, ...run, level: confidence });
  const differs = bar.min === undefined ? baselineDiffers(reward, bar.baseline) : undefined;
  const message = (): string =>
    [gateSentence(result), ...(differs === undefined ? [] : [differs]), ...gateDetails(result)].join("\n");
  // thrown, because a matcher's false turns into a pass under .not
  if (result.verdict === "undecided") throw new NotEnoughDataError(message());
  return { pass: result.verdict === "pass", message };
}

/**
 * `expect(rows).toScore(reward, { atLeast, confidence })`: is the mean score at least `atLeast`, on its interval?
 *
 * It passes where the interval's low end reaches `atLeast`; fails where its high end lies below; and fails in between, also under
 * `.not`, with about how many prompts are needed. What is unscored (such as for a missing API key) is printed with its reason.
 *
 * @param rows tasks, examples, or plain `{ prompt, candidates, answer }` rows
 * @param reward a reward, a kind's name, a spec, or `./mine.ts#name`
 * @example await expect(rows).toScore("verify.math", { atLeast: 0.8 })
 */
export async function toScore(rows: unknown, reward: RewardLike, options: ToScoreOptions): Promise<MatcherAnswer> {
  const { atLeast, ...rest } = options;
  if (typeof atLeast !== "number") throw new UsageError("toScore needs atLeast, a number on the reward's own scale");
  return hinted(() => answer(rows, reward, { min: atLeast }, rest));
}

/**
 * `expect(rows).toBeatBaseline(run, { reward, margin })`: are the rows better than an earlier run's, task by task?
 *
 * @param rows as for `toScore`; tasks are paired with the run's by id
 * @param run a file of scored rows, a run's id as `laurel runs` lists it, or a `Baseline`
 * @example await expect(rows).toBeatBaseline("baseline.scored.jsonl", { reward: "verify.math", margin: 0.02 })
 */
export async function toBeatBaseline(
  rows: unknown,
  run: string | Baseline,
  options: ToBeatBaselineOptions,
): Promise<MatcherAnswer> {
  const { reward, margin, store, ...rest } = options;
  if (reward === undefined) throw new UsageError("toBeatBaseline needs the reward that the run was scored with");
  return hinted(async () => {
    const baseline = typeof run === "string" ? await baselineOf(run, { store, repeats: rest.repeats }) : run;
    return answer(rows, reward, { baseline, margin: margin ?? 0 }, rest);
  });
}

/** Both matchers, for `expect.extend` where importing `laurel/vitest` should not do it. */
export const matchers = { toScore, toBeatBaseline };
