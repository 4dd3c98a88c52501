import {
  answerText,
  type Candidate,
  type Draft,
  failure,
  fault,
  type JsonObject,
  type Score,
  type Span,
  settle,
  type Task,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { type Answers, askAll, drawOf, type JudgeOptions, type Question } from "../judge/ask.ts";
import { about, empty, identity, type JudgeReward, lostScore, question, seedOf, tooLong } from "../judge/judge.ts";
import { type PointwiseOptions, pointwiseJudge, scaleOf } from "../judge/pointwise.ts";
import { prompt } from "../judge/prompt.ts";
import { onScale, type Scale } from "../judge/scales.ts";
import { stepIndicators } from "../judge/step-indicators.ts";
import { type Grammar, labelledScore } from "../judge/verdict.ts";
import { type Aggregate, aggregateRange, aggregateSteps } from "./aggregate.ts";

/** Options of `stepwiseJudge`. */
export interface StepwiseJudgeOptions extends JudgeOptions {
  /** "scores" (default): each step is scored on `scale`. "marks": a list of 0 and 1, one a step; a step's value is then 1 less its mark. */
  verdict?: "scores" | "marks" | undefined;
  /** Of "scores"; default "1-5". */
  scale?: Scale | string | undefined;
  /** "one" (default): one call says all steps. "each": a call a step, which shows the steps before it only. */
  calls?: "one" | "each" | undefined;
  /** What is judged of a step; default whether it is correct, or free of what the task's `context.error` names. */
  criterion?: string | undefined;
  /** How the steps' values become the solution's; default "mean". */
  aggregate?: Aggregate | undefined;
  /** The steps of a candidate that brings none; default its paragraphs (`paragraphs`). Give `version`, too, or the judge is not cached. */
  split?: ((text: string) => readonly Span[]) | undefined;
}

/** The paragraphs of a text: what stands between blank lines. */
export function paragraphs(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const part of text.split(/(\n[ \t\r]*\n)/)) {
    const lead = part.length - part.trimStart().length;
    const body = part.trim();
    if (body !== "") spans.push({ start: at + lead, end: at + lead + body.length });
    at += part.length;
  }
  return spans;
}

const system =
  "You check a solution to a problem step by step. Judge each step by itself, given the problem and the steps before it: is what it says right, and does it help? What a step says about itself proves nothing.";

const whole = prompt({
  name: "steps",
  version: 1,
  system,
  user: [
    "The problem:\n{{quote prompt}}",
    "The solution, in {{count}} numbered steps:\n{{quote step}}",
    "What to judge of each step: {{criterion}}",
    "{{form}}",
  ].join("\n\n"),
});

const single = prompt({
  name: "step",
  version: 1,
  system,
  user: [
    "The problem:\n{{quote prompt}}",
    "{{#before}}The steps before it:\n{{quote before}}\n\n{{/before}}Step {{number}}, which you judge:\n{{quote step}}",
    "What to judge of it: {{criterion}}",
    "{{form}}",
  ].join("\n\n"),
});

/** One value a step, null where the judge gave none. */
type StepValues = readonly (number | null)[];

/**
 * A judge that scores each step of a solution: a process reward without training. The steps' values are in `local` (unit "step").
 *
 * Values stay on the judge's scale. Scores are put to steps by the number that the judge names, never by their order: a step without a
 * score is null, a number that the solution has not is counted in `facts.otherSteps`, and a solution of which the aggregate reads a null is
 * unscored. Marks must be as many as steps. Several votes: the mean of those that score a step.
 *
 * `context.error` of a task (such as "a wrong number") names the error that counts; VLRMBench's tasks bring theirs.
 *
 * @throws UsageError for an unknown option, an aggregate that needs probabilities on another scale, or a number out of range
 * @source ViLBench (2025): scores 1 to 5 a step, their mean; VLRMBench (2025): marks. The wording is ours
 * @example stepwiseJudge({ model, aggregate: { lastFraction: 0.5 } })
 */
