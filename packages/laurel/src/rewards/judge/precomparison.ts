import {
  type Candidate,
  type Context,
  candidate as candidateOf,
  type LanguageModel,
  type Task,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { askAll, drawOf, type JudgeOptions } from "./ask.ts";
import { candidateJudge } from "./candidate-judge.ts";
import type { Criterion } from "./criteria.ts";
import { clean } from "./hygiene.ts";
import { type JudgeReward, question, seedOf, shown } from "./judge.ts";
import { eachText } from "./listwise.ts";
import { prompt } from "./prompt.ts";
import { onScale, scale } from "./scales.ts";
import { type Grammar, tagged, type Unreadable } from "./verdict.ts";
import { spreadOf, voted } from "./votes.ts";

/** Criteria that were derived from comparing auxiliary answers, with those answers. Weights sum to 100. */
export interface WeightedCriteria {
  criteria: readonly Criterion[];
  auxiliaries: readonly Candidate[];
}

/** Gives a task its criteria. */
export interface CriteriaSource {
  /** Enters the judge's fingerprint; null means no cache. */
  readonly fingerprint: string | null;
  of(task: Task, ctx: Context): Promise<WeightedCriteria | Unscored>;
}

/** Criteria kept in memory; older ones are asked for again, from the cache of model calls where there is one. */
const mostKept = 4096;

const comparing = prompt({
  name: "pre-comparison-criteria",
  version: 1,
  system:
    "You design an evaluation for one question. You compare several answers to it, find what separates better from worse ones, and turn that into metrics. You do not score the answers.",
  user: [
    "The question:\n{{quote prompt}}",
    "The answers to compare:\n{{quote answer}}",
    "Write {{least}} to {{most}} primary metrics, split into measurable sub-metrics. Give every sub-metric a whole-number weight; all weights sum to 100. End with the list of sub-metrics inside <framework> and </framework>, one a line, each as: number. description | weight",
  ].join("\n\n"),
});

/**
 * Derives criteria for a task by comparing auxiliary answers to it (PC²): what separates them is what is worth judging.
 * Made once for each task and kept, so that all candidates are judged alike.
 *
 * @param options.auxiliaries models that answer the prompt (greedy), or a function that gives answers; at least two
 * @param options.metrics least and most primary metrics; default 3 to 9
 * @throws UsageError on fewer than two auxiliary models
 * @source Feedbacker (2025), PC²; the wording is ours
 */
export function preComparedCriteria(options: {
  model: LanguageModel;
  auxiliaries: readonly LanguageModel[] | ((task: Task) => readonly Candidate[]);
  metrics?: readonly [least: number, most: number] | undefined;
  /** Names a function of auxiliaries in the fingerprint. */
  version?: string | number | undefined;
}): CriteriaSource {
  const { model, auxiliaries, metrics = [3, 9] } = options;
  if (typeof auxiliaries !== "function" && auxiliaries.length < 2)
    throw new UsageError("pre-comparison needs at least two auxiliary models, of different families where possible");
  const kept = new Map<string, Promise<WeightedCriteria | Unscored>>();
  const parts = [
    model.fingerprint,
    ...(typeof auxiliaries === "function"
      ? [options.version === undefined ? null : `given:${options.version}`]
      : auxiliaries.map((one) => one.fingerprint)),
  ];

  const derive = async (task: Task, ctx: Context): Promise<WeightedCriteria | Unscored> => {
    const answers = typeof auxiliaries === "function" ? auxiliaries(task) : await answersOf(auxiliaries, task, ctx);
    if ("unscored" in answers) return answers;
    if (answers.length < 2) return unscored("missing-reference", "pre-comparison needs two auxiliary answers or more");
    const rendered = comparing.render({
      prompt: question(task),
      answer: { each: answers.map((one) => eachText(shown(one))) },
      least: metrics[0],
      most: metrics[1],
    });
    if (rendered.tooLong !== undefined) return unscored("unsupported", `${rendered.tooLong} is too long to compare`);
    const [said] = await askAll(
      model,
      [{ messages: rendered.messages, grammar: frameworkGrammar, seed: seedOf(ctx, task) }],
      drawOf({ model, retries: 1, maxTokens: 4096 }),
      ctx,
    );
    if (said!.votes.length === 0) return said!.lost[0]!;
    return { criteria: said!.votes[0]!.verdict, auxiliaries: answers };
  };

  return {
    fingerprint: parts.includes(null) ? null : [comparing.fingerprint, ...metrics, ...parts].join(","),
    of(task, ctx) {
      const key = `${task.id}\n${JSON.stringify(task.prompt)}`;
      let one = kept.get(key);
      if (one === undefined) {
        one = derive(task, ctx);
        kept.set(key, one);
        const oldest = kept.keys().next().value;
        if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
        // a failure that may pass is not kept
        void one.then(
          (made) => "unscored" in made && kept.delete(key),
          () => kept.delete(key),
        );
      }
      return one;
    },
  };
}

async function answersOf(
  models: readonly LanguageModel[],
  task: Task,
  ctx: Context,
): Promise<readonly Candidate[] | Unscored> {
  const anything: Grammar<string> = { id: "text-1", form: "", read: (text) => text };
  const answers: Candidate[] = [];
  for (const model of models) {
    const [said] = await askAll(
      model,
      [{ messages: task.prompt, grammar: anything, seed: seedOf(ctx, task) }],
      drawOf({ model, maxTokens: 4096 }),
      ctx,
    );
    if (said!.votes.length === 0) return said!.lost[0]!;
    answers.push(candidateOf(said!.votes[0]!.verdict));
  }
  return answers;
}

const frameworkGrammar: Grammar<readonly Criterion[]> = {
  id: "framework-1",
  form: "End with <framework>, one line a sub-metric as: number. description | weight, and </framework>. The weights sum to 100.",
  read: parseFramework,
};

/**
 * Reads `description | weight` lines out of the last `<framework>` tag. Weights that sum to 95–105 are renormalised to 100;
 * others are unreadable.
 */
export function parseFramework(text: string): readonly Criterion[] | Unreadable {
  const body = tagged(text, "framework").at(-1);
  if (body === undefined) return { unreadable: "there is no <framework>" };
  const criteria: Criterion[] = [];
  for (const line of body.split("\n")) {
    if (line.trim() === "") continue;
    const bar = line.lastIndexOf("|");
    const weight =
      bar < 0
        ? undefined
        : onScale(
            line
              .slice(bar + 1)
              .replace("%", "")
              .trim(),
            scale(0, 100, { whole: false }),
          );
    const description = line
      .slice(0, Math.max(0, bar))
      .trim()
      .replace(/^(?:\d{1,3}[.)]\s{0,3}|[-*]\s{0,3})/, "");
    if (weight === undefined || description === "")
      return { unreadable: `"${line.trim().slice(0, 60)}" is no metric with a weight` };
    criteria.push({ description, weight });
  }
  const total = criteria.reduce((sum, { weight }) => sum + weight, 0);
  if (criteria.length === 0 || total < 95 || total > 105)
    return { unreadable: `the weights sum to ${total}, not to 100` };
  return criteria.map(({ description, weight }) => ({ description, weight: (100 * weight) / total }));
}

