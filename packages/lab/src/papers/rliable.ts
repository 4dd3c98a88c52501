import { type Random, random, type Seed, split } from "laurel";
import {
  type Aggregate,
  improvementBootstrap,
  iqm,
  meanOfTasks,
  medianOfTasks,
  performanceProfile,
  probabilityOfImprovement,
  type RunMatrix,
  runMatrix,
  runsByTask,
  stratifiedBootstrap,
} from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import { type ScoreDials, scoreWorld } from "../worlds/score-matrix.ts";

const statistics = { iqm, mean: meanOfTasks, median: medianOfTasks } as const;
type Statistic = keyof typeof statistics;
const names: readonly Statistic[] = ["iqm", "mean", "median"];

const world: ScoreDials = { tasks: 26, taskSpread: 1.2, noise: 0.6, lucky: 0.05 };
const drops =
  "World: generated score matrices (26 tasks, few runs, heavy tails); no real Atari runs. The noise model was changed once in a pilot (the first had no finite mean).";

/** The share of replicates in which a statistic orders B above A; equal values count a half. */
function signAccuracy(draw: (lift: number) => RunMatrix, lift: number, replicates: number): Record<Statistic, number> {
  const right = { iqm: 0, mean: 0, median: 0 };
  for (let r = 0; r < replicates; r++) {
    const a = draw(1);
    const b = draw(lift);
    for (const name of names) {
      const gain = statistics[name](b) - statistics[name](a);
      right[name] += gain > 0 ? 1 : gain === 0 ? 0.5 : 0;
    }
  }
  return { iqm: right.iqm / replicates, mean: right.mean / replicates, median: right.median / replicates };
}

type Efficiency = ScoreDials & { lift: number; replicates: number };

const efficiency: Claim<Statistic, "n3" | "n5" | "n10" | "null", Efficiency> = {
  id: "efficiency",
  statement:
    "The interquartile mean orders two algorithms rightly from 5 runs more often than the median of task means",
  scope: `A true improvement of 15 % on every task. ${drops}`,
  evidence: "mechanism",
  settings: { ...world, lift: 1.15, replicates: 2000 },
  seeds: 40,
  arms: names,
  bars: [
    {
      id: "iqm-median",
      metric: "n5",
      of: "iqm",
      against: "median",
      role: "primary",
      bar: { kind: "superior", smallest: 0.0645 },
      why: "bar of claim 1; the pilot's effect is 0.129",
    },
    { id: "iqm-mean", metric: "n5", of: "iqm", against: "mean", role: "report", why: "stated without a bar" },
    { id: "n3", metric: "n3", of: "iqm", against: "median", role: "report", why: "from 3 runs" },
    { id: "n10", metric: "n10", of: "iqm", against: "median", role: "report", why: "from 10 runs" },
    ...names.map((name) => ({
      id: `null-${name}`,
      metric: "null" as const,
      of: name,
      against: 0.5,
      role: "control" as const,
      bar: { kind: "equivalent", within: 0.032 } as const,
      why: "two equal algorithms: either is ahead half the time; within half of the effect that the claim needs",
    })),
  ],
  boundary: {
    setting: { lift: 1 },
    bar: "iqm-median",
    why: "without an improvement no statistic can be right more often",
  },
  async run(_lab, seed, { lift, replicates, ...dials }) {
    const { draw } = scoreWorld(dials, seed);
    const at = (runs: number, of: number): Record<Statistic, number> => {
      const rng = random(split(seed, `${runs} runs, lift ${of}`));
      return signAccuracy((one) => draw(rng, runs, one), of, replicates);
    };
    const [n3, n5, n10, equal] = [at(3, lift), at(5, lift), at(10, lift), at(5, 1)];
    return byStatistic((name) => ({ n3: n3[name], n5: n5[name], n10: n10[name], null: equal[name] }));
  },
};

function byStatistic<T>(make: (name: Statistic) => T): Record<Statistic, T> {
  return { iqm: make("iqm"), mean: make("mean"), median: make("median") };
}

