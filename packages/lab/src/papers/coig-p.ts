import { answerText, random, type Seed, split } from "laurel";
import { pairByGap } from "laurel/recipes";
import { type Claim, type ClaimBar, paper } from "../lab/index.ts";
import { bradleyTerry } from "../train/index.ts";
import {
  dotAt,
  drawItems,
  drawJudgedPool,
  type JudgedPool,
  type PoolDials,
  pairAccuracy,
  scoredTasks,
} from "../worlds/preferences/index.ts";

type Settings = PoolDials & {
  /** Random pairs a query, before the gap is looked at. */
  perQuery: number;
  /** Pairs of each arm where all have as many. */
  equal: number;
  steps: number;
  rate: number;
  test: number;
  thresholds: readonly number[];
};

const settings: Settings = {
  queries: 160,
  answers: 15,
  dim: 24,
  middle: 5,
  spread: 1.8,
  query: 1,
  judges: 8,
  bias: 1.2,
  offset: 0.5,
  noise: 0.8,
  uniform: false,
  perQuery: 4,
  equal: 60,
  steps: 400,
  rate: 0.1,
  test: 4000,
  thresholds: [0, 1, 2, 3, 4, 5],
};

const scope =
  "World preferences/judged-pool: 160 queries with 15 linear answers each, eight judges that like length, are noisy and round to 0 to 10; downstream is a linear Bradley-Terry reward of features and length by gradient descent. No language, no DPO of a language model, not the six domains.";

/** Items of the pairs whose gap is above the threshold, chosen and rejected; the same pairs are looked at for every threshold. */
async function pairsAbove(
  pool: JudgedPool,
  threshold: number,
  judges: readonly Float64Array[],
  seed: Seed,
  s: Settings,
): Promise<(readonly [number, number])[]> {
  const pairs: (readonly [number, number])[] = [];
  for await (const { chosen, rejected } of pairByGap(scoredTasks(pool, s.answers, judges), {
    threshold,
    perTask: s.perQuery,
    seed,
  }))
    pairs.push([Number(answerText(chosen)), Number(answerText(rejected))]);
  return pairs;
}

/** Share of pairs whose chosen answer is of higher quality. */
function labelAccuracy({ quality }: JudgedPool, pairs: readonly (readonly [number, number])[]): number {
  return pairs.filter(([chosen, rejected]) => quality[chosen]! > quality[rejected]!).length / pairs.length;
}

/** Gradient descent on the mean Bradley-Terry loss from zero; without pairs the reward stays 0. */
function trained(
  { features, dim }: JudgedPool,
  pairs: readonly (readonly [number, number])[],
  s: Settings,
): Float64Array {
  const w = new Float64Array(dim);
  if (pairs.length === 0) return w;
  const loss = bradleyTerry();
  const rewards = (side: 0 | 1): Float64Array =>
    Float64Array.from(pairs, (pair) => dotAt(features, pair[side] * dim, w));
  for (let step = 0; step < s.steps; step++) {
    const { first, second } = loss(rewards(0), rewards(1));
    const gradient = new Float64Array(dim);
    for (const [n, [chosen, rejected]] of pairs.entries())
      for (let d = 0; d < dim; d++)
        gradient[d]! += first[n]! * features[chosen * dim + d]! + second[n]! * features[rejected * dim + d]!;
    for (let d = 0; d < dim; d++) w[d]! -= s.rate * gradient[d]!;
  }
  return w;
}

interface Tested {
  accuracy: number;
  lengthWeight: number;
}

/** Accuracy of the trained reward on fresh pairs of one query each, by quality. */
function tester(pool: JudgedPool, seed: Seed, s: Settings): (pairs: readonly (readonly [number, number])[]) => Tested {
  const fresh = drawItems(pool.weights, 2 * s.test, split(seed, "test"));
  return (pairs) => {
    const w = trained(pool, pairs, s);
    const rewards = fresh.quality.map((_, i) => dotAt(fresh.features, i * pool.dim, w));
    return { accuracy: pairAccuracy(rewards, fresh.quality), lengthWeight: w.at(-1)! };
  };
}

const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

type Arm = "gap2" | "gap0" | "oneJudge";
type Metric = "labels" | "accuracy" | "coins0" | "coins1" | "coins2";

