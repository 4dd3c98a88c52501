import { type Estimate, type Example, NotEnoughDataError, seedFrom, split, type Task } from "../../../core/index.ts";
import {
  type Calibration,
  calibrationOf,
  type Evaluation,
  evaluate,
  type Judged,
  judged,
  type MarginScale,
  Pool,
  type ScoreAllOptions,
  type ScoreSource,
  shownOrder,
} from "../../../run/index.ts";
import { askOf } from "./ask.ts";
import { type Consistency, type ContrastItem, consistencyOf, contrastPairs, contrastTasks } from "./contrast.ts";
import { type Difficulty, difficultyOf } from "./difficulty.ts";
import { type Distance, distanceOf } from "./distance.ts";
import { type Effects, effectsOf } from "./effects.ts";
import { type FlipPlan, flipsOf, type PerturbationFinding, planFlips } from "./flips.ts";
import { type OffTopic, offTopicOf, offTopicTasks } from "./off-topic.ts";
import { type GoldGroup, goldOf, type OverOptimisation, overOptimisation } from "./over-optimisation.ts";
import { onePerExample, type StressPair, stressPairs, valueSd } from "./pairs.ts";
import { type Place, placeOf, placeTasks } from "./place.ts";
import type { Section } from "./section.ts";
import { type Shift, shiftOf } from "./shift.ts";
import { type BatchCheck, batchCheck, type EqualScores, equalScores } from "./steadiness.ts";

/** Options of `stressReward`. */
export interface StressOptions extends ScoreAllOptions {
  /** Pairs, contrast items and off-topic tasks that are tried, each; default 200. */
  probes?: number | undefined;
  /** Items of a Contrast Instructions file; default: made from the examples. */
  contrast?: readonly ContrastItem[] | undefined;
  /** Another reward or score file, for the distance. */
  against?: ScoreSource | undefined;
  /** The subset key that names sources, and the source that the reward was trained on. */
  shift?: { key: string; known?: string | undefined } | undefined;
  /** Groups whose gold is known, such as those of a world; default: the examples' own value labels or right and wrong. */
  world?: { name: string; tasks: readonly Task[]; gold: readonly (readonly number[])[] } | undefined;
  /** As `evaluate`'s. */
  threshold?: number | undefined;
  level?: number | undefined;
}

/** What a reward does beyond its mean accuracy. A part that cannot be shown says why. */
export interface StressAudit {
  reward: string;
  source: "reward" | "scores";
  examples: number;
  evaluation: Evaluation;
  difficulty: Section<Difficulty>;
  /** With the values taken as log-odds, and with a temperature fitted. */
  calibration: Readonly<Record<MarginScale, Section<Calibration>>>;
  effects: Section<Effects>;
  place: Section<Place>;
  perturbations: Section<readonly PerturbationFinding[]>;
  contrast: Section<Consistency>;
  offTopic: Section<OffTopic>;
  shift: Section<Shift[]>;
  bestOfN: Section<OverOptimisation>;
  distance: Section<Distance>;
  batch: Section<BatchCheck>;
  equal: EqualScores;
}

/** The texts that a stress audit asks about beside the file's own. */
interface Probes {
  flips: FlipPlan;
  contrast: readonly ContrastItem[];
  offTopic: readonly Task[];
  place: readonly Task[];
}

function probesOf(
  pairs: readonly StressPair[],
  examples: readonly Example[],
  grouped: boolean,
  options: StressOptions,
  orders = grouped,
): Probes {
  const most = options.probes ?? 200;
  const seed = split(seedFrom(options.seed ?? 0), "stress");
  return {
    flips: planFlips(pairs, { grouped, most, seed }),
    contrast: options.contrast?.slice(0, most) ?? contrastPairs(examples, { most }),
    offTopic: offTopicTasks(examples, { most }),
    place: orders ? placeTasks(pairs, most) : [],
  };
}

