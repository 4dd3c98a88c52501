import { random, type Seed, split } from "laurel";
import { meanOf } from "laurel/stats";
import { type Claim, type ClaimBar, paper } from "../lab/index.ts";
import {
  expected,
  type FeatureGroups,
  type ItemPairs,
  klOf,
  logLinear,
  pairBatch,
  pairGradient,
  uniformLogprobs,
} from "../policy/index.ts";
import { dpoLoss, dynamicBeta, fitPairs } from "../train/index.ts";
import {
  criteriaOf,
  differencesOf,
  dotAt,
  drawReasonedPairs,
  drawResponses,
  drawTaste,
  fitReasons,
  normals,
  pairAccuracy,
  preferProbability,
  type ReasonDials,
} from "../worlds/preferences/index.ts";

type Settings = {
  prompts: number;
  candidates: number;
  dim: number;
  utilitySd: number;
  pairs: number;
  slope: number;
  /** Sd of the margin model's error of each answer. */
  error: number;
  beta: number;
  w: number;
  k: number;
  steps: number;
  /** Step of gradient descent, times 1/β. */
  step: number;
  /** The margins are dealt anew over the pairs. */
  shuffled: boolean;
};

const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

type Arm = "dynamic" | "fixed" | "matched" | "signed" | "signedMatched";

const dynamic: Claim<Arm, "value" | "kl", Settings> = {
  id: "dynamic-beta",
  statement:
    "DPO whose β rises with a reward model's margin earns more than with a fixed β, also than with one of the same mean",
  scope:
    "World preferences: linear utility, log-linear policy, full-batch gradient descent on DPO's loss from the reference; margins from the utility plus N(0, 0.5²) an answer. Effects are below 1 % of the value. Labels are noisy (slope 0.5): with slope 1 the specification's pilot of the first bar is null. No pictures, no language; w and k are recalled. The released trainer's batch rule is not checked.",
  evidence: "mechanism",
  settings: {
    prompts: 40,
    candidates: 12,
    dim: 16,
    utilitySd: 0.5,
    pairs: 1200,
    slope: 0.5,
    error: 0.5,
    beta: 0.1,
    w: 0.5,
    k: 0.5,
    steps: 400,
    step: 0.5,
    shuffled: false,
  },
  seeds: 40,
  arms: ["dynamic", "fixed", "matched", "signed", "signedMatched"],
  bars: [
    {
      id: "fixed",
      metric: "value",
      of: "dynamic",
      against: "fixed",
      role: "primary",
      bar: superior(0.0028),
      why: "A1, the paper's baseline: β = 0.1; the pilot's effect is 0.0056",
    },
    {
      id: "matched",
      metric: "value",
      of: "dynamic",
      against: "matched",
      role: "primary",
      bar: superior(0.0097),
      why: "A2, as strong on average: fixed β of the same mean; the pilot's effect is 0.0195",
    },
    {
      id: "signed",
      metric: "value",
      of: "signed",
      against: "signedMatched",
      role: "report",
      why: "margins below 0 lower β; pilot +0.065 over the same mean",
    },
    ...(["dynamic", "fixed", "matched"] as const).map(
      (of): ClaimBar<Arm, "value" | "kl"> => ({
        id: `kl-${of}`,
        metric: "kl",
        of,
        role: "report",
        why: "KL to the reference",
      }),
    ),
  ],
  boundary: {
    setting: { shuffled: true },
    bar: "matched",
    why: "the specification's control: margins dealt anew over the pairs must not help (pilots −0.0006, −0.004)",
  },
  async run(_lab, seed, s) {
    const taste = drawTaste({ dim: s.dim, utility: { sd: s.utilitySd } }, split(seed, "taste"));
    const drawn = drawResponses(taste, s, split(seed, "answers"));
    const groups: FeatureGroups = { features: drawn.features, dim: s.dim, candidates: s.candidates };
    const gold = drawn.gold[0]!;
    const noise = random(split(seed, "margins"));
    const believed = gold.map((u) => u + s.error * noise.normal());
    const pairs = drawPairs(gold, split(seed, "pairs"), s);
    const margins = Array.from(pairs.first, (first, n) => believed[first]! - believed[pairs.second[n]!]!);
    const used = Float64Array.from(s.shuffled ? random(split(seed, "shuffle")).shuffled(margins) : margins);
    const train = (beta: number | Float64Array) => {
      const logprobs = trained(groups, pairs, beta, s);
      return {
        value: expected(logprobs, gold, s.candidates),
        kl: klOf(logprobs, uniformLogprobs(s.prompts, s.candidates), s.candidates),
      };
    };
    const clamped = dynamicBeta(used, s).beta;
    const signed = dynamicBeta(used, { ...s, negative: "signed" }).beta;
    return {
      dynamic: train(clamped),
      fixed: train(s.beta),
      matched: train(meanOf(clamped)),
      signed: train(signed),
      signedMatched: train(meanOf(signed)),
    };
  },
};

