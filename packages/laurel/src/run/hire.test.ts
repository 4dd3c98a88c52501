import { describe, expect, it, vi } from "vitest";
import { hostile } from "../../../../test/fixtures/rewards.ts";
import { task } from "../core/index.ts";
import { Pool } from "./pool.ts";

const started = vi.hoisted(() => ({ all: 0, apart: 0, starting: 0, most: 0, failing: false }));
vi.mock("node:worker_threads", async (original) => {
  const { Worker, ...rest } = await original<typeof import("node:worker_threads")>();
  class Counted extends Worker {
    constructor(url: URL, options: ConstructorParameters<typeof Worker>[1]) {
      super(started.failing ? new URL("data:text/javascript,process.exit(1)") : url, options);
      started.all++;
      if (new Error("where").stack!.includes("processImmediate")) started.apart++;
      started.most = Math.max(started.most, ++started.starting);
      // the first message says that the worker is ready
      this.once("message", () => started.starting--);
    }
  }
  return { ...rest, Worker: Counted };
});

const seed = "0123456789abcdef0123456789abcdef";
const call = (pool: Pool, text: string) => pool.score(hostile, [task("p", [text])], seed, 0);

describe("the successors of threads that hostile candidates took", () => {
  it("start one at a time, apart from the turns of the event loop that give answers and stop threads", async () => {
    await using pool = new Pool({ workers: 2, nice: 5 });
    await Promise.all([call(pool, "a"), call(pool, "b")]);
    expect(started).toMatchObject({ all: 2, apart: 0, starting: 0, most: 2 });
    started.most = 0;
    const scores = await Promise.all(Array.from({ length: 4 }, () => call(pool, "spin")));
    expect(scores.flat(2)).toEqual(
      Array.from({ length: 4 }, () => ({ value: 0, fault: "time-limit", facts: { timeLimit: 100 } })),
    );
    const successors = started.all - 2;
    expect(successors).toBeGreaterThanOrEqual(2);
    expect(started).toMatchObject({ apart: successors, most: 1 });
  });

  it("say that they could not be started instead of leaving calls to wait, and the next call tries again", async () => {
    await using pool = new Pool({ workers: 1 });
    expect(await call(pool, "fine")).toEqual([[{ value: 4 }]]);
    started.failing = true;
    const both = await Promise.all([call(pool, "exit"), call(pool, "waits")]);
    expect(both).toMatchObject([[[{ value: 0, fault: "crashed" }]], [[{ unscored: { reason: "bug" } }]]]);
    started.failing = false;
    expect(await call(pool, "again")).toEqual([[{ value: 5 }]]);
  });
});
