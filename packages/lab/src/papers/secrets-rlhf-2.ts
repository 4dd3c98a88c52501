import { type Random, random, type Seed, split } from "laurel";
import { byStrength, type DenoiseOptions, denoise, type PairStrength, preferenceStrength } from "laurel/recipes";
import { type Claim, paper } from "../lab/index.ts";
import {
  bradleyTerry,
  type Differentiable,
  fitPairs,
  type LossGradient,
  metaStep,
  separation,
  sgd,
} from "../train/index.ts";
import {
  dotAt,
  drawNoisyPairs,
  drawTaste,
  marginAccuracy,
  type NoisyPairs,
  normals,
  preferProbability,
  presets,
  unit,
} from "../worlds/preferences/index.ts";

type Strengths = {
  dim: number;
  norm: number;
  slope: number;
  flips: number;
  pairs: number;
  models: number;
  /** L2 of the members and of the models that are trained on their word. */
  ensembleL2: number;
  l2: number;
  test: number;
};

/** Strengths of a world's pairs, by bootstrap members scoring the pairs they were trained on; rows are pair numbers. */
function strengthsOf(train: NoisyPairs, s: Strengths, seed: Seed): Promise<PairStrength<number>[]> {
  const rows = Array.from(train.gap, (_, n) => n);
  return preferenceStrength(rows, {
    models: s.models,
    seed,
    train(own, member) {
      const rng = random(member);
      const sample = own.map(() => own[rng.below(own.length)]!);
      const weights = fitPairs(rowsOf(train, sample), train.dim, { l2: s.ensembleL2, tolerance: 1e-6 });
      return (scored) => scored.map((n) => dotAt(train.differences, n * train.dim, weights));
    },
  });
}

function rowsOf({ differences, dim }: NoisyPairs, rows: readonly number[]): Float64Array {
  const out = new Float64Array(rows.length * dim);
  for (const [i, n] of rows.entries()) out.set(differences.subarray(n * dim, (n + 1) * dim), i * dim);
  return out;
}

/** The strengths dealt to other pairs. */
function permuted(strengths: readonly PairStrength<number>[], seed: Seed): PairStrength<number>[] {
  const dealt = random(seed).shuffled([...strengths]);
  return strengths.map(({ pair }, i) => ({ ...dealt[i]!, pair }));
}

async function world(seed: Seed, s: Strengths) {
  const taste = drawTaste(presets.noisy(s), split(seed, "taste"));
  const train = drawNoisyPairs(taste, s.pairs, s, split(seed, "train"));
  const test = drawNoisyPairs(taste, s.test, { slope: Number.POSITIVE_INFINITY }, split(seed, "test"));
  const strengths = await strengthsOf(train, s, split(seed, "members"));
  return { taste, train, test, strengths, permuted: permuted(strengths, split(seed, "permutation")) };
}

const finding: Strengths = {
  dim: 40,
  norm: 2.5,
  slope: 1,
  flips: 0.2,
  pairs: 1500,
  models: 10,
  ensembleL2: 3,
  l2: 3,
  test: 4000,
};

const drops =
  "World preferences/noisy: normal differences of features, a linear utility, Bradley-Terry labels of which 20 % are turned round; linear models, bootstrap members. No HH-RLHF, no language model, no PPO; the contrastive term is a tested component without a claim.";

type Fifth = "first" | "second" | "third" | "fourth" | "fifth" | "all" | "permuted";
const fifths = ["first", "second", "third", "fourth", "fifth"] as const;

