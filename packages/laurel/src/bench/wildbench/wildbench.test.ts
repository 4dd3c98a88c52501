import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { random, seedFrom } from "../../core/index.ts";
import {
  benchmarkOf,
  wbElo,
  wbGroups,
  wbJudgement,
  wbReward,
  wbRewardOfCounts,
  wbScore,
  wbScored,
  wbTags,
} from "../index.ts";
import { wbMacro } from "./groups.ts";
import { correlate, type WbCounts, type WbGroup, type WbJudgement, type WbTally } from "./index.ts";

// published tables of the WildBench repository, read by scripts/expected/wildbench.py; correlations by NumPy
const published = JSON.parse(
  readFileSync(new URL("../../../../../test/expected/wildbench/published.json", import.meta.url), "utf8"),
) as {
  groups: WbGroup[];
  six: string[];
  elo: Record<string, number>;
  mixture: Record<string, Record<string, number>>;
  score: Record<string, { score: number; macro: number; groups: number[] }>;
  correlations: Record<"six" | "twelve", Record<string, number>>;
  pairwise: {
    model: string;
    baseline: string;
    k: number;
    total: number;
    counts: number[];
    groups: number[][];
    reward: number;
    macro: number;
  }[];
};
const tally = ([winMuch, win, tie, lose, loseMuch]: number[]): WbTally =>
  ({ winMuch, win, tie, lose, loseMuch }) as WbTally;
const baselines = ["gpt-4-turbo-2024-04-09", "claude-3-haiku-20240307", "Llama-2-70b-chat-hf"];
const pick = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, published.elo[name]!]));

describe("WB-Reward", () => {
  it("gives the published rewards and task-macro rewards of thirteen models at three margins (tolerance 1e-12)", () => {
    expect(published.pairwise.length).toBeGreaterThan(100);
    for (const { counts, groups, total, reward, macro } of published.pairwise) {
      const all: WbCounts = {
        ...tally(counts),
        total,
        groups: Object.fromEntries(groups.map((one, i) => [published.groups[i]!, tally(one)])),
      };
      const found = wbRewardOfCounts(all);
      expect(Math.abs(found.reward - reward)).toBeLessThan(1e-12);
      expect(Math.abs(found.macro - macro)).toBeLessThan(1e-12);
    }
  });

  it.each([-1, 500, 1000])(
    "gives the published mixtures, and their correlations with the Arena's ratings, at K = %i",
    (k) => {
      const grades = ["A++", "A+", "A=B", "B+", "B++"] as const;
      const judgements = published.pairwise
        .filter((one) => one.k === k && one.model in published.mixture)
        .flatMap(({ model, baseline, counts, total }) => {
          const said: WbJudgement["grade"][] = counts.flatMap((n, i) => new Array(n).fill(grades[i]));
          while (said.length < total) said.push(null);
          return said.map((grade, i) => ({ id: `t${i}`, model, baseline, grade, length: 1, baselineLength: 1 }));
        });
      const table = wbReward(judgements, { k: -1, baselines });
      for (const { model, value, perTask } of table.rows) {
        expect(Math.abs(100 * value.value - published.mixture[model]![k]!)).toBeLessThan(1e-10);
        // the tasks' shares add up to it
        const own = perTask!.filter((one) => !Number.isNaN(one));
        expect(own.reduce((a, b) => a + b, 0) / own.length).toBeCloseTo(value.value, 10);
      }
      expect(correlate(table, pick(published.six)).pearson.value).toBeCloseTo(
        published.correlations.six[`K=${k}`]!,
        10,
      );
      expect(correlate(table, published.elo).pearson.value).toBeCloseTo(published.correlations.twelve[`K=${k}`]!, 10);
    },
  );

  it("turns slight wins of the much longer side into ties, and counts a skipped item in the overall divisor alone", () => {
    const judged = (id: string, grade: WbJudgement["grade"], length: number): WbJudgement => ({
      id,
      model: "m",
      baseline: "b",
      grade,
      length,
      baselineLength: 1000,
      groups: ["Coding & Debugging"],
    });
    const all = [
      judged("1", "A+", 1501),
      judged("2", "A+", 1500),
      judged("3", "B++", 2000),
      judged("4", "B+", 499),
      judged("5", null, 9),
    ];
    const [row] = wbReward(all, { baselines: ["b"] }).rows;
    // by hand: tie, slight win, much worse, tie (the baseline is longer by 501), skipped
    expect(row!.baselines!["b"]!.counts).toMatchObject({ winMuch: 0, win: 1, tie: 2, lose: 0, loseMuch: 1, total: 5 });
    expect(row!.value.value).toBeCloseTo(-0.5 / 5, 12);
    expect(row!.groups!["Coding & Debugging"]).toBeCloseTo(-0.5 / 4, 12);
    expect(row!.macro).toBeCloseTo((1.25 * -0.125) / 4.75, 12);
    expect(row!.value.unscored).toBe(1);
    expect(wbReward(all, { baselines: ["b"], divisor: "scored" }).rows[0]!.value.value).toBeCloseTo(-0.5 / 4, 12);
    // without the rule: ½ + ½ − 1 − ½ over 5
    expect(wbReward(all, { baselines: ["b"], k: -1 }).rows[0]!.value.value).toBeCloseTo(-0.1, 12);
  });

  it("refuses a task that is judged twice and a model without one of the baselines", () => {
    const one: WbJudgement = { id: "1", model: "m", baseline: "b", grade: "A+", length: 1, baselineLength: 1 };
    expect(() => wbReward([one, one], { baselines: ["b"] })).toThrow(/m is judged twice against b on the task '1'/);
    expect(() => wbReward([one], { baselines: ["b", "c"] })).toThrow(/m has no judgements against the baseline c/);
  });
});

