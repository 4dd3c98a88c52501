import { answerText, type Score, type Task, UsageError } from "../core/index.ts";

/** A sampled answer with the value of its prefixes. */
export interface ValuedSample {
  /** What it votes for; null where it has no answer. */
  answer: string | null;
  /** How good the end looks after each step. */
  values: readonly number[];
  /** Tokens of each step, default 1 each. */
  tokens?: readonly number[] | undefined;
}

/** When a sample is stopped. */
export interface FilterOptions {
  /** A sample is stopped at the first check whose value is not above it; the release's is 0. */
  threshold: number;
  /** After every step but the last (default), or once, after this share of the steps. */
  checkAt?: "every" | number | undefined;
}

/** A vote among the samples that were not stopped. */
export interface FilteredVote {
  /** The most frequent answer, of tied ones the first; null where no sample has one. */
  answer: string | null;
  /** All answers with as many votes. */
  tied: readonly string[];
  /** Indices of the samples that voted: all of them where none survived. */
  kept: readonly number[];
  /** Steps after which each sample was stopped; null for one that was not. */
  stoppedAfter: readonly (number | null)[];
  /** Tokens of all samples, and how many of them stopping there does without; none where no sample survived. */
  tokens: number;
  saved: number;
}

/**
 * Majority vote among samples that look well on their way: a sample is stopped at the first step whose value is not above a threshold.
 *
 * Set the threshold by the share of right answers to be kept, on samples of other questions, not by accuracy: early steps carry little
 * evidence. Where all samples would be stopped, all of them vote and nothing is saved.
 *
 * @param samples each with at least one value
 * @returns the vote, and what it does without
 * @throws UsageError for a sample without values, another number of tokens than values, or a `checkAt` outside (0, 1)
 * Source: Nath et al. (2024), filter_and_eval.py; `checkAt` a share is Laurel's cheaper variant
 * @example filterVotes(samples, { threshold: 0 }).saved
 */
export function filterVotes(samples: readonly ValuedSample[], options: FilterOptions): FilteredVote {
  const { threshold, checkAt = "every" } = options;
  if (checkAt !== "every" && !(checkAt > 0 && checkAt < 1))
    throw new UsageError(`filterVotes: checkAt lies between 0 and 1, not at ${checkAt}`);
  let [tokens, saved] = [0, 0];
  const stoppedAfter = samples.map(({ values, tokens: counts }, i) => {
    if (values.length === 0) throw new UsageError(`filterVotes: sample ${i} has no values`);
    if (counts !== undefined && counts.length !== values.length)
      throw new UsageError(`filterVotes: sample ${i} has ${values.length} values and ${counts.length} token counts`);
    const own = values.length;
    const checks =
      checkAt === "every" ? values.slice(0, -1).map((_, k) => k) : own < 2 ? [] : [Math.ceil(checkAt * own) - 1];
    const stop = checks.find((k) => !(values[k]! > threshold));
    values.forEach((_, k) => {
      const count = counts?.[k] ?? 1;
      tokens += count;
      if (stop !== undefined && k > stop) saved += count;
    });
    return stop === undefined ? null : stop + 1;
  });
  const survivors = samples.map((_, i) => i).filter((i) => stoppedAfter[i] === null);
  const kept = survivors.length > 0 ? survivors : samples.map((_, i) => i);
  const votes = new Map<string, number>();
  for (const i of kept) {
    const { answer } = samples[i]!;
    if (answer !== null) votes.set(answer, (votes.get(answer) ?? 0) + 1);
  }
  const most = Math.max(0, ...votes.values());
  const tied = [...votes].filter(([, count]) => count === most).map(([answer]) => answer);
  return {
    answer: tied[0] ?? null,
    tied,
    kept,
    stoppedAfter,
    tokens,
    saved: survivors.length > 0 ? saved : 0,
  };
}

/**
 * `filterVotes` of a task's candidates by the local values of a reward, such as `goalValue` or a step reward.
 *
 * @param scores the row that the reward gave this task; candidates that are unscored or without local values have no part in it
 * @param options also `answer`: what a candidate's text votes for, null for nothing
 * @returns indices are those of the task's candidates that take part, which `candidates` lists; tokens are characters of the steps
 * @throws UsageError where no candidate has local values
 * @example filteredVote(task, (await reward.score([task], ctx))[0], { threshold: 0, answer: (text) => text.match(/-?\d+$/)?.[0] ?? null })
 */
export function filteredVote(
  task: Task,
  scores: readonly Score[],
  options: FilterOptions & { answer(text: string): string | null },
): FilteredVote & { candidates: readonly number[] } {
  const candidates: number[] = [];
  const samples: ValuedSample[] = [];
  for (const [i, candidate] of task.candidates.entries()) {
    const score = scores[i];
    if (score === undefined || score.unscored !== undefined) continue;
    const values = score.local?.[0]?.values.filter((value) => value !== null) ?? [];
    if (values.length === 0) continue;
    const spans = candidate.steps?.length === values.length ? candidate.steps : undefined;
    candidates.push(i);
    samples.push({
      answer: options.answer(answerText(candidate)),
      values,
      tokens: spans?.map(({ start, end }) => end - start),
    });
  }
  if (samples.length === 0)
    throw new UsageError("no candidate has values of its steps", "score them with a reward that has `local` values");
  return { ...filterVotes(samples, options), candidates };
}
