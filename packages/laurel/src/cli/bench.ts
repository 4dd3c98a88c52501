import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Answered,
  answerable,
  answeredAlone,
  type Benchmark,
  type BenchRun,
  benchmarkOf,
  benchmarkPage,
  benchmarks,
  type Contestant,
  type Credited,
  calibrate,
  credited,
  duelMatrix,
  type FeatureGap,
  importedBenchmark,
  type Leaderboard,
  leaderboard,
  leaderboardCsv,
  leaderboardFacts,
  leaderboardHtml,
  leaderboardLatex,
  loadBenchmark,
  picturesIn,
  readBenchRun,
  representationGap,
  runBenchmark,
  type Scorecard,
  scorecard,
  subsetFigure,
  surfaceFeatures,
  tiers,
  type UnscoredRule,
} from "../bench/index.ts";
import { answerText, type Example, LaurelError, NotEnoughDataError, seedFrom, UsageError } from "../core/index.ts";
import { readScores, writeFailure } from "../io/index.ts";
import { type BestByGroup, bestByGroup, type CalledRow, type CallRate } from "../stats/index.ts";
import { judgeFrom } from "./audit-judge.ts";
import { figure, pText } from "./figures.ts";
import { onInterrupt, type RunOptions, rewardOf, runOptions, storeOf } from "./input.ts";
import { shown } from "./paths.ts";
import { counted, ProgressLine, paint, plain, short, table, whole } from "./terminal.ts";

interface Shared {
  unscored: string;
  calibrate?: number;
  level: number;
  figure?: string;
  json?: boolean;
}

interface Run extends Shared, RunOptions {
  reward?: string;
  comparer?: string;
  scores?: string;
  name?: string;
  split?: string;
  config?: string;
  limit?: number;
  images?: string;
  out?: string;
  overwrite?: boolean;
}

interface Report extends Shared {
  by?: string;
  html?: string;
  csv?: string;
  latex?: string;
}

