import { InputError, type InputPlace, type Json, type Media, type Message, type Part, sha256 } from "../core/index.ts";
import { shorten } from "./ids.ts";

/** A value of parsed JSON that is looked at from outside: nothing is known about it. */
export type Raw = Readonly<Record<string, unknown>>;

/** Is this a JSON object (not null, not an array)? */
export function isRaw(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a value is called in a message. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return value === "" ? "an empty string" : `the string '${shorten(value, 40)}'`;
  return `the ${typeof value} ${String(value)}`;
}

/** A field of a row: only file, line and field, whatever else the options that stand for a place hold. */
export function placed(place: InputPlace, field: string): InputPlace {
  return { file: place.file, line: place.line, field };
}

/** Throws the `InputError` of a field: `expected` names what should stand there. */
export function refuse(place: InputPlace, field: string, expected: string, found: unknown, hint?: string): never {
  throw new InputError(placed(place, field), `expected ${expected}, found ${kindOf(found)}`, hint);
}

const roles: Readonly<Record<string, Message["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  assistant: "assistant",
  gpt: "assistant",
  tool: "tool",
  function: "tool",
};

/**
 * Messages from a list of `{ role, content }`, where content is a text or a list of parts.
 *
 * Besides Laurel's own parts it takes the shapes of chat APIs: `image_url` parts, `tool_calls` with arguments as JSON
 * text, `tool_call_id`, `reasoning_content`, the roles `developer` and `function`, and `from`/`value` for
 * `role`/`content`. The hash of an image that is named by an address is the hash of that address.
 *
 * @throws InputError with the path of the first member that is wrong
 */
export function parseMessages(value: unknown, place: InputPlace, field: string): Message[] {
  if (!Array.isArray(value)) refuse(place, field, "a list of messages", value);
  return value.map((one, i) => parseMessage(one, place, `${field}[${i}]`));
}

/** Does this look like a list of messages? Only the first member is looked at. */
export function looksLikeMessages(value: unknown): value is readonly Raw[] {
  return Array.isArray(value) && isRaw(value[0]) && ("role" in value[0] || ("from" in value[0] && "value" in value[0]));
}

function parseMessage(value: unknown, place: InputPlace, field: string): Message {
  if (!isRaw(value)) refuse(place, field, "a message { role, content }", value);
  const spoken = value["role"] ?? value["from"];
  const role = typeof spoken === "string" && Object.hasOwn(roles, spoken) ? roles[spoken] : undefined;
  if (role === undefined) refuse(place, `${field}.role`, "system, user, assistant or tool", spoken);
  const content = value["content"] ?? value["value"];
  const calls = value["tool_calls"];
  const thoughts = value["reasoning_content"];
  const answered = value["tool_call_id"];
  const plain = calls === undefined || calls === null;
  if (typeof content === "string" && plain && typeof thoughts !== "string" && typeof answered !== "string")
    return { role, content };
  if (typeof answered === "string" && role === "tool") {
    if (typeof content !== "string") refuse(place, `${field}.content`, "a string", content);
    return { role, content: [{ type: "tool-result", id: answered, output: content }] };
  }
  const parts: Part[] = [];
  if (typeof thoughts === "string" && thoughts !== "") parts.push({ type: "reasoning", text: thoughts });
  if (typeof content === "string") {
    if (content !== "" || plain) parts.push({ type: "text", text: content });
  } else if (Array.isArray(content))
    for (const [i, one] of content.entries()) parts.push(parsePart(one, place, `${field}.content[${i}]`));
  else if (content !== null && content !== undefined)
    refuse(place, `${field}.content`, "a string or a list of parts", content);
  else if (plain) refuse(place, `${field}.content`, "a string or a list of parts", content);
  if (!plain) {
    if (!Array.isArray(calls)) refuse(place, `${field}.tool_calls`, "a list", calls);
    for (const [i, call] of calls.entries()) parts.push(parseCall(call, place, `${field}.tool_calls[${i}]`));
  }
  return { role, content: parts };
}

function parseCall(value: unknown, place: InputPlace, field: string): Part {
  if (!isRaw(value)) refuse(place, field, "a tool call", value);
  const called = isRaw(value["function"]) ? value["function"] : value;
  const name = called["name"];
  if (typeof name !== "string") refuse(place, `${field}.function.name`, "a string", name);
  const given = called["arguments"] ?? {};
  let input = given as Json;
  if (typeof given === "string")
    try {
      input = JSON.parse(given) as Json;
    } catch {
      // what a model wrote as arguments need not be JSON: it is kept as it stands, for the verifier to fault
      input = given;
    }
  return { type: "tool-call", id: typeof value["id"] === "string" ? value["id"] : "", name, input };
}

function parsePart(value: unknown, place: InputPlace, field: string): Part {
  if (typeof value === "string") return { type: "text", text: value };
  if (!isRaw(value)) refuse(place, field, "a part with a type", value);
  const type = value["type"];
  switch (type) {
    case "text":
    case "reasoning":
    case "input_text":
    case "output_text":
      if (typeof value["text"] !== "string") refuse(place, `${field}.text`, "a string", value["text"]);
      return { type: type === "reasoning" ? "reasoning" : "text", text: value["text"] };
    case "image":
      return { type, media: parseMedia(value["media"] ?? value["image"], place, `${field}.media`) };
    case "image_url":
      return { type: "image", media: parseMedia(value["image_url"], place, `${field}.image_url`) };
    case "video": {
      const frames = value["frames"];
      if (!Array.isArray(frames)) refuse(place, `${field}.frames`, "a list of media", frames);
      const fps = value["fps"];
      if (fps !== undefined && typeof fps !== "number") refuse(place, `${field}.fps`, "a number", fps);
      return {
        type,
        frames: frames.map((frame, i) => parseMedia(frame, place, `${field}.frames[${i}]`)),
        ...(fps === undefined ? {} : { fps }),
      };
    }
    case "tool-call":
      if (typeof value["name"] !== "string") refuse(place, `${field}.name`, "a string", value["name"]);
      return { type, id: String(value["id"] ?? ""), name: value["name"], input: (value["input"] ?? null) as Json };
    case "tool-result":
      return {
        type,
        id: String(value["id"] ?? ""),
        output: (value["output"] ?? null) as Json,
        ...(value["failed"] === true ? { failed: true } : {}),
      };
    default:
      refuse(place, `${field}.type`, "text, reasoning, image, image_url, video, tool-call or tool-result", type);
  }
}

function parseMedia(value: unknown, place: InputPlace, field: string): Media {
  const uri = typeof value === "string" ? value : isRaw(value) ? (value["uri"] ?? value["url"]) : undefined;
  if (typeof uri !== "string") refuse(place, field, "an address or { uri, mediaType }", value);
  const stated = isRaw(value) ? value : {};
  return {
    hash: typeof stated["hash"] === "string" ? stated["hash"] : sha256(uri),
    mediaType: typeof stated["mediaType"] === "string" ? stated["mediaType"] : mediaTypeOf(uri),
    uri,
  };
}

const mediaTypes: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  bmp: "image/bmp",
  svg: "image/svg+xml",
};

function mediaTypeOf(uri: string): string {
  const inline = /^data:([a-z0-9.+-]+\/[a-z0-9.+-]+)[;,]/i.exec(uri.slice(0, 100));
  if (inline !== null) return inline[1]!.toLowerCase();
  const ending = /\.([a-z0-9]{1,5})(?:[?#]|$)/i.exec(uri.slice(-300));
  return mediaTypes[ending?.[1]?.toLowerCase() ?? ""] ?? "application/octet-stream";
}