/** Mean width of the 95 % stratified bootstrap interval relative to the statistic, over fresh matrices. */
function relativeWidth(draw: (rng: Random) => RunMatrix, statistic: Aggregate, seed: Seed, o: Widths): number {
  const rng = random(split(seed, "runs"));
  let sum = 0;
  for (let i = 0; i < o.matrices; i++) {
    const { value, low, high } = stratifiedBootstrap(draw(rng), statistic, { seed: split(seed, i), reps: o.reps });
    sum += (high - low) / value;
  }
  return sum / o.matrices;
}
type Widths = ScoreDials & { runs: number; matrices: number; reps: number };

const uncertainty: Claim<Statistic, "width", Widths> = {
  id: "uncertainty",
  statement: "Intervals of the interquartile mean are shorter, relative to it, than those of the median of task means",
  scope: `5 runs, 95 % stratified percentile bootstrap. ${drops}`,
  evidence: "mechanism",
  settings: { ...world, runs: 5, matrices: 200, reps: 1000 },
  seeds: 40,
  arms: names,
  bars: [
    {
      id: "median-iqm",
      metric: "width",
      of: "iqm",
      against: "median",
      better: "lower",
      role: "primary",
      bar: { kind: "superior", smallest: 0.07 },
      why: "bar of claim 2; the pilot's widths are 0.15 and 0.29",
    },
    { id: "mean-iqm", metric: "width", of: "iqm", against: "mean", better: "lower", role: "report", why: "beside it" },
  ],
  boundary: {
    setting: { tasks: 1, lucky: 0, noise: 0.2 },
    bar: "median-iqm",
    why: "one task with light tails: the median of task means is the plain mean, and trimming only loses runs",
  },
  async run(_lab, seed, o) {
    const { draw } = scoreWorld(o, seed);
    return byStatistic((name) => ({
      width: relativeWidth((rng) => draw(rng, o.runs, 1), statistics[name], split(seed, "widths"), o),
    }));
  },
};

type Coverage = ScoreDials & { runs: number; few: number; matrices: number; reps: number; truthRuns: number };

const coverage: Claim<"iqm", "coverage" | "few", Coverage> = {
  id: "coverage",
  statement:
    "Percentile intervals of the interquartile mean from 10 runs cover its large-sample value in 88 to 98 % of cases",
  scope: `95 % stratified percentile bootstrap; truth: the IQM of 20,000 runs. ${drops}`,
  evidence: "mechanism",
  settings: { ...world, runs: 10, few: 3, matrices: 300, reps: 1000, truthRuns: 20_000 },
  seeds: 40,
  arms: ["iqm"],
  bars: [
    {
      id: "coverage",
      metric: "coverage",
      of: "iqm",
      role: "primary",
      bar: { kind: "between", low: 0.88, high: 0.98 },
      why: "bar of claim 3: mild under-coverage is real and stated",
    },
    { id: "few-runs", metric: "few", of: "iqm", role: "report", why: "from 3 runs, printed without a bar" },
  ],
  boundary: {
    setting: { runs: 2 },
    bar: "coverage",
    why: "resampling 2 runs halves their variance: the interval is too short",
  },
  async run(_lab, seed, { runs, few, matrices, reps, truthRuns, ...dials }) {
    const { draw } = scoreWorld(dials, seed);
    const truth = iqm(draw(random(split(seed, "truth")), truthRuns, 1));
    const covered = (n: number): number => {
      const rng = random(split(seed, `${n} runs`));
      let count = 0;
      for (let i = 0; i < matrices; i++) {
        const { low, high } = stratifiedBootstrap(draw(rng, n, 1), iqm, { seed: split(seed, `${n}/${i}`), reps });
        if (low <= truth && truth <= high) count++;
      }
      return count / matrices;
    };
    return { iqm: { coverage: covered(runs), few: covered(few) } };
  },
};

type Winners = ScoreDials & { runs: number; lift: number; pairs: number; reps: number };

