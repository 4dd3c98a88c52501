import { candidateHash, type Example, promptHash } from "../../core/index.ts";
import { type Recipe, recipe } from "../ledger.ts";

/**
 * Joins preferences with ratings of the same answers, by the text of prompt and answer: the matched data on which Bradley-Terry and
 * regression can be compared.
 *
 * @param preferences compared answers, streamed
 * @param ratings rated answers, held in memory; of the same prompt and answer the first counts
 * @returns the preferences of which every candidate is rated, with `labels.parts` and `labels.value` of the ratings; the ledger counts those left out
 *   because a candidate is "unrated" and those that are a "tie" (strength 0: the raters disagreed)
 * @source HelpSteer2-Preference (2024): ratings and preferences of the same responses
 */
export function matchRatings(
  preferences: AsyncIterable<Example> | Iterable<Example>,
  ratings: AsyncIterable<Example> | Iterable<Example>,
): Recipe<Example, "unrated" | "tie"> {
  return recipe(["unrated", "tie"], async function* (ledger) {
    const rated = new Map<string, { parts: Readonly<Record<string, number | null>>; value: number | null }>();
    for await (const { task, labels } of ratings)
      for (const [i, candidate] of task.candidates.entries()) {
        const key = `${promptHash(task)} ${candidateHash(candidate)}`;
        if (rated.has(key) || (labels.parts?.[i] === undefined && labels.value?.[i] == null)) continue;
        rated.set(key, { parts: labels.parts?.[i] ?? {}, value: labels.value?.[i] ?? null });
      }
    for await (const example of preferences) {
      ledger.in++;
      const { task, labels } = example;
      if (labels.preferred?.every(({ p }) => p === 0.5) ?? false) {
        ledger.dropped.tie++;
        continue;
      }
      const found = task.candidates.map((candidate) => rated.get(`${promptHash(task)} ${candidateHash(candidate)}`));
      if (!found.every((one) => one !== undefined)) {
        ledger.dropped.unrated++;
        continue;
      }
      ledger.out++;
      const values = found.map(({ value }) => value);
      yield {
        ...example,
        labels: {
          ...labels,
          parts: found.map(({ parts }) => parts),
          ...(values.every((value) => value === null) ? {} : { value: values }),
        },
      };
    }
  });
}
