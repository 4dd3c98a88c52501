import { cholesky, choleskyInverse } from "./cholesky.ts";
import type { IrtPrior, ItemParameters, Responses } from "./irt-model.ts";
import type { Quadrature } from "./quadrature.ts";

/** The quadrature with the place at which each person's posterior was last seen. */
export interface Latent {
  quadrature: Quadrature;
  /** persons: index of the likeliest point; undefined before the first E-step. */
  centres: Int32Array | undefined;
}

/** What the E-step gives: counts by item and point, and abilities. */
export interface Counts {
  /** items x points: expected numbers of persons asked, and of right answers. */
  asked: Float64Array;
  right: Float64Array;
  ability: Float64Array;
  abilityError: Float64Array;
  /** Mean and sd of the abilities over persons and their posteriors. */
  mean: number;
  sd: number;
  logLikelihood: number;
}

// a posterior's tails below this share of its top are left out
const tail = Math.log(1e-12);

/** The E-step: posteriors over the points, each computed only where it is not negligible. */
export function expectedCounts(responses: Responses, model: ItemParameters, latent: Latent): Counts {
  const { persons, items, data } = responses;
  const { points } = latent.quadrature;
  const q = points.length;
  const logWeights = weightsOf(latent.quadrature, model.latent);
  const { right: logRight, wrong: logWrong } = tables(model, points);
  const asked = new Float64Array(items * q);
  const right = new Float64Array(items * q);
  const ability = new Float64Array(persons);
  const abilityError = new Float64Array(persons);
  const first = latent.centres === undefined;
  const centres = latent.centres ?? new Int32Array(persons).fill(q >> 1);
  latent.centres = centres;
  const log = new Float64Array(q);
  const weight = new Float64Array(q);
  let [logLikelihood, sum, squares] = [0, 0, 0];
  for (let p = 0; p < persons; p++) {
    const row = p * items;
    let from = first ? 0 : Math.max(0, centres[p]! - 6);
    let to = first ? q : Math.min(q, centres[p]! + 7);
    let top = from;
    logsAt(data, row, items, logRight, logWrong, logWeights, q, from, to, log);
    for (;;) {
      for (let k = from; k < to; k++) if (log[k]! > log[top]!) top = k;
      const left = from > 0 && log[from]! > log[top]! + tail;
      const above = to < q && log[to - 1]! > log[top]! + tail;
      if (!left && !above) break;
      if (left) {
        const next = Math.max(0, from - 8);
        logsAt(data, row, items, logRight, logWrong, logWeights, q, next, from, log);
        from = next;
      }
      if (above) {
        const next = Math.min(q, to + 8);
        logsAt(data, row, items, logRight, logWrong, logWeights, q, to, next, log);
        to = next;
      }
    }
    while (log[from]! < log[top]! + tail) from++;
    while (log[to - 1]! < log[top]! + tail) to--;
    centres[p] = top;
    let total = 0;
    for (let k = from; k < to; k++) total += weight[k] = Math.exp(log[k]! - log[top]!);
    let [mean, square] = [0, 0];
    for (let k = from; k < to; k++) {
      weight[k]! /= total;
      mean += weight[k]! * points[k]!;
      square += weight[k]! * points[k]! ** 2;
    }
    ability[p] = mean;
    abilityError[p] = Math.sqrt(Math.max(0, square - mean * mean));
    logLikelihood += log[top]! + Math.log(total);
    sum += mean;
    squares += square;
    for (let j = 0; j < items; j++) {
      const x = data[row + j]!;
      if (x === 1) {
        for (let k = from, at = j * q + from; k < to; k++, at++) {
          asked[at]! += weight[k]!;
          right[at]! += weight[k]!;
        }
      } else if (x === 0) for (let k = from, at = j * q + from; k < to; k++, at++) asked[at]! += weight[k]!;
    }
  }
  const mean = sum / persons;
  const sd = Math.sqrt(squares / persons - mean * mean);
  return { asked, right, ability, abilityError, mean, sd, logLikelihood };
}

