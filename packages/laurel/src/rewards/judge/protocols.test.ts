import { describe, expect, it } from "vitest";
import { type Fake, fakeModel, textOfRequest } from "../../../../../test/judge/fake.ts";
import {
  type Candidate,
  candidate,
  directContext,
  type GenerateRequest,
  type Message,
  pointwise,
  type Reward,
  type Score,
  type Task,
  task,
} from "../../core/index.ts";
import { math } from "../verify/index.ts";
import { autorater, fromText, type JudgementTask, pairwiseAutorater, toText } from "./autorater.ts";
import { checklistJudge, factCoverage, makeChecklist } from "./checklist.ts";
import { claimJudge } from "./claims.ts";
import { criteriaFrom, shippedRubric, shippedRubrics } from "./criteria.ts";
import { chainMatches, generativeStepReward, parseStepChain, stepCritic } from "./critique.ts";
import { downstreamReward, leakCheck } from "./downstream.ts";
import { critiqueThenScore, facetJudge } from "./facets.ts";
import { generativeReward, ruleReward, traceCorrect, trainMetaReward } from "./grm.ts";
import { charactersOf, lengthTie } from "./length-rule.ts";
import { pairwiseJudge } from "./pairwise.ts";
import { judgePanel } from "./panel.ts";
import { pointwiseJudge } from "./pointwise.ts";
import { parseFramework, preComparedCriteria, preComparedJudge } from "./precomparison.ts";
import { parsePrincipleOutput, principleJudge } from "./principle.ts";
import { blocksOf } from "./prompt.ts";
import { parseReasoningVerdict, reasoningJudge } from "./reasoning.ts";
import { rubricJudge } from "./rubric.ts";
import { scoreMatchReward, selfEvaluation } from "./self-score.ts";
import { type Decision, flipped, swapOutcome, swapSum } from "./swap.ts";
import { parseTrajectoryVerdict, runRule, trajectoryJudge } from "./trajectory.ts";
import type { Grade } from "./verdict.ts";
import { voteCurve, voted, voteSum } from "./votes.ts";
import { pairScoreReward, parsePairScores, writingJudge } from "./writing.ts";

const ctx = directContext({ seed: 3 });
const says = (...texts: string[]): Fake => fakeModel((_request, i) => texts[Math.min(i, texts.length - 1)]!);
const one = async (reward: Reward, given: Task): Promise<readonly Score[]> => (await reward.score([given], ctx))[0]!;
const values = (scores: readonly Score[]) =>
  scores.map((score) => (score.unscored === undefined ? score.value : score.unscored.reason));
const block = (request: GenerateRequest, name: string) =>
  blocksOf(request.messages).blocks.find((each) => each.name === name)?.text;

describe("swap (JudgeBench)", () => {
  const all: readonly Decision[] = ["A>B", "B>A", "A=B", null];
  it("decides all 32 cases as the official sum does", () => {
    for (const first of all)
      for (const second of all)
        for (const label of ["A>B", "B>A"] as const) {
          // the official rule, written out: the second game is flipped back, each game is worth ±1 or 0
          const worth = (decision: Decision) => (decision === label ? 1 : decision === flipped(label) ? -1 : 0);
          const sum = worth(first) + worth(flipped(second));
          expect(swapSum(first, second, label)).toBe(sum);
          expect(swapOutcome(first, second, label)).toBe(sum > 0 ? "right" : sum < 0 ? "wrong" : "tie");
          const other = flipped(label);
          expect(swapSum(flipped(first), flipped(second), other)).toBe(sum);
        }
  });
  it("an always-first judge is never right; one right game and one tie is right", () => {
    expect(swapOutcome("A>B", "A>B", "A>B")).toBe("tie");
    expect(swapOutcome("A>B", "A=B", "A>B")).toBe("right");
    expect(swapOutcome(null, null, "A>B")).toBe("tie");
  });
});

