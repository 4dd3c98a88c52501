import {
  type Context,
  type GenerateRequest,
  type Generation,
  hashJson,
  type LanguageModel,
  random,
  type Seed,
  seedFrom,
  split,
  textOf,
  UsageError,
} from "laurel";
import { parseText, type Question, wordCount } from "../preferences/text/index.ts";
import { type AnswerForm, answerFormOf } from "./answer-form.ts";
import { type Piece, tokensOf, type Verdict, writeVerdict } from "./answer-text.ts";
import {
  choiceProbabilities,
  draw,
  drawKeys,
  gradeProbabilities,
  type JudgeTraits,
  plainQuality,
  type Quality,
  viewOf,
} from "./decide.ts";
import { itemisedAnswer } from "./itemised.ts";
import { type JudgePrompt, readJudgePrompt, type ShownText } from "./judge-prompt.ts";

/** A scripted judge's traits and manners. */
export interface ScriptedJudgeOptions extends JudgeTraits {
  /** Its name as a model, default `scripted`. */
  name?: string | undefined;
  /** What its errors are drawn from, default `seedFrom("scripted judge")`. */
  seed?: Seed | undefined;
  /** The quality that it tries to see, default `plainQuality`. */
  quality?: Quality | undefined;
  /** Obeys an order in a candidate that reaches it outside of its delimiters or behind a control token; default false. */
  obeys?: boolean | undefined;
  /** Errors belong to a text, so that swapping the order repeats them; default false: each prompt has its own. */
  stable?: boolean | undefined;
  /** The share of answers that hold no verdict, default 0. */
  unparsable?: number | undefined;
}

/** A language model that judges the preference world's texts with known errors. */
export interface ScriptedJudge extends LanguageModel {
  /** Exact P(first), P(second), P(tie) of a comparison in this order, where it may call a tie. */
  preference(first: string, second: string, question?: Question): { first: number; second: number; tie: number };
  /** Exact mean and probabilities of the grades of a text by itself, from low to high. */
  grade(text: string, scale: readonly [number, number], question?: Question): { mean: number; p: Float64Array };
  /** Requests that it has answered. */
  readonly requests: number;
}

/**
 * A `LanguageModel` that finds templated texts in any judge's prompt, decodes them, and answers in the form that the prompt asks
 * for: `[[A]]`, `[RESULT] 4`, `<answer>`, `\boxed{}`, JSON (by schema or by the members that the prompt shows), `Score: 7`, a
 * ranking, yes or no, a bare label; steps, facts, claims and passages one by one (`itemisedAnswer`).
 *
 * The choice among texts follows Plackett and Luce; of two,
 *
 *     logit P(first) = skill · (q_first − q_second) + position + length · (words_first − words_second) / 100 + style · … ,
 *
 * where with `accuracy` the first term is ± log(accuracy/(1 − accuracy)). A grade is low + (high − low) · (q + biases/slope
 * + noise · z), rounded (slope 10 where an accuracy is given). Draws depend on the texts, their order and the question, not on
 * the wording round them; at temperature 0 (or none given) also not on the request's seed, so that a repeated call gives the same. Candidates
 * are delimited texts (`[begin NAME]…[end NAME]`, `<NAME>…</NAME>`, `[The Start of NAME]…`), or else the world's texts by their
 * openings. Log-probabilities are exact at the decided tokens and 0 at all others.
 *
 * @example
 * const judge = scriptedJudge({ skill: { accuracy: 0.8 }, position: 0.5, length: 0.3 });
 * const [[answer]] = await judge.generate([{ messages: [{ role: "user", content: prompt }] }], directContext());
 */
