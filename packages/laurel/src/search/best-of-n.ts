import {
  answerText,
  type Candidate,
  directContext,
  type LanguageModel,
  type Message,
  type Policy,
  type Reward,
  type Score,
  seedFrom,
  type Task,
  task,
  type Unscored,
  type Usage,
  UsageError,
} from "../core/index.ts";
import { Pool, type ScoreAllOptions, scoreAll } from "../run/index.ts";
import { drawCandidates } from "./draw.ts";

/** Options of `bestOf`; those of scoring (`cache`, `deadline`, `pool`, …) are passed on. */
export interface BestOfOptions extends Omit<ScoreAllOptions, "repeats" | "order" | "batch" | "stop"> {
  /** Answers to sample, at least 1. */
  n: number;
  /** Passed to the model; its own default if not given. At 0 all answers are alike. */
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  stopAt?: readonly string[] | undefined;
}

/** The best of n answers, with everything that was sampled. */
export interface BestOf {
  /** The best candidate's text; undefined where no candidate could be scored. */
  answer: string | undefined;
  /** Index of the best candidate: the lowest at the maximum; null where none could be scored. */
  best: number | null;
  tied: readonly number[];
  /** Best value less the next one. */
  margin: number | null;
  candidates: readonly Candidate[];
  scores: readonly Score[];
  /** Generations that failed, so that there may be fewer than n candidates. */
  failed: readonly Unscored[];
  /** Of the generations; rewards that call models report through the options' `onProgress`. */
  usage: readonly Usage[];
}

/** Samples and picks; closing it ends the threads of rewards that compute. */
export interface BestOfSearch extends AsyncDisposable {
  (
    prompt: string | readonly Message[] | Task,
    call?: { seed?: string | number; signal?: AbortSignal },
  ): Promise<BestOf>;
}

/**
 * Best of n: samples n answers and picks the one that a reward scores highest.
 *
 * @param source a language model (asked once for n where it can, else n times with seeds of their own) or a policy
 * @param reward scores the answers as one group, so that rewards that compare candidates work as well
 * @param options `n` is needed
 * @returns a function of a prompt, messages, or a task without candidates (whose reference and context the reward sees)
 * @throws UsageError for an n below 1; generation failures are in `failed`
 * Source: Stiennon et al. (2020), section 4, for the use of a reward model to pick among samples. It gains log n − (n − 1)/n of KL from
 * the sampler, and a large n overoptimises a weak reward (Gao et al., 2023): `laurel eval` first.
 * @example const answer = await bestOf(model, math(), { n: 8 })("What is 17 · 24?");
 */
export function bestOf(source: LanguageModel | Policy, reward: Reward, options: BestOfOptions): BestOfSearch {
  const { n, temperature, maxTokens, stopAt, ...run } = options;
  if (!(Number.isInteger(n) && n >= 1)) throw new UsageError(`n must be a whole number of at least 1, not ${n}`);
  let own: Pool | undefined;
  const search = async (
    prompt: string | readonly Message[] | Task,
    call: { seed?: string | number; signal?: AbortSignal } = {},
  ): Promise<BestOf> => {
    const asked = taskOf(prompt);
    const seed = seedFrom(call.seed ?? run.seed ?? 0);
    const signal = call.signal ?? run.signal;
    const usage: Usage[] = [];
    const context = directContext({ seed, signal, open: run.open, spend: (used) => usage.push(used) });
    const { candidates, failed } = await drawCandidates(source, asked, { n, temperature, maxTokens, stopAt }, context);
    const pool = run.pool ?? (own ??= new Pool({ workers: run.workers }));
    const full: Task = { ...asked, candidates };
    for await (const row of scoreAll(reward, [full], { ...run, pool, seed, signal })) {
      const { best, tied, margin, scores } = row;
      const answer = best === null ? undefined : answerText(candidates[best]!);
      return { answer, best, tied, margin, candidates, scores, failed, usage };
    }
    return { answer: undefined, best: null, tied: [], margin: null, candidates, scores: [], failed, usage };
  };
  return Object.assign(search, {
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await own?.[Symbol.asyncDispose]();
      own = undefined;
    },
  });
}

function taskOf(prompt: string | readonly Message[] | Task): Task {
  return typeof prompt === "object" && "prompt" in prompt ? prompt : task(prompt, []);
}
