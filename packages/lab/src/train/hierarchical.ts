import { random, type Seed, split, UsageError } from "laurel";
import { type CriteriaTree, checkTree, treeCriteria, treeGates } from "laurel/rewards/learned";
import { sigmoid } from "../policy/numbers.ts";
import { adamState, adamwStep } from "./adam.ts";
import { epochOrder } from "./epoch.ts";
import { gateNetwork, gateTape, type TensorMap, takeRows } from "./gate-network.ts";
import { negLogSigmoid } from "./losses/pair-batch.ts";
import { rateShare } from "./schedule.ts";
import type { TrainableReward } from "./trainable.ts";

/** One side of n pairs: C criteria, M aspects. */
export interface TreeSide {
  /** n × dim. */
  features: Float64Array;
  /** n × C: 1 good, 2 bad, 0 irrelevant. */
  labels: Uint8Array;
  /** n × M. */
  aspects: Float64Array;
  /** n. */
  total: Float64Array;
}

/** Pairs of answers with grades of criteria, aspects and the whole. */
export interface TreePairs {
  first: TreeSide;
  second: TreeSide;
  /** n × P: the prompts' vectors. */
  prompts: Float64Array;
  /** n × M: 1 where the first is better in the aspect, −1 where the second is, 0 a tie. */
  aspectPreferences: Int8Array;
  /** n: the same of the whole. */
  preferences: Int8Array;
}

/** Which of the three losses. */
export type TreeStage = "criteria" | "aspects" | "overall";

/** A tree that can be trained: one list of parameters, three losses. */
export interface TreeModel extends TrainableReward {
  tree: CriteriaTree;
  /** The loss and gradient of a stage, and how many of the first parameters it reaches. */
  stage(stage: TreeStage): TrainableReward & { reached: number };
  /** Values and aspects of rows: n and n × M. */
  scores(
    theta: Float64Array,
    features: Float64Array,
    prompts: Float64Array,
  ): { values: Float64Array; aspects: Float64Array };
  /** g, n × M, as shares of each prompt. */
  aspectShares(theta: Float64Array, prompts: Float64Array): Float64Array;
  /** The tensors of laurel's criteria-tree head. */
  tensors(theta: Float64Array): TensorMap;
}

/** Widths and gates of a tree's model. */
export interface TreeModelOptions {
  dim: number;
  prompt: number;
  /** Default "prompt"; "static" gates have the same weights for every prompt. */
  gate?: "prompt" | "static" | undefined;
  /** Width of each hidden layer, default 1024, and how many, default 3. */
  hidden?: number | undefined;
  depth?: number | undefined;
  temperature?: number | undefined;
}

/** Weights of the parts of a stage's loss. */
interface StageWeights {
  criteria: number;
  aspectError: number;
  aspectPairs: number;
  relevance: number;
  total: number;
  pairs: number;
}

const none: StageWeights = { criteria: 0, aspectError: 0, aspectPairs: 0, relevance: 0, total: 0, pairs: 0 };
// overall is 0.3 L1 + 0.3 L2 + 0.3 Lgate + BT + MSE, and L2 has 0.3 L1 in it
const stages: Readonly<Record<TreeStage, StageWeights>> = {
  criteria: { ...none, criteria: 1 },
  aspects: { ...none, criteria: 0.3, aspectError: 1, aspectPairs: 1 },
  overall: { criteria: 0.39, aspectError: 0.3, aspectPairs: 0.3, relevance: 0.3, total: 1, pairs: 1 },
};

/**
 * Criteria, aspects and their gates as something that `fit` can move.
 *
 *     L1 = mean_k (r_k − t_k)², t = 1 good, −1 bad, 0 irrelevant
 *     L2 = 0.3 L1 + mean_m (a_m − A_m)² + mean over untied aspects of −log σ(a_better − a_worse)
 *     L3 = 0.3 L1 + 0.3 L2 − 0.3 Σ_{irrelevant m} log(1 − p_m + 1e-5) + (R − total)² − log σ(R_better − R_worse)
 *
 * Squared errors and the gate's term are summed over the two answers, all averaged over pairs. p is the aspect gate's softmax before its
 * scale: with the scale, as in the released code, 1 − g may fall below 0.
 *
 * Source: MJ-VIDEO (2025), the three training scripts, squared-error mode.
 */
