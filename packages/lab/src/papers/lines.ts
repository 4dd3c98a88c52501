import { random, type Seed, split } from "laurel";
import type { Weights } from "laurel/io";
import { type Claim, paper } from "../lab/index.ts";
import {
  adam,
  applyDelta,
  applyLines,
  layerScale,
  linesAlpha,
  mergeTaskVectors,
  taskVector,
  tuneLines,
} from "../train/index.ts";
import { drawMultiTask, type MultiTask, type MultiTaskDials } from "../worlds/preferences/index.ts";
import { type ResidualNetwork, residualNetwork, softmaxInPlace } from "./lines-network.ts";

type Settings = MultiTaskDials & {
  width: number;
  blocks: number;
  batch: number;
  learningRate: number;
  pretraining: number;
  /** Share of random labels in pre-training. */
  randomLabels: number;
  tuning: number;
  validation: number;
  test: number;
  targetWeight: number;
  /** Tasks that are also tuned under an input offset, and its sd. */
  shifted: number;
  offset: number;
};

const settings: Settings = {
  inputs: 32,
  features: 24,
  tasks: 6,
  classes: 5,
  novelty: 0.7,
  width: 48,
  blocks: 6,
  batch: 32,
  learningRate: 1e-3,
  pretraining: 2000,
  randomLabels: 0.25,
  tuning: 600,
  validation: 1000,
  test: 2000,
  targetWeight: 2,
  shifted: 2,
  offset: 0.7,
};

const single = ["base", "tuned", "lines", "constant", "reverse"] as const;
type Arm =
  | (typeof single)[number]
  | "shiftTuned"
  | "shiftLines"
  | "shiftConstant"
  | "arithmetic"
  | "arithmeticLines"
  | "soup"
  | "soupLines"
  | "exact";
type Metric = "target" | "control" | "score" | "merged" | "hypervolume" | "difference";

