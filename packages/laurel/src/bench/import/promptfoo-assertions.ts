import type { Json, JsonObject } from "../../core/index.ts";

/** A promptfoo assertion as it stands in a file. */
export type Assertion = Readonly<Record<string, unknown>>;

/** What became of an assertion: a spec (with a note where it does not decide exactly alike), or the reason why there is none. */
export type Mapped =
  | { spec: JsonObject; note?: string | undefined; texts?: readonly string[] | undefined }
  | { spec?: undefined; reason: string };

type Check = JsonObject & { check: string };

const structure = (checks: readonly Check[]): JsonObject => ({ kind: "verify.structure", checks });
const no = (reason: string): Mapped => ({ reason });

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}

/** The texts of a list, or of one text that is split at its commas, as promptfoo does. */
function textsOf(value: unknown): string[] | undefined {
  const list = typeof value === "string" ? value.split(",").map((one) => one.trim()) : value;
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const texts = list.map(textOf);
  return texts.every((one) => one !== undefined && one !== "") ? (texts as string[]) : undefined;
}

/** Phrases that all have to be there, or none of them. */
function phrases(value: unknown, caseSensitive: boolean, banned: boolean): Mapped {
  if (typeof value === "string" && value.includes('"'))
    return no("its value is a quoted list: write it as a YAML list");
  const texts = textsOf(value);
  if (texts === undefined) return no("its value is neither a text nor a list of texts");
  return {
    spec: structure([{ check: "words", [banned ? "banned" : "required"]: texts, whole: false, caseSensitive }]),
  };
}

function pattern(source: string, flags: string, not: boolean): Mapped {
  try {
    new RegExp(source, flags);
  } catch {
    return no("its regular expression does not compile");
  }
  return { spec: structure([{ check: "pattern", pattern: source, flags, ...(not ? { absent: true } : {}) }]) };
}

/** A spec turned round, where the assertion is a `not-` and the spec has no form for that. */
function turned(mapped: Mapped, not: boolean): Mapped {
  if (!not || mapped.spec === undefined) return mapped;
  return { ...mapped, spec: { kind: "inverted", rewards: { reward: mapped.spec } } };
}

type Rule = (value: unknown, assertion: Assertion, not: boolean) => Mapped;

const onText =
  (f: (text: string, not: boolean) => Mapped): Rule =>
  (value, _, not) => {
    const text = textOf(value);
    return text === undefined || text === "" ? no("its value is not a text") : f(text, not);
  };

const anyOf =
  (flags: string): Rule =>
  (value, _, not) => {
    if (typeof value === "string" && value.includes('"'))
      return no("its value is a quoted list: write it as a YAML list");
    const texts = textsOf(value);
    return texts === undefined
      ? no("its value is neither a text nor a list of texts")
      : pattern(texts.map(escaped).join("|"), flags, not);
  };

const contains =
  (caseSensitive: boolean): Rule =>
  (value, _, not) => {
    const text = textOf(value);
    return text === undefined || text === "" ? no("its value is not a text") : phrases([text], caseSensitive, not);
  };

const reference =
  (spec: JsonObject, note: string): Rule =>
  (value, _, not) => {
    const texts = typeof value === "string" ? [value] : textsOf(value);
    if (texts === undefined) return no("its value is neither a text nor a list of texts");
    return turned({ spec, texts, note }, not);
  };

const scoreNote = "its value is the score itself; promptfoo's threshold on it is not taken over";

/** Assertions that have a counterpart, by base type. */
const rules: Readonly<Record<string, Rule>> = {
  contains: contains(true),
  icontains: contains(false),
  "contains-all": (value, _, not) => turned(phrases(value, true, false), not),
  "icontains-all": (value, _, not) => turned(phrases(value, false, false), not),
  "contains-any": anyOf(""),
  "icontains-any": anyOf("i"),
  "starts-with": onText((text, not) => pattern(`^${escaped(text)}`, "", not)),
  regex: onText((text, not) => pattern(text, "", not)),
  equals: (value, _, not) => {
    const text = textOf(value);
    if (text !== undefined) return pattern(`^${escaped(text)}$`, "", not);
    if (value === null || typeof value !== "object") return no("its value is neither a text nor JSON");
    return turned({ spec: structure([{ check: "json", schema: { const: value as Json } }]) }, not);
  },
  "is-json": (value, _, not) => {
    if (value === undefined || value === "") return turned({ spec: structure([{ check: "json" }]) }, not);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return no("its schema is not an object");
    return turned({ spec: structure([{ check: "json", schema: value as JsonObject, draft: "7" }]) }, not);
  },
  "is-xml": (value, _, not) => {
    const wanted =
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as Assertion)["requiredElements"]
        : value;
    if (wanted === undefined || wanted === "")
      return turned(
        { spec: structure([{ check: "xml", single: true }]), note: "well nested and one root element" },
        not,
      );
    const paths = textsOf(wanted);
    if (paths === undefined) return no("its value is no list of elements");
    const tags = [...new Set(paths.flatMap((path) => path.split(".")))];
    const note = "the elements have to be there, wherever they are nested";
    return turned(
      {
        spec: structure([{ check: "xml", single: true }, ...tags.map((tag): Check => ({ check: "xml", tags: [tag] }))]),
        note,
      },
      not,
    );
  },
  "word-count": (value, _, not) => {
    const range = typeof value === "object" && value !== null ? (value as Assertion) : undefined;
    const exact = range === undefined ? Number(value) : undefined;
    const [min, max] = [exact ?? range?.["min"], exact ?? range?.["max"]];
    if (
      ![min, max].every((one) => one === undefined || (typeof one === "number" && Number.isFinite(one))) ||
      (min ?? max) === undefined
    )
      return no("its value is neither a number nor { min, max }");
    const check: Check = {
      check: "length",
      unit: "words",
      ...(min === undefined ? {} : { min: min as number }),
      ...(max === undefined ? {} : { max: max as number }),
    };
    return turned({ spec: structure([check]), note: "words are what white space separates" }, not);
  },
  "rouge-n": reference(
    { kind: "reference.rouge", type: "rouge1" },
    `ROUGE-1 as Google's package computes it; ${scoreNote}`,
  ),
  bleu: reference(
    { kind: "weighted", rewards: { bleu: "reference.bleu" }, weights: { bleu: 0.01 } },
    `BLEU as sacreBLEU computes it, from 0 to 1; ${scoreNote}`,
  ),
  levenshtein: reference(
    { kind: "reference.edit" },
    "its value is the similarity, 1 less the distance over the length; promptfoo's greatest distance is not taken over",
  ),
};