describe("votes", () => {
  it("voted gives mean, median, mode and sum", () => {
    expect([
      voted([1, 2, 6]),
      voted([1, 2, 4, 6], "median"),
      voted([3, 1, 3, 1], "mode"),
      voted([1, 2], "sum"),
    ]).toEqual([3, 3, 1, 3]);
  });
  it("voteSum of k copies is k times one, and follows a permutation of the candidates", () => {
    expect(
      voteSum([
        [3, 7],
        [3, 7],
        [3, 7],
      ]).sums,
    ).toEqual([9, 21]);
    expect(
      voteSum([
        [7, 3],
        [2, 5],
      ]).sums,
    ).toEqual(
      [
        ...voteSum([
          [3, 7],
          [5, 2],
        ]).sums,
      ].reverse(),
    );
    expect(
      voteSum(
        [
          [1, 9],
          [8, 2],
          [5, 5],
        ],
        { weights: [0, 2, 1] },
      ),
    ).toEqual({ sums: [13, 7], kept: [1, 2] });
    expect(voteSum([[1], [2]], { weights: [1, 1], keep: 1 }).kept).toEqual([0]);
  });
  it("voteCurve, averaged over Beta(3.5, 1.5), gives the beta-binomial majority: 0.700, 0.773, 0.811", () => {
    // P(X > k/2) of a beta-binomial by its product form: no powers and no integration
    const betaBinomial = (k: number): number => {
      let sum = 0;
      for (let j = (k + 1) / 2; j <= k; j++) {
        let chance = 1;
        for (let i = 0; i < j; i++) chance *= ((3.5 + i) / (5 + i)) * ((k - i) / (j - i));
        for (let i = 0; i < k - j; i++) chance *= (1.5 + i) / (5 + j + i);
        sum += chance;
      }
      return sum;
    };
    const n = 20_000;
    const sums = [0, 0, 0];
    let mass = 0;
    for (let i = 0; i < n; i++) {
      const p = (i + 0.5) / n;
      const weight = p ** 2.5 * (1 - p) ** 0.5;
      mass += weight;
      for (const [k, value] of voteCurve(p, [1, 5, 15]).entries()) sums[k]! += weight * value;
    }
    // r1-reward's sheet prints 0.700, 0.774, 0.811; the second is 99/128 = 0.7734375. Midpoint rule: good to 1e-5
    for (const [at, k] of [1, 5, 15].entries()) expect(sums[at]! / mass).toBeCloseTo(betaBinomial(k), 4);
    expect(betaBinomial(5)).toBeCloseTo(99 / 128, 12);
    expect(betaBinomial(15)).toBeCloseTo(0.811, 3);
    // by symmetry; to 1e-12 because of exp and log
    for (const value of voteCurve(0.5, [1, 3, 7])) expect(value).toBeCloseTo(0.5, 12);
    expect(voteCurve(1, [3])).toEqual([1]);
    // 3·0.9² − 2·0.9³ = 0.972 and 0.216, by hand
    expect(voteCurve([0.9, 0.3], [1, 3])).toEqual([expect.closeTo(0.6, 12), expect.closeTo((0.972 + 0.216) / 2, 12)]);
    expect(() => voteCurve(0.5, [2])).toThrow(/odd/);
    expect(() => voteCurve([0.5, 1.5], [3])).toThrow(/p must lie/);
    expect(() => voteCurve([], [3])).toThrow(/no items/);
  });
});

describe("length rule (WildBench)", () => {
  const grades: readonly Grade[] = ["A++", "A+", "A=B", "B+", "B++"];
  const mirror: Record<Grade, Grade> = { "A++": "B++", "A+": "B+", "A=B": "A=B", "B+": "A+", "B++": "A++" };
  it("is idempotent, symmetric, leaves strong wins, and is the identity at −1", () => {
    for (const grade of grades)
      for (const [a, b] of [
        [0, 0],
        [500, 0],
        [501, 0],
        [0, 501],
      ] as const) {
        const ruled = lengthTie(grade, a, b, 500);
        expect(lengthTie(ruled, a, b, 500)).toBe(ruled);
        expect(lengthTie(mirror[grade], b, a, 500)).toBe(mirror[ruled]);
        if (grade.length === 3 && grade !== "A=B") expect(ruled).toBe(grade);
        expect(lengthTie(grade, a, b, -1)).toBe(grade);
      }
    expect(lengthTie("A+", 501, 0, 500)).toBe("A=B");
    expect(lengthTie("A+", 500, 0, 500)).toBe("A+");
  });
  it("counts code points", () => {
    expect([charactersOf("abc"), charactersOf("👍a"), charactersOf("\ud83d")]).toEqual([3, 2, 1]);
  });
});

describe("rubricJudge (Prometheus)", () => {
  const rubric = {
    criterion: "Is it {clear}?",
    levels: { 1: "no", 2: "hardly\nat all", 3: "half", 4: "mostly", 5: "yes" },
  };
  it("renders criterion and levels, and shows the reference only where there is one", async () => {
    const model = says("good [RESULT] 4");
    const judge = rubricJudge({ model, rubric });
    expect(await one(judge, task("q", ["a"], "ref"))).toEqual([{ value: 4, rationale: "good", parts: { rubric: 4 } }]);
    const text = textOfRequest(model.requests[0]!);
    expect(text).toContain("[Is it {clear}?]\nScore 1: no\nScore 2: hardly at all\nScore 3: half");
    expect(text).toContain("### Reference answer (score 5)");
    await one(judge, task("q", ["a"]));
    expect(textOfRequest(model.requests[1]!)).not.toContain("Reference answer");
  });
  it("takes the task's own rubric, and is unscored without one", async () => {
    const model = says("[RESULT] 5");
    const judge = rubricJudge({ model });
    expect(values(await one(judge, task("q", ["a"], undefined, { context: { rubric } })))).toEqual([5]);
    expect(values(await one(judge, task("q", ["a"])))).toEqual(["missing-reference"]);
  });
  it("refuses levels with a gap, and says where a file is wrong", async () => {
    expect(() => rubricJudge({ model: says(""), rubric: { criterion: "c", levels: { 1: "a", 3: "b" } } })).toThrow(
      /gap/,
    );
    await expect(criteriaFrom("rubric", { criterion: "", levels: { one: "x" } }, "r.yaml")).rejects.toThrow(
      /r\.yaml is no rubric: .*criterion.*levels/,
    );
  });
  it.each(shippedRubrics)("ships %s", async (name) => {
    const rubric = await shippedRubric(name);
    expect(rubric.name).toBe(name);
    const given = task("q", ["a"], "ref", { context: { passages: [{ id: "1", text: "p" }] } });
    const most = Math.max(...Object.keys(rubric.levels).map(Number));
    expect(values(await one(rubricJudge({ model: says(`ok [RESULT] ${most}`), rubric }), given))).toEqual([most]);
  });
});

