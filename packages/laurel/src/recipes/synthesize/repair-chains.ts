import {
  type Context,
  type Example,
  type LanguageModel,
  type Message,
  type Seed,
  type Task,
  UsageError,
} from "../../core/index.ts";
import { askAll, drawOf, type Question } from "../../rewards/judge/ask.ts";
import { type Grammar, judgePrompt, parseReasoningVerdict, type ReasonedVerdict } from "../../rewards/judge/index.ts";
import { seedOf } from "../../rewards/judge/judge.ts";
import { pairMaterial, pairValues } from "../../rewards/judge/pairwise.ts";
import { chainOfRubrics } from "../../rewards/judge/reasoning.ts";
import { goldOfLabels } from "../curate/rejective.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** Options of `repairChains`. */
export interface RepairChainsOptions {
  /** Judges every pair without knowing which answer is better. */
  first: LanguageModel;
  /** Is shown what the first one got wrong, with the right verdict, and writes a chain that reaches it. */
  second: LanguageModel;
  /** A further condition on a chain whose verdict is right; default: none. */
  keep?: ((chain: string, task: Task, verdict: ReasonedVerdict) => boolean) | undefined;
  ctx: Context;
  /** Pairs asked about at a time; default 32. */
  batch?: number | undefined;
  /** Most tokens of a chain; default 4096. */
  maxTokens?: number | undefined;
}

/** A judging chain with the right verdict, as a row of fine-tuning data. */
export interface DistilledChain {
  task: Task;
  /** What a judge is asked, without any hint; RM-R1's `context_messages`. */
  messages: readonly Message[];
  /** The chain that it is to learn. */
  chain: string;
  winner: "model_a" | "model_b";
  by: "first" | "second";
}

const repair = judgePrompt({
  name: "repair-chain",
  version: 1,
  system: chainOfRubrics.system,
  user: `${pairMaterial}\n\nAnother judge wrote the following, which ends in the wrong verdict:\n{{quote chain}}\n\nThe right verdict is {{verdict}}. Write the whole judgement anew in the form described, reasoned from the request and the answers alone. Do not mention that you were told the verdict, or that there was another judgement.`,
});

const grammar: Grammar<ReasonedVerdict> = {
  id: "reasoned-1:80",
  form: "End with <answer>[[A]]</answer> or <answer>[[B]]</answer>.",
  read: (text) => parseReasoningVerdict(text),
};

/**
 * Distils judging chains from labelled pairs in two passes: a first model judges each pair; chains with the right verdict are kept, and for
 * the others a second model, which is shown the wrong chain and the right verdict, writes one. No chain is given out whose own verdict is not the label's.
 *
 * A is the task's first candidate; balance the labels before, since an order by rule can be learned.
 *
 * @param pairs tasks of two candidates whose labels name the better one
 * @returns chains in the order of the pairs; `ledger` counts pairs without a label (`unlabelled`), that even the second pass got wrong or left unreadable
 *   (`wrong`), that `keep` refused (`refused`), and whose texts are too long (`too-long`)
 * @throws UsageError where a task has not two candidates
 * @source RM-R1 (2025): Claude zero-shot, then o3 for what it got wrong; zero-shot chains alone were about 75 % right. The wording is ours
 * @example for await (const { messages, chain } of repairChains(pairs, { first, second, ctx })) write(messages, chain);
 */
export function repairChains(
  pairs: AsyncIterable<Example> | Iterable<Example>,
  options: RepairChainsOptions,
): Recipe<DistilledChain, "unlabelled" | "wrong" | "refused" | "too-long"> {
  const { first, second, keep = () => true, ctx, batch = 32, maxTokens = 4096 } = options;
  const draw = (model: LanguageModel) => drawOf({ model, maxTokens });
  return recipe(["unlabelled", "wrong", "refused", "too-long"], async function* (ledger) {
    for await (const some of batched(pairs, batch)) {
      ledger.in += some.length;
      const asked: { task: Task; gold: "A" | "B"; question: Question<ReasonedVerdict>; seed: Seed }[] = [];
      for (const { task, labels } of some) {
        if (task.candidates.length !== 2)
          throw new UsageError(`repairChains: task ${task.id} has ${task.candidates.length} candidates, not two`);
        const gold = goldOfLabels(2, labels);
        const values = valuesOf(task);
        const rendered = chainOfRubrics.render(values);
        const seed = seedOf(ctx, task);
        if (gold === undefined || !("best" in gold)) ledger.dropped.unlabelled++;
        else if (rendered.tooLong !== undefined) ledger.dropped["too-long"]++;
        else
          asked.push({
            task,
            gold: gold.best === 0 ? "A" : "B",
            question: { messages: rendered.messages, grammar, seed },
            seed,
          });
      }
      const said = await askAll(
        first,
        asked.map(({ question }) => question),
        draw(first),
        ctx,
      );
      const wrong = asked.flatMap((one, i) => (said[i]!.votes[0]?.verdict.verdict === one.gold ? [] : [i]));
      const questions = wrong.map((i): Question<ReasonedVerdict> | undefined => {
        const { task, gold, seed } = asked[i]!;
        const vote = said[i]!.votes[0];
        const chain = vote?.reply.text ?? said[i]!.lost[0]?.unscored.raw ?? "";
        const rendered = repair.render({ ...valuesOf(task), chain, verdict: `[[${gold}]]` });
        return rendered.tooLong === undefined ? { messages: rendered.messages, grammar, seed } : undefined;
      });
      const repaired = await askAll(
        second,
        questions.filter((question) => question !== undefined),
        draw(second),
        ctx,
      );
      const answers = new Map<number, (typeof repaired)[number]>();
      let next = 0;
      for (const [k, i] of wrong.entries()) if (questions[k] !== undefined) answers.set(i, repaired[next++]!);
      for (const [i, { task, gold, question }] of asked.entries()) {
        const by = wrong.includes(i) ? "second" : "first";
        const answer = by === "first" ? said[i]! : answers.get(i);
        const vote = answer?.votes[0];
        if (answer === undefined) ledger.dropped["too-long"]++;
        else if (vote?.verdict.verdict !== gold) ledger.dropped.wrong++;
        else if (!keep(vote.reply.text, task, vote.verdict)) ledger.dropped.refused++;
        else {
          ledger.out++;
          const winner = gold === "A" ? "model_a" : "model_b";
          yield { task, messages: question.messages, chain: vote.reply.text, winner, by };
        }
      }
    }
  });
}

function valuesOf(task: Task) {
  const values = pairValues(task.candidates[0]!, task.candidates[1]!, task, "ignore");
  if ("unscored" in values) throw new UsageError(`repairChains: task ${task.id} cannot be shown to a judge`);
  return values;
}

async function* batched<T>(rows: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let some: T[] = [];
  for await (const row of rows) {
    some.push(row);
    if (some.length < size) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
