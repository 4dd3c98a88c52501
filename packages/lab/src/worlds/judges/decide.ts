import { hashJson, type Random, random, type Seed, split } from "laurel";
import { normalCdf } from "laurel/stats";
import { sigmoid } from "../../policy/numbers.ts";
import { type Question, solve, type TextLatents } from "../preferences/text/index.ts";
import type { ShownText } from "./judge-prompt.ts";

/** What a judge is like. Biases are logits of a comparison; those that are left out are 0. */
export interface JudgeTraits {
  /**
   * How well it tells better from worse. `accuracy`: the share of pairs of unequal quality that it gets right where no bias
   * speaks, whatever their distance; `slope`: logits a unit of quality.
   */
  skill: { accuracy: number } | { slope: number };
  /** For the text that is shown first. */
  position?: number | undefined;
  /** For 100 words more. */
  length?: number | undefined;
  /** For a flourish more. */
  style?: number | undefined;
  /** For a list or headings instead of plain sentences. */
  layout?: number | undefined;
  /** For each exploit that a text holds, and for each marker. */
  exploits?: number | undefined;
  markers?: number | undefined;
  /** For texts of one author, its own. */
  self?: { author: number; bonus: number } | undefined;
  /** The share of comparisons that it calls a tie where it may; default 0. */
  tie?: number | undefined;
  /** Standard deviation of a grade about its mean, as a share of the scale; default 0. */
  noise?: number | undefined;
}

/** What stands round the texts. */
export interface Around {
  question: Question | null;
  reference: ShownText | null;
  /** The prompt without its texts: criteria, rubrics, the form that is asked for. */
  instructions: string;
}

/** The quality of a text in [0, 1] as the judge would see it without noise and bias. */
export type Quality = (latents: TextLatents, around: Around) => number;

/**
 * Half for the right answer to the prompt's sum, half for the mean level of its criteria; one of them alone where the other
 * is not in question.
 */
export const plainQuality: Quality = (latents, { question }) => {
  const told = latents.levels.filter((level) => level >= 0);
  const level = told.length === 0 ? null : told.reduce((sum, one) => sum + one, 0) / (10 * told.length);
  if (question === null) return level ?? 0;
  const right = latents.answer === solve(question) ? 1 : 0;
  return level === null ? right : (right + level) / 2;
};

/** A judge's view of the texts of one prompt: exact, before anything is drawn. */
export interface View {
  qualities: readonly number[];
  /** Logits of a choice among the texts, position and biases in. */
  logits: Float64Array;
  /** Means of the grades, in shares of the scale, before they are cut to [0, 1]. */
  grades: Float64Array;
  /** Logits of a yes, of each text alone. */
  checks: Float64Array;
}

/** A text that is none of the world's has quality 0 and no bias but its length and position. */
export function viewOf(traits: JudgeTraits, texts: readonly ShownText[], around: Around, quality: Quality): View {
  const qualities = texts.map(({ latents }) => (latents === null ? 0 : quality(latents, around)));
  const steep = "slope" in traits.skill ? traits.skill.slope : logit(traits.skill.accuracy);
  // with an accuracy, each distinct quality is one step of the same height
  const steps = "slope" in traits.skill ? qualities : denseRanks(qualities);
  const perUnit = "slope" in traits.skill ? traits.skill.slope : 10;
  const bias = texts.map(
    (text, i) => biasOf(traits, text) + (i === 0 && texts.length > 1 ? (traits.position ?? 0) : 0),
  );
  return {
    qualities,
    logits: Float64Array.from(texts, (_, i) => steep * steps[i]! + bias[i]!),
    grades: Float64Array.from(texts, (_, i) => qualities[i]! + bias[i]! / perUnit),
    checks: Float64Array.from(texts, (_, i) =>
      "slope" in traits.skill
        ? steep * (qualities[i]! - 0.5) + bias[i]!
        : (qualities[i]! >= 0.5 ? steep : -steep) + bias[i]!,
    ),
  };
}

/** Logits by which a judge tells a true item from a false one: log-odds of its accuracy, or half of its slope. */
export function steepnessOf({ skill }: JudgeTraits): number {
  return "slope" in skill ? skill.slope / 2 : logit(skill.accuracy);
}

