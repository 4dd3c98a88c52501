import { random, type Seed, split } from "laurel";
import { binaryReport, type CalledRow, compareRates, meanOf, median, rateRegret, spearman } from "laurel/stats";
import { type Claim, paper, untestable } from "../lab/index.ts";
import { cloneRuns, drawHabits, type HabitDials, type HabitRun, habitSuccess, runHabits } from "../worlds/habits.ts";
import { type AgentOutcome, runAgent, skillFor, type TaskGraphDials } from "../worlds/task-graph.ts";

type Judged = TaskGraphDials & {
  /** Each family's rate of success and its runs, as in the published set. */
  rates: readonly number[];
  counts: readonly number[];
  judges: number;
  /** Judge j in family f sees S = d + familySd · N(0, 1), d = sight + sightSd · N(0, 1), and accepts above threshold + thresholdSd · N(0, 1). */
  sight: number;
  sightSd: number;
  familySd: number;
  threshold: number;
  thresholdSd: number;
};

const judged: Judged = {
  steps: 5,
  horizon: 10,
  ends: 4,
  side: 0.2,
  rates: [0.37, 0.57, 0.17, 0.3, 0.08],
  counts: [398, 72, 400, 300, 132],
  judges: 12,
  sight: 1.5,
  sightSd: 0.3,
  familySd: 0.6,
  threshold: 0.8,
  thresholdSd: 0.2,
};

type Ruled = Judged & {
  /** Chance that the rule takes another valid end than the reference's, and a failure for a success. */
  loose: number;
  alarm: number;
  /** Chance that the rule misses the reference's end, as a multiple of what balances the alarms (alarm · (1 − p) / p). */
  miss: number;
};

interface FamilyRun extends AgentOutcome {
  family: number;
}

const superior = (smallest: number, over?: number) => ({ kind: "superior", smallest, over }) as const;

/** The families' runs; the simulator is the expert. */
function drawRuns(s: Judged, seed: Seed): FamilyRun[] {
  return s.rates.flatMap((rate, family) => {
    const rng = random(split(split(seed, "runs"), family));
    const skill = skillFor(rate, s);
    return Array.from({ length: s.counts[family]! }, () => ({ family, ...runAgent(skill, s, rng) }));
  });
}

/** Each judge's calls on the runs; `familySd` is what makes a judge's sight differ by family. */
function judgesOf(s: Judged, runs: readonly FamilyRun[], familySd: number, seed: Seed): (0 | 1)[][] {
  const traits = random(split(seed, "judges"));
  return Array.from({ length: s.judges }, (_, j) => {
    const d = s.sight + s.sightSd * traits.normal();
    const threshold = s.threshold + s.thresholdSd * traits.normal();
    const sight = s.rates.map(() => d + familySd * traits.normal());
    const rng = random(split(split(seed, "views"), j));
    return runs.map(({ family, end }) => ((end === null ? 0 : sight[family]!) + rng.normal() > threshold ? 1 : 0));
  });
}

type Arm = "rule" | "expert" | "judges" | "balanced";