describe("principleJudge (RewardAnything)", () => {
  const group = task("q", ["bb", "a", "ccc"], undefined, { context: { principle: "Prefer long answers." } });
  const byLength = fakeModel((request) => {
    const names = blocksOf(request.messages).blocks.filter(({ name }) => name.startsWith("answer-"));
    const scores = Object.fromEntries(names.map(({ name, text }) => [name, text.length + 1]));
    const order = names.map(({ name }) => name).sort((x, y) => scores[y]! - scores[x]!);
    return `<think>count</think>\n{"scores": ${JSON.stringify(scores)}, "best-to-worse": ${JSON.stringify(order)},}`;
  });
  it("masks names in a drawn order and maps scores back; the ranking only breaks ties", async () => {
    expect(values(await one(principleJudge({ model: byLength }), group))).toEqual([3, 2, 4]);
    const same = says(
      '{"scores": {"answer-1": 3, "answer-2": 3, "answer-3": 3}, "best-to-worst": ["answer-3", "answer-1", "answer-2"]}',
    );
    const scores = await one(
      principleJudge({ model: same, breakTies: "ranking", shuffle: false, principle: "p" }),
      group,
    );
    // 3 + ½·(1 − place)/3 for places 1, 2, 0
    expect(values(scores).map((value) => Number(value).toFixed(4))).toEqual(["3.0000", "2.8333", "3.1667"]);
  });
  it("leaves only the answer without a score unscored", async () => {
    const model = says('{"scores": {"answer-1": 3, "answer-3": 9}}');
    expect(values(await one(principleJudge({ model, shuffle: false, principle: "p" }), group))).toEqual([
      3,
      "judge-unparsable",
      "judge-unparsable",
    ]);
    expect(values(await one(principleJudge({ model }), task("q", ["a", "b"])))).toEqual([
      "missing-reference",
      "missing-reference",
    ]);
  });
  it("reads what can be repaired and nothing without an object", () => {
    expect(parsePrincipleOutput("{'scores': {'answer-1': 2}}", ["answer-1"])).toMatchObject({
      scores: [2],
      repaired: true,
    });
    expect(parsePrincipleOutput("answer-1: 2", ["answer-1"])).toHaveProperty("unreadable");
  });
});

describe("reasoningJudge (RM-R1, R1-Reward)", () => {
  it("reads the verdict only in the tail, and only one", () => {
    const read = (text: string) => parseReasoningVerdict(text);
    expect(
      read(
        "<type>Chat</type>\n<rubric>\n1. Tone 40%\n2. Depth 0.6\n<justify>because 30%</justify></rubric><answer>[[A]]</answer>",
      ),
    ).toMatchObject({
      verdict: "A",
      taskType: "Chat",
      rubric: [{ weight: 40 }, { weight: 60 }],
      weightSum: 100,
    });
    for (const text of [
      "",
      "<answer>[[a]]</answer>",
      "<answer>[[A]]</answer><answer>[[B]]</answer>",
      `<answer>[[A]]</answer>${"x".repeat(80)}`,
    ])
      expect(read(text)).toHaveProperty("unreadable");
  });
  it("thinks and answers 1 or 2, and never invents a half", async () => {
    const pair = [{ task: task("q", ["x", "y"]), pairs: [[0, 1]] as const }];
    const first = reasoningJudge({
      model: says("<think>t</think><answer>1</answer>"),
      mode: "think",
      orders: "as-given",
    });
    expect((await first.compare(pair, ctx))[0]![0]).toMatchObject({ p: 1 });
    const none = reasoningJudge({ model: says("both fine"), mode: "think" });
    expect((await none.compare(pair, ctx))[0]![0]).toHaveProperty("unscored.reason", "judge-unparsable");
    const always = reasoningJudge({ model: says("<answer>[[A]]</answer>") });
    expect((await always.compare(pair, ctx))[0]![0]).toMatchObject({ p: 0.5, tie: 1 });
  });
});

