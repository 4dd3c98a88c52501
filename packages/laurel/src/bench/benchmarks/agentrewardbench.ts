import type { Candidate, Example } from "../../core/index.ts";
import { isRaw, looksLikeMessages, parseMessages } from "../../io/messages.ts";
import { exampleOf } from "../../io/schemas/schema.ts";
import { agentJudgements, agentRows } from "../agents/folder.ts";
import { cumulativeReward } from "../agents/judgements.ts";
import { type LabelledRun, labelledRuns } from "../agents/labels.ts";
import { agentRun } from "../agents/trajectory.ts";
import type { Answered, Benchmark, BenchRow, Credited, Figure } from "../benchmark.ts";

/** A judgement: above ½ is success; −1 ("n/a") equals neither label. */
function said(item: Answered): 1 | 0 | -1 | null {
  const value = item.values[0] ?? null;
  return value === null ? null : value === -1 ? -1 : value > 0.5 ? 1 : 0;
}

const gold = (item: Answered): boolean => item.labels.correct?.[0] === true;

/** An unparsable judgement counts as failure in the official code. */
const call = (item: Answered): 1 | 0 | -1 => said(item) ?? 0;

const among = (
  name: string,
  about: string,
  of: (item: Answered) => boolean,
  hit: (item: Answered) => boolean,
): Figure => ({ name, about, ratio: true, of: (item) => (of(item) ? (hit(item) ? 1 : 0) : null) });

/** As the official code has it, "n/a" for a success is neither found nor missed. */
const decided = (item: Answered): boolean => gold(item) && call(item) !== -1;

const f1 = (items: readonly Credited[]): number => {
  const tp = items.filter((item) => call(item) === 1 && gold(item)).length;
  const called = items.filter((item) => call(item) === 1).length;
  const positive = items.filter(decided).length;
  return called + positive === 0 ? 0 : (2 * tp) / (called + positive);
};

/** What the rule of the run's own benchmark says, where the row has its cumulative reward. */
const rule = (item: Answered): boolean | null => {
  const reward = item.facts?.["cum_reward"];
  return typeof reward === "number" ? reward > 0.5 : null;
};

/** Runs by benchmark, model and task; the first label counts, and runs whose success is unsure are left out. */
function read(rows: readonly BenchRow[]): Example[] {
  return labelledRuns(rows)
    .filter(({ first }) => first.success !== null)
    .map(exampleOfRun);
}

function exampleOfRun({ benchmark, model, task, first, row, place }: LabelledRun): Example {
  const { goal, trajectory, output, cum_reward: given } = row;
  const run = isRaw(trajectory) ? agentRun(trajectory, place) : undefined;
  const named = typeof goal === "string" ? goal : (run?.goal ?? task);
  const reward = given ?? (isRaw(trajectory) ? cumulativeReward(trajectory) : undefined);
  const { success, ...parts } = first;
  const example = exampleOf(row, place, {
    id: `${benchmark}/${model}/${task}`,
    prompt: [{ role: "user", content: named }],
    candidates: [candidateOf(run?.output ?? output ?? trajectory, place)],
    labels: {
      correct: [success],
      parts: [
        {
          sideEffect: parts.sideEffect === null ? null : Number(parts.sideEffect),
          loop: parts.loop === null ? null : Number(parts.loop),
          optimality: parts.optimality,
        },
      ],
      ...(typeof reward === "number" || typeof reward === "string" ? { extra: { cum_reward: Number(reward) } } : {}),
    },
    subsets: { benchmark, model },
    used: [
      "benchmark",
      "task_id",
      "model_name",
      "trajectory_success",
      "trajectory_side_effect",
      "trajectory_looping",
      "trajectory_optimality",
      "goal",
      "trajectory",
      "output",
      "cum_reward",
    ],
  });
  // one task stands under several agents
  return { ...example, cluster: `${benchmark}/${task}` };
}

function candidateOf(run: unknown, place: LabelledRun["place"]): Candidate {
  if (looksLikeMessages(run)) return { output: parseMessages(run, place, "output") };
  return { output: [{ role: "assistant", content: typeof run === "string" ? run : "" }] };
}

const published = (system: string, precision: number, recall: number, f1Value: number) => ({
  system,
  figures: { precision: precision / 100, recall: recall / 100, f1: f1Value / 100 },
  source: "AgentRewardBench (2025), apps/results.csv",
  reproduced: false,
});

