import { isotonic, platt } from "../../compose/index.ts";
import {
  type Estimate,
  isScored,
  type JsonObject,
  NotEnoughDataError,
  random,
  type Seed,
  split,
  UsageError,
} from "../../core/index.ts";
import type { Judged } from "../../run/index.ts";
import { ece, isotonicFit, logisticRegression, type ReliabilityBin, reliabilityCurve } from "../../stats/index.ts";
import { pairsOfLabels } from "./pairs.ts";

/** How scores become probabilities: a sigmoid of a line, a sigmoid of a scale alone, or any increasing steps. */
export type CalibrationMethod = "platt" | "temperature" | "isotonic";

/** What the probability is of: that a candidate is right, or that one of two is better. */
export type CalibrationBasis = "candidates" | "pairs";

/** A fitted calibration. */
export interface JudgeCalibration {
  basis: CalibrationBasis;
  method: CalibrationMethod;
  /** A transform of compose's `shape`: of candidates to P(right), of pairs to log-odds whose differences give P(better). */
  transform: JsonObject;
  n: number;
  prompts: number;
  unscored: number;
  /** Calibration error on prompts that the fit had not seen (5 folds). */
  after: Estimate;
  /** The same of the scores as they were: as probabilities (candidates, where all lie in [0, 1]) or as log-odds (pairs). */
  before: Estimate | undefined;
  /** Reliability on prompts that the fit had not seen. */
  bins: readonly ReliabilityBin[];
}

interface Row {
  x: number;
  y: number;
  cluster: string;
}

/**
 * Fits a calibration of a judge's scores on labelled rows.
 *
 * Rows with `correct` labels calibrate single scores: P(right) = σ(slope · score + intercept) ("platt"), σ(score / T) ("temperature"), or
 * increasing steps ("isotonic", for some hundreds of labels and more). Preferences calibrate differences: P(a better) = σ((a − b) / T).
 * Platt and temperature are fitted with Jeffreys' penalty, so that a judge without error on the rows does not become certain.
 *
 * @param judged scores beside labels
 * @param options `method`: "platt" (default) for candidates, "temperature" for pairs; `seed` of the folds and resamples
 * @throws NotEnoughDataError for fewer than 10 labelled prompts or one class only; UsageError for a method that pairs do not have, or a
 * judge whose scores run against the labels
 *
 * Source: Platt (1999); Guo and others (2017) for the temperature; Zadrozny and Elkan (2002) for isotonic regression.
 */
export function calibrateJudge(
  judged: readonly Judged[],
  options: { method?: CalibrationMethod | undefined; seed: Seed; level?: number | undefined },
): JudgeCalibration {
  const basis: CalibrationBasis = judged.some(({ labels }) => labels.correct?.some((one) => one !== null) === true)
    ? "candidates"
    : "pairs";
  const method = options.method ?? (basis === "candidates" ? "platt" : "temperature");
  if (basis === "pairs" && method !== "temperature")
    throw new UsageError(
      `preferences calibrate a scale only, not by ${method}`,
      "use temperature, or rows with labels.correct",
    );
  const { rows, unscored } = basis === "candidates" ? candidateRows(judged) : pairRows(judged);
  const prompts = [...new Set(rows.map(({ cluster }) => cluster))];
  if (prompts.length < 10)
    throw new NotEnoughDataError(`a calibration needs labelled rows of at least 10 prompts, not ${prompts.length}`, 10);
  if (basis === "candidates" && rows.every(({ y }) => y === rows[0]!.y))
    throw new NotEnoughDataError("all labels are the same");
  const fit = fitOf(basis, method, rows);
  const order = random(split(options.seed, "folds")).shuffled(prompts);
  const foldOf = new Map(order.map((prompt, i) => [prompt, i % 5]));
  const forecast = new Float64Array(rows.length);
  for (let fold = 0; fold < 5; fold++) {
    const rest = rows.filter(({ cluster }) => foldOf.get(cluster) !== fold);
    const held = fitOf(basis, method, rest);
    for (const [i, { x, cluster }] of rows.entries()) if (foldOf.get(cluster) === fold) forecast[i] = held.apply(x);
  }
  const y = rows.map((row) => row.y);
  const clusters = rows.map(({ cluster }) => cluster);
  const shared = prompts.length < rows.length ? clusters : undefined;
  const errorOf = (p: ArrayLike<number>): Estimate =>
    ece(Float64Array.from(p), y, { seed: split(options.seed, "ece"), level: options.level, clusters: shared });
  const raw =
    basis === "pairs"
      ? rows.map(({ x }) => 1 / (1 + Math.exp(-x)))
      : rows.every(({ x }) => x >= 0 && x <= 1)
        ? rows.map(({ x }) => x)
        : undefined;
  return {
    basis,
    method,
    transform: fit.transform,
    n: rows.length,
    prompts: prompts.length,
    unscored,
    after: errorOf(forecast),
    before: raw === undefined ? undefined : errorOf(raw),
    bins: reliabilityCurve(forecast, y, { level: options.level, clusters: shared }),
  };
}

