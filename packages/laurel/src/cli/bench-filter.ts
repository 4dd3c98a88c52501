import { resolve } from "node:path";
import { askJudge, type Ballot, ballotsOf, judgesOf, pairsOfExample, readVotes, type Vote } from "../bench/index.ts";
import { type Example, LaurelError, NotEnoughDataError, seedFrom, UsageError } from "../core/index.ts";
import { nativeRow, writeRows } from "../io/index.ts";
import { type Adversary, type AdversaryReport, adversarialFilter } from "../recipes/index.ts";
import { judgeFrom } from "./audit-judge.ts";
import { figure } from "./figures.ts";
import { onInterrupt, type RunOptions, runOptions, storeOf } from "./input.ts";
import { shown } from "./paths.ts";
import { examplesOf, type FormatOptions } from "./scored.ts";
import { counted, ProgressLine, plain, table, whole } from "./terminal.ts";

interface Options extends FormatOptions, RunOptions {
  judge: readonly string[];
  holdOut?: readonly string[];
  votes?: string;
  wrong?: number;
  keep?: number;
  out: string;
  level: number;
  json?: boolean;
}

/** `laurel bench filter`: the labelled pairs that a panel of judges gets wrong, and what judges without a say lose on them. */
export async function benchFilter(file: string, options: Options): Promise<void> {
  const { judge: names, holdOut = [], wrong, keep } = options;
  const twice = [...names, ...holdOut].find((name, i, all) => all.indexOf(name) < i);
  if (twice !== undefined)
    throw new UsageError(`'${twice}' is named twice`, "a judge either has a say in what is kept or is held out");
  const examples: Example[] = [];
  for await (const some of examplesOf(file, options)) examples.push(...some);
  if (examples.length === 0) throw new NotEnoughDataError(`${file} holds no rows`);
  const adversaries =
    options.votes === undefined
      ? await askedAll([...names, ...holdOut], examples, options)
      : await storedAll([...names, ...holdOut], examples, options.votes, file);
  const filter = adversarialFilter(examples, adversaries.slice(0, names.length), {
    wrongShare: wrong,
    keep,
    holdOut: adversaries.slice(names.length),
    seed: seedFrom(options.seed),
  });
  const rows = async function* () {
    for await (const example of filter) yield [nativeRow(example)];
  };
  await writeRows(options.out, rows());
  const { ledger } = filter;
  const report = filter.report(options.level);
  const say = options.out === "-" ? process.stderr : process.stdout;
  if (options.json === true) {
    say.write(`${JSON.stringify({ v: 1, file, written: options.out, ...ledger, judges: report }, null, 2)}\n`);
    return;
  }
  const { answered, unlabelled, unread } = ledger.dropped;
  say.write(
    `${[
      `kept ${whole(ledger.out)} of ${counted(ledger.in, "items")} (right for enough judges: ${whole(answered)}, without a labelled pair: ${whole(unlabelled)}, unread by most judges: ${whole(unread)})`,
      table(
        ["judge", "", "all", "kept", "left out − kept"],
        report.map((one) => [plain(one.judge, 40), one.heldOut ? "held out" : "filters", ...cells(one)]),
      ),
      holdOut.length === 0
        ? "No judge was held out: that the judges which filter fail on what is kept is so by construction. --hold-out NAME says how hard it is for others."
        : "Only held-out judges say how hard the kept items are; those that filter fail on them by construction, and cannot be ranked on them.",
      "Look at the labels of what is kept: wrong labels look like hard items.",
      ...(options.out === "-" ? [] : [`written: ${shown(resolve(options.out))}`]),
    ].join("\n")}\n`,
  );
}

function cells({ all, kept, harder }: AdversaryReport): string[] {
  return [all, kept, harder].map((one) => (one === undefined ? "–" : figure(one)));
}

/** Judges whose verdicts are stored, by their names. */
async function storedAll(
  names: readonly string[],
  examples: readonly Example[],
  votesFile: string,
  file: string,
): Promise<Adversary[]> {
  const votes = await readVotes(votesFile);
  const there = judgesOf(votes);
  return names.map((name) => {
    if (!there.includes(name))
      throw new UsageError(`there are no verdicts of '${name}'`, `there are those of ${there.slice(0, 20).join(", ")}`);
    const own = votes.filter(({ judge }) => judge === name);
    const found = adversaryOf(name, examples, own);
    if (found === undefined)
      throw new UsageError(
        `none of the ${counted(own.length, "verdicts")} of ${name} is on a pair of ${file}`,
        `the tasks have ids such as '${examples[0]!.task.id}', the verdicts such as '${own[0]!.id}'`,
      );
    return found;
  });
}

/** Judges that are asked: `--repeat` times about each pair, in an order drawn each time. */
async function askedAll(
  specs: readonly string[],
  examples: readonly Example[],
  options: Options,
): Promise<Adversary[]> {
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const found: Adversary[] = [];
  for (const text of specs) {
    const judge = await judgeFrom(text);
    const line = new ProgressLine({ total: examples.length });
    try {
      const { votes } = await askJudge(judge.comparer, examples, {
        ...runOptions(options, store),
        orders: judge.orders === "both" ? "drawn" : "one",
        stop: stop.signal,
        onProgress: (progress) => line.update(progress),
        onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
      });
      if (stop.signal.aborted)
        throw new LaurelError("interrupted", "stopped; nothing is kept of a part of the verdicts", { exitCode: 130 });
      found.push(adversaryOf(judge.name, examples, votes) ?? { name: judge.name, right: () => null });
    } finally {
      line.clear();
      await judge.comparer[Symbol.asyncDispose]?.();
    }
  }
  return found;
}

/** A judge by its verdicts: of each example, the share of labelled pairs on which more of them are right than wrong; undefined without any. */
function adversaryOf(name: string, examples: readonly Example[], votes: readonly Vote[]): Adversary | undefined {
  const pairs = examples.flatMap((example) => pairsOfExample(example));
  const { ballots } = ballotsOf(pairs, votes);
  if (ballots.length === 0) return undefined;
  const rights = new Map<string, number[]>();
  for (const ballot of ballots) {
    const right = majority(ballot);
    if (right !== undefined) rights.set(ballot.pair.id, [...(rights.get(ballot.pair.id) ?? []), right]);
  }
  return {
    name,
    right: ({ task }) => {
      const own = rights.get(task.id);
      return own === undefined ? null : own.reduce((sum, one) => sum + one, 0) / own.length;
    },
  };
}

function majority({ pair, lowFirst, highFirst }: Ballot): number | undefined {
  if (pair.label !== "low" && pair.label !== "high") return undefined;
  const heard = [...lowFirst, ...highFirst].flatMap(({ p }) => (p === null ? [] : [Math.sign(p - 0.5)]));
  if (heard.length === 0) return undefined;
  const lean = heard.reduce((sum, one) => sum + one, 0) * (pair.label === "low" ? 1 : -1);
  return lean > 0 ? 1 : lean < 0 ? 0 : 0.5;
}
