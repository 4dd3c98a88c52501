import { random, type Seed, split } from "laurel";
import { meanOf, spearman, varianceOf } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import {
  bestAndOneOther,
  bestOnly,
  bestWorst,
  expected,
  type FeatureGroups,
  type GroupFilter,
  keepAll,
  logLinear,
  promptPolicy,
  reinforceGradient,
  sampleIndex,
  sigmoid,
} from "../policy/index.ts";
import { drawResponses, drawTaste, presets } from "../worlds/preferences/index.ts";

type Settings = {
  prompts: number;
  candidates: number;
  dim: number;
  /** Pass probability σ(steepness · (q − threshold)) of standardised quality q. */
  steepness: number;
  threshold: number;
  /** Share of candidates whose reward knows the truth. */
  judgeable: number;
  wrong: number;
  updates: number;
  batch: number;
  draws: number;
  /** Length of every step along the batch gradient. */
  step: number;
  /** R² is taken on what is kept in the first updates. */
  early: number;
};

const settings: Settings = {
  prompts: 64,
  candidates: 32,
  dim: 24,
  steepness: 4,
  threshold: 0.5,
  judgeable: 0.5,
  wrong: 0.03,
  updates: 200,
  batch: 16,
  draws: 5,
  step: 0.05,
  early: 20,
};

const drops =
  "World preferences, pass/fail: a reward model that is right about half of the candidates (rewards near 0.1 and 0.9) and guesses about the rest (near 0.5). Log-linear policy, exact baseline, steps of fixed length, every filter keeps two answers of five with equal weight (the best twice for BoN), instead of resampling. No PPO clipping, no critic, no code, no KL.";

interface World {
  groups: FeatureGroups;
  truth: Uint8Array;
  reward: Float64Array;
}

function world(seed: Seed, s: Settings): World {
  const taste = drawTaste(presets.bandit({ dim: s.dim, utility: { norm: 1 } }), split(seed, "taste"));
  const responses = drawResponses(taste, s, split(seed, "candidates"));
  const raw = responses.gold[0]!;
  const [mean, sd] = [meanOf(raw), Math.sqrt(varianceOf(raw, 0))];
  const rng = random(split(seed, "truth"));
  const truth = Uint8Array.from(raw, (u) =>
    rng.uniform() < sigmoid(s.steepness * ((u - mean) / sd - s.threshold)) ? 1 : 0,
  );
  const rewards = random(split(seed, "reward"));
  const reward = Float64Array.from(truth, (pass) => {
    if (rewards.uniform() >= s.judgeable) return 0.5 + 0.25 * rewards.normal();
    const seen = rewards.uniform() < s.wrong ? 1 - pass : pass;
    return (seen === 1 ? 0.9 : 0.1) + 0.05 * rewards.normal();
  });
  return { groups: responses, truth, reward };
}

/** How an arm chooses: the filter, and what it ranks by. */
interface Arm {
  filter: GroupFilter;
  /** Rewards permuted within the group before selection. */
  permute?: boolean;
}

/** Weight ½ each on two random draws of the group: the equal gradient budget. Draws are exchangeable, so the first two do. */
const twoRandom: GroupFilter = (rewards) => rewards.map((_, i) => (i < 2 ? 0.5 : 0));

const arms = {
  two: { filter: twoRandom },
  all: { filter: keepAll() },
  bon: { filter: bestOnly() },
  br: { filter: bestAndOneOther() },
  bw: { filter: bestWorst() },
  permuted: { filter: bestWorst(), permute: true },
} satisfies Record<string, Arm>;
type Name = keyof typeof arms;

/** Trains one arm; gives the exact pass rate at the end and R² of truth on reward among what was kept early on. */
function train({ groups, truth, reward }: World, { filter, permute }: Arm, seed: Seed, s: Settings) {
  const rng = random(split(seed, "draws"));
  const shuffles = random(split(seed, "permutation"));
  const theta = new Float64Array(s.dim);
  const all = Array.from({ length: s.prompts }, (_, p) => p);
  const kept: { reward: number; truth: number; weight: number }[] = [];
  for (let update = 0; update < s.updates; update++) {
    const prompts = Int32Array.from(rng.shuffled(all).slice(0, s.batch));
    const policies = Array.from(prompts, (p) => promptPolicy(groups, theta, p));
    const draws = new Int32Array(s.batch * s.draws);
    const rewards = new Float64Array(draws.length);
    const weights = new Float64Array(draws.length);
    for (const [g, policy] of policies.entries()) {
      const from = prompts[g]! * s.candidates;
      const at = g * s.draws;
      for (let i = at; i < at + s.draws; i++) {
        draws[i] = sampleIndex(rng, policy.probabilities);
        rewards[i] = reward[from + draws[i]!]!;
      }
      const own = rewards.slice(at, at + s.draws);
      const chosen = filter(permute === true ? Float64Array.from(shuffles.shuffled([...own])) : own, shuffles);
      const baseline = policy.probabilities.reduce((sum, p, k) => sum + p * reward[from + k]!, 0);
      for (let i = 0; i < s.draws; i++) {
        weights[at + i] = chosen[i]! * (own[i]! - baseline);
        if (update < s.early && chosen[i]! > 0)
          kept.push({ reward: own[i]!, truth: truth[from + draws[at + i]!]!, weight: chosen[i]! });
      }
    }
    const gradient = reinforceGradient(groups, { prompts, group: s.draws, draws, rewards }, policies, weights);
    const length = Math.sqrt(gradient.reduce((sum, x) => sum + x * x, 0));
    if (length > 0) for (let d = 0; d < s.dim; d++) theta[d]! += (s.step * gradient[d]!) / length;
  }
  return { pass: expected(logLinear(groups, theta), truth, s.candidates), r2: weightedR2(kept) };
}

