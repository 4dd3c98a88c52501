import { random, type Seed, split } from "laurel";
import { logSigmoidCentred, preferenceAsReward, slowGrowthFastConvergence, type Transform } from "laurel/compose";
import { meanOf, varianceOf } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import {
  expected,
  type FeatureGroups,
  logLinear,
  promptPolicy,
  reinforceAdvantages,
  reinforceGradient,
  sampleIndex,
  tiltToKl,
} from "../policy/index.ts";
import {
  drawResponses,
  drawTaste,
  presets,
  proxyRewards,
  type Responses,
  raiseExploits,
  trainRewardModel,
  withStyle,
} from "../worlds/preferences/index.ts";

type World = {
  prompts: number;
  candidates: number;
  references: number;
  pairs: number;
  slope: number;
  l2: number;
  /** Share of exploits, how much less they are worth, and the scale of their raised proxy in sd of the proxy. */
  share: number;
  goldDrop: number;
  raise: number;
};

const world: World = {
  prompts: 200,
  candidates: 512,
  references: 64,
  pairs: 2000,
  slope: 2,
  l2: 1,
  share: 0.02,
  goldDrop: 2,
  raise: 4,
};

const drops =
  "World preferences/hackable: one property, a linear reward model, and 2 % of answers whose gold is lower and whose proxy is raised by heavy-tailed errors. No text, no critic. References are fresh draws from the base policy.";

/** Gold, proxy and reference proxies; references are exploited at the same rate. */
function build(seed: Seed, s: World): { responses: Responses; proxy: Float64Array; references: Float64Array } {
  const dials = presets.hackable({ properties: 1, exploits: { share: s.share, goldDrop: s.goldDrop } });
  const taste = drawTaste(dials, split(seed, "taste"));
  const model = trainRewardModel(taste, 0, s, split(seed, "model"));
  const responses = drawResponses(taste, s, split(seed, "candidates"));
  const drawn = drawResponses(taste, { prompts: s.prompts, candidates: s.references }, split(seed, "references"));
  const clean = proxyRewards(model, responses);
  const scale = s.raise * Math.sqrt(varianceOf(clean));
  return {
    responses,
    proxy: raiseExploits(clean, responses, scale, split(seed, "raise")),
    references: raiseExploits(proxyRewards(model, drawn), drawn, scale, split(seed, "raise references")),
  };
}

/** A transform against each prompt's references; `use` of them, all by default. */
function shaped(
  proxy: Float64Array,
  references: Float64Array,
  transform: Transform,
  s: World,
  use = s.references,
): Float64Array {
  const out = new Float64Array(proxy.length);
  for (let p = 0; p < s.prompts; p++) {
    const own = references.subarray(p * s.references, p * s.references + use);
    for (let i = p * s.candidates; i < (p + 1) * s.candidates; i++) out[i] = transform.apply(proxy[i]!, own);
  }
  return out;
}

type Shaping = World & { nats: number; beside: readonly number[]; steps: number };
type Arm = "vanilla" | "par" | "par1" | "sgfc" | "lsc" | "centred" | "meanSd" | "clip";
type Metric = "gold" | "gold1" | "gold2" | "gold3" | "exploits" | "efficiency" | "kl";

const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

