import { type FileHandle, open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { InputError, messageOf } from "../core/index.ts";

/** Where bytes come from: a path, "-" (standard input), a web stream, or anything that gives out chunks. */
export type ByteSource = string | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** What may be set when bytes are read. */
export interface BytesOptions {
  /** The name in messages (default: the path, or "standard input"). */
  name?: string | undefined;
  /** Ends the reading; the signal's reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Bytes a read from a file (default 64 KiB). */
  chunkBytes?: number | undefined;
}

/** How a source is called in messages. */
export function sourceName(source: ByteSource): string {
  return typeof source !== "string" ? "the stream" : source === "-" ? "standard input" : source;
}

/** The `InputError` for a file-system failure while reading; anything else is returned as it is. */
export function readFailure(thrown: unknown, file: string): unknown {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code === "ENOENT" || code === "ENOTDIR") return new InputError({ file }, "there is no such file");
  if (code === "EISDIR") return new InputError({ file }, "this is a directory", "name a file inside it");
  if (code === "EACCES" || code === "EPERM") return new InputError({ file }, "permission to read it is denied");
  if (code === "EIO" || code === "EMFILE" || code === "ELOOP" || code === "ENAMETOOLONG")
    return new InputError({ file }, messageOf(thrown));
  return thrown;
}

/**
 * The bytes of a source in chunks, unpacked where the first two bytes are gzip's.
 * A chunk is only valid until the next one is asked for: files are read into two buffers in turn.
 *
 * @throws InputError for a missing path, a directory, a denied permission, and gzip that is cut off or corrupt
 */
export async function* readBytes(
  source: ByteSource,
  options: BytesOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = options.name ?? sourceName(source);
  const raw = rawChunks(source, file, options);
  try {
    const head = await peek(raw);
    const all = chain(head, raw);
    if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(all, file);
    else yield* all;
  } finally {
    await raw.return(undefined);
  }
}

async function* rawChunks(
  source: ByteSource,
  file: string,
  options: BytesOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  options.signal?.throwIfAborted();
  if (typeof source !== "string" || source === "-") {
    const stream = (source === "-" ? process.stdin : source) as AsyncIterable<Uint8Array | string>;
    for await (const chunk of stream) {
      options.signal?.throwIfAborted();
      yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    }
    return;
  }
  try {
    await using handle = await open(source, "r");
    if ((await handle.stat()).isDirectory())
      throw new InputError({ file }, "this is a directory", "name a file inside it");
    yield* readAhead(handle, options);
  } catch (thrown) {
    throw readFailure(thrown, file);
  }
}

/** The next chunk is read into a second buffer while the first is worked on. */
async function* readAhead(handle: FileHandle, options: BytesOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const size = options.chunkBytes ?? 256 * 1024;
  let current = Buffer.allocUnsafeSlow(size);
  let other = Buffer.allocUnsafeSlow(size);
  const read = (into: Buffer): Promise<{ bytesRead: number } | { failed: unknown }> =>
    handle.read(into, 0, size).catch((failed: unknown) => ({ failed }));
  let coming = read(current);
  try {
    for (;;) {
      const came = await coming;
      if ("failed" in came) throw came.failed;
      if (came.bytesRead === 0) return;
      options.signal?.throwIfAborted();
      coming = read(other);
      yield current.subarray(0, came.bytesRead);
      [current, other] = [other, current];
    }
  } finally {
    await coming;
  }
}

/** Reads on until three bytes are there, enough for gzip's magic and a byte order mark; fewer at the end. */
async function peek(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 3) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* chain(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head;
  yield* rest;
}

/**
 * Unpacks gzip. Each write is drained before the next, because a Node stream that fails drops what it still holds:
 * so all that could be unpacked comes out before the error.
 */
async function* gunzip(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const inflate = createGunzip({ chunkSize: 256 * 1024 });
  let failed: Error | undefined;
  let done = false;
  let wake = (): void => {};
  inflate.on("readable", () => wake());
  inflate.on("end", () => {
    done = true;
    wake();
  });
  inflate.on("error", (error) => {
    failed = error;
    wake();
  });
  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const drain = async function* (finished: () => boolean): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const again = changed();
      let out: Uint8Array | null;
      while ((out = inflate.read() as Uint8Array | null) !== null) yield out;
      if (failed !== undefined) throw gzipFailure(failed, file);
      if (finished()) return;
      await again;
    }
  };
  try {
    for await (const chunk of chunks) {
      let written = false;
      inflate.write(Buffer.from(chunk), () => {
        written = true;
        wake();
      });
      yield* drain(() => written);
    }
    inflate.end();
    yield* drain(() => done);
  } finally {
    inflate.destroy();
  }
}

function gzipFailure(error: Error, file: string): InputError {
  const code = (error as { code?: unknown }).code;
  return code === "Z_BUF_ERROR"
    ? new InputError({ file }, "the gzip data is cut off before its end")
    : new InputError({ file }, `the gzip data is corrupt: ${error.message}`);
}
