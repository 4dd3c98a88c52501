import { readFileSync } from "node:fs";
import {
  adaptiveKl,
  type GroupAdvantageOptions,
  type GrpoLossOptions,
  gae,
  groupAdvantages,
  grpoLoss,
  perAction,
  perRollout,
  type Rollouts,
  valueLoss,
  whitened,
} from "@laurel/lab/policy";
import {
  aotLoss,
  apoLoss,
  bcoLoss,
  clipLoss,
  discopopLoss,
  dpoLoss,
  exoLoss,
  gpoLoss,
  ipoLoss,
  klEstimates,
  ktoLoss,
  ktoReferencePoint,
  type LossGradient,
  ncaLoss,
  type PairBatch,
  perToken,
  robustDpoLoss,
  simpoLoss,
  sppoLoss,
} from "@laurel/lab/train";
import { describe, expect, it } from "vitest";

// Every expected value was recorded from TRL's own trainers (PPO's from verl: TRL 1.x has no PPO) by scripts/expected/trl_losses.py; its versions stand in each file.
// Losses and gradients agree to 1e-5 of their size as the specification asks; both sides are float64, so that 1e-9 holds.
const TOLERANCE = 1e-9;

function recorded<T>(name: string): T & { versions: Record<string, string> } {
  return JSON.parse(readFileSync(new URL(`../expected/trl/${name}.json`, import.meta.url), "utf8")) as T & {
    versions: Record<string, string>;
  };
}

function agree(own: ArrayLike<number>, theirs: readonly number[]): void {
  expect(own.length).toBe(theirs.length);
  for (let i = 0; i < theirs.length; i++)
    expect(Math.abs(own[i]! - theirs[i]!)).toBeLessThan(TOLERANCE * Math.max(1, Math.abs(theirs[i]!)));
}

interface Sides {
  first: number[];
  second: number[];
}
interface Case extends Sides {
  name: string;
  beta: number;
  smoothing: number;
  tau: number;
  gamma: number;
  loss: number;
}
const arrays = ({ first, second }: Sides) => ({ first: Float64Array.from(first), second: Float64Array.from(second) });

describe("TRL's DPOTrainer", () => {
  const file = recorded<{ policy: Sides; reference: Sides; lengths: Sides; cases: Case[] }>("pairs");
  const batch: PairBatch = { policy: arrays(file.policy), reference: arrays(file.reference) };
  const means = perToken(batch, file.lengths);
  /** Slopes by means, as slopes by sums. */
  const bySum = ({ loss, first, second }: LossGradient): LossGradient => ({
    loss,
    first: first.map((x, n) => x / file.lengths.first[n]!),
    second: second.map((x, n) => x / file.lengths.second[n]!),
  });
  const scaled = (by: number, { loss, first, second }: LossGradient): LossGradient => ({
    loss: loss * by,
    first: first.map((x) => x * by),
    second: second.map((x) => x * by),
  });
  const ours: Record<string, (c: Case) => LossGradient> = {
    sigmoid: ({ beta }) => dpoLoss(batch, { beta }),
    hinge: ({ beta }) => gpoLoss(batch, { beta, shape: "hinge" }),
    // TRL's IPO is (Δ − 1/(2β))² a token; ours is (βΔ − ½)², β² times that
    ipo: ({ beta }) => scaled(1 / beta ** 2, bySum(ipoLoss(means, { beta }))),
    exo_pair: ({ beta, smoothing }) => exoLoss(batch, { beta, smoothing }),
    nca_pair: ({ beta }) => ncaLoss(batch, { beta }),
    robust: ({ beta, smoothing }) => robustDpoLoss(batch, { beta, flipped: smoothing }),
    bco_pair: ({ beta }) => bcoLoss(batch, { beta }),
    sppo_hard: ({ beta }) => sppoLoss(batch, { beta }),
    aot: ({ beta, smoothing }) => aotLoss(batch, { beta, smoothing }),
    aot_unpaired: ({ beta, smoothing }) => aotLoss(batch, { beta, smoothing, paired: false }),
    apo_zero: ({ beta }) => apoLoss(batch, { beta }),
    apo_down: ({ beta }) => apoLoss(batch, { beta, anchor: "down" }),
    discopop: ({ beta, tau }) => discopopLoss(batch, { beta, tau }),
    sigmoid_norm: ({ beta }) => bySum(dpoLoss(means, { beta })),
  };

  it("covers every recorded loss", () => {
    expect([...new Set(file.cases.map(({ name }) => name))].sort()).toEqual(Object.keys(ours).sort());
  });

  it.each(file.cases.map((c) => [`${c.name}, β ${c.beta}`, c] as const))("%s: loss and gradients", (_title, c) => {
    const own = ours[c.name]!(c);
    agree([own.loss], [c.loss]);
    agree(own.first, c.first);
    agree(own.second, c.second);
  });
});

