import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import { inFrame, normals } from "../worlds/preferences/index.ts";
import { drawPolicyFrame, drawPolicyTaste, policyTriples, referenceTasks } from "../worlds/preferences/policies.ts";
import {
  chooseAnchor,
  fitReferenceReward,
  referenceMatrix,
  referenceOrder,
  referenceRewards,
} from "./reference-reward.ts";

const seed = seedFrom("reference reward");
const frame = drawPolicyFrame({ dim: 6, rank: 2, noise: 0.5 }, seed);

describe("fitReferenceReward (POLAR)", () => {
  it("scores −(z_ref − z)ᵀ M (z_ref − z), 0 for the reference itself", () => {
    const dim = 3;
    const weights = Float64Array.of(1, 0.5, -0.25, 2, 0.75, 3);
    const matrix = referenceMatrix({ dim, weights });
    expect([...matrix]).toEqual([1, 0.5, -0.25, 0.5, 2, 0.75, -0.25, 0.75, 3]);
    const [reference, candidate] = [Float64Array.of(1, 2, 3), Float64Array.of(0, 4, 2)];
    // d = (1, −2, 1): M d = (−0.25, −2.75, 1.25), dᵀ M d = 6.5
    expect(referenceRewards({ dim, weights }, reference, candidate)[0]).toBeCloseTo(-6.5, 12);
    expect(referenceRewards({ dim, weights }, reference, reference)[0]).toBeCloseTo(0, 12);
  });

  it("is at a minimum of its loss: central differences of ±1e-4 vanish to 1e-5 of the loss", () => {
    const triples = policyTriples(frame, { policies: 20, triples: 100 }, split(seed, "triples"));
    const anchor = { dim: 6, weights: normals(random(seed), 21) };
    const l2 = 0.7;
    const fitted = fitReferenceReward(triples, { l2, anchor });
    const objective = (weights: Float64Array): number =>
      100 * referenceOrder({ dim: 6, weights }, triples).loss +
      (l2 / 2) * weights.reduce((sum, x, i) => sum + (x - anchor.weights[i]!) ** 2, 0);
    for (let i = 0; i < 21; i++) {
      const at = (by: number): number => objective(fitted.weights.map((x, j) => (i === j ? x + by : x)));
      expect(Math.abs(at(1e-4) - at(-1e-4)) / 2e-4).toBeLessThan(1e-5);
      expect(at(0)).toBeLessThan(at(1e-2));
    }
  });

  it("tells policies apart on fresh ones, and nothing where a coin says which is which", () => {
    const fresh = policyTriples(frame, { policies: 200, triples: 2000 }, split(seed, "fresh"));
    const accuracy = (swapped: boolean, draw: number): number => {
      const triples = policyTriples(frame, { policies: 100, triples: 500, swapped }, split(seed, draw));
      return referenceOrder(fitReferenceReward(triples, { l2: 5 }), fresh).accuracy;
    };
    expect(accuracy(false, 0)).toBeGreaterThan(0.7);
    // a chance M of 21 weights is off by about 0.09: the mean of 16 lies within four standard errors of a half
    const mean = Array.from({ length: 16 }, (_, draw) => accuracy(true, draw)).reduce((sum, x) => sum + x, 0) / 16;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.09);
  });

  it("stays at the anchor under a strong penalty, and chooses the strength with the least held-out loss", () => {
    const taste = drawPolicyTaste(frame, 0.7, seed);
    const fit = referenceTasks(taste, { tasks: 30, away: 0.7 }, split(seed, "fit"));
    const choose = referenceTasks(taste, { tasks: 30, away: 0.7 }, split(seed, "choose"));
    const anchor = fitReferenceReward(policyTriples(frame, { policies: 100, triples: 500 }, seed), { l2: 5 });
    const held = fitReferenceReward(fit, { l2: 1e9, anchor });
    for (let i = 0; i < 21; i++) expect(held.weights[i]).toBeCloseTo(anchor.weights[i]!, 5);
    const strengths = [1, 10, 100];
    const { l2 } = chooseAnchor({ fit, choose }, { strengths, anchor });
    const losses = strengths.map((one) => referenceOrder(fitReferenceReward(fit, { l2: one, anchor }), choose).loss);
    expect(losses[strengths.indexOf(l2)]).toBe(Math.min(...losses));
    expect(() => chooseAnchor({ fit, choose }, { strengths: [] })).toThrow(/no strength/);
    expect(() => fitReferenceReward(fit, { anchor: { dim: 5, weights: new Float64Array(15) } })).toThrow(/anchor of 5/);
  });
});

describe("the world of policies", () => {
  it("has an orthonormal frame, and orders candidates by gold", () => {
    for (const k of [0, 1]) {
      const column = Float64Array.from({ length: 6 }, (_, d) => frame.basis[d * 2 + k]!);
      const seen = inFrame(frame, column);
      expect(seen[k]).toBeCloseTo(1, 12);
      expect(seen[1 - k]).toBeCloseTo(0, 12);
    }
    expect(() => drawPolicyFrame({ dim: 2, rank: 3, noise: 1 }, seed)).toThrow(/rank of 3 in 2/);
  });
});