const forgetting: Claim<Arm, Metric, Settings> = {
  id: "forgetting",
  statement:
    "Scaling what fine-tuning changed by depth gives back what was forgotten at little cost to the new skill, and helps merging",
  scope:
    "World preferences/multi-task, a residual network of 29,000 weights. Batches of 32 instead of 128, so that eight seeds take minutes on one core; nature's hidden layer is as wide as its features. The input offset is tried on 2 of the 6 tasks. In merging rewards alpha is that of two vectors (1/2), beta as tuned in merging six. The specification's pilot found no order of shallow and deep in this network, so that bars 4 to 6 were not expected to hold; they are secondary and judged each by itself.",
  evidence: "mechanism",
  settings,
  seeds: 8,
  arms: [
    ...single,
    "shiftTuned",
    "shiftLines",
    "shiftConstant",
    "arithmetic",
    "arithmeticLines",
    "soup",
    "soupLines",
    "exact",
  ],
  bars: [
    {
      id: "kept",
      metric: "control",
      of: "lines",
      against: "tuned",
      role: "primary",
      bar: { kind: "superior", smallest: 0.036 },
      why: "bar 1: accuracy on the other tasks' old concepts; half of the specification's pilot effect, 0.072",
    },
    {
      id: "skill",
      metric: "target",
      of: "lines",
      against: "tuned",
      role: "primary",
      bar: { kind: "non-inferior", margin: 0.02 },
      why: "bar 2: accuracy on the new concept falls by no more than 0.02",
    },
    {
      id: "trade-off",
      metric: "score",
      of: "lines",
      against: "tuned",
      role: "primary",
      bar: { kind: "superior", smallest: 0.03 },
      why: "bar 3: 2 x target / tuned + mean of control / base; half of the specification's pilot effect, 0.06",
    },
    {
      id: "constant",
      metric: "score",
      of: "lines",
      against: "constant",
      role: "secondary",
      bar: { kind: "superior", smallest: 0.02 },
      why: "bar 4: against interpolation towards the base by one tuned factor",
    },
    {
      id: "merging",
      metric: "merged",
      of: "arithmeticLines",
      against: "arithmetic",
      role: "secondary",
      bar: { kind: "superior", smallest: 0.01 },
      why: "bar 5: six tasks merged, beta tuned against lambda tuned; merged / single-task accuracy",
    },
    {
      id: "rewards",
      metric: "hypervolume",
      of: "soupLines",
      against: "soup",
      role: "secondary",
      bar: { kind: "superior", smallest: 0.01 },
      why: "bar 6: front of two rewards over eleven mixtures",
    },
    {
      id: "offset",
      metric: "score",
      of: "shiftLines",
      against: "shiftConstant",
      role: "control",
      bar: { kind: "superior", smallest: 0.02 },
      expect: "not-holds",
      why: "tuned under an input offset, the change sits in shallow layers, and depth must not help",
    },
    {
      id: "ends",
      metric: "difference",
      of: "exact",
      against: 0,
      role: "control",
      bar: { kind: "exact", tolerance: 0 },
      why: "alpha 1 and beta 0 give the tuned weights, alpha and beta 0 the base's, bit for bit; equal ends are constant scaling",
    },
    { id: "reverse", metric: "score", of: "reverse", against: "lines", role: "report", why: "the slope turned round" },
    { id: "zero-shot", metric: "target", of: "base", role: "report", why: "the base on new concepts" },
  ],
  boundary: {
    setting: { tuning: 5 },
    bar: "kept",
    why: "a model that was hardly moved has forgotten nothing",
  },
  async run(_lab, seed, s) {
    const world = drawMultiTask(s, split(seed, "world"));
    const network = residualNetwork({ ...s }, split(seed, "heads"));
    const base = network.toWeights(pretrain(world, network, s, split(seed, "pretraining")));
    const parts = {
      validation: drawPart(world, s.validation, split(seed, "validation")),
      test: drawPart(world, s.test, split(seed, "test")),
    };
    const tasks = Array.from({ length: s.tasks }, (_, t) => t);
    const tuned = tasks.map((t) =>
      network.toWeights(tune(world, network, network.fromWeights(base), t, undefined, s, split(seed, `tuning ${t}`))),
    );
    const sums: Record<string, { target: number; control: number; score: number }> = {};
    for (const t of tasks) await tradeOff(network, base, tuned[t]!, parts, t, undefined, s, "", sums);
    for (const t of tasks.slice(0, s.shifted)) {
      const rng = random(split(seed, `offset ${t}`));
      const offset = Float64Array.from({ length: s.inputs }, () => s.offset * rng.normal());
      const moved = tune(world, network, network.fromWeights(base), t, offset, s, split(seed, `shifted ${t}`));
      await tradeOff(network, base, network.toWeights(moved), parts, t, offset, s, "shift", sums);
    }
    const mean = (arm: string, n: number) => {
      const { target, control, score } = sums[arm]!;
      return { target: target / n, control: control / n, score: score / n };
    };
    const merged = mergeAll(network, base, tuned, parts, s);
    const soups = frontOf(network, base, tuned, parts.test, merged.beta);
    return {
      base: mean("base", s.tasks),
      tuned: mean("tuned", s.tasks),
      lines: mean("lines", s.tasks),
      constant: mean("constant", s.tasks),
      reverse: mean("reverse", s.tasks),
      shiftTuned: mean("shifttuned", s.shifted),
      shiftLines: mean("shiftlines", s.shifted),
      shiftConstant: mean("shiftconstant", s.shifted),
      arithmetic: { merged: merged.plain },
      arithmeticLines: { merged: merged.lines },
      soup: { hypervolume: soups.plain },
      soupLines: { hypervolume: soups.lines },
      exact: { difference: exactDifference(base, tuned[0]!) },
    };
  },
};

/** Inputs with all labels of all tasks. */
interface Part {
  x: Float64Array;
  old: Uint8Array[];
  new: Uint8Array[];
}

function drawPart(world: MultiTask, n: number, seed: Seed): Part {
  const x = world.draw(random(seed), n);
  const labels = (concept: "old" | "new"): Uint8Array[] =>
    Array.from({ length: world.dials.tasks }, (_, t) => world.labels(x, t, concept));
  return { x, old: labels("old"), new: labels("new") };
}

