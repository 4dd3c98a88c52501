import { random, type Seed, split } from "laurel";
import { filterVotes, type ValuedSample } from "laurel/search";
import { aucEstimate } from "laurel/stats";
import { type Claim, paper, untestable } from "../lab/index.ts";
import { sigmoid } from "../policy/index.ts";
import { adam, fitRecurrentReward, goalContrastive, type Recurrent, recurrent } from "../train/index.ts";
import {
  drawPhases,
  drawSolutions,
  drawStepPairs,
  drawTrajectories,
  phaseOf,
  type StepSolutions,
  type StepTypeDials,
  type Trajectories,
  type TrajectoryDials,
} from "../worlds/index.ts";

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

type Fit = StepTypeDials & {
  width: number;
  pairs: number;
  rate: number;
  batch: number;
  updates: number;
  l2: number;
  lambda: number;
  /** Fresh right and as many wrong solutions. */
  test: number;
};

const fit: Fit = {
  steps: 6,
  valid: 100,
  invalid: 200,
  errorAt: "uniform",
  width: 32,
  pairs: 400,
  rate: 5e-3,
  batch: 64,
  updates: 600,
  l2: 1e-4,
  lambda: 0.5,
  test: 1000,
};

const solutions =
  "World arithmetic, step types: six symbols a solution, of which 100 are valid steps and 200 wrong ones, one wrong step in a wrong solution; a plain recurrent network of width 32. No pre-trained model, no MATH or GSM8k. The specification asks for 20 seeds; 10 and 12, to keep the run to minutes.";

type RewardArm = "goal" | "baseline" | "swapped";
type RewardMetric = "auroc" | "prefix" | "own";

const rewards: Claim<RewardArm, RewardMetric, Fit & { control: boolean }> = {
  id: "auroc",
  statement:
    "A contrastive loss on the states makes a reward model that tells right from wrong solutions better, at their ends and in their middle",
  scope: `Part A. A1: the reward at the last step. A2: solutions whose wrong step is among the first three, after step 3: cosine with the goal against the baseline's reward there. The gain is one of scarce data: at the boundary a single kind of wrong step is seen 400 times, and the baseline knows it as well. ${solutions}`,
  evidence: "mechanism",
  settings: { ...fit, control: true },
  seeds: 10,
  arms: ["goal", "baseline", "swapped"],
  bars: [
    {
      id: "end",
      metric: "auroc",
      of: "goal",
      against: "baseline",
      role: "primary",
      bar: superior(0.112),
      why: "A1: half of the specification's pilot effect 0.224",
    },
    {
      id: "prefix",
      metric: "prefix",
      of: "goal",
      against: "baseline",
      role: "primary",
      bar: superior(0.092),
      why: "A2: half of the specification's pilot effect 0.184",
    },
    {
      id: "swapped",
      metric: "auroc",
      of: "swapped",
      against: "baseline",
      role: "control",
      bar: { kind: "equivalent", within: 0.112 },
      why: "positive and negative goals changed over by a fair coin: nearly nothing can be gained, though cosines are still drawn to 0",
    },
    {
      id: "own-head",
      metric: "own",
      of: "goal",
      against: "baseline",
      role: "report",
      why: "the method's own reward after step 3 in place of the cosine: it does as well",
    },
  ],
  boundary: {
    setting: { invalid: 1, control: false },
    bar: "end",
    why: "with one kind of wrong step, seen 400 times, the rewards of the ends are enough",
  },
  async run(_lab, seed, s) {
    const net = recurrent({ symbols: s.valid + s.invalid, width: s.width });
    const right = drawSolutions(s, s.test, true, split(seed, "right"));
    const wrong = drawSolutions(s, s.test, false, split(seed, "wrong"));
    const train = pairsOf(s, seed);
    const model = (goal?: { lambda: number; swapped?: boolean }) =>
      fitRecurrentReward(net, train, { ...s, goal, seed: split(seed, "fit") });
    const early = (value: (solutions: StepSolutions) => Float64Array): number =>
      auroc(
        at(value(right), s.steps, 2),
        at(value(wrong), s.steps, 2).filter((_, i) => wrong.errors[i]! <= 2),
      );
    const rewardOf =
      (theta: Float64Array) =>
      ({ symbols }: StepSolutions): Float64Array =>
        net.reward(theta, net.states(theta, symbols, s.steps));
    const ends = (theta: Float64Array): number =>
      auroc(at(rewardOf(theta)(right), s.steps, s.steps - 1), at(rewardOf(theta)(wrong), s.steps, s.steps - 1));
    const goal = model({ lambda: s.lambda });
    const baseline = model();
    const prototype = goalOf(net.states(goal, train.chosen, s.steps), s.steps, s.width);
    const cosines = ({ symbols }: StepSolutions): Float64Array =>
      cosinesWith(net.states(goal, symbols, s.steps), prototype);
    return {
      goal: { auroc: ends(goal), prefix: early(cosines), own: early(rewardOf(goal)) },
      baseline: { auroc: ends(baseline), prefix: early(rewardOf(baseline)), own: early(rewardOf(baseline)) },
      swapped: s.control ? { auroc: ends(model({ lambda: s.lambda, swapped: true })) } : {},
    };
  },
};

