import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { differenceEstimate, proportionEstimate } from "./estimate.ts";

/** What an expert, a judge and a rule say of the same item: did it succeed? Null where one says nothing. */
export interface RateRow {
  expert: 0 | 1 | boolean;
  judge?: 0 | 1 | boolean | null | undefined;
  rule?: 0 | 1 | boolean | null | undefined;
  /** What is counted together, such as the task that several agents tried. */
  cluster?: string | undefined;
}

/** Rates of success side by side. */
export interface ComparedRates {
  expert: Estimate;
  /** Null where no row has one. */
  judge: Estimate | null;
  rule: Estimate | null;
  /** Over the rows that have both. */
  judgeMinusExpert: Estimate | null;
  ruleMinusExpert: Estimate | null;
}

/**
 * Rates of success by an expert, a judge and a rule, and their differences paired by item.
 *
 * @param rows at least 2; in `cluster` all or none
 * @param options level 0.95
 * @throws NotEnoughDataError for fewer than 2 rows (or clusters); UsageError for another value than 0 and 1, or clusters in some rows only
 * Source: AgentRewardBench (2025), success rates by expert, judge and rule.
 * @example compareRates(rows).ruleMinusExpert // below 0: the rule misses successes
 */
export function compareRates(rows: readonly RateRow[], options: { level?: number | undefined } = {}): ComparedRates {
  const { level = 0.95 } = options;
  if (rows.length < 2) throw new NotEnoughDataError("rates need at least 2 rows", 2);
  const clustered = rows[0]!.cluster !== undefined;
  if (rows.some(({ cluster }) => (cluster !== undefined) !== clustered))
    throw new UsageError("either every row has a cluster or none");
  const number = (value: unknown): number => {
    if (value === true || value === 1) return 1;
    if (value === false || value === 0) return 0;
    throw new UsageError(`a call is ${String(value)}, not 0 or 1`);
  };
  const settings = (own: readonly RateRow[]) => ({
    level,
    unscored: rows.length - own.length,
    ...(clustered ? { clusters: own.map(({ cluster }) => cluster!) } : {}),
  });
  const rate = (own: readonly RateRow[], who: "expert" | "judge" | "rule"): Estimate =>
    proportionEstimate(
      Float64Array.from(own, (row) => number(row[who])),
      settings(own),
    );
  const beside = (who: "judge" | "rule"): { rate: Estimate | null; difference: Estimate | null } => {
    const own = rows.filter((row) => row[who] != null);
    if (own.length < 2) return { rate: null, difference: null };
    const [theirs, expert] = [own.map((row) => number(row[who])), own.map((row) => number(row.expert))];
    return { rate: rate(own, who), difference: differenceEstimate(theirs, expert, settings(own)) };
  };
  const [judge, rule] = [beside("judge"), beside("rule")];
  return {
    expert: rate(rows, "expert"),
    judge: judge.rate,
    rule: rule.rate,
    judgeMinusExpert: judge.difference,
    ruleMinusExpert: rule.difference,
  };
}
