import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  claimSeed,
  figuresOf,
  judgePaper,
  loadPaper,
  runPaper,
  storedResult,
  verifyResult,
  writeResult,
} from "@laurel/lab";
import { StoppedError } from "laurel";
import { afterEach, describe, expect, it } from "vitest";
import { folder } from "../laurel.ts";

const tiny = new URL("./tiny-paper.ts", import.meta.url).href;

afterEach(() => {
  delete process.env["LAUREL_TINY_LOG"];
});

describe("a run of a paper's claims", () => {
  it("gives the same figures in this process and in two worker processes", async () => {
    using place = folder();
    process.env["LAUREL_TINY_LOG"] = place.file("log");
    const here = await runPaper(tiny, { workers: 0 });
    writeFileSync(place.file("log"), "");
    const there = await runPaper(tiny, { workers: 2 });
    expect(there.figures).toEqual(here.figures);
    expect(there.outcomes).toEqual(here.outcomes);
    expect(here.outcomes[0]!.verdict).toBe("holds");
    const pids = readFileSync(place.file("log"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" ")[0]);
    expect(pids).toHaveLength(24);
    expect(new Set(pids).size).toBe(2);
    expect(pids).not.toContain(String(process.pid));
  });

  it("goes on where it was stopped, without running a seed twice, though the last line of its journal was cut off", async () => {
    using place = folder();
    const journal = place.file("sub/journal.jsonl");
    process.env["LAUREL_TINY_LOG"] = place.file("log");
    const stop = new AbortController();
    const stopped = runPaper(tiny, {
      workers: 0,
      journal,
      signal: stop.signal,
      onProgress: ({ done }) => done === 7 && stop.abort(),
    });
    await expect(stopped).rejects.toThrow(StoppedError);
    appendFileSync(journal, '{"key":"gain/main/rec');
    const seen: number[] = [];
    const run = await runPaper(tiny, { workers: 1, journal, onProgress: ({ done }) => seen.push(done) });
    expect(seen[0]).toBe(8);
    expect(readFileSync(place.file("log"), "utf8").trimEnd().split("\n")).toHaveLength(24);
    expect(run.figures).toEqual((await runPaper(tiny, { workers: 0 })).figures);
  });

  it("goes on after its process was killed outright", async () => {
    using place = folder();
    const journal = place.file("journal.jsonl");
    const script = `const { runPaper } = await import("@laurel/lab"); await runPaper(${JSON.stringify(tiny)}, { workers: 1, journal: ${JSON.stringify(journal)} });`;
    const child = spawn(process.execPath, ["--conditions=source", "--input-type=module", "-e", script], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, LAUREL_TINY_DELAY: "100" },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    while (!existsSync(journal) || readFileSync(journal, "utf8").split("\n").length < 4) await setTimeout(20);
    child.kill("SIGKILL");
    await ended;
    const kept = readFileSync(journal, "utf8").split("\n").length - 1;
    expect(kept).toBeLessThan(24);
    const seen: number[] = [];
    const run = await runPaper(tiny, { workers: 0, journal, onProgress: ({ done }) => seen.push(done) });
    expect(seen[0]).toBe(kept + 1);
    expect(run.figures).toEqual((await runPaper(tiny, { workers: 0 })).figures);
  });

  it("does not take a finished seed of other settings from the journal", async () => {
    using place = folder();
    const journal = place.file("journal.jsonl");
    await runPaper(tiny, { workers: 0, journal });
    const other = place.file("other.ts");
    const source = readFileSync(fileURLToPath(tiny), "utf8").replace("settings: { gain: 1 }", "settings: { gain: 2 }");
    writeFileSync(
      other,
      source
        .replace('from "@laurel/lab"', `from "${import.meta.resolve("@laurel/lab")}"`)
        .replace('from "laurel"', `from "${import.meta.resolve("laurel")}"`),
    );
    const run = await runPaper(pathToFileURL(other).href, { workers: 0, journal });
    expect(run.outcomes[0]!.bars[0]!.estimate.value).toBeGreaterThan(1.7);
  });

  it("says which seed of which claim threw", async () => {
    using place = folder();
    const broken = place.file("broken.ts");
    writeFileSync(
      broken,
      `export default { slug: "broken", component: [], claims: [{ id: "x", statement: "", scope: "", evidence: "identity",
        settings: {}, seeds: 2, arms: ["a"], bars: [], async run() { throw new Error("no luck") } }] };`,
    );
    const url = pathToFileURL(broken).href;
    await expect(runPaper(url, { workers: 1 })).rejects.toThrow(/x, main setting, seed 0: .*no luck/s);
  });

  it("draws pilots and records from seeds that have nothing in common", () => {
    const seeds = ["record", "pilot"].flatMap((phase) =>
      Array.from({ length: 200 }, (_, i) => claimSeed(phase, "tiny", "gain", i)),
    );
    expect(new Set(seeds).size).toBe(400);
  });
});

describe("a stored result", () => {
  it("gives back its figures, and its sentinels tell when they no longer come out", async () => {
    using place = folder();
    const run = await runPaper(tiny, { workers: 0 });
    writeResult(place.file("tiny.json"), storedResult(run));
    const stored = JSON.parse(readFileSync(place.file("tiny.json"), "utf8")) as ReturnType<typeof storedResult>;
    expect(figuresOf(stored)).toEqual(run.figures);
    const paper = await loadPaper(tiny);
    expect(judgePaper(paper, figuresOf(stored))).toEqual(run.outcomes);
    expect(await verifyResult(paper, stored)).toEqual({ replayed: 4, stale: [] });
    expect((await verifyResult(paper, stored, { full: true })).replayed).toBe(24);
    const columns = stored.claims[0]!.figures as Record<string, Record<string, number[]>>;
    columns["a"]!["score"]![11]! += 0.001;
    expect((await verifyResult(paper, stored)).stale).toMatchObject([
      { claim: "gain", setting: "main", seed: 11, arm: "a", metric: "score" },
    ]);
  });
});
