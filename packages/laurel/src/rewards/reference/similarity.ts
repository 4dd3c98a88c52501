import {
  answerText,
  type Embedder,
  failure,
  fingerprintOf,
  type JsonObject,
  type Reward,
  type Score,
  settle,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { referenceTexts } from "./texts.ts";

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
      const index = new Map<string, number>();
      const add = (text: string): number => {
        const known = index.get(text);
        if (known !== undefined) return known;
        index.set(text, index.size);
        return index.size - 1;
      };
      const references = tasks.map(referenceTexts);
      const places = tasks.map((task, t) => {
        const texts = references[t]!;
        return "unscored" in texts
          ? undefined
          : { texts: texts.map(add), answers: task.candidates.map((candidate) => add(answerText(candidate))) };
      });
      let vectors: Awaited<ReturnType<Embedder["embed"]>> = [];
      try {
        if (index.size > 0) vectors = await embedder.embed([...index.keys()], ctx);
      } catch (thrown) {
        const failed = failure(name, thrown, ctx);
        return tasks.map((task, t) =>
          task.candidates.map((): Score => (places[t] === undefined ? (references[t] as Score) : failed)),
        );
      }
      const empty = index.get("") ?? -1;
      const scoreOne = (answer: number, texts: readonly number[]): Score => {
        if (answer === empty) return settle({ fault: "no-answer" }, { name, range });
        const own = vectors[answer];
        if (own === undefined || vectors.length !== index.size)
          return unscored("bug", `${embedder.name} returned ${vectors.length} vectors for ${index.size} texts`);
        if ("unscored" in own) return own;
        let best = Number.NEGATIVE_INFINITY;
        let missing: Score | undefined;
        for (const text of texts) {
          const gold = vectors[text]!;
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
        const place = places[t];
        const missing = references[t]!;
        if (place === undefined) return task.candidates.map((): Score => missing as Score);
        return place.answers.map((answer) => scoreOne(answer, place.texts));
      });
    },
  };
}