function pretrain(world: MultiTask, network: ResidualNetwork, s: Settings, seed: Seed): Float64Array {
  const theta = network.start(split(seed, "start"));
  const rng = random(split(seed, "batches"));
  const optimiser = adam(s.learningRate);
  for (let step = 0; step < s.pretraining; step++) {
    const x = world.draw(rng, s.batch);
    const all = Array.from({ length: s.tasks }, (_, t) => world.labels(x, t, "old"));
    const task = Uint8Array.from({ length: s.batch }, () => rng.below(s.tasks));
    const label = task.map((t, i) => (rng.uniform() < s.randomLabels ? rng.below(s.classes) : all[t]![i]!));
    optimiser.step(theta, network.gradient(theta, x, task, label));
  }
  return theta;
}

/** Tunes on a task's new concept; or, with an offset of the inputs, on its old one. */
function tune(
  world: MultiTask,
  network: ResidualNetwork,
  theta: Float64Array,
  t: number,
  offset: Float64Array | undefined,
  s: Settings,
  seed: Seed,
): Float64Array {
  const rng = random(seed);
  const optimiser = adam(s.learningRate);
  const task = new Uint8Array(s.batch).fill(t);
  for (let step = 0; step < s.tuning; step++) {
    const x = world.draw(rng, s.batch);
    const label = world.labels(x, t, offset === undefined ? "new" : "old");
    optimiser.step(theta, network.gradient(theta, moved(x, offset), task, label));
  }
  return theta;
}

function moved(x: Float64Array, offset: Float64Array | undefined): Float64Array {
  return offset === undefined ? x : x.map((value, i) => value + offset[i % offset.length]!);
}

function accuracy(network: ResidualNetwork, y: Float64Array, t: number, labels: Uint8Array): number {
  const z = network.logits(y, t);
  const { classes } = network.shape;
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (z[i * classes + c]! > z[i * classes + best]!) best = c;
    if (best === labels[i]) right++;
  }
  return right / labels.length;
}

/** Tunes each way of scaling on validation and adds its test figures to the sums. */
async function tradeOff(
  network: ResidualNetwork,
  base: Weights,
  tuned: Weights,
  parts: { validation: Part; test: Part },
  t: number,
  offset: Float64Array | undefined,
  s: Settings,
  prefix: string,
  sums: Record<string, { target: number; control: number; score: number }>,
): Promise<void> {
  const others = Array.from({ length: s.tasks }, (_, k) => k).filter((k) => k !== t);
  const shifted = { validation: moved(parts.validation.x, offset), test: moved(parts.test.x, offset) };
  const evaluate = (part: "validation" | "test") => (weights: Weights) => {
    const theta = network.fromWeights(weights);
    const own = parts[part];
    const y = network.represent(theta, own.x);
    const ofTarget = offset === undefined ? y : network.represent(theta, shifted[part]);
    return {
      target: accuracy(network, ofTarget, t, offset === undefined ? own.new[t]! : own.old[t]!),
      controls: others.map((k) => accuracy(network, y, k, own.old[k]!)),
    };
  };
  const onTest = evaluate("test");
  const [ofBase, ofTuned] = [onTest(base), onTest(tuned)];
  const average = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const add = (arm: string, { target, controls }: { target: number; controls: readonly number[] }): void => {
    const sum = (sums[prefix + arm] ??= { target: 0, control: 0, score: 0 });
    sum.target += target;
    sum.control += average(controls);
    sum.score +=
      (s.targetWeight * target) / ofTuned.target + average(controls.map((one, c) => one / ofBase.controls[c]!));
  };
  add("base", ofBase);
  add("tuned", ofTuned);
  for (const [arm, shape] of [
    ["lines", "linear"],
    ["constant", "constant"],
    ["reverse", "reverse"],
  ] as const) {
    if (prefix !== "" && shape === "reverse") continue;
    const { weights } = await tuneLines(base, tuned, evaluate("validation"), { shape, targetWeight: s.targetWeight });
    add(arm, onTest(weights));
  }
}

