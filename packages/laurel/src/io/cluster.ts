import { canonicalJson, type Message, messagesContent } from "../core/index.ts";
import { type Hash64, hash64 } from "./hash64.ts";

const hash: Hash64 = { high: 0, low: 0 };

/**
 * The cluster of a row that states none: a 64-bit hash of its prompt, as eleven characters.
 *
 * It is worked out for every row at about a nanosecond a character. A SHA-256 that is worked out when it is first read
 * was tried: an accessor on each row costs more than this hash, and one on the prototype is lost when a row is copied.
 *
 * @param prompt the prompt's messages; a text and a single text part are the same prompt
 */
export function clusterOf(prompt: readonly Message[]): string {
  const only = prompt.length === 1 ? prompt[0]! : undefined;
  if (only !== undefined && only.role === "user") {
    if (typeof only.content === "string") return key(only.content);
    const part = only.content.length === 1 ? only.content[0]! : undefined;
    if (part?.type === "text") return key(part.text);
  }
  return key(canonicalJson(messagesContent(prompt)));
}

const digits = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", (one) =>
  one.charCodeAt(0),
);

/** The 64 bits in base64url: formatting two numbers as hexadecimal took longer than the hash. */
function key(text: string): string {
  const { high, low } = hash64(text, hash);
  const digit = (bits: number): number => digits[bits & 63]!;
  return String.fromCharCode(
    digit(high >>> 26),
    digit(high >>> 20),
    digit(high >>> 14),
    digit(high >>> 8),
    digit(high >>> 2),
    digit((high << 4) | (low >>> 28)),
    digit(low >>> 22),
    digit(low >>> 16),
    digit(low >>> 10),
    digit(low >>> 4),
    digit(low << 2),
  );
}
