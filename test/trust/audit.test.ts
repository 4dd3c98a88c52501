import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
/** Pairs of which the longer answer is the better one in three of four. */
const pairs = Array.from({ length: 40 }, (_, i) => {
  const [long, short] = [`Yes, ${"and so on, ".repeat(3 + (i % 5))}it's item ${i}.`, `No, it is item ${i}.`];
  const [chosen, rejected] = i % 4 === 0 ? [short, long] : [long, short];
  return { id: `p${i}`, prompt: `Tell me about item ${i} of list ${i % 7}`, chosen, rejected };
});

describe("laurel audit data, before training", () => {
  it("names a benchmark's items, the tokenizer's padding and the length rule, and exits 1 under --strict", {
    timeout: 60_000,
  }, () => {
    using place = folder();
    writeFileSync(place.file("p.jsonl"), lines(pairs));
    writeFileSync(place.file("bench.jsonl"), lines([{ id: "b", prompt: pairs[3]!.prompt, candidates: ["x"] }]));
    writeFileSync(place.file("tokenizer_config.json"), JSON.stringify({ pad_token: "</s>", eos_token: "</s>" }));
    const args = ["audit", "data", "p.jsonl", "--benchmark", "bench.jsonl", "--tokenizer", "tokenizer_config.json"];
    const ended = laurel(args, { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toMatch(/!! benchmark-leak: 1 of 1 items of bench.jsonl/);
    expect(ended.out).toMatch(/! {2}padding-is-eos: padding equals end-of-sequence/);
    expect(ended.out).toMatch(/length-baseline: choosing the longer answer is right for 0.75/);
    const json = JSON.parse(laurel([...args, "--json"], { cwd: place.path }).out) as { training: { id: string }[] };
    expect(json.training[0]!.id).toBe("benchmark-leak");
    expect(laurel([...args, "--strict"], { cwd: place.path }).code).toBe(1);
    const missing = laurel(["audit", "data", "p.jsonl", "--tokenizer", "nowhere"], { cwd: place.path });
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("nowhere") });
  });
});

describe("laurel audit reward --stress", () => {
  it("audits a reward, writes a report, and gives the same probes' figures from a score file", {
    timeout: 120_000,
  }, () => {
    using place = folder();
    const run = (...args: string[]) => laurel(args, { cwd: place.path });
    writeFileSync(place.file("p.jsonl"), lines(pairs));
    const text = run(
      "audit",
      "reward",
      "p.jsonl",
      "--stress",
      "--reward",
      "length",
      "--against",
      "reference.tokenF1",
      "--report",
      "r.html",
    );
    expect(text.code, text.err).toBe(0);
    expect(text.out).toContain("Accuracy 75%");
    expect(text.out).toMatch(/length +[\d.]+ times as long/);
    expect(text.out).toContain("Distance to the other reward (STARC)\n  not shown: only 0 prompts");
    const page = readFileSync(place.file("r.html"), "utf8");
    expect(page).toContain("Contrast instructions");
    expect(page).toContain("<svg");
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);

    expect(run("audit", "reward", "p.jsonl", "--stress", "--write-probes", "probes.jsonl").code).toBe(0);
    const scored = run("score", "probes.jsonl", "--reward", "length", "--out", "s.jsonl");
    expect(scored.code, scored.err).toBe(0);
    const json = (...how: string[]) =>
      JSON.parse(run("audit", "reward", "p.jsonl", "--stress", "--json", ...how).out) as Record<string, unknown>;
    const [live, file] = [json("--reward", "length"), json("--scores", "s.jsonl")];
    for (const part of ["perturbations", "contrast", "offTopic", "accuracy", "equal"])
      expect(file[part], part).toEqual(live[part]);
    expect(file["batch"]).toHaveProperty("missing");
    expect(live["batch"]).toMatchObject({ batch: 0 });
  });

  it("draws best-of-n on the preference world's texts, where length is over-optimised", { timeout: 120_000 }, () => {
    using place = folder();
    writeFileSync(place.file("p.jsonl"), lines(pairs));
    const ended = laurel(["audit", "reward", "p.jsonl", "--stress", "--reward", "length", "--world", "--json"], {
      cwd: place.path,
    });
    expect(ended.code, ended.err).toBe(0);
    const { bestOfN } = JSON.parse(ended.out) as {
      bestOfN: { points: { n: number; gold: { value: number } }[]; fall: { high: number } };
    };
    expect(bestOfN.points.at(-1)!.n).toBe(64);
    expect(bestOfN.fall.high).toBeLessThan(0);
  });

  it("says what is needed where neither a reward, a score file nor rows are named", () => {
    using place = folder();
    const run = (...args: string[]) => laurel(args, { cwd: place.path });
    expect(run("audit", "reward")).toMatchObject({ code: 2, err: expect.stringContaining("--reward SPEC") });
    expect(run("audit", "reward", "--stress")).toMatchObject({
      code: 2,
      err: expect.stringContaining("labelled rows"),
    });
  });
});
