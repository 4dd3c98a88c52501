import { UsageError } from "../../core/index.ts";
import type { PairStrength } from "./strength.ts";

/** Options of `denoise`; without any, pairs stay as they are. */
export interface DenoiseOptions {
  /** Turn the weakest share of pairs round. */
  flip?: { bottom: number } | undefined;
  /** Leave the weakest share of pairs out. */
  drop?: { bottom: number } | undefined;
  /** Soft labels: "strength" is p = σ(μ), a number one p for all (0.9: label smoothing of 0.1). */
  soft?: "strength" | number | undefined;
  /** Margins: "strength" is μ within ± `marginCap`, a number one margin for all. */
  margin?: "strength" | number | undefined;
  /** Default 3. */
  marginCap?: number | undefined;
}

/** A pair as it should be trained on: `target` and `margin` are what `bradleyTerry` takes, of the direction after flipping. */
export interface DenoisedPair<P> {
  pair: P;
  /** Chosen and rejected are to change places. */
  flipped: boolean;
  target: number;
  margin: number;
}

/**
 * What preference strengths say about training: which pairs to turn round, to leave out, to soften, or to ask a margin of.
 *
 * Flipped pairs count with −μ, and their margin is |μ|. Pairs without a strength are never flipped, dropped, softened by strength or given
 * a margin by strength.
 *
 * @returns the pairs that are left, in order
 * @throws UsageError for a share outside [0, 1), both flip and drop, or a soft label outside [0, 1]
 * @source Secrets of RLHF in Large Language Models II (2024): label flipping, soft labels, adaptive margin; the share of 10 % is recalled
 * @example denoise(strengths, { flip: { bottom: 0.1 }, soft: "strength" })
 */
export function denoise<P>(rows: readonly PairStrength<P>[], options: DenoiseOptions): DenoisedPair<P>[] {
  const { flip, drop, soft, margin, marginCap = 3 } = options;
  if (flip !== undefined && drop !== undefined) throw new UsageError("denoise: give flip or drop, not both");
  const bottom = flip?.bottom ?? drop?.bottom ?? 0;
  if (!(bottom >= 0 && bottom < 1)) throw new UsageError(`denoise: bottom must lie in [0, 1), not ${bottom}`);
  if (typeof soft === "number" && !(soft >= 0 && soft <= 1))
    throw new UsageError(`denoise: soft must lie in [0, 1], not ${soft}`);
  if (!(marginCap >= 0)) throw new UsageError(`denoise: marginCap must be at least 0, not ${marginCap}`);
  const order = rows
    .map((_, n) => n)
    .filter((n) => rows[n]!.mean !== undefined)
    .sort((a, b) => rows[a]!.mean! - rows[b]!.mean! || a - b);
  const weakest = new Set(order.slice(0, Math.round(bottom * order.length)));
  return rows.flatMap(({ pair, mean }, n) => {
    if (drop !== undefined && weakest.has(n)) return [];
    const flipped = flip !== undefined && weakest.has(n);
    const mu = mean === undefined ? undefined : flipped ? -mean : mean;
    return [{ pair, flipped, target: targetOf(mu, soft), margin: marginOf(mu, flipped, margin, marginCap) }];
  });
}

function targetOf(mu: number | undefined, soft: DenoiseOptions["soft"]): number {
  if (typeof soft === "number") return soft;
  return soft === undefined || mu === undefined ? 1 : 1 / (1 + Math.exp(-mu));
}

function marginOf(mu: number | undefined, flipped: boolean, margin: DenoiseOptions["margin"], cap: number): number {
  if (typeof margin === "number") return margin;
  if (margin === undefined || mu === undefined) return 0;
  return Math.max(-cap, Math.min(cap, flipped ? Math.abs(mu) : mu));
}
