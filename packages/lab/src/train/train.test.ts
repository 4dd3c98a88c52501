import { random, seedFrom, split, UsageError } from "laurel";
import { describe, expect, it } from "vitest";
import {
  adam,
  bradleyTerry,
  brainLoss,
  dpoLoss,
  effectiveSampleSizes,
  fitPairs,
  fitRidge,
  gapWeights,
  ipoLoss,
  irepoLoss,
  logRatioGaps,
  maskedSquaredLoss,
  type PairBatch,
  posteriorWeights,
  selmLoss,
  sgd,
  solveSymmetric,
} from "./index.ts";

const seed = seedFrom("train tests");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};
const batch: PairBatch = {
  policy: { first: normals("a", 7), second: normals("b", 7) },
  reference: { first: normals("c", 7), second: normals("d", 7) },
};
const own = { policy: normals("own", 7), reference: normals("own reference", 7) };
const soft = normals("soft", 7).map((x) => 1 / (1 + Math.exp(-x)));

/** The derivative of a loss by one entry, by central differences; step 1e-5, error about 1e-10. */
function derivative(loss: (values: Float64Array) => number, values: Float64Array, n: number): number {
  const moved = (by: number): Float64Array => values.map((x, i) => (i === n ? x + by : x));
  return (loss(moved(1e-5)) - loss(moved(-1e-5))) / 2e-5;
}

const losses = {
  dpo: (b: PairBatch) => dpoLoss(b, { beta: 0.7 }),
  "dpo, soft labels and weights": (b: PairBatch) => dpoLoss(b, { beta: 0.7, labels: soft, weights: soft }),
  ipo: (b: PairBatch) => ipoLoss(b, { beta: 0.7, target: 0.9 }),
  irepo: (b: PairBatch) => irepoLoss(b, normals("logit", 7), { beta: 0.7 }),
  selm: (b: PairBatch) => selmLoss(b, own, { beta: 0.7, alpha: 0.3 }),
};

describe("preference losses", () => {
  it.each(Object.keys(losses) as (keyof typeof losses)[])(
    "%s: gradients agree with central differences to 1e-8",
    (name) => {
      const loss = losses[name];
      const { first, second } = loss(batch);
      for (let n = 0; n < 7; n++) {
        const byFirst = derivative(
          (x) => loss({ ...batch, policy: { ...batch.policy, first: x } }).loss,
          batch.policy.first,
          n,
        );
        const bySecond = derivative(
          (x) => loss({ ...batch, policy: { ...batch.policy, second: x } }).loss,
          batch.policy.second,
          n,
        );
        expect(Math.abs(first[n]! - byFirst)).toBeLessThan(1e-8);
        expect(Math.abs(second[n]! - bySecond)).toBeLessThan(1e-8);
      }
    },
  );

  it("DPO is ln 2 with slope −β/2 where the policy is the reference", () => {
    const same: PairBatch = { policy: batch.policy, reference: batch.policy };
    const { loss, first } = dpoLoss(same, { beta: 0.2 });
    expect(loss).toBeCloseTo(Math.LN2, 14);
    for (const one of first) expect(one).toBeCloseTo(-0.1 / 7, 14);
  });

  it("SELM with α = 0 is DPO bit for bit; its extra term pushes probability off the own response", () => {
    const [selm, dpo] = [selmLoss(batch, own, { beta: 0.3, alpha: 0 }), dpoLoss(batch, { beta: 0.3 })];
    expect({ loss: selm.loss, first: selm.first, second: selm.second }).toEqual(dpo);
    const loss = (x: Float64Array): number => selmLoss(batch, { ...own, policy: x }, { beta: 0.7, alpha: 0.3 }).loss;
    const slope = derivative(loss, own.policy, 2);
    expect(slope).toBeGreaterThan(0);
    expect(selmLoss(batch, own, { beta: 0.7, alpha: 0.3 }).own[2]).toBeCloseTo(slope, 8);
    expect(() => selmLoss(batch, own, { alpha: -1 })).toThrow(UsageError);
  });

  it("iREPO does not change where pairs are turned round with their logits, and is IPO for constant logits", () => {
    const logit = normals("logits", 7);
    const turned: PairBatch = {
      policy: { first: batch.policy.second, second: batch.policy.first },
      reference: { first: batch.reference.second, second: batch.reference.first },
    };
    expect(
      irepoLoss(
        turned,
        logit.map((x) => -x),
      ).loss,
    ).toBeCloseTo(irepoLoss(batch, logit).loss, 12);
    expect(irepoLoss(batch, new Float64Array(7).fill(0.8)).loss).toBe(ipoLoss(batch, { target: 0.8 }).loss);
    const gaps = logRatioGaps(batch);
    const clipped = irepoLoss(batch, new Float64Array(7).fill(99), { beta: 1 }).loss;
    expect(clipped).toBeCloseTo(
      gaps.reduce((sum, gap) => sum + (gap - 6) ** 2 / 7, 0),
      10,
    );
  });

  it("GAPO's weights are the specification's fixtures", () => {
    const one = (winner: number, loser: number) => gapWeights([{ winner, loser }], { range: [0, 1] })[0]!;
    expect(one(0.75, 0.25)).toBeCloseTo(0.4926, 4);
    expect(one(1, 0)).toBe(1);
    expect(one(0.5, 0.5)).toBe(0);
    const pairs = [
      { winner: 3, loser: 1 },
      { winner: 2, loser: 0 },
    ];
    expect(gapWeights(pairs, { mean: "one" }).reduce((sum, w) => sum + w, 0)).toBeCloseTo(2, 12);
    expect(() => gapWeights([{ winner: 1, loser: 1 }])).toThrow(/no gap/);
    expect(() => gapWeights(pairs, { alpha: 1 })).toThrow(/alpha/);
    expect(() => gapWeights([{ winner: 0, loser: 1 }], { range: [0, 1] })).toThrow(/below/);
  });
});

