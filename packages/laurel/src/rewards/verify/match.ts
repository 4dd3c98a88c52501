import { composite } from "../../core/combine.ts";
import { UsageError } from "../../core/errors.ts";
import { failure, pointwise } from "../../core/reward.ts";
import { type Draft, fault, settle, unscored } from "../../core/score.ts";
import { answerText } from "../../core/text.ts";
import type { Candidate, Context, Json, JsonObject, LanguageModel, Reward, Score, Task } from "../../core/types.ts";
import { type FactJudge, modelFactJudge, rewardFactJudge } from "./match/coverage.ts";
import { isNear } from "./match/equal.ts";
import { factsPresent } from "./match/facts.ts";
import { exactFacetMatcher, hypothesesOf, hypothesisMatch } from "./match/hypothesis.ts";
import { matchList, matchSet } from "./match/items.ts";
import { answerJson, answerPart, lastNumber } from "./match/read.ts";
import { matchShapes, shapesInText, shapesOf } from "./match/shapes.ts";
import { markdownTable, matchTable, tableOf } from "./match/table.ts";

export interface MatchOptions {
  /** What is compared: boxes or points in a picture, a set, an ordered list, a table, a number, stated facts, or hypotheses. */
  of: "shapes" | "set" | "list" | "table" | "number" | "facts" | "hypotheses";
  /** The measure that is the value; "f1" by default, "likeness" (mean IoU) for shapes only. */
  value?: "f1" | "precision" | "recall" | "exact" | "likeness" | undefined;
  /** shapes: least IoU of a match, in (0, 1]; 0.5 by default. */
  threshold?: number | undefined;
  /** shapes: greatest distance of points, in the picture's units; 0 by default. Else: greatest absolute difference of numbers. */
  tolerance?: number | undefined;
  /** Greatest difference of numbers as a share of the reference; 0 by default. */
  relative?: number | undefined;
  /** shapes: boxes are two corners (default), or corner and size. */
  boxes?: "xyxy" | "xywh" | undefined;
  /** table: the columns that tell which row is which. */
  keys?: readonly string[] | undefined;
  /** table: rows must keep their order. */
  ordered?: boolean | undefined;
  /** hypotheses: "greedy" (default, the benchmark's) or "optimal" pairing. */
  pairing?: "greedy" | "optimal" | undefined;
  /** hypotheses: by relation, the relations that earn half. */
  general?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * facts: who decides whether a fact is stated. A reward of [0, 1] is asked fact by fact, a language model once a response, a
   * function as it likes; without one a fact counts where it stands word for word.
   */
  judge?: Reward | LanguageModel | FactJudge | undefined;
  /** facts with a judge: taken off for each share of contradicted facts (judged below 0); 0 by default. */
  contradiction?: number | undefined;
  /** States what a `judge` function does; without it such a reward has no fingerprint. */
  version?: string | number | undefined;
  /** Most items that an answer may hold before it is the fault `over-long`; 1000 by default. */
  most?: number | undefined;
}

type Measures = Readonly<Record<string, number>> & { f1: number; precision: number; recall: number };

/** The value among the measures; all of them are parts. */
function scored(measures: Measures, options: MatchOptions): Draft {
  const { value = "f1" } = options;
  const chosen = value === "exact" ? (measures.f1 === 1 ? 1 : 0) : measures[value];
  return { value: chosen ?? measures.f1, parts: { ...measures } };
}

const bad = (what: string): Draft => unscored("bad-reference", `reference.answer is no ${what}`);
const unread = (what: string): Draft => fault("malformed", { rationale: `no ${what} in the answer` });

function overLong(items: { length: number }, options: MatchOptions): Draft | undefined {
  const most = options.most ?? 1000;
  return items.length > most ? fault("over-long", { rationale: `${items.length} items, at most ${most}` }) : undefined;
}

function shapes(text: string, answer: Json, options: MatchOptions): Draft {
  const wanted = shapesOf(answer, options.boxes);
  if (wanted === undefined) return bad("list of boxes or points");
  const part = answerPart(text);
  const given =
    shapesOf(answerJson(text) ?? shapesInText(part), options.boxes) ?? shapesOf(shapesInText(part), options.boxes);
  if (given === undefined || (given.length === 0 && wanted.length > 0)) return unread("boxes or points");
  return overLong(given, options) ?? scored({ ...matchShapes(wanted, given, options) }, options);
}

