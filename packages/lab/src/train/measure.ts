import { answerText, type Estimate, NotEnoughDataError } from "laurel";
import {
  differenceEstimate,
  ece,
  meanEstimate,
  proportionEstimate,
  type ReliabilityBin,
  reliabilityCurve,
  spearman,
} from "laurel/stats";
import type { PairRows, RatedRows, TrainingData, TrainingItem } from "./data.ts";
import { negLogSigmoid } from "./losses/pair-batch.ts";

/** What a learned reward does on rows that it was not trained on. */
export interface Measured {
  /** By name; what cannot be measured on so few rows is left out. */
  metrics: Record<string, Estimate>;
  /** Accuracy by subset key and value, and how many rows. */
  subsets: Record<string, Record<string, { accuracy: Estimate | undefined; n: number }>>;
  /** Reliability of the probabilities, of which the prediction is at least ½. */
  reliability: readonly ReliabilityBin[];
}

/** The estimate, unless there are too few rows for one. */
function maybe(make: () => Estimate): Estimate | undefined {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return undefined;
    throw thrown;
  }
}

function given(all: Readonly<Record<string, Estimate | undefined>>): Record<string, Estimate> {
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, Estimate] => entry[1] !== undefined));
}

const lengthOf = ({ candidate }: TrainingItem): number => answerText(candidate).length;
const credit = (margin: number): number => (margin > 0 ? 1 : margin === 0 ? 0.5 : 0);

/**
 * Accuracy on pairs with its interval by prompt, and what it has to be held against: the length alone (longer or shorter, as the training
 * rows have it) and the place in the row (first or second, likewise; not where
 * the chosen one always stands first).
 *
 * @param score the reward of an item, or the logit of one item against another where there is no reward
 * @param rows the rows that are measured; ties of the raters are left out
 * @param train the rows that the two baselines may look at
 */
export function measurePairs(
  data: TrainingData,
  score: ((item: number) => number) | { gap(first: number, second: number): number },
  rows: Int32Array,
  train: Int32Array,
): Measured {
  const { pairs, items } = data;
  const gapOf = typeof score === "function" ? (a: number, b: number) => score(a) - score(b) : score.gap;
  const decided = (list: Int32Array): Int32Array => list.filter((row) => (pairs.labels.tie?.[row] ?? 0) === 0);
  const own = decided(rows);
  const clusters = Array.from(own, (row) => pairs.group[row]!);
  const gaps = Float64Array.from(own, (row) => gapOf(pairs.chosen[row]!, pairs.rejected[row]!));
  const longer = (row: number): number => lengthOf(items[pairs.chosen[row]!]!) - lengthOf(items[pairs.rejected[row]!]!);
  const known = decided(train);
  const leaning = (of: (row: number) => number): number =>
    known.reduce((sum, row) => sum + credit(of(row)) - 0.5, 0) >= 0 ? 1 : -1;
  const place = (row: number): number => (pairs.first[row] === 1 ? 1 : -1);
  const [byLength, byPlace] = [leaning(longer), leaning(place)];
  // rows of chosen and rejected always have the chosen first, so that a place says nothing
  const placed = new Set(pairs.first).size > 1;
  const right = Array.from(gaps, credit);
  const rightByLength = Array.from(own, (row) => credit(byLength * longer(row)));
  const used = [...new Set(Array.from(rows, (row) => [pairs.chosen[row]!, pairs.rejected[row]!]).flat())];
  const sure = Array.from(gaps.keys()).filter((i) => gaps[i] !== 0);
  const forecast = sure.map((i) => 1 / (1 + Math.exp(-Math.abs(gaps[i]!))));
  const cameTrue = sure.map((i) => right[i]!);
  const enough = sure.length >= 50;
  const scale = { clusters: sure.map((i) => clusters[i]!), bins: 10, scheme: "equal-mass" as const };
  return {
    metrics: given({
      accuracy: maybe(() => proportionEstimate(right, { clusters })),
      lengthOnly: maybe(() => proportionEstimate(rightByLength, { clusters })),
      majority: placed
        ? maybe(() =>
            proportionEstimate(
              Array.from(own, (row) => credit(byPlace * place(row))),
              { clusters },
            ),
          )
        : undefined,
      gainOverLength: maybe(() => differenceEstimate(right, rightByLength, { clusters })),
      logLoss: maybe(() => meanEstimate(gaps.map(negLogSigmoid), { clusters })),
      calibrationError: enough
        ? maybe(() => ece(forecast, cameTrue, { ...scale, seed: "0", norm: 2, debias: true }))
        : undefined,
      lengthCorrelation:
        typeof score === "function"
          ? maybe(() =>
              spearman(
                used.map((item) => score(item)),
                used.map((item) => lengthOf(items[item]!)),
              ),
            )
          : undefined,
    }),
    subsets: bySubset(pairs, own, right),
    reliability: enough ? reliabilityCurve(forecast, cameTrue, scale) : [],
  };
}