/** `laurel bench list`. */
export function benchList(name: string | undefined, options: { json?: boolean }): void {
  if (name !== undefined) {
    const one = benchmarkOf(name);
    process.stdout.write(options.json === true ? `${JSON.stringify(about(one), null, 2)}\n` : benchmarkPage(one));
    return;
  }
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ v: 1, benchmarks: benchmarks.map(about) }, null, 2)}\n`);
    return;
  }
  const lines: string[] = [];
  for (const tier of tiers) {
    const own = benchmarks.filter((one) => one.tier === tier);
    if (own.length === 0) continue;
    lines.push(
      paint("bold", `${tier} (${own.length})`),
      table(
        ["name", "asks for", "chance", "about"],
        own.map((one) => [one.id, one.asks, short(one.chance.value), plain(one.about, 90)]),
      ),
      "",
    );
  }
  lines.push(
    "Only the first two tiers count as support: of a 'schema only' benchmark no real row could be read here.",
    "laurel bench list NAME shows a benchmark's rule, licence, chance and pitfalls.",
  );
  process.stdout.write(`${lines.join("\n")}\n`);
}

function about(one: Benchmark): object {
  const { id, title, tier, tierWhy, data, asks, chance, pitfalls, published, rule } = one;
  const { text, source, unscored, figures } = rule;
  return {
    id,
    title,
    about: one.about,
    tier,
    tierWhy,
    data,
    asks,
    chance,
    rule: { text, source, unscored, figures: figures.map((own) => ({ name: own.name, about: own.about })) },
    pitfalls,
    published,
  };
}

/** `laurel bench run`. */
export async function benchRun(name: string, data: string | undefined, options: Run): Promise<void> {
  const benchmark = benchmarkOf(name);
  const given = [options.reward, options.comparer, options.scores].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new UsageError(
      "a run needs a reward, a comparer or a file of scores, and only one of them",
      "--reward SPEC, --comparer SPEC or --scores FILE",
    );
  const rule = unscoredRule(options.unscored);
  const run =
    options.scores !== undefined && data === undefined
      ? await aloneRun(benchmark, options.scores, options)
      : await fullRun(benchmark, data, options);
  const kept = reported(benchmark, run, options);
  const items = credited(benchmark, kept, rule);
  const card = scorecard(benchmark, items, options.level);
  if (options.json === true) {
    const { figures, subsets, unscored, repeats } = card;
    process.stdout.write(
      `${JSON.stringify({ v: 1, benchmark: benchmark.id, tier: benchmark.tier, system: run.header.system, by: run.header.by, chance: benchmark.chance, figures, subsets, items: card.items, unscored, ...(repeats === undefined ? {} : { repeats }) }, null, 2)}\n`,
    );
    return;
  }
  process.stdout.write(`${cardText(benchmark, run, card, options.out).join("\n")}\n`);
}

/** The items that are reported: all, or those that the threshold was not chosen on. */
function reported(benchmark: Benchmark, { header, items }: BenchRun, { calibrate: share }: Shared): Answered[] {
  if (share === undefined) return items;
  // the split hangs on the items alone, so that runs with other seeds are still compared on the same ones
  const { items: kept, threshold, calibration } = calibrate(benchmark, items, share, seedFrom(0));
  process.stderr.write(
    `laurel: ${plain(header.system, 60)}: a step below ${short(threshold)} is wrong, chosen on ${counted(calibration, "items")} that are left out\n`,
  );
  return kept;
}

/** Scores whose order tells which candidates are right. */
async function aloneRun(benchmark: Benchmark, file: string, options: Run): Promise<BenchRun> {
  const items = await answeredAlone(benchmark, file);
  const run: BenchRun = {
    header: {
      v: 1,
      benchmark: benchmark.id,
      system: options.name ?? file,
      fingerprint: null,
      seed: options.seed,
      by: "values",
      items: "in the order of the score file",
      count: items.length,
    },
    items: options.limit === undefined ? items : items.slice(0, options.limit),
  };
  if (options.out !== undefined)
    save(options.out, `${[run.header, ...run.items].map((one) => JSON.stringify(one)).join("\n")}\n`);
  return run;
}

async function fullRun(benchmark: Benchmark, data: string | undefined, options: Run): Promise<BenchRun> {
  const { split, config, limit } = options;
  const all = await loadBenchmark(benchmark, data, { split, config, limit });
  const contestant = await contestantOf(options, benchmark, data);
  const pictures = options.images === undefined ? undefined : picturesIn(options.images);
  const able = answerable(benchmark, all, contestant);
  const examples = able.filter((example) => (pictures?.missing(example).length ?? 0) === 0);
  for (const line of gapWarnings(examples, benchmark.by)) process.stderr.write(`laurel: ${line}\n`);
  if (examples.length < able.length)
    process.stderr.write(
      `laurel: ${counted(able.length - examples.length, "items")} are left out, since their pictures are not in ${shown(resolve(options.images!))}\n`,
    );
  if (examples.length === 0) throw new NotEnoughDataError("no item is left to run");
  if (able.length < all.length)
    process.stderr.write(
      `laurel: ${counted(all.length - able.length, "items")} are no pairs, and ${plain(contestant.name, 60)} is not asked about them\n`,
    );
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const line = new ProgressLine({ total: examples.length });
  const run = await runBenchmark(benchmark, examples, contestant, {
    ...runOptions(options, store),
    ...(pictures === undefined ? {} : { open: pictures.open }),
    out: options.out,
    overwrite: options.overwrite,
    stop: stop.signal,
    onProgress: (progress) => line.update(progress),
    onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
    onResume: (done) => process.stderr.write(`laurel: ${counted(done, "items")} are there already\n`),
  }).finally(() => line.clear());
  if (run.items.length < examples.length)
    throw new LaurelError("interrupted", `stopped after ${run.items.length} of ${examples.length} items`, {
      hint: options.out === undefined ? undefined : "the same command goes on",
      exitCode: 130,
    });
  return run;
}

/** Surface features that tell right from wrong candidates: a reward could score well by them alone. Also within subsets that differ. */
function gapWarnings(examples: readonly Example[], by: string | undefined): string[] {
  const texts = examples.filter(({ task }) => task.candidates.every((one) => answerText(one) !== ""));
  const gaps = (own: readonly Example[], level?: number): FeatureGap[] => {
    try {
      return own.length < 20 ? [] : representationGap(own, undefined, level).filter(({ telling }) => telling);
    } catch (thrown) {
      if (thrown instanceof NotEnoughDataError) return [];
      throw thrown;
    }
  };
  const line = ({ feature, auc }: FeatureGap, where: string): string =>
    `${where}${feature} alone tell${feature.endsWith("s") ? "" : "s"} right from wrong candidates: AUC ${figure(auc)}`;
  const overall = gaps(texts);
  const groups = by === undefined ? [] : [...Map.groupBy(texts, ({ subsets }) => subsets[by] ?? "")];
  // a gap of a subset counts beside those of all others
  const level = 1 - 0.05 / (groups.length * Object.keys(surfaceFeatures).length);
  const within =
    groups.length < 2
      ? []
      : groups.flatMap(([name, own]) =>
          gaps(own, level)
            .filter(({ feature }) => !overall.some((one) => one.feature === feature))
            .map((gap) => line(gap, `in ${plain(name, 40)}, `)),
        );
  const shown = within.slice(0, 6);
  if (within.length > 6) shown.push(`… and in ${within.length - 6} more subsets`);
  return [...overall.map((gap) => line(gap, "")), ...shown];
}

const judgements = "judgements:";

async function contestantOf(options: Run, benchmark: Benchmark, data: string | undefined): Promise<Contestant> {
  if (options.scores?.startsWith(judgements) === true) {
    const system = options.scores.slice(judgements.length);
    if (benchmark.judgements === undefined || data === undefined)
      throw new UsageError(
        `${benchmark.title} has no published judgements that can be read`,
        "--scores names a file of scores",
      );
    const rows = [...benchmark.judgements(data, system)].map(([id, value]) => JSON.stringify({ id, scores: [value] }));
    return { name: options.name ?? system, table: await readScores(new Blob([`${rows.join("\n")}\n`]).stream()) };
  }
  if (options.scores !== undefined)
    return { name: options.name ?? options.scores, table: await readScores(options.scores) };
  if (options.reward !== undefined) {
    const reward = await rewardOf(options.reward);
    return { name: options.name ?? reward.name, reward };
  }
  const { name, comparer, orders } = await judgeFrom(options.comparer!);
  return { name: options.name ?? name, comparer, orders };
}

function cardText(benchmark: Benchmark, run: BenchRun, card: Scorecard, out: string | undefined): string[] {
  const [head] = card.figures;
  const value = (one: Scorecard["figures"][number]): string =>
    one.value === null
      ? "no items"
      : one.estimate === undefined
        ? `${short(one.value)} (too few for an interval)`
        : figure(one.estimate);
  const lines = [
    `${head!.name} ${value(head!)}  ${plain(run.header.system, 80)} on ${benchmark.title} (${counted(card.items, "items")}${card.unscored === 0 ? "" : `, ${whole(card.unscored)} unscored and left out`}; by ${run.header.by}${run.header.repeats === undefined ? "" : `, ${whole(run.header.repeats)} times`})`,
    `  chance ${short(benchmark.chance.value)}: ${benchmark.chance.why}`,
    ...(benchmark.tier === "schema only"
      ? ["  tier 'schema only': no real row of this benchmark has been read by this program's tests"]
      : []),
  ];
  if (head?.estimate !== undefined) lines.push(`  interval: ${head.estimate.method}`);
  if (card.repeats !== undefined) {
    const { sd, runSd, changed, variance } = card.repeats;
    lines.push(
      `  ${run.header.repeats} repeats an item, of which the mean counts: variance between an item's repeats ${short(variance, 3)} (sd ${short(sd, 3)}), ${short(100 * changed, 3)} % of the items change; asked once, the mean credit would vary by sd ${short(runSd, 3)}`,
    );
  }
  const more = card.figures.slice(1).filter((one) => one.value !== null);
  if (more.length > 0)
    lines.push(
      "",
      table(
        ["figure", "value", "about"],
        more.map((one) => [one.name, value(one), plain(one.about, 70)]),
      ),
    );
  for (const [key, values] of Object.entries(card.subsets)) {
    const entries = Object.entries(values);
    if (entries.length < 2 && key !== benchmark.by) continue;
    lines.push(
      "",
      table(
        [key, subsetFigure(benchmark).name, "n"],
        entries
          .slice(0, 30)
          .map(([name, one]) => [plain(name, 40), figure(one), one === undefined ? "" : whole(one.n)]),
      ),
    );
    if (entries.length > 30) lines.push(`… and ${whole(entries.length - 30)} more; --json has all`);
  }
  if (out !== undefined) lines.push("", `items: ${shown(resolve(out))}`);
  return lines;
}

