import { directContext, type Embedder, type Part, type Unscored, UsageError, unscored } from "../core/index.ts";
import { managedCall, modelFingerprint } from "./managed.ts";
import { endpointOf, managementOf, type ServedSpec, specOf } from "./served.ts";
import { type Embedded, type EmbedRoute, embedCall, embeddingTraits } from "./wire/embed.ts";

/** Texts that are sent in one request at most. */
const batch = 64;

/**
 * An embedder behind a server with OpenAI's routes, or with vLLM's `/pooling`. Without `dim` in its spec the server is asked once how long
 * its vectors are.
 */
export async function servedEmbedder(spec: ServedSpec, route: EmbedRoute = "embeddings"): Promise<Embedder> {
  const { model, revision, extra, dim } = spec;
  const fingerprint = modelFingerprint(route === "pooling" ? "pooling" : "embedder", model, { revision, extra, dim });
  const wire = embedCall(endpointOf(spec), { model, dim: route === "pooling" ? undefined : dim, extra }, route);
  const call = managedCall(wire, embeddingTraits, { model, fingerprint }, managementOf(spec));
  let length = dim;
  if (length === undefined) {
    const [probe] = await call(["dimension"], directContext());
    if (probe === undefined || !("vector" in probe))
      throw new UsageError(
        `the length of ${model}'s vectors is unknown: ${probe?.unscored.message ?? "no answer"}`,
        "state it as dim, or start the server",
      );
    length = probe.vector.length;
  }
  return {
    name: model,
    fingerprint,
    spec: specOf(spec),
    dim: length,
    async embed(contents, ctx) {
      const texts = contents.map(textOf);
      const places = texts.flatMap((text, i) => (text === undefined ? [] : [i]));
      const out: (Float32Array | Unscored)[] = texts.map(() => unscored("unsupported", `${model} embeds texts only`));
      const batches: number[][] = [];
      for (let at = 0; at < places.length; at += batch) batches.push(places.slice(at, at + batch));
      await Promise.all(
        batches.map(async (mine) => {
          const answers = await call(
            mine.map((i) => texts[i]!),
            ctx,
          );
          for (const [k, i] of mine.entries()) out[i] = vectorOf(answers[k] ?? answers[0]!, length, model);
        }),
      );
      return out;
    },
  };
}

function vectorOf(answer: Embedded | Unscored, length: number, model: string): Float32Array | Unscored {
  if (!("vector" in answer)) return answer;
  if (answer.vector.length === length) return answer.vector;
  return unscored("transport", `${model} gave a vector of ${answer.vector.length} numbers instead of ${length}`, {
    transient: false,
  });
}

function textOf(content: string | readonly Part[]): string | undefined {
  if (typeof content === "string") return content;
  const texts = content.flatMap((part) => (part.type === "text" ? [part.text] : []));
  return texts.length === content.length ? texts.join("\n") : undefined;
}
