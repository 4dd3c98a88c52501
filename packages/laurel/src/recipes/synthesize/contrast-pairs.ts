import { answerText, type Context, type Embedder, type Example, promptText, UsageError } from "../../core/index.ts";
import { orderedPairs } from "../../io/schemas/schema.ts";

/** Two similar instructions with the preferred answer of each: an item of Contrast Instructions (`consistency` of laurel/bench). */
export type ContrastPair = {
  id: string;
  query: string;
  queryAnswer: string;
  retrieval: string;
  retrievalAnswer: string;
  /** Cosine similarity of the two instructions. */
  similarity: number;
};

/**
 * Contrast instructions from any preference data: each instruction with the most similar other one inside a band of similarity, and the
 * preferred answer of both.
 *
 * Above the band instructions mean the same and share their answers; below it any reward can tell them apart.
 *
 * @param examples with preferences, or right and wrong answers, or values
 * @param options `embedder` of instructions; `band` of cosine similarity, default [0.75, 0.98]: the paper's file names show 0.75 (translation)
 *   and 0.88 (StackExchange) as the lower end for SimCSE, other embedders need others
 * @returns the items; `dropped` counts instructions without a preferred answer ("unlabelled"), repeats of an instruction ("repeated"), and those without a
 *   partner in the band ("alone")
 * @throws UsageError for a band that does not rise within [−1, 1], or where the embedder fails
 * @source The Trickle-down Impact of Reward (In-)consistency on RLHF (2024), released construction.py
 */
export async function contrastPairs(
  examples: AsyncIterable<Example> | Iterable<Example>,
  options: { embedder: Embedder; band?: readonly [number, number] | undefined },
  ctx: Context,
): Promise<{ items: ContrastPair[]; dropped: { unlabelled: number; repeated: number; alone: number } }> {
  const [low, high] = options.band ?? [0.75, 0.98];
  if (!(low >= -1 && low < high && high <= 1))
    throw new UsageError(`contrastPairs: the band must rise within [−1, 1], not ${low} to ${high}`);
  const dropped = { unlabelled: 0, repeated: 0, alone: 0 };
  const known = new Map<string, { id: string; answer: string }>();
  for await (const example of examples) {
    const [pair] = orderedPairs(example);
    const instruction = promptText(example.task);
    if (pair === undefined) dropped.unlabelled++;
    else if (known.has(instruction)) dropped.repeated++;
    else known.set(instruction, { id: example.task.id, answer: answerText(example.task.candidates[pair.better]!) });
  }
  const instructions = [...known.keys()];
  const vectors = (await options.embedder.embed(instructions, ctx)).map((vector, i) => {
    if (vector instanceof Float32Array) return unit(vector);
    throw new UsageError(
      `contrastPairs: the embedder gave nothing for instruction ${i + 1}: ${vector.unscored.message}`,
    );
  });
  const items: ContrastPair[] = [];
  for (const [i, query] of instructions.entries()) {
    const own = known.get(query)!;
    let best: { retrieval: string; similarity: number } | undefined;
    for (const [j, retrieval] of instructions.entries()) {
      if (i === j || known.get(retrieval)!.answer === own.answer) continue;
      const similarity = dot(vectors[i]!, vectors[j]!);
      if (similarity >= low && similarity <= high && similarity > (best?.similarity ?? Number.NEGATIVE_INFINITY))
        best = { retrieval, similarity };
    }
    if (best === undefined) dropped.alone++;
    else {
      const { id, answer } = own;
      items.push({ id, query, queryAnswer: answer, ...best, retrievalAnswer: known.get(best.retrieval)!.answer });
    }
  }
  return { items, dropped };
}

function unit(vector: Float32Array): Float64Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return Float64Array.from(vector, (x) => (length === 0 ? 0 : x / length));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
