import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerText,
  type Candidate,
  type Comparer,
  candidate,
  directContext,
  isScored,
  pairwise,
  type Score,
  type Task,
  task,
  unscored,
} from "../core/index.ts";
import { type against, againstAnchor, againstGroupMember, exemplarReward, levelOf } from "./against.ts";
import { sigmoid } from "./numbers.ts";

const size = (c: Candidate): number => Number(answerText(c));
const asked: string[] = [];
const judge: Comparer = pairwise(
  "judge",
  (a, b) => {
    asked.push(`${answerText(a)}:${answerText(b)}`);
    if (answerText(a) === "?" || answerText(b) === "?") return unscored("judge-unparsable", "?");
    return Math.min(1, sigmoid(size(a) - size(b)) + 0.05);
  },
  { version: 1, spec: { kind: "judge" } },
);

const values = (scores: readonly Score[]): (number | undefined)[] =>
  scores.map((score) => (isScored(score) ? score.value : undefined));
const scoresOf = async (reward: ReturnType<typeof against>, one: Task, seed = 0): Promise<readonly Score[]> =>
  (await reward.score([one], directContext({ seed })))[0]!;

describe("against", () => {
  it("an anchor gives the probability of beating it, with the order effect averaged away", async () => {
    const one = task("q", ["2", "1", "0"], undefined, { context: { anchor: "1" } });
    const scores = await scoresOf(againstAnchor(judge), one);
    expect(scores[0]).toMatchObject({ value: expect.closeTo(sigmoid(1), 12), parts: { win: 1, tie: 0, loss: 0 } });
    expect(scores[1]).toMatchObject({ value: 0.5, parts: { win: 0, tie: 1, loss: 0 }, facts: { comparisons: 0 } });
    expect(scores[2]).toMatchObject({ value: expect.closeTo(sigmoid(-1), 12) });
    const logits = await scoresOf(againstAnchor(judge, { scale: "logit", clip: 0.9 }), one);
    expect(values(logits)).toEqual([0.9, 0, -0.9]);
    const own = againstAnchor(judge, { from: (t) => candidate(String(t.candidates.length)) });
    expect(values(await scoresOf(own, one))[0]).toBeCloseTo(sigmoid(-1), 12);
    expect(own.fingerprint).toBeNull();
  });

  it("an exemplar gives loss, tie or win, five values with both orders", async () => {
    const one = task("q", ["9", "3.1", "3", "0"], { exemplar: candidate("3") });
    const reward = exemplarReward(judge, { tieBand: 0.06 });
    // 3.1 against 3: p = 0.525 ± 0.05, a win shown first and a tie shown second
    expect(values(await scoresOf(reward, one))).toEqual([2, 1.5, 1, 0]);
    expect(reward.range).toEqual([0, 2]);
    expect(reward.spec).toEqual({
      kind: "against",
      opponent: "exemplar",
      scale: "levels",
      tieBand: 0.06,
      orders: "both",
      levels: [0, 1, 2],
      comparer: { kind: "judge" },
    });
  });

  it("a group member gives −1, 0 or 1 and ties with itself, whatever the candidates' order", async () => {
    const answers = ["1", "4", "2", "8", "4"];
    for (const pick of ["random", "first"] as const) {
      const reward = againstGroupMember(judge, { pick });
      const reference = new Map(
        (await scoresOf(reward, task("q", answers, undefined, { id: "t" }))).map((s, i) => [answers[i], s]),
      );
      expect([...reference.values()].filter((s) => isScored(s) && s.value === 0)).toHaveLength(1);
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray(answers, { minLength: 5 }), async (shuffled) => {
          const scores = await scoresOf(reward, task("q", shuffled, undefined, { id: "t" }));
          expect(scores).toEqual(shuffled.map((answer) => reference.get(answer)));
        }),
        { numRuns: 10 },
      );
    }
    expect(againstGroupMember(judge).random).toBe(true);
    expect(againstGroupMember(judge, { pick: "first" }).random).toBeUndefined();
  });

  it("draws the opponent by the seed, each member in turn", async () => {
    const drawn = new Set<number>();
    for (let seed = 0; seed < 40; seed++)
      drawn.add(
        values(
          await scoresOf(againstGroupMember(judge), task("q", ["1", "2", "3"], undefined, { id: "t" }), seed),
        ).indexOf(0),
      );
    expect([...drawn].sort()).toEqual([0, 1, 2]);
  });

  it("does not ask for equal contents, and asks once for copies", async () => {
    asked.length = 0;
    await scoresOf(exemplarReward(judge), task("q", ["3", "5", "5"], { exemplar: candidate("3") }));
    expect([...asked].sort()).toEqual(["3:5", "5:3"]);
    asked.length = 0;
    await scoresOf(exemplarReward(judge, { orders: "one" }), task("q", ["5", "6"], { exemplar: candidate("3") }));
    expect(asked).toHaveLength(2);
  });

  it("has no score without an opponent, in too small a group, or where no comparison was scored", async () => {
    expect((await scoresOf(againstAnchor(judge), task("q", ["1"])))[0]).toMatchObject({
      unscored: { reason: "missing-reference" },
    });
    expect((await scoresOf(exemplarReward(judge), task("q", ["1"])))[0]).toMatchObject({
      unscored: { reason: "missing-reference" },
    });
    expect((await scoresOf(againstGroupMember(judge), task("q", ["1", "2"])))[0]).toMatchObject({
      unscored: { reason: "incomplete-group" },
    });
    const scores = await scoresOf(exemplarReward(judge), task("q", ["?", "5"], { exemplar: candidate("3") }));
    expect(scores[0]).toMatchObject({ unscored: { reason: "judge-unparsable" } });
    expect(scores[1]).toMatchObject({ value: 2 });
  });

  it("faults a candidate that failed in all its comparisons, at the floor", async () => {
    const strict = pairwise("strict", (a) =>
      answerText(a) === "bad" ? { p: 0.5, fault: "first" } : { p: 0.5, fault: "second" },
    );
    const scores = await scoresOf(exemplarReward(strict), task("q", ["bad"], { exemplar: candidate("3") }));
    expect(scores[0]).toMatchObject({ value: 0, fault: "malformed", facts: { faults: { comparisons: 2 } } });
  });

  it("gives the same scores in batches of 1, 3 and 64 tasks", async () => {
    const tasks = Array.from({ length: 64 }, (_, i) => task(`q${i}`, ["1", String(i / 7), "3", "5"]));
    const reward = againstGroupMember(judge);
    const inBatches = async (n: number): Promise<Score[][]> => {
      const out: Score[][] = [];
      for (let at = 0; at < 64; at += n)
        for (const row of await reward.score(tasks.slice(at, at + n), directContext())) out.push([...row]);
      return out;
    };
    const whole = await inBatches(64);
    expect(await inBatches(1)).toEqual(whole);
    expect(await inBatches(3)).toEqual(whole);
  });

  it("levels rise with the probability, and options that do not fit are refused", () => {
    const levels = [0, 1, 2] as const;
    expect([0, 0.39, 0.4, 0.5, 0.6, 0.61, 1].map((p) => levelOf(p, { tieBand: 0.1, levels }))).toEqual([
      0, 0, 1, 1, 1, 2, 2,
    ]);
    expect(() => exemplarReward(judge, { levels: [2, 1, 0] })).toThrow(/do not decrease/);
    expect(() => exemplarReward(judge, { tieBand: 0.5 })).toThrow(/tieBand/);
    expect(() => exemplarReward(judge, { from: { context: "x" } })).toThrow(/exemplar comes from/);
    expect(() => againstAnchor(judge, { clip: 0 })).toThrow(/clip/);
  });
});
