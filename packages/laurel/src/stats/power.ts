import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { binomialCdf, binomialPmf, binomialQuantile, normalQuantile, tQuantile } from "./distributions.ts";
import { noncentralTCdf } from "./noncentral-t.ts";

/** What a two-sided test is asked for. */
export interface PowerOptions {
  /** The test's level, default 0.05. */
  alpha?: number | undefined;
  /** The probability of finding the effect, default 0.8. */
  power?: number | undefined;
}

function checkOptions({ alpha = 0.05, power = 0.8 }: PowerOptions): { alpha: number; power: number } {
  if (!(alpha > 0 && alpha < 1)) throw new UsageError(`alpha must lie between 0 and 1, got ${alpha}`);
  if (!(power > alpha && power < 1)) throw new UsageError(`power must lie between alpha and 1, got ${power}`);
  return { alpha, power };
}

function checkSd(sd: number): void {
  if (!(sd > 0 && Number.isFinite(sd)))
    throw new UsageError(`the standard deviation of the differences must be above 0, got ${sd}`);
}

/**
 * The power of the two-sided paired t test.
 *
 * 1 - F(t_c) + F(-t_c), F the noncentral t with n - 1 degrees of freedom and δ = √n · |difference| / sd
 *
 * @param difference true mean difference
 * @param sd standard deviation of the differences, above 0
 * @param n pairs, at least 2
 * @param alpha default 0.05
 * Source: Cohen (1988); agrees with statsmodels 0.15 `TTestPower.power` to 1e-8.
 */
export function pairedTPower(difference: number, sd: number, n: number, alpha = 0.05): number {
  checkSd(sd);
  if (!(n >= 2)) throw new NotEnoughDataError(`the power of a paired t test needs at least 2 pairs, got ${n}`, 2);
  const critical = tQuantile(1 - alpha / 2, n - 1);
  const delta = (Math.sqrt(n) * Math.abs(difference)) / sd;
  return 1 - noncentralTCdf(critical, n - 1, delta) + noncentralTCdf(-critical, n - 1, delta);
}

/**
 * The number of pairs that a paired t test needs to find a difference.
 *
 * @param difference the smallest difference that matters, not 0
 * @param sd standard deviation of the differences, above 0
 * @returns the smallest n >= 2 whose power reaches the target
 * @throws UsageError for a difference of 0 or one so small that n would exceed 10^9
 * @example pairedTNeeded(0.02, 0.4) // 3142: an accuracy difference of 2 points
 */
export function pairedTNeeded(difference: number, sd: number, options: PowerOptions = {}): number {
  const { alpha, power } = checkOptions(options);
  checkSd(sd);
  const ratio = Math.abs(difference) / sd;
  const guess = ((normalQuantile(1 - alpha / 2) + normalQuantile(power)) / ratio) ** 2;
  if (!(guess < 1e9))
    throw new UsageError(`no feasible number of pairs finds a difference of ${difference} at sd ${sd}`);
  return smallest(2, Math.ceil(guess) + 3, (n) => pairedTPower(difference, sd, n, alpha) >= power);
}

/**
 * The minimum detectable difference of a paired t test: the difference that n pairs find with the wanted power.
 *
 * @param sd standard deviation of the differences, above 0
 * @param n pairs, at least 2
 * @returns a difference above 0, in the unit of sd
 */
export function pairedTDetectable(sd: number, n: number, options: PowerOptions = {}): number {
  const { alpha, power } = checkOptions(options);
  checkSd(sd);
  return sd * crossing((ratio) => pairedTPower(ratio, 1, n, alpha) - power);
}

/**
 * The exact power of McNemar's two-sided exact test.
 *
 * Σ_m P(m discordant) · P(reject | m), m binomial(n, p10 + p01), the split binomial(m, p10 / (p10 + p01))
 *
 * @param p10 probability that only the first is right
 * @param p01 probability that only the second is right
 * @param n pairs, at least 1
 * @param alpha default 0.05
 * Source: Miettinen (1968); Duffy (1984) for the exact unconditional power.
 */
