import { random, type Seed, split } from "laurel";
import { hullVertices } from "laurel/recipes";
import { spearman } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import { fitPairs } from "../train/index.ts";
import {
  answersAround,
  dotAt,
  drawRelevance,
  drawRelevancePairs,
  normals,
  type RelevanceAnswers,
  type RelevanceWorld,
  relevanceFeatures,
  relevanceGold,
  relevanceWidth,
} from "../worlds/preferences/index.ts";

type Settings = {
  dim: number;
  pairs: number;
  /** Spread of training answers about their prompt, slope and flips of the labels. */
  spread: number;
  slope: number;
  flips: number;
  l2: number;
  /** Contrast items, how far the second prompt is from the first, and of how many answers each gets the best. */
  items: number;
  apart: number;
  bestOf: number;
  /** Perturbations of an answer, and their noise; the larger noise is reported beside it. */
  perturbations: number;
  noise: number;
  largeNoise: number;
  /** RewardFusion. */
  neighbours: number;
  /** Whether neighbours are any texts instead of the nearest. */
  anyNeighbours: boolean;
  /** The wide policy of the trickle-down: prompts, answers of each, spread. */
  prompts: number;
  candidates: number;
  wide: number;
  /** Reward models whose flips are drawn from U(0, mostFlips). */
  models: number;
  mostFlips: number;
};

const settings: Settings = {
  dim: 6,
  pairs: 800,
  spread: 0.35,
  slope: 3,
  flips: 0,
  l2: 3,
  items: 3000,
  apart: 0.8,
  bestOf: 4,
  perturbations: 5,
  noise: 0.2,
  largeNoise: 0.5,
  neighbours: 5,
  anyNeighbours: false,
  prompts: 500,
  candidates: 16,
  wide: 1,
  models: 30,
  mostFlips: 0.45,
};

const drops =
  "World preferences/relevance: prompts and answers are points of six dimensions, gold is −‖a − q‖² + 2 w·a, the reward linear in [q ⊗ a, a, a²]. Normal noise stands for misspellings. No language, no SimCSE, no PPO.";

/** A rater of row a of answers to row q of prompts. */
type Rater = (prompts: Float64Array, q: number, answers: Float64Array, a: number) => number;

function fitted({ prompts, answers }: RelevanceAnswers, s: Settings): Rater {
  const width = relevanceWidth(s.dim);
  const n = prompts.length / s.dim;
  const differences = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    relevanceFeatures(s.dim, prompts, i, answers, 2 * i, differences, i * width);
    relevanceFeatures(s.dim, prompts, i, answers, 2 * i + 1, differences, i * width, -1);
  }
  const weights = fitPairs(differences, width, { l2: s.l2, tolerance: 1e-8 });
  const features = new Float64Array(width);
  return (qs, q, as, a) => {
    features.fill(0);
    relevanceFeatures(s.dim, qs, q, as, a, features, 0);
    return dotAt(features, 0, weights);
  };
}

/** Prompts 2i and 2i + 1 of item i are near to one another; answer j is for prompt j. */
interface Contrast {
  prompts: Float64Array;
  answers: Float64Array;
}

/** @param rated whether each answer is the best of several for its prompt, or both are any answers to the first */
function drawContrast(world: RelevanceWorld, rated: boolean, seed: Seed, s: Settings): Contrast {
  const { dim } = world;
  const rng = random(seed);
  const prompts = new Float64Array(2 * s.items * dim);
  const first = normals(rng, s.items * dim);
  const second = answersAround(first, dim, 1, s.apart, rng);
  for (let i = 0; i < s.items; i++) {
    prompts.set(first.subarray(i * dim, (i + 1) * dim), 2 * i * dim);
    prompts.set(second.subarray(i * dim, (i + 1) * dim), (2 * i + 1) * dim);
  }
  if (!rated) return { prompts, answers: answersAround(first, dim, 2, s.spread, rng) };
  const drawn = answersAround(prompts, dim, s.bestOf, s.spread, rng);
  const answers = new Float64Array(prompts.length);
  for (let q = 0; q < 2 * s.items; q++) {
    let [best, most] = [0, Number.NEGATIVE_INFINITY];
    for (let k = q * s.bestOf; k < (q + 1) * s.bestOf; k++) {
      const gold = relevanceGold(world, prompts, q, drawn, k);
      if (gold > most) [best, most] = [k, gold];
    }
    answers.set(drawn.subarray(best * dim, (best + 1) * dim), q * dim);
  }
  return { prompts, answers };
}

