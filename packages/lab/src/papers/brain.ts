import { type Random, random, type Seed, split } from "laurel";
import { varianceOf } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import {
  expected,
  type FeatureGroups,
  klOf,
  logLinear,
  promptPolicy,
  sampleIndex,
  scaleToKl,
  tilt,
} from "../policy/index.ts";
import { brainLoss, dpoLoss, posteriorWeights } from "../train/index.ts";
import { drawResponses, drawTaste, normals, presets } from "../worlds/preferences/index.ts";

type Toy = {
  /** Samples an estimate, estimates a variance. */
  samples: number;
  estimates: number;
  /** Means m of the proposal N(m, 1): the near ones of bar 1, the low end of bar 2, and those beside it. */
  half: number;
  threeQuarters: number;
  one: number;
  low: number;
};

type Estimator = "brain" | "dpg" | "gdc";
type Variance = "v50" | "v75" | "v100" | "v25" | "v0" | "growth";
const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

/** One gradient estimate of each kind by the policy's mean: posterior N(0, 1), policy N(1, 1), proposal N(m, 1). */
function estimate(rng: Random, m: number, n: number): Record<Estimator, number> {
  const y = Float64Array.from({ length: n }, () => m + rng.normal());
  const log = (x: number, mean: number): number => -((x - mean) ** 2) / 2;
  const a = y.map((x) => Math.exp(log(x, 0) - log(x, m)));
  const b = y.map((x) => Math.exp(log(x, 1) - log(x, m)));
  const total = (w: Float64Array): number => w.reduce((sum, x) => sum + x, 0);
  const [sumA, sumB] = [total(a), total(b)];
  const out = { brain: 0, dpg: 0, gdc: 0 };
  for (let i = 0; i < n; i++) {
    const score = y[i]! - 1;
    out.brain += (a[i]! / sumA - b[i]! / sumB) * score;
    out.dpg += (a[i]! * score) / n;
    out.gdc += ((a[i]! - b[i]!) * score) / n;
  }
  return out;
}

const variance: Claim<Estimator, Variance, Toy> = {
  id: "variance",
  statement:
    "The self-normalised baseline gives a gradient of lower variance than DPG and GDC++, the more so the further the proposal is from the posterior",
  scope:
    "The authors' own Gaussian toy: posterior N(0, 1), policy N(1, 1), proposal N(m, 1), eight samples. At m = 0, where the proposal is the posterior, DPG is better; the estimator is biased towards 0.",
  evidence: "mechanism",
  settings: { samples: 8, estimates: 4000, half: 0.5, threeQuarters: 0.75, one: 1, low: 0.25 },
  seeds: 40,
  arms: ["brain", "dpg", "gdc"],
  bars: [
    ...(["dpg", "gdc"] as const).flatMap((against) =>
      (["v50", "v75", "v100"] as const).map((metric, i) => ({
        id: `${against}-${metric}`,
        metric,
        of: "brain" as const,
        against,
        better: "lower" as const,
        role: "primary" as const,
        bar: superior(against === "dpg" ? [0.1, 0.288, 0.7][i]! : [0.08, 0.197, 0.51][i]!),
        why: `bar 1 at m = ${[0.5, 0.75, 1][i]}; half of the exact values' difference`,
      })),
    ),
    {
      id: "growth",
      metric: "growth",
      of: "gdc",
      role: "primary",
      bar: superior(2.5),
      why: "bar 2: var(GDC++)/var(BRAIn) at m = 1 less that at m = 0.25; stated 6.85 and 1.77",
    },
    {
      id: "dpg-v0",
      metric: "v0",
      of: "brain",
      against: "dpg",
      better: "lower",
      role: "report",
      why: "at m = 0 DPG is better",
    },
    { id: "gdc-v25", metric: "v25", of: "brain", against: "gdc", better: "lower", role: "report", why: "at m = 0.25" },
  ],
  boundary: {
    setting: { half: 0 },
    bar: "dpg-v50",
    why: "the proposal is the posterior itself: DPG's weights are all 1",
  },
  async run(_lab, seed, s) {
    const variances = (m: number): Record<Estimator, number> => {
      const rng = random(split(seed, `m ${m}`));
      const all = Array.from({ length: s.estimates }, () => estimate(rng, m, s.samples));
      const of = (name: Estimator): number => varianceOf(all.map((one) => one[name]));
      return { brain: of("brain"), dpg: of("dpg"), gdc: of("gdc") };
    };
    const [v0, v25, v50, v75, v100] = [0, s.low, s.half, s.threeQuarters, s.one].map(variances) as [
      Record<Estimator, number>,
      Record<Estimator, number>,
      Record<Estimator, number>,
      Record<Estimator, number>,
      Record<Estimator, number>,
    ];
    const of = (name: Estimator) => ({
      v0: v0[name],
      v25: v25[name],
      v50: v50[name],
      v75: v75[name],
      v100: v100[name],
    });
    return {
      brain: of("brain"),
      dpg: of("dpg"),
      gdc: { ...of("gdc"), growth: v100.gdc / v100.brain - v25.gdc / v25.brain },
    };
  },
};

