import { readFileSync } from "node:fs";
import { seedFrom } from "laurel";
import {
  borda,
  fitIrt,
  type IrtModel,
  kemeny,
  kendallDistance,
  meanRanking,
  nondeterminism,
  pearson,
  rankIntervals,
  rankRules,
  separablePairs,
} from "laurel/stats";
import { describe, expect, it } from "vitest";
import { dataPath } from "../data.ts";

const lines = <T>(path: string): T[] =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
const needs = (path: string | undefined): string => (path === undefined ? " (needs shared data)" : "");

const board = dataPath("wildbench-scores/leaderboard.json");
const scores = dataPath("wildbench-scores/scores.jsonl");
const categories = [
  "Creative Tasks",
  "Planning & Reasoning",
  "Math & Data Analysis",
  "Information/Advice seeking",
  "Coding & Debugging",
].map((name) => `WB_score.${name}`);

describe("WildBench's leaderboard", () => {
  it.skipIf(board === undefined)(
    `is ordered by Borda almost as by the mean, its scales being alike${needs(board)}`,
    () => {
      const rows = JSON.parse(readFileSync(board!, "utf8")) as Record<string, number | string>[];
      const full = rows.filter((row) => categories.every((name) => Number.isFinite(Number(row[name]))));
      const n = full.length;
      const table = Float64Array.from(full.flatMap((row) => categories.map((name) => Number(row[name]))));
      const [byRanks, byMean] = [borda(table, n), meanRanking(table, n)];
      const turned = kendallDistance(byRanks, byMean, { normalised: true });
      // five categories on one scale: a few neighbours change places, no more
      expect(turned).toBeGreaterThan(0);
      expect(turned).toBeLessThan(0.05);
      expect(full[byRanks.order[0]!]!["model"]).toBe(full[byMean.order[0]!]!["model"]);
      const top = byMean.order.slice(0, 16);
      const first16 = Float64Array.from(top.flatMap((i) => [...table.subarray(5 * i, 5 * i + 5)]));
      const exact = kemeny(first16, 16);
      expect(exact.optimal).toBe(true);
      expect(kendallDistance(exact, meanRanking(first16, 16), { normalised: true })).toBeLessThan(0.1);
    },
  );

  it.skipIf(scores === undefined)(
    `has four models whose order 1,024 tasks settle but for neighbours that the judge hardly parts${needs(scores)}`,
    () => {
      const rows = lines<{ version: string; judge: string; model: string; scores: (number | null)[] }>(scores!).filter(
        ({ version, judge }) => version === "v2.0625" && judge.startsWith("gpt-4o"),
      );
      expect(rows).toHaveLength(4);
      const complete = rows[0]!.scores.flatMap((_, at) => (rows.every((row) => row.scores[at] !== null) ? [at] : []));
      const table = Float64Array.from(rows.flatMap((row) => complete.map((at) => row.scores[at]!)));
      const options = { resample: "items", seed: seedFrom("wildbench"), reps: 200 } as const;
      const [mean, two] = [rankRules.mean, rankRules["borda-items"]].map((rule) =>
        rankIntervals([table], 4, rule, options),
      );
      expect(rows[mean!.order[0]!]!.model).toBe("Qwen1.5-72B-Chat-greedy");
      expect([mean!.low[mean!.order[0]!], mean!.high[mean!.order[0]!]]).toEqual([1, 1]);
      expect(two!.order).toEqual(mean!.order);
    },
  );

  it.skipIf(scores === undefined)(
    `was judged again by the same judge with 97.36 % equal scores, as its collector counts${needs(scores)}`,
    () => {
      const rows = lines<{ version: string; judge: string; model: string; scores: (number | null)[] }>(scores!).filter(
        ({ judge }) => judge.startsWith("gpt-4o"),
      );
      const both = [...new Set(rows.map(({ model }) => model))].filter(
        (model) => rows.filter((row) => row.model === model).length === 2,
      );
      expect(both).toHaveLength(4);
      const repeats = both.flatMap((model) =>
        rows
          .filter((row) => row.model === model)
          .flatMap(({ version, scores: own }) =>
            own.map((outcome, at) => ({ item: `${model}/${at}`, repeat: version, outcome })),
          ),
      );
      const found = nondeterminism(repeats);
      expect(found.items).toBe(4089);
      expect(100 * (1 - found.flips.value)).toBeCloseTo(97.36, 2);
    },
  );
});

