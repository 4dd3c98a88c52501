import { type Seed, split, UsageError } from "../../core/index.ts";

/** Options of `preferenceStrength`. */
export interface PreferenceStrengthOptions<P> {
  /**
   * Trains one reward on pairs.
   *
   * @param seed differs from member to member and fold to fold: for its start, order or resampling
   * @returns the margins r(chosen) − r(rejected) of any pairs; NaN or null where the reward has no value
   */
  train(pairs: readonly P[], seed: Seed): Margins<P> | PromiseLike<Margins<P>>;
  /** M, at least 2; default 10. */
  models?: number | undefined;
  /**
   * 1 (default, as in the paper): members score the pairs that they were trained on, which tells something only if they were stopped early
   * or regularised. k > 1: each pair is scored by members that were trained without its fold.
   */
  folds?: number | undefined;
  /** "scale" (default) brings every member's margins to the members' mean size (root mean square) before they are averaged; "none". */
  standardise?: "scale" | "none" | undefined;
  seed: Seed;
}

type Margins<P> = (pairs: readonly P[]) => ArrayLike<number | null> | PromiseLike<ArrayLike<number | null>>;

/** What an ensemble says about one pair. */
export interface PairStrength<P> {
  pair: P;
  /** μ, the mean margin in the members' unit; undefined where no member has one. */
  mean: number | undefined;
  /** s, the standard deviation over members, with M in its denominator; undefined with `mean`. */
  sd: number | undefined;
  /** Members that had a value. */
  votes: number;
}

/**
 * How strongly an ensemble of rewards holds with each preference of its own training data: the mean margin of M members.
 *
 *     μ_n = mean_m d_nm, s_n = sd_m d_nm, d_nm = r_m(chosen) − r_m(rejected)
 *
 * Below 0 the members think the label wrong, near 0 the pair is ambiguous. Ensembles share their errors: a label that all members got
 * wrong in training looks strong.
 *
 * @param pairs preferences of any type that `train` understands
 * @returns one entry a pair, in order
 * @throws UsageError for fewer than two models (no spread), folds below 1 or above the pairs, or a member with margins for another number of pairs
 * @source Secrets of RLHF in Large Language Models II (2024), preference strength; folds and the standardisation are ours
 * @example await preferenceStrength(pairs, { train: (pairs, seed) => fitOn(resample(pairs, seed)), seed })
 */
export async function preferenceStrength<P>(
  pairs: readonly P[],
  options: PreferenceStrengthOptions<P>,
): Promise<PairStrength<P>[]> {
  const { models = 10, folds = 1, standardise = "scale", seed } = options;
  if (!(Number.isInteger(models) && models >= 2))
    throw new UsageError(
      `preferenceStrength: models must be a whole number of at least 2, not ${models}`,
      "one model has no spread",
    );
  if (!(Number.isInteger(folds) && folds >= 1 && folds <= Math.max(1, pairs.length)))
    throw new UsageError(
      `preferenceStrength: folds must be a whole number from 1 to the ${pairs.length} pairs, not ${folds}`,
    );
  const margins: Float64Array[] = [];
  for (let member = 0; member < models; member++) {
    const own = new Float64Array(pairs.length);
    for (let fold = 0; fold < folds; fold++) {
      const held = (_: P, n: number): boolean => folds === 1 || n % folds === fold;
      const rest = folds === 1 ? pairs : pairs.filter((pair, n) => !held(pair, n));
      const scored = pairs.filter(held);
      const marginsOf = await options.train(rest, split(split(seed, `member ${member}`), `fold ${fold}`));
      const found = await marginsOf(scored);
      if (found.length !== scored.length)
        throw new UsageError(`preferenceStrength: a member gave ${found.length} margins for ${scored.length} pairs`);
      for (let i = 0; i < scored.length; i++) own[folds === 1 ? i : i * folds + fold] = found[i] ?? Number.NaN;
    }
    margins.push(own);
  }
  const factors = standardise === "none" ? margins.map(() => 1) : toMeanSize(margins);
  return pairs.map((pair, n) => {
    const votes = margins.map((own, m) => own[n]! * factors[m]!).filter((d) => !Number.isNaN(d));
    if (votes.length === 0) return { pair, mean: undefined, sd: undefined, votes: 0 };
    const mean = votes.reduce((sum, d) => sum + d, 0) / votes.length;
    const squares = votes.reduce((sum, d) => sum + (d - mean) ** 2, 0);
    return { pair, mean, sd: Math.sqrt(squares / votes.length), votes: votes.length };
  });
}

/** Factors that give every member the members' mean root mean square; a member of zeros keeps its zeros. */
function toMeanSize(margins: readonly Float64Array[]): number[] {
  const sizes = margins.map((own) => {
    const known = own.filter((d) => !Number.isNaN(d));
    return known.length === 0 ? 0 : Math.sqrt(known.reduce((sum, d) => sum + d * d, 0) / known.length);
  });
  const used = sizes.filter((size) => size > 0);
  const mean = used.reduce((sum, size) => sum + size, 0) / used.length;
  return sizes.map((size) => (size === 0 ? 1 : mean / size));
}

/**
 * Splits pairs into groups of rising strength, such as the paper's fifths.
 *
 * @param shares ascending cuts in (0, 1): [0.2, 0.4, 0.6, 0.8] makes five groups of about equal size
 * @returns one list more than cuts, the weakest pairs first; pairs of equal strength keep their order, and pairs without a strength are in none
 * @throws UsageError for cuts that do not rise within (0, 1)
 */
export function byStrength<P>(rows: readonly PairStrength<P>[], shares: readonly number[]): PairStrength<P>[][] {
  for (const [i, share] of shares.entries())
    if (!(share > (shares[i - 1] ?? 0) && share < 1))
      throw new UsageError(`byStrength: shares must rise within (0, 1), not ${shares.join(", ")}`);
  const known = rows.filter((row) => row.mean !== undefined).sort((a, b) => a.mean! - b.mean!);
  const cuts = [0, ...shares.map((share) => Math.round(share * known.length)), known.length];
  return cuts.slice(1).map((to, i) => known.slice(cuts[i]!, to));
}
