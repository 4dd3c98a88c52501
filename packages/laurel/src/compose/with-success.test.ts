import { describe, expect, it } from "vitest";
import {
  answerText,
  type Candidate,
  candidate,
  directContext,
  fault,
  pointwise,
  type Reward,
  type Score,
  task,
  unscored,
} from "../core/index.ts";
import { estimateClipThreshold } from "./clip-threshold.ts";
import { repetitionExploit } from "./repetition-exploit.ts";
import { chainSteps, clipSteps, deltaSteps } from "./steps.ts";
import { withSuccess } from "./with-success.ts";

/** Each line of the answer is a step with its score; "-" has none. */
const prm: Reward = pointwise(
  "prm",
  (c) => {
    const text = answerText(c);
    if (text === "") return fault("no-answer");
    const values = text.split(/\n+/).map((line) => (line.startsWith("-") ? null : Number(line)));
    return { value: 0, local: [{ unit: "step", values }] };
  },
  { version: 1, range: [0, 1], spec: { kind: "prm" } },
);
const correct = pointwise("correct", (c) => answerText(c) !== "0.125", {
  version: 1,
  range: [0, 1],
  spec: { kind: "correct" },
});

async function scoreOf(reward: Reward, answer: string | Candidate): Promise<Score> {
  return (await reward.score([task("q", [answer])], directContext()))[0]![0]!;
}

describe("withSuccess", () => {
  it("adds weighted, transformed steps and pays success at the last one", async () => {
    const reward = withSuccess(prm, correct, { alpha: 0.5, transform: clipSteps({ eta: 0.75 }) });
    expect(await scoreOf(reward, "0.75\n0.25\n0.5")).toEqual({
      value: 1 - 0.25 - 0.125,
      parts: { step: 0, success: 1, earned: -0.375 },
      local: [{ unit: "step", values: [0, -0.25, 0.875] }],
    });
    expect(await scoreOf(withSuccess(prm, correct, { alpha: 0.5 }), "0.75\n0.25")).toMatchObject({ value: 1.5 });
    expect(reward.spec).toMatchObject({
      kind: "with-success",
      alpha: 0.5,
      transform: { kind: "clip", eta: 0.75 },
      rewards: { step: { kind: "prm" }, success: { kind: "correct" } },
    });
  });

  it("has a range where repeating steps cannot raise the total", () => {
    const range = (transform: Parameters<typeof withSuccess>[2]["transform"]) =>
      withSuccess(prm, correct, { alpha: 0.5, transform }).range;
    expect(range(deltaSteps())).toEqual([0, 1.5]);
    expect(range(chainSteps(clipSteps({ eta: 0.5 }), deltaSteps()))).toEqual([-0.25, 1]);
    expect(range(clipSteps({ eta: 0.5 }))).toBeUndefined();
    expect(range(undefined)).toBeUndefined();
  });

  it("does not let a candidate escape the steps' penalty by having none", async () => {
    const reward = withSuccess(prm, correct, { alpha: 1, transform: clipSteps({ eta: 0.75 }) });
    expect(await scoreOf(reward, "")).toMatchObject({ value: 0.25, facts: { faults: { step: "no-answer" } } });
  });

  it("is unscored where steps are missing, unknown or out of range", async () => {
    const reward = withSuccess(prm, correct, { alpha: 1 });
    expect(await scoreOf(reward, "0.5\n-")).toEqual(unscored("undecided", "step: step 1 has no value"));
    expect(await scoreOf(reward, "2")).toEqual(unscored("bug", "step: step 0 has the value 2, outside [0, 1]"));
    expect(await scoreOf(withSuccess(correct, correct, { alpha: 1 }), "1")).toMatchObject({
      unscored: { reason: "unsupported" },
    });
    const own = withSuccess(prm, correct, { alpha: 1, transform: (steps) => Float64Array.from(steps) });
    expect([own.fingerprint, own.spec]).toEqual([null, undefined]);
    expect(() => withSuccess(prm, correct, { alpha: -1 })).toThrow(/alpha/);
  });
});

