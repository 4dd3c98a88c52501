import { type Estimate, NotEnoughDataError, UsageError } from "../../core/index.ts";
import { holm } from "../../stats/index.ts";
import { creditOf } from "./audit-judge.ts";
import { pairedDifference } from "./paired-difference.ts";
import type { Ballot } from "./votes.ts";

/** Two judges on the pairs that both gave a verdict on. */
export interface JudgeDifference {
  a: string;
  b: string;
  /** Accuracy of a less accuracy of b. */
  difference: Estimate;
  p: number;
  /** Corrected for all comparisons (Holm). */
  pHolm: number;
  /** "a" or "b" where the corrected p is below 1 − level; else the difference is within noise. */
  better: "a" | "b" | "within noise";
}

/** Options of `betweenJudges`. */
export interface BetweenOptions {
  /** A pair whose verdict could not be read: "out" (default) leaves it out of both judges' sums, "wrong" gives no credit for it. */
  unreadable?: "out" | "wrong" | undefined;
  level?: number | undefined;
}

/**
 * Which judges differ in accuracy: all against all on the same pairs, p-values corrected for their number (Holm).
 *
 * Credits (ties half) are paired item by item and summed by prompt. p is exact from sign flips where at most 14 prompts differ, else of
 * Student's t on prompts; the interval is Bonett and Price's for single 0/1 items, else cluster-robust t. It is not corrected.
 *
 * @param judges at least two, each with its ballots on the same file's pairs
 * @throws UsageError for fewer than two judges; judges that share fewer than two prompts are left out
 * @example betweenJudges(new Map([["a", ballotsA], ["b", ballotsB]])).filter(({ better }) => better === "within noise")
 */
export function betweenJudges(
  judges: ReadonlyMap<string, readonly Ballot[]>,
  options: BetweenOptions = {},
): JudgeDifference[] {
  const { unreadable = "out", level = 0.95 } = options;
  if (judges.size < 2) throw new UsageError("a comparison needs two judges or more");
  const credits = [...judges].map(([name, ballots]) => {
    const of = new Map<string, { credit: number; cluster: string }>();
    for (const ballot of ballots) {
      const { id, low, high, label, cluster } = ballot.pair;
      if (label !== "low" && label !== "high") continue;
      const credit = creditOf(ballot) ?? (unreadable === "wrong" ? 0 : undefined);
      if (credit !== undefined) of.set(`${low} ${high} ${id}`, { credit, cluster });
    }
    return { name, of };
  });
  const found: Omit<JudgeDifference, "pHolm" | "better">[] = [];
  for (const [i, a] of credits.entries())
    for (const b of credits.slice(i + 1)) {
      const rows = [...a.of].flatMap(([key, { credit, cluster }]) => {
        const other = b.of.get(key);
        return other === undefined ? [] : [{ a: credit, b: other.credit, cluster }];
      });
      try {
        found.push({ a: a.name, b: b.name, ...pairedDifference(rows, a.of.size - rows.length, level) });
      } catch (thrown) {
        if (!(thrown instanceof NotEnoughDataError)) throw thrown;
      }
    }
  const corrected = holm(found.map(({ p }) => p));
  return found.map((one, i) => ({
    ...one,
    pHolm: corrected[i]!,
    better: corrected[i]! >= 1 - level ? "within noise" : one.difference.value > 0 ? "a" : "b",
  }));
}
