import type { Gate } from "../../compose/route.ts";
import type { Context, Task } from "../../core/index.ts";
import type { Weights } from "../../io/safetensors.ts";
import { mlpTensors, networkOf } from "./network.ts";

/** A learned gate: weights from the prompt's vector by a small network, or the same weights for every prompt. */
export interface GateShape {
  /** "prompt" reads the prompt's vector; "static" has one logit an output. */
  form: "prompt" | "static";
  /** Width of the prompt's vector. */
  prompt: number;
  /** Widths of hidden layers; none for a linear gate. */
  hidden: readonly number[];
  /** How many outputs each softmax has: one group for plain weights, one an aspect in a tree. */
  groups: readonly number[];
  /** Divides the logits before the softmax, above 0. */
  temperature: number;
}

/** All widths of a gate's network, input and output among them. */
export function gateSizes({ prompt, hidden, groups }: GateShape): number[] {
  return [prompt, ...hidden, groups.reduce((sum, size) => sum + size, 0)];
}

/**
 * A softmax in each group of outputs: p_i = exp(z_i/T) / Σ_j exp(z_j/T), j in i's group.
 *
 * @param logits rows × outputs, row-major
 * @returns rows × outputs, each group summing to 1
 */
export function groupShares(logits: Float64Array, groups: readonly number[], temperature: number): Float64Array {
  const out = new Float64Array(logits.length);
  const width = groups.reduce((sum, size) => sum + size, 0);
  for (let row = 0; row < logits.length; row += width) {
    let from = row;
    for (const size of groups) {
      let most = Number.NEGATIVE_INFINITY;
      for (let i = from; i < from + size; i++) most = Math.max(most, logits[i]! / temperature);
      let sum = 0;
      for (let i = from; i < from + size; i++) sum += out[i] = Math.exp(logits[i]! / temperature - most);
      for (let i = from; i < from + size; i++) out[i]! /= sum;
      from += size;
    }
  }
  return out;
}

/** A gate's tensors in an artefact: its network's (or `logits`) and the scale s, each under the prefix. */
export function gateTensors(prefix: string, shape: GateShape): Record<string, readonly number[]> {
  const sizes = gateSizes(shape);
  const own: Record<string, readonly number[]> =
    shape.form === "static" ? { logits: [sizes.at(-1)!] } : mlpTensors(sizes);
  return Object.fromEntries([...Object.entries(own), ["scale", [1]] as const].map(([name, of]) => [prefix + name, of]));
}

/**
 * A learned gate, prepared from the tensors of an artefact.
 *
 * g(x) = s · softmax(f(x)/T), f a fully connected network with ReLUs over the prompt's vector, softmax by group, s learned
 *
 * @returns a function from the prompt's vector (nothing for a static gate) to one weight an output
 * Source: ArmoRM (2024), stage 2; MJ-VIDEO (2025), both gates; MiCRo (2025), the router (no hidden layer, s = T = 1).
 */
export function gateOf(prefix: string, shape: GateShape, weights: Weights): (prompt?: Float32Array) => Float64Array {
  const scale = weights.get(`${prefix}scale`)!.values[0]!;
  const shares = (logits: Float64Array): Float64Array =>
    groupShares(logits, shape.groups, shape.temperature).map((p) => scale * p);
  if (shape.form === "static") {
    const fixed = shares(Float64Array.from(weights.get(`${prefix}logits`)!.values));
    return () => fixed;
  }
  const own = new Map(
    [...weights].filter(([name]) => name.startsWith(prefix)).map(([n, t]) => [n.slice(prefix.length), t]),
  );
  const forward = networkOf(gateSizes(shape), own);
  return (prompt) => shares(forward(prompt!));
}

/**
 * A learned gate as compose's `Gate`, for `mixture` and `gated`.
 *
 * @param names one an output of the gate
 * @param weights from `gateOf`
 * @param prompt the vector of a task's prompt
 * @example mixture(learnedGate(["safe", "useful"], gateOf("gate.", shape, tensors), promptVector), rewards, { version: 1 })
 */
export function learnedGate(
  names: readonly string[],
  weights: (prompt?: Float32Array) => Float64Array,
  prompt: (task: Task, ctx: Context) => Float32Array | Promise<Float32Array>,
): Gate {
  return async (task, ctx) => {
    const g = weights(await prompt(task, ctx));
    return Object.fromEntries(names.map((name, k) => [name, g[k]!]));
  };
}
