import { random, seedFrom, split } from "laurel";
import { meanOf, median, taskScores, varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { scoreWorld } from "./score-matrix.ts";

const seed = seedFrom("score matrix tests");

describe("the world of score matrices", () => {
  it("has tasks whose log-medians have mean −0.8 and the stated spread (20,000 tasks, five standard errors)", () => {
    const { medians } = scoreWorld({ tasks: 20_000, taskSpread: 1.2, noise: 0.6, lucky: 0.05 }, seed);
    const logs = medians.map(Math.log);
    expect(Math.abs(meanOf(logs) + 0.8)).toBeLessThan((5 * 1.2) / Math.sqrt(20_000));
    expect(Math.abs(Math.sqrt(varianceOf(logs)) - 1.2)).toBeLessThan((5 * 1.2) / 200);
  });

  it("has the task's median where no run is lucky, the lift on every run, and the lucky runs' share above", () => {
    const dials = { tasks: 1, taskSpread: 1.2, noise: 0.6, lucky: 0 };
    const { medians, draw } = scoreWorld(dials, seed);
    const runs = taskScores(draw(random(split(seed, "runs")), 20_000, 1), 0);
    // the median of 20,000 log-scores has a standard error of about 1.25 · 0.6 · 0.8 / 141 at most
    expect(Math.abs(Math.log(median(runs) / medians[0]!))).toBeLessThan(5 * 0.0043);
    const lifted = taskScores(draw(random(split(seed, "runs")), 20_000, 1.15), 0);
    expect(lifted[7]! / runs[7]!).toBeCloseTo(1.15, 12);
    const lucky = scoreWorld({ ...dials, lucky: 0.05 }, seed).draw(random(split(seed, "runs")), 20_000, 1);
    const raised = lucky.data.filter((score, i) => score / runs[i]! > 1 + 1e-9);
    expect(Math.abs(raised.length / 20_000 - 0.05)).toBeLessThan(5 * Math.sqrt((0.05 * 0.95) / 20_000));
    // z is 3 higher: the log-score by 3 · noise · c, c in [0.2, 0.8]
    const gain = Math.log(raised[0]! / runs[lucky.data.indexOf(raised[0]!)]!);
    expect(gain).toBeGreaterThan(3 * 0.6 * 0.2);
    expect(gain).toBeLessThan(3 * 0.6 * 0.8);
  });
});