function biasOf(traits: JudgeTraits, { latents, words }: ShownText): number {
  const length = ((traits.length ?? 0) * words) / 100;
  if (latents === null) return length;
  return (
    length +
    (traits.style ?? 0) * latents.flourishes +
    (latents.layout === "plain" ? 0 : (traits.layout ?? 0)) +
    (traits.exploits ?? 0) * latents.exploits.length +
    (traits.markers ?? 0) * latents.markers.length +
    (traits.self !== undefined && latents.author === traits.self.author ? traits.self.bonus : 0)
  );
}

/** log(p/(1 − p)), cut at ±40 so that an accuracy of 1 stays a number. */
function logit(p: number): number {
  return Math.max(-40, Math.min(40, Math.log(p / (1 - p))));
}

function denseRanks(values: readonly number[]): number[] {
  const distinct = [...new Set(values.map((value) => Math.round(value * 1e9)))].sort((a, b) => a - b);
  return values.map((value) => distinct.indexOf(Math.round(value * 1e9)));
}

/** P(text i is chosen) with ties left out: softmax of the logits over `left`. */
export function choiceProbabilities(logits: Float64Array, left?: readonly number[]): Float64Array {
  const among = left ?? Array.from(logits, (_, i) => i);
  const top = Math.max(...among.map((i) => logits[i]!));
  const out = new Float64Array(logits.length);
  let sum = 0;
  for (const i of among) sum += out[i] = Math.exp(logits[i]! - top);
  return out.map((x) => x / sum);
}

/**
 * P(grade) for the whole grades from low to high: the mean on the scale plus normal noise, rounded, what lies beyond an end at
 * the end.
 *
 * @param mean share of the scale
 * @param noise standard deviation as a share of the scale
 */
export function gradeProbabilities(mean: number, noise: number, [low, high]: readonly [number, number]): Float64Array {
  const at = low + (high - low) * mean;
  const sd = (high - low) * noise;
  const n = high - low + 1;
  const below = (x: number): number => (sd > 0 ? normalCdf((x - at) / sd) : at < x ? 1 : 0);
  return Float64Array.from({ length: n }, (_, k) => {
    const from = k === 0 ? 0 : below(low + k - 0.5);
    return (k === n - 1 ? 1 : below(low + k + 0.5)) - from;
  });
}

/** What was drawn of a view. */
export interface Drawn {
  /** Indices, best first: Plackett and Luce's law of the logits. */
  order: readonly number[];
  tie: boolean;
  /** Grades, one a text. */
  grades: readonly number[];
  checks: readonly boolean[];
}

/**
 * Draws what a judge says.
 *
 * @param keys what fixes the draw of each text, and of the tie
 */
export function draw(
  view: View,
  traits: JudgeTraits,
  scale: readonly [number, number],
  seed: Seed,
  keys: { texts: readonly string[]; tie: string },
): Drawn {
  const rngs = keys.texts.map((key) => random(split(seed, key)));
  const noisy = view.logits.map((value, i) => value + gumbel(rngs[i]!));
  const order = [...noisy.keys()].sort((a, b) => noisy[b]! - noisy[a]! || a - b);
  const grades = rngs.map((rng, i) => {
    const mean = view.grades[i]! + (traits.noise ?? 0) * rng.normal();
    const [low, high] = scale;
    // halves go up, as in gradeProbabilities
    return Math.min(high, Math.max(low, Math.floor(low + (high - low) * mean + 0.5)));
  });
  const checks = rngs.map((rng, i) => rng.uniform() < sigmoid(view.checks[i]!));
  return { order, tie: random(split(seed, keys.tie)).uniform() < (traits.tie ?? 0), grades, checks };
}

function gumbel(rng: Random): number {
  return -Math.log(Math.max(1e-300, rng.exponential()));
}

/** What a draw depends on: the texts and the question, not the wording round them nor a nonce. */
export function drawKeys(
  texts: readonly ShownText[],
  question: Question | null,
  stable: boolean,
): { texts: string[]; tie: string } {
  const own = texts.map(({ text }) => hashJson([text, question === null ? null : { ...question }]));
  if (stable) return { texts: own, tie: hashJson(["tie", ...own].sort()) };
  const whole = hashJson(own);
  return { texts: own.map((_, i) => `${whole}/${i}`), tie: `${whole}/tie` };
}
