import { closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** The seeds that are done, on disk: a killed run goes on from there. */
export interface Journal<T> extends Disposable {
  /** What an earlier run left under this key. */
  get(key: string): T | undefined;
  put(key: string, done: T): void;
}

/**
 * Opens a journal of finished seeds: one line of JSON each, written as it comes; a last line that was cut off is removed.
 *
 * @param path of the file, made with its folders where it is missing; undefined keeps nothing
 */
export function openJournal<T>(path: string | undefined): Journal<T> {
  const known = new Map<string, T>();
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
      const { key, done } = JSON.parse(line) as { key: string; done: T };
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
