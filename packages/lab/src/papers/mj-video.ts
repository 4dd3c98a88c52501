import { random, type Seed, split } from "laurel";
import { mjVideoTree } from "laurel/bench";
import { type Claim, paper } from "../lab/index.ts";
import { fitPairs, type HierarchicalModel, trainHierarchical } from "../train/index.ts";
import {
  dotAt,
  drawRelevantCriteria,
  drawRelevantCriteriaPairs,
  normals,
  type RelevantCriteriaDials,
  type RelevantCriteriaPairs,
} from "../worlds/preferences/index.ts";

type Settings = {
  world: RelevantCriteriaDials;
  train: number;
  test: number;
  /** Of each of the three stages. */
  epochs: number;
  lr: number;
  decay: number;
  batch: number;
  hidden: number;
  depth: number;
  btL2: number;
  /** All pairs have one prompt. */
  onePrompt: boolean;
  /** Also the control with other pairs' prompts. */
  beside: boolean;
};

const settings: Settings = {
  world: {
    aspects: mjVideoTree.aspects.map(({ criteria }) => criteria.length),
    promptDim: 16,
    seen: 64,
    noise: 0.5,
    shared: 0.2,
    irrelevant: 0.55,
    sharpness: 1.5,
    same: 0.1,
    temperature: 0.5,
    good: -0.5,
  },
  train: 5000,
  test: 4000,
  epochs: 12,
  lr: 3e-3,
  decay: 0.1,
  batch: 64,
  hidden: 64,
  depth: 1,
  btL2: 1,
  onePrompt: false,
  beside: true,
};

const scope =
  "World preferences/relevant-criteria: 28 criteria under MJ-Bench-Video's five aspects, of which a prompt of 16 numbers makes some relevant, seen through a random linear map with noise. No pixels, no vision-language trunk, no human annotators. Three-stage losses with ties masked, a half cosine with 5 steps of warm-up each stage as in the release [our choice for this check]. Thresholds of relevance are exact quantiles in place of those of 20,000 prompts. 10 seeds in place of 20, and the specification's second curve with 1,500 pairs left out, for time. Settings were fixed after a pilot of the specification's author.";

/** Pairs whose gates read another pair's prompt; the responses stay. */
function withOtherPrompts(pairs: RelevantCriteriaPairs, width: number, seed: Seed): RelevantCriteriaPairs {
  const n = pairs.preferences.length;
  const order = random(seed).shuffled(Array.from({ length: n }, (_, i) => i));
  const prompts = pairs.prompts.map((_, at) => pairs.prompts[order[Math.floor(at / width)]! * width + (at % width)]!);
  return { ...pairs, prompts };
}

/** Accuracy over strict pairs: of the whole, and over aspects whose gold differs; a tie is half. */
function measured({ model, theta }: HierarchicalModel, pairs: RelevantCriteriaPairs) {
  const [first, second] = [pairs.first, pairs.second].map((side) =>
    model.scores(theta, side.features, pairs.prompts),
  ) as [ReturnType<typeof model.scores>, ReturnType<typeof model.scores>];
  return {
    overall: agreement(pairs.first.total, pairs.second.total, first.values, second.values),
    aspects: agreement(pairs.first.aspects, pairs.second.aspects, first.aspects, second.aspects),
  };
}

function agreement(goldA: Float64Array, goldB: Float64Array, a: Float64Array, b: Float64Array): number {
  let [right, count] = [0, 0];
  for (let i = 0; i < goldA.length; i++) {
    const gold = Math.sign(goldA[i]! - goldB[i]!);
    if (gold === 0) continue;
    right += (1 + gold * Math.sign(a[i]! - b[i]!)) / 2;
    count++;
  }
  return right / count;
}

/** A linear Bradley-Terry reward of the embeddings from the overall preferences alone; ties are left out. */
function linearAccuracy(train: RelevantCriteriaPairs, test: RelevantCriteriaPairs, l2: number): number {
  const dim = train.first.features.length / train.preferences.length;
  const kept = [...train.preferences.keys()].filter((p) => train.preferences[p] !== 0);
  const gaps = Float64Array.from({ length: kept.length * dim }, (_, at) => {
    const p = kept[Math.floor(at / dim)]!;
    const from = p * dim + (at % dim);
    return train.preferences[p]! * (train.first.features[from]! - train.second.features[from]!);
  });
  const w = fitPairs(gaps, dim, { l2 });
  const score = (features: Float64Array): Float64Array => test.first.total.map((_, p) => dotAt(features, p * dim, w));
  return agreement(test.first.total, test.second.total, score(test.first.features), score(test.second.features));
}