/** C_res: how often the prompt's own answer is above the other's; C_ins: how often the answer's own prompt is. Ties half. */
function consistencyOf(rate: Rater, { prompts, answers }: Contrast, s: Settings): { res: number; ins: number } {
  let [res, ins] = [0, 0];
  for (let i = 0; i < s.items; i++) {
    const own = rate(prompts, 2 * i, answers, 2 * i);
    res += (1 + Math.sign(own - rate(prompts, 2 * i, answers, 2 * i + 1))) / 2;
    ins += (1 + Math.sign(own - rate(prompts, 2 * i + 1, answers, 2 * i))) / 2;
  }
  return { res: res / s.items, ins: ins / s.items };
}

/** Accuracy on fresh pairs as the training pairs were drawn, by gold. */
function withinPrompts(rate: Rater, world: RelevanceWorld, seed: Seed): number {
  const clean = { spread: settings.spread, slope: Number.POSITIVE_INFINITY, flips: 0 };
  const n = 2000;
  const { prompts, answers } = drawRelevancePairs(world, n, clean, seed);
  let right = 0;
  for (let i = 0; i < n; i++)
    right += (1 + Math.sign(rate(prompts, i, answers, 2 * i) - rate(prompts, i, answers, 2 * i + 1))) / 2;
  return right / n;
}

/** The training pairs with each rejected answer replaced by a perturbation: a random vertex of the hull of several, or any. */
function augmented(pairs: RelevanceAnswers, noise: number, hull: boolean, seed: Seed, s: Settings): RelevanceAnswers {
  const { dim } = s;
  const rng = random(seed);
  const picks = random(split(seed, "pick"));
  const answers = Float64Array.from(pairs.answers);
  for (let n = 0; n < pairs.prompts.length / dim; n++) {
    const rejected = pairs.answers.subarray((2 * n + 1) * dim, (2 * n + 2) * dim);
    const drawn = Array.from({ length: s.perturbations }, () => rejected.map((x) => x + noise * rng.normal()));
    const kept = hull ? hullVertices(drawn) : [0];
    answers.set(drawn[kept[picks.below(kept.length)]!]!, (2 * n + 1) * dim);
  }
  return { prompts: pairs.prompts, answers };
}

/** Mean gold of the best of several answers of the wide policy, by a rater, less the mean of all its answers. */
function bestOfWide(rate: Rater, world: RelevanceWorld, seed: Seed, s: Settings): number {
  const rng = random(seed);
  const prompts = normals(rng, s.prompts * s.dim);
  const answers = answersAround(prompts, s.dim, s.candidates, s.wide, rng);
  let sum = 0;
  for (let q = 0; q < s.prompts; q++) {
    let [best, most] = [0, Number.NEGATIVE_INFINITY];
    for (let k = q * s.candidates; k < (q + 1) * s.candidates; k++) {
      sum -= relevanceGold(world, prompts, q, answers, k) / s.candidates;
      const value = rate(prompts, q, answers, k);
      if (value > most) [best, most] = [k, value];
    }
    sum += relevanceGold(world, prompts, q, answers, best);
  }
  return sum / s.prompts;
}

function trained(seed: Seed, s: Settings) {
  const world = drawRelevance(s.dim, split(seed, "world"));
  const pairs = drawRelevancePairs(world, s.pairs, s, split(seed, "pairs"));
  const gold: Rater = (prompts, q, answers, a) => relevanceGold(world, prompts, q, answers, a);
  const contrast = drawContrast(world, true, split(seed, "contrast"), s);
  return { world, pairs, gold, contrast, plain: fitted(pairs, s) };
}

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

type Failing = "gold" | "plain";
const theyFail: Claim<Failing, "res" | "ins" | "accuracy" | "random", Settings> = {
  id: "they-fail",
  statement:
    "A reward that orders answers within prompts well does not notice that a similar prompt has another right answer",
  scope: `C1. Which prompt an answer belongs to (C_ins) no Bradley-Terry model without prompt-only features can learn from pairs within prompts, since they leave an offset of each prompt open: its C_ins is chance. ${drops}`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["gold", "plain"],
  bars: [
    {
      id: "gap",
      metric: "res",
      of: "gold",
      against: "plain",
      role: "primary",
      bar: superior(0.049, 0.1),
      why: "C_res of gold less that of the reward above 0.1; the specification's pilot values are 0.971 and 0.748",
    },
    {
      id: "accurate",
      metric: "accuracy",
      of: "plain",
      against: 0.8,
      role: "primary",
      bar: superior(0.035),
      why: "while its accuracy within prompts is above 0.8; the specification's pilot value is 0.870",
    },
    {
      id: "instructions",
      metric: "ins",
      of: "plain",
      against: 0.5,
      role: "secondary",
      bar: { kind: "equivalent", within: 0.05 },
      why: "C_ins is chance, as pairs within prompts say nothing about it",
    },
    { id: "gold-instructions", metric: "ins", of: "gold", role: "report", why: "what C_ins could be" },
    ...(["gold", "plain"] as const).map((of) => ({
      id: `random-${of}`,
      metric: "random" as const,
      of,
      against: 0.5,
      role: "control" as const,
      bar: { kind: "equivalent" as const, within: 0.02 },
      why: "two answers drawn for the first prompt are exchangeable: chance for every rater",
    })),
  ],
  boundary: {
    setting: { spread: 1.5 },
    bar: "gap",
    why: "a reward that was trained on answers as far apart as those of other prompts notices",
  },
  async run(_lab, seed, s) {
    const { world, gold, contrast, plain } = trained(seed, s);
    const none = drawContrast(world, false, split(seed, "random"), s);
    return {
      gold: { ...consistencyOf(gold, contrast, s), random: consistencyOf(gold, none, s).res },
      plain: {
        ...consistencyOf(plain, contrast, s),
        random: consistencyOf(plain, none, s).res,
        accuracy: withinPrompts(plain, world, split(seed, "within")),
      },
    };
  },
};

