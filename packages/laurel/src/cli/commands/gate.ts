import { type Add, count, number, withFormat, withInput, withRun } from "./options.ts";

/** `laurel gate`. */
export const gate: Add = (program) => {
  withRun(
    withFormat(
      withInput(
        program
          .command("gate")
          .description(
            "for CI: is a reward's mean high enough, or no worse than a baseline? Exit 0 yes, 1 no, 3 too few",
          )
          .argument("<FILE>", "rows with candidates: JSON lines, JSON, CSV or Parquet, or - for standard input")
          .requiredOption("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL"),
      ),
    ),
  )
    .option("--min <VALUE>", "the least mean, on the reward's own scale", number())
    .option("--baseline <RUN>", "scored rows of an earlier run, or the run's id; tasks are paired by id")
    .option(
      "--margin <DIFFERENCE>",
      "how much worse than the baseline is too much (default: 2 % of the range)",
      number(),
    )
    .option("--confidence <LEVEL>", "confidence of the interval", number(), 0.95)
    .option("--allow-unscored <SHARE>", "share of tasks that may be left out as unscored", number(), 0)
    .option("--subset <KEY>", "only this subset key (default: all of them)")
    .option("--worst <K>", "show the K worst tasks", count(0), 5)
    .option("--junit <FILE>", "also write JUnit XML")
    .option("--markdown <FILE>", "also write Markdown, such as for a comment or a job's summary")
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("../gate.ts")).gate(file, options));
};