function items(text: string, answer: Json, options: MatchOptions): Draft {
  if (!Array.isArray(answer)) return bad("list");
  const given = answerJson(text);
  if (!Array.isArray(given)) return unread("JSON list");
  const near = { absolute: options.tolerance, relative: options.relative };
  const match = options.of === "set" ? matchSet : matchList;
  return overLong(given, options) ?? scored({ ...match(answer as Json[], given as Json[], near) }, options);
}

function table(text: string, answer: Json, options: MatchOptions): Draft {
  const wanted = typeof answer === "string" ? markdownTable(answer) : tableOf(answer);
  if (wanted === undefined) return bad("table");
  const json = answerJson(text);
  const given = (json === undefined ? undefined : tableOf(json)) ?? markdownTable(text);
  if (given === undefined) return unread("table, as JSON rows or in Markdown,");
  const near = { absolute: options.tolerance, relative: options.relative };
  const { keys, ordered } = options;
  return overLong(given, options) ?? scored({ ...matchTable(wanted, given, { keys, ordered, near }) }, options);
}

function number(text: string, answer: Json, options: MatchOptions): Draft {
  const wanted = typeof answer === "string" ? Number(answer) : answer;
  if (typeof wanted !== "number" || !Number.isFinite(wanted)) return bad("number");
  const given = lastNumber(text);
  if (given === undefined) return unread("number");
  return isNear(wanted, given, { absolute: options.tolerance, relative: options.relative });
}

function facts(text: string, task: Task): Draft {
  const wanted = task.reference?.facts ?? [];
  return wanted.length === 0 ? noFacts : covered(factsPresent(text, wanted));
}

const noFacts = unscored("missing-reference", "the task has no reference.facts");

/** The share of facts that count as stated, less `contradiction` times the share that is contradicted, at least 0. */
function covered(verdicts: readonly number[], contradiction = 0): Draft {
  const parts = Object.fromEntries(verdicts.map((one, i) => [`fact${i + 1}`, one]));
  const sum = verdicts.reduce((all, one) => all + (one < 0 ? contradiction * one : one), 0);
  return { value: Math.max(0, sum / verdicts.length), parts };
}

async function judgedFacts(
  candidate: Candidate,
  task: Task,
  ctx: Context,
  judge: FactJudge,
  options: MatchOptions,
): Promise<Draft> {
  const wanted = task.reference?.facts ?? [];
  if (wanted.length === 0) return noFacts;
  const text = answerText(candidate);
  if (text.trim() === "") return fault("no-answer");
  const verdicts = await judge(text, wanted, task, ctx);
  if (!Array.isArray(verdicts)) return verdicts as Exclude<typeof verdicts, readonly number[]>;
  const given = verdicts as readonly number[];
  if (given.length !== wanted.length || given.some((one) => !(one >= -1 && one <= 1)))
    return unscored("bug", `the judge gave ${given.length} verdicts in [-1, 1] for ${wanted.length} facts`);
  return covered(given, options.contradiction);
}

/** Facts that a reward, a model or a function decides. */
function matchJudged(judge: Reward | LanguageModel | FactJudge, options: MatchOptions): Reward {
  const { contradiction = 0 } = options;
  const spec: JsonObject = { kind: "verify.match", of: "facts", contradiction };
  if (typeof judge === "object" && "score" in judge) {
    const ask = rewardFactJudge(judge);
    const about = { name: "verify.match", range: [0, 1] as const };
    return composite("verify.match", { judge }, { ...about, version: 1, spec }, (tasks, ctx) =>
      Promise.all(
        tasks.map((task) =>
          Promise.all(
            task.candidates.map((candidate) =>
              judgedFacts(candidate, task, ctx, ask, options).then(
                (draft): Score => settle(draft, about),
                (thrown: unknown) => failure(about.name, thrown, ctx),
              ),
            ),
          ),
        ),
      ),
    );
  }
  const ask = typeof judge === "function" ? judge : modelFactJudge(judge);
  const identity = typeof judge === "function" ? options.version : (judge.fingerprint ?? undefined);
  return pointwise("verify.match", (candidate, task, ctx) => judgedFacts(candidate, task, ctx, ask, options), {
    version: identity === undefined ? undefined : `facts:1:${identity}:${contradiction}`,
    range: [0, 1],
    random: true,
  });
}

