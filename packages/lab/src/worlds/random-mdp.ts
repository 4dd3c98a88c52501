import { random, type Seed, split } from "laurel";
import { type Mdp, shaped, type TabularReward } from "laurel/stats";

/** A random decision process, and how its rewards are drawn. */
export type MdpDials = {
  states: number;
  actions: number;
  gamma: number;
  /** Chances that a drawn reward is made sparse, scaled, shifted, shaped by a potential, redistributed over next states. */
  sparse: number;
  scaled: number;
  shifted: number;
  shapedBy: number;
  redistributed: number;
};

/** STARC's experiment at half its size, with redistribution besides. */
export const starcDials: MdpDials = {
  states: 16,
  actions: 4,
  gamma: 0.95,
  sparse: 0.2,
  scaled: 0.7,
  shifted: 0.3,
  shapedBy: 0.5,
  redistributed: 0.5,
};

/**
 * A process whose transitions are a softmax of normals, kept where above 1 (else -20); it starts anywhere with equal chance.
 *
 * Source: Skalse et al., STARC, ICLR 2024, released `env.py`.
 */
export function drawMdp({ states, actions, gamma }: Pick<MdpDials, "states" | "actions" | "gamma">, seed: Seed): Mdp {
  const rng = random(split(seed, "transitions"));
  const transition = new Float64Array(states * actions * states);
  for (let row = 0; row < states * actions; row++) {
    let total = 0;
    for (let next = 0; next < states; next++) {
      const z = rng.normal();
      total += transition[row * states + next] = Math.exp(z > 1 ? z : -20);
    }
    for (let next = 0; next < states; next++) transition[row * states + next]! /= total;
  }
  return { states, actions, transition, start: new Float64Array(states).fill(1 / states), gamma };
}

/**
 * A reward of normals, made sparse (entries above 3 kept), scaled by U(0, 10), shifted by U(0, 10), shaped by a potential
 * N(0, 1) · U(0, 10) + U(0, 1), and redistributed over next states by N(0, 1) · U(0, 5) less its mean, each by a coin of its own.
 *
 * Source: as `drawMdp`, `reward.py`; redistribution is the specification's.
 */
export function drawReward(mdp: Mdp, dials: MdpDials, seed: Seed): TabularReward {
  const { states } = mdp;
  const coins = random(split(seed, "coins"));
  const [sparse, scaled, shifted, potential, redistributed] = [
    dials.sparse,
    dials.scaled,
    dials.shifted,
    dials.shapedBy,
    dials.redistributed,
  ].map((chance) => ({ on: coins.uniform() < chance, by: coins.uniform() })) as [Coin, Coin, Coin, Coin, Coin];
  const rng = random(split(seed, "reward"));
  let reward: TabularReward = mdp.transition.map(() => {
    const z = rng.normal();
    return sparse.on && z <= 3 ? 0 : z;
  });
  if (scaled.on) reward = reward.map((r) => 10 * scaled.by * r);
  if (shifted.on) reward = reward.map((r) => r + 10 * shifted.by);
  if (potential.on) {
    const shift = coins.uniform();
    const draws = random(split(seed, "potential"));
    reward = shaped(
      reward,
      mdp,
      Float64Array.from({ length: states }, () => 10 * potential.by * draws.normal() + shift),
    );
  }
  if (redistributed.on) {
    const noise = drawRedistribution(mdp, split(seed, "redistribution"));
    reward = reward.map((r, i) => r + 5 * redistributed.by * noise[i]!);
  }
  return reward;
}
interface Coin {
  on: boolean;
  by: number;
}

/** Normal noise on transitions whose mean over the next state is 0: it changes no policy's return. */
export function drawRedistribution({ states, transition }: Mdp, seed: Seed): Float64Array {
  const rng = random(seed);
  const noise = transition.map(() => rng.normal());
  for (let row = 0; row < noise.length / states; row++) {
    let mean = 0;
    for (let next = 0; next < states; next++) mean += transition[row * states + next]! * noise[row * states + next]!;
    for (let next = 0; next < states; next++) noise[row * states + next]! -= mean;
  }
  return noise;
}
