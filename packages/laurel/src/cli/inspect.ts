import { Inspector, type Lengths, readExamples } from "../run/index.ts";
import { type badRowText, type InputOptions, mapOf } from "./input.ts";
import { counted, histogram, table, whole } from "./terminal.ts";

/** `laurel inspect`: counts, lengths, fields, duplicates and bad rows of a file of tasks. */
export async function inspect(file: string, options: InputOptions & { json?: boolean }): Promise<void> {
  const bad: string[] = [];
  const seen = new Inspector();
  const onBad = (error: Parameters<typeof badRowText>[0]): void => {
    if (options.onBadRow === "stop" && bad.length >= 100) throw error;
    bad.push(error.message);
  };
  for await (const examples of readExamples(file, { map: mapOf(options), limit: options.limit, onBad }))
    for (const example of examples) seen.add(example);
  const { subsets: _, ...counts } = seen.counts();
  const found = { ...counts, badRows: bad.length, firstBadRows: bad.slice(0, 5) };
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
        `${counted(found.tasks, "tasks")}, ${counted(found.candidates, "candidates")} (${Object.entries(
          found.candidatesPerTask,
        )
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
          Object.entries(found.fields).map(([name, n]) => [name, whole(n)]),
        ),
        "",
        `prompts repeated in ${counted(found.repeatedPrompts, "rows")}; ${counted(found.repeatedCandidates, "candidates")} the same as another of their task`,
        bad.length > 0
          ? `${counted(bad.length, "bad rows")}, the first:\n${bad
              .slice(0, 5)
              .map((one) => `  ${one}`)
              .join("\n")}`
          : "no bad row",
        "",
        "Lengths of the answers (characters):",
        histogram(seen.answerLengths),
        "",
      ].join("\n"),
    );
  }
  if (bad.length > 0) process.exitCode = 2;
}
