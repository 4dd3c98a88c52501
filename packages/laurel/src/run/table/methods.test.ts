import { describe, expect, it } from "vitest";
import { seedFrom } from "../../core/index.ts";
import { Columns, methods, Settings } from "./index.ts";

type Rows = Readonly<Record<string, string | number | boolean | null>>[];

function run(name: string, rows: Rows, given: Record<string, string | number> = {}) {
  const settings = new Settings(new Map(Object.entries(given).map(([k, v]) => [k, String(v)])), seedFrom(1), 0.95);
  settings.check(name, Object.keys(methods[name]!.settings));
  const columns = new Columns(
    "t.csv",
    rows,
    rows.map((_, i) => i + 2),
  );
  return methods[name]!.run(columns, settings).lines;
}
const column = (name: string, values: readonly (number | string | null)[]): Rows =>
  values.map((value) => ({ [name]: value }));
const pairs = (a: readonly number[], b: readonly number[]): Rows => a.map((x, i) => ({ a: x, b: b[i]! }));

// values of SciPy 1.17 and of the worked examples in the statistics' own docstrings
const cases: [string, Rows, Record<string, string | number>, number, number][] = [
  ["mean", column("value", ["1", "2", "3", "4"]), {}, 2.5, 1e-12],
  ["proportion", column("outcome", [1, 1, 0, "true", null]), {}, 0.75, 1e-12],
  ["bootstrap", column("x", [1, 2, 9]), { value: "x", statistic: "median" }, 2, 1e-12],
  ["sequence", column("value", [0, 1, 1, 0]), { kind: "normal" }, 0.5, 1e-12],
  ["best-of-n", [1, 2, 3, 1, 2, 3].map((score, i) => ({ task: i < 3 ? "a" : "b", score })), { n: 2 }, 8 / 3, 1e-12],
  ["pass-at-k", [1, 0, 0, 0].map((right, i) => ({ task: i % 2, right })), { k: 1 }, 0.25, 1e-12],
  ["paired", pairs([1, 2, 3], [1, 1, 1]), {}, 1, 1e-12],
  ["paired-t", pairs([1, 2, 3, 5], [1, 1, 1, 2]), {}, 1.5, 1e-12],
  ["sign-flip", pairs([1, 2, 3], [0, 0, 0]), {}, 2, 1e-12],
  ["paired-bootstrap", pairs([1, 2, 3], [0, 0, 0]), {}, 2, 1e-12],
  ["mcnemar", pairs([1, 1, 0, 1], [0, 0, 1, 1]), {}, 0.25, 1e-12],
  ["pearson", [1, 2, 3, 4].map((x, i) => ({ x, y: [1, 3, 2, 4][i]! })), {}, 0.8, 1e-12],
  ["spearman", [1, 2, 3, 4].map((x, i) => ({ x, y: [1, 3, 2, 40][i]! })), {}, 0.8, 1e-12],
  ["kendall", [1, 2, 3, 4].map((x, i) => ({ x, y: [1, 3, 2, 4][i]! })), {}, 2 / 3, 1e-12],
  ["cohen", ["a", "a", "b"].map((a, i) => ({ a, b: ["a", "b", "b"][i]! })), {}, 0.4, 1e-12],
  [
    "krippendorff",
    [
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 0],
    ].map(([r1, r2], id) => ({ id, r1: r1!, r2: r2! })),
    {},
    -0.75,
    1e-12,
  ],
  [
    "brier",
    [
      { forecast: 0.9, outcome: 1 },
      { forecast: 0.2, outcome: 0 },
    ],
    {},
    0.025,
    1e-12,
  ],
  ["auc", [3, 1, 2].map((score, i) => ({ score, outcome: i === 0 ? 1 : 0 })), {}, 1, 1e-12],
  ["starc", [1, 2, 3, 1, 2, 3].map((a, i) => ({ a, b: 10 * a, cluster: i < 3 ? "q" : "r" })), {}, 0, 1e-7],
  ["iqm", [1, 2, 3, 4].map((score, i) => ({ task: i % 2, score })), {}, 2.5, 1e-12],
  [
    "best-by-group",
    ["a", "b"].flatMap((system) =>
      [..."11110000"].map((_, i) => ({
        system,
        group: "g",
        cluster: i,
        predicted: system === "a" ? (i < 4 ? 1 : 0) : 1,
        gold: i < 4 ? 1 : 0,
      })),
    ),
    {},
    0,
    1e-12,
  ],
  [
    "compare-rates",
    [..."1100"].map((expert, i) => ({ expert: Number(expert), judge: 1, rule: i === 0 ? 1 : 0 })),
    {},
    0.5,
    1e-12,
  ],
  [
    "rogan-gladen",
    [..."1110011100"].map((judge, i) => ({ judge, label: i < 6 ? [1, 1, 1, 0, 0, 0][i]! : null })),
    {},
    0.25,
    1e-12,
  ],
];

