import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { seedFrom } from "../core/seed.ts";
import { iqm, meanOfTasks, median, medianOfTasks, optimalityGap, trimmedMean } from "./aggregate.ts";
import { improvementBootstrap, probabilityOfImprovement, taskImprovement } from "./improvement.ts";
import { performanceProfile, profileBootstrap } from "./profiles.ts";
import { type RunMatrix, runMatrix, runsByTask } from "./run-matrix.ts";
import { sampleEfficiency } from "./sample-efficiency.ts";
import { stratifiedBootstrap, stratifiedReplicates } from "./stratified.ts";

type Rows = number[][];
const expected = JSON.parse(
  readFileSync(new URL("../../../../test/expected/stats-a/rliable.json", import.meta.url), "utf8"),
) as {
  cases: {
    x: Rows;
    y: Rows;
    taus: number[];
    mean: number;
    median: number;
    iqm: number;
    gap: number;
    improvement: number;
    runProfile: number[];
    taskProfile: number[];
  }[];
  intervals: Record<"iqm" | "mean" | "median" | "improvement", [number, number]>;
};
const seed = seedFrom("rliable");
const matrices = fc.tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 5 })).chain(([runs, tasks]) =>
  fc.array(fc.array(fc.integer({ min: -3, max: 9 }), { minLength: tasks, maxLength: tasks }), {
    minLength: runs,
    maxLength: runs,
  }),
);

