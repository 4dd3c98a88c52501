import { type Random, random, type Seed, split } from "laurel";

/** Systems of known order, measured by tasks on scales of their own. */
export type TableDials = {
  systems: number;
  tasks: number;
  /** φ: how far neighbours in the true order are apart, in Gumbel's noise of scale 1. */
  dispersion: number;
  /** The tasks' scales are exp(scales · N(0, 1)); 0 puts all on one scale. */
  scales: number;
};

/** A standard Gumbel variable. */
export function gumbel(rng: Random): number {
  return -Math.log(rng.exponential());
}

/**
 * Scores of systems in tasks: λ_t (± φ n + Gumbel(0, 1)), row-major systems x tasks; system n is the n-th worst.
 *
 * @param reversed so many tasks, the first ones, have the order turned round
 * Source: Colombo et al., What are the best systems?, NeurIPS 2022, synthetic experiments; unlike scales as in its specification.
 * @example drawTable({ systems: 20, tasks: 20, dispersion: 0.3, scales: 1.5 }, seed)
 */
export function drawTable(dials: TableDials, seed: Seed, reversed = 0): Float64Array {
  const { systems, tasks, dispersion, scales } = dials;
  const table = new Float64Array(systems * tasks);
  const noise = random(split(seed, "noise"));
  const spread = random(split(seed, "scales"));
  for (let t = 0; t < tasks; t++) {
    const scale = Math.exp(scales * spread.normal());
    for (let n = 0; n < systems; n++)
      table[n * tasks + t] = scale * ((t < reversed ? -1 : 1) * dispersion * n + gumbel(noise));
  }
  return table;
}

/** Tasks with instances; some tasks are large, and may measure another skill. */
export type InstanceDials = TableDials & {
  /** Instances of a task, and of the large ones, which come last. */
  instances: number;
  large: number;
  largeInstances: number;
  /** So many of the large tasks measure a random permutation of the skill. */
  offTarget: number;
  /** Scale of an instance's noise. */
  noise: number;
};

/** One systems x instances table a task. */
export function drawInstances(dials: InstanceDials, seed: Seed): Float64Array[] {
  const { systems, tasks, dispersion, scales, instances, large, largeInstances, offTarget, noise } = dials;
  const other = random(split(seed, "other skill")).shuffled(Array.from({ length: systems }, (_, n) => n));
  const rng = random(split(seed, "noise"));
  const spread = random(split(seed, "scales"));
  return Array.from({ length: tasks }, (_, t) => {
    const big = t >= tasks - large;
    const off = t >= tasks - offTarget;
    const scale = Math.exp(scales * spread.normal());
    const items = big ? largeInstances : instances;
    const table = new Float64Array(systems * items);
    for (let n = 0; n < systems; n++)
      for (let i = 0; i < items; i++)
        table[n * items + i] = scale * (dispersion * (off ? other[n]! : n) + noise * gumbel(rng));
    return table;
  });
}
