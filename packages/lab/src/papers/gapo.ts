import { random, type Seed, split, UsageError } from "laurel";
import { type Claim, paper } from "../lab/index.ts";
import {
  expected,
  type FeatureGroups,
  type ItemPairs,
  klOf,
  logLinear,
  pairBatch,
  pairGradient,
  sampleDistinct,
  uniformLogprobs,
} from "../policy/index.ts";
import { dpoLoss, gapWeights } from "../train/index.ts";
import { drawResponses, drawTaste, presets, type Responses } from "../worlds/preferences/index.ts";

type Settings = {
  prompts: number;
  fresh: number;
  candidates: number;
  dim: number;
  utilitySd: number;
  amplitude: number;
  /** Standard deviation of the reward model's noise. */
  noise: number;
  /** Distinct draws a prompt, of which best and worst are the pair. */
  draws: number;
  alpha: number;
  beta: number;
  step: number;
  /** KL at which golds are compared, beside it, and at which training ends. */
  kl: number;
  beside: readonly number[];
  until: number;
  /** Whose gaps weigh a pair: its own, or another pair's (the boundary). */
  gaps: "own" | "others";
  /** Reward noise of the dose check. */
  doses: readonly number[];
};

const settings: Settings = {
  prompts: 60,
  fresh: 400,
  candidates: 16,
  dim: 16,
  utilitySd: 0.3,
  amplitude: 0.3,
  noise: 1.2,
  draws: 4,
  alpha: 2,
  beta: 0.5,
  step: 1,
  kl: 1,
  beside: [0.25, 0.5],
  until: 1.3,
  gaps: "own",
  doses: [0, 2.4],
};

const scope =
  "World preferences: 60 prompts, best and worst of four by a noisy reward, a log-linear policy, gold at equal KL. No diffusion, no video, no six dimensions, no human raters. The effect is small beside the base of about 1.4: see the figures in the unit of gold.";

/** Gold against KL along the steps of one arm. */
interface Curve {
  kl: number[];
  gold: number[];
}

function at({ kl, gold }: Curve, wanted: number): number {
  const i = kl.findIndex((x) => x >= wanted);
  if (i < 1) throw new UsageError(`the arm converged at a KL of ${kl.at(-1)}, below ${wanted}`);
  const share = (wanted - kl[i - 1]!) / (kl[i]! - kl[i - 1]!);
  return gold[i - 1]! + share * (gold[i]! - gold[i - 1]!);
}

/** Beyond this an arm has converged below the wanted KL. */
const MOST_STEPS = 3000;

function train(groups: FeatureGroups, pairs: ItemPairs, weights: Float64Array, fresh: Responses, s: Settings): Curve {
  const theta = new Float64Array(s.dim);
  const zero = new Float64Array(s.dim);
  const base = uniformLogprobs(fresh.prompts, s.candidates);
  const curve: Curve = { kl: [0], gold: [expected(base, fresh.gold[0]!, s.candidates)] };
  while (curve.kl.at(-1)! <= s.until && curve.kl.length <= MOST_STEPS) {
    const loss = dpoLoss(pairBatch(groups, pairs, theta, zero), { beta: s.beta, weights });
    const gradient = pairGradient(groups, pairs, loss);
    for (let d = 0; d < s.dim; d++) theta[d]! -= s.step * gradient[d]!;
    const logprobs = logLinear(fresh, theta);
    curve.kl.push(klOf(logprobs, base, s.candidates));
    curve.gold.push(expected(logprobs, fresh.gold[0]!, s.candidates));
  }
  return curve;
}

/** Best and worst of distinct uniform draws by reward. */
function bestWorst(reward: Float64Array, seed: Seed, s: Settings): ItemPairs {
  const rng = random(seed);
  const base = uniformLogprobs(s.prompts, s.candidates);
  const first = new Int32Array(s.prompts);
  const second = new Int32Array(s.prompts);
  for (let p = 0; p < s.prompts; p++) {
    const drawn = sampleDistinct(rng, base, p, s.candidates, s.draws).sort((i, j) => reward[j]! - reward[i]!);
    first[p] = drawn[0]!;
    second[p] = drawn.at(-1)!;
  }
  return { first, second };
}

type Metric = "gold" | "gold025" | "gold05" | "right" | "effective" | "steps" | "dose0" | "dose1";

