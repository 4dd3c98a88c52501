import { UsageError } from "../../core/index.ts";

/** Options of `aggregateVotes`. */
export interface AggregateVotesOptions {
  /** How many votes count, those closest to one another; default 3. Fewer votes than that are dropped. */
  keepClosest?: number | undefined;
  /** The largest difference among those that count, in the unit of the votes; default 2. */
  maxSpread?: number | undefined;
  /** Round the mean to a whole number, halves away from 0; default true. */
  round?: boolean | undefined;
}

/** One label from several votes, or why there is none. */
export type VoteAggregate =
  | {
      value: number;
      /** Largest less smallest of the votes that counted. */
      spread: number;
      /** Which votes counted, ascending. */
      kept: readonly number[];
      dropped?: undefined;
    }
  | { dropped: "few" | "spread"; value?: undefined; spread?: number | undefined };

/**
 * HelpSteer2's rule for the votes on one item: the mean of the three most similar, unless even those are too far apart.
 *
 * The k votes with the smallest spread count; of several such sets the one with the smallest sum of squares about its mean, then the one
 * whose mean is nearest to that of all votes, then the lower. Works on ratings and on signed strengths of preference alike.
 *
 * @param votes null where a rater gave none
 * @returns the label with its spread and the places of the votes that counted; or `dropped`: "few" votes, or too large a "spread"
 * @throws UsageError for options out of range
 * @source HelpSteer2 (2024) and HelpSteer2-Preference (2024), data collection, as recalled: "the three most similar, averaged and rounded"
 * @example aggregateVotes([4, 1, 3, 4]) // { value: 4, spread: 1, kept: [0, 2, 3] }
 */
export function aggregateVotes(votes: readonly (number | null)[], options: AggregateVotesOptions = {}): VoteAggregate {
  const { keepClosest = 3, maxSpread = 2, round = true } = options;
  if (!(Number.isInteger(keepClosest) && keepClosest >= 1))
    throw new UsageError(`keepClosest must be a whole number of at least 1, not ${keepClosest}`);
  if (!(maxSpread >= 0)) throw new UsageError(`maxSpread must be at least 0, not ${maxSpread}`);
  const given = votes
    .flatMap((vote, place) => (vote === null ? [] : [{ vote, place }]))
    .sort((a, b) => a.vote - b.vote || a.place - b.place);
  if (given.length < keepClosest) return { dropped: "few" };
  const overall = meanOf(given.map(({ vote }) => vote));
  let best: { from: number; rank: readonly number[] } | undefined;
  for (let from = 0; from + keepClosest <= given.length; from++) {
    const window = given.slice(from, from + keepClosest).map(({ vote }) => vote);
    const mean = meanOf(window);
    const squares = window.reduce((sum, vote) => sum + (vote - mean) ** 2, 0);
    const rank = [window.at(-1)! - window[0]!, squares, Math.abs(mean - overall)];
    if (best === undefined || before(rank, best.rank)) best = { from, rank };
  }
  const kept = given.slice(best!.from, best!.from + keepClosest);
  const spread = best!.rank[0]!;
  if (spread > maxSpread) return { dropped: "spread", spread };
  const mean = meanOf(kept.map(({ vote }) => vote));
  return {
    value: round ? Math.sign(mean) * Math.round(Math.abs(mean)) + 0 : mean,
    spread,
    kept: kept.map(({ place }) => place).sort((a, b) => a - b),
  };
}

/**
 * `aggregateVotes` for raters who rate several attributes of an item at once.
 *
 * @param raters one record a rater, attribute to vote; null or left out where there is none
 * @param options as `aggregateVotes`; `by` names the attribute whose closest votes decide which raters count for all attributes (HelpSteer2:
 *   helpfulness), left out each attribute decides for itself
 * @returns an aggregate an attribute that any rater has; with `by`, one whose raters gave too few votes is dropped for itself, and where `by`
 *   is dropped all are
 * @example aggregateRatings([{ helpfulness: 4, verbosity: 1 }, { helpfulness: 3, verbosity: 1 }, { helpfulness: 4, verbosity: 4 }])
 */
export function aggregateRatings(
  raters: readonly Readonly<Record<string, number | null>>[],
  options: AggregateVotesOptions & { by?: string | undefined } = {},
): Record<string, VoteAggregate> {
  const { by, ...rule } = options;
  const attributes = [...new Set(raters.flatMap((rater) => Object.keys(rater)))];
  const votesOn = (name: string): (number | null)[] => raters.map((rater) => rater[name] ?? null);
  if (by === undefined)
    return Object.fromEntries(attributes.map((name) => [name, aggregateVotes(votesOn(name), rule)]));
  const deciding = aggregateVotes(votesOn(by), rule);
  return Object.fromEntries(
    attributes.map((name) => {
      if (deciding.dropped !== undefined || name === by) return [name, deciding];
      const votes = votesOn(name);
      const chosen = votes.map((vote, place) => (deciding.kept.includes(place) ? vote : null));
      return [name, aggregateVotes(chosen, { ...rule, keepClosest: deciding.kept.length })];
    }),
  );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Is a before b, entry by entry? Differences of a rounding are none. */
function before(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, x] of a.entries()) if (Math.abs(x - b[i]!) > 1e-12) return x < b[i]!;
  return false;
}
