import { UsageError } from "laurel";
import type { Optimiser } from "../train/adam.ts";
import {
  aotLoss,
  discopopLoss,
  exoLoss,
  type GpoShape,
  gpoLoss,
  pairAccuracy,
  robustDpoLoss,
} from "../train/losses/gap.ts";
import { ktoLoss, ktoReferencePoint } from "../train/losses/kto.ts";
import { type LossGradient, type PairBatch, perToken } from "../train/losses/pair-batch.ts";
import { dpoLoss, gapWeights, ipoLoss, irepoLoss } from "../train/losses/preference.ts";
import { apoLoss, bcoLoss, ncaLoss, simpoLoss, sppoLoss } from "../train/losses/sides.ts";
import { perAction, perRollout, type Rollouts, startsOf, type TrainablePolicy } from "./rollouts.ts";
import { norm } from "./updates.ts";

/** A loss of pairs: log-probabilities summed over each response, and the responses' lengths in actions. */
export type PairLoss = (batch: PairBatch, lengths: { first: Float64Array; second: Float64Array }) => LossGradient;

/**
 * The preference losses by name, each with its paper's settings where none are given; `beta` is the inverse temperature of the implicit
 * reward, per nat.
 *
 * "dpo" (β 0.1), "cdpo" (soft `labels`), "ipo" (β 0.1), "gpo" (`shape`), "kto" (first up, second down; z₀ from the batch), "nca",
 * "bco", "sppo", "apo", "exo", "robust" (`flipped`), "aot", "discopop", "simpo" (β 2, `gamma` 1, means a token), "gapo" (`rewards` of
 * winner and loser), "irepo" (`logit`)
 */
export const pairLosses = {
  dpo:
    (o: { beta?: number | undefined } = {}): PairLoss =>
    (batch) =>
      dpoLoss(batch, o),
  cdpo:
    (o: { beta?: number | undefined; labels: Float64Array }): PairLoss =>
    (batch) =>
      dpoLoss(batch, o),
  ipo:
    (o: { beta?: number | undefined } = {}): PairLoss =>
    (batch) =>
      ipoLoss(batch, o),
  gpo:
    (o: { beta?: number | undefined; shape?: GpoShape | undefined } = {}): PairLoss =>
    (batch) =>
      gpoLoss(batch, o),
  kto:
    (
      o: { beta?: number | undefined; desirable?: number | undefined; undesirable?: number | undefined } = {},
    ): PairLoss =>
    (batch) =>
      ktoOfPairs(batch, o),
  nca:
    (o: { beta?: number | undefined } = {}): PairLoss =>
    (batch) =>
      ncaLoss(batch, o),
  bco:
    (o: { beta?: number | undefined; shift?: number | undefined } = {}): PairLoss =>
    (batch) =>
      bcoLoss(batch, o),
  sppo:
    (o: { beta?: number | undefined } = {}): PairLoss =>
    (batch) =>
      sppoLoss(batch, o),
  apo:
    (o: { beta?: number | undefined; anchor?: "zero" | "down" | undefined } = {}): PairLoss =>
    (batch) =>
      apoLoss(batch, o),
  exo:
    (o: { beta?: number | undefined; smoothing?: number | undefined } = {}): PairLoss =>
    (batch) =>
      exoLoss(batch, o),
  robust:
    (o: { beta?: number | undefined; flipped?: number | undefined } = {}): PairLoss =>
    (batch) =>
      robustDpoLoss(batch, o),
  aot:
    (o: { beta?: number | undefined; paired?: boolean | undefined } = {}): PairLoss =>
    (batch) =>
      aotLoss(batch, o),
  discopop:
    (o: { beta?: number | undefined; tau?: number | undefined } = {}): PairLoss =>
    (batch) =>
      discopopLoss(batch, o),
  simpo:
    (o: { beta?: number | undefined; gamma?: number | undefined } = {}): PairLoss =>
    (batch, lengths) => {
      const { loss, first, second } = simpoLoss(perToken(batch, lengths).policy, o);
      return {
        loss,
        first: first.map((x, n) => x / lengths.first[n]!),
        second: second.map((x, n) => x / lengths.second[n]!),
      };
    },
  gapo: (o: {
    beta?: number | undefined;
    alpha?: number | undefined;
    rewards: readonly { winner: number; loser: number }[];
  }): PairLoss => {
    const weights = gapWeights(o.rewards, { alpha: o.alpha, mean: "one" });
    return (batch) => dpoLoss(batch, { beta: o.beta, weights });
  },
  irepo:
    (o: { beta?: number | undefined; logit: Float64Array }): PairLoss =>
    (batch) =>
      irepoLoss(batch, o.logit, o),
} as const;