describe("the methods of laurel stats", () => {
  it.each(cases)("%s gives the known value with an interval around it", (name, rows, given, value, tolerance) => {
    const { estimate } = run(name, rows, given)[0]!;
    expect(Math.abs(estimate!.value - value)).toBeLessThanOrEqual(tolerance);
    expect(estimate!.low).toBeLessThanOrEqual(estimate!.value + 1e-9);
    expect(estimate!.high).toBeGreaterThanOrEqual(estimate!.value - 1e-9);
  });

  it("reads comparisons in three forms alike", () => {
    const games = [
      { first: "x", second: "y", result: "first" },
      { first: "y", second: "x", result: "x" },
      { first: "x", second: "y", result: 0 },
      { first: "x", second: "y", result: "tie" },
    ];
    const matrix = [
      { system: "x", x: 0, y: 2.5 },
      { system: "y", x: 1.5, y: 0 },
    ];
    const strengths = run("bradley-terry", games).map(({ name, estimate }) => [name, estimate!.value]);
    // the odds of two systems are their wins: log(2.5 / 1.5) between them, mean 0
    expect(strengths[0]).toEqual(["x", expect.closeTo(Math.log(2.5 / 1.5) / 2, 8)]);
    expect(run("bradley-terry", matrix).map(({ name, estimate }) => [name, estimate!.value])).toEqual(
      strengths.map(([name, value]) => [name, expect.closeTo(value as number, 10)]),
    );
    const winners = games
      .slice(0, 3)
      .map((_, i) => (i < 2 ? { winner: "x", loser: "y" } : { winner: "y", loser: "x" }));
    expect(run("lsr", winners)[0]!.estimate!.value).toBeCloseTo(Math.log(2) / 2, 8);
    expect(run("copeland", winners).map(({ name }) => name)).toEqual(["x", "y"]);
    // rankings of two are games: the same odds of 2 to 1
    const rankings = [{ ranking: "x>y" }, { ranking: "x > y" }, { ranking: "y>x" }];
    expect(run("plackett-luce", rankings)[0]).toMatchObject({
      name: "x",
      estimate: { value: expect.closeTo(Math.log(2) / 2, 6) },
    });
    expect(() => run("elo", [{ a: 1 }])).toThrow("no comparisons");
    expect(() => run("elo", [{ first: "x", second: "y", result: "z" }])).toThrow("row 1: the result 'z'");
  });

  it("tells cycles from noise: hodge-rank's inconsistency is 1 with a small p where rock, paper and scissors play", () => {
    const beats: [string, string][] = [
      ["rock", "scissors"],
      ["scissors", "paper"],
      ["paper", "rock"],
    ];
    const played = (times: number, games: readonly [string, string][]) =>
      games.flatMap(([winner, loser]) => Array.from({ length: times }, () => ({ winner, loser })));
    const cycle = run("hodge-rank", played(20, beats));
    const found = Object.fromEntries(cycle.map((line) => [line.name, line]));
    expect(found["inconsistency"]!.value).toBeCloseTo(1, 12);
    expect(found["inconsistency"]!.p).toBeCloseTo(1 / 501, 12);
    expect(found["cyclic triads"]!.value).toBe("1 of 1");
    expect(found["rock"]!.estimate!.value).toBeCloseTo(0, 12);
    // one game each is what chance gives in a quarter of all cases
    const few = run("hodge-rank", played(1, beats)).find(({ name }) => name === "inconsistency")!;
    expect(few.p!).toBeGreaterThan(0.15);
    // x over y by 3 of 4, y over z by 3 of 4, x over z by 1: 2p - 1 = 1/2, 1/2, 1, which the scores 1/2, 0, -1/2 give exactly
    const straight = run("hodge-rank", [
      ...played(3, [
        ["x", "y"],
        ["y", "z"],
        ["x", "z"],
      ]),
      ...played(1, [
        ["y", "x"],
        ["z", "y"],
        ["x", "z"],
      ]),
    ]);
    expect(straight.slice(0, 3).map(({ name, estimate }) => [name, estimate!.value])).toEqual([
      ["x", expect.closeTo(0.5, 12)],
      ["y", expect.closeTo(0, 12)],
      ["z", expect.closeTo(-0.5, 12)],
    ]);
    expect(straight[3]!.value).toBeCloseTo(0, 12);
    expect(straight[3]!.p).toBe(1);
  });

  it("compares judges of success by group, and rates with an expert's", () => {
    const judged = ["a", "b"].flatMap((system) =>
      ["x", "y"].flatMap((group) =>
        [1, 1, 0, 0].map((gold, i) => ({
          system,
          group,
          gold,
          predicted: (system === "a") === (group === "x") ? gold : i % 2,
        })),
      ),
    );
    const found = Object.fromEntries(run("best-by-group", judged, { reps: 50 }).map((line) => [line.name, line]));
    expect(found["x: a"]!.estimate!.value).toBe(1);
    expect(found["x: b"]!.estimate!.value).toBe(0.5);
    const rates = run(
      "compare-rates",
      [1, 1, 1, 0].map((expert, i) => ({ expert, rule: i === 0 ? 1 : 0 })),
    );
    expect(rates.map(({ name, estimate }) => [name, estimate!.value])).toEqual([
      ["expert", 0.75],
      ["rule", 0.25],
      ["rule - expert", -0.5],
    ]);
  });

  it("lays out capabilities: means, chances of being best, and no regret where one model wins everything", () => {
    const rows = ["maths", "poems"].flatMap((capability) =>
      Array.from({ length: 12 }, (_, item) => [
        { capability, item: `${item}`, model: "a", value: 1 },
        { capability, item: `${item}`, model: "b", value: item % 2 },
      ]).flat(),
    );
    const lines = Object.fromEntries(run("capabilities", rows).map((line) => [line.name, line]));
    expect(lines["maths: b"]!.estimate).toMatchObject({ value: 0.5, n: 12 });
    expect(lines["regret of one model for all"]!.estimate!.value).toBe(0);
    expect(lines["poems: chance that a is best"]!.value).toBeGreaterThan(0.99);
    const short = rows.map((row, i) => (i === 0 ? { ...row, value: null } : row));
    expect(run("capabilities", short).find(({ name }) => name === "maths: a")!.estimate!.n).toBe(11);
    expect(() =>
      run(
        "capabilities",
        rows.filter(({ model }) => model === "a"),
      ),
    ).toThrow("at least 2 models");
    expect(() => run("capabilities", rows, { high: 0.5 })).toThrow("lies outside [0, 0.5]");
  });

  it("draws a performance profile at given thresholds, or over the range of the scores", () => {
    const rows = [0, 1, 2, 3, 4, 5, 6, 7].map((score, i) => ({ task: i % 2, score }));
    const lines = run("profile", rows, { above: "-1+3+7" });
    // all of 0..7, 4 of 8, none
    expect(lines.map(({ name, estimate }) => [name, estimate!.value])).toEqual([
      ["all > -1", 1],
      ["all > 3", 0.5],
      ["all > 7", 0],
    ]);
    expect(run("profile", rows)).toHaveLength(11);
    expect(
      run(
        "profile",
        rows.map((row) => ({ ...row, score: 2 })),
      ),
    ).toHaveLength(1);
    expect(() => run("profile", rows, { above: "x" })).toThrow("above must be numbers joined by +, not 'x'");
  });

  it("takes clusters into account where forecasts have them", () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      forecast: 0.3 + 0.4 * ((i >> 2) % 2),
      outcome: (i >> 2) % 3 === 0 ? 1 : 0,
      prompt: `p${i >> 2}`,
    }));
    for (const method of ["ece", "reliability", "brier", "log-loss"]) {
      const [alone] = run(method, rows);
      const [grouped] = run(method, rows, { cluster: "prompt" });
      expect(grouped!.estimate!.value).toBeCloseTo(alone!.estimate!.value, 12);
      expect(grouped!.estimate!.clusters, method).toBe(method === "reliability" ? 5 : 10);
      const width = ({ low, high }: { low: number; high: number }): number => high - low;
      // four items of a prompt that say the same are one
      expect(width(grouped!.estimate!), method).toBeGreaterThan(width(alone!.estimate!));
    }
  });

  it("reads ratings long and wide alike", () => {
    const wide = [
      [1, 2, null],
      [2, 2, 3],
      [3, null, 3],
    ].map(([p, q, r], id) => ({ id, p: p!, q: q!, r: r! }));
    const long = wide.flatMap(({ id, ...rest }) =>
      Object.entries(rest).flatMap(([rater, rating]) => (rating === null ? [] : [{ unit: id, rater, rating }])),
    );
    const of = (rows: Rows) => run("krippendorff", rows, { measure: "interval" })[0]!.estimate!;
    expect(of(long).value).toBeCloseTo(of(wide).value, 12);
    expect(() => run("fleiss", [...long, long[0]!])).toThrow("twice");
  });

  it("plans with the exact figures of the statistics", () => {
    expect(run("needed", [], { difference: 0.02, sd: 0.4 })[0]!.value).toBe(3142);
    expect(run("power", [], { difference: 0.02, sd: 0.4, n: 3142 })[0]!.value).toBeCloseTo(0.8, 3);
    expect(run("detectable", [], { n: 3142, sd: 0.4 })[0]!.value).toBeCloseTo(0.02, 4);
    expect(() => run("needed", [], { difference: 0.02 })).toThrow("the setting sd is missing");
    expect(() => run("needed", [], { differenec: 0.02 })).toThrow("no setting 'differenec'");
  });

  it("names the column or the cell that is wrong", () => {
    expect(() => run("mean", column("valeu", [1]))).toThrow("no column 'value'");
    expect(() => run("mean", column("value", ["x"]))).toThrow("t.csv, line 2, value: expected a number, found x");
    expect(() => run("krippendorff", column("a", [1]), { measure: "ratio" })).toThrow(
      "measure is nominal, ordinal, interval",
    );
    expect(() => run("mean", column("value", [1]))).toThrow("at least 2 needed");
  });

  it("has a summary and a home for every method", () => {
    for (const [name, { about, settings }] of Object.entries(methods)) {
      expect(about.length, name).toBeGreaterThan(10);
      expect(Object.values(settings).every((text) => text.length > 0)).toBe(true);
    }
  });
});
