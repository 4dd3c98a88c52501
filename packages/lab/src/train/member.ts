import { type JsonObject, seedFrom, split } from "laurel";
import type { Tensor } from "laurel/io";
import type { TransformerConfig } from "laurel/rewards/learned";
import { meanOf, proportionEstimate } from "laurel/stats";
import { type TransformerNet, transformerNet } from "../nets/index.ts";
import { standardised } from "./feature-table.ts";
import { type FitEvent, type FitPoint, fit } from "./fit.ts";
import { itemsAt, labelsAt, pairModel, ratingModel, tieModel } from "./head-models.ts";
import { softLogistic } from "./losses/pair-batch.ts";
import type { Prepared } from "./prepare.ts";
import { scorerOf } from "./scorer.ts";
import { type Made, structuredMember } from "./structured-members.ts";
import { transformerScorer, verdictModel, verdictScorer } from "./transformer-scorer.ts";

/** One trained head of a training with one or several seeds. */
export interface Member {
  seed: string;
  weights: ReadonlyMap<string, Tensor>;
  curve: readonly FitPoint[];
  /** Steps that were made, the step of the weights, why it ended, and the factor that calibrated its scores. */
  steps: number;
  best: number;
  stopped: "end" | "early";
  temperature: number;
}

/** Pairs that are needed to fit a temperature. */
const leastPairs = 20;

/**
 * Trains one head.
 *
 * Pairs: the scores are then divided by a temperature, which minimises the log-loss of the validation pairs (at least 20), and shifted to a
 * mean of 0 over the training items. Ratings: targets are standardised for training; the weights undo it.
 *
 * @param index which of the seeds
 */
export async function trainMember(
  prepared: Prepared,
  index: number,
  o: {
    checkpoint?: string | undefined;
    signal?: AbortSignal | undefined;
    onEvent?: ((event: FitEvent) => void) | undefined;
  } = {},
): Promise<Member> {
  const { plan, data, table, objective, head, rows } = prepared;
  const seed = split(seedFrom(plan.seed), `member ${index}`);
  using net =
    head.config.kind === "transformer"
      ? await transformerNet(shapeOf(prepared), { outputs: outputsOf(prepared) })
      : undefined;
  const made =
    structuredMember(prepared, seed) ??
    (objective.loss.of === "ratings" ? ratingsOf(prepared) : pairsOf(prepared, net));
  const { model } = made;
  const weights = plan.sources.some(({ weight }) => weight !== undefined)
    ? plan.sources.map(({ weight }, s) => weight ?? data.sources[s]!.rows)
    : undefined;
  const own = objective.loss.of === "ratings" ? data.ratings : data.pairs;
  const fitted = await fit(model, prepared.fit, {
    seed,
    rows: rows.train,
    sources: own.source,
    weights,
    validate: rows.validation.length === 0 ? undefined : made.validate,
    checkpoint: o.checkpoint,
    identity: {
      data: data.hash,
      features: prepared.features as never as JsonObject,
      objective: [plan.objective, prepared.objectiveSettings],
      head: head.config,
      shares: [plan.validation, plan.test],
      rows: table.rows,
    },
    signal: o.signal,
    onEvent: o.onEvent,
  });
  const { weights: tensors, temperature } = made.finish(fitted.theta);
  return {
    seed,
    weights: tensors,
    curve: fitted.curve,
    steps: fitted.steps,
    best: fitted.best,
    stopped: fitted.stopped,
    temperature,
  };
}

const shapeOf = ({ head }: Prepared): TransformerConfig => head.config as never as TransformerConfig;
const outputsOf = (prepared: Prepared): number =>
  shapeOf(prepared).verdict === undefined ? 1 : shapeOf(prepared).vocabulary;

