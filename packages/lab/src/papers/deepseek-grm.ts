import { type Random, random, type Seed, split } from "laurel";
import { type Claim, paper } from "../lab/index.ts";
import { adam, fitPairs } from "../train/index.ts";
import { dotAt, sparseWeights, uniforms } from "../worlds/preferences/index.ts";

type Settings = {
  criteria: number;
  contexts: number;
  /** Criteria that a context weighs, and that a principle names. */
  weighed: number;
  answers: number;
  readNoise: number;
  /** Share of samples that score the style instead of the criteria. */
  bad: number;
  badNoise: number;
  /** What a bad sample does: it errs in the style's direction, or it is only noisier by this sd. */
  badKind: "style" | "noise";
  noisier: number;
  cue: number;
  train: number;
  test: number;
  /** Rejective fine-tuning: samples a task. */
  rftSamples: number;
  batches: number;
  batch: number;
  group: number;
  learningRate: number;
  klWeight: number;
  metaSamples: number;
  metaRate: number;
  metaSteps: number;
  metaL2: number;
  scalarNoise: number;
  votes: readonly number[];
};

const settings: Settings = {
  criteria: 12,
  contexts: 8,
  weighed: 3,
  answers: 3,
  readNoise: 0.25,
  bad: 0.3,
  badNoise: 0.1,
  badKind: "style",
  noisier: 1,
  cue: 1.5,
  train: 4000,
  test: 4000,
  rftSamples: 3,
  batches: 150,
  batch: 256,
  group: 4,
  learningRate: 0.5,
  klWeight: 0.08,
  metaSamples: 2,
  metaRate: 0.05,
  metaSteps: 300,
  metaL2: 1e-3,
  scalarNoise: 0.05,
  votes: [1, 2, 4, 8, 16, 32],
};

/** Tasks: a context each, and n answers with criteria and a style, all uniform on [0, 1). */
interface Tasks {
  n: number;
  context: Uint8Array;
  /** n × answers × (criteria + 1), the style last. */
  attributes: Float64Array;
  best: Uint8Array;
}

interface World {
  s: Settings;
  /** contexts × criteria. */
  weights: readonly Float64Array[];
}

function drawTasks({ s, weights }: World, n: number, seed: Seed): Tasks {
  const rng = random(seed);
  const width = s.criteria + 1;
  const context = new Uint8Array(n);
  const attributes = new Float64Array(n * s.answers * width);
  const best = new Uint8Array(n);
  for (let t = 0; t < n; t++) {
    context[t] = rng.below(s.contexts);
    attributes.set(uniforms(rng, s.answers * width), t * s.answers * width);
    let most = -1;
    for (let a = 0; a < s.answers; a++) {
      const gold = dotAt(attributes, (t * s.answers + a) * width, weights[context[t]!]!);
      if (gold > most) [most, best[t]] = [gold, a];
    }
  }
  return { n, context, attributes, best };
}

/** One sampled judgement: criteria drawn, scores given, and a cue of how good the critique is. */
interface Sample {
  drawn: Uint8Array;
  scores: Uint8Array;
  cue: number;
}

/** The judge: draws a principle of `weighed` criteria from softmax(L_context), or always takes the same. */
type Principles = { logits: Float64Array } | { fixed: readonly number[] };

function sampleJudge({ s }: World, tasks: Tasks, t: number, principles: Principles, rng: Random): Sample {
  const width = s.criteria + 1;
  const drawn =
    "fixed" in principles
      ? Uint8Array.from(principles.fixed)
      : drawCriteria(principles.logits.subarray(tasks.context[t]! * s.criteria), s, rng);
  const bad = rng.uniform() < s.bad;
  const scores = new Uint8Array(s.answers);
  for (let a = 0; a < s.answers; a++) {
    const at = (t * s.answers + a) * width;
    let read = 0;
    if (bad && s.badKind === "style") read = tasks.attributes[at + s.criteria]! + s.badNoise * rng.normal();
    else
      for (const c of drawn)
        read += (tasks.attributes[at + c]! + (bad ? s.noisier : s.readNoise) * rng.normal()) / drawn.length;
    scores[a] = Math.round(1 + 9 * Math.min(1, Math.max(0, read)));
  }
  return { drawn, scores, cue: (bad ? s.cue : 0) + rng.normal() };
}

/** An ordered draw without replacement from softmax(logits): the largest of logits plus Gumbel noise. */
function drawCriteria(logits: Float64Array, s: Settings, rng: Random): Uint8Array {
  const keys = Float64Array.from({ length: s.criteria }, (_, c) => logits[c]! - Math.log(rng.exponential()));
  const order = Array.from(keys.keys()).sort((a, b) => keys[b]! - keys[a]!);
  return Uint8Array.from(order.slice(0, s.weighed));
}

