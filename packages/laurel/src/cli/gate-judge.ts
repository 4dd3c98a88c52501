import { readFile } from "node:fs/promises";
import { checkTrust, type JudgeAudit, type TrustCheck, trustFrom } from "../bench/index.ts";
import { InputError, type JsonObject, messageOf, NotEnoughDataError, UsageError } from "../core/index.ts";
import { allKinds, comparerFrom, rewardFrom } from "../spec/index.ts";
import { figure } from "./figures.ts";
import type { TrustedSpec } from "./judge-trust.ts";
import { plain, short } from "./terminal.ts";

/** What was found about one judge of a spec. */
export interface JudgeChecked {
  judge: string;
  audit: string;
  checks: TrustCheck[];
  /** "pass" only where every bound passes; "fail" where one fails. */
  verdict: "pass" | "fail" | "undecided";
}

/**
 * Holds every judge of a spec against the bounds that are written beside it.
 *
 * @throws UsageError for a judge without `trust`; InputError for an audit that cannot be read; NotEnoughDataError for an audit of another judge
 */
export async function checkJudges(judges: readonly TrustedSpec[]): Promise<JudgeChecked[]> {
  if (judges.length === 0) throw new UsageError("--judge: the reward has no judge in it", "leave --judge out");
  const out: JudgeChecked[] = [];
  for (const { spec, trust, path } of judges) {
    const kind = String(spec["kind"]);
    const where = path === "" ? kind : `${path} (${kind})`;
    if (trust === undefined)
      throw new UsageError(
        `${where} states no trust, so it may not gate`,
        "audit it (laurel audit judge … --out audit.json) and write its bounds into its spec: trust: { audit: audit.json, agreement: { min: 0.6 }, positionBias: { max: 0.1 } }",
      );
    const { audit: file, judge, bounds } = trustFrom(trust, path === "" ? "trust" : `${path}.trust`);
    const audit = await auditOf(file, judge);
    const made =
      (allKinds()[kind]?.makes ?? "reward") === "comparer" ? await comparerFrom(spec) : await rewardFrom(spec);
    await made[Symbol.asyncDispose]?.();
    if (audit.fingerprint === null || made.fingerprint === null)
      process.stderr.write(
        `laurel: the audit ${file} does not say which judge it is of; that it is ${where} is on your word\n`,
      );
    else if (audit.fingerprint !== made.fingerprint)
      throw new NotEnoughDataError(
        `nothing is known about ${where}: the audit ${file} is of ${audit.judge} with fingerprint ${audit.fingerprint}, this one has ${made.fingerprint}. A judge changes with its prompt, model and options: audit it again`,
      );
    const checks = checkTrust(bounds, audit);
    const verdict = checks.some((one) => one.verdict === "fail")
      ? "fail"
      : checks.every((one) => one.verdict === "pass")
        ? "pass"
        : "undecided";
    out.push({ judge: audit.judge, audit: file, checks, verdict });
  }
  return out;
}

async function auditOf(file: string, name: string | undefined): Promise<JudgeAudit> {
  let read: unknown;
  try {
    read = JSON.parse(await readFile(file, "utf8"));
  } catch (thrown) {
    throw new InputError(
      { file },
      `the judge's audit cannot be read: ${messageOf(thrown)}`,
      "laurel audit judge … --out writes it",
    );
  }
  const audits = (read as { v?: unknown; audits?: readonly JudgeAudit[] } | null)?.audits;
  if ((read as JsonObject | null)?.["v"] !== 1 || !Array.isArray(audits) || audits.length === 0)
    throw new InputError({ file }, "this is no audit of a judge", "laurel audit judge … --out writes one");
  const found =
    name === undefined ? (audits.length === 1 ? audits[0] : undefined) : audits.find(({ judge }) => judge === name);
  if (found === undefined)
    throw new InputError(
      { file },
      name === undefined ? `it holds ${audits.length} judges` : `it holds no judge '${name}'`,
      `say which with trust.judge: ${audits
        .slice(0, 10)
        .map(({ judge }) => judge)
        .join(", ")}`,
    );
  return found;
}

/** What the bounds say, a line each. */
export function judgeLines(checked: readonly JudgeChecked[]): string[] {
  return checked.flatMap(({ judge, checks, verdict }) => [
    `judge ${plain(judge, 80)}: ${verdict === "pass" ? "may gate" : verdict === "fail" ? "may not gate" : "not known well enough to gate"}`,
    ...checks.map(({ about, bound, estimate, verdict: one }) => {
      const asked = [
        bound.min === undefined ? "" : `at least ${short(bound.min)}`,
        bound.max === undefined ? "" : `at most ${short(bound.max)}`,
      ]
        .filter((part) => part !== "")
        .join(" and ");
      return `  ${one === "pass" ? "pass" : one}: ${about} ${estimate === undefined ? "was not measured" : figure(estimate)}, ${asked}`;
    }),
  ]);
}
