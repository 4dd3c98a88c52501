import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Example, task } from "../../core/index.ts";
import { auditJudge } from "./audit-judge.ts";
import { betweenJudges } from "./between-judges.ts";
import { pairedDifference } from "./paired-difference.ts";
import { pairsOfExample } from "./pairs.ts";
import { checkTrust, trustFrom } from "./trust.ts";
import { type Ballot, ballotsOf, type Vote, verdictOf } from "./votes.ts";

const example = (labels: Example["labels"], n = 2): Example => ({
  task: task(
    "q",
    Array.from({ length: n }, (_, i) => "word ".repeat(i + 1)),
    undefined,
    { id: "t" },
  ),
  labels,
  cluster: "c",
  subsets: {},
});
const preferred = (...ps: number[]) => ps.map((p, i) => ({ first: 0, second: 1, p, rater: String(i) }));
const said = (p: number | null) => ({ p, confidence: undefined });
const ballot = (id: string, label: "low" | "high", here: (number | null)[], there: (number | null)[] = []): Ballot => ({
  pair: {
    id,
    low: 0,
    high: 1,
    cluster: id,
    subsets: {},
    label,
    raters: { label },
    human: label === "low" ? 0.5 : -0.5,
    words: [10, 20],
  },
  lowFirst: here.map(said),
  highFirst: there.map(said),
});

describe("pairs of labels", () => {
  it("take the most frequent side, a tie where two are as frequent, and turn pairs that are named the other way", () => {
    const label = (...ps: number[]) => pairsOfExample(example({ preferred: preferred(...ps) }))[0]!.label;
    expect([label(1, 0.5, 0.5), label(1, 1, 0), label(1, 0), label(0)]).toEqual(["tie", "low", "tie", "high"]);
    const [turned] = pairsOfExample(example({ preferred: [{ first: 1, second: 0, p: 1 }] }));
    expect(turned).toMatchObject({
      low: 0,
      high: 1,
      label: "high",
      raters: { label: "high" },
      human: -0.5,
      words: [1, 2],
    });
  });

  it("come from right and wrong candidates, or from ratings, where there are no preferences", () => {
    const right = pairsOfExample(example({ correct: [true, false, null, true] }, 4));
    expect(right.map(({ low, high, label }) => [low, high, label])).toEqual([
      [0, 1, "low"],
      [1, 3, "high"],
    ]);
    const rated = pairsOfExample(example({ value: [3, 3, 5] }, 3));
    expect(rated.map(({ low, high, label, human }) => [low, high, label, human])).toEqual([
      [0, 2, "high", -2],
      [1, 2, "high", -2],
    ]);
    expect(pairsOfExample(example({}, 3)).map(({ label }) => label)).toEqual([undefined, undefined, undefined]);
    expect(pairsOfExample(example({ correct: [true, false, null] }, 3), "all")).toHaveLength(3);
  });
});

describe("a verdict over both orders", () => {
  it("ties where they contradict each other, is none where one is unreadable, and the one there is where only one was asked", () => {
    const of = (here: (number | null)[], there: (number | null)[]) => verdictOf(ballot("a", "low", here, there));
    expect(of([1], [1])).toBe(1);
    expect(of([1], [0])).toBe(0.5);
    expect(of([0.9], [0.2])).toBe(0.5);
    expect(of([1], [0.5])).toBe(0.75);
    expect(of([1], [null])).toBeUndefined();
    expect(of([0], [])).toBe(0);
    expect(of([null, 1], [1, 1])).toBe(1);
  });

  it("reads votes in whatever order they come, and counts those on no pair", () => {
    const pairs = pairsOfExample(example({ preferred: preferred(1) }));
    const vote = (first: number, p: number, repeat: number, id = "t"): Vote => ({
      id,
      judge: "j",
      first,
      second: 1 - first,
      p,
      repeat,
    });
    const { ballots, unmatched } = ballotsOf(pairs, [
      vote(1, 0.2, 1),
      vote(0, 1, 0),
      vote(1, 0.4, 0),
      vote(0, 1, 0, "u"),
    ]);
    expect(unmatched).toBe(1);
    expect(ballots[0]!.highFirst.map(({ p }) => p)).toEqual([0.6, 0.8]);
    expect(ballots[0]!.lowFirst.map(({ p }) => p)).toEqual([1]);
  });
});

