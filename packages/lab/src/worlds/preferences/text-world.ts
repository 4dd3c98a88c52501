import { type Example, random, type Seed, split, UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import type { RatedPair } from "./panel.ts";
import {
  languages as allLanguages,
  type Exploit,
  exploitNames,
  type Language,
  type Layout,
  type Marker,
  markerNames,
  parseQuestion,
  parseText,
  type Question,
  renderOpenPrompt,
  renderQuestion,
  renderText,
  solve,
  type TextLatents,
} from "./text/index.ts";
import { drawResponses, goldOf, type Responses, type Taste } from "./world.ts";

/** What texts have besides what `PreferenceDials` say. Dials that are left out are off. */
export type TextDials = {
  /** Prompts ask for a sum; P(right) = σ(log(rate/(1 − rate)) + spread · N(0, 1)), one draw a prompt; right is worth `worth`. */
  answers?: { rate: number; spread?: number | undefined; worth: number } | undefined;
  /** Sentences that say nothing: a geometric number of the given mean, worth `worth` each in every property. */
  padding?: { mean: number; worth: number } | undefined;
  /** Each of the four markers stands with P = σ(log(share/(1 − share)) + follows · z), z the first property's gold within all items, standardised. */
  markers?: { share: number; follows: number } | undefined;
  /** How many authors there are, 1 to 4, each as likely; default 1. */
  authors?: number | undefined;
  /** Layouts, each as likely; default plain. */
  layouts?: readonly Layout[] | undefined;
  /** Languages, each as likely, one a prompt; default English. */
  languages?: readonly Language[] | undefined;
  /** Kinds of exploits, each as likely, for items that the world draws as exploits; default all. */
  exploitKinds?: readonly Exploit[] | undefined;
};

/** Responses as texts. Features and style lie on the texts' grid, and gold is that of the grid: exact. */
export interface TextResponses extends Responses {
  /** One a prompt. */
  asked: readonly { text: string; question: Question | null; language: Language }[];
  /** One an item, as for every list of `Responses`. */
  texts: readonly string[];
  latents: readonly TextLatents[];
  /** 1 where the answer is right. */
  right: Uint8Array;
}

/** A level's step in standard deviations of a feature, and flourishes a unit of style. */
const STEP = 0.5;
const FLOURISHES = 4;
/** Style beyond this is cut off: 40 flourishes. */
const MOST_FLOURISHES = 40;

/** The level, 0 to 10, that stands for a feature: 5 is 0, a level is half a standard deviation, what lies beyond is cut off. */
export function levelOf(feature: number, featureSd: number): number {
  return Math.min(10, Math.max(0, Math.round(5 + feature / (STEP * featureSd))));
}

/** The feature that a level stands for. */
export function featureOf(level: number, featureSd: number): number {
  return (level - 5) * STEP * featureSd;
}

/**
 * Draws responses of a world and writes them as texts: the features as levels of criteria (steps of half a standard deviation
 * between ±2.5), style as flourishes (four a unit, at most 40), exploits, markers, padding, answers and authors as sentences.
 *
 * @param taste the world's; its dials' features are on the grid's scale `featureSd`
 * @returns texts whose latents, features and gold `parseText` and `textGold` recover without loss
 * @throws UsageError where a dial lies outside its range
 * @example
 * const taste = drawTaste(presets.hackable({ properties: 1 }), seed);
 * drawTexts(taste, { answers: { rate: 0.6, worth: 1 } }, { prompts: 10, candidates: 4 }, seed).texts[0]
 */
export function drawTexts(
  taste: Taste,
  dials: TextDials,
  shape: { prompts: number; candidates: number; shift?: number | undefined; exploits?: boolean | undefined },
  seed: Seed,
): TextResponses {
  const { authors = 1, layouts = ["plain"], languages = ["en"], exploitKinds = exploitNames } = dials;
  if (!(Number.isInteger(authors) && authors >= 1 && authors <= 4))
    throw new UsageError(`authors must be 1 to 4, not ${authors}`);
  if (languages.some((language) => !allLanguages.includes(language)))
    throw new UsageError(`languages are ${allLanguages.join(", ")}, not ${languages.join(", ")}`);
  const drawn = drawResponses(taste, shape, seed);
  const { dim } = drawn;
  const n = drawn.style.length;
  const sd = taste.dials.featureSd ?? 1;
  const levels = Uint8Array.from(drawn.features, (feature) => levelOf(feature, sd));
  const flourishes = Uint8Array.from(drawn.style, (h) => Math.min(MOST_FLOURISHES, Math.round(h * FLOURISHES)));
  const features = Float64Array.from(levels, (level) => featureOf(level, sd));
  const style = Float64Array.from(flourishes, (count) => count / FLOURISHES);
  const base = taste.weights.map((_, property) => goldOf(taste, property, features, style, drawn.exploit));

  const prompts = drawPrompts(dials, shape.prompts, languages, split(seed, "prompts"));
  const right = new Uint8Array(n);
  const answers = random(split(seed, "answers"));
  for (let i = 0; i < n; i++) {
    const { rate } = prompts[Math.floor(i / shape.candidates)]!;
    right[i] = answers.uniform() < rate ? 1 : 0;
  }
  const padding = paddingOf(dials, n, split(seed, "padding"));
  const gold = base.map((values) =>
    values.map((u, i) => u + (dials.answers?.worth ?? 0) * right[i]! + (dials.padding?.worth ?? 0) * padding[i]!),
  );
  const markers = markersOf(dials, gold[0]!, split(seed, "markers"));
  const surface = random(split(seed, "surface"));
  const latents = Array.from({ length: n }, (_, i): TextLatents => {
    const { question, language } = prompts[Math.floor(i / shape.candidates)]!;
    const wrong = (surface.below(9) + 1) * (surface.uniform() < 0.5 ? -1 : 1);
    return {
      language,
      author: surface.below(authors),
      answer: question === null ? null : solve(question) + (right[i] === 1 ? 0 : wrong),
      levels: [...levels.subarray(i * dim, (i + 1) * dim)],
      flourishes: flourishes[i]!,
      padding: padding[i]!,
      layout: layouts[surface.below(layouts.length)]!,
      markers: markers[i]!,
      exploits: drawn.exploit[i] === 1 ? [exploitKinds[surface.below(exploitKinds.length)]!] : [],
    };
  });
  return {
    ...drawn,
    features,
    style,
    gold,
    right,
    latents,
    asked: prompts,
    texts: latents.map((one, i) => renderText(one, split(seed, `text ${i}`))),
  };
}

function drawPrompts(
  { answers }: TextDials,
  count: number,
  languages: readonly Language[],
  seed: Seed,
): { text: string; question: Question | null; language: Language; rate: number }[] {
  const rng = random(seed);
  if (answers !== undefined && !(answers.rate > 0 && answers.rate < 1))
    throw new UsageError(`the share of right answers must lie between 0 and 1, not ${answers.rate}`);
  return Array.from({ length: count }, (_, p) => {
    const language = languages[rng.below(languages.length)]!;
    if (answers === undefined) {
      const text = renderOpenPrompt(p + 1, language);
      return { text, question: null, language, rate: 0 };
    }
    const question: Question = {
      a: 2 + rng.below(98),
      op: (["+", "-", "*"] as const)[rng.below(3)]!,
      b: 2 + rng.below(98),
    };
    const logit = Math.log(answers.rate / (1 - answers.rate)) + (answers.spread ?? 0) * rng.normal();
    return { text: renderQuestion(question, language, split(seed, p)), question, language, rate: sigmoid(logit) };
  });
}

function paddingOf({ padding }: TextDials, n: number, seed: Seed): Int32Array {
  const out = new Int32Array(n);
  if (padding === undefined || padding.mean === 0) return out;
  if (!(padding.mean > 0)) throw new UsageError(`the mean padding must be at least 0, not ${padding.mean}`);
  const rng = random(seed);
  const stay = Math.log(padding.mean / (1 + padding.mean));
  // floor of an exponential: geometric from 0 with mean m where P(one more) = m/(1 + m)
  for (let i = 0; i < n; i++) out[i] = Math.floor(-rng.exponential() / stay);
  return out;
}

function markersOf({ markers }: TextDials, gold: Float64Array, seed: Seed): Marker[][] {
  if (markers === undefined) return Array.from(gold, () => []);
  const rng = random(seed);
  const mean = gold.reduce((sum, u) => sum + u, 0) / gold.length;
  const sd = Math.sqrt(gold.reduce((sum, u) => sum + (u - mean) ** 2, 0) / gold.length) || 1;
  const base = Math.log(markers.share / (1 - markers.share));
  return Array.from(gold, (u) => {
    const p = sigmoid(base + (markers.follows * (u - mean)) / sd);
    return markerNames.filter(() => rng.uniform() < p);
  });
}

/**
 * The exact gold utility of a text from the text alone, in one property; undefined where it is none of the world's.
 *
 * @param prompt the prompt's text, where answers count
 */
export function textGold(
  taste: Taste,
  dials: TextDials,
  prompt: string,
  text: string,
  property = 0,
): number | undefined {
  const latents = parseText(text);
  if (latents === undefined) return undefined;
  const { dim, featureSd = 1 } = taste.dials;
  const features = Float64Array.from({ length: dim }, (_, d) => {
    const level = latents.levels[d] ?? -1;
    return level < 0 ? 0 : featureOf(level, featureSd);
  });
  const style = Float64Array.of(latents.flourishes / FLOURISHES);
  const exploit = Uint8Array.of(latents.exploits.length > 0 ? 1 : 0);
  const question = parseQuestion(prompt);
  const right = question !== undefined && latents.answer === solve(question) ? 1 : 0;
  return (
    goldOf(taste, property, features, style, exploit)[0]! +
    (dials.answers?.worth ?? 0) * right +
    (dials.padding?.worth ?? 0) * latents.padding
  );
}

/**
 * Texts as examples: one task a prompt, its candidates in the order drawn, gold of the first property as `value`, right answers
 * as `correct` where prompts ask for a sum, raters' votes as `preferred`.
 *
 * @param rated pairs of items of one prompt each, from `ratePairs`; p is the share of votes for the first
 * @throws UsageError where a pair spans two prompts
 */
export function textExamples(responses: TextResponses, rated: readonly RatedPair[] = []): Example[] {
  const { candidates, texts, gold, right, asked } = responses;
  const votes = new Map<number, { first: number; second: number; p: number }[]>();
  for (const { first, second, forFirst, votes: n } of rated) {
    const p = Math.floor(first / candidates);
    if (Math.floor(second / candidates) !== p)
      throw new UsageError(`items ${first} and ${second} answer different prompts: they are no pair`);
    const own = votes.get(p) ?? [];
    votes.set(p, own);
    own.push({ first: first % candidates, second: second % candidates, p: forFirst / n });
  }
  return asked.map(({ text, question, language }, p) => {
    const items = Array.from({ length: candidates }, (_, k) => p * candidates + k);
    const id = `text-${p + 1}`;
    return {
      task: {
        id,
        prompt: [{ role: "user", content: text }],
        candidates: items.map((i) => ({ output: [{ role: "assistant", content: texts[i]! }] })),
        ...(question === null ? {} : { reference: { answer: solve(question) } }),
      },
      labels: {
        value: items.map((i) => gold[0]![i]!),
        ...(question === null ? {} : { correct: items.map((i) => right[i] === 1) }),
        ...(votes.has(p) ? { preferred: votes.get(p)! } : {}),
      },
      cluster: id,
      subsets: { language },
    };
  });
}
