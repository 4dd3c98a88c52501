import { type Command, Option } from "commander";
import { type Add, anyTable, count, number, withInput, withRun } from "./options.ts";

/** `laurel demo`. */
export const demo: Add = (program) => {
  program
    .command("demo")
    .description("generate a sample file, score it and write a report")
    .option("--dir <DIR>", "where the files go", "laurel-demo")
    .option("--tasks <N>", "how many tasks to generate", count(2), 200)
    .option("--seed <SEED>", "seed of the sample", "0")
    .option("--json", "print the figures as JSON")
    .option("--page", "then serve the page on these files and open it in the browser; where CI is set, only try it")
    .option("--no-open", "with --page: print the page's address and open nothing")
    .option("--port <PORT>", "with --page: its port; any free one by default", count(0), 0)
    .action(async (options) => (await import("../demo.ts")).demo(options));
};

/** `laurel score`. */
export const score: Add = (program) => {
  withRun(
    withInput(
      program
        .command("score")
        .description("score a file of tasks; resumes where it was interrupted")
        .argument("<FILE>", `tasks: ${anyTable}`)
        .requiredOption("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL"),
    ),
  )
    .option("--out <FILE>", "where the scored rows go (default: its name with .scored.jsonl, here)")
    .option("--overwrite", "write over an output of another run")
    .addOption(new Option("--order <ORDER>", "order of the rows").choices(["input", "completion"]).default("input"))
    .option("--report <FILE>", "also write a self-contained HTML report")
    .option("--json", "print the rows instead of a summary")
    .action(async (file: string, options) => (await import("../score.ts")).score(file, options));
};

/** `laurel rank`. */
export const rank: Add = (program) => {
  withRun(
    withInput(
      program
        .command("rank")
        .description("best of n: the best candidate of each task, with its margin")
        .argument("<FILE>", `tasks: ${anyTable}`)
        .requiredOption("--reward <SPEC>", "a kind, inline YAML, a .yaml or .json file, ./mine.ts#name, or a URL"),
    ),
  )
    .option("--top <K>", "show the first K candidates of each task", count(1), 1)
    .option("--json", "print one line of JSON a task")
    .action(async (file: string, options) => (await import("../rank.ts")).rank(file, options));
};

/** `laurel report`. */
export const report: Add = (program) => {
  program
    .command("report")
    .description("a self-contained HTML report of scored rows")
    .argument("<SCORED>", "rows that `laurel score --out` wrote")
    .option("--input <FILE>", "the tasks that were scored, to show their texts")
    .option("--map <TARGET=COLUMN,…>", "the mapping that the tasks were read with")
    .option("--out <FILE>", "where the report goes (default: SCORED with .html)")
    .action(async (file: string, options) => (await import("../report.ts")).report(file, options));
};

/** `laurel inspect`. */
export const inspect: Add = (program) => {
  withInput(
    program
      .command("inspect")
      .description("what is in a file: columns, counts, lengths, duplicates")
      .argument("<FILE>", `tasks: ${anyTable}`),
  )
    .option("--json", "print one object of JSON")
    .action(async (file: string, options) => (await import("../inspect.ts")).inspect(file, options));
};

/** `laurel runs`. */
export const runs: Add = (program) => {
  const command = program
    .command("runs")
    .description("what ran in this directory, newest first; compare and plot: learning curves of tracked runs")
    .option("--store <DIR>", "directory of runs and paid-for scores", ".laurel")
    .option("--limit <N>", "show the first N", count(1), 20)
    .option("--json", "print an array of JSON")
    .action(async (options) => (await import("../runs.ts")).runs(options));
  for (const [name, about] of [
    ["compare", "methods by the learning curves of their tracked runs: aggregates, improvement, areas"],
    ["plot", "a page of learning curves, performance profiles and aggregates of tracked runs"],
  ] as const) {
    const sub = command
      .command(name)
      .description(about)
      .argument(
        "<TABLE>",
        "a row a logged step: columns run, the settings, the step and the metrics (CSV, JSON lines, Parquet)",
      )
      .requiredOption(
        "--filters <FILTER...>",
        "a source, then experiments: '?ceik=env_id&cen=exp_name&metric=charts/episodic_return' 'ppo?tag=v1&cl=PPO' dqn",
      )
      .option("--env-ids <ID...>", "only these environments")
      .option("--window <N>", "last logged values a run that count as its final score", count(1), 100)
      .option("--reps <N>", "resamples", count(100), 2000)
      .option("--level <LEVEL>", "confidence of the intervals", number(0.5, 0.999), 0.95)
      .option("--seed <SEED>", "seed of everything random", "0")
      .option("--json", "print one object of JSON")
      .addHelpText(
        "after",
        "\nThe language of filters is openrlbenchmark's: tags are needed together, repeated settings are alternatives; --filters again begins another source.\n",
      );
    if (name === "compare") sub.option("--report <FILE>", "also write the page of `laurel runs plot`");
    else sub.option("--out <FILE>", "where the page goes", "runs.html");
    // --json stands on `runs`, too, which takes it wherever it is
    sub.action(async (file: string, _options, self: Command) =>
      (await import("../runs-compare.ts")).runsCompare(name, file, self.optsWithGlobals()),
    );
  }
};
