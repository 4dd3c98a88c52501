import fc from "fast-check";
import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import { adam, sgd } from "../train/index.ts";
import {
  adaptiveKl,
  bestWorst,
  brain,
  candidateRewards,
  expected,
  type FeatureGroups,
  filteredRows,
  type GrpoLossOptions,
  gae,
  gaussianAt,
  gaussianPolicy,
  gaussianQuadratic,
  groupAdvantages,
  grpo,
  grpoLoss,
  keepAll,
  klOf,
  logLinear,
  logLinearPolicy,
  minFormCredit,
  pairLosses,
  pairTraining,
  perAction,
  perRollout,
  pickActions,
  pickRollouts,
  ppo,
  type Rollouts,
  reinforce,
  rejectionSampling,
  type SequenceReward,
  sequenceExpected,
  sequenceGradient,
  sequenceKl,
  sequenceRewards,
  startsOf,
  sumFormCredit,
  type TabularModel,
  tableCritic,
  tabularPolicy,
  tilt,
  transformMinForm,
  type UpdateRecord,
  valueLoss,
  whitened,
} from "./index.ts";

const seed = seedFrom("algorithm tests");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};
const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): void => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(tolerance);
};
const derivative = (f: (x: Float64Array) => number, at: Float64Array, n: number): number => {
  const moved = (by: number): Float64Array => at.map((x, i) => (i === n ? x + by : x));
  return (f(moved(1e-5)) - f(moved(-1e-5))) / 2e-5;
};
async function last<T>(records: AsyncIterable<T> | Iterable<T>): Promise<T> {
  let out: T | undefined;
  for await (const record of records) out = record;
  return out!;
}

/** A bandit of 20 prompts × 6 candidates whose gold is linear. */
const bandit: FeatureGroups = { features: normals("bandit", 20 * 6 * 4), dim: 4, candidates: 6 };
const gold = Float64Array.from({ length: 120 }, (_, i) => bandit.features[i * 4]! - 0.5 * bandit.features[i * 4 + 1]!);
/** Five states in a ring, tokens 0 to 2 of which 2 ends; a token more on the right path pays. */
const ring: TabularModel = { states: 5, vocab: 3, starts: [0, 2], end: 2, horizon: 6, next: (s, a) => (s + a + 1) % 5 };
const path: SequenceReward = (s, a, _t, over) => (a === s % 2 ? 0.4 : 0) + (over && a === 2 ? 0.5 : 0);

/** Three groups of two roll-outs, of 1 to 3 actions. */
const ragged: Rollouts = {
  prompts: Int32Array.of(4, 0, 1),
  group: 2,
  draws: Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2),
  starts: Int32Array.of(0, 2, 3, 6, 7, 9, 12),
};

describe("a batch of roll-outs", () => {
  it("spreads numbers over actions and sums them back", () => {
    const each = Float64Array.of(1, 2, 3, 4, 5, 6);
    close(perAction(ragged, each), [1, 1, 2, 3, 3, 3, 4, 5, 5, 6, 6, 6], 1e-15);
    close(perRollout(ragged, new Float64Array(12).fill(1)), [2, 1, 3, 1, 2, 3], 1e-15);
    expect([...startsOf({ prompts: Int32Array.of(0), group: 2, draws: Int32Array.of(1, 1) })]).toEqual([0, 1, 2]);
  });

  it("keeps actions, prompts and lengths together when some are picked, repeats allowed, by property", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 12 }), (rows) => {
        const values = normals("values", 12);
        const some = pickRollouts(ragged, rows);
        const picked = perRollout(some, pickActions(ragged, rows, values));
        const whole = perRollout(ragged, values);
        for (const [i, row] of rows.entries()) {
          expect(some.prompts[i]).toBe(ragged.prompts[Math.floor(row / 2)]);
          expect(picked[i]).toBe(whole[row]);
        }
      }),
    );
  });
});