describe("an audit", () => {
  const verdicts = fc.array(
    fc.record({
      label: fc.constantFrom("low" as const, "high" as const),
      here: fc.constantFrom(0, 0.5, 1, null),
      there: fc.constantFrom(0, 0.5, 1, null),
    }),
    { minLength: 3, maxLength: 40 },
  );

  it("does not change when every pair is turned round, but for nothing", () => {
    fc.assert(
      fc.property(verdicts, (rows) => {
        const plain = rows.map(({ label, here, there }, i) => ballot(`q${i}`, label, [here], [there]));
        const flip = (p: number | null) => (p === null ? null : 1 - p);
        const turned = rows.map(({ label, here, there }, i) => {
          const one = ballot(`q${i}`, label === "low" ? "high" : "low", [flip(there)], [flip(here)]);
          return { ...one, pair: { ...one.pair, words: [20, 10] as const } };
        });
        const [a, b] = [auditJudge("j", plain), auditJudge("j", turned)];
        for (const of of ["accuracy", "single", "consistency", "unreadable"] as const)
          expect(b[of]?.value ?? null).toEqual(a[of]?.value === undefined ? null : expect.closeTo(a[of].value, 12));
        expect(b.bias.position?.value ?? null).toEqual(
          a.bias.position === undefined ? null : expect.closeTo(a.bias.position.value, 12),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("has every estimate inside its interval, and no figure that is not finite", () => {
    const walk = (value: unknown, path: string): void => {
      if (typeof value === "number") expect(Number.isFinite(value), `${path} is ${value}`).toBe(true);
      else if (typeof value === "object" && value !== null) {
        for (const [key, one] of Object.entries(value)) walk(one, `${path}.${key}`);
        const { value: at, low, high } = value as { value?: number; low?: number; high?: number };
        if (at !== undefined && low !== undefined && high !== undefined) {
          expect(low, path).toBeLessThanOrEqual(at + 1e-9);
          expect(high, path).toBeGreaterThanOrEqual(at - 1e-9);
        }
      }
    };
    fc.assert(
      fc.property(verdicts, (rows) =>
        walk(
          auditJudge(
            "j",
            rows.map(({ label, here, there }, i) => ballot(`q${i}`, label, [here], [there])),
            { winRate: true },
          ),
          "",
        ),
      ),
      { numRuns: 60 },
    );
  });

  it("gives a judge without error a finite effect of being better, and none of the place", () => {
    const perfect = Array.from({ length: 60 }, (_, i) =>
      ballot(`q${i}`, i % 2 === 0 ? "low" : "high", [i % 2 === 0 ? 1 : 0], [i % 2 === 0 ? 1 : 0]),
    );
    const { accuracy, bias } = auditJudge("j", perfect);
    expect(accuracy!.value).toBe(1);
    expect(bias.position!.value).toBe(0);
    expect(bias.position!.high).toBeLessThan(0.05);
    expect(bias.logit.better!.value).toBeGreaterThan(3);
    expect(Number.isFinite(bias.logit.better!.high)).toBe(true);
    expect(Math.abs(bias.logit.position!.value)).toBeLessThan(1e-6);
  });

  it("says why there is no verdict at all", () => {
    expect(() => auditJudge("mine", [])).toThrow(/no verdicts of mine/);
  });
});

describe("differences between judges", () => {
  it("are exact for few discordant prompts, and say nothing where nothing differs", () => {
    const rows = (only: number) =>
      Array.from({ length: 40 }, (_, i) => ({ a: 1, b: i < only ? 0 : 1, cluster: String(i) }));
    // 2 / 2^5 by sign flips of five prompts that went one way
    expect(pairedDifference(rows(5), 0, 0.95).p).toBeCloseTo(1 / 16, 12);
    expect(pairedDifference(rows(0), 0, 0.95)).toMatchObject({ p: 1, difference: { value: 0 } });
    expect(pairedDifference(rows(0), 0, 0.95).difference.high).toBeGreaterThan(0.03);
    expect(() => pairedDifference([{ a: 1, b: 0, cluster: "x" }], 0, 0.95)).toThrow(/2 prompts/);
  });

  it("leave out pairs that one could not read, or call them wrong where that is asked for", () => {
    const right = Array.from({ length: 30 }, (_, i) => ballot(`q${i}`, "low", [1]));
    const shy = Array.from({ length: 30 }, (_, i) => ballot(`q${i}`, "low", [i < 10 ? null : 1]));
    const judges = new Map([
      ["right", right],
      ["shy", shy],
    ]);
    expect(betweenJudges(judges)[0]).toMatchObject({
      better: "within noise",
      difference: { value: 0, n: 20, unscored: 10 },
    });
    expect(betweenJudges(judges, { unreadable: "wrong" })[0]).toMatchObject({ better: "a", difference: { n: 30 } });
    expect(() => betweenJudges(new Map([["one", right]]))).toThrow(/two judges/);
  });
});

describe("trust", () => {
  it("passes only where the whole interval lies within, and holds biases on both sides of 0", () => {
    const first = Array.from({ length: 80 }, (_, i) =>
      ballot(`q${i}`, i % 2 === 0 ? "low" : "high", [1], [i % 8 === 0 ? 1 : 0]),
    );
    const audit = auditJudge("first", first);
    const verdict = (measure: string, bound: object) => checkTrust({ [measure]: bound }, audit)[0]!.verdict;
    const { low, high } = audit.bias.position!;
    expect(low).toBeGreaterThan(0.5);
    expect(verdict("positionBias", { max: 0.1 })).toBe("fail");
    expect(verdict("positionBias", { max: (low + high) / 2 })).toBe("undecided");
    expect(verdict("positionBias", { max: 0.999 })).toBe("pass");
    expect(verdict("accuracy", { min: 0.9 })).toBe("fail");
    expect(verdict("accuracy", { min: 0.3, max: 0.7 })).toBe("pass");
    expect(verdict("selfConsistency", { min: 0.5 })).toBe("unknown");
  });

  it("names what is wrong in it", () => {
    expect(() => trustFrom({ audit: "a.json" })).toThrow(/sets no bound/);
    expect(() => trustFrom({ audit: "a.json", accuracy: 0.7 })).toThrow(/is \{ min: NUMBER \}/);
    expect(() => trustFrom({ accuracy: { min: 0.7 } })).toThrow(/audit is missing/);
    expect(trustFrom({ audit: "a.json", judge: "j", accuracy: { min: 0.7 } })).toEqual({
      audit: "a.json",
      judge: "j",
      bounds: { accuracy: { min: 0.7 } },
    });
  });
});
