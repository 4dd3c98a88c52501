import { closeSync, openSync, readSync } from "node:fs";
import { InputError } from "../../core/index.ts";

/** What is read of a GGUF file without loading it. */
export interface GgufAbout {
  architecture: string;
  /** Numbers of a hidden state. */
  embeddingLength: number;
}

const magic = 0x46554747;
/** Bytes of a value by its type's number; 8 is a string and 9 an array. */
const sizes: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

/**
 * Reads the head of a GGUF file up to its embedding length, which stands before the long lists of the vocabulary.
 * @throws InputError for a file that is no GGUF
 */
export function openGguf(path: string): GgufAbout {
  const file = openSync(path, "r");
  const head = Buffer.alloc(1 << 20);
  let length: number;
  try {
    length = readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const wrong = (why: string): InputError => new InputError({ file: path }, why);
  if (length < 24 || head.readUInt32LE(0) !== magic) throw wrong("this is no GGUF file");
  const count = Number(head.readBigUInt64LE(16));
  let at = 24;
  const string = (): string => {
    const size = Number(head.readBigUInt64LE(at));
    const text = head.toString("utf8", at + 8, at + 8 + size);
    at += 8 + size;
    return text;
  };
  let architecture = "";
  try {
    for (let i = 0; i < count; i++) {
      const key = string();
      const type = head.readUInt32LE(at);
      at += 4;
      if (type === 8) {
        const value = string();
        if (key === "general.architecture") architecture = value;
      } else if (type === 9) {
        const item = head.readUInt32LE(at);
        const items = Number(head.readBigUInt64LE(at + 4));
        at += 12;
        if (item === 8) for (let k = 0; k < items; k++) string();
        else at += items * (sizes[item] ?? 0);
      } else {
        if (key === `${architecture}.embedding_length`) return { architecture, embeddingLength: head.readUInt32LE(at) };
        at += sizes[type] ?? 0;
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  throw wrong("its head does not state an embedding length");
}
