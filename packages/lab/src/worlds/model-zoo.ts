import { type Random, random, type Seed, split } from "laurel";

/** Models with a general and a special ability a capability. */
export type ModelZooDials = {
  models: number;
  capabilities: number;
  items: number;
  /** Weights of the general ability and of the capability's own; both abilities are N(0, 1). */
  general: number;
  special: number;
  /** P(right) = σ(slope · skill - difficulty), difficulty ~ N(offset, 1). */
  slope: number;
  offset: number;
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Right and wrong answers: one models x items table (row-major) a capability, items paired across models.
 *
 * Source: eureka's claim check, world "model zoo".
 */
export function drawModelZoo(dials: ModelZooDials, seed: Seed): Float64Array[] {
  const { models, capabilities, items, general, special, slope, offset } = dials;
  const skills = random(split(seed, "skills"));
  const common = Float64Array.from({ length: models }, () => skills.normal());
  const rng = random(split(seed, "answers"));
  return Array.from({ length: capabilities }, () => {
    const own = common.map((g) => general * g + special * skills.normal());
    const difficulty = Float64Array.from({ length: items }, () => offset + rng.normal());
    return Float64Array.from({ length: models * items }, (_, at) => {
      const p = sigmoid(slope * own[Math.floor(at / items)]! - difficulty[at % items]!);
      return rng.uniform() < p ? 1 : 0;
    });
  });
}

/** One model's answers to items that carry independent tags; the items of one tag may be harder. */
export type TagDials = { tagged: number; tags: number; carried: number; centre: number; harder: number };

/**
 * Items with logit N(centre, 1), less `harder` where they carry the tag `bad`.
 *
 * @param bad a tag's number, or -1 for a model without a bad slice
 */
export function drawTagged(
  { tagged, tags, carried, centre, harder }: TagDials,
  bad: number,
  rng: Random,
): { right: boolean; attributes: string[] }[] {
  return Array.from({ length: tagged }, () => {
    const attributes: string[] = [];
    let logit = centre + rng.normal();
    for (let t = 0; t < tags; t++) {
      if (rng.uniform() >= carried) continue;
      attributes.push(`tag ${t}`);
      if (t === bad) logit -= harder;
    }
    return { right: rng.uniform() < sigmoid(logit), attributes };
  });
}

/** Two versions that answer greedily: the new one is better on average and worse on a slice. */
export type VersionDials = { asked: number; gain: number; noise: number; loss: number; slice: number };

/** Old logit gain - N(0, 1); new logit the old one + gain + noise · N(0, 1), less `loss` on a share of the items. */
export function drawVersions(
  { asked, gain, noise, loss, slice }: VersionDials,
  seed: Seed,
): { item: string; before: boolean; after: boolean; inSlice: boolean }[] {
  const rng = random(seed);
  return Array.from({ length: asked }, (_, i) => {
    const old = gain - rng.normal();
    const inSlice = rng.uniform() < slice;
    const fresh = old + gain + noise * rng.normal() - (inSlice ? loss : 0);
    return { item: `${i}`, before: old > 0, after: fresh > 0, inSlice };
  });
}
