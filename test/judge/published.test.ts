import { readFileSync } from "node:fs";
import type { Example } from "laurel";
import { auditJudge, ballotsOf, betweenJudges, type JudgedPair, pairsOfExample, type Vote } from "laurel/bench";
import { cohenKappa, holm, pairedT, pearson, spearman } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { readExamples } from "../../packages/laurel/src/run/index.ts";
import { dataPath } from "../data.ts";
import { type BarVotes, type PandaRow, pandaTask, rowsOf } from "../evaluate/real.ts";
import { folder } from "../laurel.ts";
import { barRows, barVotes, writeRows } from "./real.ts";

const bar = dataPath("llmbar/items.jsonl");
const panda = dataPath("pandalm/rows.jsonl");
const wild = dataPath("wildbench-scores/scores.jsonl");
const math = dataPath("rewardmath/pairwise_votes.jsonl");

const onBad = (bad: Error): void => {
  throw bad;
};

async function pairsOf(rows: readonly object[]): Promise<JudgedPair[]> {
  using place = folder();
  writeRows(place.file("rows.jsonl"), rows);
  const examples: Example[] = [];
  for await (const batch of readExamples(place.file("rows.jsonl"), { onBad })) examples.push(...batch);
  return examples.flatMap((example) => pairsOfExample(example));
}

describe.skipIf(bar === undefined)("LLMBar's six judges (skipped where the shared data is absent)", () => {
  interface Published extends BarVotes {
    n: number;
    correct_False: number;
    correct_True: number;
    correct_both: number;
    equal: number;
    correct_average_percent: number;
    kappa_agreement: number;
  }
  const votes = bar === undefined ? [] : rowsOf<BarVotes>(dataPath("llmbar/votes.jsonl")!);

  it("come out with every published count, average and kappa, all 301 rows", async () => {
    const pairs = await pairsOf(barRows(bar!));
    const published = new Map(
      rowsOf<Published>(dataPath("llmbar/published_statistics.jsonl")!).map((row) => [
        `${row.subset} ${row.judge} ${row.strategy}`,
        row,
      ]),
    );
    let whole = 0;
    for (const vote of votes) {
      const of = published.get(`${vote.subset} ${vote.judge} ${vote.strategy}`)!;
      const { ballots } = ballotsOf(pairs, barVotes([vote]));
      const right = (side: "lowFirst" | "highFirst") =>
        ballots.filter(({ pair, [side]: heard }) => heard[0]!.p === (pair.label === "low" ? 1 : 0));
      const [given, swapped] = [right("lowFirst"), right("highFirst")];
      const name = `${of.subset} ${of.judge} ${of.strategy}`;
      expect([given.length, swapped.length], name).toEqual([of.correct_False, of.correct_True]);
      expect(given.filter((one) => swapped.includes(one)).length, name).toBe(of.correct_both);
      // upstream codes winner 1 as 1 and all else, a missing verdict too, as 0
      const code = (p: number | null) => (p === 1 ? 1 : 0);
      const [a, b] = [
        ballots.map(({ lowFirst }) => code(lowFirst[0]!.p)),
        ballots.map(({ highFirst }) => code(highFirst[0]!.p)),
      ];
      // its "equal" counts equal raw verdicts
      expect(ballots.filter(({ lowFirst, highFirst }) => lowFirst[0]!.p === highFirst[0]!.p).length, name).toBe(
        of.equal,
      );
      if (new Set([...a, ...b]).size > 1) expect(cohenKappa(a, b).value, name).toBeCloseTo(of.kappa_agreement, 9);
      const audit = auditJudge(name, ballots);
      if (audit.unreadable.value > 0) continue;
      whole++;
      expect(100 * audit.accuracy!.value, name).toBeCloseTo(of.correct_average_percent, 9);
      expect(audit.consistency!.value * ballots.length, name).toBeCloseTo(of.equal, 9);
      const kappa = audit.agreement.find(({ between }) => between === "both orders");
      if (kappa !== undefined) expect(kappa.estimate.value, name).toBeCloseTo(of.kappa_agreement, 9);
    }
    expect(published.size).toBe(301);
    expect(whole).toBeGreaterThan(200);
  }, 60_000);

  it("differ by less than noise in many published orders: of judges, and of nearly all prompts of one judge", async () => {
    const pairs = await pairsOf(barRows(bar!));
    const noise = (of: (vote: BarVotes) => boolean, name: (vote: BarVotes) => string): [noise: number, all: number] => {
      const judges = new Map(votes.filter(of).map((vote) => [name(vote), ballotsOf(pairs, barVotes([vote])).ballots]));
      const found = betweenJudges(judges);
      return [found.filter(({ better }) => better === "within noise").length, found.length];
    };
    const judges = (subset: string) =>
      noise(
        (vote) => vote.subset === subset && vote.strategy === "CoT",
        (vote) => vote.judge,
      );
    const prompts = (subset: string) =>
      noise(
        (vote) => vote.subset === subset && vote.judge === "GPT-4",
        (vote) => vote.strategy,
      );
    // counted with SciPy 1.12 (ttest_1samp of the paired credits, sign flips by hand up to 14) and statsmodels 0.15 (Holm)
    expect(judges("Natural")).toEqual([4, 15]);
    expect(judges("adv/Neighbor")).toEqual([2, 15]);
    expect(prompts("Natural")).toEqual([105, 105]);
    expect(prompts("adv/Neighbor")).toEqual([79, 105]);
    expect(prompts("adv/GPTOut")).toEqual([105, 105]);
  });
});

