import {
  answerText,
  candidate,
  type Estimate,
  type Example,
  isScored,
  NotEnoughDataError,
  promptText,
  type Reward,
  type Score,
  type Task,
} from "../../core/index.ts";
import { extractAnswer } from "../../rewards/verify/index.ts";
import { Pool, type ScoreAllOptions, scoreAll } from "../../run/index.ts";
import { meanEstimate, proportionEstimate } from "../../stats/index.ts";
import { acceptanceOf, accepted } from "../conform/verdicts.ts";
import { exploits, type Ground, neighbourOf } from "./exploits.ts";
import { formats } from "./formats.ts";

/** Options of `auditReward`. */
export interface AuditRewardOptions extends ScoreAllOptions {
  /** The least value that counts as right; default: the top of the reward's range, or 1. */
  threshold?: number | undefined;
  /** Tasks on which formats and exploits are tried; default 100. */
  probes?: number | undefined;
  /** The share of unscored answers above which an exploit fails; default 0.001. */
  mostUnscored?: number | undefined;
}

/** What changes when a right answer is set in another format. */
export interface FormatFinding {
  readonly format: string;
  /** Value in the format minus value as it was. */
  readonly change: Estimate;
  /** Share of accepted answers that are no longer accepted. */
  readonly lost: Estimate | null;
}

/** What an exploit earns beside the right answer of the same tasks. */
export interface ExploitFinding {
  readonly exploit: string;
  readonly earned: Estimate | null;
  readonly honest: Estimate | null;
  /** Share of the exploit's answers that are accepted as right. */
  readonly accepted: Estimate | null;
  readonly unscored: Estimate;
  /** How many were faults of the answer. */
  readonly faults: number;
  /** Are more unscored than may be? */
  readonly failed: boolean;
}

/** The result of `auditReward`. */
export interface RewardAudit {
  readonly reward: string;
  readonly threshold: number;
  readonly examples: number;
  /** Wrong answers accepted, and right ones refused; null where there are no labels of that sort. */
  readonly falsePositives: Estimate | null;
  readonly falseNegatives: Estimate | null;
  /** Tasks with a right answer that the reward scored, on which formats and exploits were tried. */
  readonly probed: number;
  /** Tasks that were left out of the probes because the right answer itself was unscored. */
  readonly leftOut: number;
  readonly formats: readonly FormatFinding[];
  readonly exploits: readonly ExploitFinding[];
}

interface Probe {
  readonly format?: string;
  readonly exploit?: string;
  readonly text: string;
}

const clustersOf = (clusters: readonly string[]): { clusters?: readonly string[] } =>
  new Set(clusters).size === clusters.length ? {} : { clusters };

function share(outcomes: readonly boolean[], clusters: readonly string[], unscored = 0): Estimate | null {
  if (outcomes.length === 0) return null;
  const own = clustersOf(clusters);
  // one prompt alone has no spread between prompts
  if (own.clusters !== undefined && new Set(clusters).size < 2) return null;
  return proportionEstimate(outcomes, { ...own, unscored });
}

function mean(values: readonly number[], clusters: readonly string[], unscored = 0): Estimate | null {
  if (new Set(clusters).size < 2) return null;
  return meanEstimate(values, { ...clustersOf(clusters), unscored });
}

/** A reference longer than this, without a marked answer, is a text with no neighbour that is surely wrong. */
const LONGEST_ANSWER = 200;

/** The reference's final answer as text, where it has one: the marked one (in a box, after ####, "A:" or "the answer is"), else the whole of a short text. */
function goldOf(task: Task): string | undefined {
  const answer = task.reference?.answer ?? task.reference?.texts?.[0];
  if (typeof answer === "number") return String(answer);
  if (typeof answer !== "string" || answer.trim() === "") return undefined;
  const marked = extractAnswer(answer, { strategies: ["boxed", "hash", "answer"] })?.text;
  return marked ?? (answer.length <= LONGEST_ANSWER ? answer : undefined);
}

