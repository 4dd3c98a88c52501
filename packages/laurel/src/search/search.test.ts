import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerText,
  candidate,
  type GenerateRequest,
  type LanguageModel,
  type Policy,
  pointwise,
  task,
  unscored,
} from "../core/index.ts";
import { math } from "../rewards/index.ts";
import { bestOfMiddleware } from "./best-of-middleware.ts";
import { bestOf } from "./best-of-n.ts";
import { rerank } from "./rerank.ts";

const size = pointwise(
  "size",
  (one) => (answerText(one) === "?" ? unscored("transport", "no", { transient: false }) : answerText(one).length),
  { version: 1, range: [0, 100] },
);
const usage = { model: "fake", inputTokens: 3, outputTokens: 1, calls: 1 };

/** Answers with the texts in turn; null fails. */
function model(texts: readonly (string | null)[], supportsN = false): LanguageModel & { requests: GenerateRequest[] } {
  const requests: GenerateRequest[] = [];
  let at = 0;
  return {
    name: "fake",
    fingerprint: null,
    requests,
    supports: { n: supportsN, seed: true, logprobs: false, tools: false, images: false, schema: false },
    generate: async (all, ctx) =>
      all.map((request) => {
        requests.push(request);
        ctx.spend(usage);
        return Array.from({ length: request.n ?? 1 }, () => {
          const text = texts[at++ % texts.length]!;
          return text === null
            ? unscored("transport", "the line is down")
            : { text, finish: "stop" as const, modelId: "fake", usage };
        });
      }),
  };
}

describe("bestOf", () => {
  it("takes the best of n answers of a model, with a seed for each request", async () => {
    const fake = model(["no", "a long one", "longer"]);
    await using search = bestOf(fake, size, { n: 3, temperature: 0.7 });
    const found = await search("say something");
    expect(found).toMatchObject({ answer: "a long one", best: 1, tied: [1], margin: 4, failed: [] });
    expect(found.usage).toHaveLength(3);
    expect(new Set(fake.requests.map((one) => one.seed)).size).toBe(3);
    expect(fake.requests[0]).toMatchObject({
      temperature: 0.7,
      messages: [{ role: "user", content: "say something" }],
    });
  });

  it("asks once where the model gives n answers at a time", async () => {
    const fake = model(["a", "bb", "ccc", "d"], true);
    expect((await bestOf(fake, size, { n: 4 })("p")).answer).toBe("ccc");
    expect(fake.requests).toMatchObject([{ n: 4 }]);
  });

  it("hands the task's reference to the reward, and takes a policy as well", async () => {
    const policy: Policy = {
      name: "p",
      fingerprint: null,
      async *sample({ n }) {
        for (let i = 0; i < n; i++) yield candidate(`\\boxed{${i}}`);
      },
    };
    await using search = bestOf(policy, math(), { n: 6 });
    expect((await search(task("2 + 2?", [], "4"))).best).toBe(4);
  });

  it("goes on with fewer candidates where generations fail, and says nothing where none can be scored", async () => {
    const found = await bestOf(model([null, "b", null]), size, { n: 3 })("p");
    expect(found).toMatchObject({ answer: "b", best: 0, margin: null });
    expect(found.failed).toHaveLength(2);
    expect(await bestOf(model([null]), size, { n: 2 })("p")).toMatchObject({
      answer: undefined,
      best: null,
      scores: [],
    });
    expect(await bestOf(model(["?"]), size, { n: 2 })("p")).toMatchObject({ answer: undefined, best: null });
    expect(() => bestOf(model(["a"]), size, { n: 0 })).toThrow(/at least 1/);
  });
});

