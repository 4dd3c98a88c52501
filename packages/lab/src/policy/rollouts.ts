import type { Random } from "laurel";

/**
 * Roll-outs of some prompts, before their reward is known. Those of one prompt stand together, `group` of them each. A roll-out is
 * one or several actions (tokens), and the actions of all roll-outs stand one after the other: ragged, without padding.
 */
export interface Rollouts {
  /** The prompt of each group. */
  prompts: Int32Array;
  /** Roll-outs a prompt. */
  group: number;
  /** Every action: the index of a candidate, a token, or a row of `points`. */
  draws: Int32Array;
  /** Roll-outs + 1 numbers: those of roll-out i are draws[starts[i] .. starts[i + 1]). Left out, each roll-out is one action. */
  starts?: Int32Array | undefined;
  /** The state in which each action was taken, for policies that have states. */
  states?: Int32Array | undefined;
  /** Actions of a continuous policy, draws × dim. */
  points?: Float64Array | undefined;
}

/** A batch of roll-outs with their rewards: the one layout that every algorithm takes. */
export interface RolloutBatch extends Rollouts {
  /** One reward a roll-out. */
  rewards: Float64Array;
}

/** A policy that can be drawn from and moved along the gradient of its log-probabilities. */
export interface TrainablePolicy {
  /** The parameters; optimisers move them in place. */
  readonly theta: Float64Array;
  /** Draws `group` roll-outs for each prompt. */
  sample(prompts: Int32Array, group: number, rng: Random): Rollouts;
  /** log π(action) of every action. */
  logprobs(rollouts: Rollouts): Float64Array;
  /** Σ_i weight_i ∇_θ log π(action_i): the gradient of anything that depends on θ by log-probabilities. */
  scoreGradient(rollouts: Rollouts, weights: Float64Array): Float64Array;
  /** The same kind of policy at other parameters, such as a reference or the policy of a moment ago. */
  at(theta: Float64Array): TrainablePolicy;
}

/** How many roll-outs a batch has. */
export function rolloutCount({ prompts, group }: Rollouts): number {
  return prompts.length * group;
}

/** Where each roll-out's actions begin, with the end of the last: as `starts`, also where a batch leaves it out. */
export function startsOf(rollouts: Rollouts): Int32Array {
  return rollouts.starts ?? Int32Array.from({ length: rolloutCount(rollouts) + 1 }, (_, i) => i);
}

/** One number a roll-out, repeated for each of its actions. */
export function perAction(rollouts: Rollouts, perRollout: Float64Array): Float64Array {
  if (rollouts.starts === undefined) return Float64Array.from(perRollout);
  const out = new Float64Array(rollouts.draws.length);
  for (let i = 0; i < perRollout.length; i++) out.fill(perRollout[i]!, rollouts.starts[i]!, rollouts.starts[i + 1]!);
  return out;
}

/** The sum over each roll-out's actions, such as a sequence's log-probability from its tokens'. */
export function perRollout(rollouts: Rollouts, perAction: Float64Array): Float64Array {
  if (rollouts.starts === undefined) return Float64Array.from(perAction);
  const out = new Float64Array(rolloutCount(rollouts));
  for (let i = 0; i < out.length; i++)
    for (let t = rollouts.starts[i]!; t < rollouts.starts[i + 1]!; t++) out[i]! += perAction[t]!;
  return out;
}

/**
 * Some roll-outs of a batch, in the order of `rows`, each a group of its own; repeats are allowed, as in a resampled buffer.
 *
 * @param rows indices of roll-outs
 */
export function pickRollouts(rollouts: Rollouts, rows: ArrayLike<number>): Rollouts {
  const starts = startsOf(rollouts);
  const kept: number[] = [];
  const begins = [0];
  for (let n = 0; n < rows.length; n++) {
    for (let t = starts[rows[n]!]!; t < starts[rows[n]! + 1]!; t++) kept.push(t);
    begins.push(kept.length);
  }
  const at = (values: Int32Array): Int32Array => Int32Array.from(kept, (t) => values[t]!);
  return {
    prompts: Int32Array.from(rows, (row) => rollouts.prompts[Math.floor(row / rollouts.group)]!),
    group: 1,
    draws: at(rollouts.draws),
    starts: rollouts.starts === undefined ? undefined : Int32Array.from(begins),
    states: rollouts.states === undefined ? undefined : at(rollouts.states),
    points: rollouts.points,
  };
}

/** The actions of some roll-outs, as `pickRollouts` orders them. */
export function pickActions(rollouts: Rollouts, rows: ArrayLike<number>, perAction: Float64Array): Float64Array {
  const starts = startsOf(rollouts);
  const out: number[] = [];
  for (let n = 0; n < rows.length; n++)
    for (let t = starts[rows[n]!]!; t < starts[rows[n]! + 1]!; t++) out.push(perAction[t]!);
  return Float64Array.from(out);
}