/** KTO of pairs: the first up, the second down; z₀ from the same answers, since an answer of one prompt is none of another's. */
function ktoOfPairs(
  { policy, reference }: PairBatch,
  options: { beta?: number | undefined; desirable?: number | undefined; undesirable?: number | undefined },
): LossGradient {
  const n = policy.first.length;
  const both = (sides: { first: Float64Array; second: Float64Array }): Float64Array =>
    Float64Array.from([...sides.first, ...sides.second]);
  const [own, other] = [both(policy), both(reference)];
  const desirable = Uint8Array.from({ length: 2 * n }, (_, i) => (i < n ? 1 : 0));
  const { loss, gradient } = ktoLoss(
    { policy: own, reference: other, desirable },
    { ...options, reference: n < 2 ? 0 : ktoReferencePoint(own, other) },
  );
  return { loss, first: gradient.slice(0, n), second: gradient.slice(n) };
}

/** Settings of training on pairs. */
export interface PairTrainingSettings {
  loss: PairLoss;
  /** Full-batch gradient steps. */
  steps: number;
  /** How θ moves, such as adam(0.05). */
  optimiser: Optimiser;
}

/** What is known after each step. */
export interface PairTrainingRecord {
  step: number;
  /** Before the step. */
  loss: number;
  /** Share of pairs whose implicit reward agrees with the label, ties half. */
  accuracy: number;
  /** Mean log π/π_ref of the first responses: below 0, the chosen have become less likely. */
  chosen: number;
  gradientNorm: number;
}

/**
 * Training on given pairs, by DPO or another loss: off-line preference optimisation.
 *
 * (1) Log-probabilities of both responses under the reference, the policy as it starts; (2) each step: those under the policy, the loss,
 * and a step against its gradient Σ first ∇ log π(first) + second ∇ log π(second).
 *
 * @param policy moved in place
 * @param pairs roll-outs in groups of 2: first (chosen), then second (rejected)
 * @returns a record after each step
 * @throws UsageError for groups of another size
 * Source: Rafailov et al. (2023) for DPO; each loss names its own.
 * @example for (const { loss } of pairTraining(policy, pairs, { loss: pairLosses.dpo(), steps: 100, optimiser: adam(0.05) })) console.log(loss)
 */
export function* pairTraining(
  policy: TrainablePolicy,
  pairs: Rollouts,
  settings: PairTrainingSettings,
): Generator<PairTrainingRecord> {
  if (pairs.group !== 2) throw new UsageError(`pairs are groups of 2 roll-outs, not of ${pairs.group}`);
  const reference = sides(perRollout(pairs, policy.logprobs(pairs)));
  const starts = startsOf(pairs);
  const lengths = sides(Float64Array.from({ length: starts.length - 1 }, (_, i) => starts[i + 1]! - starts[i]!));
  for (let step = 0; step < settings.steps; step++) {
    const batch: PairBatch = { policy: sides(perRollout(pairs, policy.logprobs(pairs))), reference };
    const { loss, first, second } = settings.loss(batch, lengths);
    const slopes = Float64Array.from({ length: 2 * first.length }, (_, i) =>
      i % 2 === 0 ? first[i / 2]! : second[(i - 1) / 2]!,
    );
    const gradient = policy.scoreGradient(pairs, perAction(pairs, slopes));
    settings.optimiser.step(policy.theta, gradient);
    const chosen =
      batch.policy.first.reduce((sum, log, n) => sum + log - reference.first[n]!, 0) / batch.policy.first.length;
    yield { step, loss, accuracy: pairAccuracy(batch), chosen, gradientNorm: norm(gradient) };
  }
}

/** First and second of groups of two. */
function sides(x: Float64Array): { first: Float64Array; second: Float64Array } {
  const at = (offset: number): Float64Array =>
    Float64Array.from({ length: x.length / 2 }, (_, n) => x[2 * n + offset]!);
  return { first: at(0), second: at(1) };
}
