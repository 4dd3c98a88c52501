import { answerText, type Candidate, type Example, type JsonObject, type Message } from "../core/index.ts";
import { orderedPairs } from "./schemas/schema.ts";

/** One row of preference data. */
export type PreferencePair = {
  prompt: readonly Message[];
  chosen: Candidate;
  rejected: Candidate;
  /** How much better the chosen one is, on the data's own scale. */
  strength?: number | undefined;
  /** The probability that the chosen one is better, where it is not 1. */
  target?: number | undefined;
  margin?: number | undefined;
  /** The raters saw no difference; chosen and rejected are then in the file's order. */
  tie?: boolean | undefined;
  rater?: string | undefined;
  /** The id of the task that it comes from. */
  origin?: string | undefined;
  meta?: JsonObject | undefined;
};

/** One solution with a label for each of its steps. */
export type StepExample = {
  prompt: readonly Message[];
  steps: readonly string[];
  /** One a step; -1 means none. */
  labels: readonly number[];
  /** Is the final answer right? */
  outcome?: boolean | undefined;
};

/**
 * The preference pairs that an example's labels state: its comparisons (ties included), else each candidate that is right
 * or of higher value before each that is not.
 */
export function pairsOf(example: Example): PreferencePair[] {
  const { prompt, candidates, id } = example.task;
  const { preferred } = example.labels;
  if (preferred === undefined)
    return orderedPairs(example).map(({ better, worse }) => ({
      prompt,
      chosen: candidates[better]!,
      rejected: candidates[worse]!,
      origin: id,
    }));
  return preferred.map(({ first, second, p, strength, rater }) => ({
    prompt,
    chosen: candidates[p >= 0.5 ? first : second]!,
    rejected: candidates[p >= 0.5 ? second : first]!,
    ...(strength === undefined ? {} : { strength }),
    ...(p === 0 || p === 1 || p === 0.5 ? {} : { target: Math.max(p, 1 - p) }),
    ...(p === 0.5 ? { tie: true } : {}),
    ...(rater === undefined ? {} : { rater }),
    origin: id,
  }));
}

/** The candidates of an example that have both steps and step labels. */
export function stepExamplesOf(example: Example): StepExample[] {
  const { steps: labels, correct } = example.labels;
  const made: StepExample[] = [];
  for (const [i, candidate] of example.task.candidates.entries()) {
    const own = labels?.[i];
    if (own === undefined || candidate.steps?.length !== own.length) continue;
    const text = answerText(candidate);
    const outcome = correct?.[i];
    made.push({
      prompt: example.task.prompt,
      steps: candidate.steps.map(({ start, end }) => text.slice(start, end)),
      labels: own.map((label) => label ?? -1),
      ...(outcome == null ? {} : { outcome }),
    });
  }
  return made;
}
