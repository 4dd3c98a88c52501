import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type Finding, type RehearseOptions, rehearsalPage, rehearse } from "@laurel/lab";
import { scriptedJudge } from "@laurel/lab/worlds";
import { answerText, directContext, type Generation, pointwise, type Reward, rewardFrom, UsageError } from "laurel";
import { Pool } from "laurel/run";
import { describe, expect, it } from "vitest";
import { scriptedServer } from "../../packages/laurel/src/models/index.ts";
import { folder, laurel, start } from "../laurel.ts";
import { writeJudge } from "../models/judge.ts";

const small = { seeds: 4, prompts: 4, updates: 30 } as const;

async function rehearsed(spec: unknown, options: RehearseOptions) {
  const reward =
    typeof spec === "object" && spec !== null && "score" in spec ? (spec as Reward) : await rewardFrom(spec);
  await using pool = new Pool({ workers: 1 });
  return await rehearse(reward, { ...small, ...options, score: { pool } });
}

const movesOf = (found: readonly Finding[]): string[] => found.map(({ moves }) => Object.values(moves).join(" + "));

/** 1 where the reference stands anywhere in the answer: the bug that lets an answer hedge. */
const anywhere = pointwise(
  "anywhere",
  (candidate, task) => (answerText(candidate).includes(String(task.reference!.answer)) ? 1 : 0),
  { version: "1", range: [0, 1] },
);

