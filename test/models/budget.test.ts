import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type ScriptedServer, scriptedServer } from "../../packages/laurel/src/models/index.ts";
import { folder, start } from "../laurel.ts";
import { writeJudge } from "./judge.ts";

/** A judge whose answer depends on what it reads and on the seed. */
const script = ({ prompt, request }: { prompt: string; request: { seed?: number | undefined } }) =>
  String((prompt.length + Number(/\d+/.exec(prompt)![0]) + (request.seed ?? 0)) % 10);

const price = { input: 10, output: 100 };

async function score(args: readonly string[], cwd: string) {
  return start(["score", ...args], { cwd }).done;
}

/** Runs again and again with a budget until the run is whole. */
async function untilWhole(args: readonly string[], cwd: string): Promise<{ goes: number; errors: string[] }> {
  const errors: string[] = [];
  for (let goes = 1; goes < 60; goes++) {
    const ended = await score(args, cwd);
    if (ended.code === 0) return { goes, errors };
    expect(ended.code, ended.err).toBe(4);
    errors.push(ended.err);
  }
  throw new Error("the budget never came to an end");
}

const setup = (server: ScriptedServer, here: ReturnType<typeof folder>, more: { tasks: number; votes?: number }) =>
  writeJudge(here, { model: { url: server.url, model: "m", price, backoff: 5 }, ...more });

describe("--budget", () => {
  it("stops with 4 within the limit, and going on gives the rows of an uninterrupted run, with no call paid for twice", async () => {
    await using server = await scriptedServer(script, { name: "m" });
    using here = folder();
    const { reward, input } = setup(server, here, { tasks: 12, votes: 3 });
    const whole = await score([input, "--reward", reward, "--out", "whole.jsonl", "--store", "one"], here.path);
    expect(whole.code, whole.err).toBe(0);
    const calls = server.requests.length;
    expect(calls).toBe(12 * 2 * 3);
    expect(whole.out).toContain(`models: ${calls} calls`);

    const args = [
      input,
      "--reward",
      reward,
      "--out",
      "parts.jsonl",
      "--store",
      "two",
      "--concurrency",
      "4",
      "--budget",
      "420tok",
    ];
    const { goes, errors } = await untilWhole(args, here.path);
    expect(goes).toBeGreaterThan(2);
    expect(readFileSync(here.file("parts.jsonl"), "utf8")).toBe(readFileSync(here.file("whole.jsonl"), "utf8"));
    expect(server.requests.length - calls).toBe(calls);
    for (const error of errors) {
      const [, spent] = /budget is used up: (\d+) of 420 tokens/.exec(error)!;
      expect(Number(spent)).toBeLessThanOrEqual(420);
      expect(error).toContain("run the same command again");
    }
  });

  it("keeps a budget in money, and refuses one where the price is not known", async () => {
    await using server = await scriptedServer(script, { name: "m" });
    using here = folder();
    const { reward, input } = setup(server, here, { tasks: 3 });
    const stopped = await score([input, "--reward", reward, "--out", "a.jsonl", "--budget", "0.0041usd"], here.path);
    expect(stopped.code, stopped.err).toBe(4);
    expect(stopped.err).toMatch(/budget is used up: 0\.00\d+ of 0\.0041 usd/);
    writeJudge(here, { model: { url: server.url, model: "m" }, tasks: 3 });
    const unknown = await score(
      [input, "--reward", reward, "--out", "b.jsonl", "--budget", "2usd", "--store", "x"],
      here.path,
    );
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain("price of m is not known");
    const wrong = await score([input, "--reward", reward, "--out", "c.jsonl", "--budget", "2eur"], here.path);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("2usd or 1e6tok");
  });

  it("goes on after a kill with the same rows", async () => {
    await using server = await scriptedServer(script, { name: "m", fault: () => ({ slow: 20 }) });
    using here = folder();
    const { reward, input } = setup(server, here, { tasks: 30 });
    const whole = await score([input, "--reward", reward, "--out", "whole.jsonl", "--store", "one"], here.path);
    expect(whole.code, whole.err).toBe(0);
    const calls = server.requests.length;
    const args = [
      input,
      "--reward",
      reward,
      "--out",
      "parts.jsonl",
      "--store",
      "two",
      "--concurrency",
      "2",
      "--budget",
      "100000tok",
    ];
    const run = start(["score", ...args], { cwd: here.path });
    while (server.requests.length < calls + 20) await sleep(5);
    run.child.kill("SIGKILL");
    await run.done;
    const before = server.requests.length;
    const { code, err } = await score(args, here.path);
    expect(code, err).toBe(0);
    expect(readFileSync(here.file("parts.jsonl"), "utf8")).toBe(readFileSync(here.file("whole.jsonl"), "utf8"));
    // what was answered before the kill is not asked for again, save for what was in flight
    expect(server.requests.length - calls).toBeLessThanOrEqual(60 + 2);
    expect(server.requests.length).toBeGreaterThan(before);
  });

  it("also ends eval and compare, which say nothing of a part", async () => {
    await using server = await scriptedServer(script, { name: "m" });
    using here = folder();
    const { reward } = setup(server, here, { tasks: 4 });
    const row = (i: number) =>
      JSON.stringify({ id: `p${i}`, prompt: `question ${i}?`, chosen: `good ${i}`, rejected: `bad ${i}` });
    writeFileSync(here.file("pairs.jsonl"), Array.from({ length: 8 }, (_, i) => `${row(i)}\n`).join(""));
    const eval_ = await start(["eval", "pairs.jsonl", "--reward", reward, "--budget", "340tok"], { cwd: here.path })
      .done;
    expect(eval_.code, eval_.err).toBe(4);
    expect(eval_.out).toBe("");
    expect(eval_.err).toContain("budget is used up");
  });
});

describe("a served model that changes in mid-run", () => {
  it("ends the run with a clear message, keeps the rows before it, and refuses to go on with the other model", async () => {
    let changed = false;
    let after = Number.POSITIVE_INFINITY;
    let calls = 0;
    await using server = await scriptedServer(
      (call) => ({ text: script(call), modelId: changed || calls++ >= after ? "m-2026-12" : "m-2026-11" }),
      { name: "m" },
    );
    using here = folder();
    const { reward, input } = setup(server, here, { tasks: 10 });
    after = 7;
    const args = [input, "--reward", reward, "--out", "a.jsonl", "--concurrency", "1"];
    const first = await score(args, here.path);
    expect(first.code).toBe(4);
    expect(first.err).toContain("m was answered by 'm-2026-11' before and by 'm-2026-12' now");
    // 7 answers are 3 whole rows of two candidates
    expect(readFileSync(here.file("a.jsonl"), "utf8").trim().split("\n")).toHaveLength(3);
    changed = true;
    const second = await score(args, here.path);
    expect(second.code).toBe(4);
    expect(readFileSync(here.file("a.jsonl"), "utf8").trim().split("\n")).toHaveLength(3);
    const anew = await score([...args, "--overwrite", "--cache", "off"], here.path);
    expect(anew.code, anew.err).toBe(0);
  });
});
