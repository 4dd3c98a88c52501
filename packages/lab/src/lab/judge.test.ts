import { random, seedFrom, split, UsageError } from "laurel";
import { pairedTNeeded } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { judgeBar } from "./bar.ts";
import { judge, judgePaper, verdictText } from "./judge.ts";
import { paper } from "./paper.ts";
import type { Bar, Claim, ClaimBar, SeedFigures } from "./types.ts";

const run = async (): Promise<SeedFigures> => ({});

function claim(bars: readonly Partial<ClaimBar>[], other: Partial<Claim> = {}): Claim {
  return {
    id: "one",
    statement: "a is better than b",
    scope: "a test",
    evidence: "identity",
    settings: {},
    seeds: 40,
    arms: ["a", "b"],
    bars: bars.map((bar, i) => ({
      id: `bar-${i}`,
      metric: "m",
      of: "a",
      against: "b",
      role: "primary" as const,
      why: "test",
      ...bar,
    })),
    run,
    ...other,
  };
}

/** Seeds whose difference a − b has the given values. */
const differences = (values: readonly number[]): SeedFigures[] => values.map((m) => ({ a: { m }, b: { m: 0 } }));

/** Ten values with mean `mean` and sd 1: their t interval is mean ± 2.262157 / √10 = mean ± 0.715357. */
const ten = (mean: number): SeedFigures[] =>
  differences([-1, 1, -1, 1, -1, 1, -1, 1, -1, 1].map((x) => mean + x * Math.sqrt(0.9)));

const bar = (one: Bar, other: Partial<ClaimBar> = {}): ClaimBar => claim([{ bar: one, ...other }]).bars[0]!;