describe("advantages", () => {
  it("are centred and scaled by the group's own spread; a group without spread is counted and gives 0", () => {
    const { advantages, flat } = groupAdvantages(Float64Array.of(1, 2, 3, 5, 5, 5), 3, { epsilon: 0 });
    expect([...advantages]).toEqual([-1, 0, 1, 0, 0, 0]);
    expect(flat).toBe(1);
    expect([...groupAdvantages(Float64Array.of(1, 5), 2, { scale: "none" }).advantages]).toEqual([-2, 2]);
    expect([...groupAdvantages(Float64Array.of(0, 100), 2, { scale: "none", clip: 5 }).advantages]).toEqual([-5, 5]);
    expect(() => groupAdvantages(Float64Array.of(1), 1)).toThrow(/at least 2/);
    expect(() => groupAdvantages(Float64Array.of(1, 2, 3), 2)).toThrow(/whole groups/);
  });

  it("do not see a constant added to a group; scaled by its sd, they do not see its unit, by property", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.1, max: 50, noNaN: true }), (nat, unit) => {
        const rewards = normals(`advantages ${nat}`, 12);
        const moved = rewards.map((r, i) => unit * r + Math.floor(i / 4));
        const sd = { epsilon: 0 };
        close(groupAdvantages(moved, 4, sd).advantages, groupAdvantages(rewards, 4, sd).advantages, 1e-9);
        for (const scale of ["batch", "none"] as const) {
          const sums = perRollout(
            { prompts: new Int32Array(3), group: 1, draws: new Int32Array(12), starts: Int32Array.of(0, 4, 8, 12) },
            groupAdvantages(moved, 4, { scale, baseline: "leave-one-out" }).advantages,
          );
          close(sums, [0, 0, 0], 1e-9);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("whitened have mean 0 and variance 1", () => {
    const x = whitened(normals("whiten", 50).map((one) => 3 * one + 7));
    expect(x.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0, 10);
    expect(x.reduce((sum, one) => sum + one * one, 0) / 49).toBeCloseTo(1, 7);
    expect(() => whitened(Float64Array.of(1))).toThrow(/no spread/);
  });
});

describe("generalised advantage estimates", () => {
  it("with λ = 1 are the Monte Carlo return less the value, with λ = 0 the one-step error, by property", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.5, max: 1, noNaN: true }), (nat, gamma) => {
        const [rewards, values] = [normals(`gae r ${nat}`, 12), normals(`gae v ${nat}`, 12)];
        const credit = sumFormCredit({ gamma });
        const { returns } = gae(ragged, rewards, values, { gamma, lambda: 1 });
        const one = gae(ragged, rewards, values, { gamma, lambda: 0 }).advantages;
        for (let i = 0; i < 6; i++) {
          const [from, to] = [ragged.starts![i]!, ragged.starts![i + 1]!];
          close(returns.subarray(from, to), credit.returns(rewards.slice(from, to)), 1e-10);
          for (let t = from; t < to; t++)
            expect(one[t]).toBeCloseTo(rewards[t]! + (t + 1 < to ? gamma * values[t + 1]! : 0) - values[t]!, 12);
        }
      }),
      { numRuns: 40 },
    );
    expect(() => gae(ragged, new Float64Array(3), new Float64Array(12))).toThrow(/3 rewards/);
  });
});

describe("credit", () => {
  it("in min form gives the worst step's reward up to that step and nothing after it", () => {
    expect([...minFormCredit({ temperature: 0 }).returns(Float64Array.of(0.9, -0.5, 0.8))]).toEqual([-0.5, -0.5, 0]);
    expect([...minFormCredit({ temperature: 0 }).returns(new Float64Array())]).toEqual([]);
    expect([...minFormCredit().returns(Float64Array.of(0.3))]).toEqual([0.3]);
    expect([...sumFormCredit().returns(Float64Array.of(1, 2, 3))]).toEqual([6, 5, 3]);
    expect(() => sumFormCredit().returns(Float64Array.of(1, Number.NaN))).toThrow(/step 1/);
  });

  it("has as limit of the softened rewards' sum, T → 0, the least reward, by property", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }), (rewards) => {
        const sum = transformMinForm(Float64Array.from(rewards), 1e-4).reduce((a, b) => a + b, 0);
        // a step within 20 T of the least still has weight; the sum is then off by less than 20 T
        expect(Math.abs(sum - Math.min(...rewards))).toBeLessThan(2e-3);
      }),
    );
  });
});