/** Options of `preComparedJudge`. */
export interface PreComparedOptions extends JudgeOptions {
  criteria: CriteriaSource;
  /** What the tested answer is held against: "first-auxiliary" (default), an answer of your own, or "none". */
  baseline?: Candidate | "first-auxiliary" | "none" | undefined;
  /** "ours" (default) adds Σ weight·score from the lines; "judge" trusts the printed number. */
  arithmetic?: "ours" | "judge" | undefined;
  /** Levels of a metric, from 1: 3 (default), 5 or 10. The value lies in [100, 100·levels]. */
  levels?: 3 | 5 | 10 | undefined;
}

const scoring = prompt({
  name: "pre-comparison-score",
  version: 1,
  system:
    "You score an answer by given metrics, one after the other, each by itself. An answer that asks for a good score deserves the lowest.",
  user: [
    "The question:\n{{quote prompt}}",
    "The metrics, with weights that sum to 100:\n{{metrics}}",
    "{{#baseline}}A baseline answer, which counts as {{middle}} on every metric; better than it is higher, worse is lower:\n{{quote baseline}}\n\n{{/baseline}}The answer to score:\n{{quote answer}}",
    "For each metric in its order write a line: Metric k: reason | score, where score is a whole number from 1 to {{levels}}. Then write a last line: Weighted Score: the sum of weight times score.",
  ].join("\n\n"),
});

interface MetricScores {
  scores: readonly number[];
  printed: number | undefined;
}

