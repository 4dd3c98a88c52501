import {
  answerText,
  type Candidate,
  type Context,
  candidateHash,
  composite,
  type Embedder,
  hashJson,
  isScored,
  promptHash,
  promptText,
  type Reward,
  type Score,
  type Task,
  type Unscored,
  UsageError,
} from "../core/index.ts";
import { conclude, settled, wantingPart } from "./parts.ts";

/** Options of `fuseNeighbours`. */
export interface FuseNeighboursOptions {
  embedder: Embedder;
  /** Known pairs of prompt and answer, such as the training data: tasks whose first candidate counts. */
  index: readonly Task[];
  /** How many neighbours at most; default 5. */
  k?: number | undefined;
  /** The least cosine similarity, in (0, 1]; default 0.9. */
  threshold?: number | undefined;
  name?: string | undefined;
}

/**
 * RewardFusion: a reward averaged with its own values for the nearest known texts.
 *
 *     value = (r(x) + Σ_j s_j · r(x_j)) / (1 + Σ_j s_j), s_j cosine similarities ≥ threshold of the k nearest
 *
 * Texts are "prompt, newline, answer". An index entry of the same text is no neighbour, and equal entries count once.
 * Without a neighbour the value is the plain reward's, and `facts.alone` says so; `facts.neighbours` lists ids, similarities
 * and values. A neighbour that is unscored makes the whole unscored.
 *
 * @returns range and floor of the reward, since it is a mean of its values
 * @throws UsageError on an empty index, an entry without a candidate, or options out of range
 * @source "The Trickle-down Impact of Reward (In-)consistency on RLHF" (2024), RewardFusion
 */
export function fuseNeighbours(reward: Reward, options: FuseNeighboursOptions): Reward {
  const { embedder, k = 5, threshold = 0.9 } = options;
  if (!Number.isInteger(k) || k < 1)
    throw new UsageError(`fuseNeighbours: k must be a whole number of at least 1, not ${k}`);
  if (!(threshold > 0 && threshold <= 1))
    throw new UsageError(`fuseNeighbours: threshold must lie in (0, 1], not ${threshold}`);
  const entries = distinct(options.index);
  const indexHash = hashJson(entries.map(({ task }) => [promptHash(task), candidateHash(task.candidates[0]!)]));
  const print = embedder.fingerprint;

  let ready: Promise<readonly Float32Array[] | Unscored> | undefined;
  const vectors = async (ctx: Context): Promise<readonly Float32Array[] | Unscored> => {
    ready ??= embedAll(
      embedder,
      entries.map(({ text }) => text),
      ctx,
    );
    const made = await ready;
    // a failure is not kept: the next batch tries again
    if ("unscored" in made) ready = undefined;
    return made;
  };

  const made: Reward = composite(
    "fuse-neighbours",
    { reward },
    {
      name: options.name ?? `fuseNeighbours(${reward.name})`,
      version: print === null ? undefined : `1 ${print} ${indexHash} ${k} ${threshold}`,
      range: reward.range,
      floor: reward.floor,
    },
    async (tasks, ctx) => {
      const texts = tasks.map((task) => task.candidates.map((candidate) => textOfPair(task, candidate)));
      const [scores, index, embedded] = await Promise.all([
        ctx.score(reward, tasks),
        vectors(ctx),
        embedder.embed(texts.flat(), ctx),
      ]);
      if ("unscored" in index) return tasks.map((task) => task.candidates.map(() => index));
      let at = 0;
      const near = texts.map((row) =>
        row.map((text) => {
          const own = embedded[at++]!;
          return own instanceof Float32Array ? nearest(own, text, index, entries, k, threshold) : own;
        }),
      );
      const wanted = [
        ...new Set(near.flat().flatMap((one) => (Array.isArray(one) ? one.map(({ entry }) => entry) : []))),
      ];
      const known = new Map<number, Score>();
      if (wanted.length > 0) {
        const rows = await ctx.score(
          reward,
          wanted.map((entry) => entries[entry]!.task),
        );
        for (const [i, entry] of wanted.entries()) known.set(entry, rows[i]![0]!);
      }
      return tasks.map((task, t) =>
        task.candidates.map((_, c) =>
          settled(made, ctx, () => {
            const own = scores[t]![c]!;
            const found = near[t]![c]!;
            if (!isScored(own)) return wantingPart({ raw: own })!;
            if (!Array.isArray(found)) return found;
            let sum = own.value;
            let weight = 1;
            const neighbours = [];
            for (const { entry, similarity } of found) {
              const score = known.get(entry)!;
              const { id } = entries[entry]!.task;
              if (!isScored(score)) return wantingPart({ [id]: score })!;
              sum += similarity * score.value;
              weight += similarity;
              neighbours.push({ id, similarity, value: score.value });
            }
            const facts = found.length === 0 ? { alone: true } : { neighbours };
            return conclude(sum / weight, { raw: own }, made.floor ?? made.range?.[0], { facts });
          }),
        ),
      );
    },
  );
  return made;
}

function textOfPair(task: Task, candidate: Candidate): string {
  return `${promptText(task)}\n${answerText(candidate)}`;
}

function distinct(index: readonly Task[]): { task: Task; text: string }[] {
  if (index.length === 0) throw new UsageError("fuseNeighbours: the index is empty");
  const seen = new Map<string, { task: Task; text: string }>();
  for (const task of index) {
    const first = task.candidates[0];
    if (first === undefined) throw new UsageError(`fuseNeighbours: task ${task.id} of the index has no candidate`);
    const text = textOfPair(task, first);
    if (!seen.has(text)) seen.set(text, { task: { ...task, candidates: [first] }, text });
  }
  return [...seen.values()];
}

async function embedAll(
  embedder: Embedder,
  texts: readonly string[],
  ctx: Context,
): Promise<readonly Float32Array[] | Unscored> {
  const vectors = await embedder.embed(texts, ctx);
  const failed = vectors.find((vector): vector is Unscored => !(vector instanceof Float32Array));
  return failed ?? (vectors as readonly Float32Array[]);
}

function nearest(
  own: Float32Array,
  text: string,
  index: readonly Float32Array[],
  entries: readonly { text: string }[],
  k: number,
  threshold: number,
): { entry: number; similarity: number }[] {
  const found: { entry: number; similarity: number }[] = [];
  for (const [entry, vector] of index.entries()) {
    if (entries[entry]!.text === text) continue;
    const similarity = cosine(own, vector);
    if (similarity >= threshold) found.push({ entry, similarity });
  }
  return found.sort((a, b) => b.similarity - a.similarity || a.entry - b.entry).slice(0, k);
}

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let d = 0; d < a.length; d++) {
    dot += a[d]! * b[d]!;
    aa += a[d]! * a[d]!;
    bb += b[d]! * b[d]!;
  }
  const size = Math.sqrt(aa * bb);
  return size === 0 ? 0 : Math.min(1, dot / size);
}
