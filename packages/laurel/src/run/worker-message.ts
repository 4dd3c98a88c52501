import type { JsonObject, Seed, Task } from "../core/index.ts";

/** What a worker is started with. */
export interface WorkerSetup {
  /** Names the unit in work. */
  shared: Int32Array;
  /** How far below the pool's thread its priority lies, 0 to 19. */
  nice: number;
}

/** What the pool tells a worker: build this spec, score these tasks. Tasks travel as one string of JSON. */
export interface WorkerRequest {
  id: number;
  spec: JsonObject;
  specKey: string;
  seed: Seed;
  repeat: number;
  tasks: string;
  /** Units (candidates, or whole tasks for group rewards) to leave out because they killed a worker before. */
  skip: readonly number[];
}

/** What a worker answers: scores as one string of JSON, or why the reward could not be built. */
export type WorkerAnswer = { id: number; scores: string } | { id: number; error: string } | { ready: string };

/** Slots of the memory that a worker shares with the pool. */
export const slot = { sequence: 0, unit: 1, busy: 2, size: 3 } as const;

/** Tasks as JSON; typed arrays of tokens and log-probabilities become plain lists. */
export function tasksText(tasks: readonly Task[]): string {
  const typed = tasks.some((task) =>
    task.candidates.some(({ tokens }) => ArrayBuffer.isView(tokens?.ids) || ArrayBuffer.isView(tokens?.logprobs)),
  );
  if (!typed) return JSON.stringify(tasks);
  return JSON.stringify(tasks, (_key, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : value,
  );
}
