import { type Estimate, InputError, NotEnoughDataError, UsageError } from "../core/index.ts";
import { cohenKappa, meanEstimate, proportionEstimate, spearman } from "../stats/index.ts";

/** What a judge or reward said of one pair in one version. */
export interface PairOutcome {
  /** The same in every version. */
  id: string;
  /** Which answer was preferred, by its place in the file (not whether that was right); null where there is no verdict. */
  choice: 0 | 1 | "tie" | null;
  /** Credit: 1 right, 0 wrong, ½ a tie (or as the benchmark says). */
  credit: number | null;
  cluster?: string | undefined;
}

/** How one version differs from the reference on the items that both have. */
export interface VersionReport {
  n: number;
  /** Items that only one of the two has or that one has no verdict for. */
  missing: number;
  accuracy: Estimate;
  /** Accuracy on the reference less accuracy here, on the same items. */
  drop: Estimate;
  /** Share of items whose choice differs. */
  flips: Estimate;
  /** Cohen's kappa of the choices {0, 1, tie}; undefined where both sides always choose the same answer. */
  kappa: Estimate | undefined;
}

/** What `parallelReport` says. */
export interface ParallelReport {
  reference: string;
  versions: Readonly<Record<string, VersionReport>>;
  /** Spearman's correlation over the versions of a covariate (such as a language's share of training text) with accuracy. */
  trend: Estimate | undefined;
}

/**
 * How far choices move when only the version of an item changes: its language, style or wording.
 *
 *     drop_v = mean(credit_ref − credit_v);  flips_v = P(choice_ref ≠ choice_v);  κ_v = (p_o − p_e) / (1 − p_e) on the choices
 *
 * Items are aligned by id; those that a version lacks are left out of its comparison, and counted. Agreement is of which answer was preferred:
 * of right and wrong it would be inflated by accuracy wherever files have the right answer first.
 *
 * @param versions at least two, each with every id at most once; chosen answers should not all stand in one place
 * @param reference the version that the others are held against
 * @param options `covariate` by version, for the trend (at least four versions besides the reference have it)
 * @throws UsageError for an unknown reference; InputError for a repeated id; NotEnoughDataError where two versions share fewer than two items
 * @source M-RewardBench (2024), compute_iaa.py for kappa; the paired drop and its interval are ours
 * @example parallelReport({ eng, deu }, "eng").versions["deu"].drop
 */
export function parallelReport(
  versions: Readonly<Record<string, readonly PairOutcome[]>>,
  reference: string,
  options: { covariate?: Readonly<Record<string, number>> | undefined; level?: number | undefined } = {},
): ParallelReport {
  const { level = 0.95, covariate } = options;
  const base = versions[reference];
  if (base === undefined)
    throw new UsageError(`there is no version '${reference}'`, `there are ${Object.keys(versions).join(", ")}`);
  const known = byId(reference, base);
  const reports = Object.entries(versions)
    .filter(([name]) => name !== reference)
    .map(([name, outcomes]) => [name, compare(known, byId(name, outcomes), name, level)] as const);
  const having = reports.filter(([name]) => covariate?.[name] !== undefined);
  const trend =
    having.length < 4
      ? undefined
      : spearman(
          having.map(([name]) => covariate![name]!),
          having.map(([, report]) => report.accuracy.value),
          level,
        );
  return { reference, versions: Object.fromEntries(reports), trend };
}

function byId(version: string, outcomes: readonly PairOutcome[]): Map<string, PairOutcome> {
  const found = new Map<string, PairOutcome>();
  for (const one of outcomes) {
    if (found.has(one.id)) throw new InputError({ field: "id" }, `'${one.id}' stands twice in the version ${version}`);
    found.set(one.id, one);
  }
  return found;
}

function compare(
  reference: ReadonlyMap<string, PairOutcome>,
  version: ReadonlyMap<string, PairOutcome>,
  name: string,
  level: number,
): VersionReport {
  const pairs: { there: PairOutcome; here: PairOutcome }[] = [];
  for (const [id, here] of version) {
    const there = reference.get(id);
    if (there === undefined || there.choice === null || here.choice === null) continue;
    if (there.credit === null || here.credit === null) continue;
    pairs.push({ there, here });
  }
  if (pairs.length < 2) throw new NotEnoughDataError(`${name} shares fewer than two items with the reference`, 2);
  const clusters = pairs.map(({ here }) => here.cluster ?? here.id);
  const missing = reference.size + version.size - 2 * pairs.length;
  const shared = { level, clusters };
  return {
    n: pairs.length,
    missing,
    accuracy: proportionEstimate(
      pairs.map(({ here }) => here.credit!),
      shared,
    ),
    drop: {
      ...meanEstimate(
        pairs.map(({ there, here }) => there.credit! - here.credit!),
        shared,
      ),
      method: "paired difference, cluster-robust t",
    },
    flips: proportionEstimate(
      pairs.map(({ there, here }) => (there.choice === here.choice ? 0 : 1)),
      shared,
    ),
    kappa: kappaOf(pairs, level),
  };
}

function kappaOf(pairs: readonly { there: PairOutcome; here: PairOutcome }[], level: number): Estimate | undefined {
  try {
    return cohenKappa(
      pairs.map(({ there }) => String(there.choice)),
      pairs.map(({ here }) => String(here.choice)),
      { labels: ["0", "1", "tie"], level },
    );
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return undefined;
    throw thrown;
  }
}
