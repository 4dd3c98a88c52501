import { type Random, random, type Seed, split } from "laurel";
import { pearson } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import { adam, fitPairs, type Mlp, type MlpTape, mlp, mlpTape } from "../train/index.ts";
import { dotAt, sparseWeights, uniforms } from "../worlds/preferences/index.ts";

type Settings = {
  attributes: number;
  /** A rubric weighs 1 to `most` attributes. */
  most: number;
  rubrics: number;
  instructions: number;
  /** "own": each instruction has an ideal answer of its own; "centre": all have ½ in every attribute. */
  references: "own" | "centre";
  /** Draws in search of a response for each score. */
  tries: number;
  labelNoise: number;
  reads: number;
  hidden: number;
  batch: number;
  epochs: number;
  learningRate: number;
  pairs: number;
  flips: number;
  unseen: number;
  unseenInstructions: number;
  raters: number;
  raterNoise: number;
};

const settings: Settings = {
  attributes: 12,
  most: 3,
  rubrics: 200,
  instructions: 20,
  references: "own",
  tries: 300,
  labelNoise: 0.1,
  reads: 32,
  hidden: 64,
  batch: 128,
  epochs: 5,
  learningRate: 3e-3,
  pairs: 5000,
  flips: 0.1,
  unseen: 50,
  unseenInstructions: 8,
  raters: 3,
  raterNoise: 0.5,
};

/** Responses to be scored 1 to 5, each under a rubric and beside an ideal answer. */
interface Items {
  n: number;
  /** n × attributes. */
  responses: Float64Array;
  rubrics: Float64Array;
  references: Float64Array;
  /** 1 to 5. */
  gold: Uint8Array;
  /** Scores for which no response was found. */
  unfilled: number;
}

/** g = clip(1 + round(4 (1 − Σ_c ρ_c d_c)), 1, 5), d_c = |f_c − r_c| / max(r_c, 1 − r_c). */
function goldScore(response: Float64Array, reference: Float64Array, rubric: Float64Array): number {
  let distance = 0;
  for (let c = 0; c < rubric.length; c++)
    if (rubric[c] !== 0)
      distance += (rubric[c]! * Math.abs(response[c]! - reference[c]!)) / Math.max(reference[c]!, 1 - reference[c]!);
  return Math.min(5, Math.max(1, 1 + Math.round(4 * (1 - distance))));
}

/** Five responses an instruction, one for each score, so that no constant can win. */
function drawItems(rubrics: number, instructions: number, seed: Seed, s: Settings): Items {
  const rng = random(seed);
  const rows: { response: Float64Array; rubric: Float64Array; reference: Float64Array; gold: number }[] = [];
  let unfilled = 0;
  for (let r = 0; r < rubrics; r++) {
    const rubric = sparseWeights(rng, s.attributes, 1 + rng.below(s.most), 2);
    for (let i = 0; i < instructions; i++) {
      const own = uniforms(rng, s.attributes);
      const reference = s.references === "own" ? own : own.fill(0.5);
      const found = new Map<number, Float64Array>();
      for (let t = 0; t < s.tries && found.size < 5; t++) {
        const response = uniforms(rng, s.attributes);
        const gold = goldScore(response, reference, rubric);
        if (!found.has(gold)) found.set(gold, response);
      }
      unfilled += 5 - found.size;
      for (const [gold, response] of found) rows.push({ response, rubric, reference, gold });
    }
  }
  const flat = (of: (row: (typeof rows)[number]) => Float64Array): Float64Array => {
    const out = new Float64Array(rows.length * s.attributes);
    for (const [i, row] of rows.entries()) out.set(of(row), i * s.attributes);
    return out;
  };
  return {
    n: rows.length,
    responses: flat((row) => row.response),
    rubrics: flat((row) => row.rubric),
    references: flat((row) => row.reference),
    gold: Uint8Array.from(rows, (row) => row.gold),
    unfilled,
  };
}

/** What an arm is shown; what it is not shown reads as 0, in training and test. */
type Shown = { rubric: boolean; reference: boolean };

