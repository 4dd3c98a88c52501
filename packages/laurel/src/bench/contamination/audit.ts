import {
  type Estimate,
  type GenerateRequest,
  isScored,
  type LanguageModel,
  message,
  NotEnoughDataError,
  type Reward,
  random,
  type Seed,
  seedFrom,
  split,
  type Task,
  task as taskOf,
  textOf,
  UsageError,
} from "../../core/index.ts";
import { extractAnswer } from "../../rewards/verify/math/extract.ts";
import { type ScoreAllOptions, scoreBatches } from "../../run/score-all.ts";
import { cellMean } from "../../stats/cells.ts";
import { differenceEstimate, meanEstimate, newcombe, welchEstimate } from "../../stats/index.ts";
import { cutPrompt } from "./cut.ts";
import { answersIn, completesExactly, type Gold, goldOf, remainderRouge, wordsOf } from "./likeness.ts";

/** The tasks that are asked about, and those that cannot have leaked. */
export type ContaminationSet = "audited" | "fresh";

/** One beginning of a question with what the model made of it. */
export interface Continuation {
  set: ContaminationSet;
  id: string;
  fraction: number;
  /** The true remainder. */
  rest: string;
  continuation: string;
  exact: boolean;
  rougeL: number;
  /** Is the gold answer in the continuation? Null where the task has none. Behind the remainder alone, where that is completed exactly. */
  answered: boolean | null;
}

/** What one share of the questions showed. Chance is the same continuations held against other tasks' remainders and answers. */
export interface FractionFacts {
  fraction: number;
  exact: Estimate;
  exactChance: Estimate;
  rougeL: Estimate;
  rougeChance: Estimate;
  /** Undefined where no task has a gold answer. */
  answer?: Estimate | undefined;
  answerChance?: Estimate | undefined;
  /** Answer rate less chance, paired by task; undefined for fewer than two tasks. */
  answerAboveChance?: Estimate | undefined;
}

/** A set of tasks under audit. */
export interface SetFacts {
  /** Tasks asked about. */
  tasks: number;
  /** Tasks left out because a remainder has too few words, or there is no question. */
  tooShort: number;
  fractions: readonly FractionFacts[];
}

/** The audited set less the fresh one, at a share. */
export interface FreshDifference {
  fraction: number;
  exact: Estimate;
  answerAboveChance?: Estimate | undefined;
}

/** What `partialPromptAudit` found. */
export interface ContaminationReport {
  model: string;
  fingerprint: string | null;
  audited: SetFacts;
  fresh?: SetFacts | undefined;
  differences?: readonly FreshDifference[] | undefined;
  /**
   * Is memory shown, of the questions' words and of their answers? That is: at some share the figure lies above the fresh tasks' (above
   * chance where there are none), with intervals for all shares together (Bonferroni).
   */
  shown: { words: boolean; answers: boolean };
  /** Tasks whose remainder the model gave word for word, with the smallest share that was enough; fewest first. */
  completed: readonly { id: string; fraction: number }[];
  continuations: readonly Continuation[];
}

/** What is kept of one answer, so that an interrupted audit goes on. */
export interface HeardContinuation {
  set: ContaminationSet;
  id: string;
  fraction: number;
  continuation: string;
}

/** Options of `partialPromptAudit`. */
export interface ContaminationOptions extends ScoreAllOptions {
  /** Shares of the question that are given; default 0.8, 0.6, 0.4. */
  fractions?: readonly number[] | undefined;
  /** Tasks that cannot have leaked, asked in the same way. */
  fresh?: readonly Task[] | undefined;
  /** Tokens for the answer, beside those of the remainder; default 256. */
  answerTokens?: number | undefined;
  /** Words that a remainder must have; default 3, since the last words of a question can be guessed. */
  leastWords?: number | undefined;
  /** What stands before the beginning of the question, for models that only chat; default nothing. */
  instruction?: string | undefined;
  /** Other tasks that each continuation is held against for the chance figures of exact match and ROUGE-L; default 10. */
  permutations?: number | undefined;
  level?: number | undefined;
  /** What an earlier go heard. */
  done?: readonly HeardContinuation[] | undefined;
  onHeard?: ((heard: readonly HeardContinuation[]) => void | Promise<void>) | undefined;
}

interface Probe {
  set: ContaminationSet;
  id: string;
  fraction: number;
  given: string;
  rest: string;
  gold: Gold | undefined;
}

const keyOf = ({ set, id, fraction }: Pick<Probe, "set" | "id" | "fraction">): string =>
  JSON.stringify([set, id, fraction]);