type Align = {
  prompts: number;
  candidates: number;
  dim: number;
  rewardNorm: number;
  temperature: number;
  /** Fixed base samples a prompt, and the shorter list of bar 5. */
  samples: number;
  short: number;
  steps: number;
  batch: number;
  learningRate: number;
  /** Standard deviation of the noisy arm's reward error. */
  noise: number;
};

const align: Align = {
  prompts: 150,
  candidates: 64,
  dim: 16,
  rewardNorm: 2,
  temperature: 0.5,
  samples: 8,
  short: 2,
  steps: 400,
  batch: 16,
  learningRate: 0.3,
  noise: 0.3,
};

/** Fixed samples of a prompt with the rewards that a trainer sees. */
interface Offline {
  groups: FeatureGroups;
  /** Base log-probabilities of all items. */
  base: Float64Array;
  /** Candidate index of each sample, prompts one after the other. */
  draws: Int32Array;
  rewards: Float64Array;
  n: number;
}

/** Weights by log q of a prompt's samples (an ascent direction), from their log q and log base. */
type Rule = (logq: Float64Array, logBase: Float64Array, rewards: Float64Array, s: Align, pick: Random) => Float64Array;

const brainRule: Rule = (logq, logBase, reward, s) =>
  brainLoss(
    { logq, logProposal: logBase, logPrior: logBase, reward, group: logq.length },
    { temperature: s.temperature },
  ).gradScale;

const targets = (logBase: Float64Array, reward: Float64Array, s: Align): Float64Array =>
  posteriorWeights({ logProposal: logBase, logPrior: logBase, reward, group: reward.length }, s.temperature);

/** GDC++ with the normaliser estimated from the samples: (1/n)(a_i/ā − b_i), b_i = q/q′ as it is. */
const gdcRule: Rule = (logq, logBase, reward, s) => {
  const n = logq.length;
  return targets(logBase, reward, s).map((a, i) => a - Math.exp(logq[i]! - logBase[i]!) / n);
};

const plainRule: Rule = (_logq, logBase, reward, s) => targets(logBase, reward, s);

/** DPO with β = τ, the update divided by β, on one pair of the samples. */
function dpoRule(pair: (reward: Float64Array, pick: Random) => readonly [number, number]): Rule {
  return (logq, logBase, reward, s, pick) => {
    const [x, y] = pair(reward, pick);
    const [w, l] = reward[x]! >= reward[y]! ? [x, y] : [y, x];
    const one = (values: Float64Array, i: number): Float64Array => Float64Array.of(values[i]!);
    const { first } = dpoLoss(
      {
        policy: { first: one(logq, w), second: one(logq, l) },
        reference: { first: one(logBase, w), second: one(logBase, l) },
      },
      { beta: s.temperature },
    );
    const out = new Float64Array(logq.length);
    out[w]! -= first[0]! / s.temperature;
    out[l]! += first[0]! / s.temperature;
    return out;
  };
}