describe("repetitionExploit", () => {
  const text = "0.9\n0.6\n0.8";
  const steps = [
    { start: 0, end: 3 },
    { start: 4, end: 7 },
    { start: 8, end: 11 },
  ];
  const solution = task("q", [candidate(text, { steps })]);

  it("finds that raw step sums pay for repetition and that clipped ones do not", async () => {
    const raw = await repetitionExploit(withSuccess(prm, correct, { alpha: 1 }), solution, directContext());
    expect(raw.repeats.map(({ change }) => Number(change!.toFixed(12)))).toEqual([0.9, 0.6, 0.8]);
    expect(raw.all.change).toBeCloseTo(2.3, 12);
    expect(raw.worst).toBe(raw.all.change);
    const clipped = withSuccess(prm, correct, { alpha: 1, transform: clipSteps({ eta: 0.85 }) });
    expect((await repetitionExploit(clipped, solution, directContext())).worst).toBeLessThanOrEqual(0);
  });

  it("writes each copy after its step, with spans that fit", async () => {
    const seen: string[][] = [];
    const spy = pointwise("spy", (c) => {
      const whole = answerText(c);
      seen.push([whole, ...c.steps!.map(({ start, end }) => whole.slice(start, end))]);
      return 0;
    });
    const wordy = "First a. Then b. End";
    const spans = [
      { start: 6, end: 8 },
      { start: 14, end: 16 },
    ];
    await repetitionExploit(spy, task("q", [candidate(wordy, { steps: spans })]), directContext());
    expect(seen).toEqual([
      ["First a. Then b. End", "a.", "b."],
      ["First a. Then a. Then b. End", "a.", "a.", "b."],
      ["First a. Then b. Then b. End", "a.", "b.", "b."],
      ["First a. Then a. Then b. Then b. End", "a.", "a.", "b.", "b."],
    ]);
  });

  it("has no change to report where a score is missing, and needs steps", async () => {
    const lost = pointwise("lost", () => unscored("transport", "down"));
    expect((await repetitionExploit(lost, solution, directContext())).worst).toBeNull();
    await expect(repetitionExploit(prm, task("q", ["a"]), directContext())).rejects.toThrow(/has no steps/);
    await expect(repetitionExploit(prm, solution, directContext(), 3)).rejects.toThrow(/no candidate 3/);
  });
});

describe("estimateClipThreshold", () => {
  it("gives a quantile of the scores with an interval of order statistics", async () => {
    const scores = Array.from({ length: 101 }, (_, i) => i / 100);
    const estimate = await estimateClipThreshold(scores, { quantile: 0.5 });
    // ranks 101·½ ∓ 1.96·√(101/4) = 50.5 ∓ 9.85: the 40th and, one up, the 62nd
    expect(estimate).toMatchObject({ value: 0.5, low: 0.39, high: 0.61, level: 0.95, n: 101 });
  });

  it("covers the true quantile about as often as it says", async () => {
    const { random, seedFrom } = await import("../core/index.ts");
    let covered = 0;
    for (let run = 0; run < 400; run++) {
      const draw = random(seedFrom(run));
      const { low, high } = await estimateClipThreshold(
        Array.from({ length: 80 }, () => draw.uniform()),
        { quantile: 0.7 },
      );
      if (low <= 0.7 && 0.7 <= high) covered++;
    }
    // at least 95 % less four standard errors of 1.1 %
    expect(covered / 400).toBeGreaterThan(0.906);
  });

  it("can look at correct solutions only, from a stream too", async () => {
    async function* stream() {
      for (let i = 0; i < 40; i++) yield { score: i % 2 === 0 ? 0.9 : 0.1, correct: i % 2 === 0 };
    }
    expect(await estimateClipThreshold(stream(), { onlyCorrect: true })).toMatchObject({ value: 0.9, n: 20 });
    await expect(estimateClipThreshold([0.1], { onlyCorrect: true })).rejects.toThrow(/not bare numbers/);
    await expect(estimateClipThreshold([0.1, 0.2])).rejects.toThrow(/too few/);
    await expect(estimateClipThreshold([Number.NaN])).rejects.toThrow(/no score/);
    await expect(estimateClipThreshold([0.5], { quantile: 1 })).rejects.toThrow(/quantile/);
  });
});
