import { type Random, random, type Seed, split } from "laurel";
import { helpsteer2Weights } from "laurel/io";
import { aggregateVotes } from "laurel/recipes";
import { type Claim, paper } from "../lab/index.ts";
import { expectedByPrompt, klOf, logSoftmax, steerlm2, type TabularModel, tabularPolicy } from "../policy/index.ts";
import { fitPairs, fitRidge, sgd } from "../train/index.ts";
import {
  type AttributeRaterDials,
  attributeVotes,
  dotAt,
  drawResponses,
  drawTaste,
  normals,
  pairAccuracy,
  preferProbability,
  presets,
  type Responses,
  type Taste,
} from "../worlds/preferences/index.ts";

/** The order of the world's properties. */
const weights = Object.values(helpsteer2Weights["helpsteer2-70b"]);

type Ratings = AttributeRaterDials & {
  /** Rated pairs (twice as many answers), and raters of each. */
  pairs: number;
  raters: number;
  /** Votes that differ by more than this among the closest three are dropped. */
  maxSpread: number;
  /** Binary pairs, their slope and flips. */
  binary: number;
  slope: number;
  flips: number;
  /** Answers with one vote each, for twice the votes. */
  single: number;
  test: number;
  l2: number;
};

const ratings: Ratings = {
  voteNoise: 0.7,
  careless: 0.3,
  carelessNoise: 1.4,
  pairs: 500,
  raters: 5,
  maxSpread: 1,
  binary: 5000,
  slope: 2,
  flips: 0.3,
  single: 10_000,
  test: 5000,
  l2: 1,
};

const drops =
  "World preferences/raters: 40 normal features, five linear attributes, gold their weighted sum with the paper's weights, careless raters by a fixed share. Linear models without tuning. No language model, no RewardBench.";

type Source = "curated" | "mean" | "one" | "many" | "binary" | "fewBinary" | "shuffled";

/** An answer's label for each attribute from its raters' votes, less the scale's middle; NaN where there is none. */
type Curation = (votes: readonly number[]) => number;

const curations = (s: Ratings) => ({
  curated: (votes: readonly number[]) =>
    (aggregateVotes(votes, { maxSpread: s.maxSpread, round: false }).value ?? Number.NaN) - 2,
  mean: (votes: readonly number[]) => votes.reduce((sum, vote) => sum + vote, 0) / votes.length - 2,
  one: (votes: readonly number[]) => votes[0]! - 2,
});

/** Votes on answers: answers × attributes lists of one vote a rater. */
function votesOn({ gold }: Responses, raters: number, rng: Random, s: Ratings): number[][] {
  return Array.from(gold[0]!, (_, i) => {
    const attributes = gold.map((u) => u[i]!);
    const rows = Array.from({ length: raters }, () => attributeVotes(rng, attributes, s));
    return attributes.map((_, k) => rows.map((row) => row[k]!));
  }).flat();
}

/** The scalar reward's weights by features: ridge regression of each attribute, then the weighted sum. */
function scalar(
  { features, dim }: Responses,
  votes: readonly number[][],
  curation: Curation,
  s: Ratings,
): Float64Array {
  const targets = Float64Array.from(votes, curation);
  const heads = fitRidge(features, targets, dim, { l2: s.l2, outputs: weights.length });
  return Float64Array.from({ length: dim }, (_, d) => weights.reduce((sum, w, k) => sum + w * heads[k * dim + d]!, 0));
}

function goldOf({ gold }: Responses): Float64Array {
  return gold[0]!.map((_, i) => weights.reduce((sum, w, k) => sum + w * gold[k]![i]!, 0));
}

/** A Bradley-Terry reward of binary pairs whose labels are noisy. */
function fromPairs(taste: Taste, pairs: number, s: Ratings, seed: Seed): Float64Array {
  const responses = drawResponses(taste, { prompts: pairs, candidates: 2 }, split(seed, "responses"));
  const { features, dim } = responses;
  const gold = goldOf(responses);
  const rng = random(split(seed, "labels"));
  const differences = new Float64Array(pairs * dim);
  for (let n = 0; n < pairs; n++) {
    const gap = gold[2 * n]! - gold[2 * n + 1]!;
    const sign = rng.uniform() < preferProbability(gap, { slope: s.slope, flips: s.flips }) ? 1 : -1;
    for (let d = 0; d < dim; d++)
      differences[n * dim + d] = sign * (features[2 * n * dim + d]! - features[(2 * n + 1) * dim + d]!);
  }
  return fitPairs(differences, dim, { l2: s.l2 });
}

