import { answerText, type Candidate, type Scored, type TokenLogprobs } from "../../core/index.ts";
import { spanSums } from "./kernel.ts";

/** How a log-ratio becomes a score. */
export interface RatioOptions {
  reduce: "sum" | "mean";
  /** What it is multiplied with. */
  beta: number;
  /** Which local values go with it. */
  local: "token" | "step" | "none";
}

/**
 * β · Σ_t [log p_a(y_t) − log p_b(y_t)], or that over a's number of tokens.
 *
 * Sums are comparable across tokenizers, since both are of the same text; so the mean divides by one common count.
 * Local values are of each step, or of each token where both have the same tokens; they add up to the sum.
 */
export function logRatio(a: TokenLogprobs, b: TokenLogprobs, candidate: Candidate, options: RatioOptions): Scored {
  const { reduce, beta, local } = options;
  const total = beta * (a.sum - b.sum);
  const value = reduce === "sum" ? total : total / a.logprobs.length;
  if (local === "token" && a.tokens.every((token, t) => token === b.tokens[t]) && a.tokens.length === b.tokens.length)
    return {
      value,
      local: [{ unit: "token", values: Array.from(a.logprobs, (one, t) => beta * (one - b.logprobs[t]!)) }],
    };
  const { steps } = candidate;
  if (local === "none" || steps === undefined || steps.length === 0) return { value };
  const text = answerText(candidate);
  const [sumsA, sumsB] = [spanSums(a, text, steps), spanSums(b, text, steps)];
  if (sumsA === undefined || sumsB === undefined) return { value };
  return { value, local: [{ unit: "step", values: sumsA.map((sum, i) => beta * (sum - sumsB[i]!)) }] };
}
