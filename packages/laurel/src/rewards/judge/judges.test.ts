import { describe, expect, it } from "vitest";
import { fakeModel, textOfRequest } from "../../../../../test/judge/fake.ts";
import { toReward } from "../../compose/index.ts";
import { candidate, directContext, type Score, type Task, task } from "../../core/index.ts";
import { listwiseJudge } from "./listwise.ts";
import { gradedComparer, pairwiseJudge } from "./pairwise.ts";
import { pointwiseJudge } from "./pointwise.ts";
import { blocksOf } from "./prompt.ts";
import { bothOrders } from "./swap.ts";
import { majorityJudge } from "./votes.ts";

const ctx = directContext();
const one = async (
  reward: { score: (tasks: readonly Task[], c: typeof ctx) => Promise<readonly (readonly Score[])[]> },
  t: Task,
) => (await reward.score([t], ctx))[0]!;
const block = (request: Parameters<typeof textOfRequest>[0], name: string): string =>
  blocksOf(request.messages).blocks.find((each) => each.name === name)?.text ?? "";

/** Prefers the longer answer, whatever the order. */
const longer = fakeModel((request) =>
  block(request, "answer-A").length > block(request, "answer-B").length ? "[[A]]" : "[[B]]",
);
const always = (text: string) => fakeModel(() => text);

