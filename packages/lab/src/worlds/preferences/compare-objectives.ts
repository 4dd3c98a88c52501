import { type Estimate, random, type Seed, split, UsageError } from "laurel";
import { denoise, preferenceStrength } from "laurel/recipes";
import { differenceEstimate, meanEstimate, meanOf } from "laurel/stats";
import { adam, davidson, type FitPairsOptions, fitPairs, fitRidge } from "../../train/index.ts";
import { presets } from "./dials.ts";
import { drawMatched, type MatchedDials, type MatchedPairs } from "./matched.ts";
import { marginAccuracy } from "./noisy-pairs.ts";
import { dotAt, drawTaste } from "./world.ts";

/** Options of `compareObjectives`. */
export interface CompareObjectivesOptions extends Partial<MatchedDials> {
  /** Training pairs, default 400; a third of them again, at least 100, chooses each objective's L2. */
  pairs?: number | undefined;
  /** Noise-free test pairs, default 4,000. */
  test?: number | undefined;
  /** The share of preferences that are turned round, in [0, 0.5), default 0. */
  flips?: number | undefined;
  /** Worlds, at least 2, default 20: the intervals are over them. */
  worlds?: number | undefined;
  seed: Seed;
}

/** An objective's accuracy on noise-free pairs, and what it gains over the plain Bradley-Terry loss on the same pairs. */
export interface ComparedObjective {
  objective: string;
  accuracy: Estimate;
  gain: Estimate;
}

interface Data {
  pairs: MatchedPairs;
  seed: Seed;
}

/** Fits a linear reward with one strength of its penalty. */
type Arm = (data: Data, l2: number) => Float64Array | Promise<Float64Array>;

const labelled =
  (labels: (pairs: MatchedPairs) => FitPairsOptions["labels"]): Arm =>
  ({ pairs }, l2) =>
    fitPairs(pairs.differences, pairs.dim, { l2, labels: labels(pairs), tolerance: 1e-6 });

const scales = ({ strength }: MatchedPairs): Float64Array => strength.map((m) => m / meanOf(strength));

/** Ten times the L2 for ridge regression: its targets have about a tenth of the curvature. */
const ratings: Arm = ({ pairs }, l2) =>
  fitRidge(
    pairs.features,
    pairs.ratings.map((one) => one - 2),
    pairs.dim,
    { l2: 10 * l2 },
  );

const arms: Readonly<Record<string, Arm>> = {
  "bradley-terry": labelled(() => ({})),
  "margin of the strength": labelled(({ strength }) => ({ margin: strength })),
  "weight of the strength": labelled((pairs) => ({ weights: scales(pairs) })),
  "label smoothing 0.1": labelled(({ strength }) => ({ target: strength.map(() => 0.9) })),
  "soft labels by members": (data, l2) => treated(data, l2, { soft: "strength" }),
  "weakest tenth turned round": (data, l2) => treated(data, l2, { flip: { bottom: 0.1 } }),
  "slight preferences as ties (Davidson)": withTies,
  "regression on ratings": ratings,
  "ratings, then weighted pairs": ({ pairs, seed }, l2) =>
    fitPairs(pairs.differences, pairs.dim, {
      l2,
      prior: ratings({ pairs, seed }, 3) as Float64Array,
      labels: { weights: scales(pairs) },
      tolerance: 1e-6,
    }),
};

async function treated({ pairs, seed }: Data, l2: number, by: Parameters<typeof denoise>[1]): Promise<Float64Array> {
  const { differences, dim, strength } = pairs;
  const rows = Array.from(strength, (_, n) => n);
  const gather = (some: readonly number[], sign = (_: number): number => 1): Float64Array =>
    Float64Array.from({ length: some.length * dim }, (_, at) => {
      const i = Math.floor(at / dim);
      return sign(i) * differences[some[i]! * dim + (at % dim)]!;
    });
  const strengths = await preferenceStrength(rows, {
    models: 5,
    seed,
    train(own, member) {
      const rng = random(member);
      const sample = own.map(() => own[rng.below(own.length)]!);
      const weights = fitPairs(gather(sample), dim, { l2: 30, tolerance: 1e-4 });
      return (some) => some.map((n) => dotAt(differences, n * dim, weights));
    },
  });
  const kept = denoise(strengths, by);
  const turned = gather(
    kept.map(({ pair }) => pair),
    (i) => (kept[i]!.flipped ? -1 : 1),
  );
  return fitPairs(turned, dim, {
    l2,
    labels: { target: Float64Array.from(kept, ({ target }) => target) },
    tolerance: 1e-6,
  });
}

