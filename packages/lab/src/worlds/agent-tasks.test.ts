import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { cloneRuns, drawHabits, type HabitDials, habitSuccess, runHabits } from "./habits.ts";
import { reachedChance, runAgent, skillFor } from "./task-graph.ts";

describe("the task graph", () => {
  const dials = { steps: 4, horizon: 8, ends: 4, side: 0.3 };

  it("reaches an end as often as the exact chance says, each end alike", () => {
    expect(reachedChance(1, dials)).toBe(1);
    expect(reachedChance(0, dials)).toBe(0);
    // one step, one action: the chance is q
    expect(reachedChance(0.3, { ...dials, steps: 1, horizon: 1 })).toBeCloseTo(0.3, 12);
    const q = skillFor(0.37, dials);
    expect(reachedChance(q, dials)).toBeCloseTo(0.37, 10);
    const rng = random(seedFrom("graph"));
    const runs = Array.from({ length: 20_000 }, () => runAgent(q, dials, rng));
    const reached = runs.filter(({ end }) => end !== null);
    // four standard errors of 20,000 draws
    expect(Math.abs(reached.length / 20_000 - 0.37)).toBeLessThan(0.014);
    for (let end = 0; end < 4; end++)
      expect(Math.abs(reached.filter((run) => run.end === end).length / reached.length - 0.25)).toBeLessThan(0.021);
    expect(runs.every(({ end, sideEffect }) => end === null || !sideEffect)).toBe(true);
  });
});

describe("policies with habits", () => {
  const dials: HabitDials = { tasks: 5, steps: 3, actions: 4, habits: 0.3, right: 0.9, rightInHabit: 0.2 };

  it("succeed as often as the exact figure says, and a clone of all runs is the policy again", () => {
    const base = drawHabits(dials, seedFrom(1));
    const rng = random(seedFrom("runs"));
    const runs = Array.from({ length: 20_000 }, () => runHabits(base, dials, rng));
    expect(Math.abs(runs.filter(({ success }) => success).length / 20_000 - habitSuccess(base, dials))).toBeLessThan(
      0.015,
    );
    const clone = cloneRuns(runs, dials, 0.5);
    for (const [i, p] of base.entries()) expect(Math.abs(clone[i]! - p)).toBeLessThan(0.04);
    // cloned from successes alone the right action is nearly all
    expect(
      habitSuccess(
        cloneRuns(
          runs.filter(({ success }) => success),
          dials,
          0.5,
        ),
        dials,
      ),
    ).toBeGreaterThan(0.9);
  });
});