/** (f_c − ½, 3 ρ_c, r_c − ½) of every attribute: n · attributes × 3. */
function triples(items: Items, { rubric, reference }: Shown): Float64Array {
  const out = new Float64Array(items.responses.length * 3);
  for (let i = 0; i < items.responses.length; i++) {
    out[3 * i] = items.responses[i]! - 0.5;
    if (rubric) out[3 * i + 1] = 3 * items.rubrics[i]!;
    if (reference) out[3 * i + 2] = items.references[i]! - 0.5;
  }
  return out;
}

/** A network with a softmax over the five scores at its end. */
interface Scorer {
  net: readonly Mlp[];
  forward(thetas: readonly Float64Array[], x: Float64Array, tapes?: Tapes): Float64Array;
  backward(thetas: readonly Float64Array[], tapes: Tapes, slopes: Float64Array, gradients: Float64Array[]): void;
}

interface Tapes {
  first: MlpTape;
  second: MlpTape;
  read: Float64Array;
}

/** softmax(MLP(mean_c φ(·))): φ is shared by the attributes, as a language model reads every criterion alike. */
function attributewise(s: Settings): Scorer {
  const read = mlp([3, s.reads]);
  const head = mlp([s.reads, s.hidden, 5]);
  return {
    net: [read, head],
    forward([first, second], x, tapes) {
      const each = read.forward(first!, x, tapes?.first).map((y) => Math.max(y, 0));
      const n = x.length / 3 / s.attributes;
      const mean = new Float64Array(n * s.reads);
      for (let i = 0; i < n; i++)
        for (let c = 0; c < s.attributes; c++)
          for (let d = 0; d < s.reads; d++)
            mean[i * s.reads + d]! += each[(i * s.attributes + c) * s.reads + d]! / s.attributes;
      if (tapes !== undefined) tapes.read = each;
      return head.forward(second!, mean, tapes?.second);
    },
    backward([first, second], tapes, slopes, [ofFirst, ofSecond]) {
      const mean = head.backward(second!, tapes.second, slopes, ofSecond!);
      const each = new Float64Array(tapes.read.length);
      for (let at = 0, row = 0; at < each.length; row += s.reads)
        for (let c = 0; c < s.attributes; c++)
          for (let d = 0; d < s.reads; d++, at++) if (tapes.read[at]! > 0) each[at] = mean[row + d]! / s.attributes;
      read.backward(first!, tapes.first, each, ofFirst!, false);
    },
  };
}

/** The same numbers side by side into one network, which cannot learn to read a rubric. */
function concatenated(s: Settings): Scorer {
  const net = mlp([3 * s.attributes, s.hidden, 5]);
  return {
    net: [net],
    forward: ([theta], x, tapes) => net.forward(theta!, x, tapes?.first),
    backward([theta], tapes, slopes, [gradient]) {
      net.backward(theta!, tapes.first, slopes, gradient!, false);
    },
  };
}

