/**
 * A 2PL model on 1,000 x 5,000 responses, Kemeny's exact order of 16 systems, and the STARC distances of 100 tabular rewards of 100
 * states; the 2PL of the first 200 items beside girth's.
 *
 * node perf/stats-c.ts     (PYTHON names the interpreter, default python3; without girth its side is skipped)
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random, seedFrom } from "../packages/laurel/src/core/index.ts";
import { fitIrt, kemeny, type Mdp, pearson, starcMatrix } from "../packages/laurel/src/stats/index.ts";

const PERSONS = 1000;
const ITEMS = 5000;
const SHARED = 200;
const SYSTEMS = 16;
const STATES = 100;
const ACTIONS = 4;
const REWARDS = 100;

/** Seconds of processor time, which other programs on the machine change less than the clock's. */
function timed<T>(run: () => T): { seconds: number; result: T } {
  const start = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(start);
  return { seconds: (user + system) / 1e6, result };
}

const rng = random(seedFrom("perf"));
const slope = Float64Array.from({ length: ITEMS }, () => 0.6 + 1.4 * rng.uniform());
// cut, so that no item is answered alike by all
const difficulty = Float64Array.from({ length: ITEMS }, () => Math.max(-2.5, Math.min(2.5, rng.normal())));
const data = new Float64Array(PERSONS * ITEMS);
for (let p = 0; p < PERSONS; p++) {
  const theta = rng.normal();
  for (let j = 0; j < ITEMS; j++)
    data[p * ITEMS + j] = rng.uniform() < 1 / (1 + Math.exp(-slope[j]! * (theta - difficulty[j]!))) ? 1 : 0;
}
const whole = timed(() => fitIrt({ persons: PERSONS, items: ITEMS, data }, { tolerance: 1e-3 }));
const { iterations, converged, quadrature } = whole.result;
console.log(
  `2PL ${PERSONS} x ${ITEMS}: ${whole.seconds.toFixed(1)} s, ${iterations} iterations${converged ? "" : " (not converged)"}, ${quadrature.points} points, slopes correlate ${pearson(whole.result.slope, slope).value.toFixed(3)} with the truth (aim: under 60 s)`,
);

const part = Float64Array.from(
  { length: PERSONS * SHARED },
  (_, at) => data[Math.floor(at / SHARED) * ITEMS + (at % SHARED)]!,
);
const own = timed(() => fitIrt({ persons: PERSONS, items: SHARED, data: part }));
console.log(`2PL ${PERSONS} x ${SHARED}: ${own.seconds.toFixed(1)} s, ${own.result.iterations} iterations`);
const folder = mkdtempSync(join(tmpdir(), "laurel-perf-"));
try {
  const file = join(folder, "responses.csv");
  writeFileSync(
    file,
    Array.from({ length: PERSONS }, (_, p) => part.subarray(p * SHARED, (p + 1) * SHARED).join(",")).join("\n"),
  );
  const program = `
import sys, time
import numpy as np
from girth import twopl_mml
data = np.loadtxt(sys.argv[1], delimiter=",").astype(int).T
start = time.process_time()
found = twopl_mml(data)
print(f"girth {__import__('importlib.metadata').metadata.version('girth')} on the same: {time.process_time() - start:.1f} s")
`;
  const { status, stdout, stderr, error } = spawnSync(process.env["PYTHON"] ?? "python3", ["-c", program, file], {
    encoding: "utf8",
  });
  console.log(
    error?.message ?? (status === 0 ? stdout.trim() : `girth is skipped: ${stderr.trim().split("\n").at(-1)}`),
  );
} finally {
  rmSync(folder, { recursive: true });
}

const table = Float64Array.from({ length: SYSTEMS * 25 }, () => rng.normal());
const order = timed(() => kemeny(table, SYSTEMS));
console.log(`Kemeny, ${SYSTEMS} systems: ${order.seconds.toFixed(2)} s, cost ${order.result.cost} (aim: under 2 s)`);

const transition = new Float64Array(STATES * ACTIONS * STATES);
for (let row = 0; row < STATES * ACTIONS; row++) {
  let sum = 0;
  for (let k = 0; k < STATES; k++) sum += transition[row * STATES + k] = rng.exponential();
  for (let k = 0; k < STATES; k++) transition[row * STATES + k]! /= sum;
}
const mdp: Mdp = {
  states: STATES,
  actions: ACTIONS,
  transition,
  start: new Float64Array(STATES).fill(1 / STATES),
  gamma: 0.95,
};
const rewards = Array.from({ length: REWARDS }, () => transition.map(() => rng.normal()));
const distances = timed(() => starcMatrix(rewards, mdp));
console.log(
  `STARC, all pairs of ${REWARDS} rewards of ${STATES} states and ${ACTIONS} actions: ${distances.seconds.toFixed(2)} s`,
);
