import { UsageError } from "../../core/errors.ts";
import { pointwise } from "../../core/reward.ts";
import { fault, unscored } from "../../core/score.ts";
import { answerText } from "../../core/text.ts";
import type { Json, Reward } from "../../core/types.ts";
import { isJsonObject } from "./tools/json-equal.ts";

/** Scores by candidate name. */
export type NamedScores = Readonly<Record<string, number>>;

/**
 * Accuracy of predicted scores by weighted pair reversals.
 *
 * Over all pairs of names that both sides score, w = 1 + |g_a − g_b| and the penalty is w if the order is reversed, w / 2 if the prediction
 * ties where gold differs, else 0 (also where gold ties): A = max(0, 1 − Σ penalty / Σ w). 0 with fewer than two common names, where the
 * released code gives 1 and so rewards an empty output.
 *
 * @example weightedPairReward({ a: 1, b: 2 }, { a: 1, b: 2 }) // 1
 * Source: "RewardAnything: Generalizable Principle-Following Reward Models" (2025) and its package, accuracy reward.
 */
export function weightedPairReward(predicted: NamedScores, gold: NamedScores): number {
  const names = Object.keys(gold).filter((name) => Object.hasOwn(predicted, name));
  let all = 0;
  let penalty = 0;
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      const gap = gold[a]! - gold[b]!;
      const weight = 1 + Math.abs(gap);
      all += weight;
      if (gap === 0) continue;
      const said = predicted[a]! - predicted[b]!;
      if (said === 0) penalty += weight / 2;
      else if (said > 0 !== gap > 0) penalty += weight;
    }
  }
  return all === 0 ? 0 : Math.max(0, 1 - penalty / all);
}

/** What a listwise judgement says. */
export interface RankingOutput {
  scores: Record<string, number>;
  /** Names from best to worst. */
  ranking: string[];
  /** "whole": the output is JSON; "saved": JSON was found within brackets or after repair; "none": there is none. */
  json: "whole" | "saved" | "none";
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** Single quotes as double ones, bare keys quoted, commas before closing brackets dropped. */
function repaired(text: string): string {
  return text
    .replaceAll("'", '"')
    .replace(/([{,]\s*)([A-Za-z_][\w-]*)(\s*:)/g, '$1"$2"$3')
    .replace(/,(\s*[}\]])/g, "$1");
}

/** Without the thought and code fences around the rest. */
function bare(text: string): string {
  const thought = text.lastIndexOf("</think>");
  const rest = (thought < 0 ? text : text.slice(thought + "</think>".length)).trim();
  return rest
    .replace(/^```[a-z]*\n/, "")
    .replace(/```$/, "")
    .trim();
}

/**
 * Reads `{ "scores": { name: number }, "best-to-worst": [name] }` (also `best-to-worse`) behind a thought, in steps: as JSON, repaired,
 * then what lies between the first and the last brace. Names that were not asked for are left out.
 *
 * @example readRanking('{"scores": {"model-1": 4}, "best-to-worst": ["model-1"]}', ["model-1"])
 */
export function readRanking(text: string, names: readonly string[]): RankingOutput {
  const body = bare(text);
  let value = parsed(body);
  let json: RankingOutput["json"] = "whole";
  if (!isJsonObject(value)) {
    json = "saved";
    const start = body.indexOf("{");
    const end = body.lastIndexOf("}");
    const inner = start >= 0 && end > start ? body.slice(start, end + 1) : "";
    value = parsed(inner) ?? parsed(repaired(inner));
  }
  if (!isJsonObject(value)) return { scores: {}, ranking: [], json: "none" };
  const known = new Set(names);
  const scores: Record<string, number> = {};
  if (isJsonObject(value["scores"]))
    for (const [name, score] of Object.entries(value["scores"]))
      if (known.has(name) && typeof score === "number" && Number.isFinite(score)) scores[name] = score;
  const order = value["best-to-worst"] ?? value["best-to-worse"];
  const ranking = Array.isArray(order)
    ? [
        ...new Set(
          (order as readonly Json[]).filter((name): name is string => typeof name === "string" && known.has(name)),
        ),
      ]
    : [];
  return { scores, ranking, json };
}

