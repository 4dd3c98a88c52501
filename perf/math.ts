import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { directContext, task } from "../packages/laurel/src/core/index.ts";
import {
  equivalent,
  extractAnswer,
  goldAnswer,
  math,
  mathCases,
} from "../packages/laurel/src/rewards/verify/math/index.ts";
import { dataPath } from "../test/data.ts";

// Verdicts a second of verify.math beside Math-Verify on the same inputs, one process each; run by `node perf/math.ts`.
// Set PYTHON to an interpreter that has math-verify; without one only our own figures are printed.

/** A ratio below this is a defect: the script exits with 1. */
const LEAST = 3;

interface Row {
  gold: string;
  pred: string;
}

const python = `
import json, sys, time, logging
logging.disable(logging.CRITICAL)
from math_verify import parse, verify
rows = json.load(sys.stdin)
verify(parse("$1$"), parse("$1$"))
start = time.process_time()
for row in rows:
    try:
        verify(parse(row["gold"]), parse(row["pred"]))
    except Exception:
        pass
print(time.process_time() - start)
`;

/** Processor seconds of this process; other processes may hold the processor, so wall time would compare nothing. */
function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function verdict(row: Row): void {
  const gold = goldAnswer(row.gold);
  const candidate = extractAnswer(row.pred);
  if (gold !== undefined && candidate !== undefined) equivalent(gold, candidate.text);
}

/** Verdicts a second: the best of three passes, the first of which also warms up. */
function ours(rows: readonly Row[]): number {
  let best = 0;
  for (let pass = 0; pass < 3; pass++) {
    const start = processor();
    for (const row of rows) verdict(row);
    best = Math.max(best, rows.length / (processor() - start));
  }
  return best;
}

function theirs(rows: readonly Row[]): number | undefined {
  const run = spawnSync(process.env["PYTHON"] ?? "python3", ["-c", python], {
    input: JSON.stringify(rows),
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return run.status === 0 ? rows.length / Number(run.stdout) : undefined;
}

/** The 99th percentile of one verdict in milliseconds, each the least of five, so that pauses of the machine do not count. */
function p99(rows: readonly Row[]): number {
  const times = rows.map((row) => {
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < 5; k++) {
      const start = performance.now();
      verdict(row);
      least = Math.min(least, performance.now() - start);
    }
    return least;
  });
  return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1]!;
}

const sets: Record<string, Row[]> = {
  "generated pairs": [...mathCases({ count: 228, seed: "perf", dress: false })].map(({ input }) => ({
    gold: input.gold.includes("$") ? input.gold : `$${input.gold}$`,
    pred: `The answer is $\\boxed{${input.candidate}}$.`,
  })),
};
const cases = dataPath("math-equivalence/math_verify_cases.jsonl");
if (cases !== undefined)
  sets["math-equivalence"] = readFileSync(cases, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);

for (const [name, rows] of Object.entries(sets)) {
  const mine = ours(rows);
  const other = theirs(rows);
  if (other !== undefined && mine < LEAST * other) process.exitCode = 1;
  const beside =
    other === undefined
      ? "Math-Verify is not importable"
      : `Math-Verify ${other.toFixed(0)}/s, ratio ${(mine / other).toFixed(1)}`;
  console.log(`${name} (${rows.length}): ${mine.toFixed(0)} verdicts/s, p99 ${p99(rows).toFixed(2)} ms; ${beside}`);
}

const reward = math();
const context = directContext();
const tasks = Array.from({ length: 20_000 }, (_, k) =>
  task("q", [`We add ${k} and 5 to get ${k + 5}.\nThe answer is \\boxed{${k + 5}}.`], String(k + (k % 2) * 5), {
    id: String(k),
  }),
);
let least = Number.POSITIVE_INFINITY;
for (let pass = 0; pass < 3; pass++) {
  const start = processor();
  await reward.score(tasks, context);
  least = Math.min(least, processor() - start);
}
console.log(`plain integers through the reward: ${((least / tasks.length) * 1e6).toFixed(1)} µs a candidate`);
