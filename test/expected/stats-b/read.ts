import { readFileSync } from "node:fs";

/** A file of this folder: expected values made by scripts/expected/stats_b.py, with the versions that made them. */
export function expected<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8")) as T;
}
