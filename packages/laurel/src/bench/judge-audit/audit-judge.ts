import {
  type Estimate,
  NotEnoughDataError,
  type PreferenceMatrix,
  type Seed,
  seedFrom,
  split,
  type Usage,
} from "../../core/index.ts";
import { type Decision, flipped, type SwapReport, type SwapRow, swapReport } from "../../rewards/judge/index.ts";
import { ece, intransitivity, proportionEstimate, type ReliabilityBin, reliabilityCurve } from "../../stats/index.ts";
import { type Agreement, agreementsOf, type HumanCorrelation, humanCorrelation, sameShares } from "./agreement.ts";
import { type Biases, biasesOf } from "./bias.ts";
import { type VoteCurve, voteCurveOf } from "./vote-curve.ts";
import { type Ballot, verdictOf } from "./votes.ts";
import { type WinRate, winRateOf } from "./win-rate.ts";

/** Options of `auditJudge`. */
export interface AuditJudgeOptions {
  /** The judge's fingerprint, by which a gate knows that the audit is of it. */
  fingerprint?: string | null | undefined;
  /** What asking used, for the cost a decision. */
  usage?: readonly Usage[] | undefined;
  /** Does the judge see an order? Default true; a reward that scores one answer at a time does not. */
  ordered?: boolean | undefined;
  /** Estimate the win rate of the first candidate of each task; needs files in which the first is always the same system's. */
  winRate?: boolean | undefined;
  level?: number | undefined;
  seed?: Seed | string | number | undefined;
}

/** A judge's accuracy on one part of the pairs. */
export interface PartAccuracy {
  n: number;
  accuracy: Estimate | undefined;
}

/** What is known about a judge. What could not be measured is undefined, and `notes` say why. */
export interface JudgeAudit {
  judge: string;
  fingerprint: string | null;
  /** Pairs with a verdict, those with a label, their prompts, and all verdicts that were asked for. */
  pairs: number;
  labelled: number;
  prompts: number;
  verdicts: number;
  /** Share of verdicts that could not be read. */
  unreadable: Estimate;
  /** Credit of the verdict over both orders, ties half; pairs that labels call equal are left out. */
  accuracy: Estimate | undefined;
  /** Credit of a single verdict, in one order. */
  single: Estimate | undefined;
  subsets: Readonly<Record<string, Readonly<Record<string, PartAccuracy>>>>;
  /** Share of pairs with the same verdict in both orders. */
  consistency: Estimate | undefined;
  /** Share of repeats of the same question with the same verdict. */
  selfConsistency: Estimate | undefined;
  bias: Biases;
  /** Share of fully compared triads that are cycles. */
  cycles: Estimate | undefined;
  calibration:
    | { ece: Estimate; bins: readonly ReliabilityBin[]; of: "stated confidence" | "votes"; undecided: number }
    | undefined;
  /** Both orders by JudgeBench's rule, on pairs that were asked in both; undefined without such. */
  swap: SwapReport | undefined;
  /** Accuracy of a majority by the number of votes; undefined where pairs have fewer than three verdicts. */
  votes: VoteCurve | undefined;
  agreement: readonly Agreement[];
  correlation: HumanCorrelation | undefined;
  /** A decision is a pair's verdict: all orders and repeats together. */
  cost: { calls: number; inputTokens: number; outputTokens: number; usd: number | undefined } | undefined;
  winRate: WinRate | undefined;
  notes: readonly string[];
}

/**
 * Everything that can be measured about a judge from its verdicts on labelled pairs. Intervals are by prompt.
 *
 * @param ballots the judge's verdicts beside the pairs, from `ballotsOf`
 * @param options see `AuditJudgeOptions`
 * @throws NotEnoughDataError for no verdicts
 * @example auditJudge("mine", ballotsOf(pairs, votes).ballots).accuracy
 */
