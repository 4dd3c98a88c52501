import {
  answerText,
  type Candidate,
  type Context,
  candidate,
  candidateHash,
  type Embedder,
  type Message,
  message,
  messagesContent,
  random,
  split,
  type Task,
  textOf,
  type Unscored,
  UsageError,
} from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";
import { hashedNgrams } from "../../models/embed/index.ts";
import { cosineSimilarity } from "../../rewards/reference/index.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** Options of `neutralPairs`. */
export type NeutralPairsOptions = { ctx: Context } & (
  | {
      /** The pair's two answers to a prompt that has nothing to do with them (default). */
      kind?: "irrelevant-query" | undefined;
      /** Prompts to draw from, at least one. */
      prompts: readonly (string | readonly Message[])[];
      /** What says whether two prompts are related; default hashed words, which knows common words only. */
      embedder?: Embedder | undefined;
      /** Greatest cosine between the new prompt and the old one; default 0.3. */
      maxSimilarity?: number | undefined;
      /** Prompts that are tried for a pair before it is left out; default 10. */
      tries?: number | undefined;
    }
  | {
      /** The chosen answer and the same in other words. */
      kind: "paraphrase";
      paraphrase(answer: Candidate, prompt: readonly Message[], ctx: Context): Promise<string | Unscored>;
    }
);

/** Why there is no tie: no unrelated prompt was found, a model failed, or the paraphrase is the answer itself. */
export type NeutralDrop = "related" | "unscored" | "identical";

/**
 * Ties that differ in nothing that makes an answer good: what a reward must not tell apart.
 *
 * Under an unrelated prompt both answers are equally beside the point, so that all that differs between them (length, style, format) is
 * told to be worth nothing, without naming it. A new prompt is drawn at random; one that is the old prompt, or similar to it, is not
 * taken. Rows have `tie: true` and `meta.augmentation`; train on them with a loss that knows ties, beside the original pairs.
 *
 * @param pairs original pairs, causal pairs, or both
 * @throws UsageError without prompts, or for a similarity outside [−1, 1]
 * @source Crome (2025), neutral augmentation; paraphrases are our addition
 * @example for await (const tie of neutralPairs(pairs, { prompts, ctx })) save(tie);
 */
export function neutralPairs(
  pairs: AsyncIterable<PreferencePair> | Iterable<PreferencePair>,
  options: NeutralPairsOptions,
): Recipe<PreferencePair, NeutralDrop> {
  const { ctx } = options;
  const unrelated = options.kind === "paraphrase" ? undefined : drawer(options, ctx);
  return recipe(["related", "unscored", "identical"], async function* (ledger) {
    for await (const pair of pairs) {
      ledger.in++;
      const more = {
        tie: true,
        ...(pair.origin === undefined ? {} : { origin: pair.origin }),
        meta: { ...pair.meta, augmentation: options.kind ?? "irrelevant-query" },
      };
      if (options.kind === "paraphrase") {
        const text = await options.paraphrase(pair.chosen, pair.prompt, ctx);
        if (typeof text !== "string") ledger.dropped.unscored++;
        else if (text.trim() === answerText(pair.chosen).trim()) ledger.dropped.identical++;
        else {
          ledger.out++;
          yield { prompt: pair.prompt, chosen: pair.chosen, rejected: candidate(text), ...more };
        }
        continue;
      }
      const prompt = await unrelated!(pair);
      if (typeof prompt === "string") {
        ledger.dropped[prompt]++;
        continue;
      }
      ledger.out++;
      yield { prompt, chosen: pair.chosen, rejected: pair.rejected, ...more };
    }
  });
}

function drawer(
  options: Exclude<NeutralPairsOptions, { kind: "paraphrase" }>,
  ctx: Context,
): (pair: PreferencePair) => Promise<readonly Message[] | "related" | "unscored"> {
  const { embedder = hashedNgrams(), maxSimilarity = 0.3, tries = 10 } = options;
  if (options.prompts.length === 0) throw new UsageError("neutralPairs needs prompts to draw from");
  if (!(maxSimilarity >= -1 && maxSimilarity <= 1))
    throw new UsageError(`neutralPairs: maxSimilarity must lie in [-1, 1], not ${maxSimilarity}`);
  const prompts = options.prompts.map((prompt) => (typeof prompt === "string" ? [message("user", prompt)] : prompt));
  const vectors = new Map<string, Float32Array | Unscored>();
  const vectorOf = async (prompt: readonly Message[]): Promise<Float32Array | Unscored> => {
    const text = prompt.map(textOf).join("\n");
    const known = vectors.get(text);
    if (known !== undefined) return known;
    const [made] = await embedder.embed([text], ctx);
    vectors.set(text, made!);
    return made!;
  };
  return async (pair) => {
    const rng = random(split(ctx.seed, `neutral ${candidateHash(pair.chosen)} ${candidateHash(pair.rejected)}`));
    const own = await vectorOf(pair.prompt);
    if ("unscored" in own) return "unscored";
    for (let t = 0; t < tries; t++) {
      const prompt = prompts[rng.below(prompts.length)]!;
      if (samePrompt(prompt, pair.prompt)) continue;
      const other = await vectorOf(prompt);
      if ("unscored" in other) return "unscored";
      // a prompt without words has no direction, and is not known to be unrelated
      if (cosineSimilarity(own, other) <= maxSimilarity) return prompt;
    }
    return "related";
  };
}

function samePrompt(a: Task["prompt"], b: Task["prompt"]): boolean {
  return JSON.stringify(messagesContent(a)) === JSON.stringify(messagesContent(b));
}
