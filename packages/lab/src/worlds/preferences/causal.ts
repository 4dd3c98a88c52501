import { type Random, random, type Seed, split } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { fitPairs } from "../../train/pair-logistic.ts";
import { drawResponses, normals, type Responses, type Taste } from "./world.ts";

/** How an oracle rewrites answers, and how ties are made of pairs. */
export type RewriteDials = {
  /** How far the one causal attribute moves. */
  shift: number;
  /** Sd of what the other causal attributes move by mistake, and of what each spurious one moves. */
  imprecision: number;
  drift: number;
  /** Sd of what is left of the causal difference under an unrelated prompt. */
  neutral: number;
};

/** Pairs as differences, chosen less rejected, n × dim: causal features first, then the spurious ones. */
export interface CausalPairs {
  dim: number;
  original: Float64Array;
  /** The good answer before its copy that is worse in one attribute. */
  degraded: Float64Array;
  /** The bad answer's copy that is better in one attribute before the bad answer. */
  upgraded: Float64Array;
  /** The pair under an unrelated prompt, where the label is a tie. */
  neutral: Float64Array;
  /** The pairs three times more with other style: as many rows as there are of the three kinds above, without new knowledge. */
  copied: Float64Array;
}

/** Causal and spurious features of responses side by side, items × (dim + spurious dim): all that a reward model sees. */
export function withSpurious({ features, spurious, dim, style }: Responses): { features: Float64Array; dim: number } {
  const n = style.length;
  const beside = spurious.length / n;
  const wide = dim + beside;
  const out = new Float64Array(n * wide);
  for (let i = 0; i < n; i++) {
    out.set(features.subarray(i * dim, (i + 1) * dim), i * wide);
    out.set(spurious.subarray(i * beside, (i + 1) * beside), i * wide + dim);
  }
  return { features: out, dim: wide };
}

/**
 * Preference pairs of a world with spurious features, with the causal and the neutral pairs that Crome makes of each.
 *
 * The oracle knows the causal attributes and nothing of the spurious direction: one attribute, drawn for each rewrite, moves by ∓shift,
 * the others by N(0, imprecision²), all spurious features by N(0, drift²). Labels of the original pairs are drawn from σ(gold gap).
 */
export function drawCausalPairs(taste: Taste, pairs: number, dials: RewriteDials, seed: Seed): CausalPairs {
  const drawn = drawResponses(taste, { prompts: pairs, candidates: 2 }, split(seed, "answers"));
  const { features, dim } = withSpurious(drawn);
  const gold = drawn.gold[0]!;
  const labels = random(split(seed, "labels"));
  const rewrites = random(split(seed, "rewrites"));
  const ties = random(split(seed, "ties"));
  const copies = random(split(seed, "copies"));
  const made = (rows: number): Float64Array => new Float64Array(rows * pairs * dim);
  const out = { dim, original: made(1), degraded: made(1), upgraded: made(1), neutral: made(1), copied: made(3) };
  const causal = drawn.dim;
  for (let n = 0; n < pairs; n++) {
    const firstWins = labels.uniform() < sigmoid(gold[2 * n]! - gold[2 * n + 1]!);
    const [chosen, rejected] = firstWins ? [2 * n, 2 * n + 1] : [2 * n + 1, 2 * n];
    for (let d = 0; d < dim; d++) {
      const difference = features[chosen * dim + d]! - features[rejected * dim + d]!;
      out.original[n * dim + d] = difference;
      out.neutral[n * dim + d] = d < causal ? dials.neutral * ties.normal() : difference;
      for (let k = 0; k < 3; k++)
        out.copied[(k * pairs + n) * dim + d] =
          difference + (d < causal ? 0 : dials.drift * (copies.normal() - copies.normal()));
    }
    // a rewrite's difference from its original does not depend on which answer it was made of
    out.degraded.set(rewriting(rewrites, causal, dim, dials), n * dim);
    out.upgraded.set(rewriting(rewrites, causal, dim, dials), n * dim);
  }
  return out;
}

/** The better version less the worse one. */
function rewriting(rng: Random, causal: number, dim: number, dials: RewriteDials): Float64Array {
  const moved = rng.below(causal);
  return normals(rng, dim).map((x, d) =>
    d === moved ? dials.shift : (d < causal ? dials.imprecision : dials.drift) * x,
  );
}

/**
 * A linear Bradley-Terry reward of strict pairs and of ties, by Newton's method.
 *
 *     −Σ_strict log σ(w·x) − ½ Σ_ties [log σ(w·x) + log σ(−w·x)] + (l2/2) ‖w‖²
 *
 * A tie is a pair whose target is ½: `fitPairs` with soft labels.
 *
 * @param strict rows of differences, better less worse
 * @param ties rows of differences, whichever way round
 * @returns dim weights
 */
export function fitWithTies(
  strict: readonly Float64Array[],
  ties: readonly Float64Array[],
  dim: number,
  options: { l2: number },
): Float64Array {
  const blocks = [...strict, ...ties];
  const rows = new Float64Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    rows.set(block, at);
    at += block.length;
  }
  const certain = strict.reduce((sum, block) => sum + block.length, 0) / dim;
  const target = Float64Array.from({ length: rows.length / dim }, (_, n) => (n < certain ? 1 : 0.5));
  return fitPairs(rows, dim, { l2: options.l2, labels: { target } });
}
