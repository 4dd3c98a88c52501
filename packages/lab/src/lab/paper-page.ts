import type { Estimate } from "laurel";
import { forestChart, type Html, html, htmlTable, lineChart, page, raw, type Series, text } from "laurel/report";
import { type BarOutcome, barValues } from "./bar.ts";
import { type ClaimOutcome, verdictText } from "./judge.ts";
import { type StoredClaim, type StoredResult, seedsOf } from "./results.ts";
import type { Bar, Claim, Paper, SeedFigures } from "./types.ts";

/**
 * A boundary's plot: the bar's difference seed by seed, sorted, at the setting where the claim is made and at the one where it must
 * fail; the band is the interval that decides.
 *
 * @param claim with a boundary
 * @param figures of both settings
 * @returns a self-contained SVG, or undefined where the claim has no boundary
 */
export function boundaryChart(
  claim: Claim,
  figures: { main: readonly SeedFigures[]; boundary: readonly SeedFigures[] },
  outcome: Pick<ClaimOutcome, "bars" | "boundary">,
): string | undefined {
  const { boundary } = claim;
  if (boundary === undefined || outcome.boundary === null) return undefined;
  const bar = claim.bars.find((one) => one.id === boundary.bar)!;
  const main = outcome.bars.find((one) => one.id === boundary.bar)!;
  const sorted = (name: string, seeds: readonly SeedFigures[], { estimate }: BarOutcome): Series => ({
    name,
    points: [...barValues(bar, seeds)]
      .sort((a, b) => a - b)
      .map((y, i, all) => ({ x: (i + 1) / all.length, y, low: estimate.low, high: estimate.high })),
  });
  const edge = bar.bar === undefined ? undefined : edgeOf(bar.bar);
  return lineChart(
    [
      ...(edge === undefined ? [] : [{ name: "", points: [0, 1].map((x) => ({ x, y: edge })) }]),
      sorted("where it is claimed", figures.main, main),
      sorted("where it must fail", figures.boundary, outcome.boundary),
    ],
    {
      title: `${claim.id}: ${boundary.bar}, and its boundary`,
      x: "share of seeds",
      y: sideOf(bar.of, bar.against, bar.metric),
      note: `${figures.main.length} seeds each, sorted; bands: 95 % intervals of the mean${edge === undefined ? "" : `; blue: ${edge}, what is needed`}`,
    },
  );
}

function sideOf(of: string, against: string | number | undefined, metric: string): string {
  return against === undefined ? `${metric} of ${of}` : `${metric}: ${of} less ${against}`;
}

/** The end of the region that a bar's interval must lie beyond. */
function edgeOf(bar: Bar): number | undefined {
  switch (bar.kind) {
    case "superior":
      return bar.over ?? 0;
    case "non-inferior":
      return -bar.margin;
    case "equivalent":
      return bar.within;
    case "between":
      return bar.low;
    case "share":
      return bar.above;
    case "exact":
      return undefined;
  }
}

/**
 * A paper's run of record as a page: each claim's verdict, its bars as a forest, its boundary's plot, and what the settings were.
 *
 * @param paper whose result it is
 * @param stored the result
 * @returns HTML that needs nothing from elsewhere
 */
export function paperPage(paper: Paper, stored: StoredResult): string {
  const sections = paper.claims.flatMap((claim): Html[] => {
    const outcome = stored.outcomes.find((one) => one.id === claim.id);
    if (outcome === undefined) return [];
    return [
      claimSection(
        claim,
        outcome,
        stored.claims.find((one) => one.id === claim.id),
      ),
    ];
  });
  const { node, platform, arch, cpu } = stored.environment;
  return page(`${paper.slug}: claims checked`, [
    html`<h1>${text(paper.slug)}</h1><p class="muted">use: ${text(paper.component.join(", "))} · ${text(`Node ${node}, ${platform} ${arch}, ${cpu}`)}</p>`,
    ...sections,
  ]);
}

function claimSection(claim: Claim, outcome: ClaimOutcome, stored: StoredClaim | undefined): Html {
  const number = (value: number | null): string => (value === null ? "" : String(Number(value.toPrecision(3))));
  const rows = [...outcome.bars, ...(outcome.boundary === null ? [] : [{ ...outcome.boundary, role: "boundary" }])];
  const table = htmlTable(
    ["bar", "role", "verdict", "value", "95 % interval", "p (Holm)", "detectable"],
    rows.map(({ id, role, verdict, estimate, pHolm, detectable }) => [
      id,
      role,
      verdict ?? "",
      number(estimate.value),
      `[${number(estimate.low)}, ${number(estimate.high)}]`,
      number(pHolm),
      number(detectable),
    ]),
  );
  const charts: string[] = [];
  const primary = outcome.bars.filter(({ role }) => role === "primary");
  if (primary.length > 0) charts.push(forest(claim, primary, outcome.boundary));
  const boundary = boundaryOf(claim, outcome, stored);
  if (boundary !== undefined) charts.push(boundary);
  const moved = stored?.boundary;
  return html`<h2>${text(`${verdictText(outcome)}: ${claim.statement}`)}</h2>
<p>${text(`${claim.evidence}; ${outcome.because}`)}</p><p class="muted">${text(claim.scope)}</p>
<div class="charts">${charts.map(raw)}</div>${table}
${moved == null ? raw("") : html`<p>${text(`It must fail where ${changes(stored!.settings, moved.settings)}: ${claim.boundary!.why}`)}</p>`}`;
}

function forest(claim: Claim, bars: readonly BarOutcome[], boundary: BarOutcome | null): string {
  const rows: { name: string; estimate: Estimate }[] = bars.map(({ id, estimate }) => ({ name: id, estimate }));
  if (boundary !== null) rows.push({ name: `${boundary.id}, boundary`, estimate: boundary.estimate });
  return forestChart(rows, {
    title: `${claim.id}: primary bars`,
    x: "difference, more is better",
    line: 0,
    note: `${bars[0]!.estimate.n} seeds, ${bars[0]!.estimate.method}`,
  });
}

function boundaryOf(claim: Claim, outcome: ClaimOutcome, stored: StoredClaim | undefined): string | undefined {
  if (stored?.boundary == null) return undefined;
  const figures = {
    main: seedsOf(stored.figures, stored.seeds),
    boundary: seedsOf(stored.boundary.figures, stored.seeds),
  };
  return boundaryChart(claim, figures, outcome);
}

/** The settings that differ, in words. */
function changes(from: object, to: object): string {
  const before = from as Record<string, unknown>;
  return Object.entries(to)
    .filter(([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value))
    .map(([name, value]) => `${name} is ${JSON.stringify(value)} instead of ${JSON.stringify(before[name])}`)
    .join(", ");
}
