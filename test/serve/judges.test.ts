import { describe, expect, it } from "vitest";
import { parseBudget, type Script, scriptedServer } from "../../packages/laurel/src/models/index.ts";
import { rewardFrom } from "../../packages/laurel/src/spec/index.ts";
import { folder, start } from "../laurel.ts";
import { served } from "./server.ts";

/** What a served judge says of one answer a task. */
interface Said {
  value?: number;
  unscored?: { reason: string; message: string };
}

async function judgeServer(script: Script, options: { price?: object; budget?: string; data?: string } = {}) {
  const model = await scriptedServer(script, { name: "m" });
  const judge = await rewardFrom({
    kind: "judge.pointwise",
    model: { url: model.url, model: "m", backoff: 1, retries: 0, ...(options.price && { price: options.price }) },
    maxTokens: 64,
  });
  const server = await served({
    rewards: { judge },
    retries: 0,
    ...(options.budget === undefined ? {} : { budget: parseBudget(options.budget) }),
    ...(options.data === undefined ? {} : { data: options.data }),
  });
  return {
    asked: () => model.requests.length,
    async score(...candidates: string[]): Promise<Said[]> {
      const { body } = await server.post("/v1/score", { tasks: [{ prompt: "Capital of France?", candidates }] });
      return (body["rows"] as unknown as { scores: Said[] }[])[0]!.scores;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  };
}

describe("a served judge", () => {
  it("stops at the server's budget, all requests together, with the reason", async () => {
    // a request may cost about 1 700 tokens at most and does cost about 420
    await using judge = await judgeServer(['{"reason": "r", "score": 7}'], { budget: "3000tok" });
    const values: (number | string)[] = [];
    for (let i = 0; i < 12; i++) {
      const [said] = await judge.score(`answer ${i}`);
      values.push(said!.value ?? said!.unscored!.reason);
    }
    const paid = values.indexOf("budget");
    expect(paid).toBeGreaterThan(0);
    expect(values.slice(0, paid)).toEqual(Array.from({ length: paid }, () => 7));
    expect(values.slice(paid).every((value) => value === "budget")).toBe(true);
    expect(judge.asked()).toBe(paid);
  });

  it("pays once for what it asked before when it has a folder, also after a restart", async () => {
    using dir = folder();
    for (const asked of [2, 0]) {
      await using judge = await judgeServer(['{"reason": "r", "score": 7}'], { data: dir.path });
      expect(await judge.score("Paris", "Lyon")).toMatchObject([{ value: 7 }, { value: 7 }]);
      expect(await judge.score("Paris", "Lyon")).toMatchObject([{ value: 7 }, { value: 7 }]);
      expect(judge.asked()).toBe(asked);
    }
  });

  it("refuses a model that calls itself otherwise than before", async () => {
    const script: Script = ({ call }) => ({ text: '{"reason": "r", "score": 7}', modelId: call === 0 ? "one" : "two" });
    await using judge = await judgeServer(script);
    expect(await judge.score("Paris")).toMatchObject([{ value: 7 }]);
    expect(await judge.score("Lyon")).toMatchObject([
      { unscored: { reason: "transport", message: expect.stringContaining("'one' before and by 'two' now") } },
    ]);
  });

  it("has its budget checked at the command line", async () => {
    using dir = folder();
    const ended = await start(["serve", "--reward", "verify.math", "--port", "0", "--budget", "much"], {
      cwd: dir.path,
    }).done;
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining("such as 2usd or 1e6tok") });
  });
});
