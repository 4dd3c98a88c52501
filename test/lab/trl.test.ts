import { readFileSync } from "node:fs";
import {
  aotLoss,
  apoLoss,
  bcoLoss,
  discopopLoss,
  dpoLoss,
  exoLoss,
  gpoLoss,
  ipoLoss,
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

// Every expected value was recorded from TRL's own trainers by scripts/expected/trl_losses.py; its versions stand in each file.
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