type Linear = TrajectoryDials & {
  width: number;
  pairs: number;
  test: number;
  rate: number;
  updates: number;
  lambda: number;
  /** The first steps, over which values are averaged. */
  early: number;
  control: boolean;
};

const prefixes: Claim<"goal" | "baseline" | "swapped", "early" | "final", Linear> = {
  id: "prefix-value",
  statement:
    "In a linear model the contrastive loss makes the first half of a trajectory tell its outcome, which a loss at the end cannot",
  scope:
    "Part B, world preferences, variant trajectories: 16 steps in 4 phases, each with its own direction, h = W·input, 300 pairs. The mean cosine with the goal over the first eight steps against the baseline's mean reward there. That a loss at the end gives no gradient to weights that only early steps use is so by construction; the final AUROC does not move in this world and is reported. 1,000 + 1,000 test trajectories, v from N(0, 0.01), 20 seeds.",
  evidence: "mechanism",
  settings: {
    steps: 16,
    phases: 4,
    dim: 12,
    signal: 0.9,
    noise: 0.7,
    width: 8,
    pairs: 300,
    test: 1000,
    rate: 0.02,
    updates: 1500,
    lambda: 1,
    early: 8,
    control: true,
  },
  seeds: 20,
  arms: ["goal", "baseline", "swapped"],
  bars: [
    {
      id: "first-half",
      metric: "early",
      of: "goal",
      against: "baseline",
      role: "primary",
      bar: superior(0.205),
      why: "half of the specification's pilot effect 0.41",
    },
    {
      id: "swapped",
      metric: "early",
      of: "swapped",
      against: 0.5,
      role: "control",
      bar: { kind: "equivalent", within: 0.205 },
      why: "positive and negative goals changed over by a fair coin: chance, within half of the effect",
    },
    {
      id: "final",
      metric: "final",
      of: "goal",
      against: "baseline",
      role: "report",
      why: "the reward at the end, which does not move in this world",
    },
  ],
  boundary: {
    setting: { phases: 1, control: false },
    bar: "first-half",
    why: "where all steps use the same weights, the loss at the end teaches the early ones as well",
  },
  async run(_lab, seed, s) {
    const directions = drawPhases(s, seed);
    const draw = (n: number, q: 1 | -1, name: string): Trajectories =>
      drawTrajectories(s, directions, n, q, split(seed, `${name}: ${q}`));
    const train = [draw(s.pairs, 1, "train"), draw(s.pairs, -1, "train")] as const;
    const test = [draw(s.test, 1, "test"), draw(s.test, -1, "test")] as const;
    const model = (goal: "own" | "swapped" | "none") => fitLinear(s, train, goal, seed);
    const [goal, baseline] = [model("own"), model("none")];
    const early = (value: (states: Float64Array) => Float64Array, { weights }: LinearReward): number =>
      auroc(...pairOf(test, (side) => means(value(linearStates(s, weights, side)), s)));
    const towards = (model: LinearReward) => {
      const prototype = goalOf(linearStates(s, model.weights, train[0]), s.steps, s.width);
      return (states: Float64Array): Float64Array => cosinesWith(states, prototype);
    };
    const rewarded = ({ head }: LinearReward) => {
      return (states: Float64Array): Float64Array => projected(states, head);
    };
    const final = (model: LinearReward): number =>
      auroc(
        ...pairOf(test, (side) =>
          at(projected(linearStates(s, model.weights, side), model.head), s.steps, s.steps - 1),
        ),
      );
    const swapped = (model: LinearReward) => ({ early: early(towards(model), model) });
    return {
      goal: { early: early(towards(goal), goal), final: final(goal) },
      baseline: { early: early(rewarded(baseline), baseline), final: final(baseline) },
      swapped: s.control ? swapped(model("swapped")) : {},
    };
  },
};

