// Requests a second and latency of the server with verify.math, beside FastAPI, uvicorn and Math-Verify: node perf/serve.ts [seconds a cell]
// Python is $LAUREL_PYTHON or python3; its rows are left out where fastapi, uvicorn and math_verify are not installed.
// Aim: 5x the samples a second of the Python server. Also what the shims of TRL, OpenRLHF and verl cost a sample: the whole call, from the
// trainer's Python to its score.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const seconds = Number(process.argv[2] ?? 3);
const connections = 16;
const python = process.env["LAUREL_PYTHON"] ?? "python3";
const bin = fileURLToPath(new URL("../packages/laurel/bin/laurel.js", import.meta.url));
const baseline = fileURLToPath(new URL("./serve-fastapi.py", import.meta.url));

function answer(i: number): { prompt: string; text: string; gold: string } {
  const wrong = i % 3 === 0 ? 1 : 0;
  return {
    prompt: `What is ${i} + 17 - 4?`,
    text: `First we add ${i} and 17, which gives ${i + 17}. Then we take away 4.\nThe answer is \\boxed{${i + 13 + wrong}}.`,
    gold: String(i + 13),
  };
}

let next = 0;
function body(form: "native" | "openrlhf", batch: number): string {
  const rows = Array.from({ length: batch }, () => answer(next++));
  if (form === "native")
    return JSON.stringify({
      tasks: rows.map((row) => ({ prompt: row.prompt, candidates: [row.text], answer: row.gold })),
    });
  return JSON.stringify({
    query: rows.map((row) => row.prompt + row.text),
    prompts: rows.map((row) => row.prompt),
    labels: rows.map((row) => row.gold),
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function until(port: number, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (child.exitCode !== null) throw new Error("the server ended");
    const there = await fetch(`http://127.0.0.1:${port}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the server did not come");
}

function post(agent: Agent, port: number, path: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, path, method: "POST", agent, headers: { "content-type": "application/json" } },
      (response) => {
        response.resume();
        response.on("end", () =>
          response.statusCode === 200 ? resolve() : reject(new Error(String(response.statusCode))),
        );
      },
    );
    sent.on("error", reject);
    sent.end(text);
  });
}

interface Cell {
  perSecond: number;
  p50: number;
  p99: number;
}

async function measure(port: number, path: string, form: "native" | "openrlhf", batch: number): Promise<Cell> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  // the first requests warm caches and just-in-time code on both sides
  for (let i = 0; i < 3; i++) await post(agent, port, path, body(form, batch));
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        const text = body(form, batch);
        const sent = performance.now();
        await post(agent, port, path, text);
        times.push(performance.now() - sent);
      }
    }),
  );
  const perSecond = times.length / ((performance.now() - began) / 1000);
  agent.destroy();
  times.sort((a, b) => a - b);
  return { perSecond, p50: times[times.length >> 1]!, p99: times[Math.floor(times.length * 0.99)]! };
}

const children: ChildProcess[] = [];
const place = mkdtempSync(join(tmpdir(), "laurel-perf-"));
try {
  const port = await freePort();
  const laurel = spawn(process.execPath, [bin, "serve", "--reward", "verify.math", "--port", String(port), "--quiet"], {
    stdio: "ignore",
  });
  children.push(laurel);
  await until(port, laurel);
  const hasPython = spawnSync(python, ["-c", "import fastapi, uvicorn, math_verify"]).status === 0;
  const other = await freePort();
  if (hasPython) {
    const child = spawn(python, [baseline, String(other)], { stdio: "ignore" });
    children.push(child);
    await until(other, child);
  } else console.log(`(no Python server: ${python} lacks fastapi, uvicorn or math_verify)`);

  const shown = (name: string, batch: number, cell: Cell, ratio?: number): void =>
    console.log(
      `${name.padEnd(22)} batch ${String(batch).padStart(3)}  ${cell.perSecond.toFixed(0).padStart(6)} requests/s  ${(cell.perSecond * batch).toFixed(0).padStart(7)} samples/s  p50 ${cell.p50.toFixed(1)} ms  p99 ${cell.p99.toFixed(1)} ms${ratio === undefined ? "" : `  ${ratio.toFixed(1)}x`}`,
    );
  console.log(`${connections} connections, ${seconds} s a cell`);
  for (const batch of [1, 16, 256]) {
    shown("laurel /v1/score", batch, await measure(port, "/v1/score", "native", batch));
    const ours = await measure(port, "/get_reward", "openrlhf", batch);
    if (!hasPython) {
      shown("laurel /get_reward", batch, ours);
      continue;
    }
    const theirs = await measure(other, "/get_reward", "openrlhf", batch);
    shown("laurel /get_reward", batch, ours, ours.perSecond / theirs.perSecond);
    shown("fastapi /get_reward", batch, theirs);
  }

  if (spawnSync(python, ["--version"]).status === 0) {
    for (const name of ["trl", "openrlhf", "verl"])
      writeFileSync(
        join(place, `laurel_${name}.py`),
        spawnSync(process.execPath, [bin, "shim", name], { encoding: "utf8" }).stdout,
      );
    writeFileSync(
      join(place, "cost.py"),
      [
        "import concurrent.futures, time, laurel_trl, laurel_openrlhf, laurel_verl",
        "n = 2048",
        "texts = ['The answer is \\\\boxed{%d}.' % i for i in range(n)]",
        "golds = [str(i) for i in range(n)]",
        "prompts = ['What is %d?' % i for i in range(n)]",
        "def cost(name, call, rounds=1):",
        "    call(0)",
        "    t = time.perf_counter()",
        "    for i in range(rounds): call(i)",
        "    print('%s: %.3f ms a sample' % (name, (time.perf_counter() - t) / n * 1e3))",
        "verl = lambda i: laurel_verl.compute_score('x', texts[i], golds[i])",
        "cost('verl shim, one by one', verl, n)",
        "with concurrent.futures.ThreadPoolExecutor(64) as pool:",
        "    cost('verl shim, from 64 threads', lambda _: list(pool.map(verl, range(n))))",
        "cost('verl shim, batch manager', lambda _: laurel_verl.compute_score_batch(['x'] * n, texts, golds, [None] * n))",
        "cost('trl shim, 256 completions a call', lambda k: laurel_trl.laurel_reward(prompts=prompts[k * 256:][:256], completions=texts[k * 256:][:256], answer=golds[k * 256:][:256]), n // 256)",
        "cost('openrlhf shim, one by one', lambda i: laurel_openrlhf.reward_func([prompts[i] + texts[i]], [prompts[i]], [golds[i]]), n)",
        "cost('openrlhf shim, 256 a call', lambda k: laurel_openrlhf.reward_func([p + t for p, t in zip(prompts[k * 256:][:256], texts[k * 256:][:256])], prompts[k * 256:][:256], golds[k * 256:][:256]), n // 256)",
      ].join("\n"),
    );
    const ran = spawnSync(python, ["cost.py"], {
      cwd: place,
      encoding: "utf8",
      env: { ...process.env, LAUREL_URL: `http://127.0.0.1:${port}` },
    });
    console.log(`${ran.stdout.trim()}${ran.stderr}`);
  }
} finally {
  for (const child of children) child.kill("SIGTERM");
  rmSync(place, { recursive: true, force: true });
}
