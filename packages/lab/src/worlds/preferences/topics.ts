import { type Random, random, type Seed, split } from "laurel";
import { dotProduct, lengthIncentive, repetitionPenalty } from "laurel/rewards";
import { normals, unit } from "./world.ts";

/** Prompts of a few words of a topic, and answers that copy, wander, repeat or keep to it. */
export type TopicDials = {
  topics: number;
  /** Words of each topic, and words of none. */
  words: number;
  offTopic: number;
  /** Dimensions of word vectors; a topical word is pull · centre + push · noise of length about 1, brought to length 1. */
  dim: number;
  pull: number;
  push: number;
  prompts: number;
  /** Words of a prompt. */
  asked: number;
  candidates: number;
  /** Log-normal number of words, clipped. */
  meanLog: number;
  sdLog: number;
  shortest: number;
  longest: number;
  /** Dirichlet parameters of the shares of copied, off-topic, repeated and topical words. */
  shares: readonly [number, number, number, number];
  /** Gold is 1 − exp(−d/saturation) − Σ share · price, d the different topical words that the prompt has not. */
  saturation: number;
  prices: { off: number; repeat: number; copied: number };
};

/** Words and their vectors; word w is of topic ⌊w/words⌋, or of none. */
export interface TopicWords {
  dials: TopicDials;
  vectors: Float64Array;
}

/** Answers as lists of words, with what rewards see of them and their gold; item p · candidates + k of every list. */
export interface TopicAnswers {
  /** The topic and the words of each prompt. */
  topics: Int32Array;
  prompts: readonly Int32Array[];
  answers: readonly Int32Array[];
  gold: Float64Array;
  /** Shares of words that were copied from the prompt. */
  copied: Float64Array;
}

/** Draws the words of a world. */
export function drawTopicWords(dials: TopicDials, seed: Seed): TopicWords {
  const { topics, words, offTopic, dim, pull, push } = dials;
  const rng = random(split(seed, "words"));
  const vectors = new Float64Array((topics * words + offTopic) * dim);
  const noise = (): Float64Array => normals(rng, dim).map((x) => x / Math.sqrt(dim));
  for (let t = 0; t < topics; t++) {
    const centre = unit(normals(rng, dim));
    for (let w = t * words; w < (t + 1) * words; w++) {
      const own = noise();
      vectors.set(unit(centre.map((x, d) => pull * x + push * own[d]!)), w * dim);
    }
  }
  for (let w = topics * words; w < topics * words + offTopic; w++) vectors.set(unit(noise()), w * dim);
  return { dials, vectors };
}

/** Draws prompts and answers. Each word's kind is drawn by its answer's shares; the repeated word is one of the topic, and stands at the end. */
export function drawTopicAnswers({ dials }: TopicWords, seed: Seed): TopicAnswers {
  const { topics, words, offTopic, prompts, asked, candidates, shares, saturation, prices } = dials;
  const rng = random(split(seed, "answers"));
  const drawn = Int32Array.from({ length: prompts }, () => rng.below(topics));
  const promptWords: Int32Array[] = [];
  const answers: Int32Array[] = [];
  const gold = new Float64Array(prompts * candidates);
  const copied = new Float64Array(gold.length);
  const all = Array.from({ length: words }, (_, w) => w);
  for (const [p, topic] of drawn.entries()) {
    const own = Int32Array.from(rng.shuffled(all).slice(0, asked), (w) => topic * words + w);
    promptWords.push(own);
    const inPrompt = new Set(own);
    for (let k = 0; k < candidates; k++) {
      const length = Math.min(
        dials.longest,
        Math.max(dials.shortest, Math.round(Math.exp(dials.meanLog + dials.sdLog * rng.normal()))),
      );
      const [copies, off, repeats] = dirichlet(rng, shares);
      const repeated = topic * words + rng.below(words);
      const counts = { copied: 0, off: 0, repeat: 0 };
      const answer: number[] = [];
      const fresh = new Set<number>();
      for (let i = 0; i < length; i++) {
        const u = rng.uniform();
        if (u < copies!) {
          answer.push(own[rng.below(asked)]!);
          counts.copied++;
        } else if (u < copies! + off!) {
          answer.push(topics * words + rng.below(offTopic));
          counts.off++;
        } else if (u < copies! + off! + repeats!) counts.repeat++;
        else {
          const word = topic * words + rng.below(words);
          answer.push(word);
          if (!inPrompt.has(word)) fresh.add(word);
        }
      }
      if (counts.repeat > 0 && !inPrompt.has(repeated)) fresh.add(repeated);
      for (let i = 0; i < counts.repeat; i++) answer.push(repeated);
      answers.push(Int32Array.from(answer));
      const item = p * candidates + k;
      copied[item] = counts.copied / length;
      gold[item] =
        1 -
        Math.exp(-fresh.size / saturation) -
        (prices.off * counts.off + prices.repeat * counts.repeat + prices.copied * counts.copied) / length;
    }
  }
  return { topics: drawn, prompts: promptWords, answers, gold, copied };
}

/** A list of words' vector: the mean of theirs. */
export function meanVector({ dials: { dim }, vectors }: TopicWords, words: ArrayLike<number>): Float64Array {
  const mean = new Float64Array(dim);
  for (let i = 0; i < words.length; i++)
    for (let d = 0; d < dim; d++) mean[d]! += vectors[words[i]! * dim + d]! / words.length;
  return mean;
}

/** What R3 is made of, for each answer. */
export interface RelevanceParts {
  relevance: Float64Array;
  length: Float64Array;
  repetition: Float64Array;
}

/** Relevance of each answer to what it is held against (one list of words a prompt), length incentive and repetition penalty. */
export function relevanceParts(
  words: TopicWords,
  answers: readonly Int32Array[],
  against: readonly ArrayLike<number>[],
  candidates: number,
): RelevanceParts {
  const asked = against.map((one) => meanVector(words, one));
  return {
    relevance: Float64Array.from(answers, (answer, i) =>
      dotProduct(asked[Math.floor(i / candidates)]!, meanVector(words, answer)),
    ),
    length: Float64Array.from(answers, (answer) => lengthIncentive(answer.length)),
    repetition: Float64Array.from(answers, (answer) => repetitionPenalty(answer)),
  };
}

/** Shares by Dirichlet's law, from gamma draws of these shapes. */
function dirichlet(rng: Random, shapes: readonly number[]): number[] {
  const draws = shapes.map((shape) => gamma(rng, shape));
  const sum = draws.reduce((a, b) => a + b, 0);
  return draws.map((x) => x / sum);
}

/** Gamma of scale 1: Marsaglia and Tsang (2000), below shape 1 by their power of a uniform number. */
function gamma(rng: Random, shape: number): number {
  if (shape < 1) return gamma(rng, shape + 1) * (1 - rng.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - rng.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
