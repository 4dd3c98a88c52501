import { candidate, type Example, type JsonObject, random, type Seed, split, UsageError } from "../../core/index.ts";
import { clusterOf, didYouMean, shuffleCandidates } from "../../io/index.ts";
import type { TaskWriter, Topic } from "../search/index.ts";
import { type Form, forms } from "./forms.ts";
import type { GeneratedTopic, Generator } from "./generator.ts";
import { generatorOf, generators } from "./generators.ts";

/**
 * The forms of some names.
 *
 * @param names default: all
 * @throws UsageError for a name that there is not
 */
export function formsOf(names?: readonly string[]): readonly Form[] {
  if (names === undefined) return forms;
  return names.map((name) => {
    const found = forms.find((one) => one.name === name);
    if (found !== undefined) return found;
    const all = forms.map((one) => one.name);
    throw new UsageError(`there is no form '${name}'`, `${didYouMean(name, all)}; there are ${all.join(", ")}`);
  });
}

/**
 * Topics for a search: each topic of a generator in each form. Parents are the generator, the topic's own parents and the form.
 *
 * @example pairTopics(generatorOf("arithmetic"), topicsOf(generatorOf("arithmetic")), formsOf())
 */
export function pairTopics(
  generator: Generator,
  topics: readonly GeneratedTopic[],
  chosen: readonly Form[] = forms,
): Topic[] {
  return topics.flatMap((topic) =>
    chosen.map((form) => ({
      name: `${generator.name}: ${topic.name}; ${form.name}`,
      parents: [generator.name, ...topic.parents, form.name],
      source: { generator: generator.name, form: form.name, name: topic.name, parameters: topic.parameters },
    })),
  );
}

/** Options of `pairsOfTopic`. */
export interface PairOptions {
  n: number;
  seed: Seed;
}

/**
 * Pairs of a right and a wrong answer to fresh questions of a topic, in a form, with the right one in either place.
 *
 * @param topic as `pairTopics` makes them
 * @returns at most n; fewer where the form does not fit every question (a whole number has no other notation here)
 * @throws UsageError for a topic of no generator; as the generator
 */
export async function* pairsOfTopic(topic: Topic, options: PairOptions): AsyncGenerator<Example, void, undefined> {
  const source = sourceOf(topic);
  const generator = generatorOf(source.generator);
  const [form] = formsOf([source.form]);
  const own = { name: source.name, parents: topic.parents ?? [], parameters: source.parameters };
  const seed = split(options.seed, "pairs");
  let [made, at] = [0, 0];
  // a form that fits one question in four still gives n pairs
  for await (const question of generator.questions(own, 4 * options.n, split(options.seed, "questions"))) {
    if (made === options.n) return;
    const rng = random(split(seed, at++));
    const pair = form!.write(question, rng);
    if (pair === undefined) continue;
    made++;
    const { task } = question;
    const example: Example = {
      task: {
        ...task,
        id: `${topic.name} #${made}`,
        candidates: [candidate(pair.right), candidate(pair.wrong)],
        context: {
          ...task.context,
          generator: generator.name,
          form: form!.name,
          slip: question.slip,
          ...source.parameters,
        },
      },
      labels: {
        correct: [true, false],
        extra: { right: form!.name === "other-notation" ? question.other! : question.right, wrong: question.wrong },
      },
      cluster: clusterOf(task.prompt),
      subsets: { topic: `${generator.name}: ${source.name}`, form: form!.name, generator: generator.name },
    };
    yield shuffleCandidates(example, seed).example;
  }
}

interface Source {
  generator: string;
  form: string;
  name: string;
  parameters: Readonly<Record<string, string>>;
}

function sourceOf(topic: Topic): Source {
  const { generator, form, name, parameters } = (topic.source ?? {}) as JsonObject;
  if (
    typeof generator !== "string" ||
    typeof form !== "string" ||
    typeof parameters !== "object" ||
    parameters === null
  )
    throw new UsageError(
      `the topic '${topic.name}' names no generator and form`,
      "its source is { generator, form, name, parameters }",
    );
  return { generator, form, name: String(name ?? topic.name), parameters: parameters as Record<string, string> };
}

/** A writer of pairs for topics that `pairTopics` made. */
export function pairWriter(): TaskWriter {
  return {
    name: "generators",
    fingerprint: "generators 1",
    write: (topic, n, { seed }) => pairsOfTopic(topic, { n, seed }),
  };
}

/**
 * Is a pair's gold right: is the right answer right and the wrong one wrong, by the generator's own second way?
 *
 * @returns null where the generator has none, or it cannot tell
 */
export function checkPair({ task, labels }: Example): boolean | null {
  const generator = generators.find(({ name }) => name === task.context?.["generator"]);
  const { right, wrong } = labels.extra ?? {};
  if (generator?.check === undefined || typeof right !== "string" || typeof wrong !== "string") return null;
  const [yes, no] = [generator.check(task, right), generator.check(task, wrong)];
  if (yes === false || no === true) return false;
  return yes === null || no === null ? null : true;
}
