import { candidate, type Example, type JsonObject, type LanguageModel, random, split, task } from "../../core/index.ts";
import { clusterOf, shuffleCandidates } from "../../io/index.ts";
import { parseJson } from "../../models/index.ts";
import { askAll, drawOf } from "../../rewards/judge/ask.ts";
import { type Grammar, judgePrompt } from "../../rewards/judge/index.ts";
import { parseMath, Unreadable } from "../../rewards/verify/index.ts";
import { realValue } from "../../rewards/verify/math/evaluate.ts";
import type { TaskWriter } from "../search/index.ts";
import { type Form, forms } from "./forms.ts";

/** Options of `expressionWriter`. */
export interface ExpressionWriterOptions {
  /** Forms of the pairs, one drawn for each question; default: all. */
  forms?: readonly Form[] | undefined;
  /** Questions that are asked for in one call; default 10. */
  batch?: number | undefined;
  /** Default 0.7. */
  temperature?: number | undefined;
}

const wording = judgePrompt({
  name: "write-questions",
  version: 1,
  system:
    "You write questions whose answer is one number, for a benchmark. You do not work the answer out: you give the arithmetic expression whose value is the answer, and a second one that a typical mistake leads to. A program computes both.",
  user: "Topic: {{quote topic}}\n{{#requirement}}Requirement: {{quote requirement}}\n{{/requirement}}\nWrite {{n}} different questions. This is part {{part}} of the list, so vary the numbers and the situations.",
});

const schema: JsonObject = {
  type: "array",
  minItems: 1,
  items: {
    type: "object",
    properties: { question: { type: "string" }, expression: { type: "string" }, wrong: { type: "string" } },
    required: ["question", "expression", "wrong"],
  },
};

interface Written {
  question: string;
  expression: string;
  wrong: string;
}

const grammar: Grammar<readonly Written[]> = {
  id: "questions-1",
  form: 'Write a JSON list of objects: [{"question": "…", "expression": "(17 - 5) / 4", "wrong": "17 - 5 / 4"}].',
  schema,
  read(text) {
    const parsed = parseJson(text, { schema });
    return parsed.failure === undefined
      ? (parsed.value as unknown as readonly Written[])
      : { unreadable: parsed.message };
  },
};

/** A number as people write it, to ten significant digits; undefined for what is none or needs an exponent. */
function numberOf(expression: string): string | undefined {
  try {
    const value = realValue(parseMath(expression));
    if (value === undefined || !Number.isFinite(value)) return undefined;
    const text = String(Number(value.toPrecision(10)));
    return /e/.test(text) ? undefined : text;
  } catch (thrown) {
    if (thrown instanceof Unreadable) return undefined;
    throw thrown;
  }
}

/**
 * A language model that writes questions whose answers are computed from an expression: it is relied on for the question alone.
 *
 * The right answer is the value of its expression, the wrong one that of a typical mistake. A question whose expressions cannot be read, or
 * come to the same value, is left out. What may still be wrong is whether the expression fits the question: audit a sample.
 *
 * @returns a writer for `searchBenchmark` and topics that have a name alone
 * @source AutoBencher (2024), math_autobencher.py: answers by execution; expressions in place of Python, and the wording, are ours
 * @example searchBenchmark(modelProposer(model), expressionWriter(model), takers)
 */
export function expressionWriter(model: LanguageModel, options: ExpressionWriterOptions = {}): TaskWriter {
  const { forms: own = forms, batch = 10, temperature = 0.7 } = options;
  const draw = { ...drawOf({ model, retries: 1 }), temperature, maxTokens: 4096 };
  return {
    name: `written by ${model.name}`,
    fingerprint: model.fingerprint === null ? null : `${model.fingerprint} ${wording.fingerprint} ${temperature}`,
    async *write(topic, n, { seed }, ctx) {
      const seen = new Set<string>();
      let made = 0;
      // a model that repeats itself ends the list early
      for (let part = 1; made < n && part <= 2 * Math.ceil(n / batch); part++) {
        const rendered = wording.render({
          topic: topic.name,
          requirement: topic.requirement,
          n: String(Math.min(batch, n)),
          part: String(part),
        });
        if (rendered.tooLong !== undefined) return;
        const question = { messages: rendered.messages, grammar, seed: split(seed, `part ${part}`) };
        const [answer] = await askAll(model, [question], draw, ctx);
        const before = made;
        for (const one of answer!.votes[0]?.verdict ?? []) {
          const key = one.question.trim();
          if (made === n || key === "" || seen.has(key)) continue;
          seen.add(key);
          const pair = pairOf(topic.name, one, made, own, split(seed, key));
          if (pair === undefined) continue;
          made++;
          yield pair;
        }
        if (made === before) return;
      }
    },
  };
}

function pairOf(topic: string, one: Written, at: number, own: readonly Form[], seed: string): Example | undefined {
  const [right, wrong] = [numberOf(one.expression), numberOf(one.wrong)];
  if (right === undefined || wrong === undefined) return undefined;
  if (Math.abs(Number(right) - Number(wrong)) <= 1e-6 * Math.max(Math.abs(Number(right)), Math.abs(Number(wrong))))
    return undefined;
  const rng = random(seed);
  const written = task(one.question.trim(), [], right, {
    id: `${topic} #${at + 1}`,
    context: { expression: one.expression, writer: "model" },
  });
  const made = { task: written, right, wrong, slip: "a typical mistake" };
  for (const form of rng.shuffled(own)) {
    const pair = form.write(made, rng);
    if (pair === undefined) continue;
    return shuffleCandidates(
      {
        task: { ...written, candidates: [candidate(pair.right), candidate(pair.wrong)] },
        labels: { correct: [true, false], extra: { right, wrong } },
        cluster: clusterOf(written.prompt),
        subsets: { topic, form: form.name },
      },
      seed,
    ).example;
  }
  return undefined;
}
