import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { directContext, task, type Usage } from "../../core/index.ts";
import { probeRemote } from "./probe.ts";
import { type RemoteOptions, remote, remoteRequest } from "./remote.ts";

interface Seen {
  path: string;
  headers: IncomingMessage["headers"];
  body: Record<string, unknown>;
}

/** A server that answers what it is told; `seen` holds the requests. */
async function fake(
  answer: (body: Record<string, unknown>, response: ServerResponse, n: number) => unknown,
): Promise<AsyncDisposable & { url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: Server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      seen.push({ path: request.url ?? "", headers: request.headers, body });
      const made = answer(body, response, seen.length);
      if (!response.writableEnded) response.end(typeof made === "string" ? made : JSON.stringify(made));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const about = task("Hi", ["Hello"], "Hello");
const scoreOf = async (options: RemoteOptions, one = about, ctx = directContext()) =>
  (await remote(options).score([one], ctx))[0]!;

// the servers' answers as in their own sources (reference/protocols.md, sections 1 and 5 to 7)
const classified = (value: number) => ({
  id: "classify-1",
  object: "list",
  created: 1,
  model: "rm",
  data: [{ index: 0, label: "LABEL_0", probs: [value], num_classes: 1 }],
  usage: { prompt_tokens: 9, total_tokens: 9 },
});

describe("remote", () => {
  it("asks vLLM for the raw value of messages, which the server's own template renders", async () => {
    await using server = await fake(() => classified(2.31));
    expect(await scoreOf({ url: server.url, protocol: "vllm-classify", model: "rm" })).toEqual([{ value: 2.31 }]);
    expect(server.seen[0]).toMatchObject({
      path: "/classify",
      body: {
        model: "rm",
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "Hello" },
        ],
        add_generation_prompt: false,
        use_activation: false,
        activation: false,
        softmax: false,
      },
    });
  });

  it("sends text where a template is given, and shows it", async () => {
    const options: RemoteOptions = { url: "http://x", protocol: "vllm-classify", template: "chatml" };
    expect(remoteRequest(options, about)).toEqual({
      url: "http://x/classify",
      body: {
        input: ["<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n"],
        add_special_tokens: false,
        use_activation: false,
        activation: false,
        softmax: false,
      },
    });
    const own = remoteRequest({ ...options, template: { turn: "[{role}] {content}\n", before: "<s>" } }, about);
    expect(own.body["input"]).toEqual(["<s>[user] Hi\n[assistant] Hello\n"]);
  });

  it("reads a vector a step from vLLM pooling: all as steps, the last as the value", async () => {
    await using server = await fake(() => ({ data: [{ index: 0, object: "pooling", data: [[0.9], [0.2], [0.4]] }] }));
    expect(await scoreOf({ url: server.url, protocol: "vllm-pooling" })).toEqual([
      { value: 0.4, local: [{ unit: "step", values: [0.9, 0.2, 0.4] }] },
    ]);
    expect(server.seen[0]!.body["task"]).toBe("token_classify");
  });

  it("speaks SGLang, TEI and OpenRLHF", async () => {
    await using sglang = await fake(() => [{ embedding: [-0.5, 7] }]);
    expect(await scoreOf({ url: sglang.url, protocol: "sglang", template: "plain" })).toEqual([{ value: -0.5 }]);
    expect(sglang.seen[0]).toMatchObject({ path: "/classify", body: { text: ["HiHello"] } });
    await using tei = await fake(() => [[{ score: 1.5, label: "LABEL_0" }]]);
    expect(await scoreOf({ url: tei.url, protocol: "tei", template: "plain" })).toEqual([{ value: 1.5 }]);
    expect(tei.seen[0]).toMatchObject({ path: "/predict", body: { inputs: [["HiHello"]], raw_scores: true } });
    await using openrlhf = await fake(() => ({ rewards: [0.25], scores: [1], extra_logs: {} }));
    expect(await scoreOf({ url: openrlhf.url, protocol: "openrlhf" })).toEqual([{ value: 0.25 }]);
    expect(openrlhf.seen[0]).toMatchObject({
      path: "/get_reward",
      body: { query: ["HiHello"], prompts: ["Hi"], labels: ["Hello"] },
    });
  });

  it("sends whole tasks to another Laurel and takes over what is unscored there", async () => {
    await using server = await fake(() => ({
      rows: [{ scores: [{ value: 1 }, { unscored: { reason: "missing-reference", message: "none" } }] }],
    }));
    const two = task("Hi", ["a", "b"]);
    expect(await scoreOf({ url: server.url, group: true }, two)).toMatchObject([
      { value: 1 },
      { unscored: { message: "missing-reference: none" } },
    ]);
    expect(server.seen[0]!.path).toBe("/v1/score");
  });

  it("knows the protocol by the address's path", () => {
    expect(remoteRequest({ url: "http://x/get_reward?group=8" }, about)).toMatchObject({
      url: "http://x/get_reward?group=8",
      body: { query: ["HiHello"] },
    });
  });

  it("waits as long as the server says, then tries again", async () => {
    await using server = await fake((_, response, n) => {
      if (n === 1) response.writeHead(429, { "retry-after": "0.05" }).end();
      return classified(1);
    });
    const began = performance.now();
    expect(await scoreOf({ url: server.url, protocol: "vllm-classify" })).toEqual([{ value: 1 }]);
    // a timer may fire up to a millisecond early
    expect(performance.now() - began).toBeGreaterThanOrEqual(49);
  });

  it.each([
    [500, "transport", true],
    [400, "transport", false],
    [429, "rate-limit", true],
  ])("says why there is no score after status %i", async (status, reason, transient) => {
    await using server = await fake((_, response) => {
      response.writeHead(status);
      return "no";
    });
    expect(await scoreOf({ url: server.url, protocol: "vllm-classify" })).toMatchObject([
      { unscored: { reason, transient, raw: "no" } },
    ]);
  });

  it.each([
    ["not json", "not JSON"],
    [{ data: [{ probs: [0.1, 0.9] }] }, "one class"],
    [{ data: [{ probs: [null] }] }, "a number at data[0].probs[0]"],
    [{ data: [] }, "expected 1 values, found 0"],
    [null, "an array at data"],
  ])("never makes a number of %j", async (answer, message) => {
    await using server = await fake(() => answer);
    const [score] = await scoreOf({ url: server.url, protocol: "vllm-classify" });
    expect(score).toMatchObject({ unscored: { reason: "transport", message: expect.stringContaining(message) } });
  });

  it("says that a server cannot be reached, and ends when its caller does", async () => {
    const gone = await scoreOf({ url: "http://127.0.0.1:1", protocol: "tei", template: "plain" });
    expect(gone).toMatchObject([{ unscored: { reason: "transport", transient: true } }]);
    const leave = new AbortController();
    await using server = await fake((_, response) => {
      leave.abort();
      response.flushHeaders();
      return "";
    });
    const ctx = directContext({ signal: leave.signal });
    expect(await scoreOf({ url: server.url, protocol: "vllm-classify" }, about, ctx)).toMatchObject([
      { unscored: { reason: "cancelled" } },
    ]);
  });

  it("books each call with the tokens that the server counted", async () => {
    await using server = await fake(() => classified(1));
    const spent: Usage[] = [];
    await scoreOf(
      { url: server.url, protocol: "vllm-classify", model: "rm" },
      about,
      directContext({ spend: (u) => spent.push(u) }),
    );
    expect(spent).toEqual([{ model: "rm", inputTokens: 9, outputTokens: 0, calls: 1 }]);
  });

  it("has a fingerprint only with a version, and the same one at another address", () => {
    const at = (url: string, version?: number) =>
      remote({ url, protocol: "vllm-classify", model: "rm", version }).fingerprint;
    expect(at("http://a")).toBeNull();
    expect(at("http://a", 1)).toBe(at("http://b", 1));
    expect(at("http://a", 1)).not.toBe(at("http://a", 2));
  });

  it.each([
    [{ url: "nowhere" }, /no address/],
    [{ url: "file:///etc/passwd" }, /not an http address/],
    [{ url: "http://x", protocol: "tei" as const }, /chat template/],
    [
      { url: "http://x", protocol: "tei" as const, template: "plain" as const, group: true },
      /only the protocol laurel/,
    ],
    [{ url: "http://x", keyFrom: "LAUREL_TEST_NO_SUCH_KEY" }, /LAUREL_TEST_NO_SUCH_KEY is not set/],
  ])("refuses %j", (options, message) => {
    expect(() => remote(options)).toThrow(message);
  });
});

