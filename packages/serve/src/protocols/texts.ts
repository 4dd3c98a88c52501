import {
  type Candidate,
  candidate,
  InputError,
  type Message,
  promptHash,
  type Reference,
  type Reward,
  type Task,
} from "laurel/core";
import { parseTaskRow } from "laurel/io";
import { Problem } from "../http/problem.ts";

/** What ends a turn in the chat formats that trainers decode with special tokens kept. */
const endings = [
  "<|im_end|>",
  "<|eot_id|>",
  "<|end_of_text|>",
  "<|endoftext|>",
  "<|end|>",
  "<|return|>",
  "<end_of_turn>",
  "</s>",
  "<eos>",
  "<pad>",
  "<|pad|>",
  "<|end▁of▁sentence|>",
  "<｜end▁of▁sentence｜>",
];

/** What begins the assistant's turn in known chat formats. */
const beginnings = [
  "<|im_start|>assistant\n",
  "<|start_header_id|>assistant<|end_header_id|>\n\n",
  "<start_of_turn>model\n",
  "<|assistant|>\n",
  "<|assistant|>",
  "<｜Assistant｜>",
  "[/INST]",
];

/** An answer without the special tokens that end it. */
export function withoutEnding(text: string): string {
  let end = text.length;
  for (;;) {
    const trimmed = text.slice(Math.max(0, end - 64), end).trimEnd();
    const ending = endings.find((one) => trimmed.endsWith(one));
    if (ending === undefined) return text.slice(0, end);
    end -= Math.min(64, end) - trimmed.length + ending.length;
  }
}

/** Prompt and answer of a text that holds both. */
export interface SplitText {
  prompt: string;
  answer: string;
}

/**
 * Splits a text of prompt and answer.
 *
 * With the prompt known, the answer is what follows it (a few special tokens may stand before it). Without, the answer
 * begins behind the last marker of an assistant's turn; a text without one is an answer to an empty prompt.
 * @param marker the marker of the answer's beginning, where it is none of the known ones
 */
export function splitText(text: string, prompt?: string | undefined, marker?: string | undefined): SplitText {
  if (prompt !== undefined && prompt !== "") {
    const at = text.startsWith(prompt) ? 0 : text.slice(0, prompt.length + 64).indexOf(prompt);
    if (at >= 0) return { prompt, answer: withoutEnding(text.slice(at + prompt.length)) };
  }
  let start = -1;
  for (const one of marker === undefined ? beginnings : [marker]) {
    const at = text.lastIndexOf(one);
    if (at >= 0 && at + one.length > start) start = at + one.length;
  }
  if (start < 0) return { prompt: prompt ?? "", answer: withoutEnding(text) };
  return { prompt: prompt ?? text.slice(0, start), answer: withoutEnding(text.slice(start)) };
}

/**
 * A reference from what a trainer calls label, ground truth or solution: a text or number is the answer; an object with
 * a member of `Reference` (answer, texts, tests …) is taken as it stands; any other JSON is the answer.
 */
export function referenceOf(label: unknown): Reference | undefined {
  if (label === undefined || label === null || label === "") return undefined;
  if (typeof label === "object" && !Array.isArray(label)) {
    const known = ["answer", "texts", "exemplar", "facts", "tests", "constraints", "calls"];
    if (known.some((name) => Object.hasOwn(label, name))) return label as Reference;
  }
  return { answer: label as never };
}

/** A task with one candidate. Its id is the hash of what samples of one prompt share, so it also names their group. */
export function sampleTask(
  prompt: string | readonly Message[],
  answer: string | Candidate,
  reference?: Reference | undefined,
): Task {
  const made: Task = {
    id: "",
    prompt: typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt,
    candidates: [typeof answer === "string" ? candidate(answer) : answer],
    ...(reference === undefined ? {} : { reference }),
  };
  made.id = promptHash(made);
  return made;
}

/**
 * A conversation as a task with one candidate: its last turns of the assistant (and tools) are the candidate.
 * @throws Problem (422) where the messages are wrong or do not end with an answer
 */
export function conversationTask(messages: unknown, reference?: Reference | undefined): Task {
  const parsed = messagesOf(messages, "messages");
  let from = parsed.length;
  while (from > 0 && (parsed[from - 1]!.role === "assistant" || parsed[from - 1]!.role === "tool")) from--;
  if (from === parsed.length)
    throw new Problem(422, "no-answer", "messages: the last one must be the assistant's answer");
  return sampleTask(parsed.slice(0, from), { output: parsed.slice(from) }, reference);
}

/** Messages of a request. @throws Problem (422) */
export function messagesOf(value: unknown, field: string): Message[] {
  try {
    return [...parseTaskRow({ prompt: value, candidates: ["-"] }, { line: 1 }).task.prompt];
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    throw new Problem(422, "invalid", `${(thrown.place.field ?? field).replace(/^prompt/, field)}: ${thrown.reason}`);
  }
}

/**
 * A reward's value on 0 to 1, for wires whose clients did not ask for raw values: linear over a finite range, else the
 * sigmoid (as servers of reward models do).
 */
export function squash(value: number, reward: Reward): number {
  if (reward.range === undefined) return 1 / (1 + Math.exp(-value));
  const [min, max] = reward.range;
  if (Number.isFinite(min) && Number.isFinite(max) && max > min)
    return Math.min(1, Math.max(0, (value - min) / (max - min)));
  return 1 / (1 + Math.exp(-value));
}