/** `laurel bench report`. */
export function benchReport(files: readonly string[], options: Report): void {
  const { benchmark, runs } = runsOf(files, options);
  const board = leaderboard(benchmark, runs, { figure: options.figure, by: options.by, level: options.level });
  const best = bestOf(benchmark, runs, board);
  if (options.html !== undefined) save(options.html, leaderboardHtml(board));
  if (options.csv !== undefined) save(options.csv, leaderboardCsv(board));
  if (options.latex !== undefined) save(options.latex, leaderboardLatex(board));
  if (options.json === true) process.stdout.write(`${JSON.stringify({ v: 1, ...board, best }, null, 2)}\n`);
  else process.stdout.write(`${[...boardText(board, options), ...bestText(board, best)].join("\n")}\n`);
}

/** Of systems that call successes: who is best in each subset, by the figure where it is such a rate, else by precision. */
function bestOf(
  { calls }: Benchmark,
  runs: readonly { system: string; items: readonly Credited[] }[],
  { by, figure: name, level }: Leaderboard,
): BestByGroup | undefined {
  if (calls === undefined || by === undefined) return undefined;
  const rates: readonly CallRate[] = ["precision", "recall", "npv", "tnr", "accuracy"];
  const rows = runs.flatMap(({ system, items }) =>
    items.map((item): CalledRow => ({ system, group: item.subsets[by] ?? "", cluster: item.cluster, ...calls(item) })),
  );
  return bestByGroup(rows, { seed: seedFrom(0), rate: rates.find((rate) => rate === name), level });
}

