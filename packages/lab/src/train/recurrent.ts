import { random, type Seed, UsageError } from "laurel";

/**
 * A plain recurrent network over symbols with a scalar head: h_t = tanh(W h_{t−1} + E[x_t]), h_0 = 0, r_t = v·h_t. Its parameters are one
 * flat list, W (width × width, row-major), E (symbols × width) and v, so that any optimiser of this folder moves them.
 */
export interface Recurrent {
  symbols: number;
  width: number;
  /** How many parameters there are. */
  parameters: number;
  /** W ~ N(0, 1/width), E ~ N(0, 0.09), v ~ N(0, 0.01); the second number is a variance. */
  start(seed: Seed): Float64Array;
  /** The states of sequences of `steps` symbols: rows × steps × width. */
  states(theta: Float64Array, sequences: Int32Array, steps: number): Float64Array;
  /** v·h of states, n × width. */
  reward(theta: Float64Array, states: Float64Array): Float64Array;
  /**
   * Back-propagation through time: adds ∂loss/∂θ to `gradient`, given ∂loss/∂h, rows × steps × width (which is written over). The head's
   * own slope is added by `rewardBackward`.
   */
  backward(
    theta: Float64Array,
    sequences: Int32Array,
    steps: number,
    states: Float64Array,
    slopes: Float64Array,
    gradient: Float64Array,
  ): void;
  /** Adds the slope of v·h_t at one state to its ∂loss/∂h and to `gradient`. */
  rewardBackward(
    theta: Float64Array,
    states: Float64Array,
    at: number,
    slope: number,
    slopes: Float64Array,
    gradient: Float64Array,
  ): void;
}

/**
 * A recurrent network of `width` units over `symbols` symbols.
 *
 * @param width a multiple of 4, since four units are computed at a time
 * @throws UsageError for another width
 * @example const net = recurrent({ symbols: 300, width: 32 }); net.states(net.start(seed), sequences, 6);
 */
export function recurrent({ symbols, width }: { symbols: number; width: number }): Recurrent {
  if (!(Number.isInteger(width) && width > 0 && width % 4 === 0))
    throw new UsageError(`a recurrent network's width is a multiple of 4, not ${width}`);
  const table = width * width;
  const head = table + symbols * width;
  const parameters = head + width;
  return {
    symbols,
    width,
    parameters,
    start(seed) {
      const rng = random(seed);
      const theta = new Float64Array(parameters);
      for (let i = 0; i < parameters; i++)
        theta[i] = rng.normal() * (i < table ? 1 / Math.sqrt(width) : i < head ? 0.3 : 0.1);
      return theta;
    },
    states(theta, sequences, steps) {
      const out = new Float64Array(sequences.length * width);
      for (let at = 0; at < sequences.length; at++) {
        const first = at % steps === 0;
        const [own, before] = [at * width, (at - 1) * width];
        const entry = table + sequences[at]! * width;
        for (let o = 0; o < width; o += 4) {
          let [a, b, c, d] = [theta[entry + o]!, theta[entry + o + 1]!, theta[entry + o + 2]!, theta[entry + o + 3]!];
          if (!first) {
            const [w0, w1, w2, w3] = [o * width, (o + 1) * width, (o + 2) * width, (o + 3) * width];
            for (let i = 0; i < width; i++) {
              const x = out[before + i]!;
              a += theta[w0 + i]! * x;
              b += theta[w1 + i]! * x;
              c += theta[w2 + i]! * x;
              d += theta[w3 + i]! * x;
            }
          }
          out[own + o] = Math.tanh(a);
          out[own + o + 1] = Math.tanh(b);
          out[own + o + 2] = Math.tanh(c);
          out[own + o + 3] = Math.tanh(d);
        }
      }
      return out;
    },
    reward(theta, states) {
      const out = new Float64Array(states.length / width);
      for (let n = 0; n < out.length; n++)
        for (let i = 0; i < width; i++) out[n]! += theta[head + i]! * states[n * width + i]!;
      return out;
    },
    backward(theta, sequences, steps, states, slopes, gradient) {
      for (let at = sequences.length - 1; at >= 0; at--) {
        const own = at * width;
        const entry = table + sequences[at]! * width;
        for (let o = 0; o < width; o++) {
          const h = states[own + o]!;
          slopes[own + o]! *= 1 - h * h;
          gradient[entry + o]! += slopes[own + o]!;
        }
        if (at % steps === 0) continue;
        const before = own - width;
        for (let o = 0; o < width; o += 4) {
          const [a, b, c, d] = [slopes[own + o]!, slopes[own + o + 1]!, slopes[own + o + 2]!, slopes[own + o + 3]!];
          if (a === 0 && b === 0 && c === 0 && d === 0) continue;
          const w = o * width;
          for (let i = 0; i < width; i++)
            slopes[before + i]! +=
              a * theta[w + i]! +
              b * theta[w + width + i]! +
              c * theta[w + 2 * width + i]! +
              d * theta[w + 3 * width + i]!;
        }
      }
      outerSums(sequences.length, steps, width, states, slopes, gradient);
    },
    rewardBackward(theta, states, at, slope, slopes, gradient) {
      for (let i = 0; i < width; i++) {
        slopes[at * width + i]! += slope * theta[head + i]!;
        gradient[head + i]! += slope * states[at * width + i]!;
      }
    },
  };
}

/** Adds Σ δ_t h_{t−1}ᵀ over all states but the first of each sequence to the first width² numbers of `gradient`, four states at a time. */
function outerSums(
  n: number,
  steps: number,
  width: number,
  states: Float64Array,
  slopes: Float64Array,
  gradient: Float64Array,
): void {
  for (let from = 0; from < n; from += steps)
    for (let t = 1; t < steps; t += 4) {
      const some = Math.min(4, steps - t);
      const own = (from + t) * width;
      // places past the end read the first state with a slope of 0
      const [p1, p2, p3] = [1, 2, 3].map((k) => (k < some ? own + k * width : own)) as [number, number, number];
      const before = own - width;
      const [b1, b2, b3] = [p1 - width, p2 - width, p3 - width];
      for (let o = 0; o < width; o++) {
        const a = slopes[own + o]!;
        const b = some > 1 ? slopes[p1 + o]! : 0;
        const c = some > 2 ? slopes[p2 + o]! : 0;
        const d = some > 3 ? slopes[p3 + o]! : 0;
        if (a === 0 && b === 0 && c === 0 && d === 0) continue;
        const w = o * width;
        for (let i = 0; i < width; i++)
          gradient[w + i]! += a * states[before + i]! + b * states[b1 + i]! + c * states[b2 + i]! + d * states[b3 + i]!;
      }
    }
}