const votes = dataPath("llmbar/votes.jsonl");
const items = dataPath("llmbar/items.jsonl");
const published = dataPath("llmbar/published_statistics.jsonl");

describe("LLMBar's judges and items", () => {
  it.skipIf(votes === undefined)(`have abilities that go with the published accuracies${needs(votes)}`, () => {
    const labels = lines<{ subset: string; label: number }>(items!);
    const accuracy = new Map(
      lines<{ subset: string; judge: string; strategy: string; correct_average_percent: number }>(published!).map(
        (row) => [`${row.subset}/${row.judge}/${row.strategy}`, row.correct_average_percent],
      ),
    );
    const subsets = ["Natural", "adv/Neighbor"];
    const own = lines<{
      subset: string;
      judge: string;
      strategy: string;
      kind: string;
      winner: (number | null)[];
      winner_swapped: (number | null)[];
    }>(votes!).filter(({ subset, kind }) => subsets.includes(subset) && kind === "pairwise");
    const gold = subsets.map((subset) => labels.filter((row) => row.subset === subset).map(({ label }) => label));
    const judges = [...new Set(own.map(({ judge, strategy }) => `${judge}/${strategy}`))].filter((name) =>
      subsets.every((subset) => own.some((row) => row.subset === subset && `${row.judge}/${row.strategy}` === name)),
    );
    const persons = judges.length;
    const width = gold.reduce((sum, one) => sum + one.length, 0);
    const data = new Float64Array(persons * width).fill(Number.NaN);
    const meanAccuracy: number[] = [];
    for (const [p, name] of judges.entries()) {
      let [from, right] = [p * width, 0];
      for (const [s, subset] of subsets.entries()) {
        const row = own.find((one) => one.subset === subset && `${one.judge}/${one.strategy}` === name)!;
        for (const [i, label] of gold[s]!.entries()) data[from + i] = row.winner[i] === label ? 1 : 0;
        from += gold[s]!.length;
        right += accuracy.get(`${subset}/${name}`)! * gold[s]!.length;
      }
      meanAccuracy.push(right / width);
    }
    const model: IrtModel = fitIrt(
      { persons, items: width, data },
      { prior: { slope: 1, intercept: 1.5 }, tolerance: 1e-3 },
    );
    expect(persons).toBeGreaterThan(30);
    expect(width).toBe(234);
    // the published accuracy averages both orders of presentation, the model sees one
    expect(pearson(model.ability, meanAccuracy).value).toBeGreaterThan(0.9);
    // the adversarial items are the harder ones
    const mean = (x: Float64Array): number => x.reduce((a, b) => a + b, 0) / x.length;
    expect(mean(model.intercept.subarray(100))).toBeLessThan(mean(model.intercept.subarray(0, 100)) - 0.5);
  });
});

const pandalm = dataPath("pandalm/rows.jsonl");