function bySubset(rows: PairRows | RatedRows, own: Int32Array, right: readonly number[]): Measured["subsets"] {
  const found: Record<string, Record<string, { right: number[]; clusters: number[] }>> = {};
  for (const [i, row] of own.entries())
    for (const [key, value] of Object.entries(rows.subsets[row]!)) {
      const one = ((found[key] ??= {})[value] ??= { right: [], clusters: [] });
      one.right.push(right[i]!);
      one.clusters.push(rows.group[row]!);
    }
  return Object.fromEntries(
    Object.entries(found).map(([key, values]) => [
      key,
      Object.fromEntries(
        Object.entries(values).map(([value, { right: credits, clusters }]) => [
          value,
          { accuracy: maybe(() => proportionEstimate(credits, { clusters })), n: credits.length },
        ]),
      ),
    ]),
  );
}

/**
 * What a reward of ratings does: its rank correlation with the target, its squared error beside that of the training mean, and how often it
 * puts the higher rated of two answers to a prompt first.
 *
 * @param score the reward of an item
 * @param predict the head's predictions of the targets of an item, in the order of `targets`
 * @param value the target that `score` stands for, from the targets
 */
export function measureRatings(
  data: TrainingData,
  score: (item: number) => number,
  predict: (item: number) => readonly number[],
  targets: readonly string[],
  value: (targets: readonly number[]) => number,
  rows: Int32Array,
  train: Int32Array,
): Measured {
  const { ratings, items } = data;
  const columns = targets.map((name) => ratings.names.indexOf(name));
  const targetsOf = (row: number): number[] => columns.map((k) => ratings.values[row * ratings.names.length + k]!);
  const means = columns.map((_, k) => {
    const seen = Array.from(train, (row) => targetsOf(row)[k]!).filter((one) => !Number.isNaN(one));
    return seen.reduce((sum, one) => sum + one, 0) / Math.max(1, seen.length);
  });
  const rated = rows.filter((row) => targetsOf(row).every((one) => !Number.isNaN(one)));
  const clusters = Array.from(rated, (row) => ratings.group[row]!);
  const error = (guess: (row: number) => readonly number[]): number[] =>
    Array.from(rated, (row) => {
      const own = guess(row);
      return targetsOf(row).reduce((sum, one, k) => sum + (own[k]! - one) ** 2 / columns.length, 0);
    });
  const errors = error((row) => predict(ratings.item[row]!));
  const baseline = error(() => means);
  const pairs: { margin: number; group: number; row: number; longer: number }[] = [];
  const byGroup = new Map<number, number[]>();
  for (const row of rated) byGroup.set(ratings.group[row]!, [...(byGroup.get(ratings.group[row]!) ?? []), row]);
  for (const [group, own] of byGroup)
    for (const [i, a] of own.entries())
      for (const b of own.slice(i + 1)) {
        const sign = Math.sign(value(targetsOf(a)) - value(targetsOf(b)));
        if (sign === 0) continue;
        const [x, y] = [ratings.item[a]!, ratings.item[b]!];
        pairs.push({
          margin: sign * (score(x) - score(y)),
          longer: sign * (lengthOf(items[x]!) - lengthOf(items[y]!)),
          group,
          row: a,
        });
      }
  const pairClusters = pairs.map(({ group }) => group);
  const right = pairs.map(({ margin }) => credit(margin));
  const longerWins = pairs.reduce((sum, { longer }) => sum + credit(longer) - 0.5, 0) >= 0 ? 1 : -1;
  const byLength = pairs.map(({ longer }) => credit(longerWins * longer));
  const scores = Array.from(rated, (row) => score(ratings.item[row]!));
  return {
    metrics: given({
      accuracy: maybe(() => proportionEstimate(right, { clusters: pairClusters })),
      lengthOnly: maybe(() => proportionEstimate(byLength, { clusters: pairClusters })),
      gainOverLength: maybe(() => differenceEstimate(right, byLength, { clusters: pairClusters })),
      rankCorrelation: maybe(() =>
        spearman(
          scores,
          Array.from(rated, (row) => value(targetsOf(row))),
        ),
      ),
      squaredError: maybe(() => meanEstimate(errors, { clusters })),
      squaredErrorOfMean: maybe(() => meanEstimate(baseline, { clusters })),
      lengthCorrelation: maybe(() =>
        spearman(
          scores,
          Array.from(rated, (row) => lengthOf(items[ratings.item[row]!]!)),
        ),
      ),
    }),
    subsets: bySubset(
      ratings,
      Int32Array.from(pairs, ({ row }) => row),
      right,
    ),
    reliability: [],
  };
}
