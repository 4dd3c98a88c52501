import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  answerText,
  candidate,
  type Example,
  NotEnoughDataError,
  pairwise,
  pointwise,
  random,
  seedFrom,
  split,
  task,
  UsageError,
} from "../../core/index.ts";
import { scriptedModel } from "../../models/index.ts";
import { math } from "../../rewards/verify/index.ts";
import {
  adaptiveProposer,
  auditGold,
  chooseTopics,
  comparerTaker,
  difficultyByGold,
  modelTaker,
  randomProposer,
  readAutoBencher,
  rewardTaker,
  type SearchOptions,
  type SearchRound,
  searchBenchmark,
  searchReport,
  type Taker,
  type TaskWriter,
  type Topic,
} from "./index.ts";

// topics 0 … 59 with six parents; the wrong answer is the longer one in the two last parents
const topics: Topic[] = Array.from({ length: 60 }, (_, i) => ({
  name: `Topic ${i}`,
  parents: [`parent ${i % 6}`],
  salience: i,
}));
const writer: TaskWriter = {
  name: "sums",
  fingerprint: "sums",
  *write(topic, n, { seed }) {
    const rng = random(seed);
    const longWrong = Number(topic.parents![0]!.slice(7)) >= 4;
    for (let i = 0; i < n; i++) {
      const [a, b] = [rng.below(90), rng.below(90)];
      const right = longWrong === rng.uniform() < 0.9 ? `${a + b}` : `It is ${a + b}, clearly`;
      const wrong = right.length < 5 ? `It is ${a + b + 1}, clearly` : `${a + b + 1}`;
      yield {
        task: task(`${a} + ${b}?`, [right, wrong], a + b, { id: `${topic.name}/${i}` }),
        labels: { correct: [true, false] },
        cluster: `${topic.name}/${i}`,
        subsets: { topic: topic.name },
      } satisfies Example;
    }
  },
};
const length = rewardTaker(pointwise("length", (one) => answerText(one).length, { version: 1 }));

async function all(rounds: AsyncIterable<SearchRound>): Promise<SearchRound[]> {
  const list: SearchRound[] = [];
  for await (const round of rounds) list.push(round);
  return list;
}

async function search(options: SearchOptions = {}, takers: readonly Taker[] = [length]): Promise<SearchRound[]> {
  return all(searchBenchmark(adaptiveProposer(topics), writer, takers, { questions: 20, seed: "test", ...options }));
}

