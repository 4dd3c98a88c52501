import { type Add, anyTable, count, number, withFormat, withInput, withRun } from "./options.ts";

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
          .argument("<FILE>", `rows with candidates: ${anyTable}`)
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

/** `laurel replay`. */
export const replay: Add = (program) => {
  withRun(
    program
      .command("replay")
      .description("logged roll-outs under another reward: what changes in rewards and in group advantages")
      .argument("<ROLLOUTS...>", "TRL's completions (parquet), verifiers traces (JSON lines), or rows with candidates")
      .requiredOption("--reward <SPEC>", "the new reward: a kind, inline YAML, a file, ./mine.ts#name, or a URL")
      .requiredOption("--against <OLD>", "the old one: a reward, a score file, or `recorded` for what the log holds"),
  )
    .option("--recorded <COLUMNS>", "the log's reward columns, separated by commas (default: recognised)")
    .option("--group <G>", "roll-outs a group, where one prompt may follow itself", count(1))
    .option("--tasks <FILE>", "rows with the references, found by their prompts")
    .option("--rows <K>", "show the K rows that change sign most", count(0), 20)
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print one object of JSON")
    .action(async (files: string[], options) => (await import("../replay.ts")).replayCommand(files, options));
};
