import { type Estimate, NotEnoughDataError } from "../../core/index.ts";
import { clusteredMean, discordantDifference, groupsOf, signFlip, tCdf } from "../../stats/index.ts";

/** Two credits in [0, 1] of one item, with its prompt. */
export interface PairedRow {
  a: number;
  b: number;
  cluster: string;
}

/**
 * The mean of a − b with its interval and p, by prompt.
 *
 * The interval is Bonett and Price's for 0/1 credits of which no prompt has two, or where nothing varies (each prompt then counting as one
 * item), else cluster-robust t. p is exact from sign flips of the prompts' sums where at most 14 of them differ from 0, else of Student's t.
 *
 * @throws NotEnoughDataError for fewer than 2 prompts
 */
export function pairedDifference(
  rows: readonly PairedRow[],
  unscored: number,
  level: number,
): { difference: Estimate; p: number } {
  const clusters = rows.map(({ cluster }) => cluster);
  const groups = groupsOf(clusters);
  if (groups.count < 2)
    throw new NotEnoughDataError("a paired difference needs verdicts of both on 2 prompts or more", 2);
  const gaps = rows.map(({ a, b }) => a - b);
  const { mean, low, high, standardError } = clusteredMean(gaps, clusters, { level });
  const common = { level, n: rows.length, clusters: groups.count, unscored };
  const whole = groups.count === rows.length && rows.every(({ a, b }) => [a, b].every((one) => one === 0 || one === 1));
  const exact = "paired difference, Bonett-Price";
  let difference: Estimate;
  if (whole) {
    const [onlyA, onlyB] = [gaps.filter((one) => one > 0).length, gaps.filter((one) => one < 0).length];
    difference = { ...discordantDifference(onlyA, onlyB, rows.length, level), ...common, method: exact };
  } else if (standardError === 0) {
    const moved = Math.round(Math.abs(mean) * groups.count);
    const ends = discordantDifference(mean > 0 ? moved : 0, mean < 0 ? moved : 0, groups.count, level);
    difference = {
      value: mean,
      low: Math.min(mean, ends.low),
      high: Math.max(mean, ends.high),
      ...common,
      method: exact,
    };
  } else {
    const method = "paired difference, cluster-robust t";
    difference = { value: mean, low: Math.max(-1, low), high: Math.min(1, high), ...common, method };
  }
  const sums = new Float64Array(groups.count);
  for (const [i, gap] of gaps.entries()) sums[groups.of[i]!]! += gap;
  const moved = sums.filter((sum) => sum !== 0);
  if (moved.length === 0) return { difference, p: 1 };
  const p = moved.length <= 14 ? signFlip(moved).p : 2 * tCdf(-Math.abs(mean / standardError), groups.count - 1);
  return { difference, p: Math.min(1, p) };
}
