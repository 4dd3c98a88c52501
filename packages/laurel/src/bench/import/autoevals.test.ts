import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext, pointwise, type Score, task, unscored } from "../../core/index.ts";
import { math } from "../../rewards/index.ts";
import { type AutoevalsScore, fromAutoevals, toAutoevals } from "./autoevals.ts";

// shaped as autoevals 0.3.0's own scorers, by its published types: `({ output, expected }) => { name, score }`
async function Levenshtein({ output, expected }: { output: string; expected?: string }): Promise<AutoevalsScore> {
  if (expected === undefined) throw new Error("LevenshteinScorer requires an expected value");
  return { name: "Levenshtein", score: output === expected ? 1 : 0.25, metadata: { rationale: "compared" } };
}

describe("toAutoevals", () => {
  it("is a scorer by name, with expected for the reference", async () => {
    const scorer = toAutoevals(math());
    expect(scorer.name).toBe("verify.math");
    expect(await scorer({ output: "\\boxed{5}", expected: "5", input: "2 + 3?" })).toMatchObject({
      name: "verify.math",
      score: 1,
      metadata: { value: 1 },
    });
    expect(await scorer({ output: "6", expected: "5" })).toMatchObject({ score: 0 });
  });

  it("gives null and the reason for what is unscored", async () => {
    expect(await toAutoevals(math())({ output: "6" })).toMatchObject({
      score: null,
      metadata: { unscored: "missing-reference" },
    });
  });

  it("scales a range to 0…1 and squashes what has none, without changing the order", async () => {
    const grade = (range?: readonly [number, number]) =>
      toAutoevals(pointwise("grade", (_, of) => Number(of.reference?.answer), range === undefined ? {} : { range }));
    expect(await grade([1, 5])({ output: "", expected: 2 })).toMatchObject({ score: 0.25, metadata: { value: 2 } });
    const value = fc.integer({ min: -30, max: 30 });
    await fc.assert(
      fc.asyncProperty(value, value, async (a, b) => {
        const [x, y] = [await grade()({ output: "", expected: a }), await grade()({ output: "", expected: b })];
        expect(Math.sign(x.score! - y.score!)).toBe(Math.sign(a - b));
        expect(x.score! >= 0 && x.score! <= 1).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("fromAutoevals", () => {
  const one = task("p", ["a", "b"], "a");

  it("is a reward of answer, reference and prompt", async () => {
    const [scores] = await fromAutoevals(Levenshtein, { version: 1 }).score([one], directContext());
    expect(scores).toMatchObject([{ value: 1, rationale: "compared" }, { value: 0.25 }]);
  });

  it("comes back through toAutoevals with the same scores", async () => {
    const there = toAutoevals(fromAutoevals(Levenshtein));
    expect((await there({ output: "b", expected: "a" })).score).toBe(0.25);
    expect(there.name).toBe("Levenshtein");
  });

  it.each<[string, (args: { output: string }) => AutoevalsScore, object]>([
    ["null", () => ({ name: "x", score: null }), { reason: "unsupported", transient: false }],
    ["a rate limit", () => raise(429), { reason: "rate-limit", transient: true }],
    ["a server's failure", () => raise(503), { reason: "transport", transient: true }],
    ["a wrong key", () => raise(401), { reason: "unsupported", transient: false }],
    ["another error", () => raise(undefined), { reason: "bug" }],
    ["an error member", () => ({ name: "x", score: 0, error: new Error("no") }), { reason: "bug" }],
    ["NaN", () => ({ name: "x", score: Number.NaN }), { reason: "bug" }],
    ["a score above 1", () => ({ name: "x", score: 3 }), { reason: "bug" }],
  ])("takes %s for unscored", async (_name, scorer, reason) => {
    const [scores] = await fromAutoevals(scorer).score([one], directContext());
    expect(scores![0]!.unscored).toMatchObject(reason);
  });

  it("hands further arguments on", async () => {
    const seen: unknown[] = [];
    const scorer = (args: { input: string; topic: string }) => {
      seen.push(args.input, args.topic);
      return { name: "x", score: 1 };
    };
    await fromAutoevals(scorer, { extra: () => ({ topic: "t" }) }).score([task("p", ["a"])], directContext());
    expect(seen).toEqual(["p", "t"]);
    const nothing = await fromAutoevals(() => ({ name: "x", score: null })).score([one], directContext());
    expect(nothing[0]![0]).toMatchObject(unscored("unsupported", "x does not apply here"));
  });
});

// scripts/expected/autoevals.ts ran both directions with the real packages, whose versions stand in the file
const real = JSON.parse(
  readFileSync(new URL("../../../../../test/expected/autoevals/autoevals.json", import.meta.url), "utf8"),
) as {
  from: {
    scorer: string;
    args: { output: string; expected?: string; input: string };
    autoevals: AutoevalsScore & { error?: { message: string; status?: number } };
    laurel: Score;
  }[];
  to: {
    row: { input: string; output: string; expected?: string };
    name: string;
    score: number | null;
    metadata: object;
  }[];
  evals: { input: string; scores: Record<string, number | null> }[];
};

describe("with the real packages autoevals and braintrust, as recorded", () => {
  it.each(real.from)("takes $scorer of $args.output as it was taken", async ({ scorer, args, autoevals, laurel }) => {
    const replayed = (given: object): AutoevalsScore => {
      expect(given).toEqual(args);
      const { error } = autoevals;
      if (error !== undefined) throw Object.assign(new Error(error.message), error);
      return autoevals;
    };
    const reward = fromAutoevals(replayed, { name: scorer });
    const [[score] = []] = await reward.score([task(args.input, [args.output], args.expected)], directContext());
    expect(score).toEqual(laurel);
    // what the package itself said is what the reward says, and what it threw has no value
    if (autoevals.error === undefined) expect(score).toHaveProperty("value", autoevals.score);
    else expect(score).toHaveProperty("unscored");
  });

  it("is what autoevals' makePartial and Braintrust's Eval got from toAutoevals", async () => {
    const scorer = toAutoevals(math());
    for (const { row, name, score, metadata } of real.to)
      expect(JSON.parse(JSON.stringify(await scorer(row)))).toEqual({ name, score, metadata });
    expect(real.evals.map(({ scores }) => scores["verify.math"])).toEqual(real.to.map(({ score }) => score));
  });
});

function raise(status: number | undefined): never {
  throw Object.assign(new Error("failed"), status === undefined ? {} : { status });
}