describe("generativeReward (DeepSeek-GRM)", () => {
  const group = task("q", ["bb", "a", "ccc"]);
  const byLength = (noise: readonly string[] = []) =>
    fakeModel((request, i) => {
      const lengths = blocksOf(request.messages)
        .blocks.filter(({ name }) => name.startsWith("answer-"))
        .map(({ text }) => text.length);
      return noise[i] ?? `\\boxed{${lengths.join(", ")}}`;
    });
  it("adds samples that saw shuffled orders; a bad box is dropped and counted", async () => {
    const model = byLength(["\\boxed{1, 2}", "\\boxed{1, 2, 11}"]);
    const scores = await one(generativeReward({ model, votes: 6 }), group);
    expect(values(scores)).toEqual([2, 1, 3]);
    expect(scores[0]).toMatchObject({ facts: { kept: 4, agreement: 1, votes: 4, lostVotes: 2 } });
    expect(new Set(model.requests.map((request) => block(request, "answer-1"))).size).toBeGreaterThan(1);
  });
  it("keeps the criteria that it wrote with their weights, and their scores where it states them", async () => {
    const said =
      "Criteria\n1. Is it right? (weight: 60%)\n2. Is it short? (40%)\nAnswer 1 has 50% too much.\nCriterion 1: 3, 9\n**Criterion 2:** 8, 1\nCriterion 7: 1, 1\n\\boxed{5, 6}";
    const scores = await one(
      generativeReward({ model: says(said), shuffle: false, byCriterion: true }),
      task("q", ["a", "b"]),
    );
    expect(scores).toMatchObject([
      {
        value: 5,
        facts: {
          principles: [
            { text: expect.stringContaining("right"), weight: 60, score: 3 },
            { text: expect.stringContaining("short"), weight: 40, score: 8 },
          ],
        },
      },
      { value: 6, facts: { principles: [{ score: 9 }, { score: 1 }] } },
    ]);
    // weights that do not come to 100 are not criteria's
    const wild = await one(
      generativeReward({ model: says("1. Right 90%\n2. Short 70%\n\\boxed{5}") }),
      task("q", ["a"]),
    );
    expect(wild[0]).not.toHaveProperty("facts.principles");
  });
  it("a meta reward keeps the better half", async () => {
    const model = byLength(["bad \\boxed{9, 9, 1}", "bad \\boxed{9, 9, 1}"]);
    const meta = { version: 1, score: ({ text }: { text: string }) => (text.startsWith("bad") ? -1 : 1) };
    const scores = await one(generativeReward({ model, votes: 4, meta, shuffle: false }), group);
    expect(values(scores)).toEqual([2, 1, 3]);
    expect(scores[0]).toMatchObject({ facts: { kept: 2 } });
  });
  it("is right only if the best is strictly above all others, or a single score equals its label", () => {
    expect([
      traceCorrect([3, 5, 4], { best: 1 }),
      traceCorrect([5, 5, 4], { best: 1 }),
      traceCorrect([4], { label: 4 }),
    ]).toEqual([true, false, true]);
    expect([ruleReward([3, 5], { best: 1 }), ruleReward([5, 5], { best: 1 })]).toEqual([1, -1]);
  });
  it("trainMetaReward finds the cue that tells right judgements from wrong ones", () => {
    const traces = Array.from({ length: 200 }, (_, i) => ({
      scores: [i % 7, i % 3],
      text: i % 2 === 0 ? "good" : "bad",
    }));
    const meta = trainMetaReward(
      traces,
      traces.map(({ text }) => text === "good"),
      {
        version: 1,
        features: ({ text, scores }) => [text === "good" ? 1 : 0, scores[0]!],
      },
    );
    expect(meta.score(traces[0]!)).toBeGreaterThan(1);
    expect(meta.score(traces[1]!)).toBeLessThan(-1);
  });
});

describe("checklists and facts", () => {
  it("scores 1 to 10, or rescaled to WB-Score", async () => {
    const options = { model: says('{"strengths": "s", "weaknesses": "w", "score": "7"}'), checklist: ["Is it brief?"] };
    expect(values(await one(checklistJudge(options), task("q", ["a"])))).toEqual([7]);
    expect(values(await one(checklistJudge({ ...options, rescale: true }), task("q", ["a"])))).toEqual([4]);
    expect(values(await one(checklistJudge({ model: options.model }), task("q", ["a"])))).toEqual([
      "missing-reference",
    ]);
  });
  it("factCoverage needs one verdict a fact: a short list would raise the mean", async () => {
    const given = task("q", ["a"], { facts: ["one", "two", "three"] });
    const scores = await one(factCoverage({ model: says('{"present": [1, 0, 1]}') }), given);
    expect(scores[0]).toMatchObject({
      value: 2 / 3,
      local: [{ unit: "line", values: [1, 0, 1] }],
      facts: { present: 2, count: 3 },
    });
    expect(values(await one(factCoverage({ model: says('{"present": [1, 1]}') }), given))).toEqual([
      "judge-unparsable",
    ]);
    expect(values(await one(factCoverage({ model: says("") }), task("q", ["a"])))).toEqual(["missing-reference"]);
  });
  it("has no fingerprint with a function of facts and no version", () => {
    const model = says("");
    const facts = () => ["one"];
    expect(factCoverage({ model, facts }).fingerprint).toBeNull();
    expect(factCoverage({ model, facts, version: 1 }).fingerprint).not.toBe(
      factCoverage({ model, facts, version: 2 }).fingerprint,
    );
  });
  it("makeChecklist merges models in turn without doubles", async () => {
    const a = says('{"checklist": ["Is it brief?", "Is it right?", "Is it kind?"]}');
    const b = says('{"checklist": ["is it brief", "Does it cite?", "Does it end?"]}');
    expect(await makeChecklist([a, b])(task("q", ["x"]), ctx)).toEqual([
      "Is it brief?",
      "Is it right?",
      "Does it cite?",
      "Is it kind?",
      "Does it end?",
    ]);
    expect(await makeChecklist([a])(task("q", ["x"]), ctx)).toHaveProperty("unscored.reason", "undecided");
  });
  it("claimJudge counts claims, and gives average precision for the order of passages", async () => {
    const passages = ["p1", "p2", "p3"].map((text, i) => ({ id: String(i + 1), text }));
    const given = task("q", ["a"], "ref", { context: { passages } });
    const claims = says('{"claims": [{"claim": "x", "supported": 1}, {"claim": "y", "supported": false}]}');
    expect(values(await one(claimJudge({ model: claims, check: "faithfulness" }), given))).toEqual([0.5]);
    const useful = says('{"useful": [0, 1, 1]}');
    // precision at 2 is ½, at 3 is ⅔; their mean is 7/12
    expect(values(await one(claimJudge({ model: useful, check: "context-precision" }), given))).toEqual([
      (1 / 2 + 2 / 3) / 2,
    ]);
    expect(values(await one(claimJudge({ model: says('{"claims": []}'), check: "faithfulness" }), given))).toEqual([
      "undecided",
    ]);
    expect(values(await one(claimJudge({ model: claims, check: "faithfulness" }), task("q", ["a"])))).toEqual([
      "missing-reference",
    ]);
  });
});

