// Laurel's overhead per call of a served model over a bare fetch, at concurrency 64, against a loopback server in its own process that answers at
// once, in wall time and in this process's processor time (which other load on the machine changes less), and cache hits per second:
// node --conditions=source perf/models.ts (aim: under 0.15 ms a call over the fetch)
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { directContext } from "../packages/laurel/src/core/index.ts";
import { languageModelFrom, withModelRun } from "../packages/laurel/src/models/index.ts";
import { openStore } from "../packages/laurel/src/store/index.ts";

const answer = JSON.stringify({
  id: "c",
  object: "chat.completion",
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "5" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 20, completion_tokens: 1 },
});

if (process.argv[2] === "serve") {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
      response.end(answer);
    });
  });
  server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port));
  process.on("disconnect", () => process.exit(0));
} else await main();

async function main(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ["serve"]);
  const port = await new Promise<number>((resolve) => child.once("message", (found) => resolve(found as number)));
  const url = `http://127.0.0.1:${port}/v1`;
  const calls = 1500;
  const concurrency = 64;
  const model = await languageModelFrom({
    url,
    model: "m",
    concurrency,
    temperature: 0,
    price: { input: 1, output: 2 },
  });
  const content = (i: number): string => `Question ${i}: is this answer right? ${"x".repeat(200)}`;
  const bare = async (i: number): Promise<void> => {
    const response = await fetch(`${url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content: content(i) }], temperature: 0 }),
    });
    await response.json();
  };
  const ctx = directContext();
  const ours = async (i: number): Promise<void> => {
    const [row] = await model.generate([{ messages: [{ role: "user", content: content(i) }] }], ctx);
    if (row![0]!.unscored !== undefined) throw new Error(row![0]!.unscored.message);
  };
  const timed = async (one: (i: number) => Promise<void>): Promise<{ wall: number; cpu: number }> => {
    let next = 0;
    const began = performance.now();
    const used = process.cpuUsage();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (next < calls) await one(next++);
      }),
    );
    const { user, system } = process.cpuUsage(used);
    return { wall: (performance.now() - began) / calls, cpu: (user + system) / 1000 / calls };
  };
  await timed(bare);
  await timed(ours);
  const rounds: { bare: { wall: number; cpu: number }; ours: { wall: number; cpu: number } }[] = [];
  for (let round = 0; round < 5; round++) rounds.push({ bare: await timed(bare), ours: await timed(ours) });
  for (const kind of ["wall", "cpu"] as const) {
    const differences = rounds.map((round) => round.ours[kind] - round.bare[kind]).sort((a, b) => a - b);
    const shown = rounds.map((round) => `${round.bare[kind].toFixed(3)} / ${round.ours[kind].toFixed(3)}`).join(", ");
    console.log(`ms ${kind} a call, bare fetch / Laurel, at concurrency ${concurrency}: ${shown}`);
    console.log(`  Laurel over the fetch: ${differences[2]!.toFixed(3)} ms (median of 5 rounds of ${calls}; aim 0.15)`);
  }

  const place = mkdtempSync(join(tmpdir(), "laurel-perf-"));
  {
    using store = await openStore(place);
    const run = withModelRun(ctx, {
      cache: store,
      identities: new Map(),
      halt: (error) => console.error(error.message),
    });
    const hits = 500;
    const cached = async (i: number): Promise<void> => {
      await model.generate([{ messages: [{ role: "user", content: content(i) }] }], run);
    };
    for (let i = 0; i < hits; i++) await cached(i);
    const began = performance.now();
    for (let round = 0; round < 5; round++) for (let i = 0; i < hits; i++) await cached(i);
    console.log(`cache hits per second: ${Math.round((5 * hits) / ((performance.now() - began) / 1000))}`);
  }
  rmSync(place, { recursive: true });
  child.disconnect();
}
