import { afterEach, describe, expect, it } from "vitest";
import { directContext, type Generation, type Usage } from "../core/index.ts";
import { languageModelFrom, modelSpec, scriptedServer } from "./index.ts";

const ask = (text: string) => ({ messages: [{ role: "user" as const, content: text }] });

describe("modelSpec", () => {
  it("reads address, model and options from a text", () => {
    expect(modelSpec("http://127.0.0.1:8080/v1/#org/name:7b?key=MY_KEY&temperature=0")).toEqual({
      url: "http://127.0.0.1:8080/v1",
      model: "org/name:7b",
      key: "MY_KEY",
      temperature: 0,
    });
    expect(modelSpec("local:smollm2")).toEqual({ kind: "local", model: "smollm2" });
    expect(modelSpec("./weights/m.Q4.gguf")).toEqual({ kind: "local", model: "./weights/m.Q4.gguf" });
  });

  it.each([
    ["a key instead of its variable", { url: "http://x/v1", model: "m", key: "sk-secret-123" }],
    ["a password in the address", "http://me:secret-123@x/v1#m"],
    ["a key in a header", { url: "http://x/v1", model: "m", headers: { Authorization: "Bearer secret-123" } }],
    ["a key in the query", "http://x/v1?key=secret-123#m"],
  ])("refuses %s without repeating it", (_, spec) => {
    let message = "";
    try {
      modelSpec(spec);
    } catch (thrown) {
      const { message: said, hint } = thrown as { message: string; hint?: string };
      message = `${said} ${hint}`;
    }
    expect(message).not.toBe("");
    expect(message).not.toContain("secret-123");
  });

  it.each([
    ["m"],
    [""],
    ["ftp://x#m"],
    [{ url: "http://x/v1", model: "m", temprature: 0 }],
    [{ url: "http://x/v1", temperature: "0" }],
    [7],
  ])("refuses %j", (spec) => expect(() => modelSpec(spec)).toThrow());
});

describe("languageModelFrom", () => {
  afterEach(() => {
    delete process.env["LAUREL_TEST_KEY"];
  });

  it("asks a server and counts what it used, with its price", async () => {
    await using server = await scriptedServer(["hello"], { name: "m" });
    const used: Usage[] = [];
    const model = await languageModelFrom({
      url: server.url,
      model: "m",
      price: { input: 1, output: 10 },
      temperature: 0,
    });
    const [[answer]] = (await model.generate([ask("12345678")], directContext({ spend: (one) => used.push(one) }))) as [
      [Generation],
    ];
    expect(answer).toMatchObject({ text: "hello", finish: "stop", modelId: "m" });
    expect(used).toEqual([
      { model: "m", inputTokens: 2, outputTokens: 2, cachedTokens: 0, calls: 1, usd: (2 * 1 + 2 * 10) / 1e6 },
    ]);
    expect(server.requests[0]!.body).toEqual({
      model: "m",
      messages: [{ role: "user", content: "12345678" }],
      temperature: 0,
    });
  });

  it("takes the only model that a server has", async () => {
    await using server = await scriptedServer(["x"], { name: "only" });
    expect((await languageModelFrom(server.url)).name).toBe("only");
  });

  it("has a fingerprint of model and sampling, not of address and key", async () => {
    const one = await languageModelFrom({ url: "http://a/v1", model: "m", temperature: 0, key: "A" });
    const same = await languageModelFrom({ url: "http://b/v1", model: "m", temperature: 0, concurrency: 2 });
    const other = await languageModelFrom({ url: "http://a/v1", model: "m", temperature: 1 });
    const another = await languageModelFrom({ url: "http://a/v1", model: "m2", temperature: 0 });
    expect(same.fingerprint).toBe(one.fingerprint);
    expect(new Set([one.fingerprint, other.fingerprint, another.fingerprint]).size).toBe(3);
  });

  it("sends the key of the environment and shows it nowhere", async () => {
    process.env["LAUREL_TEST_KEY"] = "secret-456";
    await using server = await scriptedServer(["hello"], {
      name: "m",
      fault: ({ call }) => (call > 0 ? { status: 400, message: "bad key secret-456" } : undefined),
    });
    const model = await languageModelFrom(`${server.spec}?key=LAUREL_TEST_KEY`);
    await model.generate([ask("a")], directContext());
    expect(server.requests[0]!.headers.authorization).toBe("Bearer secret-456");
    const [[failed]] = (await model.generate([ask("b")], directContext())) as [[unknown]];
    expect(JSON.stringify([failed, model])).not.toContain("secret-456");
    expect(JSON.stringify(failed)).toContain("bad key [key]");
  });

  it("says which variable lacks a key", async () => {
    await using server = await scriptedServer(["hello"]);
    const model = await languageModelFrom(`${server.spec}?key=LAUREL_TEST_KEY`);
    const [[failed]] = (await model.generate([ask("b")], directContext())) as [[unknown]];
    expect(failed).toMatchObject({
      unscored: { transient: false, message: expect.stringContaining("LAUREL_TEST_KEY") },
    });
    expect(server.requests).toHaveLength(0);
  });
});
