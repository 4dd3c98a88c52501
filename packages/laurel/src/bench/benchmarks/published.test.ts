import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../test/data.ts";
import { type Aggregate, aggregateSteps } from "../../rewards/process/index.ts";
import { toolCalls } from "../../rewards/verify/tools/index.ts";
import type { Answered, Game } from "../benchmark.ts";
import { credited, scorecard } from "../figures.ts";
import { runBenchmark } from "../run.ts";
import { benchmarkOf } from "./index.ts";

const folder = (name: string): string | undefined => dataPath(name);
const json = <T>(path: string): T => JSON.parse(readFileSync(path, "utf8")) as T;
const lines = <T>(path: string): T[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);

/** A benchmark's figures of some items, without intervals' sake. */
function figures(id: string, items: readonly Answered[]): Record<string, number | null> {
  const benchmark = benchmarkOf(id);
  const card = scorecard(benchmark, credited(benchmark, items));
  return Object.fromEntries(card.figures.map(({ name, value }) => [name, value]));
}

const tenfold = (values: readonly (number | null)[], i: number): Answered => ({
  id: `p${i}`,
  cluster: `p${i}`,
  subsets: {},
  labels: { correct: values.map((_, k) => k === 0) },
  values,
});

const math = folder("rewardmath/expected.json");

describe.skipIf(math === undefined)("RewardMATH's result files (skipped where the shared data is absent)", () => {
  interface Expected {
    model: string;
    kind: string;
    aggregate?: string;
    acc_strict_percent: number;
    acc_with_tie_percent?: number;
    mrr_percent: number;
    all_nine_right_percent?: number;
    pair_acc_percent?: number;
  }
  const expected = math === undefined ? [] : json<Expected[]>(math);
  // values are stated to three decimals of a percent
  const near = (value: number | null, percent: number): void => expect(100 * value!).toBeCloseTo(percent, 2);

  it("give every accuracy, accuracy with ties and reciprocal rank of the ten rewards that score a solution directly", () => {
    const files = lines<{ model: string; scores: (number | null)[][] }>(dataPath("rewardmath/direct_scores.jsonl")!);
    let compared = 0;
    for (const { model, scores } of files) {
      const wanted = expected.find((one) => one.model === model && one.kind !== "prm" && one.kind !== "pairwise")!;
      const found = figures(
        "rewardmath",
        scores.map((values, i) => tenfold(values, i)),
      );
      near(found["accuracy"]!, wanted.acc_strict_percent);
      near(found["accuracy with ties"]!, wanted.acc_with_tie_percent!);
      near(found["mrr"]!, wanted.mrr_percent);
      compared++;
    }
    expect(compared).toBe(10);
  });

  it("give those of both step rewards under each aggregate", () => {
    const names: Record<string, Aggregate> = {
      min: "min",
      max: "max",
      prod: "prod",
      geometric_mean: "geomean",
      mean: "mean",
      mean_logit: "mean-logit",
      last: "last",
    };
    let compared = 0;
    for (const model of ["Math_Shepherd", "ReasonEval_7B"]) {
      const problems = lines<{ step_scores: number[][] }>(dataPath(`rewardmath/prm_steps.${model}.jsonl`)!);
      for (const wanted of expected.filter((one) => one.model === model)) {
        const how = names[wanted.aggregate!];
        if (how === undefined) throw new Error(`no aggregate for ${wanted.aggregate}`);
        const items = problems.map(({ step_scores }, i) =>
          tenfold(
            step_scores.map((steps) => aggregateSteps(steps, how)),
            i,
          ),
        );
        const found = figures("rewardmath", items);
        expect(100 * found["accuracy"]!, `${model} ${wanted.aggregate}`).toBeCloseTo(wanted.acc_strict_percent, 2);
        expect(100 * found["mrr"]!, `${model} ${wanted.aggregate}`).toBeCloseTo(wanted.mrr_percent, 2);
        compared++;
      }
    }
    expect(compared).toBe(14);
  });

  it("give those of the three judges that compare pairs", () => {
    const files = lines<{ model: string; vote: ("A" | "B" | null)[][]; chosen_position: ("A" | "B")[][] }>(
      dataPath("rewardmath/pairwise_votes.jsonl")!,
    );
    for (const { model, vote, chosen_position } of files) {
      const wanted = expected.find((one) => one.model === model && one.kind === "pairwise")!;
      const items = vote.map((row, i) => {
        const votes = row.map((verdict, j): Game => {
          const first = chosen_position[i]![j] === "A" ? 0 : j + 1;
          return { first, second: first === 0 ? j + 1 : 0, p: verdict === null ? null : verdict === "A" ? 1 : 0 };
        });
        return {
          ...tenfold(
            Array.from({ length: 10 }, () => null),
            i,
          ),
          votes,
        };
      });
      const found = figures("rewardmath", items);
      near(found["accuracy"]!, wanted.all_nine_right_percent!);
      const won = items.flatMap(({ votes }) => votes.map(({ first, p }) => p === (first === 0 ? 1 : 0)));
      near(won.filter(Boolean).length / won.length, wanted.pair_acc_percent!);
      if (model === "gpt4") near(found["mrr"]!, 51.92); // the specification's table
    }
    expect(files).toHaveLength(3);
  });
});

