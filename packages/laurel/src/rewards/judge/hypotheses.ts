import {
  answerText,
  type Context,
  type Draft,
  fault,
  hashJson,
  pointwise,
  type Reward,
  type Task,
  type Unscored,
  unscored,
} from "../../core/index.ts";
import { type FacetMatcher, type Hypothesis, hypothesisMatch } from "../verify/match/index.ts";
import { askAll, drawOf, type JudgeOptions } from "./ask.ts";
import { empty, lostScore, referenceText, seedOf } from "./judge.ts";
import { type Prompt, prompt } from "./prompt.ts";
import { type Grammar, jsonVerdict } from "./verdict.ts";

/** Options of `hypothesisJudge`. */
export interface HypothesisJudgeOptions extends JudgeOptions {
  /** "greedy" (default, the benchmark's) or "optimal" pairing of parts. */
  pairing?: "greedy" | "optimal" | undefined;
  /** Ask about variables and relation with the whole texts, as the released evaluator does, and not with the parts that are matched; default false. */
  parity?: boolean | undefined;
}

/** A part of a hypothesis with its own text. */
interface Part extends Hypothesis {
  text: string;
}

const ask = (name: string, question: string, two = true) =>
  prompt({
    name: `hypotheses-${name}`,
    version: 1,
    system: "You compare scientific hypotheses with care. You judge what they state, not how they are written.",
    user: [
      ...(two
        ? ["The first hypothesis:\n{{quote first}}", "The second hypothesis:\n{{quote second}}"]
        : ["The hypothesis:\n{{quote first}}"]),
      question,
      "{{form}}",
    ].join("\n\n"),
  });

const splitting = ask(
  "split",
  "Take it apart into its separate statements. Of each name the context (the boundary condition under which it holds, None if it holds everywhere), the variables, and the relation between them.",
  false,
);
const contexts = ask("context", "Do both hold in the same context, that is, under the same boundary conditions?");
const variables = ask(
  "variables",
  "How many variables does the first name, how many the second, and how many of them are the same, whatever they are called?",
);
const relations = ask(
  "relation",
  "How like are the relations between the variables that they state: very similar, similar but the second more general, or different?",
);

const parts = jsonVerdict<{ list: readonly Part[] }>(
  "hypothesis-parts",
  'Answer with JSON only: {"hypotheses": [{"text": "…", "context": "…", "variables": ["…"], "relation": "…"}]}.',
  ({ hypotheses }) => {
    if (!Array.isArray(hypotheses)) return { unreadable: "hypotheses is no list" };
    const list: Part[] = [];
    for (const one of hypotheses as readonly unknown[]) {
      const { text, context, variables: names, relation } = (one ?? {}) as Record<string, unknown>;
      if (!Array.isArray(names) || typeof relation !== "string") return { unreadable: "a hypothesis lacks a facet" };
      const where = typeof context === "string" && context.trim() !== "" ? context : "None";
      const own = names.map(String);
      list.push({
        context: where,
        variables: own,
        relation,
        text: typeof text === "string" && text !== "" ? text : `${relation} (${own.join(", ")}; ${where})`,
      });
    }
    return { list };
  },
);
const sameness = jsonVerdict<{ same: boolean }>(
  "hypothesis-context",
  'Answer with JSON only: {"same": true} or {"same": false}.',
  ({ same }) => (typeof same === "boolean" ? { same } : { unreadable: "same is neither true nor false" }),
);
const counts = jsonVerdict<{ wanted: number; predicted: number; shared: number }>(
  "hypothesis-variables",
  'Answer with JSON only: {"first": …, "second": …, "same": …}, whole numbers.',
  ({ first, second, same }) => {
    const whole = [first, second, same].map(Number);
    const [wanted, predicted, shared] = whole as [number, number, number];
    return whole.every((one) => Number.isInteger(one) && one >= 0) && shared <= Math.min(wanted, predicted)
      ? { wanted, predicted, shared }
      : { unreadable: "the counts are no whole numbers, or more are the same than there are" };
  },
);
const credits = { "very similar": 1, "more general": 0.5, different: 0 } as const;
const likeness = jsonVerdict<{ credit: 0 | 0.5 | 1 }>(
  "hypothesis-relation",
  'Answer with JSON only: {"relation": "very similar"}, {"relation": "more general"} or {"relation": "different"}.',
  ({ relation }) =>
    typeof relation === "string" && Object.hasOwn(credits, relation)
      ? { credit: credits[relation as keyof typeof credits] }
      : { unreadable: "relation is none of the three words" },
);

