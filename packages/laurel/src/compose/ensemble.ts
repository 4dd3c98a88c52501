import { type Children, floorOf, isScored, type Reward, UsageError } from "../core/index.ts";
import { blend, conclude, hull, type Parts, type Range, rangesInWords, reachOf, wantingPart } from "./parts.ts";

/** How an ensemble's members become one value. */
export type EnsembleAggregate = "mean" | "median" | "min" | { meanMinusSd: number } | { quantile: number };

/** Options of `ensemble`. */
export interface EnsembleOptions {
  /** Default "mean". */
  aggregate?: EnsembleAggregate | undefined;
  /** How many members must be scored; default all. */
  quorum?: number | undefined;
  /** Mean and sd of each member over base-policy samples; values are z-scored with them before they are aggregated. */
  standardise?: Readonly<Record<string, { mean: number; sd: number }>> | undefined;
  /** "same" (default) refuses members whose stated ranges differ; "native" mixes them as they are. */
  scales?: "same" | "native" | undefined;
  name?: string | undefined;
}

/**
 * One value from several rewards that measure the same thing.
 *
 *     mean, median, min, mean − k·sd, or the q-quantile of the members' values
 *
 * The sd has n − 1 in its denominator (0 for one member) and is given as `spread` over "members". Quantiles interpolate
 * linearly between order statistics. Fewer scored members than `quorum` make the whole unscored; where some are
 * missing but the quorum is met, `facts.members` says how many counted. Faulty members count at their floors.
 * Errors that all members share survive any ensemble, and agreement is no calibration.
 *
 * @param rewards a list, or by name; a list takes the rewards' own names, the second of a name getting "#2"
 * @throws UsageError on fewer than one member, a quorum or an option out of range, an sd of 0, or different stated ranges
 * @source "Helping or Herding? Reward model ensembles" (2023): aggregates and standardisation. The sd's denominator and
 *   the quorum are ours.
 * @example ensemble([rm1, rm2, rm3], { aggregate: { meanMinusSd: 1 }, quorum: 2 })
 */
export function ensemble(rewards: Children | readonly Reward[], options: EnsembleOptions = {}): Reward {
  const members = named(rewards);
  const names = Object.keys(members);
  const { aggregate = "mean", quorum = names.length, standardise, scales = "same" } = options;
  checkAggregate(aggregate);
  if (!Number.isInteger(quorum) || quorum < 1 || quorum > names.length)
    throw new UsageError(`ensemble: quorum must be a whole number from 1 to ${names.length}, not ${quorum}`);
  checkScales(members, standardise, scales);
  const onScale = (name: string, value: number): number => {
    const by = standardise?.[name];
    return by === undefined ? value : (value - by.mean) / by.sd;
  };
  const reach = hull(
    names.map((name): Range | undefined => {
      const own = reachOf(members[name]!);
      return own === undefined ? undefined : [onScale(name, own[0]), onScale(name, own[1])];
    }),
  );
  const range = reach === undefined ? undefined : widened(reach, aggregate, quorum);
  const floors = names.map((name) => floorOf(members[name]!));
  const floor =
    range?.[0] ??
    (typeof aggregate !== "object" && floors.every((one) => one !== undefined)
      ? Math.min(...names.map((name, i) => onScale(name, floors[i]!)))
      : undefined);

  return blend(
    "ensemble",
    members,
    {
      name: options.name,
      version: 1,
      spec: {
        kind: "ensemble",
        aggregate,
        quorum,
        scales,
        ...(standardise === undefined ? {} : { standardise: standardise }),
      },
      range,
      floor,
    },
    (scores) => {
      const values: number[] = [];
      for (const name of names) {
        const score = scores[name]!;
        if (isScored(score)) values.push(onScale(name, score.value));
      }
      if (values.length < quorum) {
        const wanting = wantingPart(scores)!;
        const message = `${values.length} of ${names.length} members scored, ${quorum} are needed; ${wanting.unscored.message}`;
        return { unscored: { ...wanting.unscored, message } };
      }
      const { value, sd } = aggregated(values, aggregate);
      return conclude(
        value,
        scores,
        floor,
        {
          spread: { sd, n: values.length, over: "members" },
          ...(values.length === names.length ? {} : { facts: { members: values.length } }),
        },
        values.length === names.length ? scores : scoredOnly(scores),
      );
    },
  );
}