describe("pointwiseJudge", () => {
  it("scores on its own scale and keeps the reason", async () => {
    const model = always('{"reason": "clear", "score": 8}');
    expect(await one(pointwiseJudge({ model }), task("q", ["an answer"]))).toEqual([{ value: 8, rationale: "clear" }]);
    expect(model.requests).toHaveLength(1);
  });
  it("is unscored with the raw text where it cannot read the reply, and asks again if told", async () => {
    const model = fakeModel((_request, i) => (i === 0 ? "hm, an 8" : '{"score": 8}'));
    expect(await one(pointwiseJudge({ model }), task("q", ["a"]))).toMatchObject([
      { unscored: { reason: "judge-unparsable", raw: "hm, an 8" } },
    ]);
    const again = fakeModel((_request, i) => (i === 0 ? "hm, an 8" : '{"score": 8}'));
    expect(await one(pointwiseJudge({ model: again, retries: 1 }), task("q", ["a"]))).toMatchObject([{ value: 8 }]);
    // at temperature 0 the second request shows the judge what it said
    expect(again.requests[1]!.messages.map((message) => message.role)).toEqual(["system", "user", "assistant", "user"]);
  });
  it("draws again with another seed above temperature 0", async () => {
    const model = fakeModel((_request, i) => (i === 0 ? "hm" : '{"score": 3}'));
    await one(pointwiseJudge({ model, retries: 1, temperature: 1 }), task("q", ["a"]));
    expect(model.requests.map((request) => request.messages.length)).toEqual([2, 2]);
    expect(model.requests[0]!.seed).not.toBe(model.requests[1]!.seed);
  });
  it("takes the mean of votes with different seeds and gives their spread", async () => {
    const model = fakeModel((_request, i) => `{"score": ${[6, 8, 10][i]}}`);
    const [score] = await one(pointwiseJudge({ model, votes: 3 }), task("q", ["a"]));
    expect(score).toMatchObject({ value: 8, spread: { sd: 2, n: 3, over: "votes" } });
    expect(new Set(model.requests.map((request) => request.seed)).size).toBe(3);
  });
  it("asks once for n votes where the model draws n", async () => {
    let calls = 0;
    const inner = fakeModel(() => '{"score": 4}', { supports: { n: true } });
    const model = {
      ...inner,
      generate: (...args: Parameters<typeof inner.generate>) => {
        calls++;
        return inner.generate(...args);
      },
    };
    await one(pointwiseJudge({ model, votes: 5 }), task("q", ["a"]));
    expect(calls).toBe(1);
    expect(inner.requests[0]).toMatchObject({ n: 5, temperature: 0.7 });
  });
  it("counts lost votes and goes on with the others", async () => {
    const model = fakeModel((_request, i) => (i === 1 ? "?" : '{"score": 4}'));
    expect(await one(pointwiseJudge({ model, votes: 3 }), task("q", ["a"]))).toMatchObject([
      { value: 4, facts: { votes: 2, lostVotes: 1 } },
    ]);
  });
  it("does not show an answer that says nothing, nor one over the limit", async () => {
    const model = always('{"score": 10}');
    const judge = pointwiseJudge({ model, limit: 1000 });
    expect(await one(judge, task("q", ["Thought process:", "x".repeat(1001), ""]))).toEqual([
      { value: 1, fault: "no-answer" },
      { value: 1, fault: "over-long" },
      { value: 1, fault: "no-answer" },
    ]);
    expect(model.requests).toHaveLength(0);
  });
  it("says unsupported where the prompt is over the limit, which is not the candidate's fault", async () => {
    const judge = pointwiseJudge({ model: always(""), limit: 100 });
    expect(await one(judge, task("x".repeat(101), ["a"]))).toMatchObject([{ unscored: { reason: "unsupported" } }]);
  });
  it("shows the reference unless told not to, and may require it", async () => {
    const model = always('{"score": 5}');
    await one(pointwiseJudge({ model }), task("q", ["a"], "the truth"));
    expect(block(model.requests[0]!, "reference")).toBe("the truth");
    await one(pointwiseJudge({ model, reference: "ignore" }), task("q", ["a"], "the truth"));
    expect(textOfRequest(model.requests[1]!)).not.toContain("the truth");
    expect(await one(pointwiseJudge({ model, reference: "require" }), task("q", ["a"]))).toMatchObject([
      { unscored: { reason: "missing-reference" } },
    ]);
  });
  it("shows neither the candidate's id nor its meta", async () => {
    const model = always('{"score": 5}');
    await one(
      pointwiseJudge({ model }),
      task("q", [candidate("a", { id: "secret-id", meta: { model: "secret-meta" } })]),
    );
    expect(textOfRequest(model.requests[0]!)).not.toContain("secret");
  });
  it("gives the expected score of the first token", async () => {
    const top = [2, 4].map((value) => ({ token: String(value), logprob: Math.log(0.5) }));
    const model = fakeModel(() => ({ text: "4", finish: "length", logprobs: [{ ...top[1]!, top }] }));
    expect(await one(pointwiseJudge({ model, verdict: "expected" }), task("q", ["a"]))).toMatchObject([
      { value: 3, spread: { sd: 1, n: 1, over: "posterior" } },
    ]);
    expect(model.requests[0]).toMatchObject({ maxTokens: 1, topLogprobs: 20 });
  });
  it("refuses options that make no sense", () => {
    const model = always("");
    expect(() => pointwiseJudge({ model, votes: 3, temperature: 0 })).toThrow(/copies/);
    expect(() => pointwiseJudge({ model, scale: "5-1" })).toThrow(/scale/);
    expect(() => pointwiseJudge({ model, verdict: "expected", scale: "1-10" })).toThrow(/one token/);
    const none = fakeModel(() => "", { supports: { logprobs: false } });
    expect(() => pointwiseJudge({ model: none, verdict: "expected" })).toThrow(/log-probabilities/);
  });
  it("has a fingerprint of all that decides its scores, and none if its model has none", () => {
    const model = always("");
    const variants = [
      {},
      { criterion: "tone" },
      { scale: "1-5" },
      { votes: 3 },
      { verdict: "rating" as const },
      { reference: "ignore" as const },
      { hide: ["x"] },
      { guard: "off" as const },
      { limit: 10 },
      { model: fakeModel(() => "", { name: "other" }) },
    ].map((more) => pointwiseJudge({ model, ...more }).fingerprint);
    expect(new Set(variants).size).toBe(variants.length);
    expect(pointwiseJudge({ model }).fingerprint).toBe(pointwiseJudge({ model: always("x") }).fingerprint);
    expect(pointwiseJudge({ model: fakeModel(() => "", { fingerprint: null }) }).fingerprint).toBeNull();
  });
  it("scores the same for tasks alone and together", async () => {
    const model = fakeModel((request) => `{"score": ${1 + (block(request, "answer").length % 9)}}`);
    const judge = pointwiseJudge({ model });
    const tasks = ["a", "bb", "ccc"].map((text) => task(`q ${text}`, [text, `${text}!`]));
    const together = await judge.score(tasks, ctx);
    expect(await Promise.all(tasks.map((each) => one(judge, each)))).toEqual(together);
  });
  it("sends pictures only to a model that reads them", async () => {
    const picture = { hash: "h", mediaType: "image/png", uri: "a.png" };
    const given = task(
      [
        {
          role: "user",
          content: [
            { type: "text", text: "What is it?" },
            { type: "image", media: picture },
          ],
        },
      ],
      ["A cat"],
    );
    expect(await one(pointwiseJudge({ model: always('{"score": 5}') }), given)).toMatchObject([
      { unscored: { reason: "unsupported" } },
    ]);
    const sees = fakeModel(() => '{"score": 5}', { supports: { images: true } });
    expect(await one(pointwiseJudge({ model: sees }), given)).toMatchObject([{ value: 5 }]);
    expect(sees.requests[0]!.messages[1]!.content).toHaveLength(2);
  });
});

