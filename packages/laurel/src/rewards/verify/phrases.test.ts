import { describe, expect, it } from "vitest";
import { directContext, task, UsageError } from "../../core/index.ts";
import { phraseScore, phrases, reasoningPhrases } from "./phrases.ts";

describe("verify.phrases", () => {
  it("gives distinct phrases over 20, capped at 1", () => {
    expect([reasoningPhrases.length, new Set(reasoningPhrases).size]).toEqual([40, 40]);
    expect(phraseScore("Wait. WAIT. Let me check that; therefore 4.").value).toBe(3 / 20);
    expect(phraseScore(reasoningPhrases.join(" . ")).value).toBe(1);
    expect(phraseScore("The answer is 4.").value).toBe(0);
  });

  it("looks for the released list's spelling mistake only in parity mode", () => {
    expect(phraseScore("makes sense").distinct).toBe(1);
    expect(phraseScore("makes sense", { parity: true }).distinct).toBe(0);
    expect(phraseScore("makes sence", { parity: true }).distinct).toBe(1);
  });

  it("takes off the share of repeated 20-grams, so that a loop earns less", () => {
    const loop = "wait, let me check again because we need to see that this is not correct at all my dear friend so ";
    const once = phraseScore(loop);
    const looped = phraseScore(loop.repeat(10));
    expect(once.repetition).toBe(0);
    expect(looped.distinct).toBeGreaterThanOrEqual(once.distinct);
    // 21 words a round: 210 words have 191 20-grams of 21 types, each of which repeats
    expect(looped.repetition).toBeCloseTo(21 / 191, 12);
    expect(phraseScore(loop.repeat(10), { repetition: false }).repetition).toBe(0);
  });

  it("takes 1 off for each made-up turn and never goes below 0", () => {
    expect(phraseScore("wait user: hi user: ho")).toMatchObject({ value: 0, forbidden: 2 });
  });

  it("matches inside words as the paper's code does, and only whole words where asked", () => {
    expect(phraseScore("henceforth waiting").distinct).toBe(2);
    expect(phraseScore("henceforth waiting", { wholeWords: true }).distinct).toBe(0);
    expect(phraseScore("hence, wait!", { wholeWords: true }).distinct).toBe(2);
  });

  it("reads the thought only, where there is one", async () => {
    const answers = ["<think>wait</think> therefore", "wait therefore"];
    const [scores] = await phrases().score([task("q", answers)], directContext());
    expect(scores!.map((score) => score.unscored ?? score.value)).toEqual([0.05, 0.1]);
  });

  it("refuses a scale of 0 and an empty phrase", () => {
    expect(() => phrases({ scale: 0 })).toThrow(UsageError);
    expect(() => phrases({ phrases: [""] })).toThrow(UsageError);
  });
});
