import { random, type Seed, split } from "laurel";
import { spearman } from "laurel/stats";
import { type Claim, paper, untestable } from "../lab/index.ts";
import {
  chooseAnchor,
  fitReferenceReward,
  type ReferenceReward,
  referenceMatrix,
  referenceOrder,
  referenceRewards,
} from "../train/index.ts";
import {
  drawPolicies,
  drawPolicyFrame,
  drawPolicyTaste,
  normals,
  type PolicyDials,
  type PolicyFrame,
  type PolicyTaste,
  policyGold,
  policyMean,
  policyTriples,
  referenceTasks,
  sampleResponse,
} from "../worlds/preferences/index.ts";

type Settings = PolicyDials & {
  /** Pre-training: policies, triples, L2. */
  policies: number;
  triples: number;
  l2: number;
  /** Spread of the criterion's weights, and how far candidates' policies lie from the target. */
  taste: number;
  away: number;
  /** Labelled pairs to fit and to choose the anchor's strength on. */
  labelled: number;
  chosenOn: number;
  strengths: readonly number[];
  tasks: number;
};

const settings: Settings = {
  dim: 16,
  rank: 4,
  noise: 0.5,
  policies: 200,
  triples: 4000,
  l2: 5,
  taste: 0.7,
  away: 0.7,
  labelled: 60,
  chosenOn: 30,
  strengths: [1, 5, 20, 100, 500, 2000],
  tasks: 3000,
};

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

const drops =
  "World preferences, variant policies: responses in R^16 of policies that differ in 4 unknown directions, a reward −dᵀMd of the difference to the reference with 136 weights. No language, no real policies, no scale.";

type PretrainArm = "pretrained" | "fromZero" | "zeroShot" | "euclidean" | "shuffled" | "shuffledZeroShot";

const scarce: Claim<PretrainArm, "accuracy", Settings> = {
  id: "pre-training",
  statement:
    "Learning which of two answers is of the reference's policy, without a preference, makes a reward that is better than likeness to the reference, and better after 60 preferences than one that starts from zero",
  scope: `Bars C1 and C2. The gain is one of scarce preferences: at the boundary (300 labelled pairs, half the triples) it must be gone. ${drops}`,
  evidence: "mechanism",
  settings,
  seeds: 20,
  arms: ["pretrained", "fromZero", "zeroShot", "euclidean", "shuffled", "shuffledZeroShot"],
  bars: [
    {
      id: "fine-tuned",
      metric: "accuracy",
      of: "pretrained",
      against: "fromZero",
      role: "primary",
      bar: superior(0.038),
      why: "C1: preference accuracy on 3,000 tasks after fine-tuning on 60 pairs; half of the specification's pilot effect 0.076",
    },
    {
      id: "zero-shot",
      metric: "accuracy",
      of: "zeroShot",
      against: "euclidean",
      role: "primary",
      bar: superior(0.027),
      why: "C2: pre-training alone against −‖z_ref − z‖²; half of the specification's pilot effect 0.054",
    },
    {
      id: "shuffled-zero-shot",
      metric: "accuracy",
      of: "shuffledZeroShot",
      against: 0.5,
      role: "control",
      bar: { kind: "equivalent", within: 0.027 },
      why: "a fair coin says which answer is of the reference's policy: nothing can be learned; half of C2's effect",
    },
    {
      id: "shuffled",
      metric: "accuracy",
      of: "shuffled",
      against: "fromZero",
      role: "control",
      bar: superior(0.038),
      expect: "not-holds",
      why: "fine-tuning from such a pre-training must not be better than from zero",
    },
    {
      id: "gain-of-labels",
      metric: "accuracy",
      of: "pretrained",
      against: "zeroShot",
      role: "report",
      why: "what 60 labelled pairs add to the pre-training",
    },
  ],
  boundary: {
    setting: { labelled: 300, triples: 2000 },
    bar: "fine-tuned",
    why: "with 300 labelled pairs the reward from zero has caught up",
  },
  async run(lab, seed, s) {
    const { frame, taste } = drawWorld(s, seed);
    const test = referenceTasks(taste, { tasks: s.tasks, away: s.away }, split(seed, "test"));
    const accuracy = (reward: ReferenceReward): { accuracy: number } => ({
      accuracy: referenceOrder(reward, test).accuracy,
    });
    const base = pretrained(frame, s, seed);
    const shuffled = pretrained(frame, s, seed, true);
    const tuned = fineTuned(taste, s, seed, base);
    const zero = fineTuned(taste, s, seed);
    lab.note("strengths", { pretrained: tuned.l2, fromZero: zero.l2 });
    return {
      pretrained: accuracy(tuned.reward),
      fromZero: accuracy(zero.reward),
      zeroShot: accuracy(base),
      euclidean: accuracy(euclidean(s.dim)),
      shuffled: accuracy(fineTuned(taste, s, seed, shuffled).reward),
      shuffledZeroShot: accuracy(shuffled),
    };
  },
};

