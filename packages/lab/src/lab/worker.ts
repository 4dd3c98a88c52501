// A worker process: takes one job at a time over IPC and gives what comes out.

import type { MemberJob } from "../train/train.ts";
import { type ExperimentJob, runExperimentSeed } from "./experiment/seed.ts";
import { loadPaper, runSeed, type SeedJob } from "./seed-run.ts";
import type { WorkerJob, WorkerReply } from "./workers.ts";

const reply = (message: WorkerReply<unknown, unknown>): void => {
  process.send?.(message);
};

async function done({ kind, job }: WorkerJob<unknown>): Promise<unknown> {
  const { signal } = new AbortController();
  if (kind === "experiment")
    return await runExperimentSeed(job as ExperimentJob, (step) => reply({ told: step }), signal);
  if (kind === "train") {
    const { runMemberJob } = await import("../train/train.ts");
    return await runMemberJob(job as MemberJob, (event) => reply({ told: event }));
  }
  const own = job as SeedJob;
  return await runSeed(await loadPaper(own.module), own, signal);
}

process.on("message", (given: WorkerJob<unknown>) => {
  done(given).then(
    (result) => reply({ done: result }),
    (thrown: unknown) => reply({ error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }),
  );
});
// the parent is gone: nothing that is computed now could be kept
process.on("disconnect", () => process.exit(0));
