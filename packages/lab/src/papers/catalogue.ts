import type { CatalogueClaim, CataloguePaper } from "laurel/papers";
import type { Paper, StoredResult } from "../lab/index.ts";
import { asExpected, verdictText } from "../lab/index.ts";
import type { PaperRow } from "./rows.ts";

/**
 * The catalogue's rows: `checked` where claims have results, `component` where something can be used, else `planned`.
 * @param claims the claims with results, by slug
 */
export function catalogue(
  rows: readonly PaperRow[],
  claims: Readonly<Record<string, readonly CatalogueClaim[]>>,
): CataloguePaper[] {
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

/**
 * A paper's claims as the catalogue shows them; the estimate is that of the first primary bar that has an interval.
 *
 * @param paper what was claimed
 * @param result its run of record
 */
export function catalogueClaims(paper: Paper, result: StoredResult): CatalogueClaim[] {
  return paper.claims.map((claim): CatalogueClaim => {
    const outcome = result.outcomes.find((one) => one.id === claim.id)!;
    const headline = outcome.bars.find((bar) => bar.role === "primary" && bar.p !== null);
    const judged = [
      ...outcome.bars.map((bar) => {
        const stated = claim.bars.find((one) => one.id === bar.id)!;
        const expectation = bar.role === "control" ? asExpected(bar, stated.expect) : null;
        return { bar, role: bar.role as string, why: stated.why, asExpected: expectation };
      }),
      ...(outcome.boundary === null
        ? []
        : [
            {
              bar: outcome.boundary,
              role: "boundary",
              why: claim.boundary!.why,
              asExpected: asExpected(outcome.boundary, "not-holds"),
            },
          ]),
    ];
    return {
      statement: claim.statement,
      scope: claim.scope,
      evidence: claim.evidence,
      verdict: verdictText(outcome),
      because: outcome.because,
      estimate: headline?.estimate ?? null,
      bars: judged.map(({ bar, role, why, asExpected: expectation }) => ({
        id: bar.id,
        role,
        verdict: bar.verdict,
        asExpected: expectation,
        value: bar.estimate.value,
        low: bar.estimate.low,
        high: bar.estimate.high,
        p: bar.pHolm,
        detectable: bar.detectable,
        why,
      })),
    };
  });
}