/** The question of a task: its user messages. */
function questionOf(task: Task): string {
  return task.prompt
    .filter(({ role }) => role === "user")
    .map(textOf)
    .join("\n")
    .trim();
}

/** The gold answer: of a worked solution its final answer. */
function answerOf({ reference }: Task): Gold | undefined {
  const answer = reference?.answer ?? reference?.texts?.[0];
  if (typeof answer === "number") return goldOf(answer);
  if (typeof answer !== "string") return undefined;
  const whole = answer.trim();
  return goldOf(whole.includes("\n") || whole.length > 60 ? (extractAnswer(whole)?.text ?? whole) : whole);
}

function probesOf(
  set: ContaminationSet,
  tasks: readonly Task[],
  fractions: readonly number[],
  leastWords: number,
): { probes: Probe[]; tooShort: number } {
  const probes: Probe[] = [];
  let tooShort = 0;
  for (const task of tasks) {
    const question = questionOf(task);
    const gold = answerOf(task);
    const own = fractions.flatMap((fraction) => {
      const cut = cutPrompt(question, fraction);
      return cut === undefined || wordsOf(cut.rest).length < leastWords
        ? []
        : [{ set, id: task.id, fraction, ...cut, gold }];
    });
    // a task counts at all shares or at none, so that shares are compared on the same tasks
    if (own.length === fractions.length) probes.push(...own);
    else tooShort++;
  }
  return { probes, tooShort };
}

/** A reward that asks a model to go on and keeps what it hears, so that calls run as all scores do: cache, budget, limits, resume. */
function listener(
  model: LanguageModel,
  requestOf: (task: Task) => GenerateRequest,
  heard: WeakMap<Task, string>,
): Reward {
  return {
    name: `contamination of ${model.name}`,
    fingerprint: null,
    sees: "candidate",
    work: "compose",
    async score(tasks, ctx) {
      const rows = await model.generate(tasks.map(requestOf), ctx);
      return tasks.map((task, i) => {
        const first = rows[i]![0]!;
        if (first.unscored !== undefined) return [first];
        heard.set(task, first.text);
        return [{ value: 0 }];
      });
    },
  };
}

/**
 * Has a model seen these tasks? It is given the first part of each question, goes on greedily, and what it writes is held against what the
 * question really says (Carlini-style completion), and against the gold answer, which nobody can know from half a question.
 *
 *     exact match: the continuation begins with the true remainder;  ROUGE-L: F1 with it;  answer rate: the gold answer is in the continuation
 *
 * Each beside its chance: the same continuations against other tasks' remainders and answers. Tasks that cannot have leaked, asked in the
 * same way, tell memory from skill at guessing (`fresh`).
 *
 * @param model asked without a chat template where it can be (`raw: true` in its spec)
 * @param tasks questions with gold answers in `reference` (those are optional); candidates are not looked at
 * @returns figures by share, with 95 % intervals (Wilson for shares, Newcombe for differences between sets), and all continuations
 * @throws UsageError for shares outside (0, 1) or an id that stands twice; NotEnoughDataError where no task is long enough or none was answered; as `scoreBatches`
 * @source randomcalculation ("Reasoning or Memorization?"); where a text is cut, the cut of the continuation for ROUGE-L and the chance figures are ours
 * @example await partialPromptAudit(await languageModelFrom({ url, model: "m", raw: true }), tasks, { fresh })
 */