const finds: Claim<Fifth, "wrong" | "accuracy", Strengths> = {
  id: "strength-finds-wrong-labels",
  statement:
    "The weakest fifth of pairs by the members' mean margin has mostly wrong labels and teaches the reverse, the second fifth next to nothing, the others help",
  scope: `Part A, in sample as in the paper, with regularised members for "one epoch". ${drops}`,
  evidence: "mechanism",
  settings: finding,
  seeds: 40,
  arms: [...fifths, "all", "permuted"],
  bars: [
    {
      id: "wrong-labels",
      metric: "wrong",
      of: "first",
      against: "all",
      role: "primary",
      bar: { kind: "superior", over: 0.3, smallest: 0.15 },
      why: "the share of wrong labels in the weakest fifth less that of all; the specification asks for 0.3, its pilot's values are 0.93 and 0.31",
    },
    {
      id: "harmful",
      metric: "accuracy",
      of: "first",
      against: 0.5,
      better: "lower",
      role: "primary",
      bar: { kind: "superior", smallest: 0.18 },
      why: "a model of the weakest fifth alone; the specification's pilot value is 0.13",
    },
    ...(["third", "fourth", "fifth"] as const).map((of) => ({
      id: `${of}-helps`,
      metric: "accuracy" as const,
      of,
      against: 0.7,
      role: "primary" as const,
      bar: { kind: "superior" as const, smallest: 0.085 },
      why: "a model of this fifth alone is above 0.7; the specification's pilot values are 0.87 to 0.88",
    })),
    {
      id: "ambiguous",
      metric: "accuracy",
      of: "second",
      against: "third",
      better: "lower",
      role: "primary",
      bar: { kind: "superior", smallest: 0.27 },
      why: "the second fifth teaches less than the third; the specification's pilot values are 0.34 and 0.88",
    },
    {
      id: "permuted",
      metric: "wrong",
      of: "permuted",
      against: "all",
      role: "control",
      bar: { kind: "equivalent", within: 0.15 },
      why: "strengths dealt to other pairs find no wrong labels: the base rate, within half of what the bar needs",
    },
  ],
  boundary: {
    setting: { ensembleL2: 1e-3, dim: 100, pairs: 120, models: 3 },
    bar: "wrong-labels",
    why: "members that memorise their training pairs give every label a positive margin",
  },
  async run(_lab, seed, s) {
    const { train, test, strengths, permuted } = await world(seed, s);
    const wrong = (rows: readonly { pair: number }[]): number =>
      rows.filter(({ pair }) => train.gap[pair]! < 0).length / rows.length;
    const cuts = [0.2, 0.4, 0.6, 0.8];
    const groups = byStrength(strengths, cuts).map((rows) => ({
      wrong: wrong(rows),
      accuracy: marginAccuracy(
        test.differences,
        fitPairs(
          rowsOf(
            train,
            rows.map(({ pair }) => pair),
          ),
          train.dim,
          { l2: s.l2 },
        ),
      ),
    }));
    const [first, second, third, fourth, fifth] = groups as [Group, Group, Group, Group, Group];
    return {
      first,
      second,
      third,
      fourth,
      fifth,
      all: { wrong: wrong(strengths) },
      permuted: { wrong: wrong(byStrength(permuted, cuts)[0]!) },
    };
  },
};
type Group = { wrong: number; accuracy: number };

const treatments = {
  plain: {},
  flip: { flip: { bottom: 0.1 } },
  drop: { drop: { bottom: 0.1 } },
  soft: { soft: "strength" },
  smoothing: { soft: 0.9 },
  margin: { margin: "strength" },
  flipMargin: { flip: { bottom: 0.1 }, margin: "strength" },
} as const satisfies Record<string, DenoiseOptions>;
type Treatment = keyof typeof treatments | "tuned" | "permutedFlip" | "permutedSoft";

type Mitigation = Strengths & { tuning: number[]; validation: number };

/** A reward of the pairs as `denoise` leaves them. */
function treated(train: NoisyPairs, strengths: readonly PairStrength<number>[], options: DenoiseOptions, l2: number) {
  const rows = denoise(strengths, options);
  const differences = rowsOf(
    train,
    rows.map(({ pair }) => pair),
  );
  for (const [i, { flipped }] of rows.entries())
    if (flipped) for (let d = 0; d < train.dim; d++) differences[i * train.dim + d]! *= -1;
  const labels = {
    target: Float64Array.from(rows, ({ target }) => target),
    margin: Float64Array.from(rows, ({ margin }) => margin),
  };
  return fitPairs(differences, train.dim, { l2, labels, tolerance: 1e-6 });
}

