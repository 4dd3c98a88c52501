import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { type Counts, expectedCounts, itemStep, type Latent } from "./irt-em.ts";
import type { IrtKind, IrtPrior, ItemParameters, Responses } from "./irt-model.ts";
import { evenQuadrature, gaussHermite, type Quadrature } from "./quadrature.ts";

/** A fitted model. */
export interface IrtModel extends ItemParameters {
  /** b_j = -d_j / a_j: the ability at which the answer is right half of the time, guessing aside. */
  difficulty: Float64Array;
  /** Standard errors of a, d and b, the other items and the abilities' distribution held as estimated, so rather short; NaN for fixed items. */
  error: { slope: Float64Array; intercept: Float64Array; difficulty: Float64Array };
  /** Abilities (posterior means) and their posterior standard deviations. */
  ability: Float64Array;
  abilityError: Float64Array;
  /** Marginal log-likelihood of the data, without the prior. */
  logLikelihood: number;
  iterations: number;
  converged: boolean;
  /** Points of the quadrature, and which rule. */
  quadrature: { rule: "gauss-hermite" | "even"; points: number };
}

/** Options of `fitIrt`. */
export interface IrtOptions {
  /** Default "2pl". */
  kind?: IrtKind | undefined;
  /** None by default, but { guess: 1 } in "3pl", whose guessing is hardly determined without one. */
  prior?: IrtPrior | undefined;
  /** Items with known parameters, by index, such as anchors of an older test: they set the scale, and the abilities' mean and sd are estimated. */
  fixed?: ReadonlyMap<number, { slope: number; intercept: number; guess?: number | undefined }> | undefined;
  /** Points of Gauss-Hermite quadrature; default by the number of items, and equally spaced points above 100 items. */
  points?: number | undefined;
  /** Largest change of a parameter at which the iteration ends; default 1e-4. */
  tolerance?: number | undefined;
  /** Default 500. */
  maxIterations?: number | undefined;
}

/**
 * Item response theory: what items measure and how able persons are, from right and wrong answers.
 *
 * P(x_pj = 1 | θ_p) = c_j + (1 - c_j) σ(a_j θ_p + d_j), θ ~ N(0, 1): marginal maximum likelihood by EM. The E-step integrates θ out
 * by quadrature; the M-step is a weighted logistic regression an item. Between steps the abilities are brought back to mean 0 and sd 1
 * with the items (parameter expansion), since plain EM is slow along that line with many items. "rasch" has one slope for all
 * items, which is the abilities' sd of the form with slopes 1. Persons may be models, judges or raters.
 *
 * @param responses persons x items, 1, 0 or NaN.
 * @param options kind, prior, fixed, points, tolerance, maxIterations.
 * @returns items, abilities, likelihood; `converged` false after maxIterations. Slopes may come out below 0: such an item is answered
 * rightly by the less able. Where all come out below 0 the scale is turned.
 * @throws UsageError for sizes or other values; NotEnoughDataError for fewer than 2 persons or items, or where an item (without a prior
 * on its intercept) is answered alike by all, or a person not at all.
 *
 * Source: Bock and Aitkin, Psychometrika 46 (1981); Birnbaum (1968); parameter expansion: Liu, Rubin and Wu, Biometrika 85 (1998).
 *
 * @example
 * const { difficulty, ability } = fitIrt({ persons: 40, items: 10, data });
 */
export function fitIrt(responses: Responses, options: IrtOptions = {}): IrtModel {
  const { kind = "2pl", fixed = new Map(), tolerance = 1e-4, maxIterations = 500 } = options;
  const prior: IrtPrior = { ...(kind === "3pl" ? { guess: 1 } : {}), ...options.prior };
  const shares = checked(responses, prior, fixed);
  const { items } = responses;
  const { quadrature, rule } = quadratureFor(items, options.points);
  const model: ItemParameters = {
    kind,
    slope: new Float64Array(items).fill(1),
    intercept: shares.map((share) => 1.2 * Math.log(share / (1 - share))),
    guess: new Float64Array(items).fill(kind === "3pl" ? 0.15 : 0),
    latent: { mean: 0, sd: 1 },
  };
  for (const [j, { slope, intercept, guess = 0 }] of fixed) {
    model.slope[j] = slope;
    model.intercept[j] = intercept;
    model.guess[j] = guess;
  }
  const latent: Latent = { quadrature, centres: undefined };
  let iterations = 0;
  let converged = false;
  let counts: Counts | undefined;
  while (iterations < maxIterations && !converged) {
    iterations++;
    counts = expectedCounts(responses, model, latent);
    const moved = maximise(model, counts, quadrature.points, prior, fixed);
    converged = moved < tolerance;
  }
  counts = expectedCounts(responses, model, latent);
  if (fixed.size === 0 && model.slope.every((a) => a < 0)) {
    for (let j = 0; j < items; j++) model.slope[j]! *= -1;
    for (let p = 0; p < responses.persons; p++) counts.ability[p]! *= -1;
  }
  const errors = Array.from({ length: items }, (_, j) =>
    fixed.has(j) ? [Number.NaN, Number.NaN, Number.NaN] : itemStep(model, j, counts!, quadrature.points, prior).error,
  );
  return {
    ...model,
    difficulty: model.slope.map((a, j) => (a === 0 ? Number.NaN : -model.intercept[j]! / a)),
    error: {
      slope: Float64Array.from(errors, (one) => one[0]!),
      intercept: Float64Array.from(errors, (one) => one[1]!),
      difficulty: Float64Array.from(errors, (one) => one[2]!),
    },
    ability: counts.ability,
    abilityError: counts.abilityError,
    logLikelihood: counts.logLikelihood,
    iterations,
    converged,
    quadrature: { rule, points: quadrature.points.length },
  };
}

