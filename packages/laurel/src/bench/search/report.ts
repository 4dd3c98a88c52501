import { type Estimate, NotEnoughDataError, type Seed, seedFrom, split, UsageError } from "../../core/index.ts";
import {
  bootstrap,
  difficulty,
  meanOf,
  type Numbers,
  novelty,
  proportionEstimate,
  separability,
} from "../../stats/index.ts";
import { type AskedQuestion, type AskedTopic, accuraciesOf, type SearchRound } from "./search.ts";

/** What each of the three desiderata counts for. */
export interface DesiderataWeights {
  novelty: number;
  difficulty: number;
  separability: number;
}

/** Options of `chooseTopics`. */
export interface ChooseOptions {
  /** How many topics; default 10. */
  choose?: number | undefined;
  /** Default 1 each. */
  weights?: Partial<DesiderataWeights> | undefined;
  /** Accuracies of the same takers on existing sets; without them novelty counts 0. */
  previous?: readonly Numbers[] | undefined;
}

/** A topic's figures on one half of its questions. */
export interface TopicFigures {
  accuracies: Float64Array;
  difficulty: number;
  separability: number;
  /** Null without existing sets, with fewer than 3 takers, or where all takers are equal. */
  novelty: number | null;
  /** J = w₁ novelty + w₂ difficulty + w₃ separability, a missing novelty counting 0. */
  objective: number;
}

/**
 * The desiderata of a topic on one half of its questions, and their weighted sum.
 *
 * @throws NotEnoughDataError where that half has no question
 * @source AutoBencher (2024), objective J
 */
export function topicFigures(
  topic: AskedTopic,
  half: AskedQuestion["half"],
  options: ChooseOptions = {},
): TopicFigures {
  const weights = { novelty: 1, difficulty: 1, separability: 1, ...options.weights };
  for (const [name, weight] of Object.entries(weights))
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new UsageError(`the weight of ${name} must be at least 0, not ${weight}`);
  const accuracies = accuraciesOf(topic.questions, half);
  const own = { difficulty: difficulty(accuracies), separability: separability(accuracies) };
  const fresh = noveltyOf(accuracies, options.previous)?.value ?? null;
  const objective =
    weights.novelty * (fresh ?? 0) + weights.difficulty * own.difficulty + weights.separability * own.separability;
  return { accuracies, ...own, novelty: fresh, objective };
}

function noveltyOf(accuracies: Float64Array, previous: readonly Numbers[] = [], level?: number): Estimate | null {
  return previous.length === 0 || accuracies.length < 3 ? null : novelty(accuracies, previous, { level });
}

/**
 * The topics of greatest objective on the selection half, best first.
 *
 * @throws NotEnoughDataError for no topics
 */
export function chooseTopics(topics: readonly AskedTopic[], options: ChooseOptions = {}): AskedTopic[] {
  if (topics.length === 0) throw new NotEnoughDataError("there are no topics to choose from", 1);
  return topics
    .map((topic) => ({ topic, j: topicFigures(topic, "selection", options).objective }))
    .sort((a, b) => b.j - a.j)
    .slice(0, options.choose ?? 10)
    .map(({ topic }) => topic);
}

/** A set's figures, with intervals over its questions. */
export interface SetFigures {
  questions: number;
  /** By taker. */
  accuracies: readonly Estimate[];
  difficulty: Estimate;
  separability: Estimate;
  /** Its interval is over takers. Null as `TopicFigures.novelty`. */
  novelty: Estimate | null;
}

/**
 * The desiderata of the questions of some topics together, with intervals.
 *
 * Accuracies have Wilson's interval, the rest a bootstrap over questions. Resampling moves the best taker's
 * accuracy up on average, so that the interval of difficulty lies a little low where takers are close.
 *
 * @param half default "report"
 * @throws NotEnoughDataError for no questions
 */
export function setFigures(
  topics: readonly AskedTopic[],
  options: ChooseOptions & {
    half?: AskedQuestion["half"] | undefined;
    seed?: Seed | string | number | undefined;
    level?: number | undefined;
  } = {},
): SetFigures {
  const { half = "report", level = 0.95 } = options;
  const questions = questionsOf(topics, half);
  const accuracies = accuraciesOf(questions);
  const seed = split(seedFrom(options.seed ?? 0), "set");
  const resampled = (statistic: (accuracies: Float64Array) => number): Estimate => {
    const at = (indices: Int32Array): number => {
      const sums = new Float64Array(accuracies.length);
      for (const i of indices) for (let t = 0; t < sums.length; t++) sums[t]! += questions[i]!.credits[t]!;
      return statistic(sums.map((sum) => sum / indices.length));
    };
    const { value, low, high } = bootstrap(questions.length, at, { seed, level, reps: 1000 });
    return { value, low, high, level, n: questions.length, unscored: 0, method: "percentile bootstrap over questions" };
  };
  const single = accuracies.length === 1;
  const each = Array.from(accuracies, (_, t) =>
    credit(
      questions.map(({ credits }) => credits[t]!),
      level,
    ),
  );
  return {
    questions: questions.length,
    accuracies: each,
    // one taker: Wilson's interval turned round, since a bootstrap of equal credits has no width
    difficulty: single ? complement(each[0]!) : resampled(difficulty),
    separability: single ? { ...each[0]!, value: 0, low: 0, high: 0, method: "one taker" } : resampled(separability),
    novelty: noveltyOf(accuracies, options.previous, level),
  };
}

