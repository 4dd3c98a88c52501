// laurel score against a plain loop over the same rows, in one run: node perf/score.ts [rows]
// Aims: at most 2.5x without the score cache, 8x with it; peak memory under 300 MB whatever the file's length.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const rows = Number(process.argv[2] ?? 200_000);
const place = mkdtempSync(join(tmpdir(), "laurel-perf-"));
const input = join(place, "in.jsonl");
const bin = fileURLToPath(new URL("../packages/laurel/bin/laurel.js", import.meta.url));
const loop = fileURLToPath(new URL("./plain-loop.ts", import.meta.url));

function generate(path: string, n: number): void {
  const file = openSync(path, "w");
  for (let from = 0; from < n; from += 1000) {
    const lines: string[] = [];
    for (let i = from; i < Math.min(n, from + 1000); i++) {
      const text = `First we add ${i} and 17, which gives ${i + 17}. Then we take away 4.\nThe answer is \\boxed{${i + 13 + (i % 3 === 0 ? 1 : 0)}}.`;
      lines.push(
        JSON.stringify({
          id: `row-${i}`,
          prompt: `What is ${i} + 17 - 4?`,
          candidates: [text],
          answer: String(i + 13),
        }),
      );
    }
    writeSync(file, `${lines.join("\n")}\n`);
  }
  closeSync(file);
}

/** Seconds of wall time and MiB of peak memory of a command. */
function timed(args: string[]): { seconds: number; mib: number } {
  const began = performance.now();
  const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "%M", process.execPath, ...args], {
    cwd: place,
    encoding: "utf8",
  });
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0) throw new Error(stderr);
  return { seconds, mib: Number(stderr.trim().split("\n").at(-1)) / 1024 };
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

try {
  generate(input, rows);
  const score = [bin, "score", "in.jsonl", "--reward", "verify.math", "--overwrite"];
  const runs = { plain: [] as number[], off: [] as number[], all: [] as number[], mib: [] as number[] };
  for (let i = 0; i < 3; i++) {
    runs.plain.push(timed([loop, input, join(place, "plain.jsonl")]).seconds);
    const off = timed([...score, "--cache", "off", "--out", "off.jsonl"]);
    runs.off.push(off.seconds);
    runs.mib.push(off.mib);
    execFileSync("rm", ["-rf", join(place, ".laurel")]);
    const all = timed([...score, "--cache", "all", "--out", "all.jsonl"]);
    runs.all.push(all.seconds);
    runs.mib.push(all.mib);
  }
  const plain = median(runs.plain);
  console.log(`${rows} rows, one candidate each, medians of 3`);
  console.log(`plain loop           ${plain.toFixed(2)} s`);
  console.log(
    `laurel, cache off    ${median(runs.off).toFixed(2)} s   ${(median(runs.off) / plain).toFixed(2)}x   (aim 2.5x)`,
  );
  console.log(
    `laurel, cache all    ${median(runs.all).toFixed(2)} s   ${(median(runs.all) / plain).toFixed(2)}x   (aim 8x)`,
  );
  console.log(`peak memory          ${Math.max(...runs.mib).toFixed(0)} MiB   (aim 300)`);
} finally {
  rmSync(place, { recursive: true, force: true });
}