/** AgentRewardBench. */
export const agentRewardBench: Benchmark = {
  id: "agentrewardbench",
  title: "AgentRewardBench",
  about: "did a web agent succeed? 1,302 trajectories of four agents on five benchmarks, with experts' labels",
  tier: "schema only",
  tierWhy:
    "the labels (annotations.csv, splits.csv) can be read where they lie in the tests' data, but no run and no judgement could be had",
  data: {
    hub: "McGill-NLP/agent-reward-bench",
    licence: "not stated",
    columns:
      "annotations.csv: benchmark, task_id, model_name, exp_name, trajectory_success (Successful, Unsuccessful, Unsure), trajectory_side_effect, trajectory_looping (Yes, No, Unsure), trajectory_optimality (1. Complete Failure … 4. Completely Optimal); optional goal, trajectory ({ goal, steps } or a text) and cum_reward. DATA may be a folder with annotations.csv, splits.csv and, as on the hub, cleaned/ and judgments/",
  },
  asks: "scores",
  chance: { value: 0.273, why: "precision of saying success always: the experts' rate of success" },
  pitfalls: [
    "Precision is the headline, since false successes poison training data; read recall beside it.",
    "AssistantBench has about ten successes: its precision has a very wide interval.",
    "Values are over all trajectories, not means of benchmarks.",
    "The same task stands under four agents: intervals are by task.",
    "Judges that read the agent's own reasoning are talked into success.",
    "Report the test split (a folder with splits.csv gives it); unsure labels are left out, and a second label of a trajectory is not used.",
    "A judge that accepts nothing has no precision: it is shown as undefined, where the official code prints 0.",
  ],
  published: [
    published("rule-based", 83.8, 55.9, 67.1),
    published("GPT-4o, accessibility tree", 69.8, 83.1, 75.9),
    published("Claude-3.7-Sonnet, screenshot", 69.4, 76.3, 72.7),
    published("Claude-3.7-Sonnet, accessibility tree", 68.8, 81.6, 74.7),
    published("GPT-4o, screenshot", 68.1, 80.3, 73.7),
    published("AER-C", 67.7, 71.9, 69.7),
    published("Llama-3.3-70B, accessibility tree", 67.7, 79.0, 72.9),
    published("AER-V", 67.6, 71.5, 69.5),
    published("GPT-4o-mini, screenshot", 64.5, 78.3, 70.8),
    published("Qwen2.5-VL, screenshot", 64.5, 86.1, 73.7),
    published("Qwen2.5-VL, accessibility tree", 64.3, 89.8, 75.0),
    published("GPT-4o-mini, accessibility tree", 61.5, 86.1, 71.7),
    published("NNetNav", 52.5, 82.4, 64.1),
  ],
  by: "benchmark",
  rightFirst: false,
  rule: {
    text: "a value above ½ is success; precision over all trajectories; an unparsable judgement is failure, −1 (n/a) is neither",
    source: "AgentRewardBench (2025), metrics.py and score_judgments.py",
    credit: (item) => (call(item) === (gold(item) ? 1 : 0) ? 1 : 0),
    unscored: 0,
    figures: [
      among("precision", "of the called successes, those that are", (item) => call(item) === 1, gold),
      among(
        "recall",
        "of the successes, those that are called so; n/a is left out",
        decided,
        (item) => call(item) === 1,
      ),
      { name: "f1", about: "harmonic mean of precision and recall", all: f1 },
      { name: "accuracy", about: "share of right calls" },
      among(
        "npv",
        "of the called failures, those that are",
        (item) => call(item) === 0,
        (item) => !gold(item),
      ),
      among(
        "tnr",
        "of the failures, those that are called so",
        (item) => !gold(item),
        (item) => call(item) === 0,
      ),
      {
        name: "called success",
        about: "share of trajectories called a success",
        of: (item) => (call(item) === 1 ? 1 : 0),
      },
      { name: "expert success", about: "share of trajectories that are one", of: (item) => (gold(item) ? 1 : 0) },
      {
        name: "rule success",
        about: "share of trajectories that the benchmarks' own rules accept",
        of: (item) => {
          const accepted = rule(item);
          return accepted === null ? null : Number(accepted);
        },
      },
    ],
  },
  keep: ["cum_reward"],
  calls: (item) => ({ predicted: call(item) === -1 ? null : (call(item) as 0 | 1), gold: gold(item) ? 1 : 0 }),
  read,
  folder: agentRows,
  judgements: agentJudgements,
};
