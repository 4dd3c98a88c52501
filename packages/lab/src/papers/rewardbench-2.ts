import { random, type Seed, split } from "laurel";
import { benchmarkDownstreamCorrelation, bestOfKCredit, tiesScore } from "laurel/bench";
import { meanOf } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import {
  bestOfFirst,
  groupMean,
  type StyledReward,
  sampledGroups,
  styledGroups,
  styledScores,
} from "../worlds/judges/styled-rewards.ts";
import { dirichlet } from "../worlds/preferences/index.ts";

type Settings = {
  rewards: number;
  domains: number;
  /** A ~ U(0, skill); by domain max(0, A + spread · N(0, 1)). */
  skill: number;
  spread: number;
  prompts: number;
  /** Style of right answers less that of wrong ones, in the four-way and in the two-way benchmark. */
  gap4: number;
  gap2: number;
  tasks: number;
  problems: number;
  samples: number;
  a: number;
  b: number;
};

const settings: Settings = {
  rewards: 60,
  domains: 6,
  skill: 2.5,
  spread: 0.5,
  prompts: 100,
  gap4: 0,
  gap2: 1.5,
  tasks: 7,
  problems: 150,
  samples: 16,
  a: 1.5,
  b: 2.5,
};

type Arm = "four" | "two" | "permuted";
type Metric = "r" | "accuracy" | "drop";

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

const foretells: Claim<Arm, Metric, Settings> = {
  id: "foretells",
  statement:
    "Scores on one right answer against three wrong ones, with style independent of correctness, foretell best-of-16 quality over rewards, better than pairs whose right answer has another style; and they are lower",
  scope:
    "World judges/styled-rewards: 60 simulated rewards that see correctness (by six domains) and style. The two-way benchmark's confounding is given by construction, as the paper says of RewardBench 1; its correlation is no figure of the paper. No language, no label noise, no generator shift; PPO's saturation, lineage and the Ties domain's part in the correlation are not tested. Continuous scores, so no ties.",
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["four", "two", "permuted"],
  bars: [
    {
      id: "correlation",
      metric: "r",
      of: "four",
      role: "primary",
      against: 0,
      bar: superior(0.09, 0.8),
      why: "bar 1: Pearson's r over rewards above 0.80; the specification's pilot is 0.98",
    },
    {
      id: "better",
      metric: "r",
      of: "four",
      against: "two",
      role: "primary",
      bar: superior(0.245),
      why: "bar 2: the pilot's difference is 0.49",
    },
    {
      id: "harder",
      metric: "drop",
      of: "four",
      role: "primary",
      against: 0,
      bar: superior(0.03, 0.1),
      why: "bar 3: two-way less four-way accuracy, mean over rewards, above 10 points; the pilot's is 16",
    },
    {
      id: "permuted",
      metric: "r",
      of: "permuted",
      against: 0,
      role: "control",
      bar: { kind: "equivalent", within: 0.1 },
      why: "another reward's downstream value says nothing",
    },
    { id: "four-accuracy", metric: "accuracy", of: "four", role: "report", why: "mean over rewards" },
    { id: "two-accuracy", metric: "accuracy", of: "two", role: "report", why: "mean over rewards" },
  ],
  boundary: {
    setting: { gap4: 1.5 },
    bar: "correlation",
    why: "four answers alone do not help: where the right one of them has another style too, the score is of style again",
  },
  async run(_lab, seed, s) {
    const rewards = drawRewards(s, split(seed, "rewards"));
    const four = Array.from({ length: s.domains }, (_, domain) =>
      styledGroups({ groups: s.prompts, means: [s.gap4, 0, 0, 0], domain }, split(split(seed, "four"), domain)),
    );
    const two = Array.from({ length: s.domains }, (_, domain) =>
      styledGroups({ groups: s.prompts, means: [s.gap2, 0], domain }, split(split(seed, "two"), domain)),
    );
    const mixtures = random(split(seed, "mixtures"));
    const tasks = Array.from({ length: s.tasks }, (_, t) =>
      sampledGroups({ ...s, domains: dirichlet(mixtures, s.domains, 1) }, split(split(seed, "tasks"), t)),
    );
    const found = rewards.map((reward, k) => {
      const own = split(split(seed, "noise"), k);
      const domain = (all: typeof four, name: string): number =>
        meanOf(
          all.map((groups, d) =>
            groupMean(styledScores(reward, groups, split(split(own, name), d)), groups.size, (scores) =>
              bestOfKCredit([...scores]),
            ),
          ),
        );
      return {
        four: domain(four, "four"),
        two: domain(two, "two"),
        best: meanOf(
          tasks.map((groups, t) =>
            bestOfFirst(
              styledScores(reward, groups, split(split(own, "tasks"), t)),
              groups.correct,
              groups.size,
              groups.size,
            ),
          ),
        ),
      };
    });
    const best = found.map((one) => one.best);
    const r = (scores: readonly number[], values: readonly number[]): number =>
      benchmarkDownstreamCorrelation(scores, values, { method: "pearson", seed, reps: 1 }).value;
    const [fours, twos] = [found.map((one) => one.four), found.map((one) => one.two)];
    const shuffled = random(split(seed, "permutation")).shuffled(best);
    return {
      four: { r: r(fours, best), accuracy: meanOf(fours), drop: meanOf(twos) - meanOf(fours) },
      two: { r: r(twos, best), accuracy: meanOf(twos) },
      permuted: { r: r(fours, shuffled) },
    };
  },
};

