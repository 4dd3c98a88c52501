import { random, type Seed, split, UsageError } from "laurel";
import type { GateShape } from "laurel/rewards/learned";
import { sigmoid } from "../policy/numbers.ts";
import { type GateNetwork, gateNetwork, gateTape, type TensorMap, takeRows } from "./gate-network.ts";
import { negLogSigmoid } from "./losses/pair-batch.ts";
import { solveSymmetric } from "./pair-logistic.ts";
import type { TrainableReward } from "./trainable.ts";

/** Pairs of answers of unknown tastes, with their contexts. */
export interface ContextPairs {
  /** n × dim: features of the chosen less those of the rejected. */
  differences: Float64Array;
  dim: number;
  /** n × P: the vectors of the prompts (or users). */
  contexts: Float64Array;
  /** P. */
  context: number;
}

/** Settings of `fitMixture`. */
export interface FitMixtureOptions {
  /** How many tastes, default 10. */
  heads?: number | undefined;
  /** EM iterations, default 60. */
  iterations?: number | undefined;
  /** Random starts; the one with the best likelihood stays. Default 3. */
  restarts?: number | undefined;
  /** L2 of each head, on the summed loss; default 1. */
  l2?: number | undefined;
  /** Newton steps a head and iteration, default 2. */
  newton?: number | undefined;
  /** The router: gradient steps an iteration (default 5), their size on the mean (1), and its L2 (1e-4). */
  router?: { steps?: number | undefined; rate?: number | undefined; l2?: number | undefined } | undefined;
  seed: Seed;
}

/** A fitted mixture. */
export interface Mixture {
  dim: number;
  heads: number;
  /** heads × dim, row-major. */
  weights: Float64Array;
  router: GateNetwork;
  theta: Float64Array;
  /** Mean log-likelihood of the training pairs. */
  logLikelihood: number;
  /** Times that a head without pairs (share below 1e-3) was started again. */
  reseeded: number;
  /** π(x) for rows of contexts, n × heads. */
  routed(contexts: Float64Array): Float64Array;
  /** r_k of rows of features, n × heads. */
  scores(features: Float64Array): Float64Array;
  /** The tensors of laurel's mixture head. */
  tensors(): TensorMap;
}

/** MiCRo's router: one linear layer, softmax, no scale. */
function routerShape(context: number, heads: number): GateShape {
  return { form: "prompt", prompt: context, hidden: [], groups: [heads], temperature: 1 };
}

/**
 * Explains preferences of unlabelled groups by a mixture of Bradley-Terry heads with a router, by expectation-maximisation.
 *
 * P(chosen ≻ rejected | x) = Σ_k π_k(x) σ(w_k·d), π = softmax(U x + u). E: γ_k ∝ π_k σ(w_k·d). M: each head a logistic regression weighted by
 * γ (Newton), the router towards γ by gradient. Heads start at N(0, 1), since 0 is a saddle, the router at 0.
 *
 * Heads come in any order: match them before you compare them with groups.
 *
 * @throws UsageError for fewer than one head, or lists that are no pairs
 * Source: MiCRo (2025), stage 1; the likelihood is its `mixture_BT` without the load-balancing term (see `mixtureReward`).
 * @example fitMixture({ differences, dim: 16, contexts, context: 6 }, { heads: 3, seed }).routed(contexts)
 */
export function fitMixture(pairs: ContextPairs, options: FitMixtureOptions): Mixture {
  const { heads = 10, restarts = 3, seed } = options;
  if (!(Number.isInteger(heads) && heads >= 1)) throw new UsageError(`a mixture has at least one head, not ${heads}`);
  const n = pairs.differences.length / pairs.dim;
  if (!Number.isInteger(n) || n === 0 || pairs.contexts.length !== n * pairs.context)
    throw new UsageError(
      `${pairs.differences.length} differences and ${pairs.contexts.length} context numbers are no pairs of ${pairs.dim} and ${pairs.context}`,
    );
  let best: Mixture | undefined;
  for (let start = 0; start < restarts; start++) {
    const made = expectationMaximisation(pairs, n, heads, options, split(seed, `restart ${start}`));
    if (best === undefined || made.logLikelihood > best.logLikelihood) best = made;
  }
  if (best === undefined) throw new UsageError(`a mixture needs at least one start, not ${restarts}`);
  return best;
}

