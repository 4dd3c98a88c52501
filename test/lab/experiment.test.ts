import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { exampleExperiment, experimentOf, goldTurn, runExperiment, type WatchedRun } from "@laurel/lab";
import { StoppedError, UsageError } from "laurel";
import { describe, expect, it } from "vitest";
import { folder, laurel, start } from "../laurel.ts";

const tiny = {
  world: { preset: "hackable", prompts: 12, candidates: 16 },
  algorithm: { name: "grpo", rate: 0.1, group: 4 },
  seeds: 3,
  steps: 20,
  every: 5,
} as const;

describe("an experiment", () => {
  it("gives the same runs in this process and in workers, and other ones for another seed", async () => {
    const here = await runExperiment(experimentOf(tiny), { workers: 0 });
    expect(await runExperiment(experimentOf(tiny), { workers: 2 })).toEqual(here);
    expect(here[0]!.steps.map(({ step }) => step)).toEqual([0, 5, 10, 15, 20]);
    expect(here[0]!.steps[0]).toMatchObject({ kl: 0, entropy: expect.closeTo(Math.log(16), 12) });
    expect(await runExperiment(experimentOf({ ...tiny, seed: 1 }), { workers: 0 })).not.toEqual(here);
  });

  it.each(["grpo", "rloo", "reinforce", "ppo", "rejection"])(
    "raises its reward with %s, on features and on a table",
    async (name) => {
      for (const policy of ["log-linear", "table"]) {
        const runs = await runExperiment(
          experimentOf({ ...tiny, policy, steps: 40, algorithm: { name, rate: 0.1, group: 8 }, reward: "gold" }),
          { workers: 0 },
        );
        for (const { steps } of runs) {
          expect(steps.at(-1)!.proxy).toBeGreaterThan(steps[0]!.proxy + 0.1);
          expect(steps.at(-1)!.gold).toBe(steps.at(-1)!.proxy);
          expect(steps.at(-1)!.kl!).toBeGreaterThan(0);
        }
      }
    },
  );

  it("takes any reward on texts, and a shape laid over it", async () => {
    const world = { ...tiny.world, prompts: 6, text: { padding: { mean: 3, worth: -0.2 } } };
    const plain = await runExperiment(experimentOf({ ...tiny, world, reward: "length" }), { workers: 0 });
    for (const { steps } of plain) expect(steps.at(-1)!.length!).toBeGreaterThan(steps[0]!.length!);
    const reward = { kind: "length", shape: { kind: "preference-as-reward", slope: 0.05, references: 4 } };
    const shaped = await runExperiment(experimentOf({ ...tiny, world, reward }), { workers: 0 });
    for (const { steps } of shaped) for (const { proxy } of steps) expect(Math.abs(proxy - 0.5)).toBeLessThan(0.5);
  });

  it("keeps finished seeds: a run that was stopped goes on, and more seeds are added to it", async () => {
    using place = folder();
    const journal = place.file("runs.jsonl");
    const stop = new AbortController();
    const stopped = runExperiment(experimentOf(tiny), {
      workers: 1,
      journal,
      signal: stop.signal,
      onSeed: () => stop.abort(),
    });
    await expect(stopped).rejects.toThrow(StoppedError);
    const kept: boolean[] = [];
    const onSeed = (_: number, fromJournal: boolean): number => kept.push(fromJournal);
    const runs = await runExperiment(experimentOf({ ...tiny, seeds: 4 }), { workers: 0, journal, onSeed });
    expect(kept).toEqual([true, false, false, false]);
    expect(runs).toEqual(await runExperiment(experimentOf({ ...tiny, seeds: 4 }), { workers: 0 }));
  });

  it.each<[string, unknown, RegExp]>([
    ["an unknown member", { wrld: {} }, /wrld: unknown/],
    ["an unknown world", { world: { preset: "moon" } }, /world.preset: there is no world "moon"/],
    [
      "an unknown setting of the algorithm",
      { world: {}, algorithm: { name: "rloo", clip: 1 } },
      /algorithm.clip: unknown/,
    ],
    ["a batch beyond the prompts", { world: { prompts: 4 }, algorithm: { batch: 8 } }, /algorithm.batch: 8/],
    ["a reward of texts in a world without", { world: {}, reward: "length" }, /this world has none/],
    ["a wrong number", { world: {}, seeds: 0 }, /seeds: expected a whole number/],
  ])("refuses %s", (_, spec, message) => {
    expect(() => experimentOf(spec)).toThrow(UsageError);
    expect(() => experimentOf(spec)).toThrow(message);
  });
});