function labelled(example: Example, right: boolean): string | undefined {
  const at = example.labels.correct?.indexOf(right) ?? -1;
  return at < 0 ? undefined : answerText(example.task.candidates[at]!);
}

/** What the probes of a task may use; undefined without a right answer. */
function groundOf(example: Example, turn: number): Ground | undefined {
  const { task } = example;
  const gold = goldOf(task);
  const honest = labelled(example, true) ?? (example.labels.correct === undefined ? gold : undefined);
  if (honest === undefined) return undefined;
  const neighbour = gold === undefined ? undefined : neighbourOf(gold);
  const options = task.context?.["options"];
  return {
    turn,
    prompt: promptText(task),
    honest,
    wrong:
      labelled(example, false) ??
      (neighbour === undefined
        ? undefined
        : `The answer is ${honest.includes("\\boxed") ? `\\boxed{${neighbour}}` : neighbour}.`),
    gold,
    neighbour,
    options:
      Array.isArray(options) && options.every((one) => typeof one === "string") ? (options as string[]) : undefined,
  };
}

function probesOf(ground: Ground): Probe[] {
  const probes: Probe[] = [];
  for (const [format, restyle] of Object.entries(formats)) {
    const text = restyle(ground.honest);
    if (text !== undefined) probes.push({ format, text });
  }
  for (const [exploit, write] of Object.entries(exploits)) {
    const text = write(ground);
    if (text !== undefined) probes.push({ exploit, text });
  }
  return probes;
}

interface Probed {
  readonly cluster: string;
  readonly honest: number;
  readonly probe: Probe;
  readonly score: Score;
}

/** Scores the right answer and the probes of each task; in one group, or in pairs where the reward sees the group. */
async function tryProbes(
  reward: Reward,
  grounds: readonly { example: Example; ground: Ground }[],
  options: ScoreAllOptions,
): Promise<{ probed: Probed[]; leftOut: number; tasks: number }> {
  const plan = grounds.flatMap(({ example, ground }) => {
    const probes = probesOf(ground);
    const groups = reward.sees === "candidate" ? [probes] : probes.map((probe) => [probe]);
    return groups.map((group, g) => ({
      example,
      group,
      task: {
        ...example.task,
        id: `${example.task.id}/${g}`,
        candidates: [ground.honest, ...group.map(({ text }) => text)].map((text) => candidate(text)),
      },
    }));
  });
  const probed: Probed[] = [];
  const left = new Set<string>();
  let at = 0;
  for await (const row of scoreAll(
    reward,
    plan.map(({ task }) => task),
    options,
  )) {
    const { example, group } = plan[at++]!;
    const honest = row.scores[0]!;
    if (!isScored(honest)) {
      left.add(example.task.id);
      continue;
    }
    for (const [i, probe] of group.entries())
      probed.push({ cluster: example.cluster, honest: honest.value, probe, score: row.scores[i + 1]! });
  }
  return { probed, leftOut: left.size, tasks: grounds.length - left.size };
}

function formatFinding(format: string, rows: readonly Probed[], threshold: number): FormatFinding | undefined {
  const scored = rows.filter(({ score }) => isScored(score));
  const value = ({ score }: Probed): number => (isScored(score) ? score.value : Number.NaN);
  const change = mean(
    scored.map((row) => value(row) - row.honest),
    scored.map(({ cluster }) => cluster),
    rows.length - scored.length,
  );
  if (change === null) return undefined;
  const before = scored.filter(({ honest }) => honest >= threshold - 1e-9);
  const lost = share(
    before.map((row) => value(row) < threshold - 1e-9),
    before.map(({ cluster }) => cluster),
  );
  return { format, change, lost };
}