function expectationMaximisation(
  { differences, dim, contexts, context }: ContextPairs,
  n: number,
  heads: number,
  options: FitMixtureOptions,
  seed: Seed,
): Mixture {
  const { iterations = 60, l2 = 1, newton = 2, router: r = {} } = options;
  const { steps = 5, rate = 1, l2: routerL2 = 1e-4 } = r;
  const rng = random(seed);
  const weights = Float64Array.from({ length: heads * dim }, () => rng.normal());
  const router = gateNetwork(routerShape(context, heads), { learnScale: false });
  const theta = new Float64Array(router.parameters);
  theta[theta.length - 1] = 1;
  const gamma = new Float64Array(n * heads);
  let reseeded = 0;
  for (let iteration = 0; iteration < iterations; iteration++) {
    responsibilities(gamma, weights, differences, dim, router.forward(theta, contexts, n));
    for (let k = 0; k < heads; k++) {
      let mass = 0;
      for (let i = 0; i < n; i++) mass += gamma[i * heads + k]! / n;
      const head = weights.subarray(k * dim, (k + 1) * dim);
      if (mass < 1e-3) {
        for (let d = 0; d < dim; d++) head[d] = rng.normal();
        reseeded++;
      } else for (let step = 0; step < newton; step++) newtonStep(head, differences, gamma, heads, k, l2);
    }
    for (let step = 0; step < steps; step++) {
      const tape = gateTape();
      const pi = router.forward(theta, contexts, n, tape);
      // cross-entropy −Σ γ log π: its slope by π, which the softmax turns into (π − γ)/n by the logit
      const slopes = pi.map((p, at) => (p > 0 ? -gamma[at]! / (p * n) : 0));
      const gradient = new Float64Array(theta.length);
      router.backward(theta, tape, slopes, gradient);
      for (let d = 0; d < theta.length - 1; d++) theta[d]! -= rate * (gradient[d]! + routerL2 * theta[d]!);
    }
  }
  const logLikelihood = responsibilities(gamma, weights, differences, dim, router.forward(theta, contexts, n)) / n;
  return {
    dim,
    heads,
    weights,
    router,
    theta,
    logLikelihood,
    reseeded,
    routed: (rows) => router.forward(theta, rows, rows.length / context),
    scores: (features) => headScores(weights, features, dim),
    tensors() {
      const made = router.tensors(theta, "router.");
      made.set("heads.weight", { shape: [heads, dim], values: Float32Array.from(weights) });
      return made;
    },
  };
}

/** γ_k ∝ π_k σ(w_k·d) of each pair, in log space; returns Σ log Σ_k π_k σ(w_k·d). */
function responsibilities(
  gamma: Float64Array,
  weights: Float64Array,
  differences: Float64Array,
  dim: number,
  pi: Float64Array,
): number {
  const heads = weights.length / dim;
  let total = 0;
  for (let i = 0; i < pi.length / heads; i++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < heads; k++) {
      const at = i * heads + k;
      gamma[at] = Math.log(pi[at]!) - negLogSigmoid(gapOf(differences, i * dim, weights, k * dim, dim));
      if (gamma[at]! > most) most = gamma[at]!;
    }
    let sum = 0;
    for (let at = i * heads; at < (i + 1) * heads; at++) sum += gamma[at] = Math.exp(gamma[at]! - most);
    for (let at = i * heads; at < (i + 1) * heads; at++) gamma[at]! /= sum;
    total += most + Math.log(sum);
  }
  return total;
}

/** One Newton step of head k: −Σ γ_ik log σ(w·d_i) + l2/2 ‖w‖². */
function newtonStep(
  head: Float64Array,
  differences: Float64Array,
  gamma: Float64Array,
  heads: number,
  k: number,
  l2: number,
): void {
  const dim = head.length;
  const gradient = head.map((w) => l2 * w);
  const hessian = new Float64Array(dim * dim);
  for (let d = 0; d < dim; d++) hessian[d * dim + d] = l2;
  const row = new Float64Array(dim);
  for (let i = 0; i < differences.length / dim; i++) {
    const weight = gamma[i * heads + k]!;
    if (weight < 1e-12) continue;
    let gap = 0;
    for (let d = 0, at = i * dim; d < dim; d++) {
      const x = differences[at + d]!;
      row[d] = x;
      gap += head[d]! * x;
    }
    const p = sigmoid(-gap);
    const slope = weight * p;
    const curvature = slope * (1 - p);
    for (let d = 0, to = 0; d < dim; d++, to += dim) {
      const x = row[d]!;
      gradient[d] = gradient[d]! - slope * x;
      const cx = curvature * x;
      for (let e = 0; e <= d; e++) hessian[to + e] = hessian[to + e]! + cx * row[e]!;
    }
  }
  const step = solveSymmetric(hessian, gradient);
  for (let d = 0; d < dim; d++) head[d]! -= step[d]!;
}

