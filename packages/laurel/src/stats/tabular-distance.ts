import { UsageError } from "../core/index.ts";
import { cholesky, choleskySolve } from "./cholesky.ts";
import {
  checkMdp,
  deterministic,
  expectedReturn,
  expectedReward,
  type Mdp,
  optimalPolicy,
  policyValues,
  type TabularReward,
  uniformPolicy,
} from "./mdp.ts";

/**
 * How a reward is freed of what cannot change behaviour. "value" (VAL) and "minimal" take out shaping and redistribution over next
 * states; "value-potential" and "minimal-potential" take out shaping; "epic" and "dard" are earlier forms; "none" does nothing.
 */
export type Canonical = "value" | "value-potential" | "minimal" | "minimal-potential" | "epic" | "dard" | "none";

/** L1, L2 or the largest entry, plain or weighted by the transition's probability: (Σ τ |x|^p)^(1/p), max τ |x|. */
export type TabularNorm = "1" | "2" | "max" | "weighted-1" | "weighted-2" | "weighted-max";

// what a canonical reward's norm, or a range of returns, is of the largest |R| where the reward prefers nothing
const negligible = 1e-9;

function largestOf(reward: TabularReward): number {
  return reward.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** Options of the distances. */
export interface StarcOptions {
  /** Default "value". */
  canonical?: Canonical | undefined;
  /** The fixed policy of "value" and "value-potential", states x actions; default uniform. */
  policy?: Float64Array | undefined;
  /** The norm that a canonical reward is divided by; default "weighted-2". */
  normalise?: TabularNorm | undefined;
  /** The norm of the difference; default "weighted-2". */
  distance?: TabularNorm | undefined;
}

/**
 * A reward without what cannot change which policies are better.
 *
 * value: E_{s'~τ}[R(s, a, s') + γ V(s') - V(s)], V the value under a fixed policy, constant in s'; value-potential: the same without
 * the expectation; minimal: the least member (in the L2 norm weighted by τ) among all rewards that differ by shaping and redistribution;
 * minimal-potential: by shaping alone; epic: R + γ E[R(s', A, S'')] - E[R(s, A, S'')] - γ E[R(S, A, S'')], S, A, S'' uniform; dard: the
 * same with S' ~ τ(s, A), S'' ~ τ(s', A) and the last term over S' ~ τ(s, A'), A' and A uniform.
 *
 * @throws UsageError for an MDP or a reward that is not one.
 *
 * Source: Skalse et al., STARC, ICLR 2024, Definitions 1 to 5 and released src/distance/canon; EPIC: Gleave et al. (2021); DARD: Wulfe
 * et al. (2022). The released minimal.py divides before it subtracts; this is the projection itself.
 */
export function canonicalise(
  reward: TabularReward,
  mdp: Mdp,
  method: Canonical = "value",
  policy: Float64Array = uniformPolicy(mdp),
): TabularReward {
  checkMdp(mdp);
  const expected = expectedReward(reward, mdp);
  switch (method) {
    case "none":
      return Float64Array.from(reward);
    case "value":
      return overNext(shaped(reward, mdp, policyValues(expected, mdp, policy)), mdp);
    case "value-potential":
      return shaped(reward, mdp, policyValues(expected, mdp, policy));
    case "minimal":
      return overNext(shaped(reward, mdp, minimalPotential(reward, mdp, true)), mdp);
    case "minimal-potential":
      return shaped(reward, mdp, minimalPotential(reward, mdp, false));
    case "epic":
      return epic(reward, mdp);
    case "dard":
      return dard(reward, expected, mdp);
  }
}

/** A norm of a reward (or a difference of rewards). */
export function rewardNorm(reward: TabularReward, { transition }: Mdp, norm: TabularNorm): number {
  const weighted = norm.startsWith("weighted-");
  const power = norm.slice(weighted ? 9 : 0);
  let [sum, most] = [0, 0];
  for (let i = 0; i < reward.length; i++) {
    const x = Math.abs(reward[i]!);
    const weight = weighted ? transition[i]! : 1;
    if (power === "max") most = Math.max(most, weight * x);
    else sum += weight * (power === "1" ? x : x * x);
  }
  return power === "max" ? most : power === "1" ? sum : Math.sqrt(sum);
}

/**
 * A canonical reward divided by its norm; exactly 0 where the norm is below 1e-9 of the largest |R|: such a reward prefers nothing.
 *
 * Source: Skalse et al. (2024), Definition 3; the cut-off is Laurel's.
 */
export function standardise(reward: TabularReward, mdp: Mdp, options: StarcOptions = {}): TabularReward {
  const { canonical = "value", normalise = "weighted-2", policy } = options;
  const c = canonicalise(reward, mdp, canonical, policy);
  const norm = rewardNorm(c, mdp, normalise);
  return norm <= negligible * largestOf(reward) || norm === 0 ? new Float64Array(c.length) : c.map((x) => x / norm);
}

/**
 * The distance of two rewards that counts only what can change behaviour; it bounds the regret of optimising one for the other.
 *
 * d(R₁, R₂) = ‖s(R₁) - s(R₂)‖, in [0, 2] where both norms are the same: 0 where all policies are ordered alike, 2 where oppositely.
 *
 * @throws UsageError as `canonicalise`.
 *
 * Source: Skalse et al., STARC, ICLR 2024.
 *
 * @example
 * starcDistance(reward, reward.map((r) => 3 * r), mdp); // 0
 */
export function starcDistance(
  first: TabularReward,
  second: TabularReward,
  mdp: Mdp,
  options: StarcOptions = {},
): number {
  const [a, b] = [standardise(first, mdp, options), standardise(second, mdp, options)];
  return differenceNorm(a, b, mdp, options.distance ?? "weighted-2");
}

/**
 * All distances of a family of rewards, each standardised once.
 *
 * @returns k x k row-major, symmetric with zeros on the diagonal.
 */
export function starcMatrix(rewards: readonly TabularReward[], mdp: Mdp, options: StarcOptions = {}): Float64Array {
  const k = rewards.length;
  const standard = rewards.map((reward) => standardise(reward, mdp, options));
  const out = new Float64Array(k * k);
  for (let i = 0; i < k; i++)
    for (let j = i + 1; j < k; j++)
      out[i * k + j] = out[j * k + i] = differenceNorm(
        standard[i]!,
        standard[j]!,
        mdp,
        options.distance ?? "weighted-2",
      );
  return out;
}

/**
 * What optimising the wrong reward costs, as a share of what could be lost, taken both ways.
 *
 * ½ [(J₁(π₁*) - J₁(π₂*)) / (J₁(π₁*) - J₁(π₁⁻)) + the same with 1 and 2 exchanged], π⁻ the worst policy; a denominator
 * below 1e-9 of the largest |R| is 1: such a reward prefers nothing, as in `standardise`.
 *
 * @returns in [0, 1], exact: policies by policy iteration, of equal actions the lowest.
 *
 * Source: Skalse et al. (2024), released `interpolated.py`.
 */
export function normalisedRegret(first: TabularReward, second: TabularReward, mdp: Mdp): number {
  checkMdp(mdp);
  const [a, b] = [expectedReward(first, mdp), expectedReward(second, mdp)];
  const best = [a, b].map((reward) => deterministic(optimalPolicy(reward, mdp).action, mdp.actions));
  const oneWay = (table: TabularReward, reward: Float64Array, own: Float64Array, other: Float64Array): number => {
    const top = expectedReturn(reward, mdp, own);
    const worst = deterministic(
      optimalPolicy(
        reward.map((x) => -x),
        mdp,
      ).action,
      mdp.actions,
    );
    const range = top - expectedReturn(reward, mdp, worst);
    const lost = top - expectedReturn(reward, mdp, other);
    return Math.max(0, range <= negligible * largestOf(table) ? lost : lost / range);
  };
  return Math.min(1, (oneWay(first, a, best[0]!, best[1]!) + oneWay(second, b, best[1]!, best[0]!)) / 2);
}

/**
 * R + γ Φ(s') - Φ(s): the same reward to every policy's order, since shaping telescopes.
 *
 * @param potential Φ, a number a state.
 * @throws UsageError for another number of states.
 *
 * Source: Ng, Harada and Russell (1999).
 */
export function shaped(reward: TabularReward, { states, actions, gamma }: Mdp, potential: Float64Array): TabularReward {
  if (potential.length !== states) throw new UsageError(`${potential.length} potentials for ${states} states`);
  return reward.map((r, i) => r + gamma * potential[i % states]! - potential[Math.floor(i / (states * actions))]!);
}

function differenceNorm(a: TabularReward, b: TabularReward, { transition }: Mdp, norm: TabularNorm): number {
  if (norm === "weighted-2") {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += transition[i]! * (a[i]! - b[i]!) ** 2;
    return Math.sqrt(sum);
  }
  return rewardNorm(
    a.map((x, i) => x - b[i]!),
    { transition } as Mdp,
    norm,
  );
}

/** Each entry becomes the expectation over the next state. */
function overNext(reward: TabularReward, mdp: Mdp): TabularReward {
  const expected = expectedReward(reward, mdp);
  return reward.map((_, i) => expected[Math.floor(i / mdp.states)]!);
}

/** Φ that minimises ‖R + γ Φ(s') - Φ(s)‖ in the τ-weighted L2 norm, of R or of its expectation over s'. */
function minimalPotential(reward: TabularReward, mdp: Mdp, expectation: boolean): Float64Array {
  const { states, actions, transition, gamma } = mdp;
  const normal = new Float64Array(states * states);
  const right = new Float64Array(states);
  const expected = expectedReward(reward, mdp);
  const row = new Float64Array(states);
  for (let sa = 0; sa < states * actions; sa++) {
    const s = Math.floor(sa / actions);
    const next = transition.subarray(sa * states, (sa + 1) * states);
    if (expectation) {
      for (let k = 0; k < states; k++) row[k] = gamma * next[k]!;
      row[s]! -= 1;
      for (let i = 0; i < states; i++) {
        if (row[i] === 0) continue;
        right[i]! -= row[i]! * expected[sa]!;
        for (let j = 0; j < states; j++) normal[i * states + j]! += row[i]! * row[j]!;
      }
      continue;
    }
    // Σ_k τ_k (r_k + γ Φ_k - Φ_s)²
    for (let k = 0; k < states; k++) {
      const p = next[k]!;
      const r = reward[sa * states + k]!;
      normal[k * states + k]! += p * gamma * gamma;
      normal[k * states + s]! -= p * gamma;
      normal[s * states + k]! -= p * gamma;
      normal[s * states + s]! += p;
      right[k]! -= p * gamma * r;
      right[s]! += p * r;
    }
  }
  const factor = cholesky(normal, states);
  if (factor === undefined) throw new UsageError("the least potential is not determined");
  return choleskySolve(factor, states, right);
}

function epic(reward: TabularReward, { states, actions, gamma }: Mdp): TabularReward {
  const mean = new Float64Array(states);
  let whole = 0;
  for (let s = 0; s < states; s++) {
    for (let i = 0; i < actions * states; i++) mean[s]! += reward[s * actions * states + i]! / (actions * states);
    whole += mean[s]! / states;
  }
  return reward.map(
    (r, i) => r + gamma * mean[i % states]! - mean[Math.floor(i / (states * actions))]! - gamma * whole,
  );
}

function dard(
  reward: TabularReward,
  expected: Float64Array,
  { states, actions, transition, gamma }: Mdp,
): TabularReward {
  // E_A,S'~τ(s,A) R(s, A, S')
  const from = new Float64Array(states);
  for (let sa = 0; sa < states * actions; sa++) from[Math.floor(sa / actions)]! += expected[sa]! / actions;
  // where a uniform action leads from s, and from s'
  const uniform = new Float64Array(states * states);
  for (let sa = 0; sa < states * actions; sa++)
    for (let next = 0; next < states; next++)
      uniform[Math.floor(sa / actions) * states + next]! += transition[sa * states + next]! / actions;
  // two[s * S + s']: E R(S', A, S''), S' ~ uniform(s), S'' ~ τ(s', A)
  const two = new Float64Array(states * states);
  // via[x * S + s']: E_A,S''~τ(s',A) R(x, A, S'')
  const via = new Float64Array(states * states);
  for (let x = 0; x < states; x++)
    for (let a = 0; a < actions; a++) {
      const rewards = (x * actions + a) * states;
      for (let next = 0; next < states; next++) {
        const probabilities = (next * actions + a) * states;
        let sum = 0;
        for (let k = 0; k < states; k++) sum += transition[probabilities + k]! * reward[rewards + k]!;
        via[x * states + next]! += sum / actions;
      }
    }
  for (let s = 0; s < states; s++)
    for (let x = 0; x < states; x++) {
      const p = uniform[s * states + x]!;
      if (p === 0) continue;
      for (let next = 0; next < states; next++) two[s * states + next]! += p * via[x * states + next]!;
    }
  return reward.map((r, i) => {
    const [s, next] = [Math.floor(i / (states * actions)), i % states];
    return r + gamma * from[next]! - from[s]! - gamma * two[s * states + next]!;
  });
}