describe("aggregates, profiles and improvement against rliable 1.2 (scripts/expected/stats_a.py)", () => {
  it("agree to 1e-12", () => {
    for (const one of expected.cases) {
      const [x, y] = [runMatrix(one.x), runMatrix(one.y)];
      expect(meanOfTasks(x)).toBeCloseTo(one.mean, 12);
      expect(medianOfTasks(x)).toBeCloseTo(one.median, 12);
      expect(iqm(x)).toBeCloseTo(one.iqm, 12);
      expect(optimalityGap(x)).toBeCloseTo(one.gap, 12);
      expect(probabilityOfImprovement(x, y)).toBeCloseTo(one.improvement, 12);
      for (const [k, share] of performanceProfile(x, one.taus).entries())
        expect(share).toBeCloseTo(one.runProfile[k]!, 12);
      for (const [k, share] of performanceProfile(x, one.taus, "tasks").entries())
        expect(share).toBeCloseTo(one.taskProfile[k]!, 12);
    }
  });

  it("have rliable's interval ends within Monte Carlo error: 3 % of the width, about 4 standard errors of both sides", () => {
    const [x, y] = [runMatrix(expected.cases[2]!.x), runMatrix(expected.cases[2]!.y)];
    const options = { seed, reps: 50_000 };
    for (const [name, got] of [
      ["iqm", stratifiedBootstrap(x, iqm, options)],
      ["mean", stratifiedBootstrap(x, meanOfTasks, options)],
      ["median", stratifiedBootstrap(x, medianOfTasks, options)],
    ] as const) {
      const [low, high] = expected.intervals[name];
      expect(Math.abs(got.low - low), name).toBeLessThan(0.03 * (high - low));
      expect(Math.abs(got.high - high), name).toBeLessThan(0.03 * (high - low));
    }
    // rliable was run with 5,000 resamples here, ours with 50,000: 5 %
    const got = improvementBootstrap(x, y, options);
    const [low, high] = expected.intervals.improvement;
    expect(Math.abs(got.low - low)).toBeLessThan(0.05 * (high - low));
    expect(Math.abs(got.high - high)).toBeLessThan(0.05 * (high - low));
  });

  const cases = dataPath("stat-vectors/cases.jsonl");
  it.skipIf(cases === undefined)("give rliable's own test values (needs shared data)", () => {
    const rows = readFileSync(cases!, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    let checked = 0;
    for (const row of rows) {
      let got: number | undefined;
      if (row.kind === "iqm") got = iqm(runMatrix(row.runs_by_tasks));
      if (row.kind === "median_of_task_means") got = medianOfTasks(runMatrix(row.runs_by_tasks));
      if (row.kind === "probability_of_improvement")
        got = probabilityOfImprovement(runMatrix(row.runs_by_tasks_x), runMatrix(row.runs_by_tasks_y));
      if (got === undefined) continue;
      expect(got).toBeCloseTo(row.expected, 12);
      checked++;
    }
    expect(checked).toBe(5);
  });

  const scores = dataPath("rl-scores/final_scores.jsonl");
  it.skipIf(scores === undefined)(
    "give the collected aggregates of 1,144 real runs, uneven seeds too (needs shared data)",
    () => {
      const runs = readFileSync(scores!, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { suite: string; method: string; task: string; normalized_last: number });
      const matrixOf = (suite: string, method: string): RunMatrix => {
        const tasks = new Map<string, number[]>();
        for (const run of runs)
          if (run.suite === suite && run.method === method)
            tasks.set(run.task, [...(tasks.get(run.task) ?? []), run.normalized_last]);
        return runsByTask([...tasks.keys()].sort().map((task) => tasks.get(task)!));
      };
      const rows = JSON.parse(readFileSync(dataPath("rl-scores/expected_by_collector.json")!, "utf8"));
      expect(rows.length).toBe(18);
      for (const row of rows) {
        if (row.probability_of_improvement !== undefined) {
          const [first, second] = row.probability_of_improvement;
          const got = probabilityOfImprovement(matrixOf(row.suite, first), matrixOf(row.suite, second));
          expect(got).toBeCloseTo(row.value, 12);
          continue;
        }
        const matrix = matrixOf(row.suite, row.method);
        expect(matrix.data.length).toBe(row.runs);
        expect(meanOfTasks(matrix)).toBeCloseTo(row.mean_of_task_means, 12);
        expect(medianOfTasks(matrix)).toBeCloseTo(row.median_of_task_means, 12);
        expect(iqm(matrix)).toBeCloseTo(row.iqm_all_runs, 12);
        expect(optimalityGap(matrix)).toBeCloseTo(row.optimality_gap_gamma1, 12);
      }
    },
  );
});

describe("exact small cases", () => {
  it("IQM of 1..8 is 4.5; trimming cuts whole values only", () => {
    expect(
      iqm(
        runsByTask([
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ]),
      ),
    ).toBe(4.5);
    expect(trimmedMean([1, 2, 3], 0.25)).toBe(2);
    expect(trimmedMean([0, 2, 3, 100], 0.25)).toBe(2.5);
    expect(median([4, 1, 3])).toBe(3);
    expect(median([4, 1])).toBe(2.5);
  });

  it("a profile counts strictly greater scores only, and its area is the mean of non-negative scores", () => {
    const x = runMatrix([
      [1, 2],
      [3, 2],
    ]);
    expect([...performanceProfile(x, [0, 1, 2, 3])]).toEqual([1, 0.75, 0.25, 0]);
    const taus = Float64Array.from({ length: 4000 }, (_, i) => (i + 0.5) / 1000);
    const area = performanceProfile(x, taus).reduce((sum, share) => sum + share / 1000, 0);
    expect(area).toBeCloseTo(2, 9);
  });

  it("P(X > Y) + P(Y > X) = 1 with ties, and identical runs give a half", () => {
    fc.assert(
      fc.property(matrices, matrices, (a, b) => {
        const [x, y] = [runMatrix(a), runMatrix(b)];
        if (x.tasks !== y.tasks) {
          expect(() => probabilityOfImprovement(x, y)).toThrow(UsageError);
          return;
        }
        expect(probabilityOfImprovement(x, y) + probabilityOfImprovement(y, x)).toBeCloseTo(1, 12);
        for (const one of taskImprovement(x, x)) expect(one).toBeCloseTo(0.5, 12);
      }),
    );
  });

  it("do not depend on the order of runs or tasks", () => {
    fc.assert(
      fc.property(matrices, (rows) => {
        const turned = [...rows].reverse().map((row) => [...row].reverse());
        for (const f of [iqm, meanOfTasks, medianOfTasks, optimalityGap])
          expect(f(runMatrix(turned))).toBeCloseTo(f(runMatrix(rows)), 12);
      }),
    );
  });
});

describe("stratified bootstrap", () => {
  it("gives the same replicates by its fast paths as by the general one", () => {
    const uneven = runsByTask([
      [1, 2, 2, 7],
      [3, 0.5],
      [9, 4, 4],
    ]);
    for (const matrix of [runMatrix(expected.cases[1]!.x), runMatrix(expected.cases[3]!.x), uneven])
      for (const f of [iqm, meanOfTasks, medianOfTasks]) {
        const fast = stratifiedReplicates(matrix, f, { seed, reps: 300 });
        const general = stratifiedReplicates(matrix, (m) => f(m), { seed, reps: 300 });
        for (const [r, one] of general.entries()) expect(fast[r]).toBeCloseTo(one, 12);
      }
  });

  it("gives the same replicates where many draws are rejected, and where a draw takes a whole word", () => {
    const runsOf = (...sizes: number[]): RunMatrix =>
      runsByTask(sizes.map((size, m) => Array.from({ length: size }, (_, n) => ((n * 7919 + m) % 1009) / 31)));
    // 65,536 mod n is 25,536 for 40,000 runs and 32,767 for 32,769; beyond 65,536 runs no word is shared
    for (const matrix of [runsOf(40_000, 2, 3), runsOf(32_769, 5), runsOf(70_000, 4)])
      for (const f of [iqm, meanOfTasks, medianOfTasks]) {
        const fast = stratifiedReplicates(matrix, f, { seed, reps: 3 });
        const general = stratifiedReplicates(matrix, (m) => f(m), { seed, reps: 3 });
        for (const [r, value] of fast.entries()) expect(value).toBeCloseTo(general[r]!, 12);
      }
  });

  it("also resamples tasks on request, which widens the interval; uneven seeds are supported", () => {
    const uneven = runsByTask([
      [1, 1.1, 1.2, 1.1],
      [3, 3.1],
      [9, 9.2, 9.1],
      [5, 5.3, 5.2],
    ]);
    for (const matrix of [uneven, runMatrix(expected.cases[3]!.x)]) {
      const runs = stratifiedBootstrap(matrix, meanOfTasks, { seed, reps: 2000 });
      const tasks = stratifiedBootstrap(matrix, meanOfTasks, { seed, reps: 2000, tasks: true });
      expect(tasks.high - tasks.low).toBeGreaterThan(runs.high - runs.low);
    }
  });

  it("offers BCa and basic intervals that hold the value", () => {
    const matrix = runMatrix(expected.cases[2]!.x);
    for (const method of ["percentile", "basic", "bc", "bca"] as const) {
      const got = stratifiedBootstrap(matrix, meanOfTasks, { seed, reps: 2000, method });
      expect(got.low).toBeLessThan(got.value);
      expect(got.high).toBeGreaterThan(got.value);
      expect(got).toMatchObject({ n: 48, level: 0.95, unscored: 0 });
    }
  });

  it("bands a profile, and a sample-efficiency curve with runs kept together", () => {
    const last = runMatrix(expected.cases[2]!.x);
    const band = profileBootstrap(last, [0, 1, 100], { seed, reps: 500 });
    expect(band[0]).toMatchObject({ value: 1, low: 1, high: 1 });
    expect(band[1]!.low).toBeLessThan(band[1]!.value);
    expect(band[2]).toMatchObject({ value: 0, low: 0, high: 0 });
    const twice: RunMatrix = { ...last, data: last.data.map((score) => 2 * score) };
    const together = sampleEfficiency([last, twice], iqm, { seed, reps: 500 });
    expect(together[1]!.low).toBeCloseTo(2 * together[0]!.low, 12);
    const apart = sampleEfficiency([last, last], iqm, { seed, reps: 500, keepRunsTogether: false });
    expect(apart[0]!.low).not.toBe(apart[1]!.low);
    expect(() => sampleEfficiency([last, runMatrix(expected.cases[1]!.x)], iqm, { seed })).toThrow(UsageError);
  });

  it("states degenerate input: equal scores have width 0, single runs and missing tasks are refused", () => {
    const flat = runMatrix([
      [2, 3],
      [2, 3],
    ]);
    expect(stratifiedBootstrap(flat, iqm, { seed, reps: 50 })).toMatchObject({ value: 2.5, low: 2.5, high: 2.5 });
    expect(improvementBootstrap(flat, flat, { seed, reps: 50 })).toMatchObject({ value: 0.5, low: 0.5, high: 0.5 });
    expect(() => stratifiedBootstrap(runMatrix([[1, 2]]), iqm, { seed })).toThrow(NotEnoughDataError);
    expect(() => runsByTask([])).toThrow(NotEnoughDataError);
    expect(() => runsByTask([[1], []])).toThrow(NotEnoughDataError);
    expect(() => runMatrix([[1, Number.NaN]])).toThrow(UsageError);
    expect(() => runMatrix([[1, 2], [1]])).toThrow(UsageError);
  });
});