export function treeModel(tree: CriteriaTree, data: TreePairs, options: TreeModelOptions): TreeModel {
  checkTree(tree);
  const { dim, prompt, gate = "prompt", hidden = 1024, depth = 3, temperature = 1 } = options;
  const criteria = treeCriteria(tree).length;
  const aspects = tree.aspects.length;
  checkPairs(data, { dim, prompt, criteria, aspects });
  const aspectOf = Int32Array.from(tree.aspects.flatMap((one, m) => one.criteria.map(() => m)));
  const shapes = treeGates(tree, { gate, prompt, hidden: new Array<number>(depth).fill(hidden), temperature });
  const [inner, outer] = [gateNetwork(shapes.criteria), gateNetwork(shapes.aspects)];
  const linear = criteria * dim;
  const parameters = linear + inner.parameters + outer.parameters;
  const parts = (theta: Float64Array) =>
    [
      theta.subarray(0, linear),
      theta.subarray(linear, linear + inner.parameters),
      theta.subarray(linear + inner.parameters),
    ] as const;
  const start = (seed: Seed): Float64Array => {
    const theta = new Float64Array(parameters);
    const rng = random(split(seed, "criteria"));
    for (let i = 0; i < linear; i++) theta[i] = rng.normal() / Math.sqrt(dim);
    theta.set(inner.start(split(seed, "criterion gate")), linear);
    theta.set(outer.start(split(seed, "aspect gate")), linear + inner.parameters);
    return theta;
  };
  const reached = { criteria: linear, aspects: linear + inner.parameters, overall: parameters };
  const stage = (name: TreeStage): TrainableReward & { reached: number } => {
    const weights = stages[name];
    return {
      parameters,
      reached: reached[name],
      start,
      loss(theta, batch, gradient) {
        const [w, wi, wo] = parts(theta);
        const n = batch.length;
        const x = takeRows(data.prompts, prompt, batch);
        const [tapeIn, tapeOut] = [gateTape(), gateTape()];
        const gates = name === "criteria" ? undefined : inner.forward(wi, x, n, tapeIn);
        const top = name === "overall" ? outer.forward(wo, x, n, tapeOut) : undefined;
        const sides = [data.first, data.second].map((side) => {
          const h = takeRows(side.features, dim, batch);
          const r = outputs(w, h, dim, criteria);
          const a = gates === undefined ? undefined : gathered(gates, r, aspectOf, aspects);
          const value = top === undefined ? undefined : rowSums(top, a!, aspects);
          return {
            side,
            h,
            r,
            a,
            value,
            onR: new Float64Array(r.length),
            onA: new Float64Array(n * aspects),
            onValue: new Float64Array(n),
          };
        });
        const [one, two] = [sides[0]!, sides[1]!];
        const onShares = new Float64Array(n * aspects);
        let loss = 0;
        for (const { side, r, a, value, onR, onA, onValue } of sides)
          for (let b = 0; b < n; b++) {
            const row = batch[b]!;
            for (let k = 0; k < criteria; k++) {
              const label = side.labels[row * criteria + k]!;
              const off = r[b * criteria + k]! - (label === 1 ? 1 : label === 2 ? -1 : 0);
              loss += (weights.criteria * off * off) / (criteria * n);
              onR[b * criteria + k]! += (2 * weights.criteria * off) / (criteria * n);
            }
            if (a === undefined) continue;
            for (let m = 0; m < aspects; m++) {
              const off = a[b * aspects + m]! - side.aspects[row * aspects + m]!;
              loss += (weights.aspectError * off * off) / (aspects * n);
              onA[b * aspects + m]! += (2 * weights.aspectError * off) / (aspects * n);
            }
            if (value === undefined) continue;
            const off = value[b]! - side.total[row]!;
            loss += (weights.total * off * off) / n;
            onValue[b]! += (2 * weights.total * off) / n;
            for (let m = 0; m < aspects; m++) {
              if (!irrelevant(side.labels, row * criteria, aspectOf, m)) continue;
              const rest = 1 - tapeOut.shares[b * aspects + m]! + 1e-5;
              loss -= (weights.relevance * Math.log(rest)) / n;
              onShares[b * aspects + m]! += weights.relevance / (rest * n);
            }
          }
        if (gates !== undefined)
          for (let b = 0; b < n; b++) {
            const row = batch[b]!;
            let untied = 0;
            for (let m = 0; m < aspects; m++) if (data.aspectPreferences[row * aspects + m] !== 0) untied++;
            for (let m = 0; m < aspects; m++) {
              const sign = data.aspectPreferences[row * aspects + m]!;
              if (sign === 0) continue;
              const at = b * aspects + m;
              const gap = sign * (one.a![at]! - two.a![at]!);
              loss += (weights.aspectPairs * negLogSigmoid(gap)) / (untied * n);
              const slope = (-weights.aspectPairs * sign * sigmoid(-gap)) / (untied * n);
              one.onA[at]! += slope;
              two.onA[at]! -= slope;
            }
            const sign = data.preferences[row]!;
            if (top === undefined || sign === 0) continue;
            const gap = sign * (one.value![b]! - two.value![b]!);
            loss += (weights.pairs * negLogSigmoid(gap)) / n;
            const slope = (-weights.pairs * sign * sigmoid(-gap)) / n;
            one.onValue[b]! += slope;
            two.onValue[b]! -= slope;
          }
        if (gradient === undefined) return loss;
        const [gw, gi, go] = parts(gradient);
        const onGates = new Float64Array(n * criteria);
        const onTop = new Float64Array(n * aspects);
        for (const { h, r, a, onR, onA, onValue } of sides) {
          if (top !== undefined)
            for (let at = 0; at < onA.length; at++) {
              const slope = onValue[Math.floor(at / aspects)]!;
              onTop[at]! += slope * a![at]!;
              onA[at]! += slope * top[at]!;
            }
          if (gates !== undefined)
            for (let at = 0; at < onR.length; at++) {
              const slope = onA[Math.floor(at / criteria) * aspects + aspectOf[at % criteria]!]!;
              onGates[at]! += slope * r[at]!;
              onR[at]! += slope * gates[at]!;
            }
          addOuter(gw, onR, h, criteria, dim);
        }
        if (gates !== undefined) inner.backward(wi, tapeIn, onGates, gi);
        if (top !== undefined) outer.backward(wo, tapeOut, onTop, go, onShares);
        return loss;
      },
    };
  };
  return {
    ...stage("overall"),
    tree,
    stage,
    scores(theta, features, prompts) {
      const [w, wi, wo] = parts(theta);
      const n = features.length / dim;
      const a = gathered(inner.forward(wi, prompts, n), outputs(w, features, dim, criteria), aspectOf, aspects);
      return { values: rowSums(outer.forward(wo, prompts, n), a, aspects), aspects: a };
    },
    aspectShares(theta, prompts) {
      const tape = gateTape();
      outer.forward(parts(theta)[2], prompts, prompts.length / prompt, tape);
      return tape.shares;
    },
    tensors(theta) {
      const [w, wi, wo] = parts(theta);
      return new Map([
        ["criteria.weight", { shape: [criteria, dim], values: Float32Array.from(w) }] as const,
        ...inner.tensors(wi, "criterion-gate."),
        ...outer.tensors(wo, "aspect-gate."),
      ]);
    },
  };
}