describe("facets, critique then score, panel", () => {
  it("facets are parts of their weighted mean", async () => {
    const model = says('{"reason": "r", "a": 2, "b": 8}');
    const judge = facetJudge({ model, facets: { a: "A?", b: "B?" }, weights: { a: 1, b: 2 } });
    expect((await one(judge, task("q", ["x"])))[0]).toEqual({ value: 6, parts: { a: 2, b: 8 }, rationale: "r" });
    expect(
      values(await one(facetJudge({ model: says('{"a": 2}'), facets: { a: "A?", b: "B?" } }), task("q", ["x"]))),
    ).toEqual(["judge-unparsable"]);
  });
  it("the head reads the critique in the context, once for each critique", async () => {
    const head = pointwise("head", (_candidate, given) => String(given.context?.["critique"]).length, {
      version: 1,
      range: [0, 99],
    });
    const judge = critiqueThenScore({ model: says("good", "better"), head, votes: 2 });
    expect((await one(judge, task("q", ["x"])))[0]).toMatchObject({ value: 5, rationale: "good", spread: { n: 2 } });
    expect(values(await one(judge, task("q", [""])))).toEqual([0]);
  });
  it("a judge can be the head, and sees the critique quoted", async () => {
    const model = fakeModel((request) =>
      block(request, "critique") === "It is short." ? '{"score": 3}' : "It is short.",
    );
    const judge = critiqueThenScore({ model, head: pointwiseJudge({ model, critique: "require" }) });
    expect(values(await one(judge, task("q", ["x"])))).toEqual([3]);
    expect(values(await one(pointwiseJudge({ model, critique: "require" }), task("q", ["x"])))).toEqual([
      "missing-reference",
    ]);
  });
  it("a panel leaves out the judge whose relative wrote the answer", async () => {
    const judge = (score: number) => pointwiseJudge({ model: says(`{"score": ${score}}`) });
    const panel = judgePanel([{ judge: judge(10), family: ["gpt"] }, { judge: judge(4) }]);
    const scores = await one(
      panel,
      task("q", [candidate("a", { meta: { model: "GPT-9" } }), candidate("b", { meta: { model: "other" } })]),
    );
    expect(values(scores)).toEqual([4, 7]);
    expect(scores[0]).toMatchObject({ facts: { members: 1, excluded: 1 } });
  });
});