describe("TRL's CPOTrainer", () => {
  const file = recorded<{ policy: Sides; cases: Case[] }>("cpo");
  const means = arrays(file.policy);
  const zero = { first: new Float64Array(means.first.length), second: new Float64Array(means.first.length) };
  it.each(file.cases.map((c) => [`${c.name}, β ${c.beta}, γ ${c.gamma}, smoothing ${c.smoothing}`, c] as const))(
    "%s: loss and gradients",
    (_title, c) => {
      const own =
        c.name === "hinge"
          ? gpoLoss({ policy: means, reference: zero }, { beta: c.beta, shape: "hinge" })
          : simpoLoss(means, { beta: c.beta, gamma: c.name === "simpo" ? c.gamma : 0, smoothing: c.smoothing });
      agree([own.loss], [c.loss]);
      agree(own.first, c.first);
      agree(own.second, c.second);
    },
  );
});

describe("TRL's KTOTrainer", () => {
  interface KtoCase {
    name: string;
    beta: number;
    desirable: number;
    undesirable: number;
    label: number[];
    klPolicy: number[];
    klReference: number[];
    loss: number;
    gradient: number[];
  }
  const file = recorded<{ policy: number[]; reference: number[]; cases: KtoCase[] }>("kto");
  it.each(file.cases.map((c) => [`${c.name}, β ${c.beta}, loss ${c.loss.toFixed(3)}`, c] as const))(
    "%s: loss and gradient",
    (_title, c) => {
      const batch = {
        policy: Float64Array.from(file.policy),
        reference: Float64Array.from(file.reference),
        desirable: c.label,
      };
      const point =
        c.name === "kto" ? ktoReferencePoint(Float64Array.from(c.klPolicy), Float64Array.from(c.klReference)) : 0;
      const { beta, desirable, undesirable } = c;
      const own = ktoLoss(batch, { beta, desirable, undesirable, reference: point });
      agree([own.loss], [c.loss]);
      agree(own.gradient, c.gradient);
    },
  );
});

interface Layout {
  group: number;
  lengths: number[];
}
/** The recorded batch, without padding. */
const rolloutsOf = ({ group, lengths }: Layout): Rollouts => {
  const starts = [0];
  for (const length of lengths) starts.push(starts.at(-1)! + length);
  return {
    prompts: new Int32Array(lengths.length / group),
    group,
    draws: new Int32Array(starts.at(-1)!),
    starts: Int32Array.from(starts),
  };
};

