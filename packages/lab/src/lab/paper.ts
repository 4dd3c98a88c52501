import { UsageError } from "laurel";
import type { Bar, Claim, Paper } from "./types.ts";

/**
 * A paper's checks, made sure of before anything runs: ids are unique, bars name arms that exist, a claim with a verdict
 * has a primary bar, a mechanism claim states where it must fail.
 *
 * @returns the paper, frozen
 * @throws UsageError that names the claim, the bar and what to change
 * @example export default paper({ slug: "par", component: ["preferenceAsReward"], claims: [shaping] });
 */
export function paper(checks: Paper): Paper {
  if (!/^[a-z0-9-]+$/.test(checks.slug))
    throw new UsageError(`a slug has lower-case letters, digits and hyphens, not "${checks.slug}"`);
  if (checks.claims.length === 0) throw new UsageError(`${checks.slug} has no claim`);
  unique(
    `${checks.slug}: claims`,
    checks.claims.map((claim) => claim.id),
  );
  for (const claim of checks.claims) checkClaim(`${checks.slug}, ${claim.id}`, claim);
  return Object.freeze({ ...checks });
}

function checkClaim(where: string, claim: Claim): void {
  if (!/^[a-z0-9-]+$/.test(claim.id))
    throw new UsageError(`${where}: an id has lower-case letters, digits and hyphens`);
  if (claim.evidence === "untestable") return;
  if (!(Number.isInteger(claim.seeds) && claim.seeds >= 2))
    throw new UsageError(`${where}: seeds must be a whole number of at least 2, not ${claim.seeds}`);
  unique(`${where}: arms`, claim.arms);
  unique(
    `${where}: bars`,
    claim.bars.map((bar) => bar.id),
  );
  for (const bar of claim.bars) {
    const at = `${where}, bar ${bar.id}`;
    for (const arm of [bar.of, bar.against])
      if (typeof arm === "string" && !claim.arms.includes(arm))
        throw new UsageError(`${at}: there is no arm "${arm}"`, `arms: ${claim.arms.join(", ")}`);
    if (bar.role !== "report" && bar.bar === undefined)
      throw new UsageError(`${at}: a ${bar.role} bar needs a bar`, 'only role "report" goes without');
    if (bar.bar !== undefined) checkBar(at, bar.bar);
    if (bar.role === "primary" && bar.expect === "not-holds")
      throw new UsageError(`${at}: a primary bar states what must hold; turn it round with better or against`);
  }
  if (claim.evidence !== "assumed" && !claim.bars.some((bar) => bar.role === "primary"))
    throw new UsageError(`${where}: a claim with a verdict needs a primary bar`);
  if (claim.evidence === "mechanism" && claim.boundary === undefined)
    throw new UsageError(`${where}: a mechanism claim states one setting at which it must fail`, "add boundary");
  const { boundary } = claim;
  if (boundary !== undefined && !claim.bars.some((bar) => bar.id === boundary.bar && bar.bar !== undefined))
    throw new UsageError(`${where}: the boundary names no bar "${boundary.bar}"`);
}

function checkBar(at: string, bar: Bar): void {
  const positive = (name: string, value: number): void => {
    if (!(value > 0 && Number.isFinite(value))) throw new UsageError(`${at}: ${name} must be above 0, not ${value}`);
  };
  if (bar.kind === "superior") positive("smallest", bar.smallest);
  else if (bar.kind === "non-inferior") positive("margin", bar.margin);
  else if (bar.kind === "equivalent") positive("within", bar.within);
  else if (bar.kind === "exact" && !(bar.tolerance >= 0))
    throw new UsageError(`${at}: tolerance must be at least 0, not ${bar.tolerance}`);
  else if (bar.kind === "between" && !(bar.low < bar.high))
    throw new UsageError(`${at}: low must be below high, not ${bar.low} and ${bar.high}`);
  else if (bar.kind === "share" && !(bar.above >= 0 && bar.above < 1))
    throw new UsageError(`${at}: above must lie in [0, 1), not ${bar.above}`);
}

function unique(what: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`${what}: "${twice}" stands twice`);
}
