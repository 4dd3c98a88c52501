import type { Seed, Task } from "../../core/index.ts";

/** A fresh question with a right answer and a wrong one, both bare: without the sentence that they stand in. */
export interface Made {
  /** No candidates; `reference.answer` is the right answer. */
  task: Task;
  right: string;
  wrong: string;
  /** What went wrong in the wrong answer. */
  slip: string;
  /** The right answer in another notation that means the same. */
  other?: string | undefined;
}

/** A parameter of a generator: words to choose from, or whole numbers from the least to the greatest. */
export interface Parameter {
  about: string;
  values: readonly string[] | readonly [least: number, greatest: number];
  /** What is taken where nothing is chosen; default: all words. */
  default?: readonly string[] | undefined;
}

/** Values that were chosen for parameters. */
export type Chosen = Readonly<Record<string, readonly string[]>>;

/** A subject that a generator can ask about: one value for each of its parameters. */
export interface GeneratedTopic {
  /** Unique within the generator. */
  name: string;
  /** Wider subjects that it shares with others. */
  parents: readonly string[];
  parameters: Readonly<Record<string, string>>;
}

/** Who makes questions that nobody has seen, with answers that are right by construction. */
export interface Generator {
  readonly name: string;
  /** One line. */
  readonly about: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The topics of chosen values; values are checked before (see `topicsOf`). */
  topics(chosen: Chosen): readonly GeneratedTopic[];
  /** Questions of a topic; the same seed gives the same ones. */
  questions(topic: GeneratedTopic, n: number, seed: Seed): AsyncIterable<Made>;
  /** Is this answer right, found in another way than the generator made it? Null where the check cannot tell. */
  check?(task: Task, answer: string): boolean | null;
}
