import { existsSync, readFileSync } from "node:fs";
import { truncate } from "node:fs/promises";
import {
  type Comparer,
  canonicalJson,
  type Example,
  InputError,
  isScored,
  type JsonObject,
  type Reward,
  type Score,
  seedFrom,
  sha256,
  split,
  UsageError,
} from "../core/index.ts";
import { openAppend, type ScoreTable, shuffleCandidates, truncateToLastWholeLine } from "../io/index.ts";
import { isRaw } from "../io/messages.ts";
import { rememberPlaces, scoresFor } from "../rewards/precomputed.ts";
import { type ScoreAllOptions, scoreBatches } from "../run/score-all.ts";
import type { Answered, Benchmark, Game } from "./benchmark.ts";
import { askJudge } from "./judge-audit/ask.ts";
import { sides } from "./rules.ts";

/** Who answers: a reward, a comparer, or a file of scores. */
export type Contestant =
  | { name: string; reward: Reward }
  | { name: string; comparer: Comparer; orders?: "both" | "one" | undefined }
  | { name: string; table: ScoreTable };

/** The first line of a run's file. */
export interface RunHeader {
  v: 1;
  benchmark: string;
  system: string;
  /** What was run; null where it states no version. */
  fingerprint: string | null;
  seed: string;
  /** How it was asked: by values, or by games in one order or both. */
  by: "values" | "one order" | "both orders";
  /** How often each pair was asked about, where more than once: in an order drawn each time, unless in both. */
  repeats?: number | undefined;
  /** A hash of the items' ids and labels, so that two runs can be told to be of the same items. */
  items: string;
  count: number;
}

/** A run of a benchmark: what was run, and what each item got. */
export interface BenchRun {
  header: RunHeader;
  items: Answered[];
}

/** Options of `runBenchmark`. */
export interface RunBenchmarkOptions extends ScoreAllOptions {
  /** Where each item is kept as it comes, a line an item; a run that was interrupted goes on there. */
  out?: string | undefined;
  overwrite?: boolean | undefined;
  onResume?: ((items: number) => void) | undefined;
}

/**
 * Runs a reward, a comparer or a file of scores on a benchmark's examples, and keeps each item.
 *
 * Candidates are shown in an order that the seed and the item's id decide, since files often have the right one first; what is kept stands
 * in the file's order. A comparer is asked about each pair of a right and a wrong candidate, in both orders where the benchmark says so.
 *
 * @returns all items in the benchmark's order, those of an earlier go included
 * @throws UsageError where `out` holds another run; as `scoreBatches`
 * @example const { items } = await runBenchmark(benchmark, examples, { name: "length", reward }, { out: "length.run.jsonl" })
 */
export async function runBenchmark(
  benchmark: Benchmark,
  examples: readonly Example[],
  contestant: Contestant,
  options: RunBenchmarkOptions = {},
): Promise<BenchRun> {
  const seed = seedFrom(options.seed ?? 0);
  const header: RunHeader = {
    v: 1,
    benchmark: benchmark.id,
    system: contestant.name,
    fingerprint: fingerprintOf(contestant),
    seed,
    by:
      "comparer" in contestant ? (ordersOf(benchmark, contestant) === "both" ? "both orders" : "one order") : "values",
    items: itemsHash(examples),
    count: examples.length,
    ...(options.repeats === undefined || options.repeats === 1 ? {} : { repeats: options.repeats }),
  };
  if (header.repeats !== undefined && "table" in contestant)
    throw new UsageError("a file of scores holds one answer an item", "leave --repeat out");
  const done = options.out === undefined ? new Map<string, Answered>() : await begin(options.out, header, options);
  const left = examples.filter(({ task }) => !done.has(task.id));
  const writer = options.out === undefined ? undefined : await openAppend(options.out);
  try {
    if (done.size === 0) await writer?.append(JSON.stringify(header));
    for await (const items of answers(benchmark, left, contestant, { ...options, seed })) {
      await writer?.append(items.map((item) => JSON.stringify(item)));
      for (const item of items) done.set(item.id, item);
    }
  } finally {
    await writer?.flush(true);
    await writer?.close();
  }
  return { header, items: examples.flatMap(({ task }) => done.get(task.id) ?? []) };
}

/**
 * The items of a benchmark that a contestant can answer: a comparer answers those with two candidates or more.
 *
 * @throws UsageError where there are none
 */
export function answerable(
  benchmark: Benchmark,
  examples: readonly Example[],
  contestant: Contestant,
): readonly Example[] {
  if (!("comparer" in contestant)) return examples;
  const pairs = examples.filter(({ task }) => task.candidates.length > 1);
  if (pairs.length === 0)
    throw new UsageError(
      `${benchmark.title} has no pairs here that ${contestant.name} could compare`,
      "give a reward of steps with --reward",
    );
  return pairs;
}

function fingerprintOf(contestant: Contestant): string | null {
  if ("reward" in contestant) return contestant.reward.fingerprint;
  if ("comparer" in contestant) return contestant.comparer.fingerprint;
  return null;
}

