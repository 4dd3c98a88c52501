import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../core/index.ts";
import { readFailure } from "./bytes.ts";
import { writeFailure } from "./write.ts";

/** Bytes that can be read at any place, such as a file or an address that answers range requests. */
export interface RangedBytes extends AsyncDisposable {
  readonly size: number;
  /** The bytes from `start` to `end` (exclusive); fewer only where the source has ended. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/**
 * A file's bytes.
 *
 * @throws InputError for a missing path, a directory, a denied permission, or what is no regular file
 */
export async function fileRanges(path: string, file: string): Promise<RangedBytes> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (thrown) {
    throw readFailure(thrown, file);
  }
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new InputError({ file }, stat.isDirectory() ? "this is a directory" : "Parquet needs a regular file");
  }
  return rangesOf(handle, stat.size, async () => {});
}

/**
 * A stream's bytes, by way of a temporary file without a name: what is read from its end cannot be read as it comes.
 *
 * @throws StoppedError where the disk is full, and what the stream throws
 */
export async function spooledRanges(chunks: AsyncIterable<Uint8Array>): Promise<RangedBytes> {
  const folder = await mkdtemp(join(tmpdir(), "laurel-"));
  const path = join(folder, "spooled");
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const handle = await open(path, "wx+", 0o600);
    try {
      // a file that is open goes on without its name, so that nothing stays behind however the process ends; but not on Windows
      if (process.platform !== "win32") await remove();
      let size = 0;
      for await (const chunk of chunks) {
        await writeAll(handle, chunk, path);
        size += chunk.length;
      }
      return rangesOf(handle, size, remove);
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, path: string): Promise<void> {
  try {
    for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten;
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}

function rangesOf(handle: FileHandle, size: number, after: () => Promise<void>): RangedBytes {
  return {
    size,
    async read(start, end) {
      const buffer = Buffer.alloc(Math.max(0, Math.min(end, size) - start));
      let done = 0;
      while (done < buffer.length) {
        const { bytesRead } = await handle.read(buffer, done, buffer.length - done, start + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return buffer.subarray(0, done);
    },
    async [Symbol.asyncDispose]() {
      await handle.close();
      await after();
    },
  };
}
