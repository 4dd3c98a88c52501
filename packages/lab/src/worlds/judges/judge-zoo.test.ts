import { answerText, directContext, seedFrom, type Task } from "laurel";
import { meanOf, pearson, varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import {
  castVote,
  drawZoo,
  expectedAccuracy,
  expectedConsistency,
  expectedRepeatAgreement,
  expectedScoreOrder,
  rightProbability,
  voteLaw,
  type ZooItem,
  type ZooTraits,
  zooComparer,
  zooLogit,
  zooPresets,
  zooScore,
} from "./index.ts";

const seed = seedFrom("zoo tests");
const judge = (traits: Partial<ZooTraits>): ZooTraits => ({ name: "one", acuity: 0, ...traits });
const item = (quality: number, more: Partial<ZooItem> = {}): ZooItem => ({ quality, ...more });
const sigma = (x: number): number => 1 / (1 + Math.exp(-x));

describe("a trait of a judge", () => {
  it("acuity and hardness: accuracy by difficulty is σ(acuity · |Δq| − hardness · h), in either order", () => {
    const one = judge({ acuity: 2, hardness: 0.5 });
    for (const difficulty of [-1, 0, 1, 3]) {
      const stated = sigma(2 - 0.5 * difficulty);
      expect(expectedAccuracy(one, item(1), item(0), { difficulty })).toBeCloseTo(stated, 12);
      expect(expectedAccuracy(one, item(0), item(1), { difficulty })).toBeCloseTo(stated, 12);
    }
    expect(expectedAccuracy(one, item(1), item(1))).toBe(0.5);
    const many = judge({ acuity: 1, domains: [0, 3] });
    expect(zooLogit(many, item(1, { domain: 1 }), item(0, { domain: 1 }))).toBe(3);
  });

  it("position, length, style and self-preference: the stated logits", () => {
    const one = judge({ position: 0.3, length: 0.2, style: 0.5, self: { author: 4, bonus: 0.7 } });
    expect(zooLogit(one, item(1), item(1))).toBeCloseTo(0.3, 12);
    expect(zooLogit(one, item(1, { words: 250 }), item(1, { words: 50 }))).toBeCloseTo(0.3 + 0.4, 12);
    expect(zooLogit(one, item(1, { style: 2 }), item(1))).toBeCloseTo(0.3 + 1, 12);
    expect(zooLogit(one, item(1, { author: 4 }), item(1, { author: 3 }))).toBeCloseTo(0.3 + 0.7, 12);
    expect(zooLogit(one, item(1, { author: 3 }), item(1, { author: 4 }))).toBeCloseTo(0.3 - 0.7, 12);
  });

  it("position: swapped votes name the same item as often as stated", () => {
    const one = judge({ acuity: 1, position: 1 });
    // 1st order σ(2) for the better; other order σ(0) for the better
    expect(expectedConsistency(one, item(1), item(0))).toBeCloseTo(sigma(2) * 0.5 + sigma(-2) * 0.5, 12);
  });

  it("ties: Davidson's law, most where the items are close", () => {
    const one = judge({ acuity: 3, ties: 0.5 });
    const close = voteLaw(one, item(1), item(1));
    expect(close).toEqual({ first: 0.4, second: 0.4, tie: expect.closeTo(0.2, 12) });
    const far = voteLaw(one, item(1), item(0));
    expect(far.first / far.second).toBeCloseTo(Math.exp(3), 9);
    expect(far.tie).toBeLessThan(0.1);
    expect(voteLaw(judge({ acuity: 2000, ties: 1 }), item(0), item(1))).toEqual({ first: 0, second: 1, tie: 0 });
  });

  it("cycle: three items of equal quality that go round, and a skew logit", () => {
    const one = judge({ cycle: 2 });
    const [a, b, c] = [0, 1, 2].map((i) => item(0, { angle: (i * 2 * Math.PI) / 3 })) as [ZooItem, ZooItem, ZooItem];
    const logits = [zooLogit(one, a, b), zooLogit(one, b, c), zooLogit(one, c, a)];
    for (const x of logits) expect(x).toBeCloseTo(2 * Math.sin((2 * Math.PI) / 3), 12);
    expect(zooLogit(one, b, a)).toBeCloseTo(-logits[0]!, 12);
  });

  it("steady: two repeats agree as often as stated", () => {
    for (const steady of [0, 0.6, 1]) {
      const one = judge({ acuity: 1, ties: 0.3, steady });
      let agree = 0;
      for (let i = 0; i < 3000; i++) {
        const [x, y] = [0, 1].map(
          (repeat) => castVote(one, item(1), item(0), { pair: `${steady}/${i}`, repeat }, seed).vote,
        );
        if (x === y) agree++;
      }
      // a share of 3,000 has a standard error of at most 0.0091
      expect(Math.abs(agree / 3000 - expectedRepeatAgreement(one, item(1), item(0)))).toBeLessThan(0.037);
    }
  });

  it("votes: as often as their law says; temperature: as sure as it says", () => {
    const one = judge({ acuity: 1.2, ties: 0.4, temperature: 0.5 });
    const votes = Array.from({ length: 4000 }, (_, i) => castVote(one, item(1), item(0), { pair: String(i) }, seed));
    const law = voteLaw(one, item(1), item(0));
    for (const which of ["first", "second", "tie"] as const)
      expect(Math.abs(votes.filter(({ vote }) => vote === which).length / 4000 - law[which])).toBeLessThan(0.035);
    expect(votes.find(({ vote }) => vote === "first")!.confidence).toBeCloseTo(sigma(2.4), 12);
    expect(votes.find(({ vote }) => vote === "tie")!.confidence).toBe(0.5);
  });

  it("scores: the stated mean, noise fixed by judge and item, order as often as stated", () => {
    const one = judge({ acuity: 1, style: 0.5 });
    const wins = Array.from({ length: 4000 }, (_, i) => {
      const good = zooScore(one, { quality: 1, style: 1, name: `good ${i}` }, seed);
      return good > zooScore(one, { quality: 0, name: `bad ${i}` }, seed) ? 1 : 0;
    });
    // Φ(1.5/√2) = 0.8556
    expect(expectedScoreOrder(one, item(1, { style: 1 }), item(0))).toBeCloseTo(0.8556, 4);
    expect(Math.abs(meanOf(wins) - 0.8556)).toBeLessThan(0.028);
    expect(zooScore(one, { quality: 1, name: "x" }, seed)).toBe(zooScore(one, { quality: 1, name: "x" }, seed));
  });
});

describe("a population of judges", () => {
  it("has traits of the stated laws, independent of each other", () => {
    const zoo = drawZoo(
      {
        acuity: { from: 0, to: 2 },
        position: { mean: 0.2, sd: 0.5 },
        style: { mean: 0, sd: 1 },
        ties: 0.1,
        logTemperature: { mean: -0.3, sd: 0.2 },
        self: 0.4,
      },
      6000,
      seed,
    );
    const of = (trait: (one: ZooTraits) => number | undefined): number[] => zoo.map((one) => trait(one)!);
    // five standard errors: sd/15.5 for means
    expect(Math.abs(meanOf(of((one) => one.acuity)) - 1)).toBeLessThan(0.577 / 15);
    expect(Math.abs(varianceOf(of((one) => one.acuity)) - 1 / 3)).toBeLessThan(0.03);
    expect(Math.abs(meanOf(of((one) => one.position)) - 0.2)).toBeLessThan(0.5 / 15);
    expect(Math.abs(Math.sqrt(varianceOf(of((one) => one.position))) - 0.5)).toBeLessThan(0.025);
    expect(
      Math.abs(
        pearson(
          of((one) => one.acuity),
          of((one) => one.style),
        ).value,
      ),
    ).toBeLessThan(0.065);
    expect(Math.abs(meanOf(of((one) => Math.log(one.temperature!))) + 0.3)).toBeLessThan(0.02);
    expect(zoo[7]).toMatchObject({ name: "judge 8", ties: 0.1, self: { author: 7, bonus: 0.4 } });
  });

  it("has rewardbench-2's domains: at least 0, about the judge's own acuity", () => {
    const zoo = drawZoo(zooPresets["rewardbench-2"], 3000, seed);
    const strong = zoo.filter(({ acuity }) => acuity > 2);
    const off = strong.flatMap(({ acuity, domains }) => domains!.map((one) => one - acuity));
    expect(Math.abs(Math.sqrt(varianceOf(off)) - 0.5)).toBeLessThan(0.04);
    expect(zoo.every(({ domains }) => domains!.length === 6 && domains!.every((one) => one >= 0))).toBe(true);
  });

  it("has vl-rewardbench's law for single items", () => {
    const zoo = drawZoo(zooPresets["vl-rewardbench"], 50, seed);
    for (const one of zoo) {
      const c = one.acuity / 1.5;
      const stated = sigma(1.5 * c - 0.4 * 0.7 - 0.8 * Math.max(0, 1.4 - c) * 1.1);
      expect(rightProbability(one, { difficulty: 0.7, trap: 1.1 })).toBeCloseTo(stated, 12);
    }
  });
});

describe("a judge as a comparer", () => {
  const task: Task = {
    id: "t",
    prompt: [{ role: "user", content: "?" }],
    candidates: [1, 0, 1].map((quality) => ({ output: [{ role: "assistant", content: `quality ${quality}` }] })),
  };
  const reading = { item: (candidate: Task["candidates"][number]) => item(Number(answerText(candidate).at(-1))) };

  it("gives the exact law, or votes that follow it and vary by repeat", async () => {
    const one = judge({ acuity: 1, ties: 0.2 });
    const [[law]] = (await zooComparer(one, reading, { says: "law", seed }).compare(
      [{ task, pairs: [[0, 1]] }],
      directContext(),
    )) as unknown as [[{ p: number; tie: number }]];
    const stated = voteLaw(one, item(1), item(0));
    expect(law).toMatchObject({ p: stated.first + stated.tie / 2, tie: stated.tie });
    const votes = zooComparer(one, reading, { says: "votes", seed });
    const counts = new Map<number, number>();
    for (let repeat = 0; repeat < 1500; repeat++) {
      const [[vote]] = (await votes.compare([{ task, pairs: [[0, 1]] }], directContext({ repeat }))) as unknown as [
        [{ p: number }],
      ];
      counts.set(vote.p, (counts.get(vote.p) ?? 0) + 1);
    }
    // a share of 1,500: standard error 0.013
    expect(Math.abs(counts.get(1)! / 1500 - stated.first)).toBeLessThan(0.052);
  });
});
