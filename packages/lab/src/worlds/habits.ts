import { type Random, random, type Seed, split } from "laurel";

/** A policy over tasks of several steps, which has a wrong habit in some states. */
export type HabitDials = {
  tasks: number;
  steps: number;
  actions: number;
  /** Share of states with a wrong habit. */
  habits: number;
  /** Chance of the right action, without and with a habit; in a habit all else is on one wrong action. */
  right: number;
  rightInHabit: number;
};

/** Action probabilities, tasks × steps × actions; action 0 is right in every state. */
export type HabitPolicy = Float64Array;

/** Draws the base policy: where the habits are, and which wrong action each one takes. */
export function drawHabits(
  { tasks, steps, actions, habits, right, rightInHabit }: HabitDials,
  seed: Seed,
): HabitPolicy {
  const rng = random(split(seed, "habits"));
  const policy = new Float64Array(tasks * steps * actions);
  for (let state = 0; state < tasks * steps; state++) {
    const own = policy.subarray(state * actions, (state + 1) * actions);
    if (rng.uniform() < habits) {
      own[0] = rightInHabit;
      own[1 + Math.floor((actions - 1) * rng.uniform())] = 1 - rightInHabit;
    } else {
      own.fill((1 - right) / (actions - 1));
      own[0] = right;
    }
  }
  return policy;
}

/** The exact share of tasks that a policy does with every step right, tasks being equally likely. */
export function habitSuccess(policy: HabitPolicy, { tasks, steps, actions }: HabitDials): number {
  let sum = 0;
  for (let task = 0; task < tasks; task++) {
    let product = 1;
    for (let step = 0; step < steps; step++) product *= policy[(task * steps + step) * actions]!;
    sum += product;
  }
  return sum / tasks;
}

/** One run of a task: the actions, and whether all were right. */
export interface HabitRun {
  task: number;
  actions: Int32Array;
  success: boolean;
}

/** A run of a task drawn at random. */
export function runHabits(policy: HabitPolicy, { tasks, steps, actions }: HabitDials, rng: Random): HabitRun {
  const task = Math.floor(tasks * rng.uniform());
  const taken = new Int32Array(steps);
  for (let step = 0; step < steps; step++) {
    const from = (task * steps + step) * actions;
    let u = rng.uniform();
    let action = 0;
    while (action < actions - 1 && u >= policy[from + action]!) u -= policy[from + action++]!;
    taken[step] = action;
  }
  return { task, actions: taken, success: taken.every((action) => action === 0) };
}

/** Tabular behaviour cloning: in each state the shares of the runs' actions, with `laplace` added to each count. */
export function cloneRuns(
  runs: readonly HabitRun[],
  { tasks, steps, actions }: HabitDials,
  laplace: number,
): HabitPolicy {
  const policy = new Float64Array(tasks * steps * actions).fill(laplace);
  for (const run of runs)
    for (let step = 0; step < steps; step++) policy[(run.task * steps + step) * actions + run.actions[step]!]! += 1;
  for (let state = 0; state < tasks * steps; state++) {
    const own = policy.subarray(state * actions, (state + 1) * actions);
    const total = own.reduce((sum, one) => sum + one, 0);
    for (let a = 0; a < actions; a++) own[a]! /= total;
  }
  return policy;
}
