import { hash } from "node:crypto";
import type { Candidate, Json, JsonObject, Message, Part, Task } from "./types.ts";

/** JSON with sorted keys and without undefined members, so that equal values have equal text. */
export function canonicalJson(value: Json | undefined): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const object = value as JsonObject;
  const members: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** SHA-256 of a text, as 64 hex digits. */
export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

/** The first 32 hex digits of the SHA-256 of a value's canonical JSON. */
export function hashJson(value: Json | undefined): string {
  return sha256(canonicalJson(value)).slice(0, 32);
}

function contentOf(part: Part): Json {
  switch (part.type) {
    case "text":
    case "reasoning":
      return [part.type, part.text];
    case "image":
      return ["image", part.media.hash];
    case "video":
      return ["video", part.fps ?? null, ...part.frames.map((frame) => frame.hash)];
    case "tool-call":
      return ["tool-call", part.name, part.input];
    case "tool-result":
      return ["tool-result", part.failed ?? false, part.output];
  }
}

/** What of a list of messages counts as content: roles, texts, media hashes, tool calls; a string equals its one text part. */
export function messagesContent(messages: readonly Message[]): Json {
  return messages.map((message) => [
    message.role,
    typeof message.content === "string" ? [["text", message.content]] : message.content.map(contentOf),
  ]);
}

/**
 * Hash of a candidate's content: its output, steps, trajectory, finish, partial and meta.
 * `id` and `tokens` are left out, because they do not change what is scored.
 */
export function candidateHash(candidate: Candidate): string {
  const { output, steps, trajectory, finish, partial, meta } = candidate;
  const only = output.length === 1 ? output[0]! : undefined;
  if (only !== undefined && typeof only.content === "string" && !steps && !trajectory && !finish && !partial && !meta)
    return sha256(`["${only.role}",${JSON.stringify(only.content)}]`).slice(0, 32);
  return hashJson([
    messagesContent(output),
    (steps as unknown as Json) ?? null,
    (trajectory as unknown as Json) ?? null,
    finish ?? null,
    partial ?? false,
    meta ?? null,
  ]);
}

/** Hash of what a task's candidates share: prompt, reference and context. */
export function promptHash(task: Task): string {
  return hashJson([messagesContent(task.prompt), (task.reference as unknown as Json) ?? null, task.context ?? null]);
}
