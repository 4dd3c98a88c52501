import { random, type Seed, split } from "laurel";
import { fitPairs } from "../../train/pair-logistic.ts";
import { preferProbability } from "./raters.ts";
import { drawResponses, type Responses, type Taste } from "./world.ts";

/** φ and style of a response side by side: what a linear reward model sees, items × (dim + 1). */
export function withStyle({ features, style, dim }: Responses): Float64Array {
  const out = new Float64Array(style.length * (dim + 1));
  for (let i = 0; i < style.length; i++) {
    out.set(features.subarray(i * dim, (i + 1) * dim), i * (dim + 1));
    out[i * (dim + 1) + dim] = style[i]!;
  }
  return out;
}

/**
 * A linear Bradley-Terry reward model of (φ, style) for one property, trained on pairs without exploits.
 *
 * @param o `pairs` with labels P(first) = σ(slope · gap); `l2` of the fit
 * @returns dim + 1 weights; the last is the style's
 */
export function trainRewardModel(
  taste: Taste,
  property: number,
  o: { pairs: number; slope: number; l2: number },
  seed: Seed,
): Float64Array {
  const responses = drawResponses(taste, { prompts: o.pairs, candidates: 2, exploits: false }, split(seed, "pairs"));
  const seen = withStyle(responses);
  const dim = taste.dials.dim + 1;
  const gold = responses.gold[property]!;
  const rng = random(split(seed, "labels"));
  const differences = new Float64Array(o.pairs * dim);
  for (let pair = 0; pair < o.pairs; pair++) {
    const [first, second] = [2 * pair, 2 * pair + 1];
    const sign = rng.uniform() < preferProbability(gold[first]! - gold[second]!, { slope: o.slope }) ? 1 : -1;
    for (let d = 0; d < dim; d++)
      differences[pair * dim + d] = sign * (seen[first * dim + d]! - seen[second * dim + d]!);
  }
  return fitPairs(differences, dim, { l2: o.l2 });
}

/** The reward model's rewards of responses. */
export function proxyRewards(weights: Float64Array, responses: Responses): Float64Array {
  const { features, style, dim } = responses;
  return style.map((h, i) => {
    let sum = weights[dim]! * h;
    for (let d = 0; d < dim; d++) sum += weights[d]! * features[i * dim + d]!;
    return sum;
  });
}

/** Raises the proxy of exploits by Exp(1) · scale: heavy-tailed errors that preference data never showed. */
export function raiseExploits(proxy: Float64Array, responses: Responses, scale: number, seed: Seed): Float64Array {
  const rng = random(split(seed, "raise"));
  return proxy.map((value, i) => (responses.exploit[i] === 1 ? value + rng.exponential() * scale : value));
}