export async function partialPromptAudit(
  model: LanguageModel,
  tasks: readonly Task[],
  options: ContaminationOptions = {},
): Promise<ContaminationReport> {
  const { fractions = [0.8, 0.6, 0.4], leastWords = 3, answerTokens = 256, instruction, level = 0.95 } = options;
  if (fractions.length === 0 || new Set(fractions).size < fractions.length)
    throw new UsageError("shares of the question: name at least one, and each once");
  const shares = [...fractions].sort((a, b) => b - a);
  const audited = probesOf("audited", tasks, shares, leastWords);
  const fresh = options.fresh === undefined ? undefined : probesOf("fresh", options.fresh, shares, leastWords);
  for (const { probes, name } of [
    { probes: audited.probes, name: "the audited tasks" },
    ...(fresh === undefined ? [] : [{ probes: fresh.probes, name: "the fresh tasks" }]),
  ]) {
    if (probes.length === 0) throw new NotEnoughDataError(`${name} hold no question that is long enough to be cut`);
    if (new Set(probes.map(keyOf)).size < probes.length) throw new UsageError(`${name} have an id that stands twice`);
  }
  const probes = [...audited.probes, ...(fresh?.probes ?? [])];
  const known = new Map((options.done ?? []).map((one) => [keyOf(one), one.continuation]));
  await listen(model, probes, known, { ...options, answerTokens, instruction });

  const seed = split(seedFrom(options.seed ?? 0), "contamination");
  const about = { level, permutations: options.permutations ?? 10 };
  const measured = (set: ContaminationSet, one: { probes: readonly Probe[]; tooShort: number }) => {
    const parts = shares.map((fraction) =>
      measure(
        one.probes.filter((probe) => probe.fraction === fraction),
        known,
        { ...about, seed: split(split(seed, set), String(fraction)) },
      ),
    );
    const facts: SetFacts = {
      tasks: one.probes.length / shares.length,
      tooShort: one.tooShort,
      fractions: parts.map(({ facts }) => facts),
    };
    return { facts, parts };
  };
  const own = measured("audited", audited);
  const control = fresh === undefined ? undefined : measured("fresh", fresh);
  const together = 1 - (1 - level) / shares.length;
  const strict = own.parts.map((part, i) =>
    control === undefined ? aboveChanceOf(part, together) : differenceOf(part, control.parts[i]!, together),
  );
  const continuations = [...own.parts, ...(control?.parts ?? [])].flatMap((part) => part.continuations);
  const completed = new Map<string, number>();
  // shares fall, so the last one that is written is the smallest
  for (const one of continuations) if (one.set === "audited" && one.exact) completed.set(one.id, one.fraction);
  return {
    model: model.name,
    fingerprint: model.fingerprint,
    audited: own.facts,
    ...(control === undefined
      ? {}
      : {
          fresh: control.facts,
          differences: shares.map((_, i) => differenceOf(own.parts[i]!, control.parts[i]!, level)),
        }),
    shown: {
      words: strict.some(({ exact }) => exact.low > 0),
      answers: strict.some(({ answerAboveChance }) => (answerAboveChance?.low ?? 0) > 0),
    },
    completed: [...completed].map(([id, fraction]) => ({ id, fraction })).sort((a, b) => a.fraction - b.fraction),
    continuations,
  };
}

/** Asks for what is not known yet; what is heard is put into `known`. */
async function listen(
  model: LanguageModel,
  probes: readonly Probe[],
  known: Map<string, string>,
  options: ContaminationOptions & { answerTokens: number },
): Promise<void> {
  const { instruction, answerTokens, done: _, fresh: __, ...run } = options;
  const left = probes.filter((probe) => !known.has(keyOf(probe)));
  const byTask = new WeakMap<Task, Probe>();
  const heard = new WeakMap<Task, string>();
  const requestOf = (task: Task): GenerateRequest => {
    const { given, rest } = byTask.get(task)!;
    return {
      messages: [message("user", instruction === undefined ? given : `${instruction}\n\n${given}`)],
      temperature: 0,
      maxTokens: answerTokens + Math.ceil(rest.length / 2),
    };
  };
  const batches = function* () {
    for (const probe of left) {
      const one = taskOf("", [""], undefined, { id: keyOf(probe) });
      byTask.set(one, probe);
      yield [one];
    }
  };
  for await (const rows of scoreBatches(listener(model, requestOf, heard), batches(), { ...run, repeats: 1 })) {
    const news: HeardContinuation[] = [];
    for (const { task, row } of rows) {
      const text = heard.get(task);
      if (text === undefined || !row.scores.every(isScored)) continue;
      const { set, id, fraction } = byTask.get(task)!;
      known.set(keyOf({ set, id, fraction }), text);
      news.push({ set, id, fraction, continuation: text });
    }
    await options.onHeard?.(news);
  }
}

interface Measured {
  facts: FractionFacts;
  continuations: Continuation[];
  /** Per task: 0 or 1, less its chance. */
  exactAboveChance: readonly number[];
  aboveChance: readonly number[];
}