/** Trains on noisy labels by cross-entropy; gives the function that scores items: Σ_s s · softmax. */
function trainScorer(scorer: Scorer, items: Items, shown: Shown, seed: Seed, s: Settings) {
  const thetas = scorer.net.map((net, i) => net.start(split(split(seed, "start"), i)));
  const optimisers = scorer.net.map(() => adam(s.learningRate));
  const noise = random(split(seed, "labels"));
  const labels = items.gold.map((gold) => noisyLabel(gold, noise, s));
  const order = random(split(seed, "order"));
  const x = triples(items, shown);
  const width = 3 * s.attributes;
  const tapes: Tapes = { first: mlpTape(), second: mlpTape(), read: new Float64Array() };
  for (let epoch = 0; epoch < s.epochs; epoch++) {
    const shuffled = order.shuffled(Array.from({ length: items.n }, (_, i) => i));
    for (let from = 0; from < items.n; from += s.batch) {
      const batch = shuffled.slice(from, from + s.batch);
      const rows = new Float64Array(batch.length * width);
      for (const [b, i] of batch.entries()) rows.set(x.subarray(i * width, (i + 1) * width), b * width);
      const slopes = softmaxFive(scorer.forward(thetas, rows, tapes));
      for (const [b, i] of batch.entries()) slopes[5 * b + labels[i]! - 1]! -= 1;
      for (let j = 0; j < slopes.length; j++) slopes[j]! /= batch.length;
      const gradients = thetas.map((theta) => new Float64Array(theta.length));
      scorer.backward(thetas, tapes, slopes, gradients);
      for (const [i, optimiser] of optimisers.entries()) optimiser.step(thetas[i]!, gradients[i]!);
    }
  }
  return (of: Items): Float64Array => {
    const p = softmaxFive(scorer.forward(thetas, triples(of, shown)));
    return Float64Array.from({ length: of.n }, (_, i) => {
      let score = 0;
      for (let k = 0; k < 5; k++) score += (k + 1) * p[5 * i + k]!;
      return score;
    });
  };
}

/** One label in ten is off by one. */
function noisyLabel(gold: number, rng: Random, s: Settings): number {
  if (rng.uniform() >= s.labelNoise) return gold;
  return Math.min(5, Math.max(1, gold + (rng.uniform() < 0.5 ? -1 : 1)));
}

function softmaxFive(logits: Float64Array): Float64Array {
  const out = new Float64Array(logits.length);
  for (let from = 0; from < logits.length; from += 5) {
    const row = logits.subarray(from, from + 5);
    const most = Math.max(...row);
    let total = 0;
    for (let k = 0; k < 5; k++) total += out[from + k] = Math.exp(row[k]! - most);
    for (let k = 0; k < 5; k++) out[from + k]! /= total;
  }
  return out;
}

/** A linear Bradley-Terry reward that prefers the larger mean attribute: one taste for everything. */
function coarseReward(seed: Seed, s: Settings): Float64Array {
  const rng = random(seed);
  const differences = new Float64Array(s.pairs * s.attributes);
  for (let n = 0; n < s.pairs; n++) {
    const [a, b] = [uniforms(rng, s.attributes), uniforms(rng, s.attributes)];
    const gap = a.reduce((sum, x, d) => sum + x - b[d]!, 0);
    const sign = gap > 0 === rng.uniform() >= s.flips ? 1 : -1;
    for (let d = 0; d < s.attributes; d++) differences[n * s.attributes + d] = sign * (a[d]! - b[d]!);
  }
  return fitPairs(differences, s.attributes, { l2: 1e-3 });
}

type Arm = "full" | "noReference" | "noRubric" | "coarse" | "plain" | "rubricsPermuted" | "referencesPermuted";
type Metric = "pearson" | "seen";

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