async function hypotheses(text: string, answer: Json, options: MatchOptions): Promise<Draft> {
  const wanted = hypothesesOf(answer);
  if (wanted === undefined || wanted.length === 0) return bad("list of { context, variables, relation }");
  const json = answerJson(text);
  const given = json === undefined ? undefined : hypothesesOf(json);
  if (given === undefined) return unread("hypotheses");
  if (given.length === 0) return fault("no-answer", { rationale: "no hypothesis" });
  const long = overLong(given, options);
  if (long !== undefined) return long;
  const { value, ...parts } = await hypothesisMatch(wanted, given, exactFacetMatcher(options.general), options.pairing);
  return { value, parts };
}

/** The measures that each comparison has. */
const VALUES: Readonly<Record<MatchOptions["of"], readonly string[]>> = {
  shapes: ["f1", "precision", "recall", "exact", "likeness"],
  set: ["f1", "precision", "recall", "exact"],
  list: ["f1", "precision", "recall", "exact"],
  table: ["f1", "precision", "recall", "exact"],
  number: [],
  facts: [],
  hypotheses: [],
};

function check(options: MatchOptions): void {
  const values = VALUES[options.of];
  if (values === undefined)
    throw new UsageError(`of: '${String(options.of)}' is none of ${Object.keys(VALUES).join(", ")}`);
  if (options.value !== undefined && !values.includes(options.value))
    throw new UsageError(`value: '${options.value}' is no measure of ${options.of}`);
  for (const name of ["tolerance", "relative", "most", "contradiction"] as const) {
    const value = options[name];
    if (value !== undefined && !(value >= 0)) throw new UsageError(`${name}: expected a number of at least 0`);
  }
  if (options.of !== "facts" && options.judge !== undefined) throw new UsageError(`judge: goes with of: "facts" only`);
  if (options.judge === undefined && options.contradiction !== undefined)
    throw new UsageError("contradiction: only a judge can tell what is contradicted");
  const { threshold } = options;
  if (threshold !== undefined && !(threshold > 0 && threshold <= 1))
    throw new UsageError("threshold: expected a number in (0, 1]");
}

/**
 * A structured answer against `reference.answer`, by optimal pairing.
 *
 * shapes: boxes and points (`matchShapes`); set, list: JSON lists (`matchSet`, `matchList`); table: JSON rows or a Markdown table
 * (`matchTable`); number: 1 if the last number is within the tolerance, else 0; facts: the share of `reference.facts` that is stated
 * (`factsPresent`, or as a `judge` says); hypotheses: DiscoveryBench's score (`hypothesisMatch`). The answer is read from the last `<answer>` tags, the last code
 * fence, or the text's outermost brackets. Parts are the measures (precision, recall, f1 and so on), or 1 and 0 by fact.
 *
 * With a judge of facts, a judge that fails, or whose reply is not one verdict a fact, leaves the answer unscored; presence is not truth,
 * so that listing everything scores high unless `contradiction` is above 0.
 *
 * An answer that cannot be read is the fault `malformed`, a blank one `no-answer`, one of more than `most` items `over-long`.
 *
 * @throws UsageError for options that do not fit the comparison, or a judge that is a reward of another range than [0, 1]
 * @source perception-r1 for facts (the specification's `factCoverage` with a judge), discoverybench for hypotheses
 * @example match({ of: "shapes", threshold: 0.5, value: "f1" })
 */
export function match(options: MatchOptions): Reward {
  check(options);
  if (options.judge !== undefined) return matchJudged(options.judge, options);
  const { of, keys, judge: _judge, contradiction: _contradiction, version: _version, ...rest } = options;
  return pointwise(
    "verify.match",
    (candidate, task) => {
      const text = answerText(candidate);
      if (of === "facts") return text.trim() === "" ? fault("no-answer") : facts(text, task);
      const answer = task.reference?.answer;
      if (answer === undefined) return unscored("missing-reference", "the task has no reference.answer");
      if (text.trim() === "") return fault("no-answer");
      switch (of) {
        case "shapes":
          return shapes(text, answer, options);
        case "table":
          return table(text, answer, options);
        case "number":
          return number(text, answer, options);
        case "hypotheses":
          return hypotheses(text, answer, options);
        default:
          return items(text, answer, options);
      }
    },
    {
      version: 1,
      spec: { kind: "verify.match", of, ...(keys === undefined ? {} : { keys }), ...rest },
      work: "cpu",
      range: [0, 1],
    },
  );
}