export function mcnemarPower(p10: number, p01: number, n: number, alpha = 0.05): number {
  checkDiscordant(p10, p01);
  if (!(Number.isInteger(n) && n >= 1))
    throw new NotEnoughDataError(`McNemar's power needs at least 1 pair, got ${n}`, 1);
  const rate = Math.min(1, p10 + p01);
  if (rate === 0) return 0;
  const share = p10 / (p10 + p01);
  const spread = 9 * Math.sqrt(n * rate * (1 - rate)) + 20;
  let total = 0;
  for (let m = Math.max(1, Math.floor(n * rate - spread)); m <= Math.min(n, Math.ceil(n * rate + spread)); m++) {
    const weight = binomialPmf(m, n, rate);
    if (weight < 1e-14) continue;
    // the largest smaller count that is still significant
    let critical = binomialQuantile(alpha / 2, m, 0.5);
    if (2 * binomialCdf(critical, m, 0.5) > alpha) critical--;
    if (critical < 0) continue;
    total += weight * (binomialCdf(critical, m, share) + binomialCdf(critical, m, 1 - share));
  }
  return Math.min(1, total);
}

/**
 * The number of pairs that McNemar's exact test needs.
 *
 * Exact power rises in a saw-tooth with n: the answer is the smallest n from which the power stays at the target
 * for the next 20 n as well.
 *
 * @param p10 probability that only the first is right
 * @param p01 probability that only the second is right, not equal to p10
 * @throws UsageError for equal probabilities or one so close that more than 10^6 pairs are needed
 */
export function mcnemarNeeded(p10: number, p01: number, options: PowerOptions = {}): number {
  const { alpha, power } = checkOptions(options);
  checkDiscordant(p10, p01);
  const gap = Math.abs(p10 - p01);
  const rate = p10 + p01;
  const guess =
    ((normalQuantile(1 - alpha / 2) * Math.sqrt(rate) + normalQuantile(power) * Math.sqrt(rate - gap * gap)) / gap) **
    2;
  if (!(guess < 1e6)) throw new UsageError(`no feasible number of pairs tells ${p10} from ${p01}`);
  const enough = (n: number): boolean => mcnemarPower(p10, p01, n, alpha) >= power;
  let n = smallest(1, Math.ceil(1.3 * guess) + 30, enough);
  for (let run = 1; run <= 20; run++) {
    if (enough(n + run)) continue;
    n += run + 1;
    run = 0;
  }
  return n;
}

/**
 * The minimum detectable difference p10 - p01 of McNemar's exact test.
 *
 * @param discordant p10 + p01, the share of items on which the two differ, in (0, 1]
 * @param n pairs
 * @returns a difference in (0, discordant]
 * @throws NotEnoughDataError where not even a difference of `discordant` would be found
 */
export function mcnemarDetectable(discordant: number, n: number, options: PowerOptions = {}): number {
  const { alpha, power } = checkOptions(options);
  const powerAt = (gap: number): number =>
    mcnemarPower((discordant + gap) / 2, Math.max(0, (discordant - gap) / 2), n, alpha) - power;
  if (powerAt(discordant) < 0)
    throw new NotEnoughDataError(`${n} pairs of which ${discordant} differ cannot reach a power of ${power}`);
  let low = 0;
  let high = discordant;
  for (let i = 0; i < 60 && high - low > 1e-10 * discordant; i++) {
    const middle = (low + high) / 2;
    if (powerAt(middle) >= 0) high = middle;
    else low = middle;
  }
  return high;
}

function checkDiscordant(p10: number, p01: number): void {
  if (!(p10 >= 0 && p01 >= 0 && p10 + p01 <= 1 + 1e-12))
    throw new UsageError(`discordant probabilities must be at least 0 and sum to at most 1, got ${p10} and ${p01}`);
}

/** The smallest whole number of [low, …) that holds, for a condition that stays true; `guess` starts the bracket. */
function smallest(low: number, guess: number, holds: (n: number) => boolean): number {
  let high = Math.max(low, guess);
  let below = low - 1;
  while (!holds(high)) {
    below = high;
    high *= 2;
  }
  while (high - below > 1) {
    const middle = Math.floor((below + high) / 2);
    if (holds(middle)) high = middle;
    else below = middle;
  }
  return high;
}

/** Where an increasing function of x > 0 crosses 0. */
function crossing(f: (x: number) => number): number {
  let high = 1;
  while (f(high) < 0) high *= 2;
  let low = 0;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}
