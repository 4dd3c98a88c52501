import { type Estimate, NotEnoughDataError, UsageError } from "../../core/index.ts";
import { benjaminiHochberg, countEstimate, normalCdf, normalQuantile } from "../../stats/index.ts";

/** An attribute on which a model may be worse. */
export interface Slice {
  attribute: string;
  /** Accuracy with and without the attribute. */
  with: Estimate;
  without: Estimate;
  /** without - with: positive where the attribute is harder, with a normal interval. */
  gap: Estimate;
  /** One-sided two-proportion z test of a gap above 0, plain and adjusted for all attributes. */
  p: number;
  adjusted: number;
  /** Is the adjusted p at most alpha? */
  flagged: boolean;
}

/**
 * Where does a model fail? Attributes ranked by how much worse items are that carry them.
 *
 * gap = accuracy without - with; z test with the pooled share; Benjamini and Hochberg over the attributes, since the worst of many
 * attributes is below average by chance alone.
 *
 * @param items right or wrong, with their attributes; null is left out and counted.
 * @param options alpha 0.05: share of false flags among flags that is let through; level 0.95.
 * @returns attributes by descending gap; one that all or no items carry is left out.
 * @throws NotEnoughDataError for no scored item; UsageError for an alpha outside (0, 1).
 *
 * Source: Eureka (2024), subgroup reports; the test and the correction are Laurel's.
 */
export function sliceReport(
  items: Iterable<{ right: boolean | null; attributes: readonly string[] }>,
  options: { alpha?: number | undefined; level?: number | undefined } = {},
): Slice[] {
  const { alpha = 0.05, level = 0.95 } = options;
  if (!(alpha > 0 && alpha < 1)) throw new UsageError(`alpha lies in (0, 1), not ${alpha}`);
  const counts = new Map<string, { right: number; n: number; unscored: number }>();
  let [right, n, unscored] = [0, 0, 0];
  for (const item of items) {
    if (item.right === null) unscored++;
    else {
      n++;
      right += Number(item.right);
    }
    for (const attribute of new Set(item.attributes)) {
      let own = counts.get(attribute);
      if (own === undefined) counts.set(attribute, (own = { right: 0, n: 0, unscored: 0 }));
      if (item.right === null) own.unscored++;
      else {
        own.n++;
        own.right += Number(item.right);
      }
    }
  }
  if (n === 0) throw new NotEnoughDataError("no item was scored", 1);
  const usable = [...counts].filter(([, own]) => own.n > 0 && own.n < n);
  const z = normalQuantile(1 - (1 - level) / 2);
  const slices = usable.map(([attribute, own]) => {
    const rest = { right: right - own.right, n: n - own.n };
    const [p1, p0] = [own.right / own.n, rest.right / rest.n];
    const pooled = right / n;
    const error = Math.sqrt(pooled * (1 - pooled) * (1 / own.n + 1 / rest.n));
    const half = z * Math.sqrt((p1 * (1 - p1)) / own.n + (p0 * (1 - p0)) / rest.n);
    return {
      attribute,
      with: countEstimate(own.right, own.n, { level, unscored: own.unscored }),
      without: countEstimate(rest.right, rest.n, { level, unscored: unscored - own.unscored }),
      gap: {
        value: p0 - p1,
        low: p0 - p1 - half,
        high: p0 - p1 + half,
        level,
        n,
        unscored,
        method: "difference of shares, normal",
      },
      p: error === 0 ? 1 : normalCdf(-(p0 - p1) / error),
    };
  });
  const adjusted = benjaminiHochberg(slices.map(({ p }) => p));
  return slices
    .map((slice, i): Slice => ({ ...slice, adjusted: adjusted[i]!, flagged: adjusted[i]! <= alpha }))
    .sort((a, b) => b.gap.value - a.gap.value);
}