/** The M-step; returns the largest change of a parameter. */
function maximise(
  model: ItemParameters,
  counts: Counts,
  points: Float64Array,
  prior: IrtPrior,
  fixed: ReadonlyMap<number, unknown>,
): number {
  const { slope, intercept, guess } = model;
  const before = [Float64Array.from(slope), Float64Array.from(intercept), Float64Array.from(guess)] as const;
  let moved = 0;
  if (model.kind === "rasch") raschStep(model, counts, points, prior, fixed);
  else
    for (let j = 0; j < slope.length; j++) {
      if (fixed.has(j)) continue;
      const next = itemStep(model, j, counts, points, prior);
      slope[j] = next.slope;
      intercept[j] = next.intercept;
      guess[j] = next.guess;
    }
  if (fixed.size > 0) {
    moved = Math.max(Math.abs(counts.mean - model.latent.mean), Math.abs(counts.sd - model.latent.sd));
    model.latent = { mean: counts.mean, sd: counts.sd };
  } else if (prior.slope === undefined && prior.intercept === undefined) {
    // θ = mean + sd θ': the same likelihood on a scale with mean 0 and sd 1. A prior is not invariant to it.
    for (let j = 0; j < slope.length; j++) {
      intercept[j]! += slope[j]! * counts.mean;
      slope[j]! *= counts.sd;
    }
  }
  for (const [k, now] of [slope, intercept, guess].entries())
    for (let j = 0; j < now.length; j++) moved = Math.max(moved, Math.abs(now[j]! - before[k]![j]!));
  return moved;
}

/** One slope for all items, by alternating Newton steps of the intercepts and of the slope. */
function raschStep(
  model: ItemParameters,
  counts: Counts,
  points: Float64Array,
  prior: IrtPrior,
  fixed: ReadonlyMap<number, unknown>,
): void {
  let [gradient, information] = [0, 0];
  for (let j = 0; j < model.slope.length; j++) {
    if (fixed.has(j)) continue;
    const next = itemStep(model, j, counts, points, prior, "intercept");
    model.intercept[j] = next.intercept;
    gradient += next.slopeGradient;
    information += next.slopeInformation;
  }
  if (information === 0) return;
  const step = Math.max(-0.5, Math.min(0.5, gradient / information));
  for (let j = 0; j < model.slope.length; j++) if (!fixed.has(j)) model.slope[j]! += step;
}

/** Share of right answers of each item, kept off 0 and 1; checks the table. */
function checked(responses: Responses, prior: IrtPrior, fixed: ReadonlyMap<number, unknown>): Float64Array {
  const { persons, items, data } = responses;
  if (data.length !== persons * items) throw new UsageError(`${data.length} responses for ${persons} x ${items}`);
  if (persons < 2 || items < 2) throw new NotEnoughDataError(`${persons} persons and ${items} items; both need 2`, 2);
  const right = new Float64Array(items);
  const asked = new Float64Array(items);
  for (let p = 0; p < persons; p++) {
    let seen = 0;
    for (let j = 0; j < items; j++) {
      const x = data[p * items + j]!;
      if (Number.isNaN(x)) continue;
      if (x !== 0 && x !== 1) throw new UsageError(`the response of person ${p} to item ${j} is ${x}, not 0, 1 or NaN`);
      right[j]! += x;
      asked[j]!++;
      seen++;
    }
    if (seen === 0) throw new NotEnoughDataError(`person ${p} has no response`, 1);
  }
  for (let j = 0; j < items; j++) {
    if (fixed.has(j)) continue;
    if (asked[j] === 0) throw new NotEnoughDataError(`item ${j} has no response`, 1);
    if ((right[j] === 0 || right[j] === asked[j]) && prior.intercept === undefined)
      throw new NotEnoughDataError(
        `all responses to item ${j} are ${right[j] === 0 ? "wrong" : "right"}: its difficulty has no estimate without a prior (prior: { intercept: 3 }), or leave it out`,
      );
  }
  return right.map((x, j) => (x + 0.5) / (asked[j]! + 1));
}

/** Points that lie close enough for the posteriors that so many items give. */
function quadratureFor(
  items: number,
  points: number | undefined,
): { quadrature: Quadrature; rule: "gauss-hermite" | "even" } {
  if (points !== undefined) return { quadrature: gaussHermite(points), rule: "gauss-hermite" };
  if (items <= 100) return { quadrature: gaussHermite(Math.max(41, Math.min(75, items))), rule: "gauss-hermite" };
  return { quadrature: evenQuadrature(1.2 / Math.sqrt(1 + 0.25 * items)), rule: "even" };
}
