/** 1 / (1 + e^−x), without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** log Σ exp(x) over x[from .. from + n), without overflow. */
export function logSumExp(x: Float64Array, from = 0, n = x.length - from): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + n; i++) if (x[i]! > most) most = x[i]!;
  let sum = 0;
  for (let i = from; i < from + n; i++) sum += Math.exp(x[i]! - most);
  return most + Math.log(sum);
}
