import type { Example } from "../../core/index.ts";
import { type Raw, refuse } from "../../io/messages.ts";
import { exampleOf, type RowPlace } from "../../io/schemas/schema.ts";
import type { Answered, Benchmark, BenchRow, Credited, Figure } from "../benchmark.ts";
import { textAt } from "../read.ts";

/** Misspellings stand in the published labels. */
const success: Readonly<Record<string, boolean | null>> = {
  Successful: true,
  Unsuccessful: false,
  Unsuccesful: false,
  unsuccesful: false,
  Unsure: null,
};

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
): Figure => ({ name, about, of: (item) => (of(item) ? (hit(item) ? 1 : 0) : null) });

const f1 = (items: readonly Credited[]): number => {
  const tp = items.filter((item) => call(item) === 1 && gold(item)).length;
  const called = items.filter((item) => call(item) === 1).length;
  const positive = items.filter(gold).length;
  return called + positive === 0 ? 0 : (2 * tp) / (called + positive);
};

/** Trajectories by benchmark, model and task; the first label counts, and unsure ones are left out. */
function read(rows: readonly BenchRow[]): Example[] {
  const first = new Map<string, Example>();
  for (const { row, place } of rows) {
    const made = readRow(row, place);
    if (made !== undefined && !first.has(made.task.id)) first.set(made.task.id, made);
  }
  return [...first.values()].filter(({ labels }) => labels.correct?.[0] !== null);
}

function readRow(row: Raw, place: RowPlace): Example {
  const label = textAt(row, "trajectory_success", place);
  if (!Object.hasOwn(success, label)) refuse(place, "trajectory_success", "Successful, Unsuccessful or Unsure", label);
  const id = textAt(row, "task_id", place).replace(/\.(resized|improved)$/, "");
  const named = textAt(row, "benchmark", place);
  const benchmark = named === "workarena" && id.includes("l2") ? "workarena++" : named;
  const model = textAt(row, "model_name", place);
  const { goal, trajectory } = row;
  const example = exampleOf(row, place, {
    id: `${benchmark}/${model}/${id}`,
    prompt: [{ role: "user", content: typeof goal === "string" ? goal : id }],
    candidates: [{ output: [{ role: "assistant", content: typeof trajectory === "string" ? trajectory : "" }] }],
    labels: { correct: [success[label]!] },
    subsets: { benchmark, model },
    used: ["benchmark", "task_id", "model_name", "trajectory_success", "goal", "trajectory"],
  });
  // one task stands under several agents
  return { ...example, cluster: `${benchmark}/${id}` };
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
  tierWhy: "no row could be had here",
  data: {
    hub: "McGill-NLP/agent-reward-bench",
    licence: "not stated in the specification",
    columns:
      "annotations: benchmark, task_id, model_name, trajectory_success (Successful, Unsuccessful, Unsure); trajectory and goal as texts for a live judge",
  },
  asks: "scores",
  chance: { value: 0.273, why: "precision of saying success always: the experts' rate of success" },
  pitfalls: [
    "Precision is the headline, since false successes poison training data; read recall beside it.",
    "AssistantBench has about ten successes: its precision has a very wide interval.",
    "Values are over all trajectories, not means of benchmarks.",
    "The same task stands under four agents: intervals are by task.",
    "Judges that read the agent's own reasoning are talked into success.",
    "Report the test split; unsure labels are left out, and a second label of a trajectory is not used.",
  ],
  published: [
    published("rule-based", 83.8, 55.9, 67.1),
    published("GPT-4o, accessibility tree", 69.8, 83.1, 75.9),
    published("Claude-3.7-Sonnet, screenshot", 69.4, 76.3, 72.7),
    published("Claude-3.7-Sonnet, accessibility tree", 68.8, 81.6, 74.7),
    published("AER-C", 67.7, 71.9, 69.7),
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
      among("recall", "of the successes, those that are called so", gold, (item) => call(item) === 1),
      { name: "f1", about: "2 TP / (2 TP + FP + FN)", all: f1 },
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
    ],
  },
  read,
};