function drawRewards(s: Settings, seed: Seed): StyledReward[] {
  const rng = random(seed);
  return Array.from({ length: s.rewards }, () => {
    const general = s.skill * rng.uniform();
    const skills = Array.from({ length: s.domains }, () => Math.max(0, general + s.spread * rng.normal()));
    return { skills, style: rng.normal() };
  });
}

const rule: Claim<"rule", "constant" | "ties" | "shift", { candidates: number }> = {
  id: "rule",
  statement:
    "A constant reward gets a quarter, and the Ties score of the worked example is the stated formula's, whatever is added to all scores",
  scope:
    "The functions that score the benchmark, on hand-computed rows; agreement with the reward-bench package is tested beside them.",
  evidence: "identity",
  settings: { candidates: 4 },
  seeds: 40,
  arms: ["rule"],
  bars: [
    {
      id: "constant",
      metric: "constant",
      of: "rule",
      against: 0.25,
      role: "primary",
      bar: { kind: "exact", tolerance: 1e-12 },
      why: "shared credit of four equal scores",
    },
    {
      id: "ties",
      metric: "ties",
      of: "rule",
      against: 1 + 0.01 * Math.tanh(2),
      role: "primary",
      bar: { kind: "exact", tolerance: 1e-12 },
      why: "d = 0.5, g_ref = 2, g_tied = 1.5",
    },
    {
      id: "shift",
      metric: "shift",
      of: "rule",
      against: 0,
      role: "primary",
      bar: { kind: "exact", tolerance: 1e-9 },
      why: "the rule looks at differences only",
    },
  ],
  async run(_lab, seed, { candidates }) {
    const rng = random(seed);
    const constant = rng.normal();
    const rows = (added: number) => [
      { id: "ref:0", scores: [3, 1, 0].map((x) => x + added), numCorrect: 1 },
      { id: "tied:0", scores: [3, 2.5, 1].map((x) => x + added), numCorrect: 2 },
    ];
    return {
      rule: {
        constant: bestOfKCredit(Array.from({ length: candidates }, () => constant)),
        ties: tiesScore(rows(0)).overall,
        // sixteenths are exact in binary, so that nothing is rounded
        shift: tiesScore(rows(rng.below(1000) / 16)).overall - tiesScore(rows(0)).overall,
      },
    };
  },
};

export default paper({
  slug: "rewardbench-2",
  component: ["bestOfKCredit", "tiesScore", "benchmarkDownstreamCorrelation", "bestOfNCurve"],
  claims: [foretells, rule],
});