type Voting = Fit & {
  questions: number;
  samples: number;
  right: number;
  popularity: readonly number[];
  heldOut: number;
  quantile: number;
};

const votes: Claim<"filtered" | "all" | "once", "accuracy" | "saved", Voting> = {
  id: "filtered-votes",
  statement:
    "Stopping samples whose prefixes point away from the goal saves a fifth of the steps of a majority vote, and costs no accuracy",
  scope: `Part C: 16 samples a question, 40 % right, four wrong answers of unequal popularity; the threshold keeps 95 % of the right solutions of 200 held-out ones; ties are shared. Saved steps can be no more than about 0.25 here; the paper's 55 % is of tokens of real solutions. A single check in the middle is reported. ${solutions}`,
  evidence: "mechanism",
  settings: {
    ...fit,
    questions: 500,
    samples: 16,
    right: 0.4,
    popularity: [0.5, 0.25, 0.15, 0.1],
    heldOut: 200,
    quantile: 0.05,
  },
  seeds: 12,
  arms: ["filtered", "all", "once"],
  bars: [
    {
      id: "saved",
      metric: "saved",
      of: "filtered",
      role: "primary",
      bar: superior(0.015, 0.2),
      why: "the share of steps that are not generated, above 0.20; half of the review pilot's 0.031 beyond it",
    },
    {
      id: "accuracy",
      metric: "accuracy",
      of: "filtered",
      against: "all",
      role: "primary",
      bar: { kind: "non-inferior", margin: 0.02 },
      why: "the vote among the survivors against the vote of all",
    },
    {
      id: "gain",
      metric: "accuracy",
      of: "filtered",
      against: "all",
      role: "report",
      why: "what filtering adds to the vote",
    },
    { id: "once", metric: "saved", of: "once", role: "report", why: "one check after half of the steps" },
  ],
  boundary: {
    setting: { errorAt: "last" },
    bar: "saved",
    why: "wrong steps that come last cannot be seen coming: only the 5 % of false alarms are saved",
  },
  async run(_lab, seed, s) {
    const net = recurrent({ symbols: s.valid + s.invalid, width: s.width });
    const train = pairsOf(s, seed);
    const theta = fitRecurrentReward(net, train, { ...s, goal: { lambda: s.lambda }, seed: split(seed, "fit") });
    const prototype = goalOf(net.states(theta, train.chosen, s.steps), s.steps, s.width);
    const valuesOf = (symbols: Int32Array): Float64Array => cosinesWith(net.states(theta, symbols, s.steps), prototype);
    const held = valuesOf(drawSolutions(s, s.heldOut, true, split(seed, "held out")).symbols);
    const thresholdAt = (steps: readonly number[]): number =>
      quantile(
        Float64Array.from({ length: s.heldOut }, (_, i) => Math.min(...steps.map((t) => held[i * s.steps + t]!))),
        s.quantile,
      );
    const half = Math.ceil(s.steps / 2);
    const rules = {
      filtered: { threshold: thresholdAt(Array.from({ length: s.steps - 1 }, (_, t) => t)) },
      all: { threshold: Number.NEGATIVE_INFINITY },
      once: { threshold: thresholdAt([half - 1]), checkAt: 0.5 },
    };
    const questions = drawQuestions(net, theta, prototype, s, split(seed, "questions"));
    const figures = (rule: { threshold: number; checkAt?: number }): { accuracy: number; saved: number } => {
      let [right, saved, tokens] = [0, 0, 0];
      for (const samples of questions) {
        const vote = filterVotes(samples, rule);
        if (vote.tied.includes("right")) right += 1 / vote.tied.length;
        saved += vote.saved;
        tokens += vote.tokens;
      }
      return { accuracy: right / questions.length, saved: saved / tokens };
    };
    return { filtered: figures(rules.filtered), all: figures(rules.all), once: figures(rules.once) };
  },
};

const language = untestable({
  id: "language",
  statement:
    "Up to 0.09 AUROC on MATH and GSM8k, 55 % of tokens saved in voting, and steering of Llama 3 by a goal state",
  scope:
    "The figures are of 7B and 8B models on real solutions; steering needs a language model's decoder. `goalValue` takes any embedder, so a served model's last-token states would do.",
});

function pairsOf(s: Fit, seed: Seed) {
  return { steps: s.steps, ...drawStepPairs(s, s.pairs, split(seed, "pairs")) };
}

/** Values of every sequence at one step, from rows × steps. */
function at(values: Float64Array, steps: number, step: number): Float64Array {
  return Float64Array.from({ length: values.length / steps }, (_, i) => values[i * steps + step]!);
}

