import type { PaperRow } from "./rows.ts";

/** A claim as the catalogue shows it. */
export interface CatalogueClaim {
  statement: string;
  evidence: string;
  verdict: string;
  estimate: {
    value: number;
    low: number;
    high: number;
    level: number;
    n: number;
    unscored: number;
    method: string;
  } | null;
}

/** One row of the catalogue: the stable form of `laurel papers --json`. */
export interface CatalogueRow {
  slug: string;
  title: string;
  capability: string;
  state: "planned" | "component" | "checked";
  component: readonly string[];
  claims: readonly CatalogueClaim[];
}

/**
 * The catalogue's rows: `checked` where claims have results, `component` where something can be used, else `planned`.
 * @param claims the claims with results, by slug
 */
export function catalogue(
  rows: readonly PaperRow[],
  claims: Readonly<Record<string, readonly CatalogueClaim[]>>,
): CatalogueRow[] {
  return rows.map(({ slug, title, capability, component = [] }) => {
    const own = claims[slug] ?? [];
    return {
      slug,
      title,
      capability,
      state: own.length > 0 ? "checked" : component.length > 0 ? "component" : "planned",
      component,
      claims: own,
    };
  });
}