async function sources(seed: Seed, s: Ratings): Promise<Record<Source, { accuracy: number }>> {
  const taste = drawTaste(presets.raters(), split(seed, "taste"));
  const test = drawResponses(taste, { prompts: s.test, candidates: 2 }, split(seed, "test"));
  const gold = goldOf(test);
  const accuracy = (reward: Float64Array) => ({
    accuracy: pairAccuracy(
      gold.map((_, i) => dotAt(test.features, i * test.dim, reward)),
      gold,
    ),
  });
  const rated = drawResponses(taste, { prompts: s.pairs, candidates: 2 }, split(seed, "rated"));
  const votes = votesOn(rated, s.raters, random(split(seed, "votes")), s);
  const order = random(split(seed, "shuffle")).shuffled(Array.from({ length: 2 * s.pairs }, (_, i) => i));
  const shuffled = order.flatMap((i) => votes.slice(i * weights.length, (i + 1) * weights.length));
  const wide = drawResponses(taste, { prompts: s.single, candidates: 1 }, split(seed, "many"));
  const manyVotes = votesOn(wide, 1, random(split(seed, "many votes")), s);
  const { curated, mean, one } = curations(s);
  return {
    curated: accuracy(scalar(rated, votes, curated, s)),
    mean: accuracy(scalar(rated, votes, mean, s)),
    one: accuracy(scalar(rated, votes, one, s)),
    many: accuracy(scalar(wide, manyVotes, one, s)),
    binary: accuracy(fromPairs(taste, s.binary, s, split(seed, "binary"))),
    fewBinary: accuracy(fromPairs(taste, s.pairs, s, split(seed, "few binary"))),
    shuffled: accuracy(scalar(rated, shuffled, curated, s)),
  };
}

const arms = ["curated", "mean", "one", "many", "binary", "fewBinary", "shuffled"] as const;

const small: Claim<Source, "accuracy", Ratings> = {
  id: "small-and-careful",
  statement: "500 pairs that five raters rate on five attributes beat 5,000 pairs with noisy binary labels",
  scope: `C1. The ratings carry 25,000 votes against 5,000 labels: what is small is the number of answers. ${drops}`,
  evidence: "mechanism",
  settings: ratings,
  seeds: 40,
  arms,
  bars: [
    {
      id: "binary",
      metric: "accuracy",
      of: "curated",
      against: "binary",
      role: "primary",
      bar: { kind: "superior", smallest: 0.016 },
      why: "C1; the specification's pilot effect is 0.032",
    },
    {
      id: "as-few",
      metric: "accuracy",
      of: "curated",
      against: "fewBinary",
      role: "report",
      why: "as many binary pairs as rated ones",
    },
    {
      id: "shuffled",
      metric: "accuracy",
      of: "shuffled",
      against: 0.5,
      role: "control",
      bar: { kind: "equivalent", within: 0.05 },
      why: "ratings dealt to other answers teach nothing: chance, within a ninth of what the ratings teach",
    },
  ],
  boundary: { setting: { careless: 1 }, bar: "binary", why: "where every rater is careless, ratings are noise" },
  run: (_lab, seed, s) => sources(seed, s),
};

const curation: Claim<Source, "accuracy", Ratings> = {
  id: "curation",
  statement: "The mean of the closest three of five votes, without items that raters disagree on, beats a single vote",
  scope: `C2. What limits it is reported beside it: the plain mean of all five votes, and twice the votes as single votes on ten times the answers. ${drops}`,
  evidence: "mechanism",
  settings: ratings,
  seeds: 40,
  arms,
  bars: [
    {
      id: "single-vote",
      metric: "accuracy",
      of: "curated",
      against: "one",
      role: "primary",
      bar: { kind: "superior", smallest: 0.019 },
      why: "C2; the specification's pilot effect is 0.038",
    },
    {
      id: "mean-of-five",
      metric: "accuracy",
      of: "curated",
      against: "mean",
      role: "report",
      why: "the specification's pilot expects −0.012: dropping votes loses more than careless raters cost",
    },
    {
      id: "many-single",
      metric: "accuracy",
      of: "curated",
      against: "many",
      role: "report",
      why: "ten times the answers with one vote each",
    },
  ],
  boundary: {
    setting: { voteNoise: 0.01, careless: 0 },
    bar: "single-vote",
    why: "raters who never err agree, and one vote is as good as five",
  },
  run: (_lab, seed, s) => sources(seed, s),
};

type Steering = {
  prompts: number;
  targets: number;
  answers: number;
  /** Attributes of an answer, and how narrow P(a|x, y) is about them. */
  attributes: number;
  width: number;
  steps: number;
  samples: number;
  lr: number;
  /** How far towards the posterior both arms start: logits are this times its log. */
  start: number;
  /** The reward model that gives P(a|x, y) reads every attribute with the wrong sign. */
  misread: boolean;
  /** Whether the control and the exact gradient run. */
  controls: boolean;
};

