import { answerText, candidateHash, promptHash, promptText } from "../core/index.ts";
import { readExamples } from "../run/index.ts";
import { type badRowText, type InputOptions, mapOf } from "./input.ts";
import { counted, histogram, table, whole } from "./terminal.ts";

interface Lengths {
  n: number;
  min: number;
  median: number;
  max: number;
}

function lengths(values: number[]): Lengths {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    n: sorted.length,
    min: sorted[0] ?? 0,
    median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    max: sorted.at(-1) ?? 0,
  };
}

/** `laurel inspect`: counts, lengths, fields, duplicates and bad rows of a file of tasks. */
export async function inspect(file: string, options: InputOptions & { json?: boolean }): Promise<void> {
  const fields = new Map<string, number>();
  const see = (field: string, there: boolean): void => {
    if (there) fields.set(field, (fields.get(field) ?? 0) + 1);
  };
  const bad: string[] = [];
  const perTask = new Map<number, number>();
  const promptLengths: number[] = [];
  const answerLengths: number[] = [];
  const prompts = new Map<string, number>();
  let tasks = 0;
  let repeatedCandidates = 0;
  const onBad = (error: Parameters<typeof badRowText>[0]): void => {
    if (options.onBadRow === "stop" && bad.length >= 100) throw error;
    bad.push(error.message);
  };
  for await (const examples of readExamples(file, { map: mapOf(options), limit: options.limit, onBad }))
    for (const { task, labels } of examples) {
      tasks++;
      see("reference.answer", task.reference?.answer !== undefined);
      for (const field of ["texts", "exemplar", "facts", "tests", "constraints", "calls"] as const)
        see(`reference.${field}`, task.reference?.[field] !== undefined);
      see("context", task.context !== undefined);
      for (const field of ["preferred", "correct", "value", "steps", "parts"] as const)
        see(`labels.${field}`, labels[field] !== undefined);
      see(
        "candidates.steps",
        task.candidates.some((one) => one.steps !== undefined),
      );
      see(
        "candidates.trajectory",
        task.candidates.some((one) => one.trajectory !== undefined),
      );
      perTask.set(task.candidates.length, (perTask.get(task.candidates.length) ?? 0) + 1);
      promptLengths.push(promptText(task).length);
      const hash = promptHash(task);
      prompts.set(hash, (prompts.get(hash) ?? 0) + 1);
      const seen = new Set<string>();
      for (const candidate of task.candidates) {
        answerLengths.push(answerText(candidate).length);
        const own = candidateHash(candidate);
        if (seen.has(own)) repeatedCandidates++;
        seen.add(own);
      }
    }
  const repeatedPrompts = [...prompts.values()].reduce((sum, n) => sum + n - 1, 0);
  const found = {
    tasks,
    candidates: answerLengths.length,
    candidatesPerTask: Object.fromEntries([...perTask].sort((a, b) => a[0] - b[0])),
    promptCharacters: lengths(promptLengths),
    answerCharacters: lengths(answerLengths),
    fields: Object.fromEntries([...fields].sort()),
    repeatedPrompts,
    repeatedCandidates,
    badRows: bad.length,
    firstBadRows: bad.slice(0, 5),
  };
  if (options.json === true) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else {
    const line = (name: string, l: Lengths): string[] => [
      name,
      whole(l.n),
      whole(l.min),
      whole(l.median),
      whole(l.max),
    ];
    process.stdout.write(
      [
        `${counted(tasks, "tasks")}, ${counted(found.candidates, "candidates")} (${[...perTask]
          .sort((a, b) => a[0] - b[0])
          .map(([n, count]) => `${whole(count)} with ${n}`)
          .join(", ")})`,
        "",
        table(
          ["characters", "n", "min", "median", "max"],
          [line("prompt", found.promptCharacters), line("answer", found.answerCharacters)],
        ),
        "",
        table(
          ["field", "rows with it"],
          [...fields].sort().map(([name, n]) => [name, whole(n)]),
        ),
        "",
        `prompts repeated in ${counted(repeatedPrompts, "rows")}; ${counted(repeatedCandidates, "candidates")} the same as another of their task`,
        bad.length > 0
          ? `${counted(bad.length, "bad rows")}, the first:\n${bad
              .slice(0, 5)
              .map((one) => `  ${one}`)
              .join("\n")}`
          : "no bad row",
        "",
        "Lengths of the answers (characters):",
        histogram(answerLengths),
        "",
      ].join("\n"),
    );
  }
  if (bad.length > 0) process.exitCode = 2;
}
