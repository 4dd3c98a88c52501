import { answerText, type Candidate, type Estimate, type Example, NotEnoughDataError } from "../core/index.ts";
import { meanEstimate, proportionEstimate } from "../stats/index.ts";
import { sides } from "./rules.ts";

/** How far one surface feature tells right from wrong candidates. */
export interface FeatureGap {
  feature: string;
  /** Difference of the means, right less wrong, in standard deviations. */
  cohenD: Estimate;
  /** How often the feature is greater in the right one of a right and a wrong candidate of one item; a tie is half. 0.5 tells nothing. */
  auc: Estimate;
  /** Is the AUC outside of 0.4 to 0.6, and its interval clear of 0.5? */
  telling: boolean;
}

/** The surface features that are looked at by default. */
export const surfaceFeatures: Readonly<Record<string, (candidate: Candidate) => number>> = {
  characters: (candidate) => answerText(candidate).length,
  lines: (candidate) => candidate.steps?.length ?? answerText(candidate).split("\n").length,
  "symbol share": (candidate) => {
    const text = answerText(candidate);
    let symbols = 0;
    for (const one of text) if (!/[\p{L}\p{N}\s]/u.test(one)) symbols++;
    return text.length === 0 ? 0 : symbols / text.length;
  },
};

/**
 * Do surface features tell a benchmark's right candidates from its wrong ones? Where they do, a reward can score well by style alone.
 *
 *     auc = mean over items of P(f(right) > f(wrong)) + ½·P(equal);  d = (mean f(right) − mean f(wrong)) / sd
 *
 * sd is the root of the mean of both sides' variances, taken as known in d's interval.
 *
 * @param examples any preference file: items with right and wrong candidates (others are left out)
 * @param features by name; default characters, lines (or steps) and the share of symbols
 * @throws NotEnoughDataError for fewer than two items with both sides
 * @source RewardMATH (2024), the diagnosis of RewardBench's mathematics subset; the measures and the bounds are ours
 * @example representationGap(examples).filter(({ telling }) => telling)
 */
export function representationGap(
  examples: readonly Example[],
  features: Readonly<Record<string, (candidate: Candidate) => number>> = surfaceFeatures,
  level = 0.95,
): FeatureGap[] {
  const items = examples.flatMap(({ task, labels, cluster }) => {
    const { right, wrong } = sides({ labels, id: task.id });
    if (right.length === 0 || wrong.length === 0) return [];
    return [{ cluster, right: right.map((i) => task.candidates[i]!), wrong: wrong.map((i) => task.candidates[i]!) }];
  });
  if (items.length < 2) throw new NotEnoughDataError("fewer than two items have right and wrong candidates", 2);
  const clusters = items.map(({ cluster }) => cluster);
  return Object.entries(features).map(([feature, of]) => {
    const values = items.map(({ right, wrong }) => ({ right: right.map(of), wrong: wrong.map(of) }));
    const wins = values.map(({ right, wrong }) =>
      mean(right.flatMap((r) => wrong.map((w) => (r > w ? 1 : r === w ? 0.5 : 0)))),
    );
    const auc = proportionEstimate(wins, { level, clusters });
    const sd = Math.sqrt(
      (variance(values.flatMap(({ right }) => right)) + variance(values.flatMap(({ wrong }) => wrong))) / 2,
    );
    const gaps = values.map(({ right, wrong }) => (sd === 0 ? 0 : (mean(right) - mean(wrong)) / sd));
    const cohenD = {
      ...meanEstimate(gaps, { level, clusters }),
      method: "standardised difference by item, cluster-robust t",
    };
    const far = auc.value < 0.4 || auc.value > 0.6;
    return { feature, cohenD, auc, telling: far && (auc.low > 0.5 || auc.high < 0.5) };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.length < 2 ? 0 : values.reduce((sum, one) => sum + (one - centre) ** 2, 0) / (values.length - 1);
}
