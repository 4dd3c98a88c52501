import { type Estimate, NotEnoughDataError, type Seed, split, UsageError } from "../core/index.ts";
import { proportionEstimate } from "./estimate.ts";
import { bootstrapValues, percentileEstimate } from "./percentile.ts";
import { meanOf, varianceOf } from "./sample.ts";
import { sparseLogistic } from "./sparse-logistic.ts";

/** One model's answers against one baseline's, item by item. */
export interface LengthBattles {
  /** P(the model's answer is preferred), in [0, 1], a tie ½; null where there is no verdict. */
  preference: readonly (number | null)[];
  /** Lengths of the model's and of the baseline's texts in characters (code points). */
  length: ArrayLike<number>;
  baselineLength: ArrayLike<number>;
  /** How hard each instruction is; a constant an instruction, the same for all models. Without it the term is left out. */
  difficulty?: ArrayLike<number> | undefined;
}

/** Rows that pull the fit to the baseline: the same columns, on which the model's own term does not act. */
export interface BaselineRows {
  /** Standardised length differences, difficulties and preferences. */
  delta: ArrayLike<number>;
  difficulty: ArrayLike<number>;
  preference: ArrayLike<number>;
  /** Of each row; AlpacaEval's is 0.1. */
  weight: number;
  /** The fold of each row; default i mod 5. */
  folds?: ArrayLike<number> | undefined;
}

/** Options of `lengthControlledWinRate`. */
export interface LengthControlOptions {
  seed: Seed;
  /**
   * The L1 penalty: "cv" (default, as AlpacaEval) chooses C among ten values from 10⁻⁴ to 10⁴ by five-fold cross-validation; a number is C
   * itself (larger is weaker), "none" the maximum likelihood.
   */
  penalty?: "cv" | "none" | number | undefined;
  /** The fold of each item, 0 to 4, for "cv"; default i mod 5. */
  folds?: ArrayLike<number> | undefined;
  /** Rows of gamed baselines, as in AlpacaEval's length_controlled_v1. */
  regularise?: BaselineRows | undefined;
  /** The prompt of each item; default each its own. */
  clusters?: readonly (string | number)[] | undefined;
  /** Resamples of prompts, default 200. */
  reps?: number | undefined;
  level?: number | undefined;
}

/** A win rate with the length's part taken out. */
export interface LengthControlled {
  /** The length-controlled win rate, in [0, 1]. The interval resamples prompts and fits anew at the same C. */
  winRate: Estimate;
  /** The plain win rate. */
  raw: Estimate;
  /** AlpacaEval's standard error: of the mean of the predictions, which takes the fit for exact. */
  publishedError: number;
  /** In log-odds; `length` above 0: the judge prefers longer answers. */
  coefficients: { length: number; difficulty?: number | undefined; model: number };
  /** What C the penalty has; infinite for none. */
  c: number;
  /** P(the model wins) of each item at equal length. */
  predicted: Float64Array;
}

const grid = Array.from({ length: 10 }, (_, i) => 10 ** (-4 + (8 * i) / 9));

/**
 * AlpacaEval 2's length-controlled win rate: a logistic regression of the preference, read off at equal length.
 *
 *     logit P(model wins on i) = w_len · tanh(d_i) + w_diff · difficulty_i + w_model;  d_i = (len_base − len_model) / sd of that difference
 *     LC win rate = mean over items of σ(w_diff · difficulty_i + w_model)
 *     weights minimise Σ|w| + C · Σ_i weight_i · log-loss
 *
 * AlpacaEval's published figures need its difficulties and the rows of its gamed baselines (`difficulty`, `regularise`): both come with its
 * data set. Without them this is its `length_controlled_minimal`. The published error holds the coefficients fixed; `winRate`'s interval does not.
 *
 * @throws NotEnoughDataError for fewer than 10 items with a verdict, or lengths whose difference never varies; UsageError for unequal
 * lengths or preferences outside [0, 1]
 * @source Dubois et al., Length-Controlled AlpacaEval (2024); alpaca_eval 0.6.6, metrics/glm_winrate.py
 * @example lengthControlledWinRate({ preference: [1, 0, …], length: [900, 400, …], baselineLength: [700, 650, …] }, { seed }).winRate
 */
