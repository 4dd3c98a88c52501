import { UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { type LossGradient, negLogSigmoid } from "./pair-batch.ts";

/** A pair's outcome: 1 where the first is preferred, 0 where the second is, ½ for a tie. */
export type Outcomes = ArrayLike<number>;

/** A loss of the scores of pairs with ties as a third outcome; `tie` is its derivative by the tie parameter. */
export type TieLoss = (
  first: Float64Array,
  second: Float64Array,
  outcomes: Outcomes,
  tie: number,
  weights?: Float64Array,
) => LossGradient & { tie: number };

/**
 * Rao and Kupper's loss: a tie where the gap is below a threshold. With Δ = r_first − r_second and θ = 1 + e^t,
 *
 *     P(first) = σ(Δ − log θ), P(second) = σ(−Δ − log θ), P(tie) = (θ² − 1) P(first) P(second)
 *
 * @param tie t, any number; θ = 1 (no ties) is its limit at −∞. It is learned along: descend `tie` of what is returned.
 * @returns the mean of −log P, its derivatives by the scores and by t
 * @throws UsageError for lists of unequal length or an outcome other than 0, ½ and 1
 * Source: Rao and Kupper, JASA 62 (1967); `bradleyTerryTies` of laurel/stats fits tables by the same likelihood.
 * @example raoKupper(Float64Array.of(1), Float64Array.of(0), [0.5], 0) // a tie at θ = 2
 */
export const raoKupper: TieLoss = (first, second, outcomes, tie, weights) => {
  const threshold = negLogSigmoid(-tie); // log θ
  const bySlope = sigmoid(tie); // d log θ / dt
  return overPairs(first, second, outcomes, weights, (gap, outcome) => {
    const [up, down] = [gap - threshold, -gap - threshold];
    const won = outcome > 0 ? { loss: negLogSigmoid(up), slope: -sigmoid(-up) } : none;
    const lost = outcome < 1 ? { loss: negLogSigmoid(down), slope: -sigmoid(-down) } : none;
    const tied = outcome === 0.5;
    // log(θ² − 1) = log(θ − 1) + log(θ + 1) = t + log(2 + e^t)
    const loss = won.loss + lost.loss - (tied ? tie + logTwoPlusExp(tie) : 0);
    const byTie = -bySlope * (won.slope + lost.slope) - (tied ? 1 + sigmoid(tie - Math.LN2) : 0);
    return { loss, slope: won.slope - lost.slope, tie: byTie };
  });
};

/**
 * Davidson's loss: the chance of a tie grows with how near the two are. With Δ = r_first − r_second and ν = e^t,
 *
 *     P(first) : P(second) : P(tie) = e^(Δ/2) : e^(−Δ/2) : ν
 *
 * @param tie t = log ν, any number; ν = 0 (no ties) is its limit at −∞. It is learned along: descend `tie` of what is returned.
 * @returns the mean of −log P, its derivatives by the scores and by t
 * @throws UsageError for lists of unequal length or an outcome other than 0, ½ and 1
 * Source: Davidson, JASA 65 (1970); `bradleyTerryTies` of laurel/stats fits tables by the same likelihood.
 * @example davidson(Float64Array.of(0), Float64Array.of(0), [0.5], 0).loss // log 3
 */
export const davidson: TieLoss = (first, second, outcomes, tie, weights) =>
  overPairs(first, second, outcomes, weights, (gap, outcome) => {
    const top = Math.max(Math.abs(gap) / 2, tie);
    const [a, b, c] = [Math.exp(gap / 2 - top), Math.exp(-gap / 2 - top), Math.exp(tie - top)];
    const total = a + b + c;
    const tied = outcome === 0.5;
    const own = tied ? tie : (outcome - 0.5) * gap;
    return {
      loss: top + Math.log(total) - own,
      slope: (a - b) / total / 2 - (tied ? 0 : outcome - 0.5),
      tie: c / total - (tied ? 1 : 0),
    };
  });

const none = { loss: 0, slope: 0 };

/** log(2 + e^t). */
function logTwoPlusExp(t: number): number {
  return Math.LN2 + negLogSigmoid(Math.LN2 - t);
}

function overPairs(
  first: Float64Array,
  second: Float64Array,
  outcomes: Outcomes,
  weights: Float64Array | undefined,
  one: (gap: number, outcome: number) => { loss: number; slope: number; tie: number },
): LossGradient & { tie: number } {
  const n = first.length;
  if (second.length !== n || outcomes.length !== n)
    throw new UsageError(`${n} first scores, ${second.length} second scores and ${outcomes.length} outcomes`);
  const out = { loss: 0, first: new Float64Array(n), second: new Float64Array(n), tie: 0 };
  for (let i = 0; i < n; i++) {
    const outcome = outcomes[i]!;
    if (outcome !== 0 && outcome !== 0.5 && outcome !== 1)
      throw new UsageError(`the outcome of pair ${i} must be 0, 0.5 or 1, not ${outcome}`);
    const weight = (weights?.[i] ?? 1) / n;
    const part = one(first[i]! - second[i]!, outcome);
    out.loss += weight * part.loss;
    out.first[i] = weight * part.slope;
    out.second[i] = -weight * part.slope;
    out.tie += weight * part.tie;
  }
  return out;
}