export function stepwiseJudge(options: StepwiseJudgeOptions): JudgeReward {
  const { model, verdict = "scores", calls = "one", aggregate = "mean" } = options;
  if (verdict !== "scores" && verdict !== "marks") throw new UsageError(`there is no verdict form "${verdict}"`);
  if (calls !== "one" && calls !== "each") throw new UsageError(`calls must be "one" or "each", not "${calls}"`);
  if (verdict === "marks" && (calls === "each" || options.scale !== undefined))
    throw new UsageError("marks are given for all steps in one call and have no scale");
  const on = scaleOf(options.scale ?? "1-5");
  const range = verdict === "marks" ? ([0, 1] as const) : ([on.min, on.max] as const);
  const reach = aggregateRange(aggregate, range);
  const draw = drawOf({ maxTokens: 4096, ...options });
  const used = calls === "each" ? single : whole;
  const bound = options.criterion === undefined ? used : used.bind({ criterion: options.criterion });
  const criterionOf = (task: Task): string => {
    const named = task.context?.["error"];
    const error = typeof named === "string" ? named : undefined;
    if (verdict === "marks") return `does it contain ${error ?? "an error"}? 1 means that it does, 0 that it does not`;
    return error === undefined ? "how correct and useful it is" : `how free it is of ${error}`;
  };
  const own: JsonObject = {
    verdict,
    calls,
    range: [...range],
    aggregate: aggregate as string | JsonObject,
    split: options.split === undefined ? "paragraphs" : "own",
  };
  const id = identity("judge.steps", [bound], [`${verdict}-1`], options, draw, own);
  const made: JudgeReward = {
    ...about("judge.steps", options),
    ...id,
    ...(options.split !== undefined && options.version === undefined ? { fingerprint: null } : {}),
    sees: "candidate",
    ...(reach === undefined ? { floor: range[0] } : { range: reach }),
    prompts: [bound],
    async score(tasks, ctx) {
      const units = tasks.flatMap((task) => task.candidates.map((candidate) => ({ task, candidate })));
      const scores: Score[] = new Array(units.length);
      const asked: { at: number; steps: number; step: number | null; question: Question<StepValues> }[] = [];
      for (const [at, { task, candidate }] of units.entries()) {
        try {
          const prepared = prepare(task, candidate);
          if (!Array.isArray(prepared)) scores[at] = settle(prepared as Draft, made);
          else
            for (const one of prepared as Prepared[]) {
              const seed = draw.temperature > 0 ? seedOf(ctx, task, candidate) : ctx.seed;
              asked.push({ at, steps: one.steps, step: one.step, question: { ...one.question, seed } });
            }
        } catch (thrown) {
          scores[at] = failure(made.name, thrown, ctx);
        }
      }
      const answers = await askAll(
        model,
        asked.map((one) => one.question),
        draw,
        ctx,
      );
      for (const [at, group] of Map.groupBy(
        asked.map((one, i) => ({ ...one, answer: answers[i]! })),
        (one) => one.at,
      ))
        scores[at] = conclude(group);
      let next = 0;
      return tasks.map((task) => task.candidates.map(() => scores[next++]!));
    },
  };

  interface Prepared {
    steps: number;
    step: number | null;
    question: Omit<Question<StepValues>, "seed">;
  }

  function prepare(task: Task, candidate: Candidate): Prepared[] | Draft {
    if (empty(candidate, task, options)) return fault("no-answer");
    const text = answerText(candidate);
    const spans = candidate.steps ?? (options.split ?? paragraphs)(text);
    if (spans.length === 0) return fault("no-answer", { facts: { steps: 0 } });
    const steps = spans.map(({ start, end }) => text.slice(start, end));
    const each = calls === "each" ? steps.map((_, i) => i) : [null];
    const criterion = options.criterion ?? criterionOf(task);
    const questions: Prepared[] = [];
    for (const step of each) {
      const grammar = step === null ? listGrammar(verdict, steps.length, on) : oneGrammar(on);
      const rendered = bound.render(
        step === null
          ? { prompt: question(task), count: steps.length, step: { each: steps }, criterion, form: grammar.form }
          : {
              prompt: question(task),
              ...(step === 0 ? {} : { before: { each: steps.slice(0, step) } }),
              number: step + 1,
              step: steps[step]!,
              criterion,
              form: grammar.form,
            },
        options,
      );
      if (rendered.tooLong !== undefined)
        return rendered.tooLong === "prompt" ? tooLong(rendered.tooLong, rendered.length) : fault("over-long");
      questions.push({ steps: steps.length, step, question: { messages: rendered.messages, grammar } });
    }
    return questions;
  }

  function conclude(group: readonly { steps: number; step: number | null; answer: Answers<StepValues> }[]): Score {
    const { steps } = group[0]!;
    if (group.every(({ answer }) => answer.votes.length === 0))
      return lostScore(group.flatMap(({ answer }) => answer.lost));
    const said: number[][] = Array.from({ length: steps }, () => []);
    let others = 0;
    for (const { step, answer } of group)
      for (const { verdict: values } of answer.votes) {
        if (step !== null) said[step]!.push(values[0]!);
        else {
          others += values.slice(steps).filter((one) => one !== null).length;
          for (const [t, value] of values.slice(0, steps).entries()) if (value !== null) said[t]!.push(value);
        }
      }
    const values = said.map((votes) =>
      votes.length === 0 ? null : votes.reduce((sum, one) => sum + one, 0) / votes.length,
    );
    const value = aggregateSteps(values, aggregate);
    const missing = values.filter((one) => one === null).length;
    const first = group.flatMap(({ answer }) => answer.votes)[0]!.reply.text.trim();
    if (value === null)
      return unscored("judge-unparsable", `${missing} of ${steps} steps have no score`, { raw: first });
    return settle(
      {
        value,
        local: [{ unit: "step", values }],
        rationale: first,
        facts: {
          steps,
          ...(missing === 0 ? {} : { missingSteps: missing }),
          ...(others === 0 ? {} : { otherSteps: others }),
        },
      },
      made,
    );
  }
  return made;
}