function auroc(right: Float64Array, wrong: Float64Array): number {
  const values = [...right, ...wrong];
  return aucEstimate(
    values,
    values.map((_, i) => i < right.length),
    values.map((_, i) => `${i}`),
  ).value;
}

/** The mean of the unit states at the ends. */
function goalOf(states: Float64Array, steps: number, width: number): Float64Array {
  const goal = new Float64Array(width);
  for (let end = steps - 1; end < states.length / width; end += steps) {
    const own = states.subarray(end * width, (end + 1) * width);
    const length = Math.hypot(...own);
    for (let i = 0; i < width; i++) goal[i]! += own[i]! / length;
  }
  return goal;
}

function cosinesWith(states: Float64Array, goal: Float64Array): Float64Array {
  const width = goal.length;
  const length = Math.hypot(...goal);
  return Float64Array.from({ length: states.length / width }, (_, n) => {
    let [dot, squares] = [0, 0];
    for (let i = 0; i < width; i++) {
      const h = states[n * width + i]!;
      dot += h * goal[i]!;
      squares += h * h;
    }
    return squares === 0 ? 0 : dot / (Math.sqrt(squares) * length);
  });
}

/** Each question's samples: right ones with valid steps only, wrong ones with a wrong step and one of the wrong answers. */
function drawQuestions(
  net: Recurrent,
  theta: Float64Array,
  prototype: Float64Array,
  s: Voting,
  seed: Seed,
): ValuedSample[][] {
  const rng = random(seed);
  const n = s.questions * s.samples;
  const answers = Array.from({ length: n }, () => {
    if (rng.uniform() < s.right) return "right";
    let left = rng.uniform();
    const wrong = s.popularity.findIndex((share) => (left -= share) < 0);
    return `wrong ${wrong < 0 ? s.popularity.length - 1 : wrong}`;
  });
  const valued = (right: boolean): Float64Array[] => {
    const own = answers.filter((answer) => (answer === "right") === right).length;
    const { symbols } = drawSolutions(s, own, right, split(seed, right ? "right" : "wrong"));
    const values = cosinesWith(net.states(theta, symbols, s.steps), prototype);
    return Array.from({ length: own }, (_, i) => values.subarray(i * s.steps, (i + 1) * s.steps));
  };
  const [right, wrong] = [valued(true), valued(false)];
  const samples = answers.map((answer): ValuedSample => {
    const values = (answer === "right" ? right : wrong).pop()!;
    return { answer, values: [...values] };
  });
  return Array.from({ length: s.questions }, (_, q) => samples.slice(q * s.samples, (q + 1) * s.samples));
}

/** h = W·input, with W width × (phases · dim), and r = v·h. */
interface LinearReward {
  weights: Float64Array;
  head: Float64Array;
}

/** The states of all steps: n × steps × width. */
function linearStates(s: Linear, weights: Float64Array, of: Trajectories): Float64Array {
  const rows = of.features.length / s.dim;
  const out = new Float64Array(rows * s.width);
  for (let row = 0; row < rows; row++) putState(s, weights, of, row, out, row);
  return out;
}

/** Writes the state of one step, counted through all trajectories, to a place of `out`. */
function putState(
  { steps, dim, phases, width }: Linear,
  weights: Float64Array,
  { dials, features }: Trajectories,
  row: number,
  out: Float64Array,
  place: number,
): void {
  const slot = phaseOf(dials, row % steps) * dim;
  const [x, h] = [row * dim, place * width];
  for (let o = 0; o < width; o++) {
    let sum = 0;
    const w = o * phases * dim + slot;
    for (let d = 0; d < dim; d++) sum += weights[w + d]! * features[x + d]!;
    out[h + o] = sum;
  }
}

/**
 * Full batches of all pairs: the reward's loss at the ends, and λ times the contrastive loss on the states. A linear state depends on its
 * own step only, so that no states but the five that a pair's losses read are computed: source, goal and negative, and the two ends.
 */
