import { setPriority } from "node:os";
import { isScored, type JsonObject, messageOf, type Reward, type Task } from "laurel/core";
import type { Budget } from "laurel/models";
import { rewardFrom } from "laurel/spec";
import { Engine } from "../engine.ts";

// A reward in shadow, in a process of its own: whatever it does, the server's process does not wait for it.

/** What the shadow's process is told. */
export type ToShadow =
  | { setup: { spec: string | JsonObject; seed: string | undefined; budget: Budget | undefined } }
  | { batch: number; tasks: Task[] };

/** What it answers: a value an answer, or null where there is none. */
export type FromShadow =
  | { ready: { name: string; sees: "candidate" | "group" | "order" } }
  | { refused: string }
  | { batch: number; values: (number | null)[][] };

const answer = (message: FromShadow): void => {
  // nobody is left to answer where this fails
  process.send?.(message, undefined, undefined, (error) => error !== null && process.exit(0));
};

let engine: Engine | undefined;
let reward: Reward | undefined;

async function setUp({ spec, seed, budget }: Extract<ToShadow, { setup: unknown }>["setup"]): Promise<void> {
  try {
    reward = await rewardFrom(spec);
    engine = new Engine(
      { workers: 1, nice: 19, concurrency: 8, retries: 1, seed, budget, inline: true },
      { batch: () => {}, warn: (message) => process.stderr.write(`laurel: shadow: ${message}\n`) },
    );
    answer({ ready: { name: reward.name, sees: reward.sees } });
  } catch (thrown) {
    answer({ refused: messageOf(thrown) });
  }
}

async function score({ batch, tasks }: Extract<ToShadow, { batch: number }>): Promise<void> {
  if (engine === undefined || reward === undefined) return;
  const scores = await engine.score(reward, tasks);
  answer({ batch, values: scores.map((row) => row.map((one) => (isScored(one) ? one.value : null))) });
}

try {
  setPriority(19);
} catch {
  // a system that refuses it leaves the process at its parent's priority
}
process.on("message", (message: ToShadow) => {
  if ("setup" in message) void setUp(message.setup);
  else score(message).catch(() => answer({ batch: message.batch, values: message.tasks.map(() => []) }));
});
process.on("disconnect", () => process.exit(0));
// its parent decides when it ends
process.on("SIGINT", () => {});
