import { random, type Seed, split } from "laurel";
import { meanOf, spearman } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import { expected, type FeatureGroups, type ItemPairs, logLinear, pairBatch, pairGradient } from "../policy/index.ts";
import { adam, dpoLoss, fitPairs } from "../train/index.ts";
import {
  canonicalFollowUps,
  dotAt,
  drawDialogues,
  drawUsers,
  meanLogLikelihood,
  newReactionModel,
  norm,
  normals,
  otherReaction,
  pairAccuracy,
  preferProbability,
  type ReactionModel,
  type ReactiveUsers,
  satisfactionOf,
  trainReactions,
  type UserDials,
  unit,
} from "../worlds/preferences/index.ts";

type Settings = UserDials & {
  /** Pre-training dialogues, and the share of them whose follow-ups react. */
  pretraining: number;
  pretrainingReacts: number;
  feedback: number;
  feedbackReacts: number;
  batch: number;
  learningRate: number;
  epochs: number;
  /** Sentences of each list; they are drawn at u = ± `at` from reactions perturbed by this sd. */
  sentences: number;
  at: number;
  perturbed: number;
  /** Fresh gold pairs. */
  pairs: number;
  /** Another annotator's reward: cosine of its utility, pairs, flips, L2. */
  cosine: number;
  annotated: number;
  flips: number;
  l2: number;
  /** Mining: prompts, samples a prompt, DPO. */
  prompts: number;
  samples: number;
  beta: number;
  steps: number;
  policyRate: number;
};

const settings: Settings = {
  dim: 16,
  satisfaction: 1.2,
  topics: 4,
  vocabulary: 60,
  length: 6,
  spread: 0.5,
  pretraining: 20000,
  pretrainingReacts: 0.3,
  feedback: 5000,
  feedbackReacts: 1,
  batch: 250,
  learningRate: 0.5,
  epochs: 3,
  sentences: 60,
  at: 2,
  perturbed: 0.3,
  pairs: 2000,
  cosine: 0.8,
  annotated: 2000,
  flips: 0.2,
  l2: 1e-3,
  prompts: 500,
  samples: 8,
  beta: 1,
  steps: 200,
  policyRate: 0.05,
};

type Arm = "tuned" | "pretrained" | "positiveOnly" | "neutral" | "transferred" | "inDomain" | "mined" | "base";
type Metric = "accuracy" | "spearman" | "gold";

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

const followUps: Claim<Arm, Metric, Settings> = {
  id: "follow-ups",
  statement:
    "How much likelier a language model finds satisfied than dissatisfied user follow-ups tells good responses from bad without labels, better after training on feedback",
  scope:
    "World preferences/reactive-users: one latent satisfaction, an irrelevant topic, i.i.d. words, a linear language model that is never told who was satisfied. The designer's sentences come from users who react differently. No text, no templates, no six criteria (a pilot with six independent ones reached only 0.61). The L2 of the transferred reward is on the summed loss. Bars 4 and 5 were not piloted by the specification.",
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["tuned", "pretrained", "positiveOnly", "neutral", "transferred", "inDomain", "mined", "base"],
  bars: [
    {
      id: "feedback",
      metric: "accuracy",
      of: "tuned",
      against: "pretrained",
      role: "primary",
      bar: superior(0.054),
      why: "bar 1: training on follow-ups that react; the pilot's effect is 0.108",
    },
    {
      id: "chance",
      metric: "accuracy",
      of: "pretrained",
      against: 0.5,
      role: "primary",
      bar: superior(0.115),
      why: "bar 2: without any feedback training; the pilot's effect is 0.230",
    },
    {
      id: "both-lists",
      metric: "accuracy",
      of: "tuned",
      against: "positiveOnly",
      role: "primary",
      bar: superior(0.0545),
      why: "bar 3: the dissatisfied follow-ups matter; the pilot's effect is 0.109",
    },
    {
      id: "transferred",
      metric: "accuracy",
      of: "tuned",
      against: "transferred",
      role: "primary",
      bar: { kind: "non-inferior", margin: 0.03 },
      why: "bar 4: no worse than a trained reward whose annotator has a utility of cosine 0.8",
    },
    {
      id: "mining",
      metric: "gold",
      of: "mined",
      against: "base",
      role: "primary",
      bar: superior(0.1),
      why: "bar 5: DPO on mined best and worst of eight raises satisfaction; no pilot, a twelfth of its sd",
    },
    {
      id: "neutral",
      metric: "accuracy",
      of: "neutral",
      against: 0.5,
      role: "control",
      bar: { kind: "equivalent", within: 0.115 },
      why: "both lists at u = 0 tell nothing: within half the effect of bar 2, as the mean over seeds",
    },
    { id: "rating", metric: "spearman", of: "tuned", role: "report", why: "rank correlation with satisfaction" },
    {
      id: "in-domain",
      metric: "accuracy",
      of: "tuned",
      against: "inDomain",
      role: "report",
      why: "a reward trained on the users' own preferences wins clearly",
    },
  ],
  boundary: {
    setting: { feedbackReacts: 0 },
    bar: "feedback",
    why: "feedback that does not react to the response teaches nothing",
  },
  async run(_lab, seed, s) {
    const users = drawUsers(s, seed);
    const pretrained = trainReactions(
      users,
      drawDialogues(users, s.pretraining, s.pretrainingReacts, split(seed, "pretraining")),
      newReactionModel(users),
      s,
    );
    const feedback = drawDialogues(users, s.feedback, s.feedbackReacts, split(seed, "feedback"));
    const tuned = trainReactions(users, feedback, pretrained, s);
    const believed = otherReaction(users, s.perturbed, split(seed, "designer"));
    const list = (u: number, name: string): Uint8Array =>
      canonicalFollowUps(users, believed, u, s.sentences, split(seed, name));
    const [satisfied, dissatisfied] = [list(s.at, "satisfied"), list(-s.at, "dissatisfied")];
    const neutral = [list(0, "neutral one"), list(0, "neutral two")] as const;

    const features = normals(random(split(seed, "gold pairs")), 2 * s.pairs * s.dim);
    const gold = satisfactionOf(users, features);
    const flr = (model: ReactionModel, of: Float64Array, positive = satisfied, negative = dissatisfied) => {
      const liked = meanLogLikelihood(users, model, of, positive);
      const disliked = meanLogLikelihood(users, model, of, negative);
      return liked.map((one, i) => one - disliked[i]!);
    };
    const measured = (rewards: Float64Array) => ({
      accuracy: pairAccuracy(rewards, gold),
      spearman: spearman(rewards, gold).value,
    });
    const linear = (cosine: number, name: string): Float64Array => {
      const w = annotatorReward(users, cosine, split(seed, name), s);
      return gold.map((_, i) => dotAt(features, i * s.dim, w));
    };
    return {
      tuned: measured(flr(tuned, features)),
      pretrained: measured(flr(pretrained, features)),
      positiveOnly: measured(meanLogLikelihood(users, tuned, features, satisfied)),
      neutral: measured(flr(tuned, features, ...neutral)),
      transferred: measured(linear(s.cosine, "annotator")),
      inDomain: measured(linear(1, "own annotator")),
      ...mine(users, (of) => flr(tuned, of), split(seed, "mining"), s),
    };
  },
};