export function lengthControlledWinRate(battles: LengthBattles, options: LengthControlOptions): LengthControlled {
  const { preference, length, baselineLength, difficulty } = battles;
  const { seed, penalty = "cv", regularise, clusters, reps = 200, level = 0.95 } = options;
  const n = preference.length;
  for (const [name, column] of Object.entries({ length, baselineLength, difficulty, folds: options.folds, clusters }))
    if (column !== undefined && column.length !== n)
      throw new UsageError(`${name} has ${column.length} values for ${n} preferences`);
  const judged = Array.from(preference.keys()).filter((i) => preference[i] !== null);
  for (const i of judged)
    if (!(preference[i]! >= 0 && preference[i]! <= 1))
      throw new UsageError(`preference ${i} is ${preference[i]}, outside [0, 1]`);
  if (judged.length < 10)
    throw new NotEnoughDataError(
      `a length-controlled win rate needs 10 items with a verdict, not ${judged.length}`,
      10,
    );
  const difference = Float64Array.from({ length: n }, (_, i) => baselineLength[i]! - length[i]!);
  const sd = Math.sqrt(varianceOf(difference));
  if (!(sd > 0))
    throw new NotEnoughDataError("the difference in length is the same everywhere, so that its effect is unknown");
  const long = difference.map((one) => Math.tanh(one / sd));
  const hard = difficulty === undefined ? undefined : Float64Array.from(difficulty);
  const extra = regularise?.delta.length ?? 0;
  const rowsOf = (items: readonly number[]) => {
    const lengths = Float64Array.from({ length: items.length + extra }, (_, i) =>
      i < items.length ? long[items[i]!]! : Math.tanh(regularise!.delta[i - items.length]!),
    );
    const own = lengths.map((_, i) => (i < items.length ? 1 : 0));
    const hards =
      hard === undefined
        ? []
        : [lengths.map((_, i) => (i < items.length ? hard[items[i]!]! : regularise!.difficulty[i - items.length]!))];
    return {
      columns: [lengths, ...hards, own],
      y: lengths.map((_, i) => (i < items.length ? preference[items[i]!]! : regularise!.preference[i - items.length]!)),
      weights: lengths.map((_, i) => (i < items.length ? 1 : regularise!.weight)),
    };
  };
  const weightsOf = (items: readonly number[], c: number, start?: Float64Array): Float64Array => {
    const { columns, y, weights } = rowsOf(items);
    return sparseLogistic(columns, y, { c, weights, start });
  };
  const c = penalty === "none" ? Number.POSITIVE_INFINITY : penalty === "cv" ? chosenC() : penalty;
  function chosenC(): number {
    const all = rowsOf(judged);
    const foldOf = (i: number): number =>
      i < judged.length
        ? (options.folds?.[judged[i]!] ?? judged[i]! % 5)
        : (regularise?.folds?.[i - judged.length] ?? (i - judged.length) % 5);
    const loss = new Float64Array(grid.length);
    for (let fold = 0; fold < 5; fold++) {
      const inside = Array.from(all.y.keys()).filter((i) => foldOf(i) !== fold);
      const outside = Array.from(all.y.keys()).filter((i) => foldOf(i) === fold);
      if (outside.length === 0) continue;
      const part = (items: readonly number[]) => ({
        columns: all.columns.map((column) => Float64Array.from(items, (i) => column[i]!)),
        y: Float64Array.from(items, (i) => all.y[i]!),
        weights: Float64Array.from(items, (i) => all.weights[i]!),
      });
      const train = part(inside);
      const test = part(outside);
      let w: Float64Array | undefined;
      for (const [g, value] of grid.entries()) {
        w = sparseLogistic(train.columns, train.y, { c: value, weights: train.weights, start: w });
        let sum = 0;
        for (let i = 0; i < test.y.length; i++) {
          const p = clipped(logistic(test.columns.reduce((eta, column, k) => eta + w![k]! * column[i]!, 0)));
          sum -= test.weights[i]! * (test.y[i]! * Math.log(p) + (1 - test.y[i]!) * Math.log(1 - p));
        }
        loss[g]! += sum / test.y.length;
      }
    }
    return grid[loss.indexOf(Math.min(...loss))]!;
  }
  const weights = weightsOf(judged, c);
  const predict = (w: Float64Array, items: readonly number[]): Float64Array =>
    Float64Array.from(items, (i) => logistic((hard === undefined ? 0 : w[1]! * hard[i]!) + w[w.length - 1]!));
  const predicted = predict(weights, Array.from(preference.keys()));
  const value = meanOf(predicted);
  const places = clusters ?? Array.from(preference.keys());
  const boot = bootstrapValues(
    n,
    (drawn) => {
      const own = Array.from(drawn).filter((i) => preference[i] !== null);
      if (own.length < 5) return undefined;
      return meanOf(predict(weightsOf(own, c, weights), Array.from(drawn)));
    },
    { seed: split(seed, "length control"), reps, clusters: places },
  );
  const count = new Set(places).size;
  const common = { level, unscored: n - judged.length };
  return {
    winRate: percentileEstimate(value, boot, {
      n,
      method: `length-controlled win rate, C = ${c === Number.POSITIVE_INFINITY ? "∞" : c.toPrecision(3)}`,
      ...common,
      ...(clusters === undefined ? {} : { clusters: count }),
    }),
    raw: proportionEstimate(
      judged.map((i) => preference[i]!),
      { ...common, ...(clusters === undefined ? {} : { clusters: judged.map((i) => clusters[i]!) }) },
    ),
    publishedError: Math.sqrt(varianceOf(predicted) / n),
    coefficients: {
      // our column is positive where the baseline is longer, as AlpacaEval's; the effect is named the other way round
      length: -weights[0]!,
      ...(hard === undefined ? {} : { difficulty: weights[1]! }),
      model: weights[weights.length - 1]!,
    },
    c,
    predicted,
  };
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function clipped(p: number): number {
  return Math.min(1 - 1e-15, Math.max(1e-15, p));
}
