import {
  type Estimate,
  InputError,
  NotEnoughDataError,
  type Reward,
  type Seed,
  seedFrom,
  split,
} from "../core/index.ts";
import type { Baseline } from "./baseline.ts";
import { bySubset, subsetKeys } from "./eval.ts";
import type { Bar, Gated, GateOnOptions, GateSubset, GateVerdict, Item } from "./gate.ts";
import { differenceHeld, type Held, meanHeld, type Range } from "./gate-interval.ts";

/** A task's values under both extremes of what is unscored, and with only what is scored. */
interface Valued {
  cluster: string;
  subsets: Readonly<Record<string, string>>;
  /** Null where some of it, on either side, is unscored. */
  now: number | null;
  before: number;
  worst: number | undefined;
  best: number | undefined;
}

/** What the items say about the bar. */
export function decide(
  items: readonly Item[],
  reward: Reward,
  bar: Bar,
  level: number,
  options: GateOnOptions,
): Omit<Gated, "reward" | "bar" | "faults" | "unscored" | "worst"> & { unscored: { tasks: number } } {
  const range = reward.range;
  const seed = split(seedFrom(options.seed ?? 0), "gate");
  const all: Valued[] = [];
  let onlyNow = 0;
  const here = new Set<string>();
  for (const item of items) {
    here.add(item.id);
    const before = bar.min === undefined ? bar.baseline.task(item.id) : undefined;
    if (bar.min === undefined && before === undefined) onlyNow++;
    else all.push(valued(item, before, range));
  }
  let onlyBaseline = 0;
  if (bar.min === undefined) {
    if (all.length === 0)
      throw new InputError(
        { file: bar.baseline.name },
        `it has scores for none of the ${items.length} tasks`,
        `the tasks have ids such as '${items[0]!.id}', the baseline such as '${[...bar.baseline.ids()][0] ?? "none"}'`,
      );
    if (options.partial !== true)
      for (const id of bar.baseline.ids()) {
        if (here.has(id)) continue;
        onlyBaseline++;
        // a task that was taken out may have been one that failed, so it counts as unscored
        const gone = { id, cluster: `gone ${id}`, subsets: {}, sum: 0, scored: 0, unscored: 1, worst: undefined };
        all.push(valued(gone, bar.baseline.task(id), range));
      }
  }
  const threshold = bar.min ?? -bar.margin;
  const reached = (low: number): boolean => (bar.min === undefined ? low > threshold : low >= threshold);
  const hold = (part: readonly Valued[], of: "now" | "worst" | "best", at: number, unscored: number): Held => {
    const clusters = part.map((one) => one.cluster);
    const values = part.map((one) => one[of]!);
    if (bar.min !== undefined) return meanHeld({ values, clusters }, range, { level: at, unscored });
    // the extremes are differences already, which stand for now less 0
    const b = part.map((one) => (of === "now" ? one.before : 0));
    if (of !== "now") return extremeHeld(values, clusters, range, { level: at, unscored, seed });
    return differenceHeld({ a: values, b, clusters }, range, { level: at, unscored, seed });
  };
  const answer = (part: readonly Valued[], at: number) => {
    const scored = part.filter((one) => one.now !== null);
    const missing = part.length - scored.length;
    if (scored.length === 0) throw new NotEnoughDataError(`none of the ${part.length} tasks could be scored`);
    const held = hold(scored, "now", at, missing);
    let { low, high } = held.estimate;
    let bounds: Gated["bounds"];
    const counted = missing > (options.allowUnscored ?? 0) * part.length;
    const bounded = part.every((one) => one.worst !== undefined && one.best !== undefined);
    if (counted && bounded) {
      low = Math.min(low, hold(part, "worst", at, missing).estimate.low);
      high = Math.max(high, hold(part, "best", at, missing).estimate.high);
      bounds = { low, high };
    }
    const open = held.flat || (counted && !bounded);
    const verdict: GateVerdict = open ? "undecided" : reached(low) ? "pass" : high < threshold ? "worse" : "undecided";
    const alone = reached(held.estimate.low) || held.estimate.high < threshold;
    const because: Gated["because"] =
      verdict !== "undecided" ? undefined : held.flat ? "no-variation" : alone ? "unscored" : "interval";
    const needed = because === "interval" ? held.needed(threshold) : undefined;
    return { estimate: held.estimate, verdict, because, needed, bounds, missing, scored };
  };
  const { scored, missing, ...whole } = answer(all, level);
  const side = (of: (one: Valued) => number): Estimate | undefined =>
    enough(() => {
      const sample = { values: scored.map(of), clusters: scored.map((one) => one.cluster) };
      return meanHeld(sample, range, { level, unscored: missing }).estimate;
    });
  const subsets: Record<string, Record<string, GateSubset>> = {};
  for (const key of subsetKeys(all, options.subset)) {
    const parts = bySubset(all, key);
    const at = 1 - (1 - level) / parts.length;
    subsets[key] = Object.fromEntries(
      parts.map(([value, members]) => {
        const part = enough(() => answer(members, level));
        const corrected = enough(() => answer(members, at));
        const missing = members.filter((one) => one.now === null).length;
        return [value, { n: members.length, unscored: missing, estimate: part?.estimate, verdict: corrected?.verdict }];
      }),
    );
  }
  return {
    ...whole,
    means: bar.min === undefined ? { now: side((one) => one.now!), baseline: side((one) => one.before) } : undefined,
    tasks: items.length,
    unscored: { tasks: missing },
    pairing: bar.min === undefined ? { onlyNow, onlyBaseline } : undefined,
    subsets,
  };
}

/** Differences that are worked out already, in the unit of the reward. */
function extremeHeld(
  values: readonly number[],
  clusters: readonly string[],
  range: Range | undefined,
  options: { level: number; unscored: number; seed: Seed },
): Held {
  const [low] = range ?? [0, 1];
  return differenceHeld({ a: values.map((value) => value + low), b: values.map(() => low), clusters }, range, options);
}

function valued(item: Item, before: ReturnType<Baseline["task"]>, range: Range | undefined): Valued {
  const common = { cluster: item.cluster, subsets: item.subsets };
  const mean = (
    one: { sum: number; scored: number; unscored: number },
    fill: number | undefined,
  ): number | undefined => {
    if (one.unscored === 0) return one.sum / one.scored;
    return fill === undefined ? undefined : (one.sum + one.unscored * fill) / (one.scored + one.unscored);
  };
  const [low, high] = range ?? [undefined, undefined];
  const whole = item.unscored === 0 && item.scored > 0;
  if (before === undefined)
    return {
      ...common,
      now: whole ? item.sum / item.scored : null,
      before: 0,
      worst: mean(item, low),
      best: mean(item, high),
    };
  const less = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? undefined : a - b;
  return {
    ...common,
    now: whole && before.unscored === 0 && before.scored > 0 ? item.sum / item.scored : null,
    before: before.scored === 0 ? 0 : before.sum / before.scored,
    worst: less(mean(item, low), mean(before, high)),
    best: less(mean(item, high), mean(before, low)),
  };
}

/** What `f` gives, or undefined where there is too little for an interval. */
function enough<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return undefined;
    throw thrown;
  }
}
