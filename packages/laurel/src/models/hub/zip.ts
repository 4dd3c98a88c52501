import { type FileHandle, open } from "node:fs/promises";
import { inflateRawSync, zstdDecompressSync } from "node:zlib";
import { InputError } from "../../core/index.ts";

/** A file in a zip archive. */
export interface ZipEntry {
  name: string;
  bytes: number;
  method: number;
  packed: number;
  offset: number;
}

/** An open zip archive, which Python's wheels are. */
export interface Zip extends AsyncDisposable {
  entries: readonly ZipEntry[];
  /** A file's content. */
  read(entry: ZipEntry): Promise<Buffer>;
}

const endSize = 22;

async function readAt(file: FileHandle, position: number, length: number, path: string): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw new InputError({ file: path }, "the archive is cut off");
  return buffer;
}

/**
 * Opens a zip archive (stored, deflated and zstd entries; no encryption, no archives over 4 GiB).
 * @throws InputError for a file that is no such archive
 */
export async function openZip(path: string): Promise<Zip> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557), path);
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    if (end < 0 || end + endSize > tail.length) throw new InputError({ file: path }, "this is no zip archive");
    const [length, start] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
    if (start === 0xffffffff) throw new InputError({ file: path }, "archives over 4 GiB are not read");
    const directory = await readAt(file, start, length, path);
    const entries: ZipEntry[] = [];
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
      const nameLength = directory.readUInt16LE(at + 28);
      entries.push({
        name: directory.toString("utf8", at + 46, at + 46 + nameLength),
        method: directory.readUInt16LE(at + 10),
        packed: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        offset: directory.readUInt32LE(at + 42),
      });
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    const read = async (entry: ZipEntry): Promise<Buffer> => {
      const local = await readAt(file, entry.offset, 30, path);
      const from = entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
      const packed = await readAt(file, from, entry.packed, path);
      if (entry.method === 0) return packed;
      if (entry.method === 93) return zstdDecompressSync(packed, { maxOutputLength: Math.max(1, entry.bytes) });
      if (entry.method !== 8)
        throw new InputError({ file: path, field: entry.name }, `compression method ${entry.method} is not read`);
      // the stated size bounds what a hostile archive can inflate to
      return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.bytes) });
    };
    return { entries, read, [Symbol.asyncDispose]: () => file.close() };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}
