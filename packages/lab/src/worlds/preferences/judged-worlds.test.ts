import { random, seedFrom, split } from "laurel";
import { meanOf, varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { dirichlet, sparseWeights } from "./criteria.ts";
import { drawFamily, drawMember, type FamilyDials, familyGold, memberPairs } from "./log-linear-lms.ts";
import { pairAccuracy } from "./pair-accuracy.ts";
import {
  canonicalFollowUps,
  drawDialogues,
  drawUsers,
  meanLogLikelihood,
  newReactionModel,
  type UserDials,
} from "./reactive-users.ts";
import { calculate, drawFacts, drawToolPairs, families, runProgram, testsPassed, weekday } from "./tool-questions.ts";
import { norm } from "./world.ts";

const seed = seedFrom("judged worlds");

describe("criteria", () => {
  it("draws Dirichlet weights with the stated mean and variance", () => {
    // alpha = 2, n = 3: mean 1/3, variance (2 · 4) / (6² · 7) = 0.0317
    const rng = random(split(seed, "dirichlet"));
    const first = Array.from({ length: 20_000 }, () => dirichlet(rng, 3, 2)[0]!);
    expect(meanOf(first)).toBeCloseTo(1 / 3, 2);
    expect(varianceOf(first)).toBeCloseTo(8 / 252, 2);
  });

  it("weighs as many criteria as stated, with sizes that sum to 1 and fair signs", () => {
    const rng = random(split(seed, "sparse"));
    let negative = 0;
    for (let i = 0; i < 2000; i++) {
      const weights = sparseWeights(rng, 12, 3, 2, "random");
      const used = [...weights].filter((w) => w !== 0);
      expect(used).toHaveLength(3);
      expect(used.reduce((sum, w) => sum + Math.abs(w), 0)).toBeCloseTo(1, 12);
      negative += used.filter((w) => w < 0).length;
    }
    // 6,000 fair signs: four standard errors are 0.026
    expect(Math.abs(negative / 6000 - 0.5)).toBeLessThan(0.026);
  });
});

const users: UserDials = { dim: 16, satisfaction: 1.2, topics: 4, vocabulary: 60, length: 6, spread: 0.5 };

describe("pairAccuracy", () => {
  it("counts pairs in groups whose gold differs, a tie as half", () => {
    expect(pairAccuracy([1, 0, 0, 1], [5, 3, 5, 3])).toBe(0.5);
    expect(pairAccuracy([1, 1], [5, 3])).toBe(0.5);
    // gold 3, 2, 2: two pairs count; one is right and one is tied
    expect(pairAccuracy([2, 1, 2], [3, 2, 2], 3)).toBe(0.75);
  });
});

describe("reactive users", () => {
  it("has the stated spread of satisfaction, of reactions and of topics over populations", () => {
    const drawn = Array.from({ length: 200 }, (_, i) => drawUsers(users, split(seed, i)));
    const sdOf = (of: (one: (typeof drawn)[number]) => Float64Array): number =>
      Math.sqrt(
        varianceOf(
          drawn.flatMap((one) => [...of(one)]),
          0,
        ),
      );
    expect(sdOf((one) => one.utility)).toBeCloseTo(1.2 / 4, 1);
    expect(sdOf((one) => one.topic)).toBeCloseTo(1 / 4, 2);
    expect(sdOf((one) => one.reaction)).toBeCloseTo(0.5, 1);
    expect(sdOf((one) => one.topicReaction)).toBeCloseTo(0.5, 1);
  });

  it("lets follow-ups tell satisfaction only where users react", () => {
    const population = drawUsers(users, split(seed, "population"));
    const loud = [...population.reaction.keys()].sort((a, b) => population.reaction[b]! - population.reaction[a]!)[0]!;
    const gap = (reacting: number): number => {
      const { followUps, satisfaction } = drawDialogues(population, 20_000, reacting, split(seed, "dialogues"));
      const said = (i: number): number => {
        let count = 0;
        for (let t = i * 6; t < (i + 1) * 6; t++) if (followUps[t] === loud) count++;
        return count;
      };
      const of = (sign: number) => [...satisfaction.keys()].filter((i) => sign * satisfaction[i]! > 0).map(said);
      return meanOf(of(1)) - meanOf(of(-1));
    };
    expect(gap(1)).toBeGreaterThan(0.05);
    // 20,000 dialogues: standard error of the gap about 0.006
    expect(Math.abs(gap(0))).toBeLessThan(0.03);
  });

  it("gives a model that has read nothing the uniform likelihood", () => {
    const population = drawUsers(users, split(seed, "population"));
    const list = canonicalFollowUps(population, population.reaction, 2, 10, split(seed, "list"));
    const likelihoods = meanLogLikelihood(population, newReactionModel(population), new Float64Array(16), list);
    expect(likelihoods[0]).toBeCloseTo(-Math.log(60), 12);
  });
});

describe("log-linear language models", () => {
  const dials: FamilyDials = {
    dim: 20,
    goldDim: 10,
    goldNorm: 2,
    noise: 0.15,
    alignedWith: [30, 300],
    copies: 2,
    slope: 1.5,
    beta: 0.5,
    steps: 20,
    learningRate: 0.5,
  };
  const gold = familyGold(dials, split(seed, "gold"));

  it("puts gold of the stated length on the first features alone", () => {
    expect(norm(gold)).toBeCloseTo(2, 12);
    expect([...gold.subarray(10)]).toEqual(Array.from({ length: 10 }, () => 0));
  });

  it("gives members their degrees of alignment, the unaligned one at its start, and each alone as in the family", () => {
    expect(memberPairs(dials)).toEqual([0, 30, 30, 300, 300]);
    const family = drawFamily(dials, gold, split(seed, "family"));
    expect(family[0]!.theta).toEqual(family[0]!.start);
    expect(drawMember(dials, gold, 3, split(seed, "family"))).toEqual(family[3]);
    // members differ from each other by √2 · noise · √dim on average
    const starts = Array.from({ length: 100 }, (_, i) => drawFamily({ ...dials, steps: 0 }, gold, split(seed, i)));
    const distances = starts.map(([a, b]) => norm(a!.start.map((x, d) => x - b!.start[d]!)));
    expect(meanOf(distances)).toBeCloseTo(Math.SQRT2 * 0.15 * Math.sqrt(20), 1);
  });
});

describe("questions for tools", () => {
  const facts = drawFacts(500, 0.6, split(seed, "facts"));

  it("has one right answer a pair, by exact tools", () => {
    const table = new Map(facts.keys.map((key, i) => [key, facts.values[i]]));
    for (const { family, question, chosen, rejected } of drawToolPairs(50, facts, "all", split(seed, "pairs"))) {
      const answers = [chosen.token, rejected.token];
      if (family === "arithmetic") expect(answers.map((a) => a === calculate(question))).toEqual([true, false]);
      if (family === "calendar") expect(answers.map((a) => a === weekday(question))).toEqual([true, false]);
      if (family === "lookup") expect(answers.map((a) => a === table.get(question[0]!))).toEqual([true, false]);
      if (family === "code") expect(answers.map((a) => testsPassed(question, a) === 1)).toEqual([true, false]);
      if (family === "style") {
        const liking = ([a, b]: readonly [number, number]): number => 0.7 * a + 0.3 * b;
        expect(liking(chosen.style)).toBeGreaterThan(liking(rejected.style));
      }
      for (const token of [...question, ...answers]) expect(token).toBeLessThan(100_000);
    }
    expect(families).toHaveLength(5);
  });

  it("asks only known facts in training", () => {
    const known = new Set(facts.keys.slice(0, 300));
    const asked = drawToolPairs(200, facts, "known", split(seed, "training")).filter((p) => p.family === "lookup");
    expect(asked.every(({ question }) => known.has(question[0]!))).toBe(true);
  });

  it("knows weekdays and programs by hand", () => {
    expect(weekday([2026, 1126, 0, 0])).toBe(4);
    expect(weekday([2024, 228, 2, 0])).toBe(5);
    expect(weekday([2024, 301, 2, 1])).toBe(3);
    expect(weekday([2023, 229, 0, 0])).toBeUndefined();
    // push 2, multiply, push 1, add: 2x + 1
    expect(runProgram(25_140, 7)).toBe(15);
    // add on one number
    expect(runProgram(40_000, 7)).toBeUndefined();
  });
});
