import { type Random, UsageError } from "laurel";
import { type Rollouts, startsOf, type TrainablePolicy } from "./rollouts.ts";
import { sampleIndex } from "./sample.ts";
import { logSoftmax } from "./softmax.ts";

/** What sequences of tokens there are. A policy on it is a table of next-token logits, states × vocab. */
export interface TabularModel {
  states: number;
  vocab: number;
  /** The state in which each prompt starts. */
  starts: ArrayLike<number>;
  /** The token after which a sequence is over; −1 where none is, and every sequence has `horizon` tokens. */
  end: number;
  /** Most tokens of a sequence, the end token counted; one that reaches it is cut there. */
  horizon: number;
  next(state: number, token: number): number;
}

/**
 * An additive reward: what a sequence gets for `token`, its number `time` (from 0), taken in `state`. `last` says that the sequence
 * is over with it, by the end token or by the horizon; a reward of the outcome looks at that.
 */
export type SequenceReward = (state: number, token: number, time: number, last: boolean) => number;

/** The states reached: horizon × states, the probability of being in s before token t, the mean over prompts. */
function occupancy(model: TabularModel, probabilities: Float64Array, successors: Int32Array): Float64Array {
  const { states, vocab, starts, end, horizon } = model;
  const mass = new Float64Array(horizon * states);
  for (let i = 0; i < starts.length; i++) mass[starts[i]!]! += 1 / starts.length;
  for (let t = 0; t + 1 < horizon; t++)
    for (let s = 0; s < states; s++) {
      const here = mass[t * states + s]!;
      if (here === 0) continue;
      for (let a = 0; a < vocab; a++)
        if (a !== end) mass[(t + 1) * states + successors[s * vocab + a]!]! += here * probabilities[s * vocab + a]!;
    }
  return mass;
}

function successorsOf({ states, vocab, next }: TabularModel): Int32Array {
  const out = new Int32Array(states * vocab);
  for (let s = 0; s < states; s++) for (let a = 0; a < vocab; a++) out[s * vocab + a] = next(s, a);
  return out;
}

function check(model: TabularModel, logits: Float64Array): void {
  if (logits.length !== model.states * model.vocab)
    throw new UsageError(`${logits.length} logits for ${model.states} states × ${model.vocab} tokens`);
  if (!(Number.isInteger(model.horizon) && model.horizon >= 1))
    throw new UsageError(`a horizon is a whole number of at least 1, not ${model.horizon}`);
}

/**
 * The exact expected reward of a tabular policy, by dynamic programming: E Σ_t r(s_t, a_t, t), the mean over prompts.
 *
 * @param logits of the next token, states × vocab, row-major; −Infinity forbids a token
 * @throws UsageError for a table of another size
 * @example sequenceExpected(model, logits, () => 1) // the expected length in tokens
 */
export function sequenceExpected(model: TabularModel, logits: Float64Array, reward: SequenceReward): number {
  check(model, logits);
  const { states, vocab, end, horizon } = model;
  const probabilities = logSoftmax(logits, vocab).map(Math.exp);
  const mass = occupancy(model, probabilities, successorsOf(model));
  let sum = 0;
  for (let t = 0; t < horizon; t++)
    for (let s = 0; s < states; s++) {
      const here = mass[t * states + s]!;
      if (here === 0) continue;
      for (let a = 0; a < vocab; a++) {
        const p = probabilities[s * vocab + a]!;
        if (p > 0) sum += here * p * reward(s, a, t, a === end || t === horizon - 1);
      }
    }
  return sum;
}

/**
 * ∇ of the exact expected reward by the logits: Σ_t d_t(s) π(a|s) (Q_t(s, a) − V_t(s)), d the occupancy, Q and V backwards from the
 * horizon.
 *
 * @returns states × vocab
 */
