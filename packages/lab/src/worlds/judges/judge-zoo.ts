import { type Random, random, type Seed, split, UsageError } from "laurel";
import { normalCdf } from "laurel/stats";
import { sigmoid } from "../../policy/numbers.ts";

/** What a judge of the zoo sees of an item. What is left out is 0. */
export interface ZooItem {
  /** Gold: a correctness of 0 or 1, or any quality. */
  quality: number;
  words?: number | undefined;
  style?: number | undefined;
  author?: number | undefined;
  /** Where the item stands in the tastes that go round, in radians. */
  angle?: number | undefined;
  /** Which of the domains it belongs to, from 0. */
  domain?: number | undefined;
}

/** What makes a comparison, or a question about one item, hard. */
export interface Hardness {
  /** h: what `hardness` logits a unit are lost to. */
  difficulty?: number | undefined;
  /** A misleading cue, from 0. */
  trap?: number | undefined;
}

/** One judge. Logits are of the comparison's first item. */
export type ZooTraits = {
  name: string;
  /** Logits a unit of quality; by domain where `domains` is given. */
  acuity: number;
  domains?: readonly number[] | undefined;
  /** Logits that a unit of difficulty takes from the better item. */
  hardness?: number | undefined;
  /** A trap takes weight · max(0, knee − acuity) · max(0, trap) logits more: the weaker the judge, the worse. */
  trap?: { weight: number; knee: number } | undefined;
  /** For what is shown first. */
  position?: number | undefined;
  /** For 100 words more. */
  length?: number | undefined;
  /** For a unit of style more. */
  style?: number | undefined;
  self?: { author: number; bonus: number } | undefined;
  /** Davidson's ν: P(tie) = ν/(e^{x/2} + e^{−x/2} + ν) at a logit of x; default 0, no ties. */
  ties?: number | undefined;
  /** Intransitive tastes: weight · sin(angle_second − angle_first). */
  cycle?: number | undefined;
  /** The share of votes that come from the pair itself, so that a repeat gives them again; default 0. */
  steady?: number | undefined;
  /** T: it says σ(|x|/T) of its vote where σ(|x|) would be right; 1 is calibrated, below 1 is too sure. */
  temperature?: number | undefined;
};

/** Exact probabilities of a vote. */
export interface VoteLaw {
  first: number;
  second: number;
  tie: number;
}

/**
 * The logit by which a judge prefers the first item where it must choose:
 *
 *     x = sign(Δq) · (acuity · |Δq| − hardness · h − trap) + position + length · Δwords/100 + style · Δstyle + self + cycle
 *
 * (for Δq = 0 the first bracket is 0).
 */
export function zooLogit(judge: ZooTraits, first: ZooItem, second: ZooItem, hard: Hardness = {}): number {
  const gap = first.quality - second.quality;
  const acuity = judge.domains?.[first.domain ?? 0] ?? judge.acuity;
  const self = (item: ZooItem): number =>
    judge.self !== undefined && item.author === judge.self.author ? judge.self.bonus : 0;
  return (
    (gap === 0 ? 0 : Math.sign(gap) * (acuity * Math.abs(gap) - lost(judge, hard))) +
    (judge.position ?? 0) +
    ((judge.length ?? 0) * ((first.words ?? 0) - (second.words ?? 0))) / 100 +
    (judge.style ?? 0) * ((first.style ?? 0) - (second.style ?? 0)) +
    self(first) -
    self(second) +
    (judge.cycle ?? 0) * Math.sin((second.angle ?? 0) - (first.angle ?? 0))
  );
}

function lost({ hardness = 0, trap, acuity }: ZooTraits, hard: Hardness): number {
  const trapped = trap === undefined ? 0 : trap.weight * Math.max(0, trap.knee - acuity) * Math.max(0, hard.trap ?? 0);
  return hardness * (hard.difficulty ?? 0) + trapped;
}