/** Squared weighted correlation of truth and reward. */
function weightedR2(kept: readonly { reward: number; truth: number; weight: number }[]): number {
  let [total, x, y] = [0, 0, 0];
  for (const one of kept) {
    total += one.weight;
    x += one.weight * one.reward;
    y += one.weight * one.truth;
  }
  let [xx, xy, yy] = [0, 0, 0];
  for (const one of kept) {
    const [dx, dy] = [one.reward - x / total, one.truth - y / total];
    xx += one.weight * dx * dx;
    xy += one.weight * dx * dy;
    yy += one.weight * dy * dy;
  }
  return (xy * xy) / (xx * yy);
}

const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

const filters: Claim<Name, "pass" | "r2" | "spearman", Settings> = {
  id: "filters",
  statement:
    "At equal gradient budget, training on the best and worst (or best and random) answers passes more than on two random ones, and R² on what a filter keeps tells which filter to choose",
  scope: drops,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["two", "all", "bon", "br", "bw", "permuted"],
  bars: [
    pass("bw", "two", "bw-two", 0.0205, "bar 1; the pilot's effect is 0.041"),
    pass("br", "two", "br-two", 0.006, "bar 2; the pilot's effect is 0.012"),
    {
      ...pass("bon", "two", "bon-two", 0.0175, "bar 3: the best alone is worse; the pilot's effect is −0.035"),
      better: "lower",
    },
    { ...pass("bw", "all", "r2-bw", 0.05, "bar 4: the pilot's R² are 0.40 and 0.30"), metric: "r2" },
    { ...pass("bon", "all", "r2-bon", 0.07, "bar 4: the pilot's R² are 0.16 and 0.30"), metric: "r2", better: "lower" },
    {
      id: "criterion",
      metric: "spearman",
      of: "all",
      role: "primary",
      bar: superior(0.5),
      why: "bar 5: Spearman of R² and pass rate over the four filters; the specification asks for a mean above 0.5",
    },
    {
      id: "permuted",
      metric: "pass",
      of: "permuted",
      against: "two",
      role: "control",
      bar: { kind: "equivalent", within: 0.01025 },
      why: "ranks that mean nothing: as two random draws, within half of the effect that bar 1 needs",
    },
  ],
  boundary: {
    setting: { judgeable: 0 },
    bar: "bw-two",
    why: "a reward that knows nothing has no reliable extremes to keep",
  },
  async run(_lab, seed, s) {
    const here = world(seed, s);
    const one = (name: Name) => train(here, arms[name], split(seed, "training"), s);
    const results = {
      two: one("two"),
      all: one("all"),
      bon: one("bon"),
      br: one("br"),
      bw: one("bw"),
      permuted: one("permuted"),
    };
    const four = (["bon", "two", "br", "bw"] as const).map((name) => results[name]);
    return { ...results, all: { ...results.all, spearman: rankCorrelation(four) } };
  },
};

function rankCorrelation(results: readonly { r2: number; pass: number }[]): number {
  const { value } = spearman(
    results.map((one) => one.r2),
    results.map((one) => one.pass),
  );
  return value;
}

function pass(of: Name, against: Name, id: string, smallest: number, why: string) {
  return { id, metric: "pass" as "pass" | "r2", of, against, role: "primary" as const, bar: superior(smallest), why };
}

const generation: Claim<"all" | "br" | "bw", "pass", Settings> = {
  id: "equal-generation",
  statement:
    "At equal generation budget, training on the best and worst or best and random of five answers passes more than on all five",
  scope: `The paper's strongest comparison. The specification's pilot expects it not to hold here: with an exact baseline, using all five answers averages the noise away. ${drops}`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["all", "br", "bw"],
  bars: [
    {
      id: "bw-all",
      metric: "pass",
      of: "bw",
      against: "all",
      role: "primary",
      bar: superior(0.0205),
      why: "bar 6; sized as bar 1",
    },
    {
      id: "br-all",
      metric: "pass",
      of: "br",
      against: "all",
      role: "primary",
      bar: superior(0.0205),
      why: "bar 6; sized as bar 1",
    },
  ],
  boundary: {
    setting: { judgeable: 0 },
    bar: "bw-all",
    why: "a reward that knows nothing has no reliable extremes to keep",
  },
  async run(_lab, seed, s) {
    const here = world(seed, s);
    const one = (name: Name) => ({ pass: train(here, arms[name], split(seed, "training"), s).pass });
    return { all: one("all"), br: one("br"), bw: one("bw") };
  },
};

export default paper({
  slug: "pf-ppo",
  component: ["bestRandom", "bestWorst", "bestOnly", "keepAll", "rewardPower"],
  claims: [filters, generation],
});
