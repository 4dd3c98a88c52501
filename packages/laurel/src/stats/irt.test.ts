import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, type Seed, seedFrom, split, UsageError } from "../core/index.ts";
import { pearson } from "./correlation.ts";
import { fitIrt } from "./irt.ts";
import type { Responses } from "./irt-model.ts";
import { abilityOf, anchorItems, itemInformation, nextItem, rightProbability } from "./irt-use.ts";
import { evenQuadrature, gaussHermite } from "./quadrature.ts";

interface Case {
  persons: number;
  items: number;
  data: string[];
  girth2pl: { slope: number[]; difficulty: number[] };
  girth1pl: { slope: number; difficulty: number[] };
  maximum2pl: { slope: number[]; intercept: number[]; logLikelihood: number };
}
const cases = JSON.parse(
  readFileSync(new URL("../../../../test/expected/irt/girth.json", import.meta.url), "utf8"),
) as Record<"small" | "middle", Case>;
const responsesOf = ({ persons, items, data }: Case): Responses => ({
  persons,
  items,
  data: Float64Array.from(data.join(""), Number),
});
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

/** Answers of persons with abilities N(0, 1) to items with known parameters. */
function simulated(persons: number, items: number, guess: number, seed: Seed) {
  const rng = random(split(seed, "items"));
  const slope = Float64Array.from({ length: items }, () => 0.7 + 1.3 * rng.uniform());
  const difficulty = Float64Array.from({ length: items }, () => rng.normal());
  const people = random(split(seed, "persons"));
  const ability = Float64Array.from({ length: persons }, () => people.normal());
  const data = new Float64Array(persons * items);
  for (let p = 0; p < persons; p++)
    for (let j = 0; j < items; j++) {
      const s = 1 / (1 + Math.exp(-slope[j]! * (ability[p]! - difficulty[j]!)));
      data[p * items + j] = people.uniform() < guess + (1 - guess) * s ? 1 : 0;
    }
  return { responses: { persons, items, data }, slope, difficulty, ability };
}

describe("quadrature", () => {
  it("gives the moments of the normal distribution", () => {
    // E θ^(2k) = (2k - 1)!!, exact for degrees up to 2n - 1
    for (const { points, logWeights } of [gaussHermite(5), gaussHermite(41), gaussHermite(75)])
      for (const [power, moment] of [
        [0, 1],
        [1, 0],
        [2, 1],
        [4, 3],
        [6, 15],
        [8, 105],
      ] as const) {
        const value = points.reduce((sum, x, q) => sum + Math.exp(logWeights[q]!) * x ** power, 0);
        expect(Math.abs(value - moment)).toBeLessThan(1e-10 * Math.max(1, moment));
      }
    const { points, logWeights } = evenQuadrature(0.3);
    expect(points.reduce((sum, x, q) => sum + Math.exp(logWeights[q]!) * x * x, 0)).toBeCloseTo(1, 6);
    expect(() => gaussHermite(0)).toThrow(UsageError);
  });
});