/** The labelled best answer's score is strictly greater than all others. */
function correct(scores: ArrayLike<number>, best: number): boolean {
  for (let a = 0; a < scores.length; a++) if (a !== best && scores[a]! >= scores[best]!) return false;
  return true;
}

/** Credit of a list of summed scores: 1 shared by the answers at the maximum. */
function credit(sums: Float64Array, best: number): number {
  const most = Math.max(...sums);
  let tied = 0;
  for (const sum of sums) if (sum === most) tied++;
  return sums[best] === most ? 1 / tied : 0;
}

/** Rejective fine-tuning: L_c[j] = log(½ + how often criterion j stands in a kept trajectory of context c). */
function fineTune(world: World, tasks: Tasks, seed: Seed): Float64Array {
  const { s } = world;
  const rng = random(seed);
  const counts = new Float64Array(s.contexts * s.criteria).fill(0.5);
  const untrained = { logits: new Float64Array(s.contexts * s.criteria) };
  for (let t = 0; t < tasks.n; t++) {
    const samples = Array.from({ length: s.rftSamples }, () => sampleJudge(world, tasks, t, untrained, rng));
    const kept = samples.filter(({ scores }) => correct(scores, tasks.best[t]!));
    if (kept.length === samples.length) continue;
    for (const { drawn } of kept) for (const c of drawn) counts[tasks.context[t]! * s.criteria + c]! += 1;
  }
  return counts.map(Math.log);
}

/** GRPO on ±1 rewards; `permute` shuffles the rewards within each group. */
function grpo(world: World, tasks: Tasks, start: Float64Array, seed: Seed, permute = false): Float64Array {
  const { s } = world;
  const rng = random(split(seed, "samples"));
  const order = random(split(seed, "order"));
  const shuffles = random(split(seed, "permutation"));
  const logits = Float64Array.from(start);
  const reference = softmaxRows(start, s.criteria);
  let queue: number[] = [];
  for (let batch = 0; batch < s.batches; batch++) {
    const gradient = new Float64Array(logits.length);
    const probabilities = softmaxRows(logits, s.criteria);
    const trajectories = new Float64Array(s.contexts);
    for (let i = 0; i < s.batch; i++) {
      if (queue.length === 0) queue = order.shuffled(Array.from({ length: tasks.n }, (_, t) => t));
      const t = queue.pop()!;
      const from = tasks.context[t]! * s.criteria;
      trajectories[tasks.context[t]!]! += s.group;
      const samples = Array.from({ length: s.group }, () => sampleJudge(world, tasks, t, { logits }, rng));
      const given = samples.map(({ scores }) => (correct(scores, tasks.best[t]!) ? 1 : -1));
      const rewards = permute ? shuffles.shuffled(given) : given;
      const mean = rewards.reduce((sum: number, r) => sum + r, 0) / s.group;
      const sd = Math.sqrt(rewards.reduce((sum: number, r) => sum + (r - mean) ** 2, 0) / s.group);
      if (sd === 0) continue;
      for (const [g, { drawn }] of samples.entries())
        addDrawGradient(gradient, probabilities, from, drawn, (rewards[g]! - mean) / sd, s);
    }
    for (let c = 0; c < s.contexts; c++) {
      const from = c * s.criteria;
      let kl = 0;
      for (let j = from; j < from + s.criteria; j++)
        kl += probabilities[j]! * Math.log(probabilities[j]! / reference[j]!);
      for (let j = from; j < from + s.criteria; j++)
        gradient[j]! -=
          s.klWeight * trajectories[c]! * probabilities[j]! * (Math.log(probabilities[j]! / reference[j]!) - kl);
    }
    for (let j = 0; j < logits.length; j++) logits[j]! += (s.learningRate * gradient[j]!) / s.batch;
  }
  return logits;
}

/** Adds weight · ∇_L log p(ordered draw): each step's one-hot less the softmax over what was left. */
function addDrawGradient(
  gradient: Float64Array,
  probabilities: Float64Array,
  from: number,
  drawn: Uint8Array,
  weight: number,
  s: Settings,
): void {
  let left = 1;
  for (const [step, c] of drawn.entries()) {
    gradient[from + c]! += weight;
    for (let j = 0; j < s.criteria; j++)
      if (!drawn.subarray(0, step).includes(j)) gradient[from + j]! -= (weight * probabilities[from + j]!) / left;
    left -= probabilities[from + c]!;
  }
}