const prm = folder("rewardmath/rewardbench_math_prm.expected.json");

describe.skipIf(prm === undefined)("RewardBench's math-prm (skipped where the shared data is absent)", () => {
  interface Expected {
    model: string;
    aggregate?: string;
    acc_percent: number;
  }
  const expected = prm === undefined ? [] : json<Expected[]>(prm);
  const items = (chosen: readonly number[], rejected: readonly number[]): Answered[] =>
    chosen.map((one, i) => ({
      id: `m${i}`,
      cluster: `m${i}`,
      subsets: { subset: "math-prm" },
      labels: { correct: [true, false] },
      values: [one, rejected[i]!],
    }));

  it("gives every accuracy of six classifiers and of Math-Shepherd's steps", () => {
    const classifiers = lines<{ model: string; chosen: number[]; rejected: number[] }>(
      dataPath("rewardmath/rewardbench_math_prm.classifiers.jsonl")!,
    );
    const steps = lines<{ solution_type: string; step_scores: number[] }>(
      dataPath("rewardmath/rewardbench_math_prm.Math_Shepherd.jsonl")!,
    );
    const side = (type: string, how: Aggregate) =>
      steps.filter((one) => one.solution_type === type).map((one) => aggregateSteps(one.step_scores, how)!);
    for (const { model, aggregate, acc_percent } of expected) {
      const one = classifiers.find((file) => file.model === model);
      const found =
        one === undefined
          ? items(side("chosen", aggregate as Aggregate), side("rejected", aggregate as Aggregate))
          : items(one.chosen, one.rejected);
      expect(found).toHaveLength(447);
      const { Reasoning, score, Chat } = figures("rewardbench", found);
      expect(100 * Reasoning!, `${model} ${aggregate ?? ""}`).toBeCloseTo(acc_percent, 2);
      // sections without rows are left out
      expect(score).toBeCloseTo(Reasoning!, 12);
      expect(Chat).toBeNull();
    }
    expect(expected).toHaveLength(11);
  });
});

const bar = folder("llmbar/votes.jsonl");

