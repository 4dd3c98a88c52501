import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  adaptiveProposer,
  type askJudge,
  auditGold,
  checkPair,
  comparerTaker,
  expressionWriter,
  formsOf,
  type GoldAudit,
  generatorOf,
  generators,
  modelProposer,
  modelTaker,
  openJournal,
  pairTopics,
  pairWriter,
  randomProposer,
  rewardTaker,
  type SearchReport,
  type SearchRound,
  searchBenchmark,
  searchReport,
  type Taker,
  type TaskWriter,
  type Topic,
  type TopicProposer,
  topicKey,
  topicsOf,
} from "../bench/index.ts";
import {
  directContext,
  type Example,
  hashJson,
  InputError,
  type JsonObject,
  LaurelError,
  NotEnoughDataError,
  seedFrom,
  UsageError,
} from "../core/index.ts";
import { openSource } from "../io/index.ts";
import { nativeRow } from "../io/schemas/native.ts";
import { writeRows } from "../io/write-rows.ts";
import { languageModelFrom } from "../models/index.ts";
import { withModelRun } from "../models/model-run.ts";
import { Pool, readExamples } from "../run/index.ts";
import { allKinds, rewardFrom, rewardFromText, specFromText } from "../spec/index.ts";
import { judgeFrom } from "./audit-judge.ts";
import { chosenOf, type GeneratorOptions, goldJson, listed, mayWrite } from "./bench-make.ts";
import { searchText, writeSearchPage } from "./bench-search-report.ts";
import { onInterrupt, type RunOptions, runOptions, storeOf } from "./input.ts";
import { counted } from "./terminal.ts";

interface Options extends GeneratorOptions, RunOptions {
  takers: readonly string[];
  grade?: string;
  proposer: string;
  writer: string;
  theme?: string;
  topics?: string;
  generators?: string;
  listTopics?: boolean;
  previous?: readonly string[];
  n?: number;
  rounds: number;
  propose: number;
  keep: number;
  choose: number;
  target: string;
  explore: number;
  minSalience?: number;
  audit: number;
  withSelection?: boolean;
  level: number;
  out?: string;
  overwrite?: boolean;
  html?: string;
  json?: boolean;
}

/** `laurel bench make search`: topics on which takers fail. */
export async function benchSearch(options: Options): Promise<void> {
  const topics = await topicsFor(options);
  if (options.listTopics === true) {
    for (const topic of topics) process.stdout.write(`${JSON.stringify(topic)}\n`);
    return;
  }
  if (options.takers.length === 0)
    throw new UsageError("a search needs somebody to fail", "--takers SPEC …: rewards, judges, or model:SPEC");
  const target = targetOf(options.target);
  const out = options.out ?? "searched.jsonl";
  // where its journal is there, the same command goes on or writes the same again
  if (!existsSync(`${out}.rounds`)) mayWrite(out, options.overwrite);
  using store = await storeOf(options);
  // one pool for the whole search: a taker is called once a topic
  await using pool = new Pool({ workers: options.workers });
  const run = { ...runOptions(options, store), repeats: 1, pool };
  const takers: Taker[] = [];
  for (const text of options.takers) takers.push(await takerOf(text, options.grade, run));
  const names = distinct(takers.map(({ name }) => name));
  const { proposer, writer } = await partsOf(options, topics);
  const seed = seedFrom(options.seed);
  const { rounds, n = 50, propose, keep, minSalience } = options;
  const journal = await openJournal(
    `${out}.rounds`,
    {
      v: 1,
      search: "laurel bench make search",
      takers: names,
      options: {
        seed,
        n,
        propose,
        keep,
        target: options.target,
        minSalience: minSalience ?? null,
        topics: hashJson(topics as unknown as JsonObject[]),
        proposer: proposer.name,
        writer: writer.name,
        theme: options.theme ?? null,
      },
      fingerprints: [proposer.fingerprint, writer.fingerprint, ...takers.map(({ fingerprint }) => fingerprint)],
    },
    { overwrite: options.overwrite, rounds },
  );
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop, "finishing the round in work");
  let halted: LaurelError | undefined;
  const context = withModelRun(directContext({ seed }), {
    cache: options.cache === "off" ? undefined : store,
    budget: run.budget,
    identities: run.identities,
    halt(error) {
      halted ??= error;
    },
  });
  const found: SearchRound[] = [];
  try {
    if (journal.done.length > 0)
      process.stderr.write(`laurel: ${counted(Math.min(rounds, journal.done.length), "rounds")} are there already\n`);
    for await (const round of searchBenchmark(proposer, writer, takers, {
      iterations: rounds,
      perIteration: propose,
      keep,
      questions: n,
      target,
      minSalience,
      seed,
      context,
      done: journal.done,
      stop: stop.signal,
    })) {
      if (halted !== undefined) throw halted;
      found.push(round);
      if (found.length <= journal.done.length) continue;
      await journal.append(round);
      process.stderr.write(
        `laurel: round ${round.iteration + 1} of ${rounds}: ${counted(round.topics.length, "topics")}\n`,
      );
    }
  } catch (thrown) {
    throw halted ?? thrown;
  } finally {
    await journal.close();
  }
  if (stop.signal.aborted && found.length < rounds)
    throw new LaurelError("interrupted", `stopped after ${found.length} of ${rounds} rounds`, {
      hint: "the same command goes on",
      exitCode: 130,
    });
  const previous = await previousOf(options.previous ?? [], takers, context);
  const report = searchReport(found, names, { choose: options.choose, previous, seed, level: options.level });
  const chosen = chosenQuestions(found, report, options.withSelection === true);
  const gold = await auditGold(
    found.flatMap((round) => round.topics.flatMap(({ questions }) => questions)),
    ({ task, labels, ...rest }) => checkPair({ task, labels, ...rest }),
    { sample: options.audit, seed, level: options.level },
  );
  await writeRows(
    out,
    (async function* () {
      yield chosen.map(nativeRow);
    })(),
  );
  const made = { report, gold, out, rows: chosen.length, proposer: proposer.name, writer: writer.name };
  if (options.html !== undefined) await writeSearchPage(made, options.html);
  if (options.json === true) process.stdout.write(`${JSON.stringify(searchJson(made), null, 2)}\n`);
  else process.stdout.write(`${searchText(made, options.html).join("\n")}\n`);
}

