import { answerText, type Candidate, type Score } from "laurel";

/** A stretch of an answer; `value` is null where it has none of its own. */
export interface Stretch {
  text: string;
  value: number | null;
  /** Which local value this is; null between two of them. */
  index: number | null;
}

/** Local values of a score, over the text where its parts are known. */
export interface LocalValues {
  unit: string;
  values: readonly (number | null)[];
  /** The whole answer in stretches; null where a unit's place in the text is not known, as of tokens. */
  stretches: readonly Stretch[] | null;
}

/**
 * A score's local values with the text that they stand for. Steps have spans; the bounds of tokens are not part of a score, so their
 * values come without text rather than over a guess of it.
 */
export function localValues(candidate: Candidate, score: Score): LocalValues[] {
  if (score.unscored !== undefined) return [];
  return (score.local ?? []).map(({ unit, values }) => ({
    unit,
    values,
    stretches:
      unit === "step" && candidate.steps?.length === values.length
        ? stretchesOf(candidate, candidate.steps, values)
        : null,
  }));
}

function stretchesOf(
  candidate: Candidate,
  spans: NonNullable<Candidate["steps"]>,
  values: readonly (number | null)[],
): Stretch[] {
  const text = answerText(candidate);
  const found: Stretch[] = [];
  let at = 0;
  for (const [index, { start, end }] of spans.entries()) {
    if (start > at) found.push({ text: text.slice(at, start), value: null, index: null });
    found.push({ text: text.slice(Math.max(at, start), end), value: values[index]!, index });
    at = Math.max(at, end);
  }
  if (at < text.length) found.push({ text: text.slice(at), value: null, index: null });
  return found;
}
