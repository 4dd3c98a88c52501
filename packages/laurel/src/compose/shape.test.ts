import { describe, expect, it } from "vitest";
import { by, number, values } from "../../../../test/fixtures/answers.ts";
import {
  answerText,
  directContext,
  fault,
  pointwise,
  type Reward,
  type Score,
  type Task,
  task,
} from "../core/index.ts";
import { gate } from "./gate.ts";
import { sigmoid } from "./numbers.ts";
import { fixedReferences, referencesById, referencesFrom, referencesFromContext } from "./references.ts";
import { meanSd, minMax } from "./running.ts";
import { shape } from "./shape.ts";
import { affine, ceiling, logSigmoidCentred, preferenceAsReward } from "./transforms.ts";
import { weighted } from "./weighted.ts";

async function scoresOf(
  reward: Reward,
  answers: readonly string[],
  more: Partial<Task> = {},
): Promise<readonly Score[]> {
  return (await reward.score([{ ...task("q", answers), ...more }], directContext()))[0]!;
}

describe("shape", () => {
  it("transforms the value, keeps the raw one and the reference, and takes the transform's image as range", async () => {
    const reward = shape(number({ range: [-2, 2] }), preferenceAsReward(), referencesFromContext());
    const [score] = await scoresOf(reward, ["1"], { context: { referenceRewards: [0, 1] } });
    expect(score).toEqual({ value: (sigmoid(1) + 0.5) / 2, parts: { raw: 1, ref: 0.5 } });
    expect(reward.range).toEqual([sigmoid(-4), sigmoid(4)]);
    expect(reward.spec).toEqual({
      kind: "shape",
      transform: { kind: "preference-as-reward", slope: 1, maxReferences: 10 },
      references: { kind: "context", key: "referenceRewards" },
      rewards: { reward: { kind: "number" } },
    });
  });

  it("brings rewards of unlike scale to one, so that weighted takes them", async () => {
    const grade = number({ range: [1, 10] });
    const right = by("right", { "10": 1 });
    expect(() => weighted({ grade, right }, { grade: 1, right: 1 })).toThrow(/different ranges/);
    const scaled = shape(grade, affine({ scale: 1 / 9, shift: -1 / 9 }));
    expect(scaled.range![0]).toBeCloseTo(0, 12);
    expect(scaled.range![1]).toBeCloseTo(1, 12);
    // PAR has a bounded image whatever the reward's range
    expect(shape(number(), preferenceAsReward(), fixedReferences([0])).range).toEqual([0, 1]);
    expect(shape(number(), logSigmoidCentred(), fixedReferences([0, 1])).range).toBeUndefined();
    const both = weighted(
      { a: shape(number(), preferenceAsReward(), fixedReferences([0])), right },
      { a: 1, right: 1 },
    );
    expect(values(await scoresOf(both, ["10"]))[0]).toBeCloseTo(1 + sigmoid(10), 12);
  });

  it("names the task that has no or too few references, and never falls back to the raw value", async () => {
    const reward = shape(number(), logSigmoidCentred(), referencesById({ known: [1, 2], thin: [1] }));
    expect((await scoresOf(reward, ["1"], { id: "known" }))[0]).toMatchObject({ parts: { raw: 1 } });
    for (const [id, count] of [
      ["thin", 1],
      ["lost", 0],
    ] as const)
      expect((await scoresOf(reward, ["1"], { id }))[0]).toEqual({
        unscored: {
          reason: "missing-reference",
          message: `task ${id} has ${count} reference rewards, 2 are needed`,
          transient: false,
        },
      });
    expect(() => shape(number(), logSigmoidCentred())).toThrow(/needs reference rewards/);
  });

  it("calls references bad that are no numbers or that the reward cannot give", async () => {
    const reward = shape(number({ range: [0, 1] }), preferenceAsReward(), referencesFromContext("refs"));
    for (const refs of [["a"], "0.5", [2], [0.5, null]])
      expect((await scoresOf(reward, ["1"], { context: { refs } }))[0]).toMatchObject({
        unscored: { reason: "bad-reference" },
      });
    const failing = shape(number(), preferenceAsReward(), {
      fingerprint: null,
      rewards: () => Promise.reject(new Error("no policy")),
    });
    expect((await scoresOf(failing, ["1"]))[0]).toMatchObject({ unscored: { reason: "bug" } });
    expect(failing.fingerprint).toBeNull();
  });

  it("notes references without spread", async () => {
    const reward = shape(number(), logSigmoidCentred(), fixedReferences([2, 2]));
    expect((await scoresOf(reward, ["1"]))[0]).toMatchObject({
      parts: { raw: 1, ref: 2 },
      facts: { flatReferences: true },
    });
  });

  it("keeps a fault at the image's lower end, and gives a closed gate that end too", async () => {
    const child = by("child", { x: fault("no-answer"), y: 1 });
    const reward = shape(child, affine({ scale: 2, shift: -1 }));
    expect(await scoresOf(reward, ["x", "y"])).toEqual([
      { value: -1, fault: "no-answer", parts: { raw: 0 }, facts: { faults: { raw: "no-answer" } } },
      { value: 1, parts: { raw: 1 } },
    ]);
    expect(values(await scoresOf(gate({ condition: by("c", { y: 0 }), reward }), ["y"]))).toEqual([-1]);
  });

  it("has a fingerprint that follows transform and references", () => {
    const prints = [
      shape(number(), ceiling(1)),
      shape(number(), ceiling(2)),
      shape(number(), preferenceAsReward(), fixedReferences([1])),
      shape(number(), preferenceAsReward(), fixedReferences([2])),
      shape(number(), preferenceAsReward(), referencesById({ a: [1] })),
      shape(number(), preferenceAsReward({ slope: 2 }), referencesById({ a: [1] })),
      shape(number(), preferenceAsReward(), referencesById({ a: [2] })),
      shape(number(), preferenceAsReward(), referencesById(new Map([["b", [2]]]))),
    ].map((reward) => reward.fingerprint);
    expect(prints).not.toContain(null);
    expect(new Set(prints).size).toBe(8);
    expect(referencesFrom({ kind: "fixed", values: [1, 2] }).spec).toEqual(fixedReferences([1, 2]).spec);
    expect(referencesFrom({ kind: "context" }).spec).toEqual({ kind: "context", key: "referenceRewards" });
    expect(() => referencesFrom({ kind: "web" })).toThrow(/unknown reference source/);
  });
});

