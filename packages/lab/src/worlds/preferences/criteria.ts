import type { Random } from "laurel";

/** Dirichlet(alpha, …, alpha) of n entries, alpha a whole number: Gamma(alpha) as a sum of exponentials, normalised. */
export function dirichlet(rng: Random, n: number, alpha: number): Float64Array {
  const draws = Float64Array.from({ length: n }, () => {
    let sum = 0;
    for (let a = 0; a < alpha; a++) sum += rng.exponential();
    return sum;
  });
  const total = draws.reduce((sum, x) => sum + x, 0);
  return draws.map((x) => x / total);
}

/**
 * What a query asks for: weights on `nonzero` of `criteria`, Dirichlet(alpha, …), the others 0.
 *
 * @param signs "positive", or "random" for an independent fair sign each
 */
export function sparseWeights(
  rng: Random,
  criteria: number,
  nonzero: number,
  alpha: number,
  signs: "positive" | "random" = "positive",
): Float64Array {
  const weights = new Float64Array(criteria);
  const chosen = rng.shuffled(Array.from({ length: criteria }, (_, c) => c)).slice(0, nonzero);
  const values = dirichlet(rng, nonzero, alpha);
  for (const [i, c] of chosen.entries())
    weights[c] = signs === "random" && rng.uniform() < 0.5 ? -values[i]! : values[i]!;
  return weights;
}

/** n numbers uniform on [0, 1). */
export function uniforms(rng: Random, n: number): Float64Array {
  return Float64Array.from({ length: n }, () => rng.uniform());
}
