import { describe, expect, it } from "vitest";
import { answerText, type Example, pointwise, random, seedFrom, split, task, unscored } from "../../core/index.ts";
import { scaleStudy } from "./scale-study.ts";

/** Pairs whose answers are their qualities; the better one stands first in every second. */
const examples = Array.from({ length: 120 }, (_, i): Example => {
  const qualities = [0.2 + 0.005 * i, 0.3 + 0.005 * i];
  if (i % 2 === 0) qualities.reverse();
  return {
    task: task("q", qualities.map(String), undefined, { id: `q${i}` }),
    labels: { correct: [i % 2 === 0, i % 2 === 1] },
    cluster: `q${i}`,
    subsets: {},
  };
});

/** Rounds quality with noise of sd 0.05 to `levels` steps of [0, 1]. */
const rounded = (levels: number) =>
  pointwise(
    `rounded to ${levels}`,
    (candidate, _task, ctx) => {
      const noise = 0.05 * random(split(ctx.seed, ctx.repeat)).normal();
      const step = Math.round((Number(answerText(candidate)) + noise) * (levels - 1));
      return Math.min(levels - 1, Math.max(0, step));
    },
    { version: 1, random: true, range: [0, levels - 1] },
  );

describe("scaleStudy", () => {
  it("finds that a coarse scale ties more, and holds each against the first pair by pair", async () => {
    const report = await scaleStudy((scale) => rounded(Number(scale)), examples, {
      scales: ["101", "3"],
      repeats: 4,
      seed: seedFrom("scales"),
    });
    const [fine, coarse] = report.scales;
    expect([report.pairs, report.repeats]).toEqual([120, 4]);
    expect(fine!.ties!.value).toBeLessThan(0.1);
    expect(coarse!.ties!.value).toBeGreaterThan(0.5);
    expect(coarse!.difference!.high).toBeLessThan(0);
    expect(coarse!.difference!.value).toBeCloseTo(coarse!.accuracy!.value - fine!.accuracy!.value, 12);
    expect(fine!.difference).toBeUndefined();
    // the noise's sd on a fine scale of width 1; 960 scores of 240 answers: 5 % of it is a standard error of 0.0013
    expect(Math.abs(fine!.repeatSd!.value - 0.05)).toBeLessThan(0.006);
    // accuracy is that of decided pairs and half of the ties
    const { accuracy, ties } = coarse!;
    expect(accuracy!.value).toBeGreaterThan(ties!.value / 2);
  });

  it("counts missing scores, has no repeat s.d. of one repeat, and gives no figure where nothing was scored", async () => {
    const mute = pointwise("mute", () => unscored("judge-unparsable", "nothing"), { version: 1 });
    const report = await scaleStudy((scale) => (scale === "none" ? mute : rounded(5)), examples.slice(0, 10), {
      scales: ["5", "none"],
      repeats: 1,
    });
    expect(report.scales[0]!.repeatSd).toBeUndefined();
    expect(report.scales[1]).toMatchObject({ accuracy: undefined, repeatSd: undefined, difference: undefined });
    expect(report.scales[1]!.unscored.value).toBe(1);
  });

  it("refuses one scale, the same twice, and too few labelled pairs", async () => {
    const study = (scales: readonly string[], some = examples) => scaleStudy(() => rounded(5), some, { scales });
    await expect(study(["5"])).rejects.toThrow(/two different scales/);
    await expect(study(["5", "5"])).rejects.toThrow(/two different scales/);
    await expect(study(["5", "6"], examples.slice(0, 1))).rejects.toThrow(/two labelled pairs/);
  });
});
