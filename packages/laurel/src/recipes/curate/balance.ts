import { answerText, type Candidate, UsageError } from "../../core/index.ts";
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