function pairsOf(prepared: Prepared, net: TransformerNet | undefined): Made {
  const { data, table, objective, objectiveSettings, head, rows } = prepared;
  const { pairs } = data;
  const trainItems = itemsAt(pairs, rows.train);
  const read = net === undefined ? undefined : transformerScorer(table, shapeOf(prepared), net);
  const { verdict } = shapeOf(prepared);
  const scorer =
    read === undefined
      ? scorerOf(table, standardised(table, trainItems), head.hidden, head.outputs)
      : verdict === undefined
        ? read
        : verdictScorer(read, shapeOf(prepared), verdict);
  const { loss } = objective;
  const model =
    loss.of === "pairs"
      ? pairModel(scorer, pairs, loss.make(objectiveSettings, labelsAt(pairs.labels, rows.train)))
      : loss.of === "ties"
        ? tieModel(scorer, pairs, loss.make(objectiveSettings))
        : verdict !== undefined && read !== undefined
          ? verdictModel(read, shapeOf(prepared), verdict, pairs)
          : undefined;
  const decided = rows.validation.filter((row) => (pairs.labels.tie?.[row] ?? 0) === 0);
  const gapsOf = (theta: Float64Array, some: Int32Array): Float64Array => {
    const scores = scorer.forward(theta, itemsAt(pairs, some));
    return Float64Array.from(some, (_, i) => scores[i]! - scores[some.length + i]!);
  };
  return {
    model: model!,
    validate(theta) {
      const value = model!.loss(theta, rows.validation);
      const right = Array.from(gapsOf(theta, decided), (gap) => (gap > 0 ? 1 : gap === 0 ? 0.5 : 0));
      const groups = Array.from(decided, (row) => pairs.group[row]!);
      return {
        loss: value,
        accuracy: new Set(groups).size < 2 ? undefined : proportionEstimate(right, { clusters: groups }),
      };
    },
    finish(theta) {
      const targets = decided.length < leastPairs ? undefined : labelsAt(pairs.labels, decided).target;
      const gaps = decided.length < leastPairs ? undefined : gapsOf(theta, decided);
      const factor = gaps === undefined ? 1 : bestFactor(gaps, targets);
      const scores = scorer.forward(theta, trainItems);
      return { weights: scorer.pack(theta, [factor], [-factor * meanOf(scores)]), temperature: 1 / factor };
    },
  };
}

/** The factor a in [1/20, 20] with the least mean −p log σ(a·gap) − (1 − p) log σ(−a·gap), by golden sections of log a. */
function bestFactor(gaps: Float64Array, targets: Float64Array | undefined): number {
  const loss = (log: number): number => {
    let sum = 0;
    for (const [i, gap] of gaps.entries()) sum += softLogistic(Math.exp(log) * gap, targets?.[i] ?? 1).loss;
    return sum;
  };
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-Math.log(20), Math.log(20)];
  for (let i = 0; i < 40; i++) {
    const [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

function ratingsOf({ data, table, objective, objectiveSettings, head, rows }: Prepared): Made {
  const { ratings } = data;
  const all = ratings.names.length;
  const columns = head.targets.map((name) => ratings.names.indexOf(name));
  const width = columns.length;
  const targets = new Float64Array(ratings.item.length * width);
  const [means, sds] = [new Array<number>(width), new Array<number>(width)];
  for (const [k, column] of columns.entries()) {
    const seen = Array.from(rows.train, (row) => ratings.values[row * all + column]!).filter((x) => !Number.isNaN(x));
    const mean = seen.length === 0 ? 0 : meanOf(seen);
    const sd = Math.sqrt(seen.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, seen.length)) || 1;
    [means[k], sds[k]] = [mean, sd];
    for (let row = 0; row < ratings.item.length; row++)
      targets[row * width + k] = (ratings.values[row * all + column]! - mean) / sd;
  }
  const items = Int32Array.from(rows.train, (row) => ratings.item[row]!);
  const scorer = scorerOf(table, standardised(table, items), head.hidden, head.outputs);
  if (objective.loss.of !== "ratings") throw new TypeError("not an objective of ratings");
  const loss = objective.loss.make(objectiveSettings, head.levels);
  const model = ratingModel(scorer, ratings.item, targets, loss);
  // a quantile head has several outputs for one target
  const of = (list: readonly number[]): number[] => Array.from({ length: head.outputs }, (_, o) => list[o % width]!);
  return {
    model,
    validate: (theta) => ({ loss: model.loss(theta, rows.validation) }),
    finish: (theta) => ({ weights: scorer.pack(theta, of(sds), of(means)), temperature: 1 }),
  };
}
