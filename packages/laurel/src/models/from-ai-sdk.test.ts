import { describe, expect, it } from "vitest";
import { directContext, type Generation, type Message, type Usage } from "../core/index.ts";
import { type AiSdkModel, fromAiSdk } from "./from-ai-sdk.ts";

/** A model object as a provider of the SDK makes it; `answer` is given to each call. */
function sdkModel(
  version: "v2" | "v3" | "v4",
  answer: (call: number) => unknown,
): AiSdkModel & { seen: Record<string, unknown>[] } {
  const seen: Record<string, unknown>[] = [];
  return {
    specificationVersion: version,
    provider: "test",
    modelId: "m",
    seen,
    doGenerate: async (options) => {
      seen.push(options);
      const given = answer(seen.length - 1);
      if (given instanceof Error) throw given;
      return given;
    },
  };
}

const flat = {
  content: [{ type: "text", text: "5" }],
  finishReason: "stop",
  usage: { inputTokens: 10, outputTokens: 2, cachedInputTokens: 4 },
  warnings: [],
};
const nested = {
  content: [
    { type: "reasoning", text: "hm" },
    { type: "text", text: "5" },
  ],
  finishReason: { unified: "stop", raw: "end_turn" },
  usage: { inputTokens: { total: 10, noCache: 6, cacheRead: 4 }, outputTokens: { total: 2 } },
  response: { modelId: "m-2026" },
  warnings: [],
};
const image = { hash: "h", mediaType: "image/png", uri: "x" };
const conversation: readonly Message[] = [
  { role: "system", content: "Rate." },
  {
    role: "user",
    content: [
      { type: "text", text: "this" },
      { type: "image", media: image },
    ],
  },
  { role: "assistant", content: [{ type: "tool-call", id: "c", name: "add", input: { a: 1 } }] },
  { role: "tool", content: [{ type: "tool-result", id: "c", output: { sum: 2 } }] },
];
const open = async () => new Uint8Array([1, 2]);

describe("fromAiSdk", () => {
  it.each([
    ["v2", flat, "m", undefined],
    ["v3", nested, "m-2026", "hm"],
    ["v4", nested, "m-2026", "hm"],
  ] as const)("reads what %s answers, with its usage and price", async (version, answer, modelId, reasoning) => {
    const used: Usage[] = [];
    const model = fromAiSdk(
      sdkModel(version, () => answer),
      { price: { input: 1, output: 10, cached: 0.5 } },
    );
    const [[found]] = (await model.generate(
      [{ messages: conversation }],
      directContext({ open, spend: (one) => used.push(one) }),
    )) as [[Generation]];
    expect(found).toMatchObject({ text: "5", finish: "stop", modelId });
    expect(found.reasoning).toBe(reasoning);
    // 6 fresh and 4 cached tokens in, 2 out
    expect(used).toEqual([
      { model: "m", inputTokens: 10, outputTokens: 2, cachedTokens: 4, calls: 1, usd: (6 + 2 + 20) / 1e6 },
    ]);
  });

  it("sends messages, images, tools and a schema in the SDK's form", async () => {
    for (const version of ["v3", "v4"] as const) {
      const sdk = sdkModel(version, () => nested);
      const request = {
        messages: conversation,
        temperature: 0,
        maxTokens: 9,
        seed: 3,
        stop: ["."],
        schema: { type: "object" },
        tools: [{ name: "add", description: "adds", parameters: { type: "object" } }],
      };
      await fromAiSdk(sdk).generate([request], directContext({ open }));
      const data = version === "v4" ? { type: "data", data: new Uint8Array([1, 2]) } : new Uint8Array([1, 2]);
      expect(sdk.seen[0]).toMatchObject({
        prompt: [
          { role: "system", content: "Rate." },
          {
            role: "user",
            content: [
              { type: "text", text: "this" },
              { type: "file", mediaType: "image/png", data },
            ],
          },
          { role: "assistant", content: [{ type: "tool-call", toolCallId: "c", toolName: "add", input: { a: 1 } }] },
          {
            role: "tool",
            content: [
              { type: "tool-result", toolCallId: "c", toolName: "add", output: { type: "json", value: { sum: 2 } } },
            ],
          },
        ],
        temperature: 0,
        maxOutputTokens: 9,
        seed: 3,
        stopSequences: ["."],
        responseFormat: { type: "json", schema: { type: "object" } },
        tools: [{ type: "function", name: "add", inputSchema: { type: "object" } }],
      });
    }
  });

  it("asks for several samples one by one, each with its own seed", async () => {
    const sdk = sdkModel("v4", () => nested);
    const [answers] = await fromAiSdk(sdk).generate(
      [{ messages: conversation, n: 3, seed: 5 }],
      directContext({ open }),
    );
    expect(answers).toHaveLength(3);
    expect(sdk.seen.map(({ seed }) => seed)).toEqual([5, 6, 7]);
  });

  it("tries a rate limit again after its time, and gives up on a refusal at once", async () => {
    const limited = Object.assign(new Error("slow down"), { statusCode: 429, responseHeaders: { "retry-after": "0" } });
    const sdk = sdkModel("v4", (call) => (call === 0 ? limited : nested));
    expect((await fromAiSdk(sdk).generate([{ messages: conversation }], directContext({ open })))[0]![0]).toMatchObject(
      { text: "5" },
    );
    expect(sdk.seen).toHaveLength(2);
    const refusing = sdkModel("v4", () => Object.assign(new Error("bad request"), { statusCode: 400 }));
    const [[failed]] = (await fromAiSdk(refusing).generate([{ messages: conversation }], directContext({ open }))) as [
      [unknown],
    ];
    expect(failed).toMatchObject({ unscored: { reason: "unsupported", transient: false } });
    expect(refusing.seen).toHaveLength(1);
  });

  it("gives tool calls with their input, and no answer where it is no object", async () => {
    const calling = (input: string) => ({
      ...nested,
      content: [{ type: "tool-call", toolCallId: "c", toolName: "add", input }],
      finishReason: { unified: "tool-calls" },
    });
    const sdk = (input: string) =>
      fromAiSdk(
        sdkModel("v4", () => calling(input)),
        { retries: 0 },
      ).generate([{ messages: conversation }], directContext({ open }));
    expect((await sdk('{"a":1}'))[0]![0]).toMatchObject({ finish: "tool", calls: [{ name: "add", input: { a: 1 } }] });
    expect((await sdk("a=1"))[0]![0]).toMatchObject({ unscored: { reason: "transport" } });
  });

  it("has no log-probabilities, and takes no name for a model", async () => {
    const model = fromAiSdk(sdkModel("v4", () => nested));
    expect(model.supports).toMatchObject({ logprobs: false, n: false });
    expect(
      (await model.generate([{ messages: conversation, topLogprobs: 3 }], directContext({ open })))[0]![0],
    ).toMatchObject({ unscored: { reason: "unsupported" } });
    expect(() => fromAiSdk("gpt" as never)).toThrow("model object");
  });
});
