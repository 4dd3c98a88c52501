import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { directContext, type Generation, type TokenLogprobs } from "../../packages/laurel/src/core/index.ts";
import { languageModelFrom, likelihoodModelFrom } from "../../packages/laurel/src/models/index.ts";
import {
  disposeEngines,
  localLanguageModel,
  localLikelihoodModel,
} from "../../packages/laurel/src/models/local/index.ts";
import { type Finished, folder, start } from "../laurel.ts";
import { hasText, smollm2, without } from "./weights.ts";

const user = (content: string) => [{ role: "user" as const, content }];
const options = { contextSize: 2048, threads: 1 };

/** `laurel models serve` in a process of its own, as any other server is. */
async function serving(cwd: string): Promise<{ spec: string; end(): Promise<Finished> }> {
  const server = start(["models", "serve", smollm2, "--port", "0", "--context-size", "2048"], { cwd });
  const spec = await new Promise<string>((resolve, reject) => {
    let said = "";
    server.child.stdout.on("data", (chunk: string) => {
      said += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+\/v1#\S+/.exec(said);
      if (found !== null) resolve(found[0]);
    });
    server.done.then(({ err }) => reject(new Error(`it ended: ${err}`)), reject);
  });
  return {
    spec,
    end: () => {
      server.child.kill("SIGTERM");
      return server.done;
    },
  };
}

describe.skipIf(!hasText)(`laurel models serve${without(hasText)}`, { timeout: 900_000 }, () => {
  const dir = folder();
  let server: Awaited<ReturnType<typeof serving>>;
  beforeAll(async () => {
    server = await serving(dir.path);
  }, 300_000);
  afterAll(async () => {
    if (hasText) expect((await server.end()).code).toBe(0);
    await disposeEngines();
    dir[Symbol.dispose]();
  });

  it("is called as any remote model: the greedy text of the model in this process, samples by seed, JSON by schema", async () => {
    const remote = await languageModelFrom(server.spec);
    const here = localLanguageModel(smollm2, options);
    const prompts = ["Name the capital of France.", "Write a sentence about rain.", "What is 2 + 2?"];
    const greedy = prompts.map((prompt) => ({ messages: user(prompt), temperature: 0, maxTokens: 32 }));
    const texts = (rows: Awaited<ReturnType<typeof remote.generate>>) =>
      rows.map((row) => row.map((one) => (one as Generation).text));
    const there = texts(await remote.generate(greedy, directContext()));
    expect(there).toEqual(texts(await here.generate(greedy, directContext())));
    expect(there.flat().every((text) => text.length > 0)).toBe(true);

    const sampled = { messages: user("Say anything."), temperature: 1, seed: 5, n: 3, maxTokens: 8 };
    const [first, again] = [
      await remote.generate([sampled], directContext()),
      await remote.generate([sampled], directContext()),
    ];
    expect(texts(first)).toEqual(texts(again));
    expect(new Set(texts(first)[0]).size).toBeGreaterThan(1);

    const schema = { type: "object", properties: { score: { enum: [1, 2, 3] } }, required: ["score"] };
    const [[json]] = (await remote.generate(
      [{ messages: user("Rate this."), schema, maxTokens: 32, temperature: 0 }],
      directContext(),
    )) as [[Generation]];
    expect([1, 2, 3]).toContain((JSON.parse(json.text) as { score: number }).score);
  });

  it("judges by a spec through laurel score, and is not asked twice", async () => {
    writeFileSync(
      dir.file("tasks.jsonl"),
      [
        ["What is the capital of France?", "Paris is the capital of France.", "Bananas are yellow."],
        ["What is 2 + 2?", "4", ":"],
      ]
        .map(([prompt, ...candidates], i) => `${JSON.stringify({ id: `t${i}`, prompt, candidates })}\n`)
        .join(""),
    );
    const spec = { kind: "judge.pointwise", model: server.spec, scale: "1-5", maxTokens: 128 };
    const score = async (out: string) => {
      const ended = await start(["score", "tasks.jsonl", "--reward", JSON.stringify(spec), "--out", out], {
        cwd: dir.path,
      }).done;
      expect(ended.code, ended.err).toBe(0);
      const rows = readFileSync(dir.file(out), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { scores: { value?: number; fault?: string; unscored?: unknown }[] });
      return { ended, scores: rows.flatMap((row) => row.scores) };
    };
    const first = await score("one.jsonl");
    // the schema holds this small model to the form, unless it repeats itself to the token limit; whether it is right is another matter
    const judged = first.scores.slice(0, 3);
    const scored = judged.filter((one) => one.unscored === undefined);
    expect(scored.length, JSON.stringify(judged)).toBeGreaterThan(0);
    expect(scored.every((one) => [1, 2, 3, 4, 5].includes(one.value!))).toBe(true);
    for (const { unscored } of judged)
      if (unscored !== undefined)
        expect(unscored).toMatchObject({ reason: "judge-unparsable", raw: expect.stringContaining("reason") });
    expect(first.scores[3]).toMatchObject({ value: 1, fault: "no-answer" });
    expect(first.ended.out).toMatch(/models: 3 calls/);
    const second = await score("two.jsonl");
    expect(second.scores).toEqual(first.scores);
    expect(second.ended.out).not.toMatch(/models: [1-9]/);
  });

  it("gives the log-probabilities of the model in this process, but for rounding", async () => {
    const jobs = [
      { prefix: user("What is the capital of France?"), completions: ["The capital of France is Paris.", "Berlin."] },
      { prefix: "Once upon a time", completions: [" there was a king.", " zebra of purple"] },
      { prefix: "", completions: ["Été à Zürich: 3 €."] },
    ];
    const remote = await likelihoodModelFrom(server.spec);
    const there = (await remote.logprobs(jobs, directContext())).flat() as TokenLogprobs[];
    const here = (
      await localLikelihoodModel(smollm2, options).logprobs(jobs, directContext())
    ).flat() as TokenLogprobs[];
    let most = 0;
    for (const [i, one] of there.entries()) {
      expect(one.unscored).toBeUndefined();
      expect(one.tokens).toEqual(here[i]!.tokens);
      for (const [t, value] of one.logprobs.entries()) {
        const other = here[i]!.logprobs[t]!;
        if (Number.isFinite(value) || Number.isFinite(other)) most = Math.max(most, Math.abs(value - other));
      }
    }
    console.log(`served against in process: greatest difference ${most.toExponential(1)} nats`);
    // the wire keeps all digits; the same kernels on the same tokens in the same order
    expect(most).toBeLessThan(1e-5);
  });
});
