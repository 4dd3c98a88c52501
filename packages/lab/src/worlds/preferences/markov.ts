import { type Random, random, type Seed, split, UsageError } from "laurel";
import { normals } from "./world.ts";

/** A tabular language model: the next symbol depends on the last one or two. */
export interface MarkovModel {
  /** V, the number of tokens; symbol V is the end where there is one. */
  vocabulary: number;
  order: 1 | 2;
  /** L: no sequence has more tokens. */
  horizon: number;
  /** Whether a sequence may end before the horizon. */
  ends: boolean;
  /** log p(symbol | context), contexts × symbols, by rows. Context: the last token, V at the start; for order 2 (V + 1) · the one before + the last. */
  logprobs: Float64Array;
}

/** What is drawn for a model. */
export type MarkovDials = {
  /** V, 2 to 60. */
  vocabulary: number;
  order?: 1 | 2 | undefined;
  /** L. */
  horizon: number;
  /** Standard deviation of the logits, default 1. */
  logitSd?: number | undefined;
  /** Has an end of sequence with a logit of this mean; without it every sequence has L tokens. */
  end?: number | undefined;
};

/** A reward whose expectation under any policy on its states is exact. */
export interface MarkovReward {
  /** b(last, next) / √L, (V + 1) × V; the row of the start is 0. */
  bigrams: Float64Array;
  /** Tokens that give `bonus` where they stand in a row, once a sequence. */
  pattern: readonly number[];
  bonus: number;
  /** Where the pattern's automaton goes: (pattern length + 1) × V. */
  automaton: Int32Array;
}

/** Where a sequence stands: context as in `MarkovModel`, how much of the pattern is seen, tokens so far. */
export interface MarkovState {
  context: number;
  seen: number;
  t: number;
}

/** log p(symbol | state): a policy of any kind over the states. */
export type MarkovPolicy = (state: MarkovState) => Float64Array;

/** How many symbols a model writes: its tokens, and the end where there is one. */
export function symbolsOf(model: MarkovModel): number {
  return model.vocabulary + (model.ends ? 1 : 0);
}

/** Draws a model with independent normal logits. */
export function drawMarkov(dials: MarkovDials, seed: Seed): MarkovModel {
  const { vocabulary, order = 1, horizon, logitSd = 1, end } = dials;
  if (!(Number.isInteger(vocabulary) && vocabulary >= 2 && vocabulary <= letters.length))
    throw new UsageError(`the vocabulary must be a whole number from 2 to ${letters.length}, not ${vocabulary}`);
  if (!(Number.isInteger(horizon) && horizon >= 1))
    throw new UsageError(`the horizon must be a whole number of at least 1, not ${horizon}`);
  const contexts = (vocabulary + 1) ** order;
  const symbols = vocabulary + (end === undefined ? 0 : 1);
  const rng = random(split(seed, "markov"));
  const logits = normals(rng, contexts * symbols).map((z, at) =>
    at % symbols === vocabulary ? end! + logitSd * z : logitSd * z,
  );
  return { vocabulary, order, horizon, ends: end !== undefined, logprobs: normalisedRows(logits, symbols) };
}

/**
 * Draws a reward: b ~ N(0, 1) a pair of tokens, over √L, and a random pattern.
 *
 * R(y) = Σ_t b(y_{t−1}, y_t)/√L + bonus · [pattern occurs in y]
 *
 * @param o `pattern` is its length (default 3), `bonus` its worth (default 1); source: vas, claim check
 */
export function drawMarkovReward(
  model: MarkovModel,
  o: { pattern?: number | undefined; bonus?: number | undefined },
  seed: Seed,
): MarkovReward {
  const { vocabulary: v, horizon } = model;
  const { pattern: length = 3, bonus = 1 } = o;
  const rng = random(split(seed, "reward"));
  const bigrams = new Float64Array((v + 1) * v);
  for (let i = 0; i < v * v; i++) bigrams[i] = rng.normal() / Math.sqrt(horizon);
  const pattern = Array.from({ length }, () => rng.below(v));
  return { bigrams, pattern, bonus, automaton: automatonOf(pattern, v) };
}

/** Knuth, Morris and Pratt's automaton; its last state is final. */
function automatonOf(pattern: readonly number[], v: number): Int32Array {
  const m = pattern.length;
  const go = new Int32Array((m + 1) * v);
  const border = (seen: number, token: number): number => {
    for (let length = Math.min(m, seen + 1); length > 0; length--) {
      const tail = [...pattern.slice(0, seen), token].slice(seen + 1 - length);
      if (tail.every((one, i) => one === pattern[i])) return length;
    }
    return 0;
  };
  for (let seen = 0; seen <= m; seen++)
    for (let token = 0; token < v; token++) go[seen * v + token] = seen === m ? m : border(seen, token);
  return go;
}

