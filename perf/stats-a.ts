// Stratified bootstrap of the IQM, 50,000 resamples of 10 runs x 57 tasks, beside rliable in Python.
// Both are measured in processor time, which holds on a machine that others use as well.
// Run: node perf/stats-a.ts   (PYTHON=path names a Python that has rliable; default python3)
import { spawnSync } from "node:child_process";
import { random, seedFrom } from "../packages/laurel/src/core/seed.ts";
import { iqm, meanOfTasks } from "../packages/laurel/src/stats/aggregate.ts";
import { runMatrix } from "../packages/laurel/src/stats/run-matrix.ts";
import { stratifiedBootstrap } from "../packages/laurel/src/stats/stratified.ts";

const RUNS = 10;
const TASKS = 57;
const REPS = 50_000;
const PYTHON_REPS = 5000; // rliable's time grows linearly with resamples; a tenth is timed and scaled

const rng = random(seedFrom("perf"));
const rows = Array.from({ length: RUNS }, () => Float64Array.from({ length: TASKS }, () => Math.exp(rng.normal())));
const matrix = runMatrix(rows);

function best(run: () => void): number {
  let seconds = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 4; k++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    seconds = Math.min(seconds, (user + system) / 1e6);
  }
  return seconds;
}

const program = `
import json, sys, time
import numpy as np
try:
    from rliable import library, metrics
    import rliable
except ImportError as error:
    print(json.dumps({"missing": str(error)}))
    sys.exit(0)
x = np.array(json.load(sys.stdin))
out = {}
for name, f in [("iqm", metrics.aggregate_iqm), ("mean", metrics.aggregate_mean)]:
    times = []
    for _ in range(2):
        start = time.process_time()
        _, ci = library.get_interval_estimates({"a": x}, lambda m: np.array([f(m)]), reps=${PYTHON_REPS})
        times.append(time.process_time() - start)
    out[name] = {"seconds": min(times), "low": float(ci["a"][0, 0]), "high": float(ci["a"][1, 0])}
print(json.dumps(out))
`;
const ran = spawnSync(process.env["PYTHON"] ?? "python3", ["-c", program], {
  input: JSON.stringify(rows.map((row) => [...row])),
  // one thread, as ours
  env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
  encoding: "utf8",
});
type Timed = { seconds: number; low: number; high: number };
const answer = ran.status === 0 ? (JSON.parse(ran.stdout) as { missing?: string; iqm: Timed; mean: Timed }) : undefined;
const missing = answer === undefined ? (ran.error?.message ?? ran.stderr.trim().split("\n").at(-1)) : answer.missing;
if (missing !== undefined) console.log(`rliable is not measured: ${missing} (set PYTHON to a Python that has it)`);

for (const [name, statistic] of [
  ["iqm", iqm],
  ["mean", meanOfTasks],
] as const) {
  const ours = best(() => stratifiedBootstrap(matrix, statistic, { seed: seedFrom(1), reps: REPS }));
  const { low, high } = stratifiedBootstrap(matrix, statistic, { seed: seedFrom(1), reps: REPS });
  console.log(
    `${name}: laurel ${ours.toFixed(3)} s for ${REPS} resamples, interval ${low.toFixed(4)} to ${high.toFixed(4)}`,
  );
  if (answer === undefined || missing !== undefined) continue;
  const theirs = (answer[name].seconds * REPS) / PYTHON_REPS;
  console.log(
    `${name}: rliable ${theirs.toFixed(1)} s (scaled from ${PYTHON_REPS}), interval ${answer[name].low.toFixed(4)} to ` +
      `${answer[name].high.toFixed(4)}; ratio ${(theirs / ours).toFixed(1)}x`,
  );
}
