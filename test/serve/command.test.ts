import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { folder, laurel, start } from "../laurel.ts";
import { listeningAt } from "./process.ts";

const tasks = (n: number): string =>
  Array.from({ length: n }, (_, i) =>
    JSON.stringify({ id: `t${i}`, prompt: `${i}+1`, candidates: [`${i + 1}`, "x"], answer: String(i + 1) }),
  ).join("\n");

describe("laurel serve", () => {
  it("prints its address and the policies, serves several rewards and a module's, and ends on SIGTERM with 0", {
    timeout: 120_000,
  }, async () => {
    using place = folder();
    writeFileSync(
      place.file("mine.mjs"),
      'export const twice = { name: "twice", fingerprint: null, sees: "candidate", work: "cpu", range: [0, 2], score: async (tasks) => tasks.map((t) => t.candidates.map(() => ({ value: 2 }))) };\n',
    );
    const server = start(
      ["serve", "--reward", "math=verify.math", "--reward", "mine=./mine.mjs#twice", "--port", "0"],
      { cwd: place.path },
    );
    const url = await listeningAt(server);
    const { rewards } = (await (await fetch(`${url}/v1/rewards`)).json()) as { rewards: { id: string }[] };
    expect(rewards.map((one) => one.id)).toEqual(["math", "mine"]);
    const response = await fetch(`${url}/v1/score?reward=mine`, {
      method: "POST",
      body: JSON.stringify({ tasks: [{ prompt: "p", candidates: ["a"] }] }),
    });
    expect(await response.json()).toMatchObject({ rows: [{ scores: [{ value: 2 }] }] });
    server.child.kill("SIGTERM");
    const ended = await server.done;
    expect(ended.code).toBe(0);
    expect(ended.out).toContain("trl: unscored is None");
    const lines = ended.err.split("\n").filter((line) => line.startsWith("{"));
    expect(lines.map((line) => (JSON.parse(line) as { route: string }).route)).toContain("/v1/score");
  });

  it("refuses what cannot be served, with the reason and exit code 2", () => {
    using place = folder();
    const code = (...args: string[]) => laurel(["serve", ...args], { cwd: place.path });
    expect(code()).toMatchObject({ code: 2, err: expect.stringContaining("no reward") });
    expect(code("--reward", "verify.math", "--host", "0.0.0.0", "--port", "0")).toMatchObject({
      code: 2,
      err: expect.stringContaining("no keys"),
    });
    expect(code("--reward", "verify.math", "--protocol", "soap")).toMatchObject({
      code: 2,
      err: expect.stringContaining("openrlhf"),
    });
    const spec = "{ kind: to-reward, comparer: { kind: to-comparer, rewards: { reward: length } } }";
    expect(code("--reward", spec, "--protocol", "openrlhf")).toMatchObject({
      code: 2,
      err: expect.stringContaining("sees the whole group"),
    });
    expect(laurel(["shim", "ray"], { cwd: place.path })).toMatchObject({
      code: 2,
      err: expect.stringContaining("trl, openrlhf, verl"),
    });
  });

  it("makes keys whose token only its owner has", () => {
    using place = folder();
    const { out, code } = laurel(["serve", "--keys", "keys.json", "--new-key", "ann"], { cwd: place.path });
    expect(code).toBe(0);
    expect(out).toMatch(/^laurel_[\w-]{43}\n$/);
    expect(readFileSync(place.file("keys.json"), "utf8")).not.toContain(out.trim());
    expect(laurel(["serve", "--keys", "keys.json", "--new-key", "ann"], { cwd: place.path }).code).toBe(2);
  });

  it("loses nothing that it acknowledged when it is killed in the middle of a job", { timeout: 180_000 }, async () => {
    using place = folder();
    const args = ["serve", "--reward", "verify.math", "--port", "0", "--data", "data", "--quiet", "--workers", "1"];
    const first = start(args, { cwd: place.path });
    const url = await listeningAt(first);
    const n = 30_000;
    const submitted = await fetch(`${url}/v1/jobs`, { method: "POST", body: tasks(n) });
    expect(submitted.status).toBe(201);
    const { id } = (await submitted.json()) as { id: string };
    const output = place.file(`data/jobs/${id}/output.jsonl`);
    await expect
      .poll(() => existsSync(output) && readFileSync(output).length > 10_000, { timeout: 60_000, interval: 5 })
      .toBe(true);
    first.child.kill("SIGKILL");
    expect((await first.done).signal).toBe("SIGKILL");
    const before = readFileSync(output, "utf8").split("\n").length - 1;
    expect(before).toBeLessThan(n);

    const second = start(args, { cwd: place.path });
    const again = await listeningAt(second);
    try {
      await expect
        .poll(async () => ((await (await fetch(`${again}/v1/jobs/${id}`)).json()) as { state: string }).state, {
          timeout: 120_000,
          interval: 200,
        })
        .toBe("done");
      const rows = (await (await fetch(`${again}/v1/jobs/${id}/output`)).text()).trim().split("\n");
      expect(rows.map((row) => (JSON.parse(row) as { id: string }).id)).toEqual(
        Array.from({ length: n }, (_, i) => `t${i}`),
      );
      expect(await (await fetch(`${again}/v1/jobs/${id}`)).json()).toMatchObject({ attempts: 2, rows: n });
    } finally {
      second.child.kill("SIGTERM");
      await second.done;
    }
  });
});
