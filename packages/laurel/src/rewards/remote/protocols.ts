import { answerText, type Message, promptText, type Task, textOf } from "../../core/index.ts";
import type { ChatTemplate } from "./templates.ts";

/** The protocols that a served reward model may speak. */
export type RemoteProtocol = "laurel" | "vllm-classify" | "vllm-pooling" | "sglang" | "tei" | "openrlhf";

/** One value, or one value a step, or why there is none. */
export type RemoteValue =
  | { value: number; steps?: readonly number[] | undefined; unscored?: undefined }
  | { unscored: string; transient: boolean };

/** What a protocol needs of the reward's options. */
export interface WireOptions {
  model?: string | undefined;
  /** Renders a conversation to text; undefined where the server does it from messages. */
  template?: ChatTemplate | undefined;
  /** The served reward's name (protocol laurel). */
  reward?: string | undefined;
}

/** How a task with one or more candidates is sent and what comes back is read. */
export interface Wire {
  path: string;
  /** May several candidates travel in one request? */
  batches: boolean;
  /** Does the server apply its own chat template where none is given here? */
  templates: boolean;
  body(task: Task, options: WireOptions): Record<string, unknown>;
  /** One value a candidate. @throws Error where the answer has another shape */
  read(answer: unknown, candidates: number): RemoteValue[];
}

type Raw = Record<string, unknown>;

/** The conversations of a task, one a candidate. */
function conversations(task: Task): Message[][] {
  return task.candidates.map((candidate) => [...task.prompt, ...candidate.output]);
}

function plainMessages(messages: readonly Message[]): { role: string; content: string }[] {
  return messages.map((message) => ({ role: message.role, content: textOf(message) }));
}

function texts(task: Task, options: WireOptions): string[] {
  const { template } = options;
  if (template === undefined) return task.candidates.map((one) => `${promptText(task)}${answerText(one)}`);
  return conversations(task).map((messages) => template.render(plainMessages(messages)));
}

function list(answer: unknown, member?: string): Raw[] {
  const found = member === undefined ? answer : (answer as Raw | null)?.[member];
  if (!Array.isArray(found)) throw new Error(`expected ${member === undefined ? "an array" : `an array at ${member}`}`);
  return found as Raw[];
}

function numberAt(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Error(`expected a number at ${where}`);
  return value;
}

/** Rows in the order of their `index`, where they have one. */
function inOrder(rows: Raw[]): Raw[] {
  return rows.every((row) => typeof row["index"] === "number")
    ? [...rows].sort((a, b) => (a["index"] as number) - (b["index"] as number))
    : rows;
}

// asked for under today's name and both older ones: vLLM squashes unless the one that it knows is false
const raw = { use_activation: false, activation: false, softmax: false };

const vllmClassify: Wire = {
  path: "/classify",
  batches: true,
  templates: true,
  body: (task, options) => {
    const common = { ...(options.model === undefined ? {} : { model: options.model }), ...raw };
    if (options.template === undefined)
      return { ...common, messages: plainMessages(conversations(task)[0]!), add_generation_prompt: false };
    return { ...common, input: texts(task, options), add_special_tokens: false };
  },
  read: (answer) =>
    inOrder(list(answer, "data")).map((row, i) => {
      const probs = row["probs"];
      if (!Array.isArray(probs) || probs.length !== 1)
        throw new Error(`expected one class at data[${i}].probs, which is what a reward model has`);
      return { value: numberAt(probs[0], `data[${i}].probs[0]`) };
    }),
};

const vllmPooling: Wire = {
  path: "/pooling",
  batches: true,
  templates: true,
  body: (task, options) => {
    const common = { ...(options.model === undefined ? {} : { model: options.model }), ...raw, task: "token_classify" };
    if (options.template === undefined)
      return { ...common, messages: plainMessages(conversations(task)[0]!), add_generation_prompt: false };
    return { ...common, input: texts(task, options), add_special_tokens: false };
  },
  read: (answer) =>
    inOrder(list(answer, "data")).map((row, i) => {
      const data = row["data"];
      if (!Array.isArray(data) || data.length === 0) throw new Error(`expected numbers at data[${i}].data`);
      const steps = (data as unknown[]).map((one, k) => {
        // a vector of two is a classifier's (wrong, right); the last value is the right one
        const last = Array.isArray(one) ? (one as unknown[]).at(-1) : one;
        return numberAt(last, `data[${i}].data[${k}]`);
      });
      return { value: steps.at(-1)!, ...(Array.isArray(data[0]) ? { steps } : {}) };
    }),
};

const sglang: Wire = {
  path: "/classify",
  batches: true,
  templates: false,
  body: (task, options) => ({
    ...(options.model === undefined ? {} : { model: options.model }),
    text: texts(task, options),
  }),
  read: (answer) =>
    list(answer).map((row, i) => {
      const embedding = row["embedding"];
      if (!Array.isArray(embedding) || embedding.length === 0) throw new Error(`expected numbers at [${i}].embedding`);
      return { value: numberAt(embedding[0], `[${i}].embedding[0]`) };
    }),
};

const tei: Wire = {
  path: "/predict",
  batches: true,
  templates: false,
  // lists of one text: a flat list of two texts would be read as a pair
  body: (task, options) => ({ inputs: texts(task, options).map((text) => [text]), raw_scores: true, truncate: false }),
  read: (answer) =>
    list(answer).map((row, i) => {
      const classes: unknown = row;
      if (!Array.isArray(classes) || classes.length !== 1)
        throw new Error(`expected one class at [${i}], which is what a reward model has`);
      return { value: numberAt((classes[0] as Raw)["score"], `[${i}][0].score`) };
    }),
};

const openrlhf: Wire = {
  path: "/get_reward",
  batches: true,
  templates: false,
  body: (task, options) => {
    const label = task.reference?.answer;
    const queries = texts(task, options);
    return {
      query: queries,
      prompts: queries.map(() => options.template?.render(plainMessages(task.prompt)) ?? promptText(task)),
      labels: queries.map(() => (label === undefined ? "" : typeof label === "string" ? label : JSON.stringify(label))),
    };
  },
  read: (answer) => {
    const rewards = list(answer, "rewards");
    return rewards.map((one, i) => ({ value: numberAt(one, `rewards[${i}]`) }));
  },
};

const laurel: Wire = {
  path: "/v1/score",
  batches: true,
  templates: true,
  body: (task, options) => ({
    ...(options.reward === undefined ? {} : { reward: options.reward }),
    tasks: [task as unknown as Raw],
  }),
  read: (answer) => {
    const [row] = list(answer, "rows");
    return list(row, "scores").map((score, i): RemoteValue => {
      const missing = score["unscored"] as { reason?: unknown; message?: unknown; transient?: unknown } | undefined;
      if (missing !== undefined)
        return {
          unscored: `${String(missing.reason)}: ${String(missing.message)}`,
          transient: missing.transient === true,
        };
      return { value: numberAt(score["value"], `rows[0].scores[${i}].value`) };
    });
  },
};

/** The wires by name. */
export const wires: Readonly<Record<RemoteProtocol, Wire>> = {
  laurel,
  "vllm-classify": vllmClassify,
  "vllm-pooling": vllmPooling,
  sglang,
  tei,
  openrlhf,
};
