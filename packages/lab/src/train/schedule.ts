/** How the rate falls after its warm-up. */
export type Schedule = "constant" | "cosine" | "linear";

/**
 * The share of the full rate at a step: (t + 1)/w during the w steps of warm-up, then 1, ½ (1 + cos πu) or 1 − u,
 * u = (t − w)/(T − w) the share of the steps after it.
 *
 * @param step t, from 0
 * @param steps T, all steps
 * @param warmup w, steps; 0 for none
 * @returns in (0, 1] during the warm-up; cosine and linear end near 0
 * @example rateShare("cosine", 50, 100, 0) // 0.5
 */
export function rateShare(schedule: Schedule, step: number, steps: number, warmup: number): number {
  if (step < warmup) return (step + 1) / warmup;
  const u = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  if (schedule === "cosine") return (1 + Math.cos(Math.PI * u)) / 2;
  return schedule === "linear" ? 1 - u : 1;
}

/**
 * Scales a gradient, in place, so that its norm is at most `most`: g ← g · min(1, most / ‖g‖).
 *
 * @param most above 0; Infinity clips nothing
 * @returns the norm before
 * Source: Pascanu, Mikolov and Bengio (2013); PyTorch's `clip_grad_norm_` adds 1e-6 to the norm, which is kept here.
 */
export function clipNorm(gradient: Float64Array, most: number): number {
  let squares = 0;
  for (const g of gradient) squares += g * g;
  const norm = Math.sqrt(squares);
  const by = most / (norm + 1e-6);
  if (by < 1) for (let d = 0; d < gradient.length; d++) gradient[d]! *= by;
  return norm;
}