describe("pairwiseJudge", () => {
  const pair = task("q", ["a longer answer", "short one"]);
  const compare = async (judge: ReturnType<typeof pairwiseJudge>, given = pair) =>
    (await judge.compare([{ task: given, pairs: [[0, 1]] }], ctx))[0]![0]!;

  it("asks both orders and prefers the same answer in both", async () => {
    longer.requests.length = 0;
    expect(await compare(pairwiseJudge({ model: longer }))).toMatchObject({ first: 0, second: 1, p: 1, tie: 0 });
    expect(longer.requests).toHaveLength(2);
  });
  it("a judge that always takes the first answer says one half to everything", async () => {
    expect(await compare(pairwiseJudge({ model: always("[[A]]") }))).toMatchObject({ p: 0.5, tie: 1 });
    expect(await compare(pairwiseJudge({ model: always("[[A]]"), onDisagreement: "average" }))).toMatchObject({
      p: 0.5,
    });
    expect(await compare(pairwiseJudge({ model: always("[[A]]"), orders: "as-given" }))).toMatchObject({ p: 1 });
  });
  it("one win and one tie is three quarters, as in JudgeBench a win", async () => {
    const model = fakeModel((_request, i) => (i === 0 ? "[[A]]" : "[[C]]"));
    expect(await compare(pairwiseJudge({ model }))).toMatchObject({ p: 0.75, tie: 0.5 });
  });
  it("leaves the pair unscored where one order cannot be read", async () => {
    const model = fakeModel((_request, i) => (i === 0 ? "[[A]]" : "both fine"));
    expect(await compare(pairwiseJudge({ model }))).toMatchObject({
      unscored: { reason: "judge-unparsable", message: expect.stringMatching(/^swapped: /) },
    });
  });
  it("an answer that says nothing loses without a call; two tie", async () => {
    const model = always("[[B]]");
    expect(await compare(pairwiseJudge({ model }), task("q", ["fine", ":"]))).toMatchObject({ p: 1, fault: "second" });
    expect(await compare(pairwiseJudge({ model }), task("q", ["", ":"]))).toMatchObject({ p: 0.5, fault: "both" });
    expect(model.requests).toHaveLength(0);
  });
  it("averages votes, ties half, or takes the majority", async () => {
    const says = ["[[A]]", "[[A]]", "[[C]]", "[[B]]"];
    const model = () => fakeModel((_request, i) => says[i]!);
    const options = { votes: 4, orders: "as-given" } as const;
    expect(await compare(pairwiseJudge({ model: model(), ...options }))).toMatchObject({ p: 0.625, tie: 0.25 });
    expect(await compare(pairwiseJudge({ model: model(), ...options, count: "majority" }))).toMatchObject({ p: 1 });
  });
  it.each(["preferred", "answer", "letter"] as const)("reads the form %s", async (verdict) => {
    const text = { preferred: "so\nPreferred: A", answer: "<answer>A</answer>", letter: "A" }[verdict];
    expect(await compare(pairwiseJudge({ model: always(text), verdict, orders: "as-given" }))).toMatchObject({ p: 1 });
  });
  it("makes a reward by any tournament, each pair asked in both orders once", async () => {
    longer.requests.length = 0;
    const reward = toReward(pairwiseJudge({ model: longer }));
    const scores = await one(reward, task("q", ["aa", "a", "aaa"]));
    expect(scores.map((score) => (score.unscored === undefined ? score.value : null))).toEqual([0.5, 0, 1]);
    expect(longer.requests).toHaveLength(6);
  });
  it("a panel decides by its majority and lists every member's prompt", async () => {
    const panel = majorityJudge(
      ["[[A]]", "[[A]]", "[[B]]"].map((text) => pairwiseJudge({ model: always(text), orders: "as-given" })),
    );
    expect((await panel.compare([{ task: pair, pairs: [[0, 1]] }], ctx))[0]![0]).toMatchObject({
      p: 1,
      strength: 1 / 3,
    });
    expect(panel.prompts).toHaveLength(3);
  });
  it("bothOrders is antisymmetric for any judge of fixed answers", async () => {
    const noisy = fakeModel((request) => (textOfRequest(request).length % 3 === 0 ? "[[A]]" : "[[B]]"));
    for (const rule of ["tie", "average"] as const) {
      const judge = bothOrders(pairwiseJudge({ model: noisy, orders: "as-given" }), { rule });
      const [rows] = await judge.compare(
        [
          {
            task: task("q", ["ab", "c", "defg"]),
            pairs: [
              [0, 1],
              [1, 0],
              [0, 2],
              [2, 0],
            ],
          },
        ],
        ctx,
      );
      const p = rows!.map((row) => (row.unscored === undefined ? row.p : Number.NaN));
      expect([p[0]! + p[1]!, p[2]! + p[3]!]).toEqual([1, 1]);
    }
  });
});