describe("running transforms", () => {
  const tasks = Array.from({ length: 64 }, (_, i) => task(`q${i}`, [String(i % 7), String((i * i) % 11), "3"]));
  const inBatches = async (reward: Reward, size: number, all: readonly Task[] = tasks): Promise<Score[][]> => {
    const calls: Promise<readonly (readonly Score[])[]>[] = [];
    for (let at = 0; at < all.length; at += size) calls.push(reward.score(all.slice(at, at + size), directContext()));
    return (await Promise.all(calls)).flat().map((row) => [...row]);
  };

  it("make the reward see order, and give the same scores in overlapping batches of 1, 3 and 64", async () => {
    expect(shape(number(), meanSd()).sees).toBe("order");
    for (const make of [meanSd, minMax]) {
      const whole = await inBatches(shape(number(), make()), 64);
      expect(await inBatches(shape(number(), make()), 1)).toEqual(whole);
      expect(await inBatches(shape(number(), make()), 3)).toEqual(whole);
    }
  });

  it("take overlapping batches in the order in which they were asked for, not in which they come back", async () => {
    const slow = pointwise(
      "slow",
      async (c, one) => {
        await new Promise((resolve) => setTimeout(resolve, one.id === "first" ? 20 : 0));
        return Number(answerText(c));
      },
      { version: 1 },
    );
    const reward = shape(slow, meanSd());
    const [first, second] = await Promise.all(
      ["first", "second"].map((id, i) =>
        reward.score([task("q", [String(100 * i), String(100 * i + 4)], undefined, { id })], directContext()),
      ),
    );
    expect(values(first![0]!)).toEqual([-1, 1]);
    // μ = 52, σ² = 2504 of 0, 4, 100, 104
    expect(values(second![0]!)[0]).toBeCloseTo(48 / Math.sqrt(2504), 12);
  });

  it("do not depend on the order within a task, are monotone there, and are not from task to task", async () => {
    const turned = tasks.map((one) => ({ ...one, candidates: [...one.candidates].reverse() }));
    const whole = await inBatches(shape(number(), meanSd()), 64);
    expect((await inBatches(shape(number(), meanSd()), 64, turned)).map((row) => row.reverse())).toEqual(whole);
    const reward = shape(number(), meanSd());
    const scores = await reward.score([task("a", ["0", "4"]), task("b", ["100", "8"])], directContext());
    // after the first task μ = 2, σ = 2; after the second μ = 28, σ = √1736, and 8 is worth less than 4 was
    expect(values(scores[0]!)).toEqual([-1, 1]);
    expect(values(scores[1]!)[1]).toBeCloseTo(-20 / Math.sqrt(1736), 12);
  });

  it("go on from a checkpoint as if they had not stopped", async () => {
    const whole = await inBatches(shape(number(), minMax()), 64);
    const first = minMax();
    await inBatches(shape(number(), first), 32, tasks.slice(0, 32));
    const rest = shape(number(), minMax({ from: first.moments.state() }));
    expect(await inBatches(rest, 32, tasks.slice(32))).toEqual(whole.slice(32));
    expect(rest.fingerprint).not.toBe(shape(number(), minMax()).fingerprint);
  });
});
