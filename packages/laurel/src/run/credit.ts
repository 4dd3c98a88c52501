import { type Estimate, NotEnoughDataError } from "../core/index.ts";
import { meanEstimate, proportionEstimate } from "../stats/index.ts";

/** A sample of items of which some may share a prompt. */
export interface Clustered {
  values: readonly number[];
  clusters: readonly string[];
}

/** Do some items share a cluster? Where none do, an item is its own unit and the plain formulas hold. */
export function shares(clusters: readonly string[]): boolean {
  return new Set(clusters).size < clusters.length;
}

/**
 * The mean of credits in [0, 1] with Wilson's interval, at the effective size where items share a prompt.
 *
 * @throws NotEnoughDataError for no items, or for items of a single prompt
 */
export function creditEstimate({ values, clusters }: Clustered, unscored = 0, level = 0.95): Estimate {
  if (values.length === 0) throw new NotEnoughDataError("no item could be scored");
  return proportionEstimate(values, { level, unscored, ...(shares(clusters) ? { clusters } : {}) });
}

/** `creditEstimate`, or undefined where there are too few items for an interval. */
export function maybe(estimate: () => Estimate): Estimate | undefined {
  try {
    return estimate();
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return undefined;
    throw thrown;
  }
}

/** The mean of any values with its t interval by prompt. */
export function valueEstimate({ values, clusters }: Clustered, unscored = 0, level = 0.95): Estimate {
  return meanEstimate(values, { level, unscored, ...(shares(clusters) ? { clusters } : {}) });
}
