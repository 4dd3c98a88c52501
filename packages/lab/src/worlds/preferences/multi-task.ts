import { type Random, random, type Seed, split } from "laurel";
import { normals } from "./world.ts";

/** Several tasks on the same inputs: each labels an input by the largest of a few linear functions of what "nature" makes of it. */
export type MultiTaskDials = {
  inputs: number;
  /** Width of nature's hidden layer and of its features. */
  features: number;
  tasks: number;
  classes: number;
  /** Size of what a new concept adds to the old label map, as a share of it. */
  novelty: number;
};

/** A drawn world. */
export interface MultiTask {
  dials: MultiTaskDials;
  /** Draws n inputs ~ N(0, I), n × inputs. */
  draw(rng: Random, n: number): Float64Array;
  /** The labels of a task's old or new concept, one an input. */
  labels(x: Float64Array, task: number, concept: "old" | "new"): Uint8Array;
}

/**
 * Draws the world: g = tanh(A₂ tanh(A₁ x)) with entries N(0, 2.25/fan-in), and label maps with entries N(0, 1/features).
 *
 * @param dials sizes; a new concept is the old map plus `novelty` times another of the same law
 */
export function drawMultiTask(dials: MultiTaskDials, seed: Seed): MultiTask {
  const { inputs, features, tasks, classes, novelty } = dials;
  const matrix = (name: string, rows: number, columns: number, sd: number): Float64Array =>
    normals(random(split(seed, name)), rows * columns).map((x) => sd * x);
  const first = matrix("first", features, inputs, 1.5 / Math.sqrt(inputs));
  const second = matrix("second", features, features, 1.5 / Math.sqrt(features));
  const maps = Array.from({ length: tasks }, (_, t) => {
    const old = matrix(`map ${t}`, classes, features, 1 / Math.sqrt(features));
    const added = matrix(`new ${t}`, classes, features, 1 / Math.sqrt(features));
    return { old, new: old.map((value, i) => value + novelty * added[i]!) };
  });
  const natured = new WeakMap<Float64Array, Float64Array>();
  const nature = (x: Float64Array): Float64Array => {
    const known = natured.get(x);
    if (known !== undefined) return known;
    const n = x.length / inputs;
    const out = tanhLayer(second, tanhLayer(first, x, n, inputs, features), n, features, features);
    natured.set(x, out);
    return out;
  };
  return {
    dials,
    draw: (rng, n) => normals(rng, n * inputs),
    labels(x, task, concept) {
      const g = nature(x);
      const map = maps[task]![concept];
      const n = g.length / features;
      const labels = new Uint8Array(n);
      for (let i = 0; i < n; i++) {
        let most = Number.NEGATIVE_INFINITY;
        for (let c = 0; c < classes; c++) {
          let sum = 0;
          for (let d = 0; d < features; d++) sum += map[c * features + d]! * g[i * features + d]!;
          if (sum > most) [most, labels[i]] = [sum, c];
        }
      }
      return labels;
    },
  };
}

function tanhLayer(a: Float64Array, x: Float64Array, n: number, width: number, out: number): Float64Array {
  const y = new Float64Array(n * out);
  for (let i = 0; i < n; i++)
    for (let o = 0; o < out; o++) {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += a[o * width + d]! * x[i * width + d]!;
      y[i * out + o] = Math.tanh(sum);
    }
  return y;
}
