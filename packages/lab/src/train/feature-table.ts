import { type Context, messageOf, StoppedError, UsageError } from "laurel";
import type { FeatureExtractor } from "laurel/rewards/learned";
import type { TrainingItem } from "./data.ts";

/** The features of all items, one row an item. */
export interface FeatureTable {
  rows: number;
  dim: number;
  /** rows × dim. */
  values: Float32Array;
}

/** Items that are embedded in one go. */
const batch = 128;

/**
 * The features of items.
 *
 * @param onProgress told how many are done
 * @throws UsageError where an item has none; StoppedError on an abort (an embedder that keeps its vectors goes on there)
 */
export async function featureTable(
  items: readonly TrainingItem[],
  extractor: FeatureExtractor,
  ctx: Context,
  onProgress?: (done: number) => void,
): Promise<FeatureTable> {
  const dim = extractor.width;
  let values: Float32Array;
  try {
    values = new Float32Array(items.length * dim);
  } catch (thrown) {
    throw new UsageError(
      `${items.length} texts of ${dim} features do not fit into memory: ${messageOf(thrown)}`,
      "use fewer rows (--limit) or fewer features (such as --features hash:512)",
    );
  }
  for (let from = 0; from < items.length; from += batch) {
    const some = items.slice(from, from + batch);
    const vectors = await extractor.features(some, ctx);
    for (const [i, vector] of vectors.entries()) {
      if ("unscored" in vector) {
        if (ctx.signal.aborted)
          throw new StoppedError(`stopped after the features of ${from} of ${items.length} texts`);
        throw new UsageError(
          `text ${from + i + 1} of ${items.length} has no features: ${vector.unscored.message}`,
          vector.unscored.transient ? "run the same command again: what was embedded is kept" : undefined,
        );
      }
      values.set(vector.candidate, (from + i) * dim);
    }
    onProgress?.(from + some.length);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { rows: items.length, dim, values };
}

/** The vectors of the prompts alone, one row a prompt. */
export async function promptVectors(
  data: { items: readonly TrainingItem[]; prompts: readonly string[] },
  extractor: FeatureExtractor,
  ctx: Context,
): Promise<FeatureTable> {
  const { dim } = extractor.config;
  const values = new Float32Array(data.prompts.length * dim);
  const one = new Map<number, TrainingItem>();
  for (const item of data.items) if (!one.has(item.group)) one.set(item.group, item);
  const items = [...one.values()];
  for (let from = 0; from < items.length; from += batch) {
    const some = items.slice(from, from + batch);
    const vectors = await extractor.features(some, ctx, true);
    for (const [i, vector] of vectors.entries()) {
      if ("unscored" in vector) throw new UsageError(`a prompt has no features: ${vector.unscored.message}`);
      values.set(vector.prompt!, some[i]!.group * dim);
    }
  }
  return { rows: data.prompts.length, dim, values };
}

/** How features are moved before a network sees them in training: x' = scale · (x − centre). */
export interface Standardised {
  /** One number a feature. */
  centre: Float64Array;
  scale: number;
}

/**
 * The move that gives features a mean of 0 and a mean square of 1 over the given rows and all columns. One scale for all columns keeps
 * rare features as small as they are, which a scale for each would blow up.
 */
export function standardised({ dim, values }: FeatureTable, rows: Iterable<number>): Standardised {
  const centre = new Float64Array(dim);
  const kept = [...new Set(rows)];
  for (const row of kept) for (let d = 0; d < dim; d++) centre[d]! += values[row * dim + d]!;
  for (let d = 0; d < dim; d++) centre[d]! /= Math.max(1, kept.length);
  let squares = 0;
  for (const row of kept) for (let d = 0; d < dim; d++) squares += (values[row * dim + d]! - centre[d]!) ** 2;
  return { centre, scale: squares > 0 ? Math.sqrt((kept.length * dim) / squares) : 1 };
}
