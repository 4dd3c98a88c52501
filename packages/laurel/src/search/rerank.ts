import { type Fault, type Message, type Reason, type Reward, task } from "../core/index.ts";
import { type ScoreAllOptions, score } from "../run/index.ts";

/** A text, or an object whose `text` is what is scored. */
export type Document = string | { readonly text: string };

/** The documents from best to worst. */
export interface Reranked<D extends Document> {
  ranking: readonly { index: number; document: D; value: number; fault?: Fault | undefined }[];
  /** What has no score, in the order given: it is neither good nor bad. */
  unscored: readonly { index: number; document: D; reason: Reason; message: string }[];
}

/** Options of `rerank`; give a `pool` where a reward that computes is called often, or each call starts threads. */
export interface RerankOptions extends Omit<ScoreAllOptions, "repeats" | "order" | "batch" | "stop"> {
  /** Keep the first so many. Default: all. */
  top?: number | undefined;
}

/**
 * Puts documents into the order of a reward's values for a query; equal values keep their order.
 *
 * @param query a text or messages: the task's prompt
 * @param documents the task's candidates, scored as one group
 * @param reward any reward
 * @returns places from best to worst with their values, and apart from them what could not be scored
 * @example const { ranking } = await rerank("capital of France", passages, tokenF1(), { top: 3 });
 */
export async function rerank<D extends Document>(
  query: string | readonly Message[],
  documents: readonly D[],
  reward: Reward,
  options: RerankOptions = {},
): Promise<Reranked<D>> {
  const { top, ...run } = options;
  const texts = documents.map((one) => (typeof one === "string" ? one : one.text));
  const scores = documents.length === 0 ? [] : await score(reward, task(query, texts), run);
  const ranking: { index: number; document: D; value: number; fault?: Fault | undefined }[] = [];
  const unscored: { index: number; document: D; reason: Reason; message: string }[] = [];
  for (const [index, one] of scores.entries()) {
    const document = documents[index]!;
    if (one.unscored !== undefined)
      unscored.push({ index, document, reason: one.unscored.reason, message: one.unscored.message });
    else ranking.push({ index, document, value: one.value, ...(one.fault === undefined ? {} : { fault: one.fault }) });
  }
  ranking.sort((a, b) => b.value - a.value || a.index - b.index);
  return { ranking: top === undefined ? ranking : ranking.slice(0, top), unscored };
}