const mitigation: Claim<Treatment, "accuracy", Mitigation> = {
  id: "mitigation",
  statement:
    "Where a model fits its labels to the last, turning the weakest tenth round and softening labels by strength both help",
  scope: `Part B, at 250 features and 560 pairs in place of 400 and 900, as the specification allows, for 40 seeds in place of 12; members with L2 60, final models with 0.01. A plain model with a tuned L2 stands beside it: the gain is what regularisation gives. ${drops}`,
  evidence: "mechanism",
  settings: {
    dim: 250,
    norm: 1,
    slope: 2,
    flips: 0.2,
    pairs: 560,
    models: 10,
    ensembleL2: 60,
    l2: 0.01,
    test: 4000,
    tuning: [3, 10, 30, 100, 300],
    validation: 300,
  },
  seeds: 40,
  arms: ["plain", "flip", "drop", "soft", "smoothing", "margin", "flipMargin", "tuned", "permutedFlip", "permutedSoft"],
  bars: [
    against("flip", "plain", "flip", 0.0067, "the pilot's effect is 0.0134, the specification's at 400 features 0.046"),
    against("soft", "plain", "soft", 0.0236, "the pilot's effect is 0.0473, the specification's at 400 features 0.066"),
    ...(["drop", "smoothing", "margin", "flipMargin"] as const).map((of) => ({
      id: of === "flipMargin" ? "flip-margin" : of,
      metric: "accuracy" as const,
      of,
      against: "plain" as const,
      role: "report" as const,
      why: "beside the two of the claim; the specification's pilot expects the margin alone to harm",
    })),
    {
      id: "tuned",
      metric: "accuracy",
      of: "tuned",
      against: "soft",
      role: "report",
      why: "a plain model with L2 chosen on 300 labelled pairs against the best treatment",
    },
    ...(["permutedFlip", "permutedSoft"] as const).map((of) => ({
      id: of === "permutedFlip" ? "permuted-flip" : "permuted-soft",
      metric: "accuracy" as const,
      of,
      against: "plain" as const,
      role: "control" as const,
      bar: { kind: "superior" as const, smallest: 0.0067 },
      expect: "not-holds" as const,
      why: "strengths dealt to other pairs must not help",
    })),
  ],
  boundary: {
    setting: { dim: 40, norm: 2.5, slope: 1, pairs: 1500, ensembleL2: 3, l2: 3, tuning: [3] },
    bar: "soft",
    why: "a model that is regularised well has nothing to gain",
  },
  async run(_lab, seed, s) {
    const { taste, train, test, strengths, permuted } = await world(seed, s);
    const validation = drawNoisyPairs(taste, s.validation, s, split(seed, "validation"));
    const score = (weights: Float64Array) => ({ accuracy: marginAccuracy(test.differences, weights) });
    const arm = (options: DenoiseOptions, by = strengths) => score(treated(train, by, options, s.l2));
    const models = s.tuning.map((l2) => treated(train, strengths, {}, l2));
    const fits = models.map((weights) => marginAccuracy(validation.differences, weights));
    return {
      plain: arm(treatments.plain),
      flip: arm(treatments.flip),
      drop: arm(treatments.drop),
      soft: arm(treatments.soft),
      smoothing: arm(treatments.smoothing),
      margin: arm(treatments.margin),
      flipMargin: arm(treatments.flipMargin),
      tuned: score(models[fits.indexOf(Math.max(...fits))]!),
      permutedFlip: arm(treatments.flip, permuted),
      permutedSoft: arm(treatments.soft, permuted),
    };
  },
};

function against(of: Treatment, other: Treatment, id: string, smallest: number, why: string) {
  const bar = { kind: "superior" as const, smallest };
  return { id, metric: "accuracy" as const, of, against: other, role: "primary" as const, bar, why };
}

type Drift = {
  dim: number;
  units: number;
  pairs: number;
  slope: number;
  flips: number;
  support: number;
  test: number;
  steps: number;
  batch: number;
  /** Of the meta step, and the step sizes of the two arms. */
  eta: number;
  lr: number;
  plainLr: number;
  /** How the shifted policy's answers differ: the factor of their part along w, and the length of the drift. */
  along: number;
  drift: number;
  /** Whether the support pairs are of the shifted policy. */
  supportShifted: boolean;
};