describe.skipIf(panda === undefined)("PandaLM's judges and people (skipped where the shared data is absent)", () => {
  it("agree as the source states", async () => {
    const rows = rowsOf<PandaRow & { gpt_3_5_turbo: string }>(panda!);
    const pairs = await pairsOf(rows.map(pandaTask));
    const p = { "1": 1, "2": 0, "0": 0.5, Tie: 0.5 } as Record<string, number>;
    const votes = rows.flatMap((row) =>
      (["pandalm_7b", "gpt_3_5_turbo"] as const).map(
        (judge): Vote => ({
          id: `p${row.id}`,
          judge,
          first: 0,
          second: 1,
          p: p[String(row[judge])] ?? null,
          repeat: 0,
        }),
      ),
    );
    const of = (judge: string) =>
      auditJudge(
        judge,
        ballotsOf(
          pairs,
          votes.filter((vote) => vote.judge === judge),
        ).ballots,
      );
    const [own, gpt] = [of("pandalm_7b"), of("gpt_3_5_turbo")];
    const figure = (audit: typeof own, between: string, measure: string) =>
      audit.agreement.find((one) => one.between === between && one.measure === measure)!.estimate;
    // SOURCE.md of the data, figures of the collector
    expect(figure(own, "raters 1 and 2", "Cohen").value).toBeCloseTo(0.8450908841, 9);
    expect(figure(own, "raters 1 and 3", "Cohen").value).toBeCloseTo(0.8674170208, 9);
    expect(figure(own, "raters 2 and 3", "Cohen").value).toBeCloseTo(0.8615944411, 9);
    const labels = (side: string) => pairs.filter(({ label }) => label === side).length;
    expect([labels("tie"), labels("low"), labels("high")]).toEqual([71, 285, 310]);
    const right = figure(own, "judge and label", "same verdict");
    expect(right.value).toBeCloseTo(0.6726726727, 9);
    // garbage counts as wrong in the source, and is unreadable here
    const read = figure(gpt, "judge and label", "same verdict");
    expect((read.value * read.n) / (read.n + read.unscored)).toBeCloseTo(0.7012012012, 9);
    // the published lead of GPT-3.5 over PandaLM-7B on these pairs
    const [difference] = betweenJudges(
      new Map(
        [own, gpt].map(({ judge }) => [
          judge,
          ballotsOf(
            pairs,
            votes.filter((vote) => vote.judge === judge),
          ).ballots,
        ]),
      ),
    );
    expect(difference!.better).toBe("b");
  });
});

