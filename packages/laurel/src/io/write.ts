import { type FileHandle, open } from "node:fs/promises";
import { LaurelError, messageOf, StoppedError, UsageError } from "../core/index.ts";

/** A file that grows by whole lines. */
export interface LineWriter extends AsyncDisposable {
  readonly path: string;
  /** Bytes that are in the file. */
  readonly bytes: number;
  /** Adds lines (without their newline). Resolves at once while little is waiting, else when the disk has caught up. */
  append(lines: string | readonly string[]): Promise<void>;
  /** Resolves when everything that was appended is in the file; `sync` also forces it to the disk. */
  flush(sync?: boolean): Promise<void>;
  /** Flushes and closes; closing twice is the same as once. */
  close(): Promise<void>;
}

const waitingLimit = 1024 * 1024;

/**
 * Opens a file for appending whole lines, the writer of journals.
 *
 * Lines that arrive while a write is under way go out together in the next one. After a failed write the file is cut
 * back to its last whole line, and every later call fails with the same error.
 *
 * @throws StoppedError (exit code 4) when the disk or quota is full; LaurelError when the file cannot be opened or written
 * @example await using out = await openAppend("scores.jsonl"); await out.append(JSON.stringify(row));
 */
export async function openAppend(path: string): Promise<LineWriter> {
  let handle: FileHandle;
  try {
    handle = await open(path, "a");
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
  try {
    return new Appender(path, handle, (await handle.stat()).size);
  } catch (thrown) {
    await handle.close();
    throw writeFailure(thrown, path);
  }
}

class Appender implements LineWriter {
  readonly path: string;
  readonly #handle: FileHandle;
  #bytes: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #closed: Promise<void> | undefined;

  constructor(path: string, handle: FileHandle, bytes: number) {
    this.path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async append(lines: string | readonly string[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed !== undefined) throw new UsageError(`${this.path} is closed`);
    for (const line of typeof lines === "string" ? [lines] : lines) {
      if (line.includes("\n")) throw new UsageError("a line to append holds a newline");
      this.#waiting.push(line);
      this.#waitingLength += line.length + 1;
    }
    this.#writing ??= this.#writeAll();
    if (this.#waitingLength > waitingLimit) await this.flush();
  }

  async flush(sync = false): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
    if (!sync) return;
    try {
      await this.#handle.sync();
    } catch (thrown) {
      throw (this.#failure = writeFailure(thrown, this.path));
    }
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      try {
        await this.flush();
      } finally {
        await this.#handle.close();
      }
    })();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #writeAll(): Promise<void> {
    // one turn later, so that the lines of one loop of the caller share a write
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        this.#waiting.push("");
        const bytes = Buffer.from(this.#waiting.join("\n"));
        this.#waiting = [];
        this.#waitingLength = 0;
        await this.#writeBytes(bytes);
      }
    } catch (thrown) {
      this.#failure ??= writeFailure(thrown, this.path);
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeBytes(bytes: Buffer): Promise<void> {
    let done = 0;
    try {
      while (done < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done);
        done += bytesWritten;
      }
      this.#bytes += bytes.length;
    } catch (thrown) {
      const failure = writeFailure(thrown, this.path);
      const whole = done === 0 ? 0 : bytes.lastIndexOf(10, done - 1) + 1;
      this.#bytes += whole;
      if (done > whole) await this.#cutBack(failure);
      throw failure;
    }
  }

  /** Takes away the torn line of a failed write; the whole lines of that write stay, as they are valid. */
  async #cutBack(failure: LaurelError): Promise<void> {
    try {
      await this.#handle.truncate(this.#bytes);
    } catch (thrown) {
      const also = `${failure.message}; its last line is torn, because cutting it off failed: ${messageOf(thrown)}`;
      this.#failure =
        failure instanceof StoppedError
          ? new StoppedError(also, failure.hint, thrown)
          : new LaurelError(failure.code, also, { cause: thrown });
    }
  }
}

/** What `truncateToLastWholeLine` left. */
export interface WholeLines {
  /** Whole lines in the file. */
  lines: number;
  /** The file's length in bytes. */
  bytes: number;
  /** Bytes of a torn last line that were cut off. */
  cut: number;
}

/**
 * Cuts a file behind its last newline, so that it ends with a whole line. A missing file counts as empty.
 *
 * @throws LaurelError when the file cannot be read or cut
 */
export async function truncateToLastWholeLine(path: string): Promise<WholeLines> {
  try {
    await using handle = await open(path, "r+");
    if (!(await handle.stat()).isFile()) throw new LaurelError("output", `${path}: this is not a regular file`);
    const buffer = Buffer.allocUnsafe(256 * 1024);
    let size = 0;
    let bytes = 0;
    let lines = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, size);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
        lines++;
        bytes = size + at + 1;
      }
      size += bytesRead;
    }
    if (size > bytes) await handle.truncate(bytes);
    return { lines, bytes, cut: size - bytes };
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === "ENOENT") return { lines: 0, bytes: 0, cut: 0 };
    throw writeFailure(thrown, path);
  }
}

/** The typed error for a failed write: `StoppedError` for a full disk or quota, else a `LaurelError` that says what is wrong. */
export function writeFailure(thrown: unknown, path: string): LaurelError {
  if (thrown instanceof LaurelError) return thrown;
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
    return new StoppedError(
      `${path}: ${code === "ENOSPC" ? "the disk is full" : code === "EDQUOT" ? "the quota is used up" : "the file may not grow further"}`,
      "what was written is kept: make room and resume",
      thrown,
    );
  const reason =
    code === "EACCES" || code === "EPERM" || code === "EROFS"
      ? "permission to write it is denied"
      : code === "ENOENT"
        ? "its folder does not exist"
        : code === "EISDIR"
          ? "this is a directory"
          : messageOf(thrown);
  return new LaurelError("output", `${path}: ${reason}`, { cause: thrown });
}