describe("WB-Score", () => {
  it("weighs the groups as the published task-macro scores do (tolerance 1e-9)", () => {
    for (const { macro, groups } of Object.values(published.score)) {
      const values = Object.fromEntries(groups.map((value, i) => [published.groups[i]!, value]));
      expect(wbMacro(values)).toBeCloseTo(macro, 9);
    }
  });

  it("keeps a cut-off answer in the overall mean and leaves it out of the groups", () => {
    const [row] = wbScore([
      { id: "1", model: "m", score: 8, groups: ["Math & Data Analysis"] },
      { id: "2", model: "m", score: 1, groups: ["Math & Data Analysis"], skipped: true },
      { id: "3", model: "m", score: null },
    ]).rows;
    expect(row!.value.value).toBe(-1);
    expect(row!.value.unscored).toBe(1);
    expect(row!.groups).toEqual({ "Math & Data Analysis": 6 });
  });

  it("orders the models with the published correlation with the Arena's ratings", () => {
    for (const [name, models] of [
      ["six", published.six],
      ["twelve", Object.keys(published.elo)],
    ] as const) {
      const rows = models.map((model) => ({ model, value: { value: published.score[model]!.score } as never }));
      expect(correlate({ figure: "WB-Score", rows }, published.elo).pearson.value).toBeCloseTo(
        published.correlations[name]["score"]!,
        10,
      );
    }
  });
});

describe("correlate", () => {
  it("gives an interval over tasks, which is wide for few tasks and six models", () => {
    const models = ["a", "b", "c", "d", "e", "f"];
    const rng = random(seedFrom("wide"));
    const scores = models.flatMap((model, m) =>
      Array.from({ length: 12 }, (_, t) => ({ id: `t${t}`, model, score: 1 + 8 * rng.uniform() + m / 10 })),
    );
    const external = Object.fromEntries(models.map((model, m) => [model, m]));
    const { pearson, models: used } = correlate(wbScore(scores), external, { seed: seedFrom(3), reps: 200 });
    expect(used).toHaveLength(6);
    expect(pearson.low).toBeLessThan(pearson.value);
    expect(pearson.high - pearson.low).toBeGreaterThan(0.05);
    expect(pearson.method).toMatch(/over tasks, percentile bootstrap/);
    expect(() => correlate(wbScore(scores), { a: 1, b: 2 })).toThrow(/only 2 models/);
  });
});