describe("BRAIn's loss", () => {
  const list = {
    logq: normals("q", 12),
    logProposal: normals("proposal", 12),
    logPrior: normals("prior", 12),
    reward: normals("reward", 12),
    group: 4,
  };
  it("has minus its gradient in gradScale, which sums to 0 in every group", () => {
    const { gradScale } = brainLoss(list, { temperature: 0.5 });
    for (let n = 0; n < 12; n++) {
      const slope = derivative((x) => brainLoss({ ...list, logq: x }, { temperature: 0.5 }).loss, list.logq, n);
      expect(Math.abs(gradScale[n]! / 3 + slope)).toBeLessThan(1e-8);
    }
    for (let g = 0; g < 3; g++)
      expect(gradScale.slice(4 * g, 4 * g + 4).reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 12);
  });

  it("does not see a constant added to a group's rewards, and rests at the posterior", () => {
    const shifted = { ...list, reward: list.reward.map((r, i) => r + Math.floor(i / 4)) };
    const [a, b] = [brainLoss(list, { temperature: 0.5 }), brainLoss(shifted, { temperature: 0.5 })];
    for (let n = 0; n < 12; n++) expect(a.gradScale[n]).toBeCloseTo(b.gradScale[n]!, 12);
    const posterior = { ...list, logq: list.logPrior.map((p, i) => p + list.reward[i]! / 0.5) };
    const rest = brainLoss(posterior, { temperature: 0.5 });
    expect(rest.loss).toBeCloseTo(0, 12);
    for (const one of rest.gradScale) expect(one).toBeCloseTo(0, 12);
  });

  it("at n = 2 with the best as target is DPO with β = 1, in value and gradient to 1e-12", () => {
    const two = { ...list, group: 2, logPrior: list.logProposal };
    const { loss, gradScale } = brainLoss(two, { temperature: 1, target: "argmax" });
    const best = Array.from({ length: 6 }, (_, p) =>
      two.reward[2 * p]! >= two.reward[2 * p + 1]! ? 2 * p : 2 * p + 1,
    );
    const other = best.map((i) => (i % 2 === 0 ? i + 1 : i - 1));
    const pick = (x: Float64Array, of: number[]) => Float64Array.from(of, (i) => x[i]!);
    const dpo = dpoLoss(
      {
        policy: { first: pick(two.logq, best), second: pick(two.logq, other) },
        reference: { first: pick(two.logProposal, best), second: pick(two.logProposal, other) },
      },
      { beta: 1 },
    );
    expect(loss).toBeCloseTo(dpo.loss, 12);
    for (const [p, i] of best.entries()) expect(gradScale[i]! / 6).toBeCloseTo(-dpo.first[p]!, 12);
  });

  it("refuses groups of one and a temperature of 0; weights sum to 1 with an effective size between 1 and n", () => {
    expect(() => brainLoss({ ...list, group: 1 }, { temperature: 1 })).toThrow(/at least 2/);
    expect(() => brainLoss(list, { temperature: 0 })).toThrow(/temperature/);
    for (const size of effectiveSampleSizes(posteriorWeights(list, 0.5), 4)) {
      expect(size).toBeGreaterThanOrEqual(1);
      expect(size).toBeLessThanOrEqual(4);
    }
  });
});

