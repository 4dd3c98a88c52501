import { UsageError } from "../core/index.ts";
import { solveLinear } from "./solve-linear.ts";

/** A finite decision process. */
export interface Mdp {
  states: number;
  actions: number;
  /** states x actions x states: τ(s, a, s'), index (s * actions + a) * states + s'. */
  transition: Float64Array;
  /** states: where episodes begin. */
  start: Float64Array;
  /** Discount in [0, 1). */
  gamma: number;
}

/** A reward of a transition, indexed as `Mdp.transition`. */
export type TabularReward = Float64Array;

/** Throws where an MDP's parts do not belong together, or probabilities do not sum to 1 (within 1e-9). */
export function checkMdp(mdp: Mdp): void {
  const { states, actions, transition, start, gamma } = mdp;
  if (!(gamma >= 0 && gamma < 1)) throw new UsageError(`gamma lies in [0, 1), not ${gamma}`);
  if (transition.length !== states * actions * states)
    throw new UsageError(`${transition.length} transitions for ${states} states and ${actions} actions`);
  if (start.length !== states) throw new UsageError(`${start.length} start probabilities for ${states} states`);
  for (let row = 0; row < states * actions; row++)
    checkSum(
      transition,
      row * states,
      states,
      `the transitions of state ${Math.floor(row / actions)}, action ${row % actions}`,
    );
  checkSum(start, 0, states, "the start probabilities");
}

function checkSum(p: Float64Array, from: number, length: number, what: string): void {
  let sum = 0;
  for (let i = from; i < from + length; i++) {
    if (!(p[i]! >= 0)) throw new UsageError(`${what} contain ${p[i]}`);
    sum += p[i]!;
  }
  if (!(Math.abs(sum - 1) <= 1e-9)) throw new UsageError(`${what} sum to ${sum}, not to 1`);
}

/** states x actions: E over s' of the reward. @throws UsageError for a reward of the wrong size or that is not finite. */
export function expectedReward(reward: TabularReward, { states, actions, transition }: Mdp): Float64Array {
  if (reward.length !== transition.length)
    throw new UsageError(`${reward.length} rewards for ${transition.length} transitions`);
  const out = new Float64Array(states * actions);
  for (let row = 0; row < out.length; row++)
    for (let next = 0; next < states; next++) {
      const r = reward[row * states + next]!;
      if (!Number.isFinite(r)) throw new UsageError(`the reward of transition ${row * states + next} is ${r}`);
      out[row]! += transition[row * states + next]! * r;
    }
  return out;
}

/**
 * The value of each state under a policy: V solves (I - γ P_π) V = r_π.
 *
 * @param reward states x actions, expected.
 * @param policy states x actions: probabilities.
 */
export function policyValues(reward: Float64Array, mdp: Mdp, policy: Float64Array): Float64Array {
  const { states, actions, transition, gamma } = mdp;
  const matrix = new Float64Array(states * states);
  const right = new Float64Array(states);
  for (let s = 0; s < states; s++) {
    matrix[s * states + s]! += 1;
    for (let a = 0; a < actions; a++) {
      const p = policy[s * actions + a]!;
      if (p === 0) continue;
      const row = s * actions + a;
      right[s]! += p * reward[row]!;
      for (let next = 0; next < states; next++)
        matrix[s * states + next]! -= gamma * p * transition[row * states + next]!;
    }
  }
  return solveLinear(matrix, right);
}

/** The policy that chooses each action equally often. */
export function uniformPolicy({ states, actions }: Mdp): Float64Array {
  return new Float64Array(states * actions).fill(1 / actions);
}

/**
 * An optimal policy by policy iteration: exact, and of equal actions the lowest.
 *
 * @param reward states x actions, expected.
 * @returns the action of each state, and the states' values.
 *
 * Source: Howard (1960).
 */
export function optimalPolicy(reward: Float64Array, mdp: Mdp): { action: Int32Array; values: Float64Array } {
  const { states, actions, transition, gamma } = mdp;
  const action = new Int32Array(states);
  for (;;) {
    const values = policyValues(reward, mdp, deterministic(action, actions));
    const size = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    let changed = false;
    for (let s = 0; s < states; s++) {
      const q = Float64Array.from({ length: actions }, (_, a) => {
        const row = s * actions + a;
        let sum = 0;
        for (let next = 0; next < states; next++) sum += transition[row * states + next]! * values[next]!;
        return reward[row]! + gamma * sum;
      });
      const top = q.reduce((x, y) => Math.max(x, y));
      const slack = 1e-13 * size;
      const best = q.findIndex((x) => x >= top - slack);
      // a policy that is as good is kept, or equal actions would take turns for ever
      if (q[action[s]!]! < top - slack) {
        action[s] = best;
        changed = true;
      }
    }
    if (!changed) {
      return { action, values };
    }
  }
}

/** Probabilities of a policy that takes one action a state. */
export function deterministic(action: Int32Array, actions: number): Float64Array {
  const policy = new Float64Array(action.length * actions);
  action.forEach((a, s) => {
    policy[s * actions + a] = 1;
  });
  return policy;
}

/** The expected discounted return of a policy from the start. */
export function expectedReturn(reward: Float64Array, mdp: Mdp, policy: Float64Array): number {
  const values = policyValues(reward, mdp, policy);
  return mdp.start.reduce((sum, p, s) => sum + p * values[s]!, 0);
}
