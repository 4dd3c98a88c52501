import {
  answerText,
  type Embedder,
  fingerprintOf,
  type JsonObject,
  type Reward,
  type Score,
  settle,
  type Task,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { beforeRunOn, lengthIncentive, repetitionPenalty, wordPunct } from "./regularise.ts";
import { nearestBy, type RelevanceMetric, textsOf, userText } from "./relevance.ts";
import { referenceTexts } from "./texts.ts";
import { embedOnce } from "./vectors.ts";

/** Is any good answer right, or is there one that the reference gives? */
export type PromptBranch = "open" | "closed";

/** Options of `r3Value`. */
export interface R3ValueOptions {
  branch: PromptBranch;
  /** Most tokens that count, as the length incentive's bound; default 512. */
  maxTokens?: number | undefined;
  /** Relevances that the closed branch maps to 0 and to maxTokens/100; default 0 and 3.5, which suit unnormalised Contriever vectors. */
  from?: readonly [number, number] | undefined;
  /** Let a negative relevance count, as the released code does: a repetition then raises the score. Default false. */
  negative?: boolean | undefined;
}

/**
 * R3's combination of relevance, length and repetition.
 *
 *     open:    max(0, r) · LI · RP,  LI = min(tokens, maxTokens)/100
 *     closed:  F(max(0, r)) · RP,    F linear from [0, 3.5] to [0, maxTokens/100]
 *
 * F is not clipped. In the closed branch r is the relevance to the reference answer.
 *
 * @param relevance r of the answer; `length` LI, `repetition` RP in [0, 1]
 * @source R3 (2024); the floor of relevance at 0 is ours
 * @example r3Value({ relevance: 1.75, length: 0.1, repetition: 1 }, { branch: "closed" }) // 2.56
 */
export function r3Value(
  { relevance, length, repetition }: { relevance: number; length: number; repetition: number },
  options: R3ValueOptions,
): number {
  const { branch, maxTokens = 512, from: [low, high] = [0, 3.5], negative = false } = options;
  const r = negative ? relevance : Math.max(0, relevance);
  return (branch === "open" ? r * length : ((r - low) / (high - low)) * (maxTokens / 100)) * repetition;
}

/** Options of `regularizedRelevance`. */
export interface RegularizedRelevanceOptions {
  embedder: Embedder;
  /** Default "dot". */
  metric?: RelevanceMetric | undefined;
  maxTokens?: number | undefined;
  from?: readonly [number, number] | undefined;
  negative?: boolean | undefined;
  /**
   * Open or closed: one for all, the key of the task's context that says it (default `{ context: "promptBranch" }`; a task without it is
   * open), or a function.
   */
  branch?: PromptBranch | { context: string } | ((task: Task) => PromptBranch) | undefined;
  /** Switch factors off; all are on by default. */
  use?: { length?: boolean | undefined; repetition?: boolean | undefined; branch?: boolean | undefined } | undefined;
  /** What a closed task without a reference is: unscored (default), or taken as open. */
  fallback?: "open" | undefined;
  /** Stands for a `branch` function in the fingerprint; without it such a reward has none. */
  version?: string | number | undefined;
}

/**
 * The reward `reference.r3`: relevance that its own regularisers keep from being gamed, without any preference data.
 *
 * Relevance, length and repetition (`r3Value`) of the answer cut where it runs on. Copying the question is relevant but short, padding is
 * long but less relevant, repeating is both and is penalised. For a closed prompt longer is not better: what counts is the relevance to the
 * reference answer. Parts: `relevance`, `length`, `repetition`; facts: `branch`. An empty answer scores 0.
 *
 * Unscored: `missing-reference` for a closed task without reference, `unsupported` for a branch that is neither open nor closed, else the
 * embedder's own reason.
 *
 * @throws UsageError for a wrong option
 * @source R3 (2024): r_x·LI·RP or F(r_y)·RP, mean-pooled Contriever by inner product. With vectors of length 1 set `from: [0, 1]`
 * @example regularizedRelevance({ embedder: hashedNgrams(), from: [0, 1] })
 */
export function regularizedRelevance(options: RegularizedRelevanceOptions): Reward {
  const { embedder, metric = "dot", maxTokens = 512, from = [0, 3.5] as const, negative = false, fallback } = options;
  const { branch = { context: "promptBranch" } } = options;
  const use = { length: true, repetition: true, branch: true, ...defined(options.use) };
  if (!(Number.isInteger(maxTokens) && maxTokens >= 1))
    throw new UsageError(`r3: maxTokens must be a whole number of at least 1, not ${maxTokens}`);
  if (!(from[1] > from[0])) throw new UsageError(`r3: from must rise, not [${from[0]}, ${from[1]}]`);
  if (metric !== "dot" && metric !== "cosine") throw new UsageError(`r3: unknown metric '${String(metric)}'`);
  if (branch !== "open" && branch !== "closed" && typeof branch !== "function" && typeof branch.context !== "string")
    throw new UsageError(`r3: branch is "open", "closed" or { context: KEY }`);
  const name = "reference.r3";
  const own: JsonObject = {
    metric,
    maxTokens,
    from: [...from],
    negative,
    use,
    ...(fallback === undefined ? {} : { fallback }),
    ...(typeof branch === "function" ? {} : { branch }),
  };
  const isData = typeof branch !== "function";
  const version = isData ? 1 : options.version === undefined ? undefined : `1 ${options.version}`;

  const placed = (task: Task): { branch: PromptBranch; texts: readonly string[] } | Unscored => {
    const is = use.branch ? branchOf(task, branch) : "open";
    if (typeof is !== "string") return is;
    if (is === "open") return { branch: is, texts: [userText(task)] };
    const texts = referenceTexts(task);
    if (!("unscored" in texts)) return { branch: is, texts };
    return fallback === "open" ? { branch: "open", texts: [userText(task)] } : texts;
  };

  return {
    name,
    fingerprint: fingerprintOf("pointwise", name, { version, spec: own }, [embedder.fingerprint]),
    sees: "candidate",
    work: "io",
    ...(embedder.spec === undefined || !isData ? {} : { spec: { kind: name, embedder: embedder.spec, ...own } }),
    async score(tasks, ctx) {
      const places = tasks.map(placed);
      const against = places.map((place) => ("unscored" in place ? place : place.texts));
      const vectorOf = await embedOnce(name, embedder, textsOf(tasks, against, beforeRunOn), ctx);
      return tasks.map((task, t) => {
        const place = places[t]!;
        return task.candidates.map((one): Score => {
          if ("unscored" in place) return place;
          const answer = beforeRunOn(answerText(one));
          const tokens = wordPunct(answer);
          const length = use.length ? lengthIncentive(tokens, { max: maxTokens }) : 1;
          const repetition = use.repetition ? repetitionPenalty(tokens) : 1;
          const facts = { branch: place.branch };
          if (tokens.length === 0)
            return settle({ value: 0, parts: { relevance: 0, length: 0, repetition: 1 }, facts }, { name });
          const vector = vectorOf(answer);
          if ("unscored" in vector) return vector;
          const relevance = nearestBy(metric, vector, place.texts.map(vectorOf));
          if (typeof relevance !== "number") return relevance;
          const parts = { relevance, length, repetition };
          const value = r3Value(parts, { branch: place.branch, maxTokens, from, negative });
          return settle({ value, parts, facts }, { name });
        });
      });
    },
  };
}

function branchOf(task: Task, branch: NonNullable<RegularizedRelevanceOptions["branch"]>): PromptBranch | Unscored {
  if (typeof branch === "string") return branch;
  const said = typeof branch === "function" ? branch(task) : (task.context?.[branch.context] ?? "open");
  if (said === "open" || said === "closed") return said;
  return unscored("unsupported", `task ${task.id} has the branch ${JSON.stringify(said)}, neither "open" nor "closed"`);
}

function defined<T extends object>(given: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
