import { unscored } from "../../core/index.ts";
import type { JudgeOptions } from "./ask.ts";
import { candidateJudge } from "./candidate-judge.ts";
import { type Rubric, rubricOf, rubricText, scaleOfRubric } from "./criteria.ts";
import { type JudgeReward, shown } from "./judge.ts";
import { materialOf, type ReferenceUse, type ScoreVerdict, scoreDraft } from "./pointwise.ts";
import { prompt } from "./prompt.ts";
import { type Scale, scale } from "./scales.ts";
import { type Grammar, isUnreadable, resultMarker } from "./verdict.ts";
import type { VoteAggregate } from "./votes.ts";

/** Options of `rubricJudge`. */
export interface RubricOptions extends JudgeOptions {
  /** Default: the rubric in the task's `context.rubric`; all of them must then be on one scale. */
  rubric?: Rubric | undefined;
  /** Default what the rubric says, else "use". The reference counts as an answer of the greatest score. */
  reference?: ReferenceUse | undefined;
  passages?: ReferenceUse | undefined;
  /** The scale of rubrics in the context; default "1-5". Ignored if a rubric is given. */
  scale?: Scale | undefined;
  aggregate?: Exclude<VoteAggregate, "sum"> | undefined;
}

/** Prometheus' settings: three samples at temperature 1 and top-p 0.9, their mean, unreadable ones drawn again (here at most 3 times). */
export const prometheusDraw = { votes: 3, temperature: 1, topP: 0.9, maxTokens: 1024, retries: 3 } as const;

const wording = prompt({
  name: "rubric",
  version: 1,
  system:
    "You are a fair judge. You write feedback on an answer strictly by the given score rubric, and then give a score.",
  user: [
    "### Task\nYou are given an instruction, an answer to it{{#reference}}, a reference answer that would get {{best}}{{/reference}} and a score rubric. First write feedback that holds the answer against the rubric and nothing else. Then give {{scale}}. {{form}}",
    "### Instruction\n{{quote prompt}}",
    "{{#passages}}### Passages that were given with it\n{{quote passages}}\n\n{{/passages}}### Answer to score\n{{quote answer}}",
    "{{#reference}}### Reference answer (score {{best}})\n{{quote reference}}\n\n{{/reference}}### Score rubric\n{{rubric}}",
    "### Feedback",
  ].join("\n\n"),
});

/**
 * A judge that scores by a rubric: criterion, a description of each score, and a reference answer worth the greatest.
 *
 * Value: mean (median, mode) of the votes on the rubric's own scale; `parts` has it under "rubric". A rubric from a task's
 * context is cleaned and put in as guidance: it is the data owner's, not the candidate's.
 *
 * @param options.votes `prometheusDraw` holds the paper's settings; default one vote at temperature 0
 * @throws UsageError on a rubric whose levels leave a gap
 * @source Prometheus (2023): parts of the prompt, `[RESULT]` at the end, split at the last marker; the wording is ours
 * @example rubricJudge({ model, rubric: await criteriaFile("rubric", "readable.yaml"), ...prometheusDraw })
 */
export function rubricJudge(options: RubricOptions): JudgeReward {
  const { rubric, aggregate = "mean" } = options;
  const on = rubric === undefined ? (options.scale ?? scale(1, 5)) : scaleOfRubric(rubric);
  const reference = options.reference ?? rubric?.reference ?? "use";
  const passages = options.passages ?? rubric?.passages ?? "ignore";
  const grammar = feedbackGrammar(on);
  const bound = wording.bind({
    scale: on.words,
    best: on.max,
    form: grammar.form,
    ...(rubric === undefined ? {} : { rubric: rubricText(rubric) }),
  });
  return candidateJudge<ScoreVerdict>(options, {
    form: "judge.rubric",
    prompts: [bound],
    grammars: [grammar.id],
    range: [on.min, on.max],
    more: { reference, passages, aggregate },
    prepare(candidate, task) {
      const own = rubric ?? rubricOf(task.context);
      if (own === undefined)
        return unscored("missing-reference", "the judge needs a rubric: an option, or context.rubric of the task");
      if (rubric === undefined) {
        const { min, max } = scaleOfRubric(own);
        if (min !== on.min || max !== on.max)
          return unscored(
            "bad-reference",
            `the task's rubric goes from ${min} to ${max}, the judge's scale is ${on.id}`,
          );
      }
      const material = materialOf(task, { reference, passages });
      if ("unscored" in material) return material;
      return {
        prompt: bound,
        values: {
          ...material,
          answer: shown(candidate),
          ...(rubric === undefined ? { rubric: rubricText(own) } : {}),
        },
        grammar,
      };
    },
    conclude(answers) {
      const draft = scoreDraft(answers, aggregate);
      return { ...draft, parts: { rubric: draft.value } };
    },
  });
}

function feedbackGrammar(on: Scale): Grammar<ScoreVerdict> {
  const result = resultMarker(on);
  return {
    ...result,
    read(text) {
      const said = result.read(text);
      return isUnreadable(said) ? said : { score: said.score, rationale: said.feedback };
    },
  };
}