function softmaxRows(logits: Float64Array, width: number): Float64Array {
  const out = new Float64Array(logits.length);
  for (let from = 0; from < logits.length; from += width) {
    const row = logits.subarray(from, from + width);
    const most = Math.max(...row);
    let total = 0;
    for (let j = 0; j < width; j++) total += out[from + j] = Math.exp(row[j]! - most);
    for (let j = 0; j < width; j++) out[from + j]! /= total;
  }
  return out;
}

/** Logistic regression of "correct" on [context × criterion indicators, cue, score gap]. */
interface Meta {
  score(context: number, sample: Sample): number;
}

function trainMeta(world: World, tasks: Tasks, principles: Principles, seed: Seed, permuted = false): Meta {
  const { s } = world;
  const dense = s.contexts * s.criteria;
  const rng = random(split(seed, "samples"));
  const rows: { context: number; sample: Sample; gap: number; label: number }[] = [];
  for (let t = 0; t < tasks.n; t++)
    for (let k = 0; k < s.metaSamples; k++) {
      const sample = sampleJudge(world, tasks, t, principles, rng);
      const label = correct(sample.scores, tasks.best[t]!) ? 1 : 0;
      rows.push({ context: tasks.context[t]!, sample, gap: scoreGap(sample.scores), label });
    }
  if (permuted) {
    const labels = random(split(seed, "permutation")).shuffled(rows.map(({ label }) => label));
    for (const [i, row] of rows.entries()) row.label = labels[i]!;
  }
  const theta = new Float64Array(dense + 2);
  const score = (context: number, { drawn, cue }: Sample, gap: number): number => {
    let sum = theta[dense]! * cue + theta[dense + 1]! * gap;
    for (const c of drawn) sum += theta[context * s.criteria + c]!;
    return sum;
  };
  const optimiser = adam(s.metaRate);
  for (let step = 0; step < s.metaSteps; step++) {
    const gradient = theta.map((x) => s.metaL2 * x);
    for (const { context, sample, gap, label } of rows) {
      const off = (1 / (1 + Math.exp(-score(context, sample, gap))) - label) / rows.length;
      for (const c of sample.drawn) gradient[context * s.criteria + c]! += off;
      gradient[dense]! += off * sample.cue;
      gradient[dense + 1]! += off * gap;
    }
    optimiser.step(theta, gradient);
  }
  return { score: (context, sample) => score(context, sample, scoreGap(sample.scores)) };
}

/** Best less second score. */
function scoreGap(scores: Uint8Array): number {
  const sorted = Float64Array.from(scores).sort();
  return sorted.at(-1)! - sorted.at(-2)!;
}

/** Accuracy of summed votes for each number of votes; with a meta model, of the better half of them. */
function evaluate(
  world: World,
  tasks: Tasks,
  principles: Principles,
  seed: Seed,
  meta?: Meta,
  votes: readonly number[] = world.s.votes,
): Map<number, number> {
  const { s } = world;
  const out = new Map(votes.map((k) => [k, 0]));
  const most = Math.max(...votes);
  const rng = random(seed);
  for (let t = 0; t < tasks.n; t++) {
    const samples = Array.from({ length: most }, () => sampleJudge(world, tasks, t, principles, rng));
    for (const k of votes) {
      let kept = samples.slice(0, k);
      if (meta !== undefined) {
        const ranked = kept.map((sample) => ({ sample, score: meta.score(tasks.context[t]!, sample) }));
        ranked.sort((a, b) => b.score - a.score);
        kept = ranked.slice(0, Math.ceil(k / 2)).map(({ sample }) => sample);
      }
      const sums = new Float64Array(s.answers);
      for (const { scores } of kept) for (let a = 0; a < s.answers; a++) sums[a]! += scores[a]!;
      out.set(k, out.get(k)! + credit(sums, tasks.best[t]!) / tasks.n);
    }
  }
  return out;
}