/** Pairs of different answers of a prompt, the preferred one first. */
function drawPairs(gold: Float64Array, seed: Seed, s: Settings): ItemPairs {
  const rng = random(seed);
  const out: ItemPairs = { first: new Int32Array(s.pairs), second: new Int32Array(s.pairs) };
  for (let n = 0; n < s.pairs; n++) {
    const from = rng.below(s.prompts) * s.candidates;
    const a = from + rng.below(s.candidates);
    const b = from + ((a - from + 1 + rng.below(s.candidates - 1)) % s.candidates);
    const first = rng.uniform() < preferProbability(gold[a]! - gold[b]!, { slope: s.slope });
    out.first[n] = first ? a : b;
    out.second[n] = first ? b : a;
  }
  return out;
}

function trained(groups: FeatureGroups, pairs: ItemPairs, beta: number | Float64Array, s: Settings): Float64Array {
  const reference = new Float64Array(s.dim);
  const theta = new Float64Array(s.dim);
  for (let step = 0; step < s.steps; step++) {
    const gradient = pairGradient(groups, pairs, dpoLoss(pairBatch(groups, pairs, theta, reference), { beta }));
    for (let d = 0; d < s.dim; d++) theta[d]! -= (s.step / s.beta) * gradient[d]!;
  }
  return logLinear(groups, theta);
}

type Critique = ReasonDials & {
  ridge: number;
  l2: number;
  /** Penalties of the baseline, of which the best on the test pairs counts. */
  tried: readonly number[];
  test: number;
  /** Criterion scores are dealt anew over the answers. */
  shuffled: boolean;
};

const critique: Claim<"critique" | "direct", "accuracy", Critique> = {
  id: "critique-first",
  statement: "A reward that predicts the annotators' reasons first, and then scores by them, orders answers better",
  scope:
    "World preferences/reasons: gold is a weighted sum of five hidden linear criteria; annotators score each answer on them with noise 0.5 besides choosing. Critique is ridge from features to the five scores, then Bradley-Terry on its predictions (L2 1, our choice). It uses more supervision than the baseline, which is the paper's own comparison; the baseline's L2 is chosen on the test pairs in its favour. No language, no generated critiques.",
  evidence: "mechanism",
  settings: {
    dim: 64,
    criteria: 5,
    norm: 2,
    slope: 2,
    pairs: 300,
    noise: 0.5,
    ridge: 5,
    l2: 1,
    tried: [0.3, 1, 3, 10],
    test: 4000,
    shuffled: false,
  },
  seeds: 40,
  arms: ["critique", "direct"],
  bars: [
    {
      id: "accuracy",
      metric: "accuracy",
      of: "critique",
      against: "direct",
      role: "primary",
      bar: superior(0.03),
      why: "B: gold accuracy on fresh pairs; the pilot's effect is 0.060",
    },
  ],
  boundary: {
    setting: { shuffled: true },
    bar: "accuracy",
    why: "the specification's control: criterion scores of other answers must not help",
  },
  async run(_lab, seed, s) {
    const drawn = drawReasonedPairs(s, seed);
    const data = s.shuffled ? { ...drawn, scores: dealt(drawn.scores, s.criteria, split(seed, "deal")) } : drawn;
    const features = normals(random(split(seed, "test")), 2 * s.test * s.dim);
    const { gold } = criteriaOf(drawn, features);
    const differences = differencesOf(drawn.features, s.dim, drawn.chosen);
    const direct = s.tried.map((l2) => {
      const w = fitPairs(differences, s.dim, { l2 });
      return pairAccuracy(
        gold.map((_, i) => dotAt(features, i * s.dim, w)),
        gold,
      );
    });
    return {
      critique: { accuracy: pairAccuracy(fitReasons(data, s)(features), gold) },
      direct: { accuracy: Math.max(...direct) },
    };
  },
};

/** Rows in random order. */
function dealt(rows: Float64Array, width: number, seed: Seed): Float64Array {
  const order = random(seed).shuffled(Array.from({ length: rows.length / width }, (_, i) => i));
  return Float64Array.from(rows, (_, at) => rows[order[Math.floor(at / width)]! * width + (at % width)]!);
}

export default paper({
  slug: "mm-rlhf",
  component: [
    "dynamicBeta",
    "bradleyTerry (tie, centre)",
    "judge.facets",
    "judge.critiqueThenScore",
    "facetJudge",
    "critiqueThenScore",
  ],
  claims: [dynamic, critique],
});