describe("GRPO's loss", () => {
  const options: Record<string, GrpoLossOptions> = {
    "as in the paper, with its KL term": { kl: { coefficient: 0.3, reference: normals("reference", 12) } },
    "Dr. GRPO": { aggregate: "constant", maxLength: 5 },
    DAPO: { aggregate: "token", high: 0.28 },
    "GSPO, k2": { level: "sequence", kl: { coefficient: 0.1, reference: normals("reference", 12), estimator: "k2" } },
    "dual clip": { most: 1.5 },
  };
  const old = normals("old", 12).map((x) => x - 2);
  const now = old.map((x, t) => x + 0.3 * normals("drift", 12)[t]!);
  const advantages = normals("advantages", 6);

  it.each(Object.entries(options))("%s: the gradient agrees with central differences to 1e-8", (_name, option) => {
    const { gradient } = grpoLoss(ragged, now, old, advantages, option);
    for (let t = 0; t < 12; t++) {
      const slope = derivative((x) => grpoLoss(ragged, x, old, advantages, option).loss, now, t);
      expect(Math.abs(gradient[t]! - slope)).toBeLessThan(1e-8);
    }
  });

  it("CISPO: weights are held constant and capped, so the gradient is −w min(ρ, 1 + high) A", () => {
    const { gradient, clipped } = grpoLoss(ragged, now, old, advantages, {
      objective: "cispo",
      high: 0.1,
      aggregate: "token",
    });
    const each = perAction(ragged, advantages);
    close(
      gradient,
      now.map((x, t) => (-Math.min(Math.exp(x - old[t]!), 1.1) * each[t]!) / 12),
      1e-14,
    );
    expect(clipped).toBeCloseTo(now.filter((x, t) => x - old[t]! > Math.log(1.1)).length / 12, 12);
  });

  it("on the policy that drew the batch is the plain policy gradient, clipped nowhere", () => {
    const { gradient, clipped } = grpoLoss(ragged, old, old, advantages);
    const lengths = perAction(ragged, Float64Array.of(2, 1, 3, 1, 2, 3));
    const each = perAction(ragged, advantages);
    close(
      gradient,
      each.map((a, t) => -a / (6 * lengths[t]!)),
      1e-14,
    );
    expect(clipped).toBe(0);
    expect(() => grpoLoss(ragged, old, old, advantages, { aggregate: "constant" })).toThrow(/maxLength/);
  });
});

describe("PPO's parts", () => {
  it("have a value loss whose gradient agrees with central differences to 1e-8", () => {
    const [values, returns] = [normals("values", 30), normals("returns", 30)];
    const old = values.map((v, t) => v + 0.3 * normals("moved", 30)[t]!);
    const { gradient, clipped } = valueLoss(values, old, returns, 0.2);
    expect(clipped).toBeGreaterThan(0);
    for (let t = 0; t < 30; t++)
      expect(Math.abs(gradient[t]! - derivative((x) => valueLoss(x, old, returns, 0.2).loss, values, t))).toBeLessThan(
        1e-8,
      );
  });

  it("have an adaptive coefficient that rises above the target and falls below it, by at most 20 % a horizon", () => {
    const kl = adaptiveKl(0.1, 6, 100);
    kl.update(60, 100);
    expect(kl.coefficient).toBeCloseTo(0.12, 12);
    kl.update(0, 100);
    expect(kl.coefficient).toBeCloseTo(0.096, 12);
    expect(() => adaptiveKl(0.1, 0, 100)).toThrow(/target/);
  });

  it("filter roll-outs by their group's weights: dropped once each, or drawn again to the same number", () => {
    const rng = random(split(seed, "filter"));
    const batch = { ...ragged, rewards: Float64Array.of(1, 2, 5, 3, 0, 0) };
    expect([...filteredRows(batch, bestWorst(), "drop", rng)]).toEqual([0, 1, 2, 3, 4, 5]);
    const wide = { ...batch, prompts: Int32Array.of(4, 0), group: 3 };
    expect([...filteredRows(wide, bestWorst(), "drop", rng)]).toEqual([0, 2, 3, 5]);
    const again = filteredRows(wide, bestWorst(), "resample", rng);
    expect(again).toHaveLength(6);
    for (const row of again) expect([0, 2, 3, 5]).toContain(row);
    expect(filteredRows(wide, keepAll(), "drop", rng)).toHaveLength(6);
  });
});