/** Log-weights of the points under N(mean, sd²), with points that were placed for N(0, 1). */
function weightsOf({ points, logWeights }: Quadrature, { mean, sd }: { mean: number; sd: number }): Float64Array {
  return points.map((x, k) => logWeights[k]! + x ** 2 / 2 - ((x - mean) / sd) ** 2 / 2 - Math.log(sd));
}

function logsAt(
  data: Float64Array,
  row: number,
  items: number,
  logRight: Float64Array,
  logWrong: Float64Array,
  logWeights: Float64Array,
  q: number,
  from: number,
  to: number,
  log: Float64Array,
): void {
  for (let k = from; k < to; k++) log[k] = logWeights[k]!;
  for (let j = 0; j < items; j++) {
    const x = data[row + j]!;
    if (x !== 0 && x !== 1) continue;
    const table = x === 1 ? logRight : logWrong;
    for (let k = from, at = j * q + from; k < to; k++, at++) log[k]! += table[at]!;
  }
}

/** items x points: log P(right) and log P(wrong). */
function tables(model: ItemParameters, points: Float64Array): { right: Float64Array; wrong: Float64Array } {
  const q = points.length;
  const right = new Float64Array(model.slope.length * q);
  const wrong = new Float64Array(right.length);
  for (let j = 0; j < model.slope.length; j++)
    for (let k = 0; k < q; k++) {
      const z = model.slope[j]! * points[k]! + model.intercept[j]!;
      const e = Math.exp(-Math.abs(z));
      const log = Math.log1p(e);
      const c = model.guess[j]!;
      const high = z > 0 ? -log : z - log;
      right[j * q + k] = c === 0 ? high : Math.log(c + (1 - c) * Math.exp(high));
      wrong[j * q + k] = (z > 0 ? -z - log : -log) + (c === 0 ? 0 : Math.log1p(-c));
    }
  return { right, wrong };
}

const logit = (p: number): number => Math.log(p / (1 - p));

/**
 * Newton (Fisher scoring) steps for one item with the counts held.
 *
 * @param only "intercept": the slope is left, and its gradient and information at the new intercept are returned.
 */
export function itemStep(
  model: ItemParameters,
  j: number,
  counts: Counts,
  points: Float64Array,
  prior: IrtPrior,
  only?: "intercept",
): {
  slope: number;
  intercept: number;
  guess: number;
  /** Standard errors of slope, intercept and difficulty (the latter by the delta method). */
  error: [number, number, number];
  slopeGradient: number;
  slopeInformation: number;
} {
  const guessing = model.kind === "3pl";
  const x = Float64Array.of(
    model.slope[j]!,
    model.intercept[j]!,
    guessing ? logit(Math.min(0.9, Math.max(1e-4, model.guess[j]!))) : 0,
  );
  let at = curvature(x, j, counts, points, prior, guessing);
  for (let k = 0; k < 8; k++) {
    const step = stepOf(at, guessing, only);
    if (step === undefined) break;
    const largest = step.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    if (largest < 1e-9) break;
    const shrink = Math.min(1, 2 / largest);
    let taken = false;
    for (let scale = shrink; scale > 1e-3; scale /= 2) {
      const next = x.map((one, i) => one + scale * step[i]!);
      const there = curvature(next, j, counts, points, prior, guessing);
      if (there.value >= at.value - 1e-12 * Math.abs(at.value)) {
        x.set(next);
        at = there;
        taken = true;
        break;
      }
    }
    if (!taken || largest * shrink < 1e-7) break;
  }
  const factor = cholesky(block(at.information, guessing ? 3 : 2), guessing ? 3 : 2);
  const inverse = factor === undefined ? undefined : choleskyInverse(factor, guessing ? 3 : 2);
  const size = guessing ? 3 : 2;
  return {
    slope: x[0]!,
    intercept: x[1]!,
    guess: guessing ? 1 / (1 + Math.exp(-x[2]!)) : model.guess[j]!,
    error: errorsOf(inverse, size, x[0]!, x[1]!),
    slopeGradient: at.gradient[0]!,
    slopeInformation: at.information[0]!,
  };
}

