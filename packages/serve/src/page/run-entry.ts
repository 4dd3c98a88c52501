import { closeSync, openSync, readSync } from "node:fs";
import type { JsonObject } from "laurel/core";
import type { RunRecord } from "laurel/store";

/** A run, or a file of scores that no run of the folder's store knows. */
export interface RunEntry {
  /** The scored rows, below the folder. */
  file: string;
  id: string | null;
  state: "running" | "done" | "stopped" | "interrupted" | "file";
  reward: string | null;
  /** The tasks, below the folder; null where they are elsewhere or unknown. */
  input: string | null;
  map: string | null;
  rows: number | null;
  /** Rows that there will be, where that can be told from the input. */
  total: number | null;
  bad: number;
  faults: JsonObject;
  unscored: JsonObject;
  usage: readonly JsonObject[];
  error: string | null;
  created: string | null;
  updated: string;
  bytes: number;
  /** Milliseconds since the run was begun or taken up, and rows since then; only while it runs here. */
  live: { milliseconds: number; rows: number } | null;
  /** Can it be stopped, or gone on with, from here? Else why not. */
  can: "stop" | "resume" | null;
  cannot: string | null;
}

const scoredStart = /^\s{0,9}\{"v":1,"id":"(?:[^"\\]|\\.){0,1000}"(?:,"repeat":\d{1,9})?,"scores":\[/;

/** Does a file begin like rows of scores that Laurel wrote? */
export function beginsScored(path: string): boolean {
  return scoredStart.test(startOf(path));
}

function startOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(2048);
    return start.subarray(0, readSync(file, start)).toString("utf8");
  } finally {
    closeSync(file);
  }
}

/** Where the rows of an input go: beside it. */
export function outputOf(input: string): string {
  return `${input.replace(/\.gz$/, "").replace(/\.(jsonl?|ndjson|csv|tsv|parquet)$/, "")}.scored.jsonl`;
}

/** A run's state as people see it: a running one that no process writes was interrupted. */
export function stateOf({ state, summary }: RunRecord, here: boolean): RunEntry["state"] {
  if (here) return "running";
  if (state !== "running") return state;
  const { pid } = summary;
  if (typeof pid !== "number" || pid === process.pid) return "interrupted";
  try {
    process.kill(pid, 0);
    return "running";
  } catch {
    return "interrupted";
  }
}
