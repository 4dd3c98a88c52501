import { existsSync, readFileSync, readlinkSync } from "node:fs";

/** What the system knows of a thread's time, in milliseconds. */
export interface ThreadTime {
  /** On a processor. */
  used: number;
  /** Ready to run, but without a processor. */
  starved: number;
}

/** The calling thread's number in the system (Linux), or undefined where there is no /proc that tells it. */
export function threadId(): number | undefined {
  if (!existsSync("/proc/thread-self")) return undefined;
  return Number(readlinkSync("/proc/thread-self").split("/").pop());
}

/** The path of a thread's scheduler statistics, or undefined where the system keeps none. */
export function schedstatOf(id: number | undefined): string | undefined {
  const path = `/proc/self/task/${id}/schedstat`;
  return id !== undefined && existsSync(path) ? path : undefined;
}

/** A thread's time so far, or undefined where the system does not tell or the thread has just ended. */
export function timeOf(schedstat: string | undefined): ThreadTime | undefined {
  if (schedstat === undefined) return undefined;
  try {
    const [used, starved] = readFileSync(schedstat, "latin1").split(" ", 2);
    return { used: Number(used) / 1e6, starved: Number(starved) / 1e6 };
  } catch {
    // the thread has just ended; its exit event tells the rest
    return undefined;
  }
}
