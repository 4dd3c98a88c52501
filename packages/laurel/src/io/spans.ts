import { answerText, InputError, type InputPlace, type Message, type Span } from "../core/index.ts";
import { shorten } from "./ids.ts";
import { placed } from "./messages.ts";

/** Steps as one text, joined by a separator (default newline), with the span of each. Spans leave the separator out. */
export function joinSteps(steps: readonly string[], separator = "\n"): { text: string; spans: Span[] } {
  const spans: Span[] = [];
  let at = 0;
  for (const step of steps) {
    spans.push({ start: at, end: at + step.length });
    at += step.length + separator.length;
  }
  return { text: steps.join(separator), spans };
}

/**
 * The spans of step texts in an answer, each searched behind the one before it.
 *
 * @throws InputError at `field[i]` when a step does not stand in the rest of the answer
 */
export function locateSteps(
  steps: readonly string[],
  output: readonly Message[],
  place: InputPlace,
  field: string,
): Span[] {
  const text = answerText({ output });
  let from = 0;
  return steps.map((step, i) => {
    const start = text.indexOf(step, from);
    if (start < 0)
      throw new InputError(
        placed(place, `${field}[${i}]`),
        `the step '${shorten(step, 40)}' does not stand in the answer behind the step before it`,
      );
    from = start + step.length;
    return { start, end: from };
  });
}