const steering: Steering = {
  prompts: 30,
  targets: 8,
  answers: 20,
  attributes: 2,
  width: 0.7,
  steps: 300,
  samples: 10,
  lr: 0.5,
  start: 0.5,
  misread: false,
  controls: true,
};

type Tables = {
  model: TabularModel;
  /** log P(y|x) and log P(a|x, y) for each (prompt, target), × answers; the latter as the reward model has it. */
  logPrior: Float64Array;
  logAttributes: Float64Array;
  /** log P(y|a, x). */
  posterior: Float64Array;
  /** The target (of its prompt) that is nearest to each answer, for each (prompt, target). */
  nearest: Int32Array;
};

function tables(seed: Seed, s: Steering): Tables {
  const rng = random(seed);
  const cells = s.prompts * s.targets;
  const logPrior = new Float64Array(cells * s.answers);
  const logAttributes = new Float64Array(cells * s.answers);
  const truth = new Float64Array(cells * s.answers);
  const nearest = new Int32Array(cells * s.answers);
  for (let p = 0; p < s.prompts; p++) {
    // Dirichlet(1): exponential numbers over their sum
    const prior = Float64Array.from({ length: s.answers }, () => Math.log(rng.exponential()));
    const answers = normals(rng, s.answers * s.attributes);
    const targets = normals(rng, s.targets * s.attributes);
    const distance = (y: number, a: number, sign: number): number => {
      let sum = 0;
      for (let k = 0; k < s.attributes; k++)
        sum += (sign * answers[y * s.attributes + k]! - targets[a * s.attributes + k]!) ** 2;
      return sum;
    };
    for (let y = 0; y < s.answers; y++) {
      const distances = Array.from({ length: s.targets }, (_, a) => distance(y, a, 1));
      const closest = distances.indexOf(Math.min(...distances));
      for (let a = 0; a < s.targets; a++) {
        const at = (p * s.targets + a) * s.answers + y;
        logPrior[at] = prior[y]!;
        truth[at] = -distances[a]! / (2 * s.width ** 2);
        logAttributes[at] = s.misread ? -distance(y, a, -1) / (2 * s.width ** 2) : truth[at]!;
        nearest[at] = closest;
      }
    }
  }
  const model: TabularModel = {
    states: cells,
    vocab: s.answers,
    starts: Int32Array.from({ length: cells }, (_, i) => i),
    end: -1,
    horizon: 1,
    next: (state) => state,
  };
  const normalised = logSoftmax(logPrior, s.answers);
  const posterior = logSoftmax(
    normalised.map((log, i) => log + truth[i]!),
    s.answers,
  );
  return { model, logPrior: normalised, logAttributes, posterior, nearest };
}

type Tuning = "steerlm2" | "steerlm1" | "start" | "blind" | "exact";

/** SteerLM 1: cross-entropy on the proposal's samples, each labelled with the target that its attributes are nearest to. */
function conditional({ model, nearest }: Tables, start: Float64Array, seed: Seed, s: Steering): Float64Array {
  const policy = tabularPolicy(model, Float64Array.from(start));
  const proposal = policy.at(Float64Array.from(start));
  const rng = random(seed);
  const prompts = Int32Array.from({ length: model.states }, (_, i) => i);
  const optimiser = sgd(s.lr);
  for (let step = 0; step < s.steps; step++) {
    const drawn = proposal.sample(prompts, s.samples, rng);
    const labelled = Int32Array.from(drawn.draws, (y, i) => {
      const cell = Math.floor(i / s.samples);
      return Math.floor(cell / s.targets) * s.targets + nearest[cell * s.answers + y]!;
    });
    const relabelled = { prompts: labelled, group: 1, draws: drawn.draws, states: labelled };
    optimiser.step(
      policy.theta,
      policy.scoreGradient(relabelled, new Float64Array(labelled.length).fill(-1 / s.samples)),
    );
  }
  return logSoftmax(policy.theta, s.answers);
}

async function matched(
  { model, logPrior, logAttributes }: Tables,
  start: Float64Array,
  seed: Seed,
  s: Steering,
): Promise<Float64Array> {
  const policy = tabularPolicy(model, Float64Array.from(start));
  const of = (table: Float64Array) => (drawn: { draws: Int32Array; states?: Int32Array | undefined }) =>
    Float64Array.from(drawn.draws, (y, i) => table[drawn.states![i]! * s.answers + y]!);
  const run = steerlm2(policy, {
    prompts: model.states,
    samples: s.samples,
    steps: s.steps,
    logPrior: of(logPrior),
    logAttributes: of(logAttributes),
    optimiser: sgd(s.lr),
    seed,
  });
  for await (const { skipped } of run) if (skipped > 0) throw new Error("every answer has a weight in this world");
  return logSoftmax(policy.theta, s.answers);
}