/** Ends a match where a question has no readable answer. */
class Lost extends Error {
  readonly unscored: Unscored;
  constructor(lost: Unscored) {
    super(lost.unscored.message);
    this.unscored = lost;
  }
}

/**
 * DiscoveryBench's hypothesis match score with a language model as the reader: it takes both hypotheses apart, and says of contexts, variables
 * and relations how well they match.
 *
 *     HMS = recall of contexts · Σ F1(variables) · relation / number of predicted parts
 *
 * The gold hypothesis is `reference.texts[0]`. Contexts that are equal as texts match without a question; None on one side alone does not match.
 * A hypothesis that the model finds no parts in is one part of the context None. An answer of the model that cannot be read leaves the
 * candidate unscored (the released code counts −1).
 *
 * @returns a reward in [0, 1]; parts: recallContext, variableF1, relation, meanAccuracy. An empty answer is the fault `no-answer`
 * @source DiscoveryBench (2024), eval/new_eval.py; the wording is ours
 * @example hypothesisJudge({ model: await languageModelFrom("http://127.0.0.1:8080/v1#m") })
 */
export function hypothesisJudge(options: HypothesisJudgeOptions): Reward {
  const { model, pairing = "greedy", parity = false } = options;
  const draw = drawOf(options);
  const prompts = [splitting, contexts, variables, relations];
  const version =
    model.fingerprint === null
      ? undefined
      : hashJson([
          1,
          model.fingerprint,
          prompts.map((one) => one.fingerprint),
          pairing,
          parity,
          { ...draw, topP: draw.topP ?? null },
        ]);

  const score = async (text: string, gold: string, task: Task, ctx: Context, seed: string): Promise<Draft> => {
    const put = async <T>(which: Prompt, grammar: Grammar<T>, first: string, second: string): Promise<T> => {
      const rendered = which.render({ first, second, form: grammar.form }, options);
      if (rendered.tooLong !== undefined)
        throw new Lost(unscored("unsupported", `the hypotheses of ${task.id} are too long`));
      const [answer] = await askAll(model, [{ messages: rendered.messages, grammar, seed }], draw, ctx);
      const vote = answer!.votes[0];
      if (vote === undefined) throw new Lost(lostScore(answer!.lost));
      return vote.verdict;
    };
    const partsOf = async (whole: string): Promise<readonly Part[]> => {
      const { list } = await put(splitting, parts, whole, "");
      return list.length > 0 ? list : [{ context: "None", variables: [], relation: whole, text: whole }];
    };
    const textsOf = (wanted: Hypothesis, predicted: Hypothesis): [string, string] =>
      parity ? [gold, text] : [(wanted as Part).text, (predicted as Part).text];
    const isNone = (context: string): boolean => /^\s*none\s*$/i.test(context);
    const matcher: FacetMatcher = {
      async context(wanted, predicted) {
        if (wanted.context.trim() === predicted.context.trim()) return true;
        if (isNone(wanted.context) || isNone(predicted.context))
          return isNone(wanted.context) && isNone(predicted.context);
        return (await put(contexts, sameness, wanted.context, predicted.context)).same;
      },
      variables: (wanted, predicted) => put(variables, counts, ...textsOf(wanted, predicted)),
      relation: async (wanted, predicted) => (await put(relations, likeness, ...textsOf(wanted, predicted))).credit,
    };
    const { value, ...facets } = await hypothesisMatch(await partsOf(gold), await partsOf(text), matcher, pairing);
    return { value, parts: facets };
  };

  return pointwise(
    options.name ?? `hypotheses(${model.name})`,
    async (candidate, task, ctx) => {
      if (empty(candidate, task, options)) return fault("no-answer", { rationale: "no hypothesis" });
      const gold = referenceText(task);
      if (gold === undefined)
        return unscored("missing-reference", "the task has no gold hypothesis in reference.texts");
      try {
        return await score(answerText(candidate), gold, task, ctx, seedOf(ctx, task, candidate));
      } catch (thrown) {
        if (thrown instanceof Lost) return thrown.unscored;
        throw thrown;
      }
    },
    { version, range: [0, 1], work: "io", ...(draw.temperature > 0 ? { random: true } : {}) },
  );
}
