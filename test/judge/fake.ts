import type {
  Context,
  GenerateRequest,
  Generation,
  LanguageModel,
  Unscored,
} from "../../packages/laurel/src/core/index.ts";

/** What a scripted model says to a request; a text, a whole generation's parts, or why there is none. */
export type Say = string | Partial<Generation> | Unscored;

/** A scripted language model that keeps its requests. */
export interface Fake extends LanguageModel {
  readonly requests: GenerateRequest[];
}

/** A language model that answers by a function of the request and of how many came before. */
export function fakeModel(
  say: (request: GenerateRequest, index: number) => Say,
  options: { supports?: Partial<LanguageModel["supports"]>; name?: string; fingerprint?: string | null } = {},
): Fake {
  const requests: GenerateRequest[] = [];
  const name = options.name ?? "fake";
  return {
    name,
    fingerprint: options.fingerprint === undefined ? `fake:${name}` : options.fingerprint,
    supports: { n: false, seed: true, logprobs: true, tools: false, images: false, schema: false, ...options.supports },
    requests,
    generate: async (asked: readonly GenerateRequest[], _ctx: Context) =>
      asked.map((request) =>
        Array.from({ length: request.n ?? 1 }, () => {
          requests.push(request);
          return generation(say(request, requests.length - 1), name);
        }),
      ),
  };
}

function generation(said: Say, name: string): Generation | Unscored {
  const parts = typeof said === "string" ? { text: said } : said;
  if (parts.unscored !== undefined) return { unscored: parts.unscored };
  return {
    text: "",
    finish: "stop",
    modelId: name,
    usage: { model: name, inputTokens: 1, outputTokens: 1, calls: 1 },
    ...parts,
  } as Generation;
}

/** All text of a request. */
export function textOfRequest({ messages }: GenerateRequest): string {
  return messages
    .map(({ content }) =>
      typeof content === "string" ? content : content.map((part) => (part.type === "text" ? part.text : "")).join("\n"),
    )
    .join("\n");
}
