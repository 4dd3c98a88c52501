import {
  type Comparer,
  type Draft,
  type Fault,
  fault,
  fingerprintOf,
  type JsonObject,
  type Reward,
  type Score,
  UsageError,
  unscored,
} from "../core/index.ts";
import { zermelo } from "../stats/bradley-terry.ts";
import { bradleyTerryIntervals } from "../stats/bradley-terry-intervals.ts";
import { DisconnectedComparisonsError } from "../stats/components.ts";
import { type NamedPairing, roundRobin } from "./pairing.ts";
import { type Range, settled } from "./parts.ts";
import { ordersOf, play, type Tournament, type TournamentOptions } from "./tournament.ts";

/** How preferences become one value a candidate. */
export type PreferenceAggregate = "mean-probability" | "mean-score" | "borda" | "copeland" | "bradley-terry";

/** Options of `toReward`. */
export interface ToRewardOptions extends TournamentOptions {
  /** Default "mean-probability". */
  aggregate?: PreferenceAggregate | undefined;
  /** For "bradley-terry": wins added to both sides of each compared pair, which keeps an undefeated candidate finite; default 0.5. */
  prior?: number | undefined;
  name?: string | undefined;
  /** Stands for the pairing in the fingerprint if that is a function without a spec. */
  version?: string | number | undefined;
}

const ranges: Readonly<Record<PreferenceAggregate, Range | undefined>> = {
  "mean-probability": [0, 1],
  "mean-score": undefined,
  borda: [0, 1],
  copeland: [-1, 1],
  "bradley-terry": undefined,
};

/** Groups up to this many distinct contents have their cyclic triads counted, which takes n³/6 steps. */
const TRIADS_UP_TO = 128;
/** Groups up to this many distinct contents get standard errors of their strengths, which take n³ steps. */
const ERRORS_UP_TO = 256;

/**
 * A reward from a comparer: each candidate's standing among the others of its task. The specifications' `fromComparer`.
 *
 *     mean-probability   mean over opponents met of P(i better than j), in [0, 1]
 *     mean-score         mean over opponents of the comparer's own strength (a logit or grade)
 *     borda              share of the answers that prefer i, each opponent counting alike, in [0, 1]
 *     copeland           (opponents beaten − opponents lost to) / opponents met, in [−1, 1]
 *     bradley-terry      log-strength, mean 0, one game a pair (see `zermelo`)
 *
 * Candidates are paired in content-hash order and equal contents are one player, so neither their order nor copies of one
 * change anything. A pair that could not be compared has weight 0; a candidate that met nobody is unscored. A task of one
 * candidate is unscored (`incomplete-group`); one whose candidates are all equal is a tie: ½, or 0 where the scale is
 * centred. A candidate that failed by its own fault in all its comparisons is a fault.
 *
 * `spread` is the standard error of the value, taking each answer as one vote drawn with its p: for "bradley-terry" from the fit's
 * information with the prior's wins, which is the uncertainty that a capped pairing leaves; for "mean-probability" and "borda"
 * √(Σ p̃ (1 − p̃) / w) / opponents with p̃ = (w p + ½) / (w + 1). Copeland and mean-score have none.
 *
 * Every scalar loses what is cyclic: `facts.intransitivity` is the share of fully compared triads that are cycles (null
 * above 128 contents or without triads). `facts.orderEffect` as in `preferenceMatrix`; `facts.comparisons` counts answers.
 * Values after a Swiss, knockout or pivot pairing depend on whom one met; "bradley-terry" corrects for that.
 *
 * @throws UsageError on an unknown aggregate or a negative prior
 * @source "What are the best systems?" (2022) for Borda; GPM (2024) for the mean score; Zermelo (1929)
 * @example toReward(judge, { pairing: swiss({ rounds: 4 }), aggregate: "bradley-terry" })
 */