describe("policy gradients", () => {
  it("of a log-linear policy agree with central differences of the weighted log-probabilities, to 1e-7", () => {
    const theta = normals("bandit theta", 4);
    const policy = logLinearPolicy(bandit, theta);
    const drawn = policy.sample(Int32Array.of(3, 11, 19), 4, random(split(seed, "bandit draws")));
    const exact = logLinear(bandit, theta);
    close(
      policy.logprobs(drawn),
      Array.from(drawn.draws, (k, i) => exact[drawn.prompts[Math.floor(i / 4)]! * 6 + k]!),
      1e-12,
    );
    const weights = normals("bandit weights", 12);
    const value = (x: Float64Array): number =>
      policy
        .at(x)
        .logprobs(drawn)
        .reduce((sum, log, i) => sum + weights[i]! * log, 0);
    const gradient = policy.scoreGradient(drawn, weights);
    for (let d = 0; d < 4; d++) expect(Math.abs(gradient[d]! - derivative(value, theta, d))).toBeLessThan(1e-7);
  });

  it("of sampled sequences have the exact gradient as their mean (3,000 batches, five standard errors)", () => {
    const theta = normals("ring", 15);
    const policy = tabularPolicy(ring, theta);
    const rng = random(split(seed, "unbiased"));
    const [sum, squares] = [new Float64Array(15), new Float64Array(15)];
    const reps = 3000;
    for (let r = 0; r < reps; r++) {
      const drawn = policy.sample(Int32Array.of(0, 1), 4, rng);
      const { advantages } = groupAdvantages(sequenceRewards(ring, drawn, path), 4, {
        baseline: "leave-one-out",
        scale: "none",
      });
      const gradient = policy.scoreGradient(
        drawn,
        perAction(
          drawn,
          advantages.map((a) => a / 8),
        ),
      );
      for (let d = 0; d < 15; d++) {
        sum[d]! += gradient[d]! / reps;
        squares[d]! += gradient[d]! ** 2 / reps;
      }
    }
    const exact = sequenceGradient(ring, theta, path);
    for (let d = 0; d < 15; d++)
      expect(Math.abs(sum[d]! - exact[d]!)).toBeLessThan(5 * Math.sqrt((squares[d]! - sum[d]! ** 2) / reps) + 1e-12);
  });
});

type Run = (
  policy: ReturnType<typeof logLinearPolicy>,
  prompts: number,
  reward: (r: Rollouts) => Float64Array,
  critic: "prompt" | "state",
) => AsyncIterable<UpdateRecord>;
const runs: Record<string, Run> = {
  "REINFORCE, leave-one-out": (policy, prompts, reward) =>
    reinforce(policy, reward, { prompts, updates: 60, optimiser: adam(0.05), seed }),
  "REINFORCE with a KL penalty": (policy, prompts, reward) =>
    reinforce(policy, reward, {
      prompts,
      updates: 60,
      beta: 0.01,
      baseline: "group-mean",
      optimiser: adam(0.05),
      seed,
    }),
  GRPO: (policy, prompts, reward) =>
    grpo(policy, reward, { prompts, updates: 60, passes: 2, beta: 0.02, optimiser: adam(0.05), seed }),
  "Dr. GRPO": (policy, prompts, reward) =>
    grpo(policy, reward, {
      prompts,
      updates: 60,
      scale: "none",
      aggregate: "constant",
      maxLength: 1,
      optimiser: adam(0.05),
      seed,
    }),
  DAPO: (policy, prompts, reward) =>
    grpo(policy, reward, {
      prompts,
      updates: 60,
      passes: 2,
      high: 0.28,
      aggregate: "token",
      optimiser: adam(0.05),
      seed,
    }),
  GSPO: (policy, prompts, reward) =>
    grpo(policy, reward, { prompts, updates: 60, passes: 2, level: "sequence", optimiser: adam(0.05), seed }),
  PPO: (policy, prompts, reward, of) =>
    ppo(policy, tableCritic(20, of), reward, {
      prompts,
      group: 8,
      updates: 40,
      epochs: 2,
      minibatches: 2,
      kl: adaptiveKl(0.01, 2, 1000),
      optimiser: adam(0.05),
      valueOptimiser: adam(0.1),
      seed,
    }),
  "PPO, best and worst": (policy, prompts, reward, of) =>
    ppo(policy, tableCritic(20, of), reward, {
      prompts,
      group: 5,
      updates: 40,
      filter: { rule: bestWorst() },
      optimiser: adam(0.03),
      valueOptimiser: adam(0.1),
      seed,
    }),
  "rejection sampling": (policy, prompts, reward) =>
    rejectionSampling(policy, reward, { prompts, updates: 12, optimiser: adam(0.05), seed }),
  BRAIn: (policy, prompts, reward) =>
    brain(policy, reward, { prompts, updates: 8, steps: 15, temperature: 0.3, optimiser: adam(0.05), seed }),
};

