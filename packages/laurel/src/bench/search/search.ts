import {
  type Context,
  directContext,
  type Example,
  messageOf,
  NotEnoughDataError,
  type Seed,
  seedFrom,
  split,
  UsageError,
} from "../../core/index.ts";
import { meanOf } from "../../stats/index.ts";
import { type SeenTopic, type Taker, type TaskWriter, type Topic, type TopicProposer, topicKey } from "./topic.ts";

/** A question that all takers were graded on. */
export interface AskedQuestion {
  example: Example;
  /** One a taker, in [0, 1]. */
  credits: readonly number[];
  /** Topics are proposed and chosen by the selection half; figures are of the report half. */
  half: "selection" | "report";
}

/** A topic with its questions. */
export interface AskedTopic {
  topic: Topic;
  /** Null where nobody said. */
  salience: number | null;
  questions: readonly AskedQuestion[];
  /** Questions that a taker could not be graded on. */
  ungraded: number;
}

/** One round of a search: what a journal keeps. */
export interface SearchRound {
  iteration: number;
  /** Topics that the proposer named, repeats included. */
  proposed: number;
  topics: readonly AskedTopic[];
  /** Topics without questions, and why. */
  dropped: readonly { name: string; why: string }[];
}

/** Options of `searchBenchmark`. */
export interface SearchOptions {
  /** Default 8. */
  iterations?: number | undefined;
  /** Topics that are asked for in an iteration; default 10. */
  perIteration?: number | undefined;
  /** Of those, how many are asked about, the most salient ones; default 5. */
  keep?: number | undefined;
  /** Questions a topic; default 50. */
  questions?: number | undefined;
  /** Fewest graded questions of a topic; default 5. */
  least?: number | undefined;
  /** Accuracy that the proposer aims at; default 0.1 to 0.3. */
  target?: readonly [low: number, high: number] | undefined;
  /** Default: the topic's own. */
  salience?: ((topic: Topic) => number | null | Promise<number | null>) | undefined;
  /** Topics of less salience, or of none, are left out. Default: none is. */
  minSalience?: number | undefined;
  seed?: Seed | string | number | undefined;
  /** For proposers and writers that call models. */
  context?: Context | undefined;
  /** Rounds of an earlier go, which are not asked again. */
  done?: readonly SearchRound[] | undefined;
  /** Ends after the round in work. */
  stop?: AbortSignal | undefined;
}

/**
 * Search for a benchmark that takers fail: topics are proposed, questions written and answered, and the next topics are proposed with what
 * was learnt.
 *
 * A round: the proposer names topics; repeats (of names without case and punctuation) go; topics below the least salience go; the most
 * salient `keep` stay; questions are written and every taker is graded on them. A question that one taker could not be graded on counts for
 * none. Questions 1, 3, 5 … of a topic are its selection half, the others its report half: the proposer sees the first alone, so that the
 * second measures what was chosen without the luck of the choice.
 *
 * @param takers language models, judges, rewards: see `modelTaker`, `comparerTaker`, `rewardTaker`
 * @returns a round at a time, those of `done` first
 * @throws UsageError for no takers or numbers out of range; NotEnoughDataError where no round has a topic
 * @source AutoBencher (2024); the split in halves is this library's
 * @example for await (const round of searchBenchmark(adaptiveProposer(topics), writer, [rewardTaker(reward)])) console.log(round.topics.length)
 */
