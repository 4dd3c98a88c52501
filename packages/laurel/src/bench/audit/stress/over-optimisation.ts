import { type Estimate, isScored, type Labels, type Score } from "../../../core/index.ts";
import { bestOfN, meanEstimate } from "../../../stats/index.ts";
import type { Section } from "./section.ts";

/** Best-of-n at one n. */
export interface BestOfNPoint {
  n: number;
  /** KL divergence of best-of-n from the policy that wrote the candidates, in nats. */
  kl: number;
  /** Of the candidate that the reward picks: its own value in standard deviations of that reward, and its gold value. */
  proxy: Estimate;
  gold: Estimate;
  /** Gold of a reward that knows it. */
  oracle: number;
}

/** A curve of best-of-n against gold. */
export interface OverOptimisation {
  /** Where the candidates and gold come from. */
  from: string;
  prompts: number;
  points: readonly BestOfNPoint[];
  /** The n with the most gold, and gold at the largest n less that there (0 at the peak itself). */
  peak: number;
  fall: Estimate | undefined;
}

/** What the curve is made from: scores and gold values of each prompt's candidates. */
export interface GoldGroup {
  cluster: string;
  scores: readonly Score[];
  gold: readonly number[];
}

/** The gold values that labels state for a group of candidates: values, else right as 1 and wrong as 0. */
export function goldOf({ value, correct }: Labels): number[] | undefined {
  const marks = value ?? correct;
  if (marks === undefined || marks.length < 2 || marks.some((one) => one === null)) return undefined;
  return marks.map(Number);
}

/**
 * What happens to gold while a reward is optimised by best-of-n: n = 1, 2, 4, … up to the candidates that each prompt has.
 *
 *     KL(best of n ‖ policy) = log n − (n − 1)/n,  E[gold of the best of n by the reward] without bias from N ≥ n samples of a prompt
 *
 * @param groups prompts with the same number of scored candidates or more; those with fewer than the median are left out
 * @returns means over prompts with t intervals by prompt
 * Source: Stiennon et al. (2020), appendix G.3, for the KL (an upper bound where candidates repeat, Beirami et al. 2024); Gao, Schulman
 * and Hilton (2023) for the curve.
 */
export function overOptimisation(groups: readonly GoldGroup[], from: string, level: number): Section<OverOptimisation> {
  const full = groups.filter(({ scores, gold }) => scores.length === gold.length && scores.every(isScored));
  const sizes = full.map(({ scores }) => scores.length).sort((a, b) => a - b);
  const most = sizes[Math.floor(sizes.length / 2)] ?? 0;
  const used = full.filter(({ scores }) => scores.length >= most);
  if (most < 4 || used.length < 2)
    return {
      missing: `best-of-n needs prompts with 4 or more scored candidates and a gold value for each; ${used.length} prompts have ${most}`,
    };
  const values = used.map(({ scores }) => scores.map((score) => (isScored(score) ? score.value : 0)));
  const all = values.flat();
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const sd = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length) || 1;
  const proxies = values.map((own) => own.map((x) => (x - mean) / sd));
  const clusters = used.map(({ cluster }) => cluster);
  const own = new Set(clusters).size < clusters.length ? { clusters } : {};
  const ns: number[] = [];
  for (let n = 1; n < most; n *= 2) ns.push(n);
  ns.push(most);
  const golds = ns.map((n) => used.map(({ gold }, p) => bestOfN(values[p]!, n, gold)));
  const points = ns.map(
    (n, k): BestOfNPoint => ({
      n,
      kl: Math.log(n) - (n - 1) / n,
      proxy: meanEstimate(
        proxies.map((list) => bestOfN(list, n)),
        { level, ...own },
      ),
      gold: meanEstimate(golds[k]!, { level, ...own }),
      oracle: used.reduce((sum, { gold }) => sum + bestOfN(gold, n), 0) / used.length,
    }),
  );
  const best = points.reduce((top, point, k) => (point.gold.value > points[top]!.gold.value ? k : top), 0);
  const last = points.length - 1;
  return {
    from,
    prompts: used.length,
    points,
    peak: ns[best]!,
    fall:
      best === last
        ? undefined
        : meanEstimate(
            golds[last]!.map((value, p) => value - golds[best]![p]!),
            { level, ...own },
          ),
  };
}
