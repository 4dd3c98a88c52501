/** A rule that turns gradients into steps, with the state that it keeps. */
export interface Optimiser {
  /** Moves `theta` in place against a gradient of the loss. */
  step(theta: Float64Array, gradient: Float64Array): void;
}

/** Plain gradient descent: θ ← θ − rate · g. */
export function sgd(rate: number): Optimiser {
  return {
    step(theta, gradient) {
      for (let d = 0; d < theta.length; d++) theta[d]! -= rate * gradient[d]!;
    },
  };
}

/**
 * Adam: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − rate · m̂ / (√v̂ + ε), hats corrected for the zero start.
 *
 * @param rate step size
 * @param options β₁ 0.9, β₂ 0.999, ε 1e-8 by default
 * Source: Kingma and Ba (2015), algorithm 1.
 */
export function adam(
  rate: number,
  options: { beta1?: number | undefined; beta2?: number | undefined; epsilon?: number | undefined } = {},
): Optimiser {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  let m = new Float64Array();
  let v = new Float64Array();
  let t = 0;
  return {
    step(theta, gradient) {
      if (t === 0) {
        m = new Float64Array(theta.length);
        v = new Float64Array(theta.length);
      }
      t++;
      const [first, second] = [1 - beta1 ** t, 1 - beta2 ** t];
      for (let d = 0; d < theta.length; d++) {
        m[d] = beta1 * m[d]! + (1 - beta1) * gradient[d]!;
        v[d] = beta2 * v[d]! + (1 - beta2) * gradient[d]! ** 2;
        theta[d]! -= (rate * (m[d]! / first)) / (Math.sqrt(v[d]! / second) + epsilon);
      }
    },
  };
}
