import {
  type Comparer,
  type Context,
  type Estimate,
  type Example,
  NotEnoughDataError,
  random,
  type Seed,
  split,
  UsageError,
} from "../../core/index.ts";
import { orderedPairs } from "../../io/schemas/schema.ts";
import { meanEstimate, proportionEstimate } from "../../stats/index.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** Who tries an item: a comparer that is asked, or verdicts that are there, as the share of them that is right on an example (null: none). */
export type Adversary = Comparer | { readonly name: string; right(example: Example): number | null };

/** Options of `adversarialFilter`. */
export interface AdversarialOptions {
  /** Keep an item that at least this share of the judges gets wrong, in (0, 1]; default: more than half of them. */
  wrongShare?: number | undefined;
  /** How often a comparer is asked about each pair, each time in a drawn order; odd, default 1. The majority is its verdict. */
  votes?: number | undefined;
  /** Judges that have no say in what is kept. They answer on all items, so that what they lose on the kept ones is the honest difficulty. */
  holdOut?: readonly Adversary[] | undefined;
  /** Stop when so many are kept. */
  keep?: number | undefined;
  seed: Seed;
  /** Through which comparers are asked; needed where there are any. */
  ctx?: Context | undefined;
}

/** What a judge gets on the items before and after the filter. */
export interface AdversaryReport {
  judge: string;
  /** Had it no say in what was kept? Of the others, `kept` is low by construction. */
  heldOut: boolean;
  all: Estimate | undefined;
  kept: Estimate | undefined;
  /** Accuracy on the items that were left out less that on those kept; above 0: the filter made it harder for this judge. */
  harder: Estimate | undefined;
}

/** Kept items as they come, with the ledger, and at the end the report. */
export type AdversarialRecipe = Recipe<Example, "answered" | "unlabelled" | "unread"> & {
  /** Of the items so far. */
  report(level?: number): AdversaryReport[];
};

/**
 * Keeps the labelled pairs that a panel of judges gets wrong: an adversarial benchmark, or hard training pairs.
 *
 *     kept where mean over judges of (1 wrong, ½ undecided, 0 right) ≥ wrongShare
 *
 * The filter's own judges then do badly by construction, and worse than chance: never rank them on what is kept. Judges that were held out
 * say how much harder the items are for others; where they lose nothing, the filter has found the panel's noise, or wrong labels. People
 * should look at the labels of what is kept, since wrong labels look like hard items.
 *
 * @param examples labelled pairs or groups; of a group, a judge is right where it is on more than half of the labelled pairs
 * @param judges at least one
 * @returns the kept examples in their order; `ledger.dropped` counts those `answered`, without a labelled pair, and read by fewer than half
 *   of the judges
 * @throws UsageError for no judges, a share outside (0, 1], an even number of votes, or comparers without a context
 * @source VL-RewardBench (2024): an ensemble of small models, pairs that most of them get wrong
 * @example for await (const hard of adversarialFilter(examples, small, { holdOut: [large], seed, ctx })) save(hard);
 */
