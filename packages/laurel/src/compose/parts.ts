import {
  type Candidate,
  type Children,
  type CombineOptions,
  type Context,
  composite,
  type Draft,
  type Fault,
  failure,
  fault,
  floorOf,
  isScored,
  type JsonObject,
  partsOf,
  type Reward,
  type Score,
  type Scored,
  settle,
  type Task,
  type Unscored,
} from "../core/index.ts";

/** One candidate's scores by child name. */
export type Parts = Readonly<Record<string, Score>>;

/** A range of values, lowest first. */
export type Range = readonly [min: number, max: number];

/** A synchronous function of one candidate's child scores. */
export type Blend = (scores: Parts, candidate: Candidate, task: Task, ctx: Context) => Draft;

/**
 * A composite that computes each candidate's score from its children's, without a promise a candidate.
 * Every child is given all tasks of the batch in one call.
 */
export function blend(kind: string, children: Children, options: CombineOptions, f: Blend): Reward {
  const names = Object.keys(children);
  const reward: Reward = composite(kind, children, options, async (tasks, ctx) => {
    const byChild = await Promise.all(names.map((name) => ctx.score(children[name]!, tasks)));
    return tasks.map((task, t) =>
      task.candidates.map((candidate, c) => {
        const scores: Record<string, Score> = {};
        for (let k = 0; k < names.length; k++) scores[names[k]!] = byChild[k]![t]![c]!;
        return settled(reward, ctx, () => f(scores, candidate, task, ctx));
      }),
    );
  });
  return reward;
}

/** The score of a draft; what the function throws becomes `unscored` with reason `bug`. */
export function settled(reward: Reward, ctx: Context, draft: () => Draft): Score {
  try {
    return settle(draft(), reward);
  } catch (thrown) {
    return failure(reward.name, thrown, ctx);
  }
}

/**
 * The unscored result of a composite that needs all of these parts, or undefined if all are scored.
 * A lasting reason goes before a transient one, because trying again would not help.
 */
export function wantingPart(scores: Parts): Unscored | undefined {
  let found: Unscored | undefined;
  for (const name in scores) {
    const score = scores[name]!;
    if (score.unscored === undefined) continue;
    if (found !== undefined && (score.unscored.transient || !found.unscored.transient)) continue;
    found = { unscored: { ...score.unscored, message: `${name}: ${score.unscored.message}` } };
  }
  return found;
}

/** The faults among the parts by dotted name, those inside composite parts included. */
export function faultsOf(scores: Parts): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const [name, score] of Object.entries(scores)) {
    if (!isScored(score)) continue;
    if (score.fault !== undefined) faults[name] = score.fault;
    const inner = score.facts?.["faults"];
    if (inner !== null && typeof inner === "object" && !Array.isArray(inner))
      for (const [path, kind] of Object.entries(inner as JsonObject))
        if (typeof kind === "string") faults[`${name}.${path}`] = kind;
  }
  return faults;
}

/** The fault that all of these parts share in having: the first one's kind, or undefined if one of them did not fault. */
function commonFault(scores: Parts): Fault | undefined {
  let first: Fault | undefined;
  for (const score of Object.values(scores)) {
    if (!isScored(score) || score.fault === undefined) return undefined;
    first ??= score.fault;
  }
  return first;
}

/** Whether a part or a part of a part faulted: the rare case, told apart before anything is built for it. */
function anyFault(scores: Parts): boolean {
  for (const name in scores) {
    const score = scores[name]!;
    if (isScored(score) && (score.fault !== undefined || score.facts?.["faults"] !== undefined)) return true;
  }
  return false;
}

/** What a composite adds to its value. */
export type Extras = Pick<Scored, "spread" | "local" | "rationale"> & { facts?: JsonObject | undefined };

/**
 * A composite's draft: the value, all parts, the faults among them in `facts.faults`, and a fault of the whole,
 * at the composite's floor, if every needed part faulted.
 *
 * @param value computed with the faulty parts at their floors
 * @param scores all parts
 * @param floor the composite's floor; without one a fault of the whole keeps the computed value
 * @param needed the parts that decide whether the whole faulted (default: all)
 */
export function conclude(
  value: number,
  scores: Parts,
  floor: number | undefined,
  more: Extras = {},
  needed: Parts = scores,
): Draft {
  if (!anyFault(scores)) return { ...more, value, parts: partsOf(scores) };
  const faults = faultsOf(scores);
  const whole = commonFault(needed);
  const facts: JsonObject | undefined =
    Object.keys(faults).length > 0 ? { ...more.facts, faults } : more.facts === undefined ? undefined : more.facts;
  const about = { ...more, parts: partsOf(scores), ...(facts === undefined ? {} : { facts }) };
  if (whole === undefined) return { ...about, value };
  return floor === undefined ? { ...about, value, fault: whole } : fault(whole, about);
}

/** The values that a reward can give: its range, widened by its floor; undefined if it states no range. */
export function reachOf(reward: Pick<Reward, "range" | "floor">): Range | undefined {
  if (reward.range === undefined) return undefined;
  const [min, max] = reward.range;
  const floor = floorOf(reward)!;
  return [Math.min(min, floor), Math.max(max, floor)];
}

/** The smallest range that contains all of these, or undefined if one is unknown. */
export function hull(ranges: readonly (Range | undefined)[]): Range | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const range of ranges) {
    if (range === undefined) return undefined;
    min = Math.min(min, range[0]);
    max = Math.max(max, range[1]);
  }
  return [min, max];
}

/** Whether all rewards state the same range. */
export function sameRange(rewards: readonly Reward[]): boolean {
  const first = rewards[0]?.range;
  return rewards.every(
    ({ range }) => range !== undefined && first !== undefined && range[0] === first[0] && range[1] === first[1],
  );
}

/** Each child's range in words, for the message that refuses to mix them. */
export function rangesInWords(children: Children): string {
  return Object.entries(children)
    .map(([name, { range }]) => `${name} ${range === undefined ? "states none" : `[${range[0]}, ${range[1]}]`}`)
    .join(", ");
}

/**
 * The scores of those candidates that are wanted, undefined for the others.
 * A child that sees one candidate at a time is given only those; one that sees groups is given each task with a wanted
 * candidate whole, because leaving members out would change what it says of the rest.
 */
export async function scoreSome(
  child: Reward,
  tasks: readonly Task[],
  wanted: (t: number, c: number) => boolean,
  ctx: Context,
): Promise<(Score | undefined)[][]> {
  const chosen = tasks.map((task, t) => task.candidates.flatMap((_, c) => (wanted(t, c) ? [c] : [])));
  const asked: Task[] = [];
  const places: number[] = [];
  for (const [t, task] of tasks.entries()) {
    if (chosen[t]!.length === 0) continue;
    const whole = child.sees !== "candidate" || chosen[t]!.length === task.candidates.length;
    asked.push(whole ? task : { ...task, candidates: chosen[t]!.map((c) => task.candidates[c]!) });
    places.push(t);
  }
  const out = tasks.map((task): (Score | undefined)[] => task.candidates.map(() => undefined));
  if (asked.length === 0) return out;
  const scores = await ctx.score(child, asked);
  for (const [k, t] of places.entries()) {
    const whole = asked[k] === tasks[t];
    for (const [i, c] of chosen[t]!.entries()) out[t]![c] = scores[k]![whole ? c : i]!;
  }
  return out;
}