describe("gradedComparer", () => {
  const says = (choice: string) => fakeModel(() => `{"choice": "${choice}"}`);
  const compare = async (
    options: Omit<Parameters<typeof gradedComparer>[0], "model">,
    choice: string,
    answers: [string, string],
  ) =>
    (
      await gradedComparer({ model: says(choice), orders: "as-given", ...options }).compare(
        [{ task: task("q", answers), pairs: [[0, 1]] }],
        ctx,
      )
    )[0]![0]!;
  it("turns five grades into p and WB-Reward", async () => {
    for (const [grade, p, strength] of [
      ["A++", 1, 1],
      ["A+", 0.75, 0.5],
      ["A=B", 0.5, 0],
      ["B+", 0.25, -0.5],
      ["B++", 0, -1],
    ] as const)
      expect(await compare({}, grade, ["x", "y"])).toMatchObject({ p, strength });
  });
  it("makes a slight win of a much longer answer a tie, not a strong one", async () => {
    const answers: [string, string] = ["x".repeat(502), "y"];
    expect(await compare({ lengthRule: 500 }, "A+", answers)).toMatchObject({ p: 0.5, tie: 1 });
    expect(await compare({ lengthRule: 500 }, "A++", answers)).toMatchObject({ p: 1 });
    expect(await compare({ lengthRule: 501 }, "A+", answers)).toMatchObject({ p: 0.75 });
  });
  it("shows the task's checklist", async () => {
    const model = says("A+");
    await gradedComparer({ model }).compare(
      [{ task: task("q", ["x", "y"], undefined, { context: { checklist: ["Is it brief?"] } }), pairs: [[0, 1]] }],
      ctx,
    );
    expect(textOfRequest(model.requests[0]!)).toContain("1. Is it brief?");
  });
});