const sizes = [250, 500, 1000, 2000, 4000, 8000];

const scaling: Claim<"pretraining", "accuracy" | "loss", Settings> = {
  id: "scaling",
  statement: "Held-out discrimination of policies gets better with more pre-training triples",
  scope: `Bar C3: the rank correlation, over 250, 500, 1,000, 2,000, 4,000 and 8,000 triples, of the accuracy on 4,000 triples of fresh policies with the logarithm of the size. The shape of the curve is not judged. ${drops}`,
  evidence: "mechanism",
  settings,
  seeds: 20,
  arms: ["pretraining"],
  bars: [
    {
      id: "accuracy",
      metric: "accuracy",
      of: "pretraining",
      role: "primary",
      bar: superior(0.25),
      why: "C3: above 0; a quarter of the largest possible correlation, since the specification has no pilot",
    },
    {
      id: "loss",
      metric: "loss",
      of: "pretraining",
      better: "lower",
      role: "report",
      why: "the same for the held-out loss, which also shows over-confidence",
    },
  ],
  boundary: {
    setting: { policies: 2 },
    bar: "accuracy",
    why: "triples of two policies teach one direction: more of them tell nothing about fresh policies",
  },
  async run(lab, seed, s) {
    const { frame } = drawWorld(s, seed);
    const fresh = policyTriples(frame, { policies: 200, triples: 4000 }, split(seed, "fresh"));
    const held = sizes.map((triples) =>
      referenceOrder(pretrained(frame, { ...s, triples }, split(seed, triples)), fresh),
    );
    const accuracies = held.map(({ accuracy }) => accuracy);
    const losses = held.map(({ loss }) => loss);
    lab.note("curve", { triples: sizes, accuracy: accuracies, loss: losses });
    return {
      pretraining: { accuracy: spearman(sizes, accuracies).value, loss: spearman(sizes, losses).value },
    };
  },
};

type Tuning = Settings & { starts: number; startsAway: number; steps: number; rate: number };

const reinforced: Claim<"method" | "zeroShot" | "flipped", "rose" | "gold" | "early" | "proxy", Tuning> = {
  id: "reinforcement",
  statement: "A policy that climbs the reference reward gets better by the hidden criterion",
  scope: `Bar C4: 20 Gaussian policies a seed, mean free in R^16, 50 steps of exact gradient ascent, a tenth of the inverse of M's largest eigenvalue each. A pilot showed why the mean gain itself cannot be judged: M is free to have negative eigenvalues, and along those the ascent runs away from the reference without end, so that gains have no second moment worth the name. What is judged is whether a seed's mean gold rose, 0 or 1. Gains are in standard deviations of the same reward over the start's samples. ${drops}`,
  evidence: "mechanism",
  settings: { ...settings, starts: 20, startsAway: 0.7, steps: 50, rate: 0.1 },
  seeds: 20,
  arms: ["method", "zeroShot", "flipped"],
  bars: [
    {
      id: "gold",
      metric: "rose",
      of: "method",
      role: "primary",
      bar: { kind: "share", above: 0.5 },
      why: "C4: gold is higher after the 50 steps than before, in more than half of the seeds",
    },
    {
      id: "flipped",
      metric: "rose",
      of: "flipped",
      role: "control",
      bar: { kind: "share", above: 0.5 },
      expect: "not-holds",
      why: "climbing −M must not help",
    },
    { id: "gain", metric: "gold", of: "method", role: "report", why: "the mean gain after 50 steps" },
    { id: "early", metric: "early", of: "method", role: "report", why: "the mean gain after 5 of the 50 steps" },
    { id: "zero-shot", metric: "rose", of: "zeroShot", role: "report", why: "climbing the reward without preferences" },
    { id: "proxy", metric: "proxy", of: "method", role: "report", why: "what the reward itself believes to have won" },
  ],
  boundary: {
    setting: { startsAway: 0 },
    bar: "gold",
    why: "a policy that is at the target already can only be drawn to the reference's noise",
  },
  async run(lab, seed, s) {
    const { frame, taste } = drawWorld(s, seed);
    const base = pretrained(frame, s, seed);
    const tuned = fineTuned(taste, s, seed, base).reward;
    const flipped = { ...tuned, weights: tuned.weights.map((x) => -x) };
    const climbs = { method: climb(taste, tuned, s, seed), zeroShot: climb(taste, base, s, seed) };
    lab.note("curves", { gold: [...climbs.method.gold], proxy: [...climbs.method.proxy] });
    const last = ({ gold, proxy }: Climb) => ({
      rose: gold.at(-1)! > 0 ? 1 : 0,
      gold: gold.at(-1)!,
      early: gold[Math.ceil(s.steps / 10) - 1]!,
      proxy: proxy.at(-1)!,
    });
    return {
      method: last(climbs.method),
      zeroShot: last(climbs.zeroShot),
      flipped: last(climb(taste, flipped, s, seed)),
    };
  },
};

