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
import { correlate, type WbCounts, type WbJudgement } from "./index.ts";

describe("WB-Reward", () => {
  it("gives the published reward of claude-3-5-sonnet against GPT-4-turbo at K = 500 from its published counts", () => {
    // all_stat_wildbench.500.json: 102 and 234 wins, 133 and 124 losses, of 1,024 tasks
    const counts: WbCounts = { winMuch: 102, win: 234, tie: 431, lose: 133, loseMuch: 124, total: 1024, groups: {} };
    expect(wbRewardOfCounts(counts).reward).toBeCloseTo(0.02783203125, 12);
  });

  it("weighs the groups 0.5, 1.25, 1, 0.75 and 1.25 in the task-macro reward, those without an item left out", () => {
    const all = { winMuch: 1, win: 0, tie: 0, lose: 0, loseMuch: 0 };
    const none = { winMuch: 0, win: 0, tie: 1, lose: 0, loseMuch: 0 };
    const macro = (groups: WbCounts["groups"]): number => wbRewardOfCounts({ ...all, total: 1, groups }).macro;
    expect(
      macro({
        "Creative Tasks": all,
        "Planning & Reasoning": none,
        "Math & Data Analysis": none,
        "Information/Advice seeking": none,
        "Coding & Debugging": none,
      }),
    ).toBeCloseTo(0.5 / 4.75, 12);
    expect(
      macro({
        "Creative Tasks": none,
        "Planning & Reasoning": all,
        "Math & Data Analysis": all,
        "Information/Advice seeking": none,
        "Coding & Debugging": all,
      }),
    ).toBeCloseTo(3.5 / 4.75, 12);
  });

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
