import { type Estimate, hashJson, type JsonObject, type Seed, StoppedError, split, UsageError } from "laurel";
import { adamState, adamwStep } from "./adam.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { epochOrder } from "./epoch.ts";
import { clipNorm, rateShare, type Schedule } from "./schedule.ts";
import type { TrainableReward } from "./trainable.ts";

/** How a reward is trained. Every setting changes the result; defaults are in `fitDefaults`. */
export type FitSettings = {
  /** Passes over the training rows. */
  epochs: number;
  /** Rows a step. */
  batch: number;
  /** AdamW's full rate. */
  rate: number;
  /** AdamW's decoupled weight decay. */
  decay: number;
  schedule: Schedule;
  /** The share of all steps in which the rate rises, 0 to 1. */
  warmup: number;
  /** The largest norm of a step's gradient; 0 clips nothing. */
  clip: number;
  /** Validations without a new best after which training ends; 0 never ends early. */
  patience: number;
  /** Validations an epoch. */
  validations: number;
};

/** What `fit` does where nothing is said. */
export const fitDefaults: FitSettings = {
  epochs: 30,
  batch: 64,
  rate: 0.001,
  decay: 0.01,
  schedule: "cosine",
  warmup: 0.05,
  clip: 1,
  patience: 5,
  validations: 1,
};

/** What a validation says. */
export interface Validated {
  loss: number;
  accuracy?: Estimate | undefined;
}

/** A point of the training's curves. */
export type FitPoint = {
  step: number;
  epoch: number;
  /** The mean loss of the training rows since the last point. */
  loss: number;
  rate: number;
  gradientNorm: number;
  validationLoss?: number | undefined;
  accuracy?: { value: number; low: number; high: number; n: number } | undefined;
};

/** What `fit` tells on its way, at each validation and a few times a second. */
export interface FitEvent extends FitPoint {
  steps: number;
  rowsPerSecond: number;
  /** Milliseconds, by the rate so far. */
  left: number;
}

/** What came out of a training. */
export interface Fitted {
  /** The best parameters by validation loss; without validation the last. */
  theta: Float64Array;
  curve: readonly FitPoint[];
  /** Steps that were made, and the step of `theta`. */
  steps: number;
  best: number;
  stopped: "end" | "early";
}

/** What `fit` works with besides the model and its settings. */
export interface FitOptions {
  seed: Seed;
  /** The training rows. */
  rows: Int32Array;
  /** The source of each of all rows, and the sources' weights: see `epochOrder`. */
  sources?: ArrayLike<number> | undefined;
  weights?: readonly number[] | undefined;
  /** Loss and accuracy on rows that are not trained on. */
  validate?: ((theta: Float64Array) => Validated) | undefined;
  /** The file of the checkpoint: read at the start, written at each validation, every few seconds and on an abort. */
  checkpoint?: string | undefined;
  /** What else decides the result, such as the data's hash: a checkpoint of other data is refused. */
  identity?: JsonObject | undefined;
  signal?: AbortSignal | undefined;
  onEvent?: ((event: FitEvent) => void) | undefined;
}

const between = { checkpoints: 3000, events: 200, turns: 25 } as const;

/** @throws UsageError for a setting out of range */
export function checkFit(settings: FitSettings): void {
  const whole = (name: "epochs" | "batch" | "validations", least: number): void => {
    if (!Number.isInteger(settings[name]) || settings[name] < least)
      throw new UsageError(`${name} must be a whole number of at least ${least}, not ${settings[name]}`);
  };
  whole("epochs", 1);
  whole("batch", 1);
  whole("validations", 1);
  if (!Number.isInteger(settings.patience) || settings.patience < 0)
    throw new UsageError(`patience must be a whole number, 0 for none, not ${settings.patience}`);
  if (!(settings.rate > 0)) throw new UsageError(`rate must be above 0, not ${settings.rate}`);
  for (const name of ["decay", "clip"] as const)
    if (!(settings[name] >= 0)) throw new UsageError(`${name} must be at least 0, not ${settings[name]}`);
  if (!(settings.warmup >= 0 && settings.warmup < 1))
    throw new UsageError(`warmup must be a share in [0, 1), not ${settings.warmup}`);
  if (!["constant", "cosine", "linear"].includes(settings.schedule))
    throw new UsageError(`schedule must be constant, cosine or linear, not ${settings.schedule}`);
}

/**
 * Trains any `TrainableReward`: mini-batches in a new random order each epoch, AdamW, schedule, clipping by the global norm, early
 * stopping on the validation loss, and checkpoints from which the same call goes on to the same bits.
 *
 * Nothing but the seed is random, and the seed's stream is split by epoch; so a run that was killed anywhere and is called again gives
 * the parameters of one that was not.
 *
 * @param settings what is left out is `fitDefaults`'
 * @throws UsageError for settings out of range, no rows, a checkpoint of another training, or a loss that is no number;
 *   StoppedError on an abort, after the checkpoint is written
 * @example
 * const { theta, curve } = await fit(model, { epochs: 5 }, { seed: seedFrom(1), rows: Int32Array.from([0, 1, 2]) });
 */
