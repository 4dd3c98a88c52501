import { random, seedFrom, split } from "laurel";
import { bradleyTerryTies } from "laurel/stats";
import { describe, expect, it } from "vitest";
import {
  type BradleyTerryOptions,
  bradleyTerry,
  davidson,
  dpoLoss,
  maskedSquaredLoss,
  type PairLabels,
  pinballLoss,
  plackettLuceLoss,
  raoKupper,
  softLogistic,
} from "../index.ts";

const seed = seedFrom("losses of scores");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};

/** Every entry's derivative by central differences of step 1e-5, whose error is about 1e-10; agreement to 1e-8. */
function expectGradient(loss: (values: Float64Array) => number, values: Float64Array, gradient: Float64Array): void {
  const moved = (n: number, by: number): Float64Array => values.map((x, i) => (i === n ? x + by : x));
  for (let n = 0; n < values.length; n++)
    expect(Math.abs(gradient[n]! - (loss(moved(n, 1e-5)) - loss(moved(n, -1e-5))) / 2e-5)).toBeLessThan(1e-8);
}

const [chosen, rejected] = [normals("chosen", 8), normals("rejected", 8)];
const labels = {
  strength: Float64Array.of(1, 2, 3, 1, 0, 3, 2, 1),
  target: normals("target", 8).map((x) => 1 / (1 + Math.exp(-x))),
  margin: normals("margin", 8),
  tie: [0, 0, 1, 0, 0, 0, 0, 1],
  weights: Float64Array.of(1, 2, 0.5, 1, 1, 0, 1, 3),
} satisfies PairLabels;

const variants: Record<string, BradleyTerryOptions> = {
  plain: {},
  "a margin of the strength": { strength: "margin", margin: 0.3 },
  "weights of the strength": { strength: "scale" },
  "released weights": { strength: "scale", normalise: false, scale: (m) => m * m },
  smoothing: { smoothing: 0.1 },
  "squared ties": { tie: { weight: 0.7, form: "squared" } },
  centring: { centre: 0.01, tie: { weight: 0.2 } },
};

describe("bradleyTerry", () => {
  it.each(Object.keys(variants))("%s: gradients agree with central differences to 1e-8", (name) => {
    const loss = bradleyTerry(variants[name]);
    const { first, second } = loss(chosen, rejected, labels);
    expectGradient((x) => loss(x, rejected, labels).loss, chosen, first);
    expectGradient((x) => loss(chosen, x, labels).loss, rejected, second);
  });

  it("is −log σ of the gap less the margin, times the strength, for one pair", () => {
    const [one, zero, three] = [Float64Array.of(1), Float64Array.of(0), { strength: Float64Array.of(3) }];
    const l = (x: number): number => Math.log(1 + Math.exp(-x));
    expect(bradleyTerry()(one, zero, three).loss).toBeCloseTo(l(1), 14);
    expect(bradleyTerry({ strength: "margin" })(one, zero, three).loss).toBeCloseTo(l(1 - 3), 14);
    expect(bradleyTerry({ strength: "scale", normalise: false })(one, zero, three).loss).toBeCloseTo(3 * l(1), 14);
    expect(bradleyTerry({ strength: "scale", normalise: 1.5 })(one, zero, three).loss).toBeCloseTo(2 * l(1), 14);
    expect(bradleyTerry({ strength: "scale" })(one, zero, three).loss).toBeCloseTo(l(1), 14);
  });

  it("is DPO with β = 1 where scores are log-ratios", () => {
    const zero = new Float64Array(8);
    const batch = { policy: { first: chosen, second: rejected }, reference: { first: zero, second: zero } };
    expect(bradleyTerry()(chosen, rejected, { target: labels.target })).toEqual(
      dpoLoss(batch, { beta: 1, labels: labels.target }),
    );
  });

  it("does not depend on the scale of the strengths unless asked, and leaves out what has none", () => {
    const by = (k: number) => ({ strength: labels.strength.map((m) => k * m) });
    const loss = bradleyTerry({ strength: "scale" });
    expect(loss(chosen, rejected, by(5)).loss).toBeCloseTo(loss(chosen, rejected, by(1)).loss, 14);
    expect(loss(chosen, rejected, by(1)).first[4]).toBe(-0);
    expect(loss(chosen, rejected, by(0)).loss).toBe(0);
  });

  it("counts a tie as half a label for each, whatever the margins, and symmetrically", () => {
    const tie = { tie: [1], margin: Float64Array.of(9) };
    const { loss, first } = bradleyTerry()(Float64Array.of(2), Float64Array.of(0), tie);
    expect(loss).toBeCloseTo(softLogistic(2, 0.5).loss, 14);
    expect(first[0]).toBeGreaterThan(0);
    expect(bradleyTerry()(Float64Array.of(0), Float64Array.of(2), tie).loss).toBeCloseTo(loss, 14);
    expect(bradleyTerry()(Float64Array.of(1), Float64Array.of(1), tie).first[0]).toBe(0);
  });

  it("does not overflow for gaps of a thousand logits", () => {
    const { loss, first } = bradleyTerry()(Float64Array.of(-1000, 1000), Float64Array.of(0, 0));
    expect(loss).toBe(500);
    expect([...first]).toEqual([-0.5, 0]);
  });

  it("refuses what it cannot use, by name", () => {
    expect(() => bradleyTerry({ smoothing: 0.5 })).toThrow(/smoothing/);
    expect(() => bradleyTerry({ centre: -1 })).toThrow(/centre/);
    expect(() => bradleyTerry({ strength: "scale" })(chosen, rejected)).toThrow(/no strengths/);
    const one = Float64Array.of(1);
    expect(() => bradleyTerry({ strength: "margin" })(one, one, { strength: Float64Array.of(-2) })).toThrow(/pair 0/);
    expect(() => bradleyTerry()(one, one, { target: Float64Array.of(1.2) })).toThrow(/target of pair 0/);
    expect(() => bradleyTerry()(chosen, one)).toThrow(/8 scores of chosen and 1 of rejected/);
  });
});

