import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { JsonObject } from "../core/index.ts";
import { writeFailure } from "./write.ts";

/**
 * Writes rows as JSON lines, gzipped where the path ends in `.gz`. The file appears under its name only when it is whole,
 * so that a failed conversion leaves nothing that looks finished.
 *
 * @param path where to write; "-" is standard output
 * @param rows batches of rows, such as a conversion's
 * @returns how many rows were written
 * @throws StoppedError for a full disk, LaurelError for a path that cannot be written, and whatever reading the rows throws
 * @example await writeRows("out.jsonl.gz", convertRows(table, { to: "laurel" }).rows)
 */
export async function writeRows(path: string, rows: AsyncIterable<readonly JsonObject[]>): Promise<number> {
  let written = 0;
  let failure: unknown;
  async function* texts(): AsyncGenerator<string, void, undefined> {
    try {
      for await (const batch of rows) {
        written += batch.length;
        if (batch.length > 0) yield `${batch.map((row) => JSON.stringify(row)).join("\n")}\n`;
      }
    } catch (thrown) {
      failure = thrown;
      throw thrown;
    }
  }
  if (path === "-") {
    await pipeline(texts, process.stdout, { end: false });
    return written;
  }
  const unfinished = `${path}.unfinished`;
  try {
    const out = createWriteStream(unfinished);
    if (path.endsWith(".gz")) await pipeline(texts, createGzip(), out);
    else await pipeline(texts, out);
    await rename(unfinished, path);
  } catch (thrown) {
    await rm(unfinished, { force: true });
    throw failure ?? writeFailure(thrown, path);
  }
  return written;
}