/** r = v·tanh(W x + b): theta is W (units × dim), b, v. */
function tanhScores(theta: Float64Array, x: Float64Array, s: Drift, hidden?: Float64Array): Float64Array {
  const { dim, units } = s;
  const n = x.length / dim;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let u = 0; u < units; u++) {
      let sum = theta[units * dim + u]!;
      for (let d = 0; d < dim; d++) sum += theta[u * dim + d]! * x[i * dim + d]!;
      const h = Math.tanh(sum);
      if (hidden !== undefined) hidden[i * units + u] = h;
      out[i]! += theta[units * (dim + 1) + u]! * h;
    }
  return out;
}

/** A loss of pairs (first rows, then second) as a function of theta, with its gradient. */
function ofPairs(
  x: Float64Array,
  loss: (first: Float64Array, second: Float64Array) => LossGradient,
  s: Drift,
): Differentiable {
  const { dim, units } = s;
  const n = x.length / dim;
  return (theta, gradient) => {
    const hidden = new Float64Array(n * units);
    const scores = tanhScores(theta, x, s, hidden);
    const made = loss(scores.subarray(0, n / 2), scores.subarray(n / 2));
    for (let i = 0; i < n; i++) {
      const slope = i < n / 2 ? made.first[i]! : made.second[i - n / 2]!;
      for (let u = 0; u < units; u++) {
        const h = hidden[i * units + u]!;
        gradient[units * (dim + 1) + u]! += slope * h;
        const inner = slope * theta[units * (dim + 1) + u]! * (1 - h * h);
        gradient[units * dim + u]! += inner;
        for (let d = 0; d < dim; d++) gradient[u * dim + d]! += inner * x[i * dim + d]!;
      }
    }
    return made.loss;
  };
}

/** Pairs as 2n × dim: the first (or chosen) rows, then the second. */
function batchOf(pairs: Float64Array, size: number, dim: number, rng: Random): Float64Array {
  const n = pairs.length / dim / 2;
  const out = new Float64Array(2 * size * dim);
  for (let i = 0; i < size; i++) {
    const at = rng.below(n);
    out.set(pairs.subarray(at * dim, (at + 1) * dim), i * dim);
    out.set(pairs.subarray((n + at) * dim, (n + at + 1) * dim), (size + i) * dim);
  }
  return out;
}

function trainOnDrift(labelled: Float64Array, support: Float64Array | undefined, seed: Seed, s: Drift): Float64Array {
  const start = random(split(seed, "start"));
  const { dim, units } = s;
  const theta = new Float64Array(units * (dim + 2));
  for (let i = 0; i < units * dim; i++) theta[i] = start.normal() / Math.sqrt(dim);
  for (let u = 0; u < units; u++) theta[units * (dim + 1) + u] = start.normal() / Math.sqrt(units);
  const [batches, supports] = [random(split(seed, "batches")), random(split(seed, "support"))];
  const optimiser = sgd(support === undefined ? s.plainLr : s.lr);
  const logistic = bradleyTerry();
  for (let step = 0; step < s.steps; step++) {
    const plain = ofPairs(batchOf(labelled, s.batch, dim, batches), logistic, s);
    const loss =
      support === undefined
        ? plain
        : metaStep(plain, ofPairs(batchOf(support, s.batch, dim, supports), separation, s), s);
    const gradient = new Float64Array(theta.length);
    loss(theta, gradient);
    optimiser.step(theta, gradient);
  }
  return theta;
}

type Shift = "meta" | "plain";

