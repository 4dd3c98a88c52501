import { readFileSync } from "node:fs";
import type { Estimate } from "../core/index.ts";

export { lookSeeds, type PaperLaboratory, type PaperProgress, type RunClaim, runAgain } from "./run-again.ts";

/** One bar of a checked claim, as the catalogue keeps it. */
export interface CatalogueBar {
  id: string;
  /** primary, secondary, control, report or boundary. */
  role: string;
  verdict: string | null;
  /** Of a control or boundary: is it as it must be? */
  asExpected: boolean | null;
  value: number;
  low: number;
  high: number;
  /** Adjusted by Holm over the paper's primary bars. */
  p: number | null;
  /** The smallest effect that it could have seen. */
  detectable: number | null;
  why: string;
}

/** A claim of a paper with its verdict. */
export interface CatalogueClaim {
  statement: string;
  /** What it was checked in, and what that leaves out. */
  scope: string;
  evidence: string;
  verdict: string;
  because: string;
  estimate: Estimate | null;
  bars: readonly CatalogueBar[];
}

/** A row of the catalogue of papers. */
export interface CataloguePaper {
  slug: string;
  title: string;
  capability: string;
  state: "planned" | "component" | "checked";
  component: readonly string[];
  claims: readonly CatalogueClaim[];
}

/** The catalogue of papers that ships with the package, made from the committed results. */
export function catalogue(): CataloguePaper[] {
  return JSON.parse(readFileSync(new URL("catalogue.json", import.meta.url), "utf8")) as CataloguePaper[];
}

/** How claims came out, each class of evidence apart, and how many "holds" chance alone would give. */
export interface CatalogueCounts {
  papers: Readonly<Record<CataloguePaper["state"], number>>;
  /** Counts of verdicts by evidence. */
  claims: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /**
   * The most papers with a false "holds" to expect if no claim were true: Holm keeps a paper's chance of any at 2.5 %, and identities are not a
   * matter of chance.
   */
  byChance: number;
}

/** Counts the catalogue's states and verdicts. */
export function countCatalogue(rows: readonly CataloguePaper[]): CatalogueCounts {
  const papers = { planned: 0, component: 0, checked: 0 };
  const claims: Record<string, Record<string, number>> = {};
  let random = 0;
  for (const row of rows) {
    papers[row.state]++;
    if (row.claims.some(({ evidence }) => evidence !== "identity")) random++;
    for (const { evidence, verdict } of row.claims) {
      const own = (claims[evidence] ??= {});
      own[verdict] = (own[verdict] ?? 0) + 1;
    }
  }
  return { papers, claims, byChance: 0.025 * random };
}