const law = untestable({
  id: "power-law",
  statement: "The loss of policy discrimination follows a power law in compute",
  scope:
    "Loss against 250 to 8,000 triples cannot tell a power law with a floor from other curves, and there is one model size. It would take models of several sizes trained on the outputs of many real policies.",
});

function drawWorld(s: Settings, seed: Seed): { frame: PolicyFrame; taste: PolicyTaste } {
  const frame = drawPolicyFrame(s, split(seed, "frame"));
  return { frame, taste: drawPolicyTaste(frame, s.taste, split(seed, "taste")) };
}

function pretrained(frame: PolicyFrame, s: Settings, seed: Seed, swapped = false): ReferenceReward {
  const triples = policyTriples(
    frame,
    { policies: s.policies, triples: s.triples, swapped },
    split(seed, "pre-training"),
  );
  return fitReferenceReward(triples, { l2: s.l2 });
}

function fineTuned(taste: PolicyTaste, s: Settings, seed: Seed, anchor?: ReferenceReward) {
  const { strengths, away } = s;
  const fit = referenceTasks(taste, { tasks: s.labelled, away }, split(seed, "labelled"));
  const choose = referenceTasks(taste, { tasks: s.chosenOn, away }, split(seed, "chosen on"));
  return chooseAnchor({ fit, choose }, { strengths, anchor });
}

/** M = I: −‖z_ref − z‖². */
function euclidean(dim: number): ReferenceReward {
  const weights = new Float64Array((dim * (dim + 1)) / 2);
  for (let i = 0, at = 0; i < dim; at += dim - i, i++) weights[at] = 1;
  return { dim, weights };
}

/** Gains after each step, mean over the starts, in standard deviations over the start's samples. */
interface Climb {
  gold: Float64Array;
  proxy: Float64Array;
}

function climb(taste: PolicyTaste, reward: ReferenceReward, s: Tuning, seed: Seed): Climb {
  const { frame } = taste;
  const { dim, rank } = frame.dials;
  const matrix = referenceMatrix(reward);
  const step = s.rate / largestEigenvalue(matrix, dim);
  const rng = random(split(seed, "climb"));
  const gold = new Float64Array(s.steps);
  const proxy = new Float64Array(s.steps);
  for (const target of drawPolicies(rank, s.starts, split(seed, "targets"))) {
    const reference = sampleResponse(frame, target, rng);
    const start = target.map((x) => x + s.startsAway * rng.normal());
    const base = Array.from({ length: 200 }, () => sampleResponse(frame, start, rng));
    const proxyOf = (response: Float64Array): number => referenceRewards(reward, reference, response)[0]!;
    // the noise about the mean adds the same to every policy's expected reward
    const units = {
      gold: sd(base.map((response) => policyGold(taste, target, response))),
      proxy: sd(base.map(proxyOf)),
    };
    const mean = policyMean(frame, start);
    const before = { gold: policyGold(taste, target, mean), proxy: proxyOf(mean) };
    for (let n = 0; n < s.steps; n++) {
      const away = reference.map((x, d) => x - mean[d]!);
      for (let d = 0; d < dim; d++) {
        let slope = 0;
        for (let e = 0; e < dim; e++) slope += matrix[d * dim + e]! * away[e]!;
        mean[d]! += 2 * step * slope;
      }
      gold[n]! += (policyGold(taste, target, mean) - before.gold) / units.gold / s.starts;
      proxy[n]! += (proxyOf(mean) - before.proxy) / units.proxy / s.starts;
    }
  }
  return { gold, proxy };
}

function sd(values: readonly number[]): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
}

/** The largest |eigenvalue| of a symmetric matrix, by power iteration on its square. */
function largestEigenvalue(matrix: Float64Array, dim: number): number {
  let vector = normals(random(split("0".repeat(32), "power")), dim);
  let size = 0;
  for (let n = 0; n < 500; n++) {
    const next = new Float64Array(dim);
    for (let d = 0; d < dim; d++) for (let e = 0; e < dim; e++) next[d]! += matrix[d * dim + e]! * vector[e]!;
    size = Math.hypot(...next);
    vector = next.map((x) => x / size);
  }
  return size;
}

export default paper({
  slug: "polar",
  component: ["likelihood.policyDiscriminator", "policyDiscriminator", "fitReferenceReward", "policyPairs"],
  claims: [scarce, scaling, reinforced, law],
});
