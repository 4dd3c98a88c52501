import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readResult } from "@laurel/lab";
import { describe, expect, it } from "vitest";
import { folder } from "../laurel.ts";

const module = new URL("../../packages/laurel/src/cli/papers.ts", import.meta.url).href;

/** Calls a function of cli/papers.ts in a process of its own and gives what it printed. */
function call(expression: string): { out: string; code: number | null } {
  using place = folder();
  const script = `const papers = await import(${JSON.stringify(module)}); await papers.${expression};`;
  const ended = spawnSync(process.execPath, ["--conditions=source", "--input-type=module", "-e", script], {
    cwd: place.path,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { out: ended.stdout + ended.stderr, code: ended.status };
}

describe("laurel papers", () => {
  it("counts the claims by evidence and says how many would hold by chance", () => {
    const { out } = call("papers({})");
    expect(out).toMatch(/identity: \d+ holds/);
    expect(out).toMatch(/chance alone would give at most [\d.]+ papers/);
  });

  it("shows a paper's claims with every bar", () => {
    const { out, code } = call('showPaper("rliable", {})');
    expect(code).toBe(0);
    const bars = readResult("rliable")!.outcomes.flatMap((outcome) => outcome.bars);
    for (const bar of bars) expect(out).toContain(bar.id);
    expect(out).toContain("boundary");
  });

  it("writes a page with every claim, its bars and its boundary seed by seed", () => {
    using place = folder();
    const page = place.file("par.html");
    expect(call(`showPaper("par", { html: ${JSON.stringify(page)} })`).code).toBe(0);
    const html = readFileSync(page, "utf8");
    const { outcomes, claims } = readResult("par")!;
    for (const { bars } of outcomes) for (const { id } of bars) expect(html).toContain(`<td>${id}</td>`);
    const bounded = claims.filter(({ boundary }) => boundary !== null);
    expect(html.match(/where it must fail<\/text>/g)).toHaveLength(bounded.length);
    expect(html).not.toContain("NaN");
    // a dot a seed and setting, and one bar in the forest each
    const seeds = bounded.reduce((sum, one) => sum + 2 * one.seeds, 0);
    expect(html.match(/<circle/g)!.length).toBeGreaterThan(seeds);
    expect(call('showPaper("rm-r1", { html: "x.html" })').out).toContain("nothing to plot");
  });

  it("lists near misses of an unknown slug", () => {
    const { out, code } = call('showPaper("rlable", {})');
    expect(code).not.toBe(0);
    expect(out).toContain("did you mean rliable");
  });

  it("runs a paper's first eight seeds as a look without a verdict, beside what is committed", () => {
    const { out, code } = call('runPaper("gapo", { json: true })');
    expect(code).toBe(0);
    const { full, claims } = JSON.parse(out.slice(out.indexOf("{"), out.lastIndexOf("}") + 1)) as {
      full: boolean;
      claims: { verdict: string | null; committed: string; bars: { id: string; estimate: { n: number } }[] }[];
    };
    expect(full).toBe(false);
    expect(claims[0]).toMatchObject({ verdict: null, committed: "holds" });
    expect(claims[0]!.bars.map((bar) => [bar.id, bar.estimate.n])).toContainEqual(["gapo-dpo", 8]);
  });

  it("says which papers have checks where one has none", () => {
    const { out, code } = call('runPaper("rm-r1", {})');
    expect(code).not.toBe(0);
    expect(out).toContain('there is no check of "rm-r1" yet');
  });
});