/** Settings of `trainHierarchical`. */
export interface TrainHierarchicalOptions extends TreeModelOptions {
  /** Epochs of the three stages, default 3 each. */
  epochs?: readonly [number, number, number] | undefined;
  /** AdamW's step size, default 3e-5, and decay, default 0.1. Each stage falls along a half cosine after 5 steps of warm-up. */
  lr?: number | undefined;
  decay?: number | undefined;
  /** Pairs a step, default 64. */
  batch?: number | undefined;
  seed: Seed;
}

/** A trained tree. */
export interface HierarchicalModel {
  model: TreeModel;
  theta: Float64Array;
}

/**
 * Trains a tree in three stages, each from where the one before ended: criteria, then aspects, then the whole.
 *
 * @throws UsageError for a tree that is none, or lists that do not fit it
 * Source: MJ-VIDEO (2025).
 * @example trainHierarchical(tree, pairs, { dim: 80, prompt: 16, hidden: 64, depth: 1, epochs: [12, 12, 12], lr: 3e-3, seed })
 */
export function trainHierarchical(
  tree: CriteriaTree,
  data: TreePairs,
  options: TrainHierarchicalOptions,
): HierarchicalModel {
  const { epochs = [3, 3, 3], lr = 3e-5, decay = 0.1, batch = 64, seed } = options;
  const model = treeModel(tree, data, options);
  const theta = model.start(split(seed, "start"));
  const rows = Int32Array.from(data.preferences, (_, i) => i);
  for (const [s, name] of (["criteria", "aspects", "overall"] as const).entries()) {
    const stage = model.stage(name);
    const state = adamState(stage.reached);
    const perEpoch = Math.ceil(rows.length / batch);
    const steps = epochs[s]! * perEpoch;
    // weights of later stages do not decay meanwhile
    const moved = stage.reached;
    const own = theta.subarray(0, moved);
    for (let epoch = 0; epoch < epochs[s]!; epoch++) {
      const order = epochOrder(rows, split(seed, name), epoch);
      for (let b = 0; b < perEpoch; b++) {
        const gradient = new Float64Array(theta.length);
        stage.loss(theta, order.subarray(b * batch, (b + 1) * batch), gradient);
        const rate = lr * rateShare("cosine", epoch * perEpoch + b, steps, 5);
        adamwStep(own, gradient.subarray(0, moved), state, rate, decay);
      }
    }
  }
  return { model, theta };
}

