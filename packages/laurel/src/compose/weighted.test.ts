import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { by, scoresOf } from "../../../../test/fixtures/answers.ts";
import { answerText, candidate, directContext, fault, pointwise, type Score, task, unscored } from "../core/index.ts";
import { weighted } from "./weighted.ts";

const transport = unscored("transport", "no answer from the judge");

describe("weighted", () => {
  it("adds weight times value, keeps every part and states the range that the weights give", async () => {
    const reward = weighted({ a: by("a", { x: 1, y: 0.5 }), b: by("b", { x: 0.5, y: 0 }) }, { a: 2, b: -1 });
    expect(reward.range).toEqual([-1, 2]);
    const scores = await scoresOf(reward, ["x", "y"]);
    expect(scores).toEqual([
      { value: 1.5, parts: { a: 1, b: 0.5 } },
      { value: 1, parts: { a: 0.5, b: 0 } },
    ]);
  });

  it("scales with its weights: c times the weights is c times the value", async () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const weight = fc.double({ min: -10, max: 10, noNaN: true }).filter((w) => Math.abs(w) > 1e-3);
    await fc.assert(
      fc.asyncProperty(
        unit,
        unit,
        weight,
        weight,
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        async (u, v, w1, w2, c) => {
          const parts = { a: by("a", { x: u }), b: by("b", { x: v }) };
          const [one] = await scoresOf(weighted(parts, { a: w1, b: w2 }), ["x"]);
          const [scaled] = await scoresOf(weighted(parts, { a: c * w1, b: c * w2 }), ["x"]);
          // one rounding a product: 1e-12 relative to the largest term
          const size = 100;
          expect(Math.abs((scaled as { value: number }).value - c * (one as { value: number }).value)).toBeLessThan(
            1e-12 * size,
          );
        },
      ),
    );
  });

  it("refuses rewards of different or unstated range unless their native scales are asked for", () => {
    const grade = by("grade", {}, { range: [1, 10] });
    const right = by("right", {});
    expect(() => weighted({ grade, right }, { grade: 1, right: 1 })).toThrow(/grade \[1, 10\], right \[0, 1\]/);
    expect(() => weighted({ free: by("free", {}, { range: undefined }), right }, { free: 1, right: 1 })).toThrow(
      /free states none/,
    );
    expect(weighted({ grade, right }, { grade: 1, right: 1 }, { scales: "native" }).range).toEqual([1, 11]);
  });

  it("is unscored when a needed part is, with the reason that trying again would not cure", async () => {
    const reward = weighted(
      {
        judge: by("judge", { x: transport }),
        ref: by("ref", { x: unscored("missing-reference", "none") }),
        c: by("c", { x: 1 }),
      },
      { judge: 1, ref: 1, c: 1 },
    );
    const [score] = await scoresOf(reward, ["x"]);
    expect(score).toEqual({ unscored: { reason: "missing-reference", message: "ref: none", transient: false } });
  });

  it("reports a part of weight 0 without needing it", async () => {
    const reward = weighted({ judge: by("judge", { x: transport }), c: by("c", { x: 1 }) }, { judge: 0, c: 1 });
    expect((await scoresOf(reward, ["x"]))[0]).toEqual({ value: 1, parts: { judge: null, c: 1 } });
  });

  it("spreads a missing part's weight over the others under renormalise, and records it", async () => {
    const reward = weighted(
      {
        judge: by("judge", { x: transport, y: transport }),
        a: by("a", { x: 0.5, y: transport }),
        b: by("b", { x: 1, y: transport }),
      },
      { judge: 2, a: 1, b: 1 },
      { missing: "renormalise" },
    );
    const [x, y] = await scoresOf(reward, ["x", "y"]);
    // (2 + 1 + 1) · (0.5 + 1) / (1 + 1)
    expect(x).toEqual({ value: 3, parts: { judge: null, a: 0.5, b: 1 }, facts: { renormalised: ["judge"] } });
    expect(y?.unscored?.reason).toBe("transport");
  });

  it("counts a faulty part at its floor, lists it, and is a fault only when all parts faulted", async () => {
    const reward = weighted(
      {
        a: by("a", { x: fault("no-answer"), y: fault("no-answer") }, { floor: -1 }),
        b: by("b", { x: 1, y: fault("crashed") }),
      },
      { a: 1, b: 1 },
    );
    const [x, y] = await scoresOf(reward, ["x", "y"]);
    expect(x).toEqual({ value: 0, parts: { a: -1, b: 1 }, facts: { faults: { a: "no-answer" } } });
    expect(y).toEqual({
      value: -1,
      fault: "no-answer",
      parts: { a: -1, b: 0 },
      facts: { faults: { a: "no-answer", b: "crashed" } },
    });
  });

  it("does not let a candidate escape a penalty by crashing it", async () => {
    const reward = weighted(
      { right: by("right", { x: 1 }), bad: by("bad", { x: fault("crashed") }) },
      { right: 1, bad: -1 },
    );
    expect((await scoresOf(reward, ["x"]))[0]).toMatchObject({ value: 0, facts: { faults: { bad: "crashed" } } });
    const loose = by("loose", {}, { range: undefined, floor: 0 });
    expect(() => weighted({ loose }, { loose: -1 })).toThrow(/its fault could pay/);
  });

  it("lists the faults inside composite parts by dotted path", async () => {
    const inner = weighted(
      { tone: by("tone", { x: fault("malformed") }), form: by("form", { x: 1 }) },
      { tone: 0.5, form: 0.5 },
    );
    const [score] = await scoresOf(weighted({ style: inner }, { style: 1 }), ["x"]);
    expect(score).toMatchObject({ value: 0.5, facts: { faults: { "style.tone": "malformed" } } });
    expect(score).toMatchObject({ parts: { style: 0.5, "style.tone": 0, "style.form": 1 } });
  });

  it("has a fingerprint that follows from weights, options and children, and a spec that rebuilds it", () => {
    const a = by("a", {});
    const print = (w: number, missing: "fail" | "renormalise" = "fail") =>
      weighted({ a }, { a: w }, { missing }).fingerprint;
    expect(new Set([print(1), print(2), print(1, "renormalise")]).size).toBe(3);
    expect(print(1)).toBe(weighted({ a }, { a: 1 }, { name: "other" }).fingerprint);
    expect(weighted({ a: pointwise("a", () => 1) }, { a: 1 }).fingerprint).toBeNull();
    expect(weighted({ a }, { a: 1 }).spec).toEqual({
      kind: "weighted",
      weights: { a: 1 },
      scales: "same",
      missing: "fail",
      rewards: { a: { kind: "a" } },
    });
  });

  it("names the weight or reward that does not match", () => {
    const a = by("a", {});
    expect(() => weighted({ a }, {})).toThrow(/a needs a finite weight/);
    expect(() => weighted({ a }, { a: 1, b: 1 })).toThrow(/weight for 'b' but no such reward/);
    expect(() => weighted({ a }, { a: 0 })).toThrow(/all weights are 0/);
  });

  it("gives the same scores in batches of 1, 3 and 64 tasks", async () => {
    const length = pointwise("length", (c) => answerText(c).length / 100, { version: 1, range: [0, 1] });
    const reward = weighted(
      { length, first: pointwise("first", (c) => answerText(c) < "m", { range: [0, 1] }) },
      { length: 1, first: 2 },
    );
    const tasks = Array.from({ length: 64 }, (_, i) => task(`q${i}`, [candidate("x".repeat(i)), candidate(`a${i}`)]));
    const inBatches = async (size: number): Promise<Score[][]> => {
      const out: Score[][] = [];
      for (let at = 0; at < tasks.length; at += size)
        for (const row of await reward.score(tasks.slice(at, at + size), directContext())) out.push([...row]);
      return out;
    };
    const whole = await inBatches(64);
    expect(await inBatches(1)).toEqual(whole);
    expect(await inBatches(3)).toEqual(whole);
  });
});
