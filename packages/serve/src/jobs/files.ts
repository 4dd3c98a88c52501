import { createReadStream, createWriteStream, mkdirSync, rmSync, statSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Problem } from "../http/problem.ts";

/** The files of jobs: `<directory>/jobs/<id>/input.jsonl` and `output.jsonl`. */
export class JobFiles {
  readonly #root: string;

  constructor(directory: string) {
    this.#root = join(directory, "jobs");
    mkdirSync(this.#root, { recursive: true });
  }

  input(id: string): string {
    return join(this.#root, id, "input.jsonl");
  }

  output(id: string): string {
    return join(this.#root, id, "output.jsonl");
  }

  /**
   * Writes an upload to the disk; when it returns, the file is whole and will survive a crash.
   * @throws Problem (413) above `most` bytes
   */
  async receive(id: string, request: Request, most: number): Promise<void> {
    const tooLarge = new Problem(413, "body-too-large", `the file is larger than ${most} bytes`, {
      connection: "close",
    });
    if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge;
    const encoding = request.headers.get("content-encoding") ?? "identity";
    if (encoding !== "identity" && encoding !== "gzip")
      throw new Problem(
        415,
        "unsupported-encoding",
        `content-encoding ${encoding} is not read here; send plain or gzip`,
      );
    if (request.body === null) throw new Problem(422, "invalid", "the file is empty");
    mkdirSync(join(this.#root, id));
    const part = `${this.input(id)}.part`;
    let bytes = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        done(bytes > most ? tooLarge : null, chunk);
      },
    });
    const body = Readable.fromWeb(request.body as import("node:stream/web").ReadableStream);
    try {
      // the limit is on the unpacked size, so that a small file cannot unpack to fill the disk
      if (encoding === "gzip") await pipeline(body, createGunzip(), counted, createWriteStream(part));
      else await pipeline(body, counted, createWriteStream(part));
      if (bytes === 0) throw new Problem(422, "invalid", "the file is empty");
      await sync(part);
      await rename(part, this.input(id));
      await sync(join(this.#root, id));
    } catch (thrown) {
      this.remove(id);
      if (thrown instanceof Problem) throw thrown;
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === "ENOSPC" || code === "EDQUOT")
        throw new Problem(503, "disk-full", "there is no space for the file", { "retry-after": "60" });
      throw new Problem(400, "body-unreadable", "the file could not be read to its end");
    }
  }

  /** The output's whole rows as a stream: a row that is half written is not shown. */
  read(id: string): ReadableStream {
    let size = 0;
    try {
      size = statSync(this.output(id)).size;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
    }
    if (size === 0) return new Blob([]).stream() as ReadableStream;
    let held = Buffer.alloc(0);
    const whole = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const end = chunk.lastIndexOf(10);
        if (end < 0) {
          held = Buffer.concat([held, chunk]);
          done();
          return;
        }
        const ready = Buffer.concat([held, chunk.subarray(0, end + 1)]);
        held = Buffer.from(chunk.subarray(end + 1));
        done(null, ready);
      },
    });
    return Readable.toWeb(createReadStream(this.output(id), { end: size - 1 }).pipe(whole)) as ReadableStream;
  }

  remove(id: string): void {
    rmSync(join(this.#root, id), { recursive: true, force: true });
  }
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}
