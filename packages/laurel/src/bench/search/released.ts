import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Example, InputError, type JsonObject, task } from "../../core/index.ts";
import { clusterOf } from "../../io/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import type { AskedQuestion, AskedTopic, SearchRound } from "./search.ts";

/** What a run of the released AutoBencher left. */
export interface ReleasedRun {
  /** All questions, `context.category` among others; labels hold nothing, since there are no candidates. */
  examples: Example[];
  /** The rounds with the one test taker's credits, for `searchReport` with one taker; without the iterations whose answers are not there. */
  rounds: SearchRound[];
}

/**
 * Reads the files that the released AutoBencher writes: `<prefix><iteration>.KI_questions.json` and, where they are there,
 * `<prefix><iteration>.compare_answers.json`.
 *
 * Files are JSON lists or JSON lines. A question's gold is `gold_answer`, else `answer`; answers belong to questions by `id` and question
 * text, and `is_correct` is the text "true" or "false" (anything else leaves a question ungraded). Missing page views count 0, as there.
 *
 * @param folder where the files are
 * @param prefix what their names begin with; may be empty
 * @throws InputError for a folder without such files, or a record that is no question
 * @source AutoBencher's repository, wiki_autobencher.py; no real file could be had here, so that the form rests on the specification
 * @example const { examples, rounds } = readAutoBencher("outputs", "history.")
 */
export function readAutoBencher(folder: string, prefix = ""): ReleasedRun {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    throw new InputError({ file: folder }, "it is no folder that can be read");
  }
  const ending = ".KI_questions.json";
  const iterations = names
    .filter((name) => name.startsWith(prefix) && name.endsWith(ending))
    .map((name) => name.slice(prefix.length, -ending.length))
    .filter((text) => /^\d{1,6}$/.test(text))
    .map(Number)
    .sort((a, b) => a - b);
  if (iterations.length === 0)
    throw new InputError({ file: folder }, `it has no files ${prefix}<iteration>${ending}`, "name their prefix");
  const run: ReleasedRun = { examples: [], rounds: [] };
  for (const iteration of iterations) {
    const file = join(folder, `${prefix}${iteration}${ending}`);
    const examples = records(file).map((record, i) => exampleAt(record, i, iteration, file));
    run.examples.push(...examples);
    const answers = `${prefix}${iteration}.compare_answers.json`;
    if (names.includes(answers)) run.rounds.push(roundOf(iteration, examples, records(join(folder, answers))));
  }
  return run;
}

function records(file: string): Raw[] {
  const text = readFileSync(file, "utf8");
  let list: unknown;
  try {
    list = /^\s*\[/.test(text)
      ? JSON.parse(text)
      : text
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map((line): unknown => JSON.parse(line));
  } catch {
    throw new InputError({ file }, "it is neither a JSON list nor JSON lines");
  }
  if (!Array.isArray(list)) throw new InputError({ file }, "it holds no list of records");
  return list.map((one: unknown, i) => {
    if (!isRaw(one)) throw new InputError({ file, line: i + 1 }, "a record is no object");
    return one;
  });
}

function exampleAt(record: Raw, i: number, iteration: number, file: string): Example {
  const { id, question } = record;
  const gold = record["gold_answer"] ?? record["answer"];
  if (typeof question !== "string" || question.trim() === "")
    throw new InputError({ file, line: i + 1, field: "question" }, "expected a text");
  if (typeof gold !== "string" && typeof gold !== "number")
    throw new InputError({ file, line: i + 1, field: "gold_answer" }, "expected a text or a number");
  const texts = ["category", "parent_category", "additional_requirement", "wiki_entity", "difficulty"] as const;
  const context: JsonObject = {
    iteration,
    ...Object.fromEntries(
      texts.flatMap((name) => (record[name] === undefined ? [] : [[name, record[name] as string]])),
    ),
    salience: typeof record["salience"] === "number" ? record["salience"] : 0,
    source: String(id ?? i),
  };
  const made = task(question, [], gold, { id: `${iteration}/${i}`, context });
  const category = String(record["category"] ?? "no category");
  return { task: made, labels: {}, cluster: clusterOf(made.prompt), subsets: { category } };
}

function roundOf(iteration: number, examples: readonly Example[], answers: readonly Raw[]): SearchRound {
  const key = (id: unknown, question: unknown): string => JSON.stringify([String(id), question]);
  const said = new Map(answers.map((one) => [key(one["id"], one["question"]), one]));
  const topics = new Map<
    string,
    { topic: AskedTopic["topic"]; salience: number; asked: AskedQuestion[]; lost: number }
  >();
  for (const example of examples) {
    const { context, prompt } = example.task;
    const name = example.subsets["category"]!;
    const parent = context?.["parent_category"];
    const own = topics.get(name) ?? {
      topic: { name, parents: typeof parent === "string" ? [parent] : [] },
      salience: context?.["salience"] as number,
      asked: [],
      lost: 0,
    };
    topics.set(name, own);
    const verdict = String(said.get(key(context?.["source"], prompt[0]!.content))?.["is_correct"])
      .trim()
      .toLowerCase();
    if (verdict !== "true" && verdict !== "false") own.lost++;
    else
      own.asked.push({
        example,
        credits: [verdict === "true" ? 1 : 0],
        half: (own.asked.length + own.lost) % 2 === 0 ? "selection" : "report",
      });
  }
  const all = [...topics.values()];
  const enough = ({ asked }: { asked: readonly AskedQuestion[] }): boolean =>
    asked.length >= 5 && new Set(asked.map(({ half }) => half)).size === 2;
  return {
    iteration,
    proposed: all.length,
    topics: all
      .filter(enough)
      .map(({ topic, salience, asked, lost }) => ({ topic, salience, questions: asked, ungraded: lost })),
    dropped: all
      .filter((one) => !enough(one))
      .map(({ topic, asked }) => ({ name: topic.name, why: `${asked.length} graded questions are too few` })),
  };
}
