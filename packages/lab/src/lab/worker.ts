// A worker process: takes one seed at a time over IPC and gives its figures back.
import type { SeedJob, SeedReply } from "./seed-run.ts";
import { loadPaper, runSeed } from "./seed-run.ts";

process.on("message", (job: SeedJob) => {
  const reply = (message: SeedReply): void => {
    process.send?.(message);
  };
  loadPaper(job.module)
    .then((paper) => runSeed(paper, job, new AbortController().signal))
    .then(
      (done) => reply({ job, done }),
      (thrown: unknown) =>
        reply({ job, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }),
    );
});
// the parent is gone: nothing that is computed now could be kept
process.on("disconnect", () => process.exit(0));