function measure(
  probes: readonly Probe[],
  known: ReadonlyMap<string, string>,
  { level, permutations, seed }: { level: number; permutations: number; seed: Seed },
): Measured {
  const heard = probes.flatMap((probe) => {
    const continuation = known.get(keyOf(probe));
    return continuation === undefined ? [] : [{ ...probe, continuation }];
  });
  const { set, fraction } = probes[0]!;
  if (heard.length === 0)
    throw new NotEnoughDataError(`the model answered none of the ${set} tasks at ${fraction} of the question`);
  const missing = probes.length - heard.length;
  const share = (values: readonly number[], unscored = missing): Estimate =>
    cellMean(Float64Array.from(values), [0, 1], unscored, level)!;
  const continuations: Continuation[] = [];
  const finders: ((gold: Gold) => boolean)[] = [];
  for (const { id, rest, continuation, gold } of heard) {
    const exact = completesExactly(rest, continuation);
    const finder = answersIn(exact ? afterRemainder(rest, continuation) : continuation);
    finders.push(finder);
    continuations.push({
      set,
      id,
      fraction,
      rest,
      continuation,
      exact,
      rougeL: remainderRouge(rest, continuation),
      answered: gold === undefined ? null : finder(gold),
    });
  }
  const n = heard.length;
  const others = othersOf(n, permutations, seed);
  const chance = (of: (mine: string, rest: string) => number): number[] =>
    heard.map(({ continuation }, i) =>
      others.length === 0
        ? 0
        : others.reduce((sum, other) => sum + of(continuation, heard[other[i]!]!.rest), 0) / others.length,
    );
  const exactChance = chance((mine, rest) => Number(completesExactly(rest, mine)));
  const exactAboveChance = continuations.map(({ exact }, i) => Number(exact) - exactChance[i]!);
  const facts: FractionFacts = {
    fraction,
    exact: share(continuations.map(({ exact }) => Number(exact))),
    exactChance: share(exactChance),
    rougeL: share(continuations.map(({ rougeL }) => rougeL)),
    rougeChance: share(chance((mine, rest) => remainderRouge(rest, mine))),
  };
  // all other answers, not some: each is cheap to look for
  const golds = heard.map(({ gold }) => gold);
  const withGold = golds.flatMap((gold, i) => (gold === undefined ? [] : [i]));
  if (withGold.length < 2) return { facts, continuations, exactAboveChance, aboveChance: [] };
  const answered = withGold.map((i) => Number(continuations[i]!.answered));
  const byChance = withGold.map(
    (i) => withGold.reduce((sum, j) => sum + (j !== i && finders[i]!(golds[j]!) ? 1 : 0), 0) / (withGold.length - 1),
  );
  const unscored = probes.length - withGold.length;
  return {
    facts: {
      ...facts,
      answer: share(answered, unscored),
      answerChance: share(byChance, unscored),
      answerAboveChance: differenceEstimate(answered, byChance, { level, unscored }),
    },
    continuations,
    exactAboveChance,
    aboveChance: answered.map((one, i) => one - byChance[i]!),
  };
}

/** What a continuation says after it has given the remainder. */
function afterRemainder(rest: string, continuation: string): string {
  const words = rest.trim().split(/\s+/).length;
  const ends = continuation.trimStart().matchAll(/\S+/g);
  let at = 0;
  for (const one of ends) {
    if (at++ === words - 1) return continuation.trimStart().slice(one.index + one[0].length);
  }
  return "";
}

/** For each permutation the other item that each item is held against: steps around a shuffled circle. */
function othersOf(n: number, permutations: number, seed: Seed): number[][] {
  if (n < 2) return [];
  const circle = random(seed).shuffled([...Array(n).keys()]);
  return Array.from({ length: Math.min(permutations, n - 1) }, (_, k) => {
    const other = new Array<number>(n);
    for (let i = 0; i < n; i++) other[circle[i]!] = circle[(i + k + 1) % n]!;
    return other;
  });
}

/** The audited set against chance, for want of fresh tasks. */
function aboveChanceOf({ facts, exactAboveChance, aboveChance }: Measured, level: number): FreshDifference {
  const { fraction, exact } = facts;
  const mean = (values: readonly number[]): Estimate | undefined =>
    values.length < 2 ? undefined : meanEstimate(values, { level });
  return { fraction, exact: mean(exactAboveChance) ?? { ...exact, low: 0 }, answerAboveChance: mean(aboveChance) };
}

function differenceOf(own: Measured, fresh: Measured, level: number): FreshDifference {
  const count = ({ continuations }: Measured): [number, number] => [
    continuations.filter(({ exact }) => exact).length,
    continuations.length,
  ];
  const [a, n] = count(own);
  const [b, m] = count(fresh);
  const { fraction } = own.facts;
  const unscored = own.facts.exact.unscored + fresh.facts.exact.unscored;
  const exact: Estimate = {
    ...newcombe(a, n, b, m, level),
    level,
    n: n + m,
    unscored,
    method: "difference of two proportions, Newcombe",
  };
  if (own.aboveChance.length < 2 || fresh.aboveChance.length < 2) return { fraction, exact };
  return { fraction, exact, answerAboveChance: welchEstimate(own.aboveChance, fresh.aboveChance, { level, unscored }) };
}
