import fc from "fast-check";
import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import {
  type Gaussian,
  gaussHermite,
  gaussianAt,
  gaussianEntropy,
  gaussianExpected,
  gaussianKl,
  gaussianLogprob,
  gaussianPolicy,
  gaussianQuadratic,
} from "./index.ts";

const seed = seedFrom("gaussian tests");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};
const p: Gaussian = { mean: normals("mean", 2), logSd: normals("sd", 2).map((x) => 0.3 * x) };
const q: Gaussian = { mean: normals("other mean", 2), logSd: normals("other sd", 2).map((x) => 0.3 * x) };

/** Central differences by mean and by logSd, one list. */
function differences(f: (g: Gaussian) => number, at: Gaussian): Float64Array {
  const dim = at.mean.length;
  const flat = [...at.mean, ...at.logSd];
  return Float64Array.from(flat, (_, d) => {
    const moved = (by: number): Gaussian => {
      const x = Float64Array.from(flat, (value, e) => (e === d ? value + by : value));
      return { mean: x.slice(0, dim), logSd: x.slice(dim) };
    };
    return (f(moved(1e-5)) - f(moved(-1e-5))) / 2e-5;
  });
}

function close(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(tolerance);
}
const flat = (g: { mean: Float64Array; logSd: Float64Array }): number[] => [...g.mean, ...g.logSd];

describe("Gauss-Hermite quadrature", () => {
  it("has the published nodes and weights of 3 points: 0 and ±√3 with 2/3 and 1/6", () => {
    const { nodes, weights } = gaussHermite(3);
    close(nodes, [-Math.sqrt(3), 0, Math.sqrt(3)], 1e-14);
    close(weights, [1 / 6, 2 / 3, 1 / 6], 1e-14);
    expect(() => gaussHermite(0)).toThrow(/nodes/);
  });

  it("gives the normal's moments up to degree 2n − 1: 0 for odd ones, (k − 1)!! for even ones", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (n) => {
        const { nodes, weights } = gaussHermite(n);
        let factorial = 1;
        for (let k = 0; k <= Math.min(2 * n - 2, 20); k += 2) {
          if (k > 0) factorial *= k - 1;
          const moment = nodes.reduce((sum, x, i) => sum + weights[i]! * x ** k, 0);
          expect(Math.abs(moment / factorial - 1)).toBeLessThan(1e-10);
        }
        expect(Math.abs(nodes.reduce((sum, x, i) => sum + weights[i]! * x, 0))).toBeLessThan(1e-13);
      }),
    );
  });
});

describe("Gaussian policies", () => {
  it("have the entropy and KL that quadrature of their densities gives, to 1e-9", () => {
    const log = (of: Gaussian) => (a: Float64Array) => gaussianLogprob(of, a);
    expect(gaussianEntropy(p)).toBeCloseTo(-gaussianExpected(p, log(p)).value, 9);
    expect(gaussianKl(p, q).kl).toBeCloseTo(gaussianExpected(p, (a) => log(p)(a) - log(q)(a)).value, 9);
    expect(gaussianKl(p, p).kl).toBeCloseTo(0, 14);
  });

  it("have gradients that agree with central differences to 1e-8", () => {
    close(
      flat(gaussianKl(p, q).gradient),
      differences((g) => gaussianKl(g, q).kl, p),
      1e-8,
    );
    const reward = { constant: 1, linear: normals("b", 2), quadratic: Float64Array.of(-1, 0.4, 0.4, 0.3) };
    close(
      flat(gaussianQuadratic(p, reward).gradient),
      differences((g) => gaussianQuadratic(g, reward).value, p),
      1e-8,
    );
    const smooth = (a: Float64Array): number => Math.sin(a[0]!) * Math.exp(-0.1 * a[1]! ** 2);
    close(
      flat(gaussianExpected(p, smooth).gradient),
      differences((g) => gaussianExpected(g, smooth).value, p),
      1e-8,
    );
    close(differences(gaussianEntropy, p), [0, 0, 1, 1], 1e-8);
  });

  it("have the same value by closed form and by quadrature for every quadratic reward", () => {
    fc.assert(
      fc.property(fc.nat(), (nat) => {
        const x = normals(`quadratic ${nat}`, 6);
        const reward = {
          constant: x[0]!,
          linear: x.slice(1, 3),
          quadratic: Float64Array.of(x[3]!, x[4]!, x[4]!, x[5]!),
        };
        const { quadratic, linear } = reward;
        const direct = (a: Float64Array): number =>
          reward.constant +
          linear[0]! * a[0]! +
          linear[1]! * a[1]! +
          0.5 * (quadratic[0]! * a[0]! ** 2 + 2 * quadratic[1]! * a[0]! * a[1]! + quadratic[3]! * a[1]! ** 2);
        const [closed, grid] = [gaussianQuadratic(p, reward), gaussianExpected(p, direct, { nodes: 3 })];
        expect(grid.value).toBeCloseTo(closed.value, 10);
        close(flat(grid.gradient), flat(closed.gradient), 1e-10);
      }),
      { numRuns: 40 },
    );
    expect(gaussianQuadratic(p, { linear: Float64Array.of(2, 0) }).value).toBeCloseTo(2 * p.mean[0]!, 14);
  });

  it("have E cos(Z) = e^−½, and refuse a grid too large", () => {
    const one: Gaussian = { mean: Float64Array.of(0), logSd: Float64Array.of(0) };
    expect(gaussianExpected(one, ([a]) => Math.cos(a!)).value).toBeCloseTo(Math.exp(-0.5), 13);
    const many: Gaussian = { mean: new Float64Array(5), logSd: new Float64Array(5) };
    expect(() => gaussianExpected(many, () => 1)).toThrow(/33554432 points/);
  });
});