/** A linear Bradley-Terry reward of the attributes; its "samples" differ by a little noise. */
function scalar(world: World, train: Tasks, test: Tasks, seed: Seed): Map<number, number> {
  const { s } = world;
  const width = s.criteria + 1;
  const differences: number[] = [];
  for (let t = 0; t < train.n; t++)
    for (let a = 0; a < s.answers; a++) {
      if (a === train.best[t]) continue;
      const [chosen, rejected] = [t * s.answers + train.best[t]!, t * s.answers + a];
      for (let d = 0; d < width; d++)
        differences.push(train.attributes[chosen * width + d]! - train.attributes[rejected * width + d]!);
    }
  const w = fitPairs(Float64Array.from(differences), width, { l2: 1e-3 });
  const rng = random(seed);
  const out = new Map(s.votes.map((k) => [k, 0]));
  for (let t = 0; t < test.n; t++) {
    const own = Float64Array.from({ length: s.answers }, (_, a) =>
      dotAt(test.attributes, (t * s.answers + a) * width, w),
    );
    const sums = new Float64Array(s.answers);
    let drawn = 0;
    for (const k of s.votes) {
      for (; drawn < k; drawn++) for (let a = 0; a < s.answers; a++) sums[a]! += own[a]! + s.scalarNoise * rng.normal();
      out.set(k, out.get(k)! + credit(sums, test.best[t]!) / test.n);
    }
  }
  return out;
}

/** The triple of criteria whose plain mean finds the best answer most often on the training tasks, all contexts together. */
function bestTriple({ s }: World, tasks: Tasks): number[] {
  const width = s.criteria + 1;
  let most = -1;
  let found: number[] = [];
  for (let i = 0; i < s.criteria; i++)
    for (let j = i + 1; j < s.criteria; j++)
      for (let k = j + 1; k < s.criteria; k++) {
        let right = 0;
        for (let t = 0; t < tasks.n; t++) {
          let [top, at] = [-1, 0];
          for (let a = 0; a < s.answers; a++) {
            const from = (t * s.answers + a) * width;
            const sum = tasks.attributes[from + i]! + tasks.attributes[from + j]! + tasks.attributes[from + k]!;
            if (sum > top) [top, at] = [sum, a];
          }
          if (at === tasks.best[t]) right++;
        }
        if (right > most) [most, found] = [right, [i, j, k]];
      }
  return found;
}

type Arm =
  | "untrained"
  | "rft"
  | "spct"
  | "meta"
  | "metaPermuted"
  | "rlPermuted"
  | "fixed"
  | "scalar"
  | "noisePlain"
  | "noiseMeta";
type Metric = "at1" | "at4" | "at8" | "at32" | "gain8" | "gain32";

const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