const rubrics: Claim<Arm, Metric, Settings> = {
  id: "rubric-and-reference",
  statement:
    "An evaluator that reads the item's own rubric and reference answer agrees with raters on unseen rubrics, and needs both",
  scope:
    "World preferences/criteria: the evaluator is a small network over attributes; its reading of an attribute is shared by all of them. The specification chose it after a plain network on the concatenation had failed to read rubrics (shown beside). No language, and no feedback text as reasoning. Rater stand-ins are gold plus noise. A first run of record, on other seeds, came out undecided: its boundary was one ideal answer shared by all instructions, which this evaluator cannot learn, since it does not tell attributes apart, so that the reference still mattered there; only the boundary was changed. The rubric judge's prompt and parser are tested where they live.",
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["full", "noReference", "noRubric", "coarse", "plain", "rubricsPermuted", "referencesPermuted"],
  bars: [
    {
      id: "reference",
      metric: "pearson",
      of: "full",
      against: "noReference",
      role: "primary",
      bar: superior(0.17),
      why: "the reference answer matters; the pilot's effect is 0.34",
    },
    {
      id: "rubric",
      metric: "pearson",
      of: "full",
      against: "noRubric",
      role: "primary",
      bar: superior(0.21),
      why: "the rubric matters; the pilot's effect is 0.42",
    },
    {
      id: "coarse",
      metric: "pearson",
      of: "full",
      against: "coarse",
      role: "primary",
      bar: superior(0.445),
      why: "against a reward of one taste; the pilot's effect is 0.89",
    },
    {
      id: "level",
      metric: "pearson",
      of: "full",
      role: "primary",
      bar: superior(0.055, 0.8),
      why: "at least 0.8 on unseen rubrics; the pilot's value is 0.91",
    },
    {
      id: "rubrics-permuted",
      metric: "pearson",
      of: "noRubric",
      against: "rubricsPermuted",
      role: "control",
      bar: { kind: "non-inferior", margin: 0.03 },
      why: "another item's rubric is no better than none",
    },
    {
      id: "references-permuted",
      metric: "pearson",
      of: "noReference",
      against: "referencesPermuted",
      role: "control",
      bar: { kind: "non-inferior", margin: 0.03 },
      why: "another item's reference is no better than none",
    },
    {
      id: "plain",
      metric: "pearson",
      of: "full",
      against: "plain",
      role: "report",
      why: "a plain network; pilot 0.29",
    },
    { id: "seen", metric: "seen", of: "full", role: "report", why: "on the training rubrics, new responses" },
  ],
  boundary: {
    setting: { references: "centre" },
    bar: "reference",
    why: "where every ideal answer is ½ in all attributes, showing it adds nothing",
  },
  async run(lab, seed, s) {
    const train = drawItems(s.rubrics, s.instructions, split(seed, "train"), s);
    const test = drawItems(s.unseen, s.unseenInstructions, split(seed, "test"), s);
    const raters = random(split(seed, "raters"));
    const rated = (items: Items): Float64Array =>
      Float64Array.from(items.gold, (gold) => {
        let noise = 0;
        for (let r = 0; r < s.raters; r++) noise += (s.raterNoise * raters.normal()) / s.raters;
        return gold + noise;
      });
    const human = rated(test);
    const agreement = (scores: Float64Array, with_ = human): number => pearson(scores, with_).value;
    const arm = (shown: Shown, name: string, scorer = attributewise(s)) =>
      trainScorer(scorer, train, shown, split(seed, name), s);
    const all = { rubric: true, reference: true };
    const full = arm(all, "full");
    const coarse = coarseReward(split(seed, "coarse"), s);
    const permuted = (field: "rubrics" | "references"): Items => ({
      ...test,
      [field]: rowsPermuted(test[field], s.attributes, split(seed, `permuted ${field}`)),
    });
    if (s.references === "own") lab.note("unfilled", { train: train.unfilled, test: test.unfilled, of: train.n });
    return {
      full: { pearson: agreement(full(test)), seen: agreement(full(train), rated(train)) },
      noReference: { pearson: agreement(arm({ ...all, reference: false }, "no reference")(test)) },
      noRubric: { pearson: agreement(arm({ ...all, rubric: false }, "no rubric")(test)) },
      coarse: {
        pearson: agreement(
          Float64Array.from({ length: test.n }, (_, i) => dotAt(test.responses, i * s.attributes, coarse)),
        ),
      },
      plain: { pearson: agreement(arm(all, "plain", concatenated(s))(test)) },
      rubricsPermuted: { pearson: agreement(full(permuted("rubrics"))) },
      referencesPermuted: { pearson: agreement(full(permuted("references"))) },
    };
  },
};

function rowsPermuted(values: Float64Array, width: number, seed: Seed): Float64Array {
  const rows = Array.from({ length: values.length / width }, (_, i) => i);
  const out = new Float64Array(values.length);
  for (const [to, from] of random(seed).shuffled(rows).entries())
    out.set(values.subarray(from * width, (from + 1) * width), to * width);
  return out;
}

export default paper({
  slug: "prometheus",
  component: ["judge.rubric", "rubricJudge", "prometheusDraw"],
  claims: [rubrics],
});