/** A model as a policy on states. */
export function asMarkovPolicy(model: MarkovModel): MarkovPolicy {
  const symbols = symbolsOf(model);
  return ({ context }) => model.logprobs.subarray(context * symbols, (context + 1) * symbols);
}

/** The state before the first token. */
export function markovStart(model: MarkovModel): MarkovState {
  const { vocabulary: v } = model;
  return { context: model.order === 1 ? v : (v + 1) * v + v, seen: 0, t: 0 };
}

/** The context after one more token. */
export function contextAfter(model: MarkovModel, context: number, token: number): number {
  const { vocabulary: v } = model;
  return model.order === 1 ? token : (context % (v + 1)) * (v + 1) + token;
}

/** The reward of one more token. */
export function tokenReward(
  model: MarkovModel,
  reward: MarkovReward,
  { context, seen }: MarkovState,
  token: number,
): number {
  const { vocabulary: v } = model;
  const last = context % (v + 1);
  const finished = seen < reward.pattern.length && reward.automaton[seen * v + token] === reward.pattern.length;
  return reward.bigrams[last * v + token]! + (finished ? reward.bonus : 0);
}

/** Visits every state that a policy reaches, with its probability, from the start on. */
function visit(
  model: MarkovModel,
  reward: MarkovReward,
  policy: MarkovPolicy,
  see: (state: MarkovState, p: number, logprobs: Float64Array) => void,
): void {
  const { vocabulary: v, horizon } = model;
  const seenStates = reward.pattern.length + 1;
  const start = markovStart(model);
  let here = new Map<number, number>([[start.context * seenStates, 1]]);
  for (let t = 0; t < horizon; t++) {
    const next = new Map<number, number>();
    for (const [key, p] of here) {
      const state = { context: Math.floor(key / seenStates), seen: key % seenStates, t };
      const logprobs = policy(state);
      see(state, p, logprobs);
      for (let token = 0; token < v; token++) {
        const to = contextAfter(model, state.context, token) * seenStates + reward.automaton[state.seen * v + token]!;
        next.set(to, (next.get(to) ?? 0) + p * Math.exp(logprobs[token]!));
      }
    }
    here = next;
  }
}

/** The exact expected reward of a policy, by dynamic programming over (context, pattern seen, t). */
export function exactReward(model: MarkovModel, reward: MarkovReward, policy: MarkovPolicy): number {
  let sum = 0;
  visit(model, reward, policy, (state, p, logprobs) => {
    for (let token = 0; token < model.vocabulary; token++)
      sum += p * Math.exp(logprobs[token]!) * tokenReward(model, reward, state, token);
  });
  return sum;
}

/** The exact KL(policy ‖ base) of whole sequences, in nats: Σ_t E KL(π(·|s_t) ‖ π_0(·|s_t)). */
export function exactKl(model: MarkovModel, reward: MarkovReward, policy: MarkovPolicy, base: MarkovPolicy): number {
  let sum = 0;
  visit(model, reward, policy, (state, p, logprobs) => {
    const other = base(state);
    for (let s = 0; s < logprobs.length; s++) {
      const log = logprobs[s]!;
      if (log > Number.NEGATIVE_INFINITY) sum += p * Math.exp(log) * (log - other[s]!);
    }
  });
  return sum;
}

/** The exact entropy of a policy's sequences, in nats. */
export function exactEntropy(model: MarkovModel, reward: MarkovReward, policy: MarkovPolicy): number {
  let sum = 0;
  visit(model, reward, policy, (_state, p, logprobs) => {
    for (const log of logprobs) if (log > Number.NEGATIVE_INFINITY) sum -= p * Math.exp(log) * log;
  });
  return sum;
}

/**
 * The policy that maximises E[R] − β · KL(π ‖ base), and so has the highest reward at its KL.
 *
 * V(s) = β log Σ_a π_0(a|s) exp((r(s, a) + V(s′))/β), π(a|s) ∝ π_0(a|s) exp((r(s, a) + V(s′))/β), backwards from the horizon.
 *
 * @param beta above 0, in units of reward a nat
 */
export function softOptimal(model: MarkovModel, reward: MarkovReward, base: MarkovPolicy, beta: number): MarkovPolicy {
  if (!(beta > 0)) throw new UsageError(`beta must be above 0, not ${beta}`);
  const { vocabulary: v, horizon } = model;
  const seenStates = reward.pattern.length + 1;
  const states = (v + 1) ** model.order * seenStates;
  const policies: Float64Array[][] = [];
  let after = new Float64Array(states);
  for (let t = horizon - 1; t >= 0; t--) {
    const values = new Float64Array(states);
    const rows: Float64Array[] = [];
    for (let at = 0; at < states; at++) {
      const state = { context: Math.floor(at / seenStates), seen: at % seenStates, t };
      const logs = base(state).map((log, symbol) => {
        if (symbol === v) return log;
        const to = contextAfter(model, state.context, symbol) * seenStates + reward.automaton[state.seen * v + symbol]!;
        return log + (tokenReward(model, reward, state, symbol) + after[to]!) / beta;
      });
      const sum = logSum(logs);
      values[at] = beta * sum;
      rows.push(logs.map((log) => log - sum));
    }
    policies[t] = rows;
    after = values;
  }
  return ({ context, seen, t }) => policies[t]![context * seenStates + seen]!;
}