type Augmented = "plain" | "hull" | "single" | "hullLarge" | "singleLarge";
async function augmentation(seed: Seed, s: Settings) {
  const { world, pairs, contrast, plain } = trained(seed, s);
  const score = (rate: Rater) => ({
    res: consistencyOf(rate, contrast, s).res,
    accuracy: withinPrompts(rate, world, split(seed, "within")),
  });
  const by = (noise: number, hull: boolean) =>
    score(fitted(augmented(pairs, noise, hull, split(seed, "perturbations"), s), s));
  return {
    plain: score(plain),
    hull: by(s.noise, true),
    single: by(s.noise, false),
    hullLarge: by(s.largeNoise, true),
    singleLarge: by(s.largeNoise, false),
  };
}

const convexDa: Claim<Augmented, "res" | "accuracy", Settings> = {
  id: "convex-da",
  statement: "Training on hull vertices of perturbed rejected answers, as many pairs as before, raises C_res",
  scope: `C2. ${drops}`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["plain", "hull", "single", "hullLarge", "singleLarge"],
  bars: [
    {
      id: "gain",
      metric: "res",
      of: "hull",
      against: "plain",
      role: "primary",
      bar: superior(0.065),
      why: "C2; the pilot's effect is 0.131, the specification's 0.140",
    },
    {
      id: "single",
      metric: "res",
      of: "single",
      against: "plain",
      role: "report",
      why: "one random perturbation instead of a vertex; the specification's pilot effect is 0.130",
    },
    {
      id: "large-noise",
      metric: "res",
      of: "hullLarge",
      against: "plain",
      role: "report",
      why: "noise 0.5; the specification's pilot effect is 0.235",
    },
    {
      id: "large-noise-cost",
      metric: "accuracy",
      of: "hullLarge",
      against: "plain",
      role: "report",
      why: "what noise 0.5 costs within prompts",
    },
    {
      id: "cost",
      metric: "accuracy",
      of: "hull",
      against: "plain",
      role: "report",
      why: "what it costs within prompts",
    },
  ],
  boundary: { setting: { noise: 0.001 }, bar: "gain", why: "perturbations that change nothing teach nothing" },
  run: (_lab, seed, s) => augmentation(seed, s),
};

const hullMatters: Claim<Augmented, "res" | "accuracy", Settings> = {
  ...convexDa,
  id: "hull-matters",
  statement: "It is the hull that raises C_res, beyond what one random perturbation does",
  scope: `C2's ablation. ${drops}`,
  bars: [
    {
      id: "hull",
      metric: "res",
      of: "hull",
      against: "single",
      role: "primary",
      bar: superior(0.0044),
      why: "a vertex against one random perturbation; the pilot's effect is 0.0088, the specification's about 0.01",
    },
    {
      id: "large-noise",
      metric: "res",
      of: "hullLarge",
      against: "singleLarge",
      role: "report",
      why: "the same with noise 0.5",
    },
  ],
  boundary: { setting: { noise: 0.001 }, bar: "hull", why: "perturbations that change nothing teach nothing" },
};