function questionsOf(topics: readonly AskedTopic[], half: AskedQuestion["half"]): AskedQuestion[] {
  return topics.flatMap(({ questions }) => questions.filter((one) => one.half === half));
}

/** The difference of two independent proportions, from the distances of each one's value to its ends (Newcombe, 1998, method 10). */
function difference(a: Estimate, b: Estimate): Estimate {
  const value = a.value - b.value;
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
    level: a.level,
    n: a.n + b.n,
    unscored: 0,
    method: "difference of independent proportions, Newcombe",
  };
}

function credit(values: readonly number[], level: number): Estimate {
  return proportionEstimate(values, { level });
}

function complement(one: Estimate): Estimate {
  return { ...one, value: 1 - one.value, low: 1 - one.high, high: 1 - one.low, method: `1 − (${one.method})` };
}

/** What a search found. */
export interface SearchReport {
  takers: readonly string[];
  rounds: number;
  topics: readonly {
    name: string;
    parents: readonly string[];
    iteration: number;
    salience: number | null;
    questions: number;
    ungraded: number;
    chosen: boolean;
    /** Mean over takers, on the half that the search saw and on the one that it did not. */
    selection: TopicFigures & { accuracy: number };
    report: TopicFigures & { accuracy: Estimate };
  }[];
  dropped: readonly { name: string; why: string; iteration: number }[];
  /** Names, in the order of the objective. */
  chosen: readonly string[];
  /** The chosen topics on the report half, and on the half by which they were chosen. */
  found: SetFigures;
  seen: SetFigures;
  /** The topics of the first round, which were chosen without knowing anything, on the report half. */
  first: SetFigures;
  /** Accuracy of the first round less that of the chosen topics, mean over takers, on the report half. */
  harder: Estimate | null;
  /** How much harder the chosen topics looked on the half by which they were chosen: mean accuracy of the report half less the selection half's. */
  optimism: number;
}

/**
 * What a search found: all topics, the chosen ones, and their figures on questions that had no part in the choice.
 *
 * @param takers names, in the order of the credits
 * @throws NotEnoughDataError where no round has a topic
 */
export function searchReport(
  rounds: readonly SearchRound[],
  takers: readonly string[],
  options: ChooseOptions & { seed?: Seed | string | number | undefined; level?: number | undefined } = {},
): SearchReport {
  const { level = 0.95 } = options;
  const topics = rounds.flatMap((round) => round.topics.map((topic) => ({ topic, iteration: round.iteration })));
  const chosen = chooseTopics(
    topics.map(({ topic }) => topic),
    options,
  );
  const isChosen = new Set(chosen);
  const first = topics.filter(({ iteration }) => iteration === topics[0]!.iteration).map(({ topic }) => topic);
  // a question of the first round that is chosen too would stand on both sides
  const left = first.filter((topic) => !isChosen.has(topic));
  const means = (some: readonly AskedTopic[], half: AskedQuestion["half"]): number[] =>
    questionsOf(some, half).map(({ credits }) => meanOf(credits));
  const [held, lucky, plain] = [means(chosen, "report"), means(chosen, "selection"), means(left, "report")];
  return {
    takers,
    rounds: rounds.length,
    topics: topics.map(({ topic, iteration }) => ({
      name: topic.topic.name,
      parents: topic.topic.parents ?? [],
      iteration,
      salience: topic.salience,
      questions: topic.questions.length,
      ungraded: topic.ungraded,
      chosen: isChosen.has(topic),
      selection: { ...topicFigures(topic, "selection", options), accuracy: meanOf(means([topic], "selection")) },
      report: { ...topicFigures(topic, "report", options), accuracy: credit(means([topic], "report"), level) },
    })),
    dropped: rounds.flatMap((round) => round.dropped.map((one) => ({ ...one, iteration: round.iteration }))),
    chosen: chosen.map(({ topic }) => topic.name),
    found: setFigures(chosen, options),
    seen: setFigures(chosen, { ...options, half: "selection" }),
    first: setFigures(first, options),
    harder: plain.length === 0 ? null : difference(credit(plain, level), credit(held, level)),
    optimism: meanOf(held) - meanOf(lucky),
  };
}