export function sequenceGradient(model: TabularModel, logits: Float64Array, reward: SequenceReward): Float64Array {
  check(model, logits);
  const { states, vocab, end, horizon } = model;
  const probabilities = logSoftmax(logits, vocab).map(Math.exp);
  const successors = successorsOf(model);
  const mass = occupancy(model, probabilities, successors);
  const gradient = new Float64Array(states * vocab);
  const q = new Float64Array(vocab);
  let later = new Float64Array(states);
  for (let t = horizon - 1; t >= 0; t--) {
    const values = new Float64Array(states);
    for (let s = 0; s < states; s++) {
      const here = mass[t * states + s]!;
      if (here === 0) continue;
      let value = 0;
      for (let a = 0; a < vocab; a++) {
        const p = probabilities[s * vocab + a]!;
        const last = a === end || t === horizon - 1;
        q[a] = p > 0 ? reward(s, a, t, last) + (last ? 0 : later[successors[s * vocab + a]!]!) : 0;
        value += p * q[a]!;
      }
      values[s] = value;
      for (let a = 0; a < vocab; a++)
        gradient[s * vocab + a]! += here * probabilities[s * vocab + a]! * (q[a]! - value);
    }
    later = values;
  }
  return gradient;
}

/** The exact KL(π ‖ reference) of whole sequences in nats, the mean over prompts: E Σ_t log π(a_t|s_t) − log ref(a_t|s_t). */
export function sequenceKl(model: TabularModel, logits: Float64Array, reference: Float64Array): number {
  return sequenceExpected(model, logits, logRatio(model, logits, reference));
}

/** ∇ KL(π ‖ reference) by the logits; the derivative of the log-ratio itself has mean 0. */
export function sequenceKlGradient(model: TabularModel, logits: Float64Array, reference: Float64Array): Float64Array {
  return sequenceGradient(model, logits, logRatio(model, logits, reference));
}

function logRatio({ vocab }: TabularModel, logits: Float64Array, reference: Float64Array): SequenceReward {
  const [own, other] = [logSoftmax(logits, vocab), logSoftmax(reference, vocab)];
  return (s, a) => own[s * vocab + a]! - other[s * vocab + a]!;
}

/** The exact entropy of whole sequences in nats, the mean over prompts. */
export function sequenceEntropy(model: TabularModel, logits: Float64Array): number {
  const own = logSoftmax(logits, model.vocab);
  return sequenceExpected(model, logits, (s, a) => -own[s * model.vocab + a]!);
}

/** ∇ of the entropy by the logits. */
export function sequenceEntropyGradient(model: TabularModel, logits: Float64Array): Float64Array {
  const own = logSoftmax(logits, model.vocab);
  return sequenceGradient(model, logits, (s, a) => -own[s * model.vocab + a]!);
}

/**
 * The same model with the time in its states: state t · states + s. A table on it can differ from token to token, as the optimum
 * under a KL penalty does.
 */
export function inTime(model: TabularModel): TabularModel {
  const { states, horizon } = model;
  return {
    ...model,
    states: horizon * states,
    next: (state, token) =>
      Math.min(horizon - 1, Math.floor(state / states) + 1) * states + model.next(state % states, token),
  };
}

/**
 * The exact optimum of E[reward] − β KL(π ‖ reference) over all policies: π(a|s, t) ∝ ref(a|s) exp(Q_t(s, a)/β), backwards.
 *
 * @param reference logits, states × vocab
 * @param beta above 0, in the reward's unit a nat
 * @returns `model` and `logits` with the time in the state (`inTime`), and the objective's `value`, the mean over prompts
 * @throws UsageError for beta <= 0
 */
export function sequenceTilt(
  model: TabularModel,
  reference: Float64Array,
  reward: SequenceReward,
  beta: number,
): { model: TabularModel; logits: Float64Array; value: number } {
  check(model, reference);
  if (!(beta > 0)) throw new UsageError(`beta must be above 0, not ${beta}`);
  const { states, vocab, starts, end, horizon } = model;
  const base = logSoftmax(reference, vocab);
  const successors = successorsOf(model);
  const logits = new Float64Array(horizon * states * vocab);
  let later = new Float64Array(states);
  for (let t = horizon - 1; t >= 0; t--) {
    const values = new Float64Array(states);
    for (let s = 0; s < states; s++) {
      const from = (t * states + s) * vocab;
      let most = Number.NEGATIVE_INFINITY;
      for (let a = 0; a < vocab; a++) {
        const log = base[s * vocab + a]!;
        const last = a === end || t === horizon - 1;
        logits[from + a] =
          log === Number.NEGATIVE_INFINITY
            ? log
            : log + (reward(s, a, t, last) + (last ? 0 : later[successors[s * vocab + a]!]!)) / beta;
        if (logits[from + a]! > most) most = logits[from + a]!;
      }
      let sum = 0;
      for (let a = 0; a < vocab; a++) sum += Math.exp(logits[from + a]! - most);
      values[s] = beta * (most + Math.log(sum));
    }
    later = values;
  }
  let value = 0;
  for (let i = 0; i < starts.length; i++) value += later[starts[i]!]! / starts.length;
  return { model: inTime(model), logits, value };
}

