import { type Estimate, NotEnoughDataError, UsageError } from "../../core/index.ts";
import {
  clusteredRoganGladen,
  meanEstimate,
  type PoweredEstimate,
  predictionPoweredMean,
  roganGladen,
} from "../../stats/index.ts";
import { type Ballot, verdictOf } from "./votes.ts";

/** The true win rate of the side `low` (the first candidate of each task), from few labels and many verdicts. */
export interface WinRate {
  /** What the judge alone says: biased by its errors. */
  judge: Estimate | undefined;
  /** What the labels alone say. */
  labels: Estimate | undefined;
  /** Labels, with the judge's verdicts on all other pairs to make them sharper. */
  powered: PoweredEstimate | undefined;
  /** The judge's rate corrected by its error rates on the labelled pairs. */
  roganGladen: Estimate | undefined;
  labelled: number;
  unlabelled: number;
}

/**
 * How often the first candidate of a task is truly better than the second, from verdicts on all pairs and labels of some.
 *
 * Ties count half on both sides. Where several pairs share a prompt, all four intervals allow for it (by cluster). The labelled pairs must be a random part of all pairs. Rogan and Gladen's correction treats the judge's
 * errors as the same for labelled and unlabelled pairs; prediction-powered inference does not need that.
 *
 * @param notes where what cannot be estimated is said
 */
export function winRateOf(ballots: readonly Ballot[], level: number, notes: string[]): WinRate {
  const rows = ballots.flatMap((ballot) => {
    const p = verdictOf(ballot);
    const { label, cluster } = ballot.pair;
    if (p === undefined) return [];
    return [
      {
        said: p > 0.5 ? 1 : p < 0.5 ? 0 : 0.5,
        label: label === undefined ? undefined : { low: 1, high: 0, tie: 0.5 }[label],
        cluster,
      },
    ];
  });
  const known = rows.flatMap(({ said, label, cluster }) => (label === undefined ? [] : [{ said, label, cluster }]));
  const open = rows.filter(({ label }) => label === undefined);
  const others = open.map(({ said }) => said);
  const attempt = <T>(what: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (thrown) {
      if (!(thrown instanceof NotEnoughDataError || thrown instanceof UsageError)) throw thrown;
      notes.push(`${what}: ${thrown.message}`);
      return undefined;
    }
  };
  const all = rows.map(({ cluster }) => cluster);
  const shared = new Set(all).size < all.length;
  const clusters = shared
    ? { labelled: known.map(({ cluster }) => cluster), unlabelled: open.map(({ cluster }) => cluster) }
    : undefined;
  const labels = known.map(({ label }) => label);
  const judged = known.map(({ said }) => said);
  const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);
  return {
    judge: attempt("win rate of the judge", () =>
      meanEstimate(
        rows.map(({ said }) => said),
        { level, unscored: ballots.length - rows.length, clusters: shared ? all : undefined },
      ),
    ),
    labels: attempt("win rate from labels", () => meanEstimate(labels, { level, clusters: clusters?.labelled })),
    powered: attempt("prediction-powered win rate", () =>
      predictionPoweredMean(labels, judged, others, { level, clusters }),
    ),
    roganGladen: attempt("Rogan-Gladen win rate", () => {
      if (clusters !== undefined)
        return clusteredRoganGladen({ unlabelled: others, predictions: judged, labels, clusters }, level);
      return roganGladen(
        {
          positive: sum(others),
          n: others.length,
          // a tie of the labels is half an item of either class
          truePositive: sum(known.map(({ said, label }) => said * label)),
          positives: sum(labels),
          trueNegative: sum(known.map(({ said, label }) => (1 - said) * (1 - label))),
          negatives: labels.length - sum(labels),
        },
        level,
      );
    }),
    labelled: known.length,
    unlabelled: others.length,
  };
}
