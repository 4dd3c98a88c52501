import { random, type Seed, split } from "laurel";
import type { Weights } from "laurel/io";
import { normals } from "../worlds/preferences/index.ts";

/** Sizes of a residual network with a frozen head a task. Widths, inputs and batches are multiples of 4. */
export type ResidualShape = { inputs: number; width: number; blocks: number; tasks: number; classes: number };

/** Activations of a forward pass, for the backward pass. */
interface Tape {
  x: Float64Array;
  /** Before each block, and after the last one. */
  states: Float64Array[];
  /** After each block's ReLU. */
  inner: Float64Array[];
  /** The root mean square of the last state, one an input. */
  sizes: Float64Array;
}

/**
 * h₀ = xS; h_ℓ₊₁ = h_ℓ + ReLU(h_ℓ W_ℓ + b_ℓ) V_ℓ; y = h/√(mean h² + 10⁻⁶); logits of task t: y H_tᵀ, H_t frozen.
 *
 * Parameters are one flat list: S, then W, b and V of each block.
 */
export interface ResidualNetwork {
  shape: ResidualShape;
  parameters: number;
  start(seed: Seed): Float64Array;
  /** y, n × width. */
  represent(theta: Float64Array, x: Float64Array): Float64Array;
  /** Logits of one task, n × classes. */
  logits(y: Float64Array, task: number): Float64Array;
  /** The gradient of the mean cross-entropy; each input has a task and a label. */
  gradient(theta: Float64Array, x: Float64Array, task: Uint8Array, label: Uint8Array): Float64Array;
  /** The parameters as named tensors, whose blocks are `blocks.ℓ`, and back. */
  toWeights(theta: Float64Array): Weights;
  fromWeights(weights: Weights): Float64Array;
}

/** A network whose frozen heads are drawn from a seed. */
export function residualNetwork(shape: ResidualShape, headSeed: Seed): ResidualNetwork {
  const { inputs, width, blocks, tasks, classes } = shape;
  const square = width * width;
  const perBlock = 2 * square + width;
  const parameters = inputs * width + blocks * perBlock;
  const at = (l: number): number => inputs * width + l * perBlock;
  const heads = Array.from({ length: tasks }, (_, t) =>
    normals(random(split(headSeed, t)), classes * width).map((x) => x / Math.sqrt(width)),
  );
  const part = (theta: Float64Array, from: number, size: number): Float64Array => theta.subarray(from, from + size);

  const forward = (theta: Float64Array, x: Float64Array): { y: Float64Array; tape: Tape } => {
    const n = x.length / inputs;
    let h = new Float64Array(n * width);
    product(x, part(theta, 0, inputs * width), h, n, inputs, width);
    const tape: Tape = { x, states: [h], inner: [], sizes: new Float64Array(n) };
    for (let l = 0; l < blocks; l++) {
      const a = new Float64Array(n * width);
      product(h, part(theta, at(l), square), a, n, width, width);
      const bias = at(l) + square;
      for (let i = 0; i < a.length; i++) {
        const value = a[i]! + theta[bias + (i % width)]!;
        a[i] = Math.max(value, 0);
      }
      const next = Float64Array.from(h);
      product(a, part(theta, at(l) + square + width, square), next, n, width, width);
      tape.inner.push(a);
      tape.states.push(next);
      h = next;
    }
    const y = new Float64Array(n * width);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += h[i * width + d]! ** 2;
      const size = Math.sqrt(sum / width + 1e-6);
      tape.sizes[i] = size;
      for (let d = 0; d < width; d++) y[i * width + d] = h[i * width + d]! / size;
    }
    return { y, tape };
  };

  const scores = (y: Float64Array, i: number, head: Float64Array, out: Float64Array): void => {
    for (let c = 0; c < classes; c++) {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += head[c * width + d]! * y[i * width + d]!;
      out[c] = sum;
    }
  };

  const names = [
    "stem",
    ...Array.from({ length: blocks }, (_, l) => ["w", "b", "v"].map((p) => `blocks.${l}.${p}`)).flat(),
  ];
  const placeOf = (name: string): { from: number; shape: readonly number[] } => {
    if (name === "stem") return { from: 0, shape: [inputs, width] };
    const [, l, p] = name.split(".") as [string, string, string];
    const from = at(Number(l));
    if (p === "w") return { from, shape: [width, width] };
    return p === "b" ? { from: from + square, shape: [width] } : { from: from + square + width, shape: [width, width] };
  };
  const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

  return {
    shape,
    parameters,
    start(seed) {
      const theta = new Float64Array(parameters);
      const fill = (name: string, from: number, size: number, variance: number): void =>
        theta.set(
          normals(random(split(seed, name)), size).map((x) => Math.sqrt(variance) * x),
          from,
        );
      fill("stem", 0, inputs * width, 1 / inputs);
      for (let l = 0; l < blocks; l++) {
        fill(`w ${l}`, at(l), square, 1 / width);
        fill(`v ${l}`, at(l) + square + width, square, 0.25 / width);
      }
      return theta;
    },
    represent: (theta, x) => forward(theta, x).y,
    logits(y, task) {
      const n = y.length / width;
      const out = new Float64Array(n * classes);
      for (let i = 0; i < n; i++) scores(y, i, heads[task]!, out.subarray(i * classes, (i + 1) * classes));
      return out;
    },
    gradient(theta, x, task, label) {
      const { y, tape } = forward(theta, x);
      const n = task.length;
      const gradient = new Float64Array(parameters);
      let delta = new Float64Array(n * width);
      const p = new Float64Array(classes);
      const slope = new Float64Array(width);
      for (let i = 0; i < n; i++) {
        const head = heads[task[i]!]!;
        scores(y, i, head, p);
        softmaxInPlace(p);
        p[label[i]!]! -= 1;
        slope.fill(0);
        for (let c = 0; c < classes; c++)
          for (let d = 0; d < width; d++) slope[d]! += (p[c]! * head[c * width + d]!) / n;
        // through y = h / size: (slope - y <slope, y> / width) / size
        let along = 0;
        for (let d = 0; d < width; d++) along += slope[d]! * y[i * width + d]!;
        for (let d = 0; d < width; d++)
          delta[i * width + d] = (slope[d]! - (y[i * width + d]! * along) / width) / tape.sizes[i]!;
      }
      for (let l = blocks - 1; l >= 0; l--) {
        const [h, a] = [tape.states[l]!, tape.inner[l]!];
        const [w, v] = [part(theta, at(l), square), part(theta, at(l) + square + width, square)];
        product(transposed(a, n, width), delta, part(gradient, at(l) + square + width, square), width, n, width);
        const down = new Float64Array(n * width);
        product(delta, transposed(v, width, width), down, n, width, width);
        const bias = at(l) + square;
        for (let i = 0; i < down.length; i++) {
          if (a[i] === 0) down[i] = 0;
          else gradient[bias + (i % width)]! += down[i]!;
        }
        product(transposed(h, n, width), down, part(gradient, at(l), square), width, n, width);
        const before = Float64Array.from(delta);
        product(down, transposed(w, width, width), before, n, width, width);
        delta = before;
      }
      product(transposed(tape.x, n, inputs), delta, part(gradient, 0, inputs * width), inputs, n, width);
      return gradient;
    },
    toWeights: (theta) =>
      new Map(
        names.map((name) => {
          const { from, shape: dims } = placeOf(name);
          return [name, { shape: dims, values: Float32Array.from(part(theta, from, sizeOf(dims))) }];
        }),
      ),
    fromWeights(weights) {
      const theta = new Float64Array(parameters);
      for (const name of names) theta.set(weights.get(name)!.values, placeOf(name).from);
      return theta;
    },
  };
}