function errorsOf(inverse: Float64Array | undefined, size: number, a: number, d: number): [number, number, number] {
  if (inverse === undefined) return [Number.NaN, Number.NaN, Number.NaN];
  const [aa, ad, dd] = [inverse[0]!, inverse[1]!, inverse[size + 1]!];
  // b = -d / a
  const [byA, byD] = [d / (a * a), -1 / a];
  return [Math.sqrt(aa), Math.sqrt(dd), Math.sqrt(byA * byA * aa + 2 * byA * byD * ad + byD * byD * dd)];
}

interface Curvature {
  value: number;
  gradient: Float64Array;
  /** 3 x 3. */
  information: Float64Array;
}

function block(information: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, i) => information[Math.floor(i / size) * 3 + (i % size)]!);
}

function stepOf(at: Curvature, guessing: boolean, only: "intercept" | undefined): Float64Array | undefined {
  if (only === "intercept") return Float64Array.of(0, at.gradient[1]! / at.information[4]!, 0);
  const size = guessing ? 3 : 2;
  const factor = cholesky(block(at.information, size), size);
  if (factor === undefined) return undefined;
  const inverse = choleskyInverse(factor, size);
  const step = new Float64Array(3);
  for (let r = 0; r < size; r++) for (let c = 0; c < size; c++) step[r]! += inverse[r * size + c]! * at.gradient[c]!;
  return step;
}

/** The expected log-likelihood of an item with its prior, its gradient and its Fisher information, in (a, d, logit c). */
function curvature(
  x: Float64Array,
  j: number,
  counts: Counts,
  points: Float64Array,
  prior: IrtPrior,
  guessing: boolean,
): Curvature {
  const q = points.length;
  const [a, d, g] = [x[0]!, x[1]!, x[2]!];
  const c = guessing ? 1 / (1 + Math.exp(-g)) : 0;
  const gradient = new Float64Array(3);
  const information = new Float64Array(9);
  let value = 0;
  for (let k = 0; k < q; k++) {
    const n = counts.asked[j * q + k]!;
    if (n < 1e-12) continue;
    const r = counts.right[j * q + k]!;
    const theta = points[k]!;
    const z = a * theta + d;
    const e = Math.exp(-Math.abs(z));
    const s = z > 0 ? 1 / (1 + e) : e / (1 + e);
    const t = z > 0 ? e / (1 + e) : 1 / (1 + e);
    const p = c + (1 - c) * s;
    const not = (1 - c) * t;
    value += r * Math.log(Math.max(p, 1e-300)) + (n - r) * Math.log(Math.max(not, 1e-300));
    // dp/dz and dp/dg over p (1 - p)
    const share = c === 0 ? 1 : s / p;
    const residual = r - n * p;
    const along = residual * share;
    gradient[0]! += along * theta;
    gradient[1]! += along;
    const v = n * p * not * share * share;
    information[0]! += v * theta * theta;
    information[1]! += v * theta;
    information[4]! += v;
    if (guessing) {
      const slope = c / p;
      gradient[2]! += residual * slope;
      const cross = n * p * not * share * slope;
      information[2]! += cross * theta;
      information[5]! += cross;
      information[8]! += n * p * not * slope * slope;
    }
  }
  const priors = [prior.slope, prior.intercept, guessing ? prior.guess : undefined];
  const centres = [1, 0, logit(0.2)];
  for (const [i, sd] of priors.entries()) {
    if (sd === undefined) continue;
    const off = x[i]! - centres[i]!;
    value -= (off * off) / (2 * sd * sd);
    gradient[i]! -= off / (sd * sd);
    information[4 * i]! += 1 / (sd * sd);
  }
  information[3] = information[1]!;
  information[6] = information[2]!;
  information[7] = information[5]!;
  return { value, gradient, information };
}