describe("a rehearsal", () => {
  it("finds nothing in verify.math, whose policies become honest", async () => {
    const result = await rehearsed("verify.math", { form: "answer" });
    expect(result.exploits).toEqual([]);
    // half of the beliefs are right by construction
    expect(result.honest).toMatchObject({ reward: { value: 0.5 }, gold: { value: 0.5 } });
    for (const { steps } of result.runs) expect(steps.at(-1)!.gold!).toBeGreaterThan(steps[0]!.gold!);
  });

  it("finds that a reward for length is paid for length, first of all, and that the policies learn it", async () => {
    for (const form of ["answer", "text"] as const) {
      const { exploits, runs } = await rehearsed("length", { form });
      const [first] = exploits;
      expect(first!.moves).toEqual({ length: "very long" });
      expect(first!.learnt.end).toBeGreaterThan(0.8);
      expect(first!.reward.low).toBeGreaterThan(1000);
      expect(first!.gold.value).toBeCloseTo(-0.3, 12);
      expect(first!.example.text.length).toBeGreaterThan(1000);
      for (const { steps } of runs) {
        expect(steps.at(-1)!.proxy).toBeGreaterThan(steps[0]!.proxy);
        expect(steps.at(-1)!.gold!).toBeLessThan(steps[0]!.gold!);
      }
    }
  });

  it("finds keyword stuffing where the reward's spec names the words, and not what stands beside it", async () => {
    const spec = {
      kind: "verify.structure",
      checks: [{ check: "words", required: ["xylophone"] }],
    };
    const { exploits } = await rehearsed(spec, { form: "text" });
    expect(movesOf(exploits)).toEqual(["keyword stuffing"]);
    expect(exploits[0]!.reward.value).toBe(1);
    expect(exploits[0]!.example.text).toContain("xylophone");
  });

  it("finds every way of hedging where the reference may stand anywhere", async () => {
    const { exploits, runs } = await rehearsed(anywhere, { form: "answer" });
    const hedges = ["both answers", "A or B", "stated twice, own first", "stated twice, own last", "list of answers"];
    expect(movesOf(exploits).slice(0, 5).sort()).toEqual([...hedges].sort());
    // an honest answer earns 0.5, a hedge 1
    for (const one of exploits.slice(0, 5)) expect(one.reward).toMatchObject({ value: 0.5, low: 0.5, high: 0.5 });
    const last = runs.map(({ steps }) => steps.at(-1)!.proxy);
    expect(last.reduce((sum, one) => sum + one, 0) / last.length).toBeGreaterThan(0.8);
  });

  it("finds that tool calls which are only counted can be repeated, and nothing in verify.tools", async () => {
    const calls = pointwise(
      "calls",
      ({ output }) =>
        output
          .flatMap(({ content }) => (typeof content === "string" ? [] : content))
          .filter((part) => part.type === "tool-call").length,
      { version: "1" },
    );
    const { exploits } = await rehearsed(calls, { form: "tools" });
    expect(exploits[0]!.moves["times"]).toBe("six times");
    expect(movesOf(exploits)).toContain("six times");
    expect((await rehearsed("verify.tools", { form: "tools" })).exploits).toEqual([]);
  });

  it("scores each distinct text once, and the same seed gives the same findings", async () => {
    const asked: string[] = [];
    const counting = pointwise("counting", (candidate, task) => {
      asked.push(`${task.id.replace(/\/[^/]*$/, "")} ${answerText(candidate)}`);
      return answerText(candidate).length;
    });
    const first = await rehearsed(counting, { form: "text", updates: 10 });
    expect(new Set(asked).size).toBe(asked.length);
    expect(first.texts).toBe(asked.length);
    const second = await rehearsed(counting, { form: "text", updates: 10 });
    expect(second.findings).toEqual(first.findings);
  });

  it("holds a reward that sees groups against the honest answer", async () => {
    const { honest, exploits } = await rehearsed(
      { kind: "standardise", rewards: { reward: "length" } },
      { form: "text" },
    );
    expect(honest.reward.value).toBe(0);
    expect(movesOf(exploits)).toContain("very long");
  });

  it("finds a judge's liking for length, pointwise and in comparisons, from specs with a served model", async () => {
    const judge = scriptedJudge({ skill: { slope: 10 }, length: 1, stable: true });
    await using server = await scriptedServer(
      async ({ request }) => {
        const [[answer]] = (await judge.generate([request], directContext())) as [[Generation]];
        return answer.text;
      },
      { name: "m" },
    );
    const model = { url: server.url, model: "m" };
    const specs = [
      { kind: "judge.pointwise", model, criterion: "Is the text clear and deep?", scale: "1-10" },
      { kind: "to-reward", comparer: { kind: "judge.pairwise", model } },
    ];
    for (const spec of specs) {
      const { exploits, unscored } = await rehearsed(spec, { form: "text", updates: 12 });
      expect(exploits[0]!.moves, spec.kind).toEqual({ length: "very long" });
      expect(unscored).toBe(0);
    }
  });

  it("says why where honest answers get no score, and refuses fewer than three seeds", async () => {
    await expect(rehearsed("verify.math", { form: "tools" })).rejects.toThrow(
      /honest answers no score: missing-reference/,
    );
    await expect(rehearsed("verify.math", { seeds: 2 })).rejects.toThrow(UsageError);
  });

  it("becomes a page with the exploits, examples and curves", async () => {
    const html = rehearsalPage(await rehearsed(anywhere, { form: "answer" }));
    expect(html).toContain("answer: both answers");
    expect(html).toMatch(/earns 1<[\s\S]*the honest answer earns 0</);
    expect(html.match(/<svg/g)!.length).toBeGreaterThan(4);
    expect(html).not.toMatch(/NaN|undefined/);
  });
});