/** What a search made. */
export interface MadeBySearch {
  report: SearchReport;
  gold: GoldAudit;
  out: string;
  rows: number;
  proposer: string;
  writer: string;
}

function searchJson({ report, gold, ...about }: MadeBySearch): object {
  const plain = ({ accuracies, ...rest }: SearchReport["topics"][number]["selection"]) => ({
    ...rest,
    accuracies: [...accuracies],
  });
  return {
    v: 1,
    ...about,
    ...report,
    out: resolve(about.out),
    topics: report.topics.map((one) => ({
      ...one,
      selection: plain(one.selection),
      report: { ...one.report, accuracies: [...one.report.accuracies] },
    })),
    gold: goldJson(gold),
  };
}

function chosenQuestions(rounds: readonly SearchRound[], report: SearchReport, both: boolean): Example[] {
  const chosen = new Set(report.chosen);
  return rounds.flatMap((round) =>
    round.topics
      .filter(({ topic }) => chosen.has(topic.name))
      .flatMap(({ questions }) =>
        questions
          .filter(({ half }) => both || half === "report")
          .map(({ example, half }) => ({ ...example, subsets: { ...example.subsets, half } })),
      ),
  );
}

function targetOf(text: string): readonly [number, number] {
  const match = /^(\d(?:\.\d+)?)-(\d(?:\.\d+)?)$/.exec(text.trim());
  const [low, high] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || low > high || high > 1)
    throw new UsageError(`--target: expected two accuracies, such as 0.1-0.3, not '${text}'`);
  return [low, high];
}

/** Names that are told apart: of equal ones the second is `name (2)`. */
function distinct(names: readonly string[]): string[] {
  const times = new Map<string, number>();
  return names.map((name) => {
    const n = (times.get(name) ?? 0) + 1;
    times.set(name, n);
    return n === 1 ? name : `${name} (${n})`;
  });
}

async function takerOf(
  text: string,
  grade: string | undefined,
  run: Parameters<typeof rewardTaker>[1],
): Promise<Taker> {
  if (text.startsWith("model:")) {
    const model = await languageModelFrom(modelText(text.slice("model:".length)));
    return modelTaker(model, await rewardFromText(grade ?? "verify.math"), run);
  }
  const spec = await specFromText(text);
  const kind = typeof spec === "string" ? spec : String((spec as JsonObject)["kind"]);
  if (allKinds()[kind]?.makes !== "comparer") return rewardTaker(await rewardFrom(spec), run);
  const { comparer, name, orders } = await judgeFrom(text);
  return comparerTaker(comparer, { ...run, orders } as Parameters<typeof askJudge>[2], name);
}

/** A model's spec from a command line: JSON where it begins with a brace, else its short form. */
function modelText(text: string): unknown {
  if (!text.trimStart().startsWith("{")) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`'${text}' is no JSON`, 'such as {"url": "http://127.0.0.1:8080/v1", "model": "m"}');
  }
}