describe("fitIrt", () => {
  it("reaches the maximum of the likelihood that SciPy finds (61 points), for the 2PL", () => {
    for (const one of Object.values(cases).filter((x) => typeof x === "object" && "data" in x)) {
      const model = fitIrt(responsesOf(one), { tolerance: 1e-6, points: 61, maxIterations: 2000 });
      expect(model.converged).toBe(true);
      // both maximise the same function to 1e-6 in the gradient; slopes are then equal to a few 1e-4
      expect(model.logLikelihood).toBeCloseTo(one.maximum2pl.logLikelihood, 4);
      expect(largest(model.slope, one.maximum2pl.slope)).toBeLessThan(2e-3);
      expect(largest(model.intercept, one.maximum2pl.intercept)).toBeLessThan(2e-3);
    }
  });

  it("comes near girth's estimates, which end at a coarser tolerance and on other points", () => {
    const model = fitIrt(responsesOf(cases.middle));
    // girth 0.8.0 integrates by another rule and ends earlier: 0.05 is a third of a standard error here
    expect(largest(model.slope, cases.middle.girth2pl.slope)).toBeLessThan(0.05);
    expect(largest(model.difficulty, cases.middle.girth2pl.difficulty)).toBeLessThan(0.05);
    const rasch = fitIrt(responsesOf(cases.middle), { kind: "rasch" });
    expect(Math.abs(rasch.slope[0]! - cases.middle.girth1pl.slope)).toBeLessThan(0.02);
    expect(largest(rasch.difficulty, cases.middle.girth1pl.difficulty)).toBeLessThan(0.02);
    expect(new Set(rasch.slope).size).toBe(1);
  });

  it("recovers simulated truth within a few standard errors, abilities too", () => {
    const { responses, slope, difficulty, ability } = simulated(2000, 30, 0, seedFrom("truth"));
    const model = fitIrt(responses);
    for (let j = 0; j < 30; j++) {
      expect(Math.abs(model.slope[j]! - slope[j]!)).toBeLessThan(4 * model.error.slope[j]!);
      expect(Math.abs(model.intercept[j]! + slope[j]! * difficulty[j]!)).toBeLessThan(5 * model.error.intercept[j]!);
    }
    const z = ability.map((theta, p) => (model.ability[p]! - theta) / model.abilityError[p]!);
    // posterior sds are calibrated: squared errors over them average 1, sd of the average √(2/2000) = 0.03
    expect(z.reduce((sum, x) => sum + x * x, 0) / 2000).toBeGreaterThan(0.85);
    expect(z.reduce((sum, x) => sum + x * x, 0) / 2000).toBeLessThan(1.15);
  });

  it("finds guessing where there is guessing, and fits better than the 2PL there", () => {
    const { responses } = simulated(3000, 25, 0.25, seedFrom("guessing"));
    const three = fitIrt(responses, { kind: "3pl", tolerance: 1e-3 });
    const two = fitIrt(responses);
    expect(three.logLikelihood).toBeGreaterThan(two.logLikelihood + 5);
    expect(three.guess.reduce((a, b) => a + b, 0) / 25).toBeGreaterThan(0.15);
    expect(three.guess.reduce((a, b) => a + b, 0) / 25).toBeLessThan(0.35);
  });

  it("uses close points where items are many, and recovers abilities to a few hundredths", () => {
    const { responses, ability } = simulated(60, 600, 0, seedFrom("many items"));
    const model = fitIrt(responses, { prior: { slope: 1, intercept: 3 }, tolerance: 1e-2, maxIterations: 40 });
    expect(model.quadrature.rule).toBe("even");
    expect(pearson(model.ability, ability).value).toBeGreaterThan(0.99);
  });

  it("leaves out what was not asked", () => {
    const { responses } = simulated(400, 12, 0, seedFrom("missing"));
    const holes = { ...responses, data: responses.data.map((x, at) => (at % 7 === 3 ? Number.NaN : x)) };
    const [whole, part] = [fitIrt(responses), fitIrt(holes)];
    expect(pearson(whole.difficulty, part.difficulty).value).toBeGreaterThan(0.97);
  });

  it("puts new items on the scale of fixed anchors, and finds the shift of abler persons", () => {
    const { responses, slope, difficulty } = simulated(1500, 20, 0, seedFrom("anchored"));
    // the same items, seen from persons whose abilities are 1 higher: intercepts on the old scale are a (θ - 1 - (b - 1))
    const fixed = new Map(
      Array.from({ length: 10 }, (_, j) => [j, { slope: slope[j]!, intercept: -slope[j]! * (difficulty[j]! + 1) }]),
    );
    const model = fitIrt(responses, { fixed });
    expect(model.latent.mean).toBeGreaterThan(0.85);
    expect(model.latent.mean).toBeLessThan(1.15);
    for (let j = 10; j < 20; j++) expect(Math.abs(model.difficulty[j]! - difficulty[j]! - 1)).toBeLessThan(0.35);
    expect(model.difficulty[3]).toBeCloseTo(difficulty[3]! + 1, 12);
  });

  it("refuses items that all answer alike, without a prior", () => {
    const data = Float64Array.of(1, 1, 0, 1, 0, 0, 1, 1, 0);
    expect(() => fitIrt({ persons: 3, items: 3, data })).toThrow(NotEnoughDataError);
    const model = fitIrt({ persons: 3, items: 3, data }, { prior: { slope: 1, intercept: 1 } });
    expect(model.slope.every(Number.isFinite)).toBe(true);
    expect(() => fitIrt({ persons: 3, items: 3, data: data.map((x) => x / 2) })).toThrow(UsageError);
  });
});

describe("a fitted model", () => {
  const { responses, ability } = simulated(1200, 60, 0, seedFrom("use"));
  const model = fitIrt(responses, { tolerance: 1e-3 });

  it("chooses next items that leave less error after ten answers than a fixed order does", () => {
    const rng = random(seedFrom("adaptive"));
    let [adaptive, plain] = [0, 0];
    for (let k = 0; k < 60; k++) {
      const theta = 1.5 * rng.normal();
      const answer = (item: number): number => (rng.uniform() < rightProbability(model, item, theta) ? 1 : 0);
      const [chosen, inOrder] = [new Map<number, number>(), new Map<number, number>()];
      for (let n = 0; n < 10; n++) {
        const item = nextItem(model, chosen)!;
        chosen.set(item, answer(item));
        inOrder.set(n, answer(n));
      }
      adaptive += abilityOf(model, chosen).sd;
      plain += abilityOf(model, inOrder).sd;
    }
    expect(adaptive).toBeLessThan(0.9 * plain);
    expect(nextItem(model, new Map(Array.from({ length: 60 }, (_, j) => [j, 1])))).toBeUndefined();
  });

  it("tells most at an item's difficulty: a² / 4 for the 2PL", () => {
    expect(itemInformation(model, 4, model.difficulty[4]!)).toBeCloseTo(model.slope[4]! ** 2 / 4, 12);
    expect(abilityOf(model, new Map()).mean).toBeCloseTo(0, 9);
    expect(abilityOf(model, new Map()).sd).toBeCloseTo(1, 3);
  });

  it("estimates accuracy from anchors", () => {
    const anchors = anchorItems(model, 12, { seed: seedFrom("anchors") });
    expect(anchors.weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const all = ability.map((_, p) => responses.data.subarray(p * 60, (p + 1) * 60).reduce((a, b) => a + b, 0) / 60);
    const some = ability.map((_, p) =>
      anchors.items.reduce((sum, j, k) => sum + anchors.weights[k]! * responses.data[p * 60 + j]!, 0),
    );
    expect(pearson(all, some).value).toBeGreaterThan(0.8);
  });
});