/** A linear Bradley-Terry reward of an annotator whose utility has this cosine with the users'. */
function annotatorReward(users: ReactiveUsers, cosine: number, seed: Seed, s: Settings): Float64Array {
  const rng = random(split(seed, "taste"));
  const own = unit(users.utility);
  const drawn = normals(rng, s.dim);
  const along = dotAt(drawn, 0, own);
  const across = unit(drawn.map((x, d) => x - along * own[d]!));
  const length = norm(users.utility);
  const utility = own.map((x, d) => length * (cosine * x + Math.sqrt(1 - cosine ** 2) * across[d]!));
  const features = normals(random(split(seed, "pairs")), 2 * s.annotated * s.dim);
  const labels = random(split(seed, "labels"));
  const differences = new Float64Array(s.annotated * s.dim);
  for (let n = 0; n < s.annotated; n++) {
    const [a, b] = [2 * n * s.dim, (2 * n + 1) * s.dim];
    const gap = dotAt(features, a, utility) - dotAt(features, b, utility);
    const p = preferProbability(gap, { slope: Number.POSITIVE_INFINITY, flips: s.flips });
    const sign = labels.uniform() < p ? 1 : -1;
    for (let d = 0; d < s.dim; d++) differences[n * s.dim + d] = sign * (features[a + d]! - features[b + d]!);
  }
  return fitPairs(differences, s.dim, { l2: s.l2 });
}

/** DPO on the best and the worst of each prompt's samples; exact expected satisfaction on fresh prompts, before and after. */
function mine(users: ReactiveUsers, reward: (features: Float64Array) => Float64Array, seed: Seed, s: Settings) {
  const draw = (name: string): FeatureGroups => ({
    features: normals(random(split(seed, name)), s.prompts * s.samples * s.dim),
    dim: s.dim,
    candidates: s.samples,
  });
  const groups = draw("prompts");
  const rewards = reward(groups.features);
  const pairs: ItemPairs = { first: new Int32Array(s.prompts), second: new Int32Array(s.prompts) };
  for (let p = 0; p < s.prompts; p++) {
    const own = rewards.subarray(p * s.samples, (p + 1) * s.samples);
    pairs.first[p] = p * s.samples + own.indexOf(Math.max(...own));
    pairs.second[p] = p * s.samples + own.indexOf(Math.min(...own));
  }
  const base = new Float64Array(s.dim);
  const theta = new Float64Array(s.dim);
  const optimiser = adam(s.policyRate);
  for (let step = 0; step < s.steps; step++)
    optimiser.step(
      theta,
      pairGradient(groups, pairs, dpoLoss(pairBatch(groups, pairs, theta, base), { beta: s.beta })),
    );
  const fresh = draw("fresh prompts");
  const gold = satisfactionOf(users, fresh.features);
  return {
    mined: { gold: expected(logLinear(fresh, theta), gold, s.samples) },
    base: { gold: meanOf(gold) },
  };
}

export default paper({
  slug: "flr",
  component: ["likelihood.followUp", "followUp"],
  claims: [followUps],
});