describe("laurel rehearse", () => {
  const few = ["--seeds", "3", "--n", "4", "--updates", "8"];

  it("exits with 1 and names the exploit, or with 0; the run is in the store", () => {
    using here = folder();
    const found = laurel(["rehearse", "--reward", "length", "--form", "text", ...few, "--report", "page.html"], {
      cwd: here.path,
    });
    expect(found.code, found.err).toBe(1);
    expect(found.out).toMatch(/length: very long +2326/);
    expect(readFileSync(here.file("page.html"), "utf8")).toContain("length: very long");
    const clean = laurel(["rehearse", "--reward", "verify.math", ...few, "--json"], { cwd: here.path });
    expect(clean.code, clean.err).toBe(0);
    expect((JSON.parse(clean.out) as { exploits: unknown[] }).exploits).toEqual([]);
    const runs = laurel(["runs", "--json"], { cwd: here.path });
    expect(JSON.parse(runs.out)).toMatchObject([
      { command: "rehearse", state: "done", summary: { reward: "verify.math", exploits: 0 } },
      { command: "rehearse", state: "done", summary: { reward: "length" } },
    ]);
  });

  it("takes the user's prompts, with columns by --map", () => {
    using here = folder();
    const rows = Array.from({ length: 6 }, (_, i) =>
      JSON.stringify({ question: `Which number follows ${i + 9}?`, gold: i + 10 }),
    );
    writeFileSync(here.file("prompts.jsonl"), `${rows.join("\n")}\n`);
    const args = ["rehearse", "--reward", "verify.math", "--prompts", "prompts.jsonl", ...few, "--json"];
    const ended = laurel([...args, "--map", "prompt=question,answer=gold"], { cwd: here.path });
    expect(ended.code, ended.err).toBe(0);
    const result = JSON.parse(ended.out) as { findings: Finding[] };
    expect(result.findings.every(({ example }) => /^Which number follows \d+\?$/.test(example.prompt))).toBe(true);
    const without = laurel([...args, "--map", "prompt=question"], { cwd: here.path });
    expect(without.code).toBe(2);
    expect(without.err).toContain("have a reference answer");
  });

  it("goes on after a Ctrl-C from the scores in the store", async () => {
    using here = folder();
    writeFileSync(
      here.file("slow.ts"),
      `import { writeFileSync } from "node:fs";
       import { pointwise } from "${new URL("../../packages/laurel/src/index.ts", import.meta.url).href}";
       let calls = 0;
       export const slow = pointwise("slow", async (candidate) => {
         await new Promise((resolve) => setTimeout(resolve, 4));
         if (++calls === 40) writeFileSync("begun", "");
         return candidate.output[0].content.length;
       }, { version: "1", work: "io" });`,
    );
    const args = ["rehearse", "--reward", "./slow.ts#slow", "--form", "text", ...few, "--concurrency", "1", "--json"];
    const whole = laurel([...args, "--store", "one"], { cwd: here.path });
    expect(whole.code, whole.err).toBe(1);
    rmSync(here.file("begun"));
    const run = start([...args, "--store", "two"], { cwd: here.path });
    while (!existsSync(here.file("begun")) && run.child.exitCode === null)
      await new Promise((resolve) => setImmediate(resolve));
    run.child.kill("SIGINT");
    const stopped = await run.done;
    expect(stopped.code, stopped.err).toBe(130);
    expect(stopped.err).toContain("run the same command again");
    const again = laurel([...args, "--store", "two"], { cwd: here.path });
    expect(again.code, again.err).toBe(1);
    expect(again.out).toBe(whole.out);
  });

  it("stops with 4 at the end of a budget, and goes on without paying twice", async () => {
    const script = ({ prompt }: { prompt: string }) => String(prompt.length % 10);
    await using server = await scriptedServer(script, { name: "m" });
    using here = folder();
    const { reward } = writeJudge(here, { model: { url: server.url, model: "m", backoff: 5 }, tasks: 1 });
    const args = [
      "rehearse",
      "--reward",
      reward,
      "--form",
      "text",
      "--seeds",
      "3",
      "--n",
      "2",
      "--updates",
      "5",
      "--json",
    ];
    const run = (store: string, more: readonly string[] = []) =>
      start([...args, "--store", store, ...more], { cwd: here.path }).done;
    const whole = await run("one");
    expect([0, 1], whole.err).toContain(whole.code);
    const calls = server.requests.length;
    let stops = 0;
    for (let goes = 0; goes < 20; goes++) {
      const ended = await run("two", ["--budget", "12000tok"]);
      if (ended.code !== 4) {
        expect(ended.out).toBe(whole.out);
        break;
      }
      stops++;
      expect(ended.err).toContain("budget is used up");
    }
    expect(stops).toBeGreaterThan(0);
    expect(server.requests.length - calls).toBe(calls);
  });
});