/** The largest gradient of the enumerated estimator where the policy is the posterior: every answer once, a uniform proposal. */
async function exactGradient(here: Tables, seed: Seed, s: Steering): Promise<number> {
  const { model, logPrior, logAttributes, posterior } = here;
  const all = Int32Array.from({ length: model.states * s.answers }, (_, i) => i % s.answers);
  const cells = Int32Array.from(all, (_, i) => Math.floor(i / s.answers));
  const own = tabularPolicy(model, Float64Array.from(posterior));
  let largest = 0;
  const run = steerlm2(
    {
      ...own,
      theta: own.theta,
      at: () => ({
        ...own,
        sample: (prompts, group) => ({ prompts, group, draws: all, states: cells }),
        logprobs: () => new Float64Array(all.length).fill(-Math.log(s.answers)),
      }),
    },
    {
      prompts: model.states,
      samples: s.answers,
      steps: 1,
      logPrior: () => logPrior,
      logAttributes: () => logAttributes,
      optimiser: {
        step: (_theta, gradient) => {
          for (const g of gradient) largest = Math.max(largest, Math.abs(g));
        },
      },
      seed,
    },
  );
  for await (const _ of run);
  return largest;
}

const posterior: Claim<Tuning, "kl" | "hit" | "gradient", Steering> = {
  id: "steerlm2",
  statement:
    "Matching the posterior over answers given wanted attributes ends nearer to it than fine-tuning on answers labelled with the target that they are nearest to",
  scope:
    "C3. Tables: 30 prompts with 8 targets and 20 answers each, exact KL; targets and answers' attributes are drawn anew for each prompt, both arms start half-trained and draw from that start. The specification did not pilot it. No language model, no reward model: P(a|x, y) is known.",
  evidence: "mechanism",
  settings: steering,
  seeds: 40,
  arms: ["steerlm2", "steerlm1", "start", "blind", "exact"],
  bars: [
    {
      id: "posterior",
      metric: "kl",
      of: "steerlm2",
      against: "steerlm1",
      better: "lower",
      role: "primary",
      bar: { kind: "superior", smallest: 0.9 },
      why: "C3: exact KL(P ‖ Q), the mean over prompts and targets; the pilot's effect is 1.8 nats",
    },
    {
      id: "start",
      metric: "kl",
      of: "steerlm2",
      against: "start",
      better: "lower",
      role: "secondary",
      bar: { kind: "superior", smallest: 0.085 },
      why: "it also ends nearer than it began; the pilot's effect is 0.17",
    },
    {
      id: "fixed-point",
      metric: "gradient",
      of: "exact",
      role: "secondary",
      bar: { kind: "exact", tolerance: 1e-10 },
      why: "with every answer once and a uniform proposal the gradient at the posterior is 0",
    },
    {
      id: "blind",
      metric: "hit",
      of: "blind",
      against: 1 / 8,
      role: "control",
      bar: { kind: "equivalent", within: 0.05 },
      why: "where P(a|x, y) is constant the policy unlearns the targets: an answer is nearest to the wanted one of eight by chance",
    },
  ],
  boundary: {
    setting: { misread: true, controls: false },
    bar: "posterior",
    why: "where the reward model reads attributes with the wrong sign, the posterior that is matched is another one; SteerLM 1 uses the raters' labels",
  },
  async run(_lab, seed, s) {
    const here = tables(split(seed, "tables"), s);
    const start = here.posterior.map((log) => s.start * log);
    const far = (logq: Float64Array): number => klOf(here.posterior, logq, s.answers);
    const hits = here.nearest.map((target, i) => (target === Math.floor(i / s.answers) % s.targets ? 1 : 0));
    const hit = (logq: Float64Array): number => {
      const all = expectedByPrompt(logq, hits, s.answers);
      return all.reduce((sum, one) => sum + one, 0) / all.length;
    };
    const two = await matched(here, start, split(seed, "steerlm2"), s);
    const one = conditional(here, start, split(seed, "steerlm1"), s);
    const flat = { ...here, logAttributes: new Float64Array(here.logAttributes.length) };
    return {
      steerlm2: { kl: far(two), hit: hit(two) },
      steerlm1: { kl: far(one), hit: hit(one) },
      start: { kl: far(logSoftmax(start, s.answers)), hit: hit(logSoftmax(start, s.answers)) },
      blind: s.controls ? { hit: hit(await matched(flat, start, split(seed, "blind"), s)) } : {},
      exact: s.controls ? { gradient: await exactGradient(here, split(seed, "exact"), s) } : {},
    };
  },
};

export default paper({
  slug: "helpsteer2",
  component: ["aggregateVotes", "aggregateRatings", "helpsteer2Weights", "fitRidge", "steerlm2"],
  claims: [small, curation, posterior],
});
