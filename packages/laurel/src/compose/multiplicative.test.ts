import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerText,
  type Draft,
  directContext,
  fault,
  pointwise,
  type Reward,
  type RewardOptions,
  type Score,
  task,
  unscored,
} from "../core/index.ts";
import { multiplicative } from "./multiplicative.ts";

function by(name: string, value: Draft, options: RewardOptions = {}): Reward {
  return pointwise(name, (c) => (answerText(c) === "x" ? value : 0), {
    version: 1,
    range: [0, 1],
    spec: { kind: name },
    ...options,
  });
}

async function scoreOf(reward: Reward): Promise<Score> {
  return (await reward.score([task("q", ["x"])], directContext()))[0]![0]!;
}

describe("multiplicative", () => {
  it("multiplies progress by the soft rules: 0.02 with factors 0.5 and 1 gives 0.01 (the fixture of CaRL's sheet)", async () => {
    const rewards = { progress: by("progress", 0.02), lane: by("lane", 0.5), comfort: by("comfort", 1) };
    expect(await scoreOf(multiplicative(rewards))).toEqual({
      value: 0.01,
      parts: { progress: 0.02, lane: 0.5, comfort: 1 },
    });
  });

  it("subtracts the terminal cost once, however many hard rules are broken", async () => {
    const rewards = {
      progress: by("progress", 0.02),
      lane: by("lane", 0.5),
      light: by("light", 0),
      crash: by("crash", 0),
      exit: by("exit", 1),
    };
    const reward = multiplicative(rewards, { hard: ["light", "crash", "exit"] });
    // a tenth of the greatest progress, 1
    expect(await scoreOf(reward)).toMatchObject({ value: 0.01 - 0.1, facts: { broken: ["light", "crash"] } });
    expect(reward.range).toEqual([-0.1, 1]);
    expect(reward.spec).toMatchObject({
      kind: "multiplicative",
      progress: "progress",
      hard: ["light", "crash", "exit"],
      terminal: 0.1,
    });
  });

  it("scales with progress, never gains from a factor, and earns nothing without progress", async () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(unit, unit, unit, async (progress, a, b) => {
        const score = (await scoreOf(
          multiplicative({ progress: by("progress", progress), a: by("a", a), b: by("b", b) }),
        )) as { value: number };
        expect(score.value).toBeLessThanOrEqual(progress);
        expect(score.value).toBeGreaterThanOrEqual(0);
        if (progress === 0) expect(score.value).toBe(0);
      }),
    );
  });

  it("refuses progress that can be negative, factors outside [0, 1] and names that are not there", async () => {
    const lane = by("lane", 1);
    expect(() => multiplicative({ progress: by("p", 0, { range: [-1, 1] }), lane })).toThrow(/soften a loss/);
    expect(() => multiplicative({ progress: by("p", 0), lane: by("lane", 1, { range: [0, 2] }) })).toThrow(
      /'lane' has the range \[0, 2\]/,
    );
    expect(() => multiplicative({ lane })).toThrow(/no reward 'progress' \(lane\)/);
    expect(() => multiplicative({ progress: by("p", 0, { range: undefined }), lane }, { hard: ["lane"] })).toThrow(
      /terminal/,
    );
    const loose = multiplicative({ progress: by("p", 1), lane: by("lane", 1.5, { range: undefined }) });
    expect(await scoreOf(loose)).toMatchObject({ unscored: { reason: "bug" } });
  });

  it("is unscored when a part is, and takes a faulty part at its floor", async () => {
    const progress = by("progress", 0.5);
    expect(await scoreOf(multiplicative({ progress, lane: by("lane", unscored("sandbox", "none")) }))).toMatchObject({
      unscored: { reason: "sandbox", message: "lane: none" },
    });
    expect(await scoreOf(multiplicative({ progress, lane: by("lane", fault("crashed")) }))).toEqual({
      value: 0,
      parts: { progress: 0.5, lane: 0 },
      facts: { faults: { lane: "crashed" } },
    });
    expect(
      await scoreOf(multiplicative({ progress: by("p", fault("no-answer")), lane: by("lane", fault("crashed")) })),
    ).toMatchObject({
      value: 0,
      fault: "no-answer",
    });
  });
});