/**
 * The soft-optimal policy of a stated KL, by bisection on log β.
 *
 * @param kl nats, above 0 and below that of the best sequence
 * @returns the policy, its β and its exact KL (within 1e-6 of `kl` where it can be reached)
 */
export function softOptimalAtKl(
  model: MarkovModel,
  reward: MarkovReward,
  base: MarkovPolicy,
  kl: number,
): { policy: MarkovPolicy; beta: number; kl: number } {
  let [low, high] = [Math.log(1e-4), Math.log(1e4)];
  const at = (logBeta: number) => softOptimal(model, reward, base, Math.exp(logBeta));
  for (let i = 0; i < 60 && high - low > 1e-12; i++) {
    const middle = (low + high) / 2;
    if (exactKl(model, reward, at(middle), base) > kl) low = middle;
    else high = middle;
  }
  const policy = at(high);
  return { policy, beta: Math.exp(high), kl: exactKl(model, reward, policy, base) };
}

/** A drawn sequence. */
export interface MarkovSample {
  tokens: readonly number[];
  /** log p of its tokens, and of the end where it ended before the horizon. */
  logprob: number;
  reward: number;
}

/** Draws sequences of a policy. */
export function sampleMarkov(
  model: MarkovModel,
  reward: MarkovReward,
  policy: MarkovPolicy,
  n: number,
  seed: Seed,
): MarkovSample[] {
  const rng = random(split(seed, "sequences"));
  return Array.from({ length: n }, () => sampleOne(model, reward, policy, rng));
}

function sampleOne(model: MarkovModel, reward: MarkovReward, policy: MarkovPolicy, rng: Random): MarkovSample {
  const { vocabulary: v } = model;
  const tokens: number[] = [];
  let state = markovStart(model);
  let [logprob, total] = [0, 0];
  while (state.t < model.horizon) {
    const logs = policy(state);
    const symbol = drawFrom(logs, rng);
    logprob += logs[symbol]!;
    if (symbol === v) break;
    tokens.push(symbol);
    total += tokenReward(model, reward, state, symbol);
    state = after(model, reward, state, symbol);
  }
  return { tokens, logprob, reward: total };
}

function after(
  model: MarkovModel,
  reward: MarkovReward,
  { context, seen, t }: MarkovState,
  token: number,
): MarkovState {
  return {
    context: contextAfter(model, context, token),
    seen: reward.automaton[seen * model.vocabulary + token]!,
    t: t + 1,
  };
}

/** The exact log-probability and the reward of a sequence; a sequence shorter than the horizon has ended. */
export function scoreSequence(
  model: MarkovModel,
  reward: MarkovReward,
  policy: MarkovPolicy,
  tokens: readonly number[],
): { logprob: number; reward: number } {
  let state = markovStart(model);
  let [logprob, total] = [0, 0];
  for (const token of tokens) {
    logprob += policy(state)[token]!;
    total += tokenReward(model, reward, state, token);
    state = after(model, reward, state, token);
  }
  if (tokens.length < model.horizon)
    logprob += model.ends ? policy(state)[model.vocabulary]! : Number.NEGATIVE_INFINITY;
  return { logprob, reward: total };
}

function drawFrom(logs: Float64Array, rng: Random): number {
  let left = rng.uniform();
  let last = 0;
  for (let symbol = 0; symbol < logs.length; symbol++) {
    const p = Math.exp(logs[symbol]!);
    if (p === 0) continue;
    last = symbol;
    if ((left -= p) < 0) return symbol;
  }
  return last;
}

function normalisedRows(logits: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(logits.length);
  for (let from = 0; from < logits.length; from += columns) {
    const row = logits.subarray(from, from + columns);
    const sum = logSum(row);
    for (let i = 0; i < columns; i++) out[from + i] = row[i]! - sum;
  }
  return out;
}

function logSum(logs: Float64Array): number {
  const top = Math.max(...logs);
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - top);
  return top + Math.log(sum);
}

/** What each token is called in text: letters that no template in English holds, so that a prefix may be any conversation. */
export const letters = "αβγδεζηθικλμνξοπρστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюяёђѓє";
/** The end of a sequence in text. */
export const END = "∎";

/** A sequence as text: one letter a token, an end mark where it ended before the horizon of a model that ends. */
export function markovText(model: MarkovModel, tokens: readonly number[]): string {
  const text = tokens.map((token) => letters[token]!).join("");
  return model.ends && tokens.length < model.horizon ? text + END : text;
}
