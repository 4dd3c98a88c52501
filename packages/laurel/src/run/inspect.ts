import { answerText, candidateHash, type Example, promptHash, promptText } from "../core/index.ts";

/** How long some texts are, in characters. */
export interface Lengths {
  n: number;
  min: number;
  median: number;
  max: number;
}

/** What a file of tasks holds: the counts of `laurel inspect`. */
export interface DataCounts {
  tasks: number;
  candidates: number;
  /** Tasks by their number of candidates. */
  candidatesPerTask: Readonly<Record<string, number>>;
  promptCharacters: Lengths;
  answerCharacters: Lengths;
  /** Rows that have a field, by its name. */
  fields: Readonly<Record<string, number>>;
  /** Rows whose prompt is that of an earlier row. */
  repeatedPrompts: number;
  /** Candidates that are the same as an earlier one of their task. */
  repeatedCandidates: number;
  /** Rows by subset key and value. */
  subsets: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * Counts, lengths, fields and duplicates of examples, one after another; no text is kept.
 *
 * @example
 * const seen = new Inspector();
 * for await (const batch of readExamples("tasks.jsonl", { onBad })) for (const one of batch) seen.add(one);
 * seen.counts().tasks
 */
export class Inspector {
  /** Characters of every prompt and of every answer, in the order of the rows. */
  readonly promptLengths: number[] = [];
  readonly answerLengths: number[] = [];
  readonly #fields = new Map<string, number>();
  readonly #perTask = new Map<number, number>();
  readonly #prompts = new Map<string, number>();
  readonly #subsets = new Map<string, Map<string, number>>();
  #repeatedCandidates = 0;

  /** Looks at the next example. */
  add({ task, labels, subsets }: Example): void {
    this.#see("reference.answer", task.reference?.answer !== undefined);
    for (const field of ["texts", "exemplar", "facts", "tests", "constraints", "calls"] as const)
      this.#see(`reference.${field}`, task.reference?.[field] !== undefined);
    this.#see("context", task.context !== undefined);
    for (const field of ["preferred", "correct", "value", "steps", "parts"] as const)
      this.#see(`labels.${field}`, labels[field] !== undefined);
    this.#see(
      "candidates.steps",
      task.candidates.some((one) => one.steps !== undefined),
    );
    this.#see(
      "candidates.trajectory",
      task.candidates.some((one) => one.trajectory !== undefined),
    );
    increase(this.#perTask, task.candidates.length);
    this.promptLengths.push(promptText(task).length);
    increase(this.#prompts, promptHash(task));
    for (const [key, value] of Object.entries(subsets)) {
      let values = this.#subsets.get(key);
      if (values === undefined) this.#subsets.set(key, (values = new Map()));
      increase(values, value);
    }
    const seen = new Set<string>();
    for (const candidate of task.candidates) {
      this.answerLengths.push(answerText(candidate).length);
      const own = candidateHash(candidate);
      if (seen.has(own)) this.#repeatedCandidates++;
      seen.add(own);
    }
  }

  /** What was seen so far. */
  counts(): DataCounts {
    return {
      tasks: this.promptLengths.length,
      candidates: this.answerLengths.length,
      candidatesPerTask: Object.fromEntries([...this.#perTask].sort((a, b) => a[0] - b[0])),
      promptCharacters: lengthsOf(this.promptLengths),
      answerCharacters: lengthsOf(this.answerLengths),
      fields: Object.fromEntries([...this.#fields].sort()),
      repeatedPrompts: [...this.#prompts.values()].reduce((sum, n) => sum + n - 1, 0),
      repeatedCandidates: this.#repeatedCandidates,
      subsets: Object.fromEntries([...this.#subsets].map(([key, values]) => [key, Object.fromEntries(values)])),
    };
  }

  #see(field: string, there: boolean): void {
    if (there) increase(this.#fields, field);
  }
}

function increase<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function lengthsOf(values: readonly number[]): Lengths {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    n: sorted.length,
    min: sorted[0] ?? 0,
    median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    max: sorted.at(-1) ?? 0,
  };
}