/**
 * The tasks that must be scored elsewhere for a stress audit from a score file, beside the file's own: perturbed, contrasted and
 * off-topic texts, and pairs in both orders. Rows of the score file with their ids then fill those parts.
 *
 * @param examples labelled examples, as for `stressReward`
 */
export function stressTasks(examples: readonly Example[], options: StressOptions = {}): Task[] {
  const blank = examples.map(
    ({ task, labels, cluster, subsets }): Judged => ({
      id: task.id,
      repeat: 0,
      cluster,
      subsets,
      labels,
      scores: task.candidates.map(() => ({ value: 0 })),
    }),
  );
  const tried = onePerExample(pairsOrNone(examples, blank));
  const { flips, contrast, offTopic, place } = probesOf(tried, examples, false, options, true);
  return [...flips.tasks, ...contrastTasks(contrast), ...offTopic, ...place];
}

function pairsOrNone(
  examples: readonly Example[],
  rows: readonly Judged[],
  shown?: (example: Example) => readonly number[],
): StressPair[] {
  const labelled = examples.some(
    ({ labels }) => (labels.preferred?.length ?? 0) > 0 || (labels.correct ?? labels.value) !== undefined,
  );
  return labelled ? stressPairs(examples, rows, shown) : [];
}

/**
 * A reward under stress: what its accuracy hides.
 *
 * Accuracy by subset and difficulty; calibration; partial effects of length, format and position; perturbations, contrast
 * instructions and off-topic answers; shift between sources; best-of-n against gold; STARC distance to another reward; batch sizes
 * and equal scores. From a score file, what needs new texts to be scored is shown where the file has rows for `stressTasks`.
 *
 * @param source a reward that is run, or a table of scores
 * @param examples labelled examples, in memory with their texts
 * @throws NotEnoughDataError for fewer than 2 examples or none with labels, UsageError as `evaluate`
 * @example await stressReward({ name: "length", reward: await rewardFrom("length") }, examples)
 */
export async function stressReward(
  source: ScoreSource,
  examples: readonly Example[],
  options: StressOptions = {},
): Promise<StressAudit> {
  if (options.pool !== undefined || source.reward === undefined) return stressed(source, examples, options);
  await using pool = new Pool({ workers: options.workers });
  return await stressed(source, examples, { ...options, pool });
}

async function rowsOf(source: ScoreSource, examples: readonly Example[], options: ScoreAllOptions): Promise<Judged[]> {
  const rows: Judged[] = [];
  for await (const batch of judged(source, [examples], { ...options, repeats: 1 })) rows.push(...batch);
  return rows;
}

