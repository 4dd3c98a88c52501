import { constants, DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

/** What the parent asks: run a query on a new in-memory database. */
export interface SqlRequest {
  id: number;
  setup: string;
  query: string;
  maxRows: number;
}

/** A value of a row as it travels between the processes. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** What comes back: the rows, or what went wrong and where. */
export type SqlReply =
  | { id: number; columns: number; rows: readonly (readonly SqlValue[])[] }
  | { id: number; error: "setup" | "unsupported" | "forbidden" | "query" | "rows"; message: string };

const allowed = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);

// SQLite's own memory limit has no effect in Node's build, so single values and the whole result are bounded instead
const mostValueBytes = 4_000_000;
const mostResultBytes = 16_000_000;

const sizeOf = (value: SqlValue): number =>
  typeof value === "string" ? value.length : value instanceof Uint8Array ? value.byteLength : 8;

/** Runs one query with everything but reading refused. */
export function runSql(request: SqlRequest): SqlReply {
  const { id, setup, query, maxRows } = request;
  const limits = { length: mostValueBytes, attach: 0 };
  const database = new DatabaseSync(":memory:", { allowExtension: false, limits });
  let refused = false;
  try {
    try {
      database.exec(setup);
    } catch (thrown) {
      return { id, error: "setup", message: String(thrown) };
    }
    if (typeof database.setAuthorizer !== "function")
      return { id, error: "unsupported", message: `Node ${process.version} has no SQLite authorizer; use Node 24` };
    database.setAuthorizer((action) => {
      if (allowed.has(action)) return constants.SQLITE_OK;
      refused = true;
      return constants.SQLITE_DENY;
    });
    try {
      const statement = database.prepare(query);
      statement.setReturnArrays(true);
      statement.setReadBigInts(true);
      const rows: SqlValue[][] = [];
      let bytes = 0;
      for (const row of statement.iterate() as Iterable<unknown> as Iterable<SqlValue[]>) {
        if (rows.length >= maxRows) return { id, error: "rows", message: `more than ${maxRows} rows` };
        for (const value of row) bytes += sizeOf(value);
        if (bytes > mostResultBytes) return { id, error: "rows", message: `more than ${mostResultBytes} bytes` };
        rows.push(row);
      }
      return { id, columns: statement.columns().length, rows };
    } catch (thrown) {
      return { id, error: refused ? "forbidden" : "query", message: String(thrown) };
    }
  } finally {
    database.close();
  }
}

/** Ends this process when its parent is gone, even in the middle of a query, during which the main thread hears nothing. */
function followParent(parent: number): void {
  const code = `setInterval(() => { if (process.ppid !== ${parent}) process.kill(process.pid, "SIGKILL"); }, 500)`;
  new Worker(code, { eval: true }).unref();
}

// run by `sql-process.ts` as a process of its own; importing this file does nothing
if (process.env["LAUREL_SQL_CHILD"] === "1" && process.send !== undefined) {
  followParent(process.ppid);
  process.on("message", (request: SqlRequest) => process.send!(runSql(request)));
}
