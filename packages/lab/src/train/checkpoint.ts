import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { InputError, type JsonObject } from "laurel";

const mark = "LAURELCK";

/**
 * Writes a training's state, whole or not at all: into a file beside it, which then takes its name, so that a process that is killed
 * meanwhile leaves the old one.
 *
 * Layout: 8 bytes "LAURELCK", the header's length (32 bits, little-endian), the header in JSON (`state` and the arrays' names and
 * lengths), padded to a multiple of 8, then the arrays' doubles.
 */
export function writeCheckpoint(path: string, state: JsonObject, arrays: Readonly<Record<string, Float64Array>>): void {
  const lengths = Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.length]));
  const header = Buffer.from(JSON.stringify({ state, lengths }));
  const from = 8 * Math.ceil((12 + header.length) / 8);
  const parts: Uint8Array[] = [Buffer.alloc(from, " ")];
  const head = parts[0] as Buffer;
  head.write(mark, 0, "latin1");
  head.writeUInt32LE(header.length, 8);
  header.copy(head, 12);
  for (const values of Object.values(arrays))
    parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.part`;
  writeFileSync(beside, Buffer.concat(parts));
  renameSync(beside, path);
}

/**
 * Reads what `writeCheckpoint` wrote.
 *
 * @returns undefined where there is no such file
 * @throws InputError for another or a damaged file
 */
export function readCheckpoint(
  path: string,
): { state: JsonObject; arrays: Readonly<Record<string, Float64Array>> } | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
  const wrong = (why: string): InputError =>
    new InputError({ file: path }, why, "remove it: the training then begins anew");
  if (bytes.length < 12 || bytes.toString("latin1", 0, 8) !== mark) throw wrong("this is no checkpoint");
  const length = bytes.readUInt32LE(8);
  if (12 + length > bytes.length) throw wrong("this checkpoint is cut off");
  const { state, lengths } = JSON.parse(bytes.toString("utf8", 12, 12 + length)) as {
    state: JsonObject;
    lengths: Record<string, number>;
  };
  let at = 8 * Math.ceil((12 + length) / 8);
  const arrays: Record<string, Float64Array> = {};
  for (const [name, count] of Object.entries(lengths)) {
    if (at + 8 * count > bytes.length) throw wrong("this checkpoint is cut off");
    arrays[name] = new Float64Array(new Uint8Array(bytes.subarray(at, at + 8 * count)).buffer);
    at += 8 * count;
  }
  return { state, arrays };
}