/** The exact law of a judge's vote, ties by Davidson's rule (Davidson 1970); without ties P(first) = σ(x). */
export function voteLaw(judge: ZooTraits, first: ZooItem, second: ZooItem, hard: Hardness = {}): VoteLaw {
  const x = zooLogit(judge, first, second, hard);
  const nu = judge.ties ?? 0;
  if (nu === 0) return { first: sigmoid(x), second: sigmoid(-x), tie: 0 };
  // over e^{|x|/2}, so that nothing overflows
  const small = Math.exp(-Math.abs(x) / 2);
  const [strong, weak, tie] = [1, small * small, nu * small];
  const sum = strong + weak + tie;
  return { first: (x >= 0 ? strong : weak) / sum, second: (x >= 0 ? weak : strong) / sum, tie: tie / sum };
}

/** The exact probability that a vote is right: for the better item, a tie counts half, and so do items of equal quality. */
export function expectedAccuracy(judge: ZooTraits, first: ZooItem, second: ZooItem, hard: Hardness = {}): number {
  const law = voteLaw(judge, first, second, hard);
  if (first.quality === second.quality) return 0.5;
  return (first.quality > second.quality ? law.first : law.second) + law.tie / 2;
}

/** The exact probability that votes in both orders name the same item (or a tie twice), with fresh noise in each. */
export function expectedConsistency(judge: ZooTraits, first: ZooItem, second: ZooItem, hard: Hardness = {}): number {
  const one = voteLaw(judge, first, second, hard);
  const other = voteLaw(judge, second, first, hard);
  return one.first * other.second + one.second * other.first + one.tie * other.tie;
}

/** The exact probability that two repeats of one comparison give the same vote: s² + (1 − s²) Σ p². */
export function expectedRepeatAgreement(
  judge: ZooTraits,
  first: ZooItem,
  second: ZooItem,
  hard: Hardness = {},
): number {
  const { first: p, second: q, tie } = voteLaw(judge, first, second, hard);
  const both = (judge.steady ?? 0) ** 2;
  return both + (1 - both) * (p * p + q * q + tie * tie);
}

/** The exact probability that a judge is right about a single item of the given hardness: σ(acuity − hardness · h − trap). */
export function rightProbability(judge: ZooTraits, hard: Hardness): number {
  return sigmoid(judge.acuity - lost(judge, hard));
}

/** A vote, and how sure the judge says it is. */
export interface ZooVote {
  vote: "first" | "second" | "tie";
  /** The stated probability that the vote is right, σ(|x|/T); 0.5 for a tie. */
  confidence: number;
}

/**
 * Draws a vote.
 *
 * @param pair what the steady share is drawn from: the same name and order give the same steady vote
 * @param repeat which repetition; each has its own fresh noise
 */
export function castVote(
  judge: ZooTraits,
  first: ZooItem,
  second: ZooItem,
  o: { hard?: Hardness | undefined; pair: string; repeat?: number | undefined },
  seed: Seed,
): ZooVote {
  const own = split(split(seed, judge.name), o.pair);
  const fresh = random(split(own, `repeat ${o.repeat ?? 0}`));
  const steady = fresh.uniform() < (judge.steady ?? 0);
  const u = (steady ? random(split(own, "steady")) : fresh).uniform();
  const law = voteLaw(judge, first, second, o.hard);
  const vote = u < law.first ? "first" : u < law.first + law.second ? "second" : "tie";
  const x = zooLogit(judge, first, second, o.hard);
  return { vote, confidence: vote === "tie" ? 0.5 : sigmoid(Math.abs(x) / (judge.temperature ?? 1)) };
}

/**
 * The score that a judge gives to an item by itself: acuity · quality + length · words/100 + style · style + self + N(0, 1), the noise
 * fixed by judge and item.
 *
 * @param item its name, which fixes the noise
 */
export function zooScore(judge: ZooTraits, item: ZooItem & { name: string }, seed: Seed): number {
  return zooScoreMean(judge, item) + random(split(split(seed, judge.name), item.name)).normal();
}

/** The mean of `zooScore` over its noise. */
export function zooScoreMean(judge: ZooTraits, item: ZooItem): number {
  const acuity = judge.domains?.[item.domain ?? 0] ?? judge.acuity;
  const self = judge.self !== undefined && item.author === judge.self.author ? judge.self.bonus : 0;
  return (
    acuity * item.quality +
    ((judge.length ?? 0) * (item.words ?? 0)) / 100 +
    (judge.style ?? 0) * (item.style ?? 0) +
    self
  );
}