function itemsHash(examples: readonly Example[]): string {
  const marks = examples.map(({ task, labels }) => {
    const { extra: _, parts: __, ...own } = labels;
    return [task.id, task.candidates.length, own];
  });
  return sha256(canonicalJson(marks as never)).slice(0, 16);
}

function ordersOf(benchmark: Benchmark, { orders }: { orders?: "both" | "one" | undefined }): "both" | "one" {
  const both = benchmark.asks === "pairs in both orders" || benchmark.somePairs === true;
  return orders === "one" || !both ? "one" : "both";
}

/** Makes a file of items ready to go on, or refuses it. */
async function begin(out: string, header: RunHeader, options: RunBenchmarkOptions): Promise<Map<string, Answered>> {
  if (!existsSync(out) || options.overwrite === true) {
    if (existsSync(out)) await truncate(out, 0);
    return new Map();
  }
  await truncateToLastWholeLine(out);
  const text = readFileSync(out, "utf8");
  if (text === "") return new Map();
  const hint = "write over it with --overwrite, or name another file after --out";
  const known = readBenchRun(out);
  const words: readonly [keyof RunHeader, string][] = [
    ["benchmark", "another benchmark"],
    ["system", "another reward"],
    ["fingerprint", "another version of the reward"],
    ["seed", "another seed"],
    ["by", "other orders"],
    ["items", "other items"],
    ["repeats", "another number of repeats"],
  ];
  const changed = words.filter(([key]) => known.header[key] !== header[key]).map(([, what]) => what);
  if (changed.length > 0) throw new UsageError(`${out} is a run with ${changed.join(" and ")}`, hint);
  if (header.fingerprint === null && known.items.length < header.count)
    throw new UsageError(`${out} is unfinished, and ${header.system} states no version to go on with`, hint);
  options.onResume?.(known.items.length);
  return new Map(known.items.map((item) => [item.id, item]));
}

/**
 * A run that `runBenchmark` kept.
 *
 * @throws InputError for a file that is none
 */
export function readBenchRun(file: string): BenchRun {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new InputError({ file }, "it cannot be read", "laurel bench run NAME --out FILE writes one");
  }
  const lines = text.split("\n").filter((line) => line !== "");
  const parsed = lines.map((line, i): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      throw new InputError({ file, line: i + 1 }, "it is no JSON");
    }
  });
  const [header, ...items] = parsed;
  if (!isRaw(header) || typeof header["benchmark"] !== "string" || typeof header["system"] !== "string")
    throw new InputError(
      { file, line: 1 },
      "it is no run of a benchmark",
      "laurel bench run NAME --out FILE writes one",
    );
  for (const [i, item] of items.entries())
    if (!isRaw(item) || typeof item["id"] !== "string" || !Array.isArray(item["values"]))
      throw new InputError({ file, line: i + 2 }, "it is no item of a run");
  return { header: header as unknown as RunHeader, items: items as Answered[] };
}

async function* answers(
  benchmark: Benchmark,
  examples: readonly Example[],
  contestant: Contestant,
  options: RunBenchmarkOptions,
): AsyncGenerator<Answered[]> {
  if ("table" in contestant) {
    yield examples.map((example) => fromTable(benchmark, example, contestant.table));
    return;
  }
  const order = split(seedFrom(options.seed ?? 0), "order");
  if ("comparer" in contestant) {
    const one = (options.repeats ?? 1) > 1 && contestant.orders !== "one" ? "drawn" : "one";
    const orders = ordersOf(benchmark, contestant) === "both" ? "both" : one;
    for (let at = 0; at < examples.length; at += chunk) {
      const some = examples.slice(at, at + chunk).map((example) => ({ example, ...shuffle(example, order) }));
      const { votes } = await askJudge(
        contestant.comparer,
        some.map(({ shuffled }) => shuffled),
        {
          ...options,
          orders,
          which: some.some(({ example }) => example.task.candidates.length > 2) ? "labelled" : "all",
        },
      );
      const byId = Map.groupBy(votes, ({ id }) => id);
      yield some.map(({ example, places }) => {
        const heard = (byId.get(example.task.id) ?? []).sort((a, b) => a.repeat - b.repeat);
        const gamesOf = (own: typeof heard): Game[] =>
          own.map(({ first, second, p, strength }) => ({
            first: places[first]!,
            second: places[second]!,
            p,
            ...(strength === undefined ? {} : { strength }),
          }));
        const games = gamesOf(heard);
        const answer = { ...bare(benchmark, example), values: valuesOfGames(example, games), votes: games };
        if ((options.repeats ?? 1) === 1 || benchmark.rule.countsVotes === true) return answer;
        const repeats = [...Map.groupBy(heard, ({ repeat }) => repeat)].map(([, own]) => {
          const votes = gamesOf(own);
          return { values: valuesOfGames(example, votes), votes };
        });
        return { ...answer, repeats };
      });
      if (options.stop?.aborted === true) return;
    }
    return;
  }
  const waiting = new Map<object, { example: Example; places: readonly number[] }>();
  const tasks = function* () {
    for (const example of examples) {
      rememberPlaces(example.task);
      const { shuffled, places } = shuffle(example, order);
      waiting.set(shuffled.task, { example, places });
      yield [shuffled.task];
    }
  };
  for await (const rows of scoreBatches(contestant.reward, tasks(), options))
    yield [...Map.groupBy(rows, ({ task }) => task)].map(([task, own]) => {
      const { example, places } = waiting.get(task)!;
      waiting.delete(task);
      const each = own.map(({ row }) => {
        const scores = new Array<Score>(places.length);
        for (const [now, before] of places.entries()) scores[before] = row.scores[now]!;
        return fromScores(benchmark, example, scores);
      });
      return each.length === 1 ? each[0]! : averaged(each);
    });
}

