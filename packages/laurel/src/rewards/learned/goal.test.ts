import { describe, expect, it } from "vitest";
import { directContext, type Embedder, type Task, task, unscored } from "../../core/index.ts";
import { goalPrototype, goalValue } from "./goal.ts";

const ctx = directContext();
/** Counts of the letters a, b and c: a state that depends on the whole prefix. */
const letters: Embedder = {
  name: "letters",
  fingerprint: "letters",
  dim: 3,
  async embed(contents) {
    return contents.map((content) => {
      const text = content as string;
      if (text.includes("broken")) return unscored("transport", "no vector");
      return Float32Array.from(["a", "b", "c"], (letter) => text.split(letter).length - 1);
    });
  },
};
const asked = (answers: string[]): Task => task("?", answers);

describe("goalPrototype", () => {
  it("is the mean of unit states, or of raw ones as the released code has it", async () => {
    const examples = [asked(["aa", "bbb"]), asked(["b"])];
    const unit = await goalPrototype(letters, examples, ctx);
    expect([...unit].map((x) => x.toFixed(6))).toEqual(["0.333333", "0.666667", "0.000000"]);
    const raw = await goalPrototype(letters, examples, ctx, { raw: true });
    expect([...raw].map((x) => x.toFixed(6))).toEqual(["0.666667", "1.333333", "0.000000"]);
  });

  it("throws where there is nothing to average", async () => {
    await expect(goalPrototype(letters, [], ctx)).rejects.toThrow(/at least one answer/);
    await expect(goalPrototype(letters, [asked(["broken"])], ctx)).rejects.toThrow(/none of the 1 answers/);
  });
});

describe("goalValue", () => {
  const reward = goalValue({ embedder: letters, prototype: Float32Array.of(2, 0, 0) });

  it("gives the cosine with the goal at each step's end, and the last as its value", async () => {
    const one = asked(["ab a"]);
    const steps = [
      { start: 0, end: 1 },
      { start: 1, end: 2 },
      { start: 2, end: 4 },
    ];
    const [[score] = []] = await reward.score([{ ...one, candidates: [{ ...one.candidates[0]!, steps }] }], ctx);
    if (score === undefined || score.unscored !== undefined) throw new Error("unscored");
    const values = score.local![0]!.values as number[];
    for (const [k, expected] of [1, 1 / Math.SQRT2, 2 / Math.sqrt(5)].entries())
      expect(values[k]).toBeCloseTo(expected, 12);
    expect(score.value).toBe(values[2]);
  });

  it("has a value of 0 for a state of zeros, the embedder's reason where it has no state, a fault for no answer", async () => {
    const [[zero, broken, empty] = []] = await reward.score([asked(["!", "broken", ""])], ctx);
    expect(zero).toMatchObject({ value: 0 });
    expect(broken).toMatchObject({ unscored: { reason: "transport" } });
    expect(empty).toMatchObject({ value: -1, fault: "no-answer" });
  });

  it("is another reward for another goal", () => {
    const other = goalValue({ embedder: letters, prototype: Float32Array.of(0, 1, 0) });
    expect(other.fingerprint).not.toBe(reward.fingerprint);
    expect(() => goalValue({ embedder: letters, prototype: Float32Array.of(1) })).toThrow(/goal of 1 numbers/);
    expect(() => goalValue({ embedder: letters, prototype: new Float32Array(3) })).toThrow(/zeros/);
  });
});
