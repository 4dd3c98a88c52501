import { describe, expect, it } from "vitest";
import { random, seedFrom, UsageError } from "../../core/index.ts";
import { Columns, methods, Settings } from "./index.ts";

type Row = Readonly<Record<string, string | number | boolean | null>>;

function run(name: string, rows: readonly Row[], given: Record<string, string | number> = {}) {
  const settings = new Settings(new Map(Object.entries(given).map(([k, v]) => [k, String(v)])), seedFrom(1), 0.95);
  settings.check(name, Object.keys(methods[name]!.settings));
  return methods[name]!.run(
    new Columns(
      "t.csv",
      rows,
      rows.map((_, i) => i + 2),
    ),
    settings,
  );
}

describe("laurel stats rank", () => {
  const table: Row[] = [
    { task: "a", A: 2, B: 1, C: 0 },
    { task: "b", A: 2, B: 1, C: 0 },
    { task: "c", A: 100, B: 300, C: 200 },
  ];
  it("orders by ranks where the mean follows the largest scale, and says how they differ", () => {
    const { lines, notes } = run("rank", table);
    expect(lines.slice(0, 3).map(({ name }) => name)).toEqual(["A", "B", "C"]);
    expect(lines[0]!.estimate!.value).toBe(1.5);
    expect(notes!.join("; ")).toMatch(/puts B first/);
  });
  it("gives Kemeny's order with its cost, and takes several rows of a task as its items", () => {
    const { lines, notes } = run("rank", table, { rule: "kemeny" });
    expect(lines[0]!.name).toBe("A");
    expect(notes!.at(-1)).toBe("this order disagrees least with the tasks (cost 2)");
    const items = [...table, ...table].map((row, i) => ({ ...row, item: i }));
    expect(run("rank", items, { resample: "both", rule: "borda-items" }).lines[0]!.estimate!.n).toBe(3);
    expect(run("rank", table, { better: "lower" }).lines[0]!.name).toBe("C");
  });
});

describe("laurel stats irt", () => {
  it("orders judges by ability and items by difficulty", () => {
    const rng = random(seedFrom("irt"));
    const rows: Row[] = [];
    for (let p = 0; p < 150; p++)
      for (let j = 0; j < 6; j++) {
        const chance = 1 / (1 + Math.exp(-1.5 * ((p - 75) / 40 - (j - 2.5) / 1.5)));
        rows.push({ person: `p${p}`, item: `i${j}`, right: rng.uniform() < chance ? 1 : 0 });
      }
    const { lines, notes } = run("irt", rows, { anchors: 2 });
    expect(lines.find(({ name }) => name.startsWith("difficulty"))!.name).toBe("difficulty of i5");
    expect(Number(/p(\d+)/.exec(lines[0]!.name)![1])).toBeGreaterThan(75);
    expect(
      lines.filter(({ name }) => name.startsWith("anchor")).reduce((sum, { value }) => sum + Number(value), 0),
    ).toBeCloseTo(1, 12);
    expect(notes![0]).toMatch(/2pl on 150 x 6: converged/);
    expect(() => run("irt", [...rows, rows[0]!])).toThrow(UsageError);
  });
});

describe("laurel stats variance", () => {
  const rng = random(seedFrom("variance"));
  const rows: Row[] = [];
  for (let seed = 0; seed < 4; seed++)
    for (let checkpoint = 1; checkpoint <= 4; checkpoint++)
      for (let item = 0; item < 30; item++)
        rows.push({ seed, checkpoint, item, score: rng.uniform() < 0.2 + 0.15 * checkpoint ? 1 : 0 });
  it("speaks of a benchmark where the table has seeds", () => {
    const { lines, notes } = run("variance", rows, { chance: 0.25 });
    expect(lines.map(({ name }) => name)).toContain("sd over seeds, mean over checkpoints");
    expect(notes![0]).toBe("4 seeds, 4 checkpoints, 30 items");
  });
  it("refuses cells without a score", () => {
    expect(() => run("variance", rows.slice(1))).toThrow(/1 of 480 cells/);
  });
});

describe("laurel stats curves", () => {
  const rows: Row[] = ["slow", "fast"].flatMap((system) =>
    ["x", "y"].flatMap((task) =>
      [0, 1, 2].flatMap((seed) =>
        [0, 1, 2, 3, 4].map((step) => ({
          system,
          task,
          run: seed,
          step,
          value: (task === "x" ? 100 : 1) * (Math.min(1, step / (system === "fast" ? 2 : 4)) + 0.01 * seed),
        })),
      ),
    ),
  );
  it("finds the faster method by its area, and draws bands", () => {
    const { lines, figures } = run("curves", rows, { threshold: 0.9, window: 1, reps: 300 });
    expect(lines.find(({ name }) => name === "area of fast - slow")!.estimate!.low).toBeGreaterThan(0);
    expect(lines.find(({ name }) => name === "median steps of fast to 0.9")!.value).toBe(2);
    expect(figures![0]!.series.map(({ points }) => points.length)).toEqual([25, 25]);
  });
  it("refuses methods with other tasks", () => {
    expect(() =>
      run(
        "curves",
        rows.filter(({ system, task }) => system === "slow" || task === "x"),
      ),
    ).toThrow(/no run of the task 'y'/);
  });
});

describe("laurel stats distance", () => {
  it("is 0 for a rescaled reward, 2 for its opposite", () => {
    const rng = random(seedFrom("distance"));
    const rows: Row[] = Array.from({ length: 60 }, (_, i) => {
      const a = rng.normal();
      return { prompt: `p${Math.floor(i / 4)}`, a, b: 3 * a + Math.floor(i / 4), c: -a };
    });
    const { lines } = run("distance", rows, { reps: 50 });
    const value = (name: string): number => lines.find((line) => line.name === name)!.estimate!.value;
    expect(value("distance of a and b")).toBeCloseTo(0, 7);
    expect(value("distance of a and c")).toBeCloseTo(2, 7);
    expect(value("regret between a and b")).toBe(0);
    expect(value("regret between a and c")).toBe(1);
  });
});
