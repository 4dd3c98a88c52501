import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noise, size } from "../../../../test/fixtures/rewards.ts";
import {
  answerText,
  combine,
  isScored,
  pointwise,
  type Reward,
  type Score,
  type Task,
  task,
  unscored,
} from "../core/index.ts";
import type { ScoreCache } from "./leaf.ts";
import { type Row, rowLine } from "./row.ts";
import { type ScoreAllOptions, score, scoreAll } from "./score-all.ts";

async function collect(reward: Reward, tasks: Iterable<Task>, options: ScoreAllOptions = {}): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of scoreAll(reward, tasks, { backoff: 0, ...options })) rows.push(row);
  return rows;
}

const numbered = (n: number): Task[] =>
  Array.from({ length: n }, (_, i) => task(`p${i}`, ["x".repeat(i % 7), "yy"], undefined, { id: `${i}` }));

/** A reward whose calls end when the test says so. */
function held(): { reward: Reward; release: (id: string) => void; open: () => number } {
  const waiting = new Map<string, () => void>();
  const reward = pointwise(
    "held",
    (candidate, of) =>
      new Promise<number>((resolve) => waiting.set(of.id, () => resolve(answerText(candidate).length))),
    { version: 1 },
  );
  return {
    reward,
    open: () => waiting.size,
    release: (id) => {
      waiting.get(id)!();
      waiting.delete(id);
    },
  };
}

const turns = async (n = 20): Promise<void> => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe("scoreAll", () => {
  it("gives rows in the order of the input with best, tied and margin", async () => {
    const rows = await collect(size, [
      task("p", ["a", "bbb", "ccc"], undefined, { id: "one" }),
      task("q", [], undefined, { id: "two" }),
    ]);
    expect(rows).toEqual([
      { v: 1, id: "one", scores: [{ value: 1 }, { value: 3 }, { value: 3 }], best: 1, tied: [1, 2], margin: 0 },
      { v: 1, id: "two", scores: [], best: null, tied: [], margin: null },
    ]);
  });

  it("gives equal scores for batches of 1, 3 and 64, for any concurrency and order", async () => {
    const both = combine(
      { size, noise },
      ({ size: a, noise: b }) => (isScored(a) && isScored(b) ? a.value + b.value : unscored("bug", "part")),
      {
        version: 1,
      },
    );
    const tasks = numbered(20);
    const expected = (await collect(both, tasks, { batch: 1 })).map(rowLine);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 3, 64),
        fc.constantFrom(1, 4, 32),
        fc.constantFrom("input" as const, "completion" as const),
        async (batch, concurrency, order) => {
          const rows = (await collect(both, tasks, { batch, concurrency, order, workers: 2 })).map(rowLine);
          expect(order === "input" ? rows : rows.sort()).toEqual(order === "input" ? expected : [...expected].sort());
        },
      ),
      { numRuns: 10 },
    );
  });

  it("begins no more than `concurrency` calls at a time", async () => {
    let open = 0;
    let most = 0;
    const counting = pointwise("counting", async () => {
      most = Math.max(most, ++open);
      await turns(2);
      open--;
      return 1;
    });
    await collect(counting, numbered(40), { concurrency: 5 });
    expect(most).toBe(5);
  });

  it("lets fast rows pass a slow one until the window is full, then waits, and loses nothing", async () => {
    const { reward, release, open } = held();
    const rows: Row[] = [];
    const tasks = Array.from({ length: 50 }, (_, i) => task(`p${i}`, ["z".repeat(100)], undefined, { id: `${i}` }));
    const done = (async () => {
      for await (const row of scoreAll(reward, tasks, { concurrency: 4, window: 2_000 })) rows.push(row);
    })();
    await turns();
    expect(open()).toBe(4);
    let released = 0;
    for (let id = 1; id < 50; id++) {
      await turns();
      try {
        release(`${id}`);
        released++;
      } catch {
        break;
      }
    }
    expect(rows).toEqual([]);
    expect(released).toBeGreaterThan(4);
    expect(released).toBeLessThan(30);
    release("0");
    while (rows.length < 50) {
      await turns();
      for (let id = 0; id < 50; id++)
        try {
          release(`${id}`);
        } catch {
          // not begun yet, or answered before
        }
    }
    await done;
    expect(rows.map((row) => row.id)).toEqual(tasks.map((one) => one.id));
  });

  it("tries transient failures again, and only those", async () => {
    const calls = new Map<string, number>();
    const flaky = pointwise("flaky", (candidate, of) => {
      const n = (calls.get(of.id) ?? 0) + 1;
      calls.set(of.id, n);
      if (of.id === "transient" && n < 3) return unscored("transport", "down");
      if (of.id === "lasting") return unscored("judge-unparsable", "what?");
      return answerText(candidate).length;
    });
    const rows = await collect(flaky, [
      task("a", ["x"], undefined, { id: "transient" }),
      task("b", ["x"], undefined, { id: "lasting" }),
    ]);
    expect(rows[0]!.scores).toEqual([{ value: 1 }]);
    expect(rows[1]!.scores[0]).toMatchObject({ unscored: { reason: "judge-unparsable" } });
    expect(Object.fromEntries(calls)).toEqual({ transient: 3, lasting: 1 });
  });

  it("ends a call that takes longer than the deadline as unscored", async () => {
    const never = pointwise("never", () => new Promise<number>(() => {}));
    const rows = await collect(never, [task("p", ["x"])], { deadline: 5, retries: 1 });
    expect(rows[0]!.scores[0]).toMatchObject({ unscored: { reason: "deadline" } });
  });

  it("stops taking tasks at `stop` and finishes those in flight", async () => {
    const stop = new AbortController();
    const rows: Row[] = [];
    for await (const row of scoreAll(size, numbered(1000), { stop: stop.signal, batch: 1, workers: 1 })) {
      rows.push(row);
      if (rows.length === 10) stop.abort();
    }
    expect(rows.length).toBeGreaterThanOrEqual(10);
    expect(rows.length).toBeLessThan(40);
    expect(rows.map((row) => row.id)).toEqual(rows.map((_, i) => `${i}`));
  });

  it("passes an error of the input on after what came before it", async () => {
    function* broken(): Generator<Task> {
      yield* numbered(3);
      throw new Error("line 4 is bad");
    }
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      for await (const row of scoreAll(size, broken(), { batch: 64, workers: 1 })) seen.push(row.id);
    };
    await expect(run()).rejects.toThrow("line 4 is bad");
    expect(seen).toEqual(["0", "1", "2"]);
  });

  it("keeps a throwing reward from ending the run", async () => {
    const broken: Reward = {
      name: "broken",
      fingerprint: null,
      sees: "candidate",
      work: "io",
      score: () => Promise.reject(new Error("boom")),
    };
    const short: Reward = { ...broken, name: "short", score: async () => [] };
    expect(await score(broken, task("p", ["x"]))).toMatchObject([
      { unscored: { reason: "bug", message: "broken threw: boom" } },
    ]);
    expect(await score(short, task("p", ["x"]))).toMatchObject([{ unscored: { reason: "bug" } }]);
  });

  it("writes a row a repeat, with the repeat's own seed", async () => {
    const rows = await collect(noise, [task("p", ["x"], undefined, { id: "a" })], { repeats: 3, workers: 1 });
    expect(rows.map((row) => row.repeat)).toEqual([0, 1, 2]);
    expect(new Set(rows.map((row) => (row.scores[0] as { value: number }).value)).size).toBe(3);
  });
});