export function toReward(comparer: Comparer, options: ToRewardOptions = {}): Reward {
  const { aggregate = "mean-probability", prior = 0.5, pairing = roundRobin() } = options;
  if (!Object.hasOwn(ranges, aggregate))
    throw new UsageError(
      `toReward: unknown aggregate '${String(aggregate)}'`,
      `there are ${Object.keys(ranges).join(", ")}`,
    );
  if (!(prior >= 0 && Number.isFinite(prior))) throw new UsageError(`toReward: prior must be at least 0, not ${prior}`);
  const orders = ordersOf(comparer, options);
  const { spec: pairs, random: drawn } = pairing as Partial<NamedPairing>;
  const own: JsonObject = {
    kind: "to-reward",
    aggregate,
    orders,
    ...(aggregate === "bradley-terry" ? { prior } : {}),
    ...(pairs === undefined ? {} : { pairing: pairs }),
  };
  const range = ranges[aggregate];
  const made: Reward = {
    name: options.name ?? `toReward(${comparer.name})`,
    fingerprint: fingerprintOf("to-reward", "", { version: pairs === undefined ? options.version : 1, spec: own }, [
      comparer.fingerprint,
    ]),
    sees: "group",
    work: "compose",
    ...(pairs === undefined || comparer.spec === undefined ? {} : { spec: { ...own, comparer: comparer.spec } }),
    ...(comparer.random === true || drawn === true ? { random: true } : {}),
    ...(range === undefined ? {} : { range }),
    async score(tasks, ctx) {
      const played = await play(comparer, tasks, ctx, { pairing, orders });
      return tasks.map((task, t) => {
        const one = played[t]!;
        const { values: standing, errors } = standings(one, aggregate, prior, orders);
        const loss = intransitivity(one);
        const scores = standing.map((value, i) =>
          settled(made, ctx, () => draftOf(one, value, errors?.[i], i, loss, task.id, range !== undefined)),
        );
        return one.of.map((i): Score => scores[i]!);
      });
    },
  };
  return made;
}

function draftOf(
  played: Tournament,
  value: number | string,
  sd: number | undefined,
  i: number,
  loss: number | null,
  id: string,
  bounded: boolean,
): Draft {
  const { n, matrix, faults, asked, lost, of } = played;
  if (typeof value === "string") {
    const reason = lost[i];
    if (reason !== undefined)
      return { unscored: { ...reason.unscored, message: `${value}: ${reason.unscored.message}` } };
    return unscored("incomplete-group", `task ${id}: ${value}`);
  }
  let opponents = 0;
  for (let j = 0; j < n; j++) if (matrix.weight[i * n + j]! > 0) opponents++;
  const facts: JsonObject = {
    comparisons: asked[i]!,
    opponents,
    orderEffect: matrix.orderEffect,
    intransitivity: loss,
    ...(faults[i]! > 0 ? { faults: { comparisons: faults[i]! } } : {}),
    ...(of.length > n ? { distinct: n } : {}),
  };
  const failed: Fault | undefined = asked[i]! > 0 && faults[i] === asked[i] ? "malformed" : undefined;
  const spread = sd === undefined || asked[i] === 0 ? {} : { spread: { sd, n: asked[i]!, over: "posterior" as const } };
  if (failed === undefined) return { value, ...spread, facts };
  return bounded ? fault(failed, { facts }) : { value, fault: failed, facts };
}

/** One value a distinct content, or the reason why there is none; and standard errors where the aggregate has some. */
interface Standings {
  values: (number | string)[];
  errors?: ArrayLike<number> | undefined;
}

