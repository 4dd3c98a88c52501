import { type Draft, unscored } from "../../core/index.ts";
import { readRanking } from "../verify/ranking.ts";
import { type GroupOptions, groupJudge } from "./group-judge.ts";
import { clean } from "./hygiene.ts";
import { type JudgeReward, question, shown } from "./judge.ts";
import { eachText } from "./listwise.ts";
import { prompt } from "./prompt.ts";
import { onScale, scale } from "./scales.ts";
import type { Grammar, Unreadable } from "./verdict.ts";
import { spreadOf, voted } from "./votes.ts";

/** Options of `principleJudge`. */
export interface PrincipleOptions extends GroupOptions {
  /** Default: the text in the task's `context.principle`. */
  principle?: string | undefined;
  /** "ranking" adds up to ¼ by place, so that equal scores are ordered and unequal ones stay so; default "none". */
  breakTies?: "ranking" | "none" | undefined;
  aggregate?: "mean" | "median" | undefined;
  /** Most candidates shown together, default 10; a larger group is split with shared anchors. */
  maxGroup?: number | undefined;
}

/** A listwise verdict under a principle; null where an answer was not scored. */
export interface PrincipleVerdict {
  scores: readonly (number | null)[];
  /** Places from 0 (best); empty if the judge gave no whole ranking. */
  places: readonly number[];
  repaired: boolean;
  thought: string;
}

const on = scale(1, 5);

const wording = prompt({
  name: "principle",
  version: 1,
  system:
    "You judge several answers to one request by a principle. Adherence to the principle counts before general taste; harmful content is never endorsed. Think briefly. Score each answer: 5 follows the principle perfectly and is excellent, 4 follows it well with small limits, 3 follows its basics, 2 follows it in part and misses key points, 1 is poor or against it. Use the whole range. Then order all answers from best to worst; equal scores must be ordered too.",
  user: [
    "The principle: {{principle}}",
    "The request:\n{{quote prompt}}",
    "The answers:\n{{quote answer}}",
    'Think inside <think> and </think>. Then write only JSON: {"scores": {"answer-1": 3, …}, "best-to-worst": ["answer-2", …]}.',
  ].join("\n\n"),
});

/**
 * A listwise judge that follows a principle given in plain language: scores 1 to 5 for all candidates in one call.
 *
 * Names are masked as answer-1 … answer-n in an order drawn for each vote from the run's seed and the task's id. An answer
 * without a score in one vote is scored by the others; without any it alone is unscored. With `breakTies: "ranking"` the
 * value is score + ½·((n − 1)/2 − place)/n. Votes that had to be repaired are counted in `facts.repaired`.
 *
 * @source RewardAnything (2025); the wording is ours, as is that a missing score is no error of the others
 * @example principleJudge({ model, principle: "Prefer short answers that are right." })
 */
export function principleJudge(options: PrincipleOptions): JudgeReward {
  const { breakTies = "none", aggregate = "mean", maxGroup = 10 } = options;
  const principle = options.principle?.trim();
  const bound = principle ? wording.bind({ principle }) : wording;
  return groupJudge<PrincipleVerdict>(options, {
    form: "judge.principle",
    prompts: [bound],
    grammars: ["principle-1"],
    range: breakTies === "ranking" ? [on.min - 0.25, on.max + 0.25] : [on.min, on.max],
    maxGroup,
    splits: true,
    needsTwo: false,
    more: { breakTies, aggregate },
    prepare(task, order) {
      const given = task.context?.["principle"];
      const own = principle || (typeof given === "string" ? clean(given).text.trim() : "");
      if (own === "")
        return unscored(
          "missing-reference",
          "the judge needs a principle: an option, or context.principle of the task",
        );
      return {
        prompt: bound,
        values: {
          principle: own,
          prompt: question(task),
          answer: { each: order.map((i) => eachText(shown(task.candidates[i]!))) },
        },
        grammar: principleGrammar(order.length),
      };
    },
    conclude(votes, _task, live) {
      // the verdict is read from what follows the thought, so the thought is taken from the whole reply
      const thought = thoughtOf(votes[0]!.text);
      const repaired = votes.filter(({ verdict }) => verdict.repaired).length;
      return live.map((i): Draft => {
        const scores: number[] = [];
        for (const { verdict, order } of votes) {
          const at = order.indexOf(i);
          const score = verdict.scores[at];
          if (score === null || score === undefined) continue;
          const place = verdict.places[at];
          const n = order.length;
          scores.push(
            breakTies === "ranking" && place !== undefined ? score + (0.5 * ((n - 1) / 2 - place)) / n : score,
          );
        }
        if (scores.length === 0)
          return unscored("judge-unparsable", "the judge left this answer out", { raw: votes[0]!.text });
        return {
          value: voted(scores, aggregate),
          ...(scores.length > 1 ? { spread: { sd: spreadOf(scores), n: scores.length, over: "votes" as const } } : {}),
          ...(thought === "" ? {} : { rationale: thought }),
          ...(repaired > 0 ? { facts: { repaired } } : {}),
        };
      });
    },
  });
}

function principleGrammar(n: number): Grammar<PrincipleVerdict> {
  const names = Array.from({ length: n }, (_, i) => `answer-${i + 1}`);
  return {
    id: "principle-1",
    form: 'Write only JSON: {"scores": {"answer-1": 3, …}, "best-to-worst": ["answer-2", …]}.',
    read: (text) => parsePrincipleOutput(text, names),
  };
}

/**
 * Reads a listwise verdict: scores by name and the order from best to worst, repaired where the form allows it
 * (`readRanking`). Scores off the scale 1–5 and names that were not asked for are left out; without one score it is
 * unreadable.
 */
export function parsePrincipleOutput(text: string, names: readonly string[]): PrincipleVerdict | Unreadable {
  const read = readRanking(text, names);
  if (read.json === "none") return { unreadable: "there is no JSON object" };
  const scores = names.map((name) => onScale(read.scores[name], on) ?? null);
  if (scores.every((score) => score === null)) return { unreadable: "no answer has a score from 1 to 5" };
  const places = read.ranking.length === names.length ? names.map((name) => read.ranking.indexOf(name)) : [];
  return { scores, places, repaired: read.json === "saved", thought: thoughtOf(text) };
}

function thoughtOf(text: string): string {
  const end = text.lastIndexOf("</think>");
  const start = text.indexOf("<think>");
  return end < 0 ? "" : text.slice(start < 0 || start > end ? 0 : start + "<think>".length, end).trim();
}
