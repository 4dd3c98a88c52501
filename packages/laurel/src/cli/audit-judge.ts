import { resolve } from "node:path";
import {
  type Asked,
  askJudge,
  auditJudge,
  type Ballot,
  ballotsOf,
  betweenJudges,
  type JudgeAudit,
  type JudgeDifference,
  judgesOf,
  pairsOfExample,
  readVotes,
} from "../bench/index.ts";
import { toComparer } from "../compose/index.ts";
import {
  type Comparer,
  type Example,
  type JsonObject,
  LaurelError,
  NotEnoughDataError,
  type Reward,
  UsageError,
} from "../core/index.ts";
import { allKinds, comparerFrom, rewardFrom, specFromText } from "../spec/index.ts";
import { auditLines, differenceLines, headline, summaryTable, voteLines } from "./audit-judge-facts.ts";
import { writeJudgeReport } from "./audit-judge-report.ts";
import { onInterrupt, type RunOptions, runOptions, storeOf } from "./input.ts";
import { withoutTrust } from "./judge-trust.ts";
import { shown } from "./paths.ts";
import { examplesOf, type FormatOptions } from "./scored.ts";
import { counted, ProgressLine, usageText } from "./terminal.ts";

interface Options extends FormatOptions, RunOptions {
  comparer?: string;
  votes?: string;
  judge?: readonly string[];
  allPairs?: boolean;
  winRate?: boolean;
  scale?: readonly string[];
  level: number;
  unreadable: "out" | "wrong";
  out?: string;
  report?: string;
  json?: boolean;
}

/** What `laurel audit judge --json` prints and `--out` writes; a gate reads it. */
export interface AuditFile {
  v: 1;
  file: string;
  audits: readonly JudgeAudit[];
  between: readonly JudgeDifference[];
}

/** `laurel audit judge`: how right, how biased, how sure and how dear a judge is, on labelled pairs. */
export async function auditJudgeCommand(file: string, options: Options): Promise<void> {
  if ((options.comparer === undefined) === (options.votes === undefined))
    throw new UsageError(
      "an audit needs a judge or its verdicts, and only one of them",
      "--comparer SPEC or --votes FILE",
    );
  const examples: Example[] = [];
  for await (const some of examplesOf(file, options)) examples.push(...some);
  if (examples.length === 0) throw new NotEnoughDataError(`${file} holds no rows`);
  if (options.scale !== undefined) {
    const { auditScales } = await import("./audit-scales.ts");
    await auditScales(file, examples, options.scale, options);
    return;
  }
  const shared = { level: options.level, seed: options.seed, winRate: options.winRate };
  const audits: JudgeAudit[] = [];
  const ballots = new Map<string, readonly Ballot[]>();
  let asked: Asked | undefined;
  if (options.comparer !== undefined) {
    const judge = await judgeFrom(options.comparer);
    asked = await ask(judge, examples, options);
    const own = ballotsOf(asked.pairs, asked.votes).ballots;
    ballots.set(judge.name, own);
    const audit = auditJudge(judge.name, own, {
      ...shared,
      fingerprint: judge.fingerprint,
      usage: asked.usage,
      ordered: judge.orders === "both",
    });
    audits.push({ ...audit, notes: [...judge.notes, ...audit.notes] });
  } else {
    const votes = await readVotes(options.votes!);
    const names = wanted(judgesOf(votes), options.judge);
    const pairs = examples.flatMap((example) => pairsOfExample(example, "all"));
    const byJudge = Map.groupBy(votes, ({ judge }) => judge);
    for (const name of names) {
      const { ballots: own, unmatched } = ballotsOf(pairs, byJudge.get(name)!);
      if (own.length === 0)
        throw new UsageError(
          `none of the ${counted(byJudge.get(name)!.length, "verdicts")} of ${name} is on a pair of ${file}`,
          `the tasks have ids such as '${examples[0]!.task.id}', the verdicts such as '${byJudge.get(name)![0]!.id}'`,
        );
      if (unmatched > 0)
        process.stderr.write(`laurel: ${counted(unmatched, "verdicts")} of ${name} are on no pair of ${file}\n`);
      ballots.set(name, own);
      audits.push(auditJudge(name, own, shared));
    }
  }
  const between =
    ballots.size > 1 ? betweenJudges(ballots, { level: options.level, unreadable: options.unreadable }) : [];
  const result: AuditFile = { v: 1, file, audits, between };
  const json = `${JSON.stringify(result, null, 2)}\n`;
  if (options.out !== undefined) await save(options.out, json);
  if (options.report !== undefined) await writeJudgeReport(result, options.report);
  if (options.json === true) {
    process.stdout.write(json);
    return;
  }
  const lines =
    audits.length === 1
      ? [headline(audits[0]!), ...auditLines(audits[0]!)]
      : [summaryTable(audits), "", ...differenceLines(between), ...voteLines(audits)];
  if (asked !== undefined) {
    const missing = Object.entries(asked.unscored).map(([reason, n]) => `${n} ${reason}`);
    if (missing.length > 0) lines.push(`unreadable because: ${missing.join(", ")}`);
    lines.push(usageText(asked.usage));
  }
  if (options.report !== undefined) lines.push(`report: ${shown(resolve(options.report))}`);
  process.stdout.write(
    `${lines
      .filter((line, i) => line !== "" || i > 0)
      .join("\n")
      .trimEnd()}\n`,
  );
}