async function partsOf(
  options: Options,
  topics: readonly Topic[],
): Promise<{ proposer: TopicProposer; writer: TaskWriter }> {
  const made = options.writer === "generators";
  const writer = made
    ? pairWriter()
    : expressionWriter(await languageModelFrom(modelText(options.writer)), { forms: formsOf(listed(options.forms)) });
  const { proposer } = options;
  if (proposer === "adaptive" || proposer === "random") {
    if (!made && options.topics === undefined)
      throw new UsageError(
        `the proposer '${proposer}' chooses from a list, and a model writes the questions`,
        "name the topics with --topics FILE, or a model after --proposer",
      );
    return {
      proposer: proposer === "random" ? randomProposer(topics) : adaptiveProposer(topics, { explore: options.explore }),
      writer,
    };
  }
  const model = await languageModelFrom(modelText(proposer));
  const list = made || options.topics !== undefined ? topics : undefined;
  return { proposer: modelProposer(model, { topics: list, theme: options.theme }), writer };
}

/** The topics of a file, or of the generators. */
async function topicsFor(options: Options): Promise<Topic[]> {
  const names = listed(options.generators) ?? generators.map(({ name }) => name);
  const chosen = chosenOf(options);
  const known = names.flatMap((name) => {
    const generator = generatorOf(name);
    // a parameter is chosen for the generators that have it
    const own = Object.fromEntries(Object.entries(chosen).filter(([key]) => key in generator.parameters));
    return pairTopics(generator, topicsOf(generator, own), formsOf(listed(options.forms)));
  });
  const strange = Object.keys(chosen).find((key) => !names.some((name) => key in generatorOf(name).parameters));
  if (strange !== undefined) throw new UsageError(`no generator has a parameter '${strange}'`);
  if (options.topics === undefined) return known;
  return topicsIn(options.topics, known, options.writer === "generators");
}

async function topicsIn(file: string, known: readonly Topic[], generated: boolean): Promise<Topic[]> {
  const byName = new Map(known.map((topic) => [topicKey(topic.name), topic]));
  const topics: Topic[] = [];
  const opened = await openSource(file);
  for await (const batch of opened.batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      const place = { file: opened.file, line };
      const { name, parents, parent, requirement, salience, source } = row as JsonObject;
      if (typeof name !== "string" || name.trim() === "")
        throw new InputError({ ...place, field: "name" }, "expected a topic's name");
      const weight = salience === undefined || salience === null || salience === "" ? undefined : Number(salience);
      if (weight !== undefined && !Number.isFinite(weight))
        throw new InputError({ ...place, field: "salience" }, `expected a number, not ${JSON.stringify(salience)}`);
      const listed_ = byName.get(topicKey(name));
      const own = typeof source === "object" && source !== null ? (source as JsonObject) : listed_?.source;
      if (generated && own === undefined)
        throw new InputError(
          { ...place, field: "name" },
          `no generator has a topic '${name}'`,
          "laurel bench make search --list-topics shows them; --writer MODEL writes on any",
        );
      const above = Array.isArray(parents)
        ? parents.map(String)
        : typeof parent === "string"
          ? [parent]
          : listed_?.parents;
      topics.push({
        name,
        ...(above === undefined ? {} : { parents: above }),
        ...(typeof requirement === "string" ? { requirement } : {}),
        ...(weight === undefined ? {} : { salience: weight }),
        ...(own === undefined ? {} : { source: own }),
      });
    }
  if (topics.length === 0) throw new NotEnoughDataError(`${file} names no topics`);
  return topics;
}

/** The takers' accuracies on files of labelled rows. */
async function previousOf(
  files: readonly string[],
  takers: readonly Taker[],
  context: Parameters<Taker["answer"]>[1],
): Promise<Float64Array[]> {
  const sets: Float64Array[] = [];
  for (const file of files) {
    const examples: Example[] = [];
    for await (const batch of readExamples(file, {
      onBad: (bad) => {
        throw bad;
      },
    }))
      examples.push(...batch);
    const accuracies: number[] = [];
    for (const taker of takers) {
      const credits = (await taker.answer(examples, context)).filter((one) => one !== null);
      if (credits.length === 0) throw new NotEnoughDataError(`${taker.name} could be graded on no row of ${file}`);
      accuracies.push(credits.reduce((sum, one) => sum + one, 0) / credits.length);
    }
    sets.push(Float64Array.from(accuracies));
  }
  return sets;
}