function fitOf(
  basis: CalibrationBasis,
  method: CalibrationMethod,
  rows: readonly Row[],
): { transform: JsonObject; apply(x: number): number } {
  const x = rows.map((row) => row.x);
  const y = rows.map((row) => row.y);
  if (method === "isotonic") {
    const line = isotonicFit(x, y);
    const { apply } = isotonic(line);
    return { transform: { kind: "isotonic", ...line }, apply: (value) => apply(value, new Float64Array()) };
  }
  const slopeOf = (columns: number[][]): number[] =>
    logisticRegression(columns, y).coefficients.map(({ value }) => value);
  const against = (slope: number): void => {
    if (!(slope > 0))
      throw new UsageError(
        "the judge's scores run against the labels or do not follow them at all, so no calibration helps",
      );
  };
  if (method === "platt") {
    const [slope, intercept] = slopeOf([x, x.map(() => 1)]) as [number, number];
    against(slope);
    const { apply } = platt({ slope, intercept });
    return { transform: { kind: "platt", slope, intercept }, apply: (value) => apply(value, new Float64Array()) };
  }
  const [scale] = slopeOf([x]) as [number];
  against(scale);
  const apply = (value: number): number => 1 / (1 + Math.exp(-scale * value));
  // of pairs only differences count, so the calibrated value stays a log-odds
  return {
    transform:
      basis === "pairs" ? { kind: "affine", scale, shift: 0 } : { kind: "temperature", temperature: 1 / scale },
    apply,
  };
}

function candidateRows(judged: readonly Judged[]): { rows: Row[]; unscored: number } {
  let unscored = 0;
  const rows = judged.flatMap(({ labels, scores, cluster }) =>
    (labels.correct ?? []).flatMap((right, c): Row[] => {
      const score = scores[c];
      if (right === null || score === undefined) return [];
      if (isScored(score)) return [{ x: score.value, y: Number(right), cluster }];
      unscored++;
      return [];
    }),
  );
  return { rows, unscored };
}

/** Differences of labelled pairs, each as the size of the difference and whether the higher one is better; equal scores say nothing. */
function pairRows(judged: readonly Judged[]): { rows: Row[]; unscored: number } {
  const rows: Row[] = [];
  let unscored = 0;
  for (const { labels, scores, cluster } of judged)
    for (const { low, high, label } of pairsOfLabels(labels, scores.length)) {
      if (label !== "low" && label !== "high") continue;
      const [a, b] = [scores[low], scores[high]];
      if (a === undefined || b === undefined || !isScored(a) || !isScored(b)) {
        unscored++;
        continue;
      }
      const gap = a.value - b.value;
      if (gap !== 0) rows.push({ x: Math.abs(gap), y: (label === "low") === gap > 0 ? 1 : 0, cluster });
    }
  return { rows, unscored };
}