function gapOf(a: Float64Array, from: number, b: Float64Array, at: number, dim: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += a[from + d]! * b[at + d]!;
  return sum;
}

function headScores(weights: Float64Array, features: Float64Array, dim: number): Float64Array {
  const heads = weights.length / dim;
  return Float64Array.from({ length: (features.length / dim) * heads }, (_, at) =>
    gapOf(features, Math.floor(at / heads) * dim, weights, (at % heads) * dim, dim),
  );
}

/** Options of `mixtureReward`. */
export interface MixtureRewardOptions {
  /** How many tastes, default 10. */
  heads?: number | undefined;
  /** c of + c · mean Σ π log π, which spreads the load over the heads; default 0.5. With the other sign one head wins all. */
  balance?: number | undefined;
  /** "random" adds a frozen random linear layer to every head (N(0, 1/dim) weights), so that heads stay apart; default none. */
  prior?: { random: Seed } | undefined;
}

/** A mixture that `fit` can move. */
export interface TrainableMixture extends TrainableReward {
  /** The tensors of laurel's mixture head: the prior is added to the heads. */
  tensors(theta: Float64Array): TensorMap;
}

/**
 * The mixture by gradient, for any loop: L = −mean log Σ_k π_k σ(Δ_k) + c · mean Σ_k π_k log π_k.
 *
 * Parameters: heads × dim weights (start N(0, 1/dim)), then the router.
 *
 * Source: MiCRo (2025), released `mixture_BT` with c = 0.5, ten heads and the random prior layer.
 */
export function mixtureReward(pairs: ContextPairs, options: MixtureRewardOptions = {}): TrainableMixture {
  const { heads = 10, balance = 0.5, prior } = options;
  if (!(Number.isInteger(heads) && heads >= 1)) throw new UsageError(`a mixture has at least one head, not ${heads}`);
  const { differences, dim, contexts, context } = pairs;
  const router = gateNetwork(routerShape(context, heads), { learnScale: false });
  const own = heads * dim;
  const draw = (seed: Seed): Float64Array => {
    const rng = random(seed);
    return Float64Array.from({ length: own }, () => rng.normal() / Math.sqrt(dim));
  };
  const frozen = prior === undefined ? new Float64Array(own) : draw(split(prior.random, "prior"));
  const headsOf = (theta: Float64Array): Float64Array => frozen.map((w, at) => w + theta[at]!);
  return {
    parameters: own + router.parameters,
    start(seed) {
      const theta = new Float64Array(own + router.parameters);
      theta.set(draw(split(seed, "heads")));
      theta.set(router.start(split(seed, "router")), own);
      return theta;
    },
    loss(theta, batch, gradient) {
      const n = batch.length;
      const d = takeRows(differences, dim, batch);
      const tape = gateTape();
      const pi = router.forward(theta.subarray(own), takeRows(contexts, context, batch), n, tape);
      const weights = headsOf(theta);
      const gamma = new Float64Array(n * heads);
      let loss = -responsibilities(gamma, weights, d, dim, pi) / n;
      const slopes = new Float64Array(pi.length);
      for (let at = 0; at < pi.length; at++) {
        const p = pi[at]!;
        if (p === 0) continue;
        loss += (balance * p * Math.log(p)) / n;
        slopes[at] = (balance * (Math.log(p) + 1) - gamma[at]! / p) / n;
      }
      if (gradient === undefined) return loss;
      router.backward(theta.subarray(own), tape, slopes, gradient.subarray(own));
      for (let i = 0; i < n; i++)
        for (let k = 0; k < heads; k++) {
          const slope = (-gamma[i * heads + k]! * sigmoid(-gapOf(d, i * dim, weights, k * dim, dim))) / n;
          for (let f = 0; f < dim; f++) gradient[k * dim + f]! += slope * d[i * dim + f]!;
        }
      return loss;
    },
    tensors(theta) {
      const made = router.tensors(theta.subarray(own), "router.");
      made.set("heads.weight", { shape: [heads, dim], values: Float32Array.from(headsOf(theta)) });
      return made;
    },
  };
}
