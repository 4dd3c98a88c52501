import { type Seed, split } from "laurel";
import { crossGain, meanOf, memberAgreement, varianceOf } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import { expected, tiltToKl } from "../policy/index.ts";
import {
  drawLabelledPairs,
  drawRandomFeatures,
  drawResponses,
  drawTaste,
  fineTune,
  headRewards,
  pairAccuracy,
  presets,
  type RandomFeatureDials,
  type Responses,
  randomFeatures,
} from "../worlds/preferences/index.ts";

type Settings = RandomFeatureDials & {
  /** Pre-training and fine-tuning seeds. */
  pretrainings: number;
  finetunings: number;
  /** Whether all pre-training seeds are the same one. */
  samePretraining: boolean;
  pairs: number;
  slope: number;
  /** In-distribution responses for means and sds of members. */
  standard: number;
  prompts: number;
  candidates: number;
  /** How features and style are scaled where the policy takes them. */
  shift: number;
  /** Mean KL of the training-time version, nats. */
  kl: number;
};

const settings: Settings = {
  units: 48,
  start: 0.3,
  steps: 300,
  rate: 0.3,
  pull: 1e-3,
  share: 0.8,
  jitter: 0.02,
  pretrainings: 5,
  finetunings: 5,
  samePretraining: false,
  pairs: 600,
  slope: 2,
  standard: 2000,
  prompts: 100,
  candidates: 64,
  shift: 2,
  kl: 2,
};

const drops =
  "World preferences/underspecified: random features stand for pre-trained ones, so that how much diversity a pre-training seed brings is an assumption; what is tested is the mechanism, not its size in language models. No language, no PPO. Members standardised on 2,000 in-distribution responses.";

interface World {
  /** Members by pre-training and then fine-tuning seed: standardised rewards of candidates. */
  shifted: Float64Array[];
  /** Of candidates that are not shifted, where they were asked for. */
  unshifted: Float64Array[];
  candidates: Responses;
  plain: Responses;
  /** Accuracy of each member on in-distribution gold pairs. */
  accuracies: number[];
}

function world(seed: Seed, s: Settings, unshifted: boolean): World {
  const taste = drawTaste(presets.underspecified(), split(seed, "taste"));
  const pairs = drawLabelledPairs(taste, s.pairs, s.slope, split(seed, "pairs"));
  const standard = drawResponses(taste, { prompts: s.standard / 2, candidates: 2 }, split(seed, "standard"));
  const shape = { prompts: s.prompts, candidates: s.candidates };
  const candidates = drawResponses(taste, { ...shape, shift: s.shift }, split(seed, "candidates"));
  const plain = drawResponses(taste, shape, split(seed, "unshifted"));
  const inputs = taste.dials.dim + 1;
  const tunings = Array.from({ length: s.finetunings }, (_, f) => split(split(seed, "fine-tuning"), f));
  const out: World = { shifted: [], unshifted: [], candidates, plain, accuracies: [] };
  for (let p = 0; p < s.pretrainings; p++) {
    const from = drawRandomFeatures(inputs, s, split(split(seed, "pre-training"), s.samePretraining ? 0 : p));
    const heads = fineTune(
      from,
      randomFeatures(from, pairs.responses),
      pairs,
      s,
      s.samePretraining ? tunings.map((one) => split(one, p)) : tunings,
    );
    const [inside, far] = [randomFeatures(from, standard), randomFeatures(from, candidates)];
    const near = unshifted ? randomFeatures(from, plain) : undefined;
    for (const head of heads) {
      const known = headRewards(inside, head);
      const [mean, sd] = [meanOf(known), Math.sqrt(varianceOf(known, 0))];
      out.accuracies.push(pairAccuracy(known, standard.gold[0]!));
      out.shifted.push(headRewards(far, head).map((r) => (r - mean) / sd));
      if (near !== undefined) out.unshifted.push(headRewards(near, head).map((r) => (r - mean) / sd));
    }
  }
  return out;
}

const aggregates = {
  mean: (values: Float64Array) => meanOf(values),
  min: (values: Float64Array) => Math.min(...values),
  cautious: (values: Float64Array) => meanOf(values) - varianceOf(values),
};

function aggregate(members: readonly Float64Array[], by: (values: Float64Array) => number): Float64Array {
  const values = new Float64Array(members.length);
  return members[0]!.map((_, i) => {
    for (const [m, own] of members.entries()) values[m] = own[i]!;
    return by(values);
  });
}