/** Merges all tasks' vectors: λ of task arithmetic and β of LiNeS, each of ten values tuned on validation. */
function mergeAll(
  network: ResidualNetwork,
  base: Weights,
  tuned: readonly Weights[],
  parts: { validation: Part; test: Part },
  s: Settings,
): { plain: number; lines: number; beta: number } {
  const vectors = tuned.map((one) => taskVector(base, one));
  const sum = mergeTaskVectors(vectors, { method: "sum" });
  const alpha = linesAlpha(vectors, sum);
  const each = (part: Part, of: (t: number) => Weights): number[] =>
    tuned.map((_, t) => accuracy(network, network.represent(network.fromWeights(of(t)), part.x), t, part.new[t]!));
  const single = { validation: each(parts.validation, (t) => tuned[t]!), test: each(parts.test, (t) => tuned[t]!) };
  const scoreOf = (weights: Weights, part: "validation" | "test"): number => {
    const y = network.represent(network.fromWeights(weights), parts[part].x);
    const shares = tuned.map((_, t) => accuracy(network, y, t, parts[part].new[t]!) / single[part][t]!);
    return shares.reduce((a, b) => a + b, 0) / s.tasks;
  };
  const grid = Array.from({ length: 10 }, (_, i) => (i + 1) / 10);
  const best = (of: (value: number) => Weights): number =>
    grid
      .map((value) => ({ value, score: scoreOf(of(value), "validation") }))
      .reduce((a, b) => (b.score > a.score ? b : a)).value;
  const plain = (lambda: number): Weights => applyDelta(base, sum, lambda);
  const lines = (beta: number): Weights => applyDelta(base, layerScale(sum, { alpha, beta }));
  const beta = best(lines);
  return { plain: scoreOf(plain(best(plain)), "test"), lines: scoreOf(lines(beta), "test"), beta };
}

/** The fronts of two rewards (mean log-probability of the first two tasks' new labels) over mixtures of their policies. */
function frontOf(
  network: ResidualNetwork,
  base: Weights,
  tuned: readonly Weights[],
  part: Part,
  beta: number,
): { plain: number; lines: number } {
  const two = [tuned[0]!, tuned[1]!].map((one) => taskVector(base, one));
  const rewards = (weights: Weights): [number, number] => {
    const y = network.represent(network.fromWeights(weights), part.x);
    return [0, 1].map((t) => {
      const z = network.logits(y, t);
      const { classes } = network.shape;
      let sum = 0;
      for (const [i, label] of part.new[t]!.entries()) {
        const own = z.subarray(i * classes, (i + 1) * classes);
        softmaxInPlace(own);
        sum += Math.log(own[label]!);
      }
      return sum / part.new[t]!.length;
    }) as [number, number];
  };
  const from = rewards(base);
  const front = (vectors: readonly Weights[]): number =>
    hypervolume(
      Array.from({ length: 11 }, (_, i) =>
        rewards(applyDelta(applyDelta(base, vectors[0]!, i / 10), vectors[1]!, 1 - i / 10)),
      ),
      from,
    );
  return { plain: front(two), lines: front(two.map((one) => layerScale(one, { alpha: 0.5, beta }))) };
}

/** The area that points dominate above a reference point, both coordinates to be large. */
export function hypervolume(
  points: readonly (readonly [number, number])[],
  [x0, y0]: readonly [number, number],
): number {
  const inside = points.filter(([x, y]) => x > x0 && y > y0).sort((a, b) => b[0] - a[0]);
  let area = 0;
  let top = y0;
  for (const [x, y] of inside)
    if (y > top) {
      area += (x - x0) * (y - top);
      top = y;
    }
  return area;
}

/** The largest difference where there must be none: either end of LiNeS, and equal ends against constant scaling. */
function exactDifference(base: Weights, tuned: Weights): number {
  const most = (a: Weights, b: Weights): number => {
    let worst = 0;
    for (const [name, { values }] of a)
      for (const [i, value] of values.entries()) worst = Math.max(worst, Math.abs(value - b.get(name)!.values[i]!));
    return worst;
  };
  return Math.max(
    most(applyLines(base, tuned, { alpha: 1, beta: 0 }), tuned),
    most(applyLines(base, tuned, { alpha: 0, beta: 0 }), base),
    most(
      applyLines(base, tuned, { alpha: 0.3, beta: 0 }),
      applyLines(base, tuned, { alpha: 0.3, beta: 0, shape: "constant" }),
    ),
  );
}

export default paper({
  slug: "lines",
  component: ["taskVector", "mergeTaskVectors", "layerScale", "linesAlpha", "tuneLines"],
  claims: [forgetting],
});