describe("WB-Elo", () => {
  const seed = seedFrom("wb");
  it("equals a hand computation for two models whose votes are alike, so that their order does not count", () => {
    const scores = ["1", "2"].flatMap((id) => [
      { id, model: "a", score: 8 },
      { id, model: "b", score: 6 },
    ]);
    const { rows } = wbElo(scores, { seed, rounds: 3 });
    // two wins at K = 4: 4 · ½, then 4 · (1 − 1/(1 + 10^(−4/400)))
    const second = 4 * (1 - 1 / (1 + 10 ** (-4 / 400)));
    expect(rows[0]!.model).toBe("a");
    expect(rows[0]!.value.value).toBeCloseTo(1000 + 2 + second, 9);
    expect(rows[0]!.value.value + rows[1]!.value.value).toBeCloseTo(2000, 9);
  });

  it("plays a tie within 1 point, nothing between tie and margin, and leaves anchors where they are", () => {
    const scores = [
      { id: "1", model: "a", score: 8 },
      { id: "1", model: "b", score: 7 },
      { id: "2", model: "a", score: 8 },
      { id: "2", model: "b", score: 6 },
      { id: "3", model: "a", score: 9 },
      { id: "3", model: "b", score: 9 },
    ];
    const { rows } = wbElo(scores, { seed, margin: 3, rounds: 4, anchors: { a: 1200 } });
    const at = Object.fromEntries(rows.map(({ model, value }) => [model, value]));
    expect(at["a"]!.value).toBe(1200);
    expect(at["b"]!.n).toBe(2);
    // two ties with 1200: first 4 · (½ − 1/(1 + 10^(200/400))), then the same from there
    const tied = (rating: number): number => rating + 4 * (0.5 - 1 / (1 + 10 ** ((1200 - rating) / 400)));
    expect(at["b"]!.value).toBeCloseTo(tied(tied(1000)), 9);
  });
});

describe("WildBench's tags and rows", () => {
  it("maps each of the twelve tags, once a group, and refuses an unknown one", () => {
    expect(wbTags).toHaveLength(12);
    for (const tag of wbTags) expect(wbGroups(tag)).toHaveLength(1);
    expect(wbGroups("Math", ["Data Analysis", "Reasoning"])).toEqual(["Math & Data Analysis", "Planning & Reasoning"]);
    expect(() => wbGroups("Cooking")).toThrow(/'Cooking' is no tag of WildBench/);
  });

  const place = { file: "m.json", line: 4 };
  const row = (winner: string, extent: number, own = "abc😀", other = "ab") => ({
    session_id: "s",
    model_outputs: { "x/m": own, "y/base": other },
    winner,
    extent,
  });

  it("reads published judgements, counting code points, and skips cut-off and empty texts and a model against itself", () => {
    expect(wbJudgement(row("x/m", 2), place, "base")).toMatchObject({
      id: "s",
      model: "x/m",
      grade: "A++",
      length: 4,
      baselineLength: 2,
    });
    expect(wbJudgement(row("y/base", 1), place, "base")!.grade).toBe("B+");
    expect(wbJudgement(row("tie", 0), place, "base")!.grade).toBe("A=B");
    expect(wbJudgement(row("x/m", 2, "a... (truncated)"), place, "base")!.grade).toBeNull();
    expect(wbJudgement(row("x/m", 2, "a", "[This model response is empty.]"), place, "base")!.grade).toBeNull();
    expect(wbJudgement({ session_id: "s", model_outputs: { base: "a" } }, place, "base")).toBeUndefined();
  });

  it("names file, row and field of what is none", () => {
    expect(() => wbJudgement(row("z", 1), place, "base")).toThrow(/m\.json.*4.*winner/s);
    expect(() => wbJudgement(row("x/m", 3), place, "base")).toThrow(/extent/);
    expect(() => wbScored({ session_id: "s", model_test: "m", model_output: "a", score: "11" }, place)).toThrow(
      /score/,
    );
    expect(wbScored({ session_id: "s", model_test: "m", model_output: "", score: "1" }, place)).toMatchObject({
      score: 1,
      skipped: true,
    });
  });

  it("puts a live item into the group of its tags, and refuses an unknown tag with its field", () => {
    const item = { session_id: "s", query: "q", output: "a", primary_tag: "Math", secondary_tags: ["Planning"] };
    const read = (one: object) => benchmarkOf("wildbench").read([{ row: one as never, place }]);
    expect(read(item)[0]!.subsets).toEqual({ tag: "Math", group: "Math & Data Analysis" });
    expect(() => read({ ...item, primary_tag: "Cooking" })).toThrow(/primary_tag/);
  });
});
