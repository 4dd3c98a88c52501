import { readFileSync } from "node:fs";
import { SqliteJobStore } from "@laurel/serve";
import { describe, expect, it } from "vitest";
import { folder } from "../laurel.ts";
import { mathReward, served } from "./server.ts";

const tasks = (n: number): string =>
  Array.from({ length: n }, (_, i) =>
    JSON.stringify({ id: `t${i}`, prompt: `${i}+1`, candidates: [`${i + 1}`, "x"], answer: String(i + 1) }),
  ).join("\n");

type Served = Awaited<ReturnType<typeof served>>;
interface Job {
  id: string;
  state: string;
  rows: number;
  attempts: number;
  error: string | null;
}

async function submit(
  server: Served,
  text: string | Buffer,
  query = "",
  headers: Record<string, string> = {},
): Promise<{ status: number; job: Job }> {
  const response = await server.server.app.request(`/v1/jobs${query}`, {
    method: "POST",
    body: text as string,
    headers,
  });
  return { status: response.status, job: (await response.json()) as Job };
}

async function jobOf(server: Served, id: string): Promise<Job> {
  return (await (await server.get(`/v1/jobs/${id}`)).json()) as Job;
}

async function ended(server: Served, id: string): Promise<Job> {
  await expect.poll(async () => (await jobOf(server, id)).state, { timeout: 30_000 }).toMatch(/done|failed|cancelled/);
  return jobOf(server, id);
}

describe("jobs", () => {
  it("submits a file, runs it, gives its rows, and removes it", async () => {
    using place = folder();
    await using server = await served({ rewards: mathReward, data: place.path });
    const { status, job } = await submit(server, tasks(30));
    expect(status).toBe(201);
    expect(await ended(server, job.id)).toMatchObject({ state: "done", rows: 30, error: null });
    const rows = (await (await server.get(`/v1/jobs/${job.id}/output`)).text()).trim().split("\n");
    expect(rows.map((row) => (JSON.parse(row) as { id: string }).id)).toEqual(
      Array.from({ length: 30 }, (_, i) => `t${i}`),
    );
    expect((await server.server.app.request(`/v1/jobs/${job.id}`, { method: "DELETE" })).status).toBe(200);
    expect((await server.get(`/v1/jobs/${job.id}`)).status).toBe(404);
  });

  it("reads other columns and gzip, and counts rows that cannot be read", async () => {
    using place = folder();
    await using server = await served({ rewards: mathReward, data: place.path });
    const { gzipSync } = await import("node:zlib");
    const text = `{"q":"1+1","a":["2"],"gold":"2"}\nnot json\n`;
    const { job } = await submit(server, gzipSync(text), "?map=prompt%3Dq,candidates%3Da,answer%3Dgold", {
      "content-encoding": "gzip",
    });
    expect(await ended(server, job.id)).toMatchObject({ state: "done", rows: 1, error: "1 bad rows were skipped" });
    expect((await submit(server, "x", "?map=nothing")).status).toBe(422);
    expect((await submit(server, "")).status).toBe(422);
  });

  it("refuses a file above the limit, also one that only unpacks to it, and keeps nothing of it", async () => {
    using place = folder();
    await using server = await served({ rewards: mathReward, data: place.path, maxUpload: 1000 });
    const { gzipSync } = await import("node:zlib");
    expect((await submit(server, tasks(100))).status).toBe(413);
    expect((await submit(server, gzipSync(tasks(100)), "", { "content-encoding": "gzip" })).status).toBe(413);
    const { jobs } = (await (await server.get("/v1/jobs")).json()) as { jobs: Job[] };
    expect(jobs).toEqual([]);
  });

  it("goes on after a restart where the ended server was", async () => {
    using place = folder();
    let id: string;
    {
      await using server = await served({ rewards: mathReward, data: place.path });
      ({
        job: { id },
      } = await submit(server, tasks(4000)));
      await expect.poll(async () => (await jobOf(server, id)).state, { interval: 5 }).toBe("running");
    }
    await using again = await served({ rewards: mathReward, data: place.path });
    const job = await ended(again, id);
    expect(job).toMatchObject({ state: "done", rows: 4000 });
    expect(job.attempts).toBeGreaterThanOrEqual(2);
    const rows = readFileSync(place.file(`jobs/${id}/output.jsonl`), "utf8")
      .trim()
      .split("\n");
    expect(rows.map((row) => (JSON.parse(row) as { id: string }).id)).toEqual(
      Array.from({ length: 4000 }, (_, i) => `t${i}`),
    );
  });

  it("cancels a running job and keeps what is scored", async () => {
    using place = folder();
    await using server = await served({ rewards: mathReward, data: place.path });
    const { job } = await submit(server, tasks(60_000));
    await expect.poll(async () => (await jobOf(server, job.id)).state, { interval: 5 }).toBe("running");
    await server.post(`/v1/jobs/${job.id}/cancel`, {});
    const after = await ended(server, job.id);
    expect(after.state).toBe("cancelled");
    expect(after.rows).toBeLessThan(60_000);
  });

  it("keeps one key's jobs from another's sight", async () => {
    using place = folder();
    const { newKey } = await import("@laurel/serve");
    const [ann, bob] = [newKey("ann"), newKey("bob")];
    await using server = await served({ rewards: mathReward, data: place.path, keys: [ann.entry, bob.entry] });
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    const { job } = await submit(server, tasks(1), "", as(ann.token));
    expect((await server.get(`/v1/jobs/${job.id}`, as(ann.token))).status).toBe(200);
    expect((await server.get(`/v1/jobs/${job.id}`, as(bob.token))).status).toBe(404);
    expect(((await (await server.get("/v1/jobs", as(bob.token))).json()) as { jobs: Job[] }).jobs).toEqual([]);
  });
});

describe("the job store", () => {
  it("gives a job to one worker, takes it from one that is silent, and then hears the old one no more", () => {
    using place = folder();
    const store = new SqliteJobStore(place.path);
    try {
      store.add({ id: "j", owner: "", reward: "math", fingerprint: null, options: {} });
      expect(store.claim("one", 60_000)?.attempts).toBe(1);
      expect(store.claim("two", 60_000)).toBeUndefined();
      expect(store.heartbeat("j", "one", 5, -1)).toBe(true);
      expect(store.claim("two", 60_000)).toMatchObject({ id: "j", rows: 5, attempts: 2 });
      expect(store.heartbeat("j", "one", 6, 60_000)).toBe(false);
      expect(store.finish("j", "one", "done", 6)).toBe(false);
      expect(store.finish("j", "two", "done", 6)).toBe(true);
      expect(store.get("j")).toMatchObject({ state: "done", rows: 6 });
    } finally {
      store.close();
    }
  });

  it("claims the oldest first and cancels a queued job at once", () => {
    using place = folder();
    const store = new SqliteJobStore(place.path);
    try {
      for (const id of ["a", "b"]) store.add({ id, owner: "", reward: "math", fingerprint: null, options: {} });
      store.cancel("a");
      expect(store.get("a")?.state).toBe("cancelled");
      expect(store.claim("w", 1000)?.id).toBe("b");
      store.release("b", "w");
      expect(store.get("b")?.state).toBe("queued");
      expect(store.open()).toBe(1);
    } finally {
      store.close();
    }
  });
});
