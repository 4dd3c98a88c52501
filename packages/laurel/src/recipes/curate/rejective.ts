import { type Example, type Labels, UsageError } from "../../core/index.ts";
import { type JudgeTrace, traceCorrect } from "../../rewards/judge/index.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** What is right about a task: the index of its one best candidate, or the score of its only one. */
export type GoldOfTask = { best: number } | { label: number };

/** Options of `rejective`. */
export interface RejectiveOptions {
  /**
   * Draws judgements of a task, their scores in the order of its candidates.
   * @param ask.hint the index of the best candidate (or the label), where the judge is to be told
   */
  sample(example: Example, ask: { n: number; hint?: number | undefined }): Promise<readonly JudgeTrace[]>;
  /** Judgements a task; default 3. */
  n?: number | undefined;
  /** "fallback": where no judgement is right, draw again with the hint; default "no". */
  hinted?: "no" | "fallback" | undefined;
  /** Leave out tasks whose judgements are all right; default true. */
  dropEasy?: boolean | undefined;
}

/** A judgement that is right by the labels. */
export interface KeptTrace {
  example: Example;
  trace: JudgeTrace;
  hinted: boolean;
}

/**
 * The gold of a task from its labels: the one candidate of the greatest `value`, else the winner of its only stated preference, or for one
 * candidate its value; undefined where the labels do not say, or tie.
 */
export function goldOfLabels(candidates: number, labels: Labels): GoldOfTask | undefined {
  const { value, preferred } = labels;
  if (candidates === 1) {
    const label = value?.[0];
    return label === null || label === undefined ? undefined : { label };
  }
  if (value !== undefined && value.length === candidates && value.every((one) => one !== null)) {
    const most = Math.max(...(value as readonly number[]));
    const best = value.indexOf(most);
    return value.indexOf(most, best + 1) < 0 ? { best } : undefined;
  }
  const [only, ...more] = preferred ?? [];
  if (only === undefined || more.length > 0 || candidates !== 2 || only.p === 0.5) return undefined;
  return { best: only.p > 0.5 ? only.first : only.second };
}

/**
 * Rejective fine-tuning's data: samples judgements of labelled tasks and keeps the right ones.
 *
 * A judgement is right if the best candidate's score is strictly above all others, or of one candidate equals its label (`traceCorrect`). Tasks that the judge
 * always gets right are too easy and left out. Judgements without a hint come first; with `hinted: "fallback"` a task without a right one is asked about again,
 * the judge being told the answer, and what is right then is kept with `hinted: true`.
 *
 * @param examples labelled tasks, in any number
 * @returns the kept judgements in the order of the tasks; `ledger` counts tasks in, judgements out, tasks without gold (`unlabelled`), too easy ones (`easy`) and
 *   ones without a right judgement (`wrong`)
 * @throws UsageError where n is no whole number of at least 1, or a judgement scores another number of candidates
 * @source DeepSeek-GRM (2025), rejective fine-tuning; N = 3 is recalled, not looked up
 * @example for await (const { trace } of rejective(examples, { sample, hinted: "fallback" })) save(trace.text);
 */
export function rejective(
  examples: AsyncIterable<Example> | Iterable<Example>,
  options: RejectiveOptions,
): Recipe<KeptTrace, "unlabelled" | "easy" | "wrong"> {
  const { sample, n = 3, hinted = "no", dropEasy = true } = options;
  if (!Number.isInteger(n) || n < 1)
    throw new UsageError(`rejective: n must be a whole number of at least 1, not ${n}`);
  return recipe(["unlabelled", "easy", "wrong"], async function* (ledger) {
    for await (const example of examples) {
      ledger.in++;
      const { candidates } = example.task;
      const gold = goldOfLabels(candidates.length, example.labels);
      if (gold === undefined) {
        ledger.dropped.unlabelled++;
        continue;
      }
      const right = (traces: readonly JudgeTrace[]): JudgeTrace[] =>
        traces.filter(({ scores }) => {
          if (scores.length === candidates.length) return traceCorrect(scores, gold);
          throw new UsageError(
            `rejective: a judgement has ${scores.length} scores for ${candidates.length} candidates`,
          );
        });
      const drawn = await sample(example, { n });
      let kept = right(drawn);
      if (dropEasy && kept.length > 0 && kept.length === drawn.length) {
        ledger.dropped.easy++;
        continue;
      }
      const told = kept.length === 0 && hinted === "fallback";
      if (told) kept = right(await sample(example, { n, hint: "best" in gold ? gold.best : gold.label }));
      if (kept.length === 0) ledger.dropped.wrong++;
      for (const trace of kept) {
        ledger.out++;
        yield { example, trace, hinted: told };
      }
    }
  });
}
