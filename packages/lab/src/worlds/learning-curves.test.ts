import { seedFrom } from "laurel";
import { areaUnderCurve, meanOf, varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { type CurveDials, drawCurves, drawCurveTasks } from "./learning-curves.ts";

const dials: CurveDials = {
  environments: 3,
  runs: 4,
  points: 400,
  steps: 1e6,
  correlation: 0.95,
  noise: 0,
  runEffect: 0,
};
const plain = { limit: 1, time: 1, fallsTo: 1 };

describe("learning curves", () => {
  const tasks = drawCurveTasks(dials, seedFrom("tasks"));
  it("are the expected curves without noise", () => {
    const [runs] = drawCurves(dials, tasks, plain, seedFrom(1));
    const { limit, time } = tasks[0]!;
    expect(runs![0]!.values[199]).toBeCloseTo(limit * (1 - Math.exp(-0.5 / time)), 9);
    expect(areaUnderCurve(drawCurves(dials, tasks, { ...plain, time: 2 }, seedFrom(1))[0]![0]!)).toBeLessThan(
      areaUnderCurve(runs![0]!),
    );
  });
  it("fall after 60 % of training where told", () => {
    const [plainRun, falling] = [plain, { ...plain, fallsTo: 0.8 }].map(
      (m) => drawCurves(dials, tasks, m, seedFrom(1))[0]![0]!,
    );
    expect(falling!.values[239]).toBe(plainRun!.values[239]);
    expect(falling!.values[399]).toBeCloseTo(0.8 * plainRun!.values[399]!, 9);
  });
  it("have noise of the stated size and correlation", () => {
    const noisy = drawCurves({ ...dials, runs: 60, noise: 0.1 }, [{ limit: 10, time: 1e-6 }], plain, seedFrom(2))[0]!;
    const values = noisy.flatMap(({ values }) => [...values]);
    // 24,000 values with correlation 0.95: some 600 independent ones; four standard errors of a variance
    expect(Math.abs(varianceOf(values) - 1)).toBeLessThan(4 * Math.sqrt(2 / 600));
    const lagged = meanOf(noisy.map(({ values: v }) => meanOf(v.subarray(1).map((x, i) => (x - 10) * (v[i]! - 10)))));
    expect(Math.abs(lagged - 0.95)).toBeLessThan(0.25);
  });
});
