import {
  type Candidate,
  type Compared,
  type Comparer,
  type Context,
  candidateHash,
  type Pair,
  type Pairing,
  type PreferenceMatrix,
  sha256,
  split,
  type Task,
  type Unscored,
  UsageError,
} from "../core/index.ts";
import { type NamedPairing, roundRobin } from "./pairing.ts";

/** A comparer whose answer does not depend on which of the two is shown first, so that one order is enough. */
export interface SymmetricComparer extends Comparer {
  readonly symmetric: true;
}

/** How pairs are chosen and asked. */
export interface TournamentOptions {
  /** Default `roundRobin()`. */
  pairing?: NamedPairing | Pairing | undefined;
  /**
   * "both" asks (a, b) and (b, a) and averages; "one" asks one of them, chosen by the two contents' hashes.
   * Default "both", and "one" for a comparer that says it is symmetric.
   */
  orders?: "both" | "one" | undefined;
}

/** What is known about the distinct contents of a task, in content-hash order. */
export interface Tournament {
  /** Which distinct content each of the task's candidates is. */
  readonly of: readonly number[];
  /** Number of distinct contents. */
  readonly n: number;
  readonly matrix: PreferenceMatrix;
  /** votes[i*n + j]: answers that prefer i to j, a tie counting half to each. */
  readonly votes: Float64Array;
  /** Comparisons in which each content failed by its own fault, and in which it took part. */
  readonly faults: Int32Array;
  readonly asked: Int32Array;
  /** The last reason why a comparison of this content is unscored. */
  readonly lost: readonly (Unscored | undefined)[];
}

interface State {
  task: Task;
  canonical: Task;
  of: number[];
  hashes: string[];
  soFar: Compared[];
  done: boolean;
}

/** Both orders unless the comparer is symmetric or the options say otherwise. */
export function ordersOf(comparer: Comparer, options: TournamentOptions): "both" | "one" {
  return options.orders ?? ((comparer as Partial<SymmetricComparer>).symmetric === true ? "one" : "both");
}

/**
 * Plays all tasks' pairings against a comparer, round by round, each round of all tasks in one call.
 * Equal contents are one player, and players stand in content-hash order, so nothing depends on the candidates' order.
 */
export async function play(
  comparer: Comparer,
  tasks: readonly Task[],
  ctx: Context,
  options: TournamentOptions = {},
): Promise<Tournament[]> {
  const pairing = options.pairing ?? roundRobin();
  const orders = ordersOf(comparer, options);
  const states = tasks.map(stateOf);
  for (;;) {
    const round: { state: State; pairs: Pair[] }[] = [];
    for (const state of states) {
      if (state.done) continue;
      const chosen = pairing(
        state.hashes.length,
        state.soFar,
        split(split(ctx.seed, state.task.id), `pairing ${ctx.repeat}`),
      );
      if (chosen === "done" || chosen.length === 0) state.done = true;
      else round.push({ state, pairs: ordered(checked(chosen, state), state, orders) });
    }
    if (round.length === 0) break;
    const answers = await ctx.compare(
      comparer,
      round.map(({ state, pairs }) => ({ task: state.canonical, pairs })),
    );
    for (const [k, { state }] of round.entries()) state.soFar.push(...answers[k]!);
  }
  return states.map(tally);
}

/**
 * How often each candidate of a task is preferred to each other.
 *
 * p[i*n + j] is the mean over the asked orders of the probability that i is better than j (a tie counts half),
 * `weight` the number of answers behind it, 0 where the two were not compared or no answer was scored (p is then ½ and
 * means nothing). Candidates of equal content are ties of weight 0. `orderEffect` is the mean, over pairs answered in
 * both orders, of P(the one shown first wins) − ½: 0 for a comparer without position bias, null where no pair was.
 *
 * @param options pairing and orders as for `toReward`
 * @returns n × n row-major arrays over the task's candidates, in their order
 * @example (await preferenceMatrix(judge, task, ctx)).orderEffect
 */
export async function preferenceMatrix(
  comparer: Comparer,
  task: Task,
  ctx: Context,
  options: TournamentOptions = {},
): Promise<PreferenceMatrix> {
  const [played] = await play(comparer, [task], ctx, options);
  const { of, matrix } = played!;
  const n = task.candidates.length;
  const spread = (from: Float64Array, same: number): Float64Array => {
    const to = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) to[i * n + j] = of[i] === of[j] ? same : from[of[i]! * matrix.n + of[j]!]!;
    return to;
  };
  return {
    n,
    p: spread(matrix.p, 0.5),
    tie: spread(matrix.tie, 1),
    weight: spread(matrix.weight, 0),
    ...(matrix.strength === undefined ? {} : { strength: spread(matrix.strength, 0) }),
    orderEffect: matrix.orderEffect,
  };
}

