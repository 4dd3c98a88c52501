import { type Random, random, type Seed, split } from "laurel";
import { normalQuantile } from "laurel/stats";
import { preferProbability } from "./raters.ts";
import { dotAt, normals } from "./world.ts";

/** A world of graded criteria of which a prompt makes some relevant, under aspects that it weighs. */
export type RelevantCriteriaDials = {
  /** Criteria of each aspect. */
  aspects: readonly number[];
  promptDim: number;
  /** Width of what is seen of the qualities; the prompt stands before it in a response's features. */
  seen: number;
  /** Noise on what is seen. */
  noise: number;
  /** Correlation of two qualities of a response. */
  shared: number;
  /** The share of prompts for which a criterion is irrelevant. */
  irrelevant: number;
  /** How far the prompt's direction decides the aspects' importance. */
  sharpness: number;
  /** Differences below this are "the same"; others are judged with this temperature. */
  same: number;
  temperature: number;
  /** A relevant quality above this is good, below it bad. */
  good: number;
};

/** What is fixed for a world. */
export interface RelevantCriteriaWorld {
  dials: RelevantCriteriaDials;
  /** criteria × promptDim, aspects × promptDim, seen × criteria. */
  relevance: Float64Array;
  importance: Float64Array;
  seeing: Float64Array;
  /** One a criterion: relevant above it. */
  thresholds: Float64Array;
}

/** One side of pairs: rows of features, labels (1 good, 2 bad, 0 irrelevant), gold aspects and gold. */
export interface RelevantCriteriaSide {
  features: Float64Array;
  labels: Uint8Array;
  aspects: Float64Array;
  total: Float64Array;
}

/** Pairs of responses to a prompt each. */
export interface RelevantCriteriaPairs {
  prompts: Float64Array;
  first: RelevantCriteriaSide;
  second: RelevantCriteriaSide;
  /** 1 first better, −1 second better, 0 the same: as judged. */
  preferences: Int8Array;
  aspectPreferences: Int8Array;
}

/**
 * Draws a world: relevance directions N(0, 1), importance N(0, 1/promptDim), what is seen N(0, 1/criteria). A criterion's threshold is the
 * exact quantile of its direction's values over standard normal prompts.
 */
export function drawRelevantCriteria(dials: RelevantCriteriaDials, seed: Seed): RelevantCriteriaWorld {
  const criteria = dials.aspects.reduce((sum, n) => sum + n, 0);
  const { promptDim } = dials;
  const relevance = normals(random(split(seed, "relevance")), criteria * promptDim);
  const norms = Float64Array.from({ length: criteria }, (_, k) => {
    const own = relevance.subarray(k * promptDim, (k + 1) * promptDim);
    return Math.sqrt(dotAt(own, 0, own));
  });
  return {
    dials,
    relevance,
    importance: normals(random(split(seed, "importance")), dials.aspects.length * promptDim).map(
      (x) => x / Math.sqrt(promptDim),
    ),
    seeing: normals(random(split(seed, "seeing")), dials.seen * criteria).map((x) => x / Math.sqrt(criteria)),
    thresholds: norms.map((norm) => norm * normalQuantile(dials.irrelevant)),
  };
}

/** Draws pairs. `strict` draws again until gold differs by more than "the same" and then orders them surely. */
export function drawRelevantCriteriaPairs(
  world: RelevantCriteriaWorld,
  count: number,
  seed: Seed,
  options: { strict?: boolean | undefined; prompt?: Float64Array | undefined } = {},
): RelevantCriteriaPairs {
  const { dials } = world;
  const criteria = world.thresholds.length;
  const aspects = dials.aspects.length;
  const width = dials.promptDim + dials.seen;
  const rng = random(split(seed, "pairs"));
  const side = (): RelevantCriteriaSide => ({
    features: new Float64Array(count * width),
    labels: new Uint8Array(count * criteria),
    aspects: new Float64Array(count * aspects),
    total: new Float64Array(count),
  });
  const out: RelevantCriteriaPairs = {
    prompts: new Float64Array(count * dials.promptDim),
    first: side(),
    second: side(),
    preferences: new Int8Array(count),
    aspectPreferences: new Int8Array(count * aspects),
  };
  for (let p = 0; p < count; ) {
    const q = options.prompt ?? normals(rng, dials.promptDim);
    const relevant = relevantTo(world, q);
    const share = importanceFor(world, q);
    out.prompts.set(q, p * dials.promptDim);
    for (const one of [out.first, out.second]) drawResponse(world, one, p, q, relevant, share, rng);
    const judged = (gap: number): number => {
      if (Math.abs(gap) < dials.same) return 0;
      if (options.strict === true) return Math.sign(gap);
      return rng.uniform() < preferProbability(gap, { slope: 1 / dials.temperature }) ? 1 : -1;
    };
    const gap = out.first.total[p]! - out.second.total[p]!;
    if (options.strict === true && Math.abs(gap) < dials.same) continue;
    out.preferences[p] = judged(gap);
    for (let m = 0; m < aspects; m++) {
      const at = p * aspects + m;
      out.aspectPreferences[at] = judged(out.first.aspects[at]! - out.second.aspects[at]!);
    }
    p++;
  }
  return out;
}

/** Which criteria a prompt makes relevant, 0 or 1 each. */
function relevantTo({ relevance, thresholds }: RelevantCriteriaWorld, q: Float64Array): Uint8Array {
  return Uint8Array.from(thresholds, (threshold, k) => (dotAt(relevance, k * q.length, q) > threshold ? 1 : 0));
}

/** softmax(sharpness · B q). */
function importanceFor({ dials, importance }: RelevantCriteriaWorld, q: Float64Array): Float64Array {
  const raw = Float64Array.from(dials.aspects, (_, m) =>
    Math.exp(dials.sharpness * dotAt(importance, m * q.length, q)),
  );
  const sum = raw.reduce((all, x) => all + x, 0);
  return raw.map((x) => x / sum);
}

function drawResponse(
  { dials, seeing }: RelevantCriteriaWorld,
  out: RelevantCriteriaSide,
  row: number,
  q: Float64Array,
  relevant: Uint8Array,
  importance: Float64Array,
  rng: Random,
): void {
  const criteria = relevant.length;
  const common = rng.normal();
  const own = Math.sqrt(1 - dials.shared);
  const quality = Float64Array.from({ length: criteria }, () => Math.sqrt(dials.shared) * common + own * rng.normal());
  const from = row * (dials.promptDim + dials.seen);
  out.features.set(q, from);
  for (let i = 0; i < dials.seen; i++)
    out.features[from + dials.promptDim + i] = dotAt(seeing, i * criteria, quality) + dials.noise * rng.normal();
  let k = 0;
  let total = 0;
  for (const [m, size] of dials.aspects.entries()) {
    let [sum, count] = [0, 0];
    for (let end = k + size; k < end; k++) {
      out.labels[row * criteria + k] = relevant[k] === 0 ? 0 : quality[k]! > dials.good ? 1 : 2;
      if (relevant[k] === 0) continue;
      sum += quality[k]!;
      count++;
    }
    const aspect = count === 0 ? 0 : sum / count;
    out.aspects[row * dials.aspects.length + m] = aspect;
    total += importance[m]! * aspect;
  }
  out.total[row] = total;
}
