import { setPriority } from "node:os";
import { workerData } from "node:worker_threads";
import { threadId } from "./thread.ts";
import type { WorkerSetup } from "./worker-message.ts";

// The priority comes first, so that starting (most of which is loading what the loop imports) takes no turn of the pool's thread.
const { nice } = workerData as WorkerSetup;
const id = threadId();
if (nice > 0 && id !== undefined) setPriority(id, nice);
await import("./worker-loop.ts");
