import { hashJson, messagesContent, promptHash } from "./hash.ts";
import type { Candidate, Message, Reference, Task } from "./types.ts";

/** One text message of a role. */
export function message(role: Message["role"], text: string): Message {
  return { role, content: text };
}

/** A candidate whose output is one assistant message. */
export function candidate(text: string, more: Omit<Candidate, "output"> = {}): Candidate {
  return { ...more, output: [{ role: "assistant", content: text }] };
}

/**
 * A task from plain values.
 *
 * @param prompt a user's text, or messages
 * @param answers the candidates that are scored together: texts or candidates
 * @param reference what the answers are held against; a string or number stands for `{ answer }`
 * @param more `id` (default: a hash of the content) and `context`
 * @example task("What is 2 + 3?", ["5", "6"], "5")
 */
export function task(
  prompt: string | readonly Message[],
  answers: readonly (string | Candidate)[],
  reference?: Reference | string | number,
  more: Pick<Partial<Task>, "id" | "context"> = {},
): Task {
  const made: Task = {
    id: "",
    prompt: typeof prompt === "string" ? [message("user", prompt)] : prompt,
    candidates: answers.map((answer) => (typeof answer === "string" ? candidate(answer) : answer)),
    ...(reference === undefined
      ? {}
      : { reference: typeof reference === "object" ? reference : { answer: reference } }),
    ...(more.context === undefined ? {} : { context: more.context }),
  };
  const id =
    more.id ?? hashJson([promptHash(made), made.candidates.map((c) => messagesContent(c.output))]).slice(0, 12);
  return { ...made, id };
}