type Arm = "prompt" | "static" | "linear" | "shuffled";
type Metric = "overall" | "aspects";

const gates: Claim<Arm, Metric, Settings> = {
  id: "prompt-gates",
  statement:
    "Gates that read the prompt order more pairs than the same tree with fixed weights, as a whole and aspect by aspect, and than one linear reward",
  scope,
  evidence: "mechanism",
  settings,
  seeds: 10,
  arms: ["prompt", "static", "linear", "shuffled"],
  bars: [
    {
      id: "overall",
      metric: "overall",
      of: "prompt",
      against: "static",
      role: "primary",
      bar: { kind: "superior", smallest: 0.0185 },
      why: "half of the pilot's 0.840 − 0.803",
    },
    {
      id: "aspects",
      metric: "aspects",
      of: "prompt",
      against: "static",
      role: "primary",
      bar: { kind: "superior", smallest: 0.028 },
      why: "half of the pilot's 0.848 − 0.792",
    },
    {
      id: "over-linear",
      metric: "overall",
      of: "prompt",
      against: "linear",
      role: "primary",
      bar: { kind: "superior", smallest: 0.023 },
      why: "half of the pilot's 0.840 − 0.794",
    },
    {
      id: "static-over-linear",
      metric: "overall",
      of: "static",
      against: "linear",
      role: "report",
      why: "what the tree's labels alone add",
    },
    ...(["overall", "aspects"] as const).map((metric) => ({
      id: `shuffled-${metric}`,
      metric,
      of: "shuffled" as const,
      against: "static" as const,
      role: "control" as const,
      bar: { kind: "superior", smallest: metric === "overall" ? 0.0185 : 0.028 } as const,
      expect: "not-holds" as const,
      why: "gates that read another pair's prompt, in training and test, are not above fixed weights",
    })),
  ],
  boundary: {
    setting: { onePrompt: true, beside: false },
    bar: "overall",
    why: "where all prompts are one the two trees are one model: the specification asks for a difference within half a point, which this interval shows",
  },
  async run(lab, seed, s) {
    const world = drawRelevantCriteria(s.world, split(seed, "world"));
    const width = s.world.promptDim;
    const prompt = s.onePrompt ? normals(random(split(seed, "prompt")), width) : undefined;
    const train = drawRelevantCriteriaPairs(world, s.train, split(seed, "train"), { prompt });
    const test = drawRelevantCriteriaPairs(world, s.test, split(seed, "test"), { strict: true, prompt });
    const tree = (pairs: RelevantCriteriaPairs, gate: "prompt" | "static"): HierarchicalModel =>
      trainHierarchical(mjVideoTree, pairs, {
        ...s,
        dim: width + s.world.seen,
        prompt: width,
        gate,
        temperature: 1,
        epochs: [s.epochs, s.epochs, s.epochs],
        seed: split(seed, "fit"),
      });
    const main = {
      prompt: measured(tree(train, "prompt"), test),
      static: measured(tree(train, "static"), test),
    };
    if (!s.beside) return { ...main, linear: {}, shuffled: {} };
    lab.note("labels", {
      strict: train.preferences.filter((p) => p !== 0).length / s.train,
      same: train.preferences.filter((p) => p === 0).length / s.train,
    });
    const other = withOtherPrompts(train, width, split(seed, "shuffle"));
    return {
      ...main,
      linear: { overall: linearAccuracy(train, test, s.btL2) },
      shuffled: measured(tree(other, "prompt"), withOtherPrompts(test, width, split(seed, "shuffle test"))),
    };
  },
};

export default paper({
  slug: "mj-video",
  component: ["trainHierarchical", "treeScore", "criteriaTreeHead", "mjBenchVideo"],
  claims: [gates],
});