function bestText({ by }: Leaderboard, best: BestByGroup | undefined): string[] {
  if (best === undefined) return [];
  const count = best.groups.length;
  return [
    "",
    table(
      [by ?? "", "best", "value", "chance of being best"],
      best.groups.map((group, g) => {
        const [first] = best.winners[g]!;
        const s = best.systems.indexOf(first ?? "");
        return first === undefined
          ? [plain(group, 40), "none accepts anything", "", ""]
          : [
              plain(group, 40),
              plain(best.winners[g]!.join(" and "), 60),
              figure(best.rates[s]![g] ?? undefined),
              short(best.probabilityBest[s * count + g]!),
            ];
      }),
    ),
    best.singleBest === null
      ? `No one is best in every ${by}${best.regret === null ? "" : `; a choice for each gains ${figure(best.regret)} over one for all, on items that did not choose`}.`
      : `${plain(best.singleBest, 60)} is best in every ${by}.`,
  ];
}

function runsOf(
  files: readonly string[],
  options: Shared,
): { benchmark: Benchmark; runs: { system: string; items: Credited[] }[] } {
  const rule = unscoredRule(options.unscored);
  const read = files.map((file) => ({ file, run: readBenchRun(file) }));
  const { benchmark: id } = read[0]!.run.header;
  const benchmark = id.startsWith("import:") ? importedBenchmark(id) : benchmarkOf(id);
  for (const { file, run } of read) {
    const { header } = run;
    if (header.benchmark !== benchmark.id)
      throw new UsageError(`${file} is a run of ${header.benchmark}, and ${files[0]!} of ${benchmark.id}`);
    if (run.items.length < header.count)
      throw new NotEnoughDataError(`${file} is unfinished: ${run.items.length} of ${header.count} items`);
    if (!sameItems(read[0]!.run.items, run.items))
      throw new UsageError(`${file} is of other items than ${files[0]!}`, "run both on the same data");
  }
  return {
    benchmark,
    runs: read.map(({ run }) => ({
      system: run.header.system,
      items: credited(benchmark, reported(benchmark, run, options), rule),
    })),
  };
}

function sameItems(a: readonly Answered[], b: readonly Answered[]): boolean {
  const ids = new Set(a.map(({ id }) => id));
  return a.length === b.length && b.every(({ id }) => ids.has(id));
}