/** Softmax of a list, in place. */
export function softmaxInPlace(z: Float64Array): void {
  const most = z.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let c = 0; c < z.length; c++) sum += z[c] = Math.exp(z[c]! - most);
  for (let c = 0; c < z.length; c++) z[c]! /= sum;
}

function transposed(a: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = a[r * columns + c]!;
  return out;
}

/** out += a b, a n × k, b k × m, in tiles of 4 × 4 whose sums stay in registers; n and m are multiples of 4. */
function product(a: Float64Array, b: Float64Array, out: Float64Array, n: number, k: number, m: number): void {
  for (let r = 0; r < n; r += 4) {
    const [a0, a1, a2, a3] = [r * k, (r + 1) * k, (r + 2) * k, (r + 3) * k];
    for (let c = 0; c < m; c += 4) {
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      let s23 = 0;
      let s30 = 0;
      let s31 = 0;
      let s32 = 0;
      let s33 = 0;
      for (let i = 0, j = c; i < k; i++, j += m) {
        const b0 = b[j]!;
        const b1 = b[j + 1]!;
        const b2 = b[j + 2]!;
        const b3 = b[j + 3]!;
        let x = a[a0 + i]!;
        s00 += x * b0;
        s01 += x * b1;
        s02 += x * b2;
        s03 += x * b3;
        x = a[a1 + i]!;
        s10 += x * b0;
        s11 += x * b1;
        s12 += x * b2;
        s13 += x * b3;
        x = a[a2 + i]!;
        s20 += x * b0;
        s21 += x * b1;
        s22 += x * b2;
        s23 += x * b3;
        x = a[a3 + i]!;
        s30 += x * b0;
        s31 += x * b1;
        s32 += x * b2;
        s33 += x * b3;
      }
      const [o0, o1, o2, o3] = [r * m + c, (r + 1) * m + c, (r + 2) * m + c, (r + 3) * m + c];
      out[o0]! += s00;
      out[o0 + 1]! += s01;
      out[o0 + 2]! += s02;
      out[o0 + 3]! += s03;
      out[o1]! += s10;
      out[o1 + 1]! += s11;
      out[o1 + 2]! += s12;
      out[o1 + 3]! += s13;
      out[o2]! += s20;
      out[o2 + 1]! += s21;
      out[o2 + 2]! += s22;
      out[o2 + 3]! += s23;
      out[o3]! += s30;
      out[o3 + 1]! += s31;
      out[o3 + 2]! += s32;
      out[o3 + 3]! += s33;
    }
  }
}
