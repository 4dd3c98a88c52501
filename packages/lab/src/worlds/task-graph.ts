import type { Random } from "laurel";

/** A task of an agent: a way of so many right steps to one of several end states that are equally good. */
export type TaskGraphDials = {
  /** Right steps from the start to an end. */
  steps: number;
  /** Most actions of a run. */
  horizon: number;
  /** End states that fulfil the task: another order of records, another phrasing, another route. */
  ends: number;
  /** Share of wrong actions that change something beside the way; the others go round in a loop. */
  side: number;
};

/** One run, as the simulator knows it. */
export interface AgentOutcome {
  /** The end state that was reached, from 0; the reference is 0. Null where none was. */
  end: number | null;
  sideEffect: boolean;
  /** Actions that made no progress. */
  loops: number;
}

/**
 * The exact chance to reach an end within the horizon: at least `steps` right actions of `horizon`, each right with probability q, where
 * an action that changes something beside the way makes all ends unreachable.
 *
 *     state (k right actions so far, on the way); a wrong action stays with 1 − side and is lost with side
 */
export function reachedChance(q: number, { steps, horizon, side }: TaskGraphDials): number {
  let at = new Float64Array(steps + 1);
  at[0] = 1;
  for (let t = 0; t < horizon; t++) {
    const next = new Float64Array(steps + 1);
    next[steps] = at[steps]!;
    for (let k = 0; k < steps; k++) {
      next[k + 1]! += at[k]! * q;
      next[k]! += at[k]! * (1 - q) * (1 - side);
    }
    at = next;
  }
  return at[steps]!;
}

/** The chance of a right action with which a planner succeeds at a rate in (0, 1), to 1e-12. */
export function skillFor(rate: number, dials: TaskGraphDials): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (reachedChance(middle, dials) < rate) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Runs a noisy planner, which sets out for one of the ends with equal chances. */
export function runAgent(q: number, { steps, horizon, ends, side }: TaskGraphDials, rng: Random): AgentOutcome {
  const aim = Math.min(ends - 1, Math.floor(ends * rng.uniform()));
  let right = 0;
  let loops = 0;
  for (let t = 0; t < horizon && right < steps; t++) {
    if (rng.uniform() < q) right++;
    else if (rng.uniform() < side) return { end: null, sideEffect: true, loops };
    else loops++;
  }
  return { end: right === steps ? aim : null, sideEffect: false, loops };
}
