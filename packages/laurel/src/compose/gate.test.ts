import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { by, scoresOf } from "../../../../test/fixtures/answers.ts";
import { answerText, fault, groupwise, pointwise, unscored } from "../core/index.ts";
import { gate } from "./gate.ts";

describe("gate", () => {
  it("gives the reward where the condition holds and the reward's floor where it does not", async () => {
    const reward = gate({
      condition: by("format", { x: 1, y: 0 }),
      reward: by("judge", { x: 7, y: 9 }, { range: [1, 10] }),
    });
    expect(await scoresOf(reward, ["x", "y"])).toEqual([
      { value: 7, parts: { condition: 1, reward: 7 }, facts: { gate: "open" } },
      { value: 1, parts: { condition: 0, reward: null }, facts: { gate: "closed" } },
    ]);
    expect(reward.range).toEqual([1, 10]);
  });

  it("gives the floor for every condition below the threshold", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        async (value, atLeast, floor) => {
          const reward = gate(
            { condition: by("c", { x: value }), reward: by("r", { x: 0.5 }, { floor }) },
            { atLeast },
          );
          const [score] = await scoresOf(reward, ["x"]);
          expect(score).toMatchObject({ value: value >= atLeast ? 0.5 : floor });
        },
      ),
    );
  });

  it("refuses a reward without a floor unless it is told what counts otherwise", async () => {
    const open = by("open", { x: 5, y: 5 }, { range: undefined });
    const condition = by("c", { x: 1, y: 0 });
    expect(() => gate({ condition, reward: open })).toThrow(/neither a range nor a floor/);
    const reward = gate({ condition, reward: open, else: by("else", { x: 0.1, y: 0.2 }) });
    expect(await scoresOf(reward, ["x", "y"])).toEqual([
      { value: 5, parts: { condition: 1, reward: 5, else: null }, facts: { gate: "open" } },
      { value: 0.2, parts: { condition: 0, reward: null, else: 0.2 }, facts: { gate: "closed" } },
    ]);
  });

  it("is a fault when its condition faulted and unscored when its condition is", async () => {
    const reward = gate({
      condition: by("c", { x: fault("crashed"), y: unscored("sandbox", "no sandbox") }),
      reward: by("r", {}, { range: [-1, 1] }),
    });
    const [x, y] = await scoresOf(reward, ["x", "y"]);
    expect(x).toEqual({
      value: -1,
      fault: "crashed",
      parts: { condition: 0, reward: null },
      facts: { gate: "closed", faults: { condition: "crashed" } },
    });
    expect(y).toEqual({ unscored: { reason: "sandbox", message: "condition: no sandbox", transient: false } });
  });

  it("keeps a faulty reward behind an open gate at its floor, not as a fault of the whole", async () => {
    const reward = gate({ condition: by("c", { x: 1 }), reward: by("r", { x: fault("time-limit") }) });
    expect((await scoresOf(reward, ["x"]))[0]).toEqual({
      value: 0,
      parts: { condition: 1, reward: 0 },
      facts: { gate: "open", faults: { reward: "time-limit" } },
    });
  });

  it("does not need the reward of a closed gate: it is not even called for it", async () => {
    const asked: string[] = [];
    const judge = pointwise(
      "judge",
      (c) => {
        asked.push(answerText(c));
        return 1;
      },
      { range: [0, 1] },
    );
    const reward = gate({ condition: by("c", { x: 1, y: 0, z: 1 }), reward: judge });
    const scores = await scoresOf(reward, ["x", "y", "z"]);
    expect(asked).toEqual(["x", "z"]);
    expect(scores.map((s) => (s as { value: number }).value)).toEqual([1, 0, 1]);
  });

  it("leaves the group of a reward that sees groups whole", async () => {
    const rank = groupwise("rank", ({ candidates }) => candidates.map((_, i) => i), { range: [0, 9], version: 1 });
    const reward = gate({ condition: by("c", { x: 0, y: 1, z: 1 }), reward: rank });
    const scores = await scoresOf(reward, ["x", "y", "z"]);
    expect(scores.map((s) => (s as { value: number }).value)).toEqual([0, 1, 2]);
    expect(reward.sees).toBe("group");
  });

  it("writes a spec and a fingerprint that follow the threshold", () => {
    const rewards = { condition: by("c", {}), reward: by("r", {}) };
    expect(gate(rewards, { atLeast: 0.5 }).spec).toEqual({
      kind: "gate",
      atLeast: 0.5,
      rewards: { condition: { kind: "c" }, reward: { kind: "r" } },
    });
    expect(gate(rewards, { atLeast: 0.5 }).fingerprint).not.toBe(gate(rewards).fingerprint);
  });
});