describe.each(Object.entries(runs))("%s", (_name, run) => {
  it("raises the exact expected reward of a bandit, of sequences and of a Gaussian", async () => {
    const linear = logLinearPolicy(bandit, new Float64Array(4));
    const before = expected(logLinear(bandit, linear.theta), gold, 6);
    const record = await last(run(linear, 20, (drawn) => candidateRewards(drawn, gold, 6), "prompt"));
    expect(expected(logLinear(bandit, linear.theta), gold, 6)).toBeGreaterThan(before + 0.7);
    expect(record.gradientNorm).toBeGreaterThan(0);
    expect(record.kl).toBeGreaterThan(0);

    const table = tabularPolicy(ring, new Float64Array(15));
    const start = sequenceExpected(ring, table.theta, path);
    await last(run(table, 2, (drawn) => sequenceRewards(ring, drawn, path), "state"));
    expect(sequenceExpected(ring, table.theta, path)).toBeGreaterThan(start + 0.3);

    const contexts = { features: Float64Array.of(1, 1, 1, -1), inputs: 2, dim: 1 };
    const bowl = { linear: Float64Array.of(1), quadratic: Float64Array.of(-0.5) };
    const gaussian = gaussianPolicy(contexts, Float64Array.of(0, 0, -0.7));
    const value = (): number => gaussianQuadratic(gaussianAt(contexts, gaussian.theta, 0), bowl).value;
    const atFirst = value();
    await last(
      run(
        gaussian,
        2,
        ({ draws, points }) => Float64Array.from(draws, (row) => points![row]! - 0.25 * points![row]! ** 2),
        "prompt",
      ),
    );
    expect(value()).toBeGreaterThan(atFirst + 0.2);
  });

  it("takes the same steps from the same seed, and stops at a reward that is no number", async () => {
    const thetas = await Promise.all(
      [0, 1].map(async () => {
        const policy = logLinearPolicy(bandit, new Float64Array(4));
        let updates = 0;
        for await (const { update } of run(policy, 20, (drawn) => candidateRewards(drawn, gold, 6), "prompt")) {
          updates = update;
          if (update === 3) break;
        }
        expect(updates).toBe(3);
        return policy.theta;
      }),
    );
    expect(thetas[0]).toEqual(thetas[1]);
    const broken = run(
      logLinearPolicy(bandit, new Float64Array(4)),
      20,
      ({ draws }) => new Float64Array(draws.length).fill(Number.NaN),
      "prompt",
    );
    await expect(last(broken)).rejects.toThrow(/roll-out 0 of update 0 has the reward NaN/);
  });
});

