import type { SymmetricComparer } from "../../compose/tournament.ts";
import type { Comparer } from "../../core/index.ts";
import { type Compared, fingerprintOf, type JsonObject, type Preferred, UsageError } from "../../core/index.ts";
import type { Judged } from "./judge.ts";

/** A game's decision between the answers A and B; null is no decision. */
export type Decision = "A>B" | "B>A" | "A=B" | null;

/** The same decision with the two answers swapped. */
export function flipped(decision: Decision): Decision {
  return decision === "A>B" ? "B>A" : decision === "B>A" ? "A>B" : decision;
}

/** Grades that a judge gave to two answers, in the order in which it was shown them. */
export type ShownGrades = readonly [first: number, second: number];

/**
 * Votes for the label over two games, the second played with the answers swapped and given here as it was said.
 *
 *     each game: +1 if it decides as the label, −1 if the other way, 0 for a tie or null; the sum lies in −2 … 2
 *
 * @param label "A>B" or "B>A"
 * @source JudgeBench (2024), utils/metrics
 */
export function swapSum(first: Decision, second: Decision, label: Decision): number;
/**
 * Which of two answers has the greater sum of grades over both orders.
 *
 *     front = (a₁, b₁), back = (b₂, a₂) as they were shown:  sign(a₁ + a₂ − b₁ − b₂)
 *
 * A bonus for the place, the same in both games, cancels.
 *
 * @throws UsageError for a grade that is not finite
 * @source VLRMBench (2025), get_ms_eval_res.py and get_ec_era_eval_res.py
 * @example swapSum([7, 4], [6, 5]) // 1: 7 + 5 against 4 + 6
 */
export function swapSum(front: ShownGrades, back: ShownGrades): -1 | 0 | 1;
export function swapSum(first: Decision | ShownGrades, second: Decision | ShownGrades, label?: Decision): number {
  if (Array.isArray(first) && Array.isArray(second)) {
    const lead = first[0] - first[1] - (second[0] - second[1]);
    if (!Number.isFinite(lead)) throw new UsageError(`swapSum: [${first}] and [${second}] are no grades`);
    return Math.sign(lead);
  }
  let sum = 0;
  for (const decision of [first as Decision, flipped(second as Decision)]) {
    if (decision === null || decision === "A=B" || label === undefined || label === null || label === "A=B") continue;
    sum += decision === label ? 1 : -1;
  }
  return sum;
}

/** `swapSum` in words: above 0 is right, below 0 wrong, 0 a tie. One right game and one tie is right. */
export function swapOutcome(first: Decision, second: Decision, label: Decision): "right" | "wrong" | "tie" {
  const sum = swapSum(first, second, label);
  return sum > 0 ? "right" : sum < 0 ? "wrong" : "tie";
}

/** How two orders become one verdict. */
export type SwapRule = "tie" | "average";

/** Options of `bothOrders`. */
export interface BothOrdersOptions {
  /** "tie" (default): orders that prefer different answers tie. "average": p is the mean of both, whatever they say. */
  rule?: SwapRule | undefined;
  name?: string | undefined;
}

/**
 * A comparer that asks another in both orders, so that a preference for a place cancels.
 *
 *     p = ½·[p(a, b) + 1 − p(b, a)];  with "tie", ½ where one order prefers a and the other b
 *
 * P(a ≻ b) + P(b ≻ a) = 1 exactly, and two equal answers tie. A comparer that always takes the first answer says ½ to
 * everything. If one order is unscored, so is the pair: half an answer would keep the bias. Costs two calls a pair.
 *
 * @source the tie rule is common practice (MT-Bench and others); the average is Pairwise-RL's debiased score
 * @example bothOrders(oneOrder, { rule: "average" })
 */
export function bothOrders<C extends Comparer & Partial<Judged>>(
  comparer: C,
  options: BothOrdersOptions = {},
): SymmetricComparer & Judged {
  const { rule = "tie" } = options;
  if (rule !== "tie" && rule !== "average")
    throw new UsageError(`bothOrders: rule must be "tie" or "average", not ${String(rule)}`);
  const own: JsonObject = { kind: "both-orders", rule };
  return {
    name: options.name ?? comparer.name,
    fingerprint: fingerprintOf("both-orders", "", { version: 1, spec: own }, [comparer.fingerprint]),
    work: "compose",
    symmetric: true,
    prompts: comparer.prompts ?? [],
    ...(comparer.spec === undefined ? {} : { spec: comparer.spec }),
    ...(comparer.random === undefined ? {} : { random: comparer.random }),
    async compare(jobs, ctx) {
      const compared = await ctx.compare(
        comparer,
        jobs.map(({ task, pairs }) => ({
          task,
          pairs: pairs.flatMap(([first, second]) => [[first, second] as const, [second, first] as const]),
        })),
      );
      return jobs.map(({ pairs }, j) =>
        pairs.map(([first, second], k) => merged(first, second, compared[j]![2 * k]!, compared[j]![2 * k + 1]!, rule)),
      );
    },
  };
}

/** The mean of both orders, so that P(a ≻ b) + P(b ≻ a) = 1. The name of `bothOrders(comparer, { rule: "average" })` in Pairwise-RL. */
export function debiased<C extends Comparer & Partial<Judged>>(comparer: C): SymmetricComparer & Judged {
  return bothOrders(comparer, { rule: "average" });
}

function merged(first: number, second: number, there: Compared, back: Compared, rule: SwapRule): Compared {
  if (there.unscored !== undefined) return { first, second, unscored: there.unscored };
  if (back.unscored !== undefined)
    return { first, second, unscored: { ...back.unscored, message: `swapped: ${back.unscored.message}` } };
  const disagree = (there.p > 0.5 && back.p > 0.5) || (there.p < 0.5 && back.p < 0.5);
  const tied = disagree && rule === "tie";
  const p = tied ? 0.5 : (there.p + 1 - back.p) / 2;
  const strength =
    there.strength === undefined || back.strength === undefined || tied
      ? undefined
      : (there.strength - back.strength) / 2;
  const tie = tied
    ? 1
    : there.tie === undefined && back.tie === undefined
      ? undefined
      : ((there.tie ?? 0) + (back.tie ?? 0)) / 2;
  const fault = faultOf(there, back);
  const rationale = [
    disagree ? "The two orders disagree." : undefined,
    there.rationale,
    back.rationale === undefined ? undefined : `Swapped: ${back.rationale}`,
  ].filter((text) => text !== undefined);
  return {
    first,
    second,
    p,
    ...(tie === undefined ? {} : { tie }),
    ...(strength === undefined ? {} : { strength }),
    ...(fault === undefined ? {} : { fault }),
    ...(rationale.length === 0 ? {} : { rationale: rationale.join("\n\n") }),
  };
}

function faultOf(there: Preferred, back: Preferred): Preferred["fault"] {
  const swap = { first: "second", second: "first", both: "both" } as const;
  return there.fault ?? (back.fault === undefined ? undefined : swap[back.fault]);
}
