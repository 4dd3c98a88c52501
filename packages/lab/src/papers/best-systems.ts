import { type Random, random, split } from "laurel";
import {
  borda,
  bordaTwoLevel,
  copeland,
  kemeny,
  kemenyCost,
  kendallDistance,
  meanRanking,
  preferences,
  type Ranking,
  rankingOf,
} from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import { drawInstances, drawTable, type InstanceDials, type TableDials } from "../worlds/score-tables.ts";

const world: TableDials = { systems: 20, tasks: 20, dispersion: 0.3, scales: 1.5 };
const drops =
  "Simulated score tables; the paper's real tables are not used. The set-up with Gumbel noise is recalled from the paper.";

/** The true order: system n is the n-th worst. */
const truthOf = (systems: number): Ranking => rankingOf(Float64Array.from({ length: systems }, (_, n) => n));
const off = (ranking: Ranking, truth: Ranking): number => kendallDistance(ranking, truth, { normalised: true });

const rules = {
  mean: meanRanking,
  borda,
  kemeny: (table: Float64Array, n: number) => kemeny(table, n, { method: "local" }),
};
type Rule = keyof typeof rules;
const names = Object.keys(rules) as Rule[];

type Metric = "distance" | "reversed" | "increase" | "subsampled" | "oneScale";
type Settings = TableDials & { reversed: number; kept: number };
const less = (smallest: number) => ({ kind: "superior", smallest }) as const;

const scales: Claim<Rule, Metric, Settings> = {
  id: "scales",
  statement:
    "Where tasks have scales of their own, Borda's count is nearer to the true order than the mean score, suffers less from reversed tasks, and agrees more with itself over other tasks",
  scope: `20 systems, 20 tasks, one table a seed. Distance: Kendall's, as a share of all pairs. Kemeny's order is by local search, as 20 systems are too many for the exact one. ${drops}`,
  evidence: "mechanism",
  settings: { ...world, reversed: 4, kept: 10 },
  seeds: 200,
  arms: names,
  bars: [
    {
      id: "nearer",
      metric: "distance",
      of: "borda",
      against: "mean",
      better: "lower",
      role: "primary",
      bar: less(0.0205),
      why: "bar 1; the pilot's effect is 0.041",
    },
    {
      id: "robust",
      metric: "reversed",
      of: "borda",
      against: "mean",
      better: "lower",
      role: "primary",
      bar: less(0.035),
      why: "bar 2: 4 of 20 tasks reversed; the pilot's effect is 0.071",
    },
    {
      id: "increase",
      metric: "increase",
      of: "borda",
      against: "mean",
      better: "lower",
      role: "primary",
      bar: less(0.0148),
      why: "bar 2: what the reversal adds; the pilot's effect is 0.030",
    },
    {
      id: "reliable",
      metric: "subsampled",
      of: "borda",
      against: "mean",
      better: "lower",
      role: "primary",
      bar: less(0.0136),
      why: "bar 3: 10 random tasks against all 20; the pilot's effect is 0.027",
    },
    {
      id: "one-scale",
      metric: "oneScale",
      of: "borda",
      against: "mean",
      better: "lower",
      role: "control",
      bar: { kind: "equivalent", within: 0.005 },
      why: "tasks on one scale: the mean is as good",
    },
    {
      id: "kemeny",
      metric: "distance",
      of: "kemeny",
      against: "borda",
      better: "lower",
      role: "report",
      why: "Kemeny's order beside Borda's approximation of it",
    },
    {
      id: "kemeny-reversed",
      metric: "reversed",
      of: "kemeny",
      against: "borda",
      better: "lower",
      role: "report",
      why: "with reversed tasks",
    },
  ],
  boundary: { setting: { scales: 0 }, bar: "nearer", why: "on one scale the mean uses all that ranks throw away" },
  async run(_lab, seed, { reversed, kept, ...dials }) {
    const { systems, tasks } = dials;
    const truth = truthOf(systems);
    const table = drawTable(dials, split(seed, "table"));
    const turned = drawTable(dials, split(seed, "table"), reversed);
    const equal = drawTable({ ...dials, scales: 0 }, split(seed, "one scale"));
    const some = random(split(seed, "tasks"))
      .shuffled(Array.from({ length: tasks }, (_, t) => t))
      .slice(0, kept);
    const part = Float64Array.from(
      { length: systems * kept },
      (_, at) => table[Math.floor(at / kept) * tasks + some[at % kept]!]!,
    );
    const measured = (rule: (table: Float64Array, n: number) => Ranking) => {
      const whole = rule(table, systems);
      const [distance, worse] = [off(whole, truth), off(rule(turned, systems), truth)];
      return {
        distance,
        reversed: worse,
        increase: worse - distance,
        subsampled: off(rule(part, systems), whole),
        oneScale: off(rule(equal, systems), truth),
      };
    };
    return { mean: measured(rules.mean), borda: measured(rules.borda), kemeny: measured(rules.kemeny) };
  },
};

