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

/** Constants of Adam: β₁ 0.9, β₂ 0.999, ε 1e-8 by default. */
export interface AdamOptions {
  beta1?: number | undefined;
  beta2?: number | undefined;
  epsilon?: number | undefined;
}

/** AdamW's memory, which a checkpoint keeps. */
export interface AdamState {
  /** Steps that were made. */
  t: number;
  /** Running means of the gradient and of its square, as long as θ. */
  m: Float64Array;
  v: Float64Array;
}

/** AdamW's memory before the first step. */
export function adamState(parameters: number): AdamState {
  return { t: 0, m: new Float64Array(parameters), v: new Float64Array(parameters) };
}

/**
 * One step of AdamW, in place: θ ← θ − rate · decay · θ, then m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
 * θ ← θ − rate · m̂ / (√v̂ + ε), hats corrected for the zero start.
 *
 * The decay is decoupled from the gradient, so that it is not divided by √v̂.
 *
 * @param state moved on by one step
 * @param rate of this step, after its schedule
 * @param decay λ >= 0; 0 is Adam
 * Source: Loshchilov and Hutter (2019), algorithm 2, with the rate inside the decay as PyTorch's `AdamW` has it.
 */
export function adamwStep(
  theta: Float64Array,
  gradient: Float64Array,
  state: AdamState,
  rate: number,
  decay: number,
  options: AdamOptions = {},
): void {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const { m, v } = state;
  const t = ++state.t;
  const [first, second] = [1 - beta1 ** t, 1 - beta2 ** t];
  const keep = 1 - rate * decay;
  for (let d = 0; d < theta.length; d++) {
    m[d] = beta1 * m[d]! + (1 - beta1) * gradient[d]!;
    v[d] = beta2 * v[d]! + (1 - beta2) * gradient[d]! ** 2;
    theta[d] = keep * theta[d]! - (rate * (m[d]! / first)) / (Math.sqrt(v[d]! / second) + epsilon);
  }
}

/**
 * Adam: `adamwStep` without decay and with a fixed rate.
 *
 * @param rate step size
 * Source: Kingma and Ba (2015), algorithm 1.
 */
export function adam(rate: number, options: AdamOptions = {}): Optimiser {
  let state: AdamState | undefined;
  return {
    step(theta, gradient) {
      state ??= adamState(theta.length);
      adamwStep(theta, gradient, state, rate, 0, options);
    },
  };
}
