import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../../core/index.ts";

/** What is read of a GGUF file without loading it. */
export interface GgufAbout {
  architecture: string;
  /** Numbers of a hidden state. */
  embeddingLength: number;
  /** Hash of the tokenizer's entries: equal where two models have the same tokenizer. */
  tokenizer: string;
}

const magic = 0x46554747;
/** Bytes of a value by its type's number; 8 is a string and 9 an array. */
const sizes: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

/** Bytes that the head, vocabulary included, may take. */
const longestHead = 64 << 20;

/**
 * Reads the head of a GGUF file: its architecture, the length of its hidden states, and which tokenizer it has.
 * @throws InputError for a file that is no GGUF, or a head that lacks these
 */
export function openGguf(path: string): GgufAbout {
  const file = openSync(path, "r");
  let head: Buffer;
  try {
    head = Buffer.alloc(Math.min(fstatSync(file).size, longestHead));
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const wrong = (why: string): InputError => new InputError({ file: path }, why);
  if (head.length < 24 || head.readUInt32LE(0) !== magic) throw wrong("this is no GGUF file");
  const count = Number(head.readBigUInt64LE(16));
  let at = 24;
  const string = (): string => {
    const size = Number(head.readBigUInt64LE(at));
    const text = head.toString("utf8", at + 8, at + 8 + size);
    at += 8 + size;
    return text;
  };
  let architecture = "";
  let embeddingLength: number | undefined;
  const tokenizer = createHash("sha256");
  try {
    for (let i = 0; i < count; i++) {
      const key = string();
      const type = head.readUInt32LE(at);
      at += 4;
      const from = at;
      if (type === 8) string();
      else if (type === 9) {
        const item = head.readUInt32LE(at);
        const items = Number(head.readBigUInt64LE(at + 4));
        at += 12;
        if (item !== 8) at += items * (sizes[item] ?? 0);
        else for (let k = 0; k < items; k++) at += 8 + Number(head.readBigUInt64LE(at));
      } else at += sizes[type] ?? 0;
      if (key === "general.architecture") architecture = head.toString("utf8", from + 8, at);
      if (key === `${architecture}.embedding_length`) embeddingLength = head.readUInt32LE(from);
      if (key.startsWith("tokenizer.ggml.")) tokenizer.update(key).update(head.subarray(from, at));
    }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw wrong("its head is cut off");
  }
  if (embeddingLength === undefined) throw wrong("its head does not state an embedding length");
  return { architecture, embeddingLength, tokenizer: tokenizer.digest("hex").slice(0, 32) };
}
