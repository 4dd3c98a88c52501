import { type Random, UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { negLogSigmoid } from "./pair-batch.ts";

/** Hidden states of n pairs of answers, token by token. */
export interface StatePairs {
  /** Numbers of a state. */
  width: number;
  /** States of each answer, the longest answer's; shorter ones are padded. */
  steps: number;
  /** n × steps × width each. */
  chosen: Float64Array;
  rejected: Float64Array;
  /** Tokens of each answer, default `steps`. */
  lengths?: { chosen: ArrayLike<number>; rejected: ArrayLike<number> } | undefined;
}

/** Options of `goalContrastive`. */
export interface GoalContrastiveOptions {
  /** Weight λ of the loss beside the reward's, default 0.5. */
  lambda?: number | undefined;
  similarity?: "cosine" | "dot" | undefined;
  /** Similarities are divided by it, default 1. */
  temperature?: number | undefined;
  /** Sources a pair, each with a goal and a negative of its own, default 1. */
  sources?: number | undefined;
  /** Where negatives come from: the same pair's rejected answer (default), or another pair's, which teaches to tell prompts apart. */
  negatives?: "same-prompt" | "batch" | undefined;
  /** Draws positions. */
  rng: Random;
  /** A control: a fair coin a source swaps its positive and its negative goal. */
  swapped?: boolean | undefined;
  /**
   * The released code's form: `sources` states against as many goals, all cross pairs (some goals are not later than their sources), with
   * the logarithm outside of the mean, −log mean σ(Q₊) − log(1 − mean σ(Q₋)).
   */
  parity?: boolean | undefined;
}

/** A loss and its derivative by every state. */
export interface StateGradient {
  loss: number;
  /** n × steps × width. */
  chosen: Float64Array;
  rejected: Float64Array;
  /** Pairs whose chosen answer has fewer than two tokens, or whose rejected one has none: they contribute nothing. */
  skipped: number;
}

/**
 * The goal-conditioned contrastive loss: a state of the chosen answer ought to point to that answer's later states, and away from those of
 * the rejected one.
 *
 *     λ · mean_n mean_sources −log σ(Q(h_s, h_g+)) − log σ(−Q(h_s, h_g−)),  Q the cosine over the temperature
 *
 * s is uniform over all tokens of the chosen answer but the last, g+ over the tokens after s, g− over all tokens of the rejected answer.
 * A cosine has 1e-6 added to its denominator, and is 0, with no slope, for a state of zeros.
 *
 * @throws UsageError for a λ below 0, a temperature or a number of sources not above 0, or "batch" negatives of a single pair
 * Source: Nath et al. (2024), "Learning Goal-Conditioned Representations for Language Reward Models"; `parity`: its openrlhf/models/loss.py.
 * @example goalContrastive({ width, steps, chosen, rejected }, { lambda: 0.5, rng })
 */
export function goalContrastive(batch: StatePairs, options: GoalContrastiveOptions): StateGradient {
  const { lambda = 0.5, similarity = "cosine", temperature = 1, sources = 1, negatives = "same-prompt", rng } = options;
  const { width, steps, chosen, rejected, lengths } = batch;
  const pairs = chosen.length / (steps * width);
  if (!(lambda >= 0)) throw new UsageError(`lambda must be at least 0, not ${lambda}`);
  if (!(temperature > 0)) throw new UsageError(`the temperature must be above 0, not ${temperature}`);
  if (!(Number.isInteger(sources) && sources >= 1))
    throw new UsageError(`sources must be a whole number of at least 1, not ${sources}`);
  if (negatives === "batch" && pairs < 2) throw new UsageError("negatives from the batch need two pairs");
  const out = { loss: 0, chosen: new Float64Array(chosen.length), rejected: new Float64Array(rejected.length) };
  const lengthOf = (side: "chosen" | "rejected", n: number): number => lengths?.[side][n] ?? steps;
  const chosenAt = (n: number, t: number): State => ({ of: chosen, to: out.chosen, at: (n * steps + t) * width });
  const rejectedAt = (n: number, t: number): State => ({ of: rejected, to: out.rejected, at: (n * steps + t) * width });
  const term = similarityOf(similarity, width, temperature);
  let skipped = 0;
  for (let n = 0; n < pairs; n++) {
    const own = lengthOf("chosen", n);
    const foreign = negatives === "batch" ? (n + 1 + rng.below(pairs - 1)) % pairs : n;
    const theirs = lengthOf("rejected", foreign);
    if (own < 2 || theirs < 1) {
      skipped++;
      continue;
    }
    if (options.parity === true) {
      const draw = (): State => chosenAt(n, rng.below(own));
      const [from, goals] = [Array.from({ length: sources }, draw), Array.from({ length: sources }, draw)];
      const away = Array.from({ length: sources }, () => rejectedAt(foreign, rng.below(theirs)));
      out.loss += released(from, goals, away, term, lambda / pairs);
      continue;
    }
    for (let k = 0; k < sources; k++) {
      const s = rng.below(own - 1);
      const later = chosenAt(n, s + 1 + rng.below(own - 1 - s));
      const bad = rejectedAt(foreign, rng.below(theirs));
      const turned = options.swapped === true && rng.uniform() < 0.5;
      const source = chosenAt(n, s);
      const weight = lambda / (pairs * sources);
      const up = term(source, turned ? bad : later);
      const down = term(source, turned ? later : bad);
      out.loss += weight * (negLogSigmoid(up.value) + negLogSigmoid(-down.value));
      up.back(-weight * sigmoid(-up.value));
      down.back(weight * sigmoid(down.value));
    }
  }
  return { ...out, skipped };
}

/** A state, and where its gradient goes. */
interface State {
  of: Float64Array;
  to: Float64Array;
  at: number;
}

interface Similarity {
  value: number;
  /** Adds slope · ∂Q/∂state to both states' gradients. */
  back(slope: number): void;
}

function similarityOf(kind: "cosine" | "dot", width: number, temperature: number) {
  return (a: State, b: State): Similarity => {
    let [dot, aa, bb] = [0, 0, 0];
    for (let i = 0; i < width; i++) {
      const [x, y] = [a.of[a.at + i]!, b.of[b.at + i]!];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    const [na, nb] = [Math.sqrt(aa), Math.sqrt(bb)];
    const zero = kind === "cosine" && (na === 0 || nb === 0);
    const below = kind === "cosine" ? na * nb + 1e-6 : 1;
    return {
      value: zero ? 0 : dot / below / temperature,
      back(slope) {
        if (zero) return;
        const by = slope / below / temperature;
        const pull = kind === "cosine" ? dot / below : 0;
        for (let i = 0; i < width; i++) {
          const [x, y] = [a.of[a.at + i]!, b.of[b.at + i]!];
          a.to[a.at + i]! += by * (y - pull * (x / na) * nb);
          b.to[b.at + i]! += by * (x - pull * (y / nb) * na);
        }
      },
    };
  };
}

function released(
  from: readonly State[],
  goals: readonly State[],
  away: readonly State[],
  term: (a: State, b: State) => Similarity,
  weight: number,
): number {
  const side = (others: readonly State[]) => {
    const terms = from.flatMap((source) => others.map((other) => term(source, other)));
    return { terms, mean: terms.reduce((sum, { value }) => sum + sigmoid(value), 0) / terms.length };
  };
  const [up, down] = [side(goals), side(away)];
  for (const { value, back } of up.terms)
    back(((-weight / up.mean) * sigmoid(value) * sigmoid(-value)) / up.terms.length);
  for (const { value, back } of down.terms)
    back(((weight / (1 - down.mean)) * sigmoid(value) * sigmoid(-value)) / down.terms.length);
  return weight * (-Math.log(up.mean) - Math.log(1 - down.mean));
}