/** The members of each row (one pre-training seed) and column (one fine-tuning seed). */
function groups(members: readonly Float64Array[], s: Settings): { rows: Float64Array[][]; columns: Float64Array[][] } {
  const at = (p: number, f: number): Float64Array => members[p * s.finetunings + f]!;
  const [ps, fs] = [s.pretrainings, s.finetunings].map((n) => Array.from({ length: n }, (_, i) => i)) as [
    number[],
    number[],
  ];
  return { rows: ps.map((p) => fs.map((f) => at(p, f))), columns: fs.map((f) => ps.map((p) => at(p, f))) };
}

type Figures = { gold: number; style: number };

/** Mean gold and style of what a reward selects, by best of n. */
function bestOf(rewards: Float64Array, { gold, style, candidates, prompts }: Responses): Figures {
  let [sum, styles] = [0, 0];
  for (let p = 0; p < prompts; p++) {
    let best = p * candidates;
    for (let k = best; k < (p + 1) * candidates; k++) if (rewards[k]! > rewards[best]!) best = k;
    sum += gold[0]![best]!;
    styles += style[best]!;
  }
  return { gold: sum / prompts, style: styles / prompts };
}

/** The same of the policy that follows a reward to a KL. */
const tilted =
  (kl: number) =>
  (rewards: Float64Array, { gold, style, candidates }: Responses): Figures => {
    const { logprobs } = tiltToKl(rewards, candidates, kl);
    return { gold: expected(logprobs, gold[0]!, candidates), style: expected(logprobs, style, candidates) };
  };

function averaged(figures: readonly Figures[]): Figures {
  return { gold: meanOf(figures.map(({ gold }) => gold)), style: meanOf(figures.map(({ style }) => style)) };
}

type Arm = "single" | "finetune" | "pretrain" | "all" | "min" | "cautious" | "oracle" | "copies";
const arms = ["single", "finetune", "pretrain", "all", "min", "cautious", "oracle", "copies"] as const;

function optimise(
  members: readonly Float64Array[],
  responses: Responses,
  use: (rewards: Float64Array, responses: Responses) => Figures,
  s: Settings,
): Record<Arm, Figures> {
  const { rows, columns } = groups(members, s);
  const of = (lists: readonly (readonly Float64Array[])[], by = aggregates.mean): Figures =>
    averaged(lists.map((list) => use(aggregate(list, by), responses)));
  const alone = members.map((own) => use(own, responses));
  const copy = members[0]!;
  return {
    single: averaged(alone),
    finetune: of(rows),
    pretrain: of(columns),
    all: of([members]),
    min: of(columns, aggregates.min),
    cautious: of(columns, aggregates.cautious),
    oracle: use(responses.gold[0]!, responses),
    // five copies of one member less that member
    copies: {
      gold: use(aggregate([copy, copy, copy, copy, copy], aggregates.min), responses).gold - alone[0]!.gold,
      style: alone[0]!.style,
    },
  };
}

type Metric = "gold" | "style" | "growth";

const bars: Claim<Arm, Metric, Settings>["bars"] = [
  {
    id: "finetune-single",
    metric: "gold",
    of: "finetune",
    against: "single",
    role: "primary",
    bar: { kind: "superior", smallest: 0.027 },
    why: "bar 1: five fine-tuning seeds of one pre-training seed; the specification's pilot effect is 0.054",
  },
  {
    id: "pretrain-finetune",
    metric: "gold",
    of: "pretrain",
    against: "finetune",
    role: "primary",
    bar: { kind: "superior", smallest: 0.14 },
    why: "bar 2: five pre-training seeds; the pilot's effect is 0.28, the specification's 0.541",
  },
  {
    id: "gap-stays",
    metric: "gold",
    of: "oracle",
    against: "pretrain",
    role: "primary",
    bar: { kind: "superior", smallest: 0.43 },
    why: "bar 3: the ensemble falls short of gold; the specification's pilot gap is 0.855",
  },
  {
    id: "shared-hack",
    metric: "style",
    of: "pretrain",
    against: "oracle",
    role: "primary",
    bar: { kind: "superior", smallest: 0.25 },
    why: "bar 3: and overdoes the style that all members misjudge; the specification's pilot values are 2.05 and 1.55",
  },
  { id: "all", metric: "gold", of: "all", against: "pretrain", role: "report", why: "all 25 members" },
  { id: "min", metric: "gold", of: "min", against: "pretrain", role: "report", why: "the least of the five" },
  {
    id: "cautious",
    metric: "gold",
    of: "cautious",
    against: "pretrain",
    role: "report",
    why: "mean minus variance of the five",
  },
  {
    id: "copies",
    metric: "gold",
    of: "copies",
    role: "control",
    bar: { kind: "exact", tolerance: 0 },
    why: "an ensemble of five copies is its member",
  },
];

