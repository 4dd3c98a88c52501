import { type Estimate, NotEnoughDataError, type Seed } from "../../core/index.ts";
import { krippendorffAlpha } from "../../stats/index.ts";
import { creditEstimate, maybe } from "../credit.ts";

/** The votes on one pair: 1 for the first, -1 for the second, 0 for neither. */
export interface PairVotes {
  id: string;
  cluster: string;
  votes: readonly number[];
}

/** How far raters agree on pairs, and what it says about the labels. */
export interface RaterAgreement {
  /** Probability that two votes on a pair are the same. */
  agreement: Estimate;
  alpha: Estimate | undefined;
  /** The share of votes that are wrong, if raters err independently and equally often; ties left out. */
  noise: Estimate | undefined;
}

/**
 * Agreement of the raters of pairs with two or more votes.
 *
 * Where two raters err independently with the same rate e, two votes for a side agree with probability A = 1 - 2e(1 - e), so
 * e = (1 - √(2A - 1)) / 2; the interval's ends are mapped. Raters who err together, such as on a confound, hide noise from it.
 *
 * @throws NotEnoughDataError where fewer than 2 pairs have two votes
 */
export function raterAgreement(
  pairs: readonly PairVotes[],
  options: { seed: Seed; level?: number | undefined },
): RaterAgreement {
  const level = options.level ?? 0.95;
  const several = pairs.filter(({ votes }) => votes.length > 1);
  if (several.length < 2) throw new NotEnoughDataError("fewer than 2 pairs have two votes", 2);
  const agreement = agreementOf(several, level);
  const alpha = maybe(() =>
    krippendorffAlpha(
      several.map(({ votes }) => votes),
      { measure: "ordinal", seed: options.seed, reps: 500, level },
    ),
  );
  const decided = several
    .map((pair) => ({ ...pair, votes: pair.votes.filter((vote) => vote !== 0) }))
    .filter(({ votes }) => votes.length > 1);
  const ofDecided = maybe(() => agreementOf(decided, level));
  return { agreement, alpha, noise: ofDecided === undefined ? undefined : noiseOf(ofDecided) };
}

function agreementOf(pairs: readonly PairVotes[], level: number): Estimate {
  const shares = pairs.map(({ votes }) => {
    let same = 0;
    for (let i = 0; i < votes.length; i++) for (let k = 0; k < i; k++) if (votes[i] === votes[k]) same++;
    return same / ((votes.length * (votes.length - 1)) / 2);
  });
  const estimate = creditEstimate({ values: shares, clusters: pairs.map(({ cluster }) => cluster) }, 0, level);
  return { ...estimate, method: `agreement of two votes, ${estimate.method}` };
}

function noiseOf(agreement: Estimate): Estimate | undefined {
  // below one half, raters disagree more than coins do, and no rate of errors explains it
  if (agreement.value < 0.5) return undefined;
  const rate = (a: number): number => (1 - Math.sqrt(Math.max(0, 2 * a - 1))) / 2;
  return {
    ...agreement,
    value: rate(agreement.value),
    low: rate(agreement.high),
    high: rate(agreement.low),
    method: "error rate behind the agreement of independent raters",
  };
}
