import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { random } from "../core/seed.ts";
import type { Seed } from "../core/types.ts";
import { bootstrapInterval } from "./bootstrap.ts";
import { drawBelow } from "./resample.ts";
import { type Interval, meanOf } from "./sample.ts";

/** Two systems' counts on the same items, for a metric of summed counts such as corpus BLEU. */
export interface CorpusPair {
  /** items × width counts of the first system, row-major. */
  a: Float64Array;
  /** The same of the second system. */
  b: Float64Array;
  /** Counts an item. */
  width: number;
  /** The metric of the counts' sums over items. */
  metric: (sums: Float64Array) => number;
}

/** A corpus-level difference a - b with its p. */
export interface CorpusTest {
  difference: number;
  p: number;
  n: number;
}

/**
 * The paired bootstrap of a corpus-level metric: items are resampled, both systems together.
 *
 * With d* the resampled differences and d the observed one, p = (count + 1) / (reps + 1) where
 * "absolute-centred" (default) counts |d*| - mean|d*| >= |d|, the rule of Moses and sacreBLEU, whose p is far below a two-sided one;
 * "centred" counts |d* - mean d*| >= |d|, the two-sided test.
 *
 * @param pair the counts and the metric
 * @param options `seed`; `reps`, default 2,000; `level` of the percentile interval, default 0.95; `null`
 * @throws NotEnoughDataError for fewer than 2 items, UsageError for counts that do not fit together
 * Source: Koehn (2004), section 5; rule read from sacreBLEU 2 `paired-bs`; Riezler and Maxwell (2005) for centring.
 */
export function corpusBootstrap(
  pair: CorpusPair,
  options: {
    seed: Seed;
    reps?: number | undefined;
    level?: number | undefined;
    null?: "absolute-centred" | "centred" | undefined;
  },
): CorpusTest & Interval {
  const { n, difference } = check(pair);
  const { a, b, width, metric } = pair;
  const reps = options.reps ?? 2000;
  const rng = random(options.seed);
  const indices = new Int32Array(n);
  const [sumA, sumB] = [new Float64Array(width), new Float64Array(width)];
  const replicates = new Float64Array(reps);
  for (let r = 0; r < reps; r++) {
    drawBelow(rng, n, indices);
    sumA.fill(0);
    sumB.fill(0);
    for (let i = 0; i < n; i++) {
      const row = indices[i]! * width;
      for (let k = 0; k < width; k++) {
        sumA[k]! += a[row + k]!;
        sumB[k]! += b[row + k]!;
      }
    }
    replicates[r] = metric(sumA) - metric(sumB);
  }
  const absolute = options.null !== "centred";
  const centred = absolute ? replicates.map(Math.abs) : replicates;
  const centre = meanOf(centred);
  let count = 0;
  for (const one of centred) if ((absolute ? one - centre : Math.abs(one - centre)) >= Math.abs(difference)) count++;
  const interval = bootstrapInterval(replicates.sort(), difference, { level: options.level });
  return { difference, p: (count + 1) / (reps + 1), n, ...interval };
}

/**
 * Approximate randomisation of a corpus-level metric: each item's two outputs change systems with probability ½.
 *
 * p = (#{|d*| >= |d|} + 1) / (reps + 1)
 *
 * @param pair the counts and the metric
 * @param options `seed`; `reps`, default 10,000
 * @throws NotEnoughDataError for no items, UsageError for counts that do not fit together
 * Source: Noreen (1989); Clark et al. (2011), multeval; Riezler and Maxwell (2005).
 */
export function corpusRandomisation(pair: CorpusPair, options: { seed: Seed; reps?: number | undefined }): CorpusTest {
  const { n, difference, sumA, sumB } = check(pair);
  const { a, b, width, metric } = pair;
  const reps = options.reps ?? 10_000;
  const rng = random(options.seed);
  const gap = b.map((one, i) => one - a[i]!);
  const moved = new Float64Array(width);
  const [newA, newB] = [new Float64Array(width), new Float64Array(width)];
  const bar = Math.abs(difference) * (1 - 1e-12);
  let count = 0;
  for (let r = 0; r < reps; r++) {
    moved.fill(0);
    let word = 0;
    for (let i = 0; i < n; i++) {
      if ((i & 31) === 0) word = rng.u32();
      if (word & 1) for (let k = 0, at = i * width; k < width; k++, at++) moved[k]! += gap[at]!;
      word >>>= 1;
    }
    for (let k = 0; k < width; k++) {
      newA[k] = sumA[k]! + moved[k]!;
      newB[k] = sumB[k]! - moved[k]!;
    }
    if (Math.abs(metric(newA) - metric(newB)) >= bar) count++;
  }
  return { difference, p: (count + 1) / (reps + 1), n };
}

function check({ a, b, width, metric }: CorpusPair) {
  const n = a.length / width;
  if (a.length !== b.length || !Number.isInteger(n))
    throw new UsageError(`counts of ${a.length} and ${b.length} numbers do not make items of ${width}`);
  if (n < 2) throw new NotEnoughDataError(`a corpus test needs at least 2 items, got ${n}`, 2);
  const [sumA, sumB] = [new Float64Array(width), new Float64Array(width)];
  for (let i = 0; i < a.length; i++) {
    sumA[i % width]! += a[i]!;
    sumB[i % width]! += b[i]!;
  }
  const difference = metric(sumA) - metric(sumB);
  if (!Number.isFinite(difference)) throw new UsageError(`the metric's difference is ${difference}; it must be finite`);
  return { n, difference, sumA, sumB };
}
