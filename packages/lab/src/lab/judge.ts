import { UsageError } from "laurel";
import { holm } from "laurel/stats";
import { type BarOutcome, type JudgeOptions, judgeBar } from "./bar.ts";
import type { Claim, Paper, SeedFigures, Verdict } from "./types.ts";

/** A claim's figures: the main setting's seeds, and the boundary's where there is one. */
export interface ClaimFigures {
  main: readonly SeedFigures[];
  boundary?: readonly SeedFigures[] | undefined;
}

/** What a claim came to. */
export interface ClaimOutcome {
  id: string;
  /** Null for a demonstration (`assumed`). */
  verdict: Verdict | null;
  /** It holds, but a primary interval ends below the smallest effect that the claim needs. */
  small: boolean;
  /** Why, in a few words. */
  because: string;
  bars: readonly BarOutcome[];
  /** The boundary's bar, judged at the setting where it must not hold. */
  boundary: BarOutcome | null;
}

/**
 * Judges a single claim, Holm's rule over its own primary bars.
 *
 * @example judge(claim, { main: figures }).verdict
 */
export function judge(claim: Claim, figures: ClaimFigures, options: JudgeOptions = {}): ClaimOutcome {
  return judgeClaims([claim], { [claim.id]: figures }, options)[0]!;
}

/**
 * Judges a paper: every bar by its interval, primary bars by Holm's adjusted p over the whole paper besides.
 *
 * A claim holds where all its primary bars hold, fails where one fails, and is undecided otherwise. It is undecided, too,
 * where a control is not as it must be, or where the boundary's bar holds although it must not.
 *
 * @param figures by claim id
 * @throws UsageError where a claim's figures are missing
 */
export function judgePaper(
  paper: Paper,
  figures: Readonly<Record<string, ClaimFigures>>,
  options: JudgeOptions = {},
): ClaimOutcome[] {
  return judgeClaims(paper.claims, figures, options);
}

function judgeClaims(
  claims: readonly Claim[],
  figures: Readonly<Record<string, ClaimFigures>>,
  options: JudgeOptions,
): ClaimOutcome[] {
  const judged = claims.map((claim) => {
    if (claim.evidence === "untestable") return { claim, bars: [], boundary: null };
    const own = figures[claim.id];
    if (own === undefined) throw new UsageError(`claim ${claim.id} has no figures`);
    return {
      claim,
      bars: claim.bars.map((bar) => judgeBar(bar, own.main, options)),
      boundary: boundaryOf(claim, own.boundary, options),
    };
  });
  const family = judged
    .filter(({ claim }) => claim.evidence !== "assumed")
    .flatMap(({ bars }) => bars)
    .filter((bar) => bar.role === "primary" && bar.p !== null);
  const adjusted = holm(family.map((bar) => bar.p!));
  const pHolm = new Map(family.map((bar, i) => [bar, adjusted[i]!]));
  return judged.map(({ claim, bars, boundary }) =>
    conclude(
      claim,
      bars.map((bar) => underHolm(bar, pHolm.get(bar) ?? null)),
      boundary,
    ),
  );
}

function boundaryOf(
  claim: Claim,
  figures: readonly SeedFigures[] | undefined,
  options: JudgeOptions,
): BarOutcome | null {
  if (claim.boundary === undefined) return null;
  if (figures === undefined) throw new UsageError(`claim ${claim.id} has no figures at its boundary`);
  return judgeBar(claim.bars.find((bar) => bar.id === claim.boundary!.bar)!, figures, options);
}

function underHolm(bar: BarOutcome, pHolm: number | null): BarOutcome {
  if (pHolm === null) return bar;
  if (bar.verdict !== "holds" || pHolm < 0.05) return { ...bar, pHolm };
  return { ...bar, pHolm, verdict: "undecided", notes: [...bar.notes, "holds alone, not under Holm's rule"] };
}

function conclude(claim: Claim, bars: readonly BarOutcome[], boundary: BarOutcome | null): ClaimOutcome {
  const result = (verdict: Verdict | null, because: string, small = false): ClaimOutcome => ({
    id: claim.id,
    verdict,
    small,
    because,
    bars,
    boundary,
  });
  if (claim.evidence === "untestable") return result("not testable here", claim.scope);
  if (claim.evidence === "assumed") return result(null, "the world contains the effect by construction");
  const broken = bars.filter((bar, i) => bar.role === "control" && !asExpected(bar, claim.bars[i]!.expect));
  if (broken.length > 0) return result("undecided", `control not as it must be: ${names(broken)}`);
  if (boundary?.verdict === "holds")
    return result("undecided", `${boundary.id} holds at the boundary, where it must not`);
  const primary = bars.filter((bar) => bar.role === "primary");
  const failed = primary.filter((bar) => bar.verdict === "fails");
  if (failed.length > 0) return result("fails", `fails: ${names(failed)}`);
  const open = primary.filter((bar) => bar.verdict !== "holds");
  if (open.length > 0) return result("undecided", `undecided: ${names(open)}`);
  const small = primary.filter((bar) => {
    const stated = claim.bars.find((one) => one.id === bar.id)!.bar!;
    return stated.kind === "superior" && bar.estimate.high < (stated.over ?? 0) + stated.smallest;
  });
  return small.length > 0
    ? result("holds", `smaller than needed: ${names(small)}`, true)
    : result("holds", "all primary bars hold, all controls are as they must be");
}

/** Whether a control is as it must be: it holds, or it does not where `expect` is "not-holds". */
export function asExpected(bar: BarOutcome, expect: "holds" | "not-holds" = "holds"): boolean {
  return (bar.verdict === "holds") === (expect === "holds");
}

function names(bars: readonly BarOutcome[]): string {
  return bars.map((bar) => bar.id).join(", ");
}

/** A verdict in words: `holds`, `holds, smaller than needed`, `demonstration`, … */
export function verdictText(outcome: Pick<ClaimOutcome, "verdict" | "small">): string {
  if (outcome.verdict === null) return "demonstration";
  return outcome.small ? `${outcome.verdict}, smaller than needed` : outcome.verdict;
}