describe.skipIf(bar === undefined)(
  "LLMBar's judges under the benchmark's rule (skipped where the shared data is absent)",
  () => {
    it("get the published average of each of the 301 runs, and its counts of right in both orders and of equal verdicts", () => {
      interface Votes {
        subset: string;
        judge: string;
        strategy: string;
        winner: (number | null)[];
        winner_swapped: (number | null)[];
      }
      interface Statistics extends Votes {
        n: number;
        correct_both: number;
        equal: number;
        correct_average_percent: number;
      }
      const labels = Map.groupBy(
        lines<{ subset: string; label: 1 | 2 }>(dataPath("llmbar/items.jsonl")!),
        ({ subset }) => subset,
      );
      const published = lines<Statistics>(dataPath("llmbar/published_statistics.jsonl")!);
      let compared = 0;
      for (const { subset, judge, strategy, winner, winner_swapped } of lines<Votes>(bar!)) {
        const wanted = published.find(
          (one) => one.subset === subset && one.judge === judge && one.strategy === strategy,
        )!;
        const items = labels.get(subset)!.map(({ label }, i): Answered => {
          const game = (won: number | null, first: 0 | 1): Game => {
            const p = won === null ? null : won - 1 === first ? 1 : 0;
            return { first, second: 1 - first, p };
          };
          return {
            id: `i${i}`,
            cluster: `i${i}`,
            subsets: { subset },
            labels: { correct: [label === 1, label === 2] },
            values: [null, null],
            votes: [game(winner[i]!, 0), game(winner_swapped[i]!, 1)],
          };
        });
        const found = figures("llmbar", items);
        const name = `${subset} ${judge} ${strategy}`;
        expect(100 * found["accuracy"]!, name).toBeCloseTo(wanted.correct_average_percent, 9);
        expect(found["both orders right"]! * items.length, name).toBeCloseTo(wanted.correct_both, 9);
        expect(found["agreement"]! * items.length, name).toBeCloseTo(wanted.equal, 9);
        compared++;
      }
      expect(compared).toBe(301);
    }, 60_000);
  },
);

const panda = folder("pandalm/rows.jsonl");

describe.skipIf(panda === undefined)("PandaLM's test set (skipped where the shared data is absent)", () => {
  it("is read row by row, and gives both judges' accuracies against the majority", () => {
    const benchmark = benchmarkOf("pandalm");
    const rows = lines<Record<string, unknown>>(panda!);
    const examples = benchmark.read(rows.map((row, i) => ({ row, place: { file: "rows.jsonl", line: i + 1 } })));
    const p: Record<string, number> = { "1": 1, "2": 0, "0": 0.5, Tie: 0.5 };
    const answered = (judge: string): Answered[] =>
      examples.map(({ task, labels, cluster, subsets }, i) => ({
        id: task.id,
        cluster,
        subsets,
        labels,
        values: [null, null],
        votes: [{ first: 0, second: 1, p: p[String(rows[i]![judge])] ?? null }],
      }));
    // SOURCE.md of the data, to ten digits
    expect(figures("pandalm", answered("pandalm_7b"))["accuracy"]).toBeCloseTo(0.6726726727, 9);
    expect(figures("pandalm", answered("gpt_3_5_turbo"))["accuracy"]).toBeCloseTo(0.7012012012, 9);
  });
});

const wild = folder("wildbench-scores/scores.jsonl");

describe.skipIf(wild === undefined)("WildBench's grades (skipped where the shared data is absent)", () => {
  it("give the published mean and adjusted scores of three models", () => {
    const columns = lines<{ version: string; judge: string; model: string; scores: (number | null)[] }>(wild!);
    const published = json<Record<string, { score: number; adjusted_score: number; total: number }>>(
      dataPath("wildbench-scores/published_scores.json")!,
    );
    for (const [model, wanted] of Object.entries(published)) {
      const column = columns.find(
        (one) => one.model === model && one.version === "v2.0625" && one.judge === "gpt-4o-2024-05-13",
      )!;
      const benchmark = benchmarkOf("wildbench");
      const items = column.scores.map(
        (score, i): Answered => ({ id: `t${i}`, cluster: `t${i}`, subsets: {}, labels: {}, values: [score] }),
      );
      const card = scorecard(benchmark, credited(benchmark, items));
      const value = (name: string) => card.figures.find((one) => one.name === name)!.value;
      expect(value("score")).toBeCloseTo(wanted.score, 12);
      expect(value("adjusted score")).toBeCloseTo(wanted.adjusted_score, 12);
      expect(card.items - card.unscored).toBe(wanted.total);
    }
  });
});

