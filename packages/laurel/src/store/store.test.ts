import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { folder } from "../../../../test/laurel.ts";
import { sha256 } from "../core/index.ts";
import { openStore, type RunRecord } from "./index.ts";

const k = (name: string): string => sha256(name).slice(0, 32);

const run = (id: string, more: Partial<RunRecord> = {}): RunRecord => ({
  id,
  state: "running",
  command: "score",
  out: "/o.jsonl",
  created: `2026-01-0${id}T00:00:00.000Z`,
  updated: "",
  identity: {},
  summary: {},
  ...more,
});

describe("Store", () => {
  it("keeps scores and runs over closing and opening", async () => {
    using place = folder();
    {
      using store = await openStore(place.path);
      store.putScores([
        [k("a"), { value: 1, parts: { x: null } }],
        [k("b"), { value: 0, fault: "no-answer" }],
      ]);
      store.putScores([[k("a"), { value: 2 }]]);
      store.putRun(run("1"));
      store.putRun(run("2", { state: "done" }));
      store.putRun(run("1", { state: "stopped" }));
    }
    using store = await openStore(place.path);
    expect(store.getScores(["b", "x", "a"].map(k))).toEqual([
      { value: 0, fault: "no-answer" },
      undefined,
      { value: 2 },
    ]);
    expect(store.countScores()).toBe(2);
    expect(store.runs().map(({ id, state }) => [id, state])).toEqual([
      ["2", "done"],
      ["1", "stopped"],
    ]);
    expect(store.runOf("/o.jsonl")?.id).toBe("2");
    expect(store.runOf("/other.jsonl")).toBeUndefined();
    expect(store.runs(1)).toHaveLength(1);
  });

  it("keeps answers of models over closing and opening, also in a store of an earlier release", async () => {
    using place = folder();
    const { DatabaseSync } = await import("node:sqlite");
    const before = new DatabaseSync(place.file("laurel.db"));
    before.exec("CREATE TABLE scores (key BLOB PRIMARY KEY, score TEXT NOT NULL, at INTEGER NOT NULL)");
    before.close();
    {
      using store = await openStore(place.path);
      store.putCalls([
        [k("a"), [{ text: "1" }]],
        [k("b"), [{ text: "2" }]],
      ]);
      store.putCalls([[k("a"), [{ text: "3" }]]]);
      store.putCalls([]);
    }
    using store = await openStore(place.path);
    expect(store.getCalls(["b", "x", "a"].map(k))).toEqual([[{ text: "2" }], undefined, [{ text: "3" }]]);
    expect(store.countCalls()).toBe(2);
    expect(store.countScores()).toBe(0);
  });

  it("finds scores that wait to be written, and writes them when it is closed or has thousands", async () => {
    using place = folder();
    using other = await openStore(place.path);
    {
      using store = await openStore(place.path);
      store.putScores([[k("a"), { value: 1 }]], true);
      expect(store.getScores([k("a")])).toEqual([{ value: 1 }]);
      expect(other.getScores([k("a")])).toEqual([undefined]);
      store.putScores(
        Array.from({ length: 5000 }, (_, i) => [k(`many${i}`), { value: i }] as const),
        true,
      );
      expect(other.getScores([k("many4999")])).toEqual([{ value: 4999 }]);
      store.putScores([[k("b"), { value: 2 }]], true);
      store.putScores([[k("paid"), { value: 3 }]]);
      expect(other.getScores([k("b"), k("paid")])).toEqual([{ value: 2 }, { value: 3 }]);
      store.putScores([[k("last"), { value: 4 }]], true);
    }
    expect(other.getScores([k("last")])).toEqual([{ value: 4 }]);
  });

  it("serves two connections at once", async () => {
    using place = folder();
    using one = await openStore(place.path);
    using two = await openStore(place.path);
    for (let i = 0; i < 50; i++) {
      one.putScores([[k(`one${i}`), { value: i }]]);
      two.putScores([[k(`two${i}`), { value: i }]]);
    }
    expect(one.countScores()).toBe(100);
    expect(two.getScores([k("one49")])).toEqual([{ value: 49 }]);
  });

  it("says that a file is no database, or a directory no directory", async () => {
    using place = folder();
    writeFileSync(place.file("laurel.db"), "no database at all, but long enough to be looked at".repeat(50));
    await expect(openStore(place.path)).rejects.toMatchObject({
      code: "store",
      hint: expect.stringContaining("--store"),
    });
    writeFileSync(place.file("file"), "");
    await expect(openStore(place.file("file"))).rejects.toMatchObject({ code: "store" });
  });
});
