import { createHash } from "node:crypto";
import { createServer, newKey, parseKeys } from "@laurel/serve";
import { pointwise } from "laurel";
import { describe, expect, it } from "vitest";
import { mathReward, numberReward, served } from "./server.ts";

const task = { prompt: "2+3?", candidates: ["5"], answer: "5" };
const ask = { tasks: [task] };

/** A reward that waits until it is let go, or until its request ends. */
function held() {
  let go: () => void = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  const seen: AbortSignal[] = [];
  const reward = pointwise(
    "held",
    async (_candidate, _task, ctx) => {
      seen.push(ctx.signal);
      await Promise.race([gate, new Promise((resolve) => ctx.signal.addEventListener("abort", resolve))]);
      return 1;
    },
    { version: 1, range: [0, 1] },
  );
  return { reward, go, seen };
}

describe("keys", () => {
  it("keeps only hashes, refuses a missing key with 401 and a wrong one with 403, and takes both headers", async () => {
    const { token, entry } = newKey("ann");
    expect(JSON.stringify(entry)).not.toContain(token);
    expect(entry.sha256).toBe(createHash("sha256").update(token).digest("hex"));
    await using server = await served({ keys: [entry] });
    expect((await server.post("/v1/score", ask)).status).toBe(401);
    expect((await server.post("/v1/score", ask, { authorization: "Bearer nothing" })).status).toBe(403);
    expect((await server.post("/v1/score", ask, { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await server.post("/v1/score", ask, { "x-api-key": token })).status).toBe(200);
    expect((await server.get("/health")).status).toBe(200);
    expect((await server.get("/metrics")).status).toBe(401);
  });

  it("limits requests and candidates a minute, and requests at a time, with Retry-After", async () => {
    const [few, small, one] = [
      newKey("few", { requestsPerMinute: 2 }),
      newKey("small", { candidatesPerMinute: 2 }),
      newKey("one", { concurrent: 1 }),
    ];
    const { reward, go } = held();
    await using server = await served({ rewards: { held: reward }, keys: [few.entry, small.entry, one.entry] });
    const as = (key: { token: string }, candidates = 1) =>
      server.post(
        "/v1/score",
        { tasks: [{ prompt: "p", candidates: new Array(candidates).fill("a") }] },
        { "x-api-key": key.token },
      );
    const first = as(one);
    await expect.poll(async () => ((await (await server.get("/ready")).json()) as { queued: number }).queued).toBe(1);
    expect((await as(one)).status).toBe(429);
    go();
    expect((await first).status).toBe(200);
    expect([(await as(few)).status, (await as(few)).status, (await as(few)).status]).toEqual([200, 200, 429]);
    expect((await as(small, 5)).status).toBe(200);
    const refused = await as(small);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("names the place of what is wrong in a key file", () => {
    expect(() => parseKeys('[{"name":"a","sha256":"zz"}]', "keys.json")).toThrow(/keys.json, 0.sha256/);
    expect(() => parseKeys("{", "keys.json")).toThrow(/not JSON/);
  });
});

describe("who may reach a server without keys", () => {
  it("refuses to listen on another address than loopback", async () => {
    await using server = await served();
    await expect(server.server.listen(0, "0.0.0.0")).rejects.toThrow(/there are no keys/);
  });

  it("refuses web pages and foreign host names", async () => {
    await using server = await served();
    expect((await server.post("/v1/score", ask, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await server.post("/v1/score", ask, { host: "evil.example:8000" })).status).toBe(403);
    expect((await server.post("/v1/score", ask, { host: "localhost:8000" })).status).toBe(200);
  });
});

describe("bounds", () => {
  it("refuses a body above the limit, stated or not, and an encoded one", async () => {
    await using server = await served({ maxBody: 1000 });
    const long = JSON.stringify({ tasks: [{ ...task, prompt: "x".repeat(2000) }] });
    expect((await server.post("/v1/score", long, { "content-length": String(long.length) })).status).toBe(413);
    const stream = new Blob([long]).stream();
    const response = await server.server.app.request("/v1/score", {
      method: "POST",
      body: stream,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
    expect((await server.post("/v1/score", ask, { "content-encoding": "gzip" })).status).toBe(415);
  });

  it("answers 429 with Retry-After when the queue is full, and serves again afterwards", async () => {
    const { reward, go } = held();
    await using server = await served({ rewards: { held: reward }, maxQueue: 4 });
    const four = server.post("/v1/score", { tasks: [{ prompt: "p", candidates: ["a", "b", "c", "d"] }] });
    await expect.poll(async () => ((await (await server.get("/ready")).json()) as { queued: number }).queued).toBe(4);
    const refused = await server.post("/v1/score", ask);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    go();
    expect((await four).status).toBe(200);
    expect((await server.post("/v1/score", ask)).status).toBe(200);
  });

  it("keeps to the client's deadline, with the reason", async () => {
    const { reward } = held();
    await using server = await served({ rewards: { held: reward } });
    const { body } = await server.post("/v1/score", ask, { "x-laurel-deadline": "30" });
    expect(body["rows"]).toMatchObject([{ scores: [{ unscored: { reason: "deadline" } }] }]);
    expect((await server.post("/v1/score", ask, { "x-laurel-deadline": "soon" })).status).toBe(422);
  });

  it("cancels what a client that leaves was waiting for", async () => {
    const { reward, seen } = held();
    await using server = await served({ rewards: { held: reward } });
    const leave = new AbortController();
    const { url } = await server.server.listen(0);
    const gone = fetch(`${url}/v1/score`, { method: "POST", body: JSON.stringify(ask), signal: leave.signal });
    await expect.poll(() => seen.length).toBe(1);
    leave.abort();
    await expect(gone).rejects.toThrow();
    await expect.poll(() => seen[0]!.aborted).toBe(true);
    await expect.poll(async () => ((await (await server.get("/ready")).json()) as { queued: number }).queued).toBe(0);
  });
});

describe("idempotency keys", () => {
  it("gives the first answer again, also to a copy that comes while it runs, and refuses another request", async () => {
    let calls = 0;
    const { reward: gate, go } = held();
    const counting = {
      ...gate,
      score: (...args: Parameters<typeof gate.score>) => {
        calls++;
        return gate.score(...args);
      },
    };
    await using server = await served({ rewards: { held: counting } });
    const key = { "idempotency-key": "k1" };
    const both = [server.post("/v1/score", ask, key), server.post("/v1/score", ask, key)];
    go();
    const [first, second] = await Promise.all(both);
    const third = await server.post("/v1/score", ask, key);
    expect(calls).toBe(1);
    expect(second!.body).toEqual(first!.body);
    expect(third.body).toEqual(first!.body);
    expect(third.headers.get("idempotency-replayed")).toBe("true");
    expect((await server.post("/v1/score", { tasks: [{ ...task, prompt: "other" }] }, key)).status).toBe(422);
  });

  it("does not keep a failure", async () => {
    await using server = await served({ rewards: { rm: numberReward() } });
    const key = { "idempotency-key": "k2" };
    const bad = { query: ["a?"], prompts: ["p"] };
    expect((await server.post("/get_reward", bad, key)).status).toBe(422);
    expect((await server.post("/get_reward", bad, key)).headers.get("idempotency-replayed")).toBeNull();
  });
});

describe("unscored over wires that know only numbers", () => {
  it("answers a passing reason with 503 twice, then with the mean of the prompt's scored samples", async () => {
    await using server = await served({ rewards: { rm: numberReward({ transient: true }) }, backoff: 1 });
    await server.post("/get_reward", { query: ["p2", "p4"], prompts: ["p", "p"] });
    const again = () => server.post("/get_reward", { query: ["p?"], prompts: ["p"] });
    const first = await again();
    expect(first.status).toBe(503);
    expect(first.headers.get("retry-after")).toBe("1");
    expect((await again()).status).toBe(503);
    expect((await again()).body).toMatchObject({ rewards: [3], extra_logs: { laurel_unscored: [1] } });
    const metrics = await (await server.get("/metrics")).text();
    expect(metrics).toContain(
      'laurel_unscored_total{protocol="openrlhf",reward="rm",reason="undecided",answered="503"} 2',
    );
    expect(metrics).toContain('answered="mean"} 1');
  }, 20_000);

  it("answers a lasting reason with the mean of its request, or 422 where nothing is known: never with 0", async () => {
    await using server = await served({ rewards: { rm: numberReward() } });
    expect((await server.post("/get_reward", { query: ["p?"], prompts: ["p"] })).status).toBe(422);
    const { body } = await server.post("/get_reward", { query: ["p?", "p8"], prompts: ["p", "p"] });
    expect(body["rewards"]).toEqual([8, 8]);
  });

  it("states the policy of each protocol at the start", async () => {
    await using server = await served({ unscored: -1 });
    expect(server.server.policies).toContain("trl: unscored is None");
    expect(server.server.policies.find((line) => line.startsWith("verl"))).toContain("then -1");
  });
});

describe("specs over HTTP", () => {
  it("are off unless allowed", async () => {
    await using server = await served();
    expect((await server.post("/v1/rewards", { spec: "length" })).status).toBe(405);
  });

  it("make rewards of harmless kinds, served under their fingerprint", async () => {
    await using server = await served({ rewards: mathReward, specs: true });
    const spec = {
      kind: "weighted",
      rewards: { right: "verify.math", size: { kind: "length", unit: "words", form: "range", max: 9 } },
      weights: { right: 1, size: 0.1 },
    };
    const { status, body } = await server.post("/v1/rewards", { spec });
    expect(status).toBe(201);
    const scored = await server.post(`/v1/score?reward=${body["id"] as string}`, ask);
    expect(scored.body["rows"]).toMatchObject([{ scores: [{ value: expect.any(Number), parts: { right: 1 } }] }]);
  });

  it.each([
    { kind: "module", path: "/etc/passwd" },
    { kind: "remote", url: "http://169.254.169.254/" },
    { kind: "weighted", rewards: { a: { kind: "module", path: "./x.ts" } } },
    { kind: "weighted", rewards: { a: "module" } },
    { kind: "to-reward", comparer: { kind: "to-comparer", rewards: { reward: { kind: "module", path: "./x.ts" } } } },
  ])("refuse %j", async (spec) => {
    await using server = await served({ specs: true });
    expect((await server.post("/v1/rewards", { spec })).status).toBe(422);
  });
});

describe("starting and ending", () => {
  it("refuses rewards that cannot be served, with the reason", async () => {
    const order = { ...numberReward(), sees: "order" as const };
    await expect(served({ rewards: { order } })).rejects.toThrow(/sees the order/);
    const inline = pointwise("inline", () => 1, { work: "cpu" });
    await expect(served({ rewards: { inline } })).rejects.toThrow(/no spec/);
    await expect(createServer({ rewards: {} })).rejects.toThrow(/no reward/);
  });

  it("finishes what runs, takes nothing new, and answers held samples so that their clients come again", async () => {
    const { reward, go, seen } = held();
    const { server } = await served({ rewards: { held: reward } });
    const { url } = await server.listen(0);
    const running = fetch(`${url}/v1/score`, { method: "POST", body: JSON.stringify(ask) });
    await expect.poll(() => seen.length).toBe(1);
    const closing = server.close();
    expect((await server.app.request("/ready")).status).toBe(503);
    expect((await server.app.request("/v1/score", { method: "POST", body: JSON.stringify(ask) })).status).toBe(503);
    go();
    const response = await running;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ rows: [{ scores: [{ value: 1 }] }] });
    await closing;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});

describe("the log", () => {
  it("names what was done and holds no text of a prompt or an answer unless asked", async () => {
    const lines: string[] = [];
    await using server = await served({ log: { write: (line: string) => void lines.push(line) } });
    await server.post("/v1/score", {
      tasks: [{ prompt: "secret question", candidates: ["secret answer"], answer: "5" }],
    });
    expect(JSON.parse(lines[0]!)).toMatchObject({ route: "/v1/score", status: 200, reward: "rm", candidates: 1 });
    expect(lines.join("")).not.toContain("secret");
    const told: string[] = [];
    await using open = await served({ logTexts: true, log: { write: (line: string) => void told.push(line) } });
    await open.post("/v1/score", { tasks: [{ prompt: "secret question", candidates: ["a"], answer: "5" }] });
    expect(told.join("")).toContain("secret question");
  });
});
