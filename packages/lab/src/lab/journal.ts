import { closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { SeedDone } from "./seed-run.ts";

/** The seeds that are done, on disk: a killed run goes on from there. */
export interface Journal extends Disposable {
  /** What an earlier run left under this key. */
  get(key: string): SeedDone | undefined;
  put(key: string, done: SeedDone): void;
}

/**
 * Opens a journal of finished seeds: one line of JSON each, written as it comes; a last line that was cut off is removed.
 *
 * @param path of the file, made with its folders where it is missing; undefined keeps nothing
 */
export function openJournal(path: string | undefined): Journal {
  const known = new Map<string, SeedDone>();
  if (path === undefined) {
    return { get: (key) => known.get(key), put: (key, done) => known.set(key, done), [Symbol.dispose]: () => {} };
  }
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) {
    const text = readFileSync(path, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
    for (const line of whole.split("\n")) {
      if (line === "") continue;
      const { key, done } = JSON.parse(line) as { key: string; done: SeedDone };
      known.set(key, done);
    }
  }
  const file = openSync(path, "a");
  return {
    get: (key) => known.get(key),
    put(key, done) {
      known.set(key, done);
      writeSync(file, `${JSON.stringify({ key, done })}\n`);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}