const pairs: Claim<Arm, Metric, Settings> = {
  id: "gap",
  statement:
    "Pairs of a pool whose mean score gap is above 2 have righter labels than pairs of any gap, also as many of them teach more, and eight judges label better than one",
  scope: `${scope} Equal numbers: 60 random ones of the kept pairs.`,
  evidence: "mechanism",
  settings,
  seeds: 60,
  arms: ["gap2", "gap0", "oneJudge"],
  bars: [
    {
      id: "labels",
      metric: "labels",
      of: "gap2",
      against: "gap0",
      role: "primary",
      bar: superior(0.06),
      why: "claim 1: label accuracy; the pilot's effect is 0.121",
    },
    {
      id: "equal",
      metric: "accuracy",
      of: "gap2",
      against: "gap0",
      role: "primary",
      bar: superior(0.0175),
      why: "claim 2: accuracy after 60 pairs each; the pilot's effect is 0.035",
    },
    {
      id: "judges",
      metric: "labels",
      of: "gap2",
      against: "oneJudge",
      role: "primary",
      bar: superior(0.01),
      why: "claim 3: label accuracy at threshold 2 against the first judge alone; no pilot by the specification, one point",
    },
    {
      id: "judges-accuracy",
      metric: "accuracy",
      of: "gap2",
      against: "oneJudge",
      role: "report",
      why: "claim 3 downstream: the specification's re-run could not tell it from 0",
    },
    ...([0, 1, 2] as const).map(
      (threshold): ClaimBar<Arm, Metric> => ({
        id: `coins-${threshold}`,
        metric: `coins${threshold}`,
        of: "gap2",
        against: 0.5,
        role: "control",
        bar: { kind: "equivalent", within: 0.05 },
        why: `judges that say any number teach nothing at threshold ${threshold}: within five points of chance`,
      }),
    ),
  ],
  boundary: {
    setting: { uniform: true },
    bar: "labels",
    why: "the specification's control: no gap of random scores makes a label righter",
  },
  async run(_lab, seed, s) {
    const pool = drawJudgedPool(s, split(seed, "pool"));
    const test = tester(pool, seed, s);
    const own = split(seed, "pairs");
    const measured = async (threshold: number, judges: readonly Float64Array[]) => {
      const kept = await pairsAbove(pool, threshold, judges, own, s);
      const some = random(split(seed, "some")).shuffled(kept).slice(0, s.equal);
      return { labels: labelAccuracy(pool, kept), accuracy: test(some).accuracy };
    };
    const coins = drawJudgedPool({ ...s, uniform: true }, split(seed, "pool"));
    const atCoins = async (threshold: number): Promise<number> => {
      const kept = await pairsAbove(coins, threshold, coins.scores, own, s);
      return test(random(split(seed, "some")).shuffled(kept).slice(0, s.equal)).accuracy;
    };
    return {
      gap2: {
        ...(await measured(2, pool.scores)),
        coins0: await atCoins(0),
        coins1: await atCoins(1),
        coins2: await atCoins(2),
      },
      gap0: await measured(0, pool.scores),
      oneJudge: await measured(2, pool.scores.slice(0, 1)),
    };
  },
};

type Threshold = "0" | "1" | "2" | "3" | "4" | "5";

const curve: Claim<Threshold, "accuracy" | "labels" | "pairs" | "length", Settings> = {
  id: "threshold",
  statement: "Of all pairs that a threshold keeps, those at 2 teach most: accuracy rises up to it and falls beyond",
  scope: `${scope} This is the paper's own figure, there of a language model on AlignBench. The specification's pilot does not expect the rise with a linear reward.`,
  evidence: "mechanism",
  settings,
  seeds: 60,
  arms: ["0", "1", "2", "3", "4", "5"],
  bars: [
    {
      id: "rise",
      metric: "accuracy",
      of: "2",
      against: "0",
      role: "primary",
      bar: superior(0.003),
      why: "claim 4: the rise; the pilot is −0.003",
    },
    {
      id: "fall",
      metric: "accuracy",
      of: "2",
      against: "5",
      role: "primary",
      bar: superior(0.014),
      why: "claim 4: the fall; the pilot's effect is 0.028",
    },
    ...(["0", "1", "2", "3", "4", "5"] as const).flatMap((of) =>
      (["accuracy", "labels", "pairs", "length"] as const).map(
        (metric): ClaimBar<Threshold, "accuracy" | "labels" | "pairs" | "length"> => ({
          id: `${metric}-${of}`,
          metric,
          of,
          role: "report",
          why: {
            accuracy: "downstream accuracy",
            labels: "share of right labels",
            pairs: "pairs kept",
            length: "weight on length; 0 would be right",
          }[metric],
        }),
      ),
    ),
  ],
  boundary: {
    setting: { noise: 0, bias: 0, offset: 0 },
    bar: "rise",
    why: "where judges are exact but for rounding, every pair's label is right and fewer pairs teach less",
  },
  async run(_lab, seed, s) {
    const pool = drawJudgedPool(s, split(seed, "pool"));
    const test = tester(pool, seed, s);
    const out: Partial<Record<Threshold, Record<"accuracy" | "labels" | "pairs" | "length", number>>> = {};
    for (const threshold of s.thresholds) {
      const kept = await pairsAbove(pool, threshold, pool.scores, split(seed, "pairs"), s);
      const { accuracy, lengthWeight } = test(kept);
      out[String(threshold) as Threshold] = {
        accuracy,
        labels: labelAccuracy(pool, kept),
        pairs: kept.length,
        length: lengthWeight,
      };
    }
    return out as Required<typeof out>;
  },
};

export default paper({
  slug: "coig-p",
  component: ["pairsFromScores", "pairByGap", "scoredBy", "selectBy"],
  claims: [pairs, curve],
});
