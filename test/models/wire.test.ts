import { describe, expect, it } from "vitest";
import {
  directContext,
  type GenerateRequest,
  type Generation,
  type Unscored,
  type Usage,
} from "../../packages/laurel/src/core/index.ts";
import {
  embedderFrom,
  languageModelFrom,
  type Scripted,
  type ScriptedServerOptions,
  scriptedServer,
  serveModels,
} from "../../packages/laurel/src/models/index.ts";

const ask = (text: string, more: Partial<GenerateRequest> = {}): GenerateRequest => ({
  messages: [{ role: "user", content: text }],
  ...more,
});

async function answers(
  server: { spec: string; url: string },
  request: GenerateRequest,
  more: object = {},
  ctx = directContext(),
) {
  const model = await languageModelFrom({ url: server.url, model: "scripted", backoff: 1, ...more });
  return (await model.generate([request], ctx))[0]!;
}

async function one(server: { spec: string; url: string }, request: GenerateRequest, more: object = {}) {
  const [answer] = await answers(server, request, more);
  return answer as Generation & Partial<Unscored>;
}

describe("what is sent", () => {
  it("is OpenAI's chat protocol, with only what the request says", async () => {
    await using server = await scriptedServer(["ok"]);
    await answers(server, ask("hi"));
    await answers(
      server,
      ask("hi", {
        n: 2,
        seed: 7,
        temperature: 0.5,
        topP: 0.9,
        maxTokens: 8,
        stop: ["\n"],
        topLogprobs: 3,
        schema: { type: "object" },
        tools: [{ name: "add", description: "adds", parameters: { type: "object" } }],
      }),
      { extra: { top_k: 5 } },
    );
    expect(server.requests.map(({ path, body }) => [path, body])).toEqual([
      ["/v1/chat/completions", { model: "scripted", messages: [{ role: "user", content: "hi" }] }],
      [
        "/v1/chat/completions",
        {
          model: "scripted",
          messages: [{ role: "user", content: "hi" }],
          n: 2,
          seed: 7,
          temperature: 0.5,
          top_p: 0.9,
          max_tokens: 8,
          stop: ["\n"],
          logprobs: true,
          top_logprobs: 3,
          response_format: {
            type: "json_schema",
            json_schema: { name: "answer", schema: { type: "object" }, strict: true },
          },
          tools: [{ type: "function", function: { name: "add", description: "adds", parameters: { type: "object" } } }],
          top_k: 5,
        },
      ],
    ]);
  });

  it("has images as data URLs, tool calls and results in the protocol's form, and no reasoning", async () => {
    await using server = await scriptedServer(["ok"]);
    const media = { hash: "h", mediaType: "image/png", uri: "a.png" };
    const request: GenerateRequest = {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "see" },
            { type: "image", media },
            { type: "video", frames: [media] },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "secret" },
            { type: "tool-call", id: "c1", name: "add", input: { a: 1 } },
          ],
        },
        { role: "tool", content: [{ type: "tool-result", id: "c1", output: { sum: 2 } }] },
      ],
    };
    await answers(server, request, {}, directContext({ open: async () => new Uint8Array([1, 2, 3]) }));
    const url = "data:image/png;base64,AQID";
    expect(server.requests[0]!.body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "see" },
          { type: "image_url", image_url: { url } },
          { type: "image_url", image_url: { url } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "add", arguments: '{"a":1}' } }],
      },
      { role: "tool", tool_call_id: "c1", content: '{"sum":2}' },
    ]);
  });

  it("is answered by text, samples, log-probabilities, tool calls and reasoning, as a stream too", async () => {
    const said: Scripted = {
      text: "5 – ok 😀",
      reasoning: "hm",
      tokens: [
        [
          ["5", 0.75],
          ["4", 0.25],
        ],
      ],
      usage: { inputTokens: 7, outputTokens: 3 },
    };
    await using server = await scriptedServer([said]);
    const expected = {
      text: "5 – ok 😀",
      reasoning: "hm",
      finish: "stop",
      modelId: "scripted",
      logprobs: [
        {
          token: "5",
          logprob: Math.log(0.75),
          top: [
            { token: "5", logprob: Math.log(0.75) },
            { token: "4", logprob: Math.log(0.25) },
          ],
        },
      ],
    };
    for (const stream of [false, true]) {
      const found = await answers(server, ask("x", { topLogprobs: 2, n: 2 }), { stream });
      expect(found).toMatchObject([expected, expected]);
      const used = found.map((each) => (each as Generation).usage);
      expect(used.map(({ outputTokens }) => outputTokens)).toEqual([6, 0]);
      expect(used.map(({ calls }) => calls)).toEqual([1, 0]);
    }
    await using calling = await scriptedServer([{ calls: [{ name: "add", input: { a: 1 } }] }]);
    for (const stream of [false, true])
      expect(await one(calling, ask("x"), { stream })).toMatchObject({
        text: "",
        finish: "tool",
        calls: [{ name: "add", input: { a: 1 } }],
      });
  });
});

