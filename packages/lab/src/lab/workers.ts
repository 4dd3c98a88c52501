import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { StoppedError, UsageError } from "laurel";

/** What a worker process is given: the name of a kind of job, and the job. */
export interface WorkerJob<J> {
  kind: "paper" | "experiment" | "train";
  job: J;
}

/** What a worker answers: what it has to tell on the way, and at last what came out. */
export type WorkerReply<T, R> = { told: T } | { done: R } | { error: string };

/**
 * Runs jobs in a pool of worker processes; each takes the next job when it has answered.
 *
 * @param o `told` and `finish` get the job's index; `name` names a job in an error; `stopped` is the error of an abort
 * @throws UsageError where a job throws; StoppedError where a worker dies; `stopped()` on an abort
 */
export async function inWorkers<J, T, R>(
  count: number,
  jobs: readonly WorkerJob<J>[],
  o: {
    finish(index: number, result: R): void;
    told?(index: number, message: T): void;
    name(index: number): string;
    stopped(): Error;
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  const source = import.meta.url.endsWith(".ts");
  const script = fileURLToPath(new URL(source ? "./worker.ts" : "./worker.js", import.meta.url));
  const execArgv = source ? ["--conditions=source"] : [];
  let next = 0;
  const children: ChildProcess[] = [];
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // a group of its own keeps a Ctrl-C of the terminal from the workers: the parent ends them when it is ready
      const child = fork(script, { execArgv, serialization: "advanced", detached: true });
      children.push(child);
      let current = -1;
      const give = (): void => {
        if (next >= jobs.length) {
          child.disconnect();
          resolve();
          return;
        }
        current = next++;
        child.send(jobs[current]!);
      };
      child.on("message", (reply: WorkerReply<T, R>) => {
        if ("error" in reply) reject(new UsageError(`${o.name(current)}: ${reply.error}`));
        else if ("told" in reply) o.told?.(current, reply.told);
        else {
          o.finish(current, reply.done);
          give();
        }
      });
      child.on("error", reject);
      child.on("exit", (code, signal) => {
        if (code !== 0) reject(new StoppedError(`a worker ended with ${signal ?? code} at ${o.name(current)}`));
      });
      give();
    });
  const aborted = new Promise<never>((_, reject) => {
    if (o.signal?.aborted === true) reject(o.stopped());
    o.signal?.addEventListener("abort", () => reject(o.stopped()), { once: true });
  });
  try {
    await Promise.race([Promise.all(Array.from({ length: Math.min(count, jobs.length) }, work)), aborted]);
  } finally {
    for (const child of children) if (child.exitCode === null) child.kill();
  }
}
