import {
  answerText,
  type JsonObject,
  pointwise,
  type Reward,
  type Task,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { lastFence } from "./json.ts";
import type { SqlValue } from "./sql-child.ts";
import { SqlProcess } from "./sql-process.ts";

/** Options of `sql`. */
export interface SqlOptions {
  /** Statements that make the tables, for all tasks; `context.setup` of a task comes after them. Default none. */
  setup?: string | undefined;
  /** "auto" (default): rows in any order unless the reference query orders them; "always" and "never" decide for all. */
  ordered?: "auto" | "always" | "never" | undefined;
  /** Most rows a query may give; default 10,000. */
  maxRows?: number | undefined;
  /** Milliseconds a query may take; default 1000. */
  timeLimit?: number | undefined;
}

/**
 * Does a query order its result: an ORDER BY outside of parentheses, strings and comments?
 *
 * @example ordersResult("SELECT a FROM (SELECT a FROM t ORDER BY a)") // false
 */
export function ordersResult(query: string): boolean {
  const bare = query.replace(/'[^']*'|"[^"]*"|`[^`]*`|--[^\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//g, " ");
  let depth = 0;
  let outside = "";
  for (const piece of bare.split(/([()])/)) {
    if (piece === "(") depth++;
    else if (piece === ")") depth--;
    else if (depth === 0) outside += piece;
    else outside += " ";
  }
  return /\border\s{1,20}by\b/i.test(outside);
}

const longestQuery = 100_000;

/** A text that is equal for values that count as equal: whole numbers and reals alike, reals to 12 digits. */
function keyOf(value: SqlValue): string {
  if (value === null) return "n";
  if (typeof value === "bigint")
    return Math.abs(Number(value)) <= 2 ** 53 ? `d${Number(Number(value).toPrecision(12))}` : `i${value}`;
  if (typeof value === "number") return `d${Number(value.toPrecision(12))}`;
  if (typeof value === "string") return `s${JSON.stringify(value)}`;
  return `b${Buffer.from(value).toString("hex")}`;
}

const keysOf = (rows: readonly (readonly SqlValue[])[]): string[] => rows.map((row) => row.map(keyOf).join(","));

interface Expected {
  columns: number;
  rows: readonly string[];
  ordered: boolean;
}

function referenceQuery(task: Task): string | Unscored {
  const answer = task.reference?.answer ?? task.reference?.texts?.[0];
  return typeof answer === "string" && answer.trim() !== ""
    ? answer
    : unscored("missing-reference", `task ${task.id} has no reference query (reference.answer)`);
}

/**
 * The reward `verify.sql`: 1 if the answer's query gives the same rows as the reference query on an in-memory SQLite database.
 *
 * The query is what stands in the last fence marked `sql`, or in the last fence, or the whole answer. Only reading is allowed,
 * one statement runs, and it runs in a process of its own that is killed at the time limit. Column names do not matter, column
 * order and repeated rows do; rows count in order only where the reference orders them. The parts tell how far it came: `runs`, `equal`.
 *
 * Faults: `no-answer`, `malformed` (SQLite refuses it), `forbidden` (writes, attaches, pragmas), `time-limit`, `over-long` (the query, rows or bytes),
 * `crashed`. Unscored: `missing-reference`; `bad-reference` where the set-up or the reference query fails;
 * `unsupported` on a Node without SQLite's authorizer (before 24.10).
 *
 * @throws UsageError for limits that are not above 0
 * @example const reward = sql({ setup: "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)" });
 */
export function sql(options: SqlOptions = {}): Reward {
  const { setup = "", ordered = "auto", maxRows = 10_000, timeLimit = 1000 } = options;
  if (!(maxRows > 0 && timeLimit > 0)) throw new UsageError("verify.sql: maxRows and timeLimit must be above 0");
  const process = new SqlProcess();
  const expectations = new WeakMap<object, Promise<Expected | Unscored>>();
  const setupOf = (task: Task): string => {
    const own = task.context?.["setup"];
    return typeof own === "string" ? `${setup}\n;${own}` : setup;
  };

  const expect = async (task: Task): Promise<Expected | Unscored> => {
    const query = referenceQuery(task);
    if (typeof query !== "string") return query;
    const outcome = await process.run(setupOf(task), query, maxRows, timeLimit);
    if ("error" in outcome && outcome.error === "unsupported") return unscored("unsupported", outcome.message);
    if ("error" in outcome)
      return unscored(
        "bad-reference",
        `task ${task.id}: ${outcome.error === "setup" ? "set-up" : "reference query"}: ${outcome.message}`,
      );
    const inOrder = ordered === "always" || (ordered === "auto" && ordersResult(query));
    const rows = keysOf(outcome.rows);
    return { columns: outcome.columns, rows: inOrder ? rows : rows.sort(), ordered: inOrder };
  };
  const expectedOf = (task: Task): Promise<Expected | Unscored> => {
    let made = expectations.get(task);
    if (made === undefined) {
      made = expect(task);
      expectations.set(task, made);
    }
    return made;
  };

  const reward = pointwise(
    "verify.sql",
    async (candidate, task) => {
      const expected = await expectedOf(task);
      if ("unscored" in expected) return expected;
      const text = answerText(candidate);
      const query = (lastFence(text, "sql") ?? lastFence(text) ?? text).trim();
      if (query === "") return { fault: "no-answer" };
      if (query.length > longestQuery) return { fault: "over-long" };
      const outcome = await process.run(setupOf(task), query, maxRows, timeLimit);
      const parts = { runs: 0, equal: 0 };
      if ("error" in outcome) {
        const facts = { message: outcome.message.slice(0, 300) };
        switch (outcome.error) {
          case "unsupported":
            return unscored("unsupported", outcome.message);
          case "setup":
            return unscored("bad-reference", `task ${task.id}: set-up: ${outcome.message}`);
          case "forbidden":
            return { fault: "forbidden", parts, facts };
          case "time":
            return { fault: "time-limit", parts, facts };
          case "rows":
            return { fault: "over-long", parts, facts };
          case "crashed":
            return { fault: "crashed", parts, facts };
          case "query":
            return { fault: "malformed", parts, facts };
        }
      }
      const rows = keysOf(outcome.rows);
      if (!expected.ordered) rows.sort();
      const equal =
        outcome.columns === expected.columns &&
        rows.length === expected.rows.length &&
        rows.every((row, i) => row === expected.rows[i]);
      return { value: equal ? 1 : 0, parts: { runs: 1, equal: equal ? 1 : 0 } };
    },
    { version: 1, spec: { kind: "verify.sql", ...options } as JsonObject, work: "io", range: [0, 1] },
  );
  return {
    ...reward,
    async [Symbol.asyncDispose]() {
      process[Symbol.dispose]();
    },
  };
}
