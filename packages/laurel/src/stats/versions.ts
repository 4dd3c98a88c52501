import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { countEstimate, meanEstimate } from "./estimate.ts";

/** Whether a version had an item right; null where it could not be scored. */
export interface Outcome {
  item: string;
  right: boolean | null;
}

/** What changed from an old version to a new one on the same items. */
export interface VersionChange {
  /** P(old wrong, new right) and P(old right, new wrong). */
  progress: Estimate;
  regress: Estimate;
  /** progress - regress: the change of accuracy. */
  net: Estimate;
  /** Backward trust compatibility, P(new right | old right); null where the old one had nothing right. */
  trust: Estimate | null;
  /** Backward error compatibility, P(new wrong | old wrong); null where the old one had everything right. */
  error: Estimate | null;
  /** Items that both versions have scored, and the items that one of them lacks. */
  items: number;
  unpaired: string[];
}

/**
 * Progress and regress between two versions: a rise of the average can hide items that got worse.
 *
 * A regress rate has a floor: the same version run twice regresses too where its answers are drawn. Hold it against `regress` of the
 * old version against itself.
 *
 * @param before, after outcomes by item, each item once.
 * @param options level 0.95.
 * @returns shares with Wilson's interval, the net change with Student's.
 * @throws UsageError for a repeated item; NotEnoughDataError for fewer than 2 items that both have.
 *
 * Source: Eureka (2024), backward compatibility; Srivastava et al. (2020) for the two compatibilities.
 *
 * @example
 * versionChange(old, now).regress; // the share of items that got worse
 */
export function versionChange(
  before: Iterable<Outcome>,
  after: Iterable<Outcome>,
  options: { level?: number | undefined } = {},
): VersionChange {
  const [old, now] = [byItem(before, "before"), byItem(after, "after")];
  const level = options.level ?? 0.95;
  const unpaired = [...old.keys()]
    .filter((item) => !now.has(item))
    .concat([...now.keys()].filter((item) => !old.has(item)));
  const differences: number[] = [];
  let [unscored, progress, regress, kept, lost] = [0, 0, 0, 0, 0];
  for (const [item, was] of old) {
    const is = now.get(item);
    if (is === undefined) continue;
    if (was === null || is === null) {
      unscored++;
      continue;
    }
    differences.push(Number(is) - Number(was));
    if (was && is) kept++;
    else if (was) regress++;
    else if (is) progress++;
    else lost++;
  }
  const n = differences.length;
  if (n < 2) throw new NotEnoughDataError(`${n} items have an outcome from both versions`, 2);
  const share = (hits: number, of: number): Estimate => countEstimate(hits, of, { level, unscored });
  return {
    progress: share(progress, n),
    regress: share(regress, n),
    net: { ...meanEstimate(differences, { level, unscored }), method: "paired difference, Student t" },
    trust: kept + regress === 0 ? null : share(kept, kept + regress),
    error: lost + progress === 0 ? null : share(lost, lost + progress),
    items: n,
    unpaired,
  };
}

function byItem(rows: Iterable<Outcome>, what: string): Map<string, boolean | null> {
  const out = new Map<string, boolean | null>();
  for (const { item, right } of rows) {
    if (out.has(item)) throw new UsageError(`${what} has the item ${item} twice`);
    out.set(item, right);
  }
  return out;
}
