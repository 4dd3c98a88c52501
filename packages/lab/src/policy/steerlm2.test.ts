import { seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import { sgd } from "../train/index.ts";
import { logSoftmax, type Rollouts, type SteerLm2Record, steerlm2, type TabularModel, tabularPolicy } from "./index.ts";

const seed = seedFrom("steerlm2");
const answers = 4;
/** Two prompts, one action of four. */
const model: TabularModel = { states: 2, vocab: answers, starts: [0, 1], end: -1, horizon: 1, next: (s) => s };
const prior = logSoftmax(Float64Array.of(0, 1, 2, 0, 1, 0, 0, -1), answers);
const fits = Float64Array.of(0, -1, -3, -2, 0, 0, -4, -4);
const posterior = logSoftmax(
  prior.map((log, i) => log + fits[i]!),
  answers,
);
const of =
  (table: Float64Array) =>
  ({ draws, states }: Rollouts): Float64Array =>
    Float64Array.from(draws, (y, i) => table[states![i]! * answers + y]!);
async function run(steps: AsyncIterable<SteerLm2Record>): Promise<SteerLm2Record[]> {
  const out: SteerLm2Record[] = [];
  for await (const step of steps) out.push(step);
  return out;
}
const largest = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(Math.exp(x) - Math.exp(b[i]!))), 0);
const settings = { prompts: 2, logPrior: of(prior), logAttributes: of(fits), optimiser: sgd(0.5), seed };

describe("SteerLM 2.0", () => {
  it("moves the policy to the posterior over answers, from its own samples", async () => {
    const policy = tabularPolicy(model, Float64Array.from(prior));
    const before = largest(logSoftmax(policy.theta, answers), posterior);
    const records = await run(steerlm2(policy, { ...settings, samples: 16, steps: 200 }));
    const after = largest(logSoftmax(policy.theta, answers), posterior);
    expect(before).toBeGreaterThan(0.3);
    expect(after).toBeLessThan(0.02);
    const mean = (from: number): number => records.slice(from, from + 20).reduce((sum, { kl }) => sum + kl, 0) / 20;
    expect(mean(180)).toBeLessThan(mean(0) / 10);
    for (const { skipped, effectiveSize } of records) {
      expect(skipped).toBe(0);
      expect(effectiveSize).toBeGreaterThanOrEqual(1);
    }
  });

  it("does not count an answer twice that was drawn twice: with all answers drawn, how often makes no difference", async () => {
    const gradients: Float64Array[] = [];
    for (const draws of [
      [0, 1, 2, 3],
      [0, 0, 0, 1, 2, 2, 3],
    ]) {
      const all = Int32Array.from([...draws, ...draws]);
      const states = Int32Array.from(all, (_, i) => (i < draws.length ? 0 : 1));
      const base = tabularPolicy(model, Float64Array.from(prior));
      const uniform = {
        ...base,
        sample: (prompts: Int32Array, group: number): Rollouts => ({
          prompts: Int32Array.from(prompts).sort(),
          group,
          draws: all,
          states,
        }),
        logprobs: () => new Float64Array(all.length).fill(-Math.log(answers)),
      };
      const policy = { ...base, at: () => uniform };
      const optimiser = { step: (_: Float64Array, gradient: Float64Array) => gradients.push(gradient) };
      await run(steerlm2(policy, { ...settings, samples: draws.length, steps: 1, optimiser }));
    }
    // at the prior the exact gradient of KL(posterior ‖ policy) is policy − posterior
    for (const gradient of gradients)
      for (const [i, g] of gradient.entries()) expect(g).toBeCloseTo(Math.exp(prior[i]!) - Math.exp(posterior[i]!), 12);
  });

  it("skips and counts prompts of which no sample explains the attributes, and leaves their answers alone", async () => {
    const never = fits.map((log, i) => (i < answers ? log : Number.NEGATIVE_INFINITY));
    const policy = tabularPolicy(model, Float64Array.from(prior));
    const records = await run(steerlm2(policy, { ...settings, logAttributes: of(never), samples: 4, steps: 5 }));
    expect(records.every(({ skipped, kl }) => skipped === 1 && Number.isFinite(kl))).toBe(true);
    expect([...policy.theta.subarray(answers)]).toEqual([...prior.subarray(answers)]);
    expect([...policy.theta.subarray(0, answers)]).not.toEqual([...prior.subarray(0, answers)]);
    const none = tabularPolicy(model, Float64Array.from(prior));
    const silent = of(new Float64Array(8).fill(Number.NEGATIVE_INFINITY));
    const [only] = await run(steerlm2(none, { ...settings, logAttributes: silent, samples: 4, steps: 1 }));
    expect(only).toMatchObject({ skipped: 2, gradientNorm: 0 });
    expect([...none.theta]).toEqual([...prior]);
  });

  it("takes the present policy for the proposal of the next iteration, and refuses one sample and NaN", async () => {
    const policy = tabularPolicy(model, Float64Array.from(prior));
    const records = await run(steerlm2(policy, { ...settings, samples: 8, steps: 40, iterations: 3 }));
    expect(records.map(({ step }) => step)).toEqual(Array.from({ length: 120 }, (_, i) => i));
    expect(largest(logSoftmax(policy.theta, answers), posterior)).toBeLessThan(0.05);
    await expect(run(steerlm2(policy, { ...settings, samples: 1, steps: 1 }))).rejects.toThrow(/at least 2 samples/);
    const broken = of(new Float64Array(8).fill(Number.NaN));
    await expect(
      run(steerlm2(policy, { ...settings, seed: split(seed, 1), logPrior: broken, samples: 2, steps: 1 })),
    ).rejects.toThrow(/of the prior of roll-out 0 is NaN/);
  });
});
