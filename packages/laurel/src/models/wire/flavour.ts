import type { Context } from "../../core/index.ts";
import { besideV1, type Endpoint, send } from "./http.ts";

/** Which server answers at an endpoint; `openai` is one that tells nothing more. */
export type Flavour = "openai" | "vllm" | "sglang" | "llama.cpp" | "tgi" | "laurel";

/** What a server is found to be. */
export interface Probed {
  flavour: Flavour;
  /** As the server states it, where it does. */
  version?: string | undefined;
}

const owners: Readonly<Record<string, Flavour>> = {
  vllm: "vllm",
  sglang: "sglang",
  llamacpp: "llama.cpp",
  laurel: "laurel",
};

const routes: readonly (readonly [path: string, flavour: Flavour, mark: string])[] = [
  ["/get_model_info", "sglang", "model_path"],
  ["/props", "llama.cpp", "default_generation_settings"],
  ["/info", "tgi", "model_id"],
  ["/version", "vllm", "version"],
];

/**
 * Finds out which server answers: by the owner of its models (`/v1/models`), else by a route that only it has (SGLang's `/get_model_info`,
 * llama.cpp's `/props`, TGI's `/info`, vLLM's `/version`).
 *
 * @returns undefined where the server cannot be reached
 */
export async function probe(endpoint: Endpoint, ctx: Pick<Context, "signal">): Promise<Probed | undefined> {
  const short = { ...endpoint, timeout: Math.min(endpoint.timeout, 10_000) };
  const get = (address: string) => send(short, address, { method: "GET" }, ctx);
  const listed = await get(`${endpoint.url}/models`);
  if (listed.unscored === undefined) {
    const row = (listed.body as { data?: readonly { owned_by?: unknown }[] } | null)?.data?.[0];
    const flavour = typeof row?.owned_by === "string" ? owners[row.owned_by] : undefined;
    if (flavour !== undefined) return { flavour };
  } else if (listed.status === undefined) return undefined;
  for (const [path, flavour, mark] of routes) {
    const answer = await get(besideV1(endpoint.url, path));
    if (answer.unscored !== undefined || typeof answer.body !== "object" || answer.body === null) continue;
    const body = answer.body as Record<string, unknown>;
    if (body[mark] === undefined) continue;
    const version = body["version"];
    return { flavour, ...(typeof version === "string" ? { version } : {}) };
  }
  return { flavour: "openai" };
}