const shaping: Claim<Arm, Metric, Shaping> = {
  id: "shaping",
  statement:
    "At equal KL, the reward model's preference over references (PAR) gives more gold reward than its raw score",
  scope: `Exact KL-regularised optima. ${drops} The specification's pilot also found that clipping at one standard deviation beats PAR here: it is shown without a bar.`,
  evidence: "mechanism",
  settings: { ...world, nats: 2, beside: [1, 3], steps: 40 },
  seeds: 40,
  arms: ["vanilla", "par", "par1", "sgfc", "lsc", "centred", "meanSd", "clip"],
  bars: [
    {
      id: "par-vanilla",
      metric: "gold",
      of: "par",
      against: "vanilla",
      role: "primary",
      bar: superior(0.555),
      why: "bar 1 at 2 nats; the pilot's effect is 1.11",
    },
    {
      id: "par-sgfc",
      metric: "gold",
      of: "par",
      against: "sgfc",
      role: "primary",
      bar: superior(0.3),
      why: "bar 2: fast growth first, then slow; the pilot's effect is 0.60",
    },
    {
      id: "one-reference",
      metric: "gold",
      of: "par1",
      against: "vanilla",
      role: "primary",
      bar: superior(0.5),
      why: "bar 3: one reference is enough; the pilot's effect is 1.00",
    },
    {
      id: "one-reference-share",
      metric: "efficiency",
      of: "par1",
      role: "primary",
      bar: superior(0.056),
      why: "bar 3: gain of one reference − 0.8 · gain of ten; the pilot's value is 0.112",
    },
    {
      id: "exploits",
      metric: "exploits",
      of: "par",
      against: "vanilla",
      better: "lower",
      role: "primary",
      bar: superior(0.05),
      why: "bar 4: probability on exploits; no pilot, five points of probability",
    },
    ...([1, 3] as const).map((nats) => ({
      id: `par-vanilla-${nats}`,
      metric: `gold${nats}` as const,
      of: "par" as const,
      against: "vanilla" as const,
      role: "secondary" as const,
      bar: superior(nats === 1 ? 0.495 : 0.43),
      why: `${nats} nats, own verdict; the pilot's effect is ${nats === 1 ? 0.99 : 0.86}`,
    })),
    ...(["centred", "meanSd"] as const).map((of) => ({
      id: `affine-${of}`,
      metric: "gold" as const,
      of,
      against: "vanilla" as const,
      role: "control" as const,
      bar: { kind: "exact", tolerance: 1e-5 } as const,
      why: "affine by prompt: the same optimum at equal KL, up to 40 bisection steps",
    })),
    { id: "lsc-vanilla", metric: "gold", of: "lsc", against: "vanilla", role: "report", why: "also compared" },
    {
      id: "par-clip",
      metric: "gold",
      of: "par",
      against: "clip",
      role: "report",
      why: "clipping was ahead in the pilot; its KL saturates",
    },
    { id: "clip-kl", metric: "kl", of: "clip", role: "report", why: "the KL that clipping reached" },
  ],
  boundary: {
    setting: { share: 0, beside: [] },
    bar: "par-vanilla",
    why: "the specification's negative control: without exploits PAR must not be better (pilot −0.04 to −0.07)",
  },
  async run(_lab, seed, s) {
    const { responses, proxy, references } = build(seed, s);
    const gold = responses.gold[0]!;
    const sd = Math.sqrt(varianceOf(references, 0));
    const mean = meanOf(references);
    const utilities: Record<Arm, Float64Array> = {
      vanilla: proxy,
      par: shaped(proxy, references, preferenceAsReward({ maxReferences: 10 }), s, 10),
      par1: shaped(proxy, references, preferenceAsReward({ maxReferences: 1 }), s, 1),
      sgfc: shaped(proxy, references, slowGrowthFastConvergence(), s, 10),
      lsc: shaped(proxy, references, lscByPrompt(), s),
      centred: proxy.map((r, i) => r - meanOf(referencesOf(references, i, s).subarray(0, 10))),
      meanSd: proxy.map((r) => (r - mean) / sd),
      clip: proxy.map((r) => Math.min(Math.max(r, mean - sd), mean + sd)),
    };
    const at = (arm: Arm, nats: number) => tiltToKl(utilities[arm], s.candidates, nats, { steps: s.steps });
    const measured = (arm: Arm) => {
      const { logprobs, kl } = at(arm, s.nats);
      return {
        gold: expected(logprobs, gold, s.candidates),
        exploits: expected(logprobs, responses.exploit, s.candidates),
        kl,
      };
    };
    const beside = (arm: Arm) =>
      Object.fromEntries(s.beside.map((nats) => [`gold${nats}`, expected(at(arm, nats).logprobs, gold, s.candidates)]));
    const [vanilla, par, par1] = [measured("vanilla"), measured("par"), measured("par1")];
    const gain = (one: { gold: number }): number => one.gold - vanilla.gold;
    return {
      vanilla: { ...vanilla, ...beside("vanilla") },
      par: { ...par, ...beside("par") },
      par1: { ...par1, efficiency: gain(par1) - 0.8 * gain(par), ...beside("par1") },
      sgfc: { ...measured("sgfc"), ...beside("sgfc") },
      lsc: { ...measured("lsc"), ...beside("lsc") },
      centred: measured("centred"),
      meanSd: measured("meanSd"),
      clip: { ...measured("clip"), ...beside("clip") },
    };
  },
};

function referencesOf(references: Float64Array, item: number, s: World): Float64Array {
  const at = Math.floor(item / s.candidates) * s.references;
  return references.subarray(at, at + s.references);
}

/** The log-sigmoid-centred transform, its centre kept from one item of a prompt to the next. */
function lscByPrompt(): Transform {
  const transform = logSigmoidCentred();
  let of = -1;
  let kept = new Float64Array(2);
  return {
    ...transform,
    apply(value, reference) {
      if (reference.byteOffset !== of) {
        of = reference.byteOffset;
        kept = new Float64Array(2).fill(transform.centre!(reference));
      }
      return transform.apply(value, kept);
    },
  };
}