function checkPairs(
  data: TreePairs,
  { dim, prompt, criteria, aspects }: { dim: number; prompt: number; criteria: number; aspects: number },
): void {
  const n = data.preferences.length;
  const wanted: readonly [string, number, number][] = [
    ["prompts", data.prompts.length, prompt],
    ["aspect preferences", data.aspectPreferences.length, aspects],
    ...(["first", "second"] as const).flatMap((side): [string, number, number][] => [
      [`features of the ${side}`, data[side].features.length, dim],
      [`labels of the ${side}`, data[side].labels.length, criteria],
      [`aspects of the ${side}`, data[side].aspects.length, aspects],
      [`totals of the ${side}`, data[side].total.length, 1],
    ]),
  ];
  for (const [what, length, width] of wanted)
    if (length !== n * width) throw new UsageError(`${length} ${what} for ${n} pairs, which need ${width} each`);
}

/** r = W h of rows. */
function outputs(w: Float64Array, h: Float64Array, dim: number, count: number): Float64Array {
  const rows = h.length / dim;
  const out = new Float64Array(rows * count);
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < count; k++) {
      let sum = 0;
      for (let d = 0, a = k * dim, b = row * dim; d < dim; d++) sum += w[a + d]! * h[b + d]!;
      out[row * count + k] = sum;
    }
  return out;
}

function addOuter(gradient: Float64Array, slopes: Float64Array, h: Float64Array, count: number, dim: number): void {
  for (let at = 0; at < slopes.length; at++) {
    const slope = slopes[at]!;
    if (slope === 0) continue;
    const to = (at % count) * dim;
    const from = Math.floor(at / count) * dim;
    for (let d = 0; d < dim; d++) gradient[to + d] = gradient[to + d]! + slope * h[from + d]!;
  }
}

/** a_m = Σ_{k in m} w_k r_k of rows. */
function gathered(gates: Float64Array, r: Float64Array, aspectOf: Int32Array, aspects: number): Float64Array {
  const criteria = aspectOf.length;
  const out = new Float64Array((r.length / criteria) * aspects);
  for (let at = 0; at < r.length; at++)
    out[Math.floor(at / criteria) * aspects + aspectOf[at % criteria]!]! += gates[at]! * r[at]!;
  return out;
}

function rowSums(weights: Float64Array, values: Float64Array, width: number): Float64Array {
  const out = new Float64Array(values.length / width);
  for (let at = 0; at < values.length; at++) out[Math.floor(at / width)]! += weights[at]! * values[at]!;
  return out;
}

function irrelevant(labels: Uint8Array, from: number, aspectOf: Int32Array, aspect: number): boolean {
  for (let k = 0; k < aspectOf.length; k++) if (aspectOf[k] === aspect && labels[from + k] !== 0) return false;
  return true;
}