describe("critique (ThinkPRM)", () => {
  const text = "one two three";
  const steps = [
    { start: 0, end: 3 },
    { start: 4, end: 7 },
    { start: 8, end: 13 },
  ];
  const given = task("p", [candidate(text, { steps })]);
  it("reads labels in order or by their step, unknown after the first error", () => {
    expect(parseStepChain("Step 1: ok \\boxed{correct}\nStep 2: no \\boxed{incorrect}\nNo", 3)).toEqual({
      labels: [true, false, null],
      firstError: 1,
      verdict: false,
      complete: true,
    });
    expect(parseStepChain("\\boxed{correct} \\boxed{\\text{correct}} \\boxed{correct}\nYes.", 3)).toMatchObject({
      firstError: -1,
      verdict: true,
      complete: true,
    });
    expect(parseStepChain("Step 3: \\boxed{incorrect}", 3)).toMatchObject({ firstError: 2, complete: false });
    expect(chainMatches(parseStepChain("\\boxed{correct}\\boxed{incorrect}", 3), [true, false, false])).toBe(true);
    expect(chainMatches(parseStepChain("\\boxed{correct}\\boxed{incorrect}", 3), [true, true, false])).toBe(false);
  });
  it("gives the share of chains without an error, with the steps' shares", async () => {
    const model = says("\\boxed{correct}\\boxed{correct}\\boxed{correct} Yes", "\\boxed{correct}\\boxed{incorrect} No");
    const scores = await one(generativeStepReward({ model, votes: 2 }), given);
    expect(scores[0]).toMatchObject({ value: 0.5, local: [{ unit: "step", values: [1, 0.5, 1] }] });
    expect(
      values(
        await one(
          generativeStepReward({ model: says("\\boxed{correct}\\boxed{incorrect}"), score: "step-product" }),
          given,
        ),
      ),
    ).toEqual([1 / 3]);
    expect(values(await one(generativeStepReward({ model: says("Yes") }), task("p", ["no steps"])))).toEqual([
      "unsupported",
    ]);
  });
  it("asks again in the same conversation, and takes the last", async () => {
    const model = says("\\boxed{correct}\\boxed{correct}\\boxed{correct} Yes", "\\boxed{incorrect} No");
    expect(values(await one(generativeStepReward({ model, rounds: 2 }), given))).toEqual([0]);
    expect(model.requests[1]!.messages).toHaveLength(4);
  });
  it("reads P(yes)/(P(yes) + P(no)) with variants of case and space", async () => {
    const top = [
      ["Yes", 0.3],
      [" yes", 0.1],
      ["No", 0.4],
      ["Maybe", 0.2],
    ].map(([token, p]) => ({ token: String(token), logprob: Math.log(Number(p)) }));
    const model = fakeModel((_request, i) =>
      i === 0
        ? "\\boxed{correct}\\boxed{correct}\\boxed{correct} Yes"
        : { text: "Yes", finish: "length", logprobs: [{ ...top[0]!, top }] },
    );
    const [score] = await one(generativeStepReward({ model, score: "yes-probability" }), given);
    // 0.4 of 0.8; to 1e-12 because of exp and log
    expect((score as { value: number }).value).toBeCloseTo(0.5, 12);
  });
  it("is a step scorer too", async () => {
    const scorer = stepCritic({ model: says("\\boxed{correct}\\boxed{incorrect} No") });
    expect(await scorer.scoreSteps([given], ctx)).toEqual([[[1, 0, null]]]);
  });
});

describe("downstreamReward (RACRO)", () => {
  const given = (caption: string) => task("How many cats are there?", [caption], "3");
  it("scores a caption by the solver's answer from it alone", async () => {
    const model = fakeModel((request) => (block(request, "answer")!.includes("three") ? "\\boxed{3}" : "\\boxed{5}"));
    const judge = downstreamReward({ model, verify: math() });
    expect(values(await one(judge, given("A picture of three cats.")))).toEqual([1]);
    expect(values(await one(judge, given("A picture of cats.")))).toEqual([0]);
    expect(textOfRequest(model.requests[0]!)).not.toMatch(/\b3\b/);
  });
  it("is unscored where the solver fails, and a leak is reported or scores the least", async () => {
    const failing = fakeModel(() => ({ unscored: { reason: "transport", message: "down", transient: true } }));
    expect(values(await one(downstreamReward({ model: failing, verify: math() }), given("x y")))).toEqual([
      "transport",
    ]);
    const model = says("\\boxed{3}");
    expect((await one(downstreamReward({ model, verify: math() }), given("The answer is 3.")))[0]).toMatchObject({
      value: 1,
      facts: { leak: true },
    });
    expect(
      (await one(downstreamReward({ model, verify: math(), leak: "zero" }), given("The answer is 3.")))[0],
    ).toMatchObject({ value: 0, fault: "forbidden" });
  });
  it("leakCheck finds whole words only, and single characters only behind 'answer'", () => {
    expect([
      leakCheck("It is Paris.", "paris"),
      leakCheck("Parisian", "paris"),
      leakCheck("3 cats", "3"),
      leakCheck("answer: 3", "3"),
    ]).toEqual([true, false, false, true]);
  });
});

describe("precomparison (Feedbacker)", () => {
  const framework = "<framework>\n1. Names the capital | 60\n2. Is short | 40\n</framework>";
  it("reads weights, renormalises within 5, refuses the rest", () => {
    expect(parseFramework(framework)).toEqual([
      { description: "Names the capital", weight: 60 },
      { description: "Is short", weight: 40 },
    ]);
    expect(parseFramework("<framework>a | 50\nb | 52</framework>")).toMatchObject([
      { weight: 5000 / 102 },
      { weight: 5200 / 102 },
    ]);
    for (const text of ["<framework>a | 50</framework>", "a | 100", "<framework>a</framework>"])
      expect(parseFramework(text)).toHaveProperty("unreadable");
  });
  it("derives criteria once a task, scores against the baseline, and adds up itself", async () => {
    const model = fakeModel((request) =>
      textOfRequest(request).includes("primary metrics")
        ? framework
        : "Metric 1: good | 3\nMetric 2: long | 1\nWeighted Score: 999",
    );
    const criteria = preComparedCriteria({ model, auxiliaries: [says("aux one"), says("aux two")] });
    const judge = preComparedJudge({ model, criteria });
    const scores = await one(judge, task("q", ["x", "y"]));
    expect(values(scores)).toEqual([220, 220]);
    expect(scores[0]).toMatchObject({ local: [{ values: [3, 1] }], facts: { printed: 999 } });
    expect(model.requests).toHaveLength(3);
    expect(block(model.requests[1]!, "baseline")).toBe("aux one");
    expect(values(await one(preComparedJudge({ model, criteria, arithmetic: "judge" }), task("q", ["x"])))).toEqual([
      300,
    ]);
    expect(judge.fingerprint).not.toBeNull();
  });
  it.each(["Metric 1: a | 3", "Metric 1: a | 3\nMetric 1: a | 3\nMetric 2: b | 1", "Metric 1: a | 4\nMetric 2: b | 1"])(
    "cannot read %j",
    async (text) => {
      const model = fakeModel((request) => (textOfRequest(request).includes("primary metrics") ? framework : text));
      const criteria = preComparedCriteria({ model, auxiliaries: () => [candidate("a"), candidate("b")], version: 1 });
      expect(values(await one(preComparedJudge({ model, criteria }), task("q", ["x"])))).toEqual(["judge-unparsable"]);
    },
  );
});