export function auditJudge(judge: string, ballots: readonly Ballot[], options: AuditJudgeOptions = {}): JudgeAudit {
  const level = options.level ?? 0.95;
  const seed = split(seedFrom(options.seed ?? 0), "judge audit");
  if (ballots.length === 0) throw new NotEnoughDataError(`there are no verdicts of ${judge} on the pairs of the file`);
  const notes: string[] = [];
  const share = (what: string, values: readonly number[], clusters: readonly string[], unscored = 0) =>
    shareOf(what, values, clusters, unscored, level, notes);
  const decided = ballots.filter(({ pair }) => pair.label === "low" || pair.label === "high");
  const accuracyOf = (part: readonly Ballot[], what: string): Estimate | undefined => {
    const credits = part.map(creditOf);
    const scored = part.flatMap(({ pair }, i) =>
      credits[i] === undefined ? [] : [{ credit: credits[i], of: pair.cluster }],
    );
    return share(
      what,
      scored.map(({ credit }) => credit),
      scored.map(({ of }) => of),
      part.length - scored.length,
    );
  };
  const singles = decided.flatMap(({ pair, lowFirst, highFirst }) =>
    [...lowFirst, ...highFirst].map(({ p }) => ({
      credit: p === null ? null : creditOfP(p, pair.label === "low"),
      of: pair.cluster,
    })),
  );
  const readable = singles.flatMap(({ credit, of }) => (credit === null ? [] : [{ credit, of }]));
  const verdicts = ballots.flatMap(({ pair, lowFirst, highFirst }) =>
    [...lowFirst, ...highFirst].map(({ p }) => ({ unread: Number(p === null), of: pair.cluster })),
  );
  const orders = sameShares(ballots, "orders");
  const repeats = sameShares(ballots, "repeats");
  const bias = biasesOf(ballots, { ordered: options.ordered ?? true, level }, notes);
  return {
    judge,
    fingerprint: options.fingerprint ?? null,
    pairs: ballots.length,
    labelled: ballots.filter(({ pair }) => pair.label !== undefined).length,
    prompts: new Set(ballots.map(({ pair }) => pair.cluster)).size,
    verdicts: verdicts.length,
    unreadable: proportionEstimate(
      verdicts.map(({ unread }) => unread),
      { level },
    ),
    accuracy: accuracyOf(decided, "accuracy"),
    single: share(
      "accuracy of one order",
      readable.map(({ credit }) => credit),
      readable.map(({ of }) => of),
      singles.length - readable.length,
    ),
    subsets: subsetsOf(decided, (part) => accuracyOf(part, "")),
    consistency: share("consistency under swap", orders.values, orders.clusters),
    selfConsistency: share("self-consistency", repeats.values, repeats.clusters),
    bias,
    cycles: cyclesOf(ballots, level, notes),
    calibration: calibrationOf(decided, { seed: split(seed, "ece"), level }, notes),
    swap: swapOf(decided, level),
    votes: votesOf(decided, level, notes),
    agreement: agreementsOf(ballots, { seed: split(seed, "alpha"), level }),
    correlation: humanCorrelation(ballots, level),
    cost: costOf(options.usage, ballots.length),
    winRate: options.winRate === true ? winRateOf(ballots, level, notes) : undefined,
    notes,
  };
}

/** Each repeat of a pair that was asked in both orders is a row. */
function swapOf(decided: readonly Ballot[], level: number): SwapReport | undefined {
  const rows = decided.flatMap(({ pair, lowFirst, highFirst }) =>
    lowFirst.slice(0, highFirst.length).map(({ p }, r): SwapRow => {
      const label = pair.label === "low" ? "A>B" : "B>A";
      return { first: decisionOf(p), second: flipped(decisionOf(highFirst[r]!.p)), label, cluster: pair.cluster };
    }),
  );
  return rows.length === 0 ? undefined : swapReport(rows, { level });
}

/** In the terms of low, which is A. */
function decisionOf(p: number | null): Decision {
  return p === null ? null : p > 0.5 ? "A>B" : p < 0.5 ? "B>A" : "A=B";
}

function votesOf(decided: readonly Ballot[], level: number, notes: string[]): VoteCurve | undefined {
  try {
    return voteCurveOf(decided, { level });
  } catch (thrown) {
    if (!(thrown instanceof NotEnoughDataError)) throw thrown;
    notes.push(`votes by number: ${thrown.message}`);
    return undefined;
  }
}

/** The credit of a ballot on a pair of which one side is better; undefined where it has no verdict. */
export function creditOf(ballot: Ballot): number | undefined {
  const p = verdictOf(ballot);
  return p === undefined ? undefined : creditOfP(p, ballot.pair.label === "low");
}

function creditOfP(p: number, low: boolean): number {
  if (p === 0.5) return 0.5;
  return p > 0.5 === low ? 1 : 0;
}

function shareOf(
  what: string,
  values: readonly number[],
  clusters: readonly string[],
  unscored: number,
  level: number,
  notes: string[],
): Estimate | undefined {
  const distinct = new Set(clusters).size;
  if (values.length === 0 || (distinct < 2 && values.length > 1)) {
    if (what !== "") notes.push(`${what}: ${values.length === 0 ? "nothing shows it" : "all pairs are of one prompt"}`);
    return undefined;
  }
  return proportionEstimate(values, { level, unscored, ...(distinct < values.length ? { clusters } : {}) });
}