const extremes = (reward: Float64Array): readonly [number, number] => {
  let [best, worst] = [0, 0];
  for (let i = 1; i < reward.length; i++) {
    if (reward[i]! > reward[best]!) best = i;
    if (reward[i]! < reward[worst]!) worst = i;
  }
  return [best, worst];
};

function train({ groups, base, draws, rewards, n }: Offline, start: Float64Array, rule: Rule, seed: Seed, s: Align) {
  const { dim, features, candidates } = groups;
  const rng = random(split(seed, "batches"));
  const pick = random(split(seed, "pairs"));
  const pairSeeds = Array.from({ length: s.prompts }, () => split(seed, pick.u32()));
  const all = Array.from({ length: s.prompts }, (_, p) => p);
  const theta = Float64Array.from(start);
  for (let step = 0; step < s.steps; step++) {
    const gradient = new Float64Array(dim);
    for (const p of rng.shuffled(all).slice(0, s.batch)) {
      const { probabilities, mean } = promptPolicy(groups, theta, p);
      const own = draws.subarray(p * n, (p + 1) * n);
      const logq = Float64Array.from(own, (k) => Math.log(probabilities[k]!));
      const logBase = Float64Array.from(own, (k) => base[p * candidates + k]!);
      // the same pair of a prompt every time it is visited: the data are fixed
      const weights = rule(logq, logBase, rewards.subarray(p * n, (p + 1) * n), s, random(pairSeeds[p]!));
      for (let i = 0; i < n; i++)
        for (let d = 0; d < dim; d++)
          gradient[d]! += (weights[i]! / s.batch) * (features[(p * candidates + own[i]!) * dim + d]! - mean[d]!);
    }
    for (let d = 0; d < dim; d++) theta[d]! += s.learningRate * gradient[d]!;
  }
  return theta;
}

type Arm = "brain" | "gdc" | "none" | "dpo" | "dpoRandom" | "noisy" | "noisyShort" | "permuted";