describe("fits and optimisers", () => {
  it("fitPairs has gradient 0 at its solution", () => {
    const x = normals("differences", 300);
    const w = fitPairs(x, 3, { l2: 2 });
    for (let d = 0; d < 3; d++) {
      let gradient = 2 * w[d]!;
      for (let i = 0; i < 100; i++) {
        const margin = [0, 1, 2].reduce((sum, e) => sum + w[e]! * x[i * 3 + e]!, 0);
        gradient -= x[i * 3 + d]! / (1 + Math.exp(margin));
      }
      expect(Math.abs(gradient)).toBeLessThan(1e-8);
    }
    expect(() => fitPairs(Float64Array.of(1, 0, 2, 0), 2, { l2: 0 })).toThrow(/not positive definite/);
  });

  it("fitPairs minimises bradleyTerry's loss with soft labels, margins, weights and a prior", () => {
    const x = normals("labelled", 300);
    const labels = {
      target: normals("targets", 100).map((t) => 1 / (1 + Math.exp(-t))),
      margin: normals("margins", 100),
      weights: normals("weights", 100).map(Math.abs),
    };
    const prior = Float64Array.of(1, -2, 0.5);
    const w = fitPairs(x, 3, { l2: 2, prior, labels });
    const { first } = bradleyTerry()(
      Float64Array.from({ length: 100 }, (_, i) => [0, 1, 2].reduce((sum, d) => sum + w[d]! * x[i * 3 + d]!, 0)),
      new Float64Array(100),
      labels,
    );
    for (let d = 0; d < 3; d++) {
      const slope = first.reduce((sum, one, i) => sum + 100 * one * x[i * 3 + d]!, 2 * (w[d]! - prior[d]!));
      expect(Math.abs(slope)).toBeLessThan(1e-8);
    }
    expect([...fitPairs(x, 3, { l2: 1e12, prior })].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([...prior]);
    expect(() => fitPairs(x, 3, { labels: { margin: new Float64Array(3) } })).toThrow(/3 labels for 100 pairs/);
  });

  it("fitRidge has the gradient 0 of the masked squared loss, each output on its own rows", () => {
    const x = normals("rows", 120);
    const y = normals("ratings", 80).map((one, i) => (i % 7 === 3 ? Number.NaN : one));
    const w = fitRidge(x, y, 3, { l2: 0.4, outputs: 2 });
    const predictions = Float64Array.from({ length: 80 }, (_, i) =>
      [0, 1, 2].reduce((sum, d) => sum + w[(i % 2) * 3 + d]! * x[Math.floor(i / 2) * 3 + d]!, 0),
    );
    const { gradient, observed } = maskedSquaredLoss(predictions, y);
    for (let k = 0; k < 2; k++)
      for (let d = 0; d < 3; d++) {
        let slope = 2 * 0.4 * w[k * 3 + d]!;
        for (let i = 0; i < 40; i++) slope += observed * gradient[2 * i + k]! * x[i * 3 + d]!;
        expect(Math.abs(slope)).toBeLessThan(1e-10);
      }
    expect(fitRidge(Float64Array.of(1, 2), Float64Array.of(2, 4), 1, { l2: 5 })[0]).toBeCloseTo(1, 14);
    expect(() => fitRidge(x, y, 3)).toThrow(/80 targets of 1 outputs/);
  });

  it("solveSymmetric solves [[4, 2], [2, 3]] x = [2, 5] to [−0.5, 2]", () => {
    const x = solveSymmetric(Float64Array.of(4, 2, 2, 3), Float64Array.of(2, 5));
    expect(x[0]).toBeCloseTo(-0.5, 12);
    expect(x[1]).toBeCloseTo(2, 12);
  });

  it("Adam's first step has the length of its rate, and both optimisers find a minimum", () => {
    const first = Float64Array.of(3, -2);
    adam(0.05).step(first, Float64Array.of(7, -0.1));
    expect(first[0]).toBeCloseTo(2.95, 6);
    expect(first[1]).toBeCloseTo(-1.95, 6);
    for (const optimiser of [adam(0.05), sgd(0.1)]) {
      const theta = Float64Array.of(3, -2);
      for (let i = 0; i < 2000; i++)
        optimiser.step(
          theta,
          theta.map((x) => 2 * (x - 1)),
        );
      for (const x of theta) expect(x).toBeCloseTo(1, 3);
    }
  });
});
