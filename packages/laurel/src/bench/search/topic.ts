import type { Context, Example, JsonObject, Seed } from "../../core/index.ts";

/** A subject of questions. */
export type Topic = {
  name: string;
  /** The wider subjects that it belongs to, such as a category and a form; what is learnt of one topic is used for its relatives. */
  parents?: readonly string[] | undefined;
  /** What the questions should ask for besides, in words. */
  requirement?: string | undefined;
  /** How much anybody cares, on a scale of the caller's (page views, share of traffic); only topics above a threshold are kept. */
  salience?: number | undefined;
  /** What a writer needs to know, such as a generator's name and parameters. */
  source?: JsonObject | undefined;
};

/** A topic that was asked about, with what the proposer may know of it: the selection half alone. */
export interface SeenTopic {
  topic: Topic;
  iteration: number;
  /** Mean over takers. */
  accuracy: number;
  /** One a taker. */
  takers: Float64Array;
}

/** Who thinks of topics. */
export interface TopicProposer {
  readonly name: string;
  readonly fingerprint: string | null;
  /**
   * @param history topics of earlier iterations
   * @param n how many to propose; more or fewer may come, and repeats are taken out by the caller
   * @param options `taken`: the names (as `topicKey` has them) of topics that were asked about or refused already
   */
  propose(
    history: readonly SeenTopic[],
    n: number,
    options: {
      iteration: number;
      target: readonly [low: number, high: number];
      taken: ReadonlySet<string>;
      seed: Seed;
    },
    ctx: Context,
  ): Promise<readonly Topic[]>;
}

/** Who writes questions with answers that can be relied on: from documents, by execution, or by a generator. */
export interface TaskWriter {
  readonly name: string;
  readonly fingerprint: string | null;
  /** @returns at most n examples with labels or a reference; fewer where no more can be written */
  write(topic: Topic, n: number, options: { seed: Seed }, ctx: Context): AsyncIterable<Example> | Iterable<Example>;
}

/** Who is tested: a language model, a judge, a reward. */
export interface Taker {
  readonly name: string;
  readonly fingerprint: string | null;
  /** @returns a credit in [0, 1] for each example; null where it could not be graded */
  answer(examples: readonly Example[], ctx: Context): Promise<readonly (number | null)[]>;
}

/** A name as it is compared: letters and digits alone, in lower case. */
export function topicKey(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
