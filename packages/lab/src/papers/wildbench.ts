import { correlate, type WbTable, wbReward, wbScore } from "laurel/bench";
import { lengthTie } from "laurel/rewards";
import { meanOf } from "laurel/stats";
import { type Claim, paper, untestable } from "../lab/index.ts";
import { drawLeague, type League, type LeagueDials } from "../worlds/preferences/index.ts";

type Settings = LeagueDials & {
  /** The length rule's margin in characters. */
  margin: number;
  top: number;
};

const settings: Settings = {
  models: 20,
  tasks: 1024,
  baselines: [1.5, 0, -1.5],
  lengthBias: 0.15,
  noise: 0.125,
  margin: 500,
  top: 6,
};
const names = ["b0", "b1", "b2"];
const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

/** Pearson's correlation of a table with skill: of all models, and of the best. */
function against(table: WbTable, league: League, top: number): { all: number; top: number } {
  const of = (least: number): number => {
    const skills = Object.fromEntries([...league.skills].flatMap((skill, m) => (m < least ? [] : [[`m${m}`, skill]])));
    return correlate(table, skills).pearson.value;
  };
  return { all: of(0), top: of(league.skills.length - top) };
}

const rewards = (league: League, k: number, top: number) =>
  against(wbReward(league.judgements, { k, baselines: names }), league, top);

/** The mixture of three rewards, and the mean correlation of the rewards against one baseline each. */
function mixtureAndSingles(league: League, k: number, top: number) {
  const table = wbReward(league.judgements, { k, baselines: names });
  const single = names.map((name) => {
    const rows = table.rows.map((row) => ({
      ...row,
      value: { ...row.value, value: row.baselines![name]!.rewards.reward },
    }));
    return against({ figure: table.figure, rows }, league, top);
  });
  return {
    mixture: against(table, league, top),
    single: { all: meanOf(single.map(({ all }) => all)), top: meanOf(single.map((one) => one.top)) },
  };
}

const drops =
  "World: 20 models of known skill, 1,024 tasks, a judge that sees quality, length and noise. No language, no judge's preference for itself, no task tags. The verbosity of the baselines (the middle of the models') is ours; the thresholds of slight and strong wins are the specification's, fixed after its pilot.";

type Arm = "mixture" | "single" | "sameMixture" | "sameSingle";
const baselines: Claim<Arm, "all" | "top", Settings> = {
  id: "baselines",
  statement:
    "The mean of rewards against a strong, a middling and a weak baseline goes with skill better than the reward against one of them",
  scope: `${drops} 'One of them' is the mean correlation of the three single rewards. The gain is small, since all correlations are above 0.9. Among the six best models the specification's pilot shows a loss and this one's a gain; they are reported without a bar.`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["mixture", "single", "sameMixture", "sameSingle"],
  bars: [
    {
      id: "mixture",
      metric: "all",
      of: "mixture",
      against: "single",
      role: "primary",
      bar: superior(0.00105),
      why: "half of the effect in a pilot of 12 seeds",
    },
    { id: "top", metric: "top", of: "mixture", against: "single", role: "report", why: "the six best models alone" },
    {
      id: "same",
      metric: "all",
      of: "sameMixture",
      against: "sameSingle",
      role: "control",
      bar: { kind: "exact", tolerance: 1e-12 },
      why: "three baselines that are one model, with the same answers and judge's draws, are one baseline",
    },
  ],
  boundary: {
    setting: { baselines: [0, 0, 0] },
    bar: "mixture",
    why: "three times the same baseline: nothing is gained",
  },
  async run(_lab, seed, s) {
    const league = drawLeague(s, seed);
    const same = drawLeague({ ...s, baselines: [0, 0, 0] }, seed);
    const { mixture, single } = mixtureAndSingles(league, s.margin, s.top);
    const alike = mixtureAndSingles(same, s.margin, s.top);
    return { mixture, single, sameMixture: alike.mixture, sameSingle: alike.single };
  },
};