/** A server that refuses fields that it does not know, as real ones do. */
function refusing(fields: Readonly<Record<string, string>>): ScriptedServerOptions["fault"] {
  return ({ body }) => {
    const name = Object.keys(fields).find((field) => body[field] !== undefined);
    return name === undefined ? undefined : { status: 400, message: fields[name]! };
  };
}

describe("what a server cannot do", () => {
  it("n: asks for the samples one by one, each with its own seed, and remembers it", async () => {
    await using server = await scriptedServer(({ request }) => `seed ${request.seed}`, {
      fault: refusing({ n: "this server only takes n = 1" }),
    });
    const model = await languageModelFrom(server.spec);
    const request = ask("x", { n: 3, seed: 10 });
    const texts = (await model.generate([request], directContext()))[0]!.map((each) => (each as Generation).text);
    expect(texts).toEqual(["seed 10", "seed 11", "seed 12"]);
    expect(server.requests).toHaveLength(4);
    await model.generate([ask("y", { n: 2, seed: 1 })], directContext());
    expect(server.requests).toHaveLength(6);
  });

  it("n, silently: tops up what is missing", async () => {
    await using server = await scriptedServer(["a"], {
      fault: ({ body }) => {
        delete (body as { n?: number }).n;
        return undefined;
      },
    });
    const found = await answers(server, ask("x", { n: 3 }));
    expect(found.map((each) => (each as Generation).text)).toEqual(["a", "a", "a"]);
  });

  it("JSON Schema: falls back to an object, then to words", async () => {
    await using server = await scriptedServer(["{}"], {
      fault: ({ body }) => {
        const type = (body["response_format"] as { type?: string } | undefined)?.type;
        return type === undefined ? undefined : { status: 400, message: `response_format ${type} is not supported` };
      },
    });
    const schema = { type: "object", required: ["score"] };
    expect(await one(server, ask("x", { schema }))).toMatchObject({ text: "{}" });
    const forms = server.requests.map(({ body }) => (body["response_format"] as { type?: string } | undefined)?.type);
    expect(forms).toEqual(["json_schema", "json_object", undefined]);
    expect(JSON.stringify(server.requests[2]!.body["messages"])).toContain("required");
  });

  it("max_tokens: takes the other name where it is told so", async () => {
    await using server = await scriptedServer(["a"], {
      fault: refusing({ max_tokens: "use 'max_completion_tokens' instead" }),
    });
    expect(await one(server, ask("x", { maxTokens: 5 }))).toMatchObject({ text: "a" });
    expect(server.requests.map(({ body }) => body["max_completion_tokens"])).toEqual([undefined, 5]);
  });

  it("anything else: no answer, with what the server says, at once", async () => {
    await using server = await scriptedServer(["a"], {
      fault: () => ({ status: 400, message: "maximum context length is 4096 tokens" }),
    });
    expect(await one(server, ask("x"))).toMatchObject({
      unscored: { reason: "unsupported", transient: false, message: expect.stringContaining("4096") },
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe("faults", () => {
  it.each([
    ["429 with seconds", { status: 429, retryAfter: "1" }, 1000],
    ["429 with a date", { status: 429, retryAfter: "DATE" }, 1000],
    ["429 without a time", { status: 429 }, 0],
    ["500", { status: 500 }, 0],
    ["503 with seconds", { status: 503, retryAfter: "1" }, 1000],
    ["an answer that is not JSON", { wrongJson: true }, 0],
    ["an answer that breaks off", { truncate: 20 }, 0],
    ["a closed connection", { hangUp: true }, 0],
  ] as const)("%s: is tried again", async (_, fault, least) => {
    // an HTTP date has whole seconds, so that 2 s ahead is at least 1 s away
    const made =
      "retryAfter" in fault && fault.retryAfter === "DATE"
        ? { ...fault, retryAfter: new Date(Date.now() + 2000).toUTCString() }
        : fault;
    await using server = await scriptedServer(["fine"], { fault: ({ call }) => (call === 0 ? made : undefined) });
    const began = performance.now();
    expect(await one(server, ask("x"))).toMatchObject({ text: "fine" });
    expect(server.requests).toHaveLength(2);
    // timers may fire up to 1 ms early
    expect(performance.now() - began).toBeGreaterThanOrEqual(least - 2);
  });

  it("a stream that breaks off is no answer, wherever it breaks, and is tried again", async () => {
    for (const truncate of [0, 10, 150, 400]) {
      await using server = await scriptedServer(["a rather long answer that fills several events"], {
        fault: ({ call }) => (call === 0 ? { truncate } : undefined),
      });
      expect(await one(server, ask("x"), { stream: true })).toMatchObject({
        text: "a rather long answer that fills several events",
      });
      expect(server.requests).toHaveLength(2);
    }
  });

  it("failures that stay are typed, and not tried again by those above", async () => {
    await using limited = await scriptedServer(["x"], { fault: () => ({ status: 429 }) });
    expect(await one(limited, ask("x"), { retries: 2 })).toMatchObject({
      unscored: { reason: "rate-limit", transient: false, message: expect.stringContaining("3 tries") },
    });
    expect(limited.requests).toHaveLength(3);
    await using broken = await scriptedServer(["x"], { fault: () => ({ status: 500 }) });
    expect(await one(broken, ask("x"), { retries: 1 })).toMatchObject({ unscored: { reason: "transport" } });
    await using slow = await scriptedServer(["x"], { fault: () => ({ slow: 2000 }) });
    expect(await one(slow, ask("x"), { retries: 0, timeout: 50 })).toMatchObject({ unscored: { reason: "deadline" } });
    await using later = await scriptedServer(["x"], { fault: () => ({ status: 429, retryAfter: "3600" }) });
    expect(await one(later, ask("x"))).toMatchObject({
      unscored: { reason: "rate-limit", message: expect.stringContaining("3600 s") },
    });
    expect(later.requests).toHaveLength(1);
    await using poor = await scriptedServer(["x"], { fault: () => ({ status: 429, message: "insufficient_quota" }) });
    expect(await one(poor, ask("x"))).toMatchObject({ unscored: { reason: "rate-limit", transient: false } });
    expect(poor.requests).toHaveLength(1);
  });

  it("a refusal is one, with its words", async () => {
    await using server = await scriptedServer([{ refusal: "I will not." }]);
    for (const stream of [false, true])
      expect(await one(server, ask("x"), { stream })).toMatchObject({
        unscored: { reason: "judge-refusal", transient: false, raw: "I will not." },
      });
    await using filtered = await scriptedServer([{ text: "", finish: "filter" }]);
    expect(await one(filtered, ask("x"))).toMatchObject({ unscored: { reason: "judge-refusal" } });
  });

  it("another identity in mid-run is no answer, unless any is taken", async () => {
    const script = ({ call }: { call: number }) => ({ text: "x", modelId: call === 0 ? "m-1" : "m-2" });
    await using server = await scriptedServer(script);
    const model = await languageModelFrom(server.spec);
    const texts = async (text: string) => (await model.generate([ask(text)], directContext()))[0]![0]!;
    expect(await texts("a")).toMatchObject({ text: "x", modelId: "m-1" });
    expect(await texts("b")).toMatchObject({
      unscored: { message: expect.stringContaining("'m-1' before and by 'm-2' now") },
    });
    await using router = await scriptedServer(script);
    const any = await languageModelFrom({ url: router.url, model: "scripted", anyIdentity: true });
    for (const text of ["a", "b"])
      expect((await any.generate([ask(text)], directContext()))[0]![0]).toMatchObject({ text: "x" });
  });

  it("a cancelled call ends at once", async () => {
    await using server = await scriptedServer(["x"], { fault: () => ({ slow: 5000 }) });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const began = performance.now();
    const [answer] = await answers(server, ask("x"), {}, directContext({ signal: stop.signal }));
    expect(answer).toMatchObject({ unscored: { reason: "cancelled" } });
    expect(performance.now() - began).toBeLessThan(3000);
  });
});

describe("equal calls in flight", () => {
  it("share one answer, and are counted once; other seeds and repeats are asked for", async () => {
    await using server = await scriptedServer(["x"], { fault: () => ({ slow: 50 }) });
    const model = await languageModelFrom(server.spec);
    const used: Usage[] = [];
    const ctx = directContext({ spend: (usage) => used.push(usage) });
    const rows = await model.generate([ask("a"), ask("a"), ask("a", { seed: 1 })], ctx);
    expect(rows.map(([answer]) => (answer as Generation).text)).toEqual(["x", "x", "x"]);
    expect(server.requests).toHaveLength(2);
    expect(used).toHaveLength(2);
    await Promise.all([model.generate([ask("b")], ctx), model.generate([ask("b")], directContext({ repeat: 1 }))]);
    expect(server.requests).toHaveLength(4);
  });
});

describe("an embedder over the wire", () => {
  const lengths = {
    name: "lengths",
    fingerprint: "lengths",
    dim: 2,
    embed: async (texts: readonly unknown[]) => texts.map((text) => new Float32Array([String(text).length, 0.1])),
  };

  it("gives the vectors in the order of the texts, and learns their length", async () => {
    await using server = await serveModels({ name: "e", embedder: lengths });
    const embedder = await embedderFrom(`${server.url}#e`);
    expect(embedder.dim).toBe(2);
    const texts = Array.from({ length: 150 }, (_, i) => "x".repeat(i));
    const vectors = await embedder.embed(texts, directContext());
    expect(vectors.map((vector) => (vector as Float32Array)[0])).toEqual(texts.map(({ length }) => length));
    expect(
      await embedder.embed(
        [[{ type: "image", media: { hash: "h", mediaType: "image/png", uri: "x" } }]],
        directContext(),
      ),
    ).toMatchObject([{ unscored: { reason: "unsupported" } }]);
  });

  it("says what to do where the server cannot be asked", async () => {
    await expect(embedderFrom({ url: "http://127.0.0.1:9/v1", model: "e", retries: 0 })).rejects.toMatchObject({
      hint: expect.stringContaining("dim"),
    });
  });
});

describe("serveModels", () => {
  it("refuses what is not for it, with OpenAI's form of an error", async () => {
    await using server = await scriptedServer(["x"], { token: "t" });
    const post = (path: string, body: string, headers: Record<string, string> = {}) =>
      fetch(`${server.url}${path}`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", authorization: "Bearer t", ...headers },
      });
    const statusOf = async (answer: Promise<Response>) => {
      const response = await answer;
      expect(((await response.json()) as { error: { message: string } }).error.message).not.toBe("");
      return response.status;
    };
    expect(await statusOf(post("/chat/completions", "{}", { authorization: "Bearer wrong" }))).toBe(401);
    expect(await statusOf(post("/chat/completions", "{", {}))).toBe(400);
    expect(await statusOf(post("/chat/completions", "{}", {}))).toBe(400);
    expect(await statusOf(post("/chat/completions", "{}", { "content-type": "text/plain" }))).toBe(415);
    expect(await statusOf(post("/chat/completions", JSON.stringify({ model: "other", messages: [] })))).toBe(404);
    expect(
      await statusOf(post("/chat/completions", JSON.stringify({ messages: [{ role: "user", content: "x" }], n: 0 }))),
    ).toBe(400);
    expect(await statusOf(post("/nothing", "{}"))).toBe(404);
    expect(await statusOf(post("/embeddings", JSON.stringify({ input: "x" })))).toBe(404);
  });

  it("listens on the loopback interface only, and says when its port is taken", async () => {
    await using server = await scriptedServer(["x"]);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    await expect(serveModels({ name: "x", port: server.port })).rejects.toThrow("is taken");
  });
});