/**
 * A tabular policy for the algorithms: prompts are indices of `model.starts`, draws are tokens.
 *
 * @param theta logits, states × vocab; moved in place
 */
export function tabularPolicy(model: TabularModel, theta: Float64Array): TrainablePolicy {
  check(model, theta);
  const { vocab, end, horizon } = model;
  return {
    theta,
    sample(prompts, group, rng) {
      const rows = logSoftmax(theta, vocab).map(Math.exp);
      const starts = [0];
      const draws: number[] = [];
      const states: number[] = [];
      for (const prompt of prompts)
        for (let g = 0; g < group; g++) {
          walk(model, rows, model.starts[prompt]!, rng, (state, token) => {
            states.push(state);
            draws.push(token);
          });
          starts.push(draws.length);
        }
      return {
        prompts,
        group,
        draws: Int32Array.from(draws),
        starts: Int32Array.from(starts),
        states: Int32Array.from(states),
      };
    },
    logprobs(rollouts) {
      const logs = logSoftmax(theta, vocab);
      const states = statesOf(model, rollouts);
      return Float64Array.from(rollouts.draws, (token, i) => logs[states[i]! * vocab + token]!);
    },
    scoreGradient(rollouts, weights) {
      const states = statesOf(model, rollouts);
      const gradient = new Float64Array(theta.length);
      const visits = new Float64Array(model.states);
      for (let i = 0; i < weights.length; i++) {
        gradient[states[i]! * vocab + rollouts.draws[i]!]! += weights[i]!;
        visits[states[i]!]! += weights[i]!;
      }
      const logs = logSoftmax(theta, vocab);
      for (let s = 0; s < model.states; s++)
        if (visits[s] !== 0)
          for (let a = 0; a < vocab; a++) gradient[s * vocab + a]! -= visits[s]! * Math.exp(logs[s * vocab + a]!);
      return gradient;
    },
    at: (other) => tabularPolicy(model, other),
  };

  function walk(
    { next }: TabularModel,
    rows: Float64Array,
    start: number,
    rng: Random,
    take: (state: number, token: number) => void,
  ): void {
    let state = start;
    for (let t = 0; t < horizon; t++) {
      const token = sampleIndex(rng, rows.subarray(state * vocab, (state + 1) * vocab));
      take(state, token);
      if (token === end) return;
      state = next(state, token);
    }
  }
}

/** The states of a batch's tokens, walked from the prompts' starts where the batch does not carry them. */
function statesOf(model: TabularModel, rollouts: Rollouts): Int32Array {
  if (rollouts.states !== undefined) return rollouts.states;
  const starts = startsOf(rollouts);
  const out = new Int32Array(rollouts.draws.length);
  for (let i = 0; i + 1 < starts.length; i++) {
    let state = model.starts[rollouts.prompts[Math.floor(i / rollouts.group)]!]!;
    for (let t = starts[i]!; t < starts[i + 1]!; t++) {
      out[t] = state;
      state = model.next(state, rollouts.draws[t]!);
    }
  }
  return out;
}

/** What each sequence of a batch gets: Σ_t reward(s_t, a_t, t, last). */
export function sequenceRewards(model: TabularModel, rollouts: Rollouts, reward: SequenceReward): Float64Array {
  const states = statesOf(model, rollouts);
  const starts = startsOf(rollouts);
  return Float64Array.from({ length: starts.length - 1 }, (_, i) => {
    let sum = 0;
    for (let t = starts[i]!; t < starts[i + 1]!; t++)
      sum += reward(states[t]!, rollouts.draws[t]!, t - starts[i]!, t === starts[i + 1]! - 1);
    return sum;
  });
}
