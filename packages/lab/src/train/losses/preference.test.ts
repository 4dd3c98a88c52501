import fc from "fast-check";
import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import {
  aotLoss,
  apoLoss,
  bcoLoss,
  discopopLoss,
  dpoLoss,
  exoLoss,
  type GpoShape,
  gpoLoss,
  ipoLoss,
  klEstimates,
  ktoLoss,
  ktoReferencePoint,
  type LossGradient,
  ncaLoss,
  type PairBatch,
  pairAccuracy,
  perToken,
  robustDpoLoss,
  simpoLoss,
  sppoLoss,
} from "../index.ts";

const seed = seedFrom("losses");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};
const pairs = (name: string): PairBatch => ({
  policy: { first: normals(`${name} a`, 6), second: normals(`${name} b`, 6) },
  reference: { first: normals(`${name} c`, 6), second: normals(`${name} d`, 6) },
});

/** The derivative of a loss by one entry, by central differences; step 1e-5, error about 1e-10. */
function derivative(loss: (values: Float64Array) => number, values: Float64Array, n: number): number {
  const moved = (by: number): Float64Array => values.map((x, i) => (i === n ? x + by : x));
  return (loss(moved(1e-5)) - loss(moved(-1e-5))) / 2e-5;
}

const shapes: GpoShape[] = ["logistic", "hinge", "square", "truncated-square", "exponential", "savage"];
const losses: Record<string, (batch: PairBatch) => LossGradient> = {
  ...Object.fromEntries(
    shapes.map((shape) => [
      `gpo, ${shape}`,
      (b: PairBatch) => gpoLoss(b, { beta: 0.6, shape, weights: normals("w", 6) }),
    ]),
  ),
  exo: (b) => exoLoss(b, { beta: 0.6, smoothing: 0.01 }),
  "robust dpo": (b) => robustDpoLoss(b, { beta: 0.6, flipped: 0.2 }),
  "aot, paired": (b) => aotLoss(b, { beta: 0.6, smoothing: 0.1 }),
  "aot, unpaired": (b) => aotLoss(b, { beta: 0.6, paired: false }),
  discopop: (b) => discopopLoss(b, { beta: 0.6 }),
  nca: (b) => ncaLoss(b, { beta: 0.6 }),
  bco: (b) => bcoLoss(b, { beta: 0.6, shift: 0.3 }),
  sppo: (b) => sppoLoss(b, { beta: 0.6 }),
  "sppo, scores": (b) => sppoLoss(b, { beta: 0.6, scores: { first: normals("s", 6), second: normals("t", 6) } }),
  "apo, zero": (b) => apoLoss(b, { beta: 0.6 }),
  "apo, down": (b) => apoLoss(b, { beta: 0.6, anchor: "down" }),
  simpo: (b) => simpoLoss(b.policy, { beta: 2, gamma: 0.7, smoothing: 0.05 }),
};

describe("preference losses", () => {
  it.each(Object.keys(losses))("%s: gradients agree with central differences to 1e-8, on any pairs", (name) => {
    const loss = losses[name]!;
    fc.assert(
      fc.property(fc.nat(), (nat) => {
        const batch = pairs(`${name} ${nat}`);
        const { first, second } = loss(batch);
        for (let n = 0; n < 6; n++)
          for (const [side, slopes] of [
            ["first", first],
            ["second", second],
          ] as const) {
            const at = (x: Float64Array): number => loss({ ...batch, policy: { ...batch.policy, [side]: x } }).loss;
            expect(Math.abs(slopes[n]! - derivative(at, batch.policy[side], n))).toBeLessThan(1e-8);
          }
      }),
      // 20 batches a loss; kinks and ties have probability 0
      { numRuns: 20, seed: 7 },
    );
  });

  it("are one family: GPO's logistic is DPO, its square is IPO over its target, robust DPO without flips is DPO", () => {
    const batch = pairs("family");
    expect(gpoLoss(batch, { beta: 0.4 })).toEqual(robustDpoLoss(batch, { beta: 0.4 }));
    expect(gpoLoss(batch, { beta: 0.4 }).loss).toBeCloseTo(dpoLoss(batch, { beta: 0.4 }).loss, 14);
    const [square, ipo] = [gpoLoss(batch, { beta: 0.4, shape: "square" }), ipoLoss(batch, { beta: 0.4, target: 1 })];
    expect(square.loss).toBeCloseTo(ipo.loss, 14);
    for (let n = 0; n < 6; n++) expect(square.first[n]).toBeCloseTo(ipo.first[n]!, 14);
  });

  it("robust DPO is unbiased under flips: (1 − ε) its loss + ε that of the turned pair is DPO's, by property", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 0.45, noNaN: true }), (nat, flipped) => {
        const batch = pairs(`robust ${nat}`);
        const turned: PairBatch = {
          policy: { first: batch.policy.second, second: batch.policy.first },
          reference: { first: batch.reference.second, second: batch.reference.first },
        };
        const [a, b] = [robustDpoLoss(batch, { flipped }).loss, robustDpoLoss(turned, { flipped }).loss];
        expect((1 - flipped) * a + flipped * b).toBeCloseTo(dpoLoss(batch).loss, 10);
      }),
      { numRuns: 40 },
    );
  });

  it("NCA pushes the chosen up and the rejected down where the policy is the reference; a step of it raises the chosen", () => {
    const same: PairBatch = { policy: pairs("same").policy, reference: pairs("same").policy };
    const { loss, first, second } = ncaLoss(same, { beta: 0.2 });
    expect(loss).toBeCloseTo(2 * Math.LN2, 14);
    for (const one of first) expect(one).toBeCloseTo((-0.2 * 0.25) / 6, 14);
    for (const one of second) expect(one).toBeCloseTo((0.2 * 0.25) / 6, 14);
  });

  it("DiscoPOP's slope where the policy is the reference points down: −β (¾ − (1 − ln 2)/(4τ))", () => {
    const same: PairBatch = { policy: pairs("same").policy, reference: pairs("same").policy };
    for (const one of discopopLoss(same, { beta: 0.2, tau: 0.05 }).first)
      expect(one).toBeCloseTo((-0.2 * (0.75 - (1 - Math.LN2) / 0.2)) / 6, 12);
  });

  it("refuse what they cannot use", () => {
    expect(() => exoLoss(pairs("x"), { smoothing: 0 })).toThrow(/smoothing/);
    expect(() => robustDpoLoss(pairs("x"), { flipped: 0.5 })).toThrow(/flipped/);
    expect(() => gpoLoss(pairs("x"), { beta: 0 })).toThrow(/beta/);
    expect(() => simpoLoss(pairs("x").policy, { smoothing: 0.6 })).toThrow(/smoothing/);
    const lengths = { first: [1, 1, 1, 1, 1, 0], second: [1, 1, 1, 1, 1, 1] };
    expect(() => perToken(pairs("x"), lengths)).toThrow(/pair 5 has 0 tokens/);
  });

  it("count agreement with the labels, a tie as half", () => {
    const zero = new Float64Array(3);
    const batch = {
      policy: { first: Float64Array.of(1, 0, -1), second: zero },
      reference: { first: zero, second: zero },
    };
    expect(pairAccuracy(batch)).toBe(0.5);
  });
});