function subsetsOf(
  ballots: readonly Ballot[],
  accuracy: (part: readonly Ballot[]) => Estimate | undefined,
): Record<string, Record<string, PartAccuracy>> {
  const parts = new Map<string, Map<string, Ballot[]>>();
  for (const ballot of ballots)
    for (const [key, value] of Object.entries(ballot.pair.subsets)) {
      const values = parts.get(key) ?? new Map<string, Ballot[]>();
      parts.set(key, values);
      values.set(value, [...(values.get(value) ?? []), ballot]);
    }
  const out: Record<string, Record<string, PartAccuracy>> = {};
  for (const [key, values] of parts) {
    if (values.size < 2 || values.size > 50) continue;
    out[key] = Object.fromEntries(
      [...values].map(([value, part]) => [value, { n: part.length, accuracy: accuracy(part) }] as const),
    );
  }
  return out;
}

function cyclesOf(ballots: readonly Ballot[], level: number, notes: string[]): Estimate | undefined {
  const tasks = new Map<string, Ballot[]>();
  for (const ballot of ballots) tasks.set(ballot.pair.id, [...(tasks.get(ballot.pair.id) ?? []), ballot]);
  const values: number[] = [];
  const clusters: string[] = [];
  for (const own of tasks.values()) {
    if (own.length < 3) continue;
    const { triads, comparable } = intransitivity(matrixOf(own));
    for (let i = 0; i < comparable; i++) {
      values.push(i < triads ? 1 : 0);
      clusters.push(own[0]!.pair.cluster);
    }
  }
  return shareOf("cycles (needs three candidates that were all compared)", values, clusters, 0, level, notes);
}

function matrixOf(own: readonly Ballot[]): PreferenceMatrix {
  const places = [...new Set(own.flatMap(({ pair }) => [pair.low, pair.high]))];
  const n = places.length;
  const matrix = {
    n,
    p: new Float64Array(n * n).fill(0.5),
    tie: new Float64Array(n * n),
    weight: new Float64Array(n * n),
    orderEffect: null,
  };
  for (const ballot of own) {
    const p = verdictOf(ballot);
    if (p === undefined) continue;
    const [i, j] = [places.indexOf(ballot.pair.low), places.indexOf(ballot.pair.high)];
    matrix.p[i * n + j] = p;
    matrix.p[j * n + i] = 1 - p;
    matrix.weight[i * n + j] = matrix.weight[j * n + i] = 1;
  }
  return matrix;
}

/** How sure against how right: each verdict's stated confidence, graded p, or else the share of a pair's votes. */
function calibrationOf(
  decided: readonly Ballot[],
  options: { seed: Seed; level: number },
  notes: string[],
): JudgeAudit["calibration"] {
  const stated: { forecast: number; right: number; of: string }[] = [];
  const voted: typeof stated = [];
  let undecidedStated = 0;
  let undecidedVoted = 0;
  for (const { pair, lowFirst, highFirst } of decided) {
    const heard = [...lowFirst, ...highFirst].flatMap(({ p, confidence }) => (p === null ? [] : [{ p, confidence }]));
    for (const { p, confidence } of heard) {
      const forecast = confidence ?? (p === 0 || p === 1 ? undefined : Math.max(p, 1 - p));
      if (p === 0.5) undecidedStated++;
      else if (forecast !== undefined)
        stated.push({ forecast, right: creditOfP(p, pair.label === "low"), of: pair.cluster });
    }
    if (heard.length < 2) continue;
    const mean = heard.reduce((sum, { p }) => sum + p, 0) / heard.length;
    if (mean === 0.5) undecidedVoted++;
    else
      voted.push({
        forecast: Math.max(mean, 1 - mean),
        right: creditOfP(mean, pair.label === "low"),
        of: pair.cluster,
      });
  }
  const [rows, of, undecided] =
    stated.length > 0
      ? ([stated, "stated confidence", undecidedStated] as const)
      : ([voted, "votes", undecidedVoted] as const);
  const forecasts = rows.map(({ forecast }) => forecast);
  const outcomes = rows.map(({ right }) => right);
  const all = rows.map((row) => row.of);
  const clusters = new Set(all).size < all.length ? all : undefined;
  if (new Set(all).size < 2) {
    notes.push("calibration: it needs stated confidences, probabilities, or several verdicts a pair");
    return undefined;
  }
  return {
    ece: ece(forecasts, outcomes, { ...options, clusters }),
    bins: reliabilityCurve(forecasts, outcomes, { level: options.level, clusters }),
    of,
    undecided,
  };
}

function costOf(usage: readonly Usage[] | undefined, decisions: number): JudgeAudit["cost"] {
  if (usage === undefined || usage.length === 0) return undefined;
  const sum = (of: (one: Usage) => number): number => usage.reduce((total, one) => total + of(one), 0) / decisions;
  return {
    calls: sum(({ calls }) => calls),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    usd: usage.every(({ usd }) => usd !== undefined) ? sum(({ usd }) => usd!) : undefined,
  };
}
