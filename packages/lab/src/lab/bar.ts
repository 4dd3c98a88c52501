import { type Estimate, type Seed, split, UsageError } from "laurel";
import {
  normalCdf,
  pairedBootstrap,
  pairedT,
  pairedTDetectable,
  proportionEstimate,
  signFlip,
  varianceOf,
} from "laurel/stats";
import { claimSeed } from "./seeds.ts";
import type { Bar, ClaimBar, SeedFigures, Verdict } from "./types.ts";

/** What a bar came to. */
export interface BarOutcome {
  id: string;
  role: ClaimBar["role"];
  /** Null for a report without a bar. */
  verdict: Verdict | null;
  /** Of the paired difference (positive where `of` is better), or of the metric itself where there is nothing against it. */
  estimate: Estimate;
  /** Twice the one-sided p of lying outside the bar's region, at most 1; null for `exact` and for reports. */
  p: number | null;
  /** The same by random sign flips, which suppose a symmetric distribution but no normal one; null where p is none or nothing stands beside. */
  pSignFlip: number | null;
  /** Holm's adjusted p over the paper's primary bars; null for others and for `exact`. */
  pHolm: number | null;
  /** The percentile bootstrap over seeds, beside the t interval that decides. */
  bootstrap: { low: number; high: number } | null;
  /** The smallest difference that these seeds would have found with a power of 0.8; 0 where all seeds agree. */
  detectable: number | null;
  /** What a reader should know about the figures. */
  notes: readonly string[];
}

/**
 * The paired values of a bar, one a seed: metric of `of` less metric of `against` (or the number), turned so that more is better.
 *
 * @throws UsageError that names seed, arm and metric where a figure is missing or not finite
 */
export function barValues(bar: ClaimBar, figures: readonly SeedFigures[]): Float64Array {
  const sign = bar.better === "lower" ? -1 : 1;
  return Float64Array.from(figures, (seed, i) => {
    const read = (arm: string): number => {
      const value = seed[arm]?.[bar.metric];
      if (value === undefined || !Number.isFinite(value))
        throw new UsageError(`bar ${bar.id}, seed ${i}: ${arm} has no finite ${bar.metric} (${value})`);
      return value;
    };
    const against = typeof bar.against === "string" ? read(bar.against) : (bar.against ?? 0);
    return sign * (read(bar.of) - against);
  });
}

/** How a judgement is made. */
export interface JudgeOptions {
  /** Also the sign-flip p and the bootstrap, which decide nothing; default true. Simulations leave them out. */
  beside?: boolean | undefined;
}

/**
 * Judges one bar on its own (Holm's rule is the paper's, see `judgePaper`).
 *
 * The paired t interval at 95 % decides: inside the region the bar holds, outside it fails, else it is undecided. `superior`
 * holds where low > over, fails where it does not and high < over + smallest. `exact` holds where every seed is within the
 * tolerance. `share` takes 0/1 a seed with Wilson's interval.
 *
 * @param bar as the claim states it
 * @param figures n >= 2 seeds
 */
export function judgeBar(bar: ClaimBar, figures: readonly SeedFigures[], options: JudgeOptions = {}): BarOutcome {
  const beside = options.beside ?? true;
  const values = barValues(bar, figures);
  const common = { id: bar.id, role: bar.role, pHolm: null };
  if (bar.bar?.kind === "share") return { ...common, ...judgeShare(values, bar.bar.above) };
  if (bar.bar?.kind === "exact") return { ...common, ...judgeExact(values, bar.bar.tolerance) };
  const { difference, low, high, n } = pairedT(values);
  const sd = Math.sqrt(varianceOf(values));
  const seed = split(claimSeed("judge", "engine", "bar", 0), bar.id);
  const region = bar.bar === undefined ? undefined : regionOf(bar.bar);
  return {
    ...common,
    verdict: bar.bar === undefined ? null : verdictOf(bar.bar, low, high),
    estimate: { value: difference, low, high, level: 0.95, n, unscored: 0, method: "paired over seeds, Student t" },
    p:
      region === undefined
        ? null
        : outside(region, (over, alternative) => pairedT(shifted(values, over), { alternative }).p),
    pSignFlip:
      region === undefined || !beside
        ? null
        : outside(
            region,
            (over, alternative) => signFlip(shifted(values, over), { seed: split(seed, "flip"), alternative }).p,
          ),
    bootstrap: beside ? bootstrapOf(values, split(seed, "bootstrap")) : null,
    detectable: sd * detectableAt(n),
    notes: notesOf(values, sd),
  };
}