describe("autorater (FLAMe)", () => {
  const base = { id: "t", definition: "Judge: it.", criteria: "a\nb" };
  const tasks: readonly [JudgementTask, string | number][] = [
    [{ ...base, type: "pairwise", field: "better", labels: ["first", "second", "tie"] }, "second"],
    [{ ...base, type: "pointwise", field: "rating", labels: [1, 5] }, 4],
    [{ ...base, type: "classification", field: "verdict", labels: ["unsupported", "supported"] }, "supported"],
    [{ ...base, type: "open", field: "critique", labels: [] }, "It is long: too long.\nverdict: none"],
  ];
  it.each(tasks)("round-trips a %o", (judgement, label) => {
    const example = { inputs: { text: "a: b\nfield: c" }, label, explanation: "because: x\ny: z" };
    const { input, target } = toText(example, judgement);
    expect(fromText(target, judgement)).toEqual({ label, explanation: "because: x\ny: z" });
    expect(input).toContain("text: a: b\n    field: c");
  });
  it("makes rewards and comparers", async () => {
    expect(values(await one(autorater({ model: says("rating: 4"), task: tasks[1]![0] }), task("q", ["x"])))).toEqual([
      4,
    ]);
    expect(
      values(await one(autorater({ model: says("verdict: supported"), task: tasks[2]![0] }), task("q", ["x"]))),
    ).toEqual([1]);
    expect(values(await one(autorater({ model: says("rating: 9"), task: tasks[1]![0] }), task("q", ["x"])))).toEqual([
      "judge-unparsable",
    ]);
    const pair = pairwiseAutorater({ model: says("better: first"), task: tasks[0]![0], orders: "as-given" });
    expect((await pair.compare([{ task: task("q", ["x", "y"]), pairs: [[0, 1]] }], ctx))[0]![0]).toMatchObject({
      p: 1,
    });
    expect(() => autorater({ model: says(""), task: tasks[3]![0] })).toThrow(/open/);
  });
});

describe("self scores", () => {
  it("averages the words of the last lines, and loses an evaluation without one", async () => {
    const model = says("Sure", "thinking\n**Likely.**", "maybe Sure?");
    expect((await one(selfEvaluation({ model }), task("q", ["x"])))[0]).toMatchObject({
      value: 0.75,
      facts: { lostVotes: 1 },
    });
  });
  it("scoreMatchReward (RISE) reads every form of −½", async () => {
    const reward = scoreMatchReward();
    const texts = ["\\boxed{-0.5}", "\\boxed{−0.5}", "\\boxed{-1/2}", "\\boxed{-\\frac{1}{2}}", "\\boxed{1}", "-0.5"];
    expect(values(await one(reward, task("q", texts, -0.5)))).toEqual([1, 1, 1, 1, -0.5, -1]);
    expect(values(await one(scoreMatchReward({ minChars: 800 }), task("q", ["\\boxed{1}"], 1)))).toEqual([-1]);
    expect(values(await one(reward, task("q", ["\\boxed{1}"])))).toEqual(["missing-reference"]);
  });
});