function boardText(board: Leaderboard, options: Report): string[] {
  const { standings, duels } = board;
  const lines = [
    paint("bold", `${board.title}: ${board.figure} (${counted(board.items, "items")})`),
    table(
      ["", "system", board.figure, "interval", "ranks", "groups"],
      standings.map((one) => [
        String(one.rank),
        plain(one.system, 50),
        short(one.value, 4),
        one.estimate === undefined ? "too few" : `[${short(one.estimate.low)}, ${short(one.estimate.high)}]`,
        one.ranks[0] === one.ranks[1] ? String(one.ranks[0]) : `${one.ranks[0]}-${one.ranks[1]}`,
        one.groups,
      ]),
    ),
    "Systems that share a letter are not shown to differ; ranks are those that the tests leave open.",
    "",
    ...leaderboardFacts(board),
  ];
  if (standings.length <= 12) {
    const { head, rows } = duelMatrix(board);
    lines.push(
      "",
      "Row less column (* shown):",
      table(
        head,
        rows.map(([name, ...cells]) => [plain(name!, 30), ...cells]),
      ),
    );
  } else lines.push(`--json and --html have all ${whole(duels.length)} pairs`);
  for (const file of [options.html, options.csv, options.latex])
    if (file !== undefined) lines.push(`written: ${shown(resolve(file))}`);
  return lines;
}

/** `laurel bench compare`: exit code 1 where A is shown to be worse. */
export function benchCompare(a: string, b: string, options: Shared): void {
  const { benchmark, runs } = runsOf([a, b], options);
  const named =
    runs[0]!.system === runs[1]!.system
      ? runs.map((run, i) => ({ ...run, system: `${"AB"[i]!}: ${run.system}` }))
      : runs;
  const [first, second] = named as [(typeof named)[0], (typeof named)[0]];
  const board = leaderboard(benchmark, [first, second], { figure: options.figure, level: options.level });
  const [duel] = board.duels;
  if (duel === undefined) throw new NotEnoughDataError("there are too few items that both scored");
  const turned = duel.a !== first.system;
  const sign = turned ? -1 : 1;
  const difference = {
    ...duel.difference,
    value: sign * duel.difference.value,
    low: turned ? -duel.difference.high : duel.difference.low,
    high: turned ? -duel.difference.low : duel.difference.high,
  };
  const decided = duel.better !== "not shown";
  const ahead = difference.value > 0 !== board.lower;
  const conclusion = !decided ? "no difference shown" : ahead ? "better" : "worse";
  if (conclusion === "worse") process.exitCode = 1;
  const { p, detectable, needed } = duel;
  if (options.json === true) {
    process.stdout.write(
      `${JSON.stringify({ v: 1, benchmark: benchmark.id, figure: board.figure, a: first.system, b: second.system, difference, p, detectable, needed, conclusion, standings: board.standings }, null, 2)}\n`,
    );
    return;
  }
  const of = (system: string) => board.standings.find((one) => one.system === system)!;
  const [one, other] = [of(first.system), of(second.system)];
  const keys = Object.keys(one.subsets);
  process.stdout.write(
    `${[
      `${conclusion === "no difference shown" ? "No difference shown" : `A is ${conclusion} than B`}: ${board.figure} of A - B = ${figure(difference)}, p ${pText(p)}  (${counted(difference.n, "items")}; ${difference.method})`,
      `  A: ${figure(one.estimate)}  ${plain(first.system, 80)}`,
      `  B: ${figure(other.estimate)}  ${plain(second.system, 80)}`,
      ...(detectable === undefined
        ? []
        : [`  this many items find a difference of ${short(detectable)} with 80 % power`]),
      ...(needed === undefined || decided ? [] : [`  to find the observed one takes about ${whole(needed)} prompts`]),
      ...(keys.length < 2
        ? []
        : [
            "",
            table(
              [board.by ?? "subset", "A", "B"],
              keys.slice(0, 30).map((key) => [plain(key, 40), figure(one.subsets[key]), figure(other.subsets[key])]),
            ),
          ]),
    ].join("\n")}\n`,
  );
}

function unscoredRule(text: string): UnscoredRule {
  if (text === "official" || text === "drop" || text === "wrong") return text;
  throw new UsageError(`--unscored is official, drop or wrong, not ${text}`);
}

function save(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}