const voting: Claim<Arm, Metric, Settings> = {
  id: "voting",
  statement:
    "A judge that samples its own principles gains from reinforcement on ±1 correctness, from more votes, and from a meta model that drops the worse half of them",
  scope:
    "World preferences/criteria: the judge is a sampled program (three of twelve criteria, noisy integer scores 1 to 10, three samples in ten that score a style instead). No language, no new kinds of query. The fixed triple is the one whose plain mean is right most often on the training tasks. That votes do not help the scalar model is close to true by construction.",
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: [
    "untrained",
    "rft",
    "spct",
    "meta",
    "metaPermuted",
    "rlPermuted",
    "fixed",
    "scalar",
    "noisePlain",
    "noiseMeta",
  ],
  bars: [
    {
      id: "training",
      metric: "at1",
      of: "spct",
      against: "untrained",
      role: "primary",
      bar: superior(0.028),
      why: "bar (a): one sample; the pilot's effect is 0.056",
    },
    {
      id: "eight-votes",
      metric: "gain8",
      of: "spct",
      role: "primary",
      bar: superior(0.0365),
      why: "bar (b): eight votes against one; the pilot's effect is 0.073",
    },
    {
      id: "thirty-two-votes",
      metric: "gain32",
      of: "spct",
      role: "primary",
      bar: superior(0.009),
      why: "bar (b): thirty-two votes against eight; the pilot's effect is 0.018",
    },
    {
      id: "meta",
      metric: "at8",
      of: "meta",
      against: "spct",
      role: "primary",
      bar: superior(0.0085),
      why: "bar (c): the better four of eight votes; the pilot's effect is 0.017",
    },
    {
      id: "own-principles",
      metric: "at8",
      of: "spct",
      against: "fixed",
      role: "primary",
      bar: superior(0.028),
      why: "bar (e): against the best fixed triple; the pilot's effect is 0.056",
    },
    {
      id: "scalar-votes",
      metric: "gain32",
      of: "scalar",
      role: "secondary",
      bar: { kind: "equivalent", within: 0.005 },
      why: "bar (d): votes change nothing for a scalar model, here by construction; thirty-two against one",
    },
    {
      id: "noise-only",
      metric: "at8",
      of: "noisePlain",
      against: "noiseMeta",
      role: "control",
      bar: { kind: "non-inferior", margin: 0.01 },
      why: "where bad samples are only noisier, dropping half must not gain more than a point (pilot: it loses one)",
    },
    {
      id: "meta-permuted",
      metric: "at8",
      of: "metaPermuted",
      against: "spct",
      role: "report",
      why: "a meta model of permuted labels against all eight votes",
    },
    {
      id: "meta-permuted-half",
      metric: "at4",
      of: "metaPermuted",
      role: "control",
      bar: { kind: "equivalent", within: 0.0085 },
      why: "a meta model of permuted labels keeps four votes of eight at random: the same as four votes",
    },
    {
      id: "rl-permuted",
      metric: "at1",
      of: "rlPermuted",
      against: "rft",
      role: "control",
      bar: superior(0.028),
      expect: "not-holds",
      why: "rewards permuted within groups must not improve on fine-tuning",
    },
    { id: "meta-32", metric: "at32", of: "meta", against: "spct", role: "report", why: "at 32 votes; pilot 0.035" },
  ],
  boundary: {
    setting: { badKind: "noise" },
    bar: "meta",
    why: "a meta model pays only where bad judgements err in the same direction",
  },
  async run(lab, seed, s) {
    const world = worldOf(s, seed);
    const train = drawTasks(world, s.train, split(seed, "train"));
    const test = drawTasks(world, s.test, split(seed, "test"));
    const { rft, spct } = trained(world, train, seed);
    const judged = (principles: Principles, meta?: Meta, votes = s.votes) =>
      evaluate(world, test, principles, split(seed, "votes"), meta, votes);
    const untrained = judged({ logits: new Float64Array(s.contexts * s.criteria) });
    const plain = judged({ logits: spct });
    const meta = judged({ logits: spct }, trainMeta(world, train, { logits: spct }, split(seed, "meta")));
    const permuted = judged({ logits: spct }, trainMeta(world, train, { logits: spct }, split(seed, "meta"), true));
    const rlPermuted = grpo(world, train, rft, split(seed, "grpo"), true);
    const fixed = judged({ fixed: bestTriple(world, train) });
    const linear = scalar(world, train, test, split(seed, "scalar"));
    if (s.badKind === "style")
      lab.note("accuracy by votes", {
        votes: s.votes,
        untrained: [...untrained.values()],
        spct: [...plain.values()],
        meta: [...meta.values()],
        fixed: [...fixed.values()],
        scalar: [...linear.values()],
      });
    return {
      untrained: at(untrained),
      rft: { at1: judged({ logits: rft }, undefined, [1]).get(1)! },
      spct: { ...at(plain), gain8: plain.get(8)! - plain.get(1)!, gain32: plain.get(32)! - plain.get(8)! },
      meta: at(meta),
      metaPermuted: { at8: permuted.get(8)!, at4: permuted.get(8)! - plain.get(4)! },
      rlPermuted: { at1: judged({ logits: rlPermuted }, undefined, [1]).get(1)! },
      fixed: at(fixed),
      scalar: { ...at(linear), gain32: linear.get(32)! - linear.get(1)! },
      ...noiseOnly(s, seed),
    };
  },
};

function worldOf(s: Settings, seed: Seed): World {
  const rng = random(split(seed, "weights"));
  return { s, weights: Array.from({ length: s.contexts }, () => sparseWeights(rng, s.criteria, s.weighed, 2)) };
}

function trained(world: World, train: Tasks, seed: Seed): { rft: Float64Array; spct: Float64Array } {
  const rft = fineTune(world, train, split(seed, "rft"));
  return { rft, spct: grpo(world, train, rft, split(seed, "grpo")) };
}

/** The same, where bad samples are only noisier. */
function noiseOnly(s: Settings, seed: Seed) {
  const world = worldOf({ ...s, badKind: "noise", votes: [8] }, seed);
  const train = drawTasks(world, s.train, split(seed, "train"));
  const test = drawTasks(world, s.test, split(seed, "test"));
  const { spct } = trained(world, train, split(seed, "noise only"));
  const meta = trainMeta(world, train, { logits: spct }, split(seed, "meta"));
  return {
    noisePlain: { at8: evaluate(world, test, { logits: spct }, split(seed, "votes")).get(8)! },
    noiseMeta: { at8: evaluate(world, test, { logits: spct }, split(seed, "votes"), meta).get(8)! },
  };
}

function at(curve: Map<number, number>): { at1: number; at4: number; at8: number; at32: number } {
  return { at1: curve.get(1)!, at4: curve.get(4)!, at8: curve.get(8)!, at32: curve.get(32)! };
}

export default paper({
  slug: "deepseek-grm",
  component: ["judge.generative", "generativeReward", "trainMetaReward", "rejective"],
  claims: [voting],
});
