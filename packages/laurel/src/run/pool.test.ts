import { afterAll, describe, expect, it } from "vitest";
import { hostile, noise, size } from "../../../../test/fixtures/rewards.ts";
import { candidate, directContext, type Task, task } from "../core/index.ts";
import { repetition } from "../rewards/verify/repetition.ts";
import { Pool } from "./pool.ts";

const seed = "0123456789abcdef0123456789abcdef";
const pool = new Pool({ workers: 2 });
afterAll(() => pool[Symbol.asyncDispose]());

const tasksOf = (...answers: string[][]): Task[] =>
  answers.map((texts, i) => task("p", texts, undefined, { id: `t${i}` }));

describe("Pool", () => {
  it("gives the same scores as calling the reward directly", async () => {
    const tasks = tasksOf(["a", "bb"], [], ["ccc"]);
    expect(await pool.score(size, tasks, seed, 0)).toEqual(await size.score(tasks, directContext({ seed })));
    expect(await pool.score(noise, tasks, seed, 0)).toEqual(await noise.score(tasks, directContext({ seed })));
  });

  it("hands typed arrays of tokens over as lists", async () => {
    const tokens = {
      count: 3,
      tokenizer: "t",
      ids: Int32Array.from([1, 1, 1]),
      logprobs: Float32Array.from([0, 0, 0]),
    };
    const one = task("p", [{ ...candidate("a a a"), tokens }]);
    const reward = repetition({ n: 1, unit: "tokens" });
    expect(await pool.score(reward, [one], seed, 0)).toEqual(await reward.score([one], directContext({ seed })));
    expect((await pool.score(reward, [one], seed, 0))[0]![0]).toHaveProperty("value");
  });

  it("faults only the candidate that never ends, for each way of never ending", async () => {
    const scores = await pool.score(hostile, tasksOf(["one", "spin", "three"], ["trap", "five!"], ["six"]), seed, 0);
    expect(scores).toEqual([
      [{ value: 3 }, { value: 0, fault: "time-limit", facts: { timeLimit: 100 } }, { value: 5 }],
      [{ value: 0, fault: "time-limit", facts: { timeLimit: 100 } }, { value: 5 }],
      [{ value: 3 }],
    ]);
  });

  it("faults a candidate that runs its thread out of memory or kills it", async () => {
    const scores = await pool.score(
      { ...hostile, timeLimit: undefined },
      tasksOf(["eat", "ok"], ["exit", "fine"]),
      seed,
      0,
    );
    expect(scores[0]).toEqual([{ value: 0, fault: "memory-limit" }, { value: 2 }]);
    expect(scores[1]).toEqual([{ value: 0, fault: "crashed" }, { value: 4 }]);
  });

  it("keeps a thrown error unscored and a fault a fault", async () => {
    const [[thrown, none] = []] = await pool.score(hostile, tasksOf(["throw", "none"]), seed, 0);
    expect(thrown).toMatchObject({ unscored: { reason: "bug", message: "hostile threw: no" } });
    expect(none).toEqual({ value: 0, fault: "no-answer" });
  });

  it("answers every call while hostile candidates keep killing threads", async () => {
    const calls = Array.from({ length: 60 }, (_, i) =>
      pool.score(hostile, tasksOf([i % 10 === 0 ? "spin" : `x${i}`]), seed, 0),
    );
    const scores = await Promise.all(calls);
    expect(
      scores.filter((one) => one[0]![0]!.unscored === undefined && one[0]![0]!.fault === "time-limit"),
    ).toHaveLength(6);
    expect(scores.filter((one) => one[0]![0]!.unscored === undefined && one[0]![0]!.fault === undefined)).toHaveLength(
      54,
    );
  });

  it("says that a reward cannot be built, without losing other calls", async () => {
    const broken = { ...size, fingerprint: "broken", spec: { kind: "module", path: "/nowhere.ts", export: "x" } };
    const [bad, good] = await Promise.all([
      pool.score(broken, tasksOf(["a"]), seed, 0),
      pool.score(size, tasksOf(["a"]), seed, 0),
    ]);
    expect(bad[0]![0]).toMatchObject({ unscored: { reason: "bug" } });
    expect(good[0]![0]).toEqual({ value: 1 });
  });
});
