import {
  answerText,
  type Embedder,
  fingerprintOf,
  type JsonObject,
  type Reward,
  type Score,
  settle,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { referenceTexts } from "./texts.ts";
import { embedOnce } from "./vectors.ts";

/**
 * The cosine of the angle between two vectors of the same length, in [−1, 1].
 *
 * a·b / (|a||b|)
 *
 * @throws UsageError where the lengths differ
 * @returns NaN if either vector is zero
 */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new UsageError(`vectors of ${a.length} and ${b.length} dimensions have no cosine`);
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    squaresA += a[i]! ** 2;
    squaresB += b[i]! ** 2;
  }
  return Math.max(-1, Math.min(1, dot / Math.sqrt(squaresA * squaresB)));
}

/**
 * The reward `reference.similarity`: cosine of the answer's embedding with the nearest of the task's reference texts, in [−1, 1].
 *
 * All texts of a call are embedded at once, equal texts only once. Unscored: `missing-reference` without reference texts;
 * the embedder's own reason where it gives no vector for the answer, or for every reference; `undecided` for a zero vector.
 * An answer without text is a fault (`no-answer`).
 *
 * @param embedder any text embedder
 * @example const reward = similarity(embedder);
 */
export function similarity(embedder: Embedder): Reward {
  const name = "reference.similarity";
  const range = [-1, 1] as const;
  const spec: JsonObject | undefined =
    embedder.spec === undefined ? undefined : { kind: name, embedder: embedder.spec };
  return {
    name,
    fingerprint: fingerprintOf("pointwise", name, { version: 1 }, [embedder.fingerprint]),
    sees: "candidate",
    work: "io",
    range,
    ...(spec === undefined ? {} : { spec }),
    async score(tasks, ctx) {
      const references = tasks.map(referenceTexts);
      const vectorOf = await embedOnce(
        name,
        embedder,
        references.flatMap((texts, t) =>
          "unscored" in texts ? [] : [...texts, ...tasks[t]!.candidates.map(answerText).filter((text) => text !== "")],
        ),
        ctx,
      );
      const scoreOne = (answer: string, texts: readonly string[]): Score => {
        if (answer === "") return settle({ fault: "no-answer" }, { name, range });
        const own = vectorOf(answer);
        if ("unscored" in own) return own;
        let best = Number.NEGATIVE_INFINITY;
        let missing: Score | undefined;
        for (const text of texts) {
          const gold = vectorOf(text);
          if ("unscored" in gold) {
            missing = gold;
            continue;
          }
          const cosine = cosineSimilarity(own, gold);
          if (cosine > best) best = cosine;
        }
        if (best > Number.NEGATIVE_INFINITY) return settle(best, { name, range });
        return missing ?? unscored("undecided", `${embedder.name} gave a zero vector, which has no direction`);
      };
      return tasks.map((task, t) => {
        const texts = references[t]!;
        return task.candidates.map((one) => ("unscored" in texts ? texts : scoreOne(answerText(one), texts)));
      });
    },
  };
}