describe("the score cache", () => {
  function memory(): ScoreCache & { size: () => number } {
    const all = new Map<string, Score>();
    return {
      getScores: (keys) => keys.map((key) => all.get(key)),
      putScores: (entries) => {
        for (const [key, value] of entries) all.set(key, value);
      },
      size: () => all.size,
    };
  }

  function paid(): { reward: Reward; calls: () => number } {
    let calls = 0;
    return {
      calls: () => calls,
      reward: pointwise(
        "paid",
        (candidate) => {
          calls++;
          const text = answerText(candidate);
          return text === "?" ? unscored("judge-unparsable", "?") : text.length;
        },
        { version: 1 },
      ),
    };
  }

  it("pays for a candidate once, whatever its task's id, labels or neighbours", async () => {
    const cache = memory();
    const { reward, calls } = paid();
    await collect(reward, [task("p", ["a", "bb"], "ref", { id: "1" })], { cache });
    await collect(reward, [task("p", ["ccc", "bb", "a"], "ref", { id: "2" })], { cache });
    expect(calls()).toBe(3);
  });

  it("asks again for another prompt, reference or repeat, and never stores what was not scored", async () => {
    const cache = memory();
    const { reward, calls } = paid();
    await collect(reward, [task("p", ["a"], "ref")], { cache });
    await collect(reward, [task("q", ["a"], "ref"), task("p", ["a"], "other")], { cache });
    expect(calls()).toBe(3);
    await collect(reward, [task("p", ["a"], "ref")], { cache, repeats: 2 });
    expect(calls()).toBe(4);
    await collect(reward, [task("p", ["?"])], { cache });
    await collect(reward, [task("p", ["?"])], { cache });
    expect(calls()).toBe(6);
    expect(cache.size()).toBe(4);
  });

  it("leaves rewards without a version alone and says so once", async () => {
    const cache = memory();
    const warnings: string[] = [];
    await collect(
      pointwise("mine", () => 1),
      numbered(5),
      { cache, onWarning: (message) => warnings.push(message) },
    );
    expect(cache.size()).toBe(0);
    expect(warnings).toEqual(["mine states no version: its scores are neither cached nor resumed"]);
  });
});
