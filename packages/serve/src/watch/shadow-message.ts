import type { JsonObject, Task } from "laurel/core";
import type { Budget } from "laurel/models";

/** What the shadow's process is told. */
export type ToShadow =
  | { setup: { spec: string | JsonObject; seed: string | undefined; budget: Budget | undefined } }
  | { batch: number; tasks: Task[] };

/** What it answers: a value an answer, or null where there is none. */
export type FromShadow =
  | { ready: { name: string; sees: "candidate" | "group" | "order" } }
  | { refused: string }
  | { batch: number; values: (number | null)[][] };