const steps = folder("processbench/gsm8k.jsonl");

describe.skipIf(steps === undefined)("ProcessBench's rows (skipped where the shared data is absent)", () => {
  it("are all read, with the published counts of solutions that have a wrong step", () => {
    const benchmark = benchmarkOf("processbench");
    const counts = ["gsm8k", "math", "olympiadbench"].map((split) => {
      const file = dataPath(`processbench/${split}.jsonl`)!;
      const examples = benchmark.read(
        lines<Record<string, unknown>>(file).map((row, i) => ({ row, place: { file, line: i + 1 } })),
      );
      const wrong = examples.filter(({ labels }) => labels.steps![0]!.includes(0)).length;
      return [wrong, examples.length - wrong];
    });
    // arXiv 2412.06559, counts of the three splits
    expect(counts).toEqual([
      [207, 193],
      [594, 406],
      [661, 339],
    ]);
  });

  it("give a perfect critic 1, one that always says 'no error' 0, and one that is right on one kind only 0", () => {
    const benchmark = benchmarkOf("processbench");
    const rows = lines<Record<string, unknown> & { label: number }>(steps!);
    const examples = benchmark.read(rows.map((row, i) => ({ row, place: { file: "gsm8k", line: i + 1 } })));
    const say = (of: (label: number) => number) =>
      figures(
        "processbench",
        examples.map(({ task, labels, cluster, subsets }, i) => ({
          id: task.id,
          cluster,
          subsets,
          labels,
          values: [of(rows[i]!.label)],
        })),
      );
    expect(say((label) => label)["f1"]).toBe(1);
    expect(say(() => -1)).toMatchObject({ f1: 0, "correct accuracy": 1, "error accuracy": 0, "binary f1": 0 });
    const late = say((label) => (label < 0 ? -1 : label + 1));
    expect(late).toMatchObject({ f1: 0, "correct accuracy": 1, "binary f1": 1 });
  });
});

const calls = folder("bfcl/parallel.jsonl");

describe.skipIf(calls === undefined)("BFCL's rows (skipped where the shared data is absent)", () => {
  it("are read with a result column, pass with their accepted calls under the leaderboard's rule, and fail with none", async () => {
    const benchmark = benchmarkOf("bfcl");
    // the first accepted value; within an object each member is again a list of accepted ones
    const pick = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(pick);
      return typeof value === "object" && value !== null ? taken(value as Record<string, unknown[]>) : value;
    };
    const taken = (given: Record<string, unknown[]>): Record<string, unknown> =>
      Object.fromEntries(
        Object.entries(given)
          .filter(([, values]) => values.some((one) => one !== ""))
          .map(([key, values]) => [key, pick(values.find((one) => one !== ""))]),
      );
    const accepted = (row: { ground_truth: Record<string, Record<string, unknown[]>>[] }): string =>
      JSON.stringify(
        row.ground_truth.map((one) => {
          const [name, given] = Object.entries(one)[0]!;
          return { name, arguments: taken(given) };
        }),
      );
    const rows = lines<{ id: string; ground_truth: Record<string, Record<string, unknown[]>>[] }>(calls!).map(
      (row) => ({
        ...row,
        result: accepted(row),
      }),
    );
    const run = async (all: readonly object[]) => {
      const examples = benchmark.read(
        all.map((row, i) => ({ row: row as never, place: { file: "bfcl", line: i + 1 } })),
      );
      const reward = toolCalls({ rule: "bfcl" });
      const { items } = await runBenchmark(benchmark, examples, { name: "bfcl", reward });
      return figures("bfcl", items)["accuracy"];
    };
    expect(rows).toHaveLength(200);
    expect(await run(rows)).toBe(1);
    expect(await run(rows.map((row) => ({ ...row, result: "" })))).toBe(0);
    expect(() => benchmark.read([{ row: { id: "simple_0" }, place: { file: "bfcl", line: 1 } }])).toThrow(
      /line 1, result/,
    );
  }, 60_000);
});