/** The exact probability that the first item's score is above the second's: Φ(Δ/√2). */
export function expectedScoreOrder(judge: ZooTraits, first: ZooItem, second: ZooItem): number {
  return normalCdf((zooScoreMean(judge, first) - zooScoreMean(judge, second)) / Math.SQRT2);
}

/** The law of a trait over a population. */
export type TraitLaw = number | { mean: number; sd: number } | { from: number; to: number };

/** A population of judges. */
export type ZooDials = {
  acuity: TraitLaw;
  /** Each judge's acuity in each of `count` domains is max(0, acuity + spread · N(0, 1)). */
  domains?: { count: number; spread: number } | undefined;
  hardness?: TraitLaw | undefined;
  trap?: { weight: number; knee: number } | undefined;
  position?: TraitLaw | undefined;
  length?: TraitLaw | undefined;
  style?: TraitLaw | undefined;
  /** Judge k prefers texts of author k by this much. */
  self?: TraitLaw | undefined;
  ties?: TraitLaw | undefined;
  cycle?: TraitLaw | undefined;
  steady?: TraitLaw | undefined;
  /** Of log temperature. */
  logTemperature?: TraitLaw | undefined;
};

/**
 * Draws a population of judges, traits independent of each other.
 *
 * @example drawZoo(zooPresets.rewardmath, 40, seed)
 */
export function drawZoo(dials: ZooDials, n: number, seed: Seed): ZooTraits[] {
  if (!(Number.isInteger(n) && n >= 1)) throw new UsageError(`a zoo has a whole number of judges, not ${n}`);
  const rngs = new Map<string, Random>();
  const value = (trait: string, law: TraitLaw | undefined): number => {
    let rng = rngs.get(trait);
    if (rng === undefined) rngs.set(trait, (rng = random(split(seed, trait))));
    if (law === undefined || typeof law === "number") return law ?? 0;
    return "sd" in law ? law.mean + law.sd * rng.normal() : law.from + (law.to - law.from) * rng.uniform();
  };
  const domains = random(split(seed, "domains"));
  return Array.from({ length: n }, (_, k): ZooTraits => {
    const acuity = value("acuity", dials.acuity);
    return {
      name: `judge ${k + 1}`,
      acuity,
      domains:
        dials.domains === undefined
          ? undefined
          : Array.from({ length: dials.domains.count }, () =>
              Math.max(0, acuity + dials.domains!.spread * domains.normal()),
            ),
      hardness: value("hardness", dials.hardness),
      trap: dials.trap,
      position: value("position", dials.position),
      length: value("length", dials.length),
      style: value("style", dials.style),
      self: dials.self === undefined ? undefined : { author: k, bonus: value("self", dials.self) },
      ties: Math.max(0, value("ties", dials.ties)),
      cycle: value("cycle", dials.cycle),
      steady: Math.min(1, Math.max(0, value("steady", dials.steady))),
      temperature: Math.exp(value("temperature", dials.logTemperature)),
    };
  });
}

/** The populations of the papers whose benchmarks are judged by a zoo. */
export const zooPresets = {
  /** rewardbench-2: 60 rewards; score = a_d · c + s · t + N(0, 1). */
  "rewardbench-2": { acuity: { from: 0, to: 2.5 }, domains: { count: 6, spread: 0.5 }, style: { mean: 0, sd: 1 } },
  /** rewardmath: 40 rewards. */
  rewardmath: { acuity: { from: 0, to: 3 }, style: { mean: 0, sd: 1 } },
  /** judgebench: 40 judges with position bias. */
  judgebench: { acuity: { from: 0, to: 2 }, style: { mean: 0, sd: 1 }, position: { mean: 0, sd: 0.5 } },
  /** vl-rewardbench, single items: logit 1.5 c − 0.4 h − 0.8 max(0, 1.4 − c) max(0, t), here with acuity = 1.5 c. */
  "vl-rewardbench": { acuity: { from: -0.45, to: 3 }, hardness: 0.4, trap: { weight: 0.8 / 1.5, knee: 2.1 } },
} as const satisfies Record<string, ZooDials>;