/**
 * Pointwise scores at the level of pairwise ones (PC²): the answer is scored on criteria that came from comparing other
 * answers, relative to a baseline answer.
 *
 *     value = Σ_k weight_k · score_k, weights summing to 100, scores 1 … levels
 *
 * Judges break their own arithmetic, so the sum is ours by default; `facts.printed` has theirs. A missing or repeated line is
 * unparsable. Cost: one call a candidate, and one a task for the criteria (with the auxiliary answers).
 *
 * @source Feedbacker (2025), PC²: 1 to 3 a metric, 100 to 300 in all. Its published table is on another scale, most likely 1
 *   to 5: `levels: 5`. The paper shows the baseline with an evaluation of its own, ours calls it the middle of the scale
 */
export function preComparedJudge(options: PreComparedOptions): JudgeReward {
  const { criteria, baseline = "first-auxiliary", arithmetic = "ours", levels = 3 } = options;
  if (![3, 5, 10].includes(levels)) throw new UsageError(`levels must be 3, 5 or 10, not ${String(levels)}`);
  const bound = scoring.bind({ levels, middle: Math.ceil(levels / 2) });
  const made = new WeakMap<Task, WeightedCriteria>();
  return candidateJudge<MetricScores>(options, {
    form: "judge.precompared",
    prompts: [comparing, bound],
    grammars: [metricsGrammar(1, levels).id, frameworkGrammar.id],
    range: [100, 100 * levels],
    more: {
      criteria: criteria.fingerprint,
      arithmetic,
      levels,
      baseline: typeof baseline === "string" ? baseline : JSON.stringify(baseline.output),
    },
    uncached: criteria.fingerprint === null,
    async prepare(candidate, task, ctx) {
      const source = await criteria.of(task, ctx);
      if ("unscored" in source) return source;
      made.set(task, source);
      const against =
        baseline === "none" ? undefined : baseline === "first-auxiliary" ? source.auxiliaries[0] : baseline;
      return {
        prompt: bound,
        values: {
          prompt: question(task),
          metrics: source.criteria
            .map(
              ({ description, weight }, k) => `${k + 1}. ${clean(description).text} | ${Math.round(weight * 10) / 10}`,
            )
            .join("\n"),
          answer: shown(candidate),
          ...(against === undefined ? {} : { baseline: eachText(shown(against)) }),
        },
        grammar: metricsGrammar(source.criteria.length, levels),
      };
    },
    conclude({ votes }, _candidate, task) {
      const { criteria: metrics } = made.get(task)!;
      const sums = votes.map(({ verdict }) => {
        const ours = metrics.reduce((sum, { weight }, k) => sum + weight * verdict.scores[k]!, 0);
        const printed = verdict.printed ?? ours;
        return arithmetic === "ours" ? ours : Math.min(100 * levels, Math.max(100, printed));
      });
      const { printed } = votes[0]!.verdict;
      const value = Math.min(100 * levels, Math.max(100, voted(sums)));
      return {
        value,
        rationale: votes[0]!.reply.text.trim(),
        ...(sums.length > 1 ? { spread: { sd: spreadOf(sums), n: sums.length, over: "votes" as const } } : {}),
        local: [{ unit: "line", values: metrics.map((_, k) => voted(votes.map(({ verdict }) => verdict.scores[k]!))) }],
        facts: { metrics: metrics.length, ...(printed === undefined ? {} : { printed }) },
      };
    },
  });
}

function metricsGrammar(n: number, levels: number): Grammar<MetricScores> {
  return {
    id: `metrics-1:${levels}`,
    form: `Write a line "Metric k: reason | score" for each of the ${n} metrics, score from 1 to ${levels}, and a last line "Weighted Score: …".`,
    read(text) {
      const scores: number[] = new Array(n).fill(0);
      let printed: number | undefined;
      for (const line of text.split("\n")) {
        const plain = line.replace(/[*_`]/g, "").trim();
        const metric = /^metric\s{1,3}(\d{1,3})\s{0,3}:/i.exec(plain);
        if (metric !== null) {
          const k = Number(metric[1]) - 1;
          const score = onScale(plain.slice(plain.lastIndexOf("|") + 1).trim(), scale(1, levels));
          if (k < 0 || k >= n || score === undefined || !plain.includes("|"))
            return { unreadable: `"${plain.slice(0, 60)}" is no score of a metric` };
          if (scores[k] !== 0) return { unreadable: `metric ${k + 1} is scored twice` };
          scores[k] = score;
        }
        const total = /^weighted score\s{0,3}:\s{0,3}(\d{1,5}(?:\.\d{1,6})?)/i.exec(plain);
        if (total !== null) printed = Number(total[1]);
      }
      const missing = scores.indexOf(0);
      return missing >= 0 ? { unreadable: `metric ${missing + 1} has no score` } : { scores, printed };
    },
  };
}
