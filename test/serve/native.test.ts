import { toComparer } from "laurel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mathReward, numberReward, served } from "./server.ts";

type Served = Awaited<ReturnType<typeof served>>;

describe("Laurel's own protocol", () => {
  let math: Served;
  let rm: Served;
  beforeAll(async () => {
    math = await served({ rewards: mathReward });
    rm = await served({
      rewards: { rm: numberReward() },
      comparers: { logit: toComparer(numberReward(), { scale: 1 }) },
    });
  });
  afterAll(async () => {
    await math.server.close();
    await rm.server.close();
  });

  const task = { id: "a", prompt: "2+3?", candidates: ["5", "6", ""], answer: "5" };

  it("scores tasks to the rows that `laurel score` writes", async () => {
    const { body } = await math.post("/v1/score", { tasks: [task] });
    expect(body["reward"]).toMatchObject({ name: "verify.math" });
    expect(body["rows"]).toMatchObject([
      {
        v: 1,
        id: "a",
        scores: [{ value: 1 }, { value: 0 }, { value: 0, fault: "no-answer" }],
        best: 0,
        tied: [0],
        margin: 1,
      },
    ]);
  });

  it("says what is unscored and why, never 0", async () => {
    const { body } = await math.post("/v1/score", { tasks: [{ prompt: "2+3?", candidates: ["5"] }] });
    expect(body["rows"]).toMatchObject([
      { id: "#1", scores: [{ unscored: { reason: "missing-reference" } }], best: null },
    ]);
  });

  it("names the member that is wrong", async () => {
    const { status, body } = await math.post("/v1/score", { tasks: [task, { prompt: "x", candidates: ["a", 7] }] });
    expect(status).toBe(422);
    expect(body["error"]).toMatchObject({ message: expect.stringMatching(/^tasks\[1\]\.candidates\[1\]: expected/) });
  });

  it.each([
    ["", 400],
    ["{", 400],
    ["[]", 422],
    ["null", 422],
    ['{"tasks":[]}', 422],
    ['{"tasks":[{}]}', 422],
    ['{"tasks":[{"prompt":"a","candidates":["b"]}],"more":1}', 422],
  ])("answers %j with %i", async (text, status) => {
    expect((await math.post("/v1/score", text)).status).toBe(status);
  });

  it("ranks candidates, ties in their order, unscored ones without a place", async () => {
    const { body } = await rm.post("/v1/rank", { tasks: [{ prompt: "p", candidates: ["1", "3", "?", "3"] }] });
    expect(body["rows"]).toMatchObject([
      {
        best: 1,
        tied: [1, 3],
        margin: 0,
        ranking: [
          { index: 1, value: 3 },
          { index: 3, value: 3 },
          { index: 0, value: 1 },
        ],
      },
    ]);
  });

  it("compares all pairs of a task by a reward, or stated pairs by a comparer", async () => {
    const tasks = [{ id: "t", prompt: "p", candidates: ["1", "3", "3"] }];
    const step = await rm.post("/v1/compare", { tasks });
    expect(step.body["rows"]).toMatchObject([
      {
        id: "t",
        pairs: [
          { first: 0, second: 1, p: 0 },
          { first: 0, second: 2, p: 0 },
          { first: 1, second: 2, p: 0.5 },
        ],
      },
    ]);
    const logit = await rm.post("/v1/compare", { comparer: "logit", tasks: [{ ...tasks[0], pairs: [[1, 0]] }] });
    const [row] = logit.body["rows"] as unknown as { pairs: { p: number }[] }[];
    expect(row!.pairs[0]!.p).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    expect((await rm.post("/v1/compare", { tasks: [{ ...tasks[0], pairs: [[0, 3]] }] })).status).toBe(422);
  });

  it("lists and describes rewards without their options", async () => {
    const list = (await (await math.get("/v1/rewards")).json()) as { rewards: object[] };
    expect(list.rewards).toEqual([
      expect.objectContaining({
        id: "math",
        name: "verify.math",
        kind: "verify.math",
        sees: "candidate",
        range: [0, 1],
      }),
    ]);
    expect((await math.get("/v1/rewards/none")).status).toBe(404);
  });

  it("streams rows as server-sent events, each with its index, and ends with done", async () => {
    const response = await math.server.app.request("/v1/score", {
      method: "POST",
      headers: { accept: "text/event-stream" },
      body: JSON.stringify({ tasks: [task, { ...task, id: "b" }] }),
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const events = (await response.text()).trim().split("\n\n");
    expect(events.map((event) => event.split("\n")[0])).toEqual(["event: row", "event: row", "event: done"]);
    const rows = events
      .slice(0, 2)
      .map((event) => JSON.parse(event.split("data: ")[1]!) as { id: string; index: number });
    expect(new Set(rows.map((row) => `${row.index}${row.id}`))).toEqual(new Set(["0a", "1b"]));
  });

  it("gives the same scores for one request of 70 tasks and for 70 requests of one", async () => {
    const tasks = Array.from({ length: 70 }, (_, i) => ({
      id: `t${i}`,
      prompt: `${i}+1?`,
      candidates: [`${i + 1}`, `${i}`],
      answer: `${i + 1}`,
    }));
    const together = await math.post("/v1/score", { tasks });
    const apart = await Promise.all(tasks.map((one) => math.post("/v1/score", { tasks: [one] })));
    expect(apart.flatMap(({ body }) => body["rows"])).toEqual(together.body["rows"]);
  });

  it("answers health, readiness, metrics and its OpenAPI document", async () => {
    expect(await (await math.get("/health")).json()).toEqual({ status: "ok" });
    expect((await math.get("/ready")).status).toBe(200);
    const metrics = await (await math.get("/metrics")).text();
    expect(metrics).toMatch(
      /laurel_unscored_total\{protocol="laurel",reward="verify.math",reason="missing-reference",answered="reason"\} 1/,
    );
    const document = (await (await math.get("/openapi.json")).json()) as { openapi: string; paths: object };
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(["/v1/score", "/get_reward", "/classify", "/rerank"]),
    );
    expect((await math.get("/nothing")).status).toBe(404);
  });
});