/** Reads `Step 3: 4` lines, or a list of marks. Numbers beyond the steps are kept behind them, to be counted. */
function listGrammar(verdict: "scores" | "marks", steps: number, on: Scale): Grammar<StepValues> {
  if (verdict === "marks")
    return {
      id: "marks-1",
      form: `End with one list of ${steps} marks, one a step in order, each 0 or 1: [mark of step 1, …, mark of step ${steps}].`,
      read(text) {
        const { values, unreadable } = stepIndicators(text, steps);
        return unreadable === undefined ? values.map((mark) => 1 - mark) : { unreadable };
      },
    };
  return {
    id: "scores-1",
    form: `Score each step with ${on.words}, the least being worst. End with ${steps} lines, one a step: "Step k: score".`,
    read(text) {
      const found = new Map<number, number | null>();
      for (const [, number, said] of text.matchAll(
        /^[ \t*_]{0,8}Step[ \t]{1,4}(\d{1,4})[*_]{0,4}:[*_ \t]{0,8}(-?\d{1,6}(?:\.\d{1,6})?)[*_ \t\r]{0,8}$/gim,
      )) {
        const step = Number(number) - 1;
        const score = onScale(said, on) ?? null;
        // a step that is scored twice in different ways has no score
        found.set(step, found.has(step) && found.get(step) !== score ? null : score);
      }
      const values: (number | null)[] = Array.from({ length: steps }, (_, t) => found.get(t) ?? null);
      if (values.every((one) => one === null)) return { unreadable: 'there is no line "Step k: score"' };
      for (const [step, score] of found) if (step < 0 || step >= steps) values.push(score);
      return values;
    },
  };
}

function oneGrammar(on: Scale): Grammar<StepValues> {
  const plain = labelledScore(on);
  return {
    ...plain,
    read(text) {
      const score = plain.read(text);
      return typeof score === "number" ? [score] : score;
    },
  };
}

/**
 * A judge that scores a solution as a whole, from 1 to 5: what `stepwiseJudge` is held against. It is `pointwiseJudge` under another
 * criterion and scale.
 *
 * @source ViLBench (2025); the wording is ours
 * @example holisticJudge({ model })
 */
export function holisticJudge(options: PointwiseOptions): JudgeReward {
  return pointwiseJudge({
    scale: "1-5",
    criterion: "how correct the solution is as a whole, and whether its answer is right",
    ...options,
  });
}
