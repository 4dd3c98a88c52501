import { random, type Seed, split } from "laurel";
import { fitPairs } from "../../train/pair-logistic.ts";
import { preferProbability } from "./raters.ts";
import { drawResponses, goldOf, normals, type Taste } from "./world.ts";

/** What a task shows: the features come in three equal blocks, of the text, the picture and the clip; what is not shown is 0. */
export type Domain = "text" | "image" | "video";

/** Answers of one domain. */
export interface ModalAnswers {
  prompts: number;
  candidates: number;
  /** Features per answer: the three blocks, then the standardised length. */
  dim: number;
  features: Float64Array;
  length: Float64Array;
  gold: Float64Array;
}

/** Where a domain's blocks begin and end, of `dim` utility features. */
function shownBlocks(domain: Domain, dim: number): (readonly [number, number])[] {
  const third = dim / 3;
  const of = { text: [0], image: [0, 1], video: [0, 2] }[domain];
  return of.map((b) => [b * third, (b + 1) * third] as const);
}

/** Draws answers of a domain: features and length are independent N(0, 1), gold is the utility of what is shown. */
export function drawModal(
  taste: Taste,
  domain: Domain,
  shape: { prompts: number; candidates: number },
  seed: Seed,
): ModalAnswers {
  const drawn = drawResponses(taste, shape, split(seed, domain));
  const n = shape.prompts * shape.candidates;
  const from = drawn.dim;
  const dim = from + 1;
  const shown = shownBlocks(domain, from);
  const visible = new Float64Array(n * from);
  for (let i = 0; i < n; i++)
    for (const [a, b] of shown) visible.set(drawn.features.subarray(i * from + a, i * from + b), i * from + a);
  const length = normals(random(split(seed, `length ${domain}`)), n);
  return {
    ...shape,
    dim,
    features: withLength(visible, length, from),
    length,
    gold: goldOf(taste, 0, visible, drawn.style, drawn.exploit),
  };
}

function withLength(visible: Float64Array, length: Float64Array, from: number): Float64Array {
  const features = new Float64Array(length.length * (from + 1));
  for (let i = 0; i < length.length; i++) {
    features.set(visible.subarray(i * from, (i + 1) * from), i * (from + 1));
    features[i * (from + 1) + from] = length[i]!;
  }
  return features;
}

/** Puts the picture's or clip's block of each `to`-th answer in place of the `from`-th's own, and says what gold then is. */
export function withMedia(
  taste: Taste,
  answers: ModalAnswers,
  domain: "image" | "video",
  media: (item: number) => Float64Array | undefined,
): ModalAnswers {
  const from = answers.dim - 1;
  const third = from / 3;
  const at = domain === "image" ? third : 2 * third;
  const features = Float64Array.from(answers.features);
  const n = answers.length.length;
  for (let i = 0; i < n; i++) {
    const own = media(i);
    if (own !== undefined) features.set(own, i * answers.dim + at);
  }
  const visible = new Float64Array(n * from);
  for (let i = 0; i < n; i++) visible.set(features.subarray(i * answers.dim, i * answers.dim + from), i * from);
  const none = new Float64Array(n);
  return { ...answers, features, gold: goldOf(taste, 0, visible, none, new Uint8Array(n)) };
}

/** The picture's or clip's features of one answer. */
export function mediaOf(answers: ModalAnswers, domain: "image" | "video", item: number): Float64Array {
  const third = (answers.dim - 1) / 3;
  const at = item * answers.dim + (domain === "image" ? third : 2 * third);
  return answers.features.subarray(at, at + third);
}

/** Which of each pair of answers annotators prefer, 0 or 1, by σ(gold gap + bias · length gap), or by coins. */
export function annotate(answers: ModalAnswers, dials: { lengthBias: number; coins: boolean }, seed: Seed): Uint8Array {
  const rng = random(seed);
  return Uint8Array.from({ length: answers.prompts }, (_, n) => {
    const [a, b] = [2 * n, 2 * n + 1];
    const gap = answers.gold[a]! - answers.gold[b]! + dials.lengthBias * (answers.length[a]! - answers.length[b]!);
    return rng.uniform() < (dials.coins ? 0.5 : preferProbability(gap)) ? 0 : 1;
  });
}

/**
 * A linear Bradley-Terry reward of annotated pairs of several domains.
 *
 * @param maxDiff pairs whose chosen answer is longer by more than this are left out; infinity keeps all
 */
export function fitModal(
  corpus: readonly { answers: ModalAnswers; chosen: Uint8Array }[],
  o: { maxDiff: number; l2: number },
): Float64Array {
  const dim = corpus[0]!.answers.dim;
  const rows: number[] = [];
  for (const { answers, chosen } of corpus)
    for (const [n, which] of chosen.entries()) {
      const [good, bad] = [2 * n + which, 2 * n + 1 - which];
      if (answers.length[good]! - answers.length[bad]! > o.maxDiff) continue;
      for (let d = 0; d < dim; d++) rows.push(answers.features[good * dim + d]! - answers.features[bad * dim + d]!);
    }
  return fitPairs(Float64Array.from(rows), dim, { l2: o.l2 });
}