function bootstrapOf(values: Float64Array, seed: Seed): { low: number; high: number } {
  const { low, high } = pairedBootstrap(values, { seed, reps: 2000 });
  return { low, high };
}

/** The open interval that a bar's difference must lie in. */
function regionOf(bar: Exclude<Bar, { kind: "share" } | { kind: "exact" }>): readonly [number, number] {
  switch (bar.kind) {
    case "superior":
      return [bar.over ?? 0, Number.POSITIVE_INFINITY];
    case "non-inferior":
      return [-bar.margin, Number.POSITIVE_INFINITY];
    case "equivalent":
      return [-bar.within, bar.within];
    case "between":
      return [bar.low, bar.high];
  }
}

function verdictOf(bar: Exclude<Bar, { kind: "share" } | { kind: "exact" }>, low: number, high: number): Verdict {
  const [from, to] = regionOf(bar);
  if (low > from && high < to) return "holds";
  if (bar.kind === "superior") return high < from + bar.smallest ? "fails" : "undecided";
  return high < from || low > to ? "fails" : "undecided";
}

/** Twice the larger of the one-sided p at the region's ends (for two ends: the two one-sided tests). */
function outside(
  [from, to]: readonly [number, number],
  p: (over: number, alternative: "greater" | "less") => number,
): number {
  const above = Number.isFinite(from) ? p(from, "greater") : 0;
  const below = Number.isFinite(to) ? p(to, "less") : 0;
  return Math.min(1, 2 * Math.max(above, below));
}

function shifted(values: Float64Array, by: number): Float64Array {
  return values.map((value) => value - by);
}

function judgeShare(values: Float64Array, above: number): Omit<BarOutcome, "id" | "role" | "pHolm"> {
  const other = values.find((value) => value !== 0 && value !== 1);
  if (other !== undefined) throw new UsageError(`a share bar takes 0 or 1 a seed, not ${other}`);
  const estimate = proportionEstimate(values);
  const z = (estimate.value - above) / Math.sqrt((above * (1 - above)) / values.length);
  return {
    verdict: estimate.low > above ? "holds" : estimate.high < above ? "fails" : "undecided",
    estimate,
    p: above === 0 ? (estimate.value > 0 ? 0 : 1) : Math.min(1, 2 * normalCdf(-z)),
    pSignFlip: null,
    bootstrap: null,
    detectable: null,
    notes: ["0/1 a seed: Wilson's interval"],
  };
}

function judgeExact(values: Float64Array, tolerance: number): Omit<BarOutcome, "id" | "role" | "pHolm"> {
  const worst = values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return {
    verdict: Math.abs(worst) <= tolerance ? "holds" : "fails",
    estimate: {
      value: worst,
      low: worst,
      high: worst,
      level: 1,
      n: values.length,
      unscored: 0,
      method: "largest over all seeds",
    },
    p: null,
    pSignFlip: null,
    bootstrap: null,
    detectable: null,
    notes: [],
  };
}

// found by root-finding on the noncentral t, which takes longer than all the rest of a judgement
const detectableRatio = new Map<number, number>();

/** The smallest difference that n pairs find with a power of 0.8, in standard deviations. */
function detectableAt(n: number): number {
  let ratio = detectableRatio.get(n);
  if (ratio === undefined) detectableRatio.set(n, (ratio = pairedTDetectable(1, n)));
  return ratio;
}

function notesOf(values: Float64Array, sd: number): string[] {
  if (sd === 0) return ["all seeds agree exactly"];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const third = values.reduce((sum, value) => sum + ((value - mean) / sd) ** 3, 0) / values.length;
  return Math.abs(third) > 1 ? [`skewed over seeds (skewness ${third.toFixed(1)}): the t interval is approximate`] : [];
}