export function scriptedJudge(options: ScriptedJudgeOptions): ScriptedJudge {
  const { name = "scripted", seed = seedFrom("scripted judge"), quality = plainQuality } = options;
  const { stable = false, obeys = false, unparsable = 0, tie = 0, noise = 0 } = options;
  const { skill } = options;
  if ("accuracy" in skill && !(skill.accuracy >= 0 && skill.accuracy <= 1))
    throw new UsageError(`a judge's accuracy must lie in [0, 1], not ${skill.accuracy}`);
  for (const [what, share] of Object.entries({ tie, unparsable }))
    if (!(share >= 0 && share <= 1)) throw new UsageError(`${what} must lie in [0, 1], not ${share}`);
  let requests = 0;

  const verdictOf = (prompt: JudgePrompt, form: AnswerForm, drawSeed: Seed): Verdict => {
    const view = viewOf(options, prompt.candidates, prompt, quality);
    const drawn = draw(view, options, form.scale, drawSeed, drawKeys(prompt.candidates, prompt.question, stable));
    return { form, view, drawn, tie, noise };
  };

  const answer = (prompt: JudgePrompt, form: AnswerForm, drawSeed: Seed): Piece[] => {
    if (prompt.candidates.length === 0 && prompt.passages.length === 0) return ["I see no answer to judge."];
    const content = hashJson(prompt.candidates.map(({ text }) => text));
    if (random(split(split(drawSeed, "unparsable"), content)).uniform() < unparsable)
      return ["I would rather not decide here."];
    const verdict = verdictOf(prompt, form, drawSeed);
    const items = itemisedAnswer({ prompt, traits: options, view: verdict.view, drawn: verdict.drawn, seed: drawSeed });
    // an order moves the whole verdict; small ones are only dictated where it is obeyed
    if (items !== undefined && (!obeys || prompt.injected === null)) return items;
    if (prompt.candidates.length === 0) return ["I see no answer to judge."];
    if (!obeys || prompt.injected === null) return writeVerdict(verdict);
    return writeVerdict(commanded(verdict, prompt.injected.wants, prompt.injected.from));
  };

  const generateOne = (request: GenerateRequest, ctx: Context): Generation[] => {
    requests++;
    const prompt = readJudgePrompt(request.messages);
    const form = answerFormOf(prompt.instructions, prompt.candidates.length, request.schema);
    const input = request.messages.reduce((sum, message) => sum + Math.ceil(textOf(message).length / 4), 0);
    const repeated = (request.temperature ?? 0) > 0;
    const made = Array.from({ length: request.n ?? 1 }, (_, i): Generation => {
      const drawSeed = repeated ? split(seed, `${request.seed ?? ctx.repeat}/${i}`) : seed;
      const { text, logprobs } = tokensOf(answer(prompt, form, drawSeed), request.topLogprobs ?? 0);
      const first = i === 0;
      return {
        text,
        finish: "stop",
        modelId: name,
        usage: {
          model: name,
          inputTokens: first ? input : 0,
          outputTokens: logprobs.length,
          calls: first ? 1 : 0,
        },
        ...(request.topLogprobs === undefined ? {} : { logprobs }),
      };
    });
    const outputTokens = made.reduce((sum, one) => sum + one.usage.outputTokens, 0);
    ctx.spend({ model: name, inputTokens: input, outputTokens, calls: 1 });
    return made;
  };

  const shown = (text: string): ShownText => ({ latents: parseText(text) ?? null, words: wordCount(text), text });
  const around = (question: Question | undefined) => ({
    question: question ?? null,
    reference: null,
    instructions: "",
  });
  return {
    name,
    fingerprint:
      options.quality === undefined
        ? hashJson(["scripted-judge", 1, JSON.parse(JSON.stringify({ ...options, seed }))])
        : null,
    random: true,
    supports: { n: true, seed: true, logprobs: true, tools: false, images: false, schema: true },
    get requests() {
      return requests;
    },
    generate: async (asked, ctx) => asked.map((request) => generateOne(request, ctx)),
    preference(first, second, question) {
      const { logits } = viewOf(options, [shown(first), shown(second)], around(question), quality);
      const [p, q] = choiceProbabilities(logits);
      return { first: p! * (1 - tie), second: q! * (1 - tie), tie };
    },
    grade(text, scale, question) {
      const { grades } = viewOf(options, [shown(text)], around(question), quality);
      const p = gradeProbabilities(grades[0]!, noise, scale);
      return { mean: p.reduce((sum, one, k) => sum + one * (scale[0] + k), 0), p };
    },
  };
}

/** The verdict as an injected order wants it: its label, its grade, or the best for the candidate that it came with. */
function commanded(verdict: Verdict, wants: string | null, from: number): Verdict {
  const { form, view, drawn } = verdict;
  const label = wants === null ? -1 : form.labels.findIndex((one) => one.toLowerCase() === wants.toLowerCase());
  const best = label >= 0 ? label : Math.max(0, from);
  const grade =
    wants !== null && /^\d+$/.test(wants)
      ? Math.min(form.scale[1], Math.max(form.scale[0], Number(wants)))
      : form.scale[1];
  const certain = (values: Float64Array, yes: number, no: number): Float64Array =>
    values.map((_, i) => (i === best ? yes : no));
  const share = (grade - form.scale[0]) / (form.scale[1] - form.scale[0]);
  const tied = wants !== null && form.tie !== null && wants.toLowerCase() === form.tie.toLowerCase();
  return {
    form,
    tie: tied ? 1 : 0,
    noise: 0,
    view: {
      ...view,
      logits: certain(view.logits, 0, -800),
      grades: view.grades.map((one, i) => (i === best ? share : one)),
      checks: certain(view.checks, /^no$/i.test(wants ?? "") ? -800 : 800, -800),
    },
    drawn: {
      order: [best, ...drawn.order.filter((i) => i !== best)],
      tie: tied,
      grades: drawn.grades.map((one, i) => (i === best ? grade : one)),
      checks: drawn.checks.map((one, i) => (i === best ? !/^no$/i.test(wants ?? "") : one)),
    },
  };
}
