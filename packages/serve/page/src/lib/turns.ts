import type { JsonObject, Message, Part } from "laurel";

/** One thing that was said, for showing as text. */
export interface Turn {
  role: string;
  text: string;
}

/** A prompt or an answer, as files hold it, turn by turn; what is no text is named and not loaded. */
export function turnsOf(value: unknown, role: string): Turn[] {
  if (typeof value === "string") return [{ role, text: value }];
  if (Array.isArray(value))
    return (value as Message[]).map((one) => ({ role: one.role, text: contentText(one.content) }));
  if (typeof value === "object" && value !== null && "output" in value)
    return turnsOf((value as JsonObject)["output"], role);
  return [{ role, text: JSON.stringify(value) }];
}

function contentText(content: string | readonly Part[]): string {
  if (typeof content === "string") return content;
  return content.map(partText).join("\n");
}

function partText(part: Part): string {
  if ("text" in part) return part.text;
  if (part.type === "image") return `[image ${part.media.mediaType} ${part.media.hash.slice(0, 12)}]`;
  if (part.type === "video") return `[video of ${part.frames.length} frames]`;
  if (part.type === "tool-call") return `[calls ${part.name}: ${JSON.stringify(part.input)}]`;
  return `[result: ${JSON.stringify(part.output)}]`;
}