export function adversarialFilter(
  examples: AsyncIterable<Example> | Iterable<Example>,
  judges: readonly Adversary[],
  options: AdversarialOptions,
): AdversarialRecipe {
  const { wrongShare, votes = 1, holdOut = [], keep = Number.POSITIVE_INFINITY, seed, ctx } = options;
  if (judges.length === 0) throw new UsageError("adversarialFilter needs a judge at least");
  if (wrongShare !== undefined && !(wrongShare > 0 && wrongShare <= 1))
    throw new UsageError(`adversarialFilter: wrongShare must lie in (0, 1], not ${wrongShare}`);
  if (!(Number.isInteger(votes) && votes >= 1 && votes % 2 === 1))
    throw new UsageError(`adversarialFilter: votes must be an odd whole number, not ${votes}`);
  if (!(keep >= 1)) throw new UsageError(`adversarialFilter: keep must be at least 1, not ${keep}`);
  const everyone = [...judges, ...holdOut];
  if (ctx === undefined && everyone.some((one) => "compare" in one))
    throw new UsageError("adversarialFilter asks comparers through a context", "give ctx");
  const seen = everyone.map((): Tried[] => []);
  const made = recipe(["answered", "unlabelled", "unread"] as const, async function* (ledger) {
    for await (const example of examples) {
      if (ledger.out >= keep) return;
      ledger.in++;
      if (orderedPairs(example).length === 0) {
        ledger.dropped.unlabelled++;
        continue;
      }
      const rights = await Promise.all(
        everyone.map((judge) => ("compare" in judge ? asked(judge, example, votes, seed, ctx!) : judge.right(example))),
      );
      const heard = rights.slice(0, judges.length).filter((right) => right !== null);
      if (2 * heard.length < judges.length || heard.length === 0) {
        ledger.dropped.unread++;
        continue;
      }
      const wrong = heard.reduce((sum, right) => sum + (right < 0.5 ? 1 : right === 0.5 ? 0.5 : 0), 0) / heard.length;
      // shares are of whole judges, so that the slack of rounding decides nothing
      const kept = wrongShare === undefined ? wrong > 0.5 : wrong >= wrongShare - 1e-9;
      for (const [j, right] of rights.entries())
        if (right !== null)
          seen[j]!.push({ credit: right > 0.5 ? 1 : right < 0.5 ? 0 : 0.5, kept, cluster: example.cluster });
      if (kept) {
        ledger.out++;
        yield example;
      } else ledger.dropped.answered++;
    }
  });
  return {
    ledger: made.ledger,
    [Symbol.asyncIterator]: () => made[Symbol.asyncIterator](),
    report: (level = 0.95) => everyone.map((judge, j) => reportOf(judge.name, j >= judges.length, seen[j]!, level)),
  };
}

/** A judge's credit on an item that was looked at. */
interface Tried {
  credit: number;
  kept: boolean;
  cluster: string;
}

function reportOf(judge: string, heldOut: boolean, tried: readonly Tried[], level: number): AdversaryReport {
  const share = (some: readonly Tried[]): Estimate | undefined =>
    some.length === 0
      ? undefined
      : proportionEstimate(
          some.map(({ credit }) => credit),
          { level, ...clusteredBy(some) },
        );
  const kept = tried.filter((one) => one.kept);
  return { judge, heldOut, all: share(tried), kept: share(kept), harder: harderOf(tried, level) };
}

function clusteredBy(some: readonly Tried[]): { clusters?: string[] } {
  const clusters = some.map(({ cluster }) => cluster);
  const distinct = new Set(clusters).size;
  return distinct > 1 && distinct < some.length ? { clusters } : {};
}

/** The difference of two means as a mean: each item's share is the difference plus its own part in its group's mean. */
function harderOf(tried: readonly Tried[], level: number): Estimate | undefined {
  const [kept, left] = [tried.filter((one) => one.kept), tried.filter((one) => !one.kept)];
  if (kept.length < 2 || left.length < 2) return undefined;
  const mean = (some: readonly Tried[]): number => some.reduce((sum, { credit }) => sum + credit, 0) / some.length;
  const [low, high] = [mean(kept), mean(left)];
  const shares = tried.map((one) =>
    one.kept
      ? high - low - (tried.length / kept.length) * (one.credit - low)
      : high - low + (tried.length / left.length) * (one.credit - high),
  );
  try {
    return { ...meanEstimate(shares, { level, ...clusteredBy(tried) }), method: "items left out less items kept" };
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return undefined;
    throw thrown;
  }
}

/** The share of an example's labelled pairs that a comparer's majority gets right; null where none was read. */
async function asked(
  judge: Comparer,
  example: Example,
  votes: number,
  seed: Seed,
  ctx: Context,
): Promise<number | null> {
  const rng = random(split(split(seed, judge.name), example.task.id));
  const pairs = orderedPairs(example);
  const shown = pairs.flatMap(({ better, worse }) =>
    Array.from({ length: votes }, () => (rng.uniform() < 0.5 ? [better, worse] : [worse, better]) as [number, number]),
  );
  const [compared] = await ctx.compare(judge, [{ task: example.task, pairs: shown }]);
  const credits = pairs.flatMap(({ better }, i) => {
    let balance = 0;
    let read = 0;
    for (const one of compared!.slice(i * votes, (i + 1) * votes)) {
      if (one.unscored !== undefined) continue;
      read++;
      balance += Math.sign(one.p - 0.5) * (one.first === better ? 1 : -1);
    }
    return read === 0 ? [] : [balance > 0 ? 1 : balance < 0 ? 0 : 0.5];
  });
  return credits.length === 0 ? null : credits.reduce((sum, one) => sum + one, 0) / credits.length;
}
