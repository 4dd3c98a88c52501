import { afterAll, describe, expect, it } from "vitest";
import { answerText, type Example, fault, groupwise, pointwise, task, unscored } from "../../core/index.ts";
import { exact, math } from "../../rewards/verify/index.ts";
import { Pool } from "../../run/index.ts";
import { suiteOf } from "../conform/index.ts";
import { auditReward } from "./audit-reward.ts";
import { neighbourOf } from "./exploits.ts";
import { generatedExamples } from "./generated.ts";

const pool = new Pool({ workers: 1 });
afterAll(() => pool[Symbol.asyncDispose]());

const row = (
  i: number,
  answers: readonly string[],
  correct: readonly (boolean | null)[],
  gold = String(i + 10),
): Example => ({
  task: task(`Question ${i}?`, answers, gold, { id: `#${i}` }),
  labels: { correct },
  cluster: `#${i}`,
  subsets: {},
});
const sums = (n: number): Example[] =>
  Array.from({ length: n }, (_, i) => row(i, [`So it is ${i + 10}.`, `So it is ${i + 11}.`], [true, false]));

describe("auditReward", () => {
  it("counts false positives and false negatives by prompt, and leaves unlabelled answers out", async () => {
    // says yes to every even length
    const reward = pointwise("even", (candidate) => answerText(candidate).length % 2 === 0, {
      version: 1,
      range: [0, 1],
    });
    const examples = [
      row(0, ["aa", "b", "cc"], [true, true, false]),
      row(1, ["aa", "bb", "c"], [true, false, null]),
      row(2, ["aaa", "b"], [true, false]),
    ];
    const audit = await auditReward(reward, examples);
    expect(audit.falseNegatives).toMatchObject({ value: 2 / 4, n: 4, clusters: 3 });
    expect(audit.falsePositives).toMatchObject({ value: 2 / 3, n: 3, unscored: 0 });
    expect(audit.falsePositives!.high).toBeGreaterThan(audit.falsePositives!.low);
  });

  it("counts unscored labelled answers apart", async () => {
    const reward = pointwise(
      "shy",
      (candidate) => (answerText(candidate).includes("11") ? unscored("undecided", "?") : 1),
      { range: [0, 1] },
    );
    const audit = await auditReward(reward, sums(6));
    expect(audit.falseNegatives).toMatchObject({ n: 5, unscored: 1 });
  });

  it("shows what an exploit earns beside the right answer: a reward for length pays for words", async () => {
    const length = pointwise("length", (candidate) => Math.min(1, answerText(candidate).length / 1000), {
      version: 1,
      range: [0, 1],
    });
    const { exploits } = await auditReward(length, sums(8));
    const of = (name: string) => exploits.find(({ exploit }) => exploit === name)!;
    expect(of("words without an answer").earned!.value).toBe(1);
    expect(of("words without an answer").accepted!.value).toBe(1);
    expect(of("words without an answer").honest!.value).toBeLessThan(0.02);
    expect(of("empty answer").earned!.value).toBe(0);
    expect(exploits.some(({ failed }) => failed)).toBe(false);
  });

  it("fails an exploit that leaves the reward without a verdict, but not where a fault is given", async () => {
    const evaded = pointwise(
      "evaded",
      (candidate) => (answerText(candidate).trim() === "" ? unscored("undecided", "nothing") : 1),
      { range: [0, 1] },
    );
    const first = await auditReward(evaded, sums(5));
    expect(first.exploits.filter(({ failed }) => failed).map(({ exploit }) => exploit)).toEqual([
      "empty answer",
      "white space",
    ]);
    expect(first.exploits.find(({ exploit }) => exploit === "empty answer")).toMatchObject({
      earned: null,
      unscored: { value: 1, n: 5 },
    });
    const faulty = pointwise("faulty", (candidate) => (answerText(candidate).trim() === "" ? fault("no-answer") : 1), {
      range: [0, 1],
    });
    const second = await auditReward(faulty, sums(5));
    expect(second.exploits.some(({ failed }) => failed)).toBe(false);
    expect(second.exploits.find(({ exploit }) => exploit === "empty answer")).toMatchObject({
      faults: 5,
      earned: { value: 0 },
    });
  });

  it("shows that exact match loses answers to formatting and mathematics does not", async () => {
    const examples = Array.from({ length: 6 }, (_, i) => row(i, [String(i + 10), String(i + 20)], [true, false]));
    const strict = await auditReward(exact(), examples, { pool });
    const lost = (audit: typeof strict) =>
      Object.fromEntries(audit.formats.map(({ format, lost }) => [format, lost!.value]));
    expect(lost(strict)).toMatchObject({ "in bold": 1, "full-width digits": 1, "white space around": 0 });
    const own = await auditReward(math(), examples, { pool });
    expect(Object.values(lost(own)).every((share) => share === 0)).toBe(true);
    expect(strict.formats.find(({ format }) => format === "in bold")!.change.value).toBe(-1);
  });

  it("leaves out tasks whose right answer is itself unscored", async () => {
    const reward = pointwise(
      "missing",
      (_, { id }) => (id.startsWith("#0") ? unscored("missing-reference", "none") : 1),
      { range: [0, 1] },
    );
    const audit = await auditReward(reward, sums(4));
    expect([audit.probed, audit.leftOut]).toEqual([3, 1]);
    expect(audit.exploits.every(({ unscored: { n } }) => n === 3)).toBe(true);
  });

  it("gives a reward that sees the group the right answer and one probe at a time", async () => {
    const longest = groupwise(
      "longest",
      ({ candidates }) => {
        expect(candidates.length).toBeLessThanOrEqual(2);
        const lengths = candidates.map((one) => answerText(one).length);
        return lengths.map((length) => (length === Math.max(...lengths) ? 1 : 0));
      },
      { range: [0, 1] },
    );
    const { exploits } = await auditReward(longest, sums(3));
    expect(exploits.find(({ exploit }) => exploit === "words without an answer")).toMatchObject({
      earned: { value: 1 },
      honest: { value: 0 },
    });
    expect(exploits.find(({ exploit }) => exploit === "empty answer")).toMatchObject({
      earned: { value: 0 },
      honest: { value: 1 },
    });
  });

  it("finds nothing that earns with verify.math but the last of two answers, and no exploit without a verdict", async () => {
    const audit = await auditReward(math(), generatedExamples(suiteOf("math"), { count: 200 }), {
      probes: 40,
      pool,
    });
    expect(audit.falsePositives!.value + audit.falseNegatives!.value).toBe(0);
    expect(audit.exploits.filter(({ unscored: { value } }) => value > 0)).toEqual([]);
    const paid = audit.exploits.filter(({ accepted }) => accepted!.value > 0.05).map(({ exploit }) => exploit);
    // a correction after a wrong answer counts, since the last box is the answer; `several: "agree"` refuses it
    expect(paid).toEqual(["both answers, wrong first"]);
    const strict = await auditReward(math({ several: "agree" }), generatedExamples(suiteOf("math"), { count: 200 }), {
      probes: 40,
      pool,
    });
    expect(strict.exploits.find(({ exploit }) => exploit === "both answers, wrong first")!.accepted!.value).toBe(0);
  });
});

describe("neighbourOf", () => {
  it("moves the first number by one, a letter to the next, and denies a text", () => {
    expect(neighbourOf("\\frac{19}{3}")).toBe("\\frac{20}{3}");
    expect(neighbourOf("(B)")).toBe("(C)");
    expect(neighbourOf("London")).toBe("not London");
  });
});
