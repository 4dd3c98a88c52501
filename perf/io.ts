/**
 * Rows a second of Laurel's reader (line batches and task rows) beside a bare loop of readline and JSON.parse over the
 * same generated file, and the peak memory of reading 100 MB and 1 GB of lines from a stream.
 *
 * Run: node perf/io.ts [--rows N] [--no-memory]
 */
import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseTaskRow, readLineBatches } from "../packages/laurel/src/io/index.ts";

function row(i: number): string {
  const candidates = [0, 1, 2, 3].map(
    (k) => `First ${i} + ${k} = ${i + k}.\nThen twice that is ${2 * (i + k)}.\nA: ${2 * (i + k)}`,
  );
  return JSON.stringify({
    id: `row-${i}`,
    prompt: `What is twice the sum of ${i} and 2?`,
    candidates,
    answer: 2 * (i + 2),
  });
}

async function bare(path: string): Promise<number> {
  let n = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }))
    n += (JSON.parse(line) as { candidates: unknown[] }).candidates.length;
  return n;
}

async function ours(path: string): Promise<number> {
  let n = 0;
  for await (const batch of readLineBatches(path))
    for (const one of batch) {
      if (one.bad !== undefined) throw one.bad;
      n += parseTaskRow(one.text, { line: one.line, file: path }).task.candidates.length;
    }
  return n;
}

/** Rows a second of wall time and of processor time; the second holds on a machine that others use as well. */
interface Rate {
  wall: number;
  cpu: number;
}

async function rate(read: (path: string) => Promise<number>, path: string, rows: number): Promise<Rate> {
  const start = performance.now();
  const before = process.cpuUsage();
  const n = await read(path);
  if (n !== rows * 4) throw new Error(`read ${n} candidates of ${rows * 4}`);
  const used = process.cpuUsage(before);
  return { wall: (rows * 1000) / (performance.now() - start), cpu: (rows * 1e6) / (used.user + used.system) };
}

/** The best of `turns` for both readers in turn, so that a busy moment meets both. */
async function rates(path: string, rows: number, turns: number): Promise<{ plain: Rate; laurel: Rate }> {
  const plain: Rate = { wall: 0, cpu: 0 };
  const laurel: Rate = { wall: 0, cpu: 0 };
  for (let turn = 0; turn < turns; turn++)
    for (const [best, read] of [
      [plain, bare],
      [laurel, ours],
    ] as const) {
      const got = await rate(read, path, rows);
      best.wall = Math.max(best.wall, got.wall);
      best.cpu = Math.max(best.cpu, got.cpu);
    }
  return { plain, laurel };
}

/** Reads `megabytes` of rows from a stream and prints the peak of resident memory in MB; run in a process of its own. */
async function memory(megabytes: number): Promise<void> {
  const chunk = Buffer.from(`${Array.from({ length: 200 }, (_, i) => row(i)).join("\n")}\n`);
  async function* stream(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < megabytes * 1e6; sent += chunk.length) yield chunk;
  }
  let n = 0;
  for await (const batch of readLineBatches(stream()))
    for (const one of batch) n += parseTaskRow(one.text ?? "", { line: one.line }).task.candidates.length;
  console.log(JSON.stringify({ megabytes, candidates: n, peakMb: process.resourceUsage().maxRSS / 1024 }));
}

const at = process.argv.indexOf("--memory-of");
if (at > 0) await memory(Number(process.argv[at + 1]));
else {
  const asked = process.argv.indexOf("--rows");
  const rows = asked > 0 ? Number(process.argv[asked + 1]) : 200_000;
  const folder = mkdtempSync(join(tmpdir(), "laurel-perf-io-"));
  try {
    const path = join(folder, "rows.jsonl");
    await pipeline(function* () {
      for (let i = 0; i < rows; i++) yield `${row(i)}\n`;
    }, createWriteStream(path));
    console.log(`${rows} rows of 4 candidates, ${(statSync(path).size / 1e6).toFixed(0)} MB; best of 5, in turn`);
    const { plain, laurel } = await rates(path, rows, 5);
    console.log("                                 rows/s wall   rows/s processor");
    console.log(`readline + JSON.parse            ${Math.round(plain.wall)}        ${Math.round(plain.cpu)}`);
    console.log(`readLineBatches + parseTaskRow   ${Math.round(laurel.wall)}        ${Math.round(laurel.cpu)}`);
    console.log(
      `ratio (ours / bare)              ${(laurel.wall / plain.wall).toFixed(2)}          ${(laurel.cpu / plain.cpu).toFixed(2)}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (!process.argv.includes("--no-memory")) {
    // V8 lets its young generation grow with what survives in it: with its size fixed, what is left is the reader's
    const forms = { "a fixed young generation": ["--max-semi-space-size=2"], "V8's defaults": [] };
    for (const [name, flags] of Object.entries(forms)) {
      const sizes = [100, 300, 1000];
      const peaks = sizes.map((megabytes) => {
        const self = fileURLToPath(import.meta.url);
        const child = spawnSync(process.execPath, [...flags, self, "--memory-of", String(megabytes)], {
          encoding: "utf8",
        });
        if (child.status !== 0) throw new Error(child.stderr);
        return (JSON.parse(child.stdout) as { peakMb: number }).peakMb;
      });
      for (const [i, size] of sizes.entries()) {
        const ratio = (peaks[i]! / peaks[0]!).toFixed(2);
        console.log(`peak memory with ${name} after ${size} MB: ${peaks[i]!.toFixed(0)} MB (${ratio} of the first)`);
      }
    }
  }
}