export async function fit(model: TrainableReward, given: Partial<FitSettings>, options: FitOptions): Promise<Fitted> {
  const settings = { ...fitDefaults, ...given };
  checkFit(settings);
  const { rows, seed, validate, checkpoint, signal } = options;
  if (rows.length === 0) throw new UsageError("there are no rows to train on");
  const identity = hashJson({ settings, seed, parameters: model.parameters, ...options.identity });
  const orderOf = (epoch: number): Int32Array =>
    epochOrder(rows, split(seed, "order"), epoch, options.sources, options.weights);
  let epochRows = orderOf(0);
  const perEpoch = Math.ceil(epochRows.length / settings.batch);
  const steps = perEpoch * settings.epochs;
  const warmup = Math.round(settings.warmup * steps);
  const every = Math.max(1, Math.floor(perEpoch / settings.validations));

  const theta = model.start(split(seed, "start"));
  const adam = adamState(model.parameters);
  const best = { theta: Float64Array.from(theta), loss: Number.POSITIVE_INFINITY, step: 0 };
  let step = 0;
  let epoch = 0;
  let waited = 0;
  let since = { loss: 0, norm: 0, steps: 0 };
  let curve: FitPoint[] = [];

  const found = checkpoint === undefined ? undefined : readCheckpoint(checkpoint);
  if (found !== undefined) {
    const state = found.state as never as State;
    if (state.identity !== identity)
      throw new UsageError(
        `${checkpoint} belongs to a training with other data or settings`,
        "remove it, or name another --out",
      );
    theta.set(found.arrays["theta"]!);
    adam.m.set(found.arrays["m"]!);
    adam.v.set(found.arrays["v"]!);
    best.theta.set(found.arrays["best"]!);
    adam.t = state.step;
    best.loss = state.bestLoss ?? Number.POSITIVE_INFINITY;
    best.step = state.bestStep;
    ({ step, waited, since, curve } = state);
  }
  const save = (): void => {
    if (checkpoint === undefined) return;
    const state = {
      identity,
      step,
      waited,
      since,
      curve,
      bestLoss: Number.isFinite(best.loss) ? best.loss : null,
      bestStep: best.step,
    };
    writeCheckpoint(checkpoint, state as JsonObject, { theta, m: adam.m, v: adam.v, best: best.theta });
  };

  const gradient = new Float64Array(model.parameters);
  const began = { at: performance.now(), step };
  const last = { checkpoint: began.at, event: 0, turn: began.at };
  const tell = (point: FitPoint): void => {
    const seconds = Math.max(1e-3, (performance.now() - began.at) / 1000);
    const rate = (step - began.step) / seconds;
    options.onEvent?.({
      ...point,
      steps,
      rowsPerSecond: rate * Math.min(settings.batch, epochRows.length),
      left: rate === 0 ? 0 : (1000 * (steps - step)) / rate,
    });
  };
  const pointNow = (): FitPoint => ({
    step,
    epoch: step / perEpoch,
    loss: since.loss / Math.max(1, since.steps),
    rate: settings.rate * rateShare(settings.schedule, Math.max(0, step - 1), steps, warmup),
    gradientNorm: since.norm / Math.max(1, since.steps),
  });
  const ended = (): boolean => settings.patience > 0 && validate !== undefined && waited >= settings.patience;

  while (step < steps && !ended()) {
    const now = Math.floor(step / perEpoch);
    if (now !== epoch) {
      epoch = now;
      epochRows = orderOf(epoch);
    }
    const from = (step % perEpoch) * settings.batch;
    const batch = epochRows.subarray(from, from + settings.batch);
    gradient.fill(0);
    const loss = model.loss(theta, batch, gradient);
    const norm = clipNorm(gradient, settings.clip === 0 ? Number.POSITIVE_INFINITY : settings.clip);
    if (!Number.isFinite(loss) || !Number.isFinite(norm))
      throw new UsageError(`the loss is ${loss} at step ${step + 1}`, "lower the rate, or look at the features");
    adamwStep(theta, gradient, adam, settings.rate * rateShare(settings.schedule, step, steps, warmup), settings.decay);
    step++;
    since.loss += loss;
    since.norm += norm;
    since.steps++;
    const time = performance.now();
    if (step % every === 0 || step === steps) {
      const point = pointNow();
      if (validate !== undefined) {
        const { loss: validationLoss, accuracy } = validate(theta);
        point.validationLoss = validationLoss;
        if (accuracy !== undefined) {
          const { value, low, high, n } = accuracy;
          point.accuracy = { value, low, high, n };
        }
        if (validationLoss < best.loss) {
          best.loss = validationLoss;
          best.step = step;
          best.theta.set(theta);
          waited = 0;
        } else waited++;
      }
      curve.push(point);
      since = { loss: 0, norm: 0, steps: 0 };
      tell(point);
      save();
      last.event = last.checkpoint = time;
    } else if (time - last.event > between.events) {
      tell(pointNow());
      last.event = time;
    }
    if (time - last.checkpoint > between.checkpoints) {
      save();
      last.checkpoint = time;
    }
    // others, such as the handler of Ctrl-C, get their turn
    if (time - last.turn > between.turns) {
      await new Promise((resolve) => setImmediate(resolve));
      last.turn = performance.now();
    }
    if (signal?.aborted === true) {
      save();
      throw new StoppedError(
        `training was stopped at step ${step} of ${steps}${checkpoint === undefined ? "" : "; the checkpoint is kept"}`,
      );
    }
  }
  if (validate === undefined) {
    best.theta.set(theta);
    best.step = step;
  }
  return { theta: best.theta, curve, steps: step, best: best.step, stopped: ended() ? "early" : "end" };
}

interface State {
  identity: string;
  step: number;
  waited: number;
  since: { loss: number; norm: number; steps: number };
  curve: FitPoint[];
  bestLoss: number | null;
  bestStep: number;
}