describe.each([
  ["raoKupper", raoKupper, "rao-kupper"],
  ["davidson", davidson, "davidson"],
] as const)("%s", (_name, loss, model) => {
  const outcomes = [1, 0, 0.5, 1, 0.5, 1, 0, 0.5];

  it.each([-3, 0, 2.5])("has gradients by the scores and by the tie parameter %d, to 1e-8", (tie) => {
    const { weights } = labels;
    const out = loss(chosen, rejected, outcomes, tie, weights);
    expectGradient((x) => loss(x, rejected, outcomes, tie, weights).loss, chosen, out.first);
    expectGradient((x) => loss(chosen, x, outcomes, tie, weights).loss, rejected, out.second);
    expectGradient(
      (t) => loss(chosen, rejected, outcomes, t[0]!, weights).loss,
      Float64Array.of(tie),
      Float64Array.of(out.tie),
    );
  });

  it("has outcomes whose probabilities sum to 1, to 1e-12", () => {
    for (const [gap, tie] of [
      [0, 0],
      [3, -1],
      [-8, 2],
      [40, 4],
    ] as const) {
      const p = (outcome: number): number =>
        Math.exp(-loss(Float64Array.of(gap), Float64Array.of(0), [outcome], tie).loss);
      expect(p(1) + p(0) + p(0.5)).toBeCloseTo(1, 12);
    }
  });

  it("is least at the maximum likelihood of laurel/stats, with its value", () => {
    // three items; wins[i, j] and ties[i, j]
    const wins = Float64Array.of(0, 6, 7, 3, 0, 5, 2, 4, 0);
    const ties = Float64Array.of(0, 2, 1, 2, 0, 3, 1, 3, 0);
    const fit = bradleyTerryTies(wins, ties, 3, { model });
    const games: [number, number, number, number][] = [];
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) {
        games.push([i, j, 1, wins[3 * i + j]!]);
        if (i < j) games.push([i, j, 0.5, ties[3 * i + j]!]);
      }
    const side = (k: 0 | 1): Float64Array => Float64Array.from(games, (game) => fit.logStrengths[game[k]]!);
    const counts = Float64Array.from(games, (game) => game[3]);
    const tie = Math.log(model === "davidson" ? fit.tie : fit.tie - 1);
    const out = loss(
      side(0),
      side(1),
      games.map((game) => game[2]),
      tie,
      counts,
    );
    expect(out.loss * games.length).toBeCloseTo(-fit.logLikelihood, 9);
    const byItem = new Float64Array(3);
    for (const [n, [i, j]] of games.entries()) {
      byItem[i]! += out.first[n]!;
      byItem[j]! += out.second[n]!;
    }
    for (const slope of [...byItem, out.tie]) expect(Math.abs(slope)).toBeLessThan(1e-9);
  });

  it("stays finite for extreme gaps and refuses other outcomes", () => {
    const out = loss(Float64Array.of(-1000), Float64Array.of(0), [1], 3);
    expect(Number.isFinite(out.loss) && Number.isFinite(out.tie)).toBe(true);
    expect(() => loss(chosen, rejected, [0.3, 0, 0, 0, 0, 0, 0, 0], 0)).toThrow(/outcome of pair 0/);
    expect(() => loss(chosen, rejected, [1], 0)).toThrow(/8 first scores/);
  });
});