type Fusion = "plain" | "fused";
const fusion: Claim<Fusion, "res", Settings> = {
  id: "reward-fusion",
  statement: "Averaging a reward with its own values for the nearest training texts raises C_res",
  scope: `C3. Similarity exp(−‖·‖²/2) of (q, a), five neighbours, no threshold, the text itself with weight 1. The specification's pilot has −0.050: that it is not reproduced here is expected. ${drops}`,
  evidence: "mechanism",
  settings: { ...settings, items: 1000 },
  seeds: 40,
  arms: ["plain", "fused"],
  bars: [
    {
      id: "gain",
      metric: "res",
      of: "fused",
      against: "plain",
      role: "primary",
      bar: superior(0.025),
      why: "C3; sized as half of the pilot's effect of the other sign",
    },
  ],
  boundary: { setting: { anyNeighbours: true, items: 300 }, bar: "gain", why: "any texts are no neighbours" },
  async run(_lab, seed, s) {
    const { pairs, contrast, plain } = trained(seed, s);
    const known = pairs.answers.length / s.dim;
    const values = Float64Array.from({ length: known }, (_, j) =>
      plain(pairs.prompts, Math.floor(j / 2), pairs.answers, j),
    );
    const any = random(split(seed, "any"));
    const fused: Rater = (qs, q, as, a) => {
      const near: { j: number; distance: number }[] = [];
      for (let j = 0; j < known; j++) {
        let distance = s.anyNeighbours ? any.uniform() : 0;
        if (!s.anyNeighbours)
          for (let d = 0; d < s.dim; d++) {
            const [dq, da] = [
              qs[q * s.dim + d]! - pairs.prompts[Math.floor(j / 2) * s.dim + d]!,
              as[a * s.dim + d]! - pairs.answers[j * s.dim + d]!,
            ];
            distance += dq * dq + da * da;
          }
        if (near.length === s.neighbours && distance >= near.at(-1)!.distance) continue;
        near.push({ j, distance });
        near.sort((x, y) => x.distance - y.distance);
        if (near.length > s.neighbours) near.pop();
      }
      let [sum, weight] = [plain(qs, q, as, a), 1];
      for (const { j, distance } of near) {
        const similarity = Math.exp(-distance / 2);
        sum += similarity * values[j]!;
        weight += similarity;
      }
      return sum / weight;
    };
    return {
      plain: { res: consistencyOf(plain, contrast, s).res },
      fused: { res: consistencyOf(fused, contrast, s).res },
    };
  },
};

type Trickle = "plain" | "hull" | "gold" | "models";
const trickle: Claim<Trickle, "gain" | "spearman", Settings> = {
  id: "trickle-down",
  statement:
    "A more consistent reward selects better answers from a wide policy, and over rewards consistency goes with that gain",
  scope: `C4: best-of-16 on 500 prompts in place of PPO; 30 rewards that differ in their data and label noise. ${drops}`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["plain", "hull", "gold", "models"],
  bars: [
    {
      id: "gain",
      metric: "gain",
      of: "hull",
      against: "plain",
      role: "primary",
      bar: superior(0.48),
      why: "C4: gold of the best of 16; the pilot's effect is 0.96, the specification's 0.99",
    },
    {
      id: "correlation",
      metric: "spearman",
      of: "models",
      role: "primary",
      bar: superior(0.41),
      why: "C4: rank correlation of C_res with the gain over 30 rewards; the pilot's value is 0.82",
    },
    { id: "gold", metric: "gain", of: "gold", against: "hull", role: "report", why: "what gold itself selects" },
  ],
  boundary: {
    setting: { wide: 0.05, models: 3, items: 500 },
    bar: "gain",
    why: "a policy that keeps to the prompt has nothing for a consistent reward to find",
  },
  async run(_lab, seed, s) {
    const { world, pairs, gold, plain } = trained(seed, s);
    const wide = split(seed, "wide");
    const hull = fitted(augmented(pairs, s.noise, true, split(seed, "perturbations"), s), s);
    const few = { ...s, items: Math.min(s.items, 1000) };
    const contrast = drawContrast(world, true, split(seed, "model contrast"), few);
    const noises = random(split(seed, "noises"));
    const [consistency, gains]: [number[], number[]] = [[], []];
    for (let m = 0; m < s.models; m++) {
      const flips = s.mostFlips * noises.uniform();
      const own = fitted(drawRelevancePairs(world, s.pairs, { ...s, flips }, split(split(seed, "models"), m)), s);
      consistency.push(consistencyOf(own, contrast, few).res);
      gains.push(bestOfWide(own, world, wide, s));
    }
    return {
      plain: { gain: bestOfWide(plain, world, wide, s) },
      hull: { gain: bestOfWide(hull, world, wide, s) },
      gold: { gain: bestOfWide(gold, world, wide, s) },
      models: { spearman: spearman(consistency, gains).value },
    };
  },
};

export default paper({
  slug: "rm-consistency",
  component: ["consistency", "readContrast", "contrastPairs", "convexHullAugment", "fuseNeighbours"],
  claims: [theyFail, convexDa, hullMatters, fusion, trickle],
});