function fitLinear(
  s: Linear,
  [chosen, rejected]: readonly [Trajectories, Trajectories],
  goal: "own" | "swapped" | "none",
  seed: Seed,
): LinearReward {
  const { steps, width, pairs, lambda } = s;
  const inputs = s.phases * s.dim;
  const rng = random(split(seed, "start"));
  const positions = random(split(seed, "positions"));
  const theta = Float64Array.from({ length: width * (inputs + 1) }, (_, i) =>
    i < width * inputs ? rng.normal() / Math.sqrt(inputs) : 0.1 * rng.normal(),
  );
  const weights = theta.subarray(0, width * inputs);
  const head = theta.subarray(width * inputs);
  const optimiser = adam(s.rate);
  const ends = [new Float64Array(pairs * width), new Float64Array(pairs * width)] as const;
  const slope = new Float64Array(width);
  for (let update = 0; update < s.updates; update++) {
    const gradient = new Float64Array(theta.length);
    for (let n = 0; n < pairs; n++) {
      const end = (n + 1) * steps - 1;
      putState(s, weights, chosen, end, ends[0], n);
      putState(s, weights, rejected, end, ends[1], n);
      let gap = 0;
      for (let o = 0; o < width; o++) gap += head[o]! * (ends[0][n * width + o]! - ends[1][n * width + o]!);
      const by = -sigmoid(-gap) / pairs;
      for (let o = 0; o < width; o++) {
        gradient[width * inputs + o]! += by * (ends[0][n * width + o]! - ends[1][n * width + o]!);
        slope[o] = by * head[o]!;
      }
      addSlopes(s, chosen, end, slope, 0, 1, gradient);
      addSlopes(s, rejected, end, slope, 0, -1, gradient);
    }
    if (goal !== "none") {
      // two states of the chosen, the source before its goal, and one of the rejected: `goalContrastive` has no other choice
      const rows = Array.from({ length: pairs }, (_, n) => {
        const source = positions.below(steps - 1);
        const later = source + 1 + positions.below(steps - 1 - source);
        return [n * steps + source, n * steps + later, n * steps + positions.below(steps)] as const;
      });
      const states = { chosen: new Float64Array(2 * pairs * width), rejected: new Float64Array(2 * pairs * width) };
      for (const [n, [source, later, bad]] of rows.entries()) {
        putState(s, weights, chosen, source, states.chosen, 2 * n);
        putState(s, weights, chosen, later, states.chosen, 2 * n + 1);
        putState(s, weights, rejected, bad, states.rejected, 2 * n);
      }
      const lengths = { chosen: new Uint8Array(pairs).fill(2), rejected: new Uint8Array(pairs).fill(1) };
      const slopes = goalContrastive(
        { width, steps: 2, ...states, lengths },
        { lambda, rng: positions, swapped: goal === "swapped" },
      );
      for (const [n, [source, later, bad]] of rows.entries()) {
        addSlopes(s, chosen, source, slopes.chosen, 2 * n, 1, gradient);
        addSlopes(s, chosen, later, slopes.chosen, 2 * n + 1, 1, gradient);
        addSlopes(s, rejected, bad, slopes.rejected, 2 * n, 1, gradient);
      }
    }
    optimiser.step(theta, gradient);
  }
  return { weights: weights.slice(), head: head.slice() };
}

/** Adds sign · slope xᵀ to the gradient, the slope of a step's state standing at a place of a list. */
function addSlopes(
  { steps, dim, phases, width }: Linear,
  { dials, features }: Trajectories,
  row: number,
  slopes: Float64Array,
  place: number,
  sign: 1 | -1,
  gradient: Float64Array,
): void {
  const slot = phaseOf(dials, row % steps) * dim;
  const x = row * dim;
  for (let o = 0; o < width; o++) {
    const slope = sign * slopes[place * width + o]!;
    const w = o * phases * dim + slot;
    for (let d = 0; d < dim; d++) gradient[w + d]! += slope * features[x + d]!;
  }
}

function projected(states: Float64Array, head: Float64Array): Float64Array {
  const width = head.length;
  return Float64Array.from({ length: states.length / width }, (_, n) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += head[i]! * states[n * width + i]!;
    return sum;
  });
}

/** Means over the first steps of each trajectory. */
function means(values: Float64Array, { steps, early }: Linear): Float64Array {
  return Float64Array.from({ length: values.length / steps }, (_, i) => {
    let sum = 0;
    for (let t = 0; t < early; t++) sum += values[i * steps + t]!;
    return sum / early;
  });
}

/** Linear between the order statistics. */
function quantile(values: Float64Array, q: number): number {
  const sorted = values.slice().sort();
  const place = q * (sorted.length - 1);
  const low = Math.floor(place);
  return sorted[low]! + (place - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}

function pairOf<A, B>([a, b]: readonly [A, A], f: (one: A) => B): [B, B] {
  return [f(a), f(b)];
}

export default paper({
  slug: "goal-conditioned-rm",
  component: ["goalContrastive", "fitRecurrentReward", "goalValue", "goalPrototype", "filteredVote", "filterVotes"],
  claims: [rewards, prefixes, votes, language],
});