describe("plackettLuceLoss", () => {
  const scores = normals("lists", 9);

  it.each([undefined, 1, 2])("has the gradient of central differences to 1e-8, with places %s", (places) => {
    const options = { places, weights: Float64Array.of(1, 2, 0.5) };
    const { gradient } = plackettLuceLoss(scores, [4, 2, 3], options);
    expectGradient((x) => plackettLuceLoss(x, [4, 2, 3], options).loss, scores, gradient);
  });

  it("is Bradley-Terry on lists of two, and log n! for equal scores", () => {
    const pairs = new Float64Array(16);
    for (let n = 0; n < 8; n++) pairs.set([chosen[n]!, rejected[n]!], 2 * n);
    const { loss } = plackettLuceLoss(pairs, new Array<number>(8).fill(2));
    expect(loss).toBeCloseTo(bradleyTerry()(chosen, rejected).loss, 14);
    expect(plackettLuceLoss(new Float64Array(5), [5]).loss).toBeCloseTo(Math.log(120), 12);
    expect(plackettLuceLoss(new Float64Array(5), [5], { places: 1 }).loss).toBeCloseTo(Math.log(5), 12);
  });

  it("does not change when a list's scores move together, even far", () => {
    const { loss } = plackettLuceLoss(scores, [9]);
    expect(
      plackettLuceLoss(
        scores.map((x) => x + 2000),
        [9],
      ).loss,
    ).toBeCloseTo(loss, 9);
  });

  it("refuses lists that do not fit", () => {
    expect(() => plackettLuceLoss(scores, [4, 4])).toThrow(/8 items for 9 scores/);
    expect(() => plackettLuceLoss(scores, [4, 6])).toThrow(/10 items for 9 scores/);
    expect(() => plackettLuceLoss(scores, [8, 1])).toThrow(/list 1 has 1 items/);
  });
});

describe("regression losses", () => {
  const predictions = normals("predictions", 12);

  it("leave out what is NaN, weight rows, and have the gradients of central differences to 1e-8", () => {
    const targets = normals("targets", 12).map((x, i) => (i % 5 === 2 ? Number.NaN : x));
    const weights = Float64Array.of(1, 2, 0, 0.5);
    const { gradient, observed } = maskedSquaredLoss(predictions, targets, weights);
    expect(observed).toBe(10);
    expectGradient((x) => maskedSquaredLoss(x, targets, weights).loss, predictions, gradient);
    expect(maskedSquaredLoss(Float64Array.of(1, 7), Float64Array.of(3, Number.NaN)).loss).toBe(4);
    expect(maskedSquaredLoss(Float64Array.of(1), Float64Array.of(Number.NaN))).toMatchObject({ loss: 0, observed: 0 });
    expect(() => maskedSquaredLoss(predictions, targets, Float64Array.of(1, 1, 1, 1, 1))).toThrow(/5 row weights/);
    expect(() => maskedSquaredLoss(predictions, new Float64Array(3))).toThrow(/12 predictions for 3/);
  });

  it("pinball has the gradients of central differences to 1e-8, away from kinks", () => {
    const targets = Float64Array.of(0.1, Number.NaN, -2, 1);
    const levels = [0.1, 0.5, 0.9];
    const weights = Float64Array.of(1, 1, 2, 0.5);
    const { gradient, observed } = pinballLoss(predictions, targets, levels, weights);
    expect(observed).toBe(3);
    expectGradient((x) => pinballLoss(x, targets, levels, weights).loss, predictions, gradient);
    expect(() => pinballLoss(predictions, targets, [0, 0.5, 0.9])).toThrow(/level/);
  });

  it("pinball is least at the sample's quantile", () => {
    const sample = Float64Array.from({ length: 99 }, (_, i) => i);
    const at = (q: number): number => pinballLoss(new Float64Array(99).fill(q), sample, [0.8]).loss;
    // among whole numbers from 0 to 98, 0.8 · 99 = 79.2 lie at or below 79
    const values = Array.from({ length: 99 }, (_, q) => at(q));
    expect(values.indexOf(Math.min(...values))).toBe(79);
  });
});
