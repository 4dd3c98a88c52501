// How long /health takes while 100 hostile candidates run: node perf/health.ts [rounds] [port of another server]
// The server is a process of its own with two worker threads; each candidate drives a pattern into exponential time, loses its
// thread and faults. One connection asks for /health again and again, first of an idle server (what the machine itself adds),
// then while a request of 100 such candidates is in work. Aim: 50 ms at most.
import { spawn } from "node:child_process";
import { Agent, request } from "node:http";
import { loadavg } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

const rounds = Number(process.argv[2] ?? 5);
const bin = fileURLToPath(new URL("../packages/laurel/bin/laurel.js", import.meta.url));
const reward = '{ kind: verify.format, patterns: ["^(a+)+$"], timeLimit: 20 }';
const agent = new Agent({ keepAlive: true });

function call(url: string, method: string, path: string, body?: string): Promise<{ text: string; ms: number }> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const sent = request(url + path, { method, agent }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve({ text, ms: performance.now() - began }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function poll(url: string, until: Promise<unknown>): Promise<number[]> {
  let ended = false;
  void until.finally(() => (ended = true));
  const times: number[] = [];
  while (!ended) {
    times.push((await call(url, "GET", "/health")).ms);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return times;
}

function show(name: string, times: number[]): void {
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(1);
  const late = times.filter((ms) => ms > 50).length;
  console.log(
    `${name}: ${times.length} answers, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, most ${at(1)} ms, above 50 ms ${late}`,
  );
}

const server = spawn(process.execPath, [bin, "serve", "--reward", reward, "--port", "0", "--quiet", "--workers", "2"], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const url = await new Promise<string>((resolve, reject) => {
    let out = "";
    server.stdout.on("data", (chunk) => {
      out += String(chunk);
      const found = /at (http:\S+)/.exec(out)?.[1];
      if (found !== undefined) resolve(found);
    });
    server.on("close", () => reject(new Error("the server ended")));
  });
  const own = monitorEventLoopDelay({ resolution: 1 });
  own.enable();
  show("idle server", await poll(url, new Promise((resolve) => setTimeout(resolve, 3000))));
  const times: number[] = [];
  let faults = 0;
  const began = performance.now();
  for (let round = 0; round < rounds; round++) {
    const tasks = Array.from({ length: 100 }, (_, i) => ({
      id: `h${i}`,
      prompt: "p",
      candidates: [`${"a".repeat(40)}!`],
    }));
    const batch = call(url, "POST", "/v1/score", JSON.stringify({ tasks }));
    times.push(...(await poll(url, batch)));
    const { rows } = JSON.parse((await batch).text) as { rows: { scores: { fault?: string }[] }[] };
    faults += rows.filter((row) => row.scores[0]!.fault === "time-limit").length;
  }
  const seconds = (performance.now() - began) / 1000;
  show(`beside ${100 * rounds} hostile candidates (${faults} faulted, ${seconds.toFixed(0)} s)`, times);
  console.log(
    `the asking process was itself late by ${(own.max / 1e6 - 1).toFixed(1)} ms at most; load average ${loadavg()[0]!.toFixed(1)}`,
  );
} finally {
  server.removeAllListeners("close");
  server.kill("SIGTERM");
  agent.destroy();
}
