import { type Estimate, type JsonObject, UsageError } from "../../core/index.ts";
import type { JudgeAudit } from "./audit-judge.ts";

/** What a threshold may be set for, and how it is read from an audit. Biases are held on both sides of 0. */
const measures: Readonly<
  Record<string, { about: string; bias?: boolean; of(audit: JudgeAudit): Estimate | undefined }>
> = {
  agreement: {
    about: "Cohen's kappa of judge and label",
    of: ({ agreement }) =>
      agreement.find(({ between, measure }) => between === "judge and label" && measure === "Cohen")?.estimate,
  },
  accuracy: { about: "accuracy over both orders", of: ({ accuracy }) => accuracy },
  consistency: { about: "same verdict when swapped", of: ({ consistency }) => consistency },
  selfConsistency: { about: "same verdict when repeated", of: ({ selfConsistency }) => selfConsistency },
  positionBias: { about: "gain from standing first", bias: true, of: ({ bias }) => bias.position },
  lengthBias: { about: "log-odds of 100 words more", bias: true, of: ({ bias }) => bias.logit.length },
  calibrationError: { about: "calibration error", of: ({ calibration }) => calibration?.ece },
  cycles: { about: "cycles among three", of: ({ cycles }) => cycles },
  unreadable: { about: "unreadable verdicts", of: ({ unreadable }) => unreadable },
};

/** A bound on a measure: at least `min`, at most `max`; of a bias, `max` bounds its size. */
export interface TrustBound {
  min?: number | undefined;
  max?: number | undefined;
}

/** When a judge may gate: bounds that its audit has to meet. */
export interface Trust {
  /** The file that `laurel audit judge --out` wrote. */
  audit: string;
  /** Which judge of that file, where it holds several. */
  judge?: string | undefined;
  bounds: Readonly<Record<string, TrustBound>>;
}

/** What came of one bound. `unknown`: the audit does not have the measure. */
export interface TrustCheck {
  measure: string;
  about: string;
  bound: TrustBound;
  estimate: Estimate | undefined;
  verdict: "pass" | "fail" | "undecided" | "unknown";
}

/**
 * The trust in a spec: `{ audit: FILE, judge?: NAME, agreement: { min: 0.7 }, positionBias: { max: 0.1 }, … }`.
 *
 * @throws UsageError for an unknown measure, a bound that is none, no bound, or no audit
 */
export function trustFrom(spec: JsonObject, where = "trust"): Trust {
  const { audit, judge, ...bounds } = spec;
  if (typeof audit !== "string" || audit === "")
    throw new UsageError(`${where}.audit is missing`, "name the file that `laurel audit judge … --out FILE` wrote");
  if (judge !== undefined && typeof judge !== "string") throw new UsageError(`${where}.judge is a judge's name`);
  if (Object.keys(bounds).length === 0)
    throw new UsageError(`${where} sets no bound`, `there are ${Object.keys(measures).join(", ")}`);
  for (const [measure, bound] of Object.entries(bounds)) {
    const known = Object.hasOwn(measures, measure) ? measures[measure] : undefined;
    if (known === undefined)
      throw new UsageError(
        `${where}: there is no measure '${measure}'`,
        `there are ${Object.keys(measures).join(", ")}`,
      );
    const ends = typeof bound === "object" && bound !== null && !Array.isArray(bound) ? Object.entries(bound) : [];
    if (ends.length === 0 || ends.some(([end, at]) => !["min", "max"].includes(end) || typeof at !== "number"))
      throw new UsageError(`${where}.${measure} is { min: NUMBER } or { max: NUMBER }, not ${JSON.stringify(bound)}`);
    if (known.bias === true && ((bound as TrustBound).min !== undefined || (bound as TrustBound).max! <= 0))
      throw new UsageError(`${where}.${measure} takes a max above 0: the most that its size may be`);
  }
  return { audit, judge, bounds: bounds as Record<string, TrustBound> };
}

/**
 * Holds an audit against bounds. A bound passes where the whole interval lies within it, fails where all of it lies outside, and is
 * undecided between.
 */
export function checkTrust(bounds: Trust["bounds"], audit: JudgeAudit): TrustCheck[] {
  return Object.entries(bounds).map(([measure, bound]): TrustCheck => {
    const { about, bias, of } = measures[measure]!;
    const estimate = of(audit);
    if (estimate === undefined) return { measure, about, bound, estimate, verdict: "unknown" };
    const low = bias === true ? -bound.max! : (bound.min ?? Number.NEGATIVE_INFINITY);
    const high = bound.max ?? Number.POSITIVE_INFINITY;
    const verdict =
      estimate.low >= low && estimate.high <= high
        ? "pass"
        : estimate.high < low || estimate.low > high
          ? "fail"
          : "undecided";
    return { measure, about, bound, estimate, verdict };
  });
}
