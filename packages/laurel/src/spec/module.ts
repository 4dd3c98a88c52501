import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Comparer, messageOf, type Reward, UsageError } from "../core/index.ts";

/**
 * A reward or comparer that a user's own module exports: a value, or a function without parameters that makes one.
 * It keeps the fingerprint that its author's `version` gives it.
 *
 * @throws UsageError where the file or the export is missing or is no reward
 */
export async function fromModule(path: string, name: string): Promise<Reward | Comparer> {
  try {
    statSync(path);
  } catch {
    throw new UsageError(`there is no file ${path}`);
  }
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (thrown) {
    throw new UsageError(`${path} cannot be loaded: ${messageOf(thrown)}`);
  }
  const exported = loaded[name];
  if (exported === undefined) {
    const names = Object.keys(loaded);
    throw new UsageError(
      `${path} does not export "${name}"`,
      names.length > 0 ? `it exports ${names.join(", ")}` : "it exports nothing",
    );
  }
  const made: unknown = typeof exported === "function" ? await (exported as () => unknown)() : exported;
  if (typeof made !== "object" || made === null || !("score" in made || "compare" in made))
    throw new UsageError(
      `"${name}" of ${path} is neither a reward nor a comparer`,
      "make one with pointwise(), groupwise() or pairwise()",
    );
  return made as Reward | Comparer;
}
