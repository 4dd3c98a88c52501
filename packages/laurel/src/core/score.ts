import type { Fault, JsonObject, Reason, Score, Scored, Unscored } from "./types.ts";

/** A fault whose value is still to be filled in: the reward's floor. */
export interface FaultDraft extends Omit<Scored, "value" | "fault" | "unscored"> {
  fault: Fault;
  value?: undefined;
  unscored?: undefined;
}

/** What an author's function may return: a number, true (1) or false (0), a whole score, or a fault without its value. */
export type Draft = number | boolean | Score | FaultDraft;

/** The candidate's own failure; it scores the reward's floor. */
export function fault(kind: Fault, more: Omit<FaultDraft, "fault"> = {}): FaultDraft {
  return { ...more, fault: kind };
}

/** No score, with a typed reason. `transient` failures (transport, rate limits) are tried again; others are not. */
export function unscored(
  reason: Reason,
  message: string,
  more: { transient?: boolean; raw?: string | undefined } = {},
): Unscored {
  const transient = more.transient ?? (reason === "transport" || reason === "rate-limit");
  return { unscored: { reason, message, transient, ...(more.raw === undefined ? {} : { raw: more.raw }) } };
}

/** Is this a score with a value? */
export function isScored(score: Score): score is Scored {
  return score.unscored === undefined;
}

/** The least value a reward can give, which is what a fault scores: the floor if stated, else the range's lower end. */
export function floorOf(reward: {
  range?: readonly [number, number] | undefined;
  floor?: number | undefined;
}): number | undefined {
  return reward.floor ?? reward.range?.[0];
}

/**
 * Makes a score of what an author's function returned.
 * A value that is not finite or lies outside the range, and a fault of a reward without a floor, are bugs of the
 * reward: unscored, never a made-up number.
 */
export function settle(
  draft: Draft,
  reward: { name: string; range?: readonly [number, number] | undefined; floor?: number | undefined },
): Score {
  if (typeof draft === "boolean") return settle(draft ? 1 : 0, reward);
  const score: Score | FaultDraft = typeof draft === "number" ? { value: draft } : draft;
  if (score === null || typeof score !== "object") return unscored("bug", `${reward.name} returned ${String(score)}`);
  if (score.unscored !== undefined) return score;
  if (score.value === undefined) {
    const floor = floorOf(reward);
    if (score.fault === undefined) return unscored("bug", `${reward.name} returned an object without a value`);
    if (floor === undefined)
      return unscored("bug", `${reward.name} reported the fault '${score.fault}' but has neither a range nor a floor`);
    return { ...score, value: floor };
  }
  if (!Number.isFinite(score.value)) return unscored("bug", `${reward.name} returned ${String(score.value)}`);
  if (reward.range !== undefined) {
    const [min, max] = reward.range;
    const slack = 1e-9 * Math.max(1, Math.abs(min), Math.abs(max));
    if (score.value < min - slack || score.value > max + slack)
      return unscored("bug", `${reward.name} returned ${score.value}, outside its range [${min}, ${max}]`);
  }
  return score;
}

/** The parts of a composite: each child's value under its name (null if unscored) and the child's own parts below it (`style.tone`). */
export function partsOf(scores: Readonly<Record<string, Score>>): Record<string, number | null> {
  const parts: Record<string, number | null> = {};
  for (const [name, score] of Object.entries(scores)) {
    parts[name] = isScored(score) ? score.value : null;
    if (isScored(score) && score.parts !== undefined)
      for (const [inner, value] of Object.entries(score.parts)) parts[`${name}.${inner}`] = value;
  }
  return parts;
}

/** `facts` with one more entry. */
export function withFacts<S extends { facts?: JsonObject | undefined }>(score: S, facts: JsonObject): S {
  return { ...score, facts: { ...score.facts, ...facts } };
}