type LengthArm = "rule" | "off" | "wide" | "score" | "fairRule" | "fairOff";
const lengthRule: Claim<LengthArm, "all" | "top" | "changed", Settings> = {
  id: "length-rule",
  statement:
    "Where a judge prefers length, turning slight wins of the longer side into ties makes the reward go with skill better",
  scope: `${drops} The rule is a bet on a biased judge: for a judge that does not see length it costs (the first control, and the boundary). Of WB-Score against WB-Reward on the six best models nothing is claimed; both are reported.`,
  evidence: "mechanism",
  settings,
  seeds: 40,
  arms: ["rule", "off", "wide", "score", "fairRule", "fairOff"],
  bars: [
    {
      id: "rule",
      metric: "all",
      of: "rule",
      against: "off",
      role: "primary",
      bar: superior(0.027),
      why: "half of the effect in a pilot of 12 seeds",
    },
    {
      id: "fair",
      metric: "all",
      of: "fairOff",
      against: "fairRule",
      role: "control",
      bar: superior(0.0138),
      why: "a judge that does not see length: the rule only throws verdicts away",
    },
    {
      id: "identity",
      metric: "changed",
      of: "off",
      against: 0,
      role: "control",
      bar: { kind: "exact", tolerance: 0 },
      why: "K = −1 changes no grade",
    },
    { id: "rule-top", metric: "top", of: "rule", against: "off", role: "report", why: "the six best models alone" },
    { id: "wide", metric: "all", of: "wide", against: "rule", role: "report", why: "K = 1000 against 500" },
    {
      id: "score-top",
      metric: "top",
      of: "score",
      against: "rule",
      role: "report",
      why: "WB-Score against the mixture of rewards, six best models",
    },
    { id: "score-all", metric: "all", of: "score", against: "rule", role: "report", why: "the same of all models" },
  ],
  boundary: { setting: { lengthBias: 0 }, bar: "rule", why: "a judge that does not see length" },
  async run(_lab, seed, s) {
    const league = drawLeague(s, seed);
    const fair = drawLeague({ ...s, lengthBias: 0 }, seed);
    const changed = league.judgements.filter(
      ({ grade, length, baselineLength }) => lengthTie(grade!, length, baselineLength, -1) !== grade,
    ).length;
    return {
      rule: rewards(league, s.margin, s.top),
      off: { ...rewards(league, -1, s.top), changed },
      wide: rewards(league, 1000, s.top),
      score: against(wbScore(league.scores), league, s.top),
      fairRule: rewards(fair, s.margin, s.top),
      fairOff: rewards(fair, -1, s.top),
    };
  },
};

const checklist: Claim<"checklist" | "plain", "all" | "top", Settings> = {
  id: "checklist",
  statement: "A judge with a checklist, whose noise is half as large, gives rewards that go with skill better",
  scope: `${drops} That a checklist halves the judge's noise is assumed, each question being seen by itself: this checks the pipeline, not that assumption.`,
  evidence: "assumed",
  settings,
  seeds: 40,
  arms: ["checklist", "plain"],
  bars: [
    {
      id: "checklist",
      metric: "all",
      of: "checklist",
      against: "plain",
      role: "primary",
      bar: superior(0.00064),
      why: "half of the effect in a pilot of 12 seeds",
    },
    {
      id: "checklist-top",
      metric: "top",
      of: "checklist",
      against: "plain",
      role: "report",
      why: "the six best models alone",
    },
  ],
  async run(_lab, seed, s) {
    const of = (noise: number) => rewards(drawLeague({ ...s, noise }, seed), s.margin, s.top);
    return { checklist: of(s.noise), plain: of(2 * s.noise) };
  },
};

const arena = untestable({
  id: "arena",
  statement:
    "On 1,024 tasks of real users WB-Reward with three baselines and WB-Score go with Chatbot Arena's ratings (0.98 and 0.95) better than Arena-Hard and AlpacaEval 2.0 do",
  scope:
    "The published counts give 0.989 on six and 0.987 on twelve models (WB-Score 0.967 and 0.969): recomputed once from the files of its repository, which are not kept here. Which models the abstract's figures are of is not published, and a judge's order of real models cannot be made anew here. A test would need the answers of a dozen models to the 1,024 tasks, GPT-4's verdicts on them against three baselines, and the Arena's ratings of the same week.",
});

export default paper({
  slug: "wildbench",
  component: [
    "judge.checklist",
    "judge.graded",
    "checklistJudge",
    "gradedComparer",
    "lengthTie",
    "wbReward",
    "wbScore",
    "wbElo",
  ],
  claims: [baselines, lengthRule, checklist, arena],
});
