import { answerText, type Candidate, random, type Seed, split, UsageError } from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** Options of `dropLongerChosen`. */
export interface DropLongerOptions {
  /** Longest chosen answer as a multiple of the rejected one; at least 1. Default 2 where `maxDiff` is not given. */
  maxRatio?: number | undefined;
  /** Most that the chosen answer may be longer by, in units of `length`. */
  maxDiff?: number | undefined;
  /** Of an answer; default UTF-16 units of its text. */
  length?: ((candidate: Candidate) => number) | undefined;
}

/**
 * Leaves out pairs whose chosen answer is much longer than the rejected one, so that length is not learnt as quality.
 *
 * A strict rule over-corrects: it cuts off the label's distribution on one side only and can teach that short is good. Look at the length
 * effect of the fitted reward (`laurel audit data`, or its weight on length), and prefer mild rules. Ties are kept.
 *
 * @returns the other pairs; `ledger.dropped.longer`
 * @throws UsageError for a ratio below 1 or a negative difference
 * @source IXC-2.5-Reward (2025), section 3; "significantly longer" there has no published threshold, the ratio of 2 is our choice
 * @example dropLongerChosen(pairs, { maxRatio: 2 })
 */
export function dropLongerChosen(
  pairs: AsyncIterable<PreferencePair> | Iterable<PreferencePair>,
  options: DropLongerOptions = {},
): Recipe<PreferencePair, "longer"> {
  const { maxDiff = Number.POSITIVE_INFINITY, length = (one) => answerText(one).length } = options;
  const { maxRatio = options.maxDiff === undefined ? 2 : Number.POSITIVE_INFINITY } = options;
  if (!(maxRatio >= 1)) throw new UsageError(`dropLongerChosen: maxRatio must be at least 1, not ${maxRatio}`);
  if (!(maxDiff >= 0)) throw new UsageError(`dropLongerChosen: maxDiff must be at least 0, not ${maxDiff}`);
  return recipe(["longer"], async function* (ledger) {
    for await (const pair of pairs) {
      ledger.in++;
      const [chosen, rejected] = [length(pair.chosen), length(pair.rejected)];
      if (pair.tie !== true && (chosen > maxRatio * rejected || chosen - rejected > maxDiff)) {
        ledger.dropped.longer++;
        continue;
      }
      ledger.out++;
      yield pair;
    }
  });
}

/** Options of `balanceLengths`. */
export interface BalanceLengthsOptions {
  seed: Seed;
  /** Width of the bands of |ln(length of chosen / length of rejected)|, above 0; default 0.25. */
  band?: number | undefined;
  /** Of an answer, at least 0; default UTF-16 units of its text. */
  length?: ((candidate: Candidate) => number) | undefined;
}

/**
 * Draws pairs so that in each band of length ratios the longer answer is chosen as often as the shorter one: a reward of length alone then
 * gets one half of them.
 *
 * @param pairs are all read before the first one comes out; ties and pairs of equal length are kept
 * @returns the kept pairs in the order in which they came; `ledger.dropped.longer` and `.shorter` count by the chosen answer
 * @throws UsageError for a band that is not above 0
 * @source RAG-RewardBench (2024) samples by length; how is not published, the bands are our choice
 * @example balanceLengths(panelPairs(rows, { minGap: 1 }), { seed })
 */
export function balanceLengths(
  pairs: AsyncIterable<PreferencePair> | Iterable<PreferencePair>,
  options: BalanceLengthsOptions,
): Recipe<PreferencePair, "longer" | "shorter"> {
  const { seed, band = 0.25, length = (one) => answerText(one).length } = options;
  if (!(band > 0)) throw new UsageError(`balanceLengths: band must be above 0, not ${band}`);
  return recipe(["longer", "shorter"], async function* (ledger) {
    const all: { pair: PreferencePair; side: "longer" | "shorter" | undefined; band: number }[] = [];
    for await (const pair of pairs) {
      ledger.in++;
      const ratio = Math.log((1 + length(pair.chosen)) / (1 + length(pair.rejected)));
      const side = pair.tie === true || ratio === 0 ? undefined : ratio > 0 ? "longer" : "shorter";
      all.push({ pair, side, band: Math.floor(Math.abs(ratio) / band) });
    }
    const kept = new Set<number>();
    const rng = random(split(seed, "lengths"));
    const places = all.map((_, i) => i);
    for (const i of places) if (all[i]!.side === undefined) kept.add(i);
    const bands = Map.groupBy(
      places.filter((i) => all[i]!.side !== undefined),
      (i) => all[i]!.band,
    );
    for (const [, members] of [...bands].sort(([a], [b]) => a - b)) {
      const sides = (["longer", "shorter"] as const).map((side) => members.filter((i) => all[i]!.side === side));
      const most = Math.min(...sides.map((own) => own.length));
      for (const own of sides) for (const i of rng.shuffled(own).slice(0, most)) kept.add(i);
    }
    for (const [i, { pair, side }] of all.entries()) {
      if (!kept.has(i)) {
        ledger.dropped[side!]++;
        continue;
      }
      ledger.out++;
      yield pair;
    }
  });
}