const levels: Claim<"one" | "two", "distance", InstanceDials> = {
  id: "two-levels",
  statement:
    "Borda within tasks and then over tasks is nearer to the true order than Borda over all instances, where large tasks measure something else",
  scope: `15 tasks of 20 instances and 5 of 400 that measure a random permutation of the skill: the specification's own choice. ${drops}`,
  evidence: "mechanism",
  settings: { ...world, instances: 20, large: 5, largeInstances: 400, offTarget: 5, noise: 3 },
  seeds: 40,
  arms: ["one", "two"],
  bars: [
    {
      id: "nearer",
      metric: "distance",
      of: "two",
      against: "one",
      better: "lower",
      role: "primary",
      bar: less(0.177),
      why: "bar 4; the pilot's effect is 0.354",
    },
  ],
  boundary: {
    setting: { offTarget: 0 },
    bar: "nearer",
    why: "large tasks on target: counting every instance loses nothing",
  },
  async run(_lab, seed, dials) {
    const { systems } = dials;
    const tables = drawInstances(dials, seed);
    const width = tables.reduce((sum, table) => sum + table.length / systems, 0);
    const all = new Float64Array(systems * width);
    let from = 0;
    for (const table of tables) {
      const items = table.length / systems;
      for (let n = 0; n < systems; n++) all.set(table.subarray(n * items, (n + 1) * items), n * width + from);
      from += items;
    }
    const truth = truthOf(systems);
    return {
      one: { distance: off(borda(all, systems), truth) },
      two: { distance: off(bordaTwoLevel(tables, systems), truth) },
    };
  },
};

type Identity = "invariance" | "mean-changes" | "brute-force" | "five" | "condorcet" | "borda-misses";

const identities: Claim<"laurel", Identity, { tables: number }> = {
  id: "identities",
  statement:
    "Borda and Kemeny depend on order alone, the exact consensus costs least, Borda costs at most five times as much, and a Condorcet winner is first in Kemeny's order but not always in Borda's",
  scope:
    "Random tables of 7 systems and 5 tasks (3 and 3 for brute force), and two stored tables; counts of violations",
  evidence: "identity",
  settings: { tables: 25 },
  seeds: 40,
  arms: ["laurel"],
  bars: (["invariance", "mean-changes", "brute-force", "five", "condorcet", "borda-misses"] as const).map((metric) => ({
    id: metric,
    metric,
    of: "laurel" as const,
    role: "primary" as const,
    bar: { kind: "exact", tolerance: 1e-9 } as const,
    why: "violations on this seed's tables",
  })),
  async run(_lab, seed, { tables }) {
    const rng = random(split(seed, "tables"));
    const count = { invariance: 0, "mean-changes": 0, "brute-force": 0, five: 0, condorcet: 0, "borda-misses": 0 };
    for (let k = 0; k < tables; k++) {
      const table = drawRanks(7, 5, rng);
      const mapped = table.map((x, at) => (at % 5 === k % 5 ? Math.exp(x) - 3 : x));
      const [exact, count7] = [kemeny(table, 7), borda(table, 7)];
      if (differs(count7.order, borda(mapped, 7).order) || differs(exact.order, kemeny(mapped, 7).order))
        count.invariance++;
      const wins = preferences(table, 7);
      if (kemenyCost(count7.order, wins) > 5 * exact.cost) count.five++;
      const { condorcet } = copeland(wins, 7);
      if (condorcet !== undefined && exact.order[0] !== condorcet) count.condorcet++;
      const small = drawRanks(3, 3, rng);
      const pairs = preferences(small, 3);
      const least = orders3.reduce((best, order) => Math.min(best, kemenyCost(order, pairs)), Number.POSITIVE_INFINITY);
      if (Math.abs(kemeny(small, 3).cost - least) > 1e-9) count["brute-force"]++;
    }
    // the mean's order turns when one task is multiplied by 100
    const two = Float64Array.of(2, 2, 1, 1, 1, 2);
    const scaled = Float64Array.of(2, 2, 100, 1, 1, 200);
    if (!differs(meanRanking(two, 2).order, meanRanking(scaled, 2).order)) count["mean-changes"]++;
    // three tasks order A > B > C, two B > C > A
    const split5 = Float64Array.of(2, 2, 2, 0, 0, 1, 1, 1, 2, 2, 0, 0, 0, 1, 1);
    if (borda(split5, 3).order[0] !== 1 || copeland(preferences(split5, 3), 3).condorcet !== 0) count["borda-misses"]++;
    return { laurel: count };
  },
};

const orders3 = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

function drawRanks(systems: number, tasks: number, rng: Random): Float64Array {
  const table = new Float64Array(systems * tasks);
  for (let t = 0; t < tasks; t++)
    rng.shuffled(Array.from({ length: systems }, (_, n) => n)).forEach((rank, n) => {
      table[n * tasks + t] = rank;
    });
  return table;
}

function differs(a: readonly number[], b: readonly number[]): boolean {
  return a.some((x, i) => x !== b[i]);
}

export default paper({
  slug: "best-systems",
  component: ["borda", "bordaTwoLevel", "kemeny", "kendallDistance", "meanRanking", "rankIntervals"],
  claims: [scales, levels, identities],
});