function standings(
  played: Tournament,
  aggregate: PreferenceAggregate,
  prior: number,
  orders: "both" | "one",
): Standings {
  const { n, matrix, votes, of } = played;
  const { p, weight, strength } = matrix;
  if (n === 1)
    return { values: [of.length === 1 ? "one candidate has nobody to be compared with" : neutral(aggregate)] };
  if (aggregate === "bradley-terry") return strengths(played, prior, orders);
  const errors = aggregate === "mean-probability" || aggregate === "borda" ? voteErrors(played, aggregate) : undefined;
  const values = Array.from({ length: n }, (_, i) => {
    let sum = 0;
    let met = 0;
    let graded = 0;
    for (let j = 0; j < n; j++) {
      const at = i * n + j;
      if (weight[at] === 0) continue;
      met++;
      if (aggregate === "mean-probability") sum += p[at]!;
      else if (aggregate === "borda") sum += votes[at]! / weight[at]!;
      else if (aggregate === "copeland") sum += Math.sign(p[at]! - 0.5);
      else if (strength !== undefined && !Number.isNaN(strength[at])) {
        sum += strength[at]!;
        graded++;
      }
    }
    if (met === 0) return "no comparison of this candidate was scored";
    if (aggregate !== "mean-score") return sum / met;
    return graded === 0 ? "the comparer gives no strength, which mean-score needs" : sum / graded;
  });
  return { values, errors };
}

/** Standard errors of mean probabilities or shares of votes, each answer being one vote. */
function voteErrors(
  { n, matrix: { p, weight }, votes }: Tournament,
  aggregate: "mean-probability" | "borda",
): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let variance = 0;
    let met = 0;
    for (let j = 0; j < n; j++) {
      const at = i * n + j;
      const w = weight[at]!;
      if (w === 0) continue;
      const won = aggregate === "borda" ? votes[at]! : w * p[at]!;
      const share = (won + 0.5) / (w + 1);
      variance += (share * (1 - share)) / w;
      met++;
    }
    return met === 0 ? 0 : Math.sqrt(variance) / met;
  });
}

function neutral(aggregate: PreferenceAggregate): number {
  return aggregate === "mean-probability" || aggregate === "borda" ? 0.5 : 0;
}

function strengths({ n, matrix: { p, weight } }: Tournament, prior: number, orders: "both" | "one"): Standings {
  const met: number[] = [];
  for (let i = 0; i < n; i++) if (weight.subarray(i * n, i * n + n).some((count) => count > 0)) met.push(i);
  const out: (number | string)[] = new Array(n).fill("no comparison of this candidate was scored");
  if (met.length === 0) return { values: out };
  // a pair that was answered in both orders is one game, one answered in one of two is half a game
  const perGame = orders === "both" ? 2 : 1;
  const wins = new Float64Array(met.length * met.length);
  for (const [a, i] of met.entries())
    for (const [b, j] of met.entries())
      if (a !== b) wins[a * met.length + b] = (p[i * n + j]! * weight[i * n + j]!) / perGame;
  const errors = new Float64Array(n);
  try {
    if (met.length > ERRORS_UP_TO) {
      const { logStrengths } = zermelo(wins, met.length, { prior });
      for (const [a, i] of met.entries()) out[i] = logStrengths[a]!;
      return { values: out };
    }
    const { strengths: fitted, covariance } = bradleyTerryIntervals(wins, met.length, { prior });
    for (const [a, i] of met.entries()) {
      out[i] = fitted[a]!.value;
      errors[i] = Math.sqrt(Math.max(0, covariance[a * met.length + a]!));
    }
  } catch (thrown) {
    if (!(thrown instanceof DisconnectedComparisonsError)) throw thrown;
    for (const i of met) out[i] = `the comparisons do not join all candidates (${thrown.message})`;
  }
  return { values: out, errors };
}

/** Share of fully compared triads that are cycles, or null. */
function intransitivity({ n, matrix: { p, weight } }: Tournament): number | null {
  if (n < 3 || n > TRIADS_UP_TO) return null;
  let triads = 0;
  let cycles = 0;
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      if (weight[i * n + j] === 0) continue;
      for (let k = j + 1; k < n; k++) {
        if (weight[i * n + k] === 0 || weight[j * n + k] === 0) continue;
        triads++;
        const turn = Math.sign(p[i * n + j]! - 0.5);
        if (turn !== 0 && turn === Math.sign(p[j * n + k]! - 0.5) && turn === Math.sign(p[k * n + i]! - 0.5)) cycles++;
      }
    }
  return triads === 0 ? null : cycles / triads;
}