describe("probeRemote", () => {
  const value = (text: string): number => text.length / 100;
  const inputs = (body: Record<string, unknown>): string[] => body["input"] as string[];
  const answer = (values: number[]) => ({ data: values.map((one, index) => ({ index, probs: [one] })) });
  const options = (url: string): RemoteOptions => ({ url, protocol: "vllm-classify", template: "plain" });

  it("finds a sound server sound", async () => {
    await using server = await fake((body) =>
      answer(inputs(body).map((text) => (body["use_activation"] === false ? value(text) : 0.5))),
    );
    expect(await probeRemote(options(server.url))).toMatchObject({
      raw: true,
      stable: true,
      batchDifference: 0,
      problems: [],
    });
  });

  it("finds a server that squashes", async () => {
    await using server = await fake((body) => answer(inputs(body).map((text) => 1 / (1 + Math.exp(-value(text))))));
    const probe = await probeRemote(options(server.url));
    expect(probe.raw).toBe(false);
    expect(probe.problems[0]).toContain("squashes");
  });

  it("finds scores that change with the batch, and with its order", async () => {
    await using padding = await fake((body) => {
      const longest = Math.max(...inputs(body).map((text) => text.length));
      return answer(inputs(body).map((text) => value(text) + (longest - text.length) / 1000));
    });
    expect((await probeRemote(options(padding.url))).stable).toBe(false);
    await using order = await fake((body) =>
      answer(
        inputs(body).map(
          (text, i) =>
            value(text) +
            (inputs(body).length > 1 && inputs(body)[0]!.startsWith("Name a prime above 10.I do") ? i : 0),
        ),
      ),
    );
    expect((await probeRemote(options(order.url))).stable).toBe(false);
  });
});
