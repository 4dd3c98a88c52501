import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { directContext, task } from "../../core/index.ts";
import { ordersResult, sql } from "./sql.ts";

const setup =
  "CREATE TABLE city(name TEXT, size REAL); INSERT INTO city VALUES ('a', 3), ('b', 1), ('c', 2), ('c', 2);";
const reward = sql({ setup, maxRows: 100, timeLimit: 300 });
afterAll(() => reward[Symbol.asyncDispose]!());
const score = async (reference: string, ...answers: string[]) =>
  (await reward.score([task("q", answers, reference)], directContext()))[0]!;

describe("verify.sql", () => {
  it("compares rows as a multiset, whatever the names and the order", async () => {
    const scores = await score(
      "SELECT name FROM city",
      "SELECT name AS n FROM city ORDER BY size DESC",
      "```sql\nSELECT name FROM city\n```",
      "SELECT DISTINCT name FROM city",
      "SELECT name, size FROM city",
    );
    expect(scores.map((one) => one.unscored ?? one.value)).toEqual([1, 1, 0, 0]);
    expect(scores[2]).toEqual({ value: 0, parts: { runs: 1, equal: 0 } });
  });

  it("compares in order where the reference orders its result", async () => {
    const scores = await score(
      "SELECT name FROM city ORDER BY size",
      "SELECT name FROM city ORDER BY size",
      "SELECT name FROM city ORDER BY size DESC",
    );
    expect(scores.map((one) => one.unscored ?? one.value)).toEqual([1, 0]);
    expect(ordersResult("SELECT a FROM (SELECT a FROM t ORDER BY a)")).toBe(false);
    expect(ordersResult("SELECT 'order by' FROM t -- order by x")).toBe(false);
    expect(ordersResult("SELECT a FROM t\nORDER  BY a")).toBe(true);
  });

  it("takes whole numbers and reals of equal value for equal", async () => {
    const scores = await score("SELECT 2, 0.3", "SELECT 2.0, 0.1 + 0.2", "SELECT '2', 0.3");
    expect(scores.map((one) => one.unscored ?? one.value)).toEqual([1, 0]);
  });

  it("refuses everything but reading, and leaves the next candidate the same database", async () => {
    const scores = await score(
      "SELECT count(*) FROM city",
      "DELETE FROM city",
      "DROP TABLE city",
      "ATTACH '/tmp/laurel-never.db' AS x",
      "PRAGMA query_only = OFF",
      "SELECT count(*) FROM city; DELETE FROM city",
      "SELEC",
      "",
      "SELECT count(*) FROM city",
    );
    expect(scores.slice(0, 4)).toEqual(
      scores.slice(0, 4).map(() => expect.objectContaining({ value: 0, fault: "forbidden" })),
    );
    expect(scores[5]).toMatchObject({ value: 0, fault: "malformed" });
    expect(scores[6]).toMatchObject({ value: 0, fault: "no-answer" });
    expect(scores[7]).toMatchObject({ value: 1 });
  });

  it("ends a query that runs too long, gives too many rows or takes too much memory", async () => {
    const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT";
    const scores = await score(
      "SELECT 1",
      `${endless} count(*) FROM n`,
      `${endless} i FROM n`,
      "SELECT length(hex(zeroblob(900000000)))",
      "SELECT 1",
    );
    expect(scores).toMatchObject([
      { value: 0, fault: "time-limit" },
      { value: 0, fault: "over-long" },
      { value: 0, fault: "malformed" },
      { value: 1 },
    ]);
  });

  it("is unscored where the reference is missing or does not run, and uses a task's own set-up", async () => {
    expect((await score("SELECT nothing FROM nowhere", "SELECT 1"))[0]!.unscored?.reason).toBe("bad-reference");
    const own = task("q", ["SELECT v FROM extra"], "SELECT 7", {
      context: { setup: "CREATE TABLE extra(v); INSERT INTO extra VALUES (7);" },
    });
    expect((await reward.score([own], directContext()))[0]![0]).toMatchObject({ value: 1 });
    expect((await reward.score([task("q", ["SELECT 1"])], directContext()))[0]![0]!.unscored?.reason).toBe(
      "missing-reference",
    );
  });

  it.skipIf(!existsSync("/proc/self/task"))(
    "leaves no process behind when its own is killed in the middle of a query (Linux)",
    async () => {
      const file = new URL("./sql.ts", import.meta.url).href;
      const core = new URL("../../core/index.ts", import.meta.url).href;
      const source = `const { sql } = await import(${JSON.stringify(file)});
      const { directContext, task } = await import(${JSON.stringify(core)});
      const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
      await sql({ timeLimit: 60000 }).score([task("q", [endless], "SELECT 1")], directContext());`;
      const parent = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: "ignore" });
      const childrenOf = (pid: number): string =>
        existsSync(`/proc/${pid}/task/${pid}/children`)
          ? readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim()
          : "";
      const alive = (pid: number): boolean =>
        existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
      for (let i = 0; i < 200 && childrenOf(parent.pid!) === ""; i++) await pause(50);
      const child = Number(childrenOf(parent.pid!));
      expect(child).toBeGreaterThan(0);
      await pause(1500);
      expect(alive(child)).toBe(true);
      parent.kill("SIGKILL");
      for (let i = 0; i < 100 && alive(child); i++) await pause(50);
      expect(alive(child)).toBe(false);
    },
  );
});