describe("KTO", () => {
  const batch = {
    policy: normals("policy", 8),
    reference: normals("reference", 8),
    desirable: [1, 0, 1, 1, 0, 0, 1, 0],
  };

  it("has gradients that agree with central differences to 1e-8, the reference point held constant", () => {
    const options = { beta: 0.7, reference: 0.4, desirable: 1.3, undesirable: 0.6 };
    const { gradient } = ktoLoss(batch, options);
    for (let n = 0; n < 8; n++) {
      const slope = derivative((x) => ktoLoss({ ...batch, policy: x }, options).loss, batch.policy, n);
      expect(Math.abs(gradient[n]! - slope)).toBeLessThan(1e-8);
    }
  });

  it("has a reference point that never falls below 0 and is 0 for a batch of one", () => {
    expect(ktoReferencePoint(Float64Array.of(-5), Float64Array.of(0))).toBe(0);
    expect(ktoReferencePoint(Float64Array.of(3, 1), Float64Array.of(1, 1))).toBe(1);
    expect(ktoReferencePoint(new Float64Array(), new Float64Array())).toBe(0);
    expect(() => ktoLoss({ policy: new Float64Array(), reference: new Float64Array(), desirable: [] })).toThrow(
      /no answers/,
    );
  });
});

describe("KL estimates", () => {
  it("of draws have the exact KL as mean (k1 and k3), and k2's slopes the exact KL's gradient", () => {
    const logits = normals("logits", 4);
    const normal = (x: Float64Array): Float64Array => {
      const total = Math.log(x.reduce((sum, one) => sum + Math.exp(one), 0));
      return x.map((one) => one - total);
    };
    const [own, other] = [normal(logits), normal(normals("others", 4))];
    const mean = (x: Float64Array): number => x.reduce((sum, one, i) => sum + Math.exp(own[i]!) * one, 0);
    const exact = mean(own.map((x, i) => x - other[i]!));
    expect(mean(klEstimates(own, other, "k1").values)).toBeCloseTo(exact, 14);
    expect(mean(klEstimates(own, other, "k3").values)).toBeCloseTo(exact, 14);
    const kl = (x: Float64Array): number => {
      const p = normal(x);
      return p.reduce((sum, log, i) => sum + Math.exp(log) * (log - other[i]!), 0);
    };
    const { slopes } = klEstimates(own, other, "k2");
    for (let k = 0; k < 4; k++) {
      // E slope ∇ log π by logit k: Σ_i π_i slope_i (1[i = k] − π_k)
      const gradient = Math.exp(own[k]!) * (slopes[k]! - mean(slopes));
      expect(Math.abs(gradient - derivative(kl, logits, k))).toBeLessThan(1e-8);
    }
  });

  it.each(["k1", "k2", "k3"] as const)(
    "%s has the slopes of its values, to 1e-8, and k3 is never below 0",
    (estimator) => {
      const [own, other] = [normals("own", 30), normals("other", 30)];
      const { values, slopes } = klEstimates(own, other, estimator);
      for (let i = 0; i < 30; i++) {
        const at = (x: Float64Array): number => klEstimates(x, other, estimator).values[i]!;
        expect(Math.abs(slopes[i]! - derivative(at, own, i))).toBeLessThan(1e-8);
        if (estimator === "k3") expect(values[i]).toBeGreaterThanOrEqual(0);
      }
    },
  );
});
