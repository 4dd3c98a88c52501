import { random, type Seed, split } from "laurel";
import { matchRuns, parseRunFilter, runFilterText, runResults, runsFromRows } from "laurel/bench";
import {
  areaUnderCurve,
  type Curve,
  compareCurves,
  curveOf,
  lastWindowMean,
  meanOf,
  meanOfTasks,
  minMaxCurves,
  runStatistics,
  stratifiedBootstrap,
  varianceOf,
} from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import {
  type CurveDials,
  type CurveMethod,
  type CurveTask,
  drawCurves,
  drawCurveTasks,
} from "../worlds/learning-curves.ts";

type Settings = CurveDials & {
  /** Studies of each kind a seed. */
  studies: number;
  reps: number;
  /** The published table: last values a run, environments that must differ. */
  window: number;
  least: number;
  /** Ratio of time constants in A, of limits in B; share to which D falls. */
  slower: number;
  higher: number;
  fallsTo: number;
};

type Arm = "curves" | "table" | "named-faster" | "named-slower";
type Metric = "faster" | "better" | "same" | "falls" | "falseFall" | "dealt";

const plain: CurveMethod = { limit: 1, time: 1, fallsTo: 1 };

const decisions: Claim<Arm, Metric, Settings> = {
  id: "decisions",
  statement:
    "Complete learning curves tell which of two methods learns faster, and that a method fell after a peak, where the published table of final scores cannot",
  scope:
    "Simulated curves of known quality (8 environments, 5 runs, 400 logged points); no real runs, no network. 20 studies of each kind a seed, 100 seeds. The rule on curves: mean over all points, scaled by environment, percentile bootstrap over runs. The rule on the table: bands of one standard deviation apart in at least 4 of 8 environments net. The control was changed in the specification after a first one (permuted time) was no null.",
  evidence: "mechanism",
  settings: {
    environments: 8,
    runs: 5,
    points: 400,
    steps: 1_000_000,
    correlation: 0.95,
    noise: 0.1,
    runEffect: 0.1,
    studies: 20,
    reps: 1000,
    window: 100,
    least: 4,
    slower: 2,
    higher: 1.1,
    fallsTo: 0.8,
  },
  seeds: 100,
  arms: ["curves", "table", "named-faster", "named-slower"],
  bars: [
    {
      id: "faster",
      metric: "faster",
      of: "curves",
      against: "table",
      role: "primary",
      bar: { kind: "superior", smallest: 0.5 },
      why: "bar 1: the same limit, half the time constant; half the pilot's effect",
    },
    {
      id: "falls",
      metric: "falls",
      of: "curves",
      role: "primary",
      bar: { kind: "superior", over: 0.9, smallest: 0.05 },
      why: "bar 2: a fall to 0.8 is found in at least 90 % of studies",
    },
    {
      id: "false-falls",
      metric: "falseFall",
      of: "curves",
      role: "primary",
      bar: { kind: "between", low: -1, high: 0.05 },
      why: "bar 2: and found in at most 5 % where there is none",
    },
    {
      id: "false-alarms",
      metric: "same",
      of: "curves",
      role: "primary",
      bar: { kind: "superior", over: 0.9, smallest: 0.01 },
      why: "bar 3: identical methods are told apart in at most 10 %; the percentile bootstrap of 5 runs expects about 8 %",
    },
    {
      id: "better",
      metric: "better",
      of: "curves",
      against: "table",
      role: "primary",
      bar: { kind: "non-inferior", margin: 0.05 },
      why: "bar 4: a limit 10 % higher",
    },
    {
      id: "dealt",
      metric: "dealt",
      of: "named-faster",
      against: "named-slower",
      role: "control",
      bar: { kind: "equivalent", within: 0.05 },
      why: "runs dealt to the two methods at random: neither is named more often",
    },
    { id: "same-table", metric: "same", of: "table", role: "report", why: "the table's rule on identical methods" },
  ],
  boundary: { setting: { slower: 1 }, bar: "faster", why: "methods of one speed: there is nothing to find" },
  async run(_lab, seed, s) {
    const count = {
      faster: [0, 0],
      better: [0, 0],
      same: [0, 0],
      falls: 0,
      falseFall: 0,
      dealtFaster: 0,
      dealtSlower: 0,
    };
    for (let k = 0; k < s.studies; k++) {
      const own = split(seed, `study ${k}`);
      const tasks = drawCurveTasks(s, split(own, "tasks"));
      const draw = (name: string, method: Partial<CurveMethod>): Curve[][] =>
        drawCurves(s, tasks, { ...plain, ...method }, split(own, name));
      const a = draw("a", {});
      const faster = both(a, draw("slow", { time: s.slower }), s, own);
      count.faster[0]! += faster.curves === 1 ? 1 : 0;
      count.faster[1]! += faster.table === 1 ? 1 : 0;
      const better = both(draw("high", { limit: s.higher }), draw("low", {}), s, own);
      count.better[0]! += better.curves === 1 ? 1 : 0;
      count.better[1]! += better.table === 1 ? 1 : 0;
      const same = both(a, draw("other", {}), s, own);
      count.same[0]! += same.curves === 0 ? 1 : 0;
      count.same[1]! += same.table === 0 ? 1 : 0;
      if (falls(draw("falling", { fallsTo: s.fallsTo }), s, own)) count.falls++;
      if (falls(a, s, own)) count.falseFall++;
      const dealt = both(...deal(a, draw("slow", { time: s.slower }), split(own, "deal")), s, own).curves;
      if (dealt === 1) count.dealtFaster++;
      if (dealt === -1) count.dealtSlower++;
    }
    const rate = (n: number | undefined): number => (n ?? 0) / s.studies;
    return {
      curves: {
        faster: rate(count.faster[0]),
        better: rate(count.better[0]),
        same: rate(count.same[0]),
        falls: rate(count.falls),
        falseFall: rate(count.falseFall),
      },
      table: { faster: rate(count.faster[1]), better: rate(count.better[1]), same: rate(count.same[1]) },
      "named-faster": { dealt: rate(count.dealtFaster) },
      "named-slower": { dealt: rate(count.dealtSlower) },
    };
  },
};