function stateOf(task: Task): State {
  const hashes = task.candidates.map(candidateHash);
  const distinct = [...new Set(hashes)].sort();
  const place = new Map(distinct.map((hash, i) => [hash, i]));
  const players: Candidate[] = [];
  const of = hashes.map((hash, c) => {
    const i = place.get(hash)!;
    players[i] ??= task.candidates[c]!;
    return i;
  });
  return {
    task,
    canonical: { ...task, candidates: players },
    of,
    hashes: distinct,
    soFar: [],
    done: distinct.length < 2,
  };
}

function checked(pairs: readonly Pair[], state: State): readonly Pair[] {
  const n = state.hashes.length;
  for (const [i, j] of pairs)
    if (!(Number.isInteger(i) && Number.isInteger(j) && i !== j && i >= 0 && j >= 0 && i < n && j < n))
      throw new UsageError(`the pairing chose (${i}, ${j}) among ${n} contents of task ${state.task.id}`);
  if (state.soFar.length + pairs.length > 4 * n * n)
    throw new UsageError(
      `the pairing asks for more than ${4 * n * n} comparisons of ${n} contents and never says "done"`,
    );
  return pairs;
}

function ordered(pairs: readonly Pair[], state: State, orders: "both" | "one"): Pair[] {
  if (orders === "both")
    return pairs.flatMap(([i, j]): Pair[] => [
      [i, j],
      [j, i],
    ]);
  return pairs.map(([i, j]): Pair => {
    const [a, b] = i < j ? [i, j] : [j, i];
    const coin = Number.parseInt(sha256(`${state.hashes[a]!}${state.hashes[b]!}`)[0]!, 16);
    return coin < 8 ? [a, b] : [b, a];
  });
}

function tally(state: State): Tournament {
  const n = state.hashes.length;
  const p = new Float64Array(n * n).fill(0.5);
  const sums = new Float64Array(n * n);
  const tie = new Float64Array(n * n);
  const weight = new Float64Array(n * n);
  const votes = new Float64Array(n * n);
  const strength = new Float64Array(n * n);
  const graded = new Float64Array(n * n);
  const firstWins = new Float64Array(n * n).fill(Number.NaN);
  const faults = new Int32Array(n);
  const asked = new Int32Array(n);
  const lost: (Unscored | undefined)[] = new Array(n).fill(undefined);
  for (const compared of state.soFar) {
    const { first: i, second: j } = compared;
    if (compared.unscored !== undefined) {
      lost[i] = lost[j] = { unscored: compared.unscored };
      continue;
    }
    const to = i * n + j;
    const back = j * n + i;
    asked[i]!++;
    asked[j]!++;
    if (compared.fault === "first" || compared.fault === "both") faults[i]!++;
    if (compared.fault === "second" || compared.fault === "both") faults[j]!++;
    sums[to]! += compared.p;
    sums[back]! += 1 - compared.p;
    tie[to]! += compared.tie ?? 0;
    tie[back]! += compared.tie ?? 0;
    weight[to]!++;
    weight[back]!++;
    const vote = compared.p > 0.5 ? 1 : compared.p < 0.5 ? 0 : 0.5;
    votes[to]! += vote;
    votes[back]! += 1 - vote;
    firstWins[to] = compared.p;
    if (compared.strength !== undefined) {
      strength[to]! += compared.strength;
      strength[back]! -= compared.strength;
      graded[to]!++;
      graded[back]!++;
    }
  }
  let bias = 0;
  let both = 0;
  for (let i = 0; i < n; i++) {
    tie[i * n + i] = 1;
    for (let j = 0; j < n; j++) {
      const at = i * n + j;
      if (weight[at]! === 0) continue;
      p[at] = sums[at]! / weight[at]!;
      tie[at]! /= weight[at]!;
      strength[at] = graded[at]! > 0 ? strength[at]! / graded[at]! : Number.NaN;
      const here = firstWins[at]!;
      const there = firstWins[j * n + i]!;
      if (i < j && !Number.isNaN(here) && !Number.isNaN(there)) {
        bias += (here + there) / 2 - 0.5;
        both++;
      }
    }
  }
  const hasStrength = graded.some((count) => count > 0);
  return {
    of: state.of,
    n,
    matrix: { n, p, tie, weight, ...(hasStrength ? { strength } : {}), orderEffect: both === 0 ? null : bias / both },
    votes,
    faults,
    asked,
    lost,
  };
}