describe("trajectoryJudge (AgentRewardBench)", () => {
  const reply =
    "<reasoning>done</reasoning><success>Successful</success><side>No</side><optimal>3. Somewhat Optimal</optimal><loop>n/a</loop>";
  const run: Candidate = {
    output: [
      {
        role: "assistant",
        content: [
          { type: "text", text: "I am sure this works." },
          { type: "tool-call", id: "1", name: "click", input: { at: "buy" } },
        ],
      },
      { role: "tool", content: [{ type: "tool-result", id: "1", output: "page one" }] },
      { role: "assistant", content: [{ type: "tool-call", id: "2", name: "stop", input: {} }] },
      { role: "tool", content: [{ type: "tool-result", id: "2", output: "page two" }] },
    ] satisfies Message[],
  };
  it("shows goal, actions and the last observation, not what the agent thinks of itself", async () => {
    const model = says(reply);
    const scores = await one(trajectoryJudge({ model }), task("Buy it.", [run]));
    expect(scores[0]).toEqual({ value: 1, parts: { sideEffect: 0, optimality: 3, loop: null }, rationale: "done" });
    const text = textOfRequest(model.requests[0]!);
    expect(text).toContain('step 1: click({"at":"buy"})');
    expect(text).toContain("page two");
    expect(text).not.toMatch(/page one|I am sure/);
    await one(trajectoryJudge({ model, observe: "all", hideReasoning: false }), task("Buy it.", [run]));
    expect(textOfRequest(model.requests[1]!)).toMatch(/I am sure[\s\S]*page one/);
  });
  it("shows where a run began if nothing was seen later, and pictures unless told otherwise", async () => {
    const picture = { type: "image", media: { hash: "h", mediaType: "image/png", uri: "page.png" } } as const;
    const short: Candidate = {
      output: [
        { role: "tool", content: [{ type: "text", text: "first page" }, picture] },
        { role: "assistant", content: [{ type: "tool-call", id: "1", name: "stop", input: {} }] },
      ],
    };
    const model = fakeModel(() => reply, { supports: { images: true } });
    const blind = says(reply);
    await one(trajectoryJudge({ model: blind }), task("g", [short]));
    expect(textOfRequest(blind.requests[0]!)).toContain("first page");
    await one(trajectoryJudge({ model }), task("g", [short]));
    await one(trajectoryJudge({ model, screenshots: false }), task("g", [short]));
    await one(trajectoryJudge({ model, observe: "none" }), task("g", [short]));
    const shows = model.requests.map((request) => [
      textOfRequest(request).includes("observed before it: first page"),
      request.messages.some(
        ({ content }) => typeof content !== "string" && content.some(({ type }) => type === "image"),
      ),
    ]);
    expect(shows).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ]);
  });
  it("has a rule beside it: above the threshold is a success, no number is unscored", async () => {
    const rule = runRule((candidate) => Number(candidate.meta?.["reward"] ?? Number.NaN), { version: 1 });
    const runs = [1, 0.5, 0].map((reward) => ({ ...run, meta: { reward } }));
    expect(values(await one(rule, task("g", [...runs, run])))).toEqual([1, 0, 0, "missing-reference"]);
    expect(rule.fingerprint).not.toBe(runRule(() => 1, { version: 1, threshold: 0.4 }).fingerprint);
  });
  it("reads only the stated answers; n/a on success is undecided; no action is no answer", async () => {
    expect(parseTrajectoryVerdict("<success>Unsuccesful</success>")).toMatchObject({
      success: false,
      optimality: null,
    });
    expect(parseTrajectoryVerdict("<success>Probably</success>")).toHaveProperty("unreadable");
    expect(parseTrajectoryVerdict("<side>Yes</side>")).toHaveProperty("unreadable");
    expect(values(await one(trajectoryJudge({ model: says("<success>n/a</success>") }), task("g", [run])))).toEqual([
      "undecided",
    ]);
    expect((await one(trajectoryJudge({ model: says(reply) }), task("g", [{ output: [] }])))[0]).toMatchObject({
      value: 0,
      fault: "no-answer",
    });
  });
});

describe("writingJudge (Writing-Zero, LitBench)", () => {
  const pair = [{ task: task("Write.", ["x", "y"]), pairs: [[0, 1]] as const }];
  it("compares two float scores, equal ones tie", async () => {
    const compare = async (text: string) =>
      (await writingJudge({ model: says(text), orders: "as-given" }).compare(pair, ctx))[0]![0]!;
    expect(await compare('{"A": 6.5, "B": 7}')).toMatchObject({ p: 0 });
    expect(await compare('{"A": 7, "B": 7.0}')).toMatchObject({ p: 0.5, tie: 1 });
    expect(await compare('{"A": 11, "B": 7}')).toHaveProperty("unscored.reason", "judge-unparsable");
    const preferred = writingJudge({ model: says("so\nPreferred: B"), form: "preferred", orders: "as-given" });
    expect((await preferred.compare(pair, ctx))[0]![0]).toMatchObject({ p: 0 });
  });
  it("rewards right verdicts by margin and balance, and punishes form", () => {
    expect(parsePairScores('{"principles": ["p"], "A": 6, "B": 3}')).toEqual({ a: 6, b: 3, principles: ["p"] });
    expect([
      pairScoreReward('{"A": 6, "B": 3}', "A"),
      pairScoreReward('{"A": 6, "B": 5.5}', "B"),
      pairScoreReward("x", "A"),
    ]).toEqual([1, -0.5, -1]);
    expect(pairScoreReward('{"A": 6, "B": 3}', "A", 0.25)).toBe(2);
  });
});

describe("a judge's fingerprints", () => {
  it("differ between orders, rules and models, and pairwise judges state which is symmetric", () => {
    const model = says("");
    const both = pairwiseJudge({ model });
    const given = pairwiseJudge({ model, orders: "as-given" });
    expect(both.fingerprint).not.toBe(given.fingerprint);
    expect(pairwiseJudge({ model, onDisagreement: "average" }).fingerprint).not.toBe(both.fingerprint);
    expect([both.symmetric, given.symmetric]).toEqual([true, undefined]);
  });
});