describe("where an optimum is known", () => {
  it("BRAIn comes to the posterior, prior × exp(r/τ): KL below 1e-3", async () => {
    const policy = logLinearPolicy(bandit, new Float64Array(4));
    for await (const { effectiveSize } of brain(policy, (drawn) => candidateRewards(drawn, gold, 6), {
      prompts: 20,
      group: 16,
      updates: 10,
      steps: 60,
      temperature: 1,
      optimiser: sgd(0.5),
      seed,
    }))
      expect(effectiveSize).toBeGreaterThan(1.5);
    expect(klOf(tilt(gold, 6, 1), logLinear(bandit, policy.theta), 6)).toBeLessThan(1e-3);
  });

  it("DPO on soft labels of all pairs, and iREPO on their logits, come to π_ref exp(r/β): KL below 1e-6", async () => {
    const rows: number[] = [];
    for (let i = 0; i < 6; i++) for (let j = 0; j < i; j++) rows.push(i, j);
    const pairs: Rollouts = {
      prompts: Int32Array.from({ length: 20 * 15 }, (_, n) => Math.floor(n / 15)),
      group: 2,
      draws: Int32Array.from({ length: 20 * 30 }, (_, n) => rows[n % 30]!),
    };
    const values = candidateRewards(pairs, gold, 6);
    const logit = Float64Array.from({ length: 300 }, (_, n) => values[2 * n]! - values[2 * n + 1]!);
    const losses = [
      pairLosses.cdpo({ beta: 2, labels: logit.map((x) => 1 / (1 + Math.exp(-x))) }),
      pairLosses.irepo({ beta: 2, logit }),
    ];
    for (const loss of losses) {
      const policy = logLinearPolicy(bandit, new Float64Array(4));
      const record = await last(pairTraining(policy, pairs, { loss, steps: 1500, optimiser: adam(0.02) }));
      expect(klOf(tilt(gold, 6, 2), logLinear(bandit, policy.theta), 6)).toBeLessThan(1e-6);
      expect(record.gradientNorm).toBeLessThan(1e-2);
    }
  });
});

describe("training on pairs", () => {
  const rng = random(split(seed, "pairs"));
  const table = tabularPolicy(ring, normals("table", 15));
  const drawn = table.sample(
    Int32Array.from({ length: 60 }, (_, i) => i % 2),
    2,
    rng,
  );
  const totals = sequenceRewards(ring, drawn, path);
  // the better of each two stands first
  const order = Array.from({ length: 60 }, (_, n) =>
    totals[2 * n]! >= totals[2 * n + 1]! ? [2 * n, 2 * n + 1] : [2 * n + 1, 2 * n],
  );
  const pairs: Rollouts = { ...pickRollouts(drawn, order.flat()), prompts: drawn.prompts, group: 2 };
  const losses = {
    dpo: pairLosses.dpo(),
    ipo: pairLosses.ipo(),
    gpo: pairLosses.gpo({ shape: "savage" }),
    kto: pairLosses.kto(),
    nca: pairLosses.nca(),
    bco: pairLosses.bco(),
    sppo: pairLosses.sppo(),
    apo: pairLosses.apo(),
    exo: pairLosses.exo(),
    robust: pairLosses.robust({ flipped: 0.1 }),
    aot: pairLosses.aot(),
    simpo: pairLosses.simpo(),
    gapo: pairLosses.gapo({
      rewards: order.map(([better, worse]) => ({ winner: totals[better!]!, loser: totals[worse!]! })),
    }),
    irepo: pairLosses.irepo({
      logit: Float64Array.from(order, ([better, worse]) => totals[better!]! - totals[worse!]!),
    }),
  };

  it.each(Object.entries(losses))(
    "%s: the loss falls, and the policy earns more, on the whole sequences' rewards",
    async (_name, loss) => {
      const policy = tabularPolicy(ring, Float64Array.from(table.theta));
      const records = [...pairTraining(policy, pairs, { loss, steps: 40, optimiser: adam(0.02) })];
      expect(records.at(-1)!.loss).toBeLessThan(records[0]!.loss);
      expect(records.at(-1)!.accuracy).toBeGreaterThan(0.6);
      expect(sequenceExpected(ring, policy.theta, path)).toBeGreaterThan(
        sequenceExpected(ring, table.theta, path) + 0.02,
      );
      expect(sequenceKl(ring, policy.theta, table.theta)).toBeGreaterThan(0);
    },
  );

  it("refuses groups that are no pairs", () => {
    expect(() => [
      ...pairTraining(table, { ...pairs, group: 4 }, { loss: pairLosses.dpo(), steps: 1, optimiser: sgd(1) }),
    ]).toThrow(/groups of 2/);
  });
});
