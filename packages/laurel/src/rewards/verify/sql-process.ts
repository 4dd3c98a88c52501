import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SqlReply, SqlRequest, SqlValue } from "./sql-child.ts";

/** The outcome of a query: its rows, or the reason that there are none. */
export type SqlOutcome =
  | { columns: number; rows: readonly (readonly SqlValue[])[] }
  | { error: "setup" | "unsupported" | "forbidden" | "query" | "rows" | "time" | "crashed"; message: string };

const childFile = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./sql-child.ts" : "./sql-child.js", import.meta.url),
);

/**
 * A process that runs queries one after another and is killed and replaced when one takes too long.
 * A thread would not do: a thread inside SQLite cannot be stopped.
 */
export class SqlProcess {
  #child: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #next = 1;

  #start(): ChildProcess {
    const child = fork(childFile, [], {
      env: { LAUREL_SQL_CHILD: "1" },
      execArgv: ["--disable-warning=ExperimentalWarning", "--max-old-space-size=256"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.unref();
    child.channel?.unref();
    return child;
  }

  /** Runs a query after those before it; never rejects. */
  run(setup: string, query: string, maxRows: number, timeLimit: number): Promise<SqlOutcome> {
    const own = this.#last.then(() => this.#runNow(setup, query, maxRows, timeLimit));
    this.#last = own;
    return own;
  }

  async #runNow(setup: string, query: string, maxRows: number, timeLimit: number): Promise<SqlOutcome> {
    const fresh = this.#child === undefined;
    this.#child ??= this.#start();
    const child = this.#child;
    const request: SqlRequest = { id: this.#next++, setup, query, maxRows };
    return new Promise<SqlOutcome>((resolve) => {
      child.channel?.ref();
      const finish = (outcome: SqlOutcome, kill: boolean): void => {
        clearTimeout(timer);
        child.off("message", answered);
        child.off("exit", exited);
        child.off("error", failed);
        child.channel?.unref();
        if (kill) {
          child.kill("SIGKILL");
          if (this.#child === child) this.#child = undefined;
        }
        resolve(outcome);
      };
      const answered = (reply: SqlReply): void => {
        if (reply.id === request.id) finish(reply, false);
      };
      const exited = (): void => finish({ error: "crashed", message: "the query ended its process" }, true);
      const failed = (cause: Error): void => finish({ error: "crashed", message: cause.message }, true);
      // a new process needs a moment before it can answer at all
      const timer = setTimeout(
        () => finish({ error: "time", message: `the query took more than ${timeLimit} ms` }, true),
        timeLimit + (fresh ? 5000 : 0),
      );
      child.on("message", answered);
      child.on("exit", exited);
      child.on("error", failed);
      child.send(request);
    });
  }

  [Symbol.dispose](): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}