describe("rerank", () => {
  it("is the stable order by value, with what is unscored apart", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("a", "bb", "ccc", "?"), { maxLength: 12 }), async (documents) => {
        const { ranking, unscored: left } = await rerank("q", documents, size);
        expect([...ranking, ...left].map((one) => one.index).sort((a, b) => a - b)).toEqual(documents.map((_, i) => i));
        expect(left.map((one) => one.document)).toEqual(documents.filter((one) => one === "?"));
        for (let i = 1; i < ranking.length; i++) {
          const [a, b] = [ranking[i - 1]!, ranking[i]!];
          expect(a.value > b.value || (a.value === b.value && a.index < b.index)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("keeps objects as they are, and the first so many", async () => {
    const documents = [
      { text: "a", source: 1 },
      { text: "abc", source: 2 },
    ];
    const { ranking } = await rerank("q", documents, size, { top: 1 });
    expect(ranking).toEqual([{ index: 1, document: documents[1], value: 3 }]);
    expect(ranking[0]!.document.source).toBe(2);
  });
});

describe("bestOfMiddleware", () => {
  const nested = { inputTokens: { total: 5, cacheRead: undefined }, outputTokens: { total: 2 }, raw: { x: 1 } };
  const flat = { inputTokens: 5, outputTokens: 2, totalTokens: 7 };

  /** As the AI SDK calls a middleware: `doGenerate` repeats the call with the same parameters. */
  function call(texts: readonly string[], counts: unknown, finishReason: unknown = { unified: "stop", raw: "stop" }) {
    let at = 0;
    const seeds: (number | undefined)[] = [];
    const doGenerate = async ({ seed }: { seed?: number | undefined }) => {
      seeds.push(seed);
      const text = texts[at++]!;
      if (text === "throw") throw new Error("the provider is down");
      return { content: [{ type: "text", text }], finishReason, usage: counts, warnings: [] };
    };
    const params = {
      prompt: [
        { role: "system", content: "be long" },
        { role: "user", content: [{ type: "text", text: "hello" }] },
      ],
      seed: 7,
    };
    const doStream = async () => ({ stream: new ReadableStream<object>() });
    return { seeds, call: { doGenerate: () => doGenerate(params), doStream, params, model: { doGenerate } } };
  }

  it("gives the best result with the usage of all, in either form of usage", async () => {
    const middleware = bestOfMiddleware(size, { n: 3 });
    const three = call(["a", "abcd", "ab"], nested);
    const result = await middleware.wrapGenerate(three.call);
    expect(result.content).toEqual([{ type: "text", text: "abcd" }]);
    expect(result.usage).toEqual({ inputTokens: { total: 15, cacheRead: undefined }, outputTokens: { total: 6 } });
    expect(result).toMatchObject({ providerMetadata: { laurel: { n: 3, index: 1, values: [1, 4, 2], margin: 2 } } });
    expect(three.seeds).toEqual([7, 8, 9]);
    const old = await middleware.wrapGenerate(call(["a", "b", "cc"], flat, "stop").call);
    expect(old.usage).toEqual({ inputTokens: 15, outputTokens: 6, totalTokens: 21 });
  });

  it("survives failed calls, throws if all fail, and falls back to the first result without any score", async () => {
    const middleware = bestOfMiddleware(size, { n: 2 });
    expect(await middleware.wrapGenerate(call(["throw", "b"], flat).call)).toMatchObject({
      content: [{ text: "b" }],
      providerMetadata: { laurel: { n: 1, index: 0 } },
    });
    await expect(middleware.wrapGenerate(call(["throw", "throw"], flat).call)).rejects.toThrow("the provider is down");
    expect(await middleware.wrapGenerate(call(["?", "?"], flat).call)).toMatchObject({
      content: [{ text: "?" }],
      providerMetadata: { laurel: { index: null, values: [null, null] } },
    });
  });

  it("hands the prompt and a reference to the reward", async () => {
    const middleware = bestOfMiddleware(math(), { n: 2, task: (asked) => ({ ...asked, reference: { answer: "4" } }) });
    const result = await middleware.wrapGenerate(call(["\\boxed{3}", "\\boxed{4}"], flat).call);
    expect(result.content).toEqual([{ type: "text", text: "\\boxed{4}" }]);
  });

  it("streams the best result", async () => {
    const { stream } = await bestOfMiddleware(size, { n: 2 }).wrapStream(call(["a", "abc"], flat).call);
    const parts: object[] = [];
    for await (const part of stream) parts.push(part);
    expect(parts).toMatchObject([
      { type: "stream-start", warnings: [] },
      { type: "text-start", id: "0" },
      { type: "text-delta", id: "0", delta: "abc" },
      { type: "text-end", id: "0" },
      { type: "finish", usage: { inputTokens: 10 }, providerMetadata: { laurel: { index: 1 } } },
    ]);
  });
});
