import { type Context, type Embedder, failure, type Unscored, UsageError, unscored } from "../../core/index.ts";

/**
 * The vectors of texts, asked for at once and each text only once.
 *
 * @param name of the reward that asks, for messages
 * @returns a look-up of these texts: a vector, or why there is none: the embedder's own reason, `bug` where it throws or gives too few,
 *   `cancelled`
 */
export async function embedOnce(
  name: string,
  embedder: Embedder,
  texts: Iterable<string>,
  ctx: Context,
): Promise<(text: string) => Float32Array | Unscored> {
  const asked = [...new Set(texts)];
  if (asked.length === 0) return () => unscored("bug", `${name} asked for no text`);
  try {
    const vectors = await embedder.embed(asked, ctx);
    if (vectors.length !== asked.length) {
      const few = unscored("bug", `${embedder.name} returned ${vectors.length} vectors for ${asked.length} texts`);
      return () => few;
    }
    const places = new Map(asked.map((text, i) => [text, vectors[i]!]));
    return (text) => places.get(text)!;
  } catch (thrown) {
    const failed = failure(name, thrown, ctx) as Unscored;
    return () => failed;
  }
}

/**
 * The inner product of two vectors of the same length.
 *
 * @throws UsageError where the lengths differ
 */
export function dotProduct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new UsageError(`vectors of ${a.length} and ${b.length} dimensions have no product`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
