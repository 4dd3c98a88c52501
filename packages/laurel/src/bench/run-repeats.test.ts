import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Comparer, candidate, type Example, pointwise, random, seedFrom } from "../core/index.ts";
import { benchmarkOf, credited, readBenchRun, repeatSpread, runBenchmark, scorecard } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "laurel-repeats-"));
afterAll(() => rmSync(folder, { recursive: true }));
const rewardBench = benchmarkOf("rewardbench");
const examples = Array.from(
  { length: 60 },
  (_, i): Example => ({
    task: {
      id: String(i),
      prompt: [{ role: "user", content: `q${i}` }],
      candidates: [candidate("right"), candidate("wrong")],
    },
    labels: { correct: [true, false] },
    cluster: String(i),
    subsets: { subset: "xstest-should-respond" },
  }),
);
// right beats wrong by 1, with noise of sd 2 that differs between repeats
const noisy = pointwise(
  "noisy",
  (one, _task, ctx) => (one.output[0]!.content === "right" ? 1 : 0) + 2 * random(ctx.seed).normal(),
  { version: "1", random: true },
);

describe("a benchmark run with repeats", () => {
  it("gives an item the mean of its repeats' credits, and the variance between them", async () => {
    const out = join(folder, "noisy.run.jsonl");
    const run = await runBenchmark(
      rewardBench,
      examples,
      { name: "noisy", reward: noisy },
      { seed: seedFrom(1), repeats: 4, out },
    );
    expect(run.header.repeats).toBe(4);
    const items = credited(rewardBench, run.items);
    for (const { credit, credits, repeats, values } of items) {
      expect(credits).toHaveLength(4);
      const won = repeats!.map((one) => Number(one.values[0]! > one.values[1]!));
      expect(credits).toEqual(won);
      expect(credit).toBeCloseTo(won.reduce((a, b) => a + b, 0) / 4, 12);
      expect(values[0]).toBeCloseTo(repeats!.reduce((sum, one) => sum + one.values[0]!, 0) / 4, 12);
    }
    const spread = repeatSpread(items)!;
    // by hand: of 0/1 credits with k of 4 the variance is k(4 − k)/12
    const expected = items.map(({ credit }) => (4 * credit! * (4 - 4 * credit!)) / 12).reduce((a, b) => a + b, 0) / 60;
    expect(spread.variance).toBeCloseTo(expected, 12);
    expect(spread.runSd).toBeCloseTo(Math.sqrt(expected / 60), 12);
    expect(spread.changed).toBeGreaterThan(0.3);
    expect(scorecard(rewardBench, items).repeats).toEqual(spread);
    expect(readBenchRun(out).items).toEqual(run.items);
    await expect(
      runBenchmark(rewardBench, examples, { name: "noisy", reward: noisy }, { seed: seedFrom(1), repeats: 2, out }),
    ).rejects.toThrow(/another number of repeats/);
  });

  it("asks a comparer in each repeat, and finds no variance in one that says the same each time", async () => {
    let asked = 0;
    const comparer: Comparer = {
      name: "steady",
      fingerprint: null,
      work: "compose",
      async compare(jobs) {
        return jobs.map(({ task, pairs }) =>
          pairs.map(([first, second]) => {
            asked++;
            return { first, second, p: task.candidates[first]!.output[0]!.content === "right" ? 1 : 0 };
          }),
        );
      },
    };
    const { items } = await runBenchmark(rewardBench, examples.slice(0, 5), { name: "steady", comparer }, {
      repeats: 3,
      orders: "one",
    } as never);
    expect(asked).toBe(15);
    expect(items.every(({ repeats, votes }) => repeats!.length === 3 && votes!.length === 3)).toBe(true);
    expect(repeatSpread(credited(rewardBench, items))).toEqual({ items: 5, variance: 0, sd: 0, runSd: 0, changed: 0 });
  });

  it("keeps a run that is asked once as it was", async () => {
    const run = await runBenchmark(
      rewardBench,
      examples.slice(0, 3),
      { name: "noisy", reward: noisy },
      { seed: seedFrom(1) },
    );
    expect(run.header).not.toHaveProperty("repeats");
    expect(run.items[0]).not.toHaveProperty("repeats");
    expect(repeatSpread(credited(rewardBench, run.items))).toBeUndefined();
  });
});
