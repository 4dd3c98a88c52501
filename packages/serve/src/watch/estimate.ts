import type { Estimate } from "laurel/core";
import { countEstimate, meanEstimate, proportionEstimate, welchEstimate } from "laurel/stats";

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

/** Mean of the later values less mean of the earlier ones, of other prompts or rounds; null where one of them has fewer than two. */
export function shiftOf(now: readonly Keyed[], then: readonly Keyed[]): (Short & { from: number }) | null {
  if (!severalKeys(now) || !severalKeys(then)) return null;
  const [a, b] = [now, then].map((side) => side.map(({ value }) => value)) as [number[], number[]];
  const keys = (side: readonly Keyed[]): string[] => side.map(({ key }) => key);
  const shift = shortOf(welchEstimate(a, b, { clusters: [keys(now), keys(then)] }));
  return { ...shift, from: b.reduce((sum, one) => sum + one, 0) / b.length };
}
