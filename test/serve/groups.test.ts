import { describe, expect, it } from "vitest";
import { longerThan, served } from "./server.ts";

const one = (prompt: string, answer: string) => ({ query: [prompt + answer], prompts: [prompt], labels: [""] });

describe("groups over protocols that send samples one by one", () => {
  it("holds samples until the group is whole, scores it once and answers each", async () => {
    await using server = await served({ rewards: { longer: longerThan } });
    const answers = await Promise.all(
      ["a", "abcd", "ab", "abc"].map((text) => server.post("/get_reward?group=4", one("P:", text))),
    );
    expect(answers.map(({ body }) => (body["rewards"] as number[])[0])).toEqual([0, 3, 1, 2]);
  });

  it("does the same for samples of one request, in any order of prompts", async () => {
    await using server = await served({
      rewards: { longer: longerThan },
      group: { size: 2, key: "prompt", wait: 5000 },
    });
    const { body } = await server.post("/get_reward", {
      query: ["Pab", "Qa", "Pa", "Qabc"],
      prompts: ["P", "Q", "P", "Q"],
    });
    expect(body["rewards"]).toEqual([1, 0, 0, 1]);
  });

  it("says incomplete-group at the deadline where the client has fewer than G requests in flight", async () => {
    await using server = await served({ rewards: { longer: longerThan } });
    const answers = await Promise.all(
      ["a", "ab"].map((text) => server.post("/get_reward?group=4&wait=50", one("P", text))),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(422);
      expect(body["error"]).toMatchObject({
        code: "unscored-incomplete-group",
        message: expect.stringContaining("2 of 4 samples arrived"),
      });
    }
    const named = await server.post("/get_reward?group=4&wait=50&unscored=-1", one("P", "a"));
    expect(named.body).toMatchObject({ rewards: [-1], extra_logs: { laurel_unscored: [1] } });
  });

  it("keeps two epochs of one prompt apart: a full group closes and the next sample opens another", async () => {
    await using server = await served({ rewards: { longer: longerThan } });
    const ask = (text: string) => server.post("/get_reward?group=3", one("P", text));
    const both = await Promise.all(["a", "ab", "abc", "abcd", "abcdef", "abcde"].map(ask));
    expect(both.map(({ body }) => (body["rewards"] as number[])[0])).toEqual([0, 1, 2, 0, 2, 1]);
  });

  it("groups by the client's own id", async () => {
    await using server = await served({ rewards: { longer: longerThan } });
    const ask = (uid: string, text: string) =>
      server.post("/verl?group=2&key=uid", { samples: [{ solution_str: text, uid }] });
    const answers = await Promise.all([ask("1", "a"), ask("2", "abc"), ask("1", "ab"), ask("2", "ab")]);
    expect(answers.map(({ body }) => (body["results"] as { score: number }[])[0]!.score)).toEqual([0, 1, 1, 0]);
    expect((await server.post("/verl?group=2&key=uid", { samples: [{ solution_str: "a" }] })).status).toBe(422);
  });

  it("takes a member whose client left out of its group", async () => {
    await using server = await served({ rewards: { longer: longerThan } });
    const leave = new AbortController();
    const gone = server.server.app.request("/get_reward?group=2", {
      method: "POST",
      body: JSON.stringify(one("P", "abc")),
      signal: leave.signal,
    });
    await expect.poll(async () => (await (await server.get("/ready")).json()) as object).toMatchObject({ held: 1 });
    leave.abort();
    await gone;
    const answers = await Promise.all([
      server.post("/get_reward?group=2", one("P", "a")),
      server.post("/get_reward?group=2", one("P", "ab")),
    ]);
    expect(answers.map(({ body }) => (body["rewards"] as number[])[0])).toEqual([0, 1]);
  });

  it("refuses a reward that sees groups without a group size: at the start where the protocol is named, else in the answer", async () => {
    await expect(served({ rewards: { longer: longerThan }, protocols: ["openrlhf"] })).rejects.toThrow(
      /openrlhf: longer-than sees the whole group/,
    );
    await using server = await served({ rewards: { longer: longerThan } });
    expect(server.server.policies.find((line) => line.startsWith("openrlhf"))).toContain("refused without ?group=G");
    const { status, body } = await server.post("/get_reward", one("P", "a"));
    expect(status).toBe(422);
    expect(body["error"]).toMatchObject({ code: "needs-group" });
  });
});
