import { random, type Seed, split, UsageError } from "../core/index.ts";

/** The share of each source by name; the shares sum to 1. */
export type MixtureShares = Readonly<Record<string, number>>;

/**
 * The shares of sources by their sizes.
 *
 *     share_t = min(n_t, cap)^(1/temperature) / Σ_s min(n_s, cap)^(1/temperature)
 *
 * The cap comes before the shares are formed: one that came after would change nothing. Temperature 1 is in proportion to size, infinity
 * gives equal shares.
 *
 * @param sizes rows of each source, whole numbers from 1
 * @param options `cap` rows a source at most, default none; `temperature` above 0, default 1
 * @throws UsageError without sources, for an empty source, for a cap below 1 or a temperature that is not above 0
 * @example mixtureShares({ large: 900, small: 100 }, { cap: 300 }) // { large: 0.75, small: 0.25 }
 */
export function mixtureShares(
  sizes: Readonly<Record<string, number>>,
  options: { cap?: number | undefined; temperature?: number | undefined } = {},
): MixtureShares {
  const { cap = Number.POSITIVE_INFINITY, temperature = 1 } = options;
  if (!(cap >= 1)) throw new UsageError(`a mixture's cap must be at least 1 row, not ${cap}`);
  if (!(temperature > 0)) throw new UsageError(`a mixture's temperature must be above 0, not ${temperature}`);
  for (const [name, size] of Object.entries(sizes))
    if (!(Number.isInteger(size) && size >= 1))
      throw new UsageError(`the source "${name}" of a mixture has ${size} rows`, "leave out empty sources");
  return normalised(mapped(sizes, (size) => Math.min(size, cap) ** (1 / temperature)));
}

/**
 * Examples-proportional mixing with a cap: `mixtureShares` with FLAMe's cap of 2^16 rows a source.
 *
 * @source FLAMe (2024), section 3
 * @example proportionalMixture({ helpSteer: 20_000, shp: 4_000_000 })
 */
export function proportionalMixture(
  sizes: Readonly<Record<string, number>>,
  options: { cap?: number | undefined } = {},
): MixtureShares {
  return mixtureShares(sizes, { cap: options.cap ?? 65_536 });
}

/** Options of `bundleMixture`. */
export interface BundleOptions {
  /** Weight of a source whose ratings sum to `generalAt` or more; default 100,000. */
  general?: number | undefined;
  /** Default 5. */
  generalAt?: number | undefined;
  /** Weight for each category that a source lifts clearly; default 30,000. */
  specific?: number | undefined;
  /** Weight of a source in no bundle; default 3,000. */
  others?: number | undefined;
  /** Sources with a weight of their own in place of their bundles', such as the best two of a category. */
  top?: readonly string[] | undefined;
  /** Default 200,000. */
  topWeight?: number | undefined;
  /** Does a source lift a category clearly? Default: its rating there is 2. */
  lifts?: ((source: string, category: string, rating: number) => boolean) | undefined;
}

/**
 * Shares from how a short training on each source alone moved each target category.
 *
 *     weight_t = general · [Σ_c rating_tc ≥ generalAt] + specific · #{c : t lifts c clearly}, others where that is 0, topWeight for the top
 *
 * @param ratings by source, by category: −1 harmful, 0 no clear effect, 1 somewhat helpful, 2 helpful
 * @throws UsageError for a weight below 0, ratings that name different categories, or a top source that is not among them
 * @source FLAMe-Opt-RM (2024), section 5
 * @example bundleMixture({ a: { chat: 2, code: 1 }, b: { chat: -1, code: 0 } }) // a 30,000, b 3,000
 */
export function bundleMixture(
  ratings: Readonly<Record<string, Readonly<Record<string, number>>>>,
  options: BundleOptions = {},
): MixtureShares {
  const { general = 100_000, generalAt = 5, specific = 30_000, others = 3_000, topWeight = 200_000 } = options;
  const { top = [], lifts = (_source, _category, rating) => rating === 2 } = options;
  for (const [what, weight] of Object.entries({ general, specific, others, topWeight }))
    if (!(weight >= 0)) throw new UsageError(`bundleMixture: ${what} must be at least 0, not ${weight}`);
  for (const name of top)
    if (ratings[name] === undefined) throw new UsageError(`bundleMixture: the top source "${name}" has no ratings`);
  const categories = Object.keys(Object.values(ratings)[0] ?? {});
  return normalised(
    mapped(ratings, (own, name) => {
      if (Object.keys(own).length !== categories.length || categories.some((category) => own[category] === undefined))
        throw new UsageError(`bundleMixture: the source "${name}" is not rated in ${categories.join(", ")}`);
      if (top.includes(name)) return topWeight;
      const total = categories.reduce((sum, category) => sum + own[category]!, 0);
      const lifted = categories.filter((category) => lifts(name, category, own[category]!)).length;
      const bundled = (total >= generalAt ? general : 0) + specific * lifted;
      return bundled > 0 ? bundled : others;
    }),
  );
}