function exploitFinding(
  exploit: string,
  rows: readonly Probed[],
  threshold: number,
  most: number,
): ExploitFinding | undefined {
  const clusters = rows.map(({ cluster }) => cluster);
  const unscored = share(
    rows.map(({ score }) => !isScored(score)),
    clusters,
  );
  if (unscored === null) return undefined;
  const scored = rows.flatMap((row) => (isScored(row.score) ? [{ ...row, score: row.score }] : []));
  const own = scored.map(({ cluster }) => cluster);
  const missing = rows.length - scored.length;
  return {
    exploit,
    earned: mean(
      scored.map(({ score }) => score.value),
      own,
      missing,
    ),
    honest: mean(
      rows.map(({ honest }) => honest),
      clusters,
    ),
    accepted: share(
      scored.map(({ score }) => accepted(score, threshold) === true),
      own,
      missing,
    ),
    unscored,
    faults: scored.filter(({ score }) => score.fault !== undefined).length,
    failed: unscored.value > most,
  };
}

/**
 * How a reward errs, and what earns it without the work.
 *
 * False positives: wrong answers with a value of at least the threshold, over all scored wrong answers; false negatives: right ones
 * below it. Formats: how a right answer's value changes when only its setting does. Exploits: what each earns beside the right answer
 * of the same tasks. Intervals are by prompt (`cluster`). An exploit fails where more than `mostUnscored` of its answers are unscored,
 * since a policy must not be able to leave the reward without a verdict.
 *
 * @param examples tasks with `labels.correct`; a task without labels gives its reference as the right answer
 * @returns see `RewardAudit`; rewards that see the group get pairs of the right answer and one probe
 * @throws NotEnoughDataError for fewer than 2 examples
 * @example const { exploits } = await auditReward(await rewardFrom("verify.math"), examples)
 */
export async function auditReward(
  reward: Reward,
  examples: readonly Example[],
  options: AuditRewardOptions = {},
): Promise<RewardAudit> {
  if (options.pool !== undefined) return audited(reward, examples, options);
  await using pool = new Pool({ workers: options.workers });
  return await audited(reward, examples, { ...options, pool });
}

async function audited(
  reward: Reward,
  examples: readonly Example[],
  options: AuditRewardOptions,
): Promise<RewardAudit> {
  if (examples.length < 2) throw new NotEnoughDataError("an audit needs at least 2 tasks", 2);
  const threshold = options.threshold ?? acceptanceOf(reward);
  const errors = {
    wrong: { outcomes: [] as boolean[], clusters: [] as string[], unscored: 0 },
    right: { outcomes: [] as boolean[], clusters: [] as string[], unscored: 0 },
  };
  const judged = examples.filter(({ labels }) => labels.correct?.some((label) => label !== null) === true);
  let at = 0;
  for await (const row of scoreAll(
    reward,
    judged.map(({ task }) => task),
    options,
  )) {
    const { labels, cluster } = judged[at++]!;
    for (const [i, label] of (labels.correct ?? []).entries()) {
      if (label === null) continue;
      const side = label ? errors.right : errors.wrong;
      const verdict = accepted(row.scores[i]!, threshold);
      if (verdict === undefined) side.unscored++;
      else {
        side.outcomes.push(verdict !== label);
        side.clusters.push(cluster);
      }
    }
  }
  const grounds: { example: Example; ground: Ground }[] = [];
  for (const example of examples) {
    if (grounds.length >= (options.probes ?? 100)) break;
    const ground = groundOf(example, grounds.length);
    if (ground !== undefined) grounds.push({ example, ground });
  }
  const { probed, leftOut, tasks } = await tryProbes(reward, grounds, options);
  const of = (field: "format" | "exploit", name: string): Probed[] =>
    probed.filter(({ probe }) => probe[field] === name);
  const { wrong, right } = errors;
  return {
    reward: reward.name,
    threshold,
    examples: examples.length,
    falsePositives: share(wrong.outcomes, wrong.clusters, wrong.unscored),
    falseNegatives: share(right.outcomes, right.clusters, right.unscored),
    probed: tasks,
    leftOut,
    formats: Object.keys(formats).flatMap((name) => formatFinding(name, of("format", name), threshold) ?? []),
    exploits: Object.keys(exploits).flatMap(
      (name) => exploitFinding(name, of("exploit", name), threshold, options.mostUnscored ?? 0.001) ?? [],
    ),
  };
}