const winners: Claim<"point" | "interval", "falseWinners" | "power", Winners> = {
  id: "winners",
  statement:
    "Naming a winner only where the interval of P(X > Y) leaves out one half names a false one in at most 8 % of cases",
  scope: `5 runs; the rule of point estimates always names a winner. ${drops}`,
  evidence: "mechanism",
  settings: { ...world, runs: 5, lift: 1.15, pairs: 100, reps: 1000 },
  seeds: 40,
  arms: ["point", "interval"],
  bars: [
    {
      id: "false-winners",
      metric: "falseWinners",
      of: "interval",
      role: "primary",
      bar: { kind: "between", low: -1, high: 0.08 },
      why: "bar of claim 4; the pilot gave 6.3 %",
    },
    { id: "by-points", metric: "falseWinners", of: "point", role: "report", why: "1 by construction" },
    { id: "power", metric: "power", of: "interval", role: "report", why: "with the true improvement of 15 %" },
  ],
  boundary: { setting: { runs: 2 }, bar: "false-winners", why: "percentile intervals of 2 runs are too short" },
  async run(_lab, seed, { runs, lift, pairs, reps, ...dials }) {
    const { draw } = scoreWorld(dials, seed);
    const rates = (of: number): { named: number; byPoints: number } => {
      const rng = random(split(seed, `lift ${of}`));
      let named = 0;
      let byPoints = 0;
      for (let i = 0; i < pairs; i++) {
        const a = draw(rng, runs, 1);
        const b = draw(rng, runs, of);
        const { low, high } = improvementBootstrap(b, a, { seed: split(seed, `${of}/${i}`), reps });
        if (low > 0.5 || high < 0.5) named++;
        if (iqm(a) !== iqm(b)) byPoints++;
      }
      return { named: named / pairs, byPoints: byPoints / pairs };
    };
    const equal = rates(1);
    return {
      point: { falseWinners: equal.byPoints },
      interval: { falseWinners: equal.named, power: rates(lift).named },
    };
  },
};

const identities: Claim<"laurel", "unit" | "iqm8" | "profile" | "symmetry", { runs: number }> = {
  id: "identities",
  statement: "The statistics give the values that the official library's tests state",
  scope: "x = [[1,2],[2,2],[1,1],[2,1]], y = [[1,1],[2,2],[3,3]] and the definitions' own identities",
  evidence: "identity",
  settings: { runs: 5 },
  seeds: 40,
  arms: ["laurel"],
  bars: (["unit", "iqm8", "profile", "symmetry"] as const).map((metric) => ({
    id: metric,
    metric,
    of: "laurel" as const,
    role: "primary" as const,
    bar: { kind: "exact", tolerance: 1e-12 } as const,
    why: "largest deviation from the stated value",
  })),
  async run(_lab, seed, { runs }) {
    const x = runMatrix([
      [1, 2],
      [2, 2],
      [1, 1],
      [2, 1],
    ]);
    const y = runMatrix([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    const off = (pairs: readonly (readonly [number, number])[]): number =>
      Math.max(...pairs.map(([value, stated]) => Math.abs(value - stated)));
    const unit = [
      ...Object.values(statistics).flatMap((one) => [[one(x), 1.5] as const, [one(y), 2] as const]),
      [probabilityOfImprovement(x, y), 1 / 3] as const,
    ];
    const { draw } = scoreWorld(world, seed);
    const [rngA, rngB] = [random(split(seed, "a")), random(split(seed, "b"))];
    const [a, b] = [draw(rngA, runs, 1), draw(rngB, runs, 1)];
    return {
      laurel: {
        unit: off(unit),
        iqm8: iqm(runsByTask([[1, 2, 3, 4, 5, 6, 7, 8]])) - 4.5,
        profile: off([...performanceProfile(x, [1, 2])].map((share, i) => [share, [0.5, 0][i]!])),
        symmetry: probabilityOfImprovement(a, b) + probabilityOfImprovement(b, a) - 1,
      },
    };
  },
};

export default paper({
  slug: "rliable",
  component: [
    "iqm",
    "medianOfTasks",
    "performanceProfile",
    "probabilityOfImprovement",
    "stratifiedBootstrap",
    "optimalityGap",
    "profileBootstrap",
  ],
  claims: [efficiency, uncertainty, coverage, winners, identities],
});