const gap: Claim<"gapo" | "dpo" | "permuted", Metric, Settings> = {
  id: "gap-weights",
  statement:
    "At equal KL, DPO weighted by the reward gap of its pairs gives more gold reward than plain DPO on the same pairs",
  scope,
  evidence: "mechanism",
  settings,
  seeds: 100,
  arms: ["gapo", "dpo", "permuted"],
  bars: [
    {
      id: "gapo-dpo",
      metric: "gold",
      of: "gapo",
      against: "dpo",
      role: "primary",
      bar: { kind: "superior", smallest: 0.017 },
      why: "the bar at KL 1.0; the pilot's effect is 0.034",
    },
    { id: "at-0.25", metric: "gold025", of: "gapo", against: "dpo", role: "report", why: "at KL 0.25" },
    { id: "at-0.5", metric: "gold05", of: "gapo", against: "dpo", role: "report", why: "at KL 0.5" },
    {
      id: "permuted",
      metric: "gold",
      of: "permuted",
      against: "dpo",
      role: "control",
      bar: { kind: "superior", smallest: 0.017 },
      expect: "not-holds",
      why: "the same weights on other pairs must not help; a small loss is expected, weights cost effective sample size",
    },
    { id: "label-accuracy", metric: "right", of: "dpo", role: "report", why: "share of pairs in gold order" },
    { id: "effective", metric: "effective", of: "gapo", role: "report", why: "(Σw)²/Σw², of 60 pairs" },
    {
      id: "steps",
      metric: "steps",
      of: "gapo",
      against: "dpo",
      better: "lower",
      role: "report",
      why: "steps to the DPO arm's final gold, un-normalised weights, first steps of equal length",
    },
    ...([0, 1] as const).map((i) => ({
      id: `dose-${settings.doses[i]}`,
      metric: `dose${i}` as const,
      of: "gapo" as const,
      against: "dpo" as const,
      role: "report" as const,
      why: `the gain at KL 0.5 with reward noise ${settings.doses[i]}`,
    })),
  ],
  boundary: {
    setting: { gaps: "others", doses: [] },
    bar: "gapo-dpo",
    why: "the gaps of other pairs say nothing about a pair",
  },
  async run(_lab, seed, s) {
    const taste = drawTaste(
      presets.curved({ dim: s.dim, sd: s.utilitySd, amplitude: s.amplitude }),
      split(seed, "taste"),
    );
    const groups = drawResponses(taste, s, split(seed, "prompts"));
    const fresh = drawResponses(taste, { prompts: s.fresh, candidates: s.candidates }, split(seed, "fresh"));
    const { pairs, rewards } = labelled(groups, seed, s);
    const own = gapWeights(rewards, { alpha: s.alpha, mean: "one" });
    const permuted = Float64Array.from(random(split(seed, "permutation")).shuffled([...own]));
    const weights = s.gaps === "own" ? own : permuted;
    const ones = new Float64Array(s.prompts).fill(1);
    const [gapo, dpo] = [train(groups, pairs, weights, fresh, s), train(groups, pairs, ones, fresh, s)];
    const doses = s.doses.map((noise) => {
      const here = labelled(groups, seed, { ...s, noise });
      const half = { ...s, until: s.beside[1]! };
      const gain = gapWeights(here.rewards, { alpha: s.alpha, mean: "one" });
      return [gain, ones].map((w) => at(train(groups, here.pairs, w, fresh, half), s.beside[1]!)) as [number, number];
    });
    const dose = (arm: 0 | 1) => Object.fromEntries(doses.map((golds, i) => [`dose${i}`, golds[arm]]));
    const sum = weights.reduce((total, w) => total + w, 0);
    const gold = groups.gold[0]!;
    return {
      gapo: {
        ...measured(gapo, s),
        ...dose(0),
        effective: sum ** 2 / weights.reduce((total, w) => total + w * w, 0),
        steps: stepsToReach(dpo.gold.at(-1)!, groups, pairs, gapWeights(rewards, { alpha: s.alpha }), fresh, s, dpo),
      },
      dpo: {
        ...measured(dpo, s),
        ...dose(1),
        right: pairs.first.filter((item, p) => gold[item]! > gold[pairs.second[p]!]!).length / s.prompts,
        steps: dpo.gold.findIndex((g) => g >= dpo.gold.at(-1)!),
      },
      permuted: measured(train(groups, pairs, permuted, fresh, s), s),
    };
  },
};

function measured(curve: Curve, s: Settings) {
  return { gold: at(curve, s.kl), gold025: at(curve, s.beside[0]!), gold05: at(curve, s.beside[1]!) };
}

/** The pairs that a reward model of some noise labels, with its rewards; the same noise, scaled, at every dose. */
function labelled(groups: Responses, seed: Seed, s: Settings) {
  const noise = random(split(seed, "noise"));
  const reward = groups.gold[0]!.map((u) => u + s.noise * noise.normal());
  const pairs = bestWorst(reward, split(seed, "pairs"), s);
  const rewards = Array.from(pairs.first, (item, p) => ({ winner: reward[item]!, loser: reward[pairs.second[p]!]! }));
  return { pairs, rewards };
}

/** Steps of the un-normalised weights to a gold value; an arm that never gets there is counted as twice the baseline's steps. */
function stepsToReach(
  wanted: number,
  groups: FeatureGroups,
  pairs: ItemPairs,
  weights: Float64Array,
  fresh: Responses,
  s: Settings,
  baseline: Curve,
): number {
  const ones = new Float64Array(s.prompts).fill(1);
  const step = equalFirstStep(groups, pairs, weights, ones, s);
  const reached = train(groups, pairs, weights, fresh, { ...s, step }).gold.findIndex((g) => g >= wanted);
  return reached === -1 ? 2 * (baseline.gold.length - 1) : reached;
}

/** The step size at which the weighted arm's first step is as long as the plain arm's. */
function equalFirstStep(
  groups: FeatureGroups,
  pairs: ItemPairs,
  weights: Float64Array,
  ones: Float64Array,
  s: Settings,
): number {
  const zero = new Float64Array(s.dim);
  const length = (w: Float64Array): number => {
    const loss = dpoLoss(pairBatch(groups, pairs, zero, zero), { beta: s.beta, weights: w });
    return Math.hypot(...pairGradient(groups, pairs, loss));
  };
  return (s.step * length(ones)) / length(weights);
}

export default paper({ slug: "gapo", component: ["gapWeights", "dpoLoss (weights)"], claims: [gap] });