/** The judges that are asked for; an unknown one is named. */
function wanted(there: readonly string[], names: readonly string[] | undefined): readonly string[] {
  for (const name of names ?? [])
    if (!there.includes(name))
      throw new UsageError(`there are no verdicts of '${name}'`, `there are those of ${there.slice(0, 20).join(", ")}`);
  return names ?? there;
}

interface Judge {
  name: string;
  fingerprint: string | null;
  comparer: Comparer;
  orders: "both" | "one";
  notes: string[];
}

/**
 * The comparer to ask. A judge that shows both orders by itself is asked one order at a time where its kind allows it, so that its bias for
 * a place is seen; a reward is asked by its scores.
 */
export async function judgeFrom(text: string): Promise<Judge> {
  const spec = withoutTrust(await specFromText(text)).spec;
  const made = await rewardOrComparer(spec);
  if ("score" in made) {
    const notes = ["position: a reward that scores one answer at a time shows no order"];
    const comparer = toComparer(made, { scale: "step" });
    return { name: made.name, fingerprint: made.fingerprint, comparer, orders: "one", notes };
  }
  const comparer = made;
  const { name, fingerprint } = comparer;
  if ((comparer as { symmetric?: boolean }).symmetric !== true)
    return { name, fingerprint, comparer, orders: "both", notes: [] };
  try {
    const single = await comparerFrom({
      ...(typeof spec === "string" ? { kind: spec } : (spec as JsonObject)),
      orders: "as-given",
    });
    return { name, fingerprint, comparer: single, orders: "both", notes: [] };
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    return { name, fingerprint, comparer, orders: "one", notes: ["position: the judge merges both orders by itself"] };
  }
}

async function rewardOrComparer(spec: unknown): Promise<Reward | Comparer> {
  const kind = typeof spec === "string" ? spec : String((spec as JsonObject)["kind"]);
  // what a module makes is known only when it is loaded
  if (kind === "module") return comparerFrom(spec).catch(() => rewardFrom(spec));
  return allKinds()[kind]?.makes === "comparer" ? comparerFrom(spec) : rewardFrom(spec);
}

async function ask(judge: Judge, examples: readonly Example[], options: Options): Promise<Asked> {
  using store = await storeOf(options);
  const stop = new AbortController();
  using _interrupt = onInterrupt(stop);
  const line = new ProgressLine({ total: examples.length });
  try {
    const asked = await askJudge(judge.comparer, examples, {
      ...runOptions(options, store),
      orders: judge.orders,
      which: options.allPairs === true ? "all" : "labelled",
      stop: stop.signal,
      onProgress: (progress) => line.update(progress),
      onWarning: (message) => process.stderr.write(`laurel: ${message}\n`),
    });
    if (stop.signal.aborted)
      throw new LaurelError("interrupted", "stopped; nothing is said on a part of the pairs", { exitCode: 130 });
    return asked;
  } finally {
    line.clear();
    await judge.comparer[Symbol.asyncDispose]?.();
  }
}

async function save(path: string, text: string): Promise<void> {
  const { writeFile } = await import("node:fs/promises");
  const { writeFailure } = await import("../io/index.ts");
  try {
    await writeFile(path, text);
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}
