import { type Context, isScored, type Reward, type Task, UsageError } from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** A voter on a pair's label: a reward on the logit scale, or a column of labels (the probability of the label, null where there is none). */
export type LabelVoter = Reward | ((pair: PreferencePair) => number | null);

/** Options of `consistencyFilter`. */
export interface ConsistencyOptions {
  /** A model of verified labels only: what it contradicts is dropped. */
  gold: LabelVoter;
  /** Independent votes: another model, annotations; default none. Models trained on one another's labels add nothing. */
  others?: readonly LabelVoter[] | undefined;
  /** How many of the others must agree, where there are any; default 1. */
  need?: number | undefined;
  ctx: Context;
  /** Pairs that are scored at once; default 256. */
  batch?: number | undefined;
}

/** A pair with what becomes of it, and every vote: the probability of its label, null where there is none. */
export interface CuratedPair {
  pair: PreferencePair;
  decision: "keep" | "drop" | "reannotate";
  gold: number | null;
  others: readonly (number | null)[];
}

/**
 * Holds labels that nobody checked against models that were trained on checked ones.
 *
 * A pair is kept where its label is likelier than not to the gold model and to `need` of the others, dropped where the gold model finds it
 * no likelier than not, and otherwise to be annotated again (also where the gold model gives no score). All pairs come out, with their
 * decision, so that each can be looked at; take those to keep with `decision === "keep"`.
 *
 * A gold model filters its own training distribution: alone it can only confirm what it knows. The second, independent vote is what adds.
 * The filter drops hard pairs first, so report accuracy by margin.
 *
 * @returns all pairs in their order; `ledger.dropped` counts those to `drop` and to `reannotate`
 * @throws UsageError where `need` is not a whole number from 1, or there are fewer others than that
 * @source Skywork-Reward-V2 (2025), stage 2
 * @example for await (const one of consistencyFilter(pool, { gold, others: [best], ctx })) if (one.decision === "keep") save(one.pair);
 */
export function consistencyFilter(
  pairs: AsyncIterable<PreferencePair> | Iterable<PreferencePair>,
  options: ConsistencyOptions,
): Recipe<CuratedPair, "drop" | "reannotate"> {
  const { gold, others = [], need = 1, ctx, batch = 256 } = options;
  if (!(Number.isInteger(need) && need >= 1) || (others.length > 0 && need > others.length))
    throw new UsageError(`consistencyFilter: need must be a whole number from 1 to ${others.length}, not ${need}`);
  if (!(Number.isInteger(batch) && batch >= 1)) throw new UsageError(`consistencyFilter: a batch of ${batch} pairs`);
  return recipe(["drop", "reannotate"], async function* (ledger) {
    let waiting: PreferencePair[] = [];
    const decided = async (): Promise<CuratedPair[]> => {
      const [byGold, ...rest] = await Promise.all([gold, ...others].map((voter) => votes(voter, waiting, ctx)));
      return waiting.map((pair, i) => {
        const said = rest.map((own) => own[i]!);
        const decision = decide(byGold![i]!, said, need);
        ledger.in++;
        if (decision === "keep") ledger.out++;
        else ledger.dropped[decision]++;
        return { pair, decision, gold: byGold![i]!, others: said };
      });
    };
    for await (const pair of pairs) {
      waiting.push(pair);
      if (waiting.length < batch) continue;
      yield* await decided();
      waiting = [];
    }
    if (waiting.length > 0) yield* await decided();
  });
}

function decide(gold: number | null, others: readonly (number | null)[], need: number): CuratedPair["decision"] {
  if (gold === null) return "reannotate";
  if (gold <= 0.5) return "drop";
  if (others.length === 0) return "keep";
  return others.filter((p) => p !== null && p > 0.5).length >= need ? "keep" : "reannotate";
}

async function votes(voter: LabelVoter, pairs: readonly PreferencePair[], ctx: Context): Promise<(number | null)[]> {
  if (typeof voter === "function") return pairs.map(voter);
  const tasks = pairs.map(
    ({ prompt, chosen, rejected }, i): Task => ({ id: `#${i}`, prompt, candidates: [chosen, rejected] }),
  );
  return (await ctx.score(voter, tasks)).map(([chosen, rejected]) =>
    isScored(chosen!) && isScored(rejected!) ? 1 / (1 + Math.exp(rejected.value - chosen.value)) : null,
  );
}

/**
 * Dropped pairs with their labels turned round, where every vote that there is finds them wrong.
 *
 * @param options `minConfidence` in [0.5, 1], default 0.5: each vote must give the turned label more than this
 * @throws UsageError for a confidence outside its range
 * @source Skywork-Reward-V2 (2025): its 40M variant recycles about a third of the pairs so, and its authors call that experimental
 */
export function* recycle(
  curated: Iterable<CuratedPair>,
  options: { minConfidence?: number | undefined } = {},
): Generator<PreferencePair> {
  const { minConfidence = 0.5 } = options;
  if (!(minConfidence >= 0.5 && minConfidence <= 1))
    throw new UsageError(`recycle: minConfidence must lie in [0.5, 1], not ${minConfidence}`);
  for (const { pair, decision, gold, others } of curated) {
    if (decision !== "drop") continue;
    if ([gold, ...others].some((p) => p !== null && !(1 - p > minConfidence))) continue;
    yield { ...pair, chosen: pair.rejected, rejected: pair.chosen, meta: { ...pair.meta, recycled: true } };
  }
}