describe("PandaLM's raters and items", () => {
  it.skipIf(pandalm === undefined)(
    `put annotators above both judges, and the judges in the order of their published accuracies${needs(pandalm)}`,
    () => {
      type Row = Record<"annotator1" | "annotator2" | "annotator3" | "pandalm_7b", number> & { gpt_3_5_turbo: string };
      const rows = lines<Row>(pandalm!);
      const majority = rows.map((row) => {
        const given = [row.annotator1, row.annotator2, row.annotator3];
        return given.find((x, i) => given.indexOf(x) !== i)!;
      });
      const gpt = (row: Row): number => (row.gpt_3_5_turbo === "Tie" ? 0 : Number(row.gpt_3_5_turbo));
      const raters = [
        (row: Row) => row.annotator1,
        (row: Row) => row.annotator2,
        (row: Row) => row.annotator3,
        (row: Row) => row.pandalm_7b,
        gpt,
      ];
      const data = Float64Array.from(
        raters.flatMap((rate) => rows.map((row, i) => (rate(row) === majority[i] ? 1 : 0))),
      );
      const accuracy = (p: number): number => data.subarray(p * 666, (p + 1) * 666).reduce((a, b) => a + b, 0) / 666;
      expect(accuracy(3)).toBeCloseTo(0.6726726727, 9);
      expect(accuracy(4)).toBeCloseTo(0.7012012012, 9);
      // five raters determine no slopes: one slope for all items, with priors
      const { ability } = fitIrt(
        { persons: 5, items: 666, data },
        { kind: "rasch", prior: { slope: 0.5, intercept: 2 }, tolerance: 1e-3 },
      );
      for (const person of [0, 1, 2]) expect(ability[person]!).toBeGreaterThan(ability[4]!);
      expect(ability[4]!).toBeGreaterThan(ability[3]!);
    },
  );
});

const runs = dataPath("rl-scores/final_scores.jsonl");

describe("rl-scores", () => {
  it.skipIf(runs === undefined)(
    `have one order by mean and by Borda, whose first place the mean calls settled and ranks leave open${needs(runs)}`,
    () => {
      const rows = lines<{ suite: string; method: string; task: string; normalized_last: number }>(runs!).filter(
        ({ suite }) => suite === "dmc_vision",
      );
      const [methods, tasks] = [[...new Set(rows.map((r) => r.method))], [...new Set(rows.map((r) => r.task))]];
      const tables = tasks.map((task) =>
        Float64Array.from(methods, (method) => {
          const own = rows.filter((row) => row.task === task && row.method === method);
          return own.reduce((sum, row) => sum + row.normalized_last, 0) / own.length;
        }),
      );
      expect([methods.length, tasks.length]).toEqual([5, 20]);
      const options = { resample: "tasks", seed: seedFrom("rl"), reps: 500 } as const;
      const [byMean, byRank] = [rankRules.mean, rankRules.borda].map((rule) => rankIntervals(tables, 5, rule, options));
      expect(methods[byMean!.order[0]!]).toBe("dreamerv3");
      expect(byRank!.order[0]).toBe(byMean!.order[0]);
      // shares of 500 resamples of the 20 tasks: 0.98 and 0.82
      expect(byMean!.topProbability[byMean!.order[0]!]).toBeGreaterThan(0.95);
      expect(byRank!.topProbability[byRank!.order[0]!]).toBeLessThan(0.9);
      expect([...byRank!.order]).toEqual([...byMean!.order]);
      const whole = Float64Array.from(methods.flatMap((_, m) => tables.map((table) => table[m]!)));
      expect(separablePairs([whole], 5).value).toBeGreaterThan(0.5);
    },
  );
});

const replicates = dataPath("arena-hard-stats/arena_hard_bootstrap.jsonl");

describe("Arena-Hard", () => {
  it.skipIf(replicates === undefined)(
    `has as many overlapping intervals as its notebook prints: 76 of 378${needs(replicates)}`,
    () => {
      const rows = lines<{ model: string; results: number[] }>(replicates!).map(({ results }) => {
        const sorted = results.toSorted((a, b) => a - b);
        const at = (q: number): number => {
          const place = q * (sorted.length - 1);
          const low = Math.floor(place);
          return sorted[low]! + (place - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
        };
        return [at(0.025), at(0.975)] as const;
      });
      let overlapping = 0;
      for (const [i, a] of rows.entries())
        for (const b of rows.slice(i + 1)) if (a[0] < b[1] && b[0] < a[1]) overlapping++;
      expect([overlapping, (rows.length * (rows.length - 1)) / 2]).toEqual([76, 378]);
    },
  );
});