const judge = "a model grades it: choose a judge for Laurel, whose errors `laurel eval` can measure on labels";
const code = "it is code that promptfoo runs: write a reward in a module and name it, ./mine.ts#name";
const trace = "it reads promptfoo's traces, which the answer does not hold";
const inside = "it looks for a part anywhere in the answer; Laurel checks a whole answer";

/** Assertions that have none, with the reason. */
const reasons: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      "agent-rubric",
      "llm-rubric",
      "model-graded-closedqa",
      "model-graded-factuality",
      "factuality",
      "g-eval",
      "answer-relevance",
      "context-faithfulness",
      "context-recall",
      "context-relevance",
      "conversation-relevance",
      "pi",
      "search-rubric",
      "trajectory:goal-success",
    ].map((type) => [type, judge]),
  ),
  ...Object.fromEntries(["javascript", "python", "ruby"].map((type) => [type, code])),
  ...Object.fromEntries(
    [
      "trace-error-spans",
      "trace-span-count",
      "trace-span-duration",
      "trajectory:step-count",
      "trajectory:tool-args-match",
      "trajectory:tool-sequence",
      "trajectory:tool-used",
      "skill-used",
    ].map((type) => [type, trace]),
  ),
  ...Object.fromEntries(
    ["contains-json", "contains-xml", "contains-html", "contains-sql"].map((type) => [type, inside]),
  ),
  ...Object.fromEntries(
    ["similar", "similar:cosine", "similar:dot", "similar:euclidean"].map((type) => [
      type,
      "it needs an embedding model",
    ]),
  ),
  ...Object.fromEntries(
    ["is-valid-function-call", "is-valid-openai-function-call", "is-valid-openai-tools-call", "tool-call-f1"].map(
      (type) => [
        type,
        "tools stand in the provider's settings: put the wanted calls into reference.calls and use verify.tools",
      ],
    ),
  ),
  "is-html": "Laurel has no HTML check",
  "is-sql": "Laurel runs SQL instead of reading it: verify.sql",
  "is-refusal": "Laurel judges a refusal by whether the task can be answered: verify.abstention",
  gleu: "Laurel has no GLEU; reference.bleu and reference.chrf are near it",
  meteor: "Laurel has no METEOR; reference.chrf is near it",
  classifier: "it needs a classification model",
  moderation: "it calls a moderation service",
  guardrails: "it reads what the provider's guardrails said",
  webhook: "it calls a service: name a reward server's URL as the reward",
  cost: "it is about the call and not the answer",
  latency: "it is about the call and not the answer",
  "finish-reason": "it is about the call and not the answer",
  perplexity: "it is about the call and not the answer",
  "perplexity-score": "it is about the call and not the answer",
  "select-best": "it compares outputs with a model: use laurel rank with a judge",
  "max-score": "it picks among outputs: use laurel rank with the imported reward",
  human: "a person grades it",
};

/** Every type that the importer knows, for the test that none is forgotten. */
export const knownTypes: readonly string[] = [...Object.keys(rules), ...Object.keys(reasons)];

/**
 * A promptfoo assertion (not a set) as a reward's spec, or the reason why it has none.
 *
 * @param assertion with its templates filled in
 * @returns `texts` are references that the row has to hold
 */
export function mapAssertion(assertion: Assertion): Mapped {
  const type = String(assertion["type"]);
  const not = type.startsWith("not-");
  const base = not ? type.slice(4) : type;
  const { value } = assertion;
  if (assertion["transform"] !== undefined) return no("its transform is code that promptfoo runs");
  if (typeof value === "string" && /^(file|package):\/\//.test(value)) return no("its value stands in another file");
  const reason = Object.hasOwn(reasons, base) ? reasons[base] : undefined;
  if (reason !== undefined) return no(reason);
  const rule = Object.hasOwn(rules, base) ? rules[base] : undefined;
  if (rule === undefined) return no("promptfoo's list of types, as known here, does not have it");
  return rule(value, assertion, not);
}