describe("a Gaussian policy's draws", () => {
  const contexts = { features: Float64Array.of(1, 0.5, 1, -1), inputs: 2, dim: 2 };
  const theta = Float64Array.of(0.3, -0.7, 1.1, 0.2, -0.4, 0.2);
  const policy = gaussianPolicy(contexts, theta);

  it("have the exact expected reward and entropy: 20,000 draws, five standard errors", () => {
    const drawn = policy.sample(Int32Array.of(1), 20_000, random(split(seed, "draws")));
    const exact = gaussianAt(contexts, theta, 1);
    const reward = { linear: Float64Array.of(1, -2), quadratic: Float64Array.of(1, 0.5, 0.5, -1) };
    const { linear, quadratic } = reward;
    const rewards = Float64Array.from(drawn.draws, (row) => {
      const [a, b] = [drawn.points![2 * row]!, drawn.points![2 * row + 1]!];
      return (
        linear[0]! * a +
        linear[1]! * b +
        0.5 * (quadratic[0]! * a * a + 2 * quadratic[1]! * a * b + quadratic[3]! * b * b)
      );
    });
    const agree = (x: Float64Array, value: number): void => {
      const mean = x.reduce((sum, one) => sum + one, 0) / x.length;
      const sd = Math.sqrt(x.reduce((sum, one) => sum + (one - mean) ** 2, 0) / x.length);
      expect(Math.abs(mean - value)).toBeLessThan((5 * sd) / Math.sqrt(x.length));
    };
    agree(rewards, gaussianQuadratic(exact, reward).value);
    agree(
      policy.logprobs(drawn).map((log) => -log),
      gaussianEntropy(exact),
    );
  });

  it("have a score gradient that agrees with central differences, to 1e-7", () => {
    const drawn = policy.sample(Int32Array.of(0, 1), 4, random(split(seed, "few")));
    const weights = normals("weights", 8);
    const value = (x: Float64Array): number =>
      gaussianPolicy(contexts, x)
        .logprobs(drawn)
        .reduce((sum, log, i) => sum + weights[i]! * log, 0);
    const numeric = theta.map((_, d) => {
      const moved = (by: number): Float64Array => theta.map((x, e) => (e === d ? x + by : x));
      return (value(moved(1e-5)) - value(moved(-1e-5))) / 2e-5;
    });
    close(policy.scoreGradient(drawn, weights), numeric, 1e-7);
    expect(() => policy.logprobs({ ...drawn, points: undefined })).toThrow(/points/);
    expect(() => gaussianPolicy(contexts, theta.slice(1))).toThrow(/5 parameters/);
  });
});