async function stressed(
  source: ScoreSource,
  examples: readonly Example[],
  options: StressOptions,
): Promise<StressAudit> {
  if (examples.length < 2) throw new NotEnoughDataError("a stress audit needs at least 2 tasks", 2);
  const level = options.level ?? 0.95;
  const seed = split(seedFrom(options.seed ?? 0), "stress");
  const { reward } = source;
  const live = reward !== undefined;
  const grouped = live && reward.sees !== "candidate";
  const rows = await rowsOf(source, examples, options);
  const evaluation = evaluate(rows, { threshold: options.threshold, range: reward?.range, seed: options.seed, level });
  const pairs = pairsOrNone(examples, rows, live ? (example) => shownOrder(example, options) : undefined);
  const tried = onePerExample(pairs);
  const probes = probesOf(tried, examples, grouped, options, grouped || !live);
  const ask = askOf(source, options);
  const elsewhere =
    "a score file has no scores of new texts: --write-probes FILE writes them, to be scored and added to it";
  const asked = async <T>(
    tasks: readonly Task[],
    none: string,
    show: (scores: Awaited<ReturnType<typeof ask>>) => T,
  ): Promise<Section<T>> => {
    if (tasks.length === 0) return { missing: none };
    const scores = await ask(tasks);
    return scores.some((one) => one !== undefined) ? show(scores) : { missing: elsewhere };
  };
  const calibration = (scale: MarginScale): Section<Calibration> => {
    try {
      return calibrationOf(evaluation.made, { scale, seed: split(seed, scale), level });
    } catch (thrown) {
      if (thrown instanceof NotEnoughDataError) return { missing: thrown.message };
      throw thrown;
    }
  };
  return {
    reward: source.name,
    source: live ? "reward" : "scores",
    examples: examples.length,
    evaluation,
    difficulty: difficultyOf(evaluation.made, examples, level),
    calibration: { logit: calibration("logit"), fitted: calibration("fitted") },
    effects:
      pairs.length === 0
        ? { missing: "the rows hold no two answers of which one is better" }
        : effectsOf(pairs, { seesOne: live && !grouped, seed: split(seed, "sides"), level }),
    place:
      live && !grouped
        ? { missing: "the reward sees one candidate at a time, so that their order cannot matter" }
        : await asked(probes.place, "the rows hold no labelled pairs", (scores) => placeOf(tried, scores, level)),
    perturbations: await asked(probes.flips.tasks, "the rows hold no two answers of which one is better", (scores) =>
      flipsOf(probes.flips, scores, { sd: valueSd(rows), level }),
    ),
    contrast: await asked(
      contrastTasks(probes.contrast),
      "no two prompts are alike enough for contrast instructions (--contrast FILE reads them)",
      (scores) => consistencyOf(probes.contrast, scores, { level }),
    ),
    offTopic: await asked(
      probes.offTopic,
      "no long answer to a prompt that has little in common with another's short answer",
      (scores) => offTopicOf(scores, level),
    ),
    shift: shiftOf(evaluation.made.items, { key: options.shift?.key, known: options.shift?.known, level }),
    bestOfN: await bestOfN(source, examples, rows, options, level),
    distance:
      options.against === undefined
        ? { missing: "no other reward was named (--against)" }
        : distanceOf(rows, await rowsOf(options.against, examples, options), options.against.name, {
            seed: split(seed, "starc"),
            level,
          }),
    batch: live
      ? await batchCheck(reward, examples.slice(0, 64), { ...options, level })
      : { missing: "a score file does not say in which batches its scores were made" },
    equal: equalScores(examples, rows, level),
  };
}

async function bestOfN(
  source: ScoreSource,
  examples: readonly Example[],
  rows: readonly Judged[],
  options: StressOptions,
  level: number,
): Promise<Section<OverOptimisation>> {
  if (options.world !== undefined) {
    const { name, tasks, gold } = options.world;
    const scores = await askOf(source, options)(tasks);
    const groups = tasks.flatMap(({ id }, t): GoldGroup[] =>
      scores[t] === undefined ? [] : [{ cluster: id, scores: scores[t], gold: gold[t]! }],
    );
    if (groups.length === 0) return { missing: "a score file has no scores of a world's texts" };
    return overOptimisation(groups, name, level);
  }
  const known = new Map(examples.map((example) => [example.task.id, example]));
  const groups = rows.flatMap((row): GoldGroup[] => {
    const gold = goldOf(known.get(row.id)!.labels);
    return gold === undefined ? [] : [{ cluster: row.cluster, scores: row.scores, gold }];
  });
  if (groups.length === 0)
    return {
      missing:
        "no row has a gold value for each candidate (labels.value or labels.correct); --world takes texts of the preference world",
    };
  return overOptimisation(groups, "the file's own labels", level);
}

/** The estimate of a finding that speaks most against a reward, for a summary. */
export function worstFlip(findings: readonly PerturbationFinding[]): { name: string; estimate: Estimate } | undefined {
  let worst: { name: string; estimate: Estimate } | undefined;
  for (const { perturbation, both } of findings)
    if (both !== undefined && (worst === undefined || both.value > worst.estimate.value))
      worst = { name: perturbation, estimate: both };
  return worst;
}