type Dynamics = World & {
  updates: number;
  /** Prompts an update, draws a prompt. */
  batch: number;
  draws: number;
  /** Plain gradient ascent, for rewards of initial sd 1. */
  learningRate: number;
  klCoefficient: number;
  /** Gold is measured every so many updates. */
  every: number;
};

const dynamics: Claim<"vanilla" | "par", "collapse" | "last" | "peak", Dynamics> = {
  id: "dynamics",
  statement: "Trained by REINFORCE, the policy's gold reward collapses under the raw reward and not under PAR",
  scope: `Log-linear policy over (z, h, exploit), group mean as baseline. The pilot chose the longer setting because nothing had collapsed at learning rate 0.05 and 400 updates. ${drops}`,
  evidence: "mechanism",
  settings: {
    ...world,
    updates: 600,
    batch: 40,
    draws: 4,
    learningRate: 0.25,
    klCoefficient: 0.005,
    every: 20,
  },
  seeds: 40,
  arms: ["vanilla", "par"],
  bars: [
    {
      id: "collapse",
      metric: "collapse",
      of: "par",
      against: "vanilla",
      role: "primary",
      bar: superior(1.6),
      why: "bar 5: final gold − highest gold along the run; the pilot's effect is 3.25",
    },
    { id: "last", metric: "last", of: "par", against: "vanilla", role: "report", why: "gold at the end" },
    { id: "peak", metric: "peak", of: "par", against: "vanilla", role: "report", why: "highest gold along the run" },
  ],
  boundary: {
    setting: { updates: 400, learningRate: 0.05 },
    bar: "collapse",
    why: "the specification's shorter pilot, in which neither arm had begun to collapse",
  },
  async run(lab, seed, s) {
    const { responses, proxy, references } = build(seed, s);
    const par = shaped(proxy, references, preferenceAsReward({ maxReferences: 10 }), s, 10);
    const train = (rewards: Float64Array, name: string) => {
      const curve = reinforce(responses, rewards, split(seed, "training"), s);
      if (s.updates === 600) lab.note(name, { every: s.every, gold: curve.map((x) => Math.round(x * 1000) / 1000) });
      const last = curve.at(-1)!;
      const peak = Math.max(...curve);
      return { collapse: last - peak, last, peak };
    };
    return { vanilla: train(proxy, "gold, vanilla"), par: train(par, "gold, PAR") };
  },
};

/** REINFORCE with the group mean as baseline; gives exact gold at the start and after every `every` updates. */
function reinforce(responses: Responses, rewards: Float64Array, seed: Seed, s: Dynamics): number[] {
  const groups = withExploits(responses);
  const sd = Math.sqrt(varianceOf(rewards));
  const rng = random(seed);
  const theta = new Float64Array(groups.dim);
  const gold = responses.gold[0]!;
  const all = Array.from({ length: s.prompts }, (_, p) => p);
  const curve = [expected(logLinear(groups, theta), gold, s.candidates)];
  for (let update = 1; update <= s.updates; update++) {
    const prompts = Int32Array.from(rng.shuffled(all).slice(0, s.batch));
    const policies = Array.from(prompts, (p) => promptPolicy(groups, theta, p));
    const draws = new Int32Array(s.batch * s.draws);
    const scored = new Float64Array(draws.length);
    for (let i = 0; i < draws.length; i++) {
      const g = Math.floor(i / s.draws);
      const { probabilities } = policies[g]!;
      const k = sampleIndex(rng, probabilities);
      draws[i] = k;
      const reward = rewards[prompts[g]! * s.candidates + k]!;
      scored[i] = reward / sd - s.klCoefficient * Math.log(probabilities[k]! * s.candidates);
    }
    const batch = { prompts, group: s.draws, draws, rewards: scored };
    const gradient = reinforceGradient(groups, batch, policies, reinforceAdvantages(batch, "group-mean"));
    for (let d = 0; d < theta.length; d++) theta[d]! += s.learningRate * gradient[d]!;
    if (update % s.every === 0) curve.push(expected(logLinear(groups, theta), gold, s.candidates));
  }
  return curve;
}

/** (z, h, e): what the policy sees. */
function withExploits(responses: Responses): FeatureGroups {
  const seen = withStyle(responses);
  const from = responses.dim + 1;
  const dim = from + 1;
  const features = new Float64Array(responses.style.length * dim);
  for (let i = 0; i < responses.style.length; i++) {
    features.set(seen.subarray(i * from, (i + 1) * from), i * dim);
    features[i * dim + from] = responses.exploit[i]!;
  }
  return { features, dim, candidates: responses.candidates };
}

export default paper({
  slug: "par",
  component: ["shape (preference-as-reward)", "slowGrowthFastConvergence", "lengthPenalty", "preferenceAsReward"],
  claims: [shaping, dynamics],
});