/** The rewards by name; names that repeat in a list get "#2", "#3" and so on. */
function named(rewards: Children | readonly Reward[]): Children {
  if (!Array.isArray(rewards)) return rewards as Children;
  const members: Record<string, Reward> = {};
  for (const reward of rewards as readonly Reward[]) {
    let name = reward.name;
    for (let k = 2; Object.hasOwn(members, name); k++) name = `${reward.name}#${k}`;
    members[name] = reward;
  }
  return members;
}

function scoredOnly(scores: Parts): Parts {
  return Object.fromEntries(Object.entries(scores).filter(([, score]) => isScored(score)));
}

function aggregated(values: readonly number[], aggregate: EnsembleAggregate): { value: number; sd: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = n < 2 || sorted[0] === sorted[n - 1] ? 0 : Math.sqrt(squares / (n - 1));
  if (aggregate === "mean") return { value: clamp(mean, sorted), sd };
  if (aggregate === "min") return { value: sorted[0]!, sd };
  if (aggregate === "median") return { value: quantileOfSorted(sorted, 0.5), sd };
  if ("quantile" in aggregate) return { value: quantileOfSorted(sorted, aggregate.quantile), sd };
  return { value: clamp(mean, sorted) - aggregate.meanMinusSd * sd, sd };
}

// a mean of equal values may differ from them in the last bit
function clamp(value: number, sorted: readonly number[]): number {
  return Math.min(Math.max(value, sorted[0]!), sorted[sorted.length - 1]!);
}

function quantileOfSorted(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}

// n values in [a, b] have an sd of at most (b − a)/2·√(n/(n − 1)), largest for the smallest n of at least 2
function widened(reach: Range, aggregate: EnsembleAggregate, quorum: number): Range {
  if (typeof aggregate !== "object" || !("meanMinusSd" in aggregate)) return reach;
  const n = Math.max(2, quorum);
  const most = ((reach[1] - reach[0]) / 2) * Math.sqrt(n / (n - 1));
  return [reach[0] - aggregate.meanMinusSd * most, reach[1]];
}

function checkAggregate(aggregate: EnsembleAggregate): void {
  if (typeof aggregate !== "object") {
    if (!["mean", "median", "min"].includes(aggregate))
      throw new UsageError(`ensemble: unknown aggregate '${String(aggregate)}'`);
    return;
  }
  if ("quantile" in aggregate) {
    if (!(aggregate.quantile >= 0 && aggregate.quantile <= 1))
      throw new UsageError(`ensemble: quantile must lie in [0, 1], not ${aggregate.quantile}`);
  } else if (!(aggregate.meanMinusSd >= 0 && Number.isFinite(aggregate.meanMinusSd)))
    throw new UsageError(`ensemble: meanMinusSd must be a number of at least 0, not ${String(aggregate.meanMinusSd)}`);
}

function checkScales(members: Children, standardise: EnsembleOptions["standardise"], scales: "same" | "native"): void {
  if (standardise !== undefined) {
    for (const name of Object.keys(members)) {
      const by = standardise[name];
      if (by === undefined) throw new UsageError(`ensemble: standardise has no entry for ${name}`);
      if (!(by.sd > 0 && Number.isFinite(by.sd) && Number.isFinite(by.mean)))
        throw new UsageError(`ensemble: standardise of ${name} needs a finite mean and an sd above 0, not ${by.sd}`);
    }
    return;
  }
  const stated = Object.values(members).filter((member) => member.range !== undefined);
  const first = stated[0]?.range;
  if (scales === "same" && stated.some(({ range }) => range![0] !== first![0] || range![1] !== first![1]))
    throw new UsageError(
      `ensemble: the members have different ranges (${rangesInWords(members)})`,
      'give `standardise`, or pass scales: "native"',
    );
}
