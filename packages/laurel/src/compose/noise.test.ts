import { describe, expect, it } from "vitest";
import { answerText, directContext, fault, isScored, pointwise, type Score, task, unscored } from "../core/index.ts";
import { flipNoise, noiseGain } from "./noise.ts";

const grade = pointwise(
  "grade",
  (c) => {
    const text = answerText(c);
    if (text === "") return fault("no-answer");
    return text === "?" ? unscored("transport", "down") : Number(text);
  },
  { version: 1, range: [1, 5], spec: { kind: "grade" } },
);

const flipped = (score: Score): boolean => isScored(score) && score.facts?.["flipped"] === true;

describe("flipNoise", () => {
  const tasks = Array.from({ length: 400 }, (_, i) => task(`q${i}`, ["1", "2", "", "?"]));

  it("mirrors whole groups in the range, never a fault", async () => {
    const rows = await flipNoise(grade, { probability: 0.4, seed: 7 }).score(tasks, directContext());
    let groups = 0;
    for (const [one, two, none, lost] of rows) {
      expect(flipped(one!)).toBe(flipped(two!));
      expect(one).toMatchObject({ value: flipped(one!) ? 5 : 1, parts: { raw: 1 } });
      expect(two).toMatchObject({ value: flipped(two!) ? 4 : 2, parts: { raw: 2 } });
      expect(none).toMatchObject({ value: 1, fault: "no-answer" });
      expect(lost).toMatchObject({ unscored: { reason: "transport" } });
      if (flipped(one!)) groups++;
    }
    // Binomial(400, 0.4): sd 9.8, five of them
    expect(Math.abs(groups - 160)).toBeLessThan(49);
  });

  it("flips candidates by themselves where that is asked for", async () => {
    const rows = await flipNoise(grade, { probability: 0.5, unit: "candidate", seed: 7 }).score(tasks, directContext());
    const apart = rows.filter(([one, two]) => flipped(one!) !== flipped(two!)).length;
    // Binomial(400, ½): sd 10, five of them
    expect(Math.abs(apart - 200)).toBeLessThan(50);
  });

  it("follows its own seed, or the context's, and the repeat", async () => {
    const flips = async (reward: ReturnType<typeof flipNoise>, seed: number, repeat = 0) =>
      (await reward.score(tasks, directContext({ seed, repeat }))).map(([one]) => flipped(one!)).join();
    const own = flipNoise(grade, { probability: 0.5, seed: 1 });
    expect(await flips(own, 1)).toBe(await flips(own, 2));
    expect(await flips(own, 1)).not.toBe(await flips(own, 1, 1));
    expect(await flips(own, 1)).not.toBe(await flips(flipNoise(grade, { probability: 0.5, seed: 2 }), 1));
    const free = flipNoise(grade, { probability: 0.5 });
    expect(await flips(free, 1)).not.toBe(await flips(free, 2));
    expect([own.random, free.random]).toEqual([undefined, true]);
    expect(own.fingerprint).not.toBe(flipNoise(grade, { probability: 0.5, seed: 2 }).fingerprint);
  });

  it("does nothing at 0, everything at 1, and refuses what it cannot mirror", async () => {
    const [row] = await flipNoise(grade, { probability: 0 }).score(tasks.slice(0, 1), directContext());
    expect(row![0]).toEqual({ value: 1, parts: { raw: 1 } });
    const [all] = await flipNoise(grade, { probability: 1 }).score(tasks.slice(0, 1), directContext());
    expect(all![0]).toMatchObject({ value: 5 });
    expect(() =>
      flipNoise(
        pointwise("free", () => 1),
        { probability: 0.1 },
      ),
    ).toThrow(/states no range/);
    expect(() => flipNoise(grade, { probability: 1.1 })).toThrow(/\[0, 1\]/);
  });

  it("says what flips cost: 25 times the samples at p = 0.4 (the sheet's figure)", () => {
    expect(noiseGain(0.4).sampleFactor).toBeCloseTo(25, 9);
    expect(noiseGain(0.4).gradientScale).toBeCloseTo(0.2, 12);
    expect(noiseGain(0.5).sampleFactor).toBe(Number.POSITIVE_INFINITY);
  });
});
