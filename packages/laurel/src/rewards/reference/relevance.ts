import {
  answerText,
  type Embedder,
  fingerprintOf,
  type JsonObject,
  type Reward,
  type Score,
  settle,
  type Task,
  textOf,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { cosineSimilarity } from "./similarity.ts";
import { referenceTexts } from "./texts.ts";
import { dotProduct, embedOnce } from "./vectors.ts";

/** How two vectors are held against each other. */
export type RelevanceMetric = "dot" | "cosine";

/** Options of `relevance`. */
export interface RelevanceOptions {
  embedder: Embedder;
  /** "dot" (default): the inner product, on the embedder's own scale; "cosine": in [−1, 1]. */
  metric?: RelevanceMetric | undefined;
  /** What the answer is held against: the prompt's user text (default), or the nearest reference text. */
  source?: "prompt" | "reference" | undefined;
  /** The prompt's text; default `userText`. */
  clean?: ((task: Task) => string) | undefined;
  /** Stands for `clean` in the fingerprint; without it a reward with a `clean` of its own has none. */
  version?: string | number | undefined;
}

const marker = /^[ \t]*(?:#{1,3} ?)?(?:Human|User|Assistant|System|Instruction|Input|Response):/gim;

/**
 * What a prompt's user asks: all user turns joined, without role markers ("Human:", "### Input:" …) and with runs of white space as one
 * space. System prompts and earlier answers are left out.
 *
 * @source R3 (2024), the cleaning of its reward code
 */
export function userText({ prompt }: Task): string {
  return prompt
    .filter(({ role }) => role === "user")
    .map(textOf)
    .join(" ")
    .replace(marker, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** The greatest similarity of an answer's vector with those of texts; unscored where no text has a vector, or it has no direction. */
export function nearestBy(
  metric: RelevanceMetric,
  own: Float32Array,
  others: readonly (Float32Array | Unscored)[],
): number | Unscored {
  let best = Number.NEGATIVE_INFINITY;
  let missing: Unscored | undefined;
  for (const other of others) {
    if ("unscored" in other) {
      missing = other;
      continue;
    }
    const value = metric === "dot" ? dotProduct(own, other) : cosineSimilarity(own, other);
    if (value > best) best = value;
  }
  return best > Number.NEGATIVE_INFINITY
    ? best
    : (missing ?? unscored("undecided", "a zero vector has no direction to compare"));
}

/**
 * The reward `reference.relevance`: how near the answer's embedding is to the prompt's, or to the nearest reference text's.
 *
 *     value = e(q)·e(y), or its cosine
 *
 * Alone it is easily gamed: an answer that copies the question is the most relevant of all. `reference.r3` is what regularises it. An
 * answer without text scores 0. Unscored: `missing-reference`, or the embedder's own reason.
 *
 * @throws UsageError for an unknown metric or source
 * @source R3 (2024): the inner product of mean-pooled Contriever embeddings, not their cosine
 * @example relevance({ embedder: hashedNgrams() })
 */
export function relevance(options: RelevanceOptions): Reward {
  const { embedder, metric = "dot", source = "prompt", clean = userText } = options;
  if (metric !== "dot" && metric !== "cosine") throw new UsageError(`relevance: unknown metric '${String(metric)}'`);
  if (source !== "prompt" && source !== "reference")
    throw new UsageError(`relevance: unknown source '${String(source)}'`);
  const name = "reference.relevance";
  const range = metric === "cosine" ? ([-1, 1] as const) : undefined;
  const version = options.clean === undefined ? 1 : options.version;
  const own: JsonObject = { metric, source };
  const spec =
    embedder.spec === undefined || options.clean !== undefined
      ? undefined
      : { kind: name, embedder: embedder.spec, ...own };
  return {
    name,
    fingerprint: fingerprintOf("pointwise", name, { version, spec: own }, [embedder.fingerprint]),
    sees: "candidate",
    work: "io",
    ...(range === undefined ? {} : { range }),
    ...(spec === undefined ? {} : { spec }),
    async score(tasks, ctx) {
      const against = tasks.map((task) => (source === "prompt" ? [clean(task)] : referenceTexts(task)));
      const vectorOf = await embedOnce(name, embedder, textsOf(tasks, against), ctx);
      return tasks.map((task, t) => {
        const texts = against[t]!;
        return task.candidates.map((one): Score => {
          if ("unscored" in texts) return texts;
          const answer = answerText(one);
          if (answer === "") return settle(0, { name, range });
          const vector = vectorOf(answer);
          if ("unscored" in vector) return vector;
          return settle(nearestBy(metric, vector, texts.map(vectorOf)), { name, range });
        });
      });
    },
  };
}

/** All texts that a call needs vectors of: what is held against, and the answers that say something. */
export function textsOf(
  tasks: readonly Task[],
  against: readonly (readonly string[] | Unscored)[],
  answer: (text: string) => string = (text) => text,
): string[] {
  return tasks.flatMap((task, t) => {
    const texts = against[t]!;
    if ("unscored" in texts) return [];
    return [...texts, ...task.candidates.map((one) => answer(answerText(one))).filter((text) => text !== "")];
  });
}
