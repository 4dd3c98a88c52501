import { random, type Seed, split } from "laurel";
import { logSigmoid, logSigmoidCentred, sigmoidCentred, type Transform } from "laurel/compose";
import { quantileOfSorted, varianceOf } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import { expected, expectedByPrompt, sigmoid, tiltToKl, uniformLogprobs } from "../policy/index.ts";
import {
  drawResponses,
  drawTaste,
  normals,
  presets,
  proxyRewards,
  type Responses,
  trainRewardModel,
} from "../worlds/preferences/index.ts";

type Settings = {
  prompts: number;
  candidates: number;
  references: number;
  pairs: number;
  slope: number;
  l2: number;
  quantile: number;
  /** The budget that the bars are about, in nats, and those beside it. */
  nats: number;
  beside: readonly number[];
  /** Bisection steps to the budget. */
  steps: number;
  /** Standard deviation of the control's prompt offsets. */
  offset: number;
  /** A prompt is stuck where its gold rose by less than this many standard deviations. */
  rise: number;
};

const settings: Settings = {
  prompts: 200,
  candidates: 512,
  references: 64,
  pairs: 2000,
  slope: 2,
  l2: 1,
  quantile: 0.85,
  nats: 3,
  beside: [1, 2, 4],
  steps: 40,
  offset: 2,
  rise: 0.25,
};

const drops =
  "World preferences/hackable: two properties, linear reward models that cannot hold the style's square; RL is replaced by its exact KL-regularised optimum. No text, no PPO dynamics, no independent evaluator (gold is known). References are fresh draws from the base policy. Settings were fixed after a pilot of the specification's author.";

/** One property: gold, learned reward, references of both. */
interface Property {
  gold: Float64Array;
  reward: Float64Array;
  goldReferences: Float64Array;
  references: Float64Array;
}

interface World {
  candidates: Responses;
  properties: Property[];
}

function world(seed: Seed, s: Settings): World {
  const taste = drawTaste(presets.hackable({ properties: 2 }), split(seed, "taste"));
  const candidates = drawResponses(taste, s, split(seed, "candidates"));
  const drawn = drawResponses(taste, { prompts: s.prompts, candidates: s.references }, split(seed, "references"));
  const properties = [0, 1].map((i) => {
    const model = trainRewardModel(taste, i, s, split(seed, `model ${i}`));
    return {
      gold: candidates.gold[i]!,
      reward: proxyRewards(model, candidates),
      goldReferences: drawn.gold[i]!,
      references: proxyRewards(model, drawn),
    };
  });
  return { candidates, properties };
}

/** A transform of every item's reward against its prompt's references; `order` may send a prompt to another's references. */
function shaped(
  reward: Float64Array,
  references: Float64Array,
  transform: Transform,
  s: Settings,
  order?: readonly number[],
): Float64Array {
  const out = new Float64Array(reward.length);
  for (let p = 0; p < s.prompts; p++) {
    const at = (order?.[p] ?? p) * s.references;
    const own = references.subarray(at, at + s.references);
    // the transforms of this paper read the references only through their centre
    const centre = Float64Array.of(transform.centre!(own), transform.centre!(own));
    for (let i = p * s.candidates; i < (p + 1) * s.candidates; i++) out[i] = transform.apply(reward[i]!, centre);
  }
  return out;
}

const plus = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => x + b[i]!);

/** 1 where gold lies above the prompt's gold quantile among the references. */
function good({ gold, goldReferences }: Property, s: Settings): Uint8Array {
  const out = new Uint8Array(gold.length);
  for (let p = 0; p < s.prompts; p++) {
    const sorted = goldReferences.slice(p * s.references, (p + 1) * s.references).sort();
    const bar = quantileOfSorted(sorted, s.quantile);
    for (let i = p * s.candidates; i < (p + 1) * s.candidates; i++) out[i] = gold[i]! > bar ? 1 : 0;
  }
  return out;
}

type Arm = "lsc" | "raw" | "lsc50" | "sigmoid" | "min" | "shuffled" | "lscOne" | "rawOne" | "lscPerfect" | "rawPerfect";
type Metric = "both" | "both1" | "both2" | "both4" | "least" | "one" | "gold";

const difference = (id: string, metric: Metric, role: "primary" | "secondary", smallest: number, why: string) => ({
  id,
  metric,
  of: "lsc" as const,
  against: "raw" as const,
  role,
  bar: { kind: "superior", smallest } as const,
  why,
});