const selection: Claim<Arm, Metric, Settings> = {
  id: "best-of-n",
  statement:
    "Best-of-64 under shift: ensembles beat single models, those of pre-training seeds beat those of fine-tuning seeds, and errors that all members share survive",
  scope: drops,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms,
  bars: [
    ...bars,
    {
      id: "without-shift",
      metric: "growth",
      of: "pretrain",
      role: "control",
      bar: { kind: "superior", smallest: 0.07 },
      why: "the advantage of pre-training seeds under shift less the same without; the pilot's value is 0.145, the specification's 0.268",
    },
  ],
  boundary: {
    setting: { samePretraining: true, prompts: 40 },
    bar: "pretrain-finetune",
    why: "where all members share a pre-training seed, columns are no more diverse than rows",
  },
  async run(_lab, seed, s) {
    const here = world(seed, s, true);
    const figures = optimise(here.shifted, here.candidates, bestOf, s);
    const plain = groups(here.unshifted, s);
    const without = (lists: readonly Float64Array[][]): number =>
      meanOf(lists.map((list) => bestOf(aggregate(list, aggregates.mean), here.plain).gold));
    const growth = figures.pretrain.gold - figures.finetune.gold - (without(plain.columns) - without(plain.rows));
    return { ...figures, pretrain: { ...figures.pretrain, growth } };
  },
};

const training: Claim<Arm, Metric, Settings> = {
  id: "training-time",
  statement: "The same for a policy that is moved along the reward to a mean KL of 2 nats",
  scope: `The exact tilt in place of PPO. ${drops}`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms,
  bars: bars.map((bar) =>
    bar.id === "finetune-single" || bar.id === "pretrain-finetune" ? { ...bar, why: `${bar.why} by best-of-64` } : bar,
  ),
  boundary: {
    setting: { samePretraining: true, prompts: 40 },
    bar: "pretrain-finetune",
    why: "where all members share a pre-training seed, columns are no more diverse than rows",
  },
  async run(_lab, seed, s) {
    const here = world(seed, s, false);
    return optimise(here.shifted, here.candidates, tilted(s.kl), s);
  },
};

type Diagnosis = "members" | "own" | "other";

const underspecified: Claim<Diagnosis, "accuracySd" | "agreementLoss" | "gain", Settings> = {
  id: "under-specified",
  statement:
    "Members that are equally accurate in distribution disagree under shift, and what one gains by selection another of another pre-training seed does not see",
  scope: `Bars 4 and 5. ${drops}`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["members", "own", "other"],
  bars: [
    {
      id: "accuracy",
      metric: "accuracySd",
      of: "members",
      against: 0.03,
      better: "lower",
      role: "primary",
      bar: { kind: "superior", smallest: 0.01 },
      why: "bar 4: the sd of in-distribution accuracy over 25 members is below 0.03; the pilot's value is 0.01, the specification's 0.017",
    },
    {
      id: "agreement",
      metric: "agreementLoss",
      of: "members",
      role: "primary",
      bar: { kind: "superior", smallest: 0.028 },
      why: "bar 4: rank agreement in distribution less that under shift; the pilot's value is 0.056",
    },
    {
      id: "cross-gain",
      metric: "gain",
      of: "own",
      against: "other",
      role: "primary",
      bar: { kind: "superior", smallest: 0.26 },
      why: "bar 5: the gain as the selecting member sees it less as those of other pre-training seeds do; the pilot's value is 0.53 sd, the specification's 1.03",
    },
  ],
  boundary: {
    setting: { shift: 1, prompts: 40 },
    bar: "agreement",
    why: "where the policy stays on the data, members agree as they do on it",
  },
  async run(_lab, seed, s) {
    const { accuracies, shifted, unshifted } = world(seed, s, true);
    const loss = memberAgreement(unshifted, s.candidates).value - memberAgreement(shifted, s.candidates).value;
    const gains = crossGain(shifted, s.candidates);
    const n = shifted.length;
    const [own, other]: [number[], number[]] = [[], []];
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        if (i === j) own.push(gains[i * n + j]!);
        else if (Math.floor(i / s.finetunings) !== Math.floor(j / s.finetunings)) other.push(gains[i * n + j]!);
    return {
      members: { accuracySd: Math.sqrt(varianceOf(accuracies)), agreementLoss: loss },
      own: { gain: meanOf(own) },
      other: { gain: meanOf(other) },
    };
  },
};

export default paper({
  slug: "rm-ensembles",
  component: ["ensemble", "standardisation", "memberAgreement", "crossGain"],
  claims: [selection, training, underspecified],
});