const alignment: Claim<Arm, "kl" | "reward" | "moved" | "gain", Align> = {
  id: "alignment",
  statement:
    "Distilled from eight fixed samples, BRAIn ends nearer to the posterior than GDC++, than without a baseline, and than DPO",
  scope:
    "World preferences/candidates, log-linear policy, exact reward model in the main arm; one pair a prompt for DPO. Bar 4 was not piloted by the specification. No language, no large model, a single round of sampling.",
  evidence: "mechanism",
  settings: align,
  seeds: 40,
  arms: ["brain", "gdc", "none", "dpo", "dpoRandom", "noisy", "noisyShort", "permuted"],
  bars: [
    ...(["gdc", "none", "dpo", "dpoRandom"] as const).map((against, i) => ({
      id: `kl-${against}`,
      metric: "kl" as const,
      of: "brain" as const,
      against,
      better: "lower" as const,
      role: "primary" as const,
      bar: superior([0.011, 0.016, 0.315, 0.285][i]!),
      why: `bar 3: KL(posterior ‖ policy); the pilot's effect is ${[0.022, 0.032, 0.63, 0.57][i]}`,
    })),
    {
      id: "matched-reward",
      metric: "reward",
      of: "brain",
      against: "dpo",
      role: "secondary",
      bar: superior(0.005),
      why: "bar 4: reward at the posterior's KL, own verdict; no pilot",
    },
    {
      id: "list-size",
      metric: "kl",
      of: "noisy",
      against: "noisyShort",
      better: "lower",
      role: "primary",
      bar: superior(0.014),
      why: "bar 5: eight against two samples with a noisy reward; the pilot's effect is 0.028",
    },
    {
      id: "permuted-kl",
      metric: "moved",
      of: "permuted",
      role: "control",
      bar: { kind: "between", low: -1, high: 0.05 },
      why: "rewards permuted within the group: KL(policy ‖ base) stays below 0.05",
    },
    {
      id: "permuted-gain",
      metric: "gain",
      of: "permuted",
      role: "control",
      bar: { kind: "equivalent", within: 0.05 },
      why: "and reward does not move; within a twentieth of a unit of reward",
    },
    { id: "gain", metric: "gain", of: "brain", role: "report", why: "BRAIn's own gain in reward over the base" },
  ],
  boundary: {
    setting: { steps: 5 },
    bar: "kl-dpo",
    why: "after five steps nobody has reached the posterior, and DPO's larger steps have not yet run past it",
  },
  async run(_lab, seed, s) {
    const taste = drawTaste(presets.bandit({ dim: s.dim, utility: { norm: s.rewardNorm } }), split(seed, "taste"));
    const groups = drawResponses(taste, s, split(seed, "candidates"));
    const start = normals(random(split(seed, "base")), s.dim);
    const base = logLinear(groups, start);
    const gold = groups.gold[0]!;
    const posterior = tilt(gold, s.candidates, s.temperature, base);
    const rng = random(split(seed, "samples"));
    const draws = new Int32Array(s.prompts * s.samples);
    for (let p = 0; p < s.prompts; p++) {
      const { probabilities } = promptPolicy(groups, start, p);
      for (let i = 0; i < s.samples; i++) draws[p * s.samples + i] = sampleIndex(rng, probabilities);
    }
    const errors = normals(random(split(seed, "errors")), gold.length).map((x) => s.noise * x);
    const exact = offline(groups, base, draws, gold, s.samples, s);
    const noisy = offline(
      groups,
      base,
      draws,
      gold.map((r, i) => r + errors[i]!),
      s.samples,
      s,
    );
    const short = offline(
      groups,
      base,
      draws,
      gold.map((r, i) => r + errors[i]!),
      s.short,
      s,
    );
    const budget = klOf(posterior, base, s.candidates);
    const before = expected(base, gold, s.candidates);
    const one = (data: Offline, rule: Rule) => {
      const theta = train(data, start, rule, split(seed, "training"), s);
      const logq = logLinear(groups, theta);
      const matched = scaleToKl(
        groups,
        start,
        theta.map((x, d) => x - start[d]!),
        budget,
      );
      return {
        kl: klOf(posterior, logq, s.candidates),
        reward: expected(logLinear(groups, matched), gold, s.candidates),
        moved: klOf(logq, base, s.candidates),
        gain: expected(logq, gold, s.candidates) - before,
      };
    };
    return {
      brain: one(exact, brainRule),
      gdc: one(exact, gdcRule),
      none: one(exact, plainRule),
      dpo: one(exact, dpoRule(extremes)),
      dpoRandom: one(
        exact,
        dpoRule((reward, pick) => twoOf(reward.length, pick)),
      ),
      noisy: one(noisy, brainRule),
      noisyShort: one(short, brainRule),
      permuted: one(permutedRewards(exact, split(seed, "permutation")), brainRule),
    };
  },
};

function twoOf(n: number, pick: Random): readonly [number, number] {
  const first = pick.below(n);
  return [first, (first + 1 + pick.below(n - 1)) % n];
}

/** The first n of a prompt's samples with their rewards. */
function offline(
  groups: FeatureGroups,
  base: Float64Array,
  draws: Int32Array,
  reward: Float64Array,
  n: number,
  s: Align,
): Offline {
  const kept = draws.filter((_, i) => i % s.samples < n);
  const rewards = Float64Array.from(kept, (k, i) => reward[Math.floor(i / n) * s.candidates + k]!);
  return { groups, base, draws: kept, rewards, n };
}

function permutedRewards(data: Offline, seed: Seed): Offline {
  const rng = random(seed);
  const rewards = new Float64Array(data.rewards.length);
  for (let from = 0; from < rewards.length; from += data.n)
    rewards.set(rng.shuffled([...data.rewards.subarray(from, from + data.n)]), from);
  return { ...data, rewards };
}

export default paper({
  slug: "brain",
  component: ["brainLoss", "posteriorWeights", "effectiveSampleSizes"],
  claims: [variance, alignment],
});