describe("laurel lab run", () => {
  it("--example is an experiment in which gold turns while the reward goes on rising", () => {
    using place = folder();
    const example = laurel(["lab", "run", "--example"], { cwd: place.path });
    expect(example.out).toBe(exampleExperiment);
    writeFileSync(place.file("hack.yaml"), example.out);
    const ended = laurel(["lab", "run", "hack.yaml", "--workers", "2", "--json"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    const { turn, runs } = JSON.parse(ended.out) as { turn: ReturnType<typeof goldTurn>; runs: WatchedRun[] };
    expect(runs).toHaveLength(8);
    expect(turn).toEqual(goldTurn(runs));
    expect(turn.turned).toBe(true);
    expect(turn.fall!.low).toBeGreaterThan(0);
    expect(turn.proxyGain!.low).toBeGreaterThan(0);
    expect(turn.step!.value).toBeGreaterThan(20);
    expect(turn.step!.value).toBeLessThan(160);
  });

  const write = (place: ReturnType<typeof folder>, more: object = {}): void =>
    writeFileSync(place.file("tiny.json"), JSON.stringify({ ...tiny, ...more }));

  it("prints the table and the turn, writes a page and the result, and is in the list of runs", () => {
    using place = folder();
    write(place, { steps: 40 });
    const ended = laurel(["lab", "run", "tiny.json", "--report", "page.html"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toMatch(/3 of 3 seeds[\s\S]*zeroVariance[\s\S]*Gold (turns|does not turn)/);
    expect(readFileSync(place.file("page.html"), "utf8")).toContain("Gradient norm");
    const json = laurel(["lab", "run", "tiny.json", "--json"], { cwd: place.path });
    expect(JSON.parse(json.out)).toMatchObject({ experiment: { seeds: 3 }, runs: [{ name: "seed 1" }, {}, {}] });
    const runs = JSON.parse(laurel(["runs", "--json"], { cwd: place.path }).out) as { out: string }[];
    expect(runs).toMatchObject([
      { command: "lab run", state: "done", summary: { rows: 3 } },
      { command: "lab run", state: "done" },
    ]);
    expect(existsSync(runs[0]!.out)).toBe(true);
    expect(laurel(["lab", "run"], { cwd: place.path }).code).toBe(2);
  });

  it("ends with 130 on Ctrl-C, and the same command goes on with the seeds that are finished", async () => {
    using place = folder();
    write(place, { seeds: 6, steps: 400, every: 50, world: { prompts: 64, candidates: 64 } });
    const args = ["lab", "run", "tiny.json", "--workers", "1", "--json"];
    const whole = laurel([...args, "--store", "one"], { cwd: place.path });
    expect(whole.code, whole.err).toBe(0);
    const journal = (): string => {
      const [file] = existsSync(place.file("two/lab")) ? globSync(`${place.file("two/lab")}/*.jsonl`) : [];
      return file === undefined ? "" : readFileSync(file, "utf8");
    };
    const run = start([...args, "--store", "two"], { cwd: place.path });
    while (!journal().includes("\n")) await sleep(10);
    run.child.kill("SIGINT");
    const stopped = await run.done;
    expect(stopped.code, stopped.err).toBe(130);
    const kept = journal().split("\n").length - 1;
    expect(kept).toBeLessThan(6);
    const again = laurel([...args, "--store", "two"], { cwd: place.path });
    expect(again.code, again.err).toBe(0);
    expect(again.out).toBe(whole.out);
  });
});
