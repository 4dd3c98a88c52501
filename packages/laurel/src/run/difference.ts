import { type Estimate, NotEnoughDataError, type Seed } from "../core/index.ts";
import {
  clusteredMean,
  discordantDifference,
  groupsOf,
  type McNemar,
  mcnemar,
  pairedT,
  pairedTDetectable,
  pairedTNeeded,
  signFlip,
  tCdf,
} from "../stats/index.ts";

/** What stands in for A less B on one item, with its prompt. */
export interface Paired {
  a: readonly number[];
  b: readonly number[];
  clusters: readonly string[];
}

/** A paired difference with the tests that it allows. */
export interface Difference {
  /** A less B. */
  difference: Estimate;
  p: {
    /** Sign flips of whole prompts: the p that is corrected for several subsets. */
    signFlip: number;
    /** Student's t on prompts; undefined where the differences do not vary. */
    t: number | undefined;
    /** Where every outcome is 0 or 1 and every prompt has one item. */
    mcnemar: number | undefined;
  };
  /** Items on which only A, or only B, is right; 0/1 outcomes of single items only. */
  discordant: Pick<McNemar, "onlyFirst" | "onlySecond"> | undefined;
  /** The smallest difference that as many prompts find with 80 % power; undefined where the differences do not vary. */
  detectable: number | undefined;
  /**
   * Prompts needed to find the observed difference with 80 % power, and at the far and the near end of its interval;
   * `high` is null where the interval holds 0, since no number is enough then.
   */
  needed: { value: number; low: number; high: number | null } | undefined;
}

/**
 * The mean difference A - B of paired values by prompt: interval, p-values, what could have been found, and how many would be needed.
 *
 * The interval is Bonett and Price's where all values are 0 or 1 and no prompt has two items (t intervals fall short there with few
 * discordant items), or where values in [0, 1] do not differ in any way, and else Student's t on prompts. p is from sign flips of the
 * prompts' sums, exact up to 14 prompts; beside it the t test, and McNemar's exact test where it holds. Power and n are of the paired t
 * test on prompts (alpha 0.05, power 0.8).
 *
 * @param pairs values of both on the same items, and the items' prompts
 * @param options `seed`, `level`, `unscored`: items that one side has no value for
 * @throws NotEnoughDataError for fewer than 2 prompts
 * Source: Bonett and Price (2012); Fisher (1935) for sign flips; McNemar (1947); Liang and Zeger (1986) for clusters.
 */
export function differenceOf(
  pairs: Paired,
  options: { seed: Seed; level?: number | undefined; unscored?: number | undefined },
): Difference {
  const level = options.level ?? 0.95;
  const { a, b, clusters } = pairs;
  const n = a.length;
  const groups = groupsOf(clusters);
  if (groups.count < 2) throw new NotEnoughDataError("a comparison needs scores of both on at least 2 prompts", 2);
  const single = groups.count === n;
  const differences = a.map((value, i) => value - b[i]!);
  const { mean, low, high, standardError } = clusteredMean(differences, clusters, { level });
  const common = { level, n, clusters: groups.count, unscored: options.unscored ?? 0 };
  const binary = [a, b].every((values) => values.every((value) => value === 0 || value === 1));
  const credits = [a, b].every((values) => values.every((value) => value >= 0 && value <= 1));
  const still = standardError === 0;

  let difference: Estimate;
  let discordant: Difference["discordant"];
  let exact: number | undefined;
  if (single && binary) {
    const onlyFirst = differences.filter((one) => one > 0).length;
    const onlySecond = differences.filter((one) => one < 0).length;
    discordant = { onlyFirst, onlySecond };
    exact = mcnemar(onlyFirst, onlySecond).p;
    difference = {
      ...discordantDifference(onlyFirst, onlySecond, n, level),
      ...common,
      method: "paired difference, Bonett-Price",
    };
  } else if (still && credits) {
    // no variation says little about few prompts: each counts as one item that went the same way
    const count = Math.round(Math.abs(mean) * groups.count);
    const ends = discordantDifference(mean > 0 ? count : 0, mean < 0 ? count : 0, groups.count, level);
    difference = {
      ...common,
      value: mean,
      low: Math.min(mean, ends.low),
      high: Math.max(mean, ends.high),
      method: "paired difference without variation, Bonett-Price on prompts",
    };
  } else
    difference = {
      ...common,
      value: mean,
      // a difference of credits cannot lie beyond -1 or 1
      low: credits ? Math.max(-1, low) : low,
      high: credits ? Math.min(1, high) : high,
      method: `paired difference, ${single ? "Student" : "cluster-robust"} t`,
    };

  const sums = new Float64Array(groups.count);
  for (let i = 0; i < n; i++) sums[groups.of[i]!]! += differences[i]!;
  const df = groups.count - 1;
  const t = still ? undefined : single ? pairedT(differences).p : 2 * tCdf(-Math.abs(mean / standardError), df);
  const spread = standardError * Math.sqrt(groups.count);
  return {
    difference,
    p: { signFlip: flipped(sums, options.seed), t, mcnemar: exact },
    discordant,
    detectable: still ? undefined : pairedTDetectable(spread, groups.count),
    needed: still || mean === 0 ? undefined : neededFor(difference, spread),
  };
}

/** The sign-flip p of sums, put into an order that neither the file's order, nor names, nor which is A and which B decides. */
function flipped(sums: Float64Array, seed: Seed): number {
  const total = sums.reduce((sum, one) => sum + one, 0);
  return signFlip((total < 0 ? sums.map((one) => -one) : sums.slice()).sort(), { seed }).p;
}

const mostNeeded = 1e9;

function neededFor({ value, low, high }: Estimate, sd: number): Difference["needed"] {
  const needed = (difference: number): number =>
    (3 * sd) / Math.abs(difference) > Math.sqrt(mostNeeded) ? mostNeeded : pairedTNeeded(difference, sd);
  const [far, near] = Math.abs(low) > Math.abs(high) ? [low, high] : [high, low];
  return { value: needed(value), low: needed(far), high: low <= 0 && high >= 0 ? null : needed(near) };
}
