import {
  answerText,
  candidate,
  type Policy,
  pointwise,
  type Random,
  type Reward,
  random,
  type Task,
  task,
  UsageError,
} from "laurel";

/**
 * Solutions as chains of steps, each right or wrong by itself; a chain is right if and only if all its steps are. No network, no text: every
 * step's truth and every prefix's value are known.
 */
export interface Chains {
  /** n + 1 places: the steps of chain i are right[offsets[i]] … right[offsets[i + 1] − 1]. */
  offsets: Int32Array;
  /** 1 for a right step, all chains one after another. */
  right: Uint8Array;
}

/**
 * Draws chains whose steps are right independently of each other.
 *
 * @param steps of each chain, n numbers of at least 1
 * @param skill probability that a step is right, of each chain; in [0, 1]
 */
export function drawChains(steps: ArrayLike<number>, skill: ArrayLike<number>, rng: Random): Chains {
  if (skill.length !== steps.length) throw new UsageError(`${steps.length} chains and ${skill.length} skills`);
  const offsets = new Int32Array(steps.length + 1);
  for (let i = 0; i < steps.length; i++) {
    if (!(Number.isInteger(steps[i]) && steps[i]! >= 1 && skill[i]! >= 0 && skill[i]! <= 1))
      throw new UsageError(`chain ${i} has ${steps[i]} steps, each right with probability ${skill[i]}`);
    offsets[i + 1] = offsets[i]! + steps[i]!;
  }
  const right = new Uint8Array(offsets[steps.length]!);
  for (let i = 0; i < steps.length; i++)
    for (let t = offsets[i]!; t < offsets[i + 1]!; t++) right[t] = rng.uniform() < skill[i]! ? 1 : 0;
  return { offsets, right };
}

/** 1 for each chain whose steps are all right. */
export function chainOutcomes({ offsets, right }: Chains): Uint8Array {
  return Uint8Array.from({ length: offsets.length - 1 }, (_, i) =>
    right.subarray(offsets[i], offsets[i + 1]).includes(0) ? 0 : 1,
  );
}

/** The exact value of each prefix that ends with a step: skill^(steps that are left) while all steps are right, then 0. */
export function prefixValues({ offsets, right }: Chains, skill: ArrayLike<number>): Float64Array {
  const values = new Float64Array(right.length);
  for (let i = 0; i + 1 < offsets.length; i++)
    for (let t = offsets[i]!; t < offsets[i + 1]!; t++) {
      if (right[t] === 0) break;
      values[t] = skill[i]! ** (offsets[i + 1]! - 1 - t);
    }
  return values;
}

/** Scores of a judge that sees each truth through noise: acuity · truth + sd · N(0, 1). */
export function noisyScores(truth: ArrayLike<number>, acuity: number, rng: Random, sd = 1): Float64Array {
  return Float64Array.from(truth, (one) => acuity * one + sd * rng.normal());
}

/** The mean over each chain's steps of values that stand one a step. */
export function chainMeans({ offsets }: Chains, values: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: offsets.length - 1 }, (_, i) => {
    let sum = 0;
    for (let t = offsets[i]!; t < offsets[i + 1]!; t++) sum += values[t]!;
    return sum / (offsets[i + 1]! - offsets[i]!);
  });
}

/**
 * How often the best of n is right: of groups of n chains that follow each other, the first one with the greatest value is taken.
 *
 * @param keep which groups count, default all
 */
export function bestOfGroups(
  values: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  n: number,
  keep?: readonly number[],
): number {
  const groups = keep ?? Array.from({ length: values.length / n }, (_, g) => g);
  let hits = 0;
  for (const g of groups) {
    let best = g * n;
    for (let i = best + 1; i < (g + 1) * n; i++) if (values[i]! > values[best]!) best = i;
    hits += outcomes[best]!;
  }
  return hits / groups.length;
}

/** The text of a chain, a line a step. */
function chainText(right: ArrayLike<number>): string {
  return Array.from(right, (one) => (one === 1 ? "right" : "wrong")).join("\n");
}

/** A task whose solutions are chains of `steps` steps; its candidates are chains. */
export function chainTask(
  id: string,
  dials: { steps: number; skill: number },
  chains: readonly ArrayLike<number>[] = [],
): Task {
  return task("Go on to the end.", chains.map(chainText), "right", { id, context: dials });
}

/** A policy that writes chains, from the beginning or from a prefix, with the task's skill. */
export const chainPolicy: Policy = {
  name: "chain simulator",
  fingerprint: "chain-simulator-1",
  random: true,
  async *sample({ task: asked, n, prefix = "", seed }) {
    const { steps, skill } = asked.context as { steps: number; skill: number };
    const begun = prefix === "" ? [] : prefix.split("\n");
    const rng = random(seed);
    for (let i = 0; i < n; i++) {
      const lines = [...begun];
      while (lines.length < steps) lines.push(rng.uniform() < skill ? "right" : "wrong");
      yield candidate(lines.join("\n"));
    }
  },
};

/** Whether all steps of a chain's text are right. */
export const chainVerifier: Reward = pointwise("chain verifier", (one) => (answerText(one).includes("wrong") ? 0 : 1), {
  version: 1,
  range: [0, 1],
});