const and: Claim<Arm, Metric, Settings> = {
  id: "and",
  statement:
    "At equal KL, the sum of log-sigmoid-centred rewards makes more answers good in both properties than the sum of raw rewards",
  scope: drops,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["lsc", "raw", "lsc50", "sigmoid", "min", "shuffled", "lscOne", "rawOne", "lscPerfect", "rawPerfect"],
  bars: [
    difference("both", "both", "primary", 0.0495, "bar 1 at the primary budget; the pilot's effect is 0.099"),
    difference("least", "least", "primary", 0.0495, "bar 2: the less satisfied property; sized as bar 1, no pilot"),
    difference("both-2", "both2", "secondary", 0.013, "2 nats, own verdict; the pilot's effect is 0.026"),
    difference("both-4", "both4", "secondary", 0.08, "4 nats, own verdict; the pilot's effect is 0.161"),
    { id: "both-1", metric: "both1", of: "lsc", against: "raw", role: "report", why: "at 1 nat the pilot was worse" },
    {
      id: "one-property",
      metric: "one",
      of: "lscOne",
      against: "rawOne",
      role: "secondary",
      bar: { kind: "superior", smallest: 0.02 },
      why: "the single-property version, own verdict",
    },
    ...(["lsc50", "sigmoid", "min"] as const).map((of) => ({
      id: `also-${of}`,
      metric: "both" as const,
      of,
      against: "raw" as const,
      role: "report" as const,
      why: "also shown",
    })),
    {
      id: "references-shuffled",
      metric: "both",
      of: "shuffled",
      against: "lsc",
      better: "lower",
      role: "control",
      bar: { kind: "superior", smallest: 0.0495 },
      why: "with other prompts' references the advantage must fall: it comes from centring by prompt",
    },
    {
      id: "perfect-model",
      metric: "gold",
      of: "lscPerfect",
      against: "rawPerfect",
      role: "control",
      bar: { kind: "superior", smallest: 0.05 },
      expect: "not-holds",
      why: "with a perfect reward model the raw reward maximises mean gold by definition",
    },
  ],
  boundary: {
    setting: { nats: 1, beside: [] },
    bar: "both",
    why: "near the base policy hardly an answer has saturated yet, so that the logarithm has nothing to hold back",
  },
  async run(_lab, seed, s) {
    const { properties } = world(seed, s);
    const [a, b] = properties as [Property, Property];
    const marks = [good(a, s), good(b, s)] as const;
    const bothGood = Uint8Array.from(marks[0], (one, i) => one & marks[1][i]!);
    const policy = (u: Float64Array, nats = s.nats): Float64Array =>
      tiltToKl(u, s.candidates, nats, { steps: s.steps }).logprobs;
    const each = (transform: Transform): [Float64Array, Float64Array] => [
      shaped(a.reward, a.references, transform, s),
      shaped(b.reward, b.references, transform, s),
    ];
    const share = (logprobs: Float64Array, what: Uint8Array): number => expected(logprobs, what, s.candidates);

    const proper = each(logSigmoidCentred({ quantile: s.quantile }));
    const utilities = {
      lsc: plus(...proper),
      raw: plus(a.reward, b.reward),
      lsc50: plus(...each(logSigmoidCentred({ quantile: 0.5 }))),
      sigmoid: plus(...each(sigmoidCentred({ quantile: s.quantile }))),
      min: proper[0].map((u, i) => Math.min(u, proper[1][i]!)),
      shuffled: shuffledUtility(properties, split(seed, "shuffle"), s),
    };
    const measured = (u: Float64Array) => {
      const logprobs = policy(u);
      return {
        both: share(logprobs, bothGood),
        least: Math.min(share(logprobs, marks[0]), share(logprobs, marks[1])),
      };
    };
    const beside = (u: Float64Array) =>
      Object.fromEntries(s.beside.map((nats) => [`both${nats}`, share(policy(u, nats), bothGood)]));
    const perfect = shaped(a.gold, a.goldReferences, logSigmoidCentred({ quantile: s.quantile }), s);
    return {
      lsc: { ...measured(utilities.lsc), ...beside(utilities.lsc) },
      raw: { ...measured(utilities.raw), ...beside(utilities.raw) },
      lsc50: { ...measured(utilities.lsc50), ...beside(utilities.lsc50) },
      sigmoid: { ...measured(utilities.sigmoid), ...beside(utilities.sigmoid) },
      min: { ...measured(utilities.min), ...beside(utilities.min) },
      shuffled: measured(utilities.shuffled),
      lscOne: { one: share(policy(proper[0]), marks[0]) },
      rawOne: { one: share(policy(a.reward), marks[0]) },
      lscPerfect: { gold: expected(policy(perfect), a.gold, s.candidates) },
      rawPerfect: { gold: expected(policy(a.gold), a.gold, s.candidates) },
    };
  },
};