/** Several answers for an item as one: means of values and steps, and each answer. */
function averaged(each: readonly Answered[]): Answered {
  const first = each[0]!;
  const mean = (values: readonly (number | null | undefined)[]): number | null => {
    const known = values.filter((one) => one !== null && one !== undefined);
    return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
  };
  const steps = first.steps?.map((own, c) => own?.map((_, s) => mean(each.map((one) => one.steps?.[c]?.[s]))) ?? null);
  return {
    ...first,
    values: first.values.map((_, c) => mean(each.map((one) => one.values[c]))),
    ...(steps === undefined ? {} : { steps }),
    repeats: each.map((one) => ({ values: one.values, ...(one.steps === undefined ? {} : { steps: one.steps }) })),
  };
}

/** Items that a comparer is asked about before they are kept. */
const chunk = 32;

function shuffle(example: Example, seed: string): { shuffled: Example; places: readonly number[] } {
  const { example: shuffled, order } = shuffleCandidates(example, seed);
  return { shuffled, places: order };
}

function bare(benchmark: Benchmark, { task, labels, cluster, subsets }: Example): Omit<Answered, "values"> {
  const { extra, parts: _, ...own } = labels;
  const kept = (benchmark.keep ?? []).filter((name) => extra?.[name] !== undefined);
  const facts: JsonObject = Object.fromEntries(kept.map((name) => [name, extra![name]]));
  return { id: task.id, cluster, subsets, labels: own, ...(kept.length > 0 ? { facts } : {}) };
}

function fromScores(benchmark: Benchmark, example: Example, scores: readonly Score[]): Answered {
  const values = scores.map((score) => (isScored(score) ? score.value : null));
  const item: Answered = { ...bare(benchmark, example), values };
  if (benchmark.asks !== "steps") return item;
  const steps = scores.map((score) =>
    isScored(score) ? (score.local?.find(({ unit }) => unit === "step")?.values ?? null) : null,
  );
  return steps.every((one) => one === null) ? item : { ...item, steps };
}

/** Of step benchmarks a row a task holds the steps' values, and a row a candidate what the benchmark's rule takes for the whole. */
function fromTable(benchmark: Benchmark, example: Example, table: ScoreTable): Answered {
  const count = example.labels.steps === undefined ? undefined : example.task.candidates[0]?.steps?.length;
  const group = table.group(example.task.id);
  if (
    benchmark.asks === "steps" &&
    table.format === "laurel" &&
    count !== undefined &&
    example.task.candidates.length === 1
  ) {
    if (group !== undefined && group.length !== count)
      throw new InputError(
        { file: table.file },
        `'${example.task.id}' has ${group.length} scores, but ${count} steps`,
        "a row is { id, scores: [one a step] }",
      );
    const steps = group?.map((one) => (one !== undefined && isScored(one) ? one.value : null)) ?? null;
    return { ...bare(benchmark, example), values: [null], steps: [steps] };
  }
  return fromScores(benchmark, example, scoresFor(table, example.task));
}

/** Values that say the same as the games, for rules that look at values: of a pair p and 1 − p; of one right candidate ½, of a wrong one 1 − p. */
function valuesOfGames({ task, labels }: Example, games: readonly Game[]): (number | null)[] {
  const p = (i: number, j: number): number | null => {
    const heard = games.flatMap((one) => {
      if (one.p === null) return [];
      if (one.first === i && one.second === j) return [one.p];
      return one.first === j && one.second === i ? [1 - one.p] : [];
    });
    return heard.length === 0 ? null : heard.reduce((sum, one) => sum + one, 0) / heard.length;
  };
  if (task.candidates.length === 2) {
    const first = p(0, 1);
    return [first, first === null ? null : 1 - first];
  }
  const { right } = sides({ labels, id: task.id });
  if (right.length !== 1) return task.candidates.map(() => null);
  return task.candidates.map((_, i) => {
    if (i === right[0]) return 0.5;
    const won = p(right[0]!, i);
    return won === null ? null : 1 - won;
  });
}
