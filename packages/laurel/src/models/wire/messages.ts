import {
  type Context,
  type Json,
  type JsonObject,
  type Media,
  type Message,
  type Part,
  sha256,
  UsageError,
} from "../../core/index.ts";

/** Messages in the form of OpenAI's chat protocol. Reasoning is left out, media become data URLs, tool results their own messages. */
export async function wireMessages(messages: readonly Message[], ctx: Pick<Context, "open">): Promise<JsonObject[]> {
  const out: JsonObject[] = [];
  for (const { role, content } of messages) {
    if (typeof content === "string") {
      out.push({ role, content });
      continue;
    }
    const calls: JsonObject[] = [];
    const parts: JsonObject[] = [];
    const results: JsonObject[] = [];
    for (const part of content) {
      if (part.type === "text") parts.push({ type: "text", text: part.text });
      else if (part.type === "image") parts.push(await image(part.media, ctx));
      else if (part.type === "video") for (const frame of part.frames) parts.push(await image(frame, ctx));
      else if (part.type === "tool-call") calls.push(toolCall(part));
      else if (part.type === "tool-result")
        results.push({ role: "tool", tool_call_id: part.id, content: textOfOutput(part.output) });
    }
    if (parts.length > 0 || calls.length > 0 || results.length === 0) {
      const onlyText = parts.every((part) => part["type"] === "text");
      const text = parts.map((part) => part["text"] as string).join("\n");
      out.push({
        role: role === "tool" ? "user" : role,
        content: onlyText ? (calls.length > 0 && text === "" ? null : text) : parts,
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      });
    }
    out.push(...results);
  }
  return out;
}

function toolCall(part: Extract<Part, { type: "tool-call" }>): JsonObject {
  return { id: part.id, type: "function", function: { name: part.name, arguments: JSON.stringify(part.input) } };
}

function textOfOutput(output: Json): string {
  return typeof output === "string" ? output : JSON.stringify(output);
}

async function image(media: Media, ctx: Pick<Context, "open">): Promise<JsonObject> {
  const url = media.uri.startsWith("data:")
    ? media.uri
    : `data:${media.mediaType};base64,${Buffer.from(await ctx.open(media)).toString("base64")}`;
  return { type: "image_url", image_url: { url } };
}

/** Messages of OpenAI's chat protocol as Laurel's; the other way round of `wireMessages`. @throws UsageError for another shape */
export function messagesFromWire(value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new UsageError("messages: expected an array of at least one message");
  return value.map((one: unknown, i) => {
    const at = `messages[${i}]`;
    const message = one as { role?: unknown; content?: unknown; tool_calls?: unknown; tool_call_id?: unknown } | null;
    const role = message?.role === "developer" ? "system" : message?.role;
    if (role !== "system" && role !== "user" && role !== "assistant" && role !== "tool")
      throw new UsageError(`${at}.role: expected system, user, assistant or tool`);
    const content = contentFromWire(message!.content, at);
    if (role === "tool")
      return {
        role,
        content: [
          {
            type: "tool-result",
            id: String(message!.tool_call_id ?? ""),
            output:
              typeof content === "string"
                ? content
                : content.map((part) => (part.type === "text" ? part.text : "")).join("\n"),
          },
        ],
      };
    if (!Array.isArray(message!.tool_calls) || message!.tool_calls.length === 0) return { role, content };
    const calls = (message!.tool_calls as { id?: unknown; function?: { name?: unknown; arguments?: unknown } }[]).map(
      (call): Part => ({
        type: "tool-call",
        id: String(call.id ?? ""),
        name: String(call.function?.name ?? ""),
        input: parsed(String(call.function?.arguments ?? "{}")),
      }),
    );
    const before: readonly Part[] =
      typeof content === "string" ? (content === "" ? [] : [{ type: "text", text: content }]) : content;
    return { role, content: [...before, ...calls] };
  });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function contentFromWire(content: unknown, at: string): string | Part[] {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw new UsageError(`${at}.content: expected a string or an array of parts`);
  return content.map((one: unknown, i): Part => {
    const part = one as { type?: unknown; text?: unknown; image_url?: { url?: unknown } };
    if (part?.type === "text" && typeof part.text === "string") return { type: "text", text: part.text };
    const url = part?.image_url?.url;
    if (part?.type === "image_url" && typeof url === "string") {
      const type = /^data:([^;,]{1,100})[;,]/.exec(url)?.[1];
      if (type === undefined) throw new UsageError(`${at}.content[${i}]: images are taken as data URLs only`);
      return { type: "image", media: { hash: sha256(url), mediaType: type, uri: url } };
    }
    throw new UsageError(`${at}.content[${i}]: expected a text or an image_url`);
  });
}