describe("a bar", () => {
  it("has the paired t interval of its differences (t table: 2.262157 for 9 degrees of freedom)", () => {
    const { estimate } = judgeBar(bar({ kind: "superior", smallest: 1 }), ten(1));
    expect(estimate.value).toBeCloseTo(1, 12);
    expect(estimate.low).toBeCloseTo(1 - 0.715357, 6);
    expect(estimate.high).toBeCloseTo(1 + 0.715357, 6);
  });

  it.each<[Bar, number, string]>([
    [{ kind: "superior", smallest: 1 }, 0.72, "holds"],
    [{ kind: "superior", smallest: 1 }, 0.71, "undecided"],
    [{ kind: "superior", smallest: 1 }, 0.28, "fails"],
    [{ kind: "superior", smallest: 1 }, 0.29, "undecided"],
    [{ kind: "superior", smallest: 1, over: 2 }, 2.72, "holds"],
    [{ kind: "superior", smallest: 1, over: 2 }, 2.28, "fails"],
    [{ kind: "non-inferior", margin: 1 }, -0.28, "holds"],
    [{ kind: "non-inferior", margin: 1 }, -0.29, "undecided"],
    [{ kind: "non-inferior", margin: 1 }, -1.72, "fails"],
    [{ kind: "equivalent", within: 1 }, 0.28, "holds"],
    [{ kind: "equivalent", within: 1 }, 0.29, "undecided"],
    [{ kind: "equivalent", within: 1 }, 1.72, "fails"],
    [{ kind: "between", low: 1, high: 3 }, 2, "holds"],
    [{ kind: "between", low: 1, high: 3 }, 0.28, "fails"],
    [{ kind: "exact", tolerance: 1.2 }, 0.25, "holds"],
    [{ kind: "exact", tolerance: 1.2 }, 0.26, "fails"],
  ])("%j with a mean of %d: %s", (one, mean, verdict) => {
    expect(judgeBar(bar(one), ten(mean)).verdict).toBe(verdict);
  });

  it("takes Wilson's interval for shares: 39 of 40 lie in [0.871, 0.996]", () => {
    const figures = differences(Array.from({ length: 40 }, (_, i) => (i === 0 ? 0 : 1)));
    expect(judgeBar(bar({ kind: "share", above: 0.87 }), figures).verdict).toBe("holds");
    expect(judgeBar(bar({ kind: "share", above: 0.88 }), figures).verdict).toBe("undecided");
    expect(judgeBar(bar({ kind: "share", above: 0.997 }), figures).verdict).toBe("fails");
    expect(() => judgeBar(bar({ kind: "share", above: 0.5 }), ten(1))).toThrow(/0 or 1/);
  });

  it("turns the difference round where lower is better, and takes a number for the other side", () => {
    const lower = bar({ kind: "superior", smallest: 0.1 }, { better: "lower", against: 5 });
    expect(judgeBar(lower, ten(1)).estimate.value).toBeCloseTo(4, 12);
  });

  it("names the seed, the arm and the metric of a figure that is missing", () => {
    expect(() => judgeBar(bar({ kind: "superior", smallest: 1 }), [...ten(1), { a: {}, b: { m: 1 } }])).toThrow(
      /seed 10: a has no finite m/,
    );
  });

  it("says so where the figures are skewed or do not differ", () => {
    const skewed = differences([0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
    expect(judgeBar(bar({ kind: "superior", smallest: 1 }), skewed).notes[0]).toMatch(/skewed/);
    const same = judgeBar(bar({ kind: "superior", smallest: 1 }), differences([2, 2, 2]));
    expect(same).toMatchObject({ verdict: "holds", p: 0, detectable: 0, notes: ["all seeds agree exactly"] });
  });
});

describe("a claim", () => {
  const primary = { bar: { kind: "superior", smallest: 0.5 } as const };
  const control = (expectation?: "not-holds"): Partial<ClaimBar> => ({
    role: "control",
    metric: "c",
    bar: { kind: "superior", smallest: 0.5 },
    expect: expectation,
  });
  const both = (m: number, c: number): SeedFigures[] =>
    ten(m).map((seed, i) => ({ a: { m: seed["a"]!["m"]!, c: ten(c)[i]!["a"]!["m"]! }, b: { m: 0, c: 0 } }));

  it("holds, fails and stays undecided with its primary bars", () => {
    expect(judge(claim([primary]), { main: ten(2) }).verdict).toBe("holds");
    expect(judge(claim([primary]), { main: ten(-1) }).verdict).toBe("fails");
    expect(judge(claim([primary]), { main: ten(0.5) }).verdict).toBe("undecided");
  });

  it("is undecided where a control does not hold, or holds where it must not", () => {
    expect(judge(claim([primary, control()]), { main: both(2, 2) }).verdict).toBe("holds");
    expect(judge(claim([primary, control()]), { main: both(2, 0) })).toMatchObject({
      verdict: "undecided",
      because: "control not as it must be: bar-1",
    });
    expect(judge(claim([primary, control("not-holds")]), { main: both(2, 0) }).verdict).toBe("holds");
    expect(judge(claim([primary, control("not-holds")]), { main: both(2, 2) }).verdict).toBe("undecided");
  });

  it("is undecided where its bar holds at the boundary", () => {
    const bounded = claim([primary], { boundary: { setting: {}, bar: "bar-0", why: "no effect there" } });
    expect(judge(bounded, { main: ten(2), boundary: ten(0) }).verdict).toBe("holds");
    expect(judge(bounded, { main: ten(2), boundary: ten(2) })).toMatchObject({ verdict: "undecided" });
    expect(() => judge(bounded, { main: ten(2) })).toThrow(/boundary/);
  });

  it("is 'holds, smaller than needed' where the interval ends below the smallest effect", () => {
    const outcome = judge(claim([{ bar: { kind: "superior", smallest: 3 } }]), { main: ten(2) });
    expect(verdictText(outcome)).toBe("holds, smaller than needed");
  });

  it("has no verdict as a demonstration, and none as an untestable claim", () => {
    expect(judge(claim([primary], { evidence: "assumed" }), { main: ten(2) })).toMatchObject({ verdict: null });
    expect(judge(claim([], { evidence: "untestable" }), { main: [] }).verdict).toBe("not testable here");
  });

  it("needs Holm's adjusted p below 0.05 over the paper's primary bars", () => {
    // alone: t = 0.8 √10 = 2.53 on 9 degrees of freedom, p = 0.032 two-sided; as one of three with weak others: 0.097
    const weak = ten(0.8);
    const ids = ["one", "two", "three"];
    const claims = ids.map((id) => claim([primary], { id }));
    expect(judge(claims[0]!, { main: weak }).verdict).toBe("holds");
    const checks = paper({ slug: "holm", component: [], claims });
    const outcomes = judgePaper(checks, Object.fromEntries(ids.map((id) => [id, { main: weak }])));
    expect(outcomes.map((one) => one.verdict)).toEqual(["undecided", "undecided", "undecided"]);
    expect(outcomes[0]!.bars[0]!.pHolm).toBeCloseTo(3 * outcomes[0]!.bars[0]!.p!, 12);
  });
});

describe("paper()", () => {
  it.each<[string, Claim, RegExp]>([
    ["an unknown arm", claim([{ of: "c", bar: { kind: "superior", smallest: 1 } }]), /no arm "c"/],
    ["a bar without a bar", claim([{}]), /needs a bar/],
    ["no primary bar", claim([{ role: "report" }]), /primary/],
    [
      "a mechanism without a boundary",
      claim([{ bar: { kind: "superior", smallest: 1 } }], { evidence: "mechanism" }),
      /must fail/,
    ],
    ["a smallest effect of 0", claim([{ bar: { kind: "superior", smallest: 0 } }]), /smallest/],
  ])("refuses %s", (_name, one, message) => {
    expect(() => paper({ slug: "x", component: [], claims: [one] })).toThrow(message);
    expect(() => paper({ slug: "x", component: [], claims: [one] })).toThrow(UsageError);
  });
});

describe("the engine, simulated", () => {
  const fast = { beside: false };
  const noise = (seed: string, n: number, mean: number): SeedFigures[] => {
    const rng = random(split(seedFrom("engine"), seed));
    return Array.from({ length: n }, () => ({ a: { m: mean + rng.normal() }, b: { m: 0 } }));
  };
  const shareOf = (reps: number, verdict: (r: number) => string | null, wanted: string): number => {
    let count = 0;
    for (let r = 0; r < reps; r++) if (verdict(r) === wanted) count++;
    return count / reps;
  };

  it("says 'holds' of a true null at most at 2.5 % (1,000 claims of 40 seeds; 4.3 % is five standard errors up)", () => {
    const one = claim([{ bar: { kind: "superior", smallest: 0.5 } }]);
    const rate = shareOf(1000, (r) => judge(one, { main: noise(`null/${r}`, 40, 0) }, fast).verdict, "holds");
    expect(rate).toBeLessThan(0.043);
    expect(rate).toBeGreaterThan(0.005);
  });

  it("says 'holds' of any of five true nulls of a paper at most at 2.5 % (400 papers; 4.85 % is three standard errors up)", () => {
    const claims = ["a", "b", "c", "d", "e"].map((id) => claim([{ bar: { kind: "superior", smallest: 0.5 } }], { id }));
    const checks = paper({ slug: "nulls", component: [], claims });
    const rate = shareOf(
      400,
      (r) => {
        const figures = Object.fromEntries(claims.map(({ id }) => [id, { main: noise(`family/${r}/${id}`, 20, 0) }]));
        return judgePaper(checks, figures, fast).some((one) => one.verdict === "holds") ? "any" : "none";
      },
      "any",
    );
    expect(rate).toBeLessThan(0.0485);
  });

  it("finds a stated effect with its stated power of 0.8 (400 claims; ± 0.08 is four standard errors)", () => {
    const n = pairedTNeeded(0.5, 1);
    const one = claim([{ bar: { kind: "superior", smallest: 0.25 } }]);
    const power = shareOf(400, (r) => judge(one, { main: noise(`effect/${r}`, n, 0.5) }, fast).verdict, "holds");
    expect(Math.abs(power - 0.8)).toBeLessThan(0.08);
  });

  it("says 'fails' of an effect as large as needed at most at 2.5 % (600 claims; 4.5 % is three standard errors up)", () => {
    const one = claim([{ bar: { kind: "superior", smallest: 0.5 } }]);
    const rate = shareOf(600, (r) => judge(one, { main: noise(`large/${r}`, 20, 0.5) }, fast).verdict, "fails");
    expect(rate).toBeLessThan(0.045);
  });

  it("calls arms that differ by δ equivalent within δ at most at 2.5 % (600 claims; 4.5 % is three standard errors up)", () => {
    const one = claim([{ bar: { kind: "equivalent", within: 0.5 } }]);
    const rate = shareOf(600, (r) => judge(one, { main: noise(`edge/${r}`, 60, 0.5) }, fast).verdict, "holds");
    expect(rate).toBeLessThan(0.045);
    const same = shareOf(300, (r) => judge(one, { main: noise(`same/${r}`, 60, 0) }, fast).verdict, "holds");
    expect(same).toBeGreaterThan(0.9);
  });
});