/** Agreement of a ranking with the scores: the share of neighbours in it whose scores do not rise; 0 without a pair to look at. */
function consistency({ scores, ranking }: RankingOutput): number {
  const listed = ranking.filter((name) => Object.hasOwn(scores, name));
  if (listed.length < 2) return 0;
  let right = 0;
  for (let i = 1; i < listed.length; i++) if (scores[listed[i - 1]!]! >= scores[listed[i]!]!) right++;
  return right / (listed.length - 1);
}

/**
 * Form of a listwise judgement, in [0, 1].
 *
 * Think tags: both 0.15 (0.05 more if the thought has over 50 characters), one 0.05; JSON 0.20 (0.15 if it had to be found or repaired);
 * scores 0.10; ranking 0.10; share of the names scored × 0.20; agreement of ranking and scores × 0.20.
 *
 * Source: RewardAnything's format reward; its last part is the share of ranked neighbours whose scores do not rise.
 *
 * @example listFormatReward("", ["model-1"]) // 0
 */
export function listFormatReward(text: string, names: readonly string[]): number {
  const open = text.indexOf("<think>");
  const close = text.indexOf("</think>");
  let form = 0;
  if (open >= 0 && close > open) form += close - open - "<think>".length > 50 ? 0.2 : 0.15;
  else if (open >= 0 || close >= 0) form += 0.05;
  const output = readRanking(text, names);
  if (output.json === "none") return form;
  form += output.json === "whole" ? 0.2 : 0.15;
  const scored = Object.keys(output.scores).length;
  if (scored > 0) form += 0.1;
  if (output.ranking.length > 0) form += 0.1;
  if (names.length > 0) form += (0.2 * scored) / names.length;
  return form + 0.2 * consistency(output);
}

export interface RankingOptions {
  /** Weight of the format reward; 0.1 by default. */
  format?: number | undefined;
  /** Weight of the accuracy reward; 0.9 by default. */
  accuracy?: number | undefined;
}

/** Gold scores of a reference: an object of names and numbers. */
function goldOf(answer: Json | undefined): NamedScores | undefined {
  if (!isJsonObject(answer)) return undefined;
  const entries = Object.entries(answer);
  if (entries.length < 2 || !entries.every(([, score]) => typeof score === "number" && Number.isFinite(score)))
    return undefined;
  return Object.fromEntries(entries as [string, number][]);
}

/**
 * A listwise judgement against gold scores: RewardAnything's ranking reward.
 *
 * value = format · F + accuracy · A, F of `listFormatReward` and A of `weightedPairReward`; parts format and accuracy. Reads
 * `reference.answer`, gold scores by name. An output without JSON is the fault `malformed` and keeps what its form earned; a blank one is
 * `no-answer`.
 *
 * @example ranking() // reference: { answer: { "model-1": 5, "model-2": 2 } }
 */
export function ranking(options: RankingOptions = {}): Reward {
  const { format = 0.1, accuracy = 0.9 } = options;
  for (const [name, weight] of Object.entries({ format, accuracy }))
    if (!(weight >= 0 && Number.isFinite(weight))) throw new UsageError(`${name}: expected a weight of at least 0`);
  return pointwise(
    "verify.ranking",
    (candidate, task) => {
      const answer = task.reference?.answer;
      if (answer === undefined) return unscored("missing-reference", "the task has no reference.answer");
      const gold = goldOf(answer);
      if (gold === undefined) return unscored("bad-reference", "reference.answer is no object of two or more scores");
      const text = answerText(candidate);
      if (text.trim() === "") return fault("no-answer");
      const names = Object.keys(gold);
      const output = readRanking(text, names);
      const parts = { format: listFormatReward(text, names), accuracy: weightedPairReward(output.scores, gold) };
      const value = format * parts.format + accuracy * parts.accuracy;
      return { value, parts, ...(output.json === "none" ? { fault: "malformed" as const } : {}) };
    },
    { version: 1, spec: { kind: "verify.ranking", ...options }, work: "cpu", range: [0, format + accuracy] },
  );
}