/** Which method each rule names: 1 the first, -1 the second, 0 none. */
function both(a: Curve[][], b: Curve[][], s: Settings, seed: Seed): { curves: number; table: number } {
  const [first, second] = minMaxCurves([a, b]) as [Curve[][], Curve[][]];
  const { low, high } = compareCurves(first, second, {
    seed: split(seed, "compare"),
    reps: s.reps,
    statistic: ({ values }) => meanOf(values),
  });
  let net = 0;
  for (const [e, runs] of a.entries()) {
    const [x, y] = [runs, b[e]!].map((own) => {
      const last = own.map((curve) => lastWindowMean(curve, s.window));
      return { mean: meanOf(last), sd: Math.sqrt(varianceOf(last, 0)) };
    }) as [{ mean: number; sd: number }, { mean: number; sd: number }];
    if (x.mean - x.sd > y.mean + y.sd) net++;
    if (y.mean - y.sd > x.mean + x.sd) net--;
  }
  return { curves: low > 0 ? 1 : high < 0 ? -1 : 0, table: net >= s.least ? 1 : net <= -s.least ? -1 : 0 };
}

/** Did the curve fall after 60 % of training? The mean just before less the mean at the end, with its bootstrap interval above 0. */
function falls(runs: Curve[][], s: Settings, seed: Seed): boolean {
  const [scaled] = minMaxCurves([runs]) as [Curve[][]];
  const drop = ({ values }: Curve): number => {
    const [from, to] = [Math.round(0.55 * s.points), Math.round(0.65 * s.points)];
    return meanOf(values.subarray(from, to)) - meanOf(values.subarray(s.points - (to - from)));
  };
  const found = stratifiedBootstrap(runStatistics(scaled, drop), meanOfTasks, {
    seed: split(seed, "fall"),
    reps: s.reps,
  });
  return found.low > 0;
}

/** The runs of each environment, dealt to two methods at random. */
function deal(a: Curve[][], b: Curve[][], seed: Seed): [Curve[][], Curve[][]] {
  const rng = random(seed);
  const mixed = a.map((runs, e) => rng.shuffled([...runs, ...b[e]!]));
  return [mixed.map((runs) => runs.slice(0, runs.length / 2)), mixed.map((runs) => runs.slice(runs.length / 2))];
}

type Identity = "parser" | "table" | "window" | "scale" | "area";

