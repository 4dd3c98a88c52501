// Simulated coverage of 95 % intervals at stated (n, distribution). Run: node perf/coverage.ts [samples, default 2000]
import type { Random } from "../packages/laurel/src/core/seed.ts";
import { seedFrom, split } from "../packages/laurel/src/core/seed.ts";
import { bootstrapOf } from "../packages/laurel/src/stats/bootstrap.ts";
import { discordantDifference } from "../packages/laurel/src/stats/contingency.ts";
import { intervalCoverage, proportionCoverage } from "../packages/laurel/src/stats/coverage.ts";
import { proportionEstimate } from "../packages/laurel/src/stats/estimate.ts";
import { pairedBootstrap, pairedT } from "../packages/laurel/src/stats/paired.ts";
import { clopperPearson, wilson } from "../packages/laurel/src/stats/proportions.ts";
import { type Interval, meanOf } from "../packages/laurel/src/stats/sample.ts";
import { empiricalBernsteinSequence } from "../packages/laurel/src/stats/sequential.ts";

const SAMPLES = Number(process.argv[2] ?? 2000);
const seed = seedFrom("coverage");
const RESAMPLES = 400; // enough for coverage; a printed interval uses 10,000

type Draw = (rng: Random) => number;
const distributions: [name: string, mean: number, draw: Draw][] = [
  ["normal", 0, (rng) => rng.normal()],
  ["uniform", 0.5, (rng) => rng.uniform()],
  ["Laplace", 0, (rng) => rng.exponential() - rng.exponential()],
  ["exponential (skewed)", 1, (rng) => rng.exponential()],
  ["log-normal, sd 1 (very skewed)", Math.exp(0.5), (rng) => Math.exp(rng.normal())],
  ["0/1 differences: -1 4 %, +1 8 %", 0.04, (rng) => paired(rng.uniform(), 0.04, 0.08)],
  ["0/1 differences: -1 20 %, +1 25 %", 0.05, (rng) => paired(rng.uniform(), 0.2, 0.25)],
];
function paired(u: number, down: number, up: number): number {
  return u < down ? -1 : u < down + up ? 1 : 0;
}

/** Bonett and Price's interval, for differences of 0/1 outcomes only. */
const discordant = (x: Float64Array): Interval => {
  const [up, down] = [x.filter((d) => d > 0).length, x.filter((d) => d < 0).length];
  return discordantDifference(up, down, x.length);
};
const methods: [name: string, interval: (x: Float64Array, s: string) => Interval][] = [
  ["t", (x) => pairedT(x)],
  ["percentile", (x, s) => pairedBootstrap(x, { seed: s, reps: RESAMPLES })],
  ["bca", (x, s) => bca(x, s)],
];
function bca(x: Float64Array, s: string): Interval {
  // BCa is not defined where nothing varies; the stated result is then an interval of width 0
  if (x.every((one) => one === x[0])) return { low: x[0]!, high: x[0]! };
  return bootstrapOf(x, meanOf, { seed: s, reps: RESAMPLES, method: "bca" });
}

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const points = (samples: number): string => (100 * Math.sqrt((0.95 * 0.05) / samples)).toFixed(1);
console.log(
  `Coverage of 95 % intervals of a mean paired difference: ${SAMPLES} samples each (standard error ${points(SAMPLES)} points), ` +
    `${Math.ceil(SAMPLES / 4)} for the bootstrap (${points(SAMPLES / 4)} points); SHORT: certainly below 94 %`,
);
for (const [name, mean, draw] of distributions)
  for (const n of [10, 20, 40, 100]) {
    const cells = [...methods, ...(name.startsWith("0/1") ? [["Bonett-Price", discordant] as const] : [])].map(
      ([method, interval], k) => {
        const samples = method === "t" || method === "Bonett-Price" ? SAMPLES : Math.ceil(SAMPLES / 4);
        const { coverage } = intervalCoverage(
          (rng) => Float64Array.from({ length: n }, () => draw(rng)),
          mean,
          interval,
          { seed: split(seed, `${name} ${n} ${k}`), reps: samples },
        );
        return `${method} ${percent(coverage.value)}${coverage.high < 0.94 ? " SHORT" : ""}`;
      },
    );
    console.log(`  ${name.padEnd(34)} n ${String(n).padStart(3)}   ${cells.join("   ")}`);
  }

console.log("\nExact coverage of a proportion's 95 % interval over p = 0.001 .. 0.999");
for (const n of [10, 20, 50, 100, 200])
  for (const [name, interval] of [
    ["Wilson", wilson],
    ["Clopper-Pearson", clopperPearson],
  ] as const) {
    const all = Array.from({ length: 999 }, (_, i) => proportionCoverage(n, (i + 1) / 1000, interval));
    console.log(
      `  ${name.padEnd(16)} n ${String(n).padStart(3)}   mean ${percent(meanOf(all))}   least ${percent(Math.min(...all))}`,
    );
  }

console.log("\nAccuracy on clustered pairs (k a prompt; a prompt's accuracy is 0.95 with chance 0.7, else 0.25)");
for (const [prompts, k] of [
  [20, 6],
  [60, 6],
  [200, 4],
] as const) {
  const draw = (rng: Random) => {
    const rates = Array.from({ length: prompts }, () => (rng.uniform() < 0.7 ? 0.95 : 0.25));
    const clusters = rates.flatMap((_, g) => Array.from({ length: k }, () => g));
    return { clusters, outcomes: clusters.map((g) => Number(rng.uniform() < rates[g]!)) };
  };
  const truth = 0.7 * 0.95 + 0.3 * 0.25;
  const options = { seed, reps: SAMPLES };
  const by = intervalCoverage(draw, truth, (x) => proportionEstimate(x.outcomes, { clusters: x.clusters }), options);
  const plain = intervalCoverage(draw, truth, (x) => proportionEstimate(x.outcomes), options);
  console.log(
    `  ${prompts} prompts of ${k}: by prompt ${percent(by.coverage.value)}, ignoring prompts ${percent(plain.coverage.value)}`,
  );
}

console.log("\nEver missed in 1,000 looks (at most 5 % allowed)");
for (const p of [0.02, 0.1, 0.5]) {
  const { coverage } = intervalCoverage(
    (rng) => Float64Array.from({ length: 1000 }, () => Number(rng.uniform() < p)),
    p,
    (x) => {
      const { low, high } = empiricalBernsteinSequence(x);
      return { low: low.reduce((a, b) => Math.max(a, b)), high: high.reduce((a, b) => Math.min(a, b)) };
    },
    { seed, reps: Math.ceil(SAMPLES / 4) },
  );
  console.log(`  empirical Bernstein, 0/1 with p = ${p}: ${percent(1 - coverage.value)}`);
}