/** Rows of one source of a mixture. */
export interface MixtureSource<T> {
  name: string;
  rows: readonly T[];
  /** Rows that the mixture has of it; without it, its share of `total`. */
  count?: number | undefined;
}

/** Options of `mixture`. */
export interface MixtureOptions {
  seed: Seed;
  /** Rows of the sources without a count. */
  total?: number | undefined;
  /** Shares of `total`; default in proportion to size. Sources that they do not name have none. */
  shares?: MixtureShares | undefined;
  /** Another epoch is another draw; default 0. */
  epoch?: number | undefined;
}

/** A mixture's rows in random order, with how many there are of each source. */
export interface Mixture<T> extends Iterable<T> {
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Mixes sources to exact counts, in random order.
 *
 * A source of n rows gives each row ⌊count/n⌋ times and count mod n of them once more, drawn without replacement, so that no row is left
 * out while another comes twice more. Shares become counts by largest remainders. The same seed and epoch give the same rows.
 *
 * @param sources their names differ; each has a `count`, or `total` is given
 * @throws UsageError for two sources of one name, an empty source of which rows are wanted, a count that is not a whole number of at least
 *   0, shares that are negative or name an unknown source, or neither count nor total
 * @source IXC-2.5-Reward (2025), the released training data's counts a file; FLAMe (2024)
 * @example for (const pair of mixture([{ name: "text", rows: text, count: 900 }, { name: "image", rows: image, count: 900 }], { seed })) train(pair);
 */
export function mixture<T>(sources: readonly MixtureSource<T>[], options: MixtureOptions): Mixture<T> {
  const { seed, epoch = 0 } = options;
  const counts = countsOf(sources, options);
  const own = split(seed, `mixture ${epoch}`);
  return {
    counts: Object.fromEntries(sources.map(({ name }, s) => [name, counts[s]!])),
    *[Symbol.iterator]() {
      const from: number[] = [];
      const row: number[] = [];
      for (const [s, { name, rows }] of sources.entries()) {
        const once = random(split(own, name)).shuffled(rows.map((_, i) => i));
        for (let i = 0; i < counts[s]!; i++) {
          from.push(s);
          row.push(once[i % rows.length]!);
        }
      }
      for (const at of random(split(own, "order")).shuffled(from.map((_, i) => i)))
        yield sources[from[at]!]!.rows[row[at]!]!;
    },
  };
}

function countsOf<T>(sources: readonly MixtureSource<T>[], { total, shares }: MixtureOptions): number[] {
  const names = new Set(sources.map(({ name }) => name));
  if (names.size !== sources.length) throw new UsageError("two sources of a mixture have the same name");
  for (const [name, share] of Object.entries(shares ?? {})) {
    if (!names.has(name)) throw new UsageError(`the shares name "${name}", which is no source of the mixture`);
    if (!(share >= 0 && Number.isFinite(share))) throw new UsageError(`the share of "${name}" is ${share}`);
  }
  const free = sources.filter(({ count }) => count === undefined);
  if (free.length > 0 && total === undefined)
    throw new UsageError(`the source "${free[0]!.name}" has no count, and there is no total`);
  const weights = free.map(({ name, rows }) => (shares === undefined ? rows.length : (shares[name] ?? 0)));
  const shared = apportioned(total ?? 0, weights);
  return sources.map(({ name, rows, count }) => {
    const wanted = count ?? shared[free.findIndex((one) => one.name === name)]!;
    if (!(Number.isInteger(wanted) && wanted >= 0))
      throw new UsageError(`the source "${name}" needs a whole count of at least 0, not ${wanted}`);
    if (wanted > 0 && rows.length === 0) throw new UsageError(`${wanted} rows are wanted of "${name}", which has none`);
    return wanted;
  });
}

/** Whole numbers in proportion to the weights that sum to `total`: rounded down, and the rest to the largest remainders. */
function apportioned(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (weights.length === 0) return [];
  if (!(sum > 0)) throw new UsageError("all shares of the mixture are 0");
  const exact = weights.map((weight) => (total * weight) / sum);
  const counts = exact.map(Math.floor);
  const order = exact.map((_, i) => i).sort((i, j) => exact[j]! - counts[j]! - (exact[i]! - counts[i]!) || i - j);
  const rest = total - counts.reduce((a, b) => a + b, 0);
  for (const i of order.slice(0, rest)) counts[i]!++;
  return counts;
}

function mapped<V>(record: Readonly<Record<string, V>>, f: (value: V, name: string) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));
}

function normalised(weights: Readonly<Record<string, number>>): MixtureShares {
  const sum = Object.values(weights).reduce((a, b) => a + b, 0);
  if (!(sum > 0)) throw new UsageError("a mixture needs a source with a weight above 0");
  return mapped(weights, (weight) => weight / sum);
}