const metaRm: Claim<Shift, "shifted" | "inside", Drift> = {
  id: "meta-rm",
  statement: "A meta step on unlabelled answers of the shifted policy keeps the reward better able to order them",
  scope: `Part C: a network of 32 tanh units; η and the step sizes were chosen once on pilot seeds with another drift, not anew for each seed, to keep the run short; biases start at 0. The plain arm is at 0.72 in the pilot where the specification's review pilot has 0.78. That pilot found +0.003: read the size beside the verdict. The boundary trains for 300 steps in place of 1,500. The run of record showed that a meta step on unshifted answers helps there too: it speeds training up, shift or not, so that by the rules the claim is undecided, though its bar holds. ${drops}`,
  evidence: "mechanism",
  settings: {
    dim: 20,
    units: 32,
    pairs: 1500,
    slope: 2.5,
    flips: 0.2,
    support: 500,
    test: 4000,
    steps: 1500,
    batch: 64,
    eta: 0.1,
    lr: 0.01,
    plainLr: 0.01,
    along: 0.3,
    drift: 2,
    supportShifted: true,
  },
  seeds: 40,
  arms: ["meta", "plain"],
  bars: [
    {
      id: "shifted",
      metric: "shifted",
      of: "meta",
      against: "plain",
      role: "primary",
      bar: { kind: "superior", smallest: 0.0015 },
      why: "gold accuracy on pairs of the shifted policy; the specification's review pilot has 0.003",
    },
    { id: "inside", metric: "inside", of: "meta", against: "plain", role: "report", why: "in distribution" },
  ],
  boundary: {
    setting: { supportShifted: false, steps: 300 },
    bar: "shifted",
    why: "a meta step on answers that are not shifted says nothing about those that are",
  },
  async run(_lab, seed, s) {
    const rng = random(split(seed, "world"));
    const w = unit(normals(rng, s.dim));
    const e = normals(rng, s.dim);
    const inner = dotAt(e, 0, w);
    const away = unit(e.map((x, d) => x - inner * w[d]!)).map((x) => s.drift * x);
    const responses = (n: number, shifted: boolean): Float64Array => {
      const x = normals(rng, n * s.dim);
      if (!shifted) return x;
      for (let i = 0; i < n; i++) {
        const along = (s.along - 1) * dotAt(x, i * s.dim, w);
        for (let d = 0; d < s.dim; d++) x[i * s.dim + d]! += along * w[d]! + away[d]!;
      }
      return x;
    };
    /** Chosen rows first: by a rater, or by gold. */
    const pairs = (n: number, shifted: boolean, rater: { slope: number; flips?: number }): Float64Array => {
      const x = responses(2 * n, shifted);
      for (let i = 0; i < n; i++) {
        const gap = dotAt(x, i * s.dim, w) - dotAt(x, (n + i) * s.dim, w);
        if (rng.uniform() < preferProbability(gap, rater)) continue;
        const [a, b] = [i * s.dim, (n + i) * s.dim];
        const first = x.slice(a, a + s.dim);
        x.copyWithin(a, b, b + s.dim);
        x.set(first, b);
      }
      return x;
    };
    const labelled = pairs(s.pairs, false, { slope: s.slope, flips: s.flips });
    const gold = { slope: Number.POSITIVE_INFINITY };
    const [shifted, inside] = [pairs(s.test, true, gold), pairs(s.test, false, gold)];
    const support = responses(2 * s.support, s.supportShifted);
    const accuracy = (theta: Float64Array, x: Float64Array): number => {
      const scores = tanhScores(theta, x, s);
      const half = scores.length / 2;
      let right = 0;
      for (let i = 0; i < half; i++) right += (1 + Math.sign(scores[i]! - scores[half + i]!)) / 2;
      return right / half;
    };
    const meta = trainOnDrift(labelled, support, split(seed, "training"), s);
    const plain = trainOnDrift(labelled, undefined, split(seed, "training"), s);
    return {
      meta: { shifted: accuracy(meta, shifted), inside: accuracy(meta, inside) },
      plain: { shifted: accuracy(plain, shifted), inside: accuracy(plain, inside) },
    };
  },
};

export default paper({
  slug: "secrets-rlhf-2",
  component: ["preferenceStrength", "byStrength", "denoise", "bradleyTerry", "contrastive", "metaStep"],
  claims: [finds, mitigation, metaRm],
});