const underfitting: Claim<"lsc" | "raw", "stuck" | "rise", Settings> = {
  id: "underfitting",
  statement:
    "At equal KL, the sum of log-sigmoid-centred rewards leaves fewer prompts unimproved than the sum of raw rewards",
  scope: `Bar 3 of the specification, by itself. Our pilot (4 seeds) found no prompt left behind in either arm of this world. ${drops}`,
  evidence: "mechanism",
  settings: { ...settings, beside: [] },
  seeds: 40,
  arms: ["lsc", "raw"],
  bars: [
    {
      id: "stuck",
      metric: "stuck",
      of: "lsc",
      against: "raw",
      better: "lower",
      role: "primary",
      bar: { kind: "superior", smallest: 0.02 },
      why: "bar 3: the share of prompts whose gold sum rose by less than 0.25 sd; no pilot, 2 points of all prompts",
    },
    {
      id: "rise",
      metric: "rise",
      of: "lsc",
      against: "raw",
      role: "report",
      why: "the least improved prompt's rise, in sd",
    },
  ],
  boundary: { setting: { nats: 1 }, bar: "stuck", why: "near the base policy nothing has saturated yet" },
  async run(_lab, seed, s) {
    const { properties } = world(seed, s);
    const [a, b] = properties as [Property, Property];
    const transform = logSigmoidCentred({ quantile: s.quantile });
    const sum = plus(a.gold, b.gold);
    const sd = Math.sqrt(varianceOf(sum));
    const base = expectedByPrompt(uniformLogprobs(s.prompts, s.candidates), sum, s.candidates);
    const measured = (u: Float64Array) => {
      const { logprobs } = tiltToKl(u, s.candidates, s.nats, { steps: s.steps });
      const rises = expectedByPrompt(logprobs, sum, s.candidates).map((now, p) => (now - base[p]!) / sd);
      return { stuck: rises.filter((rise) => rise < s.rise).length / s.prompts, rise: Math.min(...rises) };
    };
    return {
      lsc: measured(plus(shaped(a.reward, a.references, transform, s), shaped(b.reward, b.references, transform, s))),
      raw: measured(plus(a.reward, b.reward)),
    };
  },
};

/** The control: offsets on each prompt's rewards, then each prompt is held against another prompt's references. */
function shuffledUtility(properties: readonly Property[], seed: Seed, s: Settings): Float64Array {
  const rng = random(seed);
  const order = rng.shuffled(Array.from({ length: s.prompts }, (_, p) => p));
  const [first, second] = properties.map(({ reward, references }) => {
    const offsets = normals(rng, s.prompts).map((x) => s.offset * x);
    return shaped(
      reward.map((r, i) => r + offsets[Math.floor(i / s.candidates)]!),
      references.map((r, i) => r + offsets[Math.floor(i / s.references)]!),
      logSigmoidCentred({ quantile: s.quantile }),
      s,
      order,
    );
  });
  return plus(first!, second!);
}

const identities: Claim<"laurel", "order" | "product" | "far" | "overflow", { items: number }> = {
  id: "identities",
  statement:
    "The transformation keeps a prompt's order, the sum's exponential is the product of the sigmoids, and far below the reference it is the reward itself",
  scope: "laurel/compose's logSigmoidCentred on random rewards",
  evidence: "identity",
  settings: { items: 200 },
  seeds: 40,
  arms: ["laurel"],
  bars: [
    exact("order", 0, "exact 4: pairs of items whose order changed"),
    exact("product", 1e-12, "exact 5: exp(Σu) = Π σ(r − ref)"),
    exact("far", 1e-6, "exact 6: u = r − ref below −15"),
    exact("overflow", 0, "exact 6: finite at ± 10,000"),
  ],
  async run(_lab, seed, { items }) {
    const rng = random(seed);
    const transform = logSigmoidCentred();
    const references = normals(rng, 64);
    const centre = transform.centre!(references);
    const rewards = normals(rng, items).map((x) => 3 * x);
    const u = rewards.map((r) => transform.apply(r, references));
    let turned = 0;
    for (let i = 0; i < items; i++)
      for (let j = 0; j < items; j++) if (rewards[i]! > rewards[j]! && !(u[i]! > u[j]!)) turned++;
    const others = normals(rng, items).map((x) => 3 * x);
    const product = rewards.map(
      (r, i) =>
        Math.exp(u[i]! + transform.apply(others[i]!, references)) - sigmoid(r - centre) * sigmoid(others[i]! - centre),
    );
    const far = rewards.map((r) => transform.apply(centre - 15 - Math.abs(r), references) + 15 + Math.abs(r));
    const extremes = [1e4, -1e4].map((r) => transform.apply(r, references));
    const worst = (values: Float64Array): number => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    return {
      laurel: {
        order: turned,
        product: worst(product),
        far: worst(far),
        overflow: extremes.filter((x) => !Number.isFinite(x) || !Number.isFinite(logSigmoid(x))).length,
      },
    };
  },
};

function exact(metric: "order" | "product" | "far" | "overflow", tolerance: number, why: string) {
  return {
    id: metric,
    metric,
    of: "laurel" as const,
    role: "primary" as const,
    bar: { kind: "exact", tolerance } as const,
    why,
  };
}

export default paper({
  slug: "transform-combine",
  component: ["shape (log-sigmoid-centred)", "allOf", "all-of", "logSigmoidCentred"],
  claims: [and, underfitting, identities],
});
