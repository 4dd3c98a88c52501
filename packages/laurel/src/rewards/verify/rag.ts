import {
  answerText,
  type Candidate,
  type Context,
  composite,
  type Draft,
  failure,
  type Json,
  type JsonObject,
  pointwise,
  type Reward,
  type RewardOptions,
  random,
  type Score,
  type Seed,
  settle,
  split,
  type Task,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { citationsIn, citedSentences, type Passage, passagesOf } from "./citations.ts";
import { checkUnit, claimTask } from "./match/coverage.ts";

/** How far some premises together entail a claim, in [0, 1]: a model of inference, a judge, or an exact rule. */
export type Entails = (premises: readonly string[], claim: string) => number | Promise<number>;

/** A judge of entailment that could not say: the candidate is left without a score. */
class Undecided extends Error {
  readonly score: Unscored;
  constructor(score: Unscored) {
    super(score.unscored.message);
    this.score = score;
  }
}

/** A reward as `Entails`: the claim is the prompt and the reference, the premises, one a line, are the candidate. */
function entailedBy(reward: Reward, task: Task, ctx: Context): Entails {
  return async (premises, claim) => {
    const [scores] = await ctx.score(reward, [claimTask(claim, premises.join("\n"), `${task.id}/claim`)]);
    const score = scores?.[0];
    if (score === undefined) throw new Undecided(unscored("bug", `${reward.name} gave no score`));
    if (score.unscored !== undefined) throw new Undecided(score);
    return score.value;
  };
}

/** A reward whose question of entailment a function answers, or a child reward through the context. */
function withEntailment(
  name: string,
  entails: Entails | Reward,
  version: RewardOptions["version"],
  spec: JsonObject,
  draft: (candidate: Candidate, task: Task, entails: Entails) => Promise<Draft>,
): Reward {
  const about = { name, range: [0, 1] as const };
  if (typeof entails === "function")
    return pointwise(name, (candidate, task) => draft(candidate, task, entails), { version, range: about.range });
  checkUnit(entails, "the judge of entailment");
  return composite(name, { entails }, { ...about, version: 1, spec }, (tasks, ctx) =>
    Promise.all(
      tasks.map((task) =>
        Promise.all(
          task.candidates.map((candidate) =>
            draft(candidate, task, entailedBy(entails, task, ctx)).then(
              (made): Score => settle(made, about),
              (thrown: unknown) => (thrown instanceof Undecided ? thrown.score : failure(name, thrown, ctx)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** Options of `citation`. */
export interface CitationOptions {
  /** Entailment at or above this counts; default 0.5. */
  threshold?: number | undefined;
  /** Weight of recall in the value, in [0, 1]; default 0.5. */
  recallWeight?: number | undefined;
  /** States what `entails` is; without it the reward has no fingerprint and no cache. */
  version?: RewardOptions["version"];
}

/** Recall, precision and F1 of an answer's citations. */
export interface CitationScore {
  recall: number;
  precision: number;
  f1: number;
  /** Ids that are cited and that no passage has. */
  unknown: readonly string[];
}

const mostSentences = 200;
const mostCitations = 20;

const withoutCitations = (sentence: string): string => sentence.replace(/\s{0,4}\[[^[\]\n]{1,200}\]/g, "").trim();

/**
 * Scores an answer's citations sentence by sentence.
 *
 * recall: the share of sentences that their cited passages together entail. A citation is precise if the sentence is entailed
 * and either its passage alone entails it or the others no longer do without it; precision: precise/all citations, 0 without
 * any. A citation of an unknown passage is wrong, not an error.
 *
 * @param answer the text with citations such as `[1][2]`
 * @param passages at least one
 * @param threshold entailment at or above this counts; default 0.5
 * Source: ALCE's definitions as the RAG-RewardBench specification gives them.
 */
export async function citationScore(
  answer: string,
  passages: readonly Passage[],
  entails: Entails,
  threshold = 0.5,
): Promise<CitationScore> {
  const texts = new Map(passages.map((passage) => [passage.id, passage.text]));
  const known = new Set(texts.keys());
  const sentences = citedSentences(answer);
  const unknown: string[] = [];
  let supported = 0;
  let precise = 0;
  let cited = 0;
  for (const sentence of sentences) {
    const ids = citationsIn(sentence, known);
    cited += ids.length;
    unknown.push(...ids.filter((id) => !known.has(id)));
    const present = ids.filter((id) => known.has(id)).slice(0, mostCitations);
    if (present.length === 0) continue;
    const claim = withoutCitations(sentence);
    const holds = async (from: readonly string[]): Promise<boolean> =>
      from.length > 0 &&
      (await entails(
        from.map((id) => texts.get(id)!),
        claim,
      )) >= threshold;
    if (!(await holds(present))) continue;
    supported++;
    for (const id of present) {
      if (present.length === 1 || (await holds([id])) || !(await holds(present.filter((other) => other !== id))))
        precise++;
    }
  }
  const recall = sentences.length === 0 ? 0 : supported / sentences.length;
  const precision = cited === 0 ? 0 : precise / cited;
  const f1 = recall + precision === 0 ? 0 : (2 * recall * precision) / (recall + precision);
  return { recall, precision, f1, unknown };
}

/**
 * The reward `verify.citation`: recallWeight·recall + (1 − recallWeight)·precision of the answer's citations, in [0, 1].
 *
 * Parts: `recall`, `precision`, `f1`; unknown ids are in `facts.unknown`. Passages are `context.passages`; a task without
 * them is unscored (`missing-reference`). An answer without a sentence is a fault (`no-answer`), one of over 200 `over-long`.
 *
 * `entails` may be a reward of [0, 1], which is given the claim as the prompt and reference and the premises as the candidate;
 * where it has no score, neither has the answer.
 *
 * @throws UsageError for a weight outside [0, 1], or a reward of another range
 * @example const reward = citation(entails, { version: "nli-1" });
 */
export function citation(entails: Entails | Reward, options: CitationOptions = {}): Reward {
  const { threshold = 0.5, recallWeight = 0.5, version } = options;
  if (!(recallWeight >= 0 && recallWeight <= 1))
    throw new UsageError("verify.citation: recallWeight must be in [0, 1]");
  return withEntailment(
    "verify.citation",
    entails,
    version === undefined ? undefined : `${version}:${threshold}:${recallWeight}`,
    { kind: "verify.citation", threshold, recallWeight },
    async (candidate, task, holds) => {
      const passages = passagesOf(task);
      if (passages === undefined) return unscored("missing-reference", `task ${task.id} has no context.passages`);
      const text = answerText(candidate);
      const sentences = citedSentences(text).length;
      if (sentences === 0) return { fault: "no-answer" };
      if (sentences > mostSentences) return { fault: "over-long" };
      const { recall, precision, f1, unknown } = await citationScore(text, passages, holds, threshold);
      const value = recallWeight * recall + (1 - recallWeight) * precision;
      return { value, parts: { recall, precision, f1 }, ...(unknown.length === 0 ? {} : { facts: { unknown } }) };
    },
  );
}

const refusals =
  /\b(?:i (?:do not|don't) know|(?:cannot|can't|can not|unable to|not able to) (?:answer|find|determine|confirm|say|verify)|(?:not|no) (?:enough|sufficient) (?:information|evidence|context)|insufficient (?:information|evidence|context)|(?:passages?|documents?|sources?|context) (?:do(?:es)? not|don't|doesn't) (?:contain|mention|say|provide|state|include)|no (?:answer|information) (?:is|was|can be) (?:given|found|available|provided))/i;
const contrast = /\b(?:but|however|nevertheless|that said|still,|yet)\b/i;

/**
 * Does an English answer decline for want of information, by its words? A phrase such as "cannot confirm" in the first two
 * sentences, without a "but" or "however" after it that goes on to answer.
 */
export function soundsLikeAbstention(text: string): boolean {
  const opening = citedSentences(text).slice(0, 2).join(" ").slice(0, 600);
  const found = refusals.exec(opening);
  if (found === null) return false;
  return !contrast.test(text.slice(text.indexOf(found[0]) + found[0].length, 2000));
}

/** Options of `abstention`. */
export interface AbstentionOptions {
  /** Can the task be answered? Default: no if `reference.answer` is null, yes if there is another reference, else undefined. */
  answerable?: ((task: Task) => boolean | undefined) | undefined;
  /** Default `soundsLikeAbstention`. */
  isAbstention?: ((text: string) => boolean) | undefined;
  version?: RewardOptions["version"];
}

function answerableByReference(task: Task): boolean | undefined {
  const answer = task.reference?.answer;
  if (answer === null) return false;
  return answer !== undefined || (task.reference?.texts?.length ?? 0) > 0 ? true : undefined;
}

/**
 * The reward `verify.abstention`: 1 if the answer abstains exactly where the task cannot be answered, else 0.
 * A task of which it is not known is unscored (`missing-reference`); an empty answer is a fault (`no-answer`).
 *
 * Source: the RAG-RewardBench specification's `abstainReward`.
 * @example const reward = abstention();
 */
export function abstention(options: AbstentionOptions = {}): Reward {
  const { answerable = answerableByReference, isAbstention = soundsLikeAbstention } = options;
  const own = options.answerable === undefined && options.isAbstention === undefined;
  return pointwise(
    "verify.abstention",
    (candidate, task) => {
      const can = answerable(task);
      if (can === undefined)
        return unscored("missing-reference", `task ${task.id} does not say whether it can be answered`);
      const text = answerText(candidate);
      if (text.trim() === "") return { fault: "no-answer" };
      return isAbstention(text) !== can;
    },
    own
      ? { version: 1, spec: { kind: "verify.abstention" }, work: "cpu", range: [0, 1], timeLimit: 200 }
      : { version: options.version, range: [0, 1] },
  );
}

const conflictWords =
  /\b(?:conflict(?:s|ing)?|contradict(?:s|ed|ory|ion|ions)?|disagree(?:s|ment)?|inconsistent|discrepan(?:cy|cies)|at odds|differ(?:s|ent figures|ing)?|outdated|unreliable|satir(?:e|ical))\b/i;

/** Does an English answer name a conflict between its sources, by its words? */
export function namesConflict(text: string): boolean {
  return conflictWords.test(text);
}

/** Options of `conflict`. */
export interface ConflictOptions {
  /** The claim that should stand; default: the first of `reference.facts`. */
  trusted?: ((task: Task) => string | undefined) | undefined;
  /** The claim that should not be adopted; default: the second of `reference.facts`. */
  rejected?: ((task: Task) => string | undefined) | undefined;
  /** Default `namesConflict`. */
  names?: ((text: string) => boolean) | undefined;
  threshold?: number | undefined;
  version?: RewardOptions["version"];
}

/**
 * The reward `verify.conflict`: an answer from passages that contradict each other. 0 if it adopts the rejected claim;
 * else half for keeping the trusted claim and half for naming the conflict.
 *
 * Parts: `kept`, `named`, `adopted`. Without a trusted and a rejected claim, unscored (`missing-reference`).
 *
 * Source: the RAG-RewardBench specification's `conflictReward`.
 * @example const reward = conflict(entails, { version: "nli-1" });
 */
export function conflict(entails: Entails | Reward, options: ConflictOptions = {}): Reward {
  const { threshold = 0.5, names = namesConflict } = options;
  const trusted = options.trusted ?? ((task: Task) => task.reference?.facts?.[0]);
  const rejected = options.rejected ?? ((task: Task) => task.reference?.facts?.[1]);
  const own = options.trusted === undefined && options.rejected === undefined && options.names === undefined;
  if (typeof entails !== "function" && !own)
    throw new UsageError(
      "verify.conflict: trusted, rejected and names go with an entailment function, not with a reward",
    );
  return withEntailment(
    "verify.conflict",
    entails,
    options.version === undefined ? undefined : `${options.version}:${threshold}`,
    { kind: "verify.conflict", threshold },
    async (candidate, task, holds) => {
      const [right, wrong] = [trusted(task), rejected(task)];
      if (right === undefined || wrong === undefined)
        return unscored("missing-reference", `task ${task.id} has no trusted and rejected claim (reference.facts)`);
      const text = answerText(candidate);
      if (text.trim() === "") return { fault: "no-answer" };
      const adopted = (await holds([text], wrong)) >= threshold;
      const kept = (await holds([text], right)) >= threshold;
      const named = names(text);
      const value = adopted ? 0 : (Number(kept) + Number(named)) / 2;
      return { value, parts: { kept: Number(kept), named: Number(named), adopted: Number(adopted) } };
    },
  );
}

/** Options of `contextUse`. */
export interface ContextUseOptions {
  /** "drop": no passages; "shuffle": their texts exchanged among their ids, by seed; or a function that gives other passages. */
  ablate?: "drop" | "shuffle" | ((task: Task) => readonly Passage[]) | undefined;
  version?: RewardOptions["version"];
}

/**
 * The passages of other tasks, for `contextUse({ ablate })`: by seed every task gets those of another one, none its own.
 *
 * This is a diagnosis and no null: with foreign passages every abstention looks right and every citation wrong.
 *
 * @param tasks at least two with passages; tasks without any are never asked for
 * @throws UsageError for fewer
 * Source: the RAG-RewardBench specification's `ablate: "swap"`.
 * @example contextUse(reward, { ablate: foreignPassages(tasks, seed) })
 */
export function foreignPassages(tasks: readonly Task[], seed: Seed): (task: Task) => readonly Passage[] {
  const own = tasks.flatMap((task) => {
    const passages = passagesOf(task);
    return passages === undefined ? [] : [{ id: task.id, passages }];
  });
  if (own.length < 2) throw new UsageError("passages of other tasks need two tasks with passages");
  const order = random(split(seed, "foreign passages")).shuffled(own.map((_, i) => i));
  const given = new Map(order.map((i, k) => [own[i]!.id, own[order[(k + 1) % order.length]!]!.passages]));
  return (task) => {
    const passages = given.get(task.id);
    if (passages === undefined) throw new UsageError(`task ${task.id} is none of those whose passages were exchanged`);
    return passages;
  };
}

/**
 * A diagnostic of another reward: its score with the task's passages minus its score with them changed.
 * About 0 means that the reward does not read the passages. Unscored where either score is.
 *
 * @param reward a reward whose tasks have `context.passages`
 * @param options ablate: "drop" (default), "shuffle" within the task, or a function, such as `foreignPassages` gives
 * Source: the RAG-RewardBench specification's `contextUse`.
 * @example const reading = contextUse(citation(entails), { ablate: "shuffle" });
 */
export function contextUse(reward: Reward, options: ContextUseOptions = {}): Reward {
  const { ablate = "drop" } = options;
  const change = (task: Task, seed: string): Task => {
    const passages = passagesOf(task) ?? [];
    let other: readonly Passage[] = [];
    if (typeof ablate === "function") other = ablate(task);
    else if (ablate === "shuffle") {
      const texts = random(split(seed, task.id)).shuffled(passages.map((passage) => passage.text));
      other = passages.map((passage, i) => ({ id: passage.id, text: texts[i]! }));
    }
    return { ...task, context: { ...task.context, passages: other as unknown as Json } };
  };
  const span = reward.range === undefined ? undefined : reward.range[1] - reward.range[0];
  const named = typeof ablate === "string";
  const spec: JsonObject = { kind: "verify.contextUse", ablate: named ? ablate : null };
  return composite(
    "verify.contextUse",
    { reward },
    {
      version: named ? 1 : options.version,
      ...(named ? { spec } : {}),
      ...(span === undefined ? {} : { range: [-span, span] as const }),
      ...(ablate === "shuffle" ? { random: true } : {}),
    },
    async (tasks, ctx) => {
      const [given, changed] = await Promise.all([
        ctx.score(reward, tasks),
        ctx.score(
          reward,
          tasks.map((task) => change(task, ctx.seed)),
        ),
      ]);
      return given.map((row, t) =>
        row.map((score, c): Score => {
          const other = changed[t]![c]!;
          if (score.unscored !== undefined) return score;
          if (other.unscored !== undefined) return other;
          return { value: score.value - other.value, parts: { given: score.value, changed: other.value } };
        }),
      );
    },
  );
}