const rules: Claim<Arm, "rate" | "recall" | "precision", Ruled> = {
  id: "rules",
  statement:
    "A rule that knows one of several equally good end states reports fewer successes than there are: high precision, low recall",
  scope:
    "World: a noisy planner on a task graph with four equally good ends, of which the rule knows one and takes 40 % of the others; 12 simulated judges. The rule's and the judges' error rates are dials that were set to the published set's, so this is a demonstration of how an under-report comes about, without a verdict. No pages, no screenshots, no LLM judges.",
  evidence: "assumed",
  settings: { ...judged, loose: 0.4, alarm: 0.04, miss: 0 },
  seeds: 40,
  arms: ["rule", "expert", "judges", "balanced"],
  bars: [
    {
      id: "rate",
      metric: "rate",
      of: "expert",
      against: "rule",
      role: "primary",
      bar: superior(0.0475),
      why: "success by the simulator less success by the rule, paired by run; the prototype's difference is 0.095",
    },
    {
      id: "recall",
      metric: "recall",
      of: "judges",
      against: "rule",
      role: "primary",
      bar: superior(0.08),
      why: "median of the judges; the prototype is 0.71 against 0.55",
    },
    {
      id: "precision",
      metric: "precision",
      of: "rule",
      against: "judges",
      role: "primary",
      bar: superior(0.085),
      why: "the best of the judges; the prototype is 0.84 against 0.67",
    },
    {
      id: "balanced",
      metric: "rate",
      of: "balanced",
      against: "expert",
      role: "control",
      bar: { kind: "equivalent", within: 0.0475 },
      why: "one valid end, and misses that balance the false alarms in expectation: the rule's rate is the expert's within half of bar 1's effect",
    },
  ],
  boundary: {
    setting: { ends: 1 },
    bar: "rate",
    why: "where only the reference's end is right the rule misses nothing, and its false alarms make it report more, not fewer",
  },
  async run(_lab, seed, s) {
    const measured = (dials: Ruled, name: string) => {
      const own = split(seed, name);
      const runs = drawRuns(dials, own);
      const total = dials.counts.reduce((sum, n) => sum + n, 0);
      const p = dials.rates.reduce((sum, rate, f) => sum + (rate * dials.counts[f]!) / total, 0);
      const missed = (dials.miss * dials.alarm * (1 - p)) / p;
      const rng = random(split(own, "rule"));
      const rule = runs.map(({ end }) => {
        const accepts = end === null ? dials.alarm : end === 0 ? 1 - missed : dials.loose;
        return rng.uniform() < accepts ? 1 : 0;
      });
      return { runs, rule, gold: runs.map(({ end }) => (end === null ? 0 : 1)) };
    };
    const { runs, rule, gold } = measured(s, "ends");
    const balanced = measured({ ...s, ends: 1, miss: 1 }, "one end");
    const reports = judgesOf(s, runs, s.familySd, seed).map((calls) => binaryReport(calls, gold as (0 | 1)[]));
    const own = binaryReport(rule as (0 | 1)[], gold as (0 | 1)[]);
    const rates = (calls: readonly number[], truth: readonly number[]) =>
      compareRates(calls.map((one, i) => ({ expert: truth[i] as 0 | 1, rule: one as 0 | 1 })));
    const here = rates(rule, gold);
    const there = rates(balanced.rule, balanced.gold);
    return {
      rule: { rate: here.rule!.value, recall: own.recall!.value, precision: own.precision!.value },
      expert: { rate: here.expert.value },
      judges: {
        recall: median(reports.map(({ recall }) => recall!.value)),
        precision: Math.max(...reports.map(({ precision }) => precision!.value)),
      },
      // the paired difference is added to the expert's rate above, since both worlds draw their own runs
      balanced: { rate: here.expert.value + there.ruleMinusExpert!.value },
    };
  },
};

const single: Claim<"families" | "alike", "regret" | "winners", Judged> = {
  id: "no-single-best",
  statement: "No single judge is best on all benchmarks, by more than chance alone makes different judges win",
  scope:
    "World: 12 judges whose sight differs by family of tasks (families), against judges that see alike in all of them (alike), on the same runs and noise. Regret by split halves: the number of winners alone means nothing, since noise makes about as many (reported). Which judge is best where is a dial; that choosing by family gains anything at the published size of 1,302 runs is what is checked.",
  evidence: "mechanism",
  settings: judged,
  seeds: 80,
  arms: ["families", "alike"],
  bars: [
    {
      id: "regret",
      metric: "regret",
      of: "families",
      against: "alike",
      role: "primary",
      bar: superior(0.0145),
      why: "precision gained by a choice for each family over one for all, on the half that did not choose; the prototype's difference is 0.029",
    },
    {
      id: "several",
      metric: "winners",
      of: "families",
      against: 2,
      role: "primary",
      bar: superior(0.5),
      why: "distinct winners over the five families, at least 2",
    },
    {
      id: "alike",
      metric: "regret",
      of: "alike",
      against: 0,
      role: "control",
      bar: superior(0.0145),
      expect: "not-holds",
      why: "judges that see alike everywhere leave nothing to gain by choosing for each family",
    },
    {
      id: "winners-alike",
      metric: "winners",
      of: "alike",
      role: "report",
      why: "distinct winners in pure noise: why a count of winners is no evidence",
    },
    { id: "regret-families", metric: "regret", of: "families", role: "report", why: "the prototype is 0.007" },
  ],
  boundary: {
    setting: { familySd: 0 },
    bar: "regret",
    why: "without family terms both arms are the same judges",
  },
  async run(_lab, seed, s) {
    const runs = drawRuns(s, seed);
    const measured = (familySd: number) => {
      const calls = judgesOf(s, runs, familySd, seed);
      const rows = calls.flatMap((own, j) =>
        own.map(
          (predicted, i): CalledRow => ({
            system: `j${j}`,
            group: String(runs[i]!.family),
            predicted,
            gold: runs[i]!.end === null ? 0 : 1,
          }),
        ),
      );
      const winners = s.rates.map((_, family) => {
        const precision = calls.map((own) => {
          const called = runs.filter((run, i) => run.family === family && own[i] === 1);
          return called.length === 0 ? -1 : called.filter(({ end }) => end !== null).length / called.length;
        });
        return precision.indexOf(Math.max(...precision));
      });
      return { regret: rateRegret(rows, { seed })!, winners: new Set(winners).size };
    };
    return { families: measured(s.familySd), alike: measured(0) };
  },
};