describe.skipIf(wild === undefined)(
  "WildBench's two judges and a re-run (skipped where the shared data is absent)",
  () => {
    interface Column {
      version: string;
      judge: string;
      model: string;
      scores: (number | null)[];
    }
    const columns = wild === undefined ? [] : rowsOf<Column>(wild);
    const gpt4o = "gpt-4o-2024-05-13";
    const column = (version: string, judge: string, model: string) =>
      columns.find((one) => one.version === version && one.judge === judge && one.model === model)?.scores;
    /** Both columns' scores of all models that have them, where both could be parsed. */
    const both = (a: [string, string], b: [string, string]) => {
      const models = [...new Set(columns.map(({ model }) => model))].sort();
      const x: number[] = [];
      const y: number[] = [];
      for (const model of models) {
        const [one, other] = [column(...a, model), column(...b, model)];
        if (one === undefined || other === undefined) continue;
        for (const [i, score] of one.entries())
          if (score !== null && other[i] !== null) {
            x.push(score);
            y.push(other[i]!);
          }
      }
      return { x, y, equal: x.filter((score, i) => score === y[i]).length / x.length };
    };

    it("give the published means, and agree as the source states", () => {
      const published = JSON.parse(readFileSync(dataPath("wildbench-scores/published_scores.json")!, "utf8")) as Record<
        string,
        { score: number; adjusted_score: number; total: number }
      >;
      for (const [model, { score, adjusted_score, total }] of Object.entries(published)) {
        const known = column("v2.0625", gpt4o, model)!.filter((one) => one !== null);
        const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
        expect([known.length, mean, 2 * (mean - 5)], model).toEqual([
          total,
          expect.closeTo(score, 12),
          expect.closeTo(adjusted_score, 12),
        ]);
      }
      // SOURCE.md: "gpt-4o against gpt-4-turbo on 4 models", "re-run of gpt-4o (v2.0522 against v2.0625)"
      const judges = both(["v2.0522", gpt4o], ["v2.0522", "gpt-4-turbo-2024-04-09"]);
      expect(judges.x.length).toBe(4088);
      expect(pearson(judges.x, judges.y).value).toBeCloseTo(0.8000632865, 9);
      expect(spearman(judges.x, judges.y).value).toBeCloseTo(0.7728502093, 9);
      expect(judges.equal).toBeCloseTo(0.4313, 4);
      const again = both(["v2.0522", gpt4o], ["v2.0625", gpt4o]);
      expect(again.x.length).toBe(4089);
      expect(again.equal).toBeCloseTo(0.9736, 4);
      expect(pearson(again.x, again.y).value).toBeCloseTo(0.9933695149, 9);
    });

    it("differ by half a point between the judges beyond doubt, and by nothing beyond noise between two runs of one", () => {
      const models = [
        "Qwen1.5-72B-Chat-greedy",
        "reka-flash-20240226",
        "gpt-3.5-turbo-0125",
        "Phi-3-mini-128k-instruct",
      ];
      const differences = (a: [string, string], b: [string, string]) => {
        const tests = models.map((model) => {
          const [one, other] = [column(...a, model)!, column(...b, model)!];
          return pairedT(one.flatMap((score, i) => (score === null || other[i] === null ? [] : [score - other[i]!])));
        });
        const corrected = holm(tests.map(({ p }) => p));
        return tests.map(({ difference }, i) => ({ difference, p: corrected[i]! }));
      };
      // expected: SciPy 1.12 ttest_1samp, statsmodels 0.15 Holm
      const judges = differences(["v2.0522", gpt4o], ["v2.0522", "gpt-4-turbo-2024-04-09"]);
      for (const [i, expected] of [-0.6254901961, -0.688172043, -0.4985337243, -0.6223091977].entries()) {
        expect(judges[i]!.difference).toBeCloseTo(expected, 9);
        expect(judges[i]!.p).toBeLessThan(1e-50);
      }
      const runs = differences(["v2.0625", gpt4o], ["v2.0522", gpt4o]);
      expect(Math.min(...runs.map(({ p }) => p))).toBeCloseTo(0.2714662098, 8);
    });
  },
);

describe.skipIf(math === undefined)("RewardMATH's pairwise judges (skipped where the shared data is absent)", () => {
  interface Row {
    model: string;
    problem_id: number[];
    vote: ("A" | "B" | null)[][];
    chosen_position: ("A" | "B")[][];
  }
  interface Expected {
    model: string;
    kind: string;
    pair_acc_percent: number;
    null_votes: number;
    n_votes: number;
    vote_A_share: number;
  }

  it("are right as often as the source states, of which a part is the place where the right one stood", () => {
    const expected = JSON.parse(readFileSync(dataPath("rewardmath/expected.json")!, "utf8")) as Expected[];
    const judges = new Map<string, ReturnType<typeof ballotsOf>["ballots"]>();
    for (const { model, problem_id: ids, vote, chosen_position: places } of rowsOf<Row>(math!)) {
      const pairs: JudgedPair[] = [];
      const votes: Vote[] = [];
      for (const [i, own] of vote.entries())
        for (const [k, said] of own.entries()) {
          const id = `${ids[i]} ${k}`;
          pairs.push({
            id,
            low: 0,
            high: k + 1,
            cluster: String(ids[i]),
            subsets: {},
            label: "low",
            raters: { label: "low" },
            human: 0.5,
            words: undefined,
          });
          const first = places[i]![k] === "A" ? 0 : k + 1;
          votes.push({
            id,
            judge: model,
            first,
            second: first === 0 ? k + 1 : 0,
            p: said === null ? null : said === "A" ? 1 : 0,
            repeat: 0,
          });
        }
      const { ballots } = ballotsOf(pairs, votes);
      judges.set(model, ballots);
      const audit = auditJudge(model, ballots);
      const of = expected.find((one) => one.model === model && one.kind === "pairwise")!;
      const { value, n, unscored } = audit.single!;
      expect([n + unscored, unscored], model).toEqual([of.n_votes, of.null_votes]);
      // the source counts a missing verdict as wrong, and rounds to three decimals of a percentage
      expect((100 * value * n) / (n + unscored), model).toBeCloseTo(of.pair_acc_percent, 3);
      const position = audit.bias.position!;
      expect(Math.sign(position.value), model).toBe(Math.sign(of.vote_A_share - 0.5));
    }
    const order = (unreadable: "out" | "wrong") =>
      betweenJudges(judges, { unreadable }).map(({ a, b, better }) => [a, b, better]);
    // the published order of the last two counts 621 missing verdicts of one as wrong, and is noise; on what can be read it turns round
    const gpt4 = [
      ["gpt4", "llama3_8B", "a"],
      ["gpt4", "prometheus_7B", "a"],
    ];
    expect(order("wrong")).toEqual([...gpt4, ["llama3_8B", "prometheus_7B", "within noise"]]);
    expect(order("out")).toEqual([...gpt4, ["llama3_8B", "prometheus_7B", "a"]]);
  });
});
