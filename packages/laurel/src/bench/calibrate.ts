import { NotEnoughDataError, type Seed, sha256, UsageError } from "../core/index.ts";
import type { Answered, Benchmark } from "./benchmark.ts";

/** The threshold that an item was given by `calibrate`, or the rule's own. */
export function thresholdOf(item: Pick<Answered, "facts">, otherwise: number): number {
  const given = item.facts?.["threshold"];
  return typeof given === "number" ? given : otherwise;
}

/** Items that are reported, with the threshold that the other items gave. */
export interface Calibrated {
  /** Each holds the threshold in `facts.threshold`, where the rule finds it. */
  items: Answered[];
  threshold: number;
  /** Items that were used up. */
  calibration: number;
}

/**
 * Chooses the threshold of step values on a share of the prompts, and leaves the others to be reported.
 *
 * A prompt is in the calibration part where hash(seed, cluster) falls below the share, so that two runs on the same items are split alike.
 *
 * @param share of the prompts, between 0 and 1
 * @throws UsageError for a benchmark without a threshold or a share out of range; NotEnoughDataError where a part is empty or does not
 *   determine a threshold
 * @source VLRMBench's sheet: the threshold is never chosen on the items that are reported
 * @example const { items, threshold } = calibrate(benchmarkOf("vlrmbench"), run.items, 0.2, seed);
 */
export function calibrate(
  benchmark: Pick<Benchmark, "rule" | "title">,
  items: readonly Answered[],
  share: number,
  seed: Seed,
): Calibrated {
  const { threshold: choose } = benchmark.rule;
  if (choose === undefined) throw new UsageError(`the rule of ${benchmark.title} has no threshold to calibrate`);
  if (!(share > 0 && share < 1)) throw new UsageError(`the calibration share must lie between 0 and 1, not ${share}`);
  const parts = Map.groupBy(items, ({ cluster }) => draw(seed, cluster) < share);
  const [own, others] = [parts.get(true) ?? [], parts.get(false) ?? []];
  if (own.length === 0 || others.length === 0)
    throw new NotEnoughDataError(`a share of ${share} of these items leaves one part empty`);
  const threshold = choose(own);
  return {
    threshold,
    calibration: own.length,
    items: others.map((item) => ({ ...item, facts: { ...item.facts, threshold } })),
  };
}

/** A number in [0, 1) that only the seed and the cluster decide. */
function draw(seed: Seed, cluster: string): number {
  return Number.parseInt(sha256(`calibrate ${seed} ${cluster}`).slice(0, 8), 16) / 2 ** 32;
}