/** Davidson's loss with the weakest grade as ties, by Adam: its tie parameter is the last of theta. */
function withTies({ pairs }: Data, l2: number): Float64Array {
  const { differences, dim, strength } = pairs;
  const outcomes = Array.from(strength, (m) => (m === 1 ? 0.5 : 1));
  const zero = new Float64Array(strength.length);
  const theta = new Float64Array(dim + 1);
  const optimiser = adam(0.05);
  for (let step = 0; step < 200; step++) {
    const weights = theta.subarray(0, dim);
    const { first, tie } = davidson(
      zero.map((_, n) => dotAt(differences, n * dim, weights)),
      zero,
      outcomes,
      theta[dim]!,
    );
    const gradient = theta.map((x, d) => (d < dim ? (l2 * x) / zero.length : tie));
    for (const [n, slope] of first.entries())
      for (let d = 0; d < dim; d++) gradient[d]! += slope * differences[n * dim + d]!;
    optimiser.step(theta, gradient);
  }
  return theta.slice(0, dim);
}

/**
 * The objectives of a reward model on one world, fairly: the same pairs, linear rewards, and for each the L2 of 1, 3, 10 or 30 that orders
 * held-out labelled pairs best.
 *
 * Every pair has a graded preference and ratings of both answers (the world `matched`), so that losses of pairs and of ratings can be compared.
 *
 * @returns an entry an objective, the plain Bradley-Terry loss first; `gain` is paired over worlds
 * @throws UsageError for fewer than 2 worlds or flips out of range
 * @example await compareObjectives({ flips: 0.2, worlds: 40, seed: seedFrom(1) })
 */
export async function compareObjectives(options: CompareObjectivesOptions): Promise<ComparedObjective[]> {
  const { pairs = 400, test = 4000, flips = 0, worlds = 20, seed } = options;
  const { ratingNoise = 1.2, preferenceNoise = 0.8, edges = [0.75, 1.75] } = options;
  if (!(worlds >= 2)) throw new UsageError(`worlds must be at least 2, not ${worlds}`);
  if (!(flips >= 0 && flips < 0.5)) throw new UsageError(`flips must lie in [0, 0.5), not ${flips}`);
  const dials = { ratingNoise, preferenceNoise, edges };
  const found = new Map(Object.keys(arms).map((name) => [name, [] as number[]]));
  for (let world = 0; world < worlds; world++) {
    const own = split(seed, world);
    const taste = drawTaste(presets.matched(), split(own, "taste"));
    const draw = (n: number, name: string): MatchedPairs =>
      turned(drawMatched(taste, n, dials, split(own, name)), flips, split(own, `${name}, flips`));
    const [train, held] = [draw(pairs, "train"), draw(Math.max(100, Math.round(pairs / 3)), "held out")];
    const clean = { ratingNoise: 0, preferenceNoise: 0, edges };
    const gold = drawMatched(taste, test, clean, split(own, "test"));
    for (const [name, fit] of Object.entries(arms)) {
      let [best, most] = [new Float64Array(train.dim), Number.NEGATIVE_INFINITY];
      for (const l2 of [1, 3, 10, 30]) {
        const weights = await fit({ pairs: train, seed: split(own, "members") }, l2);
        const right = marginAccuracy(held.differences, weights);
        if (right > most) [best, most] = [Float64Array.from(weights), right];
      }
      found.get(name)!.push(marginAccuracy(gold.differences, best));
    }
  }
  const plain = found.get("bradley-terry")!;
  return [...found].map(([objective, values]) => ({
    objective,
    accuracy: meanEstimate(values),
    gain: differenceEstimate(values, plain),
  }));
}

/** The pairs with a share of the preferences turned round, whatever their strength. */
function turned(pairs: MatchedPairs, share: number, seed: Seed): MatchedPairs {
  const rng = random(seed);
  const differences = Float64Array.from(pairs.differences);
  for (let n = 0; n < pairs.strength.length; n++)
    if (rng.uniform() < share) for (let d = 0; d < pairs.dim; d++) differences[n * pairs.dim + d]! *= -1;
  return { ...pairs, differences };
}
