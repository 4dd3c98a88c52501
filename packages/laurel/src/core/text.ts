import type { Candidate, Message, Task } from "./types.ts";

/** The text parts of a message, joined by newlines; reasoning, media and tool parts are left out. */
export function textOf(message: Message): string {
  if (typeof message.content === "string") return message.content;
  const texts: string[] = [];
  for (const part of message.content) if (part.type === "text") texts.push(part.text);
  return texts.join("\n");
}

/** The text that a candidate answers with: its assistant messages' text, joined by newlines. `Span`s are offsets into it. */
export function answerText(candidate: Candidate): string {
  const only = candidate.output.length === 1 ? candidate.output[0]! : undefined;
  if (only !== undefined) return only.role === "assistant" ? textOf(only) : "";
  return candidate.output
    .filter((message) => message.role === "assistant")
    .map(textOf)
    .join("\n");
}

/** The text of a task's prompt, all roles, joined by newlines. */
export function promptText(task: Task): string {
  return task.prompt.map(textOf).join("\n");
}