describe("listwiseJudge", () => {
  const group = task("q", ["bb", "a", "dddd", "ccc"]);
  const lengths = (request: Parameters<typeof textOfRequest>[0]) =>
    blocksOf(request.messages)
      .blocks.filter(({ name }) => name.startsWith("answer-"))
      .map(({ text }) => text.length);
  const values = (scores: readonly Score[]) =>
    scores.map((score) => (score.unscored === undefined ? score.value : null));

  it("maps scores, ranks and the best back through each vote's order", async () => {
    const scores = fakeModel((request) => `{"scores": ${JSON.stringify(lengths(request))}}`);
    expect(values(await one(listwiseJudge({ model: scores, votes: 3 }), group))).toEqual([2, 1, 4, 3]);
    expect(new Set(scores.requests.map((request) => lengths(request).join())).size).toBeGreaterThan(1);
    const ranking = fakeModel((request) => {
      const of = lengths(request);
      return `{"ranking": ${JSON.stringify(of.map((_, i) => i + 1).sort((x, y) => of[y - 1]! - of[x - 1]!))}}`;
    });
    expect(values(await one(listwiseJudge({ model: ranking, protocol: "ranking" }), group))).toEqual([
      1 / 3,
      0,
      1,
      2 / 3,
    ]);
    const best = fakeModel((request) => `{"best": ${lengths(request).indexOf(4) + 1}}`);
    expect(values(await one(listwiseJudge({ model: best, protocol: "best", votes: 2 }), group))).toEqual([0, 0, 1, 0]);
  });
  it.each(['{"ranking": [1, 2, 3]}', '{"ranking": [1, 2, 2, 4]}', '{"ranking": [0, 1, 2, 3]}', '{"ranking": "1234"}'])(
    "leaves %s unscored: every answer needs one place",
    async (text) => {
      expect(await one(listwiseJudge({ model: always(text), protocol: "ranking" }), group)).toMatchObject(
        group.candidates.map(() => ({ unscored: { reason: "judge-unparsable" } })),
      );
    },
  );
  it("does not depend on the order of candidates in the file", async () => {
    const model = fakeModel(
      (request) => `{"scores": ${JSON.stringify(lengths(request).map((length, i) => length + i))}}`,
    );
    const judge = listwiseJudge({ model });
    const back: Task = { ...group, candidates: [...group.candidates].reverse() };
    expect(values(await one(judge, back)).reverse()).toEqual(values(await one(judge, group)));
  });
  it("does not show faulty answers, and takes no group above its limit or of one", async () => {
    const model = fakeModel((request) => `{"scores": ${JSON.stringify(lengths(request))}}`);
    expect(await one(listwiseJudge({ model }), task("q", ["aa", ":"]))).toMatchObject([
      { value: 2 },
      { fault: "no-answer", value: 1 },
    ]);
    expect(await one(listwiseJudge({ model, maxGroup: 3, protocol: "best" }), group)).toMatchObject([
      { unscored: { reason: "unsupported" } },
      {},
      {},
      {},
    ]);
    expect(await one(listwiseJudge({ model }), task("q", ["a"]))).toMatchObject([
      { unscored: { reason: "incomplete-group" } },
    ]);
  });
  it("splits a larger group in equal parts with shared anchors, which take off what each part adds", async () => {
    // each question gets its own level, as a judge's does by the company that an answer is shown in
    const model = fakeModel(
      (request, i) => `{"scores": ${JSON.stringify(lengths(request).map((length) => length + [0, 30, 10][i]!))}}`,
    );
    const many = task(
      "q",
      [4, 9, 1, 7, 3, 8, 2, 6, 5, 10, 12].map((length) => "x".repeat(length)),
    );
    const scores = await one(listwiseJudge({ model, scale: "0-60", maxGroup: 5 }), many);
    expect(model.requests.map((request) => lengths(request).length)).toEqual([5, 5, 5]);
    // the levels are 0, 30 and 10, so the common one is 40/3
    expect(values(scores)).toEqual(
      [4, 9, 1, 7, 3, 8, 2, 6, 5, 10, 12].map((length) => expect.closeTo(length + 40 / 3, 9)),
    );
    const facts = scores.map((score) => (score.unscored === undefined ? score.facts : undefined));
    expect(facts.filter((one) => one?.["anchorOf"] === 3)).toHaveLength(2);
    expect(new Set(facts.map((one) => one?.["part"]))).toEqual(new Set([1, 2, 3, undefined]));
  });
  it("leaves a part without a verdict unscored, and all where the anchors are missing", async () => {
    const many = task(
      "q",
      [1, 2, 3, 4, 5, 6, 7, 8].map((length) => "x".repeat(length)),
    );
    const half = fakeModel((request, i) => (i === 0 ? "hm" : `{"scores": ${JSON.stringify(lengths(request))}}`));
    const scores = await one(listwiseJudge({ model: half, maxGroup: 5 }), many);
    expect(scores.filter((score) => score.unscored?.reason === "judge-unparsable")).toHaveLength(3);
    expect(values(scores).filter((value) => value !== null)).toHaveLength(5);
    const none = await one(listwiseJudge({ model: always("hm"), maxGroup: 5 }), many);
    expect(none.every((score) => score.unscored?.reason === "judge-unparsable")).toBe(true);
  });
});
