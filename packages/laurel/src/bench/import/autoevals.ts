import {
  answerText,
  candidate,
  isScored,
  type Json,
  type JsonObject,
  type Message,
  messageOf,
  pointwise,
  promptText,
  type Reference,
  type Reward,
  type Task,
  task,
  unscored,
} from "../../core/index.ts";
import { Pool, type ScoreAllOptions, score } from "../../run/index.ts";

/** What an autoevals scorer returns; null is "not applicable". The same shape as the package's `Score`. */
export interface AutoevalsScore {
  name: string;
  score: number | null;
  metadata?: Record<string, unknown>;
  error?: unknown;
}

/** What an autoevals scorer is called with. */
export interface AutoevalsArgs {
  output: unknown;
  expected?: unknown;
  /** What the output answers: a text, messages, or any JSON. */
  input?: unknown;
  /** A whole `Reference`, where `expected` is not enough. */
  reference?: Reference;
  context?: JsonObject;
  [extra: string]: unknown;
}

/** A reward in the shape of an autoevals scorer, as Braintrust's `Eval({ scores })` and evalite take it. */
export type AutoevalsScorer = (args: AutoevalsArgs) => Promise<AutoevalsScore>;

/**
 * A reward as an autoevals scorer.
 *
 * A reward with a range is scaled to 0…1; one without goes through the logistic function, as autoevals knows no other scale. The value
 * on the reward's own scale stands in `metadata.value`, with parts, fault, rationale and facts. Unscored is `score: null` with the reason.
 *
 * @param reward any reward of single candidates
 * @param options as `score`'s; threads are shared by all calls of the scorer
 * @returns a function whose `name` is the reward's, which is what Braintrust shows
 * @example Eval("sums", { data, task, scores: [toAutoevals(math())] })
 */
export function toAutoevals(reward: Reward, options: ScoreAllOptions = {}): AutoevalsScorer {
  let own: Pool | undefined;
  const { range } = reward;
  const scaled = (value: number): number =>
    range === undefined ? 1 / (1 + Math.exp(-value)) : (value - range[0]) / (range[1] - range[0]);
  const scorer = async (args: AutoevalsArgs): Promise<AutoevalsScore> => {
    const pool = options.pool ?? (own ??= new Pool({ workers: options.workers ?? 1 }));
    const [one] = await score(reward, taskOf(args), { ...options, pool });
    const name = reward.name;
    if (one === undefined) return { name, score: null, metadata: { unscored: "cancelled" } };
    if (!isScored(one)) {
      const { reason, message } = one.unscored;
      return { name, score: null, metadata: { unscored: reason, message } };
    }
    const { value, fault, parts, rationale, facts } = one;
    return { name, score: scaled(value), metadata: { value, fault, parts, rationale, facts } };
  };
  return Object.defineProperty(scorer, "name", { value: reward.name });
}

function taskOf({ output, expected, input, reference, context }: AutoevalsArgs): Task {
  const stated: Reference | undefined =
    reference ??
    (expected === undefined || expected === null
      ? undefined
      : { answer: expected as Json, ...(typeof expected === "string" ? { texts: [expected] } : {}) });
  const prompt = isMessages(input) ? input : textOf(input ?? "");
  return task(prompt, [candidate(textOf(output))], stated, context === undefined ? {} : { context });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function isMessages(value: unknown): value is readonly Message[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one: unknown) => typeof one === "object" && one !== null && "role" in one && "content" in one)
  );
}

/** Options of `fromAutoevals`. */
export interface FromAutoevalsOptions {
  /** The reward's name. Default: the function's name. */
  name?: string | undefined;
  /** Raise it when the scorer changes; without it nothing is cached or resumed. */
  version?: string | number | undefined;
  /** Further arguments of the scorer, such as `{ model }` or what is in the task's context. */
  extra?: ((task: Task) => Record<string, unknown>) | undefined;
}

/**
 * An autoevals scorer as a reward with the range 0…1.
 *
 * It is called with `output` (the answer's text), `expected` (the reference's answer or first text), `input` (the prompt's text) and
 * `extra`. A null score is unscored as `unsupported`; an error with an HTTP status becomes `rate-limit` or `transport`, which are tried
 * again, or `unsupported`; any other error is a `bug`, as autoevals does not tell them apart.
 *
 * @param scorer any function of autoevals' shape
 * @example const reward = fromAutoevals(Levenshtein, { version: "0.3.0" });
 */
export function fromAutoevals(
  scorer: (args: never) => AutoevalsScore | Promise<AutoevalsScore>,
  options: FromAutoevalsOptions = {},
): Reward {
  return pointwise(
    options.name ?? (scorer.name || "autoevals"),
    async (one, of) => {
      const { reference } = of;
      const expected = reference?.answer ?? reference?.texts?.[0];
      const args = {
        output: answerText(one),
        ...(expected === undefined ? {} : { expected }),
        input: promptText(of),
        ...options.extra?.(of),
      };
      let result: AutoevalsScore;
      try {
        result = await scorer(args as never);
      } catch (thrown) {
        const status = (thrown as { status?: unknown } | null)?.status;
        if (typeof status !== "number") throw thrown;
        if (status === 429) return unscored("rate-limit", messageOf(thrown));
        return unscored(status >= 500 ? "transport" : "unsupported", messageOf(thrown));
      }
      const { score: value, metadata, error } = result;
      if (error !== undefined && error !== null) return unscored("bug", messageOf(error));
      if (value === null) return unscored("unsupported", `${result.name} does not apply here`);
      const rationale = metadata?.["rationale"];
      return {
        value,
        ...(typeof rationale === "string" ? { rationale } : {}),
        ...(metadata === undefined ? {} : { facts: metadata as JsonObject }),
      };
    },
    { version: options.version, range: [0, 1], work: "io" },
  );
}