describe("searchBenchmark", () => {
  it("finds the topics on which a length reward is wrong, and says so on questions that had no part in the choice", async () => {
    const rounds = await search({ iterations: 5 });
    const report = searchReport(rounds, ["length"], { choose: 5 });
    const parents = report.topics.filter(({ chosen }) => chosen).map(({ parents: [parent] }) => parent);
    for (const parent of parents) expect(["parent 4", "parent 5"]).toContain(parent);
    // 9 of 10 wrong answers are longer there: 50 questions of accuracy 0.1
    expect(report.found.accuracies[0]!.high).toBeLessThan(0.3);
    expect(report.found.difficulty.value).toBeCloseTo(1 - report.found.accuracies[0]!.value, 12);
    expect(report.harder!.low).toBeGreaterThan(0.2);
    // those with the best luck in the selection half are chosen, so that it looks harder than it is
    expect(report.optimism).toBeGreaterThanOrEqual(0);
    expect(report.found.novelty).toBeNull();
  });

  it("keeps the most salient of what was proposed, and nothing below the least salience", async () => {
    const rounds = await search({ iterations: 3, minSalience: 30 });
    for (const round of rounds) {
      expect(round.topics.length).toBeLessThanOrEqual(5);
      for (const { salience } of round.topics) expect(salience).toBeGreaterThanOrEqual(30);
    }
    expect(rounds[0]!.dropped[0]!.why).toMatch(/^salience \d+ is below 30$/);
    const names = rounds.flatMap((round) => [
      ...round.topics.map(({ topic }) => topic.name),
      ...round.dropped.map(({ name }) => name),
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("takes out repeats by name without case and punctuation", async () => {
    const same = { ...adaptiveProposer(topics), propose: async () => [{ name: "The Sun" }, { name: "the  sun!" }] };
    const own: TaskWriter = { ...writer, write: (_, n, o, ctx) => writer.write(topics[0]!, n, o, ctx) };
    const rounds = await all(searchBenchmark(same, own, [length], { iterations: 2 }));
    expect(rounds.map((round) => round.topics.length)).toEqual([1, 0]);
  });

  it("drops topics with fewer than 5 graded questions, and leaves out a question that one taker could not be graded on", async () => {
    const patchy: Taker = {
      name: "patchy",
      fingerprint: null,
      answer: async (examples) => examples.map((_, i) => (i % 4 === 0 ? null : 1)),
    };
    const [round] = await search({ iterations: 1 }, [length, patchy]);
    for (const { questions, ungraded } of round!.topics) {
      expect([questions.length, ungraded]).toEqual([15, 5]);
      for (const { credits } of questions) expect(credits).toHaveLength(2);
    }
    const silent: Taker = { ...patchy, answer: async (examples) => examples.map(() => null) };
    await expect(search({ iterations: 1 }, [silent])).rejects.toThrow(NotEnoughDataError);
    await expect(search({}, [])).rejects.toThrow(UsageError);
  });

  it("goes on from earlier rounds to the same end, without asking them again", async () => {
    const whole = await search({ iterations: 4 });
    let asked = 0;
    const counting: Taker = {
      ...length,
      answer(examples, ctx) {
        asked++;
        return length.answer(examples, ctx);
      },
    };
    const resumed = await search({ iterations: 4, done: whole.slice(0, 2) }, [counting]);
    expect(resumed).toEqual(whole);
    expect(asked).toBe(whole.slice(2).flatMap((round) => round.topics).length);
  });

  it("shows the proposer the selection half alone", async () => {
    const seen: number[] = [];
    const proposer = randomProposer(topics);
    const looking = {
      ...proposer,
      propose: (...all: Parameters<typeof proposer.propose>) => {
        for (const { accuracy } of all[0]) seen.push(accuracy);
        return proposer.propose(...all);
      },
    };
    const half: Taker = {
      name: "half",
      fingerprint: null,
      answer: async (examples) => examples.map((_, i) => (i % 2 === 0 ? 1 : 0)),
    };
    const rounds = await all(searchBenchmark(looking, writer, [half], { iterations: 2 }));
    expect(new Set(seen)).toEqual(new Set([1]));
    expect(searchReport(rounds, ["half"]).found.accuracies[0]!.value).toBe(0);
  });
});

describe("chooseTopics", () => {
  it("weighs novelty against existing sets, difficulty and separability", () => {
    const u = Array.from({ length: 9 }, (_, i) => i / 10);
    const asked = (name: string, credits: readonly number[]) => ({
      topic: { name },
      salience: null,
      ungraded: 0,
      questions: [0, 1].map((i) => ({
        example: {} as Example,
        credits,
        half: i === 0 ? ("selection" as const) : ("report" as const),
      })),
    });
    const known = asked("known", u);
    const fresh = asked("fresh", [0.5, 0.1, 0.8, 0, 0.6, 0.3, 0.7, 0.2, 0.4]);
    const hard = asked(
      "hard",
      u.map((x) => x / 10),
    );
    const first = (weights: object) =>
      chooseTopics([known, fresh, hard], { previous: [u], choose: 1, weights })[0]!.topic.name;
    expect(first({ difficulty: 0, separability: 0 })).toBe("fresh");
    expect(first({ novelty: 0, separability: 0 })).toBe("hard");
    expect(first({ novelty: 0, difficulty: 0 })).toBe("known");
    expect(() => chooseTopics([known], { weights: { novelty: -1 } })).toThrow(UsageError);
  });
});

describe("takers", () => {
  const one: Example = {
    task: task("1 + 1?", ["2", "It is 3, I am sure"], 2, { id: "one" }),
    labels: { correct: [true, false] },
    cluster: "one",
    subsets: {},
  };
  it("are rewards: a tie is half, an unscored candidate none", async () => {
    const of = (f: (text: string) => number) => rewardTaker(pointwise("r", (c) => f(answerText(c)), { version: 1 }));
    expect(await of((text) => text.length).answer([one], undefined as never)).toEqual([0]);
    expect(await of(() => 1).answer([one], undefined as never)).toEqual([0.5]);
    expect(await of(() => Number.NaN).answer([one], undefined as never)).toEqual([null]);
    const bare = { ...one, labels: {} };
    await expect(of(() => 1).answer([bare], undefined as never)).rejects.toThrow("no right or no wrong");
  });
  it("are judges, asked in both orders: one that always names the first gets half", async () => {
    const first = comparerTaker(pairwise("first", () => 1));
    expect(await first.answer([one], undefined as never)).toEqual([0.5]);
    const shorter = comparerTaker(pairwise("shorter", (a, b) => (answerText(a).length < answerText(b).length ? 1 : 0)));
    expect(await shorter.answer([one], undefined as never)).toEqual([1]);
  });
  it("are language models, whose answers are graded and who see no candidate", async () => {
    const prompts: string[] = [];
    const model = scriptedModel(({ prompt }) => {
      prompts.push(prompt);
      return "\\boxed{2}";
    });
    const other = { ...one, task: { ...one.task, id: "other", reference: { answer: 3 } } };
    expect(await modelTaker(model, math()).answer([one, other], undefined as never)).toEqual([1, 0]);
    expect(prompts).toEqual(["1 + 1?", "1 + 1?"]);
    const refusing = scriptedModel(() => ({ refusal: "no" }));
    expect(await modelTaker(refusing, math()).answer([one], undefined as never)).toEqual([null]);
  });
});

describe("auditGold and difficultyByGold", () => {
  it("estimate the share of wrong gold and how much of the difficulty it explains", async () => {
    const rng = random(split(seedFrom("gold"), "draws"));
    const questions = Array.from({ length: 400 }, (_, i) => ({
      example: {
        task: task("?", [candidate("1")], rng.uniform() < 0.1 ? "wrong" : "right", { id: String(i) }),
        labels: {},
        cluster: "",
        subsets: {},
      },
      credits: [1],
      half: "report" as const,
    }));
    const audit = await auditGold(questions, ({ task: t }) => t.reference?.answer === "right", {
      sample: 200,
      seed: 1,
    });
    expect([audit.checked, audit.undecided]).toEqual([200, 0]);
    expect(audit.wrong!.low).toBeLessThan(0.1);
    expect(audit.wrong!.high).toBeGreaterThan(0.1);
    expect(audit.ids).toHaveLength(Math.round(audit.wrong!.value * 200));
    expect((await auditGold(questions, () => null)).wrong).toBeUndefined();
    const { real, explained } = difficultyByGold(0.37, 0.1)!;
    expect([real, explained].map((x) => x.toFixed(6))).toEqual(["0.300000", "0.070000"]);
    expect(difficultyByGold(1, 1)).toBeNull();
  });
});

describe("readAutoBencher", () => {
  it("reads questions and graded answers of a run, joined by id and question", () => {
    const folder = mkdtempSync(join(tmpdir(), "autobencher-"));
    const record = (i: number) => ({
      id: String(i + 1),
      question: `Question ${i}?`,
      answer: "x",
      gold_answer: `gold ${i}`,
      difficulty: "3",
      category: i < 10 ? "Fordism" : "Permian extinction",
      parent_category: "History",
      additional_requirement: "harder",
      wiki_entity: "E",
      salience: i < 10 ? 5000 : 70,
    });
    const all = Array.from({ length: 13 }, (_, i) => record(i));
    writeFileSync(join(folder, "wiki.1.KI_questions.json"), JSON.stringify(all));
    writeFileSync(
      join(folder, "wiki.1.compare_answers.json"),
      [...all]
        .reverse()
        .map((one, i) =>
          JSON.stringify({ ...one, test_taker_answer: "y", is_correct: i % 2 ? "true" : " False\n", reasons: "" }),
        )
        .join("\n"),
    );
    writeFileSync(join(folder, "wiki.2.KI_questions.json"), JSON.stringify(all.slice(0, 1)));
    const { examples, rounds } = readAutoBencher(folder, "wiki.");
    expect(examples).toHaveLength(14);
    expect(examples[0]!.task).toMatchObject({
      reference: { answer: "gold 0" },
      context: { category: "Fordism", salience: 5000 },
    });
    expect(rounds).toHaveLength(1);
    const [fordism] = rounds[0]!.topics;
    expect(fordism!.topic).toEqual({ name: "Fordism", parents: ["History"] });
    // question 12 - i of the file is answer i, so that odd questions are right
    expect(fordism!.questions.map(({ credits }) => credits[0])).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(rounds[0]!.dropped).toEqual([{ name: "Permian extinction", why: "3 graded questions are too few" }]);
    expect(searchReport(rounds, ["taker"]).topics[0]!.salience).toBe(5000);
    expect(() => readAutoBencher(folder, "other.")).toThrow("no files other.<iteration>");
    writeFileSync(join(folder, "bad.1.KI_questions.json"), JSON.stringify([{ question: 3 }]));
    expect(() => readAutoBencher(folder, "bad.")).toThrow("question: expected a text");
  });
});
