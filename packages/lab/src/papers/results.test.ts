import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { figuresOf, judgePaper, loadPaper, readResult, verifyResult } from "../lab/index.ts";
import { catalogue, catalogueClaims } from "./catalogue.ts";
import { paperRows } from "./rows.ts";
import { checkedSlugs, paperModule } from "./table.ts";

const committed = readdirSync(new URL("./results/", import.meta.url)).map((name) => name.replace(/\.json$/, ""));

describe("the committed results", () => {
  it("are of papers with checks, and those are among the 91", () => {
    for (const slug of committed) expect(checkedSlugs).toContain(slug);
    for (const slug of checkedSlugs) expect(paperRows.map((row) => row.slug)).toContain(slug);
  });

  it.each(committed)("%s: settings, seeds and verdicts are what the paper's file and the figures say", async (slug) => {
    const stored = readResult(slug)!;
    const paper = await loadPaper(paperModule(slug));
    expect(stored.phase).toBe("record");
    const tested = paper.claims.filter(({ evidence }) => evidence !== "untestable");
    expect(stored.claims.map(({ id }) => id)).toEqual(tested.map(({ id }) => id));
    for (const [i, claim] of tested.entries()) {
      const own = stored.claims[i]!;
      expect(own.settings).toEqual(claim.settings);
      expect(own.seeds).toBe(claim.seeds);
      // 40 seeds, or fewer where a seed takes more than a second
      if (claim.seeds < 40) expect(own.cpuSeconds / own.seeds).toBeGreaterThan(1);
      expect(own.boundary?.settings).toEqual(
        claim.boundary === undefined ? undefined : { ...claim.settings, ...claim.boundary.setting },
      );
      for (const metrics of Object.values(own.figures))
        for (const values of Object.values(metrics)) expect(values).toHaveLength(own.seeds);
    }
    const judged = judgePaper(paper, figuresOf(stored));
    for (const [i, outcome] of judged.entries()) {
      const was = stored.outcomes[i]!;
      expect({ id: was.id, verdict: was.verdict, small: was.small, because: was.because }).toEqual({
        id: outcome.id,
        verdict: outcome.verdict,
        small: outcome.small,
        because: outcome.because,
      });
      for (const [b, bar] of outcome.bars.entries()) {
        expect(was.bars[b]!.estimate.low).toBeCloseTo(bar.estimate.low, 9);
        expect(was.bars[b]!.estimate.high).toBeCloseTo(bar.estimate.high, 9);
      }
    }
  });

  it("stand where a sentinel of rliable's identities is run again", async () => {
    const stored = readResult("rliable")!;
    const paper = await loadPaper(paperModule("rliable"));
    const quick = { ...stored, claims: stored.claims.filter(({ id }) => id === "identities") };
    expect(await verifyResult(paper, quick)).toEqual({ replayed: 2, stale: [] });
  });

  it("are in the catalogue that ships (else run: node --conditions=source scripts/catalogue.ts)", async () => {
    const claims: Record<string, ReturnType<typeof catalogueClaims>> = {};
    const components: Record<string, readonly string[]> = {};
    for (const slug of checkedSlugs) {
      const paper = await loadPaper(paperModule(slug));
      components[slug] = paper.component;
      const result = readResult(slug);
      if (result !== undefined) claims[slug] = catalogueClaims(paper, result);
    }
    const rows = catalogue(
      paperRows.map((row) => ({ ...row, component: components[row.slug] ?? row.component ?? [] })),
      claims,
    );
    const shipped = new URL("../../../laurel/src/papers/catalogue.json", import.meta.url);
    expect(JSON.parse(readFileSync(shipped, "utf8"))).toEqual(JSON.parse(JSON.stringify(rows)));
  });
});