describe("TRL's GRPOTrainer and RLOOTrainer", () => {
  interface GrpoCase {
    name: string;
    level: "token" | "sequence";
    beta: number;
    low: number;
    high: number;
    delta: number | null;
    loss: number;
    gradient: number[];
  }
  const file = recorded<
    Layout & {
      maxLength: number;
      policy: number[];
      old: number[];
      reference: number[];
      advantages: number[];
      cases: GrpoCase[];
      rloo: { loss: number; gradient: number[] };
    }
  >("grpo");
  const rollouts = rolloutsOf(file);
  const [policy, old, reference] = [file.policy, file.old, file.reference].map((x) => Float64Array.from(x));
  const advantages = Float64Array.from(file.advantages);
  const options: Record<string, GrpoLossOptions> = {
    grpo: {},
    bnpo: { aggregate: "token" },
    dapo: { aggregate: "token" },
    dr_grpo: { aggregate: "constant", maxLength: file.maxLength },
    cispo: { objective: "cispo", aggregate: "token" },
  };
  it.each(
    file.cases.map((c) => [`${c.name}, ${c.level}, β ${c.beta}, clip ${c.low} ${c.high}, δ ${c.delta}`, c] as const),
  )("%s: loss and gradient", (_title, c) => {
    const own = grpoLoss(rollouts, policy!, old!, advantages, {
      ...options[c.name]!,
      level: c.level,
      low: c.low,
      // TRL's cap of CISPO is the ratio itself, ours the distance from 1
      high: c.name === "cispo" ? c.high - 1 : c.high,
      most: c.delta ?? undefined,
      kl: { coefficient: c.beta, reference: reference! },
    });
    agree([own.loss], [c.loss]);
    agree(own.gradient, c.gradient);
  });

  it("RLOO: the clipped ratio of whole sequences", () => {
    const own = clipLoss(perRollout(rollouts, policy!), perRollout(rollouts, old!), advantages);
    agree([own.loss], [file.rloo.loss]);
    agree(perAction(rollouts, own.gradient), file.rloo.gradient);
  });
});

describe("verl's PPO", () => {
  interface Ppo extends Layout {
    rewards: number[];
    groupAdvantages: Record<"sd" | "none" | "leave-one-out", number[]>;
    stepRewards: number[];
    values: number[];
    gae: Record<string, { whitened: number[]; returns: number[] }>;
    returns: number[];
    predictions: number[];
    valueLoss: { clip: number; loss: number; clipped: number; gradient: number[] };
    policy: number[];
    old: number[];
    reference: number[];
    kl: Record<"k1" | "k2" | "k3", number[]>;
    adaptive: {
      start: number;
      target: number;
      horizon: number;
      updates: { kl: number; steps: number; coefficient: number }[];
    };
    tokenAdvantages: number[];
    policyLoss: { loss: number; clipped: number; gradient: number[] };
  }
  const file = recorded<Ppo>("ppo");
  const rollouts = rolloutsOf(file);
  const array = (x: readonly number[]): Float64Array => Float64Array.from(x);

  it("group advantages: by the sd, without it, leave-one-out", () => {
    const own = (options: GroupAdvantageOptions): Float64Array =>
      groupAdvantages(array(file.rewards), file.group, options).advantages;
    agree(own({ epsilon: 1e-4 }), file.groupAdvantages.sd);
    agree(own({ scale: "none" }), file.groupAdvantages.none);
    agree(own({ scale: "none", baseline: "leave-one-out" }), file.groupAdvantages["leave-one-out"]);
  });

  it.each(Object.keys(file.gae))("GAE and whitening, γ,λ = %s", (key) => {
    const [gamma, lambda] = key.split(",").map(Number);
    const own = gae(rollouts, array(file.stepRewards), array(file.values), { gamma, lambda });
    agree(whitened(own.advantages), file.gae[key]!.whitened);
    agree(own.returns, file.gae[key]!.returns);
  });

  it("the clipped value loss", () => {
    const { valueLoss: theirs } = file;
    const own = valueLoss(array(file.predictions), array(file.values), array(file.returns), theirs.clip);
    agree([own.loss, own.clipped], [theirs.loss, theirs.clipped]);
    agree(own.gradient, theirs.gradient);
  });

  it("the clipped surrogate of tokens, with its dual clip at 3", () => {
    const own = clipLoss(array(file.policy), array(file.old), array(file.tokenAdvantages), { most: 3 });
    agree([own.loss, own.clipped], [file.policyLoss.loss, file.policyLoss.clipped]);
    agree(own.gradient, file.policyLoss.gradient);
  });

  it.each(["k1", "k2", "k3"] as const)("the KL estimate %s", (estimator) => {
    agree(klEstimates(array(file.policy), array(file.reference), estimator).values, file.kl[estimator]);
  });

  it("the adaptive KL coefficient", () => {
    const { start, target, horizon, updates } = file.adaptive;
    const kl = adaptiveKl(start, target, horizon);
    for (const { kl: met, steps, coefficient } of updates) {
      kl.update(met, steps);
      agree([kl.coefficient], [coefficient]);
    }
  });
});
