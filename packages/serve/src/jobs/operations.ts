import { randomUUID } from "node:crypto";
import { parseMap } from "laurel/io";
import { z } from "zod";
import type { Exchange } from "../http/exchange.ts";
import { type Operation, operation, rewardQuery } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { Service } from "../service.ts";
import type { JobFiles } from "./files.ts";
import type { JobRunner } from "./runner.ts";
import type { Job, JobStore } from "./store.ts";

const jobSchema = z.object({
  id: z.string(),
  state: z.enum(["queued", "running", "done", "failed", "cancelled"]),
  reward: z.string(),
  rows: z.int().describe("rows in the output so far"),
  attempts: z.int(),
  error: z.string().nullable(),
  created: z.string(),
  updated: z.string(),
});

function shown(job: Job): z.infer<typeof jobSchema> {
  return {
    id: job.id,
    state: job.state,
    reward: job.reward,
    rows: job.rows,
    attempts: job.attempts,
    error: job.error,
    created: new Date(job.created).toISOString(),
    updated: new Date(job.updated).toISOString(),
  };
}

/** Jobs over HTTP: submit a file, poll, download, cancel, remove. A client sees its own key's jobs only. */
export function jobOperations(
  service: Service,
  parts: { jobs: JobStore; files: JobFiles; runner: JobRunner; maxUpload: number },
): Operation[] {
  const { jobs, files, runner } = parts;
  const jobOf = (exchange: Exchange): Job => {
    const id = exchange.path["id"]!;
    const job = jobs.get(id);
    if (job === undefined || job.owner !== (exchange.key?.name ?? ""))
      throw new Problem(404, "no-such-job", `there is no job ${id.slice(0, 100)}`);
    return job;
  };
  return [
    operation({
      method: "post",
      paths: ["/v1/jobs"],
      summary:
        "Submit a file of tasks (JSON lines, plain or with content-encoding gzip). Once this answers, the job is safe.",
      tag: "jobs",
      query: {
        ...rewardQuery,
        map: { schema: z.string(), description: "where a task's members stand in other columns: prompt=question,…" },
        seed: { schema: z.string(), description: "seed of everything random" },
      },
      upload: "application/x-ndjson",
      answer: jobSchema,
      status: 201,
      async handle(exchange) {
        const reward = service.reward(exchange);
        const name = [...service.rewards].find(([, one]) => one === reward)![0];
        const options: Record<string, string> = {};
        for (const option of ["map", "seed"]) {
          const value = exchange.query[option];
          if (value !== undefined) options[option] = String(value);
        }
        if (options["map"] !== undefined) parseMap(options["map"]);
        const id = randomUUID();
        await files.receive(id, exchange.request, parts.maxUpload);
        const owner = exchange.key?.name ?? "";
        const job = jobs.add({ id, owner, reward: name, fingerprint: reward.fingerprint, options });
        runner.poke();
        return shown(job);
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/jobs"],
      summary: "The jobs, newest first",
      tag: "jobs",
      answer: z.object({ jobs: z.array(jobSchema) }),
      handle: (exchange) => ({ jobs: jobs.list(exchange.key?.name ?? "", 1000).map(shown) }),
    }),
    operation({
      method: "get",
      paths: ["/v1/jobs/{id}"],
      summary: "How far a job is",
      tag: "jobs",
      answer: jobSchema,
      handle: (exchange) => shown(jobOf(exchange)),
    }),
    operation({
      method: "get",
      paths: ["/v1/jobs/{id}/output"],
      summary: "The rows so far, as JSON lines; all of them once the job is done",
      tag: "jobs",
      answer: z.string(),
      produces: ["application/x-ndjson"],
      handle: (exchange) =>
        new Response(files.read(jobOf(exchange).id), { headers: { "content-type": "application/x-ndjson" } }),
    }),
    operation({
      method: "post",
      paths: ["/v1/jobs/{id}/cancel"],
      summary: "End a job after the rows in flight; what is scored stays",
      tag: "jobs",
      answer: jobSchema,
      handle: (exchange) => {
        const job = jobOf(exchange);
        jobs.cancel(job.id);
        return shown(jobs.get(job.id)!);
      },
    }),
    operation({
      method: "delete",
      paths: ["/v1/jobs/{id}"],
      summary: "Remove an ended job with its files",
      tag: "jobs",
      answer: z.object({ removed: z.string() }),
      failures: [409],
      handle: (exchange) => {
        const job = jobOf(exchange);
        if (job.state === "queued" || job.state === "running")
          throw new Problem(409, "job-open", "the job has not ended; cancel it first");
        jobs.remove(job.id);
        files.remove(job.id);
        return { removed: job.id };
      },
    }),
  ];
}
