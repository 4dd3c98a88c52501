import { zermelo } from "laurel/stats";

/** What votes say about a group. */
export interface EmpiricalPreference {
  /** n log-strengths with mean 0. */
  logStrength: Float64Array;
  best: number;
  worst: number;
  /** log s_best − log s_worst: the logit of the empirical preference. */
  logit: number;
}

/**
 * Zermelo strengths of a group's votes, and the logit of best against worst.
 *
 * @param wins n × n: wins[i · n + j] votes for i over j
 * @param options `prior` wins for both sides of every pair that was played, default 0.5, so that undefeated items stay finite
 * @returns with n = 2: logit of (w₁₂ + prior) / (n₁₂ + 2 · prior), in the winner's favour; equal strengths give best = worst
 * @throws DisconnectedComparisonsError where votes do not connect the group
 * Source: iREPO; Zermelo (1929).
 * @example empiricalPreference(Float64Array.of(0, 6, 2, 0), 2).logit // ln(6.5 / 2.5)
 */
export function empiricalPreference(
  wins: Float64Array,
  n: number,
  options: { prior?: number | undefined } = {},
): EmpiricalPreference {
  const { logStrengths } = zermelo(wins, n, { prior: options.prior ?? 0.5 });
  let best = 0;
  let worst = 0;
  for (let i = 1; i < n; i++) {
    if (logStrengths[i]! > logStrengths[best]!) best = i;
    if (logStrengths[i]! < logStrengths[worst]!) worst = i;
  }
  return { logStrength: logStrengths, best, worst, logit: logStrengths[best]! - logStrengths[worst]! };
}
