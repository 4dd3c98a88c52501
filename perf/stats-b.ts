/**
 * Krippendorff's alpha on 1,000,000 ratings beside the `krippendorff` package, and Bradley-Terry on 1,000,000 comparisons of
 * 200 systems beside `choix`.
 *
 * node perf/stats-b.ts     (PYTHON names the interpreter, default python3; without the packages their side is skipped)
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random, seedFrom } from "../packages/laurel/src/core/index.ts";
import { krippendorffValue, type Ratings, winsOfGames, zermelo } from "../packages/laurel/src/stats/index.ts";

const UNITS = 100_000;
const RATERS = 10;
const LEVELS = 5;
const SYSTEMS = 200;
const GAMES = 1_000_000;
const TIMES = 5;

/** Milliseconds: the median of some runs after one to warm up, with the last result. */
function timed<T>(run: () => T): { ms: number; result: T } {
  let result = run();
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const start = performance.now();
    result = run();
    times.push(performance.now() - start);
  }
  return { ms: times.sort((a, b) => a - b)[TIMES >> 1]!, result };
}

/** The JSON that a Python program prints, or why there is none. */
function python(program: string, args: readonly string[]): Record<string, number> | string {
  const command = process.env["PYTHON"] ?? "python3";
  const { status, stdout, stderr, error } = spawnSync(command, ["-c", program, ...args], { encoding: "utf8" });
  if (error !== undefined) return `${command} does not start: ${error.message}`;
  if (status !== 0) return stderr.trim().split("\n").at(-1) ?? `${command} ended with ${status}`;
  return JSON.parse(stdout) as Record<string, number>;
}

const TIMER = `
import json, sys, time
import numpy as np
def timed(run, times):
    run() if times > 1 else None
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        result = run()
        spent.append(time.perf_counter() - start)
    return 1000 * sorted(spent)[times // 2], result
`;

const rng = random(seedFrom("perf"));
const folder = mkdtempSync(join(tmpdir(), "laurel-perf-"));
try {
  const codes = new Int32Array(UNITS * RATERS);
  for (let u = 0; u < UNITS; u++) {
    const truth = rng.below(LEVELS);
    for (let r = 0; r < RATERS; r++) codes[u * RATERS + r] = rng.uniform() < 0.6 ? truth : rng.below(LEVELS);
  }
  const ratings: Ratings = { units: UNITS, raters: RATERS, codes, labels: Array.from({ length: LEVELS }, (_, i) => i) };
  const ratingsFile = join(folder, "ratings.bin");
  writeFileSync(ratingsFile, codes);
  const alphaTheirs = python(
    `${TIMER}
import krippendorff
data = np.fromfile(sys.argv[1], dtype="<i4").reshape(${UNITS}, ${RATERS}).T.astype(float)
out = {}
for level in ["nominal", "ordinal", "interval"]:
    ms, value = timed(lambda: krippendorff.alpha(reliability_data=data, level_of_measurement=level), 3)
    out[level], out[level + " ms"] = float(value), ms
print(json.dumps(out))`,
    [ratingsFile],
  );
  console.log(`Krippendorff's alpha, ${UNITS * RATERS} ratings (${UNITS} units x ${RATERS} raters, ${LEVELS} levels)`);
  for (const measure of ["nominal", "ordinal", "interval"] as const) {
    const ours = timed(() => krippendorffValue(ratings, { measure }));
    const beside =
      typeof alphaTheirs === "string"
        ? `krippendorff skipped (${alphaTheirs})`
        : `krippendorff ${alphaTheirs[`${measure} ms`]!.toFixed(1)} ms, ratio ${(alphaTheirs[`${measure} ms`]! / ours.ms).toFixed(1)}, ` +
          `difference ${Math.abs(alphaTheirs[measure]! - ours.result).toExponential(1)}`;
    console.log(`  ${measure}: ${ours.ms.toFixed(1)} ms; ${beside}`);
  }

  const strength = Float64Array.from({ length: SYSTEMS }, () => rng.normal());
  const first = Int32Array.from({ length: GAMES }, () => rng.below(SYSTEMS));
  const second = first.map((a) => (a + 1 + rng.below(SYSTEMS - 1)) % SYSTEMS);
  const result = Float64Array.from(first, (a, g) =>
    rng.uniform() < 1 / (1 + Math.exp(strength[second[g]!]! - strength[a]!)) ? 1 : 0,
  );
  const table = timed(() => winsOfGames({ first, second, result }, SYSTEMS));
  const fit = timed(() => zermelo(table.result, SYSTEMS));
  const total = table.ms + fit.ms;
  const winsFile = join(folder, "wins.bin");
  writeFileSync(winsFile, table.result);
  const choix = python(
    `${TIMER}
import choix
wins = np.fromfile(sys.argv[1], dtype="<f8").reshape(${SYSTEMS}, ${SYSTEMS})
ms, value = timed(lambda: choix.ilsr_pairwise_dense(wins, tol=1e-10), 3)
print(json.dumps({"ms": ms, **{str(i): float(x) for i, x in enumerate(value)}}))`,
    [winsFile],
  );
  console.log(`Bradley-Terry, ${GAMES} comparisons of ${SYSTEMS} systems (aim: under 2,000 ms)`);
  console.log(
    `  counting ${table.ms.toFixed(1)} ms + zermelo ${fit.ms.toFixed(1)} ms (${fit.result.iterations} iterations) = ${total.toFixed(1)} ms`,
  );
  if (typeof choix === "string") console.log(`  choix skipped (${choix})`);
  else {
    let apart = 0;
    fit.result.logStrengths.forEach((x, i) => {
      apart = Math.max(apart, Math.abs(x - choix[i]!));
    });
    console.log(
      `  choix, I-LSR on the counted table: ${choix["ms"]!.toFixed(1)} ms, ratio ${(choix["ms"]! / fit.ms).toFixed(1)}, largest difference ${apart.toExponential(1)}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
