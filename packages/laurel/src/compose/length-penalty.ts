import { answerText, type Candidate, floorOf, isScored, type Reward, UsageError, unscored } from "../core/index.ts";
import { blend, conclude, reachOf, wantingPart } from "./parts.ts";

/** Options of `lengthPenalty`. */
export interface LengthPenaltyOptions {
  /** What is free; at least 0, default 300. */
  limit?: number | undefined;
  /** Cost of each unit above the limit; at least 0, default 0.01. */
  perToken?: number | undefined;
  /** What is counted: `candidate.tokens.count` (default), words (runs of non-space) or characters (code points) of the answer. */
  unit?: "tokens" | "words" | "characters" | undefined;
  /** The most that is taken off; without it there is no range. */
  most?: number | undefined;
  name?: string | undefined;
}

/**
 * A reward less a price for length above a limit.
 *
 *     value = r − min(most, perToken · max(0, length − limit))
 *
 * Put it before a shaping transform, and into the references too. A candidate without a token count is unscored
 * (`unsupported`) where tokens are counted. Parts: `raw` and `length`.
 *
 * @throws UsageError on a negative limit, price or cap
 * @source PAR (2025): limit 300 tokens, 0.01 a token
 * @example shape(lengthPenalty(rewardModel), preferenceAsReward(), referencesFromContext())
 */
export function lengthPenalty(reward: Reward, options: LengthPenaltyOptions = {}): Reward {
  const { limit = 300, perToken = 0.01, unit = "tokens", most } = options;
  for (const [what, value] of Object.entries({ limit, perToken, most: most ?? 0 }))
    if (!(value >= 0 && Number.isFinite(value)))
      throw new UsageError(`lengthPenalty: ${what} must be a number of at least 0, not ${value}`);
  const reach = reachOf(reward);
  const lowest = floorOf(reward);
  const range = reach === undefined || most === undefined ? undefined : ([reach[0] - most, reach[1]] as const);
  const floor = lowest === undefined || most === undefined ? undefined : lowest - most;
  return blend(
    "length-penalty",
    { reward },
    {
      name: options.name ?? `lengthPenalty(${reward.name})`,
      version: 1,
      spec: { kind: "length-penalty", limit, perToken, unit, ...(most === undefined ? {} : { most }) },
      range,
      floor,
    },
    ({ reward: score }, candidate) => {
      const wanting = wantingPart({ raw: score! });
      if (wanting !== undefined || !isScored(score!)) return wanting!;
      const length = lengthOf(candidate, unit);
      if (length === undefined)
        return unscored("unsupported", "the candidate has no token count; count words or characters instead (unit)");
      const penalty = Math.min(most ?? Number.POSITIVE_INFINITY, perToken * Math.max(0, length - limit));
      const draft = conclude(score.value - penalty, { raw: score }, floor);
      if (typeof draft !== "object" || draft.unscored !== undefined) return draft;
      return { ...draft, parts: { ...draft.parts, length } };
    },
  );
}

function lengthOf(candidate: Candidate, unit: "tokens" | "words" | "characters"): number | undefined {
  if (unit === "tokens") return candidate.tokens?.count;
  const text = answerText(candidate);
  let count = 0;
  if (unit === "words") {
    for (const _ of text.matchAll(/\S+/g)) count++;
    return count;
  }
  for (const _ of text) count++;
  return count;
}