const filters = [
  [
    "?we=openrlbenchmark&wpn=cleanrl&ceik=env_id&cen=exp_name&metric=charts/episodic_return",
    "ppo_atari?tag=pr-1&cl=PPO",
    "dqn_atari?tag=pr-1&tag=latest",
  ],
  ["?we=openrlbenchmark&wpn=baselines&ceik=env&cen=exp_name&metric=charts/episodic_return", "ppo2?user=someone"],
  [
    "?wpn=sb3&ceik=env&cen=algo&metric=rollout/ep_rew_mean&xaxis=global_step",
    "td3?learning_rate=0.001&learning_rate=0.0003",
  ],
];

const identities: Claim<"laurel", Identity, CurveDials> = {
  id: "identities",
  statement:
    "Filters are made again from their text, noise-free curves give the analytic table and areas, the window counts logged values, and scaled curves touch 0 and 1",
  scope: "Filters in the tool's language, our own fixtures; one seed's environments without noise",
  evidence: "identity",
  settings: { environments: 8, runs: 2, points: 4000, steps: 1_000_000, correlation: 0, noise: 0, runEffect: 0 },
  seeds: 40,
  arms: ["laurel"],
  bars: (["parser", "table", "window", "scale", "area"] as const).map((metric) => ({
    id: metric,
    metric,
    of: "laurel" as const,
    role: "primary" as const,
    bar: { kind: "exact", tolerance: metric === "area" ? 1e-3 : 1e-9 } as const,
    why: metric === "area" ? "relative deviation of the trapezoids from the integral" : "greatest deviation",
  })),
  async run(_lab, seed, dials) {
    const unlike = filters.filter((one) => {
      const read = parseRunFilter(one);
      return JSON.stringify(parseRunFilter(runFilterText(read))) !== JSON.stringify(read);
    }).length;
    const tasks = drawCurveTasks(dials, split(seed, "tasks"));
    const curves = drawCurves(dials, tasks, plain, split(seed, "runs"));
    const [scaled] = minMaxCurves([curves]) as [Curve[][]];
    const touch = scaled.map((runs) => {
      const values = runs.flatMap((run) => [...run.values]);
      return Math.abs(Math.min(...values)) + Math.abs(Math.max(...values) - 1);
    });
    const area = curves.map((runs, e) => Math.abs(areaUnderCurve(runs[0]!) / exactArea(tasks[e]!, dials) - 1));
    // irregular logging: the last 100 values lie at the end of a long gap
    const irregular = curveOf(
      Array.from({ length: 300 }, (_, i) => (i < 200 ? i : 1e6 + i)),
      Array.from({ length: 300 }, (_, i) => (i < 200 ? 5 : i)),
    );
    return {
      laurel: {
        parser: unlike,
        table: tableError(tasks, curves),
        window: lastWindowMean(irregular, 100) - 249.5,
        scale: Math.max(...touch),
        area: Math.max(...area),
      },
    };
  },
};

function exactArea({ limit, time }: CurveTask, { points }: CurveDials): number {
  const from = 1 / points;
  return (limit * (1 - from - time * (Math.exp(-from / time) - Math.exp(-1 / time)))) / (1 - from);
}

/** Through rows of a tracker, a filter and the table: the largest relative deviation from the mean of the last 100 expected values. */
function tableError(tasks: readonly CurveTask[], curves: readonly Curve[][]): number {
  const rows = curves.flatMap((runs, e) =>
    runs.flatMap(({ steps, values }, n) =>
      Array.from(values.subarray(-120), (value, i) => ({
        run: `${e}/${n}`,
        env_id: `env ${e}`,
        exp_name: "plain",
        global_step: steps[steps.length - 120 + i]!,
        "charts/episodic_return": value,
      })),
    ),
  );
  const results = runResults(
    matchRuns(runsFromRows(rows), parseRunFilter(["?metric=charts/episodic_return", "plain"])),
  );
  return Math.max(
    ...results.map(({ mean, sd }, e) => {
      const { limit, time } = tasks[e]!;
      const points = curves[e]![0]!.values.length;
      const expected = meanOf(
        Array.from({ length: 100 }, (_, i) => limit * (1 - Math.exp(-(points - 99 + i) / points / time))),
      );
      return Math.abs(mean / expected - 1) + sd / limit;
    }),
  );
}

export default paper({
  slug: "open-rl-benchmark",
  component: [
    "parseRunFilter",
    "matchRuns",
    "runResults",
    "resampleCurve",
    "lastWindowMean",
    "stepsToThreshold",
    "compareCurves",
  ],
  claims: [decisions, identities],
});