type Cloned = HabitDials & {
  judges: number;
  /** All judges' chance to accept a success; chances to accept a failure are log-uniform. */
  recall: number;
  alarmLow: number;
  alarmHigh: number;
  accepted: number;
  laplace: number;
};

type CloneArm = "judges" | "permuted" | "strictest" | "laxest" | "base";

const cloning: Claim<CloneArm, "rho" | "gold", Cloned> = {
  id: "precision",
  statement:
    "Among judges of equal recall, runs that a more precise one accepts make a better policy when they are cloned, and those of an imprecise one make it worse than it was",
  scope:
    "World: tabular behaviour cloning of 400 accepted runs on 40 tasks of 6 steps; the base policy has systematic wrong habits in 15 % of the states. The paper gives this as the reason to rank by precision and measures no training: the link is the specification's. Precision is exact (of the judge, not of the 400 runs).",
  evidence: "mechanism",
  settings: {
    tasks: 40,
    steps: 6,
    actions: 5,
    habits: 0.15,
    right: 0.87,
    rightInHabit: 0.15,
    judges: 12,
    recall: 0.75,
    alarmLow: 0.01,
    alarmHigh: 0.5,
    accepted: 400,
    laplace: 0.5,
  },
  seeds: 40,
  arms: ["judges", "permuted", "strictest", "laxest", "base"],
  bars: [
    {
      id: "rho",
      metric: "rho",
      of: "judges",
      against: 0,
      role: "primary",
      bar: superior(0.495),
      why: "Spearman of precision and exact success after cloning, over 12 judges; the prototype is 0.99",
    },
    {
      id: "worse",
      metric: "gold",
      of: "base",
      against: "laxest",
      role: "primary",
      bar: superior(0.04),
      why: "the least precise judge's clone is below the policy that made the runs; the prototype is 0.11 against 0.19",
    },
    {
      id: "better",
      metric: "gold",
      of: "strictest",
      against: "base",
      role: "primary",
      bar: superior(0.03),
      why: "the most precise judge's clone is above it; the prototype is 0.25 against 0.19",
    },
    {
      id: "permuted",
      metric: "rho",
      of: "permuted",
      against: 0,
      role: "control",
      bar: { kind: "equivalent", within: 0.25 },
      why: "precisions permuted over the judges, within about half of what the claim needs",
    },
  ],
  boundary: {
    setting: { alarmLow: 0.1, alarmHigh: 0.1001 },
    bar: "rho",
    why: "judges of practically equal precision: their order tells nothing",
  },
  async run(_lab, seed, s) {
    const base = drawHabits(s, split(seed, "base"));
    const success = habitSuccess(base, s);
    const traits = random(split(seed, "judges"));
    const judges = Array.from({ length: s.judges }, (_, j) => {
      const alarm = s.alarmLow * (s.alarmHigh / s.alarmLow) ** traits.uniform();
      const rng = random(split(split(seed, "runs"), j));
      const accepted: HabitRun[] = [];
      while (accepted.length < s.accepted) {
        const run = runHabits(base, s, rng);
        if (rng.uniform() < (run.success ? s.recall : alarm)) accepted.push(run);
      }
      return {
        precision: (s.recall * success) / (s.recall * success + alarm * (1 - success)),
        gold: habitSuccess(cloneRuns(accepted, s, s.laplace), s),
      };
    });
    judges.sort((a, b) => a.precision - b.precision);
    const [precisions, golds] = [judges.map(({ precision }) => precision), judges.map(({ gold }) => gold)];
    const permuted = random(split(seed, "permutation")).shuffled(precisions);
    return {
      judges: { rho: spearman(precisions, golds).value, gold: meanOf(golds) },
      permuted: { rho: spearman(permuted, golds).value },
      strictest: { gold: golds.at(-1)! },
      laxest: { gold: golds[0]! },
      base: { gold: success },
    };
  },
};

const published = untestable({
  id: "published-judges",
  statement:
    "On 1,302 labelled runs of web agents the best of 12 LLM judges has a precision near 70, and the benchmarks' rules have 83.8 with a recall of 55.9",
  scope:
    "Needs the published runs or judgements, of which none could be had here (the experts' labels could: 27.3 % of the runs succeed). To test it: `laurel bench run agentrewardbench FOLDER --scores judgements:functional` and each judge's name, with annotations.csv, splits.csv and the hub's judgments folder in FOLDER; the figures to meet are in `laurel bench list agentrewardbench`.",
});

export default paper({
  slug: "agentrewardbench",
  component: [
    "judge.trajectory",
    "trajectoryJudge",
    "runRule",
    "binaryReport",
    "bestByGroup",
    "rateRegret",
    "compareRates",
    "keepSuccessful",
    "agentJudgements",
  ],
  claims: [rules, single, cloning, published],
});