export async function* searchBenchmark(
  proposer: TopicProposer,
  writer: TaskWriter,
  takers: readonly Taker[],
  options: SearchOptions = {},
): AsyncGenerator<SearchRound, void, undefined> {
  const { iterations = 8, perIteration = 10, keep = 5, questions = 50, least = 5, target = [0.1, 0.3] } = options;
  for (const [name, value] of Object.entries({ iterations, perIteration, keep, questions, least }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new UsageError(`${name} must be a whole number of at least 1, not ${value}`);
  if (takers.length === 0) throw new UsageError("a search needs somebody to take the questions");
  if (questions < 2 * least)
    throw new UsageError(`${questions} questions a topic do not make two halves of ${least}`, "ask for more questions");
  const seed = seedFrom(options.seed ?? 0);
  const ctx = options.context ?? directContext({ seed });
  const history: SeenTopic[] = [];
  const names = new Set<string>();
  let found = 0;
  const learn = (round: SearchRound): void => {
    for (const { name } of round.dropped) names.add(topicKey(name));
    for (const one of round.topics) {
      names.add(topicKey(one.topic.name));
      const accuracies = accuraciesOf(one.questions, "selection");
      history.push({
        topic: one.topic,
        iteration: round.iteration,
        accuracy: meanOf(accuracies),
        takers: accuracies,
      });
      found++;
    }
  };
  for (let iteration = 0; iteration < iterations; iteration++) {
    const before = options.done?.[iteration];
    if (before !== undefined) {
      learn(before);
      yield before;
      continue;
    }
    if (options.stop?.aborted === true) return;
    const own = split(split(seed, "round"), iteration);
    const proposed = await proposer.propose(history, perIteration, { iteration, target, taken: names, seed: own }, ctx);
    const { kept, dropped } = await admit(proposed, names, keep, options);
    const topics: AskedTopic[] = [];
    for (const { topic, salience } of kept) {
      const asked = await ask(topic, salience, questions, writer, takers, own, ctx);
      if (typeof asked === "string") dropped.push({ name: topic.name, why: asked });
      else if (asked.questions.length < least || !bothHalves(asked))
        dropped.push({ name: topic.name, why: `${asked.questions.length} graded questions are too few` });
      else topics.push(asked);
    }
    const round: SearchRound = { iteration, proposed: proposed.length, topics, dropped };
    learn(round);
    yield round;
  }
  if (found === 0)
    throw new NotEnoughDataError("no round had a topic that could be asked about; the rounds say why in `dropped`");
}

function bothHalves({ questions }: AskedTopic): boolean {
  return new Set(questions.map(({ half }) => half)).size === 2;
}

/** New topics that are salient enough, the most salient first; ties keep the proposer's order. */
async function admit(
  proposed: readonly Topic[],
  names: ReadonlySet<string>,
  keep: number,
  options: SearchOptions,
): Promise<{ kept: { topic: Topic; salience: number | null }[]; dropped: { name: string; why: string }[] }> {
  const dropped: { name: string; why: string }[] = [];
  const fresh: { topic: Topic; salience: number | null }[] = [];
  const here = new Set<string>();
  for (const topic of proposed) {
    const key = topicKey(topic.name);
    if (key === "" || names.has(key) || here.has(key)) continue;
    here.add(key);
    const salience = (await (options.salience ?? ((one: Topic) => one.salience ?? null))(topic)) ?? null;
    if (options.minSalience !== undefined && (salience === null || salience < options.minSalience))
      dropped.push({
        name: topic.name,
        why: salience === null ? "no salience is known" : `salience ${salience} is below ${options.minSalience}`,
      });
    else fresh.push({ topic, salience });
  }
  const kept = [...fresh]
    .sort((a, b) => (b.salience ?? Number.NEGATIVE_INFINITY) - (a.salience ?? Number.NEGATIVE_INFINITY) || 0)
    .slice(0, keep);
  return { kept, dropped };
}

async function ask(
  topic: Topic,
  salience: number | null,
  n: number,
  writer: TaskWriter,
  takers: readonly Taker[],
  seed: Seed,
  ctx: Context,
): Promise<AskedTopic | string> {
  const examples: Example[] = [];
  try {
    for await (const one of writer.write(topic, n, { seed: split(seed, topicKey(topic.name)) }, ctx)) {
      examples.push(one);
      if (examples.length === n) break;
    }
  } catch (thrown) {
    // a topic that cannot be written about is no reason to lose the others; a writer that is misused is
    if (!(thrown instanceof NotEnoughDataError)) throw thrown;
    return `no questions: ${messageOf(thrown)}`;
  }
  if (examples.length === 0) return "no questions were written";
  const credits: (readonly (number | null)[])[] = [];
  for (const taker of takers) credits.push(await taker.answer(examples, ctx));
  const questions = examples.flatMap((example, i): AskedQuestion[] => {
    const own = credits.map((all) => all[i] ?? null);
    if (own.some((one) => one === null)) return [];
    return [{ example, credits: own as number[], half: i % 2 === 0 ? "selection" : "report" }];
  });
  return { topic, salience, questions, ungraded: examples.length - questions.length };
}

/**
 * Each taker's mean credit on some questions.
 *
 * @param half default: both
 * @throws NotEnoughDataError for no questions
 */
export function accuraciesOf(questions: readonly AskedQuestion[], half?: AskedQuestion["half"]): Float64Array {
  const own = half === undefined ? questions : questions.filter((one) => one.half === half);
  if (own.length === 0) throw new NotEnoughDataError("there are no graded questions", 1);
  return Float64Array.from(own[0]!.credits, (_, taker) => meanOf(own.map(({ credits }) => credits[taker]!)));
}
