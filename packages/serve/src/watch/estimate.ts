import type { Estimate } from "laurel/core";
import { clusteredMean, countEstimate, meanEstimate, proportionEstimate } from "laurel/stats";

/** What a plot needs of an estimate. */
export type Short = Pick<Estimate, "value" | "low" | "high" | "n">;

const shortOf = ({ value, low, high, n }: Estimate): Short => ({ value, low, high, n });

/** Several values that belong together, such as the samples of one prompt. */
export interface Keyed {
  key: string;
  value: number;
}

const severalKeys = (values: readonly Keyed[]): boolean => values.some(({ key }) => key !== values[0]?.key);

/** The mean with its interval by prompt; null where there are fewer than two prompts. */
export function meanOf(values: readonly Keyed[]): Short | null {
  if (!severalKeys(values)) return null;
  return shortOf(
    meanEstimate(
      values.map(({ value }) => value),
      { clusters: values.map(({ key }) => key) },
    ),
  );
}

/** A share of 0/1 values with Wilson's interval, by prompt where there are several; null of nothing. */
export function shareOf(values: readonly Keyed[]): Short | null {
  if (values.length === 0) return null;
  const outcomes = values.map(({ value }) => value);
  if (!severalKeys(values))
    return shortOf(
      countEstimate(
        outcomes.reduce((sum, one) => sum + one, 0),
        outcomes.length,
      ),
    );
  return shortOf(proportionEstimate(outcomes, { clusters: values.map(({ key }) => key) }));
}

/**
 * Mean of the later values less mean of the earlier ones, of other prompts or rounds:
 *
 *     d ± z · √(se_now² + se_then²), both errors cluster-robust, z of 95 %
 *
 * @returns null where one of them has fewer than two prompts
 */
export function shiftOf(now: readonly Keyed[], then: readonly Keyed[]): (Short & { from: number }) | null {
  if (!severalKeys(now) || !severalKeys(then)) return null;
  const [a, b] = [now, then].map((values) =>
    clusteredMean(
      values.map(({ value }) => value),
      values.map(({ key }) => key),
    ),
  ) as [ReturnType<typeof clusteredMean>, ReturnType<typeof clusteredMean>];
  const value = a.mean - b.mean;
  const half = 1.959963984540054 * Math.hypot(a.standardError, b.standardError);
  return { value, low: value - half, high: value + half, n: now.length + then.length, from: b.mean };
}
